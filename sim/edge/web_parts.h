// SPDX-License-Identifier: Apache-2.0
// What the files of the web share: the library's contexts (web.c), the server with its visitors
// (web_server.c, web_exchange.c) and the WebSockets of both sides (web_socket.h).
#ifndef SIM_EDGE_WEB_PARTS_H
#define SIM_EDGE_WEB_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/core.h"
#include "sim/edge/web_head.h"
#include "sim/vnet/http_service.h"
#include "sim/vnet/websocket_service.h"

struct lws;
struct lws_context;
struct lws_vhost;
struct web_drain;
struct web_visitor;

// ---- The library and its descriptors ----------------------------------------------------------

#define WEB_CONTEXT_SOCKETS 1000 // The library keeps its timers in one sorted list a context.
#define WEB_NEVER_S 1000000000   // Seconds of the host's clock, longer than any run.
#define WEB_PROTOCOL "testbay"   // What sockets without a subprotocol are bound to.

struct web_context {
    struct web *web;
    struct lws_context *lws;
    struct web_vhost *vhosts;
    size_t sockets;
    unsigned vhosts_made;
    struct web_context *next;
};

// One list of subprotocols of one context.
struct web_vhost {
    struct web_context *context;
    struct lws_vhost *lws;
    struct lws_protocols *protocols;
    size_t protocols_count;
    char name[24]; // The library finds a vhost by the Host of a request.
    struct web_vhost *next;
};

struct core *web_core(struct web *web);

// Where a new socket goes: a context with room, and its vhost for `subprotocols` (NULL-terminated,
// or NULL for none). NULL when the library cannot.
struct web_vhost *web_vhost_get(struct web *web, const char *const *subprotocols);

// Two joined descriptors: ret[0] ours, ret[1] the library's. Returns 0 or ERR_TOO_MANY.
int web_pair_open(struct web *web, int ret[2]);
// The address by which the library connects to us (NULL: no descriptor left), and our end of the
// connection it has just made: 0 or ERR_TOO_MANY.
const char *web_join_address(struct web *web);
int web_join_accept(struct web *web, int *ret_fd);
// Our end as a conn. Taken.
struct conn *web_pair_conn(struct web *web, int fd);

// ---- The server
// ----------------------------------------------------------------------------------

struct http_server {
    struct web *web;
    struct timers *timers;
    struct timer_domain domain; // Its visitors' timers; paused with it.
    const struct http_server_options *options;
    const struct http_server_events *events;
    void *user;
    struct web_visitor *visitors_first;
    struct websocket *sockets_first;
    struct web_drain *drains_first;
    size_t clients;
    bool paused;
    bool freed;    // Goes with the last function inside.
    unsigned busy; // Our functions that are still inside.
};

#define WEB_DRAIN_NS SIM_NS_PER_S             // For a peer to hear our last word.
#define WEB_DRAIN_BYTES_MAX (4 * 1024 * 1024) // A peer that sends more is cut off.

// The server's last word on `conn` is said; what still comes is dropped, then it is closed.
void web_drain_begin(struct http_server *server, struct conn *conn);
void web_drains_reset(struct http_server *server);

// ---- One connection that speaks HTTP ----------------------------------------------------------

enum visitor_stage {
    VISITOR_READS,   // A head is expected, or within it.
    VISITOR_BODY,    // The head stands, the body comes.
    VISITOR_ASKS,    // on_request was called; nothing is read until the answer.
    VISITOR_ANSWERS, // The answer leaves.
    VISITOR_LEAVES,  // The same, of a refusal; then its conn drains.
};

struct http_exchange {
    struct web_visitor *visitor;
    void *user;
    char *body; // With room for the NUL.
    size_t body_got;
    struct web_head head;
};

struct web_visitor {
    struct http_server *server;
    struct conn *conn; // NULL: gone; the memory stays until the last function has left.
    struct http_exchange *exchange;
    char *out; // The answer.
    size_t out_length;
    size_t out_at;
    unsigned busy;
    enum visitor_stage stage;
    bool close_after; // The answer is the last.
    bool timed;       // The request's own time runs.
    bool answered;    // The exchange goes with the last function inside.
    struct timer timer;
    struct web_visitor *next;
    struct web_visitor *previous;
};

// Around whatever calls the owner. web_visitor_leave() returns whether the visitor is still there.
void web_visitor_enter(struct web_visitor *visitor);
bool web_visitor_leave(struct web_visitor *visitor);

// The conn leaves its visitor, which is gone: for an upgrade.
struct conn *web_visitor_release(struct web_visitor *visitor);

// Ends a visitor without a word to the owner, its conn with RST (`reset`) or in good order.
void web_visitor_end(struct web_visitor *visitor, bool reset);

// Sends what waits of an answer; at its end the next request is read, or the conn closed.
void web_visitor_send(struct web_visitor *visitor);

void web_visitor_expect(struct web_visitor *visitor); // The next request; its idle time begins.

// The whole request stands.
void web_exchange_ask(struct http_exchange *exchange);
void web_exchange_free(struct http_exchange **exchange);

// Answers what was refused; `more` is a further header line with its CRLF, or "". Then the conn
// drains.
void web_visitor_refuse(struct web_visitor *visitor, struct web_refusal refusal, const char *more);

// The WebSocket that `exchange` asks for: taken or refused.
void web_exchange_upgrade(struct http_exchange *exchange);

// ---- WebSockets -------------------------------------------------------------------------------

// What a server's socket begins with.
struct web_upgrade {
    const struct websocket_events *events;
    void *user;
    const char *subprotocol; // Of the server's own list, or NULL.
};

// Makes a socket of the conn of an upgrade and answers its head. Without descriptors the conn gets
// RST and on_end says ERR_TOO_MANY.
void web_socket_take(struct http_server *server, struct conn *conn, const struct web_head *head,
                     const struct web_upgrade *upgrade);
// The conn gets RST; on_end says ERR_CANCELLED.
void web_socket_cancel(struct websocket *socket);
void web_socket_pause(struct websocket *socket, bool paused);
struct websocket *web_socket_next(struct websocket *socket); // Of the server's list.

#endif
