"""Aggregates by group as DuckDB computes them: aggregates.py ROWS.json EXPRESSION...

Reads rows as JSON lines with the columns below; prints a line for each group in ascending order, with the value of each
SQL expression, separated by tabs; null is \\N."""
import sys

import duckdb

COLUMNS = (
    "{g: 'INT', i: 'BIGINT', n: 'INT', d: 'DECIMAL(12,2)', x: 'DOUBLE', s: 'VARCHAR', b: 'BOOLEAN', "
    "t: 'BIGINT', p: 'INT', o: 'BIGINT'}"
)
rows = f"read_json('{sys.argv[1]}', format = 'newline_delimited', columns = {COLUMNS})"
for row in duckdb.sql(f"SELECT {', '.join(sys.argv[2:])} FROM {rows} GROUP BY g ORDER BY g").fetchall():
    print("\t".join("\\N" if value is None else str(value) for value in row))
