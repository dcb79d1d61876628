// SPDX-License-Identifier: Apache-2.0
// The life of a WebSocket: bytes between conn and pair, the queue of messages, the end. Its owner
// may reset it from any callback; the library then finds its end of the pair closed and frees its
// part in its own time. Which end comes first differs: a peer that closes, a conn that breaks, the
// library that gives up; on_end is called when both the conn and the library are done.
#include "sim/edge/web_socket.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/str.h"

static void messages_free(struct web_messages *messages)
{
    while (messages->first) {
        struct web_message *message = messages->first;

        messages->first = message->next;
        free(message);
    }
    *messages = (struct web_messages){0};
}

static void messages_add(struct web_messages *messages, struct web_message *message)
{
    message->next = NULL;
    if (messages->last)
        messages->last->next = message;
    else
        messages->first = message;
    messages->last = message;
    messages->bytes += message->length;
}

static void handshake_free(struct websocket *socket)
{
    if (!socket->handshake)
        return;
    if (socket->handshake->authorization)
        crypto_wipe(socket->handshake->authorization, strlen(socket->handshake->authorization));
    free(socket->handshake->authorization);
    free(socket->handshake);
    socket->handshake = NULL;
}

void web_socket_enter(struct websocket *socket)
{
    assert(!socket->dead);
    socket->busy++;
}

bool web_socket_leave(struct websocket *socket)
{
    bool there = !socket->dead;

    assert(socket->busy > 0);
    if (--socket->busy == 0 && !there) {
        handshake_free(socket);
        free(socket);
    }
    return there;
}

static void leave_server(struct websocket *socket)
{
    struct http_server *server = socket->server;

    if (!server)
        return;
    if (socket->previous)
        socket->previous->next = socket->next;
    else
        server->sockets_first = socket->next;
    if (socket->next)
        socket->next->previous = socket->previous;
    server->clients--;
    socket->server = NULL;
}

// Lets go of everything but the conn.
static void socket_forget(struct websocket *socket)
{
    assert(!socket->dead);
    socket->dead = true;
    timer_stop(&socket->timer);
    core_cancel(web_core(socket->web), &socket->work);
    if (socket->wsi)
        lws_set_opaque_user_data(socket->wsi, NULL);
    if (socket->pair)
        conn_reset(socket->pair);
    if (socket->context)
        socket->context->sockets--;
    socket->wsi = NULL;
    socket->pair = NULL;
    leave_server(socket);
    messages_free(&socket->out);
    messages_free(&socket->held);
    free(socket->text);
    socket->text = NULL;
    if (socket->busy > 0)
        return;
    handshake_free(socket);
    free(socket);
}

void web_socket_discard(struct websocket *socket)
{
    socket_forget(socket);
}

// Both sides are done.
static void socket_end(struct websocket *socket)
{
    int reason = socket->closed ? 0 : socket->reason;

    web_socket_enter(socket);
    socket_forget(socket);
    socket->events->on_end(socket, reason, socket->status, socket->user);
    web_socket_leave(socket);
}

// ---- Between conn and pair ---------------------------------------------------------------------

// A peer that has not heard our Close yet may still send.
static void close_conn(struct websocket *socket)
{
    struct conn *conn = socket->conn;

    socket->conn = NULL;
    if (!socket->closed)
        conn_reset(conn);
    else if (socket->got.closed || !socket->server)
        conn_close(conn);
    else
        web_drain_begin(socket->server, conn);
}

static void end_if_over(struct websocket *socket)
{
    if (socket->wsi || socket->pair)
        return;
    if (socket->conn)
        close_conn(socket);
    socket_end(socket);
}

// A client's handshake has failed: by the server's answer, or because that was none.
static void judge_handshake(struct websocket *socket)
{
    unsigned status = socket->got.status;

    if (status && status != 101) {
        socket->reason = ERR_REFUSED;
        socket->status = (uint16_t)status;
    } else if (socket->conn) {
        socket->reason = ERR_MALFORMED;
    }
}

void web_socket_on_library_end(struct websocket *socket)
{
    socket->wsi = NULL;
    if (!socket->events)
        return; // Within websocket_connect(), which tells by itself.
    if (!socket->server && !socket->open)
        judge_handshake(socket);
    end_if_over(socket);
}

static size_t carry(struct conn *from, struct conn *to, const uint8_t *data, size_t length)
{
    size_t taken = conn_send(to, data, length);

    if (taken < length)
        conn_pause(from);
    return taken;
}

static void on_conn_open(struct conn *conn, void *user)
{
    struct websocket *socket = user;

    (void)conn;
    if (socket->pair)
        conn_resume(socket->pair);
}

static void break_off(struct websocket *socket, int reason)
{
    struct conn *conn = socket->conn;

    socket->conn = NULL;
    socket->closed = false;
    socket->reason = reason;
    if (conn)
        conn_reset(conn);
    socket_end(socket);
}

