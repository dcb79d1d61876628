// SPDX-License-Identifier: Apache-2.0
// The schema of one step: every verb of the language and every modifier with its manual.
#include "sim/scenario/scenario.h"

#include <string.h>

#include "sim/base/nearest.h"
#include "sim/scenario/step.h"

#define FIELDS(list) .fields = list, .fields_count = sizeof(list) / sizeof(list[0])
#define DURATION .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS, .expression = true

static const char *const merges[] = {"identical-repeats", NULL};
static const char *const shapes[] = {"swizzle", NULL};
static const char *const laws[] = {"exponential", "uniform", NULL};

static const struct schema_field any_value = {.type = SCHEMA_ANY};
static const struct schema_field any_text = {.type = SCHEMA_TEXT};
static const struct schema_field step_item = {.type = SCHEMA_OBJECT,
                                              .object = &scenario_step_schema};

static const struct schema_field turns_fields[] = {
    {.name = "at", DURATION, .required = true, .doc = "When it turns.", .example = "at: 10m"},
    {.name = "since",
     .type = SCHEMA_NAME,
     .expression = true,
     .doc = "The mark from which `at` counts; without it the beginning of the step.",
     .example = "since: locked"},
    {.name = "tolerance",
     DURATION,
     .otherwise = "0",
     .doc = "How much earlier or later; widened to the bench's slack, never narrowed.",
     .example = "tolerance: 5s"},
};
static const struct schema turns_schema = {
    .name = "turns", .doc = "False before, true from then on.", FIELDS(turns_fields)};

static const struct schema_field budget_fields[] = {
    {.name = "wall", DURATION, .required = true, .doc = "Host time.", .example = "wall: 2h"},
};
static const struct schema budget_schema = {
    .name = "budget",
    .doc = "What the step may cost here; past it is ERROR, never FAIL.",
    FIELDS(budget_fields)};

static const struct schema_field law_fields[] = {
    {.name = "law",
     .type = SCHEMA_CHOICE,
     .choices = laws,
     .otherwise = "each time the mean",
     .doc = "How it is drawn, from the scenario's seed.",
     .example = "law: exponential"},
    {.name = "mean",
     .type = SCHEMA_VALUE,
     .doc = "Of `exponential`, or each time.",
     .example = "mean: 90s"},
    {.name = "from", .type = SCHEMA_VALUE, .doc = "Least, of `uniform`.", .example = "from: 2000"},
    {.name = "to", .type = SCHEMA_VALUE, .doc = "Most, of `uniform`.", .example = "to: 20000"},
};
const struct schema scenario_law_schema = {
    .name = "law",
    .doc = "A quantity that is drawn. An argument of `with` may be one too.",
    FIELDS(law_fields)};

static const struct schema_field side_fields[] = {
    {.name = "role",
     .type = SCHEMA_NAME,
     .required = true,
     .expression = true,
     .doc = "Its members.",
     .example = "role: evse"},
    {.name = "share",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_RATIO,
     .expression = true,
     .low = 0,
     .high = 1,
     .otherwise = "100%",
     .doc = "So many of them, drawn from the seed.",
     .example = "share: 70%"},
};
static const struct schema side_schema = {
    .name = "side", .doc = "One side of a fault.", FIELDS(side_fields)};
static const struct schema_field side_item = {.type = SCHEMA_OBJECT, .object = &side_schema};

static const struct schema_field shape_fields[] = {
    {.name = "kind",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = shapes,
     .doc = "swizzle: member by member, healing in random order.",
     .example = "kind: swizzle"},
    {.name = "over",
     DURATION,
     .required = true,
     .doc = "From the first to the last member.",
     .example = "over: 20s"},
};
static const struct schema shape_schema = {
    .name = "shape", .doc = "How a fault comes over many members.", FIELDS(shape_fields)};

static const struct schema_field reconcile_fields[] = {
    {.name = "left",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "Who did things: role and table.",
     .example = "left: evse.transactions"},
    {.name = "right",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "Who was told: role and table.",
     .example = "right: csms.transactions"},
};
static const struct schema reconcile_schema = {
    .name = "reconcile", .doc = "The two sides.", FIELDS(reconcile_fields)};

static const struct schema_field parallel_fields[] = {
    {.name = "count",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .low = 1,
     .high = 10000,
     .doc = "So many copies of the list.",
     .example = "count: 20"},
    {.name = "steps",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &step_item,
     .doc = "What is done at once.",
     .example = "steps: [{do: session.close-all, to: gw}]"},
};
static const struct schema parallel_schema = {
    .name = "parallel", .doc = "Several at once.", FIELDS(parallel_fields)};

