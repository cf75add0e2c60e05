#!/usr/bin/env python3
"""Writes the events of NEXMark's auction house as JSON lines: made up, but the same, byte for byte, for the same arguments.

    events.py DIRECTORY [--count N] [--per-second N] [--seed N]

Of every fifty events one is a person who registers, three are auctions that open, and 46 are bids, as in the benchmark
(Tucker, Tufte, Papadimos and Maier, "NEXMark, a benchmark for queries over data streams", 2008); they go to
`persons.jsonl`, `auctions.jsonl` and `bids.jsonl`. Half of the bids go to the newest few auctions, three of four come from
the newest few persons. Time goes from shortly before a midnight to after it. One event in ten is up to three seconds out
of order; no two events of a kind have the same time.

Produce them with the keys `id`, `id` and `auction`.
"""

import argparse
import datetime
import json
import pathlib
import random

PERSONS, AUCTIONS, ROUND = 1, 3, 50
FIRST_PERSON, FIRST_AUCTION, FIRST_CATEGORY, CATEGORIES = 1000, 1000, 10, 5
DISORDER, OUT_OF_ORDER_MICROSECONDS = 0.1, 3_000_000
PLACES = [
    ("Phoenix", "AZ"), ("Los Angeles", "CA"), ("San Francisco", "CA"), ("Boise", "ID"), ("Portland", "OR"), ("Bend", "OR"),
    ("Redmond", "WA"), ("Seattle", "WA"), ("Kent", "WA"), ("Cheyenne", "WY"),
]
FIRST_NAMES = ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"]
LAST_NAMES = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"]
CHANNELS = ["Google", "Facebook", "Baidu", "Apple"]
MIDNIGHT = datetime.datetime(2026, 3, 2)


def time_text(microseconds: int) -> str:
    return f"{MIDNIGHT + datetime.timedelta(microseconds=microseconds):%Y-%m-%dT%H:%M:%S.%f}Z"


class Events:
    """Makes one event after the other. Only `random()` is the same in every Python version."""

    def __init__(self, count: int, per_second: int, seed: int):
        self.choice = random.Random(seed)
        self.step = 1_000_000 // per_second
        # The midnight is in the middle.
        self.begin = -(count // 2) * self.step
        self.persons = self.auctions = 0

    def below(self, limit: int) -> int:
        return int(self.choice.random() * limit)

    def word(self, length: int) -> str:
        return "".join(chr(ord("a") + self.below(26)) for _ in range(length))

    def newest(self, number: int, hot: int) -> int:
        """One of the newest `hot` of so many, three times of four, or any."""
        return max(0, number - 1 - self.below(hot)) if self.choice.random() < 0.75 else self.below(max(number, 1))

    def time(self, number: int) -> int:
        late = 1 + self.below(OUT_OF_ORDER_MICROSECONDS) if self.choice.random() < DISORDER else 0
        # The last digits are the event's own.
        return (self.begin + number * self.step - late) // 1000 * 1000 + number % 1000

    def person(self, number: int) -> dict:
        city, state = PLACES[self.below(len(PLACES))]
        name = f"{FIRST_NAMES[self.below(len(FIRST_NAMES))]} {LAST_NAMES[self.below(len(LAST_NAMES))]}"
        self.persons += 1
        return {
            "id": FIRST_PERSON + self.persons - 1, "name": name, "emailAddress": f"{self.word(7)}@{self.word(5)}.com",
            "creditCard": " ".join(f"{self.below(10_000):04d}" for _ in range(4)), "city": city, "state": state,
            "dateTime": time_text(self.time(number)), "extra": self.word(8),
        }

    def auction(self, number: int) -> dict:
        time = self.time(number)
        initial = self.price()
        self.auctions += 1
        return {
            "id": FIRST_AUCTION + self.auctions - 1, "itemName": self.word(10), "description": self.word(20),
            "initialBid": initial, "reserve": initial + self.price(), "dateTime": time_text(time),
            "expires": time_text(time + 1_000_000 + self.below(20_000_000)),
            "seller": FIRST_PERSON + self.newest(self.persons, 4), "category": FIRST_CATEGORY + self.below(CATEGORIES),
            "extra": self.word(8),
        }

    def bid(self, number: int) -> dict:
        channel = self.below(8)
        name = CHANNELS[channel] if channel < len(CHANNELS) else f"channel-{self.below(20)}"
        path = "/".join(self.word(4) for _ in range(3))
        return {
            "auction": FIRST_AUCTION + self.newest(self.auctions, 10), "bidder": FIRST_PERSON + self.newest(self.persons, 8),
            "price": self.price(), "channel": name, "url": f"https://www.nexmark.com/{path}/item.htm?query=1",
            "dateTime": time_text(self.time(number)), "extra": self.word(8),
        }

    def price(self) -> int:
        """In cents; every order of magnitude is as frequent."""
        return round(10 ** (self.choice.random() * 6) * 100)

    def event(self, number: int) -> tuple[str, dict]:
        place = number % ROUND
        if place < PERSONS:
            return "persons", self.person(number)
        return ("auctions", self.auction(number)) if place < PERSONS + AUCTIONS else ("bids", self.bid(number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path, help="where the three files go")
    parser.add_argument("--count", type=int, default=100_000, help="how many events (100000)")
    parser.add_argument("--per-second", type=int, default=100, help="how many events a second of event time (100)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other events (1)")
    arguments = parser.parse_args()
    if not 1 <= arguments.per_second <= 300:
        parser.error("--per-second must be 1 to 300: beyond, events would share their times")
    arguments.directory.mkdir(parents=True, exist_ok=True)
    names = ["persons", "auctions", "bids"]
    files = {name: open(arguments.directory / f"{name}.jsonl", "w", encoding="utf-8", newline="\n") for name in names}
    events = Events(arguments.count, arguments.per_second, arguments.seed)
    for number in range(arguments.count):
        name, event = events.event(number)
        files[name].write(json.dumps(event, separators=(",", ":")) + "\n")
    for file in files.values():
        file.close()


if __name__ == "__main__":
    main()
