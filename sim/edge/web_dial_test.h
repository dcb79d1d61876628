// SPDX-License-Identifier: Apache-2.0
// Clients of WebSockets on the small network of the tests.
#ifndef SIM_EDGE_WEB_DIAL_TEST_H
#define SIM_EDGE_WEB_DIAL_TEST_H

#include "sim/edge/web_test.h"

static const struct websocket_options web_ask = {
    .host = "cs.example",
    .path = "/ocpp/CP1",
    .subprotocols = "ocpp1.6",
    .message_bytes_max = 65536,
    .handshake_ns = 30 * SIM_NS_PER_S,
};

static inline struct conn *web_dial(struct web_world *world, const char *to)
{
    struct address address = net_at(to);
    struct conn *conn = NULL;

    ck_assert_int_eq(host_connect(world->net.left, &address, &net_events, NULL, &conn), 0);
    return conn;
}

// A client's end that begins its handshake.
static inline struct web_end *web_end_new(struct web_world *world,
                                          const struct websocket_options *options, const char *to)
{
    struct web_end *end = calloc(1, sizeof(*end));

    end->core = world->net.core;
    end->reason = 1;
    ck_assert_int_eq(websocket_connect(world->web, core_timers(world->net.core),
                                       web_dial(world, to), options, &web_end_events, end,
                                       &end->socket),
                     0);
    return end;
}

static inline void web_end_free(struct web_end *end)
{
    if (end->socket)
        websocket_reset(end->socket);
    free(end->text);
    free(end);
}

static inline void web_end_say(struct web_world *world, struct web_end *end, const char *text)
{
    ck_assert_int_eq(websocket_send(end->socket, text, strlen(text)), 0);
    net_settle(&world->net);
}

#endif
