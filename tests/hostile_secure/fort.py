# SPDX-License-Identifier: Apache-2.0
"""The process under attack, with its doors, its memory and what its devices noted."""
import http.client
import json
import os
import socket

import wire
from bay import Bay, say


class Control(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path):
        super().__init__("fort")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Session:
    """Somebody logged in to the pages of a Panel Server."""

    def __init__(self, fort, host):
        self.fort, self.host = fort, host
        self.conn = fort.tls(host)
        body = json.dumps({"user": "SecurityAdmin", "password": wire.PASSWORDS[host]}).encode()
        self.conn.sendall(wire.request("POST", "/api/session", body))
        status, self.headers, body = wire.answer(self.conn)
        if status != 200:
            raise RuntimeError(f"nobody gets in at {host}: {status} {body}")
        self.cookie = self.headers["set-cookie"].split(";")[0]
        self.csrf = json.loads(body)["csrf"]

    def ask(self, method, path, body=None, **headers):
        headers = {"Cookie": self.cookie, "X_CSRF_Token": self.csrf, **headers}
        headers = {name: value for name, value in headers.items() if value is not None}
        self.conn.sendall(wire.request(method, path, body, **headers))
        return wire.answer(self.conn)

    def logs(self):
        return json.loads(self.ask("GET", "/api/logs")[2])["entries"]

    def events(self, event):
        return [entry for entry in self.logs() if entry["event"] == event]

    def end(self):
        self.ask("DELETE", "/api/session")
        self.conn.close()


class Target(Bay, wire.Fort):
    NEIGHBOUR = os.path.join(wire.HERE, "neighbour.py")

    def __init__(self, pid, offset, log, control, keys, patience):
        Bay.__init__(self, pid, offset, log, control, None)
        wire.Fort.__init__(self, offset)
        self.keys = keys
        self.sanitized = patience > 1
        self.median_s, self.most_s = self.median_s * patience, self.most_s * patience

    def key(self, name):
        return os.path.join(self.keys, name)

    def weigh(self, what, grown_kB, most_kB):
        """Memory is bounded; a sanitizer's is not, since it keeps what was given back."""
        if not self.sanitized:
            say(f"{what}: memory is bounded ({grown_kB} kB more)", grown_kB < most_kB, "it is not")

    def ask(self, path, **body):
        conn = Control(self.control)
        conn.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        got = json.loads(conn.getresponse().read())
        conn.close()
        return got

    def refusals(self):
        """What the central system counted: upgrades and handshakes it refused, and the last."""
        return self.ask("/verb", device="csms", verb="csms.refusals")["results"]

    def violations(self):
        return self.ask("/table", device="csms", table="violations")["records"]

    def login(self, host=wire.GW):
        return Session(self, host)
