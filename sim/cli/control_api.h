// SPDX-License-Identifier: Apache-2.0
// What the control socket of a served world understands: look at it, press, cut, fault, read,
// advance. The paths are listed in the manual of `serve`; the other end is bench/control_link.h.
#ifndef SIM_CLI_CONTROL_API_H
#define SIM_CLI_CONTROL_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/role.h"

struct control_api;
struct outside;
struct world;

struct control_api_options {
    struct stage *stage;      // sim_stage with every entry bound; borrowed.
    struct world *world;      // Behind it.
    struct outside *outside;  // The real services, or NULL.
    const char *const *lines; // Names and pty paths in turn, `lines_count` pairs; borrowed.
    size_t lines_count;
    const char *socket; // Path.
};

// Opens the socket. Returns 0 or as control_new().
int control_api_new(const struct control_api_options *options, struct control_api **ret);
void control_api_free(struct control_api **api);

// The clock cannot be moved inside a callback: after core_run() returned CORE_STOPPED the owner
// calls this, which carries out what was asked and answers. Returns false when nothing was asked
// (somebody else stopped the run).
bool control_api_advance(struct control_api *api);

// POST /stop came.
bool control_api_stopping(const struct control_api *api);

#endif
