// SPDX-License-Identifier: Apache-2.0
// The server and its visitors: reads heads and bodies off their conns, one request at a time, and
// judges them before anybody else sees them. While an answer is owed nothing is read, so what a
// client may pile up is the window of its conn. The library takes over at an upgrade
// (web_socket.c): before one it would normalise paths, answer errors by itself and let the host's
// clock end slow requests.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/edge/web_parts.h"

static void server_leave(struct http_server *server)
{
    assert(server->busy > 0);
    if (--server->busy == 0 && server->freed)
        free(server);
}

// ---- Visitors ----------------------------------------------------------------------------------

void web_visitor_enter(struct web_visitor *visitor)
{
    assert(visitor->conn);
    visitor->busy++;
}

bool web_visitor_leave(struct web_visitor *visitor)
{
    bool there = visitor->conn != NULL;

    assert(visitor->busy > 0);
    if (--visitor->busy > 0)
        return there;
    if (visitor->answered || !there)
        web_exchange_free(&visitor->exchange);
    visitor->answered = false;
    if (!there)
        free(visitor);
    return there;
}

// Leaves the server's list. The memory, and an exchange that is being told, go with the last
// function inside.
static void visitor_forget(struct web_visitor *visitor)
{
    struct http_server *server = visitor->server;

    assert(visitor->conn);
    visitor->conn = NULL;
    timer_stop(&visitor->timer);
    free(visitor->out);
    if (visitor->previous)
        visitor->previous->next = visitor->next;
    else
        server->visitors_first = visitor->next;
    if (visitor->next)
        visitor->next->previous = visitor->previous;
    server->clients--;
    if (visitor->busy > 0)
        return;
    web_exchange_free(&visitor->exchange);
    free(visitor);
}

struct conn *web_visitor_release(struct web_visitor *visitor)
{
    struct conn *conn = visitor->conn;

    visitor_forget(visitor);
    return conn;
}

void web_visitor_end(struct web_visitor *visitor, bool reset)
{
    struct conn *conn = visitor->conn;

    visitor_forget(visitor);
    if (reset)
        conn_reset(conn);
    else
        conn_close(conn);
}

void web_visitor_expect(struct web_visitor *visitor)
{
    visitor->stage = VISITOR_READS;
    visitor->timed = false;
    timer_start(&visitor->timer, visitor->server->options->idle_ns);
    conn_resume(visitor->conn);
}

void web_visitor_send(struct web_visitor *visitor)
{
    size_t left = visitor->out_length - visitor->out_at;
    size_t sent = conn_send(visitor->conn, visitor->out + visitor->out_at, left);

    visitor->out_at += sent;
    if (sent < left) {
        if (sent > 0)
            timer_start(&visitor->timer, visitor->server->options->idle_ns);
        return;
    }
    free(visitor->out);
    visitor->out = NULL;
    visitor->out_length = visitor->out_at = 0;
    if (visitor->stage == VISITOR_LEAVES)
        web_drain_begin(visitor->server, web_visitor_release(visitor));
    else if (visitor->close_after)
        web_visitor_end(visitor, false);
    else
        web_visitor_expect(visitor);
}

// Begins the time that a request has for all of its bytes.
static void visitor_time(struct web_visitor *visitor)
{
    if (visitor->timed)
        return;
    visitor->timed = true;
    timer_start(&visitor->timer, visitor->server->options->request_ns);
}

static void visitor_on_timer(struct timer *timer, void *user)
{
    struct web_visitor *visitor = user;

    (void)timer;
    web_visitor_enter(visitor);
    if (visitor->stage == VISITOR_READS && !visitor->timed)
        web_visitor_end(visitor, false);
    else if (visitor->stage == VISITOR_READS || visitor->stage == VISITOR_BODY)
        web_visitor_refuse(visitor,
                           (struct web_refusal){408, "the request did not come in its time"}, "");
    else
        web_visitor_end(visitor, visitor->out != NULL);
    web_visitor_leave(visitor);
}

// ---- Reading -----------------------------------------------------------------------------------

// The head of `exchange` stands. Its memory fits what it says.
static void on_head(struct web_visitor *visitor)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct http_exchange *exchange = visitor->exchange;

    exchange->visitor = visitor;
    if (exchange->head.wants_websocket) {
        web_exchange_upgrade(exchange);
        return;
    }
    exchange->body = mem_new(exchange->head.body_length + 1, 1);
    visitor->stage = VISITOR_BODY;
    if (exchange->head.body_length == 0)
        web_exchange_ask(exchange);
    else if (exchange->head.wants_continue)
        conn_send(visitor->conn, go_on, sizeof(go_on) - 1);
}

// A line end before a request line is forgiven (RFC 9112 2.2).
static size_t skip_line_end(const uint8_t *data, size_t length)
{
    return length >= 2 && data[0] == '\r' && data[1] == '\n' ? 2 : 0;
}

