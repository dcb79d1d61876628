// SPDX-License-Identifier: Apache-2.0
// What is on its way to one end of an impaired stream. Chunks arrive in the order in which they
// were sent, as TCP delivers them: one that was lost keeps those behind it waiting until it was
// sent again, with a time-out that doubles (RFC 6298), and the stream dies when its retransmissions
// are used up. Not modelled: fast retransmission, selective acknowledgement, congestion.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/net_end.h"

#define RTO_SYN_NS SIM_NS_PER_S
#define RTO_NS_MAX (120 * SIM_NS_PER_S)
#define ARP_TRIES 3

struct chunk {
    sim_time_ns
        at_ns; // Of its arrival; when it was lost, of the next try; SIM_TIME_NEVER when held.
    uint32_t length;
    uint32_t cut_after; // limit-data, when `cut`.
    uint32_t slice;
    sim_time_ns gap_ns;
    uint8_t kind;
    uint8_t tries; // Retransmissions so far.
    bool lost;
    bool held;
    bool cut;
};

struct flight {
    struct end *to;
    struct flight *next; // Of the network.
    struct flight *previous;
    struct timer timer;
    struct chunk *chunks; // From `first` on.
    uint32_t first;
    uint32_t count;
    uint32_t room;
    // What arrived is not acknowledged, for the way back is blocked.
    bool ack_missing;
    bool ack_of_syn;
    uint8_t ack_tries;
    sim_time_ns ack_at_ns;
};

static void on_timer(struct timer *timer, void *user);

static struct flight *flight_of(struct end *to)
{
    struct vnet *vnet = end_vnet(to);
    struct flight *flight = to->flight;

    if (flight)
        return flight;
    flight = mem_new(1, sizeof(*flight));
    flight->to = to;
    timer_init(&flight->timer, core_timers(vnet->core), NULL, on_timer, flight);
    flight->next = vnet->flights;
    if (flight->next)
        flight->next->previous = flight;
    vnet->flights = flight;
    vnet->stats.conns_impaired++;
    to->flight = flight;
    return flight;
}

void flight_free(struct end *to)
{
    struct vnet *vnet = end_vnet(to);
    struct flight *flight = to->flight;

    if (!flight)
        return;
    timer_stop(&flight->timer);
    if (flight->previous)
        flight->previous->next = flight->next;
    else
        vnet->flights = flight->next;
    if (flight->next)
        flight->next->previous = flight->previous;
    vnet->stats.conns_impaired--;
    free(flight->chunks);
    free(flight);
    to->flight = NULL;
}

bool flight_busy(const struct end *to)
{
    return to->flight && (to->flight->count || to->flight->ack_missing);
}

bool flight_full(const struct end *to)
{
    return to->flight && to->flight->count >= FLIGHT_CHUNKS_MAX;
}

// The bytes under way are the tail of the inbox: they go with their chunks.
void inbox_trim(struct end *to)
{
    struct queue kept;
    size_t arrived = to->inbox.length - to->waiting;

    to->trim = to->offering && to->waiting;
    if (to->waiting == 0 || to->offering)
        return;
    queue_init(&kept, CONN_WINDOW_BYTES);
    if (arrived)
        queue_put(&kept, queue_peek(&to->inbox), arrived);
    queue_done(&to->inbox);
    to->inbox = kept;
    to->waiting = 0;
}

void flight_clear(struct end *to)
{
    if (!to->flight)
        return;
    if (to->state == END_ACCEPTING && !(to->due & DUE_ACCEPT))
        end_gone(to); // Its handshake will never be complete.
    to->flight->count = 0;
    to->flight->ack_missing = false;
    timer_stop(&to->flight->timer);
    inbox_trim(to);
}

// ---- Sending ---------------------------------------------------------------------------

static sim_time_ns retry_after(const struct vnet *vnet, bool syn, unsigned tries)
{
    sim_time_ns rto_ns = syn ? RTO_SYN_NS : vnet->options.rto_ns;

    while (tries-- > 0 && rto_ns < RTO_NS_MAX)
        rto_ns *= 2;
    return rto_ns < RTO_NS_MAX ? rto_ns : RTO_NS_MAX;
}

static bool of_handshake(enum chunk_kind kind)
{
    return kind == CHUNK_SYN || kind == CHUNK_SYN_ACK || kind == CHUNK_ACK;
}

// Bytes that are shown: the last ones of the inbox when they are sent first, the first that are
// still under way when they are sent again.
static const uint8_t *chunk_bytes(const struct flight *flight, const struct chunk *chunk)
{
    const struct queue *inbox = &flight->to->inbox;

    if (chunk->kind != CHUNK_DATA)
        return NULL;
    return queue_peek(inbox) + inbox->length - (chunk->tries ? flight->to->waiting : chunk->length);
}

