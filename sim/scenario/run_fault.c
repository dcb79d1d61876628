// SPDX-License-Identifier: Apache-2.0
// `fault`, `clear` and `ask`: ops of the stage. A swizzled fault is one fault a member, made in
// order over the given time and healed in an order drawn from the seed; the stage sees single
// faults only.
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/scenario/fault_rows.h"
#include "sim/scenario/load.h"
#include "sim/scenario/run_model.h"

// A stage that takes longer than this to make or end a fault is broken.
#define STAGE_TIMEOUT_NS (60 * SIM_NS_PER_S)

struct side {
    struct target **targets;
    size_t count;
};

struct part {
    struct call call;
    char *id;
    sim_time_ns begins_ns;
    bool began;
    bool ended;
};

struct faulting {
    struct side left;
    struct side right;
    struct op_argument arguments[OP_ARGUMENTS_MAX];
    size_t arguments_count;
    const char *network;
    const char *id;
    int64_t over_ns; // -1: all at once.
    struct part *parts;
    size_t count;
    size_t ended;
    struct standing *clearing; // STEP_CLEAR: what is being ended, owned.
};

// ---- Members ----

static void shuffle(struct rng *rng, struct target **targets, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)rng_below(rng, i);
        struct target *swap = targets[i - 1];

        targets[i - 1] = targets[other];
        targets[other] = swap;
    }
}

static int by_index(const void *left, const void *right)
{
    size_t one = (*(struct target *const *)left)->index;
    size_t other = (*(struct target *const *)right)->index;

    return (one > other) - (one < other);
}

// A share of the members, drawn from the seed, in their own order again.
static bool take_share(struct exec *exec, const struct yaml_node *node, struct side *side)
{
    static const struct schema_field field = {
        .name = "share", .type = SCHEMA_QUANTITY, .unit = UNIT_RATIO, .low = 0, .high = 1};
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct wrong wrong = {0};
    struct value value;

    if (names_eval_field(&names, node, &field, NULL, &value, &wrong) != EXPR_VALUE) {
        wrong.node = node;
        exec_wrong(exec, &wrong);
        return false;
    }
    shuffle(&exec->runner->rng, side->targets, side->count);
    side->count = (size_t)((double)side->count * value.number + 0.5);
    qsort(side->targets, side->count, sizeof(struct target *), by_index);
    value_done(&value);
    return true;
}

// Adds the members that a side names.
static bool add_side(struct exec *exec, const struct yaml_node *node, struct side *side)
{
    const struct yaml_node *role_node = node->kind == YAML_MAPPING ? yaml_get(node, "role") : node;
    const struct yaml_node *share = node->kind == YAML_MAPPING ? yaml_get(node, "share") : NULL;
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct wrong wrong = {0};
    struct side more = {0};
    size_t role;
    size_t member;
    char *why = NULL;

    if (names_eval_role(&names, role_node, &role, &member, &wrong) != EXPR_VALUE) {
        wrong.node = role_node;
        exec_wrong(exec, &wrong);
        return false;
    }
    if (!runner_members(exec->runner, role, member, &more.targets, &more.count, &why)) {
        exec_end(exec, VERDICT_NOT_APPLICABLE, "%s", why);
        free(why);
        return false;
    }
    if (share && !take_share(exec, share, &more)) {
        free(more.targets);
        return false;
    }
    side->targets = mem_grow(side->targets, side->count + more.count, sizeof(*side->targets));
    for (size_t i = 0; i < more.count; i++)
        side->targets[side->count++] = more.targets[i];
    free(more.targets);
    return true;
}

static bool read_sides(struct exec *exec)
{
    struct faulting *faulting = exec->state;
    const struct yaml_node *between = yaml_get(exec->plan->step->node, "between");
    const struct yaml_node *on = yaml_get(exec->plan->step->node, "on");

    faulting->network = yaml_get_text(exec->plan->step->node, "network", NULL);
    if (between && !add_side(exec, between->items[0], &faulting->left))
        return false;
    if (between && between->count > 1 && !add_side(exec, between->items[1], &faulting->right))
        return false;
    if (on && on->kind != YAML_SEQUENCE)
        return add_side(exec, on, &faulting->left);
    for (size_t i = 0; on && i < on->count; i++)
        if (!add_side(exec, on->items[i], &faulting->left))
            return false;
    return true;
}

