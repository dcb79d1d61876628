# SPDX-License-Identifier: Apache-2.0
"""Somebody who only wants to work: neighbour.py OFFSET. Every 20 ms a page of a Panel Server over
a connection that stands, a register of a breaker, a heartbeat to the central system; now and then
the page over a new connection. Ends with its standard input; then prints what it saw."""
import json
import select
import sys
import time

import wire
from modbus import BREAKER, CURRENT, SELF, ask, connect

NEW_EVERY = 10
fort = wire.Fort(int(sys.argv[1]))
pages = fort.tls(wire.CALM)
breaker = connect(BREAKER, 502 + fort.offset)
station = fort.connect(wire.CSMS, wire.PLAIN)
station.sendall(wire.upgrade("/ocpp/S0-3"))
wire.answer(station, head_only=True)
station.sendall(wire.frame(wire.TEXT, b'[2,"boot","BootNotification",{"chargePointVendor":"Peer",'
                                      b'"chargePointModel":"One"}]'))
wire.next_frame(station)


def login_page(conn):
    conn.sendall(wire.request("GET", "/login"))
    status, _, body = wire.answer(conn)
    return status == 200 and body.startswith(b"<!doctype html>") or f"{status} {body[:60]}"


def new_page():
    with fort.tls(wire.CALM) as conn:
        return login_page(conn)


def current():
    got = ask(breaker, turn, SELF, CURRENT)
    return got[0] == 3 and len(got) == 6 or got.hex()


def heartbeat():
    station.sendall(wire.frame(wire.TEXT, f'[2,"{turn}","Heartbeat",{{}}]'.encode()))
    got = wire.next_frame(station)
    begin_of = f'[3,"{turn}",{{"currentTime"'.encode()
    return got is not None and got[1].startswith(begin_of) or str(got)


WORK = {"page": lambda: login_page(pages), "new page": new_page, "q0": current,
        "csms": heartbeat}
seen, wrong = {name: [] for name in WORK}, []
turn = 0
print("on", flush=True)
while True:
    for name, work in list(WORK.items()):
        if name == "new page" and turn % NEW_EVERY:
            continue
        begin = time.monotonic()
        try:
            good = work()
        except (OSError, EOFError, ValueError) as error:
            good = repr(error)
            del WORK[name]
        seen[name].append(time.monotonic() - begin)
        if good is not True:
            wrong.append(f"{name}: {good}")
    turn += 1
    if select.select([sys.stdin], [], [], 0.02)[0]:
        break
json.dump({"seen": seen, "wrong": wrong}, sys.stdout)
