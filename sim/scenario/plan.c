// SPDX-License-Identifier: Apache-2.0
// Expansion: cases and matrix into rows, repeat and for_each into copies, use into the procedure's
// steps, parallel into lanes. After this there is nothing left to decide but what the devices
// answer.
#include "sim/scenario/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/scenario/plan_model.h"

#define PLAN_CASES_MAX 10000
#define FOR_EACH_NAMES_MAX 8

static void expand(struct planner *planner, const struct step *step, const struct frame *frame,
                   const char *number, enum result_phase phase, struct plan_list *out);

static struct names planner_names(const struct planner *planner, const struct frame *frame)
{
    return (struct names){.scenario = planner->scenario, .frame = frame, .cast = planner->cast};
}

// ---- Copies ----

static void list_done(struct plan_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct plan_step *step = &list->items[i];

        for (size_t j = 0; j < step->lanes_count; j++)
            list_done(&step->lanes[j]);
        free(step->lanes);
        free(step->number);
    }
    free(list->items);
    *list = (struct plan_list){0};
}

static struct plan_step *add_step(struct planner *planner, const struct step *step,
                                  const struct frame *frame, const char *number,
                                  enum result_phase phase, struct plan_list *out)
{
    struct plan_step *added;

    if (++planner->plan->steps_count > SCENARIO_STEPS_MAX) {
        if (!planner->too_many)
            yaml_error(planner->diag, step->document, step->node,
                       "take a smaller 'repeat', 'for_each' or table of cases",
                       "the scenario has more than %d steps when it is expanded",
                       SCENARIO_STEPS_MAX);
        planner->too_many = true;
        return NULL;
    }
    MEM_PUSH_ROOM(out->items, out->count, out->room);
    added = &out->items[out->count++];
    *added = (struct plan_step){
        .step = step, .frame = frame, .number = str_copy(number), .phase = phase};
    return added;
}

static void expand_lane(struct planner *planner, const struct step *step, size_t lane, size_t first,
                        size_t count, const struct frame *frame, struct plan_step *added)
{
    struct frame *inner = frame_new(&planner->plan->frames, frame, false);
    struct plan_list *list = &added->lanes[lane];

    frame_bind(inner, "index", BOUND_VALUE, value_number((double)(lane + 1), UNIT_NONE));
    for (size_t i = first; i < first + count && !planner->too_many; i++) {
        char *number = str_format("%s.%zu.%zu", added->number, lane + 1, i - first + 1);

        expand(planner, &step->children[i], inner, number, added->phase, list);
        free(number);
    }
}

// With `count`: that many copies of the list; without: each step of the list a lane of its own.
static void expand_parallel(struct planner *planner, const struct step *step,
                            const struct frame *frame, const char *number, enum result_phase phase,
                            struct plan_list *out)
{
    const struct yaml_node *count = yaml_get(step->head, "count");
    struct names names = planner_names(planner, frame);
    struct plan_step *added = add_step(planner, step, frame, number, phase, out);
    size_t place = out->count - 1;
    int64_t copies = 1;
    struct wrong wrong = {0};
    enum expr_end how = EXPR_VALUE;
    struct plan_step copy;

    if (!added)
        return;
    if (count)
        how = names_eval_integer(&names, count, &copies, &wrong);
    if (how == EXPR_WRONG)
        names_note(planner->diag, step->document, &wrong);
    if (how == EXPR_UNKNOWN)
        planner->plan->exact = false;
    if (copies < 1 || copies > SCENARIO_STEPS_MAX)
        copies = copies < 1 ? 1 : SCENARIO_STEPS_MAX;
    copy = *added; // The lists it grows are not this one.
    copy.lanes_count = count ? (size_t)copies : step->children_count;
    copy.lanes = mem_new(copy.lanes_count, sizeof(*copy.lanes));
    for (size_t lane = 0; lane < copy.lanes_count && !planner->too_many; lane++)
        expand_lane(planner, step, lane, count ? 0 : lane, count ? step->children_count : 1, frame,
                    &copy);
    out->items[place] = copy;
}

