// SPDX-License-Identifier: Apache-2.0
// Evaluating the nodes of a scenario: scalars, lists, laws, records, roles; and saying where one
// could not be.
#include "sim/scenario/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/scenario/expectation.h"

__attribute__((format(printf, 3, 4))) static enum expr_end
refuse(struct wrong *wrong, const struct yaml_node *node, const char *format, ...)
{
    va_list arguments;

    *wrong = (struct wrong){.node = node};
    va_start(arguments, format);
    vsnprintf(wrong->error.text, sizeof(wrong->error.text), format, arguments);
    va_end(arguments);
    return EXPR_WRONG;
}

static enum expr_end eval_scalar(struct names *names, const struct yaml_node *node,
                                 struct value *ret, struct wrong *wrong)
{
    struct expr_scope scope = names_scope(names);

    wrong->node = node;
    return expr_scalar(node->text, node->quoted, &scope, ret, &wrong->error);
}

static enum expr_end eval_list(struct names *names, const struct yaml_node *node, struct rng *rng,
                               struct value *ret, struct wrong *wrong)
{
    struct value list = {.type = VALUE_LIST};
    bool unknown = false;

    yaml_for_each(i, node) {
        struct value item;
        enum expr_end how = names_eval(names, node->items[i], rng, &item, wrong);

        if (how == EXPR_WRONG) {
            value_done(&list);
            return EXPR_WRONG;
        }
        unknown = unknown || how == EXPR_UNKNOWN;
        if (how == EXPR_VALUE) {
            list.items = mem_grow(list.items, list.count + 1, sizeof(*list.items));
            list.items[list.count++] = item;
        }
    }
    if (!unknown) {
        *ret = list;
        return EXPR_VALUE;
    }
    value_done(&list);
    return EXPR_UNKNOWN;
}

// ---- Laws ----

struct law {
    struct value mean;
    struct value from;
    struct value to;
    bool exponential;
    bool uniform;
};

static enum expr_end law_part(struct names *names, const struct yaml_node *node, const char *key,
                              struct value *ret, struct wrong *wrong)
{
    const struct yaml_node *part = yaml_get(node, key);
    enum expr_end how;

    *ret = value_none();
    if (!part)
        return EXPR_VALUE;
    if (part->kind != YAML_SCALAR)
        return refuse(wrong, part, "'%s' of a law is a quantity", key);
    how = eval_scalar(names, part, ret, wrong);
    if (how == EXPR_VALUE && ret->type != VALUE_NUMBER) {
        value_done(ret);
        return refuse(wrong, part, "'%s' of a law is a quantity", key);
    }
    return how;
}

static enum expr_end draw(const struct law *law, const struct yaml_node *node, struct rng *rng,
                          struct value *ret, struct wrong *wrong)
{
    bool whole = law->from.unit == UNIT_NONE || law->from.unit == UNIT_TIME_NS;
    double number;

    if (law->uniform) {
        if (law->from.unit != law->to.unit || law->from.number > law->to.number)
            return refuse(wrong, node,
                          "a uniform law goes from the smaller to the greater of two "
                          "quantities in one unit");
        if (!rng)
            return EXPR_UNKNOWN;
        number = rng_uniform(rng, law->from.number, law->to.number);
        *ret = value_number(whole ? floor(number) : number, law->from.unit);
        return EXPR_VALUE;
    }
    if (law->mean.number < 0)
        return refuse(wrong, node, "the mean of a law is not negative");
    if (!rng)
        return EXPR_UNKNOWN;
    number = law->exponential ? rng_exponential(rng, law->mean.number) : law->mean.number;
    *ret = value_number(law->mean.unit == UNIT_TIME_NS ? floor(number) : number, law->mean.unit);
    return EXPR_VALUE;
}

static enum expr_end read_law(struct names *names, const struct yaml_node *node, struct law *law,
                              struct wrong *wrong)
{
    const struct {
        const char *key;
        struct value *value;
    } parts[] = {{"mean", &law->mean}, {"from", &law->from}, {"to", &law->to}};
    bool unknown = false;

    for (size_t i = 0; i < 3; i++) {
        enum expr_end how = law_part(names, node, parts[i].key, parts[i].value, wrong);

        if (how == EXPR_WRONG)
            return EXPR_WRONG;
        unknown = unknown || how == EXPR_UNKNOWN;
    }
    if (unknown)
        return EXPR_UNKNOWN;
    if (law->uniform ? law->from.type == VALUE_NONE || law->to.type == VALUE_NONE
                     : law->mean.type == VALUE_NONE)
        return refuse(wrong, node, "%s",
                      law->uniform ? "a uniform law needs 'from' and 'to'"
                                   : "this law needs 'mean'");
    return EXPR_VALUE;
}

