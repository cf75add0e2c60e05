"""Runs all benchmarks: suite.py BIN-DIRECTORY [--events N] [--runs K] [--smoke] [--json].

Each workload runs in turn with DuckDB's batch query of the same files, both on one thread, so that both meet the same
moments of a noisy machine; medians are compared. Fails when a sum differs from DuckDB's (W4: from a computation bid by
bid), or a figure is worse than `thresholds.json` allows. With --smoke little runs once: the sums are compared, and nothing
is said of speed."""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile

import kafka_to_delta
import kafka_to_kafka
from first_bids import first_bids
from processes import output_of, outputs_at_once

HERE = pathlib.Path(__file__).resolve().parent
WORKLOADS = ["W1", "W2", "W3", "W4", "W6"]
SMOKE_EVENTS = 200_000
# Bid by bid a million take ten seconds, and memory for each.
CHECKED_FIRST_BIDS = 1_000_000
# A million of each stream.
JOINED_EVENTS = 2_000_000


class Suite:
    def __init__(self, binaries, directory, runs):
        self.binaries, self.directory, self.runs = binaries, directory, runs

    def generate(self, events):
        bids = self.directory / f"bids-{events}"
        if not bids.exists():
            bids.mkdir()
            output_of(self.binaries / "generate-bids", events, bids, "rr", 4)
        return bids

    def generate_orders(self, events):
        """Orders and shipments, half of the events each."""
        directory = self.directory / f"orders-{events}"
        for name in ["orders", "shipments"]:
            (directory / name).mkdir(parents=True)
            output_of(self.binaries / "generate-bids", events // 2, directory / name, "rr", 4, name)
        return directory

    def command(self, workload, bids, threads=1):
        return [self.binaries / "tidemark", "bench", workload, "--input", bids, "--threads", threads, "--json"]

    def bench(self, workload, bids, threads=1):
        return json.loads(output_of(*self.command(workload, bids, threads)))

    def against_duckdb(self, workload, bids):
        ours, theirs = [], []
        for _ in range(self.runs):
            ours.append(self.bench(workload, bids))
            theirs.append(json.loads(output_of(sys.executable, HERE / "duckdb_workloads.py", workload, bids)))
        if workload != "W4":
            compare(workload, ours[0], theirs[0])
        events = ours[0]["events"]
        own = statistics.median(events / run["cpu_seconds"] for run in ours)
        duckdb = statistics.median(events / run["cpu_seconds"] for run in theirs)
        return {
            "events_per_cpu_second": round(own), "duckdb_events_per_cpu_second": round(duckdb),
            "ratio_to_duckdb": round(own / duckdb, 2),
            "peak_rss_megabytes": max(run["peak_rss"] for run in ours) >> 20,
            "duckdb_peak_rss_megabytes": max(run["peak_rss"] for run in theirs) >> 20,
        }

    def two_threads(self, workload, bids):
        """How many times as fast two threads are as one, by the wall clock, and how many times as much two processes of one
        thread do side by side: what the machine's two cores give at this moment. Of each the best run, since what else
        the machine does takes a core away. The sums must be those of one thread."""
        alone, threads, processes = [], [], []
        for _ in range(self.runs):
            one, two = self.bench(workload, bids), self.bench(workload, bids, threads=2)
            compare(f"{workload} on two threads", two, one)
            both = [json.loads(output) for output in outputs_at_once(*[self.command(workload, bids)] * 2)]
            alone.append(one["seconds"])
            threads.append(two["seconds"])
            processes.append(max(run["seconds"] for run in both))
        return {
            "two_threads": round(min(alone) / min(threads), 2), "two_processes": round(2 * min(alone) / min(processes), 2),
        }

    def check_first_bids(self, events):
        bids = self.generate(min(events, CHECKED_FIRST_BIDS))
        ours = self.bench("W4", bids)
        compare("W4", ours, first_bids(bids, ours["round_records"]))


def compare(name, ours, expected):
    for part in ["rows", "sums"]:
        if ours[part] != expected[part]:
            sys.exit(f"{name}: {part} are {ours[part]}, and should be {expected[part]}")


def shortfalls(figures, limits):
    """A line for each figure that is worse than it may be."""
    delta = figures["kafka_to_delta"]
    checks = [("cold start, ms", delta["cold_start_milliseconds"], limits["cold_start_milliseconds"], -1)]
    speed, ratio = "events_per_cpu_second", "ratio_to_bare_consumer"
    checks.append(("W6, events per CPU second", figures["W6"][speed], limits["w6_events_per_cpu_second"], 1))
    checks.append(("Kafka to Delta, times a bare consumer", delta[ratio], limits["kafka_to_delta"][ratio], 1))
    checks.append(("Kafka to Delta, MB at most", delta["peak_rss_megabytes"], limits["kafka_to_delta"]["peak_rss_megabytes"], -1))
    delay, limit = figures["kafka_to_kafka"]["topology"]["p99"], limits["kafka_to_kafka_p99_milliseconds"]
    checks.append(("Kafka to Kafka, 99th percentile, ms", delay, limit, -1))
    for name in WORKLOADS:
        figure = figures[name]
        checks.append((f"{name}, times DuckDB", figure["ratio_to_duckdb"], limits["ratio_to_duckdb"][name], 1))
        checks.append((f"{name}, MB at most", figure["peak_rss_megabytes"], limits["peak_rss_megabytes"], -1))
        if "two_threads" in figure:
            share = round(figure["two_threads"] / figure["two_processes"], 2)
            checks.append((f"{name}, two threads of two processes", share, limits["two_threads_of_two_processes"], 1))
    return [
        f"{name}: {value}, and the limit is {limit}" for name, value, limit, sign in checks
        if sign * value < sign * limit
    ]


def missed_goals(figures, goals):
    """A line for each figure that depends on the machine and is below what a quiet one should give. Nothing fails by it."""
    checks = [(
        "Kafka to Delta, events per CPU second", figures["kafka_to_delta"]["events_per_cpu_second"],
        goals["kafka_to_delta_events_per_cpu_second"])]
    checks += [
        (f"{name}, times as fast on two threads", figures[name]["two_threads"], goals["two_threads"])
        for name in WORKLOADS if "two_threads" in figures[name]
    ]
    return [f"{name}: {value}, and the goal is {goal}" for name, value, goal in checks if value < goal]


def text(figures):
    lines = []
    for name in WORKLOADS:
        figure = figures[name]
        line = f"{name}  {figure['events_per_cpu_second'] / 1e6:5.2f} million events per CPU second"
        line += f", {figure['ratio_to_duckdb']:4.2f} times DuckDB ({figure['duckdb_events_per_cpu_second'] / 1e6:4.2f})"
        line += f", {figure['peak_rss_megabytes']} MB (DuckDB {figure['duckdb_peak_rss_megabytes']})"
        if "two_threads" in figure:
            line += f", {figure['two_threads']} times as fast on two threads (two processes: {figure['two_processes']})"
        lines.append(line)
    lines.append(f"Kafka to Delta (W2)  {kafka_to_delta.text(figures['kafka_to_delta'])}")
    lines.append(f"Kafka to Kafka  {kafka_to_kafka.text(figures['kafka_to_kafka'])}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    events, runs = (SMOKE_EVENTS, 1) if options.smoke else (options.events, options.runs)
    binaries = options.binaries.resolve()
    with tempfile.TemporaryDirectory() as directory:
        suite = Suite(binaries, pathlib.Path(directory), runs)
        suite.check_first_bids(events)
        bids = suite.generate(events)
        inputs = {"W6": suite.generate_orders(min(events, JOINED_EVENTS))}
        figures = {name: suite.against_duckdb(name, inputs.get(name, bids)) for name in WORKLOADS}
        for name in ["W2", "W3"]:
            if (os.cpu_count() or 1) > 1:
                figures[name] |= suite.two_threads(name, bids)
        figures["kafka_to_delta"] = kafka_to_delta.measure(binaries, min(events, 4_000_000), runs)
        figures["kafka_to_kafka"] = kafka_to_kafka.measure(binaries, 10_000, 1 if options.smoke else 10, runs)
    figures["kernels"] = json.loads(output_of(binaries / "kernels", "--json", *(["--quick"] if options.smoke else [])))
    if options.json:
        print(json.dumps(figures, indent=2))
    elif options.smoke:
        print("every benchmark ran, and every sum is right")
    else:
        print(text(figures))
        for kernel in figures["kernels"]:
            print(f"{kernel['cpu_nanoseconds']:9.2f} ns  {kernel['name']}, each {kernel['unit']}")
    if options.smoke:
        return
    limits = json.loads((HERE / "thresholds.json").read_text())
    missed = missed_goals(figures, limits["goals_on_a_quiet_machine"])
    if missed:
        print("\n".join(["", "below the goals for a quiet machine:", *missed]), file=sys.stderr)
    found = shortfalls(figures, limits)
    if found:
        sys.exit("\n".join(["", "worse than thresholds.json allows:", *found]))


if __name__ == "__main__":
    main()
