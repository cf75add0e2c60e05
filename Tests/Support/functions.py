"""Expressions as DuckDB or Python compute them: functions.py [ROWS.json] < questions

Questions are a JSON array of {"sql": …} or {"python": …}. Prints a JSON array with, for each, the values of all rows (one
without ROWS.json) as text, null as null. An expression that DuckDB refuses for a row is null, as with TRY."""
import datetime
import decimal
import json
import math
import sys

import duckdb

import spark_functions

COLUMNS = (
    "{row: 'INT', s: 'VARCHAR', u: 'VARCHAR', k: 'INT', i: 'INT', n: 'BIGINT', x: 'DOUBLE', y: 'DOUBLE', "
    "m: 'DECIMAL(12,3)', t: 'TIMESTAMP', v: 'TIMESTAMP', d: 'DATE', e: 'DATE', b: 'BOOLEAN'}"
)


def text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        moment = value.strftime("%H:%M:%S.%f").rstrip("0").rstrip(".")
        return f"{value.year:04}-{value.month:02}-{value.day:02}T{moment}Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join("null" if item is None else text(item) for item in value) + "]"
    return str(value)


connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
source = "(SELECT 1 AS row)"
if len(sys.argv) > 1:
    connection.execute(
        f"CREATE TABLE rows AS SELECT * FROM read_json('{sys.argv[1]}', format = 'newline_delimited', columns = {COLUMNS})"
    )
    source = "rows"


def answer(question):
    if "python" in question:
        return [text(eval(question["python"], vars(spark_functions)))]
    sql = question["sql"]
    try:
        rows = connection.execute(f"SELECT TRY({sql}) FROM {source} ORDER BY row").fetchall()
    except duckdb.Error as error:
        try:
            rows = connection.execute(f"SELECT {sql} FROM {source} ORDER BY row").fetchall()
        except duckdb.Error:
            return [f"refused: {error}"]
    return [text(row[0]) for row in rows]


print(json.dumps([answer(question) for question in json.load(sys.stdin)]))
