// SPDX-License-Identifier: Apache-2.0
// What each kind of fault does to one message: a function a kind, applied in the order in which the
// faults were put on.
#include "sim/vnet/path.h"

#include <assert.h>

#include "sim/base/rng.h"

// One message on its way: what path_pass() hands from fault to fault.
struct passage {
    enum path_what what;
    size_t length;
    struct path_effect effect;
};

typedef void pass_fn(struct path_step *step, struct passage *passage);

static bool chance(struct fault *fault)
{
    return rng_unit(fault_rng(fault)) < fault_value(fault, 0);
}

static void pass_latency(struct path_step *step, struct passage *passage)
{
    double jitter_ns = fault_value(step->fault, 1);
    double delay_ns = fault_value(step->fault, 0);

    if (jitter_ns > 0)
        delay_ns += rng_uniform(fault_rng(step->fault), -jitter_ns, jitter_ns);
    passage->effect.delay_ns += delay_ns > 0 ? (sim_time_ns)delay_ns : 0;
}

static void pass_loss(struct path_step *step, struct passage *passage)
{
    passage->effect.lost = chance(step->fault);
}

static void pass_duplicate(struct path_step *step, struct passage *passage)
{
    if (passage->what != PATH_PACKET || !chance(step->fault))
        return;
    passage->effect.duplicate = true;
    passage->effect.again_ns = (sim_time_ns)fault_value(step->fault, 1);
}

static void pass_corrupt(struct path_step *step, struct passage *passage)
{
    if (passage->what != PATH_PACKET || !chance(step->fault))
        return;
    passage->effect.corrupt = true;
    passage->effect.draw = rng_next(fault_rng(step->fault));
}

static void pass_reorder(struct path_step *step, struct passage *passage)
{
    if (passage->what == PATH_PACKET && chance(step->fault))
        passage->effect.delay_ns += (sim_time_ns)fault_value(step->fault, 1);
}

static void pass_rate(struct path_step *step, struct passage *passage)
{
    sim_time_ns *free_at_ns = fault_free_at(step->fault, step->forward);
    sim_time_ns now_ns = fault_now(step->fault);
    sim_time_ns at_ns = now_ns + passage->effect.delay_ns;

    if (*free_at_ns > at_ns)
        at_ns = *free_at_ns;
    if (passage->what == PATH_PACKET && at_ns - now_ns > PATH_PACKET_WAIT_NS_MAX) {
        passage->effect.lost = true;
        return;
    }
    at_ns += (sim_time_ns)((double)passage->length * 1e9 / fault_value(step->fault, 0));
    *free_at_ns = at_ns;
    passage->effect.delay_ns = at_ns - now_ns;
}

static void pass_partition(struct path_step *step, struct passage *passage)
{
    (void)step;
    passage->effect.lost = true;
}

static void pass_partition_oneway(struct path_step *step, struct passage *passage)
{
    passage->effect.lost = step->forward;
}

static void pass_hold(struct path_step *step, struct passage *passage)
{
    (void)step;
    passage->effect.held = true;
}

static void pass_slow_close(struct path_step *step, struct passage *passage)
{
    if (passage->what == PATH_CLOSE)
        passage->effect.delay_ns += (sim_time_ns)fault_value(step->fault, 0);
}

static void pass_slice(struct path_step *step, struct passage *passage)
{
    uint32_t size = (uint32_t)fault_value(step->fault, 0);
    sim_time_ns gap_ns = (sim_time_ns)fault_value(step->fault, 1);

    if (passage->what != PATH_BYTES)
        return;
    if (passage->effect.slice == 0 || size < passage->effect.slice)
        passage->effect.slice = size;
    if (gap_ns > passage->effect.gap_ns)
        passage->effect.gap_ns = gap_ns;
}

static void pass_limit_data(struct path_step *step, struct passage *passage)
{
    uint64_t left = (uint64_t)fault_value(step->fault, 0);

    if (passage->what != PATH_BYTES)
        return;
    left = left > step->passed ? left - step->passed : 0;
    step->passed += passage->length;
    if (passage->length < left)
        return;
    if (!passage->effect.cut || left < passage->effect.cut_after)
        passage->effect.cut_after = left;
    passage->effect.cut = true;
}

static void pass_nothing(struct path_step *step, struct passage *passage)
{
    (void)step;
    (void)passage;
}

static pass_fn *const passes[FAULT_KINDS] = {
    [FAULT_LATENCY] = pass_latency,     [FAULT_LOSS] = pass_loss,
    [FAULT_DUPLICATE] = pass_duplicate, [FAULT_CORRUPT] = pass_corrupt,
    [FAULT_REORDER] = pass_reorder,     [FAULT_RATE] = pass_rate,
    [FAULT_PARTITION] = pass_partition, [FAULT_PARTITION_ONEWAY] = pass_partition_oneway,
    [FAULT_HOLD] = pass_hold,           [FAULT_RESET] = pass_nothing,
    [FAULT_HALF_OPEN] = pass_nothing,   [FAULT_SLOW_CLOSE] = pass_slow_close,
    [FAULT_SLICE] = pass_slice,         [FAULT_LIMIT_DATA] = pass_limit_data,
};

// limit-data counts what really left, so it comes last.
static void pass_kind(struct path_step *steps, size_t count, bool limits, struct passage *passage)
{
    for (size_t i = 0; i < count && !passage->effect.lost && !passage->effect.held; i++) {
        enum fault_id id = fault_id(steps[i].fault);

        assert(passes[id]);
        if ((id == FAULT_LIMIT_DATA) == limits)
            passes[id](&steps[i], passage);
    }
}

struct path_effect path_pass(struct path_step *steps, size_t count, enum path_what what,
                             size_t length)
{
    struct passage passage = {.what = what, .length = length};

    pass_kind(steps, count, false, &passage);
    pass_kind(steps, count, true, &passage);
    return passage.effect;
}

bool path_blocked(const struct path_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum fault_id id = fault_id(steps[i].fault);

        if (id == FAULT_PARTITION || (id == FAULT_PARTITION_ONEWAY && steps[i].forward))
            return true;
    }
    return false;
}
