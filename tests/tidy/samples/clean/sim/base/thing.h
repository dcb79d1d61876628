// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_BASE_THING_H
#define SIM_BASE_THING_H

#include <stddef.h>

struct thing;

// The size of a thing, in bytes.
size_t thing_size(const struct thing *thing);

#endif
