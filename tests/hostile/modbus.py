# SPDX-License-Identifier: Apache-2.0
"""Modbus TCP with nothing but the standard library, right and wrong on purpose."""
import socket
import struct

GATEWAY, ENTRY, BREAKER = "127.77.0.10", "127.77.0.11", "127.77.0.20"
SELF = 255  # The unit of whoever has the address.
SERIAL_NUMBER = struct.pack(">BHH", 3, 0x0064, 6)  # Of a gateway.
CURRENT = struct.pack(">BHH", 3, 32027, 2)         # Of a breaker.


def frame(transaction, unit, pdu, protocol=0, length=None):
    length = len(pdu) + 1 if length is None else length
    return struct.pack(">HHHB", transaction & 0xFFFF, protocol, length, unit) + pdu


def connect(host, port, timeout=5.0):
    conn = socket.create_connection((host, port), timeout)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return conn


def receive(conn, count):
    """Exactly `count` bytes; EOFError when the peer ends before."""
    data = b""
    while len(data) < count:
        more = conn.recv(count - len(data))
        if not more:
            raise EOFError("the peer has ended")
        data += more
    return data


def reply(conn):
    """One reply: transaction, unit, PDU."""
    transaction, protocol, length, unit = struct.unpack(">HHHB", receive(conn, 7))
    if protocol != 0 or not 2 <= length <= 254:
        raise ValueError(f"no Modbus: protocol {protocol}, length {length}")
    return transaction, unit, receive(conn, length - 1)


def ask(conn, transaction, unit, pdu):
    conn.sendall(frame(transaction, unit, pdu))
    got, got_unit, answer = reply(conn)
    if (got, got_unit) != (transaction & 0xFFFF, unit):
        raise ValueError(f"asked {transaction} of unit {unit}, got {got} of {got_unit}")
    return answer


def is_over(conn, seconds):
    """Whether the peer ends or resets the connection within that time, without a byte of reply."""
    conn.settimeout(seconds)
    try:
        return conn.recv(1) == b""
    except ConnectionError:
        return True
    except socket.timeout:
        return False
