# SPDX-License-Identifier: Apache-2.0
"""Requests that are none, too long, or want what they must not have: at the pages of a Panel Server
and at a central system's door."""
import json
import random
import struct

import wire
from bay import say

RANDOM = random.Random(4)
HOST = b"Host: fort\r\n"
GET = b"GET /login HTTP/1.1\r\n" + HOST
POST = b"POST /api/session HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
END = b"\r\n"
SOURCES_MAX, SOURCE = 8, "127.0.2.%d"  # Of refused requests that a Panel Server notes.


def ask(fort, data, host=wire.GW, port=wire.HTTPS, source=None):
    with fort.door(host, port, source) as conn:
        wire.send_all(conn, data)
        return wire.answer(conn)


def table(fort, what, rows, **where):
    """Each request gets one of the statuses it should; a refused one tells nothing of a file."""
    for name, (data, wanted) in rows.items():
        status, headers, body = ask(fort, data, **where)
        wanted = {wanted} if isinstance(wanted, int) else wanted
        say(f"{what}: {name} ({status})", status in wanted, f"wanted {wanted}: {body[:80]}")
        if b"root:" in body or "set-cookie" in headers:
            say(f"{what}: {name}: the answer tells nothing", False, body[:80])


def long_heads(fort):
    """Megabytes of header; each of them is refused when four thousand bytes have come."""
    rows = {
        "a header of 1 MB": (GET + b"X: " + b"x" * (1 << 20) + END + END, 431),
        "a cookie of 1 MB": (GET + b"Cookie: session=" + b"x" * (1 << 20) + END + END, 431),
        "a header's name of 1 MB": (GET + b"x" * (1 << 20) + b": 1" + END + END, 431),
        "100 000 headers": (GET + b"a: b\r\n" * 100000 + END, 431),
        "a request line of 1 MB": (b"GET /" + b"x" * (1 << 20) + b" HTTP/1.1\r\n" + HOST + END,
                                   431),
        "a query of 1 MB": (b"GET /login?" + b"x" * (1 << 20) + b" HTTP/1.1\r\n" + HOST + END, 431),
        "a megabyte without a line end": (b"G" * (1 << 20), 431),
        "a megabyte of empty lines": (b"\r\n" * (1 << 19), {0, 400}),
        "a megabyte of random bytes": (b"\xff" + RANDOM.randbytes(1 << 20), {400, 431}),
    }
    with fort.neighbours("long heads"):
        table(fort, "long heads: pages", rows)
        table(fort, "long heads: csms", rows, host=wire.CSMS, port=wire.PLAIN)
        table(fort, "long heads: csms over TLS", rows, host=wire.CSMS, port=wire.SECURE)