static void chunk_show(const struct flight *flight, const struct chunk *chunk)
{
    struct end *from = flight->to->peer;
    size_t length = chunk->kind == CHUNK_DATA ? chunk->length : 0;
    bool syn = chunk->kind == CHUNK_SYN || chunk->kind == CHUNK_SYN_ACK;
    uint32_t seq = from->sent_seq;

    if (chunk->tries)
        seq = syn ? from->sent_seq - 1 : flight->to->got_seq;
    else if (chunk->kind == CHUNK_DATA)
        from->sent_seq += chunk->length;
    else if (syn || chunk->kind == CHUNK_FIN)
        from->sent_seq++;
    if (end_vnet(from)->capture)
        net_show(from, chunk->kind, seq, chunk_bytes(flight, chunk), length);
}

// One try to bring the chunk on its way.
static void chunk_try(struct flight *flight, struct chunk *chunk)
{
    struct end *from = flight->to->peer;
    struct vnet *vnet = end_vnet(from);
    struct path *path = end_path(from);
    enum path_what what = chunk->kind == CHUNK_FIN ? PATH_CLOSE : PATH_BYTES;
    struct path_effect effect = {.lost = path && path->blocked};

    if (path && !path->blocked)
        effect = path_pass(path->steps, path->count, what, chunk->length);
    chunk->lost = effect.lost;
    chunk->held = effect.held;
    chunk->slice = effect.slice;
    chunk->gap_ns = effect.gap_ns;
    chunk->cut = effect.cut && chunk->kind == CHUNK_DATA;
    chunk->cut_after = (uint32_t)effect.cut_after;
    if (effect.held)
        chunk->at_ns = SIM_TIME_NEVER;
    else if (effect.lost)
        chunk->at_ns =
            core_now(vnet->core) + retry_after(vnet, of_handshake(chunk->kind), chunk->tries);
    else
        chunk->at_ns = core_now(vnet->core) + effect.delay_ns;
}

static struct chunk *chunk_new(struct flight *flight)
{
    if (flight->first + flight->count == flight->room) {
        if (flight->first > 0) {
            memmove(flight->chunks, flight->chunks + flight->first,
                    flight->count * sizeof(*flight->chunks));
            flight->first = 0;
        } else {
            flight->room = flight->room ? flight->room * 2 : 4;
            flight->chunks = mem_grow(flight->chunks, flight->room, sizeof(*flight->chunks));
        }
    }
    return &flight->chunks[flight->first + flight->count++];
}

static void flight_arm(struct flight *flight)
{
    sim_time_ns at_ns = SIM_TIME_NEVER;

    if (flight->count)
        at_ns = flight->chunks[flight->first].at_ns;
    if (flight->ack_missing && flight->ack_at_ns < at_ns)
        at_ns = flight->ack_at_ns;
    if (at_ns == SIM_TIME_NEVER)
        timer_stop(&flight->timer);
    else if (!timer_running(&flight->timer) || flight->timer.at_ns != at_ns)
        timer_start_at(&flight->timer, at_ns);
}

void flight_add(struct end *to, enum chunk_kind kind, size_t length)
{
    struct flight *flight = flight_of(to);
    struct vnet *vnet = end_vnet(to);
    struct chunk *chunk;

    if (kind == CHUNK_RST)
        flight_clear(to);
    chunk = chunk_new(flight);
    *chunk = (struct chunk){.kind = (uint8_t)kind, .length = (uint32_t)length};
    if (kind == CHUNK_ARP)
        chunk->at_ns = core_now(vnet->core) + vnet->options.arp_timeout_ns / ARP_TRIES;
    else {
        chunk_show(flight, chunk);
        chunk_try(flight, chunk);
    }
    if (kind == CHUNK_RST && chunk->lost) // Nobody sends it again.
        flight->count--;
    flight_arm(flight);
}

// ---- Arriving --------------------------------------------------------------------------

static void chunk_drop(struct flight *flight)
{
    flight->first++;
    if (--flight->count == 0)
        flight->first = 0;
}

// Nothing helped: the sender gives up, and tells the other end if it can.
static void give_up(struct flight *flight, int reason)
{
    struct end *from = flight->to->peer;

    flight_clear(flight->to);
    end_abort(from, reason);
    from->forgotten = true;
    if (from->nic)
        end_transmit(from, CHUNK_RST, 0);
}

