"""Prints the rows of a Delta table, sorted, a line each, as another reader sees them: delta_rows.py READER TABLE."""
import sys

import deltalake

from parquet_values import text


def rows(reader, path):
    table = deltalake.DeltaTable(path)
    if reader == "deltalake":
        import pyarrow

        data = pyarrow.table(table.to_pyarrow_table() if hasattr(table, "to_pyarrow_table") else table)
        return zip(*[data.column(name).to_pylist() for name in sorted(data.column_names)])
    if reader == "polars":
        import polars

        data = polars.read_delta(path)
        return data.select(sorted(data.columns)).rows()
    if reader == "duckdb":
        import duckdb

        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        # DuckDB's own Delta reader is an extension that has to be downloaded; the files of the snapshot need none.
        files = table.file_uris()
        columns = ", ".join(f'"{field.name}"' for field in sorted(table.schema().fields, key=lambda f: f.name))
        # Through Arrow: DuckDB's own rows with times need a module for time zones.
        data = connection.execute(
            f"SELECT {columns} FROM read_parquet(?, hive_partitioning = true)", [files]).to_arrow_table()
        return zip(*[column.to_pylist() for column in data.columns])
    raise SystemExit(f"unknown reader {reader}")


if __name__ == "__main__":
    for line in sorted("|".join(text(value) for value in row) for row in rows(sys.argv[1], sys.argv[2])):
        print(line)
