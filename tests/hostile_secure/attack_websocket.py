# SPDX-License-Identifier: Apache-2.0
"""Frames and messages that a central system must not swallow, and floods of those it may."""
import contextlib
import json
import random
import time

import wire
from bay import say
from wire import BINARY, CLOSE, PING, PONG, TEXT, frame

RANDOM = random.Random(5)
MESSAGE_MAX = 64 << 10     # OCPP_MESSAGE_BYTES_MAX
GROWTH_KB = 8 << 10
HALF_OPEN_KB = 100         # Each, with its TLS and its socket pair.
UNSUPPORTED, PROTOCOL, UTF8, TOO_BIG = 1003, 1002, 1007, 1009  # RFC 6455 7.4.1.
HEARTBEAT = '[2,"{}","Heartbeat",{{}}]'
DOORS = (("plain", wire.PLAIN, "/ocpp/S0-1", None),
         ("TLS", wire.SECURE, "/ocpp/S2-1",
          wire.basic("S2-1", "00112233445566778899aabbccddeeff2")))


def station(fort, door=DOORS[0]):
    _, port, path, authorization = door
    conn = fort.door(wire.CSMS, port)
    conn.sendall(wire.upgrade(path, authorization=authorization))
    status, _, rest = wire.answer(conn, head_only=True)
    if status != 101:
        raise RuntimeError(f"no WebSocket: {status} {rest}")
    return conn


def say_text(conn, text, **how):
    return wire.send_all(conn, frame(TEXT, text if isinstance(text, bytes) else text.encode(),
                                     **how))


def call(conn, identity, action, body="{}"):
    """The answer to one CALL as text."""
    say_text(conn, f'[2,"{identity}","{action}",{body}]')
    got = wire.next_frame(conn)
    return got[1].decode() if got else None


def boot(conn):
    call(conn, "boot", "BootNotification",
         '{"chargePointVendor":"Peer","chargePointModel":"One"}')


def frames(fort):
    """Each of these ends the connection with the code that RFC 6455 gives it."""
    most = b"[" + b" " * (MESSAGE_MAX - 1)
    rows = {
        "a frame of 10 MB": (frame(TEXT, bytes(10 << 20)), TOO_BIG),
        "a frame that says 10 MB": (frame(TEXT, b"x" * 100, length=10 << 20), TOO_BIG),
        "a frame that says 2^62": (frame(TEXT, b"x" * 100, length=1 << 62), TOO_BIG),
        "a frame that says 2^63": (frame(TEXT, b"x" * 100, length=1 << 63), PROTOCOL),
        "a byte too many": (frame(TEXT, most + b" "), TOO_BIG),
        "fragments that are too long together": (
            frame(TEXT, b"x" * 1000, fin=False)
            + frame(0, b"x" * 1000, fin=False) * 100, TOO_BIG),
        "a binary frame": (frame(BINARY, b"\0\1\2\3"), UNSUPPORTED),
        "a binary frame of text": (frame(BINARY, b'[2,"1","Heartbeat",{}]'), UNSUPPORTED),
        "a binary frame in fragments": (frame(BINARY, b"a", fin=False) + frame(0, b"b"),
                                        UNSUPPORTED),
        "an unmasked frame": (frame(TEXT, b"[]", mask=None), PROTOCOL),
        "an unmasked ping": (frame(PING, b"x", mask=None), PROTOCOL),
        "an unmasked Close": (frame(CLOSE, b"\x03\xe8", mask=None), PROTOCOL),
        "a reserved bit": (frame(TEXT, b"[]", flags=0x40), PROTOCOL),
        "three reserved bits": (frame(TEXT, b"[]", flags=0x70), PROTOCOL),
        "a reserved opcode": (frame(3, b"[]"), PROTOCOL),
        "a reserved control opcode": (frame(11, b""), PROTOCOL),
        "a ping of 126 bytes": (frame(PING, bytes(126)), PROTOCOL),
        "a ping in fragments": (frame(PING, b"x", fin=False), PROTOCOL),
        "a continuation of nothing": (frame(0, b"[]"), PROTOCOL),
        "a text within a text": (frame(TEXT, b"[", fin=False) + frame(TEXT, b"]"), PROTOCOL),
        "a Close of one byte": (frame(CLOSE, b"\x03"), PROTOCOL),
        "a Close with a code nobody may send": (frame(CLOSE, b"\x03\xed"), {PROTOCOL, 1005}),
        "no UTF-8": (frame(TEXT, b'[2,"\xff\xfe","Heartbeat",{}]'), UTF8),
        "overlong UTF-8": (frame(TEXT, b'["\xc0\xaf"]'), UTF8),
        "half a surrogate": (frame(TEXT, b'["\xed\xa0\x80"]'), UTF8),
        "a character cut in two": (frame(TEXT, b'["\xe2\x82'), UTF8),
        "HTTP within": (b"GET / HTTP/1.1\r\nHost: fort\r\n\r\n", PROTOCOL),
        "random bytes": (b"\x0f" + RANDOM.randbytes(100000), PROTOCOL),
    }
    with fort.neighbours("frames"), contextlib.ExitStack() as stack:
        conns = {}
        for door in DOORS:
            for name, (data, codes) in rows.items():
                conn = stack.enter_context(station(fort, door))
                wire.send_all(conn, data)
                code = wire.close_code(conn)
                codes = {codes} if isinstance(codes, int) else codes
                say(f"frames, {door[0]}: {name} ({code})", code in codes, f"wanted {codes}")
                conns[f"{door[0]}, {name}"] = conn
        stand = [name for name, conn in conns.items() if wire.until_end(conn) is None]
        say(f"frames: all {len(conns)} connections end", not stand, stand)


