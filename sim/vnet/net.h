// SPDX-License-Identifier: Apache-2.0
// The virtual network of a world: Ethernet segments, hosts with addresses on them, byte streams and
// packets between them. A host is what port.h calls one; devices see port.h alone, this header is
// for who builds a world and breaks it (fault.h); outside_service.h is how it meets the host.
//
// A stream behaves as TCP does where a program can tell: RST where nobody listens, three seconds of
// ARP and then "unreachable" where nobody is, a bounded window, retransmission, half-open conns.
// Two hosts on one segment reach each other. A host on two segments has two separated ports: it
// forwards nothing. Not modelled: ARP and ICMP as frames, congestion control, Nagle, path MTU,
// half-closed streams.
#ifndef SIM_VNET_NET_H
#define SIM_VNET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/core/timer.h"
#include "sim/vnet/port.h"

struct capture;
struct core;
struct fault_anchor;
struct faults;
struct segment;
struct vnet;

#define VNET_LISTENERS_MAX 64     // A host.
#define VNET_UDP_PORTS_MAX 64     // A host.
#define VNET_UDP_GROUPS_MAX 8     // A udp port.
#define VNET_UDP_PACKETS_MAX 1024 // Under way to one host; what comes beyond is dropped.
#define VNET_HOST_CONNS_MAX 32768
#define VNET_UDP_BYTES_MAX 65507
#define VNET_RETRIES_MAX 100

// What stands in for the TCP of the hosts. A zero means the default, which is Linux's.
struct vnet_options {
    sim_time_ns arp_timeout_ns; // Until a host that is not there counts as unreachable: 3 s.
    sim_time_ns rto_ns;         // First retransmission time-out, doubling up to 120 s: 200 ms.
    unsigned retries;     // Retransmissions before a conn dies (15: 924.6 s after the first loss).
    unsigned syn_retries; // Of an attempt to connect, from 1 s doubling (6: 127 s).
};

// A network without segments. `core` and `faults` are borrowed and outlive it; `options` may be
// NULL.
struct vnet *vnet_new(struct core *core, struct faults *faults, const struct vnet_options *options);

// Takes the network down with every host, conn and port; no callback follows.
void vnet_free(struct vnet **vnet);

// Whether chunks and packets go to core_event() as ("wire", "<host's name>:<port>" of the sender,
// bytes). Starts on. A stream that turns to TLS is left out from its first TLS record on.
void vnet_set_events(struct vnet *vnet, bool on);

// Records every segment, present and future, from now on; NULL stops. `capture` is borrowed.
void vnet_set_capture(struct vnet *vnet, struct capture *capture);

struct vnet_stats {
    size_t hosts;
    size_t conns;          // Pairs of ends that stand or are being made.
    size_t conns_impaired; // Directions that a fault has touched and that still hold state for it.
    uint64_t conns_made;   // Since the start.
    uint64_t packets;      // Datagrams delivered ...
    uint64_t packets_lost; // ... and not: nobody there, queue full, loss, partition.
};
struct vnet_stats vnet_stats(const struct vnet *vnet);

// ---- Segments -------------------------------------------------------------------------

// One Ethernet. `name` is copied and names it in captures. Freed with the network.
struct segment *vnet_segment_new(struct vnet *vnet, const char *name);
struct segment *vnet_segment_find(const struct vnet *vnet,
                                  const char *name); // NULL: no such segment.
const char *vnet_segment_name(const struct segment *segment);
struct fault_anchor *vnet_segment_anchor(struct segment *segment);

// ---- Hosts ----------------------------------------------------------------------------

// A host without a port, powered. `name` is copied; it stands in events and logs.
struct host *vnet_host_new(struct vnet *vnet, const char *name);

// The place where the outside comes in: as vnet_host_new(), but watchers are not told of its
// listeners, and it may do what outside_service.h says.
struct host *vnet_host_new_outside(struct vnet *vnet, const char *name);

// Takes the host off the network: its conns vanish without a word to the peers or to their holders,
// its listeners and udp ports are closed. NULLs the pointer; accepts NULL.
void vnet_host_free(struct host **host);

// Plugs the host into `segment`, if it is not there yet, and gives it `address` (the port is
// ignored; family 0 or NULL: none, as before DHCP). May be called again for more addresses. Returns
// 0, ERR_EXISTS (another host of the segment has it) or ERR_RANGE (no unicast address).
int vnet_host_add_address(struct host *host, struct segment *segment,
                          const struct address *address);

// Takes an address away: its conns vanish as in vnet_host_free(). Returns 0 or ERR_NOT_FOUND.
int vnet_host_remove_address(struct host *host, const struct address *address);

// Address number `index` (from 0) of the host, with the segment it is on; false past the last.
bool vnet_host_address(const struct host *host, size_t index, struct address *ret_address,
                       struct segment **ret_segment);

// The host of a segment that has this IP, or NULL.
struct host *vnet_host_find(const struct segment *segment, const struct address *address);
const char *vnet_host_name(const struct host *host);
struct fault_anchor *vnet_host_anchor(struct host *host);

// Power. A host that is down hears nothing and answers nothing, not even RST; what its holders
// send, close or reset meanwhile never leaves. A power cut is therefore: down, then the device
// drops its conns. Once up again it answers RST on conns that it dropped while it was down. Starts
// up.
void vnet_host_set_up(struct host *host, bool up);
bool vnet_host_up(const struct host *host);

// The cable of one port: as set_up, for one segment. Returns 0 or ERR_NOT_FOUND.
int vnet_host_set_link(struct host *host, struct segment *segment, bool plugged);

#endif
