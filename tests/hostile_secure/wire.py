# SPDX-License-Identifier: Apache-2.0
"""TLS, HTTP and WebSocket with nothing but the standard library, right and wrong on purpose."""
import base64
import os
import socket
import ssl
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("../hostile", "../support"):
    sys.path.insert(0, os.path.join(HERE, folder))
from modbus import receive  # noqa: E402

GW, SHUT, CALM, CSMS = "127.77.0.10", "127.77.0.11", "127.77.0.12", "127.77.0.30"
PASSWORDS = {GW: "Workshop-2025", SHUT: "Entry-hall-2025", CALM: "Next-door-2025"}
HTTPS, PLAIN, SECURE, MUTUAL = 443, 8080, 8443, 8444  # And the offset.
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10      # RFC 6455 5.2.
ANY_SUITE = "ALL:@SECLEVEL=0"


class Fort:
    """Where the doors are."""

    def __init__(self, offset):
        self.offset = offset

    def connect(self, host, port, source=None, timeout=5.0):
        conn = socket.create_connection((host, port + self.offset), timeout,
                                        (source, 0) if source else None)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return conn

    def tls(self, host, port=HTTPS, source=None, context=None):
        conn = self.connect(host, port, source)
        try:
            return (context or lax()).wrap_socket(conn)
        except BaseException:
            conn.close()
            raise

    def door(self, host, port, source=None):
        """A conn in clear or over TLS, as the door has it."""
        return (self.connect if port == PLAIN else self.tls)(host, port, source)


def lax(lowest=None, highest=None, suites=None, chain=None):
    """A client that accepts anybody, and as little as it is told to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(suites or ANY_SUITE)
    if lowest or highest:
        context.minimum_version = lowest or ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = highest or ssl.TLSVersion.MAXIMUM_SUPPORTED
    if chain:
        context.load_cert_chain(*chain)
    return context


def until_end(conn, seconds=5.0, most=1 << 20):
    """What comes until the peer ends; None when it does not end within that time."""
    data = b""
    conn.settimeout(seconds)
    try:
        while len(data) < most:
            more = conn.recv(65536)
            if not more:
                break
            data += more
    except (socket.timeout, ssl.SSLWantReadError):
        return None
    except OSError:
        pass
    return data


def send_all(conn, data):
    """As much as the peer takes; it may end the connection when it has heard enough."""
    try:
        conn.sendall(data)
        return True
    except OSError:
        return False


# ---- TLS by hand ----

def client_hello(version=0x0303, suites=(0xC02B, 0xC02F)):
    """A ClientHello record (RFC 5246 7.4.1.2) with P-256 and the usual signatures."""
    extensions = b"".join(struct.pack(">HH", kind, len(body)) + body for kind, body in (
        (10, bytes.fromhex("0004001d0017")), (11, b"\1\0"),
        (13, bytes.fromhex("000804030804040106010000")[:10])))
    body = struct.pack(">H", version) + bytes(range(32)) + b"\0"
    body += struct.pack(">H", 2 * len(suites)) + b"".join(struct.pack(">H", s) for s in suites)
    body += b"\1\0" + struct.pack(">H", len(extensions)) + extensions
    return record(22, b"\1" + struct.pack(">I", len(body))[1:] + body, min(version, 0x0301))


def record(kind, body, version=0x0303):
    return struct.pack(">BHH", kind, version, len(body)) + body


def records(data):
    """The whole records that stand in `data`."""
    while len(data) >= 5 and len(data) >= 5 + struct.unpack(">H", data[3:5])[0]:
        length = 5 + struct.unpack(">H", data[3:5])[0]
        yield data[:length]
        data = data[length:]


def alert_in(data):
    """The number of the alert that a peer says in clear, None when it says none."""
    for one in records(data or b""):
        if one[0] == 21 and len(one) == 7:
            return one[6]
    return None


# ---- HTTP ----

def answer(conn, seconds=5.0, head_only=False):
    """Status, headers by lower-case name, body; status 0 when the peer ends without an answer.
    `head_only`: not a byte more is taken."""
    conn.settimeout(seconds)
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            more = conn.recv(1 if head_only else 65536)
            if not more:
                return 0, {}, data
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        while not head_only and len(body) < int(headers.get("content-length", 0)):
            more = conn.recv(65536)
            if not more:
                break
            body += more
        return status, headers, body
    except (OSError, ValueError):
        return 0, {}, data


def request(method, path, body=None, **headers):
    """One request of a browser that knows its manners; `_` in a name stands for `-`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: fort"]
    if body is not None:
        headers.setdefault("Content_Type", "application/json")
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


# ---- WebSocket ----

def upgrade(path="/ocpp/S0-1", protocol="ocpp1.6", authorization=None, **replaced):
    """The request; a header that is replaced by None is left out."""
    headers = {"Host": "csms.test", "Connection": "Upgrade", "Upgrade": "websocket",
               "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
               "Sec-WebSocket-Protocol": protocol, "Authorization": authorization}
    headers.update({name.replace("_", "-"): value for name, value in replaced.items()})
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1"] + lines).encode("latin-1") + b"\r\n\r\n"


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def frame(opcode, payload=b"", fin=True, mask=b"\x5a\xa5\x0f\xf0", length=None, flags=0):
    """A frame of a client; `mask` None: unmasked, `length`: what it says instead of the truth."""
    length = len(payload) if length is None else length
    bit = 0x80 if mask else 0
    head = bytes([(0x80 if fin else 0) | flags | opcode])
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", length)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", length)
    if not mask:
        return head + payload
    key = (mask * (len(payload) // 4 + 1))[:len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return head + mask + masked.to_bytes(len(payload), "big")


def next_frame(conn, seconds=5.0):
    """Opcode and payload; None when the peer ends."""
    conn.settimeout(seconds)
    try:
        first, second = receive(conn, 2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", receive(conn, 2))[0]
        elif length == 127:
            length = struct.unpack(">Q", receive(conn, 8))[0]
        return first & 0x0F, receive(conn, length)
    except (OSError, EOFError):
        return None


def close_code(conn, seconds=5.0):
    """The code of the Close that comes, other frames skipped; None when there comes none."""
    while True:
        got = next_frame(conn, seconds)
        if got is None:
            return None
        if got[0] == CLOSE:
            return struct.unpack(">H", got[1][:2])[0] if len(got[1]) >= 2 else 1005
