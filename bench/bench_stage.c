// SPDX-License-Identifier: Apache-2.0
// The stage's part for the runner: targets, faults, questions, secrets, and the clock of the
// process that plays the boards, which follows this one. Boards that nobody plays have their own
// time: then nothing leaps.
#include "bench/bench_stage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_parts.h"
#include "sim/base/err.h"
#include "sim/base/fault_kind.h"
#include "sim/base/str.h"
#include "sim/vnet/tls_fault_service.h"

#define POWER_CUT "power-cut"

static struct bench_stage *stage_of(struct stage *stage)
{
    return (struct bench_stage *)stage;
}

// ---- Targets ----

static struct bench_role *find_role(struct bench_stage *stage, const char *name)
{
    for (size_t i = 0; i < stage->roles_count; i++)
        if (strcmp(stage->roles[i].name, name) == 0)
            return &stage->roles[i];
    return NULL;
}

static bool is_simulated(const struct bench_stage *stage, const char *role)
{
    const struct bench_target *target = bench_file_target(stage->options.file, role);

    return target && target->adapter == BENCH_SIM;
}

static struct target *stage_target(struct stage *base, const char *role, size_t index,
                                   const char **ret_why)
{
    struct bench_stage *stage = stage_of(base);
    struct bench_role *found = find_role(stage, role);

    if (stage->options.sim && is_simulated(stage, role))
        return stage->options.sim->ops->target(stage->options.sim, role, index, ret_why);
    if (!found) {
        const char *why = bench_file_why_not(stage->options.file, role);

        *ret_why = why ? why : "the bench gives it no target; --bench names another";
        return NULL;
    }
    if (index < 1 || index > found->count) {
        *ret_why = "the bench has fewer members";
        return NULL;
    }
    return &found->members[index - 1]->base;
}

static size_t stage_members(struct stage *base, const char *role)
{
    struct bench_stage *stage = stage_of(base);
    struct bench_role *found = find_role(stage, role);

    if (stage->options.sim && is_simulated(stage, role))
        return stage->options.sim->ops->members(stage->options.sim, role);
    return found ? found->count : 0;
}

// ---- Faults ----

// Who could make a fault: exactly one of `control`, `cut`, `central` and `sim`, or none and why
// not.
struct hand {
    struct control_link *control;
    struct board *cut;
    struct csms_driver *central;
    bool sim;
    const char *why;
};

static bool is_board(const struct target *target)
{
    return target->ops == &board_ops;
}

static const struct target *member(const struct stage_fault *fault, size_t index)
{
    return index < fault->left_count ? fault->left[index] : fault->right[index - fault->left_count];
}

static struct hand hand_on_network(const struct bench_stage *stage)
{
    if (stage->controls_count == 1)
        return (struct hand){.control = stage->controls[0]};
    if (stage->controls_count == 0 && stage->options.sim)
        return (struct hand){.sim = true};
    return (struct hand){.why = "the bench has no hand on this network"};
}

static unsigned tls_fault(const char *name)
{
    const struct fault_kind *kind = fault_kind_find(name);

    return kind ? tls_fault_bit(fault_kind_id(kind)) : 0;
}

static struct hand hand_on_boards(const struct stage_fault *fault, size_t count)
{
    const struct board *first = (const struct board *)member(fault, 0);

    for (size_t i = 0; i < count; i++) {
        const struct board *board = (const struct board *)member(fault, i);

        if (board->control != first->control)
            return (struct hand){.why = "these boards are not played by one and the same process"};
    }
    if (first->control)
        return (struct hand){.control = first->control};
    if (count == 1 && first->power && strcmp(fault->kind, POWER_CUT) == 0)
        return (struct hand){.cut = (struct board *)first};
    if (count == 1 && first->csms && tls_fault(fault->kind))
        return (struct hand){.central = first->csms};
    return (struct hand){.why = "nobody has a hand on the wires of a real board"};
}

