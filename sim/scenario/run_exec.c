// SPDX-License-Identifier: Apache-2.0
// Steps under way: the list, the poll, and how one ends.
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/run_model.h"

const struct exec_ops *exec_ops_of(enum step_kind kind)
{
    static const struct exec_ops *const table[STEP_KINDS] = {
        [STEP_DO] = &exec_act,
        [STEP_CHECK] = &exec_check,
        [STEP_WAIT] = &exec_wait,
        [STEP_FAULT] = &exec_fault,
        [STEP_CLEAR] = &exec_clear,
        [STEP_START] = &exec_switch,
        [STEP_STOP] = &exec_switch,
        [STEP_MARK] = &exec_mark,
        [STEP_RECORDS] = &exec_records,
        [STEP_RECONCILE] = &exec_reconcile,
        [STEP_USE] = NULL,
        [STEP_PARALLEL] = &exec_parallel,
        [STEP_ASK] = &exec_ask,
    };

    return table[kind];
}

void runner_kick(struct runner *runner)
{
    core_post(runner->core, &runner->work);
}

static void on_timer(struct timer *timer, void *user)
{
    (void)timer;
    runner_kick(((struct exec *)user)->runner);
}

void exec_wake(struct exec *exec, sim_time_ns at_ns)
{
    if (at_ns == SIM_TIME_NEVER)
        timer_stop(&exec->timer);
    else
        timer_start_at(&exec->timer, at_ns);
}

static uint64_t frames(const struct runner *runner)
{
    uint64_t count = 0;

    if (runner->stage->ops->capture)
        runner->stage->ops->capture(runner->stage, &count);
    return count;
}

static void fill_place(struct exec *exec)
{
    const struct plan_step *plan = exec->plan;
    struct result_step *result = exec->result;

    result->phase = plan->phase;
    result->number = str_copy(plan->number);
    result->title = plan_step_title(exec->runner->plan, plan);
    result->file = str_copy(plan->step->node->mark.file);
    result->line = plan->step->node->mark.line;
    result->column = plan->step->node->mark.column;
    if (plan->has_role)
        result->role = str_copy(exec->runner->scenario->roles[plan->role].name);
    result->started = runner_time(exec->runner);
    result->frame_first = frames(exec->runner);
}

struct exec *exec_begin(struct runner *runner, const struct plan_step *plan, const char *lane)
{
    struct exec *exec = mem_new(1, sizeof(*exec));
    struct exec **last = &runner->execs;

    exec->ops = exec_ops_of(plan->step->kind);
    assert(exec->ops);
    exec->runner = runner;
    exec->plan = plan;
    exec->lane = lane;
    exec->started_ns = core_now(runner->core);
    exec->state = mem_new(1, exec->ops->state_size);
    exec->result = result_add_step(runner->row);
    timer_init(&exec->timer, core_timers(runner->core), NULL, on_timer, exec);
    fill_place(exec);
    while (*last)
        last = &(*last)->next;
    *last = exec;
    WATCHERS(runner, step_begins, runner->entry, runner->row, exec->result);
    exec->ops->begin(exec);
    runner_kick(runner);
    return exec;
}

// What is hashed of a step: where, how it ended and what was measured, nothing that differs between
// hosts.
static void hash_verdict(const struct exec *exec)
{
    char *text = str_format("%s %s %lld", exec->runner->row->id, verdict_name(exec->verdict),
                            (long long)exec->result->measured_ns);

    core_event(exec->runner->core, "verdict", exec->plan->number, text, strlen(text));
    free(text);
}

