// SPDX-License-Identifier: Apache-2.0
// What goes on beside the steps: activities of the background, each member by its own law; checks
// that must always be true, asked of the member that changed; checks that must be true once, or the
// run proved nothing.
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/run_probe.h"

// On a bench that polls, what must always be true is asked this many times less often than what a
// step waits for.
#define POLLS_PER_LOOK 10

struct doer {
    struct call call;
    struct rng rng;
    sim_time_ns due_ns;
};

struct watch {
    struct watch *next;
    struct runner *runner;
    const char *name; // Of an activity; NULL for a check.
    const struct plan_step *plan;
    struct target **targets;
    size_t count;
    struct timer timer;
    enum verdict verdict; // VERDICT_NOT_RUN while nothing is decided.
    char *reason;
    char *expected;
    char *observed;
    struct result_time began;
    sim_time_ns decided_ns; // -1
    uint64_t started;       // Calls begun, or answers heard.
    bool on;
    struct doer *doers;   // Activity.
    struct probe *probes; // Check.
    bool totals;
    int64_t every_ns; // Of a check; 0: only at changes.
    uint64_t seen;    // Changes of the stage when the members were looked through.
    size_t asking;
    bool began_asking;
    size_t box;          // Calls to collect.
    sim_time_ns next_ns; // Of an activity: the next beginning.
};

static void on_timer(struct timer *timer, void *user)
{
    (void)timer;
    runner_kick(((struct watch *)user)->runner);
}

__attribute__((format(printf, 3, 4))) static void decide(struct watch *watch, enum verdict verdict,
                                                         const char *format, ...)
{
    struct str reason = {0};
    va_list arguments;

    va_start(arguments, format);
    str_addv(&reason, format, arguments);
    va_end(arguments);
    free(watch->reason);
    watch->reason = runner_mask(watch->runner, str_text(&reason));
    str_done(&reason);
    watch->verdict = verdict;
    watch->decided_ns = core_now(watch->runner->core);
    if (verdict == VERDICT_FAIL || verdict == VERDICT_ERROR)
        watch->runner->broken = true;
}

static void decide_wrong(struct watch *watch, const struct wrong *wrong)
{
    decide(watch, VERDICT_ERROR, "%s:%d: %s", wrong->node->mark.file, wrong->node->mark.line,
           wrong->error.text);
}

static enum verdict verdict_of(enum op_end end)
{
    return end == OP_NOT_APPLICABLE ? VERDICT_NOT_APPLICABLE
           : end == OP_BLOCKED      ? VERDICT_BLOCKED
                                    : VERDICT_ERROR;
}

// ---- Activities ----

// The time to a member's next beginning; false when it cannot be evaluated.
static bool draw_pause(struct watch *watch, size_t i, int64_t *ret_ns)
{
    static const struct schema_field field = {
        .name = "every", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS};
    const struct yaml_node *every = yaml_get(watch->plan->step->node, "every");
    struct names names = runner_names(watch->runner, watch->plan, watch->targets[i]);
    struct wrong wrong = {.node = every};
    struct value value;

    if (names_eval_field(&names, every, &field, &watch->doers[i].rng, &value, &wrong) !=
        EXPR_VALUE) {
        decide_wrong(watch, &wrong);
        return false;
    }
    // A pause of nothing would begin for ever at one instant.
    *ret_ns = value.number < (double)SIM_NS_PER_MS ? SIM_NS_PER_MS : (int64_t)value.number;
    value_done(&value);
    return true;
}

static void start_activity(struct watch *watch)
{
    bool law = yaml_get(watch->plan->step->node, "every")->kind == YAML_MAPPING;
    sim_time_ns now_ns = core_now(watch->runner->core);

    for (size_t i = 0; i < watch->count; i++) {
        int64_t pause_ns;

        if (!draw_pause(watch, i, &pause_ns))
            return;
        // A fixed period starts anywhere in it, or a fleet would act as one.
        if (!law)
            pause_ns = (int64_t)rng_uniform(&watch->doers[i].rng, 0, (double)pause_ns);
        watch->doers[i].due_ns = now_ns + pause_ns;
    }
    watch->next_ns = now_ns;
    watch->on = true;
    watch->began = runner_time(watch->runner);
}

