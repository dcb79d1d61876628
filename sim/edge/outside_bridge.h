// SPDX-License-Identifier: Apache-2.0
// A bridge is a real stream and a virtual one back to back. Bytes cross it where they were read;
// none are kept here. For the gateway (outside.c).
#ifndef SIM_EDGE_OUTSIDE_BRIDGE_H
#define SIM_EDGE_OUTSIDE_BRIDGE_H

#include <stddef.h>

#include "sim/vnet/port.h"

struct bridge;

struct bridges {
    struct host *gate;    // Where real clients come into the virtual network; borrowed.
    struct host *sockets; // The host's own sockets; borrowed.
    struct host *callers; // For devices that dial out: an advance of the clock awaits answers.
    struct bridge *first;
    size_t count;
};

// A real client has come (`real` is taken); the service at `to` learns of it.
void bridges_in(struct bridges *bridges, struct conn *real, const struct address *to);

// A device dials out: `inner` (taken) waits for its answer. The real conn is made first, and its
// fate is the answer.
void bridges_out(struct bridges *bridges, struct conn *inner);

// Resets both ends of every bridge.
void bridges_reset(struct bridges *bridges);

#endif
