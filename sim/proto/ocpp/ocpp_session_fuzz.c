// SPDX-License-Identifier: Apache-2.0
// Any frames, one a line, against both ends of a connection, each with a CALL under way: what is
// sent is JSON and a message, at most one for each frame that came, and a session goes on.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/proto/ocpp/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct end {
    unsigned sent;
    unsigned calls;
    unsigned results;
};

static int on_send(void *user, const char *text, size_t length)
{
    struct end *end = user;
    struct json *json = NULL;
    int err = json_parse(text, length, &json, NULL);
    size_t count = json_count(json);

    assert(err == 0 && json_is_array(json) && count >= 3 && count <= 5);
    json_free(&json);
    end->sent++;
    return 0;
}

static void on_call(struct ocpp_session *session, const struct ocpp_action *action, const char *id,
                    const struct json *payload, void *user)
{
    struct end *end = user;

    assert(json_is_object(payload));
    end->calls++;
    if (!action->confirmation[0].name)
        ocpp_session_confirm(session, id, "{}", 2);
    else if (end->calls % 4)
        ocpp_session_refuse(session, id, OCPP_NOT_SUPPORTED, "");
}

static void on_result(struct ocpp_session *session, uint64_t tag, const struct ocpp_result *result,
                      void *user)
{
    struct end *end = user;

    (void)session;
    (void)tag;
    assert((result->payload != NULL) == (result->err == 0));
    end->results++;
}

static void feed(enum ocpp_role role, const char *action, const char *payload, const char *text,
                 size_t size)
{
    static const struct ocpp_session_events events = {
        .send = on_send, .on_call = on_call, .on_result = on_result};
    struct end end = {0};
    struct ocpp_session *session = ocpp_session_new(role, "s-", &events, &end);
    unsigned frames = 1;

    ocpp_session_call(session, ocpp_action_find(action), NULL, payload, strlen(payload), 1, 1);
    while (size > 0) {
        const char *line_end = memchr(text, '\n', size);
        size_t length = line_end ? (size_t)(line_end - text) : size;

        ocpp_session_receive(session, text, length);
        frames++;
        assert(end.sent <= frames && end.results <= 1);
        text += line_end ? length + 1 : length;
        size -= line_end ? length + 1 : length;
    }
    ocpp_session_disconnect(session);
    assert(end.results == 1 && !ocpp_session_calling(session));
    ocpp_session_free(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feed(OCPP_CSMS, "ClearCache", "{}", (const char *)data, size);
    feed(OCPP_STATION, "Heartbeat", "{}", (const char *)data, size);
    return 0;
}
