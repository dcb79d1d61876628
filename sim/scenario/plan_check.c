// SPDX-License-Identifier: Apache-2.0
// Checking the exact steps in the order of the run: roles, arguments and expectations in their
// place, and what must have happened before (a mark, a save, a fault).
#include "sim/scenario/plan_model.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/scenario/expectation.h"
#include "sim/scenario/fault_rows.h"
#include "sim/scenario/load.h"

#define NAMES_MAX 256

struct name_list {
    const char *items[NAMES_MAX];
    size_t count;
};

// What has happened so far in the case.
struct check {
    struct planner *planner;
    struct name_list marks;
    struct name_list faults;
    struct saved saved[NAMES_MAX];
    size_t saved_count;
    const struct plan_step *at;
};

static bool known(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}

static void remember(struct name_list *list, const char *name)
{
    if (!known(list, name) && list->count < NAMES_MAX)
        list->items[list->count++] = name;
}

static const struct yaml_node *get(const struct check *check, const char *key)
{
    return yaml_get(check->at->step->node, key);
}

static struct names names_of(struct check *check)
{
    return (struct names){.scenario = check->planner->scenario,
                          .frame = check->at->frame,
                          .cast = check->planner->cast,
                          .role = check->at->role,
                          .saved = check->saved,
                          .saved_count = check->saved_count};
}

static void note(struct check *check, const struct wrong *wrong)
{
    names_note(check->planner->diag, check->at->step->document, wrong);
}

static void check_node(struct check *check, const struct yaml_node *node)
{
    struct names names = names_of(check);
    struct wrong wrong = {0};
    struct value value;
    enum expr_end how = node ? names_eval(&names, node, NULL, &value, &wrong) : EXPR_UNKNOWN;

    if (how == EXPR_VALUE)
        value_done(&value);
    if (how == EXPR_WRONG)
        note(check, &wrong);
}

static void check_time(struct check *check, const struct yaml_node *node)
{
    struct names names = names_of(check);
    struct wrong wrong = {0};
    int64_t time_ns;

    if (node && names_eval_time(&names, node, &time_ns, &wrong) == EXPR_WRONG)
        note(check, &wrong);
}

static void check_arguments(struct check *check, const struct schema *schema)
{
    const struct yaml_node *with = get(check, "with");
    struct names names = names_of(check);

    yaml_for_each(i, with) {
        const struct schema_field *field = schema_field_find(schema, with->keys[i]->text);
        struct wrong wrong = {0};
        struct value value;
        enum expr_end how;

        if (!field)
            continue; // Said when it was loaded, or the schema is open.
        how = names_eval_field(&names, with->items[i], field, NULL, &value, &wrong);
        if (how == EXPR_VALUE)
            value_done(&value);
        if (how == EXPR_WRONG)
            note(check, &wrong);
    }
}

static void check_expectation(struct check *check, const struct yaml_node *node,
                              const struct schema_field *field)
{
    struct names names = names_of(check);
    struct expr_scope scope = names_scope(&names);
    struct expectation expectation;
    struct wrong wrong = {0};
    enum expr_end how =
        expectation_read(node, field, &scope, &expectation, &wrong.error, &wrong.node);

    if (how == EXPR_VALUE)
        expectation_done(&expectation);
    if (how == EXPR_WRONG)
        note(check, &wrong);
}

static void check_expect(struct check *check, const struct verb *verb)
{
    static const struct schema_field number = {.name = "count", .type = SCHEMA_NUMBER};
    const struct yaml_node *expect = get(check, "expect");

    yaml_for_each(i, expect) {
        const char *name = expect->keys[i]->text;
        const struct schema_field *field = verb ? schema_field_find(verb->results, name) : &number;

        if (verb && verb_total_find(verb, name))
            field = NULL;
        check_expectation(check, expect->items[i], field);
    }
}

