// SPDX-License-Identifier: Apache-2.0
// The simulator's stage: the roles of a scenario as devices of a world in this process.
#ifndef SIM_CLI_SIM_STAGE_H
#define SIM_CLI_SIM_STAGE_H

#include "bench/bench_file.h"
#include "sim/device/device.h"
#include "sim/scenario/role.h"

struct sim_stage_options {
    struct core *core;         // Borrowed.
    struct profiles *profiles; // Borrowed.
    const char *name;          // Of the bench, for reports; borrowed.
    const char *site;          // Path of the site file.
    // Whose targets of `adapter: sim` are bound; NULL binds every entry of the site under its own
    // name. Borrowed.
    const struct bench_file *file;
    const char *(*secret)(void *user, const char *name);
    void *secret_user;
    const char *capture;       // Path of the pcapng to write, or NULL.
    bool events;               // Hash what crosses the wires.
    const char *state;         // Folder in which the stores of the devices live on, or NULL.
    const char *authority_pem; // A user's own authority of the site, or NULL.
    bool real_random;          // Secrets from the host's randomness (serve) instead of the seed.
};

// Loads the site, reads the stores, gives supply and binds the roles. Errors are noted in `diag`;
// returns 0 or a negative code. Freed by stage->ops->free().
int sim_stage_new(const struct sim_stage_options *options, struct diag *diag, struct stage **ret);

// The world behind it, for reports; borrowed.
struct world;
struct world *sim_stage_world(struct stage *stage);

#endif