static void end_call(struct watch *watch, size_t i, enum call_end end)
{
    struct op *op = watch->doers[i].call.op;
    struct judgement judgement;
    struct wrong wrong = {0};
    char *name = runner_member_name(watch->runner, watch->plan->role, watch->targets[i]);

    if (end == CALL_SILENT && yaml_get(watch->plan->step->node, "expect"))
        decide(watch, VERDICT_FAIL, "%s: no answer in time", name);
    else if (end == CALL_ENDED && op->end != OP_FINISHED)
        decide(watch, verdict_of(op->end), "%s: %s", name, op->reason ? op->reason : "");
    else if (end == CALL_ENDED && yaml_get(watch->plan->step->node, "expect")) {
        if (!judge(watch->runner, watch->plan, watch->targets[i], &op->results, &judgement,
                   &wrong)) {
            decide_wrong(watch, &wrong);
        } else {
            if (!judgement.truth)
                decide(watch, VERDICT_FAIL, "%s: observed %s, expected %s", name,
                       str_text(&judgement.observed), str_text(&judgement.expected));
            judgement_done(&judgement);
        }
    }
    free(name);
    call_done(&watch->doers[i].call);
}

static void begin_call(struct watch *watch, size_t i)
{
    struct doer *doer = &watch->doers[i];
    int64_t timeout_ns = runner_stretch(watch->runner, watch->plan->step->verb->timeout_ns);
    struct wrong wrong = {0};
    int64_t pause_ns;

    if (!draw_pause(watch, i, &pause_ns))
        return;
    doer->due_ns += pause_ns;
    if (doer->call.op)
        return; // Still busy with the last one: this beginning is left out.
    watch->started++;
    if (call_begin(&doer->call, watch->runner, watch->plan, watch->targets[i], "", timeout_ns,
                   &doer->rng, &wrong) < 0)
        decide_wrong(watch, &wrong);
}

static void poll_activity(struct watch *watch)
{
    sim_time_ns now_ns = core_now(watch->runner->core);
    sim_time_ns next_ns = SIM_TIME_NEVER;

    if (watch->box == 0 && (!watch->on || now_ns < watch->next_ns))
        return;
    watch->box = 0;
    for (size_t i = 0; i < watch->count; i++) {
        struct doer *doer = &watch->doers[i];
        enum call_end end = doer->call.op ? call_poll(&doer->call) : CALL_RUNNING;

        if (end != CALL_RUNNING)
            end_call(watch, i, end);
        if (watch->on && !watch->runner->broken && doer->due_ns <= now_ns)
            begin_call(watch, i);
        if (watch->on && doer->due_ns < next_ns)
            next_ns = doer->due_ns;
    }
    watch->next_ns = next_ns;
    if (next_ns == SIM_TIME_NEVER || watch->runner->broken)
        timer_stop(&watch->timer);
    else
        timer_start_at(&watch->timer, next_ns);
}

// ---- Checks ----

static void set_seen(struct watch *watch, const struct probe *probe)
{
    free(watch->expected);
    free(watch->observed);
    watch->expected = runner_mask(watch->runner, probe->expected);
    watch->observed = runner_mask(watch->runner, probe->observed);
}

static void take_truth(struct watch *watch, const struct probe *probe, bool truth)
{
    char *name = runner_member_name(watch->runner, watch->plan->role, probe->target);

    if (watch->plan->phase == RESULT_SOMETIMES && truth) {
        set_seen(watch, probe);
        decide(watch, VERDICT_PASS, "%s", name);
    } else if (watch->plan->phase == RESULT_ALWAYS && !truth) {
        set_seen(watch, probe);
        decide(watch, VERDICT_FAIL, "%s: observed %s, expected %s", name, watch->observed,
               watch->expected);
    } else if (!watch->expected) {
        set_seen(watch, probe);
    }
    free(name);
}

static void take_together(struct watch *watch)
{
    const struct value **results = mem_new(watch->count, sizeof(*results));
    struct judgement judgement = {0};
    struct wrong wrong = {0};
    bool truth = true;
    bool all = true;

    for (size_t i = 0; i < watch->count; i++) {
        results[i] = &watch->probes[i].results;
        truth = truth && watch->probes[i].truth;
        all = all && watch->probes[i].answered;
    }
    if (all &&
        judge_totals(watch->runner, watch->plan, results, watch->count, &judgement, &wrong)) {
        struct probe shown = watch->probes[0];

        shown.expected = (char *)str_text(&judgement.expected);
        shown.observed = (char *)str_text(&judgement.observed);
        take_truth(watch, &shown, truth && judgement.truth);
    } else if (all) {
        decide_wrong(watch, &wrong);
    }
    judgement_done(&judgement);
    free(results);
}

