// SPDX-License-Identifier: Apache-2.0
// Byte streams between two ends: opening, handing over, ending. On a clear path conn_send() gives
// the bytes to the far holder at once and without a copy, unless a holder's callback is running:
// from inside a callback they are copied and handed over later in the turn, so that nobody is
// called back into the middle of what he is doing. Everything else a holder hears comes from the
// turn.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/net_end.h"

// ---- Handing over ----------------------------------------------------------------------

static void show_ack(struct end *end)
{
    if (end->ack_due)
        net_show(end, CHUNK_ACK, end->sent_seq, NULL, 0);
}

static void signal_room(struct end *end)
{
    if (!end->want_room || end->state != END_OPEN)
        return;
    end->want_room = false;
    end_post(end, DUE_ROOM);
}

// Offers bytes to the holder; returns how many are dealt with. `held` bytes count against the
// window while the inbox gathers only what comes on top of them.
static size_t end_offer(struct end *end, const uint8_t *data, size_t length, size_t held)
{
    struct vnet *vnet = end_vnet(end);
    bool busy = vnet->busy;
    size_t taken;

    end->inbox.bytes_max = CONN_WINDOW_BYTES - held;
    vnet->busy = end->offering = true;
    taken = end->conn.events->on_data(&end->conn, data, length, end->conn.user);
    vnet->busy = busy;
    end->offering = false;
    assert(taken <= length);
    end->inbox.bytes_max = CONN_WINDOW_BYTES;
    return end->state == END_OPEN ? taken : length;
}

// Puts what was left over in front of what came meanwhile.
static void inbox_restore(struct end *end, struct queue *left)
{
    if (end->inbox.length) {
        size_t put = queue_put(left, queue_peek(&end->inbox), end->inbox.length);

        assert(put == end->inbox.length);
        queue_done(&end->inbox);
    }
    end->inbox = *left;
}

// Offers what has arrived.
static void end_deliver(struct end *end)
{
    struct queue offered = end->inbox;
    size_t arrived = end->inbox.length - end->waiting;
    size_t taken;

    if (arrived == 0 || end->conn.paused || end->state != END_OPEN)
        return;
    queue_init(&end->inbox, CONN_WINDOW_BYTES);
    taken = end_offer(end, queue_peek(&offered), arrived, offered.length);
    if (end->state != END_OPEN) {
        queue_done(&offered);
        return;
    }
    queue_drop(&offered, taken);
    if (offered.length == 0 && end->inbox.length == 0)
        queue_init(&end->inbox, CONN_WINDOW_BYTES);
    else
        inbox_restore(end, &offered);
    if (end->trim)
        inbox_trim(end);
    if (taken)
        signal_room(end->peer);
}

// Hands bytes over from inside conn_send(), if the far holder may be called now.
static bool end_hand_over(struct end *end, const uint8_t *data, size_t length)
{
    struct queue left;
    size_t taken;

    if ((end_vnet(end)->busy && !end->direct) || end->offering || end->state != END_OPEN ||
        end->due || end->conn.paused || end->inbox.length)
        return false;
    taken = end_offer(end, data, length, length);
    if (end->state == END_OPEN && taken < length) {
        queue_init(&left, CONN_WINDOW_BYTES);
        queue_put(&left, data + taken, length - taken);
        inbox_restore(end, &left);
    }
    if (end->trim)
        inbox_trim(end);
    return true;
}

static void note_sent(struct end *end, const uint8_t *data, size_t length)
{
    struct vnet *vnet = end_vnet(end);

    if (!vnet->events || end_pair(end)->opaque)
        return;
    // A TLS record (RFC 8446 5.1); a Modbus header of that transaction number has 00 in the third
    // byte.
    if (length >= 3 && data[0] == 0x16 && data[1] == 0x03 && data[2] >= 1 && data[2] <= 4) {
        end_pair(end)->opaque = true;
        return;
    }
    if (end->nic)
        net_event(vnet, end->nic->host, end->conn.local.port, data, length);
}

