#!/usr/bin/env python3
"""Computes record by record what the topology invoice-revenue must give, and compares.

    oracle.py INVOICES.jsonl --partitions N [--table PATH] [--summary summary.json] [--expected rows.jsonl]

Invoices were produced in the order of the file with the key field `customer_id`. An invoice is late when it was issued
before the watermark of its own partition: the latest issue among the earlier valid invoices of the partition, less ten
seconds. Void invoices count for the watermark and are filtered after duplicates. Sums are exact decimals.
"""

import argparse
import collections
import datetime
import decimal
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import batch_check  # noqa: E402

COLUMNS = ["customer_id", "window_start", "invoices", "revenue"]
WATERMARK_DELAY = datetime.timedelta(seconds=10)
SMALLEST = decimal.Decimal("0.01")
LARGEST = decimal.Decimal(10) ** 10


def issue_time(value: object) -> datetime.datetime | None:
    """The time of a text with an offset; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    return time.astimezone(datetime.timezone.utc) if time.tzinfo else None


def is_amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, decimal.Decimal)):
        return False
    amount = decimal.Decimal(value)
    return amount % SMALLEST == 0 and abs(amount) < LARGEST


def is_valid(record: dict) -> bool:
    """Whether the record is as the contract `Invoice` in InvoiceRevenue.swift says."""
    return (
        isinstance(record.get("invoice_id"), str)
        and type(record.get("customer_id")) is int
        and issue_time(record.get("issued_at")) is not None
        and is_amount(record.get("amount"))
        and (record.get("status") is None or isinstance(record["status"], str))
    )


def expect(lines, partitions: int) -> tuple[list[tuple], dict]:
    """The rows of the table, and the counts."""
    counts = dict.fromkeys(batch_check.COUNTS, 0)
    latest: dict[int, datetime.datetime] = {}
    seen: set[tuple[str, datetime.datetime]] = set()
    revenue: dict[tuple, list] = collections.defaultdict(lambda: [0, decimal.Decimal("0.00")])
    for line in lines:
        record = json.loads(line, parse_float=decimal.Decimal)
        counts["read"] += 1
        if not is_valid(record):
            counts["malformed"] += 1
            continue
        partition = batch_check.partition_of(record["customer_id"], partitions)
        time = issue_time(record["issued_at"])
        before = latest.get(partition)
        latest[partition] = time if before is None else max(before, time)
        # A record that comes twice is the same in all fields, so that its time is part of its identity.
        identity = (record["invoice_id"], time)
        if before is not None and time < before - WATERMARK_DELAY:
            counts["late"] += 1
        elif identity in seen:
            counts["duplicate"] += 1
        else:
            seen.add(identity)
            if record.get("status") in (None, "void"):
                counts["filtered"] += 1
            else:
                counts["processed"] += 1
                group = revenue[record["customer_id"], time.replace(second=0, microsecond=0)]
                group[0] += 1
                group[1] += decimal.Decimal(record["amount"])
    rows = [(customer, minute, number, total) for (customer, minute), (number, total) in sorted(revenue.items())]
    return rows, counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    batch_check.add_arguments(parser, "invoices.py")
    arguments = parser.parse_args()
    with open(arguments.records, encoding="utf-8") as lines:
        rows, counts = expect(lines, arguments.partitions)
    batch_check.finish(arguments, rows, counts, COLUMNS, keys=2)


if __name__ == "__main__":
    main()