def bounded(fort, what, work):
    """Memory while it lasts, at its highest of a few looks."""
    before, most = fort.rss_kB(), 0
    for _ in work:
        most = max(most, fort.rss_kB() - before)
    fort.weigh(f"{what}, at its highest", most, GROWTH_KB)


def push(conn, data, seconds=2.0):
    """Sends without reading as long as the peer takes it, in steps; yields after each."""
    conn.settimeout(0.3)
    view, end = memoryview(data), time.monotonic() + seconds
    while view and time.monotonic() < end:
        try:
            view = view[conn.send(view[:65536]):]
        except OSError:
            break
        yield len(data) - len(view)


def floods(fort):
    """Masses of what is allowed, from somebody who does not read the answers."""
    ping = frame(PING, b"x" * 125)
    text = b"".join(frame(TEXT, HEARTBEAT.format(i).encode()) for i in range(40000))
    rows = {
        "pings": ping * 40000,
        "pongs nobody asked for": frame(PONG, b"x" * 125) * 40000,
        "empty texts": frame(TEXT, b"") * 200000,
        "fragments of nothing": frame(TEXT, b"", fin=False) + frame(0, b"", fin=False) * 400000,
        "fragments of one byte": frame(TEXT, b"[", fin=False) + frame(0, b" ", fin=False) * 60000,
        "fragments with pings between": frame(TEXT, b"[", fin=False)
        + (frame(0, b" ", fin=False) + ping) * 30000,
        "calls": text,
        "calls nobody knows": b"".join(frame(TEXT, f'[2,"{i}","No{i}",{{}}]'.encode())
                                       for i in range(30000)),
        "replies to nothing": b"".join(frame(TEXT, f'[3,"{i}",{{}}]'.encode())
                                       for i in range(40000)),
        "errors to nothing": frame(TEXT, b'[4,"x","InternalError","",{}]') * 40000,
        "messages that are none": frame(TEXT, b"{}") * 60000,
        "the longest messages": frame(TEXT, b"[" * MESSAGE_MAX) * 100,
    }
    for door in DOORS:
        for name, data in rows.items():
            what = f"floods, {door[0]}: {name}"
            with fort.neighbours(what), station(fort, door) as conn:
                boot(conn)
                bounded(fort, what, push(conn, data))
    conn = station(fort)
    with conn:
        boot(conn)
        got = call(conn, "after", "Heartbeat")
        say("floods: afterwards the station is served", got and got.startswith('[3,"after"'), got)


