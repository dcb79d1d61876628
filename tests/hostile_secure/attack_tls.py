# SPDX-License-Identifier: Apache-2.0
"""Handshakes that are none, old or cut, and certificates nobody vouches for."""
import contextlib
import random
import socket
import ssl
import struct
import subprocess
import time

import wire
from bay import say

RANDOM = random.Random(3)
DOORS = {"pages": (wire.GW, wire.HTTPS), "csms": (wire.CSMS, wire.SECURE),
         "mutual": (wire.CSMS, wire.MUTUAL)}
PAGE_CLIENTS = 32  # Of a Panel Server.
HANDSHAKE_FAILURE, BAD_CERTIFICATE, EXPIRED, UNKNOWN_CA, DECODE, DECRYPT, VERSION = (
    40, 42, 45, 48, 50, 51, 70)


def is_refusal(data):
    """The end, and nothing before it but alerts."""
    return data is not None and all(one[0] == 21 for one in wire.records(data))


def garbage(fort):
    hello = wire.client_hello()
    bad = {
        "random bytes": RANDOM.randbytes(20000),
        "zeros": bytes(20000),
        "plain HTTP": b"GET / HTTP/1.1\r\nHost: fort\r\n\r\n",
        "a hello of SSL 2.0": bytes.fromhex("802b0100020012000000100100800200800300800400"
                                            "800500800600400700c0") + bytes(16),
        "a record of 65535 bytes": b"\x16\x03\x01\xff\xff" + bytes(70000),
        "a record of no type": b"\x63" + hello[1:],
        "data before any handshake": wire.record(23, bytes(100)),
        "a Finished first": wire.record(22, b"\x14\0\0\x0c" + bytes(12)),
        "a hello with a length past its record": hello[:6] + b"\xff\xff\xff" + hello[9:],
        "a hello whose suites have an odd length": hello[:44] + b"\0\3" + hello[46:],
        "a hello in a thousand records": b"".join(wire.record(22, hello[i:i + 1], 0x0301)
                                                  for i in range(5, len(hello))) + b"\x16\3\1\0\0"
                                         * 1000,
        "empty records for ever": b"\x16\3\1\0\0" * 20000,
        "alerts for ever": wire.record(21, b"\1\0") * 20000,
    }
    with fort.neighbours("TLS garbage"):
        for name, (host, port) in DOORS.items():
            for what, data in bad.items():
                with fort.connect(host, port) as conn:
                    wire.send_all(conn, data)
                    with contextlib.suppress(OSError):
                        conn.shutdown(socket.SHUT_WR)
                    got = wire.until_end(conn, 3)
                    good = got is not None if "thousand" in what else is_refusal(got)
                    say(f"TLS garbage: {name}: {what} ends the connection", good, got)


def truncated(fort):
    """A handshake that ends at every eleventh byte, in the hello and after the server's flight."""
    hello = wire.client_hello()
    with fort.neighbours("truncated handshakes"):
        for name, (host, port) in DOORS.items():
            ended = 0
            cuts = list(range(1, len(hello), 11))
            for cut in cuts:
                with fort.connect(host, port) as conn:
                    wire.send_all(conn, hello[:cut])
                    conn.shutdown(socket.SHUT_WR)
                    ended += is_refusal(wire.until_end(conn, 3))
            say(f"truncated handshakes: {name}: each of {len(cuts)} hellos is ended",
                ended == len(cuts), ended)
            flight = key_exchange(fort, host, port)
            ended, cuts = 0, list(range(1, len(flight), 29))
            for cut in cuts:
                conn, flight = begin(fort, host, port)
                with conn:
                    wire.send_all(conn, flight[:cut])
                    conn.shutdown(socket.SHUT_WR)
                    ended += is_refusal(wire.until_end(conn, 3))
            say(f"truncated handshakes: {name}: each of {len(cuts)} key exchanges is ended",
                ended == len(cuts), ended)


