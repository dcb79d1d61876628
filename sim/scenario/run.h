// SPDX-License-Identifier: Apache-2.0
// Running a scenario on a stage. The runner is the top of the program while it runs: it starts ops,
// calls core_run() and says when a step is over. One call runs one scenario with all its cases,
// cleanup included, on one stage; several stages give several columns of one result.
#ifndef SIM_SCENARIO_RUN_H
#define SIM_SCENARIO_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/plan.h"
#include "sim/scenario/result.h"
#include "sim/scenario/scenario.h"

struct quarantine;

// Who watches a run: the console, the event stream. Every slot may be NULL. Called from the runner,
// never from a device.
struct run_watcher {
    void (*scenario_begins)(void *user, const struct result_entry *entry, size_t steps);
    void (*case_begins)(void *user, const struct result_entry *entry,
                        const struct result_case *row);
    void (*step_begins)(void *user, const struct result_entry *entry, const struct result_case *row,
                        const struct result_step *step);
    void (*step_ends)(void *user, const struct result_entry *entry, const struct result_case *row,
                      const struct result_step *step);
    void (*case_ends)(void *user, const struct result_entry *entry, const struct result_case *row);
    void (*scenario_ends)(void *user, const struct result_entry *entry);
    // About once a second of the host's time while a step runs; `world_ns` is the world's clock,
    // `host_ns` how long the run has taken so far.
    void (*tick)(void *user, int64_t world_ns, int64_t host_ns);
    void *user;
};

#define RUN_WATCHERS_MAX 4

struct run_options {
    // What the runner draws from (laws, shares, order of healing); the scenario's own seed goes
    // first.
    uint64_t seed;
    int64_t (*host_utc_ns)(void);        // For the report; NULL leaves the host's times 0.
    const struct quarantine *quarantine; // NULL for none.
    int64_t budget_ns; // Host time for one step; 0: 60 s on the jump clock, else twice the plan and
                       // a minute.
    struct run_watcher watchers[RUN_WATCHERS_MAX];
    size_t watchers_count;
};

// Runs it and fills the entry of (scenario, column) in `result`. Returns the verdict. Errors of the
// file that only the stage's devices show (a fact that their profile does not have) are noted in
// `diag` and give ERROR. Not from a callback; core_stop() ends it with INTERRUPTED after its
// cleanup, a second core_stop() ends the cleanup too.
enum verdict scenario_run(const struct scenario *scenario, struct stage *stage,
                          const struct run_options *options, struct result *result,
                          struct result_column *column, struct diag *diag);

// Why the scenario cannot run on this stage (a role without a target, a verb that cannot be driven,
// a feature that is not claimed), said before anything moves; NULL when it can. The caller frees
// it.
char *scenario_cannot(const struct scenario *scenario, struct stage *stage);

// Adds the scenario's row (id, title, hash, verifies, basis, tags) to `result` without running it,
// for the trace matrix. scenario_run() does it by itself.
struct result_scenario *scenario_note(const struct scenario *scenario, struct result *result);

// ---- Known failures ----

// Reads a quarantine file: a list of known failures with owner, reason and expiry. `utc_ns` is
// today: an expired row no longer excuses anything and is noted as a warning. Returns 0, ERR_SCHEMA
// or as yaml_load().
int quarantine_load(const char *path, int64_t utc_ns, struct diag *diag, struct quarantine **ret);
void quarantine_free(struct quarantine **quarantine);

// The finding that excuses a scenario (`row` NULL or "": all of it) on an adapter, or NULL.
// Borrowed.
const char *quarantine_find(const struct quarantine *quarantine, const char *scenario,
                            const char *row, const char *adapter);

#endif
