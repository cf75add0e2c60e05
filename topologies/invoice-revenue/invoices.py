#!/usr/bin/env python3
"""Writes invoices as JSON lines: made up, but the same, byte for byte, for the same arguments.

    invoices.py OUTPUT [--count N] [--customers N] [--per-second N] [--seed N]

Invoices are sent at a steady rate, from 2026-01-01T00:00:00Z on. Of all records, on average:

    2 %    are an earlier invoice once more, unchanged, sent again within five seconds (duplicates)
    0.5 %  were issued 30 seconds to ten minutes before they were sent (late, behind a watermark of ten seconds)
    0.5 %  are against the contract, in one of six ways; all are JSON and have a customer
    5 %    are void, and 1 % have no status (neither counts)

The others were issued up to five seconds before they were sent, so that they are out of order but not late.

Produce the lines with the key field `customer_id`: a duplicate is then in the partition of the first.
"""

import argparse
import datetime
import json
import random

BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
DUPLICATES, LATE, INVALID, VOID, WITHOUT_STATUS = 0.02, 0.005, 0.005, 0.05, 0.01
STATUSES = ["open", "paid", "sent"]


def time_text(milliseconds: int) -> str:
    time = BEGIN + datetime.timedelta(milliseconds=milliseconds)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


def below(choice: random.Random, limit: int) -> int:
    """A number from 0 to limit - 1. Only `random()` is the same in every Python version."""
    return int(choice.random() * limit)


def status(choice: random.Random) -> str | None:
    share = choice.random()
    if share < VOID:
        return "void"
    return None if share < VOID + WITHOUT_STATUS else STATUSES[below(choice, len(STATUSES))]


def invoice(choice: random.Random, number: int, sent: int, customers: int) -> dict:
    """A valid invoice, sent so many milliseconds after the begin."""
    is_late = choice.random() < LATE
    behind = 30_000 + below(choice, 570_000) if is_late else below(choice, 5_000)
    # Few customers have many invoices.
    customer = 1 + int(customers * choice.random() ** 2)
    return {
        "invoice_id": f"inv-{number:08d}",
        "customer_id": customer,
        "issued_at": time_text(sent - behind),
        "amount": 1 + below(choice, 500_000),  # cents
        "status": status(choice),
    }


def against_the_contract(choice: random.Random, record: dict) -> None:
    kind = below(choice, 6)
    if kind == 0:
        record["invoice_id"] = None
    elif kind == 1:
        del record["amount"]
    elif kind == 2:
        record["amount"] = "a lot"
    elif kind == 3:
        record["issued_at"] = record["issued_at"].rstrip("Z")
    elif kind == 4:
        record["status"] = 7
    else:
        record["invoice_id"] = ["inv"]


def line(record: dict) -> str:
    """The record as JSON; an amount in cents becomes a decimal of two digits."""
    amount = record.get("amount")
    if not isinstance(amount, int):
        return json.dumps(record, separators=(",", ":"))
    text = json.dumps(record | {"amount": "@"}, separators=(",", ":"))
    return text.replace('"@"', f"{amount // 100}.{amount % 100:02d}")


def invoices(count: int, customers: int, per_second: int, seed: int):
    """The lines."""
    choice = random.Random(seed)
    recent: list[tuple[int, str]] = []
    for number in range(count):
        sent = number * 1000 // per_second
        recent = [(time, text) for time, text in recent if sent - time < 5_000][-64:]
        if recent and choice.random() < DUPLICATES:
            yield recent[below(choice, len(recent))][1]
            continue
        record = invoice(choice, number, sent, customers)
        if choice.random() < INVALID:
            against_the_contract(choice, record)
            yield line(record)
            continue
        text = line(record)
        recent.append((sent, text))
        yield text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", help="the file to write")
    parser.add_argument("--count", type=int, default=100_000, help="how many records (100000)")
    parser.add_argument("--customers", type=int, default=200, help="how many customers (200)")
    parser.add_argument("--per-second", type=int, default=100, help="how many records a second of event time (100)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other invoices (1)")
    arguments = parser.parse_args()
    with open(arguments.output, "w", encoding="utf-8", newline="\n") as output:
        for text in invoices(arguments.count, arguments.customers, arguments.per_second, arguments.seed):
            output.write(text + "\n")


if __name__ == "__main__":
    main()
