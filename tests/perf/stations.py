# SPDX-License-Identifier: Apache-2.0
"""Fleets of charging stations at a central system in a second process: ours, and npm's ocpp-rpc.
Theirs tells when the first station came and the last one was whole (connected, booted, its
statuses told). Ours is not asked meanwhile: its use of the processor moves with the first who calls
and comes to rest with the last, and that every station is whole is asked afterwards."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from measure import (
    CLIENT_PROCESSOR,
    ROOT,
    SERVER_PROCESSOR,
    NotMeasured,
    Process,
    Serve,
    cpu_s,
    memory_kB,
)

HERE = Path(__file__).resolve().parent
PEERS = ROOT / "build/peers"
REST_S = 0.4  # No use of the processor for so long: all is done.
MOVED_S = 0.001
STATIONS_SECONDS_MAX = 60
SAMPLES_S = 10

SITE = """\
testbay-site: 1
name: stations
networks: {{lan: {{kind: ethernet, ipv4: 10.77.0.0/16}}}}
devices:
  {csms}
  evse:
    profile: charge-2024-09
    model: charge-22kW
    count: {count}
    power: {power}
    ports: {{eth: {{on: lan, ipv4: 10.77.1.1+}}}}
    ocpp: {{csms: "{url}", security: {security}, identity: S{security}-$(index){secret}}}
