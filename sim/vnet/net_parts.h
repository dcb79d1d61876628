// SPDX-License-Identifier: Apache-2.0
// What the files of the network share and nobody else sees: places, services and packets. The ends
// of streams are in net_end.h.
#ifndef SIM_VNET_NET_PARTS_H
#define SIM_VNET_NET_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

// What every host of the network can do.
extern const struct host_ops vhost_ops;

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

// The capture's view of a packet.
void net_show_packet(struct vnet *vnet, const struct nic *from, const struct nic *to,
                     const struct address *source, const struct address *target, const void *data,
                     size_t length);

#endif
