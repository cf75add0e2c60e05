"""What the oracles of the topologies share: which partition a record is in, which records are late, and the comparison
of a Delta table and a summary with what a batch computation expects.

The table is read by three engines that know nothing of Tidemark: deltalake (delta-rs), DuckDB and Polars. DuckDB reads
the Parquet files that the log names with its own reader; its Delta extension would have to be downloaded.
"""

import datetime
import json
import sys
import zlib

import deltalake
import duckdb
import polars
import pyarrow

COUNTS = ["read", "filtered", "processed", "late", "duplicate", "malformed"]


class Difference(Exception):
    """What was found is not what the batch computation expects; the message is a sentence."""


def partition_of(key: object, partitions: int) -> int:
    """The partition that librdkafka's default partitioner gives a key that is not empty."""
    return zlib.crc32(str(key).encode()) % partitions


def plain(value: object) -> object:
    """A value in the form in which all readers agree: timestamps as naive UTC."""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value


def with_deltalake(path: str, columns: list[str]) -> list[tuple]:
    rows = pyarrow.table(deltalake.DeltaTable(path).to_pyarrow_table()).select(columns).to_pylist()
    return [tuple(row[column] for column in columns) for row in rows]


def with_duckdb(path: str, columns: list[str]) -> list[tuple]:
    files = deltalake.DeltaTable(path).file_uris()
    if not files:
        return []
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    names = ", ".join(f'"{column}"' for column in columns)
    # Through Arrow: DuckDB's own rows with times need a module for time zones.
    rows = connection.sql(f"select {names} from read_parquet(?)", params=[files]).to_arrow_table().to_pylist()
    return [tuple(row.values()) for row in rows]


def with_polars(path: str, columns: list[str]) -> list[tuple]:
    return polars.read_delta(path).select(columns).rows()


READERS = {"deltalake": with_deltalake, "DuckDB": with_duckdb, "Polars": with_polars}


def compare_rows(reader: str, found: list[tuple], expected: list[tuple], columns: list[str], keys: int) -> None:
    """Compares rows by their first `keys` columns: none missing, none too many, every value equal."""
    by_key = {}
    for row in (tuple(plain(value) for value in row) for row in found):
        if row[:keys] in by_key:
            raise Difference(f"{reader}: the table has the key {row[:keys]} twice")
        by_key[row[:keys]] = row
    wanted = {row[:keys]: row for row in (tuple(plain(value) for value in row) for row in expected)}
    missing = sorted(wanted.keys() - by_key.keys())
    surplus = sorted(by_key.keys() - wanted.keys())
    if missing:
        raise Difference(f"{reader}: {len(missing)} of {len(wanted)} rows are missing, the first with the key {missing[0]}")
    if surplus:
        raise Difference(f"{reader}: {len(surplus)} rows are not expected, the first with the key {surplus[0]}")
    for key, row in wanted.items():
        for column, want, have in zip(columns, row, by_key[key]):
            if want != have or type(want) is not type(have):
                raise Difference(f"{reader}: {column} of {key} is {have!r}, and {want!r} is expected")


def compare_table(path: str, expected: list[tuple], columns: list[str], keys: int) -> None:
    """Compares a Delta table as each reader sees it with the expected rows."""
    names = [field.name for field in deltalake.DeltaTable(path).schema().fields]
    if names != columns:
        raise Difference(f"the table's columns are {', '.join(names)}, and {', '.join(columns)} are expected")
    for reader, read in READERS.items():
        compare_rows(reader, read(path, columns), expected, columns, keys)


def compare_counts(summary: dict, expected: dict) -> None:
    """Compares a summary with the expected counts, and checks that it adds up."""
    for name in COUNTS:
        if name not in summary:
            raise Difference(f"the summary has no count '{name}'")
        if summary[name] != expected[name]:
            raise Difference(f"{name} is {summary[name]} in the summary, and {expected[name]} is expected")
    if summary["read"] != sum(summary[name] for name in COUNTS[1:]):
        raise Difference("the summary does not add up: read is not filtered + processed + late + duplicate + malformed")


def add_arguments(parser, records: str) -> None:
    """The arguments that every oracle takes."""
    parser.add_argument("records", help=f"the records, as {records} wrote them")
    parser.add_argument("--partitions", type=int, required=True, help="how many partitions the topic has")
    parser.add_argument("--table", help="the Delta table to compare")
    parser.add_argument("--summary", help="the JSON file with the counts to compare")
    parser.add_argument("--expected", help="write the expected rows to this file, as JSON lines")


def finish(arguments, expected: list[tuple], counts: dict, columns: list[str], keys: int) -> None:
    """Compares what the arguments name; ends the process with 1 and a sentence at a difference."""
    try:
        if arguments.expected:
            with open(arguments.expected, "w", encoding="utf-8") as output:
                for row in expected:
                    output.write(json.dumps(dict(zip(columns, row)), default=str) + "\n")
        if arguments.table:
            compare_table(arguments.table, expected, columns, keys)
        if arguments.summary:
            with open(arguments.summary, encoding="utf-8") as file:
                compare_counts(json.load(file), counts)
    except (Difference, OSError, ValueError, deltalake.exceptions.DeltaError, duckdb.Error) as error:
        sys.exit(f"oracle: {error}")
    print(f"expected: {len(expected)} rows; " + ", ".join(f"{name} {counts[name]}" for name in COUNTS))
    if arguments.table:
        print(f"equal: {arguments.table}, read by {', '.join(READERS)}")
    if arguments.summary:
        print(f"equal: {arguments.summary}")
