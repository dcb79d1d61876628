// SPDX-License-Identifier: Apache-2.0
// The other end of the control socket (control.h), asynchronous through libcurl: what the bench
// uses to press, cut and advance a second testbay, and the command line to speak to a serving one.
// An outstanding call holds the jump clock (core_hold()); its time limit runs on the host's clock.
#ifndef SIM_EDGE_CONTROL_CLIENT_H
#define SIM_EDGE_CONTROL_CLIENT_H

#include <stddef.h>
#include <stdint.h>

struct control_client;
struct core;

#define CONTROL_CALLS_MAX 64 // Under way at once.
#define CONTROL_ANSWER_BYTES_MAX (16 * 1024 * 1024)

// `error` is 0 and `status` the HTTP status with its `body` (`length` bytes and a NUL behind,
// borrowed); or `error` is ERR_REFUSED (nobody listens), ERR_TIMEOUT, ERR_TOO_LONG or ERR_IO,
// `status` 0 and `body` "".
typedef void control_call_fn(void *user, int error, unsigned status, const char *body,
                             size_t length);

// For the socket at `path` (copied). Does not connect yet. `core` is borrowed. Never NULL.
struct control_client *control_client_new(struct core *core, const char *path);

// Cancels what is under way: its callbacks come with ERR_CANCELLED before this returns. NULLs the
// pointer.
void control_client_free(struct control_client **client);

// Sends one request: `json` (copied) is the body, NULL for none. `fn` comes later, exactly once,
// never from within this call. `timeout_ns` is host time. Returns 0 or ERR_TOO_MANY (then `fn` does
// not come).
int control_call(struct control_client *client, const char *method, const char *path,
                 const char *json, int64_t timeout_ns, control_call_fn *fn, void *user);

#endif
