// SPDX-License-Identifier: Apache-2.0
// The plan as a person and as a program reads it.
#include "sim/scenario/plan_model.h"

#include <stdlib.h>

#include "sim/core/timer.h"

// Copies in a row are printed as one line past this many.
#define COPIES_SHOWN 3
// Bytes of one argument in the line of a step.
#define ARGUMENT_SHOWN 48
// So many members make a simulation take longer than a second.
#define FLEET_FROM 200

// What the text of a node says as far as it is known; the text itself where a run has to tell.
static void add_text(const struct plan *plan, const struct plan_step *step,
                     const struct yaml_node *node, struct str *out)
{
    struct names names = {.scenario = plan->scenario, .frame = step->frame, .cast = &plan->cast};
    struct wrong wrong = {0};
    char *text = NULL;

    if (node->kind == YAML_SCALAR && names_eval_text(&names, node, &text, &wrong) == EXPR_VALUE)
        str_adds(out, text);
    else if (node->kind == YAML_SCALAR)
        str_adds(out, node->text);
    free(text);
}

static void add_node(const struct plan *plan, const struct plan_step *step,
                     const struct yaml_node *node, struct str *out)
{
    bool mapping = node->kind == YAML_MAPPING;

    if (node->kind == YAML_SCALAR) {
        add_text(plan, step, node, out);
        return;
    }
    str_adds(out, mapping ? "{" : "[");
    for (size_t i = 0; i < node->count; i++) {
        str_adds(out, i ? ", " : "");
        if (mapping)
            str_addf(out, "%s: ", node->keys[i]->text);
        add_node(plan, step, node->items[i], out);
    }
    str_adds(out, mapping ? "}" : "]");
}

// What the step is given, as far as it is known before the run. A secret never is: it stays the
// name it has in the file.
static void add_arguments(const struct plan *plan, const struct plan_step *step, struct str *out)
{
    const struct yaml_node *with = yaml_get(step->step->node, "with");
    struct str one = {0};

    yaml_for_each(i, with) {
        str_clear(&one);
        add_node(plan, step, with->items[i], &one);
        str_addf(out, "%s %s ", i ? "," : ":", with->keys[i]->text);
        str_addf(out, one.length > ARGUMENT_SHOWN ? "%.*s..." : "%.*s", ARGUMENT_SHOWN,
                 str_text(&one));
    }
    str_done(&one);
}

static void add_act(const struct plan *plan, const struct plan_step *step, struct str *out)
{
    const struct yaml_node *as = yaml_get(step->step->node, "as");

    str_addf(out, "%s %s to ", step_rows[step->step->kind].name, step->step->head->text);
    if (step->has_role)
        str_adds(out, plan->scenario->roles[step->role].name);
    else
        str_adds(out, yaml_get_text(step->step->node, "to", "?"));
    if (step->member)
        str_addf(out, "[%zu]", step->member);
    if (as) {
        str_adds(out, " as ");
        add_text(plan, step, as, out);
    }
    add_arguments(plan, step, out);
}

char *plan_step_title(const struct plan *plan, const struct plan_step *step)
{
    const struct yaml_node *name = yaml_get(step->step->node, "name");
    struct str out = {0};

    if (name) {
        add_text(plan, step, name, &out);
    } else if (step->step->kind == STEP_DO || step->step->kind == STEP_CHECK) {
        add_act(plan, step, &out);
    } else if (step->step->kind == STEP_RECONCILE) {
        str_addf(&out, "reconcile %s with %s", yaml_get_text(step->step->head, "left", ""),
                 yaml_get_text(step->step->head, "right", ""));
    } else if (step->step->kind == STEP_PARALLEL) {
        str_addf(&out, "parallel: %zu at once", step->lanes_count);
    } else {
        str_addf(&out, "%s ", step_rows[step->step->kind].name);
        add_text(plan, step, step->step->head, &out);
    }
    return str_take(&out);
}

static void add_time(int64_t time_ns, struct str *out)
{
    char room[UNITS_TEXT_ROOM];
    // A plan is an estimate: whole seconds, and whole minutes past an hour.
    int64_t grain_ns = time_ns >= 3600 * SIM_NS_PER_S ? 60 * SIM_NS_PER_S : SIM_NS_PER_S;

    str_adds(out, units_time_text((time_ns + grain_ns / 2) / grain_ns * grain_ns, room));
}

// Clock words as written, for the line of the step.
static void add_words(const struct plan *plan, const struct plan_step *step, struct str *out)
{
    static const char *const words[] = {"within", "holds", "spread"};
    const struct yaml_node *turns = yaml_get(step->step->node, "turns");

    if (schema_bool(yaml_get(step->step->node, "never"), false))
        str_adds(out, ", never");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct yaml_node *word = yaml_get(step->step->node, words[i]);

        if (!word)
            continue;
        str_addf(out, ", %s ", words[i]);
        add_text(plan, step, word, out);
    }
    if (turns) {
        str_adds(out, ", turns at ");
        add_text(plan, step, yaml_get(turns, "at"), out);
        if (yaml_get(turns, "since"))
            str_addf(out, " since %s", yaml_get(turns, "since")->text);
    }
}

struct printer {
    const struct plan *plan;
    const struct plan_board *board;
    struct plan_clock clock;
    struct plan_cost sum;
    struct str *out;
};