void exec_end(struct exec *exec, enum verdict verdict, const char *format, ...)
{
    struct result_step *result = exec->result;
    struct str reason = {0};
    va_list arguments;
    uint64_t now = frames(exec->runner);

    if (exec->over)
        return;
    exec->over = true;
    exec->verdict = verdict;
    result->verdict = verdict;
    if (format) {
        va_start(arguments, format);
        str_addv(&reason, format, arguments);
        va_end(arguments);
        free(result->reason);
        result->reason = runner_mask(exec->runner, str_text(&reason));
        str_done(&reason);
    }
    timer_stop(&exec->timer);
    result->ended = runner_time(exec->runner);
    result->frame_last = now > result->frame_first ? now : 0;
    result->frame_first = now > result->frame_first ? result->frame_first + 1 : 0;
    hash_verdict(exec);
    WATCHERS(exec->runner, step_ends, exec->runner->entry, exec->runner->row, result);
}

void exec_wrong(struct exec *exec, const struct wrong *wrong)
{
    exec_end(exec, VERDICT_ERROR, "%s:%d:%d: %s%s%s", wrong->node->mark.file,
             wrong->node->mark.line, wrong->node->mark.column + (int)wrong->error.at,
             wrong->error.text, wrong->error.hint[0] ? "; " : "", wrong->error.hint);
}

void exec_free(struct exec **exec)
{
    struct exec *gone = *exec;
    struct exec **place;

    if (!gone)
        return;
    if (!gone->over && gone->ops->cancel)
        gone->ops->cancel(gone);
    exec_end(gone, VERDICT_NOT_RUN, "given up");
    timer_stop(&gone->timer);
    if (gone->ops->done)
        gone->ops->done(gone);
    for (place = &gone->runner->execs; *place != gone; place = &(*place)->next)
        ;
    *place = gone->next;
    free(gone->state);
    free(gone);
    *exec = NULL;
}

bool exec_time(struct exec *exec, const struct yaml_node *node, int64_t otherwise, int64_t *ret_ns)
{
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct wrong wrong = {0};

    *ret_ns = otherwise;
    if (!node)
        return true;
    switch (names_eval_time(&names, node, ret_ns, &wrong)) {
    case EXPR_VALUE:
        return true;
    case EXPR_UNKNOWN:
        exec_end(exec, VERDICT_ERROR, "'%s' has no value here", node->text);
        return false;
    case EXPR_WRONG:
        exec_wrong(exec, &wrong);
        return false;
    }
    return false;
}

// ---- The small steps ----

static void begin_wait(struct exec *exec)
{
    int64_t time_ns;

    if (!exec_time(exec, exec->plan->step->head, 0, &time_ns))
        return;
    exec->result->window_ns = time_ns;
    exec_wake(exec, exec->started_ns + time_ns);
}

static void poll_wait(struct exec *exec)
{
    int64_t waited_ns = core_now(exec->runner->core) - exec->started_ns;

    if (waited_ns < exec->result->window_ns)
        return;
    exec->result->measured_ns = waited_ns;
    exec_end(exec, VERDICT_PASS, NULL);
}

const struct exec_ops exec_wait = {.begin = begin_wait, .poll = poll_wait};

static void begin_mark(struct exec *exec)
{
    struct runner *runner = exec->runner;
    const char *name = exec->plan->step->head->text;
    size_t place = 0;

    while (place < runner->marks_count && strcmp(runner->marks[place].name, name) != 0)
        place++;
    if (place == RUN_MARKS_MAX) {
        exec_end(exec, VERDICT_ERROR, "more than %d marks", RUN_MARKS_MAX);
        return;
    }
    if (place == runner->marks_count)
        runner->marks_count++;
    runner->marks[place] = (struct mark){name, core_now(runner->core)};
    exec_end(exec, VERDICT_PASS, NULL);
}

static void poll_nothing(struct exec *exec)
{
    (void)exec;
}

const struct exec_ops exec_mark = {.begin = begin_mark, .poll = poll_nothing};

static void begin_switch(struct exec *exec)
{
    watches_switch(exec->runner, exec->plan->step->head->text,
                   exec->plan->step->kind == STEP_START);
    exec_end(exec, VERDICT_PASS, NULL);
}

const struct exec_ops exec_switch = {.begin = begin_switch, .poll = poll_nothing};
