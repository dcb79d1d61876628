// SPDX-License-Identifier: Apache-2.0
// `parallel`: lanes side by side, each a list of steps with a session of its own. The first lane
// that fails does not stop the others: what they see is wanted too.
#include <stdlib.h>

#include "sim/scenario/run_model.h"

struct lane {
    char *name; // "#3", behind the session's name.
    size_t place;
    struct exec *exec; // The step that runs, or NULL.
    bool ended;
};

struct parallel {
    struct lane *lanes;
    size_t count;
    size_t ended;
    size_t failed;
    enum verdict verdict;
    char *first_reason;
};

static void begin_parallel(struct exec *exec)
{
    struct parallel *parallel = exec->state;

    parallel->count = exec->plan->lanes_count;
    parallel->lanes = mem_new(parallel->count, sizeof(*parallel->lanes));
    parallel->verdict = VERDICT_PASS;
    exec->result->members = parallel->count;
    for (size_t i = 0; i < parallel->count; i++)
        parallel->lanes[i].name = str_format("#%zu", i + 1);
}

static void end_step(struct parallel *parallel, struct lane *lane)
{
    struct exec *step = lane->exec;

    parallel->verdict = verdict_worse(parallel->verdict, step->verdict);
    if (step->verdict != VERDICT_PASS) {
        parallel->failed++;
        lane->ended = true;
        parallel->ended++;
        if (!parallel->first_reason)
            parallel->first_reason = str_format("%s: %s", step->result->number,
                                                step->result->reason ? step->result->reason : "");
    }
    exec_free(&lane->exec);
    lane->place++;
}

static void poll_lane(struct exec *exec, struct parallel *parallel, size_t index)
{
    struct lane *lane = &parallel->lanes[index];
    const struct plan_list *list = &exec->plan->lanes[index];

    if (lane->exec && lane->exec->verdict != VERDICT_NOT_RUN)
        end_step(parallel, lane);
    if (lane->ended || lane->exec)
        return;
    if (lane->place == list->count) {
        lane->ended = true;
        parallel->ended++;
        return;
    }
    lane->exec = exec_begin(exec->runner, &list->items[lane->place], lane->name);
}

static void poll_parallel(struct exec *exec)
{
    struct parallel *parallel = exec->state;

    for (size_t i = 0; i < parallel->count; i++)
        poll_lane(exec, parallel, i);
    if (parallel->ended < parallel->count)
        return;
    exec->result->measured_ns = core_now(exec->runner->core) - exec->started_ns;
    exec->result->measured = str_format("took %.3f s", (double)exec->result->measured_ns / 1e9);
    exec->result->observed =
        str_format("%zu of %zu went well", parallel->count - parallel->failed, parallel->count);
    if (parallel->verdict == VERDICT_PASS)
        exec_end(exec, VERDICT_PASS, NULL);
    else
        exec_end(exec, parallel->verdict, "%s",
                 parallel->first_reason ? parallel->first_reason : "");
}

static void done_parallel(struct exec *exec)
{
    struct parallel *parallel = exec->state;

    for (size_t i = 0; parallel->lanes && i < parallel->count; i++) {
        exec_free(&parallel->lanes[i].exec);
        free(parallel->lanes[i].name);
    }
    free(parallel->lanes);
    free(parallel->first_reason);
}

const struct exec_ops exec_parallel = {.state_size = sizeof(struct parallel),
                                       .begin = begin_parallel,
                                       .poll = poll_parallel,
                                       .done = done_parallel};