static const struct schema_field fields[] = {
    // Verbs of the language; their manual is in step_rows.
    {.name = "do",
     .type = SCHEMA_TEXT,
     .doc = "Act on a role: a verb of the devices.",
     .example = "do: web.login"},
    {.name = "check",
     .type = SCHEMA_TEXT,
     .doc = "Ask a role: a verb of the devices.",
     .example = "check: breaker.position"},
    {.name = "wait", DURATION, .doc = "Let time pass.", .example = "wait: 15m"},
    {.name = "fault", .type = SCHEMA_TEXT, .doc = "Make a fault.", .example = "fault: partition"},
    {.name = "clear",
     .type = SCHEMA_NAME,
     .expression = true,
     .doc = "End a fault.",
     .example = "clear: outage"},
    {.name = "start",
     .type = SCHEMA_NAME,
     .doc = "Start an activity of `background`.",
     .example = "start: sessions"},
    {.name = "stop",
     .type = SCHEMA_NAME,
     .doc = "Stop an activity of `background`.",
     .example = "stop: sessions"},
    {.name = "mark",
     .type = SCHEMA_NAME,
     .doc = "Remember this instant.",
     .example = "mark: locked"},
    {.name = "records",
     .type = SCHEMA_TEXT,
     .doc = "Look into what `save` kept.",
     .example = "records: $audit"},
    {.name = "reconcile",
     .type = SCHEMA_OBJECT,
     .object = &reconcile_schema,
     .doc = "Compare what two sides say.",
     .example = "reconcile: {left: evse.transactions, right: csms.transactions}"},
    {.name = "use",
     .type = SCHEMA_TEXT,
     .doc = "Run a procedure file.",
     .example = "use: login-as"},
    {.name = "parallel",
     .type = SCHEMA_OBJECT,
     .object = &parallel_schema,
     .doc = "Several at once.",
     .example = "parallel: {count: 20, steps: []}"},
    {.name = "ask",
     .type = SCHEMA_TEXT,
     .doc = "Ask a person.",
     .example = "ask: Is the padlock of $cb.label sealed?"},
    // Modifiers.
    {.name = "name",
     .type = SCHEMA_TEXT,
     .doc = "What the report calls the step.",
     .example = "name: the right password is refused too"},
    {.name = "to",
     .type = SCHEMA_TEXT,
     .doc = "The role; `evse` is each of its members, `evse[17]` one.",
     .example = "to: gw"},
    {.name = "as",
     .type = SCHEMA_TEXT,
     .doc = "A client session of its own: a browser context, a connection, a login.",
     .example = "as: anna"},
    {.name = "with",
     .type = SCHEMA_MAP,
     .item = &any_value,
     .doc = "Arguments of the verb, the fault or the procedure. A number may be drawn by a law.",
     .example = "with: {user: $gw.user, password: $secret.gw}"},
    {.name = "expect",
     .type = SCHEMA_MAP,
     .item = &any_value,
     .doc = "What the results must be: a value, a comparison, a range, or a list of which one "
            "fits. A step without it expects the first word its verb's `result` can be.",
     .example = "expect: {result: refused, attempts: '<= 3', state: [open, locked]}"},
    {.name = "save",
     .type = SCHEMA_NAME,
     .doc = "Keep what was answered or downloaded under this name.",
     .example = "save: audit"},
    {.name = "within",
     DURATION,
     .doc = "Eventually: true at the latest after this time. With `never`: not once until then.",
     .example = "within: 5s"},
    {.name = "holds", DURATION, .doc = "Always: true for this long.", .example = "holds: 10s"},
    {.name = "never",
     .type = SCHEMA_BOOL,
     .doc = "Absence: not once during `within`.",
     .example = "never: true"},
    {.name = "turns",
     .type = SCHEMA_OBJECT,
     .object = &turns_schema,
     .doc = "An edge: false before, true from then on.",
     .example = "turns: {at: 10m, since: locked, tolerance: 5s}"},
    {.name = "since",
     .type = SCHEMA_NAME,
     .expression = true,
     .doc = "The mark from which `within` counts, or from which records count.",
     .example = "since: begin"},
    {.name = "budget",
     .type = SCHEMA_OBJECT,
     .object = &budget_schema,
     .otherwise = "60 s on the simulator, twice the plan on a board",
     .doc = "Host time the step may take; past it is ERROR, never FAIL.",
     .example = "budget: {wall: 2h}"},
    {.name = "repeat",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .low = 0,
     .high = SCENARIO_STEPS_MAX,
     .doc = "So many steps of this kind; `$index` counts from 1.",
     .example = "repeat: $tries"},
    {.name = "for_each",
     .type = SCHEMA_MAP,
     .item = &any_value,
     .doc = "One step for each value of a list; several names give every combination.",
     .example = "for_each: {unit: [1, 2]}"},
    {.name = "spread",
     DURATION,
     .doc = "The members of the role begin evenly over this time.",
     .example = "spread: 60s"},
    {.name = "every",
     .type = SCHEMA_ANY,
     .doc = "In `background`: the time between two beginnings of one member, or a law. In "
            "`always` and `sometimes`: ask this often besides each change.",
     .example = "every: {mean: 90s, law: exponential}"},
    {.name = "count",
     .type = SCHEMA_VALUE,
     .otherwise = "'>= 1'",
     .doc = "How many records must match: a number, a comparison or a range.",
     .example = "count: $(tries1 + tries2)"},
    {.name = "manual",
     .type = SCHEMA_TEXT,
     .doc = "What a person at the board is asked to do. On the simulator an ordinary action, "
            "BLOCKED where nobody is.",
     .example = "manual: Turn the locking pad of $cb.label to remote enabled"},
    {.name = "id",
     .type = SCHEMA_NAME,
     .otherwise = "the kind of the fault",
     .doc = "How `clear` calls the fault.",
     .example = "id: outage"},
    {.name = "between",
     .type = SCHEMA_LIST,
     .item = &side_item,
     .doc = "The two sides of a fault on a link; one side alone: between it and everything else.",
     .example = "between: [{role: evse, share: 70%}, {role: csms}]"},
    {.name = "on",
     .type = SCHEMA_EITHER,
     .item = &any_value,
     .doc = "The devices of a fault: a role, or {role, share}.",
     .example = "on: {role: evse, share: 10%}"},
    {.name = "network",
     .type = SCHEMA_NAME,
     .doc = "A segment, line or air of the site.",
     .example = "network: rs1"},
    {.name = "shape",
     .type = SCHEMA_OBJECT,
     .object = &shape_schema,
     .doc = "How the fault comes over many members.",
     .example = "shape: {kind: swizzle, over: 20s}"},
    {.name = "match",
     .type = SCHEMA_MAP,
     .item = &any_value,
     .doc = "Which records count: expectations by field.",
     .example = "match: {event: login-failed}"},
    {.name = "each",
     .type = SCHEMA_LIST,
     .item = &any_text,
     .doc = "Fields every matching record must carry.",
     .example = "each: [time, source, result]"},
    {.name = "key",
     .type = SCHEMA_LIST,
     .item = &any_text,
     .doc = "Fields that say which record is which.",
     .example = "key: [charger, start_time]"},
    {.name = "merge",
     .type = SCHEMA_CHOICE,
     .choices = merges,
     .doc = "identical-repeats: a repeat with the same bytes is one record.",
     .example = "merge: identical-repeats"},
    {.name = "equal",
     .type = SCHEMA_LIST,
     .item = &any_text,
     .doc = "Fields that must be the same on both sides.",
     .example = "equal: [meter_start, meter_stop]"},
};