static void take_answer(struct watch *watch, struct probe *probe)
{
    probe->fresh = false;
    watch->started++;
    if (probe->end != OP_FINISHED)
        decide(watch, verdict_of(probe->end), "%s", probe->reason ? probe->reason : "");
    else if (!watch->totals)
        take_truth(watch, probe, probe->truth);
}

static void poll_members(struct watch *watch, sim_time_ns now_ns, sim_time_ns at_ns)
{
    bool fresh = false;
    struct wrong wrong = {0};

    watch->asking = 0;
    for (size_t i = 0; i < watch->count && watch->verdict == VERDICT_NOT_RUN; i++) {
        struct probe *probe = &watch->probes[i];

        if (probe_is_idle(probe, now_ns, at_ns)) {
            watch->asking += probe->asking;
            continue;
        }
        if (probe_poll(probe, at_ns, &wrong) < 0) {
            decide_wrong(watch, &wrong);
            return;
        }
        fresh = fresh || probe->fresh;
        if (probe->fresh)
            take_answer(watch, probe);
        // A change while it was asked leads to another ask, in this same look.
        if (!probe->asking && probe->again && probe_poll(probe, at_ns, &wrong) < 0)
            decide_wrong(watch, &wrong);
        watch->asking += probe->asking;
    }
    if (watch->totals && fresh && watch->asking == 0 && watch->verdict == VERDICT_NOT_RUN)
        take_together(watch);
}

static void poll_check(struct watch *watch)
{
    struct runner *runner = watch->runner;
    sim_time_ns now_ns = core_now(runner->core);
    sim_time_ns at_ns = SIM_TIME_NEVER;

    if (watch->verdict != VERDICT_NOT_RUN)
        return;
    if (watch->every_ns)
        at_ns =
            watch->probes[0].asked_ns < 0 ? now_ns : watch->probes[0].asked_ns + watch->every_ns;
    if (watch->began_asking && watch->box == 0 && watch->seen == runner->stage->changes &&
        now_ns < at_ns)
        return;
    watch->began_asking = true;
    watch->box = 0;
    watch->seen = runner->stage->changes;
    poll_members(watch, now_ns, at_ns);
    if (watch->every_ns && watch->verdict == VERDICT_NOT_RUN)
        timer_start_at(&watch->timer, watch->probes[0].asked_ns + watch->every_ns);
}

static void begin_checks(struct watch *watch)
{
    const struct yaml_node *every = yaml_get(watch->plan->step->node, "every");
    struct names names = runner_names(watch->runner, watch->plan, NULL);
    struct wrong wrong = {0};

    watch->probes = mem_new(watch->count, sizeof(*watch->probes));
    watch->totals = judge_has_totals(watch->plan);
    for (size_t i = 0; i < watch->count; i++) {
        probe_init(&watch->probes[i], watch->runner, watch->plan, watch->targets[i], "");
        watch->probes[i].call.box = &watch->box;
    }
    if (watch->runner->stage->poll_ns)
        watch->every_ns = watch->runner->stage->poll_ns * POLLS_PER_LOOK;
    if (every && names_eval_time(&names, every, &watch->every_ns, &wrong) == EXPR_WRONG)
        decide_wrong(watch, &wrong);
}

// ---- All of them ----

static void begin_watch(struct runner *runner, const struct plan_step *plan, const char *name)
{
    struct watch *watch = mem_new(1, sizeof(*watch));
    struct watch **last = &runner->watches;
    const char *cannot;
    char *why = NULL;

    while (*last)
        last = &(*last)->next;
    *last = watch;
    watch->runner = runner;
    watch->plan = plan;
    watch->name = name;
    watch->decided_ns = -1;
    watch->began = runner_time(runner);
    timer_init(&watch->timer, core_timers(runner->core), NULL, on_timer, watch);
    if (!runner_members(runner, plan->role, plan->member, &watch->targets, &watch->count, &why)) {
        decide(watch, VERDICT_NOT_APPLICABLE, "%s", why);
        free(why);
        return;
    }
    cannot = watch->targets[0]->ops->cannot(watch->targets[0], plan->step->verb);
    if (cannot) {
        decide(watch, VERDICT_NOT_APPLICABLE, "%s", cannot);
        return;
    }
    if (!name) {
        begin_checks(watch);
        return;
    }
    watch->doers = mem_new(watch->count, sizeof(*watch->doers));
    for (size_t i = 0; i < watch->count; i++) {
        char *stream = str_format("background/%s/%zu", name, watch->targets[i]->index);

        watch->doers[i].call.box = &watch->box;
        rng_init(&watch->doers[i].rng, runner->seed, stream);
        free(stream);
    }
}

