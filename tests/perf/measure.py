# SPDX-License-Identifier: Apache-2.0
"""What tests/perf/run and tests/soak/run share: processes pinned to a processor, a served site, the
load generators, and what proc(5) says about a process."""

import json
import os
import random
import resource
import select
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TESTBAY_BUILD", ROOT / "build/release"))
TESTBAY = Path(os.environ.get("TESTBAY", BUILD / "testbay"))
TOOLS = BUILD / "tests/perf"
START_SECONDS_MAX = 20
DESCRIPTORS = 20000

processors = sorted(os.sched_getaffinity(0))
SERVER_PROCESSOR = processors[0]
CLIENT_PROCESSOR = processors[-1]


class NotMeasured(Exception):
    """A figure could not be had; the text says why."""


def build(*targets):
    """Builds what is measured, unless the caller names a build."""
    if "TESTBAY_BUILD" not in os.environ:
        subprocess.run(["tools/build", "release", *targets], cwd=ROOT, check=True)


def raise_descriptor_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def on_processor(number, first=True):
    """For preexec_fn: pins the child; `first` lets it run before all others where we may (niceness
    counts within a session only)."""

    def prepare():
        os.sched_setaffinity(0, {number})
        if not first:
            return
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except PermissionError:
            pass

    return prepare


class Process:
    """A child that is killed when the block ends, and whose lines can be waited for."""

    def __init__(self, command, processor=SERVER_PROCESSOR, first=True, cwd=ROOT):
        self.started_s = time.monotonic()
        self.child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            preexec_fn=on_processor(processor, first),
            cwd=cwd,
        )
        self.pid = self.child.pid
        self.kept = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.stdout.close()
        self.child.wait()

    def line(self):
        end_s = time.monotonic() + START_SECONDS_MAX
        while b"\n" not in self.kept:
            ready, _, _ = select.select([self.child.stdout], [], [], end_s - time.monotonic())
            more = os.read(self.child.stdout.fileno(), 4096) if ready else b""
            if not more:
                raise NotMeasured(f"{self.child.args[0]} said nothing")
            self.kept += more
        line, self.kept = self.kept.split(b"\n", 1)
        return line.decode()

    def rest(self):
        """Ends it by SIGTERM and returns what it still says."""
        self.child.send_signal(signal.SIGTERM)
        return self.kept.decode() + self.child.communicate(timeout=10)[0].decode()


class Serve(Process):
    """`testbay serve` of a site. `services` are its addresses by name, `targets` those of Modbus,
    in the order of the site."""

    def __init__(self, site, *options, processor=SERVER_PROCESSOR, first=True):
        offset = 10000 + 100 * random.randrange(140)  # Below what the kernel gives out.
        place = [] if "--port-offset" in options else ["--port-offset", offset]
        super().__init__(
            [TESTBAY, "serve", site, *place, "--seed", 1, *options], processor, first=first
        )
        self.services = {}

    def wait_ready(self):
        while not (line := self.line()).startswith("ready"):
            service, address, _ = line.split(" ", 2)
            self.services.setdefault(service, []).append(address)
        return self

    @property
    def targets(self):
        return self.services.get("modbus", [])


class Peer(Process):
    """One of the servers that are compared with."""

    def __init__(self, tool):
        super().__init__([TOOLS / tool])
        self.targets = [self.line().split()[1]]


def load(server, connections=1, seconds=1.0, warm_seconds=0.2, targets=None, first=True):
    """A closed loop against a server; what perf_load prints."""
    done = subprocess.run(
        [TOOLS / "perf_load", "-c", str(connections), "-s", str(seconds), "-w", str(warm_seconds)]
        + ["-p", str(server.pid), *(targets or server.targets)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=on_processor(CLIENT_PROCESSOR, first),
        timeout=60 + seconds + warm_seconds,
        check=False,
    )
    if done.returncode:
        raise NotMeasured(done.stderr.decode().strip())
    return json.loads(done.stdout)


def cpu_s(pid):
    """What the threads of a process have used of the processor."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def memory_kB(pid):
    """Rss and Private_Dirty of a process, in kB."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0])
    return fields["Rss"], fields["Private_Dirty"]
