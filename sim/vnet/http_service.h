// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server (RFC 9110, RFC 9112) over conns: plain or TLS, virtual or real, the conn
// decides. sim/edge implements it, with libwebsockets from an upgrade on. Whoever serves owns its
// listeners, so that a service switched off answers RST. Bounds are part of the contract: what a
// peer sends never costs more than the options allow.
#ifndef SIM_VNET_HTTP_SERVICE_H
#define SIM_VNET_HTTP_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/vnet/port.h"

struct web;
struct http_server;
struct http_exchange;
struct websocket_events;

struct http_header {
    const char *name; // Lower case.
    const char *value;
};

struct http_request {
    const char *method; // "GET", "HEAD", "POST", "PUT", "DELETE"; others are refused with 405.
    const char *path;  // Decoded, absolute, without ".." and "//"; what is not is refused with 400.
    const char *query; // As sent, after "?"; "" when there is none.
    const struct http_header *headers; // host, cookie, origin, authorization, content-type, accept,
    size_t headers_count;              // user-agent, x-csrf-token, sec-fetch-site, referer.
    const char *body;
    size_t body_length;
    const struct conn *conn; // Who asks (`conn->remote`).
};

// The value of a header by its lower-case name, or NULL.
const char *http_header(const struct http_request *request, const char *name);

struct http_server_options {
    size_t header_bytes_max; // Of request line and headers; more is refused with 431. Up to 4096.
    size_t body_bytes_max;   // More is refused with 413.
    int64_t request_ns;      // From a request's first byte to its last; then 408 or just the end.
    int64_t idle_ns;         // A connection that asks nothing is closed after this.
    size_t clients_max;      // One more connection is reset.
    const struct http_header *headers; // Sent with every answer, refusals too (HSTS and its like).
    size_t headers_count;
    // WebSocket: the subprotocols it speaks, NULL-terminated, or NULL for no upgrade at all.
    const char *const *subprotocols;
    size_t message_bytes_max; // Of a WebSocket message; more is closed with 1009.
};

struct http_server_events {
    // A whole request stands; everything in it is borrowed for the call. Answer with http_respond()
    // now or later; until then the next request of the connection waits.
    void (*on_request)(struct http_exchange *exchange, const struct http_request *request,
                       void *user);
    // The client of an exchange that is not answered yet has gone; the exchange is over.
    void (*on_gone)(struct http_exchange *exchange, void *user);
    // A WebSocket is asked for. Returns 101 to take it, with the events and user of the new socket
    // filled in (its on_open follows, or at once its on_end with ERR_TOO_MANY when there are no
    // descriptors left), or the status of the refusal (401, 403, 404, 503).
    // `challenge`, when set for a 401, is the WWW-Authenticate value. NULL: refused with 404.
    int (*on_upgrade)(const struct http_request *request,
                      const struct websocket_events **ret_events, void **ret_user,
                      const char **ret_challenge, void *user);
    // A request was refused before it came here (400, 405, 408, 413, 431), for an audit; `why` is
    // a short sentence without anything the peer sent. May be NULL.
    void (*on_refused)(const struct conn *conn, int status, const char *why, void *user);
};

// Answers an exchange: `status`, `headers` besides the server's own and Content-Length (its "type"
// goes in headers too), `body` (copied). HEAD gets no body. The exchange is over.
void http_respond(struct http_exchange *exchange, int status, const struct http_header *headers,
                  size_t headers_count, const void *body, size_t body_length);

// The server's own pointer for this exchange, NULL at first: for an answer that comes later.
void http_exchange_set_user(struct http_exchange *exchange, void *user);
void *http_exchange_user(const struct http_exchange *exchange);

// A server without connections. What `options` point to is borrowed. Never NULL.
struct http_server *http_server_new(struct web *web, struct timers *timers,
                                    const struct http_server_options *options,
                                    const struct http_server_events *events, void *user);

// Serves `conn`, which stands (TLS: after its handshake or still within it), from here on. It is
// the server's now.
void http_server_take(struct http_server *server, struct conn *conn);
size_t http_server_clients(const struct http_server *server);

// Ends every connection at once (RST): supply lost, service switched off. No callback follows for
// exchanges; WebSockets get on_end(ERR_CANCELLED).
void http_server_drop(struct http_server *server);

// Holds back what clients send while `paused` (a paused device), and goes on after.
void http_server_pause(struct http_server *server, bool paused);
void http_server_free(struct http_server **server); // Drops first.

#endif
