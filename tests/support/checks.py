# SPDX-License-Identifier: Apache-2.0
"""Checks of a suite as lines: `ok - WHAT` or `not ok - WHAT: WHY` (tests/support/serve.sh)."""
import struct

FAILED = []


def say(what, good, why=""):
    if good:
        print(f"ok - {what}", flush=True)
    else:
        FAILED.append(what)
        print(f"not ok - {what}: {why}", flush=True)
    return good


def expect(what, got, wanted):
    return say(what, got == wanted, f"got {got!r}, wanted {wanted!r}")


def expect_near(what, got, wanted, tolerance):
    """Within `tolerance` of `wanted`, as a part of it."""
    near = isinstance(got, (int, float)) and abs(got - wanted) <= tolerance * abs(wanted)
    return say(what, near, f"got {got!r}, wanted about {wanted:.4g}")


def float_of(words):
    """Two registers, the high word first (DOCA0091EN-08, data types)."""
    return struct.unpack(">f", struct.pack(">HH", *words))[0]
