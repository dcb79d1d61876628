// SPDX-License-Identifier: Apache-2.0
// The bench's end of the control socket of a second testbay that plays a board: what is a hand, the
// weather or the supply there is pressed, faulted and advanced from here. Wire verbs never come
// this way.
#ifndef BENCH_CONTROL_LINK_H
#define BENCH_CONTROL_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "sim/core/core.h"
#include "sim/scenario/role.h"

struct control_link;
struct json;

#define CONTROL_LINK_OPS_MAX 4096 // Waiting and under way on one socket.

// For the socket at `path` (copied); does not connect yet. `core` is borrowed and outlives it.
// Never NULL. Freeing it forgets ops under way: they are not ended.
struct control_link *control_link_new(struct core *core, const char *path);
void control_link_free(struct control_link **link);
const char *control_link_path(const struct control_link *link);

// Asks for GET /state. `fn` comes later, once: *state is borrowed unless it sets it to NULL; NULL
// with an error (ERR_REFUSED while nobody listens).
typedef void control_link_state_fn(void *user, int err, struct json **state);
void control_link_get_state(struct control_link *link, control_link_state_fn *fn, void *user);

// Each ends the op with what the other side says of it. `device` is the entry of the served site.
void control_link_verb(struct control_link *link, const char *device, struct op *op);
void control_link_table(struct control_link *link, const char *device, const char *table,
                        struct op *op);
// `left` and `right` are entries of the served site.
void control_link_fault(struct control_link *link, const struct stage_fault *fault,
                        const char *const *left, const char *const *right, struct op *op);
void control_link_clear(struct control_link *link, const char *id, struct op *op);

// Forgets an op under way; it is not ended. Harmless for an op that is not this link's.
void control_link_cancel(struct control_link *link, const struct op *op);

// Moves the other clock by `by_ns`; `fn` tells when it has arrived, or the error.
typedef void control_link_advanced_fn(void *user, int err);
void control_link_advance(struct control_link *link, sim_time_ns by_ns,
                          control_link_advanced_fn *fn, void *user);

#endif
