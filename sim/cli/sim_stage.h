// SPDX-License-Identifier: Apache-2.0
// The simulator's stage: the roles of a scenario as devices of a world in this process.
#ifndef SIM_CLI_SIM_STAGE_H
#define SIM_CLI_SIM_STAGE_H

#include "bench/bench_file.h"
#include "sim/device/device.h"
#include "sim/scenario/role.h"

struct sim_stage_options {
    struct core *core;             // Borrowed.
    struct profiles *profiles;     // Borrowed.
    const struct bench_file *file; // Its `site:` and its targets of `adapter: sim`. Borrowed.
    const char *(*secret)(void *user, const char *name);
    void *secret_user;
    const char *capture; // Path of the pcapng to write, or NULL.
};

// Loads the site, powers it and binds the roles. Errors are noted in `diag`; returns 0 or a
// negative code. Freed by stage->ops->free().
int sim_stage_new(const struct sim_stage_options *options, struct diag *diag, struct stage **ret);

// The world behind it, for reports; borrowed.
struct world;
struct world *sim_stage_world(struct stage *stage);

#endif
