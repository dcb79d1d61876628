// SPDX-License-Identifier: Apache-2.0
// Asking one member again and again: first at once, then whenever its state changed (on the
// simulator) or when the clock word wants to know. A question may itself change something (a
// session is touched): when a change during an ask brought nothing new, changes during asks are
// taken for our own from then on, or the world would never come to rest.
#include "sim/scenario/run_probe.h"

#include <stdlib.h>

void probe_init(struct probe *probe, struct runner *runner, const struct plan_step *plan,
                struct target *target, const char *lane)
{
    *probe = (struct probe){.runner = runner,
                            .plan = plan,
                            .target = target,
                            .lane = lane,
                            .asked_ns = -1,
                            .changed_ns = -1};
    probe->alone =
        runner->stage->by_member && runner->scenario->roles[plan->role].members >= PROBE_FLEET_FROM;
}

static void forget_answer(struct probe *probe)
{
    value_done(&probe->results);
    value_done(&probe->records);
    free(probe->expected);
    free(probe->observed);
    free(probe->reason);
    probe->expected = probe->observed = probe->reason = NULL;
}

void probe_done(struct probe *probe)
{
    call_done(&probe->call);
    forget_answer(probe);
}

static int begin(struct probe *probe, struct wrong *ret_wrong)
{
    int64_t timeout_ns = runner_stretch(probe->runner, probe->plan->step->verb->timeout_ns);
    int err;

    probe->seen_begin = probe_changes(probe);
    probe->asked_ns = core_now(probe->runner->core);
    probe->effective_ns = probe->again ? probe->changed_ns : probe->asked_ns;
    probe->by_own_change = probe->again;
    probe->again = false;
    probe->changed_ns = -1;
    err = call_begin(&probe->call, probe->runner, probe->plan, probe->target, probe->lane,
                     timeout_ns, &probe->runner->rng, ret_wrong);
    probe->asking = err == 0;
    return err;
}

static void note_changes(struct probe *probe, bool truth_before)
{
    bool during;

    probe->seen = probe_changes(probe);
    during = probe->seen != probe->seen_begin;
    if (during && probe->by_own_change && probe->truth == truth_before)
        probe->deaf = true;
    probe->again = during && !probe->deaf;
}

static int collect(struct probe *probe, enum call_end end, struct wrong *ret_wrong)
{
    struct op *op = probe->call.op;
    struct judgement judgement;
    bool before = probe->truth;
    char *reason = end == CALL_SILENT ? str_copy("no answer in time") : str_copy(op->reason);

    forget_answer(probe);
    probe->reason = reason;
    probe->end = end == CALL_SILENT ? OP_FINISHED : op->end;
    probe->results = value_copy(&op->results);
    probe->records = value_copy(&op->records);
    probe->answered_ns = op->ended_ns;
    probe->truth = false;
    if (!judge(probe->runner, probe->plan, probe->target, &probe->results, &judgement, ret_wrong)) {
        call_done(&probe->call);
        probe->asking = false;
        return -1;
    }
    probe->truth = end == CALL_ENDED && op->end == OP_FINISHED && judgement.truth;
    probe->expected = str_copy(str_text(&judgement.expected));
    probe->observed = str_copy(end == CALL_SILENT ? "no answer" : str_text(&judgement.observed));
    judgement_done(&judgement);
    call_done(&probe->call);
    probe->asking = false;
    probe->answered = true;
    probe->fresh = true;
    probe->count++;
    note_changes(probe, before);
    return 0;
}

int probe_poll(struct probe *probe, sim_time_ns at_ns, struct wrong *ret_wrong)
{
    sim_time_ns now_ns = core_now(probe->runner->core);
    bool polls = probe->runner->stage->poll_ns > 0;
    bool due = !probe->answered || now_ns >= at_ns;
    enum call_end end;

    if (probe->asking) {
        if (probe->changed_ns < 0 && probe_changes(probe) != probe->seen_begin)
            probe->changed_ns = now_ns;
        end = call_poll(&probe->call);
        if (end != CALL_RUNNING)
            return collect(probe, end, ret_wrong);
        return 0;
    }
    if (!polls && !due)
        due = probe->again || probe_changes(probe) != probe->seen;
    // Once an instant: an answer that comes without time passing would ask for ever.
    if (!due || (probe->answered && probe->asked_ns == now_ns && now_ns < at_ns))
        return 0;
    return begin(probe, ret_wrong);
}