// ---- Procedures ----

// The field that a parameter's type stands for; NULL for a role.
static const struct schema_field *param_field(const char *type)
{
    static const struct schema_field fields[] = {
        {.name = "text", .type = SCHEMA_TEXT},
        {.name = "name", .type = SCHEMA_NAME},
        {.name = "integer", .type = SCHEMA_INTEGER},
        {.name = "number", .type = SCHEMA_NUMBER},
        {.name = "duration", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS},
        {.name = "truth", .type = SCHEMA_BOOL},
        {.name = "any", .type = SCHEMA_ANY},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strcmp(fields[i].name, type) == 0)
            return &fields[i];
    return NULL;
}

static void bind_role(struct planner *planner, const struct step *step, struct names *names,
                      const struct yaml_node *given, const char *name, struct frame *inner)
{
    struct wrong wrong = {0};
    size_t role = 0;
    size_t member = 0;

    if (names_eval_role(names, given, &role, &member, &wrong) != EXPR_VALUE) {
        if (!wrong.error.text[0])
            return;
        names_note(planner->diag, step->document, &wrong);
        return;
    }
    frame_bind(inner, name, BOUND_ROLE, value_none())->role = role;
}

static void bind_param(struct planner *planner, const struct step *step, const struct frame *frame,
                       size_t index, struct frame *inner)
{
    const struct procedure *procedure = step->procedure;
    const char *name = procedure->params->keys[index]->text;
    const struct yaml_node *row = procedure->params->items[index];
    const struct yaml_node *given = yaml_get(yaml_get(step->node, "with"), name);
    const struct yaml_document *document = given ? step->document : procedure->document;
    struct names names = planner_names(planner, frame);
    struct schema_field field;
    struct wrong wrong = {0};
    struct value value;
    struct binding *binding;
    enum expr_end how;

    if (!given)
        given = yaml_get(row, "default");
    if (!given)
        return; // Said when it was loaded.
    if (strcmp(yaml_get_text(row, "type", ""), "role") == 0) {
        bind_role(planner, step, &names, given, name, inner);
        return;
    }
    field = *param_field(yaml_get_text(row, "type", "any"));
    field.name = name;
    how = names_eval_field(&names, given, &field, NULL, &value, &wrong);
    if (how == EXPR_WRONG) {
        names_note(planner->diag, document, &wrong);
        return;
    }
    binding = frame_bind(inner, name, how == EXPR_VALUE ? BOUND_VALUE : BOUND_UNKNOWN,
                         how == EXPR_VALUE ? value : value_none());
    binding->node = given;
    binding->at = frame;
}

static void expand_use(struct planner *planner, const struct step *step, const struct frame *frame,
                       const char *number, enum result_phase phase, struct plan_list *out)
{
    struct frame *inner = frame_new(&planner->plan->frames, frame, true);

    for (size_t i = 0; step->procedure->params && i < step->procedure->params->count; i++)
        bind_param(planner, step, frame, i, inner);
    for (size_t i = 0; i < step->children_count && !planner->too_many; i++) {
        char *child = str_format("%s.%zu", number, i + 1);

        expand(planner, &step->children[i], inner, child, phase, out);
        free(child);
    }
}

// ---- repeat and for_each ----

static void expand_once(struct planner *planner, const struct step *step, const struct frame *frame,
                        const char *number, enum result_phase phase, struct plan_list *out)
{
    if (step->kind == STEP_USE)
        expand_use(planner, step, frame, number, phase, out);
    else if (step->kind == STEP_PARALLEL)
        expand_parallel(planner, step, frame, number, phase, out);
    else
        add_step(planner, step, frame, number, phase, out);
}

