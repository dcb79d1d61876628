// SPDX-License-Identifier: Apache-2.0
// A server's conn after its last word: a peer that still sends would lose that word to a reset of
// its own making, so what it sends is read and dropped for a while before the conn is closed.
#include <stdlib.h>

#include "sim/base/str.h"
#include "sim/edge/web_parts.h"

struct web_drain {
    struct conn *conn;
    struct http_server *server;
    size_t bytes;
    struct timer timer;
    struct web_drain *next;
    struct web_drain *previous;
};

static struct conn *drain_free(struct web_drain *drain)
{
    struct conn *conn = drain->conn;

    timer_stop(&drain->timer);
    if (drain->previous)
        drain->previous->next = drain->next;
    else
        drain->server->drains_first = drain->next;
    if (drain->next)
        drain->next->previous = drain->previous;
    drain->server->clients--;
    free(drain);
    return conn;
}

static void on_timer(struct timer *timer, void *user)
{
    (void)timer;
    conn_close(drain_free(user));
}

static void on_open(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct web_drain *drain = user;

    (void)conn;
    (void)data;
    drain->bytes += length;
    if (drain->bytes > WEB_DRAIN_BYTES_MAX)
        conn_reset(drain_free(drain));
    return length;
}

static void on_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void on_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    (void)reason;
    drain_free(user);
}

static const struct conn_events events = {
    .on_open = on_open,
    .on_data = on_data,
    .on_room = on_room,
    .on_end = on_end,
};

void web_drain_begin(struct http_server *server, struct conn *conn)
{
    struct web_drain *drain = mem_new(1, sizeof(*drain));

    drain->conn = conn;
    drain->server = server;
    drain->next = server->drains_first;
    if (drain->next)
        drain->next->previous = drain;
    server->drains_first = drain;
    server->clients++;
    timer_init(&drain->timer, server->timers, NULL, on_timer, drain);
    timer_start(&drain->timer, WEB_DRAIN_NS);
    conn_set_events(conn, &events, drain);
    conn_resume(conn);
}

void web_drains_reset(struct http_server *server)
{
    while (server->drains_first)
        conn_reset(drain_free(server->drains_first));
}
