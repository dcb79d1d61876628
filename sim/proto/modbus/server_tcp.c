// SPDX-License-Identifier: Apache-2.0
// A connection of a Modbus TCP server (Messaging on TCP/IP V1.0b, 4.4.2). Replies of one call
// gather on the stack and leave in one send; what the connection does not take waits in `unsent`,
// and until that is empty no further request is read. So a connection holds at most one batch and
// its late answers.
#include "sim/proto/modbus/server_tcp.h"

#include <assert.h>

#include "sim/base/err.h"

enum {
    UNSENT_BYTES_MAX = MODBUS_TCP_BATCH_BYTES + MODBUS_TCP_TRANSACTIONS_MAX * MODBUS_TCP_BYTES_MAX
};

void modbus_tcp_server_init(struct modbus_tcp_server *session,
                            const struct modbus_tcp_server_ops *ops, void *user,
                            const struct modbus_tcp_server_options *options)
{
    *session = (struct modbus_tcp_server){.ops = ops, .user = user, .options = *options};
    if (!session->options.transactions_max)
        session->options.transactions_max = MODBUS_TCP_TRANSACTIONS_MAX;
    if (!session->options.bytes_per_turn)
        session->options.bytes_per_turn = MODBUS_TCP_BYTES_PER_TURN;
    assert(session->options.transactions_max <= MODBUS_TCP_TRANSACTIONS_MAX);
    queue_init(&session->unsent, UNSENT_BYTES_MAX);
}

void modbus_tcp_server_done(struct modbus_tcp_server *session)
{
    for (int i = 0; i < MODBUS_TCP_TRANSACTIONS_MAX; i++) {
        struct modbus_path *path = session->transactions[i].path;

        if (path)
            path->cancel(path, session);
        for (int j = i; j < MODBUS_TCP_TRANSACTIONS_MAX; j++)
            if (session->transactions[j].path == path)
                session->transactions[j].path = NULL;
    }
    session->transactions_count = 0;
    queue_done(&session->unsent);
}

// Whole frames only, so that those of a batch and late ones never mix.
static void emit(struct modbus_tcp_server *session, const uint8_t *data, size_t length)
{
    size_t sent = 0;

    if (length == 0)
        return;
    if (session->unsent.length == 0)
        sent = session->ops->send(session->user, data, length);
    assert(queue_free_bytes(&session->unsent) >= length - sent);
    queue_put(&session->unsent, data + sent, length - sent);
}

static bool is_full(const struct modbus_tcp_server *session)
{
    return session->unsent.length > 0 ||
           session->transactions_count >= session->options.transactions_max;
}

static void resume_if_starved(struct modbus_tcp_server *session)
{
    if (!session->starved || is_full(session))
        return;
    session->starved = false;
    session->ops->resume(session->user);
}

// Puts the header before a reply of `length` bytes that lies behind the room for it.
static void finish_reply(struct modbus_tcp_server *session, struct bytes_out *out,
                         uint16_t transaction, uint8_t unit, size_t length)
{
    modbus_mbap_put(out->at, transaction, unit, length);
    session->exceptions += out->at[MODBUS_MBAP_BYTES] >> 7;
    out->at += MODBUS_MBAP_BYTES + length;
}

static void put_exception(struct modbus_tcp_server *session, struct bytes_out *out,
                          uint16_t transaction, uint8_t unit, uint8_t function, uint8_t exception)
{
    out->at[MODBUS_MBAP_BYTES] = function | 0x80;
    out->at[MODBUS_MBAP_BYTES + 1] = exception;
    finish_reply(session, out, transaction, unit, 2);
}

static void release(struct modbus_tcp_server *session, struct modbus_tcp_transaction *transaction)
{
    transaction->path = NULL;
    session->transactions_count--;
}

// A path's answer, from anywhere in the turn.
static void on_answer(void *client, uint32_t ticket, const uint8_t *pdu, size_t length)
{
    struct modbus_tcp_server *session = client;
    struct modbus_tcp_transaction *transaction = &session->transactions[ticket];
    uint8_t frame[MODBUS_TCP_BYTES_MAX];
    struct bytes_out out = bytes_out(frame, sizeof(frame));

    assert(ticket < MODBUS_TCP_TRANSACTIONS_MAX && transaction->path);
    assert(length <= MODBUS_PDU_BYTES_MAX);
    if (length > 0) {
        memcpy(frame + MODBUS_MBAP_BYTES, pdu, length);
        finish_reply(session, &out, transaction->id, transaction->unit, length);
    }
    release(session, transaction);
    emit(session, frame, bytes_written(&out));
    resume_if_starved(session);
}

