// SPDX-License-Identifier: Apache-2.0
// What a step must be beyond its shape: a verb that exists and fits its place, arguments and
// expectation fields the verb knows, clock words that make sense together, a fault of the closed
// list.
#include "sim/scenario/load.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/scenario/fault_rows.h"

const struct schema_field *schema_field_find(const struct schema *schema, const char *name)
{
    for (size_t i = 0; schema && i < schema->fields_count; i++)
        if (schema->fields[i].name && strcmp(schema->fields[i].name, name) == 0)
            return &schema->fields[i];
    return NULL;
}

const struct schema_field *verb_verdict_field(const struct verb *verb)
{
    const struct schema_field *field = schema_field_find(verb->results, "result");

    return field && field->type == SCHEMA_CHOICE && field->choices && field->choices[0] ? field
                                                                                        : NULL;
}

const struct verb_total *verb_total_find(const struct verb *verb, const char *name)
{
    for (const struct verb_total *total = verb->totals; total && total->name; total++)
        if (strcmp(total->name, name) == 0)
            return total;
    return NULL;
}

static void error_near(struct loader *loader, const struct yaml_document *document,
                       const struct yaml_node *node, const char *near, char *message)
{
    char *hint = near ? str_format("did you mean '%s'?", near) : NULL;

    yaml_error(loader->diag, document, node, hint, "%s", message);
    free(hint);
    free(message);
}

static bool is_law(const struct yaml_node *node)
{
    return node->kind == YAML_MAPPING && (yaml_get(node, "law") || yaml_get(node, "mean"));
}

// True when something below the node is only known later.
static bool has_names(const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        return strchr(node->text, '$') != NULL;
    if (is_law(node))
        return true;
    yaml_for_each(i, node) {
        if (has_names(node->items[i]))
            return true;
    }
    return false;
}

void load_check_arguments(struct loader *loader, const struct yaml_document *document,
                          const struct yaml_node *owner, const struct yaml_node *with,
                          const struct schema *schema, const char *what)
{
    struct nearest nearest;

    yaml_for_each(i, with) {
        const struct schema_field *field = schema_field_find(schema, with->keys[i]->text);
        const struct yaml_node *value = with->items[i];
        bool none =
            value->kind == YAML_SCALAR && !value->quoted && strcmp(value->text, "none") == 0;

        if (field && is_law(value))
            schema_check(&scenario_law_schema, document, value, loader->diag);
        else if (field && !none && !has_names(value))
            schema_check_field(field, document, value, loader->diag);
        if (field || (schema && schema->open))
            continue;
        nearest_init(&nearest, with->keys[i]->text);
        for (size_t j = 0; schema && j < schema->fields_count; j++)
            nearest_add(&nearest, schema->fields[j].name);
        error_near(loader, document, with->keys[i], nearest_name(&nearest),
                   schema && schema->fields_count
                       ? str_format("'%s' has no argument '%s'", what, with->keys[i]->text)
                       : str_format("'%s' takes no arguments", what));
    }
    for (size_t i = 0; schema && i < schema->fields_count; i++)
        if (schema->fields[i].required && !yaml_get(with, schema->fields[i].name))
            yaml_error(loader->diag, document, with ? with : owner, NULL,
                       "'%s' needs the argument '%s'", what, schema->fields[i].name);
}

static void check_expect(struct loader *loader, const struct step *step, const struct verb *verb)
{
    const struct yaml_node *expect = yaml_get(step->node, "expect");
    struct nearest nearest;

    yaml_for_each(i, expect) {
        const char *name = expect->keys[i]->text;

        if (schema_field_find(verb->results, name) || verb_total_find(verb, name) ||
            (verb->results && verb->results->open))
            continue;
        nearest_init(&nearest, name);
        for (size_t j = 0; verb->results && j < verb->results->fields_count; j++)
            nearest_add(&nearest, verb->results->fields[j].name);
        for (const struct verb_total *total = verb->totals; total && total->name; total++)
            nearest_add(&nearest, total->name);
        error_near(loader, step->document, expect->keys[i], nearest_name(&nearest),
                   str_format("'%s' has no result '%s'", verb->name, name));
    }
}

static void refuse_key(struct loader *loader, const struct step *step, const char *key,
                       const char *message)
{
    yaml_error(loader->diag, step->document, yaml_get(step->node, key), NULL, "%s", message);
}

