// SPDX-License-Identifier: Apache-2.0
// The reference of all messages, from the table that checks them.
#include <string.h>

#include "sim/proto/ocpp/message.h"

static const char *const senders[] = {
    [OCPP_BY_STATION] = "station",
    [OCPP_BY_CSMS] = "central system",
    [OCPP_BY_BOTH] = "both",
};

static void describe_values(const struct ocpp_field *field, struct str *out)
{
    for (size_t i = 0; field->values[i]; i++)
        str_addf(out, "%s`%s`", i ? ", " : "", field->values[i]);
}

static void describe_type(const struct ocpp_field *field, struct str *out)
{
    static const char *const types[] = {
        [OCPP_TEXT] = "text",       [OCPP_ENUM] = "",           [OCPP_INTEGER] = "integer",
        [OCPP_DECIMAL] = "decimal", [OCPP_BOOLEAN] = "boolean", [OCPP_DATETIME] = "date-time",
        [OCPP_OBJECT] = "object",
    };

    str_adds(out, types[field->type]);
    if (field->type == OCPP_ENUM)
        describe_values(field, out);
    if (field->length_max)
        str_addf(out, " of at most %zu", field->length_max);
    if (field->type == OCPP_INTEGER && field->least != OCPP_ANY_INTEGER)
        str_addf(out, " from %lld", (long long)field->least);
    if (field->tenths)
        str_adds(out, " of one digit behind the point");
}

static const char *occurs(const struct ocpp_field *field)
{
    if (!field->list)
        return field->required ? "1..1" : "0..1";
    return field->required ? "1..*" : "0..*";
}

// The path of the object whose fields these are, "" at the top.
static void describe_fields(const struct ocpp_field *fields, const char *path, struct str *out)
{
    for (; fields->name; fields++) {
        struct str inner = {0};

        str_addf(out, "| `%s%s` | %s | ", path, fields->name, occurs(fields));
        describe_type(fields, out);
        str_addf(out, " | %s |\n", fields->doc);
        if (fields->type == OCPP_OBJECT) {
            str_addf(&inner, "%s%s%s.", path, fields->name, fields->list ? "[]" : "");
            describe_fields(fields->fields, str_text(&inner), out);
            str_done(&inner);
        }
    }
}

static void describe_payload(const char *title, const struct ocpp_field *fields, struct str *out)
{
    if (!fields->name) {
        str_addf(out, "%s: no fields.\n\n", title);
        return;
    }
    str_addf(out, "%s:\n\n| field | occurs | type | meaning |\n|---|---|---|---|\n", title);
    describe_fields(fields, "", out);
    str_adds(out, "\n");
}

void ocpp_describe(struct str *out)
{
    str_adds(out, "# OCPP 1.6J messages\n\n");
    for (size_t i = 0; i < ocpp_actions_count; i++) {
        const struct ocpp_action *action = &ocpp_actions[i];

        str_addf(out, "## %s\n\n%s Profile %s, sent by %s%s.\n\n", action->name, action->doc,
                 action->profile, action->sender == OCPP_BY_BOTH ? "" : "the ",
                 senders[action->sender]);
        if (action->transaction)
            str_adds(out, "Transaction related: kept while offline and sent in order, again and "
                          "again until it is answered.\n\n");
        describe_payload("Request", action->request, out);
        describe_payload("Confirmation", action->confirmation, out);
    }
}
