#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves ten thousand Panel Servers at their true addresses and prints one line of JSON about it;
for tests/support/alone, which gives it a network of its own. What must be so (each answers, with a
certificate of its own, and a port that is off refuses) is asked after the figures were taken."""

import hashlib
import json
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

from measure import (  # noqa: E402
    TESTBAY,
    NotMeasured,
    Serve,
    cpu_s,
    memory_kB,
    raise_descriptor_limit,
)

HERE = Path(__file__).resolve().parent
PANELS = 10000
VISITED = 1000
ROUTE = ["ip", "route", "add", "local", "10.77.0.0/16", "dev", "lo"]


def certificate_of(address, context):
    """The fingerprint of what a panel shows, after one whole page."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        with context.wrap_socket(plain) as tls:
            head = f"GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            tls.sendall(head.encode())
            answer = b""
            while more := tls.recv(65536):
                answer += more
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise NotMeasured(f"{address} answers {answer[:20]}")
            return hashlib.sha256(tls.getpeercert(True)).hexdigest()


def visit(addresses):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    prints = {certificate_of(address, context) for address in addresses}
    if len(prints) != len(addresses):
        raise NotMeasured(f"{len(addresses)} panels show {len(prints)} certificates")


def refuses(address):
    try:
        socket.create_connection(address, timeout=2).close()
    except ConnectionRefusedError:
        return
    except OSError as error:
        raise NotMeasured(f"{address} does not refuse: {error}") from error
    raise NotMeasured(f"{address} is open")


def main():
    subprocess.run(ROUTE, check=True)
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory() as folder:
        options = ["--listen", "anyip", "--shared", "--port-offset", "0"]
        control = Path(folder) / "control"
        with Serve(HERE / "panels.yaml", *options, "--control", control) as bay:
            bay.wait_ready()
            start_s = time.monotonic() - bay.started_s
            subprocess.run([TESTBAY, "health", "--control", control, "--quiet"], check=True)
            figures = {"start_s": start_s, "start_cpu_s": cpu_s(bay.pid)}
            figures["kB"] = memory_kB(bay.pid)[0]
            pages = bay.services["https"]
            if [len(pages), len(bay.targets)] != [PANELS, PANELS]:
                raise NotMeasured(f"{len(pages)} open HTTPS, {len(bay.targets)} Modbus")
            visit([pages[0], pages[PANELS // 2], pages[-1]])
            refuses((pages[0].rsplit(":", 1)[0], 80))
            refuses(("10.77.255.254", 443))
            before_kB, before_s = memory_kB(bay.pid)[0], cpu_s(bay.pid)
            visit(pages[1 : VISITED + 1])
            figures["visited_kB"] = (memory_kB(bay.pid)[0] - before_kB) / VISITED
            figures["visit_cpu_ms"] = (cpu_s(bay.pid) - before_s) / VISITED * 1000
            print(json.dumps(figures))


if __name__ == "__main__":
    try:
        main()
    except NotMeasured as error:
        sys.exit(str(error))
