// SPDX-License-Identifier: Apache-2.0
// Asking one member again and again. Fleets have thousands of probes, looked at whenever anything
// happens: what decides whether there is something to do stands together at the front.
#ifndef SIM_SCENARIO_RUN_PROBE_H
#define SIM_SCENARIO_RUN_PROBE_H

#include "sim/scenario/run_model.h"

#define PROBE_FLEET_FROM 16 // Members of a role from which each listens to itself.

struct probe {
    bool asking;
    bool answered;
    bool again;             // A change came while asking.
    bool fresh;             // An answer nobody has looked at.
    bool truth;             // Of the last answer.
    bool by_own_change;     // The ask under way was caused by a change during the one before.
    bool alone;             // Listens to its own member only.
    bool deaf;              // Asking itself changes something: changes while asking say nothing.
    uint64_t seen;          // The member's changes when it last answered.
    uint64_t seen_begin;    // The same when the ask under way began.
    sim_time_ns changed_ns; // When the first change came while it was asked; -1.
    struct target *target;
    struct call call;
    struct runner *runner;
    const struct plan_step *plan;
    const char *lane;
    sim_time_ns asked_ns;
    sim_time_ns effective_ns; // What the answer tells about: when asked, or that change.
    sim_time_ns answered_ns;
    enum op_end end;
    char *reason; // Of an end that is no answer.
    struct value results;
    struct value records;
    char *expected;
    char *observed;
    uint64_t count;
};

void probe_init(struct probe *probe, struct runner *runner, const struct plan_step *plan,
                struct target *target, const char *lane);
void probe_done(struct probe *probe);

// Starts an ask when one is due: never asked, a change since the last answer, or now >= at_ns. 0 or
// as call_begin().
int probe_poll(struct probe *probe, sim_time_ns at_ns, struct wrong *ret_wrong);

// What it listens to: every change of the stage, for the answer may come from another device
// (behind a gateway); a member of a fleet only to its own, or a thousand would ask at each change
// of one.
static inline uint64_t probe_changes(const struct probe *probe)
{
    return probe->alone ? probe->target->changes : probe->target->stage->changes;
}

// True when probe_poll() would do nothing at `now_ns`.
static inline bool probe_is_idle(const struct probe *probe, sim_time_ns now_ns, sim_time_ns at_ns)
{
    uint64_t changes = probe_changes(probe);

    if (probe->asking)
        return probe->call.op->end == OP_RUNNING && now_ns < probe->call.deadline_ns &&
               (probe->changed_ns >= 0 || changes == probe->seen_begin);
    return probe->answered && !probe->again && changes == probe->seen && now_ns < at_ns;
}

#endif
