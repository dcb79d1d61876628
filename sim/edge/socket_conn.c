// SPDX-License-Identifier: Apache-2.0
// The life of one socket: connecting, open, closing (its holder is gone, what was sent still
// leaves), gone. A holder may close or reset it from any callback; its memory stays until the last
// of our own functions has left it (`busy`).
#include "sim/edge/socket_conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/queue.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/socket_address.h"
#include "sim/edge/sockets.h"

// What each message needs comes first.
struct socket_conn {
    struct conn conn; // First.
    struct socket_conns *conns;
    int fd;
    int fail_reason;  // Told by the work: a send met a broken conn.
    unsigned busy;    // Our functions that are still inside.
    bool opening;     // on_open is owed.
    bool connecting;  // connect() has not finished.
    bool closing;     // The holder is gone.
    bool gone;        // The descriptor is closed.
    bool peer_ended;  // FIN was read.
    bool wants_room;  // on_room is owed.
    bool wants_bytes; // conn_resume() was called.
    bool holding;
    struct queue in;  // Came and was not taken.
    struct queue out; // Sent and did not fit into the kernel.
    struct loop_io *io;
    struct loop_timer *timer; // Ends a hold, or a close that nobody reads. NULL until needed.
    struct core_work work;
    struct socket_conn *next;
    struct socket_conn *previous;
};

static void enter(struct socket_conn *sc)
{
    assert(!sc->gone);
    sc->busy++;
}

// Returns whether the conn is still there.
static bool leave(struct socket_conn *sc)
{
    assert(sc->busy > 0);
    if (--sc->busy > 0 || !sc->gone)
        return !sc->gone;
    free(sc);
    return false;
}

static void hold(struct socket_conn *sc)
{
    if (!sc->conns->hold_ns || sc->closing)
        return;
    if (!sc->holding)
        core_hold_for_peer(sc->conns->core);
    sc->holding = true;
    loop_timer_start(sc->timer, sc->conns->hold_ns);
}

static void release(struct socket_conn *sc)
{
    if (!sc->holding)
        return;
    loop_timer_stop(sc->timer);
    core_release_peer(sc->conns->core);
    sc->holding = false;
}

// Closes the descriptor and leaves the list. The memory goes with the last function inside.
static void drop(struct socket_conn *sc, bool reset)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    assert(!sc->gone);
    release(sc);
    core_cancel(sc->conns->core, &sc->work);
    loop_timer_free(&sc->timer);
    loop_io_free(&sc->io);
    if (reset)
        setsockopt(sc->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(sc->fd);
    queue_done(&sc->in);
    queue_done(&sc->out);
    if (sc->previous)
        sc->previous->next = sc->next;
    else
        sc->conns->first = sc->next;
    if (sc->next)
        sc->next->previous = sc->previous;
    sc->conns->count--;
    sc->gone = true;
    if (sc->busy == 0)
        free(sc);
}

static void watch(struct socket_conn *sc)
{
    int events = 0;

    if (!sc->connecting && !sc->peer_ended &&
        (sc->closing || (!sc->conn.paused && queue_free_bytes(&sc->in) > 0)))
        events |= LOOP_READ;
    if (sc->connecting || sc->out.length > 0)
        events |= LOOP_WRITE;
    loop_io_set(sc->io, events);
}

static void on_timer(struct loop_timer *timer, void *user)
{
    struct socket_conn *sc = user;

    (void)timer;
    if (sc->closing)
        drop(sc, true);
    else
        release(sc);
}

// The holder is gone, and what it sent still leaves, as far as the peer reads it.
static void linger(struct socket_conn *sc)
{
    if (!sc->timer)
        sc->timer = loop_timer_new(core_loop(sc->conns->core), on_timer, sc);
    loop_timer_start(sc->timer, SOCKET_CLOSE_SECONDS_MAX * SIM_NS_PER_S);
    watch(sc);
}