static bool read_arguments(struct exec *exec)
{
    struct faulting *faulting = exec->state;
    const struct yaml_node *with = yaml_get(exec->plan->step->node, "with");
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct wrong wrong = {0};
    struct fault_with known;

    fault_with_init(&known, fault_kind_find(exec->plan->step->head->text));
    for (size_t i = 0; with && i < with->count && i < OP_ARGUMENTS_MAX; i++) {
        struct op_argument *argument = &faulting->arguments[faulting->arguments_count];
        const struct schema_field *field = schema_field_find(&known.schema, with->keys[i]->text);

        if (names_eval_field(&names, with->items[i], field, &exec->runner->rng, &argument->value,
                             &wrong) != EXPR_VALUE) {
            wrong.node = with->items[i];
            exec_wrong(exec, &wrong);
            return false;
        }
        argument->key = with->keys[i]->text;
        faulting->arguments_count++;
    }
    return true;
}

// ---- Making ----

static struct stage_fault part_of(struct exec *exec, size_t i)
{
    struct faulting *faulting = exec->state;
    bool swizzle = faulting->over_ns >= 0;

    return (struct stage_fault){
        .id = faulting->parts[i].id,
        .kind = exec->plan->step->head->text,
        .left = swizzle ? &faulting->left.targets[i] : faulting->left.targets,
        .left_count = swizzle ? 1 : faulting->left.count,
        .right = faulting->right.targets,
        .right_count = faulting->right.count,
        .network = faulting->network,
        .arguments = faulting->arguments,
        .arguments_count = faulting->arguments_count,
    };
}

static struct standing *find_standing(struct runner *runner, const char *id)
{
    for (struct standing *standing = runner->standing; standing; standing = standing->next)
        if (strcmp(standing->id, id) == 0)
            return standing;
    return NULL;
}

static void make_parts(struct exec *exec)
{
    struct faulting *faulting = exec->state;
    bool swizzle = faulting->over_ns >= 0;

    faulting->count = swizzle ? faulting->left.count : 1;
    faulting->parts = mem_new(faulting->count, sizeof(*faulting->parts));
    for (size_t i = 0; i < faulting->count; i++) {
        faulting->parts[i].id =
            swizzle ? str_format("%s#%zu", faulting->id, faulting->left.targets[i]->index)
                    : str_copy(faulting->id);
        faulting->parts[i].begins_ns =
            exec->started_ns +
            (swizzle ? (int64_t)((double)faulting->over_ns * (double)i / (double)faulting->count)
                     : 0);
    }
}

static void begin_fault(struct exec *exec)
{
    struct faulting *faulting = exec->state;
    const struct yaml_node *shape = yaml_get(exec->plan->step->node, "shape");
    struct stage_fault fault;
    const char *why;

    faulting->id = yaml_get_text(exec->plan->step->node, "id", exec->plan->step->head->text);
    faulting->over_ns = -1;
    if (!read_sides(exec) || !read_arguments(exec))
        return;
    if (shape && !exec_time(exec, yaml_get(shape, "over"), 0, &faulting->over_ns))
        return;
    if (find_standing(exec->runner, faulting->id)) {
        exec_end(exec, VERDICT_ERROR, "a fault '%s' stands already", faulting->id);
        return;
    }
    exec->result->members = faulting->left.count;
    make_parts(exec);
    if (faulting->count == 0) {
        exec_end(exec, VERDICT_ERROR, "the fault meets no member");
        return;
    }
    fault = part_of(exec, 0);
    why = exec->runner->stage->ops->cannot_fault(exec->runner->stage, &fault);
    if (why)
        exec_end(exec, VERDICT_NOT_APPLICABLE, "%s", why);
}

