// SPDX-License-Identifier: Apache-2.0
// Who plays, as a bench file tells it before anything moves: the profile and model of each role.
#ifndef SIM_CLI_CAST_H
#define SIM_CLI_CAST_H

#include "bench/bench_file.h"
#include "sim/scenario/scenario.h"

struct cast;

// Reads the site the bench names. `bench` and `profiles` are borrowed. Errors are noted; never
// NULL: a role that cannot be told is simply not known.
struct cast *cast_new(const struct bench_file *bench, struct profiles *profiles, struct diag *diag);
void cast_free(struct cast **cast);

// As the scenario wants it; valid while the cast lives.
struct scenario_cast cast_of(struct cast *cast);

#endif
