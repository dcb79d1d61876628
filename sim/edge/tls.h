// SPDX-License-Identifier: Apache-2.0
// TLS for the conns of this process, by OpenSSL (sim/vnet/tls_service.h says what it does).
#ifndef SIM_EDGE_TLS_H
#define SIM_EDGE_TLS_H

#include <stdbool.h>
#include <stdint.h>

struct core;
struct tls;

// `core` gives the work of a turn; borrowed. Contexts are shared by connections with equal options.
// Never NULL.
struct tls *edge_tls_new(struct core *core);
void edge_tls_free(struct tls **tls); // What its conns stood on (the world's wires) is gone before.

// From here on OpenSSL's randomness follows from `seed` alone, for the whole process: for a run on
// the jump clock, before its first key is made. NULL gives the real one back.
void edge_tls_seed(const uint64_t *seed);

#endif
