// SPDX-License-Identifier: Apache-2.0
// The plan: a scenario with everything expanded (cases, matrix, repeat, for_each, use) into exact
// steps, and what each will cost in time, on the simulator and on a board. Nothing moves.
#ifndef SIM_SCENARIO_PLAN_H
#define SIM_SCENARIO_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/scenario.h"

struct plan;

// How time is asked on the board the cost is for; as in struct stage.
struct plan_board {
    int64_t slack_ns;
    double factor;
};

// Expands `scenario` with what `cast` knows (may be NULL) and checks every argument and expectation
// in its place. Errors are noted in `diag`; returns 0, ERR_SCHEMA or ERR_TOO_MANY. What `cast` asks
// must outlive the plan. The caller frees *ret before the scenario.
int scenario_plan(const struct scenario *scenario, const struct scenario_cast *cast,
                  struct diag *diag, struct plan **ret);
void plan_free(struct plan **plan);

size_t plan_steps_count(const struct plan *plan);
size_t plan_cases_count(const struct plan *plan);

// The time of the world that passes at most, ns: on the simulator it costs nothing, on a board it
// is waited for.
int64_t plan_world_ns(const struct plan *plan, const struct plan_board *board);
// False when a fact of an unbound role hides how often something is repeated or how long it lasts.
bool plan_exact(const struct plan *plan);

// The steps and their cost as text for a person, or as JSON.
void plan_print(const struct plan *plan, const struct plan_board *board, struct str *out);
void plan_print_json(const struct plan *plan, const struct plan_board *board, struct str *out);

#endif
