// SPDX-License-Identifier: Apache-2.0
// The one file that sees jansson. A `struct json` is a json_t that nobody else can take apart.
#include "sim/base/json.h"

#include <assert.h>

// A constructor of the library has the name of our reader; it is not used here.
#define json_integer jansson_integer
#include <jansson.h>
#undef json_integer
#undef json_is_array
#undef json_is_number
#undef json_is_object

#include "sim/base/err.h"

static const json_t *json_inside(const struct json *json)
{
    return (const json_t *)json;
}

static const struct json *json_outside(const json_t *json)
{
    return (const struct json *)json;
}

static bool json_is(const struct json *json, json_type type)
{
    return json && json_typeof(json_inside(json)) == type;
}

// A value costs the library some 100 bytes, so their number is bounded before it is called: no text
// has more values than commas and opening brackets, plus one.
static bool json_too_many(const char *text, size_t length)
{
    size_t values = 1;
    bool inside = false;

    if (length < JSON_VALUES_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (inside && c == '\\')
            i++;
        else if (c == '"')
            inside = !inside;
        else if (!inside && (c == ',' || c == '[' || c == '{'))
            values++;
    }
    return values > JSON_VALUES_MAX;
}

int json_parse(const char *text, size_t length, struct json **ret, size_t *ret_where)
{
    json_error_t error;
    json_t *json;

    if (length > JSON_BYTES_MAX)
        return ERR_TOO_LONG;
    if (json_too_many(text, length))
        return ERR_TOO_MANY;
    json = json_loadb(length ? text : "", length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (json) {
        *ret = (struct json *)json;
        return 0;
    }
    if (ret_where)
        *ret_where = error.position > 0 ? (size_t)error.position : 0;
    return json_error_code(&error) == json_error_stack_overflow ? ERR_TOO_DEEP : ERR_SYNTAX;
}

void json_free(struct json **document)
{
    json_decref((json_t *)*document);
    *document = NULL;
}

const struct json *json_get(const struct json *json, const char *key)
{
    return json_outside(json_object_get(json_inside(json), key));
}

const struct json *json_at(const struct json *json, size_t index)
{
    return json_outside(json_array_get(json_inside(json), index));
}

size_t json_count(const struct json *json)
{
    if (json_is(json, JSON_ARRAY))
        return json_array_size(json_inside(json));
    return json_is(json, JSON_OBJECT) ? json_object_size(json_inside(json)) : 0;
}

const char *json_text(const struct json *json, const char *otherwise)
{
    return json_is_text(json) ? json_string_value(json_inside(json)) : otherwise;
}

double json_number(const struct json *json, double otherwise)
{
    return json_is_number(json) ? json_number_value(json_inside(json)) : otherwise;
}

int64_t json_int64(const struct json *json, int64_t otherwise)
{
    double number;

    if (json_is(json, JSON_INTEGER))
        return json_integer_value(json_inside(json));
    number = json_number(json, 0.5);
    if (number >= -0x1p63 && number < 0x1p63 && number == (double)(int64_t)number)
        return (int64_t)number;
    return otherwise;
}

bool json_bool(const struct json *json, bool otherwise)
{
    return json_is_bool(json) ? json_is(json, JSON_TRUE) : otherwise;
}

bool json_is_text(const struct json *json)
{
    return json_is(json, JSON_STRING);
}

bool json_is_number(const struct json *json)
{
    return json_is(json, JSON_INTEGER) || json_is(json, JSON_REAL);
}

bool json_is_bool(const struct json *json)
{
    return json_is(json, JSON_TRUE) || json_is(json, JSON_FALSE);
}

bool json_is_array(const struct json *json)
{
    return json_is(json, JSON_ARRAY);
}

bool json_is_object(const struct json *json)
{
    return json_is(json, JSON_OBJECT);
}

const struct json *json_next(const struct json *object, void **cursor, const char **ret_key)
{
    json_t *inside = (json_t *)object; // The library's iterator does not take a const object.

    if (!json_is_object(object))
        return NULL;
    *cursor = *cursor ? json_object_iter_next(inside, *cursor) : json_object_iter(inside);
    if (!*cursor)
        return NULL;
    *ret_key = json_object_iter_key(*cursor);
    return json_outside(json_object_iter_value(*cursor));
}
