# SPDX-License-Identifier: Apache-2.0
"""Debian's pymodbus against tests/support/bay.yaml: tcp HOST PORT PASSWORD, or rtu LINE."""
import os
import sys
import time

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from checks import FAILED, expect, expect_near, float_of, say  # noqa: E402

LIGHTING, PARKING, SPARE, NOBODY, GATEWAY = 1, 2, 4, 77, 255
LIGHTING_A = 40000 / (3 ** 0.5 * 400 * 0.95)  # The loads of tests/support/bay.yaml.
PARKING_A = 25000 / (3 ** 0.5 * 400 * 0.90)
CURRENT, DATASET_STATUS, DATASET_CURRENT = 1016, 32001, 32028  # Registers: address + 1.
COMMAND, COMMAND_STATUS = 8000, 8021
MODEL = 0xF003 + 1
OPEN, CLOSE, BSCM, IN_PROGRESS = 904, 905, 0x1101, 3


class Peer:
    """A client that speaks of registers, as the vendor prints them."""

    def __init__(self, client, name):
        self.client, self.name = client, name

    def read(self, register, count, unit):
        reply = self.client.read_holding_registers(register - 1, count, slave=unit)
        return None if reply.isError() else reply.registers

    def exception(self, request):
        reply = request()
        return getattr(reply, "exception_code", None)

    def identity(self, level, unit):
        reply = self.client.execute(ReadDeviceInformationRequest(level, 0, unit=unit))
        return {} if reply.isError() else reply.information

    def current(self, unit):
        words = self.read(DATASET_CURRENT, 2, unit)
        return float_of(words) if words else None

    def current_within(self, unit, good, seconds):
        """The current once it is good, or what it was in the end: meters show it a second late."""
        end = time.monotonic() + seconds
        current = self.current(unit)
        while not good(current) and time.monotonic() < end:
            current = self.current(unit)
        return current

    def command(self, code, password, unit):
        """One command over the command interface; the status register at its end."""
        words = [code, 10, BSCM, 1]
        words += [ord(high) << 8 | ord(low) for high, low in zip(password[::2], password[1::2])]
        words += [0] * 10 + [0, 8019, 8020, 8021]
        if self.client.write_registers(COMMAND - 1, words, slave=unit).isError():
            return None
        end = time.monotonic() + 5
        status = [IN_PROGRESS]
        while status == [IN_PROGRESS] and time.monotonic() < end:
            status = self.read(COMMAND_STATUS, 1, unit)
        return status[0] if status else None


def check_reads(peer):
    expect(f"{peer.name}: FC03 reads a current of unit 1", peer.read(CURRENT, 1, LIGHTING),
           [round(LIGHTING_A)])
    expect_near(f"{peer.name}: FC03 reads a float of unit 1", peer.current(LIGHTING), LIGHTING_A,
                0.01)
    reply = peer.client.read_input_registers(CURRENT - 1, 1, slave=PARKING)
    expect(f"{peer.name}: FC04 reads unit 2", getattr(reply, "registers", reply),
           [round(PARKING_A)])


def check_identity(peer):
    basic = peer.identity(1, LIGHTING)
    expect(f"{peer.name}: FC43/14 basic tells vendor and product of unit 1",
           (basic.get(0), basic.get(1)), (b"Schneider Electric", b"NSX250-5E"))
    say(f"{peer.name}: FC43/14 basic tells the firmware of unit 1", basic.get(2), basic)
    regular = peer.identity(2, LIGHTING)
    say(f"{peer.name}: FC43/14 regular begins with what basic tells",
        basic and basic.items() <= regular.items(), f"{basic} and {regular}")


def check_exceptions(peer, gateway):
    read = peer.client.read_holding_registers
    expect(f"{peer.name}: a register nobody has: exception 02",
           peer.exception(lambda: read(60000, 1, slave=LIGHTING)), 2)
    expect(f"{peer.name}: a range with a hole in it: exception 02",
           peer.exception(lambda: read(8800, 100, slave=LIGHTING)), 2)
    expect(f"{peer.name}: FC05 is no function of a breaker: exception 01",
           peer.exception(lambda: peer.client.write_coil(0, True, slave=LIGHTING)), 1)
    if gateway:
        expect(f"{peer.name}: unit 4 is silent: exception 0B",
               peer.exception(lambda: read(CURRENT - 1, 1, slave=SPARE)), 11)
        expect(f"{peer.name}: unit 77 is not in the table: exception 0A",
               peer.exception(lambda: read(CURRENT - 1, 1, slave=NOBODY)), 10)
    else:
        reply = read(CURRENT - 1, 1, slave=NOBODY)
        say(f"{peer.name}: nobody answers for unit 77",
            reply.isError() and not hasattr(reply, "exception_code"), reply)


def check_commands(peer, password):
    refused = peer.command(OPEN, "Zz9x", PARKING)
    say(f"{peer.name}: opening with a wrong password is refused",
        refused is not None and refused & 0xFF != 0, refused)
    expect_near(f"{peer.name}: and the current flows on", peer.current(PARKING), PARKING_A, 0.01)
    status = peer.command(OPEN, password, PARKING)
    say(f"{peer.name}: opening with the password is done",
        status is not None and status & 0xFF == 0, status)
    expect(f"{peer.name}: no current flows any more",
           peer.current_within(PARKING, lambda current: current == 0, 3), 0.0)
    expect(f"{peer.name}: the dataset says open", peer.read(DATASET_STATUS, 1, PARKING)[0] & 1, 0)
    status = peer.command(CLOSE, password, PARKING)
    say(f"{peer.name}: closing is done", status is not None and status & 0xFF == 0, status)
    expect_near(f"{peer.name}: the current flows again",
                peer.current_within(PARKING, bool, 3), PARKING_A, 0.01)


def check_gateway(peer):
    """What the gateway itself says as unit 255."""
    words = peer.read(MODEL, 16, GATEWAY) or []
    text = b"".join(word.to_bytes(2, "big") for word in words).rstrip(b"\0")
    say(f"{peer.name}: unit 255 gives its model", text == b"PAS600L", text)
    basic = peer.identity(1, GATEWAY)
    expect(f"{peer.name}: FC43/14 basic of unit 255", (basic.get(0), basic.get(1)),
           (b"Schneider Electric", b"PAS600L"))


def main():
    if sys.argv[1] == "tcp":
        client = ModbusTcpClient(sys.argv[2], port=int(sys.argv[3]), timeout=5)
        peer = Peer(client, "pymodbus TCP")
    else:
        # A pseudo terminal keeps no parity, and pyserial takes that for an error.
        client = ModbusSerialClient(sys.argv[2], baudrate=19200, parity="N", timeout=1, retries=0)
        peer = Peer(client, "pymodbus RTU")
    if not say(f"{peer.name}: connects", client.connect()):
        return 1
    check_reads(peer)
    check_identity(peer)
    check_exceptions(peer, gateway=sys.argv[1] == "tcp")
    if sys.argv[1] == "tcp":
        check_gateway(peer)
        check_commands(peer, sys.argv[4])
    client.close()
    return 1 if FAILED else 0


sys.exit(main())
