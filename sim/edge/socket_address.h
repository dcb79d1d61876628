// SPDX-License-Identifier: Apache-2.0
// Between struct address and the kernel's sockaddr, and the kernel's errno and ours. For the files
// of this room.
#ifndef SIM_EDGE_SOCKET_ADDRESS_H
#define SIM_EDGE_SOCKET_ADDRESS_H

#include <sys/socket.h>

#include "sim/base/address.h"

// Writes `address` (family 4 or 6) into *ret and returns its length.
socklen_t socket_address_put(const struct address *address, struct sockaddr_storage *ret);

// Reads it back; an IPv4 address mapped into IPv6 (RFC 4291 2.5.5.2) becomes IPv4. Family 0 when it
// is neither.
struct address socket_address_get(const struct sockaddr_storage *from);

// Where the socket `fd` is bound.
struct address socket_address_of(int fd);

// What a conn or a connect is told: `error` is a positive errno; never 0.
int socket_error(int error);

#endif
