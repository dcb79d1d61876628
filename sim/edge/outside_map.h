// SPDX-License-Identifier: Apache-2.0
// Which real address stands for a service, and what to tell a user whose host does not allow it.
// For the gateway (outside.c).
#ifndef SIM_EDGE_OUTSIDE_MAP_H
#define SIM_EDGE_OUTSIDE_MAP_H

#include <stddef.h>

#include "sim/edge/outside.h"

struct str;

// The real address of service number `index` at `at`. Returns 0, ERR_UNSUPPORTED (IPv6 in loopback
// mode) or ERR_RANGE (no port left).
int outside_map(const struct outside_options *options, size_t index, const struct address *at,
                struct address *ret);

// "modbus" for TCP 502 and so on (IANA service names); "tcp" or "udp" otherwise. Static.
const char *outside_service_name(enum vnet_proto proto, uint16_t port);

// Appends why `row` could not be opened and what helps; `taken_by` is the device whose service has
// the address already, or NULL.
void outside_explain(const struct outside_options *options, const struct outside_row *row,
                     const char *taken_by, struct str *text);

#endif
