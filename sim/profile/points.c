// SPDX-License-Identifier: Apache-2.0
// The registry of point names (points.h): the rows of points.def as a table, found by binary
// search, which is why points.def is sorted by name.
#include "sim/profile/points.h"

#include <assert.h>
#include <string.h>

#include "sim/base/nearest.h"

static const struct point_info point_table[POINT_COUNT] = {
#define POINT(id, name, type, unit, meaning) {name, POINT_##type, unit, meaning},
#include "sim/profile/points.def"
#undef POINT
};

const struct point_info *point_info(enum point point)
{
    assert((unsigned)point < POINT_COUNT);
    return &point_table[point];
}

int point_find(const char *name)
{
    size_t low = 0;
    size_t high = POINT_COUNT;

    assert(name);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, point_table[middle].name);

        if (order == 0)
            return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const char *point_nearest(const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (size_t i = 0; i < POINT_COUNT; i++)
        nearest_add(&nearest, point_table[i].name);
    return nearest_name(&nearest);
}