static void print_step(struct printer *printer, const struct plan_step *step, size_t copies,
                       int indent)
{
    char *title = plan_step_title(printer->plan, step);
    struct plan_cost cost = {0};

    for (size_t i = 0; i < copies; i++) {
        struct plan_cost one = plan_step_cost(printer->plan, step, printer->board, &printer->clock);

        cost.about_ns += one.about_ns;
        cost.most_ns += one.most_ns;
    }
    printer->sum.about_ns += cost.about_ns;
    printer->sum.most_ns += cost.most_ns;
    str_addf(printer->out, "%*s%-10s ", indent, "", step->number);
    if (copies > 1)
        str_addf(printer->out, "%zu x ", copies);
    str_adds(printer->out, title);
    add_words(printer->plan, step, printer->out);
    if (cost.about_ns >= SIM_NS_PER_S) {
        str_adds(printer->out, "  [");
        add_time(cost.about_ns, printer->out);
        str_adds(printer->out, "]");
    }
    str_adds(printer->out, "\n");
    free(title);
}

static size_t copies_from(const struct plan_list *list, size_t at)
{
    size_t count = 1;

    while (at + count < list->count && list->items[at + count].again &&
           list->items[at + count].step == list->items[at].step)
        count++;
    return count;
}

static void print_list(struct printer *printer, const char *heading, const struct plan_list *list)
{
    if (list->count)
        str_addf(printer->out, "  %s\n", heading);
    for (size_t i = 0; i < list->count;) {
        size_t copies = copies_from(list, i);

        if (copies <= COPIES_SHOWN)
            copies = 1;
        print_step(printer, &list->items[i], copies, 4);
        i += copies;
    }
}

static void print_case(struct printer *printer, const struct plan_case *row)
{
    if (*row->id)
        str_addf(printer->out, "case %s\n", row->id);
    for (size_t i = 0; i < row->background_count; i++)
        str_addf(printer->out, "  background %s\n", row->background[i].name);
    print_list(printer, "setup", &row->setup);
    print_list(printer, "steps", &row->steps);
    print_list(printer, "cleanup", &row->cleanup);
}

static struct plan_cost cost_of(const struct plan *plan, const struct plan_board *board)
{
    struct str out = {0};
    struct printer printer = {.plan = plan, .board = board, .out = &out};

    for (size_t i = 0; i < plan->cases_count; i++)
        print_case(&printer, &plan->cases[i]);
    str_done(&out);
    return printer.sum;
}

int64_t plan_world_ns(const struct plan *plan, const struct plan_board *board)
{
    return cost_of(plan, board).most_ns;
}

// Time costs nothing on the simulator; members do.
static bool has_fleet(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->roles_count; i++)
        if (scenario->roles[i].members >= FLEET_FROM)
            return true;
    return false;
}

void plan_print(const struct plan *plan, const struct plan_board *board, struct str *out)
{
    struct printer printer = {.plan = plan, .board = board, .out = out};
    const struct scenario *scenario = plan->scenario;

    str_addf(out, "%s  %s\n", scenario_id(scenario), scenario_title(scenario));
    for (size_t i = 0; i < scenario->roles_count; i++)
        str_addf(out, "role %s: %zu %s\n", scenario->roles[i].name, scenario->roles[i].members,
                 scenario->roles[i].kind);
    for (size_t i = 0; i < plan->cases_count; i++)
        print_case(&printer, &plan->cases[i]);
    str_addf(out, "%zu case%s, %zu steps: %s on the simulator, about ", plan->cases_count,
             plan->cases_count == 1 ? "" : "s", plan->steps_count,
             has_fleet(scenario) ? "some seconds" : "< 1 s");
    add_time(printer.sum.about_ns, out);
    str_adds(out, " on a board (at most ");
    add_time(printer.sum.most_ns, out);
    str_addf(out, ")%s\n",
             plan->exact ? "" : "; a role without a profile hides some of its numbers");
}

static void print_json_list(struct printer *printer, const char *phase,
                            const struct plan_list *list, bool *first)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct plan_step *step = &list->items[i];
        char *title = plan_step_title(printer->plan, step);
        struct plan_cost cost =
            plan_step_cost(printer->plan, step, printer->board, &printer->clock);

        printer->sum.about_ns += cost.about_ns;
        printer->sum.most_ns += cost.most_ns;
        str_adds(printer->out, *first ? "" : ",");
        *first = false;
        str_adds(printer->out, "{\"number\":");
        str_add_json(printer->out, step->number);
        str_addf(printer->out, ",\"phase\":\"%s\",\"line\":%d,\"title\":", phase,
                 step->step->node->mark.line);
        str_add_json(printer->out, title);
        str_addf(printer->out, ",\"about_s\":%.3f,\"most_s\":%.3f}", (double)cost.about_ns / 1e9,
                 (double)cost.most_ns / 1e9);
        free(title);
    }
}

void plan_print_json(const struct plan *plan, const struct plan_board *board, struct str *out)
{
    struct printer printer = {.plan = plan, .board = board, .out = out};

    str_adds(out, "{\"scenario\":");
    str_add_json(out, scenario_id(plan->scenario));
    str_adds(out, ",\"path\":");
    str_add_json(out, scenario_path(plan->scenario));
    str_adds(out, ",\"cases\":[");
    for (size_t i = 0; i < plan->cases_count; i++) {
        bool first = true;

        str_addf(out, "%s{\"id\":", i ? "," : "");
        str_add_json(out, plan->cases[i].id);
        str_adds(out, ",\"steps\":[");
        print_json_list(&printer, "setup", &plan->cases[i].setup, &first);
        print_json_list(&printer, "steps", &plan->cases[i].steps, &first);
        print_json_list(&printer, "cleanup", &plan->cases[i].cleanup, &first);
        str_adds(out, "]}");
    }
    str_addf(out, "],\"steps\":%zu,\"exact\":%s,\"board\":{\"about_s\":%.3f,\"most_s\":%.3f}}",
             plan->steps_count, plan->exact ? "true" : "false", (double)printer.sum.about_ns / 1e9,
             (double)printer.sum.most_ns / 1e9);
}