def messages(fort):
    """OCPP-J 1.6 4: what is no message is not answered or refused, and the connection goes on."""
    deep = "[" * 1000 + "]" * 1000
    wide = '{"a":' * 10000 + "1" + "}" * 10000
    rows = {
        "nothing": ("", None), "a number": ("1", None), "an object": ("{}", None),
        "null": ("null", None), "an empty list": ("[]", None), "half a list": ("[2,", None),
        "1000 levels": (deep, None), "32 000 levels": ("[" * 32000 + "]" * 32000, None),
        "a payload of 10 000 levels": (f'[2,"d","Heartbeat",{wide}]', "any"),
        "a type nobody knows": ('[5,"t","Heartbeat",{}]', None),
        "a type that is a text": ('["2","t","Heartbeat",{}]', None),
        "a type past all bounds": ("[" + "9" * 400 + ',"t","Heartbeat",{}]', None),
        "an id that is a number": ('[2,7,"Heartbeat",{}]', None),
        "an id that is empty": ('[2,"","Heartbeat",{}]', None),
        "an id of 37 letters": (f'[2,"{"x" * 37}","Heartbeat",{{}}]', "any"),
        "an id of 60 000 letters": (f'[2,"{"x" * 60000}","Heartbeat",{{}}]', "any"),
        "an id with NUL": ('[2,"a\\u0000b","Heartbeat",{}]', "any"),
        "an action nobody knows": ('[2,"u","Wonders",{}]', "NotImplemented"),
        "an action of 60 000 letters": (f'[2,"u2","{"A" * 60000}",{{}}]', "NotImplemented"),
        "an action that is a list": ('[2,"l",["Heartbeat"],{}]', "any"),
        "an action for stations only": ('[2,"r","Reset",{"type":"Hard"}]', "Not"),
        "no payload": ('[2,"p","Heartbeat"]', "any"),
        "a payload that is a list": ('[2,"p2","Heartbeat",[]]', "Formation|Type"),
        "a payload of null": ('[2,"n2","Heartbeat",null]', "Formation|Type"),
        "five items": ('[2,"v","Heartbeat",{},1]', "any"),
        "a member too many": ('[2,"m","Heartbeat",{"a":1}]', "Property|Formation|Occurence"),
        "a key twice": ('[2,"k","Authorize",{"idTag":"A","idTag":"B"}]', "any"),
        "a tag of 60 000 letters": (f'[2,"g","Authorize",{{"idTag":"{"x" * 60000}"}}]',
                                    "Property|Formation|Type"),
        "a number past all bounds": (
            '[2,"n","StartTransaction",{"connectorId":1e999,"idTag":"A","meterStart":0,'
            '"timestamp":"2026-01-01T00:00:00Z"}]', "any"),
        "a time that is none": ('[2,"z","StartTransaction",{"connectorId":1,"idTag":"A",'
                                '"meterStart":0,"timestamp":"yesterday"}]',
                                "Property|Formation|Type"),
        "a reply to nothing": ('[3,"nothing",{}]', None),
        "an error to nothing": ('[4,"nothing","InternalError","",{}]', None),
        "a reply of 60 kB": (f'[3,"x",{{"a":"{"x" * 60000}"}}]', None),
    }
    with fort.neighbours("messages"):
        for door in DOORS:
            with station(fort, door) as conn:
                boot(conn)
                for i, (name, (text, wanted)) in enumerate(rows.items()):
                    judge(conn, f"messages, {door[0]}: {name}", i, text, wanted)
    violations = fort.violations()
    say(f"messages: the central system noted what broke the rules ({len(violations)} sentences)",
        10 <= len(violations) <= 256, violations[:3])
    say("messages: none of the sentences is long",
        max(len(str(one)) for one in violations) < 300, max(map(str, violations), key=len)[:400])


