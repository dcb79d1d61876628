// SPDX-License-Identifier: Apache-2.0
// The evaluator: recursive descent that computes while it reads. Every loop and depth is bounded,
// so every text ends in a value, in "a run will know", or in an error with its place.
#include "sim/scenario/expr.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"

// A computed operand; `unknown` ones have no value.
struct operand {
    bool unknown;
    struct value value;
};

struct reader {
    const char *text;
    size_t length;
    size_t at;
    const struct expr_scope *scope;
    struct expr_error *error;
    unsigned depth;
    unsigned steps;
    bool failed;
};

static struct operand read_or(struct reader *reader);

static const struct operand nothing = {.unknown = true};

__attribute__((format(printf, 4, 5))) static struct operand
fail(struct reader *reader, size_t at, const char *hint, const char *format, ...)
{
    va_list arguments;

    if (!reader->failed) {
        va_start(arguments, format);
        vsnprintf(reader->error->text, sizeof(reader->error->text), format, arguments);
        va_end(arguments);
        snprintf(reader->error->hint, sizeof(reader->error->hint), "%s", hint ? hint : "");
        reader->error->at = at;
        reader->failed = true;
    }
    return nothing;
}

static char peek(const struct reader *reader)
{
    return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

static void skip_blanks(struct reader *reader)
{
    while (peek(reader) == ' ' || peek(reader) == '\t' || peek(reader) == '\n')
        reader->at++;
}

static bool take(struct reader *reader, const char *token)
{
    size_t length = strlen(token);

    skip_blanks(reader);
    if (reader->length - reader->at < length ||
        memcmp(reader->text + reader->at, token, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// A word operator: not the beginning of a longer name.
static bool take_word(struct reader *reader, const char *word)
{
    size_t before = reader->at;

    if (take(reader, word) && !name_char(peek(reader)) && peek(reader) != '.')
        return true;
    reader->at = before;
    return false;
}

// The end of a dotted name that starts at `at`; hyphens and dots count only between two characters
// of a name.
static size_t path_end(const char *text, size_t length, size_t at)
{
    while (at < length) {
        if (name_char(text[at]) ||
            ((text[at] == '.' || text[at] == '-') && at + 1 < length && name_char(text[at + 1])))
            at++;
        else
            break;
    }
    return at;
}

// ---- Arithmetic ----

static const char *type_name(const struct value *value)
{
    static const char *const names[] = {
        [VALUE_NONE] = "none",   [VALUE_BOOL] = "true or false", [VALUE_NUMBER] = "a number",
        [VALUE_TEXT] = "a text", [VALUE_LIST] = "a list",        [VALUE_RECORDS] = "records",
    };

    if (value->type == VALUE_NUMBER && value->unit != UNIT_NONE)
        return units_name(value->unit);
    return names[value->type];
}

static void drop(struct operand *left, struct operand *right)
{
    value_done(&left->value);
    value_done(&right->value);
}

static struct operand known(struct value value)
{
    return (struct operand){.value = value};
}

static bool both_numbers(struct reader *reader, size_t at, char sign, const struct operand *left,
                         const struct operand *right)
{
    const struct value *wrong = left->value.type != VALUE_NUMBER ? &left->value : &right->value;

    if (left->value.type == VALUE_NUMBER && right->value.type == VALUE_NUMBER)
        return true;
    fail(reader, at, NULL, "'%c' needs numbers, not %s", sign, type_name(wrong));
    return false;
}

static struct operand add(struct reader *reader, size_t at, char sign, const struct value *left,
                          const struct value *right)
{
    if (left->unit != right->unit)
        return fail(reader, at, "both sides need the same unit", "'%c' between %s and %s", sign,
                    type_name(left), type_name(right));
    return known(value_number(
        sign == '+' ? left->number + right->number : left->number - right->number, left->unit));
}

static struct operand multiply(struct reader *reader, size_t at, const struct value *left,
                               const struct value *right)
{
    bool left_plain = left->unit == UNIT_NONE || left->unit == UNIT_RATIO;
    bool right_plain = right->unit == UNIT_NONE || right->unit == UNIT_RATIO;

    if (!left_plain && !right_plain)
        return fail(reader, at, "one of them must be without unit", "'*' between %s and %s",
                    type_name(left), type_name(right));
    // 70% of 1000 is 700, not 700 with a unit of "ratio".
    return known(value_number(left->number * right->number, !left_plain    ? left->unit
                                                            : !right_plain ? right->unit
                                                                           : UNIT_NONE));
}

static struct operand divide(struct reader *reader, size_t at, const struct value *left,
                             const struct value *right)
{
    bool plain = right->unit == UNIT_NONE || right->unit == UNIT_RATIO;

    if (right->number == 0)
        return fail(reader, at, NULL, "division by zero");
    if (left->unit == right->unit)
        return known(value_number(left->number / right->number, UNIT_NONE));
    if (!plain)
        return fail(reader, at, NULL, "'/' between %s and %s", type_name(left), type_name(right));
    return known(value_number(left->number / right->number, left->unit));
}

static struct operand compute(struct reader *reader, size_t at, char sign, struct operand left,
                              struct operand right)
{
    struct operand result = nothing;

    if (reader->failed || left.unknown || right.unknown)
        result = nothing;
    else if (!both_numbers(reader, at, sign, &left, &right))
        result = nothing;
    else if (sign == '*')
        result = multiply(reader, at, &left.value, &right.value);
    else if (sign == '/')
        result = divide(reader, at, &left.value, &right.value);
    else
        result = add(reader, at, sign, &left.value, &right.value);
    drop(&left, &right);
    return result;
}

bool expr_compare(const struct value *left, const struct value *right, int *ret)
{
    if (left->type == VALUE_NUMBER && right->type == VALUE_NUMBER && left->unit == right->unit) {
        *ret = (left->number > right->number) - (left->number < right->number);
        return true;
    }
    if (left->type == VALUE_TEXT && right->type == VALUE_TEXT) {
        *ret = strcmp(left->text, right->text);
        return true;
    }
    return false;
}

// ---- Operands ----

static struct operand read_number(struct reader *reader)
{
    size_t begin = reader->at;
    char text[64];
    struct value value;

    while (name_char(peek(reader)) || peek(reader) == '.' || peek(reader) == '%')
        reader->at++;
    if (reader->at - begin >= sizeof(text))
        return fail(reader, begin, NULL, "a number of %zu characters", reader->at - begin);
    memcpy(text, reader->text + begin, reader->at - begin);
    text[reader->at - begin] = '\0';
    value = value_parse(text, false);
    if (value.type != VALUE_NUMBER) {
        value_done(&value);
        return fail(reader, begin, "for example 10, 0x1F, 250ms, 16A or 70%",
                    "'%s' is no number with a unit", text);
    }
    return known(value);
}

static struct operand read_quoted(struct reader *reader)
{
    char quote = peek(reader);
    size_t begin = ++reader->at;
    struct str text = {0};
    struct operand operand;

    while (reader->at < reader->length && peek(reader) != quote)
        reader->at++;
    if (reader->at == reader->length)
        return fail(reader, begin - 1, NULL, "a text without its closing quote");
    str_add(&text, reader->text + begin, reader->at - begin);
    reader->at++;
    operand = known(value_text(str_text(&text)));
    str_done(&text);
    return operand;
}

// Appends to the list of arguments; takes the operand.
static void push(struct operand *list, struct operand item)
{
    if (item.unknown || list->unknown) {
        value_done(&item.value);
        value_done(&list->value);
        list->unknown = true;
        return;
    }
    list->value.items =
        mem_grow(list->value.items, list->value.count + 1, sizeof(*list->value.items));
    list->value.items[list->value.count++] = item.value;
}

static struct operand read_list(struct reader *reader, const char *close)
{
    struct operand list = {.value = {.type = VALUE_LIST}};

    if (take(reader, close))
        return list;
    do {
        push(&list, read_or(reader));
    } while (!reader->failed && take(reader, ","));
    if (!reader->failed && !take(reader, close))
        fail(reader, reader->at, NULL, "'%s' is missing", close);
    if (reader->failed) {
        value_done(&list.value);
        return nothing;
    }
    return list;
}

static struct operand call_size(struct reader *reader, size_t at, const char *name,
                                const struct value *arguments)
{
    const struct value *of = &arguments->items[0];
    bool text = strcmp(name, "len") == 0 && of->type == VALUE_TEXT;

    if (arguments->count != 1)
        return fail(reader, at, NULL, "%s() takes one argument", name);
    if (!text && of->type != VALUE_LIST && of->type != VALUE_RECORDS)
        return fail(reader, at, NULL, "%s() cannot be taken of %s", name, type_name(of));
    return known(value_number(text ? (double)strlen(of->text) : (double)of->count, UNIT_NONE));
}

static struct operand call_extreme(struct reader *reader, size_t at, const char *name,
                                   const struct value *arguments)
{
    const struct value *list = arguments;
    size_t best = 0;
    int order;

    if (list->count == 1 && list->items[0].type == VALUE_LIST)
        list = &list->items[0];
    if (list->count == 0)
        return fail(reader, at, NULL, "%s() of nothing", name);
    for (size_t i = 1; i < list->count; i++) {
        if (!expr_compare(&list->items[i], &list->items[best], &order))
            return fail(reader, at, NULL, "%s() of %s and %s", name, type_name(&list->items[best]),
                        type_name(&list->items[i]));
        if (strcmp(name, "min") == 0 ? order < 0 : order > 0)
            best = i;
    }
    return known(value_copy(&list->items[best]));
}

static struct operand call(struct reader *reader, size_t at, const char *name)
{
    static const char *const functions[] = {"count", "len", "max", "min"};
    struct operand arguments;
    struct operand result = nothing;
    struct nearest nearest;
    char hint[80];
    size_t i = 0;

    nearest_init(&nearest, name);
    while (i < 4 && strcmp(functions[i], name) != 0)
        nearest_add(&nearest, functions[i++]);
    if (i == 4) {
        snprintf(hint, sizeof(hint), "did you mean '%s'?", nearest_name(&nearest));
        return fail(reader, at, nearest_name(&nearest) ? hint : "there are count, len, max and min",
                    "there is no function '%s'", name);
    }
    arguments = read_list(reader, ")");
    if (reader->failed || arguments.unknown)
        return nothing;
    if (arguments.value.count == 0)
        result = fail(reader, at, NULL, "%s() takes an argument", name);
    else if (i < 2)
        result = call_size(reader, at, name, &arguments.value);
    else
        result = call_extreme(reader, at, name, &arguments.value);
    value_done(&arguments.value);
    return result;
}

static struct operand look_up(struct reader *reader, size_t at, const char *path)
{
    struct expr_error error = {0};
    struct operand operand = {0};

    switch (reader->scope->name(reader->scope->user, path, &operand.value, &error)) {
    case EXPR_VALUE:
        return operand;
    case EXPR_UNKNOWN:
        return nothing;
    case EXPR_WRONG:
        return fail(reader, at, error.hint, "%s", error.text);
    }
    return nothing;
}

static struct operand read_name(struct reader *reader)
{
    size_t begin = reader->at;
    size_t end = path_end(reader->text, reader->length, begin);
    char path[256];

    if (end - begin >= sizeof(path))
        return fail(reader, begin, NULL, "a name of %zu characters", end - begin);
    memcpy(path, reader->text + begin, end - begin);
    path[end - begin] = '\0';
    reader->at = end;
    if (peek(reader) == '(') {
        reader->at++;
        return call(reader, begin, path);
    }
    if (strcmp(path, "true") == 0 || strcmp(path, "false") == 0)
        return known(value_bool(path[0] == 't'));
    if (strcmp(path, "none") == 0)
        return known(value_none());
    return look_up(reader, begin, path);
}

static struct operand read_operand(struct reader *reader)
{
    struct operand operand;
    char c;

    skip_blanks(reader);
    c = peek(reader);
    if (++reader->steps > EXPR_STEPS_MAX)
        return fail(reader, reader->at, NULL, "more than %d operands", EXPR_STEPS_MAX);
    if (isdigit((unsigned char)c))
        return read_number(reader);
    if (c == '\'' || c == '"')
        return read_quoted(reader);
    if (c == '[') {
        reader->at++;
        return read_list(reader, "]");
    }
    if (c == '(') {
        reader->at++;
        operand = read_or(reader);
        if (!reader->failed && !take(reader, ")")) {
            value_done(&operand.value);
            return fail(reader, reader->at, NULL, "')' is missing");
        }
        return operand;
    }
    if (c == '$')
        reader->at++;
    if (isalpha((unsigned char)peek(reader)) || peek(reader) == '_')
        return read_name(reader);
    return fail(reader, reader->at, NULL,
                reader->at == reader->length ? "a value is missing at the end"
                                             : "a value is missing here");
}

static struct operand read_unary(struct reader *reader)
{
    struct operand operand;
    size_t at;

    skip_blanks(reader);
    at = reader->at;
    if (!take(reader, "-"))
        return read_operand(reader);
    if (++reader->depth > EXPR_DEPTH_MAX)
        return fail(reader, at, NULL, "nested deeper than %d", EXPR_DEPTH_MAX);
    operand = read_unary(reader);
    reader->depth--;
    if (reader->failed || operand.unknown)
        return operand;
    if (operand.value.type != VALUE_NUMBER) {
        fail(reader, at, NULL, "'-' needs a number, not %s", type_name(&operand.value));
        value_done(&operand.value);
        return nothing;
    }
    operand.value.number = -operand.value.number;
    free(operand.value.text);
    operand.value.text = NULL;
    return operand;
}

static struct operand read_product(struct reader *reader)
{
    struct operand left = read_unary(reader);

    while (!reader->failed) {
        skip_blanks(reader);
        char sign = peek(reader);
        size_t at = reader->at;

        if (sign != '*' && sign != '/')
            break;
        reader->at++;
        left = compute(reader, at, sign, left, read_unary(reader));
    }
    return left;
}

static struct operand read_sum(struct reader *reader)
{
    struct operand left = read_product(reader);

    while (!reader->failed) {
        skip_blanks(reader);
        char sign = peek(reader);
        size_t at = reader->at;

        if (sign != '+' && sign != '-')
            break;
        reader->at++;
        left = compute(reader, at, sign, left, read_product(reader));
    }
    return left;
}

static struct operand compare(struct reader *reader, size_t at, const char *sign,
                              struct operand left, struct operand right)
{
    struct operand result = nothing;
    int order;

    if (reader->failed || left.unknown || right.unknown)
        result = nothing;
    else if (sign[1] == '=' && (sign[0] == '=' || sign[0] == '!'))
        result = known(value_bool(value_equal(&left.value, &right.value) == (sign[0] == '=')));
    else if (!expr_compare(&left.value, &right.value, &order))
        fail(reader, at, "both sides need the same type and unit", "'%s' between %s and %s", sign,
             type_name(&left.value), type_name(&right.value));
    else
        result = known(value_bool(sign[0] == '<' ? order < 0 || (sign[1] && order == 0)
                                                 : order > 0 || (sign[1] && order == 0)));
    drop(&left, &right);
    return result;
}

static struct operand read_comparison(struct reader *reader)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">"};
    struct operand left = read_sum(reader);

    if (reader->failed)
        return left;
    skip_blanks(reader);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t at = reader->at;

        if (take(reader, signs[i]))
            return compare(reader, at, signs[i], left, read_sum(reader));
    }
    if (peek(reader) == '=') {
        value_done(&left.value);
        return fail(reader, reader->at, "equality is written '=='", "'=' assigns nothing here");
    }
    return left;
}

static bool need_truth(struct reader *reader, size_t at, struct operand *operand)
{
    if (reader->failed || operand->unknown || operand->value.type == VALUE_BOOL)
        return !reader->failed;
    fail(reader, at, NULL, "true or false is needed here, not %s", type_name(&operand->value));
    value_done(&operand->value);
    return false;
}

static struct operand read_not(struct reader *reader)
{
    struct operand operand;
    size_t at = reader->at;

    if (!take_word(reader, "not"))
        return read_comparison(reader);
    if (++reader->depth > EXPR_DEPTH_MAX)
        return fail(reader, at, NULL, "nested deeper than %d", EXPR_DEPTH_MAX);
    operand = read_not(reader);
    reader->depth--;
    if (!need_truth(reader, at, &operand))
        return nothing;
    operand.value.truth = !operand.value.truth;
    return operand;
}

// Both sides are always read: an error on the right must not hide behind the left.
static struct operand join(struct reader *reader, size_t left_at, struct operand left, bool all,
                           struct operand (*read_right)(struct reader *reader))
{
    struct operand result = nothing;
    struct operand right;
    size_t right_at;

    skip_blanks(reader);
    right_at = reader->at;
    right = read_right(reader);
    if (need_truth(reader, left_at, &left) && need_truth(reader, right_at, &right) &&
        !left.unknown && !right.unknown)
        result = known(value_bool(all ? left.value.truth && right.value.truth
                                      : left.value.truth || right.value.truth));
    drop(&left, &right);
    return result;
}

static struct operand read_and(struct reader *reader)
{
    struct operand left;
    size_t at;

    skip_blanks(reader);
    at = reader->at;
    left = read_not(reader);
    while (!reader->failed && take_word(reader, "and"))
        left = join(reader, at, left, true, read_not);
    return left;
}

static struct operand read_or(struct reader *reader)
{
    struct operand left;
    size_t at;

    skip_blanks(reader);
    at = reader->at;
    if (++reader->depth > EXPR_DEPTH_MAX)
        return fail(reader, at, NULL, "nested deeper than %d", EXPR_DEPTH_MAX);
    left = read_and(reader);
    while (!reader->failed && take_word(reader, "or"))
        left = join(reader, at, left, false, read_and);
    reader->depth--;
    return left;
}

// ---- Whole texts ----

static enum expr_end settle(struct reader *reader, struct operand operand, struct value *ret_value)
{
    if (reader->failed) {
        value_done(&operand.value);
        return EXPR_WRONG;
    }
    if (operand.unknown)
        return EXPR_UNKNOWN;
    *ret_value = operand.value;
    return EXPR_VALUE;
}

enum expr_end expr_eval(const char *text, size_t length, const struct expr_scope *scope,
                        struct value *ret_value, struct expr_error *ret_error)
{
    struct reader reader = {.text = text, .length = length, .scope = scope, .error = ret_error};
    struct operand operand;

    if (length > EXPR_LENGTH_MAX)
        operand =
            fail(&reader, 0, NULL, "an expression of more than %d characters", EXPR_LENGTH_MAX);
    else
        operand = read_or(&reader);
    skip_blanks(&reader);
    if (!reader.failed && reader.at < length) {
        value_done(&operand.value);
        operand = fail(&reader, reader.at, NULL, "'%c' is not expected here", peek(&reader));
    }
    return settle(&reader, operand, ret_value);
}

bool expr_has_names(const char *text)
{
    for (const char *at = strchr(text, '$'); at; at = strchr(at + 1, '$')) {
        if (at[1] != '$')
            return true;
        at++;
    }
    return false;
}

// The closing parenthesis of the one at `at`, past quotes; 0 when there is none.
static size_t closing(const char *text, size_t at)
{
    unsigned open = 0;
    char quote = '\0';

    for (; text[at]; at++) {
        if (quote)
            quote = text[at] == quote ? '\0' : quote;
        else if (text[at] == '\'' || text[at] == '"')
            quote = text[at];
        else if (text[at] == '(')
            open++;
        else if (text[at] == ')' && --open == 0)
            return at;
    }
    return 0;
}

// Reads what stands behind the dollar at `at`: *ret_begin to *ret_end is the expression, *ret_after
// where text goes on.
static bool find_expression(const char *text, size_t at, size_t *ret_begin, size_t *ret_end,
                            size_t *ret_after, struct expr_error *ret_error)
{
    size_t end;

    ret_error->at = at;
    ret_error->hint[0] = '\0';
    if (text[at + 1] == '(') {
        end = closing(text, at + 1);
        *ret_begin = at + 2;
        *ret_end = end;
        *ret_after = end + 1;
        snprintf(ret_error->text, sizeof(ret_error->text), "'$(' without its ')'");
        return end != 0;
    }
    end = path_end(text, strlen(text), at + 1);
    *ret_begin = at + 1;
    *ret_end = *ret_after = end;
    snprintf(ret_error->text, sizeof(ret_error->text), "'$' without a name");
    snprintf(ret_error->hint, sizeof(ret_error->hint), "%s",
             text[at + 1] == '{' ? "write $name or $(expression), without braces"
                                 : "a dollar itself is written '$$'");
    return end > at + 1 && !isdigit((unsigned char)text[at + 1]);
}

static enum expr_end eval_at(const char *text, size_t begin, size_t end,
                             const struct expr_scope *scope, struct value *ret_value,
                             struct expr_error *ret_error)
{
    enum expr_end how = expr_eval(text + begin, end - begin, scope, ret_value, ret_error);

    if (how == EXPR_WRONG)
        ret_error->at += begin;
    return how;
}

// Text with expressions inside: the result is text, secret when a part was.
static enum expr_end eval_template(const char *text, const struct expr_scope *scope,
                                   struct value *ret_value, struct expr_error *ret_error)
{
    struct str out = {0};
    bool unknown = false;
    bool secret = false;
    size_t at = 0;

    while (text[at]) {
        struct value part;
        size_t begin;
        size_t end;
        enum expr_end how;

        if (text[at] != '$' || text[at + 1] == '$') {
            str_add(&out, &text[at], 1);
            at += text[at] == '$' ? 2 : 1;
            continue;
        }
        how = EXPR_WRONG;
        if (find_expression(text, at, &begin, &end, &at, ret_error))
            how = eval_at(text, begin, end, scope, &part, ret_error);
        if (how == EXPR_WRONG) {
            str_done(&out);
            return EXPR_WRONG;
        }
        unknown = unknown || how == EXPR_UNKNOWN;
        if (how == EXPR_VALUE) {
            secret = secret || part.secret;
            part.secret = false; // Its owner needs it in clear; the whole is marked instead.
            value_print(&part, &out);
            value_done(&part);
        }
    }
    if (!unknown) {
        *ret_value = value_text(str_text(&out));
        ret_value->secret = secret;
    }
    str_done(&out);
    return unknown ? EXPR_UNKNOWN : EXPR_VALUE;
}

enum expr_end expr_scalar(const char *text, bool quoted, const struct expr_scope *scope,
                          struct value *ret_value, struct expr_error *ret_error)
{
    size_t begin;
    size_t end;
    size_t after;

    *ret_error = (struct expr_error){0};
    if (!strchr(text, '$')) {
        *ret_value = value_parse(text, quoted);
        return EXPR_VALUE;
    }
    if (strlen(text) > EXPR_LENGTH_MAX) {
        snprintf(ret_error->text, sizeof(ret_error->text),
                 "a text with expressions of more than %d characters", EXPR_LENGTH_MAX);
        return EXPR_WRONG;
    }
    if (text[0] == '$' && text[1] != '$') {
        if (!find_expression(text, 0, &begin, &end, &after, ret_error))
            return EXPR_WRONG;
        if (text[after] == '\0')
            return eval_at(text, begin, end, scope, ret_value, ret_error);
    }
    return eval_template(text, scope, ret_value, ret_error);
}
