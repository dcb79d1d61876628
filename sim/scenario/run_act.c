// SPDX-License-Identifier: Apache-2.0
// `do`: act once on each member and judge what came of it. `within` replaces the verb's own
// patience; `spread` lets the members begin one after the other.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/run_model.h"

struct member {
    struct call call;
    struct target *target;
    sim_time_ns begins_ns;
    bool began;
    bool ended;
    bool by_hand; // An operator does it.
};

struct act {
    struct target **targets;
    struct member *members;
    size_t count;
    size_t ended;
    size_t failed;
    int64_t timeout_ns;
    sim_time_ns base_ns;
    enum verdict verdict;
    char *first_reason;
    int64_t slowest_ns;
    size_t box;          // Calls to collect.
    sim_time_ns next_ns; // The next member's beginning.
};

static void note_failure(struct exec *exec, struct member *member, enum verdict verdict,
                         const char *reason)
{
    struct act *act = exec->state;
    char *name = runner_member_name(exec->runner, exec->plan->role, member->target);
    char *masked = runner_mask(exec->runner, reason ? reason : "");
    char *line = str_format("%s: %s", name, masked);

    if (!act->first_reason ||
        (verdict_worse(verdict, act->verdict) == verdict && verdict != act->verdict)) {
        free(act->first_reason);
        act->first_reason = act->count > 1 ? str_copy(line) : str_copy(masked);
    }
    act->verdict = verdict_worse(act->verdict, verdict);
    act->failed++;
    if (act->count > 1 && exec->result->members_failed.count < RUN_FAILED_SHOWN)
        result_add_text(&exec->result->members_failed, line);
    free(line);
    free(masked);
    free(name);
}

static void set_text(struct exec *exec, char **place, const char *text)
{
    free(*place);
    *place = runner_mask(exec->runner, text);
}

static void judge_member(struct exec *exec, struct member *member)
{
    struct op *op = member->call.op;
    struct judgement judgement;
    struct wrong wrong = {0};
    char *reason;

    if (!judge(exec->runner, exec->plan, member->target, &op->results, &judgement, &wrong)) {
        exec_wrong(exec, &wrong);
        return;
    }
    if (!exec->result->expected)
        set_text(exec, &exec->result->expected, str_text(&judgement.expected));
    if (!exec->result->observed || !judgement.truth)
        set_text(exec, &exec->result->observed, str_text(&judgement.observed));
    if (!judgement.truth) {
        reason = str_format("observed %s, expected %s", str_text(&judgement.observed),
                            str_text(&judgement.expected));
        note_failure(exec, member, VERDICT_FAIL, reason);
        free(reason);
    }
    judgement_done(&judgement);
}

static void save(struct exec *exec, const struct op *op)
{
    const struct yaml_node *name = yaml_get(exec->plan->step->node, "save");

    if (name)
        runner_save(exec->runner, name->text, &op->results, &op->records,
                    ((struct act *)exec->state)->ended > 1);
}

// An answer by hand: yes is done, no is not.
static void judge_hand(struct exec *exec, struct member *member)
{
    const struct value *yes = op_result(member->call.op, "yes");

    set_text(exec, &exec->result->observed,
             yes && yes->truth ? "done by hand" : "the operator said no");
    if (!yes || !yes->truth)
        note_failure(exec, member, VERDICT_BLOCKED, "the operator said no");
    else
        ((struct act *)exec->state)->verdict =
            verdict_worse(((struct act *)exec->state)->verdict, VERDICT_PASS);
}

static void end_member(struct exec *exec, struct member *member, enum call_end how)
{
    struct act *act = exec->state;
    struct op *op = member->call.op;
    int64_t took_ns = op->ended_ns - op->started_ns;
    char room[UNITS_TEXT_ROOM];
    char *reason;

    member->ended = true;
    act->ended++;
    if (took_ns > act->slowest_ns)
        act->slowest_ns = took_ns;
    if (how == CALL_SILENT) {
        reason = str_format("no answer within %s", units_time_text(act->timeout_ns, room));
        note_failure(exec, member, VERDICT_FAIL, reason);
        set_text(exec, &exec->result->observed, "no answer");
        free(reason);
    } else if (op->end == OP_ERROR) {
        note_failure(exec, member, VERDICT_ERROR, op->reason);
    } else if (op->end == OP_NOT_APPLICABLE) {
        note_failure(exec, member, VERDICT_NOT_APPLICABLE, op->reason);
    } else if (op->end == OP_BLOCKED) {
        note_failure(exec, member, VERDICT_BLOCKED, op->reason);
    } else if (member->by_hand) {
        judge_hand(exec, member);
    } else {
        act->verdict = verdict_worse(act->verdict, VERDICT_PASS);
        judge_member(exec, member);
        save(exec, op);
    }
    call_done(&member->call);
}

// ---- Begin ----

static void ask_hand(struct exec *exec, struct member *member, const struct yaml_node *manual)
{
    struct runner *runner = exec->runner;
    struct names names = runner_names(runner, exec->plan, member->target);
    struct wrong wrong = {0};
    char *question = NULL;

    if (names_eval_text(&names, manual, &question, &wrong) != EXPR_VALUE) {
        exec_wrong(exec, &wrong);
        return;
    }
    member->by_hand = true;
    call_begin_stage(&member->call, runner, SIM_TIME_NEVER); // As long as a person needs.
    member->call.session = question;                         // Kept for as long as it is asked.
    runner->stage->ops->ask(runner->stage, question, member->call.op);
}

