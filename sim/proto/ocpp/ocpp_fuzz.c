// SPDX-License-Identifier: Apache-2.0
// Any payload against any action: the input is the action's name, a newline and JSON. A problem has
// a code and a place that can be printed; each text is also read as a time.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/utf8.h"
#include "sim/proto/ocpp/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ocpp_field *fields, const struct json *json)
{
    struct ocpp_problem problem = {0};
    int err = ocpp_check(fields, json, &problem);

    assert(err == 0 || err == ERR_MALFORMED);
    assert((err == 0) == (problem.code == OCPP_OK));
    assert(utf8_valid(problem.where, strlen(problem.where), NULL));
    assert(utf8_valid(problem.text, strlen(problem.text), NULL));
}

static void read_times(const struct json *json)
{
    const struct json *value;
    const char *key;
    void *cursor = NULL;
    int64_t utc_ns;

    if (json_is_text(json))
        ocpp_parse_time(json_text(json, ""), &utc_ns);
    while ((value = json_next(json, &cursor, &key)))
        if (json_is_text(value))
            ocpp_parse_time(json_text(value, ""), &utc_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;
    const struct ocpp_action *action = NULL;
    struct json *json;
    char name[64];

    if (!end || (size_t)(end - text) >= sizeof(name) || size > OCPP_MESSAGE_BYTES_MAX)
        return 0;
    memcpy(name, text, (size_t)(end - text));
    name[end - text] = '\0';
    action = ocpp_action_find(name);
    if (json_parse(end + 1, size - (size_t)(end - text) - 1, &json, NULL) < 0)
        return 0;
    for (size_t i = 0; i < ocpp_actions_count; i++)
        if (!action || action == &ocpp_actions[i]) {
            check(ocpp_actions[i].request, json);
            check(ocpp_actions[i].confirmation, json);
        }
    read_times(json);
    json_free(&json);
    return 0;
}
