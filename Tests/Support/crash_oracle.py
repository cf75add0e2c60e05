#!/usr/bin/env python3
"""Computes with DuckDB what a topology of crash-topologies must give, and compares.

    crash_oracle.py TOPOLOGY DIRECTORY --partitions N --table PATH

The directory holds what was produced (`<topic>.tsv`: key and value, in order), what the topics hold that the topology
wrote (`<topic>.jsonl`: partition, key, value, id), and `summary.json`. The batch computation knows nothing of epochs,
processes or threads.
"""

import argparse
import datetime
import decimal
import json
import pathlib
import sys
from collections import Counter, defaultdict

import duckdb
import pyarrow

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "topologies"))
import batch_check  # noqa: E402
from batch_check import Difference  # noqa: E402

DELAY = datetime.timedelta(hours=2)
MONEY = decimal.Decimal("0.01")
CONTRACTS = {
    "visits": {"id": str, "user": str, "page": str, "at": "time", "spent": "money"},
    "orders": {"id": str, "customer": str, "placed_at": "time", "amount": "money"},
    "payments": {"number": int, "order_id": str, "paid_at": "time", "paid": "money"},
    "accounts": {"account": int, "changed_at": "time", "owner": str, "balance": "money", "deleted": bool},
}


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc).replace(tzinfo=None)


def read_records(directory, topic, partitions):
    """The records of a topic with their place; `row` is None for one against the contract, and `reason` says why."""
    records, offsets = [], Counter()
    for line in (directory / f"{topic}.tsv").read_text().splitlines():
        key, value = line.split("\t")
        partition = batch_check.partition_of(key, partitions)
        record = {"key": key, "value": value, "partition": partition, "offset": offsets[partition], "row": None}
        offsets[partition] += 1
        try:
            fields = json.loads(value)
        except ValueError:
            record["reason"] = "malformed"
        else:
            contract = CONTRACTS[topic]
            if all(name in fields for name in contract):
                convert = {"time": instant, "money": lambda text: decimal.Decimal(text).quantize(MONEY)}
                record["row"] = {name: convert.get(kind, kind)(fields[name]) for name, kind in contract.items()}
            else:
                record["reason"] = "contract_violation"
        records.append(record)
    return records


def mark_late(records, time):
    """A row is late when it is older than the latest of its partition before it, less the delay."""
    latest = {}
    for record in records:
        if record["row"] is None:
            continue
        at, partition = record["row"][time], record["partition"]
        if partition in latest and at < latest[partition] - DELAY:
            record["reason"] = "late"
        latest[partition] = max(at, latest.get(partition, at))


def on_time(records):
    return [record["row"] for record in records if "reason" not in record]


def query(sql, **tables):
    connection = duckdb.connect()
    for name, rows in tables.items():
        connection.register(name, pyarrow.Table.from_pylist(rows))
    result = connection.sql(sql).to_arrow_table()
    return result.column_names, [tuple(row.values()) for row in result.to_pylist()]


PAGES = """
select page, time_bucket(interval 5 minutes, "at") window_start, count(*) visits, sum(spent)::decimal(18, 2) spent
from visits group by all
"""
SESSIONS = """
with gaps as (
  select *, "at" - lag("at") over (partition by "user" order by "at") < interval 10 minutes goes_on from visits
), numbered as (
  select *, count(*) filter (where goes_on is not true) over (partition by "user" order by "at") number from gaps
)
select "user", min("at") started_at, max("at") + interval 10 minutes ended_at, count(*) pages, sum(spent)::decimal(18, 2) spent
from numbered group by "user", number
"""
SETTLED = """
select id, customer, placed_at, amount, number payment, paid_at, paid
from orders left join payments on id = order_id and paid_at between placed_at and placed_at + interval 30 minutes
"""
ACCOUNTS = """
select account, changed_at, owner, balance, deleted from accounts
qualify row_number() over (partition by account order by changed_at desc) = 1 and not deleted
"""