static void add_standing(struct exec *exec)
{
    struct faulting *faulting = exec->state;
    struct standing *standing;

    if (fault_kind_find(exec->plan->step->head->text)->instant && faulting->over_ns < 0 &&
        !yaml_get(exec->plan->step->node, "id"))
        return; // Over already, and nobody can call it by a name.
    standing = mem_new(1, sizeof(*standing));
    standing->id = str_copy(faulting->id);
    standing->parts = mem_new(faulting->count, sizeof(*standing->parts));
    standing->parts_count = faulting->count;
    standing->over_ns = faulting->over_ns < 0 ? 0 : faulting->over_ns;
    for (size_t i = 0; i < faulting->count; i++)
        standing->parts[i] = str_copy(faulting->parts[i].id);
    standing->next = exec->runner->standing;
    exec->runner->standing = standing;
}

static enum verdict verdict_of(enum op_end end)
{
    return end == OP_NOT_APPLICABLE ? VERDICT_NOT_APPLICABLE
           : end == OP_BLOCKED      ? VERDICT_BLOCKED
                                    : VERDICT_ERROR;
}

// Collects a part that was begun; true when the step has ended over it.
static bool collect_part(struct exec *exec, struct part *part)
{
    struct faulting *faulting = exec->state;
    enum call_end end = call_poll(&part->call);

    if (end == CALL_RUNNING)
        return false;
    part->ended = true;
    faulting->ended++;
    if (end == CALL_SILENT)
        exec_end(exec, VERDICT_ERROR, "the bench did not do it in time");
    else if (part->call.op->end != OP_FINISHED)
        exec_end(exec, verdict_of(part->call.op->end), "%s",
                 part->call.op->reason ? part->call.op->reason : "");
    call_done(&part->call);
    return exec->verdict != VERDICT_NOT_RUN;
}

static void start_part(struct exec *exec, size_t i)
{
    struct faulting *faulting = exec->state;
    struct part *part = &faulting->parts[i];
    struct stage *stage = exec->runner->stage;
    struct stage_fault fault;

    part->began = true;
    call_begin_stage(&part->call, exec->runner, STAGE_TIMEOUT_NS);
    if (exec->plan->step->kind == STEP_CLEAR) {
        stage->ops->clear(stage, part->id, part->call.op);
        return;
    }
    fault = part_of(exec, i);
    stage->ops->fault(stage, &fault, part->call.op);
}

static void poll_parts(struct exec *exec)
{
    struct faulting *faulting = exec->state;
    sim_time_ns now_ns = core_now(exec->runner->core);
    sim_time_ns next_ns = SIM_TIME_NEVER;

    for (size_t i = 0; i < faulting->count; i++) {
        struct part *part = &faulting->parts[i];

        if (!part->began && part->begins_ns <= now_ns)
            start_part(exec, i);
        if (!part->began && part->begins_ns < next_ns)
            next_ns = part->begins_ns;
        if (part->began && !part->ended && collect_part(exec, part))
            return;
    }
    if (faulting->ended < faulting->count) {
        exec_wake(exec, next_ns);
        return;
    }
    if (exec->plan->step->kind == STEP_FAULT)
        add_standing(exec);
    exec_end(exec, VERDICT_PASS, NULL);
}

static void standing_free(struct standing *standing)
{
    for (size_t i = 0; standing && i < standing->parts_count; i++)
        free(standing->parts[i]);
    if (standing) {
        free(standing->parts);
        free(standing->id);
    }
    free(standing);
}

static void done_fault(struct exec *exec)
{
    struct faulting *faulting = exec->state;

    for (size_t i = 0; faulting->parts && i < faulting->count; i++) {
        call_done(&faulting->parts[i].call);
        free(faulting->parts[i].id);
    }
    for (size_t i = 0; i < faulting->arguments_count; i++)
        value_done(&faulting->arguments[i].value);
    free(faulting->parts);
    free(faulting->left.targets);
    free(faulting->right.targets);
    standing_free(faulting->clearing);
}

const struct exec_ops exec_fault = {.state_size = sizeof(struct faulting),
                                    .begin = begin_fault,
                                    .poll = poll_parts,
                                    .done = done_fault};

// ---- Clearing ----

