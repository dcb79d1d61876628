# SPDX-License-Identifier: Apache-2.0
"""Clients on the network that do everything wrong."""
import contextlib
import random
import select
import socket
import struct
import threading
import time

from bay import say
from modbus import (BREAKER, CURRENT, ENTRY, GATEWAY, SELF, SERIAL_NUMBER, ask, connect, frame,
                    is_over, reply)

GATEWAY_CLIENTS, BREAKER_CLIENTS = 128, 8  # Modbus clients_max of their profiles.
BREAKER_UNIT = 100                         # What the breaker is behind the gateway.
GROWTH_KB = 8192
RANDOM = random.Random(1)


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def violations(bay):
    """One header that cannot be Modbus, and the connection ends without an answer."""
    bad = {
        "a length of 65535": frame(1, SELF, SERIAL_NUMBER, length=65535),
        "a length of 255, one past the longest": frame(1, SELF, bytes(254)),
        "a length of 0": frame(1, SELF, b"", length=0),
        "a length of 1": frame(1, SELF, b"", length=1),
        "protocol 1": frame(1, SELF, SERIAL_NUMBER, protocol=1),
        "HTTP": b"GET / HTTP/1.1\r\nHost: gw\r\n\r\n",
        "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    }
    with bay.neighbours("wrong headers"):
        for what, data in bad.items():
            conn = connect(GATEWAY, bay.port)
            name = "%s:%d" % conn.getsockname()
            time.sleep(1.3)  # The log tells of one client a second.
            conn.sendall(data)
            say(f"wrong headers: {what} ends the connection", is_over(conn, 2), "it stands")
            said = [line for line in bay.said().splitlines() if name in line]
            say(f"wrong headers: {what} is told of, with the client",
                len(said) == 1 and "gw" in said[0] and "no Modbus" in said[0], said)
            conn.close()
        conn = connect(GATEWAY, bay.port)
        conn.sendall(frame(7, SELF, SERIAL_NUMBER) + frame(8, SELF, SERIAL_NUMBER, protocol=9))
        say("wrong headers: what came before one is answered", reply(conn)[0] == 7, "it is not")
        say("wrong headers: and then the connection ends", is_over(conn, 2), "it stands")
        conn.close()


def slow_senders(bay):
    """Halves of frames and silence; and requests that come a byte at a time."""
    with bay.neighbours("halves and drips"), contextlib.ExitStack() as stack:
        halves = [stack.enter_context(connect(GATEWAY, bay.port)) for _ in range(50)]
        for i, conn in enumerate(halves):
            conn.sendall(frame(i, SELF, SERIAL_NUMBER)[:1 + i % 11])
        drips = [stack.enter_context(connect(GATEWAY, bay.port)) for _ in range(20)]
        for byte in frame(77, SELF, SERIAL_NUMBER):
            for conn in drips:
                conn.sendall(bytes([byte]))
            time.sleep(0.25)
        good = sum(reply(conn)[0] == 77 for conn in drips)
        say("halves and drips: a request that took 3 s is answered", good == len(drips), good)
        for i, conn in enumerate(halves):
            conn.sendall(frame(i, SELF, SERIAL_NUMBER)[1 + i % 11:])
        good = sum(reply(conn)[0] == i for i, conn in enumerate(halves))
        say("halves and drips: and halves that are made whole", good == len(halves), good)


def garbage(bay, megabytes=50, seconds=1):
    """Bytes that mean nothing, over as many connections as it takes."""
    block = RANDOM.randbytes(1 << 20)
    before, sent, conns = bay.rss_kB(), 0, 0
    end = time.monotonic() + seconds
    with bay.neighbours("garbage"):
        while sent < megabytes << 20 or time.monotonic() < end:
            conn = connect(GATEWAY if conns % 2 else BREAKER, bay.port)
            conns += 1
            with contextlib.suppress(OSError):
                while True:
                    sent += conn.send(block)
            conn.close()
        grown = bay.rss_kB() - before
    say(f"garbage: memory is bounded ({sent >> 20} MB, {conns} connections, {grown} kB more)",
        grown < GROWTH_KB, "it is not")


def nonsense(bay, megabytes=50):
    """Frames whose headers are right and whose requests are not: each is answered."""
    frames = [frame(i, SELF, bytes([RANDOM.randrange(128)]) + RANDOM.randbytes(252))
              for i in range(1000)]
    block, rounds = b"".join(frames), (megabytes << 20) // (260 * 1000)
    conn = connect(GATEWAY, bay.port)
    before, answers = bay.rss_kB(), 0
    what = f"{megabytes} MB of nonsense"
    with bay.neighbours(what):
        sender = threading.Thread(target=lambda: [conn.sendall(block) for _ in range(rounds)])
        sender.start()
        try:
            for _ in range(rounds * 1000):
                answers += reply(conn)[0] == answers % 1000
        except (OSError, EOFError, ValueError) as error:
            say(f"{what}: the connection stands", False, repr(error))
        sender.join()
        grown = bay.rss_kB() - before
    say(f"{what}: each request is answered, in order ({answers})", answers == rounds * 1000,
        answers)
    say(f"{what}: memory is bounded ({grown} kB more)", grown < GROWTH_KB, "it is not")
    conn.close()


def standing_of(conns, count, seconds=3):
    """Those that have not ended, once no more than `count` stand and a moment has passed."""
    end, left = time.monotonic() + seconds, list(conns)
    while len(left) > count and time.monotonic() < end:
        left = [conn for conn in left if not is_over(conn, 0.0005)]
    time.sleep(0.1)
    return [conn for conn in left if not is_over(conn, 0.0005)]


def crowd(bay, count=1000):
    """A thousand connections that say nothing: as many stand as the profile says, one of them the
    neighbour's, and the others are reset."""
    with bay.neighbours("a silent crowd"), contextlib.ExitStack() as stack:
        for host, name, most, comers in ((GATEWAY, "gateway", GATEWAY_CLIENTS, count),
                                         (BREAKER, "breaker", BREAKER_CLIENTS, 50)):
            conns = []
            for _ in range(comers):
                with contextlib.suppress(ConnectionResetError):
                    conns.append(stack.enter_context(connect(host, bay.port)))
            standing = standing_of(conns, most - 1)
            say(f"a silent crowd: {most} clients of the {name} stand",
                len(standing) == most - 1, len(standing) + 1)
            standing[0].settimeout(5)
            pdu = SERIAL_NUMBER if host == GATEWAY else CURRENT
            say(f"a silent crowd: who stands at the {name} is served",
                ask(standing[0], 1, SELF, pdu)[0] == 3, "no")
            held = bay.descriptors()
            standing[0].close()
            bay.settles(held - 1)
            with connect(host, bay.port) as late:
                say(f"a silent crowd: when one of the {name} goes another may come",
                    ask(late, 1, SELF, pdu)[0] == 3, "no")
        say("a silent crowd: the log tells of those too many", "one too many" in bay.said(), "no")


def storm(bay, count=5000):
    """Connect and go, in good order and by reset, with and without a request on its way."""
    with bay.neighbours(f"{count} comers and goers"):
        for i in range(count):
            try:
                conn = connect((GATEWAY, BREAKER, ENTRY)[i % 3], bay.port)
            except ConnectionResetError:
                continue
            if i % 5 == 0:
                with contextlib.suppress(OSError):
                    conn.send(frame(i, 1, CURRENT) * 3)
            if i % 2:
                reset(conn)
            else:
                conn.close()


def deaf(bay, count=8, seconds=3):
    """Clients that ask and ask and never read."""
    request = frame(1, SELF, struct.pack(">BHH", 3, 0x03E8, 125)) * 100
    before, most, sent = bay.rss_kB(), 0, 0
    with bay.neighbours("deaf clients"), contextlib.ExitStack() as stack:
        conns = [stack.enter_context(connect(GATEWAY, bay.port)) for _ in range(count)]
        for conn in conns:
            conn.setblocking(False)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for conn in select.select([], conns, [], 0.05)[1]:
                with contextlib.suppress(OSError):
                    sent += conn.send(request)
            most = max(most, bay.rss_kB())
    say(f"deaf clients: memory is bounded ({sent >> 10} kB of requests, {most - before} kB more)",
        most - before < GROWTH_KB, "it is not")


def slow_reader(bay, seconds=3):
    """Asks at once for more than all buffers hold, and reads a little at a time."""
    count = 20000
    pdu = struct.pack(">BHH", 3, 0x03E8, 125)
    conn = connect(GATEWAY, bay.port)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)

    def send_all():
        with contextlib.suppress(OSError):
            for first in range(0, count, 100):
                conn.sendall(b"".join(frame(first + i, SELF, pdu) for i in range(100)))

    with bay.neighbours("a slow reader"):
        sender = threading.Thread(target=send_all)
        sender.start()
        got, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            got += reply(conn)[0] == got
            time.sleep(0.005)
        while got < count and reply(conn)[0] == got:
            got += 1
        say(f"a slow reader: gets all {count} replies in order", got == count, got)
        sender.join()
    conn.close()