def judge(conn, what, number, text, wanted):
    """What comes before the answer to the heartbeat behind it."""
    say_text(conn, text)
    say_text(conn, HEARTBEAT.format(f"behind-{number}"))
    got = []
    while True:
        one = wire.next_frame(conn)
        if one is None or one[0] == CLOSE:
            say(f"{what}: the connection goes on", False, one)
            return
        if f'"behind-{number}"' in one[1][:40].decode():
            break
        got.append(one[1].decode())
    errors = [one for one in got if one.startswith("[4,")]
    if wanted is None:
        say(f"{what} is not answered, or with an error", got == errors, got[:2])
    elif wanted == "any":
        say(f"{what} is refused", len(errors) == 1 == len(got) or not got, got[:2])
    else:
        code = json.loads(errors[0])[2] if errors else ""
        say(f"{what} is refused ({code})",
            len(got) == 1 and any(word in code for word in wanted.split("|")), got[:2])


def replayed(fort):
    """An id that comes again is answered, and does its work once."""
    start = ('{"connectorId":1,"idTag":"TAG1","meterStart":7,'
             '"timestamp":"2026-01-01T00:00:00Z"}')
    with fort.neighbours("replayed ids"), station(fort) as conn:
        boot(conn)
        before = fort.ask("/table", device="csms", table="transactions")["records"]
        got = [call(conn, "again", "StartTransaction", start) for _ in range(20)]
        say("replayed ids: each is answered alike", len(set(got)) == 1 and got[0], set(got))
        after = fort.ask("/table", device="csms", table="transactions")["records"]
        say("replayed ids: one transaction has begun", len(after) == len(before) + 1, after[-2:])
    with station(fort) as conn:
        with station(fort) as second:
            boot(second)
            say("replayed ids: a second connection ends the first",
                wire.until_end(conn) is not None, "it stands")
            got = call(second, "mine", "Heartbeat")
            say("replayed ids: and is served", got and got.startswith('[3,"mine"'), got)


