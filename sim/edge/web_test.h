// SPDX-License-Identifier: Apache-2.0
// A server with an owner that writes down what it hears, on the small network of the tests: left
// asks, right serves on port 80.
#ifndef SIM_EDGE_WEB_TEST_H
#define SIM_EDGE_WEB_TEST_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/edge/web.h"
#include "sim/edge/web_end_test.h"
#include "sim/vnet/http_service.h"
#include "sim/vnet/websocket_service.h"
#include "tests/support/net_world.h"

struct web_world {
    struct net_world net;
    struct web *web;
    struct http_server *server;
    struct http_server_options options;
    struct listener *listener;
    struct http_exchange *exchange; // Not answered yet.
    char story[4096];
    char *body; // Of the last request.
    size_t body_length;
    const char *answer; // What on_request answers at once; NULL: later.
    size_t answer_length;
    int upgrade_status;
    bool drop_on_request;
    bool free_on_request;
    struct web_end ends[128]; // Of accepted WebSockets.
    size_t ends_count;
    unsigned requests;
    struct net_peer *peers[160]; // Raw clients.
    size_t peers_count;
};

// ---- The server's owner ------------------------------------------------------------------------

static inline void web_on_request(struct http_exchange *exchange,
                                  const struct http_request *request, void *user)
{
    struct web_world *world = user;
    static const struct http_header type = {"content-type", "text/plain"};

    WEB_TELL(world, "%s %s?%s", request->method, request->path, request->query);
    world->requests++;
    free(world->body);
    world->body_length = request->body_length;
    world->body = malloc(request->body_length + 1);
    memcpy(world->body, request->body, request->body_length + 1);
    if (world->drop_on_request)
        http_server_drop(world->server);
    else if (world->free_on_request)
        http_server_free(&world->server);
    else if (world->answer)
        http_respond(exchange, 200, &type, 1, world->answer, world->answer_length);
    else
        world->exchange = exchange;
    ck_assert_ptr_nonnull(request->path);
    ck_assert_uint_gt(strlen(request->path), 0); // Borrowed for the whole call.
}

static inline void web_on_gone(struct http_exchange *exchange, void *user)
{
    struct web_world *world = user;

    ck_assert_ptr_eq(exchange, world->exchange);
    world->exchange = NULL;
    WEB_TELL(world, "gone");
}

static inline int web_on_upgrade(const struct http_request *request,
                                 const struct websocket_events **ret_events, void **ret_user,
                                 const char **ret_challenge, void *user)
{
    struct web_world *world = user;
    struct web_end *end = &world->ends[world->ends_count];

    WEB_TELL(world, "upgrade %s", request->path);
    if (world->upgrade_status != 101) {
        if (world->upgrade_status == 401)
            *ret_challenge = "Basic realm=\"x\"";
        return world->upgrade_status;
    }
    world->ends_count++;
    end->core = world->net.core;
    end->reason = 1;
    *ret_events = &web_end_events;
    *ret_user = end;
    return 101;
}

static inline void web_on_refused(const struct conn *conn, int status, const char *why, void *user)
{
    struct web_world *world = user;

    ck_assert_ptr_nonnull(conn);
    ck_assert_uint_gt(strlen(why), 0);
    WEB_TELL(world, "refused:%d", status);
}

static const struct http_server_events web_world_events = {web_on_request, web_on_gone,
                                                           web_on_upgrade, web_on_refused};

static inline void web_on_conn(struct listener *listener, struct conn *conn, void *user)
{
    struct web_world *world = user;

    (void)listener;
    if (world->server)
        http_server_take(world->server, conn);
    else
        conn_reset(conn);
}

static const struct http_header web_own_headers[] = {{"x-own", "yes"}, {"x-two", "2"}};
static const char *const web_subprotocols[] = {"ocpp1.6", "ocpp2.0.1", NULL};

static inline struct web_world *web_world_new(void)
{
    struct web_world *world = calloc(1, sizeof(*world));
    struct address at = net_at("10.0.0.2:80");

    world->net = net_world_new();
    world->web = edge_web_new(world->net.core);
    world->answer = "hello";
    world->answer_length = 5;
    world->upgrade_status = 101;
    world->options = (struct http_server_options){
        .header_bytes_max = 4096,
        .body_bytes_max = 10000,
        .request_ns = 10 * SIM_NS_PER_S,
        .idle_ns = 60 * SIM_NS_PER_S,
        .clients_max = 128,
        .headers = web_own_headers,
        .headers_count = 2,
        .subprotocols = web_subprotocols,
        .message_bytes_max = 65536,
    };
    world->server = http_server_new(world->web, core_timers(world->net.core), &world->options,
                                    &web_world_events, world);
    ck_assert_int_eq(host_listen(world->net.right, &at, web_on_conn, world, &world->listener), 0);
    return world;
}

static inline void web_world_free(struct web_world *world)
{
    http_server_free(&world->server);
    net_settle(&world->net);
    edge_web_free(&world->web);
    net_world_free(&world->net);
    for (size_t i = 0; i < world->ends_count; i++)
        free(world->ends[i].text);
    for (size_t i = 0; i < world->peers_count; i++)
        free(world->peers[i]);
    free(world->body);
    free(world);
}

// A raw client that stands.
static inline struct net_peer *web_client(struct web_world *world)
{
    struct net_peer *peer = net_peer_new(world->net.core);

    world->peers[world->peers_count++] = peer;
    net_connect_to(world->net.left, "10.0.0.2:80", peer);
    net_settle(&world->net);
    return peer;
}

static inline void web_say(struct web_world *world, struct net_peer *peer, const void *data,
                           size_t length)
{
    size_t sent = 0;

    while (peer->conn && sent < length) {
        sent += conn_send(peer->conn, (const char *)data + sent, length - sent);
        net_settle(&world->net);
    }
}

static inline void web_says(struct web_world *world, struct net_peer *peer, const char *text)
{
    web_say(world, peer, text, strlen(text));
}

// What came since the last call, as a text.
static inline const char *web_heard(struct net_peer *peer)
{
    peer->data[peer->length] = '\0';
    peer->length = 0;
    return (const char *)peer->data;
}

#endif