def wrong_heads(fort):
    body = b'{"user":"nobody","password":"x"}'
    length = b"Content-Length: "
    rows = {
        "two lengths": (POST + length + b"2\r\n" + length + b"3\r\n\r\n{}", 400),
        "the same length twice": (POST + length + b"2\r\n" + length + b"2\r\n\r\n{}", 400),
        "a list of lengths": (POST + length + b"2, 2\r\n\r\n{}", 400),
        "a negative length": (POST + length + b"-1\r\n\r\n", 400),
        "a length with a sign": (POST + length + b"+2\r\n\r\n{}", 400),
        "a length in hexadecimal": (POST + length + b"0x2\r\n\r\n{}", 400),
        "an empty length": (POST + length + b"\r\n\r\n", 400),
        "a length past 64 bits": (POST + length + b"18446744073709551618\r\n\r\n{}", 413),
        "a length of 40 digits": (POST + length + b"9" * 40 + b"\r\n\r\n{}", 413),
        "a length that is too short": (POST + length + b"5\r\n\r\n" + body, 400),
        "chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 411),
        "chunks and a length": (POST + b"Transfer-Encoding: chunked\r\n" + length + b"2\r\n\r\n{}",
                                {400, 411}),
        "a length and chunks": (POST + length + b"2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
                                {400, 411}),
        "chunks in capitals": (POST + b"TRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n", 411),
        "chunks behind a blank": (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        "chunks behind a tab": (POST + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n", 411),
        "chunks of gzip": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 411),
        "a transfer that is identity": (POST + b"Transfer-Encoding: identity\r\n\r\n", 411),
        "a folded header": (GET + b"X: a\r\n b\r\n\r\n", 400),
        "a header without a colon": (GET + b"hello\r\n\r\n", 400),
        "a header without a name": (GET + b": x\r\n\r\n", 400),
        "line feeds alone": (b"GET /login HTTP/1.1\nHost: fort\n\n" + b"\r\n\r\n", 400),
        "a line feed in a header": (GET + b"X: a\nY: b\r\n\r\n", 400),
        "a NUL in a header": (GET + b"X: a\0b\r\n\r\n", 400),
        "a NUL in the request line": (b"GET /lo\0gin HTTP/1.1\r\n" + HOST + END, 400),
        "no host": (b"GET /login HTTP/1.1\r\n\r\n", 400),
        "two hosts": (GET + HOST + END, 400),
        "two cookies headers": (GET + b"Cookie: a=b\r\nCookie: c=d\r\n\r\n", 400),
        "HTTP/0.9": (b"GET /login\r\n\r\n", 400),
        "HTTP/2.0": (b"GET /login HTTP/2.0\r\n" + HOST + END, 505),
        "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
        "HTTP/1.10": (b"GET /login HTTP/1.10\r\n" + HOST + END, 400),
        "an unknown method": (b"BREW /login HTTP/1.1\r\n" + HOST + END, 405),
        "TRACE": (b"TRACE /login HTTP/1.1\r\n" + HOST + END, 405),
        "CONNECT": (b"CONNECT fort:443 HTTP/1.1\r\n" + HOST + END, {400, 405}),
        "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + HOST + END, {400, 405}),
        "an expectation nobody knows": (POST + b"Expect: wonders\r\n" + length + b"2\r\n\r\n{}",
                                        417),
        "an upgrade to a WebSocket": (wire.upgrade("/login"), {400, 404}),
        "WebSocket frames": (wire.frame(wire.TEXT, b"[]") * 100, 400),
        "Modbus": (bytes.fromhex("000100000006ff0300640006"), 400),
    }
    with fort.neighbours("wrong heads"):
        table(fort, "wrong heads", rows, source=SOURCE % 1)
        with fort.tls(wire.GW) as conn:
            conn.sendall(GET + END + GET + b"X: a\0b\r\n\r\n" + GET + END)
            got = statuses(conn, 3)
            say("wrong heads: after a refusal nothing of the same connection is heard",
                got == [200, 400], got)
    note(fort, "wrong heads", SOURCE % 1, 1)


def statuses(conn, most):
    """Of answers that may come in one piece."""
    text = wire.until_end(conn) or b""
    return [int(part[:3]) for part in text.split(b"HTTP/1.1 ")[1:most + 1]]


def note(fort, what, source, count):
    """The audit log has as many entries of refused requests from there."""
    session = fort.login()
    noted = [entry for entry in session.events("access-refused") if entry["source"] == source]
    say(f"{what}: refused access is in the audit log {count} times", len(noted) == count, noted)
    session.end()


def traversal(fort):
    paths = ["/../etc/passwd", "/../../../../etc/passwd", "/login/../../etc/passwd", "/./login",
             "/login/..", "/login/.", "//etc/passwd", "/login//", "/%2e%2e/etc/passwd",
             "/%2E%2E%2Fetc%2Fpasswd", "/..%2fetc/passwd", "/..%5cetc/passwd", "/..\\etc\\passwd",
             "/%5c%5cfort/share", "/%c0%ae%c0%ae/etc/passwd", "/%e0%80%ae%e0%80%ae/etc/passwd",
             "/%c0%af", "/%ff", "/%ed%a0%80", "/%00", "/login%00.js", "/login.js%00.html", "/%",
             "/%2", "/%zz", "/%0d%0aSet-Cookie:a=b", "/%7f", "/%u002e%u002e/etc/passwd", "login",
             "*", "file:///etc/passwd", "https://fort", "https:///../etc/passwd",
             "https://fort/../etc/passwd", "/lo gin", "/login#x"]
    # Plain to the server, and no page of anybody's.
    harmless = ["/%252e%252e/etc/passwd", "/...", "/.../etc", "/..;/etc/passwd", "/login/",
                "/LOGIN", "/login.js/", "/pages/home.html", "/home.html", "/etc/passwd",
                "/.git/config", "/~root", "/api", "/api/", "/api/logs/../logs".replace("/..", "/x")]
    rows = {path: (f"GET {path} HTTP/1.1\r\nHost: fort\r\n\r\n".encode(), 400) for path in paths}
    with fort.neighbours("traversal"):
        table(fort, "traversal", rows)
        table(fort, "traversal at the csms", rows, host=wire.CSMS, port=wire.PLAIN)
        table(fort, "traversal without a session",
              {path: (wire.request("GET", path), 303) for path in harmless})
        session = fort.login()
        for path in harmless:
            status, _, body = session.ask("GET", path)
            say(f"traversal with a session: {path} is not there ({status})",
                status == 404 and b"root:" not in body, body[:80])
        for wish in ("//evil.test/", "https://evil.test/", "/\\evil.test", "%2f%2fevil.test",
                     "/%0d%0aSet-Cookie:a=b", "\\\\evil.test", "javascript:alert(1)", "/%09/evil"):
            status, headers, _ = session.ask("GET", f"/login?next={wish}")
            where = headers.get("location", "")
            say(f"traversal: nobody is led to {wish} ({status} {where})",
                status == 400 or (status == 303 and where == "/"), headers)
        session.end()


def post(fort, body, **headers):
    with fort.tls(wire.GW, source=SOURCE % 2) as conn:
        wire.send_all(conn, wire.request("POST", "/api/session", body, **headers))
        return wire.answer(conn)


def bodies(fort):
    """What is no login, in every way that a body can be wrong."""
    login = b'"user":"nobody","password":"x"'
    deep = {f"{text[:5].decode()}... {count} deep": text * count for text in (b"[", b'{"a":')
            for count in (33, 1000, 100000)}
    rows = {
        **{name: (data, 400 if len(data) <= 8192 else 413) for name, data in deep.items()},
        "whole, 1000 deep": (b"{" + login + b',"a":' + b"[" * 1000 + b"]" * 1000 + b"}", 400),
        "brackets within a text": (b"{" + login + b',"a":"' + b"[" * 1000 + b'"}', 401),
        "JSON of 10 MB": (b'{"user":"' + b"x" * (10 << 20) + b'"}', 413),
        "a password of 1 MB": (b'{"user":"nobody","password":"' + b"x" * (1 << 20) + b'"}', 413),
        "a password of 8 kB": (b'{"user":"nobody","password":"' + b"x" * 8000 + b'"}', 401),
        "a name of 8 kB": (b'{"password":"x","user":"' + b"x" * 8000 + b'"}', 401),
        "a key twice": (b'{"user":"SecurityAdmin",' + login + b"}", 400),
        "invalid UTF-8": (b'{"user":"\xff\xfe","password":"x"}', 400),
        "overlong UTF-8": (b'{"user":"\xc0\xaf","password":"x"}', 400),
        "half a surrogate": (b'{"user":"\\ud800","password":"x"}', 400),
        "NUL": (b'{"user":"a\0b","password":"x"}', 400),
        "NUL, escaped": (b'{"user":"Security\\u0000Admin","password":"x"}', 400),
        "a line feed within a text": (b'{"user":"a\nb","password":"x"}', 400),
        "a number past all bounds": (b"{" + login + b',"a":1e999999}', 400),
        "an integer past all bounds": (b"{" + login + b',"a":' + b"9" * 400 + b"}", 400),
        "no JSON": (b"user=nobody&password=x", 400),
        "nothing": (b"", {400, 415}),
        "a list": (b"[1,2]", 400),
        "a number": (b"1", 400),
        "null": (b"null", 400),
        "an empty object": (b"{}", 400),
        "half of it": (b"{" + login, 400),
        "more than it": (b"{" + login + b"}}", 400),
        "two of it": (b"{" + login + b"}{" + login + b"}", 400),
        "a byte order mark": (b"\xef\xbb\xbf{" + login + b"}", 400),
        "a name that is a list": (b'{"user":["nobody"],"password":"x"}', 400),
        "a name that is nothing": (b'{"user":null,"password":"x"}', 400),
        "a password that is a number": (b'{"user":"nobody","password":1}', 400),
        "random bytes": (RANDOM.randbytes(4000), 400),
    }
    with fort.neighbours("bodies"):
        for name, (body, wanted) in rows.items():
            status, _, got = post(fort, body)
            wanted = {wanted} if isinstance(wanted, int) else wanted
            say(f"bodies: {name} ({status})", status in wanted, f"wanted {wanted}: {got[:80]}")
            try:
                json.loads(got or b"null")
            except ValueError:
                say(f"bodies: {name}: the answer is JSON or nothing", status == 413, got[:80])
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", "",
                     "text/html, application/json", "application/json\0"):
            status = post(fort, b"{" + login + b"}", Content_Type=kind)[0]
            say(f"bodies: of type {kind!r} is none ({status})", status in (400, 415), status)
    note(fort, "bodies", SOURCE % 2, 1)


