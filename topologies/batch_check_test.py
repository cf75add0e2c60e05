#!/usr/bin/env python3
"""Tests that the oracles' comparison passes what is right and refuses every kind of wrong table and summary."""

import decimal
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import deltalake
import pyarrow

# No __pycache__ among a topology's sources, which the Swift build would report.
sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import batch_check  # noqa: E402

TIME = pyarrow.timestamp("us", "UTC")
REVENUE = pyarrow.schema([
    ("customer_id", pyarrow.int64()), ("window_start", TIME), ("invoices", pyarrow.int64()),
    ("revenue", pyarrow.decimal128(18, 2)),
])  # fmt: skip
DELAYS = pyarrow.schema([
    ("carrier", pyarrow.string()), ("origin", pyarrow.string()), ("window_start", TIME),
    ("departures", pyarrow.int64()), ("delayed", pyarrow.int64()), ("mean_delay", pyarrow.float64()),
    ("max_delay", pyarrow.int32()),
])  # fmt: skip


def module(topology: str, name: str):
    specification = importlib.util.spec_from_file_location(f"{topology}_{name}", HERE / topology / f"{name}.py")
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded


class Comparison(unittest.TestCase):
    """Of invoice-revenue, whose rows have every kind of value but text and doubles."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.lines = list(module("invoice-revenue", "invoices").invoices(3_000, 20, 100, 7))
        cls.rows, cls.counts = module("invoice-revenue", "oracle").expect(cls.lines, 4)

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        (self.directory / "invoices.jsonl").write_text("".join(line + "\n" for line in self.lines), encoding="utf-8")

    def table(self, rows: list[tuple], schema: pyarrow.Schema = REVENUE) -> str:
        """Writes a Delta table with delta-rs."""
        columns = {field.name: list(values) for field, values in zip(schema, zip(*rows))}
        table = str(self.directory / f"table-{len(list(self.directory.iterdir()))}")
        deltalake.write_deltalake(table, pyarrow.table(columns, schema=schema))
        return table

    def difference(self, rows: list[tuple], schema: pyarrow.Schema = REVENUE) -> str:
        """What the comparison says of a table of these rows; empty when it has nothing to say against it."""
        try:
            batch_check.compare_table(self.table(rows, schema), self.rows, REVENUE.names, 2)
        except batch_check.Difference as difference:
            return str(difference)
        return ""

    def oracle(self, rows: list[tuple], counts: dict) -> str:
        """What the oracle, as a process of its own, says of a table and a summary; empty when it passes them."""
        table = self.table(rows)
        summary = self.directory / "summary.json"
        summary.write_text(json.dumps(counts), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, str(HERE / "invoice-revenue" / "oracle.py"), str(self.directory / "invoices.jsonl"),
             "--partitions", "4", "--table", table, "--summary", str(summary)],
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(run.returncode == 0, run.stderr == "", run.stderr)
        return run.stderr

    def changed(self, **values) -> list[tuple]:
        """The rows with another first row."""
        return [tuple(values.get(field.name, value) for field, value in zip(REVENUE, self.rows[0]))] + self.rows[1:]

    def test_what_is_right_passes(self) -> None:
        self.assertGreater(min(self.counts.values()), 0, f"the sample has every kind of record: {self.counts}")
        self.assertEqual(self.oracle(self.rows, self.counts), "")

    def test_what_is_wrong_is_said(self) -> None:
        rows = self.rows
        narrow = REVENUE.set(2, pyarrow.field("invoices", pyarrow.string()))
        renamed = REVENUE.set(3, pyarrow.field("turnover", pyarrow.decimal128(18, 2)))
        cases = [
            ("1 of", rows[1:], REVENUE), ("not expected", self.changed(customer_id=10**6) + rows[:1], REVENUE),
            ("are missing", self.changed(customer_id=10**6), REVENUE), ("twice", rows + rows[-1:], REVENUE),
            ("revenue of", self.changed(revenue=rows[0][3] + decimal.Decimal("0.01")), REVENUE),
            ("invoices of", self.changed(invoices=rows[0][2] + 1), REVENUE),
            ("revenue of", self.changed(revenue=None), REVENUE),
            ("invoices of", [row[:2] + (str(row[2]), row[3]) for row in rows], narrow),
            ("columns are", rows, renamed),
        ]  # fmt: skip
        for sentence, table, schema in cases:
            with self.subTest(sentence):
                self.assertIn(sentence, self.difference(table, schema))

    def test_counts_that_are_wrong(self) -> None:
        for name in batch_check.COUNTS:
            with self.assertRaisesRegex(batch_check.Difference, f"{name} is"):
                batch_check.compare_counts(self.counts | {name: 10**9}, self.counts)
            with self.assertRaisesRegex(batch_check.Difference, f"no count '{name}'"):
                batch_check.compare_counts({k: v for k, v in self.counts.items() if k != name}, self.counts)

    def test_the_process_ends_with_a_sentence(self) -> None:
        for rows, counts in [(self.rows[1:], self.counts), (self.rows, self.counts | {"late": 0})]:
            said = self.oracle(rows, counts)
            self.assertRegex(said, r"^oracle: [^\n]*\n$")

    def test_a_table_that_is_not_there(self) -> None:
        with self.assertRaises(Exception):
            batch_check.compare_table(str(self.directory / "nothing"), self.rows, REVENUE.names, 2)


class Flights(unittest.TestCase):
    """The first flights of the year: texts and doubles as the readers see them."""

    def test_the_table_of_the_first_flights(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            records = f"{directory}/flights.jsonl"
            for _ in range(2):
                exporter = [sys.executable, str(HERE / "flight-delays" / "flights.py"), records, "--limit", "5000"]
                subprocess.run(exporter, check=True)
                text = pathlib.Path(records).read_bytes()
            self.assertEqual(pathlib.Path(records).read_bytes(), text)
            oracle = module("flight-delays", "oracle")
            rows, counts = oracle.expect(oracle.read_flights(records, 4))
            self.assertGreater(min(counts["late"], counts["malformed"], counts["processed"]), 0)
            table = f"{directory}/table"
            columns = {field.name: list(values) for field, values in zip(DELAYS, zip(*rows))}
            deltalake.write_deltalake(table, pyarrow.table(columns, schema=DELAYS))
            batch_check.compare_table(table, rows, oracle.COLUMNS, 3)
            wrong = [rows[0][:5] + (rows[0][5] + 1e-9,) + rows[0][6:]] + rows[1:]
            with self.assertRaisesRegex(batch_check.Difference, "mean_delay"):
                batch_check.compare_table(table, wrong, oracle.COLUMNS, 3)


if __name__ == "__main__":
    unittest.main()
