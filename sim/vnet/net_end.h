// SPDX-License-Identifier: Apache-2.0
// The ends of a stream, as the files of the network that make streams see them: net_end.c (their
// being), net_open.c (their beginning), net_conn.c (what they say to each other), net_flight.c
// (what is under way when a fault lies between them) and net_frames.c (what a capture shows).
#ifndef SIM_VNET_NET_END_H
#define SIM_VNET_NET_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/queue.h"
#include "sim/core/core.h"
#include "sim/vnet/net_parts.h"
#include "sim/vnet/path.h"
#include "sim/vnet/port.h"

struct flight;

enum end_state {
    END_NONE,       // The far end before anything reached it.
    END_CONNECTING, // Held; SYN is out.
    END_PENDING,    // Held by the outside, which has not answered yet.
    END_ASKED,      // SYN/ACK is out; nobody holds it.
    END_ACCEPTING,  // The opener stands; the listener is told when its ACK arrives.
    END_OPEN,       // Held.
    END_GONE,       // Nobody holds it any more.
};

enum {
    DUE_ASK = 1,
    DUE_ACCEPT = 2,
    DUE_OPEN = 4,
    DUE_DATA = 8,
    DUE_ROOM = 16,
    DUE_END = 32, // At once; `reason` says why.
};

struct path {
    bool blocked; // A port is down.
    size_t count;
    struct path_step steps[];
};

// What each message needs comes first: a served fleet has thousands of ends, and what does not lie
// in the processor's cache costs more than what is done with it.
struct end {
    struct conn conn; // First.
    struct end *peer;
    struct vnet *vnet;
    struct flight *flight; // What is under way to this end; NULL while nothing ever impaired it.
    struct path *path;     // From this end to its peer; NULL: clear.
    uint32_t generation;   // Of `path`.
    uint32_t waiting;      // Bytes at the tail of the inbox that are still under way.
    uint32_t sent_seq;     // Sequence numbers, for the capture: next to send ...
    uint32_t got_seq;      // ... and next expected.
    int reason;
    uint8_t state;
    uint8_t due;
    bool opener : 1;
    bool ended : 1; // The peer's FIN arrived.
    bool cut : 1;   // Dead once what has arrived was offered.
    bool want_room : 1;
    bool forgotten : 1; // Gone without telling the peer.
    bool offering : 1;  // Its on_data is running.
    bool trim : 1;      // inbox_trim() waits for the end of that.
    bool direct : 1;    // The holder may be called from inside other callbacks.
    bool last : 1;      // Its on_end is running.
    bool ack_due : 1;   // The capture still has to show an acknowledgement.
    struct queue inbox; // What arrived and was not taken, then what is still under way.
    struct nic *nic;    // NULL: its host has vanished, or never was.
    struct end *next;   // Of the same host.
    struct end *previous;
    struct core_work work;
};

struct pair {
    struct end ends[2]; // The opener, the listener.
    struct pair *next;  // Among the ended.
    bool is_ended;
    bool opaque; // TLS: not in the event log.
};

static inline struct pair *end_pair(struct end *end)
{
    return (struct pair *)(void *)(end->opener ? end : end->peer);
}

static inline struct vnet *end_vnet(struct end *end)
{
    return end->vnet;
}

int net_listen(struct host *host, const struct address *at, listener_fn *fn, void *user,
               struct listener **ret);
void net_unlisten(struct listener *listener);
int net_connect(struct host *host, const struct address *to, const struct conn_events *events,
                void *user, struct conn **ret);

enum chunk_kind {
    CHUNK_ARP, // Nobody answers for the address yet.
    CHUNK_SYN,
    CHUNK_SYN_ACK,
    CHUNK_ACK,
    CHUNK_DATA,
    CHUNK_FIN,
    CHUNK_RST,
};

// Sends from an end to its peer: now, or by way of a flight. DATA are already in the peer's inbox.
void end_transmit(struct end *end, enum chunk_kind kind, size_t length);

// It arrived at `end`.
void end_arrive(struct end *end, enum chunk_kind kind, size_t length);

// Ends an end from below: its holder hears of it in this turn; nobody else does.
void end_abort(struct end *end, int reason);

// A host or an address goes: its ends vanish without a word.
void end_vanish(struct end *end);

// Frees what nobody holds any more, for vnet_free() and the end of the turn.
void net_reap_pairs(struct vnet *vnet);

struct pair *pair_new(struct vnet *vnet, struct nic *near, struct nic *far);
void end_plug(struct end *end, struct nic *nic);
void end_unplug(struct end *end);
extern const struct conn_ops end_ops;

// Whether a holder has the conn; nobody has from end_gone() on.
bool end_held(const struct end *end);
void end_gone(struct end *end);

// Asks for a visit later in the turn: end_work() does what is due.
void end_post(struct end *end, unsigned due);
void end_work(void *end);

// A SYN came: answers it. Then the two things that are due afterwards.
void net_ask(struct end *end);
void net_accept(struct end *end);
void net_ask_outward(struct end *end);

// Looks again for who has the address that an end connects to.
bool net_resolve(struct end *opener);
uint32_t end_first_seq(const struct end *end);

// The path from an end to its peer, as things are now; NULL: clear.
void end_path_refresh(struct end *end);
static inline struct path *end_path(struct end *end)
{
    if (end->generation != end->vnet->generation)
        end_path_refresh(end);
    return end->path;
}

// What an instant fault does, and what the end of a hold sets free.
void net_on_fault(struct fault *fault, bool added, void *user);

// ---- Impaired streams ------------------------------------------------------------------

#define FLIGHT_CHUNKS_MAX                                                                          \
    4096 // Sends under way in one direction; conn_send() takes nothing beyond.

bool flight_busy(const struct end *to);
bool flight_full(const struct end *to);

// Nothing lies between this end and its peer, and nothing is under way.
static inline bool end_clear(struct end *end)
{
    return !end_path(end) && !(end->peer->flight && flight_busy(end->peer));
}

void flight_add(struct end *to, enum chunk_kind kind, size_t length);

// Forgets what is under way to `to`, and with flight_free() that there ever was anything.
void flight_clear(struct end *to);

// Drops the bytes that are still under way; while the inbox is being offered, afterwards.
void inbox_trim(struct end *to);
void flight_free(struct end *to);
void flight_release(struct vnet *vnet);

// ---- The capture's view ----------------------------------------------------------------

// Shows one transmission of `end`; DATA are given for CHUNK_DATA and begin at `seq`.
void net_show(struct end *end, enum chunk_kind kind, uint32_t seq, const void *data, size_t length);
#endif