static size_t read_head(struct web_visitor *visitor, const uint8_t *data, size_t length)
{
    const struct http_server_options *options = visitor->server->options;
    struct web_head_bounds bounds = {options->header_bytes_max, options->body_bytes_max};
    struct web_refusal refusal = {0, NULL};
    size_t skipped = skip_line_end(data, length);
    size_t used = 0;
    int e;

    visitor_time(visitor);
    if (length == 1 && data[0] == '\r')
        return 0;
    if (skipped == length)
        return length;
    if (!visitor->exchange)
        visitor->exchange = mem_new(1, sizeof(*visitor->exchange));
    e = web_head_read(data + skipped, length - skipped, &bounds, &visitor->exchange->head, &used,
                      &refusal);
    if (e == ERR_TRUNCATED) {
        web_exchange_free(&visitor->exchange);
        return skipped;
    }
    if (e < 0) {
        web_visitor_refuse(visitor, refusal,
                           refusal.status == 405 ? "allow: GET, HEAD, POST, PUT, DELETE\r\n" : "");
        return length;
    }
    on_head(visitor);
    return skipped + used;
}

static size_t read_body(struct web_visitor *visitor, const uint8_t *data, size_t length)
{
    struct http_exchange *exchange = visitor->exchange;
    size_t want = exchange->head.body_length - exchange->body_got;
    size_t taken = length < want ? length : want;

    memcpy(exchange->body + exchange->body_got, data, taken);
    exchange->body_got += taken;
    if (taken == want)
        web_exchange_ask(exchange);
    return taken;
}

// One request at most; what follows is offered again, later in the turn.
static size_t read_bytes(struct web_visitor *visitor, const uint8_t *data, size_t length)
{
    size_t used = 0;

    if (visitor->stage == VISITOR_READS)
        used = read_head(visitor, data, length);
    if (visitor->conn && visitor->stage == VISITOR_BODY && used < length)
        used += read_body(visitor, data + used, length - used);
    return used;
}

static size_t visitor_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct web_visitor *visitor = user;
    size_t used = 0;

    (void)conn;
    if (visitor->server->paused) {
        conn_pause(conn);
        return 0;
    }
    if (visitor->stage != VISITOR_READS && visitor->stage != VISITOR_BODY)
        return 0;
    web_visitor_enter(visitor);
    used = read_bytes(visitor, data, length);
    web_visitor_leave(visitor);
    return used;
}

static void visitor_on_open(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void visitor_on_room(struct conn *conn, void *user)
{
    struct web_visitor *visitor = user;

    (void)conn;
    web_visitor_enter(visitor);
    if (visitor->out)
        web_visitor_send(visitor);
    web_visitor_leave(visitor);
}

static void visitor_on_end(struct conn *conn, int reason, void *user)
{
    struct web_visitor *visitor = user;
    struct http_server *server = visitor->server;
    struct http_exchange *exchange = visitor->stage == VISITOR_ASKS ? visitor->exchange : NULL;

    (void)conn;
    (void)reason;
    web_visitor_enter(visitor);
    visitor_forget(visitor);
    if (exchange)
        server->events->on_gone(exchange, server->user);
    web_visitor_leave(visitor);
}

static const struct conn_events visitor_events = {
    .on_open = visitor_on_open,
    .on_data = visitor_on_data,
    .on_room = visitor_on_room,
    .on_end = visitor_on_end,
};

// ---- The server --------------------------------------------------------------------------------

struct http_server *http_server_new(struct web *web, struct timers *timers,
                                    const struct http_server_options *options,
                                    const struct http_server_events *events, void *user)
{
    struct http_server *server = mem_new(1, sizeof(*server));

    assert(options->header_bytes_max > 0 && options->header_bytes_max <= WEB_HEAD_BYTES_MAX);
    assert(options->request_ns > 0 && options->idle_ns > 0);
    server->web = web;
    server->timers = timers;
    server->options = options;
    server->events = events;
    server->user = user;
    return server;
}

void http_server_take(struct http_server *server, struct conn *conn)
{
    struct web_visitor *visitor;

    if (server->clients >= server->options->clients_max) {
        conn_reset(conn);
        return;
    }
    visitor = mem_new(1, sizeof(*visitor));
    visitor->server = server;
    visitor->conn = conn;
    timer_init(&visitor->timer, server->timers, &server->domain, visitor_on_timer, visitor);
    visitor->next = server->visitors_first;
    if (visitor->next)
        visitor->next->previous = visitor;
    server->visitors_first = visitor;
    server->clients++;
    conn_set_events(conn, &visitor_events, visitor);
    timer_start(&visitor->timer, server->options->idle_ns);
}

size_t http_server_clients(const struct http_server *server)
{
    return server->clients;
}

void http_server_drop(struct http_server *server)
{
    server->busy++;
    while (server->visitors_first)
        web_visitor_end(server->visitors_first, true);
    web_drains_reset(server);
    while (server->sockets_first)
        web_socket_cancel(server->sockets_first);
    server_leave(server);
}

void http_server_pause(struct http_server *server, bool paused)
{
    if (server->paused == paused)
        return;
    server->paused = paused;
    if (paused) {
        timer_domain_pause(&server->domain);
    } else {
        timer_domain_resume(&server->domain);
        for (struct web_visitor *v = server->visitors_first; v; v = v->next)
            conn_resume(v->conn);
    }
    for (struct websocket *s = server->sockets_first; s; s = web_socket_next(s))
        web_socket_pause(s, paused);
}

void http_server_free(struct http_server **server)
{
    struct http_server *old = *server;

    if (!old)
        return;
    *server = NULL;
    old->busy++;
    old->freed = true;
    http_server_drop(old);
    if (old->paused)
        timer_domain_resume(&old->domain);
    server_leave(old);
}