static struct hand find_hand(struct bench_stage *stage, const struct stage_fault *fault)
{
    size_t count = fault->left_count + fault->right_count;
    size_t boards = 0;
    struct hand hand = {.sim = true};

    if (count == 0)
        return hand_on_network(stage);
    for (size_t i = 0; i < count; i++)
        boards += is_board(member(fault, i));
    if (boards == count)
        return hand_on_boards(fault, count);
    if (boards > 0)
        return (struct hand){.why = "no fault can be put between a board and a simulated device"};
    hand.why = stage->options.sim->ops->cannot_fault(stage->options.sim, fault);
    hand.sim = !hand.why;
    return hand;
}

static const char *stage_cannot_fault(struct stage *base, const struct stage_fault *fault)
{
    return find_hand(stage_of(base), fault).why;
}

static struct bench_fault *find_fault(struct bench_stage *stage, const char *id)
{
    for (size_t i = 0; i < stage->faults_count; i++)
        if (strcmp(stage->faults[i].id, id) == 0)
            return &stage->faults[i];
    return NULL;
}

static void fault_over_control(const struct stage_fault *fault, struct control_link *control,
                               struct op *op)
{
    const char **left = mem_new(fault->left_count, sizeof(*left));
    const char **right = mem_new(fault->right_count, sizeof(*right));

    for (size_t i = 0; i < fault->left_count; i++)
        left[i] = ((const struct board *)fault->left[i])->entry;
    for (size_t i = 0; i < fault->right_count; i++)
        right[i] = ((const struct board *)fault->right[i])->entry;
    control_link_fault(control, fault, left, right, op);
    free(left);
    free(right);
}

// What a central system of the bench does wrong is what all faults that are on it say together.
static void set_tls_faults(const struct bench_stage *stage, struct csms_driver *central)
{
    unsigned tls = 0;

    for (size_t i = 0; i < stage->faults_count; i++)
        if (stage->faults[i].central == central)
            tls |= stage->faults[i].tls;
    csms_driver_set_tls_faults(central, tls);
}

static void stage_fault(struct stage *base, const struct stage_fault *fault, struct op *op)
{
    struct bench_stage *stage = stage_of(base);
    struct hand hand = find_hand(stage, fault);

    if (stage->broken) {
        op_fail(op, ERR_IO, "%s", stage->broken);
    } else if (hand.why) {
        op_not_applicable(op, "%s", hand.why);
    } else if (find_fault(stage, fault->id)) {
        op_fail(op, ERR_EXISTS, "a fault '%s' is on already", fault->id);
    } else if (stage->faults_count == BENCH_FAULTS_MAX) {
        op_fail(op, ERR_TOO_MANY, "more than %d faults at a time", BENCH_FAULTS_MAX);
    } else {
        stage->faults[stage->faults_count++] = (struct bench_fault){.id = str_copy(fault->id),
                                                                    .control = hand.control,
                                                                    .cut = hand.cut,
                                                                    .central = hand.central,
                                                                    .tls = tls_fault(fault->kind),
                                                                    .sim = hand.sim};
        if (hand.central) {
            set_tls_faults(stage, hand.central);
            op_finish(op);
        } else if (hand.control) {
            fault_over_control(fault, hand.control, op);
        } else if (hand.cut) {
            power_switch(hand.cut->power, false, op);
        } else {
            stage->options.sim->ops->fault(stage->options.sim, fault, op);
        }
    }
}

static void stage_clear(struct stage *base, const char *id, struct op *op)
{
    struct bench_stage *stage = stage_of(base);
    struct bench_fault *found = find_fault(stage, id);
    struct bench_fault fault;

    if (!found) {
        op_fail(op, ERR_NOT_FOUND, "no fault '%s' is on", id);
        return;
    }
    fault = *found;
    *found = stage->faults[--stage->faults_count];
    if (fault.central) {
        set_tls_faults(stage, fault.central);
        op_finish(op);
    } else if (fault.control) {
        control_link_clear(fault.control, id, op);
    } else if (fault.cut) {
        power_switch(fault.cut->power, true, op);
    } else {
        stage->options.sim->ops->clear(stage->options.sim, id, op);
    }
    free(fault.id);
}

