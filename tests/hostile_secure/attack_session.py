# SPDX-License-Identifier: Apache-2.0
"""Cookies that nobody was given, tokens of somebody else, and passwords by the thousand."""
import json
import string

import wire
from bay import say

SOURCE = "127.0.4.%d"
FAILURES, LOCK_S = 10, 600  # Of the profile: DOCA0211EN-12.
FLOOD, ENTRIES_MAX = 3000, 1000
SETTINGS = "/api/settings"
EVIL = "https://evil.test"


def at(fort, source, method, path, body=None, host=wire.GW, **headers):
    with fort.tls(host, source=source) as conn:
        wire.send_all(conn, wire.request(method, path, body, **headers))
        return wire.answer(conn)


def is_shut(got):
    """To the login, without a word of what is behind."""
    status, headers, body = got
    return status == 303 and headers["location"].startswith("/login") and b"csrf" not in body


def turned(text, index):
    """With one character changed to its neighbour in the alphabet of base64url."""
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    other = letters[(letters.index(text[index]) + 16) % 64]
    return text[:index] + other + text[index:][1:]


def cookies(fort):
    session, other = fort.login(), fort.login(wire.CALM)
    token = session.cookie.partition("=")[2]
    attributes = session.headers["set-cookie"].split("; ")[1:]
    say("cookies: Secure, HttpOnly, SameSite=Strict, no lifetime, no domain",
        sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"], attributes)
    say("cookies: 256 bits of it", len(token) == 43 and token != fort.login().cookie[8:], token)
    forged = {
        "nothing": "session=", "one letter": "session=A", "zeros": "session=" + "A" * 43,
        "another device's": other.cookie, "the second token": "session=" + session.csrf,
        "a letter changed": "session=" + turned(token, 7),
        "the last letter changed": "session=" + turned(token, 42),
        "a letter less": session.cookie[:-1], "a letter more": session.cookie + "A",
        "padding": session.cookie + "=", "in quotes": f'session="{token}"',
        "another name": "Session=" + token, "a longer name": "xsession=" + token,
        "percent": "session=%" + token[1:], "4000 letters": "session=" + "A" * 3500,
        "a wrong one before it": "session=" + "B" * 43 + "; " + session.cookie,
        "letters past ASCII": "session=" + "\xe9" * 43,
    }
    with fort.neighbours("cookies"):
        for name, cookie in forged.items():
            for path in ("/", "/api/devices", "/api/logs.csv", SETTINGS):
                got = at(fort, SOURCE % 1, "GET", path, Cookie=cookie)
                if not is_shut(got):
                    say(f"cookies: forged, {name}: {path} stays shut", False, got)
            say(f"cookies: forged, {name}", True)
        got = at(fort, SOURCE % 1, "PUT", SETTINGS, b"{}", Cookie=forged["zeros"],
                 X_CSRF_Token=session.csrf)
        say("cookies: a forged one changes nothing", is_shut(got), got)
        status = at(fort, None, "GET", "/", Cookie=f"a=b; {session.cookie}; c=d")[0]
        say("cookies: the right one among others opens", status == 200, status)
    noted = [e for e in session.events("access-refused") if e["source"] == SOURCE % 1]
    say("cookies: the forged ones are in the audit log, once", len(noted) == 1, noted)
    other.end()
    session.end()


def replays(fort):
    session = fort.login()
    cookie, csrf = session.cookie, session.csrf
    session.end()
    say("replays: after the log-out its cookie is over",
        is_shut(at(fort, SOURCE % 2, "GET", "/", Cookie=cookie)), "not so")
    session = fort.login()
    body = json.dumps({"user": "SecurityAdmin", "password": wire.PASSWORDS[wire.GW]}).encode()
    status, headers, _ = session.ask("POST", "/api/session", body)
    renewed = headers.get("set-cookie", "").split(";")[0]
    say("replays: a login begins a session of its own",
        status == 200 and renewed not in ("", session.cookie), headers)
    say("replays: and ends the one before", is_shut(session.ask("GET", "/")), "not so")
    session.conn.close()
    session = fort.login()
    for verb in ("power.off", "power.on"):
        fort.ask("/verb", device="gw", verb=verb)
    for name, old in (("the one that stood", session.cookie), ("one that was over", cookie)):
        got = at(fort, SOURCE % 3, "GET", "/api/session", Cookie=old, X_CSRF_Token=csrf)
        say(f"replays: after a restart {name} is over", is_shut(got), got)
    session.conn.close()
    session = fort.login()
    noted = [e for e in session.events("access-refused")
             if e["source"] in (SOURCE % 2, SOURCE % 3)]
    say("replays: they are in the audit log", len(noted) == 2, noted)
    say("replays: and so is the log-out", session.events("logout"), "it is not")
    many = [fort.login() for _ in range(12)]
    alive = sum(one.ask("GET", "/api/session")[0] == 200 for one in many)
    say("replays: of twelve sessions eight stand", alive == 8, alive)
    say("replays: the oldest is not among them", is_shut(session.ask("GET", "/")), "it is")
    for one in many + [session]:
        one.conn.close()


def forgery(fort):
    session, other = fort.login(), fort.login()
    body = b'{"modbus":{"eth":false}}'
    before = session.ask("GET", SETTINGS)[2].partition(b'"clock"')[0]
    wrong = {
        "no token": {"X_CSRF_Token": None}, "an empty token": {"X_CSRF_Token": ""},
        "a wrong token": {"X_CSRF_Token": "A" * 43},
        "the token of another session": {"X_CSRF_Token": other.csrf},
        "the cookie as the token": {"X_CSRF_Token": session.cookie[8:]},
        "half a token": {"X_CSRF_Token": session.csrf[:20]},
        "another origin": {"Origin": EVIL}, "a null origin": {"Origin": "null"},
        "our name within theirs": {"Origin": "https://fort.evil.test"},
        "our name without TLS": {"Origin": "http://fort"},
        "our name at another port": {"Origin": "https://fort:8443"},
        "another site, says the browser": {"Sec_Fetch_Site": "cross-site"},
        "a site of the same family": {"Sec_Fetch_Site": "same-site"},
    }
    with fort.neighbours("forgery"):
        for name, headers in wrong.items():
            for method, path, data in (("PUT", SETTINGS, body), ("DELETE", "/api/session", None)):
                got = session.ask(method, path, data, **headers)
                say(f"forgery: {method} with {name} ({got[0]})", got[0] == 403, got)
        for name in ("another origin", "a null origin", "another site, says the browser"):
            login = json.dumps({"user": "SecurityAdmin", "password": wire.PASSWORDS[wire.GW]})
            status, headers, _ = at(fort, None, "POST", "/api/session", login.encode(),
                                    **wrong[name])
            say(f"forgery: a login from {name} ({status})",
                status == 403 and "set-cookie" not in headers, headers)
        after = session.ask("GET", SETTINGS)[2].partition(b'"clock"')[0]
        say("forgery: nothing has changed", after == before, f"{before}, then {after}")
        status = session.ask("GET", "/api/session", Origin=EVIL)[0]
        _, headers, _ = session.ask("GET", "/", Origin=EVIL)
        say(f"forgery: nobody else may read an answer ({status})",
            not any(name.startswith("access-control") for name in headers), headers)
    other.end()
    session.end()


def login_flood(fort):
    """Thousands of passwords for one account, and thousands of names."""
    session = fort.login(wire.SHUT)
    first = session.logs()[0]
    with fort.neighbours("login flood"):
        got = guesses(fort, [("SecurityAdmin", f"guess-{i}") for i in range(FAILURES + FLOOD)])
        say(f"login flood: {FAILURES} are refused, then the account is locked",
            got == [401] * FAILURES + [423] * FLOOD, sorted(set(got)))
        got = guesses(fort, [("SecurityAdmin", wire.PASSWORDS[wire.SHUT])])
        say("login flood: the lock holds for the right password too", got == [423], got)
        status, _, body = at(fort, None, "GET", "/api/login-state", host=wire.SHUT)
        left = json.loads(body)["remaining_s"]
        say(f"login flood: the page tells how long ({left} s)",
            status == 200 and LOCK_S - 60 < left <= LOCK_S, body)
        got = guesses(fort, [(f"name-{i}", "x") for i in range(FLOOD)])
        say("login flood: names that nobody has get in nowhere", set(got) <= {401, 423},
            sorted(set(got)))
        got = guesses(fort, [("SecurityAdmin", "x")] * 3)
        say("login flood: they do not push out the lock", got == [423] * 3, got)
    logs = session.logs()
    say(f"login flood: the audit log keeps what it had before ({len(logs)} entries)",
        logs[0] == first, logs[0])
    events = [entry["event"] for entry in logs]
    say("login flood: every wrong password of the account is in it",
        events.count("login-failed") >= FAILURES and events.count("account-locked") >= 1
        and "login-locked" in events, {name: events.count(name) for name in set(events)})
    say("login flood: nothing in it names anybody",
        not any(word in str(logs) for word in ("SecurityAdmin", "name-", "guess-")), "it does")
    session.end()


def guesses(fort, pairs):
    """The statuses of logins over one connection."""
    with fort.tls(wire.SHUT) as conn:
        got = []
        for user, password in pairs:
            body = json.dumps({"user": user, "password": password}).encode()
            conn.sendall(wire.request("POST", "/api/session", body))
            got.append(wire.answer(conn)[0])
    return got


ATTACKS = [cookies, replays, forgery, login_flood]
