#!/usr/bin/env python3
"""Runs a command several times and prints the medians of its wall time, CPU time and memory.

Output is one line of four fields separated by tabs: wall seconds, CPU seconds (user and system, of
all threads), peak resident MB, peak private MB. A command that fails ends the measurement with its
status. Resident memory counts pages of files that the command maps, which the kernel may take back
at any time; private memory does not, is sampled every 10 ms and is `-` where /proc is missing.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time

SAMPLE_SECONDS = 0.01


def private_kb(pid):
    """Returns the private resident memory of a process in KB, or None when it cannot be read."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


class Sampler(threading.Thread):
    """Keeps the largest private memory seen of a process until stopped."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = None
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(SAMPLE_SECONDS):
            now = private_kb(self.pid)
            if now is not None:
                self.peak = max(now, self.peak or 0)


def run(command, output):
    """Runs the command once and returns (wall s, CPU s, peak MB, private MB or None)."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output)
    sampler = Sampler(child.pid)
    sampler.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    sampler.stopped.set()
    sampler.join()
    code = os.waitstatus_to_exitcode(status)
    child.returncode = code
    if code != 0:
        print(f"measure: status {code}: {' '.join(command)}", file=sys.stderr)
        sys.exit(code if code > 0 else 128 - code)
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3 / 1.024)
    private = None if sampler.peak is None else sampler.peak * 1.024 / 1e3
    return wall, usage.ru_utime + usage.ru_stime, peak, private


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="how often (default 3)")
    parser.add_argument("--fresh", metavar="DIR", help="a folder to remove before each run")
    parser.add_argument("--output", metavar="FILE", default=os.devnull,
                        help="where the last run's standard output goes")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND ARGUMENT...")
    options = parser.parse_args()
    command = [word for i, word in enumerate(options.command) if i > 0 or word != "--"]
    if not command or options.runs < 1:
        parser.error("a command and at least one run are needed")
    runs = []
    for _ in range(options.runs):
        if options.fresh:
            shutil.rmtree(options.fresh, ignore_errors=True)
        with open(options.output, "wb") as output:
            runs.append(run(command, output))
    wall, cpu, peak = (statistics.median(column) for column in list(zip(*runs))[:3])
    private = [figures[3] for figures in runs if figures[3] is not None]
    shown = f"{statistics.median(private):.0f}" if private else "-"
    print(f"{wall:.2f}\t{cpu:.2f}\t{peak:.0f}\t{shown}")


if __name__ == "__main__":
    main()
