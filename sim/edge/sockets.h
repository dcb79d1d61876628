// SPDX-License-Identifier: Apache-2.0
// A host of port.h made of the host computer's own sockets: TCP and UDP over IPv4 and IPv6,
// non-blocking, bounded. The bench connects to boards through it, the gateway (outside.h) opens the
// virtual network with it, tests are their own clients with it.
//
// Each descriptor is read once per turn and conn, 64 KiB at most; each listener accepts 4 at most.
// Accepting stops near the limit of descriptors (RLIMIT_NOFILE - 64) and goes on when some are
// free.
#ifndef SIM_EDGE_SOCKETS_H
#define SIM_EDGE_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/vnet/port.h"

struct core;

#define EDGE_READ_BYTES 65536    // Read from one conn in one turn.
#define EDGE_ACCEPTS_PER_TURN 4  // Of one listener; a conn costs as much as a dozen reads.
#define EDGE_PACKETS_PER_TURN 16 // Of one udp port.
#define EDGE_FD_RESERVE 64       // Descriptors left to the rest of the process.

struct edge_host_options {
    struct address bind; // Where conns come from (port ignored); family 0 lets the kernel choose.
    // The jump clock waits while a connection is being made, and after each send until something
    // comes back, but no longer than `hold_ns` of host time (0: 1 s) each time.
    bool hold;
    int64_t hold_ns;
};

// `core` is borrowed and outlives it; `options` may be NULL. Never NULL.
struct host *edge_host_new(struct core *core, const struct edge_host_options *options);

// Resets every conn, closes every listener and udp port; no callback follows, and pointers to them
// dangle. NULLs the pointer; accepts NULL.
void edge_host_free(struct host **host);

// Where a listener or udp port of an edge host really is, for one that was opened on port 0 (which
// an edge host allows, unlike the virtual network).
struct address edge_listener_address(const struct listener *listener);
struct address edge_udp_address(const struct udp *udp);

// Makes a listener or udp port drop whatever comes, as if its cable were cut, and undoes it. What
// the kernel had already accepted waits.
void edge_listener_set_silent(struct listener *listener, bool silent);
void edge_udp_set_silent(struct udp *udp, bool silent);

struct edge_host_stats {
    size_t conns;
    uint64_t accepted;
    uint64_t postponed; // Times accepting stopped for want of descriptors.
};
struct edge_host_stats edge_host_stats(const struct host *host);

#endif
