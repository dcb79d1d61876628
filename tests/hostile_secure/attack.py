# SPDX-License-Identifier: Apache-2.0
"""Attacks on the secure wires, one after the other, all of a group without NAME:
attack.py PID OFFSET LOG CONTROL KEYS GROUP [NAME]..."""
import os
import resource
import sys
import time
import traceback

import wire  # First: it says where the rest is.
import attack_http
import attack_session
import attack_slow
import attack_tls
import attack_websocket
from checks import FAILED, say
from fort import Target

GROWTH_KB = 12 << 10  # What one attack may leave with the allocator, and
REST_KB = 16 << 10    # all of them together.
GROUPS = {"fast": [*attack_tls.ATTACKS, *attack_http.ATTACKS, *attack_session.ATTACKS,
                   attack_http.many_sources, *attack_websocket.ATTACKS],
          "slow": attack_slow.ATTACKS}


def run(fort, attack, descriptors):
    before, begin = fort.rss_kB(), time.monotonic()
    try:
        attack(fort)
    except Exception as error:  # pylint: disable=broad-except
        where = traceback.extract_tb(error.__traceback__)[-1]
        say(f"{attack.__name__} goes through", False, f"{error!r} at {where.name}:{where.lineno}")
    if not fort.is_alive():
        return False
    print(f"# {attack.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
    say(f"{attack.__name__}: leaves no descriptor behind",
        fort.settles(descriptors) == descriptors, f"{descriptors}, then {fort.descriptors()}")
    fort.weigh(attack.__name__, fort.rss_kB() - before, GROWTH_KB)
    return True


def main():
    pid, offset, log, control, keys, group, *names = sys.argv[1:]
    patience = int(os.environ.get("TESTBAY_PATIENCE", "1"))
    fort = Target(int(pid), int(offset), log, control, keys, patience)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with fort.connect(wire.CSMS, wire.PLAIN) as conn:  # What comes with the first client is there.
        conn.sendall(wire.upgrade())
        wire.answer(conn, head_only=True)
    for host in (wire.GW, wire.SHUT):
        fort.login(host).end()
    descriptors, rss = fort.settles(0, 0.5), fort.rss_kB()
    for attack in GROUPS[group]:
        if not names or attack.__name__ in names:
            if not run(fort, attack, descriptors):
                return 1
    fort.weigh(f"after all of them, from {rss} kB on", fort.rss_kB() - rss, REST_KB)
    return 1 if FAILED else 0


sys.exit(main())