// The conn is over by the peer's doing; its holder, if there still is one, hears the reason.
static void end(struct socket_conn *sc, int reason)
{
    bool told = !sc->closing;

    enter(sc);
    release(sc);
    if (reason == 0 && sc->out.length > 0 && told) {
        sc->closing = true; // The peer only stopped talking.
        queue_done(&sc->in);
        linger(sc);
    } else {
        drop(sc, reason != 0);
    }
    if (told)
        sc->conn.events->on_end(&sc->conn, reason, sc->conn.user);
    leave(sc);
}

// Offers what is kept. Returns whether the conn is still there.
static bool offer_kept(struct socket_conn *sc)
{
    size_t taken;

    if (sc->in.length == 0 || sc->conn.paused)
        return true;
    enter(sc);
    taken = sc->conn.events->on_data(&sc->conn, queue_peek(&sc->in), sc->in.length, sc->conn.user);
    if (!leave(sc))
        return false;
    if (sc->closing)
        return true;
    assert(taken <= sc->in.length);
    queue_drop(&sc->in, taken);
    return true;
}

// Offers bytes just read from where they were read. Returns whether the conn is still there.
static bool offer_fresh(struct socket_conn *sc, const uint8_t *data, size_t length)
{
    size_t taken;

    enter(sc);
    taken = sc->conn.events->on_data(&sc->conn, data, length, sc->conn.user);
    if (!leave(sc))
        return false;
    if (sc->closing)
        return true;
    assert(taken <= length);
    if (taken < length)
        queue_put(&sc->in, data + taken, length - taken); // Fits: the queue was empty.
    return true;
}

// The peer's FIN was read and what came before it was offered.
static void end_if_over(struct socket_conn *sc)
{
    if (!sc->peer_ended)
        return;
    if (sc->closing || sc->conn.paused)
        watch(sc); // Stops reading: the end stays readable for ever.
    else
        end(sc, 0);
}

static void on_readable(struct socket_conn *sc)
{
    bool kept = sc->in.length > 0;
    size_t room = kept && !sc->closing ? queue_free_bytes(&sc->in) : EDGE_READ_BYTES;
    uint8_t *buffer = sc->conns->buffer;
    ssize_t length = recv(sc->fd, buffer, room, 0);

    assert(room > 0);
    if (length < 0) {
        if (errno != EAGAIN && errno != EINTR)
            end(sc, socket_error(errno));
        return;
    }
    if (length == 0) {
        sc->peer_ended = true;
        if (sc->closing || offer_kept(sc))
            end_if_over(sc);
        return;
    }
    if (sc->closing)
        return; // Nobody is there any more to hear it.
    release(sc);
    if (kept)
        queue_put(&sc->in, buffer, (size_t)length);
    if (!(kept ? offer_kept(sc) : offer_fresh(sc, buffer, (size_t)length)))
        return;
    if (sc->conn.paused || queue_free_bytes(&sc->in) == 0)
        watch(sc);
}

static void on_connected(struct socket_conn *sc)
{
    int error = 0;
    socklen_t length = sizeof(error);

    getsockopt(sc->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) {
        end(sc, socket_error(error));
        return;
    }
    sc->connecting = false;
    sc->opening = false;
    sc->conn.local = socket_address_of(sc->fd);
    release(sc);
    watch(sc);
    if (!sc->closing)
        sc->conn.events->on_open(&sc->conn, sc->conn.user);
}

static void on_writable(struct socket_conn *sc)
{
    ssize_t sent = 0;

    if (sc->out.length > 0)
        sent = send(sc->fd, queue_peek(&sc->out), sc->out.length, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            end(sc, socket_error(errno));
        return;
    }
    queue_drop(&sc->out, (size_t)sent);
    if (sc->out.length == 0 && sc->closing) {
        drop(sc, false);
        return;
    }
    if (sc->out.length == 0)
        watch(sc);
    if (sc->wants_room && sc->out.length <= CONN_WINDOW_BYTES / 2) {
        sc->wants_room = false;
        sc->conn.events->on_room(&sc->conn, sc->conn.user);
    }
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    struct socket_conn *sc = user;

    (void)io;
    enter(sc);
    if (sc->connecting || sc->opening)
        on_connected(sc);
    else if (revents & LOOP_WRITE)
        on_writable(sc);
    if (!sc->gone && !sc->connecting && (revents & LOOP_READ))
        on_readable(sc);
    leave(sc);
}

