"""Orders of three levels, and the tables that a topology makes of them.

nested_orders.py make COUNT FILE              writes records, of which every tenth is against the contract
nested_orders.py compare FILE WAREHOUSE       compares both tables, by deltalake and DuckDB, with the records
"""
import datetime
import decimal
import json
import random
import sys

UTC = datetime.timezone.utc


def order(number, chance):
    def some(value):
        return value if chance.random() < 0.7 else None

    def line():
        item = {"sku": chance.choice(["A-1", "B\"2", "ü", ""]), "quantity": chance.randint(-2, 9),
                "price": f"{chance.randint(0, 99999) / 100:.2f}"}
        if chance.random() < 0.6:
            item["shipped_at"] = chance.randint(0, 2_000_000_000_000)
        if chance.random() < 0.6:
            item["attributes"] = {
                name: some(chance.choice(["red", "blue", "\n"]))
                for name in chance.sample(["color", "size", "a b", "Ω"], chance.randint(0, 4))}
        if chance.random() < 0.6:
            item["parts"] = [
                {"number": chance.randint(-(2**63), 2**63 - 1), **({"weight": chance.choice([0, 1.5, 1e300])} if chance.random() < 0.7 else {})}
                for _ in range(chance.randint(0, 3))]
        return item

    record = {
        "id": f"o{number}", "placed_at": f"2026-03-{number % 28 + 1:02}T10:{number % 60:02}:00.5Z",
        "customer": {
            "name": chance.choice(["Ana", "Bo", "名前"]),
            "address": some({"city": chance.choice(["Oslo", "Graz"]), "position": some([59.9, -10.25])}),
            "emails": [some(f"{n}@x.example") for n in range(chance.randint(0, 3))],
        },
        "lines": [line() for _ in range(chance.randint(0, 4))],
    }
    if chance.random() < 0.6:
        record["discounts"] = {
            name: f"{chance.randint(0, 999) / 100:.2f}"
            for name in chance.sample(["spring", "staff", "x"], chance.randint(0, 3))}
    if chance.random() < 0.6:
        record["extra"] = chance.choice([{"a": [1, {"b": None}]}, [], "text", 1.5, {}])
    return record


def spoiled(record, chance):
    """A record that breaks the contract deep inside, and where."""
    kind = chance.randrange(3)
    if kind == 0:
        record["lines"].append({"sku": "x", "quantity": 1, "price": "1.234"})
        return f"lines[{len(record['lines']) - 1}].price"
    if kind == 1:
        record["customer"]["address"] = {"city": "Oslo", "position": [1.0, "east"]}
        return "customer.address.position[1]"
    record["lines"] = [{"sku": "x", "quantity": 1, "price": 1, "parts": [{"number": 1}, {"weight": 2}]}]
    return "lines[0].parts[1].number"


def make(count, path):
    chance = random.Random(7)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(count):
            record = order(number, chance)
            if number % 10 == 9:
                record["spoiled"] = spoiled(record, chance)
            file.write(json.dumps(record, ensure_ascii=chance.random() < 0.5) + "\n")


def decimals(value):
    return None if value is None else decimal.Decimal(str(value)).quantize(decimal.Decimal("0.01"))


def time(milliseconds):
    return None if milliseconds is None else (
        datetime.datetime(1970, 1, 1, tzinfo=UTC) + datetime.timedelta(milliseconds=milliseconds))


def expected_order(record):
    def part(value):
        weight = value.get("weight")
        return {"number": value["number"], "weight": None if weight is None else float(weight)}

    def line(value):
        return {
            "sku": value["sku"], "quantity": value["quantity"], "price": decimals(value["price"]),
            "shipped_at": time(value.get("shipped_at")), "attributes": value.get("attributes"),
            "parts": None if "parts" not in value else [part(p) for p in value["parts"]],
        }

    discounts = record.get("discounts")
    return {
        "id": record["id"],
        "placed_at": datetime.datetime.fromisoformat(record["placed_at"].replace("Z", "+00:00")),
        "customer": record["customer"],
        "lines": [line(value) for value in record["lines"]],
        "discounts": None if discounts is None else {name: decimals(value) for name, value in discounts.items()},
        "extra": record.get("extra"),
    }


def expected_lines(order):
    address = order["customer"]["address"]
    common = {"order_id": order["id"], "city": address and address["city"],
              "emails": len(order["customer"]["emails"])}
    none = {"line": None, "sku": None, "color": None, "first_part": None, "parts": None}
    if not order["lines"]:
        return [common | none]
    return [
        common | {
            "line": index, "sku": line["sku"], "color": (line["attributes"] or {}).get("color"),
            "first_part": line["parts"][0]["number"] if line["parts"] else None, "parts": line["parts"]}
        for index, line in enumerate(order["lines"])]


def maps(value, path=""):
    """Arrow's maps are lists of pairs; DuckDB's own come the same way."""
    if path in ("discounts", "lines.attributes") and value is not None:
        return dict(value)
    if isinstance(value, dict):
        return {name: maps(member, f"{path}.{name}".lstrip(".")) for name, member in value.items()}
    if isinstance(value, list):
        return [maps(element, path) for element in value]
    return value


def rows(reader, path):
    import deltalake

    table = deltalake.DeltaTable(path)
    if reader == "deltalake":
        import pyarrow

        data = pyarrow.table(table.to_pyarrow_table() if hasattr(table, "to_pyarrow_table") else table)
    else:
        import duckdb

        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        data = connection.execute("SELECT * FROM read_parquet(?)", [table.file_uris()]).to_arrow_table()
    return [maps(row) for row in data.to_pylist()], table.schema()


def compare(path, warehouse):
    with open(path, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    orders = [expected_order(record) for record in records if "spoiled" not in record]
    lines = [line for order in orders for line in expected_lines(order)]
    for reader in ("deltalake", "duckdb"):
        actual, schema = rows(reader, warehouse + "/bronze/orders")
        types = {field.name: field.type.type for field in schema.fields}
        assert types["customer"] == "struct" and types["lines"] == "array" and types["discounts"] == "map", types
        for row in actual:
            row["extra"] = None if row["extra"] is None else json.loads(row["extra"])
        assert sorted(actual, key=lambda row: row["id"]) == sorted(orders, key=lambda row: row["id"]), reader
        actual, _ = rows(reader, warehouse + "/silver/order_lines")

        def key(row):
            return row["order_id"], -1 if row["line"] is None else row["line"]

        assert sorted(actual, key=key) == sorted(lines, key=key), reader
    print(f"{len(orders)} orders, {len(lines)} lines")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), sys.argv[3])
    else:
        compare(*sys.argv[2:4])