// Whether an acknowledgement from `to` would reach its peer.
static bool ack_passes(struct end *to)
{
    const struct path *path = end_path(to);

    return !path || !(path->blocked || path_blocked(path->steps, path->count));
}

static void ack_expect(struct flight *flight, enum chunk_kind kind)
{
    struct vnet *vnet = end_vnet(flight->to);

    if (flight->ack_missing || kind == CHUNK_RST || ack_passes(flight->to))
        return;
    flight->ack_missing = true;
    flight->ack_of_syn = of_handshake(kind);
    flight->ack_tries = 0;
    flight->ack_at_ns = core_now(vnet->core) + retry_after(vnet, flight->ack_of_syn, 0);
}

static unsigned retries_max(const struct vnet *vnet, bool syn)
{
    return syn ? vnet->options.syn_retries : vnet->options.retries;
}

// Returns false when the stream is given up.
static bool ack_retry(struct flight *flight)
{
    struct vnet *vnet = end_vnet(flight->to);

    if (ack_passes(flight->to)) {
        flight->ack_missing = false;
        return true;
    }
    if (flight->ack_tries >= retries_max(vnet, flight->ack_of_syn)) {
        give_up(flight, ERR_TIMEOUT);
        return false;
    }
    flight->ack_tries++;
    flight->ack_at_ns =
        core_now(vnet->core) + retry_after(vnet, flight->ack_of_syn, flight->ack_tries);
    return true;
}

// The connection was cut after the last byte that it might carry.
static void chunk_cut(struct flight *flight, const struct chunk *chunk)
{
    struct end *to = flight->to;

    if (chunk->cut_after)
        end_arrive(to, CHUNK_DATA, chunk->cut_after);
    flight_clear(to);
    flight_clear(to->peer);
    net_show(to, CHUNK_RST, to->sent_seq, NULL, 0);
    net_show(to->peer, CHUNK_RST, to->peer->sent_seq, NULL, 0);
    to->cut = to->peer->cut = true;
    end_post(to, DUE_DATA);
    end_post(to->peer, DUE_DATA);
}

// The head of the line has its time. Returns false when nothing further is to be done now.
static bool chunk_due(struct flight *flight)
{
    struct vnet *vnet = end_vnet(flight->to);
    struct chunk *head = &flight->chunks[flight->first];
    struct chunk arrived = *head;

    if (arrived.kind == CHUNK_ARP) {
        if (net_resolve(flight->to->peer)) {
            chunk_drop(flight);
            end_transmit(flight->to->peer, CHUNK_SYN, 0);
        } else if (++head->tries == ARP_TRIES)
            give_up(flight, ERR_UNREACHABLE);
        else
            head->at_ns += vnet->options.arp_timeout_ns / ARP_TRIES;
        return false;
    }
    if (arrived.lost) {
        if (arrived.tries >= retries_max(vnet, of_handshake(arrived.kind))) {
            give_up(flight, ERR_TIMEOUT);
            return false;
        }
        head->tries++;
        chunk_show(flight, head);
        chunk_try(flight, head);
        return true;
    }
    if (arrived.cut && !(arrived.slice && arrived.slice < arrived.cut_after)) {
        chunk_cut(flight, &arrived);
        return false;
    }
    if (arrived.slice && arrived.slice < arrived.length) {
        head->length -= arrived.slice;
        head->cut_after -= arrived.cut ? arrived.slice : 0;
        head->at_ns = core_now(vnet->core) + arrived.gap_ns;
        end_arrive(flight->to, CHUNK_DATA, arrived.slice);
        ack_expect(flight, CHUNK_DATA);
        return false;
    }
    chunk_drop(flight);
    end_arrive(flight->to, arrived.kind, arrived.length);
    ack_expect(flight, arrived.kind);
    // A piece of its own for the holder, even if the next one arrives at the same instant.
    return arrived.slice == 0;
}

static void on_timer(struct timer *timer, void *user)
{
    struct flight *flight = user;
    sim_time_ns now_ns = core_now(end_vnet(flight->to)->core);

    (void)timer;
    if (flight->ack_missing && flight->ack_at_ns <= now_ns && !ack_retry(flight))
        return;
    while (flight->count && flight->chunks[flight->first].at_ns <= now_ns && chunk_due(flight))
        ;
    flight_arm(flight);
}

void flight_release(struct vnet *vnet)
{
    struct flight *next;

    for (struct flight *flight = vnet->flights; flight; flight = next) {
        next = flight->next;
        for (uint32_t i = 0; i < flight->count; i++) {
            struct chunk *chunk = &flight->chunks[flight->first + i];

            if (chunk->held)
                chunk_try(flight, chunk);
        }
        flight_arm(flight);
    }
}
