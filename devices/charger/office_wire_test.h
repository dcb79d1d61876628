// SPDX-License-Identifier: Apache-2.0
// The door of the central system that a test holds in its hand (office_test.h): WebSocket, with or
// without TLS.
#ifndef DEVICES_CHARGER_OFFICE_WIRE_TEST_H
#define DEVICES_CHARGER_OFFICE_WIRE_TEST_H

#include "devices/charger/office_books_test.h"

// ---- The session ----

static inline int office_send(void *user, const char *text, size_t length)
{
    struct office *office = user;

    return office->socket ? websocket_send(office->socket, text, length) : ERR_CLOSED;
}

static inline void office_on_violation(struct ocpp_session *session,
                                       const struct ocpp_problem *problem, const char *frame,
                                       size_t length, void *user)
{
    (void)session;
    (void)user;
    ck_abort_msg("%s: %s in %.*s", problem->where, problem->text, (int)length, frame);
}

static const struct ocpp_session_events office_session_events = {
    .send = office_send,
    .on_call = office_on_call,
    .on_result = office_on_result,
    .on_violation = office_on_violation,
    .on_frame = office_on_frame,
};

// ---- The wire ----

static inline void office_on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    struct office *office = user;

    (void)subprotocol;
    ocpp_session_disconnect(office->session); // The one before fell without a word.
    office->socket = socket;
}

static inline void office_on_text(struct websocket *socket, const char *text, size_t length,
                                  void *user)
{
    struct office *office = user;

    if (socket == office->socket)
        ocpp_session_receive(office->session, text, length);
}

static inline void office_on_end(struct websocket *socket, int reason, uint16_t status, void *user)
{
    struct office *office = user;

    (void)reason;
    (void)status;
    if (socket != office->socket)
        return;
    office->socket = NULL;
    ocpp_session_disconnect(office->session);
}

static const struct websocket_events office_socket_events = {
    .on_open = office_on_open, .on_text = office_on_text, .on_end = office_on_end};

static inline int office_on_upgrade(const struct http_request *request,
                                    const struct websocket_events **ret_events, void **ret_user,
                                    const char **ret_challenge, void *user)
{
    struct office *office = user;
    const char *authorization = http_header(request, "authorization");

    office->upgrades++;
    snprintf(office->authorization, sizeof(office->authorization), "%s",
             authorization ? authorization : "");
    snprintf(office->path, sizeof(office->path), "%s", request->path);
    if (office->key && tls_report(office->tls, request->conn)->peer)
        certificate_common_name(tls_report(office->tls, request->conn)->peer, office->common_name);
    if (office->upgrade_status == 401)
        *ret_challenge = "Basic realm=\"test\"";
    *ret_events = &office_socket_events;
    *ret_user = office;
    return office->upgrade_status;
}

static inline void office_on_request(struct http_exchange *exchange,
                                     const struct http_request *request, void *user)
{
    (void)request;
    (void)user;
    http_respond(exchange, 404, NULL, 0, "", 0);
}

static inline void office_on_gone(struct http_exchange *exchange, void *user)
{
    (void)exchange;
    (void)user;
}

static const struct http_server_events office_server_events = {
    .on_request = office_on_request, .on_gone = office_on_gone, .on_upgrade = office_on_upgrade};

// A conn within its handshake.
static inline void office_tls_open(struct conn *conn, void *user)
{
    http_server_take(((struct office *)user)->server, conn);
}

static inline size_t office_tls_data(struct conn *conn, const uint8_t *data, size_t length,
                                     void *user)
{
    (void)conn;
    (void)data;
    (void)length;
    (void)user;
    return 0;
}

static inline void office_tls_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static inline void office_tls_end(struct conn *conn, int reason, void *user)
{
    struct office *office = user;

    (void)reason;
    office->handshake = tls_report(office->tls, conn)->failure;
}

static const struct conn_events office_tls_events = {office_tls_open, office_tls_data,
                                                     office_tls_room, office_tls_end};

static inline void office_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct office *office = user;
    struct conn *upper;

    (void)listener;
    if (!office->key) {
        http_server_take(office->server, conn);
        return;
    }
    ck_assert_int_eq(
        tls_wrap(office->tls, conn, &office->tls_options, &office_tls_events, office, &upper), 0);
}

static inline int64_t office_utc_ns(void *user)
{
    return core_utc_ns(((struct office *)user)->bed.core);
}

// A door with TLS: the site's authority signs, `mutual` asks for a certificate of the station.
static inline void office_secure(struct office *office, const char *common_name, bool mutual)
{
    struct certificate_wish wish = {
        .common_name = common_name,
        .not_before_ns = core_utc_ns(office->bed.core) - OFFICE_NS_PER_S,
        .not_after_ns = core_utc_ns(office->bed.core) + 1000 * OFFICE_NS_PER_S,
    };

    ck_assert_int_eq(key_new(KEY_P256, &office->key), 0);
    ck_assert_int_eq(
        site_authority_sign(office->authority, &wish, office->key, &office->certificate), 0);
    office->identity = (struct identity){.key = office->key, .certificate = office->certificate};
    office->root = site_authority_root(office->authority);
    office->tls_options = (struct tls_options){.server = true,
                                               .lowest = TLS_1_2,
                                               .highest = TLS_1_2,
                                               .identities = &office->identity,
                                               .identities_count = 1,
                                               .authorities = mutual ? &office->root : NULL,
                                               .authorities_count = mutual ? 1 : 0,
                                               .utc_ns = office_utc_ns,
                                               .user = office};
}

#endif
