// SPDX-License-Identifier: Apache-2.0
// One listener a port for all devices, instead of one for each service: for fleets whose services
// outnumber the descriptors of a process. A packet filter (outside_guard.h) keeps what is switched
// off exact; without the rights for one a client of such a service is accepted and reset.
#ifndef SIM_EDGE_OUTSIDE_SHARED_H
#define SIM_EDGE_OUTSIDE_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/vnet/port.h"

struct core;
struct guard;

#define SHARED_PORTS_MAX 16 // Different port numbers of a fleet.

struct shared {
    struct core *core;
    struct host *sockets;
    listener_fn *fn; // Gets each conn; its `local` is the address that was asked for.
    void *user;
    struct guard *guard; // NULL: no rights.
    struct listener *listeners[SHARED_PORTS_MAX];
    uint16_t ports[SHARED_PORTS_MAX];
    size_t count;
};

void shared_init(struct shared *shared, struct core *core, struct host *sockets, listener_fn *fn,
                 void *user);
void shared_done(struct shared *shared); // The listeners go with `sockets`.

// A service at `at` (real address and port). Returns 0, ERR_TOO_MANY (port numbers), or as
// host_listen().
int shared_open(struct shared *shared, const struct address *at);
void shared_close(struct shared *shared, const struct address *at);
void shared_set_silent(struct shared *shared, const struct address *at, bool silent);

#endif
