#!/usr/bin/env python3
"""Computes with pandas what the topology flight-delays must give, and compares.

    oracle.py FLIGHTS.jsonl --partitions N [--table PATH] [--summary summary.json] [--expected rows.jsonl]

Flights were produced in the order of the file with the key field `flight`. The batch computation knows nothing of
epochs, batches or threads. A flight is late when its schedule is before the watermark of its own partition: the latest
schedule among the earlier valid flights of the partition, less three hours.
"""

import argparse
import json
import pathlib
import sys

import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import batch_check  # noqa: E402

COLUMNS = ["carrier", "origin", "window_start", "departures", "delayed", "mean_delay", "max_delay"]
IDENTITY = ["carrier", "flight", "origin", "scheduled"]
WATERMARK_DELAY = pd.Timedelta(hours=3)


def read_flights(path: str, partitions: int) -> pd.DataFrame:
    with open(path, encoding="utf-8") as lines:
        flights = pd.DataFrame([json.loads(line) for line in lines])
    flights["scheduled"] = pd.to_datetime(flights.scheduled_departure, utc=True)
    flights["partition"] = [batch_check.partition_of(number, partitions) for number in flights.flight]
    return flights


def expect(flights: pd.DataFrame) -> tuple[list[tuple], dict]:
    """The rows of the table, and the counts."""
    valid = flights[flights.departure.notna()]
    latest = valid.groupby("partition").scheduled.transform(lambda schedule: schedule.cummax().shift())
    is_late = valid.scheduled < latest - WATERMARK_DELAY
    on_time = valid[~is_late]
    first = on_time.drop_duplicates(IDENTITY)
    delay = first.departure_delay.astype("int64")
    groups = first.assign(
        delay=delay, is_delayed=delay > 15, window_start=first.scheduled.dt.floor("h")
    ).groupby(["carrier", "origin", "window_start"], sort=True)
    table = groups.agg(
        departures=("delay", "size"), delayed=("is_delayed", "sum"), total=("delay", "sum"), max_delay=("delay", "max")
    ).reset_index()
    table["mean_delay"] = table.total / table.departures
    rows = [
        (row.carrier, row.origin, row.window_start.to_pydatetime(), int(row.departures), int(row.delayed),
         float(row.mean_delay), int(row.max_delay))
        for row in table.itertuples()
    ]  # fmt: skip
    counts = {
        "read": len(flights), "filtered": 0, "processed": len(first), "late": int(is_late.sum()),
        "duplicate": len(on_time) - len(first), "malformed": len(flights) - len(valid),
    }  # fmt: skip
    return rows, counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    batch_check.add_arguments(parser, "flights.py")
    arguments = parser.parse_args()
    rows, counts = expect(read_flights(arguments.records, arguments.partitions))
    batch_check.finish(arguments, rows, counts, COLUMNS, keys=3)


if __name__ == "__main__":
    main()
