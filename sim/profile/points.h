// SPDX-License-Identifier: Apache-2.0
// The registry of point names: what a device can measure, show or be told, once for register maps,
// web pages, OCPP measurands and radio attributes. The rows are in points.def, each with its type,
// unit and meaning. A name whose meaning is not confirmed starts with `experimental.`, one that
// only mirrors a raw register with `unmapped.`.
#ifndef SIM_PROFILE_POINTS_H
#define SIM_PROFILE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum point_type {
    POINT_NUMBER,  // double, in the unit of the row
    POINT_INTEGER, // int64_t: counters, states, bit fields
    POINT_TEXT,    // UTF-8, at most POINT_TEXT_BYTES_MAX bytes
    POINT_TIME,    // int64_t, UTC in ns since 1970
};

#define POINT_TEXT_BYTES_MAX 64

enum point {
#define POINT(id, name, type, unit, meaning) POINT_##id,
#include "sim/profile/points.def"
#undef POINT
    POINT_COUNT
};

struct point_info {
    const char *name;
    enum point_type type;
    const char *unit; // "A", "V", "Wh", "" for none.
    const char *meaning;
};

// The row of a point; `point` is below POINT_COUNT.
const struct point_info *point_info(enum point point);

// The point of that name, or -1.
int point_find(const char *name);

// The registered name nearest to a mistyped one, or NULL.
const char *point_nearest(const char *name);

// A value of a point. Text is borrowed.
struct point_value {
    enum point_type type;
    bool valid; // False: "not available", served as the register's invalid pattern.
    union {
        double number;
        int64_t integer; // POINT_INTEGER and POINT_TIME.
        const char *text;
    };
};

#endif
