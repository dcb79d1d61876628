# SPDX-License-Identifier: Apache-2.0
"""The process under attack, seen from outside: its memory, descriptors, log and neighbours."""
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from checks import say  # noqa: E402


class Bay:
    NEIGHBOUR = os.path.join(os.path.dirname(__file__), "neighbour.py")
    median_s, most_s = 0.2, 1.0  # Within which a neighbour is answered.

    def __init__(self, pid, port, log, control, line):
        self.pid, self.port, self.log = pid, port, log
        self.control, self.line = control, line

    def rss_kB(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def is_alive(self):
        with contextlib.suppress(OSError):
            with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
                return stat.read().rpartition(")")[2].split()[0] != "Z"
        return False

    def said(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def settles(self, descriptors, seconds=5):
        """Waits until it holds no more descriptors than that."""
        end = time.monotonic() + seconds
        while self.descriptors() > descriptors and time.monotonic() < end:
            time.sleep(0.02)
        return self.descriptors()

    @contextlib.contextmanager
    def neighbours(self, what):
        """Somebody works during the `with`, and is served as if nothing were the matter."""
        neighbour = subprocess.Popen(
            [sys.executable, self.NEIGHBOUR, str(self.port)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        if neighbour.stdout.readline() != "on\n":
            neighbour.kill()
            say(f"{what}: a neighbour gets in", False, "it did not")
            neighbour = None
        try:
            yield
        finally:
            if neighbour:
                self.judge(what, neighbour.communicate()[0])
            say(f"{what}: serve lives", self.is_alive(), "it is gone")

    def judge(self, what, text):
        try:
            report = json.loads(text)
        except ValueError:
            say(f"{what}: the neighbour lives", False, text)
            return
        say(f"{what}: a neighbour gets right answers", not report["wrong"], report["wrong"][:3])
        for name, seen in report["seen"].items():
            if not say(f"{what}: {name} answers it", seen, "never"):
                continue
            median, most = statistics.median(seen), max(seen)
            say(f"{what}: {name} in time (median {median * 1000:.0f} ms, "
                f"at most {most * 1000:.0f} ms of {len(seen)})",
                median <= self.median_s and most <= self.most_s, "too late")