def first_visits(records):
    """Without the visits that came again, and how many those are."""
    seen, first, again = set(), [], 0
    for row in on_time(records):
        again += row["id"] in seen
        if row["id"] not in seen:
            first.append(row)
        seen.add(row["id"])
    return first, again


def as_json(columns, rows):
    """Rows as objects of a topic, with times and amounts as their values."""
    return [dict(zip(columns, row)) for row in rows]


def parsed(record, money, times):
    """The value of a record that the topology wrote, in the form of `as_json`."""
    value = json.loads(record["value"])
    for name in money:
        value[name] = value[name] and decimal.Decimal(value[name])
    for name in times:
        value[name] = value[name] and instant(value[name])
    return value


def frozen(row):
    return tuple(sorted(row.items(), key=lambda item: item[0]))


def read_topic(directory, topic):
    lines = (directory / f"{topic}.jsonl").read_text().splitlines()
    return [{"key": None, "value": None, "id": None} | json.loads(line) for line in lines]


def compare_topic(directory, topic, expected, key, money, times, order=None):
    """Every expected row once, none else, each with its key; those of a key in an order, where there is one."""
    found = []
    by_key = defaultdict(list)
    for record in read_topic(directory, topic):
        row = parsed(record, money, times)
        if record["key"] != str(row[key]):
            raise Difference(f"{topic}: the record of {row} has the key {record['key']}")
        found.append(row)
        by_key[record["key"]].append(row)
    want, have = Counter(map(frozen, expected)), Counter(map(frozen, found))
    for name, difference in [("are missing", want - have), ("are too many", have - want)]:
        if difference:
            raise Difference(
                f"{topic}: of {len(expected)} records {difference.total()} {name}, as {next(iter(difference))}")
    wanted_by_key = defaultdict(list)
    for row in expected if order else []:
        wanted_by_key[str(row[key])].append(row)
    for name, rows in wanted_by_key.items():
        if order != "given":
            rows.sort(key=lambda row: row[order])
        if by_key[name] != rows:
            raise Difference(f"{topic}: the records of {name} are in another order")
    return f"{topic} {len(found)} records"


def compare_compacted(directory, topic, expected, key, money, times):
    """What the newest record of each key says, without those that are taken away."""
    newest, tombstones = {}, 0
    for record in read_topic(directory, topic):
        newest[record["key"]] = record
        tombstones += record["value"] is None
    found = {name: parsed(record, money, times) for name, record in newest.items() if record["value"] is not None}
    wanted = {str(row[key]): row for row in expected}
    for name in wanted.keys() | found.keys():
        if wanted.get(name) != found.get(name):
            raise Difference(f"{topic}: {name} is {found.get(name)}, and {wanted.get(name)} is expected")
    if tombstones == 0:
        raise Difference(f"{topic}: nothing was ever taken away")
    return f"{topic} {len(found)} keys, {tombstones} tombstones"


def compare_letters(directory, topology, topic, records):
    """Every rejected or late record at least once, as it came, and each with one identity; nothing else."""
    expected = {
        f"{topology}/{topic}-{record['partition']}-{record['offset']}/{record['reason']}": (record["key"], record["value"])
        for record in records if "reason" in record
    }  # fmt: skip
    found = Counter()
    for letter in read_topic(directory, f"{topic}.dlq"):
        if expected.get(letter["id"]) != (letter["key"], letter["value"]):
            raise Difference(f"{topic}.dlq: the letter {letter['id']} is not expected, or not as it came")
        found[letter["id"]] += 1
    missing = expected.keys() - found.keys()
    if missing:
        raise Difference(f"{topic}.dlq: {len(missing)} of {len(expected)} letters are missing, as {min(missing)}")
    return f"{topic}.dlq {len(expected)} letters, {found.total() - len(expected)} of them again"


