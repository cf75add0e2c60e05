"""Processes that are measured."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time


def ended_badly(command, status, errors):
    sys.exit(f"{' '.join(map(str, command))} ended with {status}:\n{errors}")


def output_of(*command):
    """What a command prints; ends the program when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        ended_badly(command, done.returncode, done.stderr)
    return done.stdout


def outputs_at_once(*commands):
    """What commands print that run side by side."""
    commands = [[str(part) for part in command] for command in commands]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    outputs = [process.communicate()[0] for process in processes]
    for command, process in zip(commands, processes):
        if process.returncode:
            ended_badly(command, process.returncode, "see above")
    return outputs


def peak_rss(process):
    """Bytes that a process held at most so far. (What `wait4` tells counts the process that started it too.)"""
    try:
        for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return 0


def measured(*command):
    """Runs a command: its output, its errors, and what it alone used: CPU seconds of all its threads, bytes of memory."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=errors)
        memory, pid = 0, 0
        while not pid:
            memory = max(memory, peak_rss(process))
            time.sleep(0.01)
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if status:
            ended_badly(command, process.returncode, errors.read())
        used = {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_rss": memory}
        return output.read(), errors.read(), used


class DevelopmentKafka:
    """A development Kafka in a process of its own, as long as the `with` lasts."""

    def __init__(self, binaries, topics, directory):
        self.address = pathlib.Path(directory) / "address"
        self.command = [str(binaries / "tidemark"), "dev", "--topics", topics, "--address-file", str(self.address)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            if self.address.exists():
                return self.address.read_text().strip()
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.__exit__()
        sys.exit("the development Kafka did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
