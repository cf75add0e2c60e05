"""Runs a query over two tables: join_duckdb.py SQL. Standard input holds the rows of `l`, an empty line and those of `r`:
t, k and v with commas, nothing for a null. Prints the rows of the result in the same way, `null` for a null."""

import sys

import duckdb


def main():
    connection = duckdb.connect()
    for name, text in zip(["l", "r"], sys.stdin.read().split("\n\n")):
        rows = [[int(value) if value else None for value in line.split(",")] for line in text.splitlines()]
        connection.execute(f"CREATE TABLE {name} (t BIGINT, k BIGINT, v BIGINT)")
        connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows)
    for row in connection.execute(sys.argv[1]).fetchall():
        print(",".join("null" if value is None else str(value) for value in row))


main()
