"""Nested columns of Parquet files as other programs see them.

nested_values.py rows READER FILE      prints the rows, a line each; a map as the list of its entries
nested_values.py rewrite WRITER IN OUT writes the rows of a file as another program does
nested_values.py table READER TABLE    prints the rows of a Delta table, sorted, columns by name
nested_values.py create TABLE          makes a Delta table of one row, as deltalake does
"""
import sys

import parquet_values


def text(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={text(member)}" for name, member in value.items()) + "}"
    if isinstance(value, tuple):
        return f"{{key={text(value[0])}, value={text(value[1])}}}"
    if isinstance(value, list):
        return "[" + ", ".join(text(element) for element in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return parquet_values.text(value)


def rewrite(writer, source, target):
    if writer == "duckdb":
        import duckdb

        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"copy (from read_parquet('{source}')) to '{target}' (format parquet, compression zstd)")
        return
    import pyarrow.parquet

    pyarrow.parquet.write_table(
        pyarrow.parquet.read_table(source), target, compression="zstd", row_group_size=100, data_page_size=200,
        use_compliant_nested_type=writer == "pyarrow")


def create(path):
    import deltalake
    import pyarrow

    line = pyarrow.struct([("sku", pyarrow.string()), ("price", pyarrow.decimal128(9, 2))])
    schema = pyarrow.schema([
        pyarrow.field("id", pyarrow.int64()),
        pyarrow.field("lines", pyarrow.list_(line)),
        pyarrow.field("stock", pyarrow.map_(pyarrow.string(), pyarrow.int32())),
        pyarrow.field("extra", pyarrow.string()),
    ])
    import decimal

    rows = [{"id": 1, "lines": [None, {"sku": "a", "price": decimal.Decimal("1.50")}], "stock": [("k", None)],
             "extra": "{}"}]
    deltalake.write_deltalake(path, pyarrow.Table.from_pylist(rows, schema=schema))


if __name__ == "__main__":
    if sys.argv[1] == "table":
        import delta_rows

        for line in sorted(
            " | ".join(text(value) for value in row).replace("\n", "\\n")
            for row in delta_rows.rows(*sys.argv[2:4])
        ):
            print(line)
    elif sys.argv[1] == "create":
        create(sys.argv[2])
    elif sys.argv[1] == "rows":
        for row in parquet_values.rows(*sys.argv[2:4]):
            print(" | ".join(text(value) for value in row).replace("\n", "\\n"))
    else:
        rewrite(*sys.argv[2:5])