static void expand_repeat(struct planner *planner, const struct step *step,
                          const struct frame *frame, const char *number, enum result_phase phase,
                          struct plan_list *out)
{
    const struct yaml_node *repeat = yaml_get(step->node, "repeat");
    struct names names = planner_names(planner, frame);
    struct wrong wrong = {0};
    int64_t count = 1;
    enum expr_end how;

    if (!repeat) {
        expand_once(planner, step, frame, number, phase, out);
        return;
    }
    how = names_eval_integer(&names, repeat, &count, &wrong);
    if (how == EXPR_WRONG)
        names_note(planner->diag, step->document, &wrong);
    if (how == EXPR_UNKNOWN)
        planner->plan->exact = false;
    for (int64_t i = 0; i < count && !planner->too_many; i++) {
        struct frame *inner = frame_new(&planner->plan->frames, frame, false);
        char *copy = str_format("%s.%lld", number, (long long)i + 1);
        size_t before = out->count;

        frame_bind(inner, "index", BOUND_VALUE, value_number((double)(i + 1), UNIT_NONE));
        expand_once(planner, step, inner, copy, phase, out);
        for (size_t j = before; i > 0 && j < out->count; j++)
            out->items[j].again = true;
        free(copy);
    }
}

// The values of one name of a for_each or matrix: a list, an expression that gives one, or a single
// value.
static bool values_of(struct planner *planner, const struct yaml_document *document,
                      const struct yaml_node *node, const struct frame *frame, struct value *ret)
{
    struct names names = planner_names(planner, frame);
    struct wrong wrong = {0};
    struct value value;
    enum expr_end how = names_eval(&names, node, NULL, &value, &wrong);

    if (how == EXPR_WRONG)
        names_note(planner->diag, document, &wrong);
    if (how == EXPR_UNKNOWN)
        planner->plan->exact = false;
    if (how != EXPR_VALUE)
        return false;
    if (value.type != VALUE_LIST) {
        struct value *item = mem_new(1, sizeof(*item));

        *item = value;
        value = (struct value){.type = VALUE_LIST, .items = item, .count = 1};
    }
    *ret = value;
    return true;
}

// Every combination of the values, the last name fastest. `place` holds the current one; returns
// false at the end.
static bool next_combination(const struct value *values, size_t count, size_t *place)
{
    for (size_t i = count; i-- > 0;) {
        if (++place[i] < values[i].count)
            return true;
        place[i] = 0;
    }
    return false;
}

static void expand_for_each(struct planner *planner, const struct step *step,
                            const struct frame *frame, const char *number, enum result_phase phase,
                            struct plan_list *out)
{
    const struct yaml_node *names = yaml_get(step->node, "for_each");
    struct value values[FOR_EACH_NAMES_MAX] = {0};
    size_t place[FOR_EACH_NAMES_MAX] = {0};
    bool good = names->count > 0 && names->count <= FOR_EACH_NAMES_MAX;
    size_t copy = 0;

    if (!good)
        yaml_error(planner->diag, step->document, names, NULL, "'for_each' names 1 to %d lists",
                   FOR_EACH_NAMES_MAX);
    for (size_t i = 0; good && i < names->count; i++)
        good = values_of(planner, step->document, names->items[i], frame, &values[i]) &&
               values[i].count > 0;
    do {
        struct frame *inner = frame_new(&planner->plan->frames, frame, false);
        char *part = str_format("%s.%zu", number, ++copy);

        for (size_t i = 0; good && i < names->count; i++)
            frame_bind(inner, names->keys[i]->text, BOUND_VALUE,
                       value_copy(&values[i].items[place[i]]));
        if (good)
            expand_repeat(planner, step, inner, part, phase, out);
        free(part);
    } while (good && !planner->too_many && next_combination(values, names->count, place));
    for (size_t i = 0; i < FOR_EACH_NAMES_MAX; i++)
        value_done(&values[i]);
}

