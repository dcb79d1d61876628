// SPDX-License-Identifier: Apache-2.0
// Scalars: what each type accepts, what to say when it is something else, and reading what was
// checked. The words yes, no, on, off, true and false mean a truth value here and nowhere else.
#include "sim/yaml/schema_value.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/nearest.h"
#include "sim/base/units.h"

// Checks the text of a scalar: 0, or ERR_SCHEMA with what is wrong appended to `message` and how to
// mend it to `hint` (may stay empty).
typedef int schema_text_fn(const struct schema_field *field, const char *text, struct str *message,
                           struct str *hint);

static const struct {
    const char *text;
    bool value;
} schema_bools[] = {
    {"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"on", true}, {"off", false},
};

#define SCHEMA_BOOLS_COUNT (sizeof(schema_bools) / sizeof(schema_bools[0]))

static int schema_expected(const struct schema_field *field, const char *text, struct str *message)
{
    schema_add_type(field, message);
    str_addf(message, " is expected, not '%s'", text);
    return ERR_SCHEMA;
}

static int schema_in_range(const struct schema_field *field, double value, const char *text,
                           struct str *message)
{
    if (field->low >= field->high || (value >= field->low && value <= field->high))
        return 0;
    return schema_expected(field, text, message);
}

static int schema_any_text(const struct schema_field *field, const char *text, struct str *message,
                           struct str *hint)
{
    (void)field;
    (void)text;
    (void)message;
    (void)hint;
    return 0;
}

static int schema_name(const struct schema_field *field, const char *text, struct str *message,
                       struct str *hint)
{
    const char *at = text;

    while (isalnum((unsigned char)*at) || (*at && strchr("-_.", *at)))
        at++;
    if (isalpha((unsigned char)*text) && *at == '\0')
        return 0;
    str_adds(hint, "a name has letters, digits, - _ and ., and begins with a letter");
    return schema_expected(field, text, message);
}

static int schema_whole(const struct schema_field *field, const char *text, struct str *message,
                        struct str *hint)
{
    int64_t value;
    double number;
    enum unit unit;

    if (units_parse_integer(text, &value) == 0)
        return schema_in_range(field, (double)value, text, message);
    if (units_parse(text, &number, &unit) == 0 && unit != UNIT_NONE)
        str_adds(hint, "write the number without a unit");
    return schema_expected(field, text, message);
}

static int schema_decimal(const struct schema_field *field, const char *text, struct str *message,
                          struct str *hint)
{
    enum unit unit;
    double number;
    int err = units_parse(text, &number, &unit);

    if (err == 0 && unit == UNIT_NONE)
        return schema_in_range(field, number, text, message);
    if (err == 0 || err == ERR_UNIT)
        str_adds(hint, "write the number without a unit");
    return schema_expected(field, text, message);
}

static int schema_truth(const struct schema_field *field, const char *text, struct str *message,
                        struct str *hint)
{
    for (size_t i = 0; i < SCHEMA_BOOLS_COUNT; i++)
        if (strcmp(schema_bools[i].text, text) == 0)
            return 0;
    str_adds(hint, "true, yes and on are one; false, no and off the other");
    return schema_expected(field, text, message);
}

// A bare 5 most likely means 5s or 5A, and a bare 0.7 of a ratio 70%.
static void schema_unit_hint(enum unit unit, const char *text, double number, struct str *hint)
{
    char ratio[UNITS_TEXT_ROOM];

    if (unit == UNIT_RATIO && number <= 1)
        str_addf(hint, "write %s", units_text(number, unit, ratio));
    else
        str_addf(hint, "the unit is missing: write %s%s (known: %s)", text,
                 unit == UNIT_TIME_NS ? "s"
                 : unit == UNIT_RATIO ? "%"
                                      : units_name(unit),
                 units_suffixes(unit));
}

static int schema_quantity(const struct schema_field *field, const char *text, struct str *message,
                           struct str *hint)
{
    const char *suffixes = units_suffixes(field->unit);
    enum unit unit = UNIT_NONE;
    double number = 0;
    int err = units_parse(text, &number, &unit);

    // Nothing lasts as long in every unit, so 0 needs none.
    if (err == 0 && unit == UNIT_NONE && number == 0 && field->unit == UNIT_TIME_NS)
        unit = UNIT_TIME_NS;
    if (err == 0 && unit == field->unit)
        return schema_in_range(field, number, text, message);
    if (err == 0 && unit == UNIT_NONE)
        schema_unit_hint(field->unit, text, number, hint);
    else if (err == 0 || err == ERR_UNIT)
        str_addf(hint, "the units are: %s", suffixes);
    else if (err == ERR_RANGE)
        str_adds(hint, "the number is too large");
    else
        str_addf(hint, "write a number and directly behind it one of: %s", suffixes);
    return schema_expected(field, text, message);
}

static int schema_utc(const struct schema_field *field, const char *text, struct str *message,
                      struct str *hint)
{
    int64_t utc_ns;

    if (units_parse_utc(text, &utc_ns) == 0)
        return 0;
    str_adds(hint, "for example 2026-01-15T08:00:00Z; a time of day needs its zone");
    return schema_expected(field, text, message);
}

static int schema_choose(const struct schema_field *field, const char *text, struct str *message,
                         struct str *hint)
{
    struct nearest nearest;

    nearest_init(&nearest, text);
    for (const char *const *choice = field->choices; *choice; choice++) {
        if (strcmp(*choice, text) == 0)
            return 0;
        nearest_add(&nearest, *choice);
    }
    if (nearest_name(&nearest))
        str_addf(hint, "did you mean '%s'?", nearest_name(&nearest));
    return schema_expected(field, text, message);
}

struct schema_scalar {
    const char *words;
    schema_text_fn *check;
    bool bare; // Quotes make it a text and nothing else.
};

// The types that are no scalars have no row of use here.
static const struct schema_scalar schema_scalars[] = {
    [SCHEMA_TEXT] = {"a text", schema_any_text, false},
    [SCHEMA_NAME] = {"a name", schema_name, false},
    [SCHEMA_INTEGER] = {"a whole number", schema_whole, true},
    [SCHEMA_NUMBER] = {"a number", schema_decimal, true},
    [SCHEMA_BOOL] = {"yes or no", schema_truth, true},
    [SCHEMA_QUANTITY] = {"a quantity", schema_quantity, true},
    [SCHEMA_UTC] = {"a date or a time with its zone", schema_utc, false},
    [SCHEMA_CHOICE] = {"one of", schema_choose, false},
    [SCHEMA_VALUE] = {"a value", schema_any_text, false},
    [SCHEMA_ANY] = {"anything", schema_any_text, false},
};

void schema_add_type(const struct schema_field *field, struct str *out)
{
    char low[UNITS_TEXT_ROOM];
    char high[UNITS_TEXT_ROOM];
    enum unit unit = field->type == SCHEMA_QUANTITY ? field->unit : UNIT_NONE;

    if (field->type == SCHEMA_QUANTITY && unit == UNIT_TIME_NS)
        str_adds(out, "a time");
    else if (field->type == SCHEMA_QUANTITY)
        str_addf(out, "a quantity in %s", unit == UNIT_RATIO ? "%" : units_name(unit));
    else
        str_adds(out, schema_scalars[field->type].words);
    if (field->type == SCHEMA_CHOICE)
        for (const char *const *choice = field->choices; *choice; choice++)
            str_addf(out, "%s %s", choice == field->choices ? "" : ",", *choice);
    if (field->low < field->high)
        str_addf(out, " from %s to %s", units_text(field->low, unit, low),
                 units_text(field->high, unit, high));
}

static const char *schema_kind_words(const struct yaml_node *node)
{
    if (node->kind == YAML_SEQUENCE)
        return "a list";
    if (node->kind == YAML_MAPPING)
        return "a mapping";
    return *node->text || node->quoted ? "a text" : "nothing";
}

void schema_wrong_kind(const struct yaml_document *document, const struct yaml_node *node,
                       const char *wanted, struct diag *diag)
{
    yaml_error(diag, document, node, NULL, "%s is expected, not %s", wanted,
               schema_kind_words(node));
}

static const char *schema_quoted_hint(const struct schema_field *field, const char *text)
{
    struct str ignored = {0};
    int err = schema_scalars[field->type].check(field, text, &ignored, &ignored);

    str_done(&ignored);
    return err == 0 ? "remove the quotes" : NULL;
}

int schema_check_scalar(const struct schema_field *field, const struct yaml_document *document,
                        const struct yaml_node *node, struct diag *diag)
{
    const struct schema_scalar *scalar = &schema_scalars[field->type];
    struct str message = {0};
    struct str hint = {0};
    int err = 0;

    if (node->kind != YAML_SCALAR || (*node->text == '\0' && !node->quoted)) {
        schema_add_type(field, &message);
        schema_wrong_kind(document, node, str_text(&message), diag);
        str_done(&message);
        return ERR_SCHEMA;
    }
    if (*node->text == '$' && (field->expression || field->type == SCHEMA_VALUE))
        return 0;
    if (scalar->bare && node->quoted) {
        schema_add_type(field, &message);
        yaml_error(diag, document, node, schema_quoted_hint(field, node->text),
                   "%s is expected, not a text in quotes", str_text(&message));
        str_done(&message);
        return ERR_SCHEMA;
    }
    err = scalar->check(field, node->text, &message, &hint);
    if (err < 0 && *node->text == '$') {
        str_clear(&hint);
        str_adds(&hint, "no expression can stand here: write the value itself");
    }
    if (err < 0)
        yaml_error(diag, document, node, hint.length ? hint.text : NULL, "%s", str_text(&message));
    str_done(&message);
    str_done(&hint);
    return err;
}

bool schema_bool(const struct yaml_node *node, bool otherwise)
{
    if (!node)
        return otherwise;
    for (size_t i = 0; i < SCHEMA_BOOLS_COUNT; i++)
        if (strcmp(schema_bools[i].text, node->text) == 0)
            return schema_bools[i].value;
    assert(!"a checked truth value");
    return otherwise;
}

int64_t schema_integer(const struct yaml_node *node, int64_t otherwise)
{
    int64_t value;
    int err;

    if (!node)
        return otherwise;
    err = units_parse_integer(node->text, &value);
    assert(err == 0);
    return value;
}

double schema_number(const struct yaml_node *node, double otherwise)
{
    enum unit unit;
    double value;
    int err;

    if (!node)
        return otherwise;
    err = units_parse(node->text, &value, &unit);
    assert(err == 0);
    return value;
}

int64_t schema_time_ns(const struct yaml_node *node, int64_t otherwise)
{
    int64_t value;
    int err;

    if (!node)
        return otherwise;
    err = units_parse_time(node->text, &value);
    assert(err == 0);
    return value;
}

const char *schema_text(const struct yaml_node *node, const char *otherwise)
{
    if (!node)
        return otherwise;
    assert(node->kind == YAML_SCALAR);
    return node->text;
}

int schema_choice(const struct yaml_node *node, const char *const *choices)
{
    if (!node)
        return -1;
    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], node->text) == 0)
            return i;
    assert(!"a checked choice");
    return -1;
}
