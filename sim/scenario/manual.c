// SPDX-License-Identifier: Apache-2.0
// The manual of the language, from the tables the validator uses: it cannot say something else.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/fault_rows.h"
#include "sim/scenario/load.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/verdict.h"

static void print_example(const char *example, struct str *out)
{
    if (example)
        str_addf(out, "```yaml\n%s\n```\n\n", example);
}

static void print_modifiers(const struct step_row *row, struct str *out)
{
    str_adds(out, "Modifiers:");
    for (size_t place = 0; place < STEP_MODIFIERS_COUNT; place++)
        if (row->allows & (1u << place))
            str_addf(out, " `%s`%s", step_modifier_names[place],
                     row->needs & (1u << place) ? " (needed)" : "");
    str_adds(out, "\n\n");
}

static void print_language_verbs(struct str *out)
{
    str_adds(out, "## Verbs of the language\n\nA step is one of these with its modifiers.\n\n");
    for (size_t i = 0; i < STEP_KINDS; i++) {
        str_addf(out, "### %s\n\n%s\n\n", step_rows[i].name, step_rows[i].doc);
        print_modifiers(&step_rows[i], out);
        print_example(step_rows[i].example, out);
    }
}

static const char *type_text(const struct schema_field *field)
{
    static const char *const names[] = {
        [SCHEMA_TEXT] = "text",
        [SCHEMA_NAME] = "name",
        [SCHEMA_INTEGER] = "whole number",
        [SCHEMA_NUMBER] = "number",
        [SCHEMA_BOOL] = "true or false",
        [SCHEMA_QUANTITY] = "quantity",
        [SCHEMA_UTC] = "time, ISO 8601",
        [SCHEMA_CHOICE] = "one of",
        [SCHEMA_OBJECT] = "mapping",
        [SCHEMA_LIST] = "list",
        [SCHEMA_MAP] = "mapping",
        [SCHEMA_EITHER] = "value or list",
        [SCHEMA_VALUE] = "value",
        [SCHEMA_ANY] = "anything",
    };

    return names[field->type];
}

static void print_fields(const struct schema *schema, const char *heading, struct str *out)
{
    if (!schema || schema->fields_count == 0)
        return;
    str_addf(out, "| %s | type | meaning |\n|---|---|---|\n", heading);
    for (size_t i = 0; i < schema->fields_count; i++) {
        const struct schema_field *field = &schema->fields[i];

        str_addf(out, "| `%s`%s | %s", field->name ? field->name : "*",
                 field->required ? " (needed)" : "", type_text(field));
        if (field->type == SCHEMA_QUANTITY)
            str_addf(out, " in %s", units_suffixes(field->unit));
        for (size_t j = 0; field->choices && field->choices[j]; j++)
            str_addf(out, "%s %s", j ? "," : "", field->choices[j]);
        str_addf(out, " | %s", field->doc ? field->doc : "");
        if (field->otherwise)
            str_addf(out, " Without it: %s.", field->otherwise);
        str_adds(out, " |\n");
    }
    str_adds(out, "\n");
}

static void print_totals(const struct verb *verb, struct str *out)
{
    if (!verb->totals || !verb->totals->name)
        return;
    str_adds(out, "| of the whole role | meaning |\n|---|---|\n");
    for (const struct verb_total *total = verb->totals; total->name; total++)
        str_addf(out, "| `%s` | %s |\n", total->name, total->doc);
    str_adds(out, "\n");
}

static void print_verb(const struct verb *verb, struct str *out)
{
    static const char *const uses[] = {
        [VERB_DO] = "do", [VERB_CHECK] = "check", [VERB_BOTH] = "do or check"};
    char room[UNITS_TEXT_ROOM];

    str_addf(out, "### %s\n\n%s\n\n", verb->name, verb->doc ? verb->doc : "");
    str_addf(out, "After `%s`; %s; waits %s without a clock word%s%s%s%s.\n\n", uses[verb->use],
             verb->door == VERB_WIRE ? "through a wire" : "through the world's door",
             units_time_text(verb->timeout_ns, room),
             verb->perturbs ? "; asking it changes what it asks" : "",
             verb->manual ? "; a person at the board can do it (`manual`)" : "",
             verb->feature ? "; needs the feature " : "", verb->feature ? verb->feature : "");
    print_fields(verb->with, "argument", out);
    print_fields(verb->results, "result", out);
    print_totals(verb, out);
}

