// SPDX-License-Identifier: Apache-2.0
// `reconcile`: asks every member of both sides for its table, compares, and, with `within`, does so
// again until the two sides agree.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/expectation.h"
#include "sim/scenario/reconcile.h"
#include "sim/scenario/run_model.h"

#define TABLE_TIMEOUT_NS (60 * SIM_NS_PER_S)
#define SIDES 2

struct side {
    size_t role;
    const char *table; // In the scenario's own text.
    struct target **targets;
    size_t count;
    struct call *calls;
    size_t ended;
    struct value records;
};

struct reconciling {
    struct side sides[SIDES];
    struct word word;
    bool asking;
    sim_time_ns asked_ns;
};

static bool read_side(struct exec *exec, const char *key, struct side *side)
{
    const struct yaml_node *node = yaml_get(exec->plan->step->head, key);
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct yaml_node role = *node;
    struct wrong wrong = {0};
    char *text = str_copy(node->text);
    char *dot = strrchr(text, '.');
    size_t member;
    char *why = NULL;
    bool good;

    *dot = '\0';
    role.text = text;
    side->table = node->text + (dot - text) + 1;
    good = names_eval_role(&names, &role, &side->role, &member, &wrong) == EXPR_VALUE;
    free(text);
    if (!good) {
        wrong.node = node;
        exec_wrong(exec, &wrong);
        return false;
    }
    if (!runner_members(exec->runner, side->role, member, &side->targets, &side->count, &why)) {
        exec_end(exec, VERDICT_NOT_APPLICABLE, "%s", why);
        free(why);
        return false;
    }
    side->calls = mem_new(side->count, sizeof(*side->calls));
    return true;
}

static void begin_round(struct exec *exec)
{
    struct reconciling *reconciling = exec->state;
    int64_t timeout_ns = runner_stretch(exec->runner, TABLE_TIMEOUT_NS);

    reconciling->asking = true;
    reconciling->asked_ns = core_now(exec->runner->core);
    for (size_t i = 0; i < SIDES; i++) {
        struct side *side = &reconciling->sides[i];

        side->ended = 0;
        value_done(&side->records);
        side->records = value_records();
        for (size_t j = 0; j < side->count; j++) {
            call_begin_stage(&side->calls[j], exec->runner, timeout_ns);
            side->calls[j].target = side->targets[j];
            side->calls[j].op->target = side->targets[j];
            side->targets[j]->ops->table(side->targets[j], side->table, side->calls[j].op);
        }
    }
}

static void begin_reconcile(struct exec *exec)
{
    struct reconciling *reconciling = exec->state;
    const struct yaml_node *within = yaml_get(exec->plan->step->node, "within");
    int64_t within_ns;

    if (!exec_time(exec, within, 0, &within_ns))
        return;
    if (!read_side(exec, "left", &reconciling->sides[0]) ||
        !read_side(exec, "right", &reconciling->sides[1]))
        return;
    reconciling->word = (struct word){.kind = within ? WORD_WITHIN : WORD_NOW,
                                      .base_ns = exec->started_ns,
                                      .within_ns = runner_stretch(exec->runner, within_ns),
                                      .poll_ns = exec->runner->stage->poll_ns};
    if (within)
        exec->result->window_ns = within_ns;
    word_begin(&reconciling->word);
    begin_round(exec);
}

// ---- Judging ----

static bool compare_counts(struct exec *exec, const struct reconcile_result *result,
                           bool *ret_truth)
{
    const struct {
        const char *name;
        size_t count;
    } counts[] = {
        {"missing", result->missing},           {"doubled", result->doubled},
        {"out_of_order", result->out_of_order}, {"surplus", result->surplus},
        {"unequal", result->unequal},
    };
    static const struct schema_field field = {.name = "a count", .type = SCHEMA_NUMBER};
    const struct yaml_node *expect = yaml_get(exec->plan->step->node, "expect");
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct expr_scope scope = names_scope(&names);
    struct str expected = {0};
    struct str observed = {0};

    *ret_truth = result->without_key == 0;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const struct yaml_node *node = yaml_get(expect, counts[i].name);
        struct expectation wanted = {EXPECTATION_EQUAL, value_number(0, UNIT_NONE), value_none()};
        struct value count = value_number((double)counts[i].count, UNIT_NONE);
        struct wrong wrong = {0};

        // What `expect` does not name may be anything, except that `equal` means it.
        if (!node &&
            !(strcmp(counts[i].name, "unequal") == 0 && yaml_get(exec->plan->step->node, "equal")))
            continue;
        if (node && expectation_read(node, &field, &scope, &wanted, &wrong.error, &wrong.node) !=
                        EXPR_VALUE) {
            exec_wrong(exec, &wrong);
            str_done(&expected);
            str_done(&observed);
            return false;
        }
        str_addf(&expected, "%s%s: ", expected.length ? ", " : "", counts[i].name);
        expectation_print(&wanted, &expected);
        str_addf(&observed, "%s%s: %zu", observed.length ? ", " : "", counts[i].name,
                 counts[i].count);
        *ret_truth = *ret_truth && expectation_holds(&wanted, &count);
        expectation_done(&wanted);
    }
    str_addf(&observed, " (%zu left, %zu right", result->left, result->right);
    if (result->without_key)
        str_addf(&observed, ", %zu without their key", result->without_key);
    str_adds(&observed, ")");
    free(exec->result->expected);
    free(exec->result->observed);
    exec->result->expected = str_take(&expected);
    exec->result->observed = str_take(&observed);
    return true;
}