static void check_clock_words(struct loader *loader, const struct step *step,
                              const struct verb *verb)
{
    const struct yaml_node *node = step->node;
    const char *name = verb->name;
    bool within = yaml_get(node, "within");
    bool holds = yaml_get(node, "holds");
    bool turns = yaml_get(node, "turns");
    bool never = schema_bool(yaml_get(node, "never"), false);
    char *message;

    if (turns && (within || holds || yaml_get(node, "never")))
        refuse_key(loader, step, "turns",
                   "'turns' stands alone: it says before and after by itself");
    if (never && holds)
        refuse_key(loader, step, "never", "'never' does not go with 'holds'; absence has 'within'");
    if (never && !within)
        refuse_key(loader, step, "never", "'never' needs 'within': for how long?");
    if (yaml_get(node, "since") && !within)
        refuse_key(loader, step, "since", "'since' needs 'within' to count for");
    if (verb->perturbs && (turns || holds)) {
        message = str_format("'%s' changes what it asks: it cannot be asked again and again for "
                             "'%s'",
                             name, turns ? "turns" : "holds");
        refuse_key(loader, step, turns ? "turns" : "holds", message);
        free(message);
    }
    if ((within || holds || turns) && step->kind == STEP_CHECK && !yaml_get(node, "expect") &&
        !verb_verdict_field(verb))
        yaml_error(loader->diag, step->document, step->head, NULL,
                   "a clock word needs 'expect': what is to be true?");
}

// Where a step stands decides what it may be.
static void check_place(struct loader *loader, const struct step *step)
{
    static const char *const words[] = {"within", "holds",  "never",   "turns",
                                        "save",   "repeat", "for_each"};
    const struct yaml_node *every = yaml_get(step->node, "every");

    if (step->place == STEP_IN_STEPS || step->place == STEP_IN_PARALLEL) {
        if (every)
            refuse_key(loader, step, "every",
                       "'every' belongs to background, always and sometimes");
        return;
    }
    if (step->place == STEP_IN_BACKGROUND && step->kind != STEP_DO && step->kind != STEP_CHECK)
        yaml_error(loader->diag, step->document, step->head, NULL,
                   "an activity of the background is a 'do' or a 'check'");
    if (step->place == STEP_IN_BACKGROUND && !every)
        yaml_error(loader->diag, step->document, step->node, "for example every: 90s",
                   "an activity of the background needs 'every'");
    if (step->place == STEP_IN_ALWAYS && step->kind != STEP_CHECK)
        yaml_error(loader->diag, step->document, step->head, NULL,
                   "what must always or sometimes be true is a 'check'");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (yaml_get(step->node, words[i]) &&
            !(step->place == STEP_IN_BACKGROUND && strcmp(words[i], "within") == 0))
            yaml_error(loader->diag, step->document, yaml_get(step->node, words[i]), NULL,
                       "'%s' does not go with background, always and sometimes", words[i]);
    if (every && is_law(every))
        schema_check(&scenario_law_schema, step->document, every, loader->diag);
}

static void check_verb(struct loader *loader, const struct step *step)
{
    const struct verb_set *verbs = &loader->scenario->verbs;
    const char *name = step->head->text;
    const struct verb *verb = verb_find(verbs, name);

    if (!verb) {
        error_near(loader, step->document, step->head, verb_nearest(verbs, name),
                   str_format("there is no verb '%s'", name));
        return;
    }
    if (verb->use == (step->kind == STEP_DO ? VERB_CHECK : VERB_DO))
        yaml_error(loader->diag, step->document, step->head,
                   step->kind == STEP_DO ? "write 'check:'" : "write 'do:'",
                   step->kind == STEP_DO ? "'%s' asks and does nothing"
                                         : "'%s' acts; it cannot be asked",
                   name);
    if (yaml_get(step->node, "manual") && !verb->manual)
        refuse_key(loader, step, "manual",
                   "no person can do this by hand: 'manual' has no meaning");
    load_check_arguments(loader, step->document, step->head, yaml_get(step->node, "with"),
                         verb->with, name);
    check_expect(loader, step, verb);
    check_clock_words(loader, step, verb);
}