static void expand(struct planner *planner, const struct step *step, const struct frame *frame,
                   const char *number, enum result_phase phase, struct plan_list *out)
{
    if (planner->too_many)
        return;
    if (yaml_get(step->node, "for_each"))
        expand_for_each(planner, step, frame, number, phase, out);
    else
        expand_repeat(planner, step, frame, number, phase, out);
}

static void expand_list(struct planner *planner, const struct step_list *list,
                        const struct frame *frame, const char *prefix, enum result_phase phase,
                        struct plan_list *out)
{
    for (size_t i = 0; i < list->count; i++) {
        char *number = str_format("%s%zu", prefix, i + 1);

        expand(planner, &list->items[i], frame, number, phase, out);
        free(number);
    }
}

// ---- Cases ----

static void bind_node(struct planner *planner, struct frame *frame, const char *name,
                      const struct yaml_node *node, const struct frame *at)
{
    struct names names = planner_names(planner, at);
    struct wrong wrong = {0};
    struct value value;
    enum expr_end how = names_eval(&names, node, NULL, &value, &wrong);
    struct binding *binding;

    if (how == EXPR_WRONG)
        names_note(planner->diag, planner->scenario->document, &wrong);
    binding = frame_bind(frame, name, how == EXPR_VALUE ? BOUND_VALUE : BOUND_UNKNOWN,
                         how == EXPR_VALUE ? value : value_none());
    binding->node = how == EXPR_UNKNOWN ? node : NULL;
    binding->at = at;
}

static const char *setting_of(const struct scenario *scenario, const char *name)
{
    for (size_t i = scenario->settings_count; i-- > 0;)
        if (strcmp(scenario->settings[i].name, name) == 0)
            return scenario->settings[i].text;
    return NULL;
}

// Each param sees those above it; a frame each, so that a late one cannot refer to itself.
static const struct frame *bind_params(struct planner *planner)
{
    const struct yaml_node *params = yaml_get(planner->scenario->root, "params");
    struct frame *frame = frame_new(&planner->plan->frames, NULL, false);

    yaml_for_each(i, params) {
        const char *name = params->keys[i]->text;
        const char *setting = setting_of(planner->scenario, name);
        struct frame *inner = frame_new(&planner->plan->frames, frame, false);

        if (setting)
            frame_bind(inner, name, BOUND_VALUE, value_parse(setting, false));
        else
            bind_node(planner, inner, name, params->items[i], frame);
        frame = inner;
    }
    return frame;
}

static void expand_case(struct planner *planner, const struct frame *frame, const char *id)
{
    const struct scenario *scenario = planner->scenario;
    struct plan *plan = planner->plan;
    struct plan_case *row;

    if (plan->cases_count == PLAN_CASES_MAX || planner->too_many)
        return;
    plan->cases = mem_grow(plan->cases, plan->cases_count + 1, sizeof(*plan->cases));
    row = &plan->cases[plan->cases_count++];
    *row = (struct plan_case){.id = str_copy(id)};
    expand_list(planner, &scenario->setup, frame, "setup ", RESULT_SETUP, &row->setup);
    expand_list(planner, &scenario->steps, frame, "", RESULT_STEPS, &row->steps);
    expand_list(planner, &scenario->cleanup, frame, "cleanup ", RESULT_CLEANUP, &row->cleanup);
    expand_list(planner, &scenario->always, frame, "always ", RESULT_ALWAYS, &row->always);
    expand_list(planner, &scenario->sometimes, frame, "sometimes ", RESULT_SOMETIMES,
                &row->sometimes);
    row->background_count = scenario->background_count;
    row->background = mem_new(row->background_count, sizeof(*row->background));
    for (size_t i = 0; i < row->background_count; i++) {
        row->background[i].name = scenario->background[i].name;
        expand(planner, &scenario->background[i].step, frame, scenario->background[i].name,
               RESULT_BACKGROUND, &row->background[i].step);
    }
}