static int by_name(const void *left, const void *right)
{
    return strcmp((*(const struct verb *const *)left)->name,
                  (*(const struct verb *const *)right)->name);
}

static void print_verbs(const struct verb_set *verbs, struct str *out)
{
    const struct verb **all = NULL;
    size_t count = 0;

    for (size_t i = 0; i < verbs->count; i++)
        for (const struct verb *const *verb = verbs->tables[i]; *verb; verb++) {
            all = mem_grow(all, count + 1, sizeof(*all));
            all[count++] = *verb;
        }
    all = mem_grow(all, count + 1, sizeof(*all));
    all[count++] = &session_close_all;
    qsort(all, count, sizeof(*all), by_name);
    str_adds(out, "## Verbs of the devices\n\nWhat `do` and `check` can name.\n\n");
    for (size_t i = 0; i < count; i++)
        print_verb(all[i], out);
    free(all);
}

static const char *fault_place(const struct fault_kind *kind)
{
    return kind->where & FAULT_LINK   ? "link"
           : kind->where & FAULT_LINE ? "serial line"
           : kind->where & FAULT_AIR  ? "air"
           : kind->where & FAULT_TLS  ? "device's TLS server"
                                      : "device";
}

static void print_faults(struct str *out)
{
    str_adds(out, "## Faults\n\nA closed list. What a bench cannot do is N/A with its reason.\n\n");
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        struct fault_with with;

        fault_with_init(&with, kind);
        str_addf(out, "### %s\n\nOn a %s%s. %s\n\n", kind->name, fault_place(kind),
                 kind->instant ? ", once" : "", kind->doc);
        print_fields(&with.schema, "argument", out);
        print_example(kind->example, out);
    }
}

static void print_verdicts(struct str *out)
{
    str_adds(out, "## Verdicts\n\n| verdict | meaning | exit code | with --strict |\n"
                  "|---|---|---|---|\n");
    for (int i = VERDICT_PASS; i < VERDICT_COUNT; i++)
        str_addf(out, "| %s | %s | %d | %d |\n", verdict_name((enum verdict)i),
                 verdict_meaning((enum verdict)i), verdict_exit((enum verdict)i, false),
                 verdict_exit((enum verdict)i, true));
    str_adds(out,
             "\nThe worst of 3 > 1 > 5 > 0 decides over several; 2 is a wrong command or file; "
             "4 is a run in which nothing could run; 130 is a signal.\n\n");
}

static void print_expressions(struct str *out)
{
    str_adds(out,
             "## Expressions\n\n"
             "`$name`, `$case.column`, `$secret.name`, `$gw.label`, `$gw.policy.lockout.scope` "
             "stand for a value; `$(...)` computes: `+ - * /`, comparisons, `and or not`, "
             "`count() len() min() max()`, quantities such as `10m`, `16A`, `70%`. A whole scalar "
             "keeps its type, inside other text it becomes text; `$$` is a dollar. A name may hold "
             "a hyphen: a minus between names needs blanks.\n\n"
             "An expectation is a value, a comparison (`'>= 0'`), a range (`1..3`) or a list, of "
             "which one must fit.\n\n");
}

void scenario_print_manual(const struct verb_set *verbs, struct str *out)
{
    str_adds(out, "# Scenarios\n\n");
    schema_print_manual(&scenario_schema, NULL, out);
    print_language_verbs(out);
    print_expressions(out);
    print_verdicts(out);
    print_faults(out);
    schema_print_manual(&scenario_procedure_schema, &scenario_schema, out);
    schema_print_manual(&scenario_quarantine_schema, NULL, out);
    print_verbs(verbs, out);
}
