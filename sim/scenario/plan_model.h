// SPDX-License-Identifier: Apache-2.0
// What the planner and the runner share: the exact steps of each case, each with the names it sees.
// Not for other rooms.
#ifndef SIM_SCENARIO_PLAN_MODEL_H
#define SIM_SCENARIO_PLAN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/model.h"
#include "sim/scenario/plan.h"
#include "sim/scenario/result.h"

struct plan_step;

struct plan_list {
    struct plan_step *items;
    size_t count;
    size_t room;
};

struct plan_step {
    const struct step *step;
    const struct frame *frame;
    char *number; // "3", "4.2"
    enum result_phase phase;
    bool again; // A copy made by `repeat`: checked with the first.
    bool has_role;
    size_t role;
    size_t member;           // 0 for all.
    struct plan_list *lanes; // STEP_PARALLEL: each goes its own way.
    size_t lanes_count;
};

struct plan_activity {
    const char *name;
    struct plan_list step; // One.
};

struct plan_case {
    char *id; // "" for the only one.
    struct plan_list setup;
    struct plan_list steps;
    struct plan_list cleanup;
    struct plan_list always;
    struct plan_list sometimes;
    struct plan_activity *background;
    size_t background_count;
};

struct plan {
    const struct scenario *scenario;
    struct scenario_cast cast; // Outlives the plan.
    struct frame *frames;
    struct plan_case *cases;
    size_t cases_count;
    size_t steps_count;
    bool exact;
};

struct planner {
    struct plan *plan;
    const struct scenario *scenario;
    const struct scenario_cast *cast;
    struct diag *diag;
    bool too_many;
};

// Checks every argument and expectation of a case in its place, in order of the run: marks before
// `since`, saves before use, faults before clear. Errors are noted.
void plan_check_case(struct planner *planner, const struct plan_case *row);

// How long a step takes, ns: what is likely, and at most. `clock_ns` is when it begins, by the same
// measure; marks are kept in the clock.
struct plan_clock {
    int64_t now_ns;
    struct {
        const char *name;
        int64_t at_ns;
    } marks[64];
    size_t marks_count;
};

struct plan_cost {
    int64_t about_ns;
    int64_t most_ns;
};

struct plan_cost plan_step_cost(const struct plan *plan, const struct plan_step *step,
                                const struct plan_board *board, struct plan_clock *clock);

// What a step does, in words: its `name:`, or "do web.login to gw". The caller frees it.
char *plan_step_title(const struct plan *plan, const struct plan_step *step);

#endif
