// SPDX-License-Identifier: Apache-2.0
// What the files of the network share and nobody else sees: net.c (segments, hosts, addresses),
// net_conn.c (streams), net_flight.c (what is on its way on an impaired stream), net_udp.c
// (packets), net_frames.c (the capture's view).
#ifndef SIM_VNET_NET_PARTS_H
#define SIM_VNET_NET_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/queue.h"
#include "sim/core/core.h"
#include "sim/vnet/net.h"
#include "sim/vnet/outside_service.h"
#include "sim/vnet/path.h"

struct end;
struct flight;
struct packet;
struct vhost;

// ---- Places ----------------------------------------------------------------------------

// An address on a port of a host.
struct place {
    struct address address;
    struct nic *nic;
    struct place *next; // Of the same port.
};

// A port of a host, on a segment.
struct nic {
    struct vhost *host;
    struct segment *segment;
    struct place *places;
    struct nic *next; // Of the same host.
    struct nic *segment_next;
    struct nic *segment_previous;
    uint32_t number; // Of the network; makes the MAC address.
    bool unplugged;
};

struct segment {
    struct vnet *vnet;
    char *name;
    struct segment *next;
    struct nic *nics; // In the order in which they were plugged in.
    struct nic *nics_last;
    struct nic *outward;  // The way out, or NULL.
    struct place **table; // By address, open addressing; `room` is a power of two.
    size_t count;
    size_t room;
    struct fault_anchor anchor;
    int wire; // In the capture, or -1.
};

struct vlistener {
    struct listener listener; // First.
    struct vhost *host;
    struct vlistener *next;
    struct address at;
    listener_fn *fn;
    void *user;
};

struct vudp {
    struct udp udp; // First.
    struct vhost *host;
    struct vudp *next;
    struct address at;
    bool drawn; // The port was drawn: no service.
    bool gone;
    uint8_t group_count;
    struct address *groups; // Room for VNET_UDP_GROUPS_MAX once one is joined.
    udp_fn *fn;
    void *user;
};

struct vhost {
    struct host host; // First.
    struct vnet *vnet;
    char *name;
    struct vhost *next;
    struct vhost *previous;
    struct nic *nics;
    struct vlistener *listeners;
    struct vudp *udps;
    struct end *ends;
    struct fault_anchor anchor;
    const struct vnet_outward *outward;
    void *outward_user;
    uint32_t end_count;
    uint32_t packets; // Under way to it.
    uint16_t port_drawn;
    bool ports_wrapped;
    bool outside;
    bool down;
};

// Oldest first.
struct packet_list {
    struct packet *first;
    struct packet *last;
};

struct vnet {
    struct core *core;
    struct faults *faults;
    struct vnet_options options;
    struct capture *capture;
    struct segment *segments;
    struct vhost *hosts; // In the order in which they were made.
    struct vhost *hosts_last;
    const struct vnet_watch *watch;
    void *watch_user;
    uint32_t generation; // Of everything that decides a path; from 1.
    uint32_t nic_numbers;
    bool events;
    bool busy; // In a holder's callback: bytes are handed on later, not from inside it.
    struct flight *flights;
    struct pair *ended; // Waiting for the end of the turn.
    struct vudp *udps_gone;
    struct core_work reap;
    struct packet_list packets_under_way;
    struct packet_list packets_due; // Arrive in this turn.
    struct core_work arrivals;
    struct vnet_stats stats;
};

// The port of `host` and the far one that lead to `to`: its owner, or the way out. Returns 0,
// ERR_UNREACHABLE (no port with an address of that family), or ERR_TIMEOUT: nobody has it, *ret_far
// is NULL.
int net_route(struct vhost *host, const struct address *to, struct nic **ret_near,
              struct nic **ret_far);

struct place *segment_lookup(const struct segment *segment, const struct address *address);
bool host_has(const struct vhost *host, const struct address *address);

// The first address of that family on a port, or family 0.
struct address nic_address(const struct nic *nic, uint8_t family);

