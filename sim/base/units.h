// SPDX-License-Identifier: Apache-2.0
// Quantities as people write them (`10m`, `250ms`, `16A`, `70%`, `22kW`), and times as ISO 8601.
// Inside, one unit a kind: seconds become int64 nanoseconds, ratios 0 to 1, the rest their SI base
// or the field's own (A, V, W, var, VA, Wh, Hz, degC, baud, B). Each name ends in its unit.
#ifndef SIM_BASE_UNITS_H
#define SIM_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum unit {
    UNIT_NONE,
    UNIT_TIME_NS,
    UNIT_RATIO,
    UNIT_A,
    UNIT_V,
    UNIT_W,
    UNIT_VAR,
    UNIT_VA,
    UNIT_WH,
    UNIT_VARH,
    UNIT_VAH,
    UNIT_HZ,
    UNIT_DEGC,
    UNIT_BYTE,
    UNIT_BIT_PER_S,
    UNIT_PPM,
    UNIT_COUNT
};

// Reads a number with an optional unit behind it: decimal (with point and exponent), 0x (without
// unit), underscore as digit group. The whole text must be used, without blanks. "10" gives
// UNIT_NONE. Returns 0, ERR_SYNTAX (no number), ERR_UNIT (unknown suffix) or ERR_RANGE.
int units_parse(const char *text, double *ret_number, enum unit *ret_unit);

// Reads a whole number without unit, decimal or 0x, underscore as digit group; a leading zero means
// nothing. Returns 0, ERR_SYNTAX or ERR_RANGE (more than 64 bits with sign).
int units_parse_integer(const char *text, int64_t *ret);

// Reads a duration, also a compound one ("1h11m5s"); a bare number is refused except 0. *ret_ns is
// in nanoseconds, exact for decimal text with at most nine digits behind the point. Digits below a
// nanosecond are cut off. Returns as units_parse(), ERR_UNIT also for a unit that is no time.
int units_parse_time(const char *text, int64_t *ret_ns);

// "time", "A", "ratio": for error messages; and the suffixes accepted: "ns us ms s m h d".
const char *units_name(enum unit unit);
const char *units_suffixes(enum unit unit);

// A duration as a person reads it: "0", "850us", "13.7ms", "600s" as "10m", "1h11m5s". `ret` holds
// UNITS_TEXT_ROOM bytes and is returned.
#define UNITS_TEXT_ROOM 48
const char *units_time_text(int64_t ns, char ret[UNITS_TEXT_ROOM]);

// A number with its unit, shortest form that reads back equal: "16A", "70%", "0.95".
const char *units_text(double number, enum unit unit, char ret[UNITS_TEXT_ROOM]);

// ISO 8601 in UTC with milliseconds ("2026-01-15T08:00:00.000Z"), from and to nanoseconds since
// 1970. The parser accepts a date alone, seconds with or without fraction, and Z or an offset; a
// time without a zone, a leap second and a date outside 1678 to 2261 are refused. Returns 0 or
// ERR_SYNTAX.
const char *units_utc_text(int64_t utc_ns, char ret[UNITS_TEXT_ROOM]);
int units_parse_utc(const char *text, int64_t *ret_utc_ns);

#endif
