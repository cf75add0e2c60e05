#!/usr/bin/env python3
"""Computes with DuckDB, over all events at once, what a NEXMark query must give, and compares.

    oracle.py QUERY DIRECTORY [--table PATH] [--expected FILE]

DIRECTORY holds what events.py wrote; QUERY is q0, q1, … The rows that are expected go to FILE as text, sorted,
`name=value` by column as the test driver shows them: instants in µs, decimals as digits and scale. The queries are those
of NEXMark in SQL, with windows and ties as each comment says.
"""

import argparse
import datetime
import decimal
import pathlib
import sys

import duckdb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import batch_check  # noqa: E402

COLUMNS = {
    "persons": {
        "id": "BIGINT", "name": "VARCHAR", "emailAddress": "VARCHAR", "creditCard": "VARCHAR", "city": "VARCHAR",
        "state": "VARCHAR", "dateTime": "TIMESTAMP", "extra": "VARCHAR",
    },
    "auctions": {
        "id": "BIGINT", "itemName": "VARCHAR", "description": "VARCHAR", "initialBid": "BIGINT", "reserve": "BIGINT",
        "dateTime": "TIMESTAMP", "expires": "TIMESTAMP", "seller": "BIGINT", "category": "BIGINT", "extra": "VARCHAR",
    },
    "bids": {
        "auction": "BIGINT", "bidder": "BIGINT", "price": "BIGINT", "channel": "VARCHAR", "url": "VARCHAR",
        "dateTime": "TIMESTAMP", "extra": "VARCHAR",
    },
}
WINDOW = "time_bucket(interval 10 seconds, dateTime, timestamp '1970-01-01')"
# The bids of every ten seconds that begin every two: a bid is in five windows.
HOPPING = """
    select {columns}, time_bucket(interval 2 seconds, dateTime, timestamp '1970-01-01') - to_seconds(2 * n) as window_start
    from bids, range(5) as steps(n)"""
RANKS = """
    count(*) as total_bids,
    count(*) filter (price < 10000) as rank1_bids,
    count(*) filter (price >= 10000 and price < 1000000) as rank2_bids,
    count(*) filter (price >= 1000000) as rank3_bids"""
DISTINCT = """
    count(distinct {who}) as total_{name}s,
    count(distinct {who}) filter (price < 10000) as rank1_{name}s,
    count(distinct {who}) filter (price >= 10000 and price < 1000000) as rank2_{name}s,
    count(distinct {who}) filter (price >= 1000000) as rank3_{name}s"""
BIDDERS, AUCTIONS = DISTINCT.format(who="bidder", name="bidder"), DISTINCT.format(who="auction", name="auction")
# Bids made while their auction was open.
VALID = "auctions a join bids b on a.id = b.auction and b.dateTime between a.dateTime and a.expires"