static void begin_member(struct exec *exec, struct member *member)
{
    struct act *act = exec->state;
    const struct yaml_node *manual = yaml_get(exec->plan->step->node, "manual");
    const struct verb *verb = exec->plan->step->verb;
    const char *why = NULL;
    struct wrong wrong = {0};
    int64_t left_ns;

    member->began = true;
    if (verb != &session_close_all)
        why = member->target->ops->cannot(member->target, verb);
    if (why && manual) {
        ask_hand(exec, member, manual);
        return;
    }
    if (why) {
        member->ended = true;
        act->ended++;
        note_failure(exec, member, VERDICT_NOT_APPLICABLE, why);
        return;
    }
    left_ns = member->begins_ns + act->timeout_ns - core_now(exec->runner->core);
    if (call_begin(&member->call, exec->runner, exec->plan, member->target, exec->lane,
                   left_ns > 0 ? left_ns : 0, &exec->runner->rng, &wrong) < 0)
        exec_wrong(exec, &wrong);
}

static bool read_times(struct exec *exec, int64_t *ret_spread_ns)
{
    struct act *act = exec->state;
    const struct yaml_node *node = exec->plan->step->node;
    int64_t wanted_ns;
    struct str tolerance = {0};

    if (!exec_time(exec, yaml_get(node, "spread"), 0, ret_spread_ns) ||
        !exec_time(exec, yaml_get(node, "within"), exec->plan->step->verb->timeout_ns, &wanted_ns))
        return false;
    act->timeout_ns = runner_stretch(exec->runner, wanted_ns);
    act->base_ns = runner_mark(exec->runner, yaml_get(node, "since"), exec->started_ns);
    if (yaml_get(node, "within"))
        exec->result->window_ns = wanted_ns;
    if (exec->runner->stage->slack_ns && yaml_get(node, "within")) {
        runner_tolerance(exec->runner, 0, &tolerance);
        exec->result->tolerance = str_take(&tolerance);
    }
    return true;
}

static void begin_act(struct exec *exec)
{
    struct act *act = exec->state;
    char *why = NULL;
    int64_t spread_ns;

    if (!read_times(exec, &spread_ns))
        return;
    if (!runner_members(exec->runner, exec->plan->role, exec->plan->member, &act->targets,
                        &act->count, &why)) {
        exec_end(exec, VERDICT_NOT_APPLICABLE, "%s", why);
        free(why);
        return;
    }
    act->verdict = VERDICT_NOT_RUN;
    act->members = mem_new(act->count, sizeof(*act->members));
    exec->result->members = act->count;
    for (size_t i = 0; i < act->count; i++) {
        act->members[i].target = act->targets[i];
        act->members[i].call.box = &act->box;
        act->members[i].begins_ns = (spread_ns ? exec->started_ns : act->base_ns) +
                                    (int64_t)((double)spread_ns * (double)i / (double)act->count);
    }
}

static void end_act(struct exec *exec)
{
    struct act *act = exec->state;

    exec->result->measured_ns = act->slowest_ns;
    exec->result->measured = str_format("took %.3f s", (double)act->slowest_ns / 1e9);
    if (act->verdict == VERDICT_PASS)
        exec_end(exec, VERDICT_PASS, NULL);
    else if (act->count > 1)
        exec_end(exec, act->verdict, "%zu of %zu members: %s", act->failed, act->count,
                 act->first_reason);
    else
        exec_end(exec, act->verdict, "%s", act->first_reason ? act->first_reason : "");
}

static void poll_act(struct exec *exec)
{
    struct act *act = exec->state;
    sim_time_ns now_ns = core_now(exec->runner->core);
    sim_time_ns next_ns = SIM_TIME_NEVER;

    if (act->box == 0 && now_ns < act->next_ns)
        return;
    act->box = 0;
    for (size_t i = 0; i < act->count && exec->verdict == VERDICT_NOT_RUN; i++) {
        struct member *member = &act->members[i];
        enum call_end how;

        if (!member->began && member->begins_ns <= now_ns)
            begin_member(exec, member);
        if (!member->began && member->begins_ns < next_ns)
            next_ns = member->begins_ns;
        if (!member->began || member->ended || exec->verdict != VERDICT_NOT_RUN)
            continue;
        how = call_poll(&member->call);
        if (how != CALL_RUNNING)
            end_member(exec, member, how);
    }
    if (exec->verdict != VERDICT_NOT_RUN)
        return;
    act->next_ns = next_ns;
    if (act->ended == act->count)
        end_act(exec);
    else
        exec_wake(exec, next_ns);
}

static void done_act(struct exec *exec)
{
    struct act *act = exec->state;

    for (size_t i = 0; act->members && i < act->count; i++)
        call_done(&act->members[i].call);
    free(act->members);
    free(act->targets);
    free(act->first_reason);
}

const struct exec_ops exec_act = {
    .state_size = sizeof(struct act), .begin = begin_act, .poll = poll_act, .done = done_act};
