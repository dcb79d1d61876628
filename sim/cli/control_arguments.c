// SPDX-License-Identifier: Apache-2.0
// What a scenario's arguments are told by its plan, these are told here: a name nobody knows, a
// word that is none of those there are, a number that is none.
#include "sim/cli/control_arguments.h"

#include <string.h>

#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/scenario/expectation.h"
#include "sim/scenario/expr.h"
#include "sim/scenario/op.h"

static struct value value_of(const struct json *json)
{
    struct value list = {.type = VALUE_LIST};

    if (json_is_number(json))
        return value_number(json_number(json, 0), UNIT_NONE);
    if (json_is_bool(json))
        return value_bool(json_bool(json, false));
    if (json_is_text(json))
        return value_parse(json_text(json, ""), false);
    if (!json_is_array(json))
        return value_none();
    list.items = mem_new(json_count(json), sizeof(*list.items));
    for (size_t i = 0; i < json_count(json); i++)
        list.items[list.count++] = value_of(json_at(json, i));
    return list;
}

static const struct schema_field *field_of(const struct schema *with, const char *key)
{
    for (size_t i = 0; with && i < with->fields_count; i++)
        if (strcmp(with->fields[i].name, key) == 0)
            return &with->fields[i];
    return NULL;
}

static char *add_argument(struct op *op, const char *key, struct value value)
{
    const struct schema *with = op->verb ? op->verb->with : NULL;
    const struct schema_field *field = field_of(with, key);
    struct expr_error error = {0};

    if (op->verb && !field && !(with && with->open)) {
        value_done(&value);
        return str_format("%s has no argument '%s'", op->verb->name, key);
    }
    if (field && !value_fit(&value, field, &error)) {
        value_done(&value);
        return str_format("%s%s%s", error.text, error.hint[0] ? "; " : "", error.hint);
    }
    if (op_add_argument(op, key, value) < 0)
        return str_format("more than %d arguments", OP_ARGUMENTS_MAX);
    return NULL;
}

char *control_arguments_add(struct op *op, const struct json *with)
{
    const struct schema *schema = op->verb ? op->verb->with : NULL;
    const struct json *member;
    const char *key;
    void *cursor = NULL;
    char *why = NULL;

    while (!why && json_is_object(with) && (member = json_next(with, &cursor, &key)))
        why = add_argument(op, key, value_of(member));
    for (size_t i = 0; !why && schema && i < schema->fields_count; i++)
        if (schema->fields[i].required && !op_has(op, schema->fields[i].name))
            why = str_format("%s wants '%s'", op->verb->name, schema->fields[i].name);
    return why;
}
