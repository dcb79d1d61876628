// SPDX-License-Identifier: Apache-2.0
// Expectations: the sign in front, the dots between, and the comparison itself.
#include "sim/scenario/expectation.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Longer signs first: ">=" before ">".
static const struct {
    const char *sign;
    enum expectation_how how;
} signs[] = {
    {">=", EXPECTATION_AT_LEAST}, {"<=", EXPECTATION_AT_MOST}, {"==", EXPECTATION_EQUAL},
    {"!=", EXPECTATION_UNEQUAL},  {">", EXPECTATION_MORE},     {"<", EXPECTATION_LESS},
};

void expectation_done(struct expectation *expectation)
{
    value_done(&expectation->low);
    value_done(&expectation->high);
}

static enum expr_end read_scalar(const char *text, bool quoted, const struct schema_field *field,
                                 const struct expr_scope *scope, struct value *ret,
                                 struct expr_error *error)
{
    struct value value;
    enum expr_end how = expr_scalar(text, quoted, scope, &value, error);

    if (how != EXPR_VALUE)
        return how;
    if (field && !value_fit(&value, field, error)) {
        value_done(&value);
        return EXPR_WRONG;
    }
    *ret = value;
    return EXPR_VALUE;
}

// Where ".." parts a range: between two things that begin like a quantity or an expression. 0 when
// it is none.
static size_t range_dots(const char *text)
{
    const char *dots = strstr(text, "..");

    if (!dots || dots == text || !dots[2])
        return 0;
    if (!isdigit((unsigned char)text[0]) && text[0] != '$' && text[0] != '-')
        return 0;
    if (!isdigit((unsigned char)dots[2]) && dots[2] != '$' && dots[2] != '-')
        return 0;
    return (size_t)(dots - text);
}

static enum expr_end read_range(const char *text, size_t dots, const struct schema_field *field,
                                const struct expr_scope *scope, struct expectation *ret,
                                struct expr_error *error)
{
    char *low_text = str_format("%.*s", (int)dots, text);
    struct value low = value_none();
    struct value high = value_none();
    enum expr_end low_end = read_scalar(low_text, false, field, scope, &low, error);
    enum expr_end high_end = EXPR_UNKNOWN;
    int order;

    free(low_text);
    if (low_end != EXPR_WRONG) {
        high_end = read_scalar(text + dots + 2, false, field, scope, &high, error);
        if (high_end == EXPR_WRONG)
            error->at += dots + 2;
    }
    if (low_end == EXPR_VALUE && high_end == EXPR_VALUE) {
        if (expr_compare(&low, &high, &order) && order <= 0) {
            *ret = (struct expectation){EXPECTATION_RANGE, low, high};
            return EXPR_VALUE;
        }
        *error = (struct expr_error){0};
        snprintf(error->text, sizeof(error->text),
                 "a range goes from the smaller to the greater of two quantities in one unit");
        low_end = EXPR_WRONG;
    }
    value_done(&low);
    value_done(&high);
    return low_end == EXPR_WRONG || high_end == EXPR_WRONG ? EXPR_WRONG : EXPR_UNKNOWN;
}

static enum expr_end read_signed(const char *text, const struct schema_field *field,
                                 const struct expr_scope *scope, struct expectation *ret,
                                 struct expr_error *error)
{
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t skip = strlen(signs[i].sign);
        enum expr_end how;

        if (strncmp(text, signs[i].sign, skip) != 0)
            continue;
        while (text[skip] == ' ')
            skip++;
        ret->how = signs[i].how;
        how = read_scalar(text + skip, false, field, scope, &ret->low, error);
        if (how == EXPR_WRONG)
            error->at += skip;
        return how;
    }
    ret->how = EXPECTATION_EQUAL;
    return read_scalar(text, false, field, scope, &ret->low, error);
}

static enum expr_end read_list(const struct yaml_node *node, const struct schema_field *field,
                               const struct expr_scope *scope, struct expectation *ret,
                               struct expr_error *error, const struct yaml_node **ret_node)
{
    struct value list = {.type = VALUE_LIST};
    enum expr_end worst = EXPR_VALUE;