// What the library lets pass and must not see.
static size_t receive(struct websocket *socket, const uint8_t *data, size_t length)
{
    struct web_frames before = socket->got;
    size_t taken;

    if (web_frames_walk(&socket->got, data, length) < 0) {
        if (!socket->open && !socket->server)
            break_off(socket, ERR_MALFORMED);
        else
            web_socket_fail(socket, WEB_CLOSE_PROTOCOL);
        return length;
    }
    taken = carry(socket->conn, socket->pair, data, length);
    if (taken < length) {
        socket->got = before;
        web_frames_walk(&socket->got, data, taken);
    }
    return taken;
}

static size_t on_conn_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct websocket *socket = user;

    if (!socket->pair || socket->failing)
        return length; // Nobody hears it any more.
    if (socket->server && socket->server->paused) {
        conn_pause(conn);
        return 0;
    }
    return receive(socket, data, length);
}

static void on_conn_room(struct conn *conn, void *user)
{
    struct websocket *socket = user;

    (void)conn;
    if (socket->pair)
        conn_resume(socket->pair);
}

// The library reads what came before, then finds its end closed.
static void on_conn_end(struct conn *conn, int reason, void *user)
{
    struct websocket *socket = user;

    (void)conn;
    socket->conn = NULL;
    socket->reason = reason ? reason : ERR_CLOSED;
    if (socket->pair)
        conn_close(socket->pair);
    socket->pair = NULL;
    end_if_over(socket);
}

static const struct conn_events conn_side = {
    .on_open = on_conn_open,
    .on_data = on_conn_data,
    .on_room = on_conn_room,
    .on_end = on_conn_end,
};

static void on_pair_open(struct conn *pair, void *user)
{
    (void)pair;
    (void)user;
}

// A Close of ours has left. How long the peer may take to answer is for our clock to say; one that
// broke the rules is not waited for (RFC 6455 7.1.7).
static void on_close_sent(struct websocket *socket)
{
    if (socket->wsi)
        lws_set_timeout(socket->wsi, PENDING_TIMEOUT_CLOSE_ACK, WEB_NEVER_S);
    if (!socket->closed)
        socket->status = socket->sent.code;
    socket->closed = true;
    if (socket->got.closed || (socket->close_code && !socket->failing))
        return;
    close_conn(socket);
    socket_end(socket);
}

static size_t on_pair_data(struct conn *pair, const uint8_t *data, size_t length, void *user)
{
    struct websocket *socket = user;
    bool was_closed = socket->sent.closed;
    size_t taken = carry(pair, socket->conn, data, length);

    web_frames_walk(&socket->sent, data, taken);
    if (socket->sent.closed && !was_closed)
        on_close_sent(socket);
    return taken;
}

static void on_pair_room(struct conn *pair, void *user)
{
    struct websocket *socket = user;

    (void)pair;
    conn_resume(socket->conn);
}

static void on_pair_end(struct conn *pair, int reason, void *user)
{
    struct websocket *socket = user;

    (void)pair;
    (void)reason;
    socket->pair = NULL;
    end_if_over(socket);
}

static const struct conn_events pair_side = {
    .on_open = on_pair_open,
    .on_data = on_pair_data,
    .on_room = on_pair_room,
    .on_end = on_pair_end,
};

// ---- Making one --------------------------------------------------------------------------------

// The handshake or the peer's Close did not come in time.
static void on_timer(struct timer *timer, void *user)
{
    struct websocket *socket = user;

    (void)timer;
    break_off(socket, ERR_TIMEOUT);
}

static void tell_held(void *user)
{
    struct websocket *socket = user;

    web_socket_enter(socket);
    while (!socket->dead && socket->held.first && !(socket->server && socket->server->paused)) {
        struct web_message *message = socket->held.first;

        socket->held.first = message->next;
        if (!socket->held.first)
            socket->held.last = NULL;
        socket->held.bytes -= message->length;
        socket->events->on_text(socket, message->text, message->length, socket->user);
        free(message);
    }
    web_socket_leave(socket);
}

struct websocket *web_socket_new(struct web *web, struct conn *conn, struct timers *timers,
                                 struct timer_domain *domain)
{
    struct websocket *socket = mem_new(1, sizeof(*socket));

    socket->web = web;
    socket->conn = conn;
    socket->reason = ERR_CLOSED;
    socket->work = (struct core_work){.fn = tell_held, .user = socket};
    timer_init(&socket->timer, timers, domain, on_timer, socket);
    return socket;
}

void web_socket_join(struct websocket *socket, int fd)
{
    bool client = !socket->server;

    web_frames_init(&socket->got, !client, client ? WEB_FRAMES_AFTER_ANSWER : WEB_FRAMES_ONLY);
    web_frames_init(&socket->sent, client,
                    client ? WEB_FRAMES_AFTER_REQUEST : WEB_FRAMES_AFTER_ANSWER);
    socket->pair = web_pair_conn(socket->web, fd);
    conn_set_events(socket->pair, &pair_side, socket);
    conn_set_events(socket->conn, &conn_side, socket);
}

