// SPDX-License-Identifier: Apache-2.0
// What `run` can be told, from the command line or from the record of an earlier run.
#ifndef SIM_CLI_RUN_H
#define SIM_CLI_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/cli/cli.h"
#include "sim/scenario/scenario.h"

struct result;

#define RUN_BENCHES_MAX 16

struct run_request {
    char **files;
    size_t files_count;
    const char *benches[RUN_BENCHES_MAX];
    size_t benches_count;
    const char *attach; // Control socket of a testbay that plays the boards already, or NULL.
    const char *attach_host;
    struct scenario_setting settings[CLI_SETTINGS_MAX];
    size_t settings_count;
    uint64_t seed;
    int64_t budget_ns;
    const char *tag;
    const char *quarantine;
    const char *report; // Folder; NULL makes one in testbay-runs/.
    bool no_report;
    bool json;
    bool strict;
    bool quiet;
    bool unattended;
    // Called with the whole result before it is freed; NULL for none.
    void (*judge)(void *user, const struct result *result);
    void *judge_user;
};

// Runs, prints and writes the report. Returns the exit code.
int run_carry_out(struct run_request *request, const char *home);

#endif