"""
CSMS = "csms: {profile: csms, model: csms, ports: {eth: {on: lan, ipv4: 10.77.0.30}}}"
SECRET = ", password: 00112233445566778899aabbccddeeff$(index)"


class Control(http.client.HTTPConnection):
    """HTTP over a control socket."""

    def __init__(self, path):
        super().__init__("bay")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(STATIONS_SECONDS_MAX)
        self.sock.connect(self.path)

    def ask(self, path, **body):
        self.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = json.loads(self.getresponse().read())
        if answer.get("end") != "finished":
            raise NotMeasured(f"{path} {body}: {answer}")
        return answer


def make_keys(folder):
    """An authority, and the key of a central system called csms.test."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    name = folder / "name"
    name.write_text("subjectAltName=DNS:csms.test")
    for command in (
        ["req", "-x509", *key, "-subj", "/CN=authority", "-days", "30", "-keyout", "ca.key"]
        + ["-out", "ca.pem"],
        ["req", *key, "-subj", "/CN=csms.test", "-keyout", "csms.key", "-out", "csms.csr"],
        ["x509", "-req", "-in", "csms.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30"]
        + ["-extfile", name, "-out", "csms.pem"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    authority = folder / "authority.pem"
    authority.write_bytes((folder / "ca.pem").read_bytes() + (folder / "ca.key").read_bytes())
    authority.chmod(0o600)


class Theirs(Process):
    """ocpp-rpc as the central system; `tell()` is what it has counted."""

    def __init__(self, folder, security, sampled_s=0):
        options = ["-i", sampled_s] if sampled_s else []
        super().__init__(
            ["node", HERE / "csms.js", *options, *([folder] if security else [])], CLIENT_PROCESSOR
        )
        self.url = f"127.0.0.1:{self.line().split()[1]}"

    def tell(self):
        os.kill(self.pid, signal.SIGUSR2)
        return json.loads(self.line())

    def span_s(self, count):
        """Waits until so many are whole; the seconds it took from the first that came."""
        end_s = time.monotonic() + STATIONS_SECONDS_MAX
        while (seen := self.tell())["whole"] < count:
            if time.monotonic() > end_s:
                raise NotMeasured(f"{seen['whole']} of {count} stations are whole")
            time.sleep(0.1)
        return (seen["last_ms"] - seen["first_ms"]) / 1000


class Ours(Serve):
    """Our central system, served; it knows the stations that may come."""

    def __init__(self, folder, security, count):
        site = folder / "csms.yaml"
        text = {"csms": CSMS, "power": "off", "url": "csms"}
        site.write_text(site_of(count, security, text))
        self.control = folder / "csms.sock"
        options = [*ports(folder), "--control", self.control]
        super().__init__(site, *options, processor=CLIENT_PROCESSOR)
        self.wait_ready()
        # The plain door, that of TLS, and that of client certificates; the last two only when
        # stations need them.
        self.url = self.services["tcp"][1 if security else 0]

    def span_s(self, count):
        span_s = until_rest(self.pid)
        control = Control(self.control)
        stations = control.ask("/table", device="csms", table="stations")["records"]
        control.close()
        whole = sum(station["fields"]["status"] == "Available" for station in stations)
        if whole != count:
            raise NotMeasured(f"{whole} of {count} stations are whole")
        return span_s


def site_of(count, security, text):
    name = ", name: csms.test" if security and text["url"] != "csms" else ""
    secret = SECRET + name if security else ""
    return SITE.format(count=count, security=security, secret=secret, **text)


def ports(folder):
    """Options: one address, with ports below what the kernel gives out."""
    offset = 100 * random.randrange(110)
    return ["--listen", "ports", "--port-offset", offset, "--authority", folder / "authority.pem"]


class Fleet(Serve):
    """Our stations, in a process of their own."""

    def __init__(self, folder, security, count, url):
        site = folder / "fleet.yaml"
        scheme = "wss" if security else "ws"
        text = {"csms": "", "power": "on", "url": f"{scheme}://{url}/ocpp"}
        site.write_text(site_of(count, security, text))
        self.control = folder / "fleet.sock"
        super().__init__(site, *ports(folder), "--outward", "--control", self.control)


class Bare(Process):
    """ocpp-rpc's own clients: nothing but the protocol."""

    def __init__(self, folder, security, count, url):
        scheme = "wss" if security else "ws"
        options = [folder] if security else []
        super().__init__(
            ["node", HERE / "stations.js", count, f"{scheme}://{url}/ocpp", *options],
            SERVER_PROCESSOR,
        )


def until_rest(pid):
    """Waits until a process has moved and come to rest; the seconds between."""
    end_s = time.monotonic() + STATIONS_SECONDS_MAX
    start_s = moved_s = None
    used_s = cpu_s(pid)
    while (now_s := time.monotonic()) < end_s:
        time.sleep(0.005)
        if (used := cpu_s(pid)) - used_s > MOVED_S:
            start_s = start_s or now_s
            moved_s, used_s = time.monotonic(), used
        elif moved_s and now_s - moved_s > REST_S:
            return moved_s - start_s
    raise NotMeasured("the central system does not come to rest")


@contextmanager
def fleet_at(csms, kind, folder, security, count):
    """A fleet that has become whole, and what it cost."""
    csms_s = cpu_s(csms.pid)
    with kind(folder, security, count, csms.url) as fleet:
        span_s = csms.span_s(count)
        figures = {"span_s": span_s, "cpu_s": cpu_s(fleet.pid), "kB": memory_kB(fleet.pid)[0]}
        figures["csms_cpu_s"] = cpu_s(csms.pid) - csms_s
        yield fleet, figures


def cost_of(kind, csms, folder, security, count):
    with csms(folder, security, *([count] if csms is Ours else [])) as system:
        with fleet_at(system, kind, folder, security, count) as (_, figures):
            return figures


def with_peers(measure):
    """Gives a measurement a folder with keys, and ocpp-rpc."""

    def measured(table, options):
        if not (PEERS / "node_modules/ocpp-rpc").is_dir():
            installs = f". tests/support/npm.sh; npm_peers '{PEERS}'"
            subprocess.run(["bash", "-c", installs], cwd=ROOT, check=True, capture_output=True)
        os.environ["NODE_PATH"] = str(PEERS / "node_modules")
        with tempfile.TemporaryDirectory() as folder:
            make_keys(Path(folder))
            measure(table, options, Path(folder))

    return measured


# Stations, budgets of the span in s and of the memory in kB.
FLEETS = ((0, "plain", 5000, 3, 20), (2, "TLS", 1000, 1.5, 40))


@with_peers
def measure_stations(table, options, folder):
    for security, name, count, span_s, kB in FLEETS:
        floor = cost_of(Fleet, Ours, folder, security, 1)
        small = cost_of(Fleet, Ours, folder, security, 1000)
        runs = [cost_of(Fleet, Ours, folder, security, count) for _ in range(options.fleets)]
        what = f"{count} stations, {name}"
        sizes = [(run["kB"] - floor["kB"]) / (count - 1) for run in runs]
        if count > 1000:
            table.add(f"1000 stations, {name}: RSS each", "kB", [(small["kB"] - floor["kB"]) / 999])
        table.add(f"{what}: RSS each", "kB", sizes, at_most=kB)
        spans = [run["span_s"] for run in runs]
        table.add(f"{what}: booted, with status", "s", spans, at_most=span_s)
        add_costs(table, what, runs, count)
        theirs = [cost_of(Fleet, Theirs, folder, security, count)]
        table.add(f"{what}: the same at ocpp-rpc", "s", [run["span_s"] for run in theirs])
        add_costs(table, f"{what}, at ocpp-rpc", theirs, count)
        bare_floor = cost_of(Bare, Theirs, folder, security, 1)
        bare = cost_of(Bare, Theirs, folder, security, count)
        table.add(f"{what}: bare ocpp-rpc, RSS each", "kB",
                  [(bare["kB"] - bare_floor["kB"]) / (count - 1)])
        table.add(f"{what}: bare ocpp-rpc at ocpp-rpc", "s", [bare["span_s"]])
        table.add(f"{what}: bare ocpp-rpc, CPU each", "ms", [bare["cpu_s"] / count * 1000])


def add_costs(table, what, runs, count):
    for key, of in (("cpu_s", "CPU each"), ("csms_cpu_s", "CPU each, CSMS")):
        table.add(f"{what}: {of}", "ms", [run[key] / count * 1000 for run in runs])


MESSAGE_STATIONS = 500


def charge(fleet):
    control = Control(fleet.control)
    for index in range(1, MESSAGE_STATIONS + 1):
        station = f"evse[{index}]"
        control.ask("/verb", device=station, verb="car.plug", **{"with": {"energy_Wh": 1000000}})
        control.ask("/verb", device=station, verb="card.present", **{"with": {"tag": "A"}})
    control.close()


@with_peers
def measure_messages(table, options, folder):
    for security, name in ((0, "plain"), (2, "TLS")):
        with Theirs(folder, security, SAMPLES_S) as csms:
            with fleet_at(csms, Fleet, folder, security, MESSAGE_STATIONS) as (fleet, _):
                charge(fleet)
                costs = []
                for _ in range(options.fleets):
                    before, used_s = csms.tell(), cpu_s(fleet.pid)
                    time.sleep(SAMPLES_S)
                    after, used_s = csms.tell(), cpu_s(fleet.pid) - used_s
                    messages = after["messages"] - before["messages"]
                    if messages < MESSAGE_STATIONS / 2:
                        raise NotMeasured(f"{messages} messages in {SAMPLES_S} s")
                    costs.append(used_s / messages * 1000)
            if after["violations"]:
                raise NotMeasured(f"{after['violations']} violations")
        what = f"{MESSAGE_STATIONS} stations charge, {name}: CPU a message"
        table.add(what, "ms", costs, at_most=0.05)


# Three descriptors a station on either side, of 20 000.
GROWN = 6400


@with_peers
def measure_growth(table, options, folder):
    costs = {1000: [], GROWN: []}
    for _ in range(options.fleets):
        for count, values in costs.items():
            figures = cost_of(Fleet, Ours, folder, 2, count)
            values.append(figures["cpu_s"] / count * 1000)
    for count, values in costs.items():
        table.add(f"{count} stations, TLS: CPU each", "ms", values)
    ratios = [grown / small for small, grown in zip(*costs.values())]
    table.add(f"TLS, CPU each of {GROWN} stations / 1000", "", ratios, at_most=1.4)
