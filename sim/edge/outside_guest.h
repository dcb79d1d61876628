// SPDX-License-Identifier: Apache-2.0
// Packets of devices that no service of theirs sends: a time client, a trap, a syslog line, each
// from a port drawn for it. Each such port gets a real socket of its own for a while, so that the
// answer finds back. For the gateway (outside.c).
#ifndef SIM_EDGE_OUTSIDE_GUEST_H
#define SIM_EDGE_OUTSIDE_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/vnet/port.h"

#define GUESTS_MAX 64 // Beyond that the oldest gives its socket up.

struct guests;

struct guest {
    struct guests *guests;
    struct address from; // As the network knows it.
    struct udp *udp;     // NULL: free.
};

struct guests {
    struct host *gate;    // Where answers come into the virtual network; borrowed.
    struct host *sockets; // The host's own sockets; borrowed.
    struct guest rows[GUESTS_MAX];
    size_t next; // The next one to be used, or used again.
};

// Sends one packet of the device at `from` to the real address `to`, best effort.
void guests_send(struct guests *guests, const struct address *from, const struct address *to,
                 const uint8_t *data, size_t length);

void guests_close(struct guests *guests);

#endif