static enum expr_end eval_law(struct names *names, const struct yaml_node *node, struct rng *rng,
                              struct value *ret, struct wrong *wrong)
{
    const char *word = yaml_get_text(node, "law", "");
    struct law law = {.exponential = strcmp(word, "exponential") == 0,
                      .uniform = strcmp(word, "uniform") == 0};
    enum expr_end how = read_law(names, node, &law, wrong);

    if (how == EXPR_VALUE)
        how = draw(&law, node, rng, ret, wrong);
    value_done(&law.mean);
    value_done(&law.from);
    value_done(&law.to);
    return how;
}

static enum expr_end eval_record(struct names *names, const struct yaml_node *node, struct rng *rng,
                                 struct value *ret, struct wrong *wrong)
{
    struct value records = value_records();
    bool unknown = false;

    value_add_record(&records, -1);
    yaml_for_each(i, node) {
        struct value value;
        enum expr_end how = names_eval(names, node->items[i], rng, &value, wrong);

        if (how == EXPR_WRONG) {
            value_done(&records);
            return EXPR_WRONG;
        }
        unknown = unknown || how == EXPR_UNKNOWN;
        if (how == EXPR_VALUE)
            value_record_set(&records.records[0], node->keys[i]->text, value);
    }
    if (!unknown) {
        *ret = records;
        return EXPR_VALUE;
    }
    value_done(&records);
    return EXPR_UNKNOWN;
}

enum expr_end names_eval(struct names *names, const struct yaml_node *node, struct rng *rng,
                         struct value *ret, struct wrong *ret_wrong)
{
    if (node->kind == YAML_SCALAR)
        return eval_scalar(names, node, ret, ret_wrong);
    if (node->kind == YAML_SEQUENCE)
        return eval_list(names, node, rng, ret, ret_wrong);
    if (yaml_get(node, "law") || yaml_get(node, "mean"))
        return eval_law(names, node, rng, ret, ret_wrong);
    return eval_record(names, node, rng, ret, ret_wrong);
}

enum expr_end names_eval_field(struct names *names, const struct yaml_node *node,
                               const struct schema_field *field, struct rng *rng, struct value *ret,
                               struct wrong *ret_wrong)
{
    struct value value;
    enum expr_end how = names_eval(names, node, rng, &value, ret_wrong);

    if (how != EXPR_VALUE)
        return how;
    ret_wrong->node = node;
    ret_wrong->error = (struct expr_error){0};
    // A drawn whole number: the law knows nothing of the field.
    if (field->type == SCHEMA_INTEGER && node->kind == YAML_MAPPING && value.type == VALUE_NUMBER)
        value.number = floor(value.number);
    if (!value_fit(&value, field, &ret_wrong->error)) {
        value_done(&value);
        return EXPR_WRONG;
    }
    *ret = value;
    return EXPR_VALUE;
}

enum expr_end names_eval_time(struct names *names, const struct yaml_node *node, int64_t *ret_ns,
                              struct wrong *ret_wrong)
{
    static const struct schema_field field = {
        .name = "a duration", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS};
    struct value value;
    enum expr_end how = names_eval(names, node, NULL, &value, ret_wrong);
    struct expr_error error = {0};
    bool good;

    if (how != EXPR_VALUE)
        return how;
    good = value_fit(&value, &field, &error) && value.type == VALUE_NUMBER && value.number >= 0 &&
           value.number < 9e18;
    if (good)
        *ret_ns = (int64_t)value.number;
    if (!good) {
        struct str shown = {0};

        value_print(&value, &shown);
        refuse(ret_wrong, node, "a duration is wanted here (10s, 15m), not '%.80s'",
               str_text(&shown));
        str_done(&shown);
    }
    value_done(&value);
    return good ? EXPR_VALUE : EXPR_WRONG;
}

enum expr_end names_eval_integer(struct names *names, const struct yaml_node *node, int64_t *ret,
                                 struct wrong *ret_wrong)
{
    struct value value;
    enum expr_end how = names_eval(names, node, NULL, &value, ret_wrong);
    bool good;

    if (how != EXPR_VALUE)
        return how;
    good = value.type == VALUE_NUMBER && value.unit == UNIT_NONE &&
           value.number == floor(value.number) && value.number >= 0 && value.number < 1e15;
    if (good)
        *ret = (int64_t)value.number;
    if (!good) {
        struct str shown = {0};

        value_print(&value, &shown);
        refuse(ret_wrong, node, "a whole number is wanted here, not '%.80s'", str_text(&shown));
        str_done(&shown);
    }
    value_done(&value);
    return good ? EXPR_VALUE : EXPR_WRONG;
}

