# SPDX-License-Identifier: Apache-2.0
"""Attacks, one after the other: attack.py PID PORT LOG CONTROL LINE [NAME]..., all without NAME."""
import resource
import sys

import local
import network
from bay import Bay
from checks import FAILED, say

REST_KB = 4096  # What the allocator may keep of memory that was given back.


def main():
    pid, port, log, control, line, *names = sys.argv[1:]
    bay = Bay(int(pid), int(port), log, control, line)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rss, descriptors = bay.rss_kB(), bay.descriptors()
    by_name = {**vars(network), **vars(local)}
    for attack in [by_name[name] for name in names] or network.ATTACKS + local.ATTACKS:
        try:
            attack(bay)
        except Exception as error:  # pylint: disable=broad-except
            say(f"{attack.__name__} goes through", False, repr(error))
        if not bay.is_alive():
            return 1
        say(f"{attack.__name__}: leaves no descriptor behind",
            bay.settles(descriptors) == descriptors, f"{descriptors}, then {bay.descriptors()}")
    grown = bay.rss_kB() - rss
    say(f"after all of them: the memory is given back ({rss} kB, then {grown} kB more)",
        grown < REST_KB, "it is not")
    return 1 if FAILED else 0


sys.exit(main())