static void no_verb(const struct yaml_document *document, const struct yaml_node *node,
                    struct diag *diag)
{
    struct nearest nearest = {0};
    const struct yaml_node *place = node;
    char hint[80] = "one of do, check, wait, fault, clear, start, stop, mark, records, ...";

    // An unknown key that is nearly a verb was meant to be one; the key itself is reported too.
    yaml_for_each(i, node) {
        nearest_init(&nearest, node->keys[i]->text);
        for (size_t kind = 0; kind < STEP_KINDS; kind++)
            nearest_add(&nearest, step_rows[kind].name);
        if (nearest_name(&nearest))
            return;
    }
    yaml_error(diag, document, place, hint, "a step needs a verb of the language");
}

static void check_modifiers(const struct step_row *row, const struct yaml_document *document,
                            const struct yaml_node *node, struct diag *diag)
{
    for (size_t place = 0; place < STEP_MODIFIERS_COUNT; place++) {
        unsigned bit = 1u << place;
        const char *name = step_modifier_names[place];

        if ((row->needs & bit) && !yaml_get(node, name))
            yaml_error(diag, document, node, NULL, "'%s' needs '%s'", row->name, name);
        if (row->allows & bit)
            continue;
        yaml_for_each(i, node) {
            if (strcmp(node->keys[i]->text, name) == 0)
                yaml_error(diag, document, node->keys[i], NULL, "'%s' does not go with '%s'", name,
                           row->name);
        }
    }
}

// Exactly one verb of the language, and only the modifiers that go with it.
static void rule(const struct yaml_document *document, const struct yaml_node *node,
                 struct diag *diag)
{
    const struct yaml_node *head;
    int kind = step_kind_of(node, &head);

    if (kind < 0) {
        no_verb(document, node, diag);
        return;
    }
    yaml_for_each(i, node) {
        for (int other = kind + 1; other < STEP_KINDS; other++)
            if (strcmp(node->keys[i]->text, step_rows[other].name) == 0)
                yaml_error(diag, document, node->keys[i], "make it a step of its own",
                           "a step has one verb, and this one has '%s' already",
                           step_rows[kind].name);
    }
    check_modifiers(&step_rows[kind], document, node, diag);
}

const struct schema scenario_step_schema = {
    .name = "step",
    .doc = "One verb of the language and its modifiers.",
    FIELDS(fields),
    .rule = rule,
};
