// SPDX-License-Identifier: Apache-2.0
// What speaks TLS, HTTP and WebSocket in this process, made and freed together. Free it after the
// world whose wires it stands on and before its core.
#ifndef SIM_CLI_SECURE_WIRES_H
#define SIM_CLI_SECURE_WIRES_H

#include <stdbool.h>

struct core;
struct secure_wires;
struct tls;
struct web;

// `seeded`: from here on the randomness of TLS follows from the core's seed, for the whole process
// and until it is freed (a run on the jump clock; one at a time). The core is borrowed. Never NULL.
struct secure_wires *secure_wires_new(struct core *core, bool seeded);
void secure_wires_free(struct secure_wires **wires);

// Borrowed.
struct tls *secure_wires_tls(struct secure_wires *wires);
struct web *secure_wires_web(struct secure_wires *wires);

#endif
