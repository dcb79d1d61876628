// SPDX-License-Identifier: Apache-2.0
// One end of a connection in a test, on a wire of texts: it notes what it was told, answers every
// CALL at once unless it is to wait, and may be joined to a second one.
#ifndef SIM_PROTO_OCPP_TEST_END_H
#define SIM_PROTO_OCPP_TEST_END_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/proto/ocpp/session.h"
#include "sim/proto/ocpp/test_sampler.h"

struct end {
    struct ocpp_session *session;
    struct end *peer; // Frames go there, if there is one.
    bool refuses;     // The wire takes nothing.
    bool later;       // CALLs are not answered at once.
    struct str sent;  // The last frame.
    unsigned frames;

    unsigned calls;
    char call_id[64];
    const struct ocpp_action *call;

    unsigned results;
    uint64_t tag;
    struct ocpp_result result; // payload and description are not valid any more.
    char described[300];
    int64_t interval; // Of the confirmation.
    void (*then)(struct end *end);

    unsigned violations;
    struct ocpp_problem problem;
    unsigned seen_in, seen_out; // By on_frame.
};

static inline int on_send(void *user, const char *text, size_t length)
{
    struct end *end = user;

    if (end->refuses)
        return ERR_FULL;
    str_clear(&end->sent);
    str_add(&end->sent, text, length);
    end->frames++;
    if (end->peer)
        ocpp_session_receive(end->peer->session, text, length);
    return 0;
}

static inline void answer(struct end *end)
{
    struct rng rng;
    struct str out = {0};

    rng_init(&rng, 1, "answer");
    sample_payload(&rng, end->call->confirmation, SAMPLE_MINIMAL, FLAW_NONE, &out);
    ocpp_session_confirm(end->session, end->call_id, out.text, out.length);
    str_done(&out);
}

static inline void on_call(struct ocpp_session *session, const struct ocpp_action *action,
                           const char *id, const struct json *payload, void *user)
{
    struct end *end = user;

    ck_assert_ptr_eq(session, end->session);
    ck_assert(json_is_object(payload));
    end->calls++;
    end->call = action;
    snprintf(end->call_id, sizeof(end->call_id), "%s", id);
    if (!end->later)
        answer(end);
}

static inline void on_result(struct ocpp_session *session, uint64_t tag,
                             const struct ocpp_result *result, void *user)
{
    struct end *end = user;

    ck_assert_ptr_eq(session, end->session);
    ck_assert(!ocpp_session_calling(session));
    ck_assert_int_eq(result->payload != NULL, result->err == 0);
    ck_assert_int_eq(result->code == OCPP_OK, result->err == 0);
    end->results++;
    end->tag = tag;
    end->result = *result;
    end->interval = json_int64(json_get(result->payload, "interval"), -1);
    snprintf(end->described, sizeof(end->described), "%s", result->description);
    if (end->then)
        end->then(end);
}

static inline void on_violation(struct ocpp_session *session, const struct ocpp_problem *problem,
                                const char *frame, size_t length, void *user)
{
    struct end *end = user;

    ck_assert_ptr_eq(session, end->session);
    ck_assert_uint_gt(length + 1, 0);
    ck_assert_ptr_nonnull(frame);
    ck_assert(problem->code != OCPP_OK);
    ck_assert_uint_gt(strlen(problem->text), 0);
    end->violations++;
    end->problem = *problem;
}

static inline void on_frame(struct ocpp_session *session, bool sent, const char *text,
                            size_t length, void *user)
{
    struct end *end = user;

    (void)session;
    (void)text;
    (void)length;
    *(sent ? &end->seen_out : &end->seen_in) += 1;
}

static const struct ocpp_session_events test_end_events = {
    .send = on_send,
    .on_call = on_call,
    .on_result = on_result,
    .on_violation = on_violation,
    .on_frame = on_frame,
};

static struct end station, central;

static inline void setup(void)
{
    memset(&station, 0, sizeof(station));
    memset(&central, 0, sizeof(central));
    station.session = ocpp_session_new(OCPP_STATION, "s-", &test_end_events, &station);
    central.session = ocpp_session_new(OCPP_CSMS, "c-", &test_end_events, &central);
}

static inline void teardown(void)
{
    ocpp_session_free(&station.session);
    ocpp_session_free(&central.session);
    ck_assert_ptr_null(station.session);
    ocpp_session_free(&station.session);
    str_done(&station.sent);
    str_done(&central.sent);
}

static inline void join(void)
{
    station.peer = &central;
    central.peer = &station;
}

static inline int call(struct end *end, const char *action, const char *payload, uint64_t tag)
{
    return ocpp_session_call(end->session, ocpp_action_find(action), NULL, payload, strlen(payload),
                             1000, tag);
}

static inline void receive(struct end *end, const char *text)
{
    ocpp_session_receive(end->session, text, strlen(text));
}

#endif
