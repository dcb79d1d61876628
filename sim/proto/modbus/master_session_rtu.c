// SPDX-License-Identifier: Apache-2.0
// The client's session on a serial line (Modbus over Serial Line V1.02, 2.4.2, the master's state
// diagram): one request at a time, and none before the line has been silent for t3.5. No retries.
#include "sim/proto/modbus/master_session.h"

#include <assert.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/request_list.h"

#define TURNAROUND_NS 100000000

void modbus_rtu_master_init(struct modbus_rtu_master *session,
                            int (*send)(void *user, const uint8_t *frame, size_t length),
                            void *user, int64_t turnaround_ns)
{
    assert(turnaround_ns >= 0);
    *session = (struct modbus_rtu_master){
        .send = send,
        .user = user,
        .turnaround_ns = turnaround_ns ? turnaround_ns : TURNAROUND_NS,
        .quiet = true,
    };
}

static bool is_ready(const struct modbus_rtu_master *session)
{
    return session->end == 0 && session->waiting.first &&
           (session->state == MODBUS_RTU_MASTER_IDLE ||
            session->state == MODBUS_RTU_MASTER_BLOCKED);
}

static void send_first(struct modbus_rtu_master *session, int64_t now_ns)
{
    struct modbus_request *request = request_list_pop(&session->waiting);
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(request->unit, request->pdu, request->length, frame);
    int err;

    session->state = MODBUS_RTU_MASTER_SENDING;
    session->quiet = false;
    session->current = request;
    session->unit = request->unit;
    session->function = request->pdu[0];
    session->timeout_ns = request->timeout_ns;
    request->sent_ns = now_ns;
    err = session->send(session->user, frame, length);
    if (!err)
        return;
    session->state = MODBUS_RTU_MASTER_IDLE;
    session->quiet = true;
    session->current = NULL;
    request_doom(&session->doomed, request, now_ns, err);
}

static void pump(struct modbus_rtu_master *session, int64_t now_ns)
{
    while (is_ready(session) && session->quiet)
        send_first(session, now_ns);
    if (is_ready(session) && session->state == MODBUS_RTU_MASTER_IDLE) {
        session->state = MODBUS_RTU_MASTER_BLOCKED;
        session->until_ns = now_ns + session->waiting.first->timeout_ns;
    }
}

void modbus_rtu_master_submit(struct modbus_rtu_master *session, int64_t now_ns,
                              struct modbus_request *request)
{
    assert(request->length >= 1 && request->length <= MODBUS_PDU_BYTES_MAX);
    assert(request->timeout_ns > 0);
    request->sent_ns = now_ns;
    if (session->end || session->waiting.count >= MODBUS_MASTER_WAITING_MAX) {
        request_doom(&session->doomed, request, now_ns, session->end ? session->end : ERR_FULL);
        return;
    }
    request_list_append(&session->waiting, request);
    pump(session, now_ns);
}

void modbus_rtu_master_cancel(struct modbus_rtu_master *session, struct modbus_request *request)
{
    if (session->current == request)
        session->current = NULL;
    else if (!request_list_remove(&session->waiting, request))
        request_list_remove(&session->doomed, request);
}

// The line is free again; the request on it, if it was not cancelled, is told.
static void finish(struct modbus_rtu_master *session, int64_t now_ns, int err, const uint8_t *pdu,
                   size_t length)
{
    struct modbus_request *request = session->current;

    session->state = MODBUS_RTU_MASTER_IDLE;
    session->current = NULL;
    if (request)
        request_finish(request, now_ns, err, pdu, length);
}

void modbus_rtu_master_on_sent(struct modbus_rtu_master *session, int64_t now_ns)
{
    bool broadcast = session->unit == MODBUS_UNIT_BROADCAST;

    if (session->state != MODBUS_RTU_MASTER_SENDING)
        return;
    modbus_rtu_reset(&session->rx);
    session->state = broadcast ? MODBUS_RTU_MASTER_TURNAROUND : MODBUS_RTU_MASTER_WAITING;
    session->until_ns = now_ns + (broadcast ? session->turnaround_ns : session->timeout_ns);
}