// The bytes are at the peer, as far as the wire is concerned.
static void send_clear(struct end *end, const void *data, size_t length)
{
    struct end *peer = end->peer;

    if (end_vnet(end)->capture)
        net_show(end, CHUNK_DATA, end->sent_seq, data, length);
    end->sent_seq += (uint32_t)length;
    if (peer->state == END_GONE) {
        end_arrive(peer, CHUNK_DATA, length);
        return;
    }
    peer->got_seq += (uint32_t)length;
    peer->ack_due = end_vnet(end)->capture != NULL;
    if (end_hand_over(peer, data, length)) {
        show_ack(peer);
        return;
    }
    queue_put(&peer->inbox, data, length);
    end_post(peer, DUE_DATA);
}

static size_t end_send(struct conn *conn, const void *data, size_t length)
{
    struct end *end = (struct end *)conn;
    struct queue *inbox = &end->peer->inbox;
    size_t room = queue_free_bytes(inbox);
    bool clear;

    if (end->state != END_OPEN || end->cut || end->due & (DUE_END | DUE_OPEN)) {
        end->want_room = end->state == END_CONNECTING || end->due & DUE_OPEN;
        return 0;
    }
    clear = end_clear(end);
    if (!clear && flight_full(end->peer))
        room = 0;
    end->want_room = length > room;
    if (length > room)
        length = room;
    if (length == 0)
        return 0;
    note_sent(end, data, length);
    if (clear) {
        if (end->peer->flight)
            flight_free(end->peer);
        send_clear(end, data, length);
        return length;
    }
    queue_put(inbox, data, length);
    end->peer->waiting += (uint32_t)length;
    flight_add(end->peer, CHUNK_DATA, length);
    return length;
}

static void end_resume(struct conn *conn)
{
    end_post((struct end *)conn, DUE_DATA);
}

// ---- On the wire -----------------------------------------------------------------------

void end_transmit(struct end *end, enum chunk_kind kind, size_t length)
{
    if (!end_clear(end)) {
        flight_add(end->peer, kind, length);
        return;
    }
    net_show(end, kind, end->sent_seq, NULL, 0);
    if (kind == CHUNK_SYN || kind == CHUNK_SYN_ACK || kind == CHUNK_FIN)
        end->sent_seq++;
    end_arrive(end->peer, kind, length);
}

static void arrive_syn(struct end *end)
{
    if (end->state != END_NONE)
        return;
    end->got_seq = end->peer->sent_seq;
    net_ask(end);
}

static void arrive_syn_ack(struct end *end)
{
    if (end->state != END_CONNECTING)
        return;
    end->got_seq = end->peer->sent_seq;
    end->state = END_OPEN;
    if (end->peer->state == END_ASKED)
        end->peer->state = END_ACCEPTING;
    end_post(end, DUE_OPEN);
    end_transmit(end, CHUNK_ACK, 0);
}

static void arrive_ack(struct end *end)
{
    if (end->state == END_ACCEPTING)
        end_post(end, DUE_ACCEPT);
}

// Bytes or a FIN for an end that nobody holds: a host that does not know the conn says so; one that
// has just closed it in good order refuses bytes only.
static void arrive_at_nobody(struct end *end, enum chunk_kind kind, size_t length)
{
    end->got_seq += (uint32_t)length + (kind == CHUNK_FIN ? 1 : 0);
    if (!end->nic)
        return;
    if (kind == CHUNK_FIN && !end->forgotten)
        net_show(end, CHUNK_ACK, end->sent_seq, NULL, 0);
    else if (!end->peer->ended)
        end_transmit(end, CHUNK_RST, 0);
}

static void arrive_data(struct end *end, size_t length)
{
    if (end->state == END_GONE) {
        arrive_at_nobody(end, CHUNK_DATA, length);
        return;
    }
    assert(end->waiting >= length);
    end->waiting -= (uint32_t)length;
    end->got_seq += (uint32_t)length;
    end->ack_due = end_vnet(end)->capture != NULL;
    if (end->state == END_OPEN)
        end_post(end, DUE_DATA);
}

static void arrive_fin(struct end *end, size_t length)
{
    if (end->state == END_GONE) {
        arrive_at_nobody(end, CHUNK_FIN, length);
        return;
    }
    end->got_seq++;
    end->ended = true;
    if (end->state == END_OPEN)
        end_post(end, DUE_DATA);
}

