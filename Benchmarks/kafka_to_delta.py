"""Measures Kafka → workload W2 → Delta table: kafka_to_delta.py BIN-DIRECTORY [--events N] [--runs K] [--json].

The development Kafka and the producer are processes of their own; counted is the topology's process alone, with all its
threads, from its start to its end. In turn with it runs a bare librdkafka consumer that reads the same topic and does
nothing more: what the machine gives at this moment. The table is compared with DuckDB's batch query. A partition of the
development Kafka keeps 5 MB of compressed batches, hence so many partitions; one producer sends the bids in their order, since partitions
that were filled one after the other would be read with rows that are late."""

import argparse
import json
import pathlib
import re
import statistics
import sys
import tempfile
import time

import deltalake
import duckdb

from processes import DevelopmentKafka, measured, output_of

HERE = pathlib.Path(__file__).resolve().parent
EVENTS_A_PARTITION = 40_000
# Batches as large as those of a producer that was tuned for throughput, and partitions evenly filled. (librdkafka's own
# batches of 1 MB make a consumer hold one of each partition, 250 MB of a hundred.)
PRODUCER = ["compression.codec=zstd", "linger.ms=100", "batch.size=131072", "sticky.partitioning.linger.ms=0"]


def table_sums(path):
    rows_of_table = deltalake.DeltaTable(str(path)).to_pyarrow_dataset()
    columns = "sum(epoch_us(window_start)), sum(auction), sum(bids), sum(total), sum(highest)"
    [(rows, *sums)] = duckdb.sql(f"SELECT count(*), {columns} FROM rows_of_table").fetchall()
    return rows, [str(value) for value in sums]


def check(path, events, summary, bids):
    if summary["processed"] != events:
        sys.exit(f"{summary['processed']} of {events} bids were processed: {summary}")
    expected = json.loads(output_of(sys.executable, HERE / "duckdb_workloads.py", "W2", bids))
    wanted = expected["rows"], [expected["sums"][name] for name in ["window_start", "auction", "bids", "total", "highest"]]
    if table_sums(path) != wanted:
        sys.exit(f"the table's rows and sums are {table_sums(path)}, and should be {wanted}")


def one_run(binaries, brokers, directory, events, bids):
    began = time.monotonic()
    output, errors, used = measured(
        binaries / "bid-windows", "run", "--brokers", brokers, "--warehouse", directory / "warehouse", "--state",
        directory / "state", "--until-end", "--json")
    seconds = time.monotonic() - began
    check(directory / "warehouse/bids/auction_windows", events, json.loads(output), bids)
    ready = re.search(r"ready (\d+) ms", errors)
    if not ready:
        sys.exit(f"bid-windows does not say when it was ready:\n{errors}")
    return {"seconds": seconds, "ready": int(ready.group(1)), **used}


def bare_run(binaries, brokers, events):
    """CPU seconds of reading the topic."""
    return measured(binaries / "bare-consumer", brokers, "bids", events)[2]["cpu_seconds"]


def measure(binaries, events, runs):
    """The medians of some runs over the same topic."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        bids = scratch / "bids"
        bids.mkdir()
        output_of(binaries / "generate-bids", events, bids, "seq", 1)
        topics = f"bids:{max(4, events // EVENTS_A_PARTITION)}"
        with DevelopmentKafka(binaries, topics, scratch) as brokers:
            settings = [part for each in PRODUCER for part in ("--kafka", each)]
            output_of(
                binaries / "tidemark", "produce", "--brokers", brokers, "--topic", "bids", "--from",
                bids / "part-0000.json", *settings)
            done, bare = [], []
            for number in range(runs):
                done.append(one_run(binaries, brokers, scratch / str(number), events, bids))
                bare.append(bare_run(binaries, brokers, events))
    own = statistics.median(run["cpu_seconds"] for run in done)
    return {
        "events": events,
        "seconds": round(statistics.median(run["seconds"] for run in done), 2),
        "events_per_cpu_second": round(events / own),
        "bare_consumer_events_per_cpu_second": round(events / statistics.median(bare)),
        "ratio_to_bare_consumer": round(statistics.median(bare) / own, 2),
        "peak_rss_megabytes": max(run["peak_rss"] for run in done) >> 20,
        # A start is short enough to be held up by anything.
        "cold_start_milliseconds": min(run["ready"] for run in done),
    }


def text(figures):
    return (
        f"{figures['events_per_cpu_second'] / 1e6:5.2f} million events per CPU second, "
        f"{figures['ratio_to_bare_consumer']:4.2f} times a bare consumer "
        f"({figures['bare_consumer_events_per_cpu_second'] / 1e6:4.2f}), {figures['events']} events in "
        f"{figures['seconds']} s, {figures['peak_rss_megabytes']} MB, ready {figures['cold_start_milliseconds']} ms "
        "after the start")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.binaries.resolve(), options.events, options.runs)
    print(json.dumps(figures) if options.json else text(figures))


if __name__ == "__main__":
    main()