def begin(fort, host, port, context=None):
    """A handshake up to our second flight, which is returned and not sent."""
    conn = fort.connect(host, port)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    half = (context or wire.lax(highest=ssl.TLSVersion.TLSv1_2)).wrap_bio(incoming, outgoing)
    while True:
        with contextlib.suppress(ssl.SSLWantReadError):
            half.do_handshake()
        flight = outgoing.read()
        if any(one[0] == 20 for one in wire.records(flight)):  # ChangeCipherSpec
            return conn, flight
        wire.send_all(conn, flight)
        incoming.write(conn.recv(65536))


def key_exchange(fort, host, port):
    conn, flight = begin(fort, host, port)
    conn.close()
    return flight


def versions(fort):
    old = {"SSL 3.0": (0x0300, HANDSHAKE_FAILURE), "TLS 1.0": (0x0301, VERSION),
           "TLS 1.1": (0x0302, VERSION)}
    suites = {"NULL-SHA": 0x0002, "EXP-RC4": 0x0003, "RC4-MD5": 0x0004, "RC4-SHA": 0x0005,
              "DES": 0x0009, "3DES": 0x000A, "anonymous DH": 0x0034, "AES128-SHA": 0x002F,
              "AES256-SHA256": 0x003D, "DHE-RSA-AES128-SHA": 0x0033, "ECDHE-3DES": 0xC012,
              "ECDHE-RC4": 0xC007, "ECDHE-NULL": 0xC006, "ECDHE-AES128-SHA": 0xC009,
              "anonymous ECDH": 0xC018, "PSK": 0x00A8, "CAMELLIA": 0x0041, "none at all": 0xFFFE}
    with fort.neighbours("old TLS"):
        for name, (host, port) in DOORS.items():
            for what, hello, alert in (
                    [(what, wire.client_hello(version), alert)
                     for what, (version, alert) in old.items()]
                    + [(what, wire.client_hello(suites=[suite]), HANDSHAKE_FAILURE)
                       for what, suite in suites.items()]):
                with fort.connect(host, port) as conn:
                    conn.sendall(hello)
                    got = wire.until_end(conn, 3)
                    said = wire.alert_in(got)
                    say(f"old TLS: {name}: {what} is refused with alert {alert}",
                        said == alert and is_refusal(got), said)
            with fort.connect(host, port) as conn:
                conn.sendall(wire.client_hello())
                say(f"old TLS: {name}: a hello of today is answered", conn.recv(1) == b"\x16", "no")
            got = refusal(fort, host, port, wire.lax(lowest=ssl.TLSVersion.TLSv1_3))
            say(f"old TLS: {name}: only TLS 1.3 is refused too, as its profile says",
                "VERSION" in got, got)


def refusal(fort, host, port, context):
    """What the peer makes of this client: the words of the alert, or "" when it lets it in."""
    try:
        with fort.tls(host, port, context=context) as conn:
            conn.sendall(b"GET / HTTP/1.1\r\nHost: fort\r\n\r\n")
            return "" if conn.recv(1) else "ended"
    except OSError as error:
        return getattr(error, "reason", None) or repr(error)


def renegotiation(fort):
    with fort.neighbours("renegotiation"):
        for name, (host, port) in list(DOORS.items())[:2]:
            got = []
            for _ in range(5):
                done = subprocess.run(
                    ["openssl", "s_client", "-tls1_2", "-legacy_renegotiation", "-connect",
                     f"{host}:{port + fort.offset}"], input=b"R\n" * 50, capture_output=True,
                    timeout=20, check=False)
                got.append(b"no renegotiation" in done.stderr or done.stderr[-200:])
            say(f"renegotiation: {name}: openssl is told that there is none, five times of five",
                got == [True] * 5, got)


def twisted(flight, kind, change):
    """The flight with one of its handshake messages changed, the length of its head kept right."""
    out = b""
    for one in wire.records(flight):
        if one[0] == 22 and one[5] == kind:
            body = change(one[9:])
            one = wire.record(22, bytes([kind]) + struct.pack(">I", len(body))[1:] + body)
        out += one
    return out


