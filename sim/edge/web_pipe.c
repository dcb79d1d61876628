// SPDX-License-Identifier: Apache-2.0
// The bytes of a WebSocket between its conn and our end of the pair. A side that takes less than it
// is offered pauses the other, which then stops reading. On the way frames are walked over, so that
// the Close of either side is seen and what the library lets pass is refused.
#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/edge/splice.h"
#include "sim/edge/web_socket.h"

static void on_conn_open(struct conn *conn, void *user)
{
    struct websocket *socket = user;

    (void)conn;
    if (socket->pair)
        conn_resume(socket->pair);
}

// What the library lets pass and must not see.
static size_t receive(struct websocket *socket, const uint8_t *data, size_t length)
{
    struct web_frames before = socket->got;
    size_t taken;

    if (web_frames_walk(&socket->got, data, length) < 0) {
        if (!socket->open && !socket->server)
            web_socket_break_off(socket, ERR_MALFORMED);
        else
            web_socket_fail(socket, WEB_CLOSE_PROTOCOL);
        return length;
    }
    taken = splice_carry(socket->conn, socket->pair, data, length);
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
    web_socket_end_if_over(socket);
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
    web_socket_close_conn(socket);
    web_socket_end(socket);
}

static size_t on_pair_data(struct conn *pair, const uint8_t *data, size_t length, void *user)
{
    struct websocket *socket = user;
    bool was_closed = socket->sent.closed;
    size_t taken = splice_carry(pair, socket->conn, data, length);

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
    web_socket_end_if_over(socket);
}

static const struct conn_events pair_side = {
    .on_open = on_pair_open,
    .on_data = on_pair_data,
    .on_room = on_pair_room,
    .on_end = on_pair_end,
};

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