// What the library is told of the upgrade: no more than it needs.
static void send_head(struct websocket *socket, const struct web_vhost *vhost,
                      const struct web_head *head)
{
    struct str text = {0};

    str_addf(&text,
             "GET / HTTP/1.1\r\nhost: %s\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
             "sec-websocket-version: 13\r\nsec-websocket-key: %s\r\n",
             vhost->name, head->key);
    if (socket->subprotocol)
        str_addf(&text, "sec-websocket-protocol: %s\r\n", socket->subprotocol);
    str_adds(&text, "\r\n");
    conn_send(socket->pair, text.text, text.length);
    str_done(&text);
}

static void join_server(struct websocket *socket, struct http_server *server)
{
    socket->server = server;
    socket->next = server->sockets_first;
    if (socket->next)
        socket->next->previous = socket;
    server->sockets_first = socket;
    server->clients++;
}

int web_socket_take(struct http_server *server, struct conn *conn, const struct web_head *head,
                    const struct web_upgrade *upgrade)
{
    struct web_vhost *vhost = web_vhost_get(server->web, server->options->subprotocols);
    lws_adopt_desc_t adopt = {.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP};
    struct websocket *socket;
    int fds[2];

    if (!vhost || web_pair_open(server->web, fds) < 0)
        return ERR_TOO_MANY;
    socket = web_socket_new(server->web, conn, server->timers, &server->domain);
    socket->events = upgrade->events;
    socket->user = upgrade->user;
    socket->subprotocol = upgrade->subprotocol;
    socket->message_bytes_max = server->options->message_bytes_max;
    adopt.vh = vhost->lws;
    adopt.fd.sockfd = fds[1];
    adopt.opaque = socket;
    socket->wsi = lws_adopt_descriptor_vhost_via_info(&adopt);
    if (!socket->wsi) {
        close(fds[0]);
        web_socket_discard(socket);
        return ERR_TOO_MANY;
    }
    socket->context = vhost->context;
    socket->context->sockets++;
    join_server(socket, server);
    web_socket_join(socket, fds[0]);
    send_head(socket, vhost, head);
    conn_resume(conn);
    return 0;
}

void web_socket_fail(struct websocket *socket, uint16_t code)
{
    if (socket->failing || socket->closed)
        return;
    socket->failing = true;
    socket->close_code = code;
    timer_start(&socket->timer, WEB_CLOSE_NS);
    if (socket->wsi)
        lws_callback_on_writable(socket->wsi);
}

// ---- The owner's side --------------------------------------------------------------------------

void web_socket_tell(struct websocket *socket)
{
    struct web_message *message;

    if (!(socket->server && socket->server->paused) && !socket->held.first) {
        socket->events->on_text(socket, socket->text, socket->text_length, socket->user);
        return;
    }
    message = mem_new(1, sizeof(*message) + socket->text_length + 1);
    message->length = socket->text_length;
    memcpy(message->text, socket->text, socket->text_length);
    messages_add(&socket->held, message);
}

struct websocket *web_socket_next(struct websocket *socket)
{
    return socket->next;
}

void web_socket_pause(struct websocket *socket, bool paused)
{
    if (paused)
        return;
    if (socket->held.first)
        core_post(web_core(socket->web), &socket->work);
    if (socket->conn)
        conn_resume(socket->conn);
}

void web_socket_cancel(struct websocket *socket)
{
    socket->status = 0;
    break_off(socket, ERR_CANCELLED);
}

int websocket_send(struct websocket *socket, const char *text, size_t length)
{
    struct web_message *message;

    if (socket->out.bytes > WEBSOCKET_QUEUE_BYTES_MAX) {
        socket->wants_room = true;
        return ERR_FULL;
    }
    if (socket->close_code || socket->closed || !socket->conn || !socket->wsi)
        return 0; // Nobody hears it any more.
    message = mem_new(1, sizeof(*message) + LWS_PRE + length);
    message->length = length;
    memcpy(message->text + LWS_PRE, text, length);
    messages_add(&socket->out, message);
    if (socket->open)
        lws_callback_on_writable(socket->wsi);
    return 0;
}

void websocket_ping(struct websocket *socket)
{
    if (!socket->wsi || socket->pings == UINT8_MAX)
        return;
    socket->pings++;
    if (socket->open)
        lws_callback_on_writable(socket->wsi);
}

void websocket_close(struct websocket *socket, uint16_t code)
{
    assert(code >= 1000 && code <= 4999);
    if (socket->close_code || socket->closed)
        return;
    socket->close_code = code;
    timer_start(&socket->timer, WEB_CLOSE_NS);
    if (socket->wsi && socket->open)
        lws_callback_on_writable(socket->wsi);
}

void websocket_reset(struct websocket *socket)
{
    struct conn *conn = socket->conn;

    socket->conn = NULL;
    socket_forget(socket);
    if (conn)
        conn_reset(conn);
}

const struct conn *websocket_conn(const struct websocket *socket)
{
    return socket->conn;
}

void *websocket_user(const struct websocket *socket)
{
    return socket->user;
}
