# SPDX-License-Identifier: Apache-2.0
"""What comes by the control socket and the serial line's terminal."""
import contextlib
import os
import random
import socket
import struct
import termios
import time
import tty

from bay import say
from modbus import CURRENT

RANDOM = random.Random(2)
CONTROL_CLIENTS = 32  # CONTROL_CLIENTS_MAX
STATE = b"GET /state HTTP/1.1\r\nHost: bay\r\n\r\n"


def control(bay):
    conn = socket.socket(socket.AF_UNIX)
    conn.settimeout(5)
    while True:
        try:
            conn.connect(bay.control)
            return conn
        except BlockingIOError:
            time.sleep(0.01)  # So many stand before the door that the kernel keeps no more.


def status_of(bay, data):
    """The status of the answer to one request, 0 when there is none."""
    with control(bay) as conn:
        with contextlib.suppress(OSError):
            conn.sendall(data)
        with contextlib.suppress(OSError):
            first = conn.recv(4096)
            if first.startswith(b"HTTP/1.1 "):
                return int(first[9:12])
    return 0


def control_nonsense(bay):
    length = b"POST /verb HTTP/1.1\r\nHost: bay\r\nContent-Length: "
    questions = {
        "garbage": (RANDOM.randbytes(65536), {431, 400}),
        "a line that never ends": (b"G" * 65536, {431}),
        "no HTTP": (b"hello\r\n\r\n", {400}),
        "no host": (b"GET /state HTTP/1.1\r\n\r\n", {400}),
        "HTTP/3": (b"GET /state HTTP/3.0\r\nHost: bay\r\n\r\n", {505}),
        "a method nobody has": (b"BREW /state HTTP/1.1\r\nHost: bay\r\n\r\n", {405}),
        "a body of 10 MB": (length + b"10485760\r\n\r\n" + bytes(10 << 20), {413}),
        "a length that is none": (length + b"-1\r\n\r\n", {400}),
        "a length past all bounds": (length + b"9" * 40 + b"\r\n\r\n", {413}),
        "two lengths": (length + b"2\r\nContent-Length: 3\r\n\r\n{}", {400}),
        "chunks": (b"POST /verb HTTP/1.1\r\nHost: bay\r\nTransfer-Encoding: chunked\r\n\r\n",
                   {411}),
        "JSON that is deep": (length + b"100000\r\n\r\n" + b"[" * 100000, {400}),
        "JSON of random bytes": (length + b"1000\r\n\r\n" + RANDOM.randbytes(1000), {400}),
    }
    with bay.neighbours("control nonsense"):
        for what, (data, statuses) in questions.items():
            got = status_of(bay, data)
            say(f"control: {what} is refused ({got})", got in statuses, f"wanted {statuses}")
        say("control: a right question is answered", status_of(bay, STATE) == 200, "no")


def control_crowd(bay, count=100):
    with bay.neighbours("control crowd"), contextlib.ExitStack() as stack:
        conns = []
        for _ in range(count):
            conn = stack.enter_context(control(bay))
            conn.setblocking(False)
            conns.append(conn)
        end = time.monotonic() + 3
        over = set()
        while len(over) < count - CONTROL_CLIENTS and time.monotonic() < end:
            for conn in set(conns) - over:
                with contextlib.suppress(BlockingIOError):
                    try:
                        conn.recv(1)
                    except ConnectionError:
                        pass
                    over.add(conn)
            time.sleep(0.02)
        say(f"control: of {count} idle clients {CONTROL_CLIENTS} stand",
            len(over) == count - CONTROL_CLIENTS, len(over))
        say("control: the log tells of those turned away", "turned away" in bay.said(), "no")
        standing = next(conn for conn in conns if conn not in over)
        standing.settimeout(5)
        standing.sendall(STATE)
        say("control: who stands is served", standing.recv(12) == b"HTTP/1.1 200", "no")
    end = time.monotonic() + 2
    while status_of(bay, STATE) != 200 and time.monotonic() < end:
        time.sleep(0.02)
    say("control: when they have gone others are served", status_of(bay, STATE) == 200, "no")


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


def line_noise(bay):
    """A terminal full of garbage, frames with wrong checksums, and frames cut in half."""
    fd = os.open(bay.line, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd, termios.TCSANOW)
    request = b"\x01" + CURRENT
    request += crc(request)
    before = bay.rss_kB()
    with bay.neighbours("noise on the line"):
        sent, end = 0, time.monotonic() + 2
        while sent < 1 << 20 and time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                sent += os.write(fd, RANDOM.choice(
                    (RANDOM.randbytes(300), request[:-1] + b"\0", request[:4])))
        grown = bay.rss_kB() - before
        answer, end = b"", time.monotonic() + 40
        while len(answer) < 9 and time.monotonic() < end:
            # What was said into the noise is still on its way at 19200 baud, and its answers too.
            with contextlib.suppress(BlockingIOError):
                while os.read(fd, 4096):
                    pass
            os.write(fd, request)
            time.sleep(0.3)
            with contextlib.suppress(BlockingIOError):
                answer = os.read(fd, 4096)
    say(f"noise on the line: memory is bounded ({sent >> 10} kB, {grown} kB more)", grown < 8192,
        "it is not")
    say("noise on the line: afterwards a request is answered",
        len(answer) == 9 and answer[:3] == b"\x01\x03\x04" and crc(answer[:-2]) == answer[-2:],
        answer.hex())
    os.close(fd)


ATTACKS = [control_nonsense, control_crowd, line_noise]