def certificates(fort):
    """Garbage and strangers at the door that wants a certificate of the site's authority."""
    ours = (fort.key("station.pem"), fort.key("station.key"))
    flip = {
        "a certificate of random bytes": (11, lambda body: body[:6] + RANDOM.randbytes(
            len(body) - 6)),
        "a list of certificates with a wrong length": (11, lambda body: b"\xff\xff\xff"
                                                       + body[3:]),
        "a certificate cut in half": (11, lambda body: struct.pack(">I", len(body) // 2 - 3)[1:]
                                      + struct.pack(">I", len(body) // 2 - 6)[1:]
                                      + body[6:len(body) // 2]),
        "an empty list": (11, lambda body: b"\0\0\0"),
        "a proof with a bit turned": (15, lambda body: body[:-1] + bytes([body[-1] ^ 1])),
        "a proof of random bytes": (15, lambda body: body[:4] + RANDOM.randbytes(len(body) - 4)),
    }
    before = fort.refusals()
    with fort.neighbours("certificates"):
        for what, (kind, change) in flip.items():
            conn, flight = begin(fort, wire.CSMS, wire.MUTUAL,
                                 wire.lax(highest=ssl.TLSVersion.TLSv1_2, chain=ours))
            with conn:
                wire.send_all(conn, twisted(flight, kind, change))
                got = wire.until_end(conn, 3)
                say(f"certificates: {what} is refused with an alert",
                    is_refusal(got) and wire.alert_in(got) is not None, got)
        for what, chain, words in (("none", None, "HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED"),
                                   ("one of a foreign authority", "foreign", "UNKNOWN_CA"),
                                   ("one that signed itself", "self", "UNKNOWN_CA"),
                                   ("one that is over", "old", "EXPIRED"),
                                   ("a chain of a thousand", "long", "")):
            files = chain and (fort.key(f"{chain}.pem"), fort.key(f"{chain}.key"))
            got = refusal(fort, wire.CSMS, wire.MUTUAL, wire.lax(chain=files))
            say(f"certificates: {what} is refused ({got})",
                got and (not words or any(word in got for word in words.split("|"))), got)
        with fort.tls(wire.CSMS, wire.MUTUAL, context=wire.lax(chain=ours)) as conn:
            conn.sendall(wire.upgrade("/ocpp/S3-1"))
            got = wire.answer(conn, head_only=True)[0]
            say("certificates: the right one comes in", got == 101, got)
    after = fort.refusals()
    counted = after["handshakes"] - before["handshakes"]
    say("certificates: the central system counted each", counted == len(flip) + 5,
        f"{counted}, {after}")


def half_open(fort, count=200):
    """Many that connect, and say nothing or half a hello."""
    hello = wire.client_hello()[:40]
    for name, (host, port) in DOORS.items():
        with fort.neighbours(f"half-open at {name}"), contextlib.ExitStack() as stack:
            conns, over = [], 0
            for i in range(count):
                try:
                    conn = stack.enter_context(fort.connect(host, port))
                except ConnectionResetError:
                    over += 1
                    continue
                wire.send_all(conn, hello if i % 2 else b"")
                conn.setblocking(False)
                conns.append(conn)
            time.sleep(0.5)
            over += sum(is_gone(conn) for conn in conns)
            wanted = count - PAGE_CLIENTS if name == "pages" else 0
            say(f"half-open at {name}: of {count} it keeps {count - wanted}", over == wanted,
                f"{over} are over")
        say(f"half-open at {name}: when they have gone others get in",
            gets_in(fort, host, port), "they do not")


def gets_in(fort, host, port, seconds=3):
    end = time.monotonic() + seconds
    chain = (fort.key("station.pem"), fort.key("station.key"))
    while time.monotonic() < end:
        if refusal(fort, host, port, wire.lax(chain=chain)) == "":
            return True
        time.sleep(0.05)
    return False


def is_gone(conn):
    try:
        return conn.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


ATTACKS = [garbage, truncated, versions, renegotiation, certificates, half_open]
