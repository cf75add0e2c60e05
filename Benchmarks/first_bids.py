"""Workload W4 by its definition, bid by bid: the first of each (auction, bidder) within a watermark of ten seconds.

Of two first bids in different partitions the one that is read first counts, so that the order of reading is part of the
question: in turn so many records of each file."""

import json
import pathlib
from datetime import datetime

DELAY = 10_000_000


def records(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            bid = json.loads(line)
            since = datetime.fromisoformat(bid["dateTime"]) - datetime.fromisoformat("1970-01-01T00:00:00Z")
            yield bid["auction"], bid["bidder"], (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def in_order_of_reading(directory, round_records):
    files = [records(path) for path in sorted(pathlib.Path(directory).glob("*.json"))]
    while files:
        for number, file in list(enumerate(files)):
            chunk = [bid for _, bid in zip(range(round_records), file)] if file else []
            for bid in chunk:
                yield number, bid
            if len(chunk) < round_records:
                files[number] = None
        if not any(files):
            return


def first_bids(directory, round_records):
    """Rows and sums, as `tidemark bench W4 --json` has them."""
    newest, first = {}, {}
    rows, auctions, bidders, times = 0, 0, 0, 0
    for partition, (auction, bidder, time) in in_order_of_reading(directory, round_records):
        watermark = newest.get(partition, time) - DELAY
        newest[partition] = max(newest.get(partition, time), time)
        if time < watermark or first.get((auction, bidder), watermark - 1) >= watermark:
            continue
        first[auction, bidder] = time
        rows, auctions, bidders, times = rows + 1, auctions + auction, bidders + bidder, times + time
    return {"rows": rows, "sums": {"auction": str(auctions), "bidder": str(bidders), "dateTime": str(times)}}
