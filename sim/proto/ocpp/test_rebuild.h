// SPDX-License-Identifier: Apache-2.0
// A payload that was read, built anew by ocpp_build, for tests.
#ifndef SIM_PROTO_OCPP_TEST_REBUILD_H
#define SIM_PROTO_OCPP_TEST_REBUILD_H

#include <string.h>

#include "sim/proto/ocpp/message.h"

// Builds what `json` says, in its order.
static inline void rebuild_object(struct ocpp_build *build, const struct ocpp_field *fields,
                                  const struct json *json);

static inline void rebuild_value(struct ocpp_build *build, const struct ocpp_field *field,
                                 const char *name, const struct json *json)
{
    int64_t utc_ns = 0;

    if (field->type == OCPP_OBJECT) {
        ocpp_put_object(build, name);
        rebuild_object(build, field->fields, json);
        ocpp_put_end(build);
    } else if (field->type == OCPP_DATETIME) {
        ocpp_parse_time(json_text(json, ""), &utc_ns);
        ocpp_put_time(build, name, utc_ns);
    } else if (field->type == OCPP_INTEGER) {
        ocpp_put_integer(build, name, json_int64(json, -5));
    } else if (field->type == OCPP_DECIMAL) {
        ocpp_put_decimal(build, name, json_number(json, -5));
    } else if (field->type == OCPP_BOOLEAN) {
        ocpp_put_boolean(build, name, json_bool(json, false));
    } else {
        ocpp_put_text(build, name, json_text(json, NULL));
    }
}

static inline void rebuild_object(struct ocpp_build *build, const struct ocpp_field *fields,
                                  const struct json *json)
{
    const struct json *value;
    const char *name;
    void *cursor = NULL;

    while ((value = json_next(json, &cursor, &name))) {
        const struct ocpp_field *field = fields;

        while (strcmp(field->name, name) != 0)
            field++;
        if (!field->list) {
            rebuild_value(build, field, name, value);
            continue;
        }
        ocpp_put_list(build, name);
        for (size_t i = 0; i < json_count(value); i++)
            rebuild_value(build, field, NULL, json_at(value, i));
        ocpp_put_end(build);
    }
}

#endif
