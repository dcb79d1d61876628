// SPDX-License-Identifier: Apache-2.0
// Many scenarios on one or several benches, each on a fresh world, into one result: what `run` and
// `replay` share.
#ifndef SIM_CLI_SUITE_H
#define SIM_CLI_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/result.h"
#include "sim/scenario/run.h"

struct suite_options {
    const char *home;
    const char *const *files; // Scenario files.
    size_t files_count;
    const char *const *benches; // Bench files.
    size_t benches_count;
    const char *attach; // Control socket of a testbay that plays the boards already, or NULL.
    const char *attach_host;
    const struct scenario_setting *settings;
    size_t settings_count;
    const char *tag; // Only scenarios that have it; NULL for all.
    uint64_t seed;   // Where a scenario has none of its own.
    int64_t budget_ns;
    bool unattended;
    const char *quarantine; // File, or NULL.
    const char *captures;   // Folder in which each world writes its capture, or NULL.
    const struct run_watcher *watchers;
    size_t watchers_count;
    // Called when every file is right, before anything moves; NULL for none.
    void (*loaded)(void *user);
    void *loaded_user;
    struct result *result; // Filled; its columns are added here.
};

enum suite_end { SUITE_RAN, SUITE_INVALID, SUITE_SIGNALLED };

// Runs them all, bench by bench. Wrong files were told on standard error before anything moved
// (SUITE_INVALID). SIGINT and SIGTERM end the run after the cleanup of the scenario under way.
enum suite_end suite_run(const struct suite_options *options);

#endif
