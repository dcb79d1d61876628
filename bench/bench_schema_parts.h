// SPDX-License-Identifier: Apache-2.0
// The parts of the bench file's schema that have a file of their own.
#ifndef BENCH_BENCH_SCHEMA_PARTS_H
#define BENCH_BENCH_SCHEMA_PARTS_H

#include "sim/yaml/schema.h"

extern const struct schema bench_link_schema; // One way to reach a board.

#endif
