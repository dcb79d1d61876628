// SPDX-License-Identifier: Apache-2.0
// Who may be reached behind a listener that many devices share: a packet filter of this process's
// own (nftables, through libnftables), so that a service that is switched off answers RST and a
// device without supply answers nothing, as if each had sockets of its own. IPv4 and TCP. The
// kernel takes the filter away with the process, however that ends.
#ifndef SIM_EDGE_OUTSIDE_GUARD_H
#define SIM_EDGE_OUTSIDE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/address.h"

struct core;
struct guard;

// A filter that stops nothing yet. Returns 0, or ERR_UNSUPPORTED
// (no rights in this network namespace, or a kernel without nftables). The caller frees it.
int guard_new(struct core *core, struct guard **ret);
void guard_free(struct guard **guard); // Accepts NULL; the filter goes with it.

// From now on nobody comes in to the TCP port `port` but where guard_set_open() says so. Returns 0
// or ERR_UNSUPPORTED.
int guard_add_port(struct guard *guard, uint16_t port);

// From the next turn on new connections to `at` come in, or are refused with RST. What is closed
// was open.
void guard_set_open(struct guard *guard, const struct address *at, bool open);

// From the next turn on whatever comes to `at` is dropped, until it is undone. Once each.
void guard_set_silent(struct guard *guard, const struct address *at, bool silent);

#endif