static void arrive_rst(struct end *end)
{
    if (end->state == END_GONE || end->ended)
        return;
    end_abort(end, end->state == END_CONNECTING ? ERR_REFUSED : ERR_RESET);
}

void end_arrive(struct end *end, enum chunk_kind kind, size_t length)
{
    switch (kind) {
    case CHUNK_ARP:
        break;
    case CHUNK_SYN:
        arrive_syn(end);
        break;
    case CHUNK_SYN_ACK:
        arrive_syn_ack(end);
        break;
    case CHUNK_ACK:
        arrive_ack(end);
        break;
    case CHUNK_DATA:
        arrive_data(end, length);
        break;
    case CHUNK_FIN:
        arrive_fin(end, length);
        break;
    case CHUNK_RST:
        arrive_rst(end);
        break;
    }
}

// ---- Ending ----------------------------------------------------------------------------

static void end_close(struct conn *conn)
{
    struct end *end = (struct end *)conn;
    bool open = end->state == END_OPEN;

    if (end->last) // A holder that tidies up in on_end.
        return;
    assert(end_held(end));
    if (end->nic && end->nic->host->down) {
        end->forgotten = true;
        flight_clear(end->peer);
    } else if (end->due & DUE_END)
        ; // The conn was dead before its holder heard of it.
    else {
        end->state = END_GONE;
        if (!open)
            flight_clear(end->peer);
        end_transmit(end, open ? CHUNK_FIN : CHUNK_RST, 0);
    }
    end_gone(end);
}

static void end_reset(struct conn *conn)
{
    struct end *end = (struct end *)conn;

    if (end->last)
        return;
    assert(end_held(end));
    end->forgotten = true;
    flight_clear(end->peer);
    if (!(end->due & DUE_END) && end->nic && !end->nic->host->down) {
        end->state = END_GONE;
        end_transmit(end, CHUNK_RST, 0);
    }
    end_gone(end);
}

const struct conn_ops end_ops = {
    .send = end_send,
    .close = end_close,
    .reset = end_reset,
    .resume = end_resume,
};

// Tells the holder, who has it no longer.
static void end_finish(struct end *end, int reason)
{
    struct vnet *vnet = end_vnet(end);
    bool held = end_held(end);

    end->state = END_GONE;
    if (reason == 0)
        end_transmit(end, CHUNK_FIN, 0);
    else
        end->forgotten = true;
    vnet->busy = end->last = true;
    if (held)
        end->conn.events->on_end(&end->conn, reason, end->conn.user);
    vnet->busy = false;
    end_gone(end);
}

// ---- The turn --------------------------------------------------------------------------

static void end_open(struct end *end)
{
    assert(end->state == END_OPEN);
    end->conn.events->on_open(&end->conn, end->conn.user);
    if (end->state == END_OPEN)
        signal_room(end);
}

static void end_room(struct end *end)
{
    assert(end->state == END_OPEN);
    end->conn.events->on_room(&end->conn, end->conn.user);
}

typedef void due_fn(struct end *end);

// In the order in which a holder expects them.
static const struct {
    unsigned due;
    due_fn *fn;
} dues[] = {
    {DUE_ASK, net_ask_outward}, {DUE_ACCEPT, net_accept}, {DUE_OPEN, end_open},
    {DUE_ROOM, end_room},       {DUE_DATA, end_deliver},
};

void end_work(void *user)
{
    struct end *end = user;
    struct vnet *vnet = end_vnet(end);
    unsigned due = end->due;

    end->due = 0;
    vnet->busy = true;
    for (size_t i = 0; i < sizeof(dues) / sizeof(dues[0]) && end->state != END_GONE; i++)
        if (due & dues[i].due && !(due & DUE_END && dues[i].due != DUE_OPEN))
            dues[i].fn(end);
    vnet->busy = false;
    if (end->state == END_GONE)
        return;
    show_ack(end);
    if (due & DUE_END)
        end_finish(end, end->reason);
    else if ((end->ended || end->cut) && end->state == END_OPEN && !end->conn.paused &&
             end->due == 0)
        end_finish(end, end->cut ? ERR_RESET : 0);
}