void watches_begin(struct runner *runner, const struct plan_case *row)
{
    for (size_t i = 0; i < row->background_count; i++)
        if (row->background[i].step.count)
            begin_watch(runner, &row->background[i].step.items[0], row->background[i].name);
    for (size_t i = 0; i < row->always.count; i++)
        begin_watch(runner, &row->always.items[i], NULL);
    for (size_t i = 0; i < row->sometimes.count; i++)
        begin_watch(runner, &row->sometimes.items[i], NULL);
    runner_kick(runner);
}

void watches_poll(struct runner *runner)
{
    for (struct watch *watch = runner->watches; watch; watch = watch->next) {
        if (watch->probes)
            poll_check(watch);
        else if (watch->doers)
            poll_activity(watch);
    }
}

void watches_switch(struct runner *runner, const char *name, bool on)
{
    for (struct watch *watch = runner->watches; watch; watch = watch->next) {
        if (!watch->name || strcmp(watch->name, name) != 0 || !watch->doers)
            continue;
        if (on && !watch->on)
            start_activity(watch);
        watch->on = on;
    }
    runner_kick(runner);
}

// One last look, so that a world without changes was looked at too.
static bool looked(void *user)
{
    struct runner *runner = user;

    for (struct watch *watch = runner->watches; watch; watch = watch->next)
        if (watch->probes && watch->verdict == VERDICT_NOT_RUN &&
            (watch->asking || !watch->probes[watch->count - 1].answered))
            return false;
    return true;
}

static enum verdict settle(const struct watch *watch)
{
    if (watch->verdict != VERDICT_NOT_RUN)
        return watch->verdict;
    if (watch->plan->phase == RESULT_SOMETIMES)
        return VERDICT_VACUOUS;
    if (watch->name && watch->started == 0)
        return VERDICT_NOT_RUN;
    return VERDICT_PASS;
}

static void add_result(struct watch *watch)
{
    struct runner *runner = watch->runner;
    enum verdict verdict = settle(watch);
    struct result_step *step;
    char *hashed;

    if (watch->name && verdict == VERDICT_NOT_RUN)
        return; // Never started.
    step = result_add_step(runner->row);
    step->phase = watch->plan->phase;
    step->number = str_copy(watch->plan->number);
    step->title = plan_step_title(runner->plan, watch->plan);
    step->file = str_copy(watch->plan->step->node->mark.file);
    step->line = watch->plan->step->node->mark.line;
    step->column = watch->plan->step->node->mark.column;
    step->role = str_copy(runner->scenario->roles[watch->plan->role].name);
    step->verdict = verdict;
    step->started = watch->began;
    step->ended = runner_time(runner);
    step->asked = watch->started;
    step->members = watch->count;
    step->expected = str_copy(watch->expected);
    step->observed = str_copy(watch->observed);
    if (watch->name)
        step->observed = str_format("%llu begun", (unsigned long long)watch->started);
    if (verdict == VERDICT_VACUOUS)
        step->reason = str_copy("it was never true: the run proved nothing");
    else if (verdict != VERDICT_PASS)
        step->reason = str_copy(watch->reason);
    hashed = str_format("%s %s %lld", runner->row->id, verdict_name(verdict),
                        (long long)watch->decided_ns);
    core_event(runner->core, "verdict", step->number, hashed, strlen(hashed));
    free(hashed);
    WATCHERS(runner, step_ends, runner->entry, runner->row, step);
}

static void watch_free(struct watch *watch)
{
    for (size_t i = 0; watch->doers && i < watch->count; i++)
        call_done(&watch->doers[i].call);
    for (size_t i = 0; watch->probes && i < watch->count; i++)
        probe_done(&watch->probes[i]);
    timer_stop(&watch->timer);
    free(watch->doers);
    free(watch->probes);
    free(watch->targets);
    free(watch->reason);
    free(watch->expected);
    free(watch->observed);
    free(watch);
}

void watches_end(struct runner *runner)
{
    for (struct watch *watch = runner->watches; watch; watch = watch->next)
        watch->on = false;
    runner_kick(runner);
    if (!runner->interrupted && !looked(runner))
        runner_core(runner, looked, runner, 0);
    while (runner->watches) {
        struct watch *watch = runner->watches;

        add_result(watch);
        runner->watches = watch->next;
        watch_free(watch);
    }
}