static void finish(struct exec *exec, enum word_end end, const struct reconcile_result *result)
{
    struct reconciling *reconciling = exec->state;
    struct str measured = {0};

    word_print_measured(&reconciling->word, &measured);
    exec->result->measured_ns = word_measured_ns(&reconciling->word);
    exec->result->asked = reconciling->word.asked;
    if (measured.length)
        exec->result->measured = str_take(&measured);
    if (end == WORD_FAIL)
        exec_end(exec, VERDICT_FAIL, "%s", result->first ? result->first : exec->result->observed);
    else if (result->left == 0 && result->right == 0)
        exec_end(exec, VERDICT_VACUOUS, "both sides are empty: nothing was compared");
    else
        exec_end(exec, VERDICT_PASS, NULL);
}

static void compare(struct exec *exec)
{
    struct reconciling *reconciling = exec->state;
    const struct yaml_node *node = exec->plan->step->node;
    const struct reconcile_rules rules = {.key = yaml_get(node, "key"),
                                          .equal = yaml_get(node, "equal"),
                                          .merge_repeats = yaml_get(node, "merge") != NULL};
    struct reconcile_result result;
    enum word_end end;
    bool truth;

    reconcile(&reconciling->sides[0].records, &reconciling->sides[1].records, &rules, &result);
    if (compare_counts(exec, &result, &truth)) {
        end = word_answer(&reconciling->word, reconciling->asked_ns, core_now(exec->runner->core),
                          truth);
        if (end == WORD_PENDING)
            exec_wake(exec, word_next(&reconciling->word));
        else
            finish(exec, end, &result);
    }
    free(result.first);
}

// ---- The poll ----

static void take_records(struct side *side, struct value *records)
{
    for (size_t i = 0; records->type == VALUE_RECORDS && i < records->count; i++) {
        struct value_record *record = value_add_record(&side->records, 0);

        *record = records->records[i]; // Moved: the op forgets it.
        records->records[i] = (struct value_record){0};
    }
}

static void collect(struct exec *exec, struct side *side, size_t i)
{
    struct call *call = &side->calls[i];
    enum call_end end = call->op ? call_poll(call) : CALL_RUNNING;
    char *name;

    if (end == CALL_RUNNING)
        return;
    side->ended++;
    name = runner_member_name(exec->runner, side->role, side->targets[i]);
    if (end == CALL_SILENT)
        exec_end(exec, VERDICT_ERROR, "%s: no table in time", name);
    else if (call->op->end != OP_FINISHED)
        exec_end(exec,
                 call->op->end == OP_NOT_APPLICABLE ? VERDICT_NOT_APPLICABLE
                 : call->op->end == OP_BLOCKED      ? VERDICT_BLOCKED
                                                    : VERDICT_ERROR,
                 "%s: %s", name, call->op->reason ? call->op->reason : "");
    else
        take_records(side, &call->op->records);
    free(name);
    call_done(call);
}

static void poll_reconcile(struct exec *exec)
{
    struct reconciling *reconciling = exec->state;
    size_t waiting = 0;

    if (!reconciling->asking) {
        if (core_now(exec->runner->core) >= word_next(&reconciling->word))
            begin_round(exec);
        return;
    }
    for (size_t i = 0; i < SIDES; i++) {
        struct side *side = &reconciling->sides[i];

        for (size_t j = 0; j < side->count; j++)
            collect(exec, side, j);
        waiting += side->count - side->ended;
    }
    if (exec->verdict != VERDICT_NOT_RUN || waiting)
        return;
    reconciling->asking = false;
    compare(exec);
}

static void done_reconcile(struct exec *exec)
{
    struct reconciling *reconciling = exec->state;

    for (size_t i = 0; i < SIDES; i++) {
        struct side *side = &reconciling->sides[i];

        for (size_t j = 0; side->calls && j < side->count; j++)
            call_done(&side->calls[j]);
        free(side->calls);
        free(side->targets);
        value_done(&side->records);
    }
}

const struct exec_ops exec_reconcile = {.state_size = sizeof(struct reconciling),
                                        .begin = begin_reconcile,
                                        .poll = poll_reconcile,
                                        .done = done_reconcile};