static void check_since(struct check *check, const struct yaml_node *node)
{
    struct nearest nearest;
    char *hint = NULL;

    if (!node || strchr(node->text, '$') || known(&check->marks, node->text))
        return;
    nearest_init(&nearest, node->text);
    for (size_t i = 0; i < check->marks.count; i++)
        nearest_add(&nearest, check->marks.items[i]);
    if (nearest_name(&nearest))
        hint = str_format("did you mean '%s'?", nearest_name(&nearest));
    yaml_error(check->planner->diag, check->at->step->document, node,
               hint ? hint : "a step 'mark:' sets it, before this one",
               "the mark '%s' is not set before this step", node->text);
    free(hint);
}

static void check_role(struct check *check, struct plan_step *step, const struct yaml_node *node)
{
    struct names names = names_of(check);
    struct wrong wrong = {0};
    enum expr_end how = names_eval_role(&names, node, &step->role, &step->member, &wrong);

    step->has_role = how == EXPR_VALUE;
    if (how == EXPR_WRONG)
        note(check, &wrong);
}

static void check_clock_words(struct check *check)
{
    const struct yaml_node *turns = get(check, "turns");
    const struct yaml_node *budget = get(check, "budget");

    check_time(check, get(check, "within"));
    check_time(check, get(check, "holds"));
    check_time(check, get(check, "spread"));
    check_since(check, get(check, "since"));
    check_time(check, budget ? yaml_get(budget, "wall") : NULL);
    if (!turns)
        return;
    check_time(check, yaml_get(turns, "at"));
    check_time(check, yaml_get(turns, "tolerance"));
    check_since(check, yaml_get(turns, "since"));
}

static void check_save(struct check *check)
{
    const struct yaml_node *save = get(check, "save");

    if (save && check->saved_count < NAMES_MAX)
        check->saved[check->saved_count++] = (struct saved){.name = save->text};
}

static void check_act(struct check *check, struct plan_step *step)
{
    check_role(check, step, yaml_get(step->step->node, "to"));
    check_node(check, get(check, "as"));
    check_node(check, get(check, "manual"));
    if (get(check, "every") && get(check, "every")->kind == YAML_SCALAR)
        check_time(check, get(check, "every"));
    else
        check_node(check, get(check, "every"));
    check_arguments(check, step->step->verb->with);
    check_expect(check, step->step->verb);
    check_clock_words(check);
    check_save(check);
}

static void check_side(struct check *check, const struct yaml_node *side)
{
    const struct yaml_node *role = side->kind == YAML_MAPPING ? yaml_get(side, "role") : side;
    struct names names = names_of(check);
    struct wrong wrong = {0};
    size_t place;
    size_t member;

    if (!role) {
        wrong.node = side;
        yaml_error(check->planner->diag, check->at->step->document, side, NULL,
                   "a side of a fault names a role");
        return;
    }
    if (names_eval_role(&names, role, &place, &member, &wrong) == EXPR_WRONG)
        note(check, &wrong);
    if (side->kind == YAML_MAPPING && yaml_get(side, "share"))
        check_node(check, yaml_get(side, "share"));
}

static void check_fault(struct check *check)
{
    const struct yaml_node *between = get(check, "between");
    const struct yaml_node *on = get(check, "on");
    const struct yaml_node *shape = get(check, "shape");
    const struct yaml_node *id = get(check, "id");
    struct fault_with with;

    yaml_for_each(i, between) {
        check_side(check, between->items[i]);
    }
    if (on && on->kind != YAML_SEQUENCE)
        check_side(check, on);
    for (size_t i = 0; on && on->kind == YAML_SEQUENCE && i < on->count; i++)
        check_side(check, on->items[i]);
    if (shape)
        check_time(check, yaml_get(shape, "over"));
    fault_with_init(&with, fault_kind_find(check->at->step->head->text));
    check_arguments(check, &with.schema);
    remember(&check->faults, id ? id->text : check->at->step->head->text);
}

