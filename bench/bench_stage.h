// SPDX-License-Identifier: Apache-2.0
// The bench's stage: boards as targets of the language. Wire verbs go through links of the board
// (libmodbus masters on worker threads, our own master on the same port for the codes libmodbus
// gets wrong), world verbs over a control link to a second testbay that plays the board, to a
// relay, to an operator, or are N/A with the reason.
#ifndef BENCH_BENCH_STAGE_H
#define BENCH_BENCH_STAGE_H

#include "bench/bench_file.h"
#include "sim/scenario/role.h"

struct authority;

struct bench_options {
    struct core *core;         // CLOCK_REAL; borrowed.
    struct profiles *profiles; // Borrowed.
    const struct bench_file *file;
    // The value of `$secret.name` from the bench file's or the environment, or NULL. Borrowed text.
    const char *(*secret)(void *user, const char *name);
    void *secret_user;
    const char *binary; // This program, to start the process that plays the boards; NULL: none may
                        // be started.
    bool unattended;    // No operator at the terminal.
    uint64_t seed;      // For the process that plays the boards, so that it draws the same secrets.
    const char *capture; // Path for the capture of the process that plays the boards, or NULL.
    // Targets of `adapter: sim` on the same bench (HIL), or NULL. Borrowed.
    struct stage *sim;
    // The authority of the bench's own central systems, kept from one stage to the next so that a
    // charger needs to be given it once: made when first needed. NULL: each stage makes its own.
    struct authority **authority;
    const char *authority_path; // Where its root is left for chargers to trust, or NULL.
};

// Takes the lease, starts the process that plays the boards if the file has one, opens the links
// and checks the identity of every board. Returns 0 or a negative code with *ret_why set to a
// sentence the caller frees: a wrong or absent board is the bench's ERROR, never a FAIL. Freed by
// stage->ops->free(), which ends the process by its id and frees the lease.
int bench_stage_new(const struct bench_options *options, struct stage **ret, char **ret_why);

#endif
