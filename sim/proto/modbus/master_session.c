// SPDX-License-Identifier: Apache-2.0
// The client's session over Modbus TCP (Messaging on TCP/IP V1.0b, 4.4.1). The serial one is in
// master_session_rtu.c.
#include "sim/proto/modbus/master_session.h"

#include <assert.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/mbap.h"
#include "sim/proto/modbus/request_list.h"

void modbus_tcp_master_init(struct modbus_tcp_master *session,
                            size_t (*send)(void *user, const uint8_t *data, size_t length),
                            void *user, uint16_t transactions_max, uint16_t first_transaction)
{
    assert(transactions_max <= MODBUS_MASTER_TRANSACTIONS_MAX);
    *session = (struct modbus_tcp_master){
        .send = send,
        .user = user,
        .transactions_max = transactions_max ? transactions_max : MODBUS_MASTER_TRANSACTIONS_MAX,
        .next_transaction = first_transaction,
    };
}

static struct modbus_request *find_sent(const struct modbus_tcp_master *session,
                                        uint16_t transaction)
{
    struct modbus_request *request = session->sent.first;

    while (request && request->transaction != transaction)
        request = request->next;
    return request;
}

static void send_request(struct modbus_tcp_master *session, int64_t now_ns,
                         struct modbus_request *request)
{
    struct modbus_mbap frame = {
        .unit = request->unit, .pdu = request->pdu, .length = request->length};
    uint8_t bytes[MODBUS_TCP_BYTES_MAX];
    size_t length, sent;

    while (find_sent(session, session->next_transaction))
        session->next_transaction++;
    frame.transaction = request->transaction = session->next_transaction++;
    request->sent_ns = now_ns;
    request_list_append(&session->sent, request);
    length = modbus_mbap_encode(&frame, bytes);
    sent = session->send(session->user, bytes, length);
    memcpy(session->unsent, bytes + sent, length - sent);
    session->unsent_length = length - sent;
}

// Sends what waits, while the server's allowance and the connection's room last.
static void pump(struct modbus_tcp_master *session, int64_t now_ns)
{
    while (session->open && session->unsent_length == 0 && session->waiting.first &&
           session->sent.count < session->transactions_max)
        send_request(session, now_ns, request_list_pop(&session->waiting));
}

void modbus_tcp_master_open(struct modbus_tcp_master *session, int64_t now_ns)
{
    session->open = session->end == 0;
    pump(session, now_ns);
}

void modbus_tcp_master_submit(struct modbus_tcp_master *session, int64_t now_ns,
                              struct modbus_request *request)
{
    assert(request->length >= 1 && request->length <= MODBUS_PDU_BYTES_MAX);
    assert(request->timeout_ns > 0);
    request->sent_ns = now_ns;
    if (session->end || session->waiting.count >= MODBUS_MASTER_WAITING_MAX) {
        request_doom(&session->doomed, request, now_ns, session->end ? session->end : ERR_FULL);
        return;
    }
    request->deadline_ns = now_ns + request->timeout_ns;
    request_list_append(&session->waiting, request);
    pump(session, now_ns);
}

void modbus_tcp_master_cancel(struct modbus_tcp_master *session, struct modbus_request *request)
{
    if (!request_list_remove(&session->sent, request) &&
        !request_list_remove(&session->waiting, request))
        request_list_remove(&session->doomed, request);
}

static void on_reply(struct modbus_tcp_master *session, int64_t now_ns,
                     const struct modbus_mbap *reply)
{
    struct modbus_request *request = find_sent(session, reply->transaction);

    if (!request) {
        session->counters.unknown++;
        return;
    }
    if (reply->unit != request->unit) {
        session->counters.wrong_unit++;
        return;
    }
    request_list_remove(&session->sent, request);
    if ((reply->pdu[0] & 0x7F) == (request->pdu[0] & 0x7F)) {
        request_finish(request, now_ns, 0, reply->pdu, reply->length);
        return;
    }
    // The transaction is spent: no better reply will come.
    session->counters.wrong_function++;
    request_finish(request, now_ns, ERR_MALFORMED, NULL, 0);
}

int modbus_tcp_master_feed(struct modbus_tcp_master *session, int64_t now_ns, const uint8_t *data,
                           size_t length, size_t *ret_consumed)
{
    struct bytes_in in = bytes_in(data, length);
    struct modbus_mbap reply;
    int got;

    while ((got = modbus_mbap_next(&in, &reply)) == 1)
        on_reply(session, now_ns, &reply);
    pump(session, now_ns);
    *ret_consumed = length - bytes_left(&in);
    return got;
}

void modbus_tcp_master_flush(struct modbus_tcp_master *session, int64_t now_ns)
{
    size_t sent;

    if (session->unsent_length > 0) {
        sent = session->send(session->user, session->unsent, session->unsent_length);
        session->unsent_length -= sent;
        memmove(session->unsent, session->unsent + sent, session->unsent_length);
    }
    pump(session, now_ns);
}

static struct modbus_request *find_late(const struct modbus_request_list *list, int64_t now_ns)
{
    struct modbus_request *request = list->first;

    while (request && request->deadline_ns > now_ns)
        request = request->next;
    return request;
}

// Callbacks may change the list at will, so each look begins anew.
static void tell_late(struct modbus_request_list *list, int64_t now_ns)
{
    struct modbus_request *request;

    while ((request = find_late(list, now_ns))) {
        request_list_remove(list, request);
        request_finish(request, now_ns, ERR_TIMEOUT, NULL, 0);
    }
}

void modbus_tcp_master_tick(struct modbus_tcp_master *session, int64_t now_ns)
{
    request_tell_doomed(&session->doomed, now_ns);
    tell_late(&session->sent, now_ns);
    tell_late(&session->waiting, now_ns);
    pump(session, now_ns);
}

static int64_t earliest(const struct modbus_request_list *list, int64_t than_ns)
{
    for (const struct modbus_request *request = list->first; request; request = request->next)
        if (request->deadline_ns < than_ns)
            than_ns = request->deadline_ns;
    return than_ns;
}

int64_t modbus_tcp_master_deadline(const struct modbus_tcp_master *session)
{
    return earliest(&session->doomed,
                    earliest(&session->sent, earliest(&session->waiting, MODBUS_MASTER_NEVER)));
}

void modbus_tcp_master_end(struct modbus_tcp_master *session, int64_t now_ns, int reason)
{
    struct modbus_request *request;

    session->end = reason ? reason : ERR_CLOSED;
    session->open = false;
    session->unsent_length = 0;
    while ((request = request_list_pop(&session->sent)))
        request_finish(request, now_ns, session->end, NULL, 0);
    while ((request = request_list_pop(&session->waiting)))
        request_finish(request, now_ns, session->end, NULL, 0);
}
