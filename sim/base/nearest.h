// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the nearest of a list of names.
#ifndef SIM_BASE_NEAREST_H
#define SIM_BASE_NEAREST_H

#include <stddef.h>

// Keep the best candidate while walking a list of any shape. Initialise with nearest_init(); ask
// nearest_name() at the end.
struct nearest {
    const char *wanted;
    const char *name;
    size_t distance;
};

void nearest_init(struct nearest *nearest, const char *wanted);

// `name` is borrowed until nearest_name() was read. Case is worth half a difference.
void nearest_add(struct nearest *nearest, const char *name);

// The best name if it is near enough to be a slip (a third of the letters at most), else NULL.
const char *nearest_name(const struct nearest *nearest);

#endif