static void take_standing(struct runner *runner, struct standing *standing)
{
    struct standing **place = &runner->standing;

    while (*place != standing)
        place = &(*place)->next;
    *place = standing->next;
}

static void begin_clear(struct exec *exec)
{
    struct faulting *faulting = exec->state;
    struct standing *standing = find_standing(exec->runner, exec->plan->step->head->text);

    if (!standing) {
        exec_end(exec, VERDICT_ERROR, "no fault '%s' stands", exec->plan->step->head->text);
        return;
    }
    take_standing(exec->runner, standing);
    faulting->clearing = standing;
    faulting->count = standing->parts_count;
    faulting->parts = mem_new(faulting->count, sizeof(*faulting->parts));
    for (size_t i = 0; i < faulting->count; i++) {
        faulting->parts[i].id = str_copy(standing->parts[i]);
        faulting->parts[i].begins_ns = exec->started_ns;
    }
    // Heals in random order over the same time.
    for (size_t i = faulting->count; i > 1; i--) {
        size_t other = (size_t)rng_below(&exec->runner->rng, i);
        char *swap = faulting->parts[i - 1].id;

        faulting->parts[i - 1].id = faulting->parts[other].id;
        faulting->parts[other].id = swap;
    }
    for (size_t i = 0; standing->over_ns && i < faulting->count; i++)
        faulting->parts[i].begins_ns +=
            (int64_t)((double)standing->over_ns * (double)i / (double)faulting->count);
}

const struct exec_ops exec_clear = {.state_size = sizeof(struct faulting),
                                    .begin = begin_clear,
                                    .poll = poll_parts,
                                    .done = done_fault};

struct ending {
    struct call call;
};

static bool is_cleared(void *user)
{
    return call_poll(&((struct ending *)user)->call) != CALL_RUNNING;
}

void faults_end(struct runner *runner)
{
    while (runner->standing) {
        struct standing *standing = runner->standing;
        struct ending ending = {0};

        runner->standing = standing->next;
        for (size_t i = 0; i < standing->parts_count; i++) {
            call_begin_stage(&ending.call, runner, STAGE_TIMEOUT_NS);
            runner->stage->ops->clear(runner->stage, standing->parts[i], ending.call.op);
            if (!is_cleared(&ending))
                runner_core(runner, is_cleared, &ending, STAGE_TIMEOUT_NS);
            call_done(&ending.call);
        }
        standing_free(standing);
    }
}

// ---- Asking a person ----

struct asking {
    struct call call;
    char *question;
};

static void begin_ask(struct exec *exec)
{
    struct asking *asking = exec->state;
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct wrong wrong = {0};

    if (names_eval_text(&names, exec->plan->step->head, &asking->question, &wrong) != EXPR_VALUE) {
        wrong.node = exec->plan->step->head;
        exec_wrong(exec, &wrong);
        return;
    }
    exec->result->expected = str_copy("yes");
    call_begin_stage(&asking->call, exec->runner, SIM_TIME_NEVER);
    exec->runner->stage->ops->ask(exec->runner->stage, asking->question, asking->call.op);
}

static void poll_ask(struct exec *exec)
{
    struct asking *asking = exec->state;
    const struct value *yes;

    if (call_poll(&asking->call) == CALL_RUNNING)
        return;
    yes = op_result(asking->call.op, "yes");
    if (asking->call.op->end != OP_FINISHED) {
        exec_end(exec, verdict_of(asking->call.op->end), "%s",
                 asking->call.op->reason ? asking->call.op->reason : "");
        return;
    }
    exec->result->observed = str_copy(yes && yes->truth ? "yes" : "no");
    if (yes && yes->truth)
        exec_end(exec, VERDICT_PASS, NULL);
    else
        exec_end(exec, VERDICT_FAIL, "the operator answered no");
}

static void done_ask(struct exec *exec)
{
    struct asking *asking = exec->state;

    call_done(&asking->call);
    free(asking->question);
}

const struct exec_ops exec_ask = {
    .state_size = sizeof(struct asking), .begin = begin_ask, .poll = poll_ask, .done = done_ask};