QUERIES = {
    # Everything as it came.
    "q0": "select auction, bidder, price, dateTime, extra from bids",
    # Prices in another currency.
    "q1": "select auction, bidder, cast(price * 0.908 as decimal(23, 3)) as price, dateTime, extra from bids",
    # Bids for some auctions.
    "q2": "select auction, price from bids where auction % 123 = 0",
    # Who sells in category 10 in three states.
    "q3": """
        select p.name, p.city, p.state, a.id from auctions a join persons p on a.seller = p.id
        where a.category = 10 and p.state in ('OR', 'ID', 'CA')""",
    # The mean of the winning prices of each category.
    "q4": f"""
        select category, avg(final) as average from (
            select a.id, a.category, max(b.price) as final from {VALID} group by a.id, a.category)
        group by category""",
    # The auctions with the most bids in ten seconds, every two seconds; all of those that have as many.
    "q5": f"""
        select auction, window_start, count(*) as bids from ({HOPPING.format(columns="auction")})
        group by auction, window_start
        qualify rank() over (partition by window_start order by count(*) desc) = 1""",
    # The highest bids of each ten seconds.
    "q7": f"""
        select auction, price, bidder, dateTime, extra from bids
        qualify rank() over (partition by {WINDOW} order by price desc) = 1""",
    # Who opened an auction within the ten seconds of the registration.
    "q8": f"""
        select distinct p.id, p.name, p.window_start
        from (select id, name, {WINDOW} as window_start from persons) p
        join (select seller, {WINDOW} as window_start from auctions) a
        on p.id = a.seller and p.window_start = a.window_start""",
    # The winning bid of each auction: the highest, of equal ones the earliest.
    "q9": f"""
        select a.id, a.itemName, a.seller, a.category, b.bidder, b.price, b.dateTime
        from {VALID}
        qualify row_number() over (partition by a.id order by b.price desc, b.dateTime) = 1""",
    # How many bids a bidder makes without a pause of ten seconds.
    "q11": """
        with marked as (
            select bidder, dateTime, dateTime - lag(dateTime) over w < interval 10 seconds as goes_on from bids
            window w as (partition by bidder order by dateTime)),
        numbered as (
            select bidder, dateTime,
                count(*) filter (goes_on is not true) over (partition by bidder order by dateTime) as session
            from marked)
        select bidder, count(*) as bids, min(dateTime) as window_start, max(dateTime) + interval 10 seconds as window_end
        from numbered group by bidder, session""",
    # How many bids a bidder makes in ten seconds of processing time, when twenty events come a second from midnight on:
    # what the test does. Of every fifty events the last 46 are bids.
    "q12": """
        select bidder, count(*) as bids, time_bucket(interval 10 seconds,
            timestamp '2026-03-02' + to_milliseconds(50 * (rowid // 46 * 50 + 4 + rowid % 46)), timestamp '1970-01-01')
            as window_start
        from bids group by all""",
    # The day's figures.
    "q15": f"""
        select date_trunc('day', dateTime) as day, {RANKS}, {BIDDERS}, {AUCTIONS} from bids group by all""",
    # The day's figures of each channel.
    "q16": f"""
        select channel, date_trunc('day', dateTime) as day, strftime(max(dateTime), '%H:%M') as minute,
            {RANKS}, {BIDDERS}, {AUCTIONS}
        from bids group by all""",
    # The day's figures of each auction.
    "q17": f"""
        select auction, date_trunc('day', dateTime) as day, {RANKS},
            min(price) as min_price, max(price) as max_price, avg(price) as avg_price, cast(sum(price) as bigint) as sum_price
        from bids group by auction, date_trunc('day', dateTime)""",
    # The last bid of each bidder for each auction.
    "q18": """
        select auction, bidder, price, channel, url, dateTime, extra from bids
        qualify row_number() over (partition by bidder, auction order by dateTime desc) = 1""",
    # Bids with their auction, in category 10.
    "q20": """
        select b.auction, b.bidder, b.price, b.dateTime, a.itemName, a.initialBid, a.seller, a.category
        from bids b join auctions a on b.auction = a.id where a.category = 10""",
    # The parts of the address.
    "q22": """
        select auction, bidder, price, channel, split_part(url, '/', 4) as dir1, split_part(url, '/', 5) as dir2,
            split_part(url, '/', 6) as dir3
        from bids""",
}
# How many of the first columns are the key of the table; all of them where rows are appended.
KEYS = {"q4": 1, "q5": 2, "q8": 3, "q9": 1, "q15": 1, "q16": 2, "q17": 2, "q18": 2}


def expect(query: str, directory: pathlib.Path) -> tuple[list[str], list[tuple]]:
    """The names of the columns, and the rows."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'; set threads = 1")
    for name, columns in COLUMNS.items():
        path = str(directory / f"{name}.jsonl")
        connection.execute(
            f"create table {name} as select * from read_json('{path}', format = 'newline_delimited', columns = {columns})")
    # Through Arrow: DuckDB's own rows with times need a module for time zones.
    table = connection.sql(QUERIES[query]).to_arrow_table()
    return table.column_names, [tuple(row.values()) for row in table.to_pylist()]


def text(value: object) -> str:
    """A value as the test driver shows it."""
    if value is None:
        return "null"
    if isinstance(value, decimal.Decimal):
        _, digits, exponent = value.as_tuple()
        return f"{int(value.scaleb(-exponent))}e-{-exponent}"
    if isinstance(value, datetime.datetime):
        since = batch_check.plain(value) - datetime.datetime(1970, 1, 1)
        return str(since // datetime.timedelta(microseconds=1))
    return str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("query", choices=QUERIES)
    parser.add_argument("directory", type=pathlib.Path, help="where events.py wrote its files")
    parser.add_argument("--table", help="the Delta table to compare")
    parser.add_argument("--expected", help="write the expected rows to this file")
    arguments = parser.parse_args()
    columns, rows = expect(arguments.query, arguments.directory)
    if arguments.expected:
        lines = sorted(" ".join(f"{name}={text(value)}" for name, value in zip(columns, row)) for row in rows)
        pathlib.Path(arguments.expected).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    if arguments.table:
        try:
            batch_check.compare_table(arguments.table, rows, columns, KEYS.get(arguments.query, len(columns)))
        except batch_check.Difference as difference:
            sys.exit(f"oracle: {difference}")
        print(f"equal: {arguments.table}, read by {', '.join(batch_check.READERS)}")
    print(f"expected: {len(rows)} rows")


if __name__ == "__main__":
    main()