enum expr_end names_eval_text(struct names *names, const struct yaml_node *node, char **ret,
                              struct wrong *ret_wrong)
{
    static const struct schema_field field = {.name = "text", .type = SCHEMA_TEXT};
    struct value value;
    enum expr_end how = names_eval_field(names, node, &field, NULL, &value, ret_wrong);

    if (how != EXPR_VALUE)
        return how;
    *ret = str_copy(value.secret ? "(secret)" : value.type == VALUE_NONE ? "none" : value.text);
    value_done(&value);
    return EXPR_VALUE;
}

// ---- Roles ----

static enum expr_end find_role(struct names *names, const struct yaml_node *node, const char *name,
                               size_t *ret_role, struct wrong *wrong)
{
    const struct binding *binding = frame_find(names->frame, name);
    int role = scenario_find_role(names->scenario, name);

    if (binding && binding->how == BOUND_ROLE)
        role = (int)binding->role;
    if (role >= 0) {
        *ret_role = (size_t)role;
        return EXPR_VALUE;
    }
    refuse(wrong, node, "there is no role '%.100s'", name);
    if (scenario_nearest_role(names->scenario, name))
        snprintf(wrong->error.hint, sizeof(wrong->error.hint), "did you mean '%.100s'?",
                 scenario_nearest_role(names->scenario, name));
    return EXPR_WRONG;
}

// "evse[17]": the member, in brackets behind the name.
static enum expr_end find_member(struct names *names, const struct yaml_node *node, char *text,
                                 size_t *ret_member, struct wrong *wrong)
{
    struct expr_scope scope = names_scope(names);
    char *open = strchr(text, '[');
    char *close = strrchr(text, ']');
    struct value value;
    enum expr_end how;

    *ret_member = 0;
    if (!open)
        return EXPR_VALUE;
    if (!close || close < open || close[1])
        return refuse(wrong, node, "one member of a role is written role[17]");
    *open = '\0';
    wrong->node = node;
    how = expr_eval(open + 1, (size_t)(close - open - 1), &scope, &value, &wrong->error);
    if (how == EXPR_WRONG)
        wrong->error.at += (size_t)(open + 1 - text);
    if (how != EXPR_VALUE)
        return how;
    *ret_member = value.type == VALUE_NUMBER && value.number >= 1 && value.number < 1e9
                      ? (size_t)value.number
                      : 0;
    value_done(&value);
    return *ret_member ? EXPR_VALUE
                       : refuse(wrong, node, "the members of a role are counted from 1");
}

enum expr_end names_eval_role(struct names *names, const struct yaml_node *node, size_t *ret_role,
                              size_t *ret_member, struct wrong *ret_wrong)
{
    char *text;
    char *name = NULL;
    enum expr_end how;

    if (node->kind != YAML_SCALAR)
        return refuse(ret_wrong, node, "a role is named here");
    text = str_copy(node->text);
    how = find_member(names, node, text, ret_member, ret_wrong);
    if (how == EXPR_VALUE && strchr(text, '$')) {
        struct yaml_node inner = *node;

        inner.text = text;
        how = names_eval_text(names, &inner, &name, ret_wrong);
        ret_wrong->node = node;
    }
    if (how == EXPR_VALUE)
        how = find_role(names, node, name ? name : text, ret_role, ret_wrong);
    if (how == EXPR_VALUE && *ret_member > names->scenario->roles[*ret_role].members)
        how = refuse(ret_wrong, node, "'%s' has %zu member%s", text,
                     names->scenario->roles[*ret_role].members,
                     names->scenario->roles[*ret_role].members == 1 ? "" : "s");
    free(name);
    free(text);
    return how;
}

// ---- Saying where ----

// The text of a line of the document, which the caller frees; NULL when there is no such line.
static char *source_line(const struct yaml_document *document, int line)
{
    size_t length;
    const char *at = yaml_bytes(document, &length);
    const char *end = at + length;

    for (int i = 1; i < line && at; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    if (!at || at >= end)
        return NULL;
    length = strcspn(at, "\r\n");
    return str_format("%.*s", (int)length, at);
}

void names_note(struct diag *diag, const struct yaml_document *document, const struct wrong *wrong)
{
    struct yaml_mark mark = wrong->node->mark;
    char *source = source_line(document, mark.line);
    // Where the scalar begins in the line it is really written there; a block scalar has no offset
    // to add.
    const char *text = wrong->node->kind == YAML_SCALAR ? wrong->node->text : "";
    size_t at = (size_t)(mark.column - 1) + (wrong->node->quoted ? 1 : 0);

    if (source && wrong->error.at && at + strlen(text) <= strlen(source) &&
        strncmp(source + at, text, strlen(text)) == 0)
        mark.column = (int)(at + wrong->error.at + 1);
    diag_error(diag, &mark, source, wrong->error.hint[0] ? wrong->error.hint : NULL, "%s",
               wrong->error.text);
    free(source);
}