// ---- The rest of the runner's questions ----

static void stage_ask(struct stage *base, const char *question, struct op *op)
{
    operator_ask(stage_of(base)->person, question, op);
}

static const char *stage_secret(struct stage *base, const char *name)
{
    struct bench_stage *stage = stage_of(base);
    const char *value = secrets_get(stage->secrets, name);

    if (!value && stage->options.sim)
        value = stage->options.sim->ops->secret(stage->options.sim, name);
    return value;
}

static const char *stage_capture(struct stage *base, uint64_t *ret_frames)
{
    struct bench_stage *stage = stage_of(base);

    if (stage->options.sim)
        return stage->options.sim->ops->capture(stage->options.sim, ret_frames);
    *ret_frames = 0; // The process that writes it keeps the count to itself.
    return stage->capture;
}

static void stage_free(struct stage *base)
{
    struct bench_stage *stage = stage_of(base);

    core_set_leaper(base->core, NULL, NULL);
    bench_close(stage);
    free(stage);
}

static const struct stage_ops stage_ops = {
    .target = stage_target,
    .members = stage_members,
    .cannot_fault = stage_cannot_fault,
    .fault = stage_fault,
    .clear = stage_clear,
    .ask = stage_ask,
    .secret = stage_secret,
    .capture = stage_capture,
    .free = stage_free,
};

// ---- The clock that follows ----

static void on_advanced(void *user, int err)
{
    struct bench_stage *stage = user;

    assert(stage->leaps_pending > 0);
    if (err < 0)
        bench_break(stage, str_format("the process that plays the boards did not follow the clock: "
                                      "%s",
                                      err_text(err)));
    if (--stage->leaps_pending > 0)
        return;
    core_leaped(stage->base.core);
    if (stage->broken)
        core_set_leaper(stage->base.core, NULL, NULL);
}

static void on_leap(void *user, sim_time_ns from_ns, sim_time_ns to_ns)
{
    struct bench_stage *stage = user;

    stage->leaps_pending = stage->controls_count;
    for (size_t i = 0; i < stage->controls_count; i++)
        control_link_advance(stage->controls[i], to_ns - from_ns, on_advanced, stage);
}

static bool all_are_played(const struct bench_stage *stage)
{
    for (size_t i = 0; i < stage->roles_count; i++)
        for (size_t k = 0; k < stage->roles[i].count; k++)
            if (!stage->roles[i].members[k]->control && !stage->roles[i].members[k]->csms)
                return false;
    return stage->controls_count > 0;
}

static const char *adapter_of(const struct bench_file *file)
{
    for (size_t i = 0; i < file->targets_count; i++)
        if (file->targets[i].adapter == BENCH_SIM)
            return "mixed";
    return "board";
}

int bench_stage_new(const struct bench_options *options, struct stage **ret, char **ret_why)
{
    struct bench_stage *stage = mem_new(1, sizeof(*stage));
    const struct bench_file *file = options->file;
    int err;

    assert(core_mode(options->core) == CLOCK_REAL);
    stage->options = *options;
    stage->base = (struct stage){
        .ops = &stage_ops,
        .core = options->core,
        .name = file->name,
        .adapter = adapter_of(file),
        .slack_ns = file->slack_ns,
        .poll_ns = file->poll_ns,
        .factor = file->factor,
        .retries = file->retries,
        .unattended = options->unattended,
    };
    err = bench_open(stage, ret_why);
    if (err < 0) {
        stage_free(&stage->base);
        return err;
    }
    if (file->follow && all_are_played(stage))
        core_set_leaper(options->core, on_leap, stage);
    *ret = &stage->base;
    return 0;
}