def random_units(bay, seconds=3):
    """Random requests to random units, also those behind the serial line, from 16 clients. The
    breaker that is unit 100 here is the neighbour's too: it takes one request after the other, 40
    ms each, and is busy (exception 06) when 16 wait, so few are sent there."""
    with bay.neighbours("random requests"), contextlib.ExitStack() as stack:
        conns = [stack.enter_context(connect(GATEWAY, bay.port)) for _ in range(16)]
        asked, answered, to_breaker, wrong = 0, 0, 0, []
        pending = {conn: set() for conn in conns}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for conn in select.select(conns, [], [], 0)[0]:
                transaction, unit, _ = reply(conn)
                answered += 1
                if (transaction, unit) not in pending[conn]:
                    wrong.append((transaction, unit))
                pending[conn].discard((transaction, unit))
            conn = RANDOM.choice(conns)
            if len(pending[conn]) < 8:
                asked += 1
                unit = RANDOM.choice((RANDOM.randrange(1, 256), 1, 2, 3, 4, 255, 255))
                if unit == BREAKER_UNIT and asked - to_breaker < 5000:
                    unit = SELF
                to_breaker = asked if unit == BREAKER_UNIT else to_breaker
                pdu = bytes([RANDOM.randrange(256)]) + RANDOM.randbytes(RANDOM.randrange(12))
                pending[conn].add((asked & 0xFFFF, unit))
                conn.sendall(frame(asked, unit, pdu))
        say(f"random requests: every reply is one that was asked for ({answered} of {asked})",
            answered > 0 and not wrong, wrong[:5])
    with connect(GATEWAY, bay.port, 15) as conn:
        say("random requests: the serial line works afterwards",
            ask(conn, 1, 1, CURRENT)[0] == 3, "no")


def scarce(bay, count=100):
    """More clients than the process may have descriptors: they wait outside, and nobody inside is
    the worse for it."""
    with bay.neighbours("few descriptors"), contextlib.ExitStack() as stack:
        conns = [stack.enter_context(connect(GATEWAY, bay.port)) for _ in range(count)]
        say("few descriptors: who is inside is served",
            ask(conns[0], 1, SELF, SERIAL_NUMBER)[0] == 3, "no")
        end = time.monotonic() + 3
        while "clients wait" not in bay.said() and time.monotonic() < end:
            time.sleep(0.02)
        say("few descriptors: the log tells why others wait", "ulimit -n" in bay.said(), "no")
        for conn in conns[:-10]:
            conn.close()
        conns[-1].settimeout(5)
        say("few descriptors: they are served when others have gone",
            ask(conns[-1], 1, SELF, SERIAL_NUMBER)[0] == 3, "no")


ATTACKS = [violations, slow_senders, garbage, nonsense, crowd, storm, deaf, slow_reader,
           random_units]