def compare_appended(path, expected, columns):
    """Every row as often as it is expected: records that came twice are joined twice."""
    want = Counter(expected)
    for reader, read in batch_check.READERS.items():
        have = Counter(tuple(batch_check.plain(value) for value in row) for row in read(path, columns))
        for name, difference in [("missing", want - have), ("too many", have - want)]:
            if difference:
                row = next(iter(difference))
                raise Difference(f"{reader}: of {len(expected)} rows {difference.total()} are {name}, as {row}")


def counts_of(records, duplicates=0):
    reasons = Counter(record.get("reason", "processed") for record in records)
    return {
        "read": len(records), "filtered": 0, "processed": reasons["processed"] - duplicates, "late": reasons["late"],
        "duplicate": duplicates, "malformed": reasons["malformed"] + reasons["contract_violation"],
    }  # fmt: skip


def compare_summaries(directory, expected):
    """`expected`: by topic and table or topic that is written."""
    summary = json.loads((directory / "summary.json").read_text())
    for (topic, target), counts in expected.items():
        entries = summary if isinstance(summary, list) else [summary]
        found = [entry for entry in entries if (entry["topic"], entry["table"]) == (topic, target)]
        if len(found) != 1:
            raise Difference(f"the summary has {len(found)} entries of {topic} for {target}")
        try:
            batch_check.compare_counts(found[0], counts)
        except Difference as error:
            raise Difference(f"{topic} for {target}: {error}") from None


def check(name, directory, partitions, table):
    done = []

    def read(topic, time=None, topology=None):
        records = read_records(directory, topic, partitions)
        if time:
            mark_late(records, time)
        done.append(compare_letters(directory, topology, topic, records))
        return records

    if name in ("pages", "visits"):
        records = read("visits", "at", {"pages": "page-counts", "visits": "visit-sessions"}[name])
        visits, again = first_visits(records)
        columns, rows = query(PAGES if name == "pages" else SESSIONS, visits=visits)
        counts = counts_of(records, again)
        if name == "pages":
            done.append(compare_topic(
                directory, "page.counts", as_json(columns, rows), "page", ["spent"], ["window_start"], "window_start"))
            expected = {("visits", "gold.page_counts"): counts}
        else:
            done.append(compare_topic(
                directory, "sessions", as_json(columns, rows), "user", ["spent"], ["started_at", "ended_at"], "started_at"))
            expected = {("visits", "gold.sessions"): counts}
        keys = 2
    elif name == "orders":
        orders, payments = read("orders", "placed_at", "settled-orders"), read("payments", "paid_at", "settled-orders")
        columns, rows = query(SETTLED, orders=on_time(orders), payments=on_time(payments))
        done.append(compare_topic(
            directory, "settled", as_json(columns, rows), "customer", ["amount", "paid"], ["placed_at", "paid_at"]))
        expected = {
            ("orders", "silver.settled_orders"): counts_of(orders),
            ("payments", "silver.settled_orders"): counts_of(payments),
        }
        keys = None
    else:
        accounts = read("accounts", topology="account-copies")
        columns, rows = query(ACCOUNTS, accounts=on_time(accounts))
        done.append(compare_topic(
            directory, "accounts.audit", on_time(accounts), "account", ["balance"], ["changed_at"], "given"))
        done.append(compare_compacted(
            directory, "accounts.now", as_json(columns, rows), "account", ["balance"], ["changed_at"]))
        expected = {("accounts", "accounts.audit"): counts_of(accounts)}
        keys = 1
    if keys:
        batch_check.compare_table(str(table), rows, columns, keys)
    else:
        compare_appended(str(table), rows, columns)
    compare_summaries(directory, expected)
    return [f"{table.name} {len(rows)} rows"] + done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topology", choices=["pages", "visits", "orders", "accounts"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--table", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    try:
        done = check(arguments.topology, arguments.directory, arguments.partitions, arguments.table)
    except Difference as error:
        sys.exit(f"oracle: {error}")
    print("equal: " + "; ".join(done))


if __name__ == "__main__":
    main()