static void socket_conn_work(void *user)
{
    struct socket_conn *sc = user;

    enter(sc);
    if (sc->opening && !sc->closing && !sc->fail_reason)
        on_connected(sc);
    if (!sc->gone && sc->fail_reason)
        end(sc, sc->fail_reason);
    if (!sc->gone && sc->wants_bytes && !sc->closing) {
        sc->wants_bytes = false;
        if (offer_kept(sc) && !sc->gone) {
            watch(sc);
            end_if_over(sc);
        }
    }
    leave(sc);
}

static size_t socket_conn_send(struct conn *conn, const void *data, size_t length)
{
    struct socket_conn *sc = (struct socket_conn *)conn;
    size_t taken;
    ssize_t sent = 0;

    assert(!sc->gone && !sc->closing);
    hold(sc);
    if (sc->fail_reason)
        return length;
    if (sc->out.length == 0 && !sc->connecting && !sc->opening) {
        sent = send(sc->fd, data, length, MSG_NOSIGNAL);
        if ((size_t)sent == length)
            return length;
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            sc->fail_reason = socket_error(errno);
            core_post(sc->conns->core, &sc->work);
            return length;
        }
        sent = sent < 0 ? 0 : sent;
    }
    taken = (size_t)sent + queue_put(&sc->out, (const uint8_t *)data + sent, length - (size_t)sent);
    sc->wants_room = taken < length;
    watch(sc);
    return taken;
}

static void socket_conn_close(struct conn *conn)
{
    struct socket_conn *sc = (struct socket_conn *)conn;

    assert(!sc->gone && !sc->closing);
    release(sc);
    sc->closing = true;
    queue_done(&sc->in);
    if (sc->out.length == 0 || sc->fail_reason) {
        drop(sc, false);
        return;
    }
    linger(sc);
}

static void socket_conn_reset(struct conn *conn)
{
    struct socket_conn *sc = (struct socket_conn *)conn;

    assert(!sc->gone && !sc->closing);
    sc->closing = true;
    drop(sc, true);
}

static void socket_conn_resume(struct conn *conn)
{
    struct socket_conn *sc = (struct socket_conn *)conn;

    sc->wants_bytes = true;
    core_post(sc->conns->core, &sc->work);
}

static const struct conn_ops socket_conn_ops = {
    .send = socket_conn_send,
    .close = socket_conn_close,
    .reset = socket_conn_reset,
    .resume = socket_conn_resume,
};

struct conn *socket_conn_new(struct socket_conns *conns, int fd, enum socket_stage stage)
{
    struct socket_conn *sc = mem_new(1, sizeof(*sc));

    sc->conn.ops = &socket_conn_ops;
    sc->conns = conns;
    sc->fd = fd;
    sc->connecting = stage == SOCKET_CONNECTING;
    sc->opening = stage == SOCKET_CONNECTED;
    sc->work = (struct core_work){.fn = socket_conn_work, .user = sc};
    queue_init(&sc->in, CONN_WINDOW_BYTES);
    queue_init(&sc->out, CONN_WINDOW_BYTES);
    sc->next = conns->first;
    if (sc->next)
        sc->next->previous = sc;
    conns->first = sc;
    conns->count++;
    sc->io =
        loop_io_new(core_loop(conns->core), fd, sc->connecting ? LOOP_WRITE : LOOP_READ, on_io, sc);
    if (conns->hold_ns)
        sc->timer = loop_timer_new(core_loop(conns->core), on_timer, sc);
    if (stage != SOCKET_STANDS)
        hold(sc);
    if (sc->opening)
        core_post(conns->core, &sc->work);
    return &sc->conn;
}

void socket_conn_fail(struct conn *conn, int error)
{
    struct socket_conn *sc = (struct socket_conn *)conn;

    sc->fail_reason = socket_error(error);
    loop_io_set(sc->io, 0); // A socket that never stood reports a hang-up for ever.
    core_post(sc->conns->core, &sc->work);
}

void socket_conns_reset(struct socket_conns *conns)
{
    while (conns->first) {
        assert(conns->first->busy == 0);
        conns->first->closing = true;
        drop(conns->first, true);
    }
}
