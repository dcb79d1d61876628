# SPDX-License-Identifier: Apache-2.0
"""A served fleet of stations charges, loses its central system and finds it again; then what the
stations did is compared with what the central system was told (the record of csms.js).

usage: fleet.py CONTROL RECORD COUNT PREFIX SECONDS: the control socket, the record, the number of
stations, what their identities begin with, and how long all may take."""
import http.client
import json
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

sys.path.insert(0, "tests/support")
from checks import FAILED, expect, say  # noqa: E402

THREADS = 24  # The control socket takes 32 clients.
CONTROL, RECORD = sys.argv[1:3]
COUNT, PREFIX, SECONDS = int(sys.argv[3]), sys.argv[4], float(sys.argv[5])
END = time.monotonic() + SECONDS


class Control(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(CONTROL)


def ask(path, **body):
    connection = Control("bay")
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    if answer.get("end") != "finished":
        raise RuntimeError(f"{path} {body}: {answer}")
    return answer


def station(index):
    return f"evse[{index}]"


def told(what):
    """What the central system noted of our fleet."""
    with open(RECORD, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.endswith("\n")]
    return [row for row in rows
            if row["what"] == what and row.get("identity", PREFIX).startswith(PREFIX)]


def wait_for(what, question):
    while not question():
        if time.monotonic() > END:
            return say(what, False, "not in time")
        time.sleep(0.2)
    return say(what, True)


def identities(what):
    return {row["identity"] for row in told(what)}


def session(index, round_number):
    energy_wh = 40 + 7 * ((index * 13 + round_number * 5) % 9)
    answer = ask("/verb", device=station(index), verb="charge.session",
                 **{"with": {"energy_Wh": energy_wh}})
    return answer["results"].get("result")


def outage():
    """Seven of ten lose their connection, and their way, for a minute of their clock."""
    cut = [station(i) for i in range(1, COUNT + 1) if i % 10 < 7]
    ask("/fault", id="broken", kind="reset", left=cut)
    ask("/fault", id="outage", kind="partition", left=cut)
    time.sleep(12)
    ask("/clear", id="outage")


def charge():
    cutter = threading.Timer(4, outage)
    cutter.start()
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda job: session(*job),
                                [(i, r) for r in range(2) for i in range(1, COUNT + 1)]))
    cutter.join()
    expect("every session went to its end", [r for r in results if r != "done"], [])


def queue_is_empty(index):
    depth = ask("/verb", device=station(index), verb="ocpp.queue")["results"]["depth"]
    return depth == 0


def when(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def reconcile():
    starts, stops = told("start"), {row["transactionId"]: row for row in told("stop")}
    first = {}
    for row in starts:
        key = (row["identity"], row["connectorId"], when(row["timestamp"]), row["meterStart"])
        first.setdefault(key, set()).add(row["id"])
    expect("no start was told twice as two", [k for k, ids in first.items() if len(ids) > 1], [])
    missing, wrong, done = [], [], 0
    for index in range(1, COUNT + 1):
        for record in ask("/table", device=station(index), table="transactions")["records"]:
            row = record["fields"]
            key = (row["charger"], int(row["connector"]), when(row["start_time"]),
                   int(row["meter_start"]))
            ids = first.pop(key, None)
            stop = stops.get(min(ids)) if ids else None
            if not stop:
                missing.append(key)
            elif (stop["meterStop"], when(stop["timestamp"])) != (
                    int(row["meter_stop"]), when(row["stop_time"])):
                wrong.append((row, stop))
            done += 1
    expect("nothing is missing at the central system", missing, [])
    expect("meters and times are the same at both ends", wrong, [])
    expect("nothing was told that no station did", list(first), [])
    say(f"{2 * COUNT} transactions were compared", done == 2 * COUNT, f"{done} of {2 * COUNT}")
    # By the meter: a station takes its time from the central system, which lives five times slower.
    order = {}
    for row in starts:
        if not row["repeated"]:
            order.setdefault((row["identity"], row["connectorId"]), []).append(row["meterStart"])
    expect("in the order in which they happened",
           [who for who, meters in order.items() if meters != sorted(meters)], [])


def main():
    if not wait_for(f"{COUNT} stations are accepted",
                    lambda: len(identities("BootNotification")) == COUNT):
        sys.exit(1)
    charge()
    with ThreadPoolExecutor(THREADS) as pool:
        wait_for("every queue drains",
                 lambda: all(pool.map(queue_is_empty, range(1, COUNT + 1))))
    reconcile()
    say("stations came back after the outage", len(told("connected")) >= 1.6 * COUNT,
        len(told("connected")))
    expect("a reconnect is no new boot", len(told("BootNotification")), COUNT)
    wait_for("each answers a command", lambda: len(identities("triggered")) == COUNT)
    expect("no frame broke the schema", [row["text"] for row in told("violation")][:5], [])
    sys.exit(1 if FAILED else 0)


main()
