// SPDX-License-Identifier: Apache-2.0
// A payload against the fields of its action. The way to a value is kept as a chain on the stack
// and written out only for a problem. OCPP-J 1.6 section 4.2.3 for the codes.
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/utf8.h"
#include "sim/proto/ocpp/fields.h"
#include "sim/proto/ocpp/message.h"

// A step on the way from the payload to a value: a member, or an item of a list.
struct step {
    const struct step *up; // NULL at the payload itself.
    const char *name;      // NULL for an item.
    size_t index;
};

static size_t where_text(const struct step *at, char *ret, size_t room)
{
    size_t length = at->up ? where_text(at->up, ret, room) : 0;
    int more;

    if (length >= room)
        return length;
    if (at->name)
        more = snprintf(ret + length, room - length, "%s%s", length ? "." : "", at->name);
    else
        more = at->up ? snprintf(ret + length, room - length, "[%zu]", at->index) : 0;
    return length + (size_t)more;
}

// A name or value of the peer that did not fit may end within a character.
static void end_with_character(char *text)
{
    size_t at;

    if (!utf8_valid(text, strlen(text), &at))
        text[at] = '\0';
}

static int bad(const struct step *at, enum ocpp_code code, const char *text,
               struct ocpp_problem *ret)
{
    ret->code = code;
    ret->where[0] = '\0';
    where_text(at, ret->where, sizeof(ret->where));
    end_with_character(ret->where);
    snprintf(ret->text, sizeof(ret->text), "%s", text);
    return ERR_MALFORMED;
}

static int check_object(const struct ocpp_field *fields, const struct json *json,
                        const struct step *at, struct ocpp_problem *ret);

static int check_text(const struct ocpp_field *field, const struct json *json,
                      const struct step *at, struct ocpp_problem *ret)
{
    char text[sizeof(ret->text)];

    if (!json_is_text(json))
        return bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is no text", ret);
    if (ocpp_text_fits(field, json_text(json, "")))
        return 0;
    snprintf(text, sizeof(text), "is longer than %zu characters", field->length_max);
    return bad(at, OCPP_PROPERTY_CONSTRAINT_VIOLATION, text, ret);
}

static int check_enum(const struct ocpp_field *field, const struct json *json,
                      const struct step *at, struct ocpp_problem *ret)
{
    char text[sizeof(ret->text)];

    if (!json_is_text(json))
        return bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is no text", ret);
    if (ocpp_enum_has(field, json_text(json, "")))
        return 0;
    snprintf(text, sizeof(text), "is none of the enumeration: '%s'", json_text(json, ""));
    end_with_character(text);
    return bad(at, OCPP_PROPERTY_CONSTRAINT_VIOLATION, text, ret);
}

static int check_integer(const struct ocpp_field *field, const struct json *json,
                         const struct step *at, struct ocpp_problem *ret)
{
    char text[sizeof(ret->text)];
    int64_t value = json_int64(json, 0);

    // What is no whole number reads as whatever it is not.
    if (!json_is_number(json) || value != json_int64(json, 1))
        return bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is no whole number", ret);
    if (value >= field->least)
        return 0;
    snprintf(text, sizeof(text), "is less than %lld", (long long)field->least);
    return bad(at, OCPP_PROPERTY_CONSTRAINT_VIOLATION, text, ret);
}

static int check_decimal(const struct ocpp_field *field, const struct json *json,
                         const struct step *at, struct ocpp_problem *ret)
{
    if (!json_is_number(json))
        return bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is no number", ret);
    if (!ocpp_decimal_fits(field, json_number(json, 0)))
        return bad(at, OCPP_PROPERTY_CONSTRAINT_VIOLATION,
                   "has more than one digit behind the point", ret);
    return 0;
}

static int check_boolean(const struct ocpp_field *field, const struct json *json,
                         const struct step *at, struct ocpp_problem *ret)
{
    (void)field;
    return json_is_bool(json)
               ? 0
               : bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is neither true nor false", ret);
}

static int check_datetime(const struct ocpp_field *field, const struct json *json,
                          const struct step *at, struct ocpp_problem *ret)
{
    int64_t utc_ns;

    (void)field;
    if (!json_is_text(json))
        return bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is no text", ret);
    if (ocpp_parse_time(json_text(json, ""), &utc_ns) == 0)
        return 0;
    return bad(at, OCPP_PROPERTY_CONSTRAINT_VIOLATION, "is no date-time with a time zone", ret);
}

static int check_member(const struct ocpp_field *field, const struct json *json,
                        const struct step *at, struct ocpp_problem *ret)
{
    return check_object(field->fields, json, at, ret);
}

static int (*const checks[])(const struct ocpp_field *field, const struct json *json,
                             const struct step *at, struct ocpp_problem *ret) = {
    [OCPP_TEXT] = check_text,       [OCPP_ENUM] = check_enum,
    [OCPP_INTEGER] = check_integer, [OCPP_DECIMAL] = check_decimal,
    [OCPP_BOOLEAN] = check_boolean, [OCPP_DATETIME] = check_datetime,
    [OCPP_OBJECT] = check_member,
};

static int check_list(const struct ocpp_field *field, const struct json *json,
                      const struct step *at, struct ocpp_problem *ret)
{
    struct step item = {.up = at};

    if (!json_is_array(json))
        return bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is no list", ret);
    if (json_count(json) == 0 && (field->required || field->filled))
        return bad(at, OCPP_OCCURRENCE_CONSTRAINT_VIOLATION, "is empty", ret);
    for (; item.index < json_count(json); item.index++) {
        int err = checks[field->type](field, json_at(json, item.index), &item, ret);

        if (err < 0)
            return err;
    }
    return 0;
}

static int check_object(const struct ocpp_field *fields, const struct json *json,
                        const struct step *at, struct ocpp_problem *ret)
{
    struct step member = {.up = at};
    const struct ocpp_field *field;
    const struct json *value;
    uint32_t seen = 0;
    void *cursor = NULL;
    unsigned index;
    int err;

    if (!json_is_object(json))
        return bad(at, OCPP_TYPE_CONSTRAINT_VIOLATION, "is no object", ret);
    while ((value = json_next(json, &cursor, &member.name))) {
        field = ocpp_field_find(fields, member.name, &index);
        if (!field)
            return bad(&member, OCPP_FORMATION_VIOLATION, "is no field of the message", ret);
        seen |= UINT32_C(1) << index;
        err = field->list ? check_list(field, value, &member, ret)
                          : checks[field->type](field, value, &member, ret);
        if (err < 0)
            return err;
    }
    field = ocpp_field_missing(fields, seen);
    if (!field)
        return 0;
    member.name = field->name;
    return bad(&member, OCPP_OCCURRENCE_CONSTRAINT_VIOLATION, "is missing", ret);
}

int ocpp_check(const struct ocpp_field *fields, const struct json *payload,
               struct ocpp_problem *ret_problem)
{
    const struct step top = {0};

    return check_object(fields, payload, &top, ret_problem);
}
