"""Reads rows of JSON and prints their values, a line a row, so that no text of JSON is left: json_rows.py TYPES.

TYPES names the type of every column, with commas. Integers and decimals become digits, doubles their bits, strings and
bytes hexadecimal digits, dates days and timestamps microseconds since 1970. Years outside of 1 to 9999, which Python's
datetime does not have, are moved by whole cycles of 400 years.
"""

import base64
import datetime
import decimal
import json
import re
import struct
import sys

CYCLE = 146_097  # days in 400 years


def days(text):
    year, month, day = re.fullmatch(r"(-?\d{4,})-(\d\d)-(\d\d)", text).groups()
    cycles = (int(year) - 2000) // 400
    date = datetime.date(int(year) - 400 * cycles, int(month), int(day))
    return (date - datetime.date(1970, 1, 1)).days + CYCLE * cycles


def microseconds(text):
    date, hour, minute, second, fraction = re.fullmatch(
        r"(.+)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z", text).groups()
    seconds = days(date) * 86_400 + int(hour) * 3600 + int(minute) * 60 + int(second)
    return seconds * 1_000_000 + int((fraction or "0").ljust(6, "0"))


def exact(value, kind):
    if not isinstance(value, kind) or isinstance(value, bool) and kind is not bool:
        raise TypeError(f"{value!r} is not of {kind}")
    return value


READERS = {
    "bool": lambda value: "true" if exact(value, bool) else "false",
    "integer": lambda value: str(exact(value, int)),
    "double": lambda value: struct.pack(">d", float(value)).hex(),
    "decimal": lambda value: format(decimal.Decimal(exact(value, str)), "f"),
    "string": lambda value: exact(value, str).encode().hex(),
    "bytes": lambda value: base64.b64decode(exact(value, str), validate=True).hex(),
    "date": lambda value: str(days(exact(value, str))),
    "timestamp": lambda value: str(microseconds(exact(value, str))),
}


if __name__ == "__main__":
    types = sys.argv[1].split(",")
    for line in sys.stdin.buffer.read().split(b"\n")[:-1]:
        values = list(json.loads(line).values())
        assert len(values) == len(types), "a row of another length"
        print("|".join("null" if v is None else READERS[t](v) for t, v in zip(types, values)))