def many_sources(fort, count=30):
    """Wrong requests from everywhere: the log takes a handful."""
    session = fort.login()
    before = len(session.events("access-refused"))
    for i in range(count):
        for _ in range(3):
            ask(fort, GET + b"X: a\0b\r\n\r\n", source=f"127.0.3.{i + 1}")
    noted = len(session.events("access-refused"))
    say(f"wrong requests from {count} addresses: the audit log takes a handful "
        f"({before}, then {noted})", 0 < noted - before <= SOURCES_MAX, noted)
    session.end()


def central_system_pages(fort):
    rows = {"a page": (wire.request("GET", "/"), 426),
            "a page of a Panel Server": (wire.request("GET", "/login"), 426),
            "a body": (wire.request("POST", "/ocpp/S0-1", b"x" * 1000), 426),
            "a body of 10 MB": (wire.request("POST", "/ocpp/S0-1", b"x" * (10 << 20)), 413),
            "chunks": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", 411),
            "frames before an upgrade": (wire.frame(wire.TEXT, b"[]") * 50, 400),
            "binary": (struct.pack("<I", 0xDEADBEEF) * 5000, {400, 431})}
    with fort.neighbours("pages of the central system"):
        for name, port in (("plain", wire.PLAIN), ("TLS", wire.SECURE)):
            table(fort, f"pages of the central system, {name}", rows, host=wire.CSMS, port=port)


ATTACKS = [long_heads, wrong_heads, traversal, bodies, central_system_pages]