static struct modbus_tcp_transaction *free_transaction(struct modbus_tcp_server *session)
{
    for (int i = 0; i < MODBUS_TCP_TRANSACTIONS_MAX; i++)
        if (!session->transactions[i].path)
            return &session->transactions[i];
    assert(!"a transaction is free while transactions_max is not reached");
    return NULL;
}

static void forward(struct modbus_tcp_server *session, int64_t now_ns, struct modbus_path *path,
                    const struct modbus_mbap *request, struct bytes_out *out)
{
    struct modbus_tcp_transaction *transaction = free_transaction(session);
    struct modbus_forward forward = {
        .unit = request->unit,
        .pdu = request->pdu,
        .length = request->length,
        .arrived_ns = now_ns,
        .answer = on_answer,
        .client = session,
        .ticket = (uint32_t)(transaction - session->transactions),
    };
    uint8_t exception;

    *transaction = (struct modbus_tcp_transaction){
        .path = path,
        .id = request->transaction,
        .unit = request->unit,
        .function = request->pdu[0],
    };
    session->transactions_count++;
    exception = path->forward(path, &forward);
    if (!exception)
        return;
    release(session, transaction);
    put_exception(session, out, request->transaction, request->unit, request->pdu[0], exception);
}

static void answer(struct modbus_tcp_server *session, int64_t now_ns,
                   const struct modbus_mbap *request, struct bytes_out *out)
{
    struct modbus_route route = session->ops->route(session->user, request);
    size_t length;

    session->requests++;
    switch (route.kind) {
    case MODBUS_ROUTE_SERVER:
        length = modbus_serve(route.server, false, request->pdu, request->length,
                              out->at + MODBUS_MBAP_BYTES);
        if (length > 0)
            finish_reply(session, out, request->transaction, request->unit, length);
        break;
    case MODBUS_ROUTE_PATH:
        forward(session, now_ns, route.path, request, out);
        break;
    case MODBUS_ROUTE_EXCEPTION:
        put_exception(session, out, request->transaction, request->unit, request->pdu[0],
                      route.exception);
        break;
    case MODBUS_ROUTE_SILENT:
        break;
    }
}

int modbus_tcp_server_feed(struct modbus_tcp_server *session, int64_t now_ns, const uint8_t *data,
                           size_t length, size_t *ret_consumed)
{
    uint8_t replies[MODBUS_TCP_BATCH_BYTES];
    struct bytes_out out = bytes_out(replies, sizeof(replies));
    struct bytes_in in = bytes_in(data, length);
    struct modbus_mbap request;
    int got = 1;

    session->starved = false;
    while (got == 1 && !is_full(session) && bytes_room(&out) >= MODBUS_TCP_BYTES_MAX &&
           length - bytes_left(&in) < session->options.bytes_per_turn) {
        got = modbus_mbap_next(&in, &request);
        if (got == 1)
            answer(session, now_ns, &request, &out);
    }
    emit(session, replies, bytes_written(&out));
    *ret_consumed = length - bytes_left(&in);
    session->starved = got == 1 && bytes_left(&in) > 0;
    resume_if_starved(session);
    return got < 0 ? got : 0;
}

void modbus_tcp_server_flush(struct modbus_tcp_server *session)
{
    struct queue *unsent = &session->unsent;

    if (unsent->length > 0)
        queue_drop(unsent, session->ops->send(session->user, queue_peek(unsent), unsent->length));
    resume_if_starved(session);
}

void modbus_tcp_server_path_gone(struct modbus_tcp_server *session, const struct modbus_path *path,
                                 uint8_t exception)
{
    for (uint32_t i = 0; i < MODBUS_TCP_TRANSACTIONS_MAX; i++) {
        const uint8_t pdu[] = {session->transactions[i].function | 0x80, exception};

        if (session->transactions[i].path == path)
            on_answer(session, i, pdu, sizeof(pdu));
    }
}