void modbus_rtu_master_on_chars(struct modbus_rtu_master *session, const uint8_t *data,
                                size_t length, bool damaged)
{
    session->quiet = false;
    modbus_rtu_chars(&session->rx, data, length, damaged);
}

void modbus_rtu_master_on_gap(struct modbus_rtu_master *session)
{
    modbus_rtu_gap(&session->rx);
}

// A frame came while a reply was waited for. What is not from the unit asked, or answers another
// function, leaves the time-out running (V1.02 2.4.1).
static void on_frame(struct modbus_rtu_master *session, int64_t now_ns, int verdict,
                     const struct modbus_rtu_frame *frame)
{
    if (verdict < 0) {
        session->counters.damaged++;
        finish(session, now_ns, verdict, NULL, 0);
    } else if (frame->unit != session->unit) {
        session->counters.wrong_unit++;
    } else if ((frame->pdu[0] & 0x7F) != (session->function & 0x7F)) {
        session->counters.wrong_function++;
    } else {
        finish(session, now_ns, 0, frame->pdu, frame->length);
    }
}

void modbus_rtu_master_on_silence(struct modbus_rtu_master *session, int64_t now_ns)
{
    struct modbus_rtu_frame frame;
    int verdict = modbus_rtu_silence(&session->rx, &frame);

    session->quiet = session->state != MODBUS_RTU_MASTER_SENDING;
    if (verdict != 0 && session->state == MODBUS_RTU_MASTER_WAITING) {
        on_frame(session, now_ns, verdict, &frame);
    } else {
        session->counters.unknown += verdict == 1;
        session->counters.damaged += verdict < 0;
    }
    pump(session, now_ns);
}

// Others have held the line for as long as the first request may wait.
static void on_blocked(struct modbus_rtu_master *session, int64_t now_ns)
{
    struct modbus_request *request = session->waiting.first;

    if (request && request->sent_ns + request->timeout_ns > now_ns) {
        session->until_ns = request->sent_ns + request->timeout_ns;
        return;
    }
    session->state = MODBUS_RTU_MASTER_IDLE;
    request = request_list_pop(&session->waiting);
    if (request)
        request_finish(request, now_ns, ERR_TIMEOUT, NULL, 0);
}

static bool is_timed(const struct modbus_rtu_master *session)
{
    return session->state != MODBUS_RTU_MASTER_IDLE && session->state != MODBUS_RTU_MASTER_SENDING;
}

static void on_time(struct modbus_rtu_master *session, int64_t now_ns)
{
    switch (session->state) {
    case MODBUS_RTU_MASTER_BLOCKED:
        on_blocked(session, now_ns);
        break;
    case MODBUS_RTU_MASTER_WAITING:
        finish(session, now_ns, ERR_TIMEOUT, NULL, 0);
        break;
    case MODBUS_RTU_MASTER_TURNAROUND:
        finish(session, now_ns, 0, NULL, 0);
        break;
    case MODBUS_RTU_MASTER_IDLE:
    case MODBUS_RTU_MASTER_SENDING:
        break;
    }
}

void modbus_rtu_master_tick(struct modbus_rtu_master *session, int64_t now_ns)
{
    request_tell_doomed(&session->doomed, now_ns);
    if (is_timed(session) && session->until_ns <= now_ns)
        on_time(session, now_ns);
    pump(session, now_ns);
}

int64_t modbus_rtu_master_deadline(const struct modbus_rtu_master *session)
{
    int64_t deadline_ns = is_timed(session) ? session->until_ns : MODBUS_MASTER_NEVER;

    if (session->doomed.first && session->doomed.first->deadline_ns < deadline_ns)
        deadline_ns = session->doomed.first->deadline_ns;
    return deadline_ns;
}

void modbus_rtu_master_end(struct modbus_rtu_master *session, int64_t now_ns, int reason)
{
    struct modbus_request *request;

    session->end = reason ? reason : ERR_CLOSED;
    finish(session, now_ns, session->end, NULL, 0);
    while ((request = request_list_pop(&session->waiting)))
        request_finish(request, now_ns, session->end, NULL, 0);
}
