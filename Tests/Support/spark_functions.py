"""Functions as Spark defines them, in plain Python, for cases where no SQL engine at hand shares the meaning."""
import base64
import calendar
import datetime
import hashlib
import json
import re
import struct
import urllib.parse
import zlib
from zoneinfo import ZoneInfo

UTC = datetime.timezone.utc
M32 = 0xFFFFFFFF
M64 = 0xFFFFFFFFFFFFFFFF


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def rotate(value, bits, width):
    mask = (1 << width) - 1
    return ((value << bits) | (value >> (width - bits))) & mask


def mix(seed, word):
    word = word * 0xCC9E2D51 & M32
    word = rotate(word, 15, 32) * 0x1B873593 & M32
    return (rotate(seed ^ word, 13, 32) * 5 + 0xE6546B64) & M32


def murmur_end(value, length):
    value ^= length
    value = (value ^ value >> 16) * 0x85EBCA6B & M32
    value = (value ^ value >> 13) * 0xC2B2AE35 & M32
    return value ^ value >> 16


def murmur_words(words, length, seed):
    for word in words:
        seed = mix(seed, word)
    return murmur_end(seed, length)


def parts(value):
    """A value as Spark hashes it: ('int' | 'long' | 'bytes', …)."""
    if isinstance(value, bool):
        return "int", int(value)
    if isinstance(value, int):
        return ("int" if -(2**31) <= value < 2**31 else "long"), value
    if isinstance(value, float):
        return "long", struct.unpack("<q", struct.pack("<d", 0.0 if value == 0 else value))[0]
    if isinstance(value, str):
        return "bytes", value.encode()
    return "bytes", value


class Long(int):
    """A bigint, timestamp or short decimal."""


def kind(value):
    return ("long", int(value)) if isinstance(value, Long) else parts(value)


def spark_hash(*values):
    seed = 42
    for value in values:
        if value is None:
            continue
        what, data = kind(value)
        if what == "int":
            seed = murmur_words([data & M32], 4, seed)
        elif what == "long":
            seed = murmur_words([data & M32, data >> 32 & M32], 8, seed)
        else:
            whole = len(data) // 4 * 4
            words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, whole, 4)]
            words += [signed(byte, 8) & M32 for byte in data[whole:]]
            seed = murmur_words(words, len(data), seed)
    return signed(seed, 32)


P1, P2, P3, P4, P5 = (
    11400714785074694791,
    14029467366897019727,
    1609587929392839161,
    9650029242287828579,
    2870177450012600261,
)


def xx_round(lane, word):
    return rotate((lane + word * P2) & M64, 31, 64) * P1 & M64


def xx_bytes(data, seed):
    """xxHash64 as its specification says (https://github.com/Cyan4973/xxHash)."""
    at = 0
    if len(data) >= 32:
        lanes = [(seed + P1 + P2) & M64, (seed + P2) & M64, seed, (seed - P1) & M64]
        while at + 32 <= len(data):
            for lane in range(4):
                lanes[lane] = xx_round(lanes[lane], int.from_bytes(data[at : at + 8], "little"))
                at += 8
        value = sum(rotate(lane, bits, 64) for lane, bits in zip(lanes, (1, 7, 12, 18))) & M64
        for lane in lanes:
            value = ((value ^ xx_round(0, lane)) * P1 + P4) & M64
    else:
        value = (seed + P5) & M64
    value = (value + len(data)) & M64
    while at + 8 <= len(data):
        value ^= xx_round(0, int.from_bytes(data[at : at + 8], "little"))
        value = (rotate(value, 27, 64) * P1 + P4) & M64
        at += 8
    if at + 4 <= len(data):
        value ^= int.from_bytes(data[at : at + 4], "little") * P1 & M64
        value = (rotate(value, 23, 64) * P2 + P3) & M64
        at += 4
    for byte in data[at:]:
        value = rotate(value ^ byte * P5 & M64, 11, 64) * P1 & M64
    value = (value ^ value >> 33) * P2 & M64
    value = (value ^ value >> 29) * P3 & M64
    return value ^ value >> 32


def xxhash64(*values):
    seed = 42
    for value in values:
        if value is None:
            continue
        what, data = kind(value)
        if what == "int":
            data = struct.pack("<I", data & M32)
        elif what == "long":
            data = struct.pack("<Q", data & M64)
        seed = xx_bytes(data, seed)
    return signed(seed, 64)


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def sha(name, text):
    return hashlib.new(name, text.encode()).hexdigest()


def crc32(data):
    return zlib.crc32(data.encode() if isinstance(data, str) else data)


def moment(text, zone="UTC"):
    """A local time of a zone in UTC; fold and gap as Python resolves them."""
    local = datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def local(text, zone):
    """What the clocks of a zone show at a time in UTC."""
    at = datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def shown(text, pattern, zone="UTC"):
    return local(text, zone).strftime(pattern)


def truncated_local(text, zone, **fields):
    """The begin, in UTC, of the local unit in which the fields are replaced."""
    begin = local(text, zone).replace(**fields)
    return moment(begin.isoformat(), zone)


def months_between(end, start, rounded=True):
    end, start = datetime.datetime.fromisoformat(end), datetime.datetime.fromisoformat(start)
    months = (end.year - start.year) * 12 + end.month - start.month

    def last(day):
        return day.day == calendar.monthrange(day.year, day.month)[1]

    if end.day == start.day or (last(end) and last(start)):
        return float(months)

    def seconds(day):
        return day.hour * 3600 + day.minute * 60 + day.second

    value = months + ((end.day - start.day) * 86400 + seconds(end) - seconds(start)) / (31 * 86400)
    return round(value, 8) if rounded else value


def url_part(url, part):
    return getattr(urllib.parse.urlsplit(url), part) or None


def quote(text):
    return urllib.parse.quote_plus(text, safe="*")


def unquote(text):
    return urllib.parse.unquote_plus(text)


def initcap(text):
    return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))


def substring(text, start, length=2**31):
    first = start - 1 if start > 0 else len(text) + start if start < 0 else 0
    return text[max(first, 0) : max(first + max(length, 0), 0)]


def substring_index(text, delimiter, count):
    pieces = text.split(delimiter)
    return delimiter.join(pieces[:count] if count > 0 else pieces[count:])


def grouped(number, digits):
    return f"{number:,.{digits}f}"


def unbase64(text):
    return base64.b64decode(text)


def regexp_replace(text, pattern, replacement):
    return re.sub(pattern, replacement, text)


def json_valid(text):
    def refuse(word):
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True
