// SPDX-License-Identifier: Apache-2.0
// Running a scenario given as text on the fake stage, for tests: load, run, look at the result.
#ifndef TESTS_SCENARIO_STAGE_FAKE_RUN_H
#define TESTS_SCENARIO_STAGE_FAKE_RUN_H

#include <stddef.h>

#include "sim/scenario/run.h"
#include "tests/scenario_stage/fake_stage.h"

struct fake_run {
    struct fake *fake; // Not owned.
    struct run_options options;
    const struct scenario_setting *settings;
    size_t settings_count;
    struct scenario *scenario;
    struct result *result;
    struct result_column *column;
    enum verdict verdict;
    char *errors; // What was noted; "" for nothing.
    char *folder; // Where the file was; removed by fake_run_done().
};

// Writes `yaml` into a folder of its own and loads it (only that when `fake` is NULL). Without
// errors it is run. `procedures` are pairs of name and text, NULL-terminated; may be NULL.
void fake_run_text(struct fake_run *run, const char *yaml, const char *const *procedures);
void fake_run_done(struct fake_run *run);

// The step of that number in the first case, or NULL; the case of that id.
const struct result_step *fake_run_step(const struct fake_run *run, const char *number);
const struct result_case *fake_run_case(const struct fake_run *run, const char *id);

// A whole scenario around `steps` (indented by nothing), with a role dev (one member) and a role
// pair (two).
char *fake_scenario(const char *more, const char *steps);

#endif
