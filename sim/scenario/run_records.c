// SPDX-License-Identifier: Apache-2.0
// `records`: what was downloaded, searched. A step that finds nothing because there was nothing to
// look at proves nothing: it is VACUOUS, unless it wanted something and FAILs.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/expectation.h"
#include "sim/scenario/run_model.h"

#define SEEN_MAX 8

struct tally {
    size_t looked_at;
    size_t matched;
    const struct value *seen[SEEN_MAX]; // Of the first field of `match`, each value once; borrowed.
    size_t seen_count;
    const char *missing; // A field that a matching record does not carry.
    size_t missing_in;   // Which one, from 1.
};

static bool carries(const struct value_record *record, const char *key)
{
    const struct value *value = value_record_get(record, key);

    return value && value->type != VALUE_NONE && !(value->type == VALUE_TEXT && !*value->text);
}

// One expectation of `match`; false with *ret_wrong set when it cannot be evaluated.
static bool matches_field(struct names *names, const struct yaml_node *node,
                          const struct value *value, bool *ret_matches, struct wrong *ret_wrong)
{
    struct expr_scope scope = names_scope(names);
    struct expectation expectation;

    if (expectation_read(node, NULL, &scope, &expectation, &ret_wrong->error, &ret_wrong->node) !=
        EXPR_VALUE)
        return false;
    *ret_matches = *ret_matches && value && expectation_holds(&expectation, value);
    expectation_done(&expectation);
    return true;
}

static void see(struct tally *tally, const struct value *value)
{
    if (!value || tally->seen_count == SEEN_MAX)
        return;
    for (size_t i = 0; i < tally->seen_count; i++)
        if (value_equal(tally->seen[i], value))
            return;
    tally->seen[tally->seen_count++] = value;
}

static bool look_at(struct exec *exec, const struct value_record *record, struct tally *tally,
                    struct wrong *wrong)
{
    const struct yaml_node *match = yaml_get(exec->plan->step->node, "match");
    const struct yaml_node *each = yaml_get(exec->plan->step->node, "each");
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    bool matches = true;

    tally->looked_at++;
    yaml_for_each(i, match) {
        const struct value *value = value_record_get(record, match->keys[i]->text);

        if (i == 0)
            see(tally, value);
        if (!matches_field(&names, match->items[i], value, &matches, wrong))
            return false;
    }
    if (!matches)
        return true;
    tally->matched++;
    yaml_for_each(i, each) {
        if (!tally->missing && !carries(record, each->items[i]->text)) {
            tally->missing = each->items[i]->text;
            tally->missing_in = tally->matched;
        }
    }
    return true;
}

static bool count_records(struct exec *exec, const struct value *records, struct tally *tally)
{
    const struct yaml_node *since = yaml_get(exec->plan->step->node, "since");
    // The device stamps by its own clock, which the bench allows to be off by its slack.
    sim_time_ns from_ns = runner_mark(exec->runner, since, 0) - exec->runner->stage->slack_ns;
    struct wrong wrong = {0};

    for (size_t i = 0; i < records->count; i++) {
        if (since && records->records[i].at_ns >= 0 && records->records[i].at_ns < from_ns)
            continue;
        if (!look_at(exec, &records->records[i], tally, &wrong)) {
            if (!wrong.node)
                wrong.node = exec->plan->step->node;
            exec_wrong(exec, &wrong);
            return false;
        }
    }
    return true;
}

static bool read_count(struct exec *exec, struct expectation *ret)
{
    static const struct schema_field field = {.name = "count", .type = SCHEMA_INTEGER};
    const struct yaml_node *count = yaml_get(exec->plan->step->node, "count");
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct expr_scope scope = names_scope(&names);
    struct wrong wrong = {0};

    if (!count) {
        *ret = (struct expectation){EXPECTATION_AT_LEAST, value_number(1, UNIT_NONE), value_none()};
        return true;
    }
    if (expectation_read(count, &field, &scope, ret, &wrong.error, &wrong.node) == EXPR_VALUE)
        return true;
    exec_wrong(exec, &wrong);
    return false;
}

// How many match; when none does, what the first field of `match` holds instead.
static char *tell_observed(const struct exec *exec, const struct tally *tally)
{
    const struct yaml_node *match = yaml_get(exec->plan->step->node, "match");
    struct str text = {0};

    str_addf(&text, "%zu of %zu records match", tally->matched, tally->looked_at);
    for (size_t i = 0; tally->matched == 0 && i < tally->seen_count; i++) {
        str_addf(&text, "%s%s%s", i ? ", " : "; ", i ? "" : match->keys[0]->text, i ? "" : " is ");
        value_print(tally->seen[i], &text);
    }
    if (tally->matched == 0 && tally->seen_count == SEEN_MAX)
        str_adds(&text, ", ...");
    return str_take(&text);
}

static void conclude(struct exec *exec, const struct tally *tally,
                     const struct expectation *expected)
{
    struct value count = value_number((double)tally->matched, UNIT_NONE);
    bool fits = expectation_holds(expected, &count);
    struct str text = {0};

    expectation_print(expected, &text);
    str_adds(&text, " matching");
    exec->result->expected = str_take(&text);
    exec->result->observed = tell_observed(exec, tally);
    if (tally->looked_at == 0 && fits)
        exec_end(exec, VERDICT_VACUOUS, "there was no record to look at");
    else if (!fits)
        exec_end(exec, VERDICT_FAIL, "%s, expected %s", exec->result->observed,
                 exec->result->expected);
    else if (tally->missing)
        exec_end(exec, VERDICT_FAIL, "matching record %zu has no '%s'", tally->missing_in,
                 tally->missing);
    else
        exec_end(exec, VERDICT_PASS, NULL);
}

static void begin_records(struct exec *exec)
{
    const struct yaml_node *head = exec->plan->step->head;
    struct names names = runner_names(exec->runner, exec->plan, NULL);
    struct expectation expected;
    struct tally tally = {0};
    struct wrong wrong = {.node = head};
    struct value records;

    if (names_eval(&names, head, NULL, &records, &wrong) != EXPR_VALUE) {
        exec_wrong(exec, &wrong);
        return;
    }
    if (records.type != VALUE_RECORDS)
        exec_end(exec, VERDICT_ERROR, "'%s' holds no records", head->text);
    else if (count_records(exec, &records, &tally) && read_count(exec, &expected)) {
        conclude(exec, &tally, &expected);
        expectation_done(&expected);
    }
    value_done(&records);
}

static void poll_nothing(struct exec *exec)
{
    (void)exec;
}

const struct exec_ops exec_records = {.begin = begin_records, .poll = poll_nothing};
