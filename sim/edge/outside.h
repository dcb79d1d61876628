// SPDX-License-Identifier: Apache-2.0
// The gateway between the virtual network and the host's sockets. Each service that a device offers
// on the virtual network gets a real socket; a real client that connects there becomes a conn of
// the virtual network with the client's own address, and what a device sends to addresses outside
// leaves through here. A service that a device switches off is closed at once: the next client is
// refused. A device without power falls silent: its sockets drop what comes, without RST and
// without ICMP.
//
// Not modelled: a client's SYN is answered by the host's kernel, so a fault that holds up the
// virtual handshake shows as an open connection without an answer. Half-closed streams (net.h) and
// multicast.
#ifndef SIM_EDGE_OUTSIDE_H
#define SIM_EDGE_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/vnet/outside_service.h"

struct core;
struct outside;

#define OUTSIDE_DOORS_MAX 131072             // Services ever seen, open or closed.
#define OUTSIDE_ANSWER_NS INT64_C(250000000) // What an advance of the clock awaits of a peer.
#define OUTSIDE_PORT_BASE 20000              // First port of OUTSIDE_PORTS unless told otherwise.

enum outside_mode {
    OUTSIDE_LOOPBACK, // 10.77.0.10 -> 127.77.0.10; 127.x stays. IPv4 only.
    OUTSIDE_ANYIP,    // The true address; needs `ip route add local NET dev lo`.
    OUTSIDE_PORTS,    // One address, a port of its own for each service.
};

struct outside_options {
    enum outside_mode mode;
    struct address at;    // OUTSIDE_PORTS: the one address; family 0 for 127.0.0.1.
    uint16_t port_base;   // OUTSIDE_PORTS: the first port; 0 for OUTSIDE_PORT_BASE.
    uint16_t port_offset; // Added to every port, so that a user without rights may have port 502.
    // OUTSIDE_ANYIP: one listener a TCP port for all IPv4 services, for fleets that outnumber the
    // descriptors of a process (outside_shared.h).
    bool shared;
    // Let devices connect and send to addresses outside. Without it these are unreachable, but
    // for packets from the port of a service: its answers.
    bool outward;
    // vnet_host_name() and vnet_host_up(), for who builds the world knows them (net.h). NULL: "?",
    // and every host has power when the watch begins.
    const char *(*host_name)(const struct host *host);
    bool (*host_up)(const struct host *host);
};

// Opens the network to the host and keeps watching it. `gate` (vnet_host_new_outside(), plugged
// into the segments that are to be reached) is where clients come in. All are borrowed and
// outlive it. A service that cannot be opened does not stop the others: ask outside_problem().
// Returns 0 or ERR_RANGE (no such mode or address). One a network.
int outside_new(struct core *core, struct vnet *vnet, struct host *gate,
                const struct outside_options *options, struct outside **ret);

// Closes every socket; clients see RST. NULLs the pointer; accepts NULL.
void outside_free(struct outside **outside);

// The first service that could not be opened, as one sentence with the command or option that
// helps; NULL when all could. Borrowed until the next call on `outside`.
const char *outside_problem(const struct outside *outside);

// One service, for a list `service address:port device`.
struct outside_row {
    const char *service; // "modbus", "https"; "tcp" or "udp" where the port has no known name.
    enum vnet_proto proto;
    struct address at;   // As devices see it.
    struct address real; // As the host's clients reach it.
    const char *device;  // Borrowed.
    bool open;           // Closed: the device switched it off, or it could not be opened.
    int error;           // Why it could not be opened; 0 otherwise.
};

// Service number `index` (from 0), in the order of the site; false past the last.
bool outside_get(const struct outside *outside, size_t index, struct outside_row *ret);

struct outside_stats {
    size_t open;        // Sockets that wait for clients.
    size_t clients;     // Streams that stand, in both directions.
    uint64_t accepted;  // Clients since the start.
    uint64_t postponed; // Times accepting stopped because descriptors ran short.
};
struct outside_stats outside_stats(const struct outside *outside);

#endif
