// SPDX-License-Identifier: Apache-2.0
// One request and its answer (RFC 9110): told to the owner when it is whole, answered now or later.
// Refusals are answers too, with the server's own headers.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/edge/web_parts.h"

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return "Status";
}

const char *http_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->headers_count; i++)
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

void http_exchange_set_user(struct http_exchange *exchange, void *user)
{
    exchange->user = user;
}

void *http_exchange_user(const struct http_exchange *exchange)
{
    return exchange->user;
}

void web_exchange_free(struct http_exchange **exchange)
{
    if (!*exchange)
        return;
    free((*exchange)->body);
    free(*exchange);
    *exchange = NULL;
}

// ---- Answers -----------------------------------------------------------------------------------

static void add_headers(struct str *text, const struct http_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert(!strpbrk(headers[i].value, "\r\n"));
        str_addf(text, "%s: %s\r\n", headers[i].name, headers[i].value);
    }
}

// The status line and what every answer has.
static void begin_answer(struct str *text, const struct web_visitor *visitor, int status)
{
    const struct http_server_options *options = visitor->server->options;

    str_addf(text, "HTTP/1.1 %d %s\r\n", status, reason_phrase(status));
    add_headers(text, options->headers, options->headers_count);
    if (visitor->close_after)
        str_adds(text, "connection: close\r\n");
}

static void send_answer(struct web_visitor *visitor, struct str *text, enum visitor_stage stage)
{
    assert(!visitor->out);
    visitor->stage = stage;
    visitor->out_length = text->length;
    visitor->out = str_take(text);
    timer_start(&visitor->timer, visitor->server->options->idle_ns);
    web_visitor_send(visitor);
}

void http_respond(struct http_exchange *exchange, int status, const struct http_header *headers,
                  size_t headers_count, const void *body, size_t body_length)
{
    struct web_visitor *visitor = exchange->visitor;
    bool bare = status == 204 || status == 304; // RFC 9110 8.6.
    struct str text = {0};

    assert(visitor->conn && visitor->stage == VISITOR_ASKS && visitor->exchange == exchange);
    assert(status >= 200 && status <= 599);
    begin_answer(&text, visitor, status);
    add_headers(&text, headers, headers_count);
    if (!bare)
        str_addf(&text, "content-length: %zu\r\n", body_length);
    str_adds(&text, "\r\n");
    if (!bare && body_length > 0 && strcmp(exchange->head.method, "HEAD") != 0)
        str_add(&text, body, body_length);
    web_visitor_enter(visitor);
    visitor->answered = true;
    send_answer(visitor, &text, VISITOR_ANSWERS);
    web_visitor_leave(visitor);
}

void web_visitor_refuse(struct web_visitor *visitor, struct web_refusal refusal, const char *more)
{
    struct http_server *server = visitor->server;
    struct str text = {0};

    visitor->close_after = true;
    begin_answer(&text, visitor, refusal.status);
    str_addf(&text, "%scontent-type: text/plain\r\ncontent-length: %zu\r\n\r\n%s\n", more,
             strlen(reason_phrase(refusal.status)) + 1, reason_phrase(refusal.status));
    if (server->events->on_refused)
        server->events->on_refused(visitor->conn, refusal.status, refusal.why, server->user);
    if (visitor->conn)
        send_answer(visitor, &text, VISITOR_LEAVES);
    str_done(&text);
}

// ---- Requests ----------------------------------------------------------------------------------

static struct http_request request_of(const struct http_exchange *exchange)
{
    const struct web_head *head = &exchange->head;

    return (struct http_request){
        .method = head->method,
        .path = head->path,
        .query = head->query,
        .headers = head->headers,
        .headers_count = head->headers_count,
        .body = exchange->body ? exchange->body : "",
        .body_length = exchange->body_got,
        .conn = exchange->visitor->conn,
    };
}

void web_exchange_ask(struct http_exchange *exchange)
{
    struct http_request request = request_of(exchange);
    struct web_visitor *visitor = exchange->visitor;
    struct http_server *server = visitor->server;

    timer_stop(&visitor->timer); // What an answer may take is its owner's affair.
    visitor->stage = VISITOR_ASKS;
    visitor->close_after = exchange->head.close;
    server->events->on_request(exchange, &request, server->user);
}

// The first of the client's subprotocols that the server speaks, as the server writes it; NULL when
// there is none.
static const char *subprotocol_of(const struct http_server *server, const char *offered)
{
    for (const char *item = offered; item && *item;) {
        size_t length;

        item += strspn(item, ", \t");
        length = strcspn(item, ", \t");
        for (const char *const *own = server->options->subprotocols; *own; own++)
            if (strlen(*own) == length && memcmp(*own, item, length) == 0)
                return *own;
        item += length;
    }
    return NULL;
}

// RFC 6455 4.2.1, apart from the path.
static struct web_refusal judge_upgrade(const struct web_head *head)
{
    size_t length = head->key ? strlen(head->key) : 0;

    if (strcmp(head->method, "GET") != 0 || head->old || head->body_length > 0)
        return (struct web_refusal){400, "an upgrade is a GET of HTTP/1.1"};
    if (!head->version || strcmp(head->version, "13") != 0)
        return (struct web_refusal){426, "the version of WebSocket is not spoken here"};
    if (length != 24 || strcmp(head->key + 22, "==") != 0)
        return (struct web_refusal){400, "the key of the upgrade is not one"};
    return (struct web_refusal){0, NULL};
}

// The owner refused the upgrade: no matter of an audit, the owner knows.
static void answer_refused(struct http_exchange *exchange, int status, const char *challenge)
{
    struct http_header header = {"www-authenticate", challenge};
    char text[64];
    int length = snprintf(text, sizeof(text), "%s\n", reason_phrase(status));

    exchange->visitor->stage = VISITOR_ASKS;
    exchange->visitor->close_after = true;
    http_respond(exchange, status, &header, challenge ? 1 : 0, text, (size_t)length);
}

void web_exchange_upgrade(struct http_exchange *exchange)
{
    struct web_visitor *visitor = exchange->visitor;
    struct http_server *server = visitor->server;
    struct http_request request = request_of(exchange);
    struct web_refusal refusal = judge_upgrade(&exchange->head);
    struct web_upgrade upgrade = {0};
    const char *challenge = NULL;
    int status = 404;

    if (refusal.status) {
        web_visitor_refuse(visitor, refusal,
                           refusal.status == 426 ? "sec-websocket-version: 13\r\n" : "");
        return;
    }
    timer_stop(&visitor->timer);
    if (server->options->subprotocols && server->events->on_upgrade)
        status = server->events->on_upgrade(&request, &upgrade.events, &upgrade.user, &challenge,
                                            server->user);
    if (!visitor->conn)
        return; // Dropped within the call.
    if (status != 101) {
        answer_refused(exchange, status, challenge);
        return;
    }
    upgrade.subprotocol = subprotocol_of(server, exchange->head.protocols);
    web_socket_take(server, web_visitor_release(visitor), &exchange->head, &upgrade);
}