// One row of `cases` (NULL for none) with every combination of the matrix.
static void expand_row(struct planner *planner, const struct frame *params,
                       const struct yaml_node *row, const struct yaml_node *matrix)
{
    struct value values[FOR_EACH_NAMES_MAX] = {0};
    size_t place[FOR_EACH_NAMES_MAX] = {0};
    size_t count = matrix ? matrix->count : 0;

    for (size_t i = 0; i < count; i++)
        if (!values_of(planner, planner->scenario->document, matrix->items[i], params, &values[i]))
            count = 0;
    do {
        struct frame *frame = frame_new(&planner->plan->frames, params, false);
        struct str id = {0};

        str_adds(&id, yaml_get_text(row, "id", ""));
        yaml_for_each(i, row) {
            char *name = str_format("case.%s", row->keys[i]->text);

            bind_node(planner, frame, name, row->items[i], params);
            free(name);
        }
        for (size_t i = 0; i < count; i++) {
            char *name = str_format("case.%s", matrix->keys[i]->text);

            str_addf(&id, "%s%s=", i ? "," : row ? "/" : "", matrix->keys[i]->text);
            value_print(&values[i].items[place[i]], &id);
            frame_bind(frame, name, BOUND_VALUE, value_copy(&values[i].items[place[i]]));
            free(name);
        }
        expand_case(planner, frame, str_text(&id));
        str_done(&id);
    } while (count && !planner->too_many && next_combination(values, count, place));
    for (size_t i = 0; i < FOR_EACH_NAMES_MAX; i++)
        value_done(&values[i]);
}

static void expand_all(struct planner *planner)
{
    const struct yaml_node *cases = yaml_get(planner->scenario->root, "cases");
    const struct yaml_node *matrix = yaml_get(planner->scenario->root, "matrix");
    const struct frame *params = bind_params(planner);

    if (matrix && matrix->count > FOR_EACH_NAMES_MAX) {
        yaml_error(planner->diag, planner->scenario->document, matrix, NULL,
                   "a matrix has at most %d lists", FOR_EACH_NAMES_MAX);
        return;
    }
    if (!cases)
        expand_row(planner, params, NULL, matrix);
    yaml_for_each(i, cases) {
        expand_row(planner, params, cases->items[i], matrix);
    }
}

int scenario_plan(const struct scenario *scenario, const struct scenario_cast *cast,
                  struct diag *diag, struct plan **ret)
{
    struct plan *plan = mem_new(1, sizeof(*plan));
    struct planner planner = {.plan = plan, .scenario = scenario, .cast = cast, .diag = diag};
    size_t before = diag_errors(diag);

    plan->scenario = scenario;
    plan->cast = cast ? *cast : (struct scenario_cast){0};
    plan->exact = true;
    expand_all(&planner);
    for (size_t i = 0; i < plan->cases_count && diag_errors(diag) == before; i++)
        plan_check_case(&planner, &plan->cases[i]);
    if (diag_errors(diag) > before) {
        plan_free(&plan);
        return planner.too_many ? ERR_TOO_MANY : ERR_SCHEMA;
    }
    *ret = plan;
    return 0;
}

void plan_free(struct plan **plan)
{
    if (!*plan)
        return;
    for (size_t i = 0; i < (*plan)->cases_count; i++) {
        struct plan_case *row = &(*plan)->cases[i];

        list_done(&row->setup);
        list_done(&row->steps);
        list_done(&row->cleanup);
        list_done(&row->always);
        list_done(&row->sometimes);
        for (size_t j = 0; j < row->background_count; j++)
            list_done(&row->background[j].step);
        free(row->background);
        free(row->id);
    }
    free((*plan)->cases);
    frames_free(&(*plan)->frames);
    free(*plan);
    *plan = NULL;
}

size_t plan_steps_count(const struct plan *plan)
{
    return plan->steps_count;
}

size_t plan_cases_count(const struct plan *plan)
{
    return plan->cases_count;
}

bool plan_exact(const struct plan *plan)
{
    return plan->exact;
}
