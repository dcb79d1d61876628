// SPDX-License-Identifier: Apache-2.0
// Judging an answer: each expected field against what came, said in the words of the report.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/expectation.h"
#include "sim/scenario/load.h"
#include "sim/scenario/run_model.h"

// Of an answer nobody judged, this much is shown.
#define SHOWN_MAX 6

void judgement_done(struct judgement *judgement)
{
    str_done(&judgement->expected);
    str_done(&judgement->observed);
}

bool judge_has_totals(const struct plan_step *plan)
{
    const struct yaml_node *expect = yaml_get(plan->step->node, "expect");

    yaml_for_each(i, expect) {
        if (verb_total_find(plan->step->verb, expect->keys[i]->text))
            return true;
    }
    return false;
}

static void add_pair(struct str *out, const char *name, const struct value *value)
{
    str_addf(out, "%s%s: ", out->length ? ", " : "", name);
    if (value)
        value_print(value, out);
    else
        str_adds(out, "nothing");
}

// Judges one field; false with *ret_wrong when its expectation cannot be evaluated.
static bool judge_field(struct names *names, const struct yaml_node *node, const char *name,
                        const struct schema_field *field, const struct value *value,
                        struct judgement *ret, struct wrong *ret_wrong)
{
    struct expr_scope scope = names_scope(names);
    struct expectation expectation;
    enum expr_end how =
        expectation_read(node, field, &scope, &expectation, &ret_wrong->error, &ret_wrong->node);

    if (how == EXPR_UNKNOWN)
        *ret_wrong = (struct wrong){.node = node, .error = {.text = "this has no value here"}};
    if (how != EXPR_VALUE)
        return false;
    str_addf(&ret->expected, "%s%s: ", ret->expected.length ? ", " : "", name);
    expectation_print(&expectation, &ret->expected);
    add_pair(&ret->observed, name, value);
    ret->truth = ret->truth && expectation_holds(&expectation, value);
    expectation_done(&expectation);
    return true;
}

// Without `expect`: the verb's own idea of success, or any answer at all.
static void judge_plain(const struct plan_step *plan, const struct value_record *record,
                        struct judgement *ret)
{
    const struct schema_field *field = verb_verdict_field(plan->step->verb);
    const struct value *value = record && field ? value_record_get(record, field->name) : NULL;

    if (field) {
        str_addf(&ret->expected, "%s: %s", field->name, field->choices[0]);
        ret->truth = value && value->text && strcmp(value->text, field->choices[0]) == 0;
        add_pair(&ret->observed, field->name, value);
    }
    for (size_t i = 0; record && i < record->count && i < SHOWN_MAX; i++)
        if (!field || strcmp(record->keys[i], field->name) != 0)
            add_pair(&ret->observed, record->keys[i], &record->values[i]);
}

bool judge(struct runner *runner, const struct plan_step *plan, struct target *target,
           const struct value *results, struct judgement *ret, struct wrong *ret_wrong)
{
    const struct yaml_node *expect = yaml_get(plan->step->node, "expect");
    const struct verb *verb = plan->step->verb;
    const struct value_record *record = results->count ? &results->records[0] : NULL;
    struct names names = runner_names(runner, plan, target);

    *ret = (struct judgement){.truth = true};
    if (!expect)
        judge_plain(plan, record, ret);
    yaml_for_each(i, expect) {
        const char *name = expect->keys[i]->text;

        if (verb_total_find(verb, name))
            continue;
        if (!judge_field(&names, expect->items[i], name, schema_field_find(verb->results, name),
                         record ? value_record_get(record, name) : NULL, ret, ret_wrong)) {
            judgement_done(ret);
            return false;
        }
    }
    // What went wrong is more telling than a field that is not there.
    if (expect && !ret->truth && record && verb_verdict_field(verb) && !yaml_get(expect, "result"))
        add_pair(&ret->observed, "result", value_record_get(record, "result"));
    return true;
}

static const struct value *member_value(const struct value *results, const char *name)
{
    return results->count ? value_record_get(&results->records[0], name) : NULL;
}

static bool is_true(const struct value *value)
{
    return value && ((value->type == VALUE_BOOL && value->truth) ||
                     (value->type == VALUE_NUMBER && value->number != 0));
}

static struct value total_of(const struct verb_total *total, const struct value *const *results,
                             size_t count)
{
    double sum = 0;
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        const struct value *value = member_value(results[i], total->of);

        if (total->how == VERB_TOTAL_COUNT)
            sum += is_true(value) ? 1 : 0;
        if (total->how == VERB_TOTAL_COUNT || !value || value->type != VALUE_NUMBER)
            continue;
        if (total->how == VERB_TOTAL_SUM)
            sum += value->number;
        else if (!any)
            sum = value->number;
        else
            sum = total->how == VERB_TOTAL_LEAST ? fmin(sum, value->number)
                                                 : fmax(sum, value->number);
        any = true;
    }
    return value_number(sum, UNIT_NONE);
}

bool judge_totals(struct runner *runner, const struct plan_step *plan,
                  const struct value *const *results, size_t count, struct judgement *ret,
                  struct wrong *ret_wrong)
{
    const struct yaml_node *expect = yaml_get(plan->step->node, "expect");
    struct names names = runner_names(runner, plan, NULL);

    *ret = (struct judgement){.truth = true};
    yaml_for_each(i, expect) {
        const char *name = expect->keys[i]->text;
        const struct verb_total *total = verb_total_find(plan->step->verb, name);
        struct value value;
        bool judged;

        if (!total)
            continue;
        value = total_of(total, results, count);
        judged = judge_field(&names, expect->items[i], name, NULL, &value, ret, ret_wrong);
        value_done(&value);
        if (!judged) {
            judgement_done(ret);
            return false;
        }
    }
    return true;
}
