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

void web_socket_end_handshake(struct websocket *socket)
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
        web_socket_end_handshake(socket);
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
    web_socket_end_handshake(socket);
    free(socket);
}

void web_socket_discard(struct websocket *socket)
{
    socket_forget(socket);
}

// Both sides are done.
void web_socket_end(struct websocket *socket)
{
    int reason = socket->closed ? 0 : socket->reason;

    web_socket_enter(socket);
    socket_forget(socket);
    socket->events->on_end(socket, reason, socket->status, socket->user);
    web_socket_leave(socket);
}

// ---- The end, by whoever ----------------------------------------------------------------------

// The library drops a Close of ours when it ends within bytes that it was still reading.
static void say_close(struct websocket *socket)
{
    const uint8_t frame[] = {0x88, 2, (uint8_t)(socket->close_code >> 8),
                             (uint8_t)(socket->close_code & 0xFF)};

    if (socket->server && socket->closed && socket->close_code && !socket->got.closed &&
        web_frames_between(&socket->sent))
        conn_send(socket->conn, frame, sizeof(frame));
}

// A peer that has not heard our Close yet may still send.
void web_socket_close_conn(struct websocket *socket)
{
    struct conn *conn = socket->conn;

    say_close(socket);
    socket->conn = NULL;
    if (!socket->closed)
        conn_reset(conn);
    else if (socket->got.closed || !socket->server)
        conn_close(conn);
    else
        web_drain_begin(socket->server, conn);
}

void web_socket_end_if_over(struct websocket *socket)
{
    if (socket->wsi || socket->pair)
        return;
    if (socket->conn)
        web_socket_close_conn(socket);
    web_socket_end(socket);
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
    web_socket_end_if_over(socket);
}

void web_socket_break_off(struct websocket *socket, int reason)
{
    struct conn *conn = socket->conn;

    socket->conn = NULL;
    socket->closed = false;
    socket->reason = reason;
    if (conn)
        conn_reset(conn);
    web_socket_end(socket);
}

// ---- Making one --------------------------------------------------------------------------------

// The handshake or the peer's Close did not come in time.
static void on_timer(struct timer *timer, void *user)
{
    struct websocket *socket = user;

    (void)timer;
    web_socket_break_off(socket, ERR_TIMEOUT);
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

// The library takes its end of a pair. Our end, or ERR_TOO_MANY. Without events the socket hears
// nothing of a library that thinks better of it.
static int adopt(struct websocket *socket, const struct web_vhost *vhost)
{
    lws_adopt_desc_t end = {.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP, .opaque = socket};
    int fds[2];

    if (!vhost || web_pair_open(socket->web, fds) < 0)
        return ERR_TOO_MANY;
    end.vh = vhost->lws;
    end.fd.sockfd = fds[1];
    socket->wsi = lws_adopt_descriptor_vhost_via_info(&end);
    if (socket->wsi)
        return fds[0];
    close(fds[0]);
    return ERR_TOO_MANY;
}

void web_socket_take(struct http_server *server, struct conn *conn, const struct web_head *head,
                     const struct web_upgrade *upgrade)
{
    struct web_vhost *vhost = web_vhost_get(server->web, server->options->subprotocols);
    struct websocket *socket = web_socket_new(server->web, conn, server->timers, &server->domain);
    int fd = adopt(socket, vhost);

    socket->events = upgrade->events;
    socket->user = upgrade->user;
    socket->subprotocol = upgrade->subprotocol;
    socket->message_bytes_max = server->options->message_bytes_max;
    if (fd < 0) {
        web_socket_break_off(socket, fd);
        return;
    }
    socket->context = vhost->context;
    socket->context->sockets++;
    join_server(socket, server);
    web_socket_join(socket, fd);
    send_head(socket, vhost, head);
    conn_resume(conn);
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
    web_socket_break_off(socket, ERR_CANCELLED);
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
