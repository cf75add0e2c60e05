"""Measures how long a record takes from one Kafka topic through a topology to another, at least once:
kafka_to_kafka.py BIN-DIRECTORY [--rate N] [--seconds S] [--runs K] [--json].

Producer and consumer are one process with one clock; the topology and the development Kafka are others. The median of the
runs counts: all processes share the machine, and what else it does comes on top. A bare run, in which the consumer reads
what the producer wrote, says how much of it is Kafka's and the clients' own."""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from processes import DevelopmentKafka, ended_badly, output_of

PARTITIONS = 4
TOPICS = f"payments:{PARTITIONS},payments.large:{PARTITIONS}"


class RunningTopology:
    """The topology in a process of its own, from its first poll to the end of the `with`."""

    def __init__(self, binaries, brokers, directory):
        self.command = [
            str(binaries / "large-payments"), "run", "--brokers", brokers, "--warehouse", str(directory / "warehouse"),
            "--state", str(directory / "state"), "--json"]
        self.errors = directory / "errors"

    def __enter__(self):
        self.errors.parent.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.errors.open("w"))
        for _ in range(200):
            if "reading payments" in self.errors.read_text():
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.__exit__()
        ended_badly(self.command, self.process.returncode, self.errors.read_text())

    def __exit__(self, *_):
        self.process.terminate()
        output, _ = self.process.communicate()
        if self.process.returncode:
            ended_badly(self.command, self.process.returncode, self.errors.read_text())
        self.summary = json.loads(output)


def one_run(binaries, scratch, rate, seconds, through_topology):
    scratch.mkdir()
    with DevelopmentKafka(binaries, TOPICS, scratch) as brokers:
        measure = [binaries / "kafka-latency", brokers, "payments"]
        if not through_topology:
            return json.loads(output_of(*measure, "payments", rate, seconds))
        with RunningTopology(binaries, brokers, scratch / "run"):
            return json.loads(output_of(*measure, "payments.large", rate, seconds))


def measure(binaries, rate, seconds, runs):
    figures = {"rate": rate}
    with tempfile.TemporaryDirectory() as scratch:
        for name, through_topology in [("bare", False), ("topology", True)]:
            done = [
                one_run(binaries, pathlib.Path(scratch) / f"{name}-{number}", rate, seconds, through_topology)
                for number in range(runs)
            ]
            figures[name] = {part: round(statistics.median(run[part] for run in done), 2) for part in done[0]}
    return figures


def text(figures):
    def parts(name):
        return ", ".join(f"{part} {figures[name][part]}" for part in ["p50", "p99", "max"])

    return f"{figures['rate']} events a second, ms: {parts('topology')} (without the topology {parts('bare')})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.binaries.resolve(), options.rate, options.seconds, options.runs)
    print(json.dumps(figures) if options.json else text(figures))


if __name__ == "__main__":
    main()
