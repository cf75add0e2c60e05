"""Prints the rows of a Parquet file, a line each, as another reader sees them: parquet_values.py READER FILE."""
import datetime
import decimal
import sys


def text(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.datetime):
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return str((value - epoch) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date):
        return str((value - datetime.date(1970, 1, 1)).days)
    if isinstance(value, decimal.Decimal):
        sign, digits, exponent = value.as_tuple()
        return f"{int(''.join(map(str, digits))) * (-1 if sign else 1)}e{exponent}"
    if isinstance(value, float):
        return value.hex()
    return str(value)


def rows(reader, path):
    if reader == "pyarrow":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        return zip(*[column.to_pylist() for column in table.columns])
    if reader == "polars":
        import polars

        return polars.read_parquet(path).rows()
    if reader == "duckdb":
        import duckdb

        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        result = connection.execute("select * from read_parquet(?)", [path]).to_arrow_table()
        return zip(*[column.to_pylist() for column in result.columns])
    sys.exit(f"no reader called {reader}")


if __name__ == "__main__":
    for row in rows(*sys.argv[1:3]):
        print("|".join(text(value) for value in row))