static void check_clear(struct check *check)
{
    const char *id = check->at->step->head->text;
    struct nearest nearest;
    char *hint = NULL;

    if (strchr(id, '$') || known(&check->faults, id))
        return;
    nearest_init(&nearest, id);
    for (size_t i = 0; i < check->faults.count; i++)
        nearest_add(&nearest, check->faults.items[i]);
    if (nearest_name(&nearest))
        hint = str_format("did you mean '%s'?", nearest_name(&nearest));
    yaml_error(check->planner->diag, check->at->step->document, check->at->step->head, hint,
               "no fault '%s' is made before this step", id);
    free(hint);
}

static void check_records(struct check *check)
{
    static const struct schema_field count = {.name = "count", .type = SCHEMA_INTEGER};
    const struct yaml_node *match = get(check, "match");

    check_node(check, check->at->step->head);
    check_since(check, get(check, "since"));
    yaml_for_each(i, match) {
        check_expectation(check, match->items[i], NULL);
    }
    if (get(check, "count"))
        check_expectation(check, get(check, "count"), &count);
}

static void check_reconcile(struct check *check)
{
    const char *const sides[] = {"left", "right"};

    for (size_t i = 0; i < 2; i++) {
        const struct yaml_node *side = yaml_get(check->at->step->head, sides[i]);
        struct yaml_node role = *side;
        char *text = str_copy(side->text);
        char *dot = strrchr(text, '.');
        struct names names = names_of(check);
        struct wrong wrong = {0};
        size_t place;
        size_t member;

        if (dot)
            *dot = '\0';
        role.text = text;
        if (names_eval_role(&names, &role, &place, &member, &wrong) == EXPR_WRONG) {
            wrong.node = side;
            wrong.error.at = 0;
            note(check, &wrong);
        }
        free(text);
    }
    check_expect(check, NULL);
    check_clock_words(check);
}

static void check_step(struct check *check, struct plan_step *step);

static void check_list(struct check *check, const struct plan_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        check_step(check, &list->items[i]);
}

// A copy made by `repeat` reads like the first; only its role is settled again.
static void check_again(struct check *check, struct plan_step *step)
{
    if (step->step->kind == STEP_DO || step->step->kind == STEP_CHECK)
        check_role(check, step, yaml_get(step->step->node, "to"));
    for (size_t lane = 0; lane < step->lanes_count; lane++)
        check_list(check, &step->lanes[lane]);
}

static void check_step(struct check *check, struct plan_step *step)
{
    check->at = step;
    if (step->again) {
        check_again(check, step);
        return;
    }
    check_node(check, get(check, "name"));
    switch (step->step->kind) {
    case STEP_DO:
    case STEP_CHECK:
        check_act(check, step);
        break;
    case STEP_WAIT:
        check_time(check, step->step->head);
        break;
    case STEP_FAULT:
        check_fault(check);
        break;
    case STEP_CLEAR:
        check_clear(check);
        break;
    case STEP_MARK:
        remember(&check->marks, step->step->head->text);
        break;
    case STEP_RECORDS:
        check_records(check);
        break;
    case STEP_RECONCILE:
        check_reconcile(check);
        break;
    case STEP_PARALLEL:
        for (size_t lane = 0; lane < step->lanes_count; lane++)
            check_list(check, &step->lanes[lane]);
        break;
    case STEP_ASK:
        check_node(check, step->step->head);
        break;
    case STEP_START:
    case STEP_STOP:
    case STEP_USE:
    case STEP_KINDS:
        break;
    }
}

void plan_check_case(struct planner *planner, const struct plan_case *row)
{
    struct check *check = mem_new(1, sizeof(*check));

    check->planner = planner;
    for (size_t i = 0; i < row->background_count; i++)
        check_list(check, &row->background[i].step);
    check_list(check, &row->always);
    check_list(check, &row->sometimes);
    check_list(check, &row->setup);
    check_list(check, &row->steps);
    check_list(check, &row->cleanup);
    free(check);
}