def upgrades(fort):
    secret = "00112233445566778899aabbccddeeff1"
    rows = {
        "nobody of that name": (wire.upgrade("/ocpp/S9-9"), 404),
        "no name": (wire.upgrade("/ocpp/"), 404),
        "a name of 3000 letters": (wire.upgrade("/ocpp/" + "x" * 3000), 404),
        "a name with a path": (wire.upgrade("/ocpp/../S0-1"), 400),
        "a name with NUL": (wire.upgrade("/ocpp/S0-1%00"), 400),
        "a name in other letters": (wire.upgrade("/ocpp/s0-1"), 404),
        "no password": (wire.upgrade("/ocpp/S1-1"), 401),
        "a wrong password": (wire.upgrade("/ocpp/S1-1",
                                          authorization=wire.basic("S1-1", "x")), 401),
        "half a password": (wire.upgrade("/ocpp/S1-1",
                                         authorization=wire.basic("S1-1", secret[:-1])), 401),
        "a password with a NUL": (wire.upgrade(
            "/ocpp/S1-1", authorization=wire.basic("S1-1", secret + "\0")), 401),
        "another's name with the password": (wire.upgrade(
            "/ocpp/S1-1", authorization=wire.basic("S0-1", secret)), 401),
        "no base64": (wire.upgrade("/ocpp/S1-1", authorization="Basic ????"), 401),
        "no colon": (wire.upgrade("/ocpp/S1-1", authorization="Basic YWJj"), 401),
        "Bearer": (wire.upgrade("/ocpp/S1-1", authorization="Bearer " + "x" * 100), 401),
        "a password of 3000 letters": (wire.upgrade(
            "/ocpp/S1-1", authorization="Basic " + "QUFB" * 800), 401),
        "a password of 1 MB": (wire.upgrade(
            "/ocpp/S1-1", authorization="Basic " + "QUFB" * (1 << 18)), 431),
        "another security profile's door": (wire.upgrade("/ocpp/S2-1", authorization=wire.basic(
            "S2-1", "00112233445566778899aabbccddeeff2")), 403),
        "no key": (wire.upgrade(Sec_WebSocket_Key=None), 400),
        "an empty key": (wire.upgrade(Sec_WebSocket_Key=""), 400),
        "a key that is too short": (wire.upgrade(Sec_WebSocket_Key="YWJj"), 400),
        "no version": (wire.upgrade(Sec_WebSocket_Version=None), {400, 426}),
        "version 8": (wire.upgrade(Sec_WebSocket_Version="8"), {400, 426}),
        "another upgrade": (wire.upgrade(Upgrade="h2c"), 426),
        "no Connection": (wire.upgrade(Connection="keep-alive"), 426),
        "a POST": (wire.upgrade().replace(b"GET", b"POST", 1), {400, 405, 426}),
        "HTTP/1.0": (wire.upgrade().replace(b"HTTP/1.1", b"HTTP/1.0", 1), {400, 426}),
    }
    before = fort.refusals()
    with fort.neighbours("upgrades"):
        for name, (data, wanted) in rows.items():
            with fort.connect(wire.CSMS, wire.PLAIN) as conn:
                wire.send_all(conn, data)
                status, headers, _ = wire.answer(conn, head_only=True)
                wanted = {wanted} if isinstance(wanted, int) else wanted
                say(f"upgrades: {name} ({status})", status in wanted, f"wanted {wanted}")
                if status == 401 and not headers.get("www-authenticate", "").startswith("Basic"):
                    say(f"upgrades: {name}: it is told how", False, headers)
        with fort.connect(wire.CSMS, wire.PLAIN) as conn:
            conn.sendall(wire.upgrade(protocol="ocpp2.0.1, mqtt"))
            status, headers, _ = wire.answer(conn, head_only=True)
            code = wire.close_code(conn) if status == 101 else status
            say(f"upgrades: a subprotocol nobody speaks comes to nothing ({code})",
                "sec-websocket-protocol" not in headers and code in (PROTOCOL, 400), headers)
        with fort.connect(wire.CSMS, wire.PLAIN) as conn:
            conn.sendall(wire.upgrade() + frame(TEXT, b'[2,"b","BootNotification",'
                         b'{"chargePointVendor":"Peer","chargePointModel":"One"}]'))
            data = b""
            with contextlib.suppress(OSError):
                while b'"b"' not in data:
                    data += conn.recv(4096) or b'"b" never'
            say("upgrades: a message right behind one is answered", b'[3,"b"' in data, data)
    counted = fort.refusals()["upgrades"] - before["upgrades"]
    say(f"upgrades: the central system counted those it turned away ({counted})", counted >= 14,
        counted)


def half_open_upgrades(fort, count=200):
    """Upgrades that stop in the middle, and connections that stop right after one."""
    for name, door in zip(("plain", "TLS"), DOORS):
        _, port, path, authorization = door
        whole = wire.upgrade(path, authorization=authorization)
        with fort.neighbours(f"half-open upgrades, {name}"), contextlib.ExitStack() as stack:
            before = fort.rss_kB()
            for i in range(count):
                conn = stack.enter_context(fort.door(wire.CSMS, port))
                wire.send_all(conn, whole[:-2 - i % 100] if i % 4 else whole)
            fort.weigh(f"half-open upgrades, {name}: {count} of them", fort.rss_kB() - before,
                       HALF_OPEN_KB * count)
            with station(fort, door) as conn:
                boot(conn)
                got = call(conn, "through", "Heartbeat")
                say(f"half-open upgrades, {name}: another gets through",
                    got and got.startswith('[3,"through"'), got)


ATTACKS = [frames, messages, replayed, upgrades, half_open_upgrades, floods]