// Powered and plugged in.
static inline bool nic_on(const struct nic *nic)
{
    return nic && !nic->unplugged && !nic->host->down;
}

// A port number no conn or udp port of the host is using towards `to`; 0 when all are.
uint16_t host_draw_port(struct vhost *host, const struct address *to, bool udp);

// Tells the watcher of a service on every address it is bound to.
void watch_service(struct vhost *host, enum vnet_proto proto, const struct address *at, bool open);

// What was there is no longer so: every path is looked up anew before its next use.
static inline void net_changed(struct vnet *vnet)
{
    vnet->generation++;
}

// Logs ("wire", "<name>:<port>", bytes).
void net_event(struct vnet *vnet, const struct vhost *host, uint16_t port, const void *data,
               size_t length);

// ---- Streams ---------------------------------------------------------------------------

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

struct end {
    struct conn conn; // First.
    struct end *peer;
    struct nic *nic;  // NULL: its host has vanished, or never was.
    struct end *next; // Of the same host.
    struct end *previous;
    struct queue inbox; // What arrived and was not taken, then what is still under way.
    struct core_work work;
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
    bool ack_due : 1;   // The capture still has to show an acknowledgement.
};

struct pair {
    struct end ends[2]; // The opener, the listener.
    struct vnet *vnet;
    struct pair *next; // Among the ended.
    bool is_ended;
    bool opaque; // TLS: not in the event log.
};

static inline struct pair *end_pair(struct end *end)
{
    return (struct pair *)(void *)(end->opener ? end : end->peer);
}

static inline struct vnet *end_vnet(struct end *end)
{
    return end_pair(end)->vnet;
}

extern const struct host_ops vhost_ops;

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

// Nothing lies between this end and its peer, and nothing is under way.
bool end_clear(struct end *end);

// A SYN came: answers it. Then the two things that are due afterwards.
void net_ask(struct end *end);
void net_accept(struct end *end);
void net_ask_outward(struct end *end);

// Looks again for who has the address that an end connects to.
bool net_resolve(struct end *opener);
uint32_t end_first_seq(const struct end *end);

// The path from an end to its peer, as things are now; NULL: clear.
struct path *end_path(struct end *end);

// What an instant fault does, and what the end of a hold sets free.
void net_on_fault(struct fault *fault, bool added, void *user);

// ---- Impaired streams ------------------------------------------------------------------

#define FLIGHT_CHUNKS_MAX                                                                          \
    4096 // Sends under way in one direction; conn_send() takes nothing beyond.

bool flight_busy(const struct end *to);
bool flight_full(const struct end *to);
void flight_add(struct end *to, enum chunk_kind kind, size_t length);

// Forgets what is under way to `to`, and with flight_free() that there ever was anything.
void flight_clear(struct end *to);
void flight_free(struct end *to);
void flight_release(struct vnet *vnet);

// ---- Packets ---------------------------------------------------------------------------

int net_udp_open(struct host *host, const struct address *at, udp_fn *fn, void *user,
                 struct udp **ret);
int net_udp_join(struct udp *udp, const struct address *group);
int net_udp_send(struct udp *udp, const struct address *to, const void *data, size_t length);
void net_udp_close(struct udp *udp);
void net_arrivals(void *vnet);
void net_release_packets(struct vnet *vnet);

// Drops every packet from and to a host that goes, or all of them (NULL).
void net_drop_packets(struct vnet *vnet, const struct vhost *host);
void net_reap_udps(struct vnet *vnet);

// ---- The capture's view ----------------------------------------------------------------

// Shows one transmission of `end`; DATA are given for CHUNK_DATA and begin at `seq`.
void net_show(struct end *end, enum chunk_kind kind, uint32_t seq, const void *data, size_t length);
void net_show_packet(struct vnet *vnet, const struct nic *from, const struct nic *to,
                     const struct address *source, const struct address *target, const void *data,
                     size_t length);

#endif
