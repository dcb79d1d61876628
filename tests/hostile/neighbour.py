# SPDX-License-Identifier: Apache-2.0
"""Somebody who only wants to work: neighbour.py PORT. Asks the gateway and the breaker on Ethernet
every 10 ms over a connection of its own, until its standard input ends; then prints what it saw."""
import json
import select
import sys
import time

from modbus import BREAKER, CURRENT, GATEWAY, SELF, SERIAL_NUMBER, ask, connect


def main():
    port = int(sys.argv[1])
    peers = {"gw": (connect(GATEWAY, port), SERIAL_NUMBER, 14),
             "q0": (connect(BREAKER, port), CURRENT, 6)}
    seen = {name: [] for name in peers}
    wrong = []
    transaction = 0
    print("on", flush=True)
    while True:
        transaction += 1
        for name, (conn, pdu, length) in peers.items():
            begin = time.monotonic()
            try:
                answer = ask(conn, transaction, SELF, pdu)
                if answer[0] != 3 or len(answer) != length:
                    wrong.append(f"{name}: {answer.hex()}")
            except (OSError, EOFError, ValueError) as error:
                wrong.append(f"{name}: {error!r}")
                del peers[name]
                break
            seen[name].append(time.monotonic() - begin)
        if select.select([sys.stdin], [], [], 0.01)[0]:
            break
    json.dump({"seen": seen, "wrong": wrong}, sys.stdout)


main()