    yaml_for_each(i, node) {
        const struct yaml_node *item = node->items[i];
        struct value value;
        enum expr_end how = EXPR_WRONG;

        *error = (struct expr_error){0};
        snprintf(error->text, sizeof(error->text), "a list of expectations holds plain values");
        if (item->kind == YAML_SCALAR)
            how = read_scalar(item->text, item->quoted, field, scope, &value, error);
        if (how == EXPR_WRONG)
            *ret_node = item;
        if (how == EXPR_VALUE) {
            list.items = mem_grow(list.items, list.count + 1, sizeof(*list.items));
            list.items[list.count++] = value;
        } else if (worst != EXPR_WRONG) {
            worst = how;
        }
        if (how == EXPR_WRONG)
            break;
    }
    if (worst == EXPR_VALUE)
        *ret = (struct expectation){EXPECTATION_ONE_OF, list, value_none()};
    else
        value_done(&list);
    return worst;
}

enum expr_end expectation_read(const struct yaml_node *node, const struct schema_field *field,
                               const struct expr_scope *scope, struct expectation *ret,
                               struct expr_error *ret_error, const struct yaml_node **ret_node)
{
    struct expectation read = {.low = value_none(), .high = value_none()};
    bool list = field && (field->type == SCHEMA_LIST || field->type == SCHEMA_EITHER);
    enum expr_end how;
    size_t dots;

    *ret_node = node;
    *ret_error = (struct expr_error){0};
    if (node->kind == YAML_MAPPING) {
        snprintf(ret_error->text, sizeof(ret_error->text),
                 "an expectation is a value, a comparison, a range or a list");
        return EXPR_WRONG;
    }
    if (node->kind == YAML_SEQUENCE) {
        how = read_list(node, list ? NULL : field, scope, &read, ret_error, ret_node);
        if (how == EXPR_VALUE && list) // The result is itself a list: all of it is compared.
            read.how = EXPECTATION_EQUAL;
    } else if ((dots = range_dots(node->text)) > 0) {
        how = read_range(node->text, dots, field, scope, &read, ret_error);
    } else {
        // A sign counts inside quotes too: YAML wants ">= 0" quoted.
        how = read_signed(node->text, list ? NULL : field, scope, &read, ret_error);
    }
    if (how == EXPR_VALUE)
        *ret = read;
    return how;
}

// Both sides in one form: a text that is a number, a bare number beside a unit.
static void align(const struct value *value, const struct value *expected, struct value *ret)
{
    *ret = value->type == VALUE_TEXT && expected->type == VALUE_NUMBER
               ? value_parse(value->text, false)
               : value_copy(value);
    if (ret->type == VALUE_NUMBER && expected->type == VALUE_NUMBER &&
        (ret->unit == UNIT_NONE || expected->unit == UNIT_NONE))
        ret->unit = expected->unit;
}

static bool fits(enum expectation_how how, const struct value *value, const struct value *expected)
{
    struct value aligned;
    int order = 0;
    bool comparable;
    bool equal;

    align(value, expected, &aligned);
    comparable = expr_compare(&aligned, expected, &order);
    equal = value_equal(&aligned, expected) || value_equal(value, expected);
    value_done(&aligned);
    switch (how) {
    case EXPECTATION_EQUAL:
    case EXPECTATION_ONE_OF:
        return equal;
    case EXPECTATION_UNEQUAL:
        return !equal;
    case EXPECTATION_LESS:
        return comparable && order < 0;
    case EXPECTATION_AT_MOST:
        return comparable && order <= 0;
    case EXPECTATION_MORE:
        return comparable && order > 0;
    case EXPECTATION_AT_LEAST:
    case EXPECTATION_RANGE:
        return comparable && order >= 0;
    }
    return false;
}

bool expectation_holds(const struct expectation *expectation, const struct value *value)
{
    const struct value none = value_none();

    if (!value)
        value = &none;
    if (expectation->how == EXPECTATION_RANGE)
        return fits(EXPECTATION_AT_LEAST, value, &expectation->low) &&
               fits(EXPECTATION_AT_MOST, value, &expectation->high);
    if (expectation->how != EXPECTATION_ONE_OF)
        return fits(expectation->how, value, &expectation->low);
    for (size_t i = 0; i < expectation->low.count; i++)
        if (fits(EXPECTATION_EQUAL, value, &expectation->low.items[i]))
            return true;
    return false;
}

void expectation_print(const struct expectation *expectation, struct str *out)
{
    if (expectation->how == EXPECTATION_ONE_OF)
        str_adds(out, "one of ");
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (expectation->how != EXPECTATION_EQUAL && signs[i].how == expectation->how)
            str_addf(out, "%s ", signs[i].sign);
    value_print(&expectation->low, out);
    if (expectation->how == EXPECTATION_RANGE) {
        str_adds(out, "..");
        value_print(&expectation->high, out);
    }
}