static void check_fault_place(struct loader *loader, const struct step *step,
                              const struct fault_kind *kind)
{
    const struct yaml_node *between = yaml_get(step->node, "between");
    const struct yaml_node *network = yaml_get(step->node, "network");
    const struct yaml_node *on = yaml_get(step->node, "on");
    int places = (between != NULL) + (network != NULL) + (on != NULL);
    bool of_device = kind->where & (FAULT_DEVICE | FAULT_TLS);

    if (between && (between->count < 1 || between->count > 2))
        yaml_error(loader->diag, step->document, between, NULL, "a fault lies between two sides");
    if (places > 1)
        yaml_error(loader->diag, step->document, step->head, NULL,
                   "one of 'between', 'on' and 'network' says where the fault is");
    if (of_device && !on)
        yaml_error(loader->diag, step->document, step->head, "for example on: gw",
                   "'%s' needs 'on': which devices?", kind->name);
    if (!of_device && places == 0)
        yaml_error(loader->diag, step->document, step->head,
                   "for example between: [{role: gw}] or network: lan",
                   "'%s' needs 'between', 'on' or 'network': where?", kind->name);
}

static void check_fault(struct loader *loader, const struct step *step)
{
    const char *name = step->head->text;
    const struct fault_kind *kind = fault_kind_find(name);
    struct fault_with with;
    struct nearest nearest;

    if (!kind) {
        nearest_init(&nearest, name);
        for (size_t i = 0; i < FAULT_KINDS; i++)
            nearest_add(&nearest, fault_kinds[i].name);
        error_near(loader, step->document, step->head, nearest_name(&nearest),
                   str_format("there is no fault '%s'", name));
        return;
    }
    fault_with_init(&with, kind);
    load_check_arguments(loader, step->document, step->head, yaml_get(step->node, "with"),
                         &with.schema, name);
    check_fault_place(loader, step, kind);
}

static void check_reconcile(struct loader *loader, const struct step *step)
{
    static const char *const results[] = {"missing", "doubled", "out_of_order", "surplus",
                                          "unequal"};
    const struct yaml_node *expect = yaml_get(step->node, "expect");
    const struct yaml_node *key = yaml_get(step->node, "key");
    const char *const sides[] = {"left", "right"};
    struct nearest nearest;

    for (size_t i = 0; i < 2; i++) {
        const struct yaml_node *side = yaml_get(step->head, sides[i]);

        if (!strchr(side->text, '.'))
            yaml_error(loader->diag, step->document, side, "for example csms.transactions",
                       "'%s' names a role and a table of it", sides[i]);
    }
    if (key && key->count == 0)
        yaml_error(loader->diag, step->document, key, NULL, "'key' names at least one field");
    yaml_for_each(i, expect) {
        size_t j = 0;

        nearest_init(&nearest, expect->keys[i]->text);
        while (j < 5 && strcmp(results[j], expect->keys[i]->text) != 0)
            nearest_add(&nearest, results[j++]);
        if (j == 5)
            error_near(loader, step->document, expect->keys[i], nearest_name(&nearest),
                       str_format("'reconcile' has no result '%s'", expect->keys[i]->text));
    }
}

static void check_activity(struct loader *loader, const struct step *step)
{
    const struct yaml_node *background = yaml_get(loader->scenario->root, "background");
    struct nearest nearest;

    if (yaml_get(background, step->head->text))
        return;
    nearest_init(&nearest, step->head->text);
    yaml_for_each(i, background) {
        nearest_add(&nearest, background->keys[i]->text);
    }
    error_near(loader, step->document, step->head, nearest_name(&nearest),
               str_format("there is no activity '%s' in the background", step->head->text));
}

static void check_nesting(struct loader *loader, const struct step *step)
{
    if (step->place == STEP_IN_PARALLEL && (step->kind == STEP_PARALLEL || step->kind == STEP_ASK))
        yaml_error(loader->diag, step->document, step->head, NULL,
                   "'%s' does not go inside 'parallel'", step_rows[step->kind].name);
}

void load_check_step(struct loader *loader, const struct step *step)
{
    check_place(loader, step);
    check_nesting(loader, step);
    switch (step->kind) {
    case STEP_DO:
    case STEP_CHECK:
        check_verb(loader, step);
        break;
    case STEP_FAULT:
        check_fault(loader, step);
        break;
    case STEP_RECORDS:
        if (step->head->text[0] != '$')
            yaml_error(loader->diag, step->document, step->head, "for example records: $audit",
                       "'records' looks into what 'save' kept under a name");
        break;
    case STEP_RECONCILE:
        check_reconcile(loader, step);
        break;
    case STEP_START:
    case STEP_STOP:
        check_activity(loader, step);
        break;
    case STEP_WAIT:
    case STEP_CLEAR:
    case STEP_MARK:
    case STEP_USE:
    case STEP_PARALLEL:
    case STEP_ASK:
    case STEP_KINDS:
        break;
    }
}
