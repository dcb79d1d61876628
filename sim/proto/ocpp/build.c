// SPDX-License-Identifier: Apache-2.0
// Payloads as JSON text, each value asserted against its field as it is put.
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/units.h"
#include "sim/base/utf8.h"
#include "sim/proto/ocpp/fields.h"
#include "sim/proto/ocpp/message.h"

#define NUMBER_ROOM 40
#define DECIMAL_MAX 1e15 // What three digits behind the point are still written exactly for.

static void build_enter(struct ocpp_build *build, const struct ocpp_field *fields,
                        const struct ocpp_field *list)
{
    assert(build->depth + 1 < OCPP_BUILD_DEPTH_MAX);
    build->depth++;
    build->fields[build->depth] = fields;
    build->list[build->depth] = list;
    build->seen[build->depth] = 0;
    str_adds(build->out, list ? "[" : "{");
}

void ocpp_build_begin(struct ocpp_build *build, const struct ocpp_field *fields, struct str *out)
{
    assert(fields);
    build->out = out;
    build->start = out->length;
    build->depth = 0;
    build->fields[0] = fields;
    build->list[0] = NULL;
    build->seen[0] = 0;
    str_adds(out, "{");
}

// Writes what stands before a value and returns its field: the member of that name, or the list
// whose next item it is.
static const struct ocpp_field *build_value(struct ocpp_build *build, const char *name, bool list)
{
    uint32_t *seen = &build->seen[build->depth];
    const struct ocpp_field *field = build->list[build->depth];
    unsigned index;

    if (*seen)
        str_adds(build->out, ",");
    if (field) {
        assert(!name && !list);
        (*seen)++;
        return field;
    }
    assert(name);
    field = ocpp_field_find(build->fields[build->depth], name, &index);
    assert(field && field->list == list);
    assert(!(*seen >> index & 1));
    *seen |= UINT32_C(1) << index;
    str_adds(build->out, "\"");
    str_adds(build->out, name);
    str_adds(build->out, "\":");
    return field;
}

void ocpp_put_text(struct ocpp_build *build, const char *name, const char *value)
{
    const struct ocpp_field *field = build_value(build, name, false);

    assert(field->type == OCPP_TEXT || field->type == OCPP_ENUM);
    assert(utf8_valid(value, strlen(value), NULL));
    assert(field->type == OCPP_TEXT ? ocpp_text_fits(field, value) : ocpp_enum_has(field, value));
    str_add_json(build->out, value);
}

void ocpp_put_integer(struct ocpp_build *build, const char *name, int64_t value)
{
    const struct ocpp_field *field = build_value(build, name, false);
    char text[NUMBER_ROOM];

    assert(field->type == OCPP_INTEGER && value >= field->least);
    snprintf(text, sizeof(text), "%" PRId64, value);
    str_adds(build->out, text);
}

void ocpp_put_decimal(struct ocpp_build *build, const char *name, double value)
{
    const struct ocpp_field *field = build_value(build, name, false);
    char text[NUMBER_ROOM];
    int length;

    assert(field->type == OCPP_DECIMAL && ocpp_decimal_fits(field, value));
    assert(isfinite(value) && fabs(value) < DECIMAL_MAX);
    length = snprintf(text, sizeof(text), "%.*f", field->tenths ? 1 : 3, value);
    while (text[length - 1] == '0')
        length--;
    if (text[length - 1] == '.')
        length--;
    str_add(build->out, text, (size_t)length);
}

void ocpp_put_boolean(struct ocpp_build *build, const char *name, bool value)
{
    const struct ocpp_field *field = build_value(build, name, false);

    assert(field->type == OCPP_BOOLEAN);
    str_adds(build->out, value ? "true" : "false");
}

void ocpp_put_time(struct ocpp_build *build, const char *name, int64_t utc_ns)
{
    const struct ocpp_field *field = build_value(build, name, false);
    char text[UNITS_TEXT_ROOM];

    assert(field->type == OCPP_DATETIME);
    str_adds(build->out, "\"");
    str_adds(build->out, units_utc_text(utc_ns, text));
    str_adds(build->out, "\"");
}

void ocpp_put_object(struct ocpp_build *build, const char *name)
{
    const struct ocpp_field *field = build_value(build, name, false);

    assert(field->type == OCPP_OBJECT);
    build_enter(build, field->fields, NULL);
}

void ocpp_put_list(struct ocpp_build *build, const char *name)
{
    build_enter(build, NULL, build_value(build, name, true));
}

// What ends must be whole: no required field missing, no list empty that may not be.
static void build_leave(struct ocpp_build *build)
{
    const struct ocpp_field *list = build->list[build->depth];
    uint32_t seen = build->seen[build->depth];

    if (list)
        assert(seen > 0 || (!list->required && !list->filled));
    else
        assert(!ocpp_field_missing(build->fields[build->depth], seen));
    str_adds(build->out, list ? "]" : "}");
}

void ocpp_put_end(struct ocpp_build *build)
{
    assert(build->depth > 0);
    build_leave(build);
    build->depth--;
}

void ocpp_build_end(struct ocpp_build *build)
{
    assert(build->depth == 0);
    build_leave(build);
    assert(build->out->length - build->start <= OCPP_MESSAGE_BYTES_MAX);
}
