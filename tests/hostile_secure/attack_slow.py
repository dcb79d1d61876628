# SPDX-License-Identifier: Apache-2.0
"""Those who take their time, against a clock that runs SPEED times as fast: a byte a second, or
nothing at all. Each is given up when its time is over, not before."""
import contextlib
import threading
import time

import wire
from bay import say
from wire import PING, TEXT, frame

SPEED = 10          # As `run` starts it.
CROWD = 25          # Of each kind, at once.
EARLY = 0.7          # Part of the time before which none is given up.
PATIENCE_S = 1.5    # After which one is late.
GROWTH_KB = 4096


def drip(conn, data, over, begin):
    """A byte a second of that clock, until all is said or the peer ends; when that was."""
    conn.settimeout(1 / SPEED)
    at = 0
    while True:
        with contextlib.suppress(OSError):
            if at < len(data):
                conn.send(data[at:at + 1])
        at += 1
        try:
            if conn.recv(65536) == b"":
                break
        except TimeoutError:
            if time.monotonic() - begin > 12:
                return
        except OSError:
            break
    over.append((time.monotonic() - begin) * SPEED)


def crowd(fort, what, make, data, seconds, count=CROWD):
    """So many that drip; each must be given up after about `seconds` of the world."""
    over, threads = [], []
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            conn = stack.enter_context(make())
            thread = threading.Thread(target=drip, args=(conn, data, over, time.monotonic()))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
    most = seconds * 1.2 + PATIENCE_S * SPEED * fort.median_s / 0.2
    good = [at for at in over if EARLY * seconds <= at <= most]
    say(f"{what}: {count} of them are given up after {seconds} s "
        f"({min(over or [0]):.0f} to {max(over or [0]):.0f})", len(good) == count,
        f"{len(over)} ended, {len(good)} of them in time")


def together(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def handshakes(fort):
    """TLS that begins and never gets on, at each door at once."""
    hello = wire.client_hello(suites=range(0x1000, 0x1100))
    with fort.neighbours("slow handshakes"):
        together(
            lambda: crowd(fort, "slow handshakes: pages, a byte a second",
                          lambda: fort.connect(wire.GW, wire.HTTPS), hello, 60),
            lambda: crowd(fort, "slow handshakes: pages, nothing",
                          lambda: fort.connect(wire.SHUT, wire.HTTPS), b"", 60),
            lambda: crowd(fort, "slow handshakes: csms, a byte a second",
                          lambda: fort.connect(wire.CSMS, wire.SECURE), hello, 30, 100),
            lambda: crowd(fort, "slow handshakes: csms, nothing",
                          lambda: fort.connect(wire.CSMS, wire.MUTUAL), b"", 30, 100))


def requests(fort):
    """Heads and bodies a byte a second, bodies that never come, answers nobody takes."""
    head = b"GET /login HTTP/1.1\r\nHost: fort\r\nX: " + b"x" * 500
    body = wire.request("POST", "/api/session", b"x" * 5000)
    short = wire.request("POST", "/api/session", b'{"user":', Content_Length="100").replace(
        b"Content-Length: 8\r\n", b"")
    with fort.neighbours("slow requests"):
        together(
            lambda: crowd(fort, "slow requests: heads",
                          lambda: fort.tls(wire.GW), head, 10, 10),
            lambda: crowd(fort, "slow requests: bodies",
                          lambda: said(fort.tls(wire.GW), body[:-5000]), b"x" * 5000, 10, 10),
            lambda: crowd(fort, "slow requests: a length that is too long",
                          lambda: said(fort.tls(wire.GW), short), b"", 10, 10),
            lambda: crowd(fort, "slow requests: nothing",
                          lambda: fort.tls(wire.SHUT), b"", 60, 10),
            lambda: crowd(fort, "slow requests: upgrades",
                          lambda: fort.connect(wire.CSMS, wire.PLAIN),
                          wire.upgrade("/ocpp/" + "x" * 500), 30, 100))


def said(conn, data):
    conn.sendall(data)
    return conn


def sockets(fort):
    """A WebSocket whose frame never ends, one that never answers a Close: they stand, bounded, and
    others are served; a slow frame whole is a message."""
    text = frame(TEXT, b'[2,"slow","BootNotification",{"chargePointVendor":"P",'
                       b'"chargePointModel":"O"}]')
    before = fort.rss_kB()
    with fort.neighbours("slow sockets"), contextlib.ExitStack() as stack:
        for i in range(30):
            conn = stack.enter_context(fort.connect(wire.CSMS, wire.PLAIN))
            conn.sendall(wire.upgrade(f"/ocpp/S0-{1 + i % 2}"))
            wire.answer(conn, head_only=True)
            conn.sendall(frame(TEXT, b"[" * 1000, length=60000))
        conn = stack.enter_context(fort.connect(wire.CSMS, wire.PLAIN))
        conn.sendall(wire.upgrade("/ocpp/S0-1"))
        wire.answer(conn, head_only=True)
        for i in range(len(text)):
            conn.sendall(text[i:i + 1])
            time.sleep(1 / SPEED / 5)
        got = wire.next_frame(conn)
        say("slow sockets: a frame byte by byte is a message",
            got and got[1].startswith(b'[3,"slow"'), got)
        conn.sendall(frame(PING, b"x", mask=None))
        code, begin = wire.close_code(conn), time.monotonic()
        over = wire.until_end(conn, 5)
        say(f"slow sockets: who breaks the rules and does not answer the Close is cut "
            f"({(time.monotonic() - begin) * SPEED:.0f} s)",
            code == 1002 and over is not None, code)
    fort.weigh("slow sockets", fort.rss_kB() - before, GROWTH_KB)


ATTACKS = [handshakes, requests, sockets]
