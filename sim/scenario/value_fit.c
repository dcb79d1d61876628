// SPDX-License-Identifier: Apache-2.0
// The field decides the type: one rule a schema type, from the value as it was written or computed.
#include "sim/scenario/expectation.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/nearest.h"

__attribute__((format(printf, 3, 4))) static bool
refuse(struct expr_error *error, const struct value *value, const char *format, ...)
{
    struct str shown = {0};
    va_list arguments;
    int length;

    value_print(value, &shown);
    va_start(arguments, format);
    length = vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < sizeof(error->text))
        snprintf(error->text + length, sizeof(error->text) - (size_t)length, ", not '%.60s'",
                 str_text(&shown));
    str_done(&shown);
    error->at = 0;
    return false;
}

static void become_text(struct value *value)
{
    struct str text = {0};
    bool secret = value->secret;

    if (value->type == VALUE_TEXT)
        return;
    value->secret = false;
    value_print(value, &text);
    value_done(value);
    *value = value_text(str_text(&text));
    value->secret = secret;
    str_done(&text);
}

static bool fit_text(struct value *value, const struct schema_field *field,
                     struct expr_error *error)
{
    if (value->type == VALUE_LIST || value->type == VALUE_RECORDS)
        return refuse(error, value, "'%s' is a text", field->name);
    become_text(value);
    return true;
}

static bool fit_choice(struct value *value, const struct schema_field *field,
                       struct expr_error *error)
{
    struct nearest nearest;
    struct str list = {0};
    size_t count = 0;

    if (!fit_text(value, field, error))
        return false;
    nearest_init(&nearest, value->text);
    for (; field->choices && field->choices[count]; count++) {
        if (strcmp(field->choices[count], value->text) == 0) {
            str_done(&list);
            return true;
        }
        nearest_add(&nearest, field->choices[count]);
        str_addf(&list, "%s%s", count ? ", " : "", field->choices[count]);
    }
    refuse(error, value, "'%s' is one of %.120s", field->name, str_text(&list));
    if (nearest_name(&nearest))
        snprintf(error->hint, sizeof(error->hint), "did you mean '%s'?", nearest_name(&nearest));
    str_done(&list);
    return false;
}

static bool fit_bool(struct value *value, const struct schema_field *field,
                     struct expr_error *error)
{
    static const struct {
        const char *word;
        bool truth;
    } words[] = {{"true", true},   {"yes", true}, {"on", true},
                 {"false", false}, {"no", false}, {"off", false}};

    if (value->type == VALUE_BOOL)
        return true;
    for (size_t i = 0; value->text && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i].word, value->text) == 0) {
            value_done(value);
            *value = value_bool(words[i].truth);
            return true;
        }
    }
    return refuse(error, value, "'%s' is true or false", field->name);
}

static bool in_range(const struct value *value, const struct schema_field *field,
                     struct expr_error *error)
{
    if (!(field->low < field->high) ||
        (value->number >= field->low && value->number <= field->high))
        return true;
    return refuse(error, value, "'%s' lies between %.15g and %.15g", field->name, field->low,
                  field->high);
}

static bool fit_number(struct value *value, const struct schema_field *field,
                       struct expr_error *error)
{
    struct value read;

    // What a device sent as text, or a case wrote in quotes, may still be a number.
    if (value->type == VALUE_TEXT) {
        read = value_parse(value->text, false);
        if (read.type == VALUE_NUMBER) {
            value_done(value);
            *value = read;
        } else {
            value_done(&read);
        }
    }
    if (value->type != VALUE_NUMBER)
        return refuse(error, value, "'%s' is a number", field->name);
    if (field->type == SCHEMA_QUANTITY && value->unit != field->unit) {
        bool plain = value->unit == UNIT_NONE && field->unit != UNIT_TIME_NS;

        if (!plain && !(value->number == 0 && value->unit == UNIT_NONE))
            return refuse(error, value, "'%s' is a quantity in %s", field->name,
                          units_suffixes(field->unit));
        value->unit = field->unit;
    }
    if (field->type != SCHEMA_QUANTITY && value->unit != UNIT_NONE)
        return refuse(error, value, "'%s' is a number without unit", field->name);
    if (field->type == SCHEMA_INTEGER && value->number != floor(value->number))
        return refuse(error, value, "'%s' is a whole number", field->name);
    return in_range(value, field, error);
}

static bool fit_list(struct value *value, const struct schema_field *field,
                     struct expr_error *error)
{
    struct value *item;

    if (value->type != VALUE_LIST) {
        item = mem_new(1, sizeof(*item));
        *item = *value;
        *value = (struct value){.type = VALUE_LIST, .items = item, .count = 1};
    }
    for (size_t i = 0; field->item && i < value->count; i++) {
        struct schema_field one = *field->item;

        one.name = field->name;
        if (!value_fit(&value->items[i], &one, error))
            return false;
    }
    return true;
}

bool value_fit(struct value *value, const struct schema_field *field, struct expr_error *error)
{
    if (value->type == VALUE_NONE)
        return true;
    switch (field->type) {
    case SCHEMA_TEXT:
    case SCHEMA_NAME:
    case SCHEMA_UTC:
        return fit_text(value, field, error);
    case SCHEMA_CHOICE:
        return fit_choice(value, field, error);
    case SCHEMA_BOOL:
        return fit_bool(value, field, error);
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
    case SCHEMA_QUANTITY:
        return fit_number(value, field, error);
    case SCHEMA_LIST:
    case SCHEMA_EITHER:
        return fit_list(value, field, error);
    case SCHEMA_OBJECT:
    case SCHEMA_MAP:
    case SCHEMA_VALUE:
    case SCHEMA_ANY:
        return true;
    }
    return true;
}
