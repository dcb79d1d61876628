// SPDX-License-Identifier: Apache-2.0
// The control socket of a running testbay: HTTP over a Unix socket of mode 0600, for the same user
// and root only (SO_PEERCRED). It carries requests to the owner and answers back, now or later;
// what the paths mean is the owner's business. One request at a time per client; a bound on
// everything. Not modelled: TLS, chunked requests (411), HTTP/2.
#ifndef SIM_EDGE_CONTROL_H
#define SIM_EDGE_CONTROL_H

#include <stddef.h>
#include <stdint.h>

struct control;
struct control_reply;
struct core;

#define CONTROL_CLIENTS_MAX 32
#define CONTROL_BODY_BYTES_MAX (1024 * 1024)
#define CONTROL_HEADER_BYTES_MAX 4096
#define CONTROL_PATIENCE_NS 20000000000 // For a request to come in whole, or an answer to be read.

// A whole request came. `method` is "GET", "POST", "PUT" or "DELETE"; `path` has its query
// ("/read?device=q1&point=x"), not decoded; `body` (`length` bytes and a NUL behind) is empty where
// none came. All borrowed for the call. Answer `reply` once, in the call or later, with
// control_reply_json().
typedef void control_request_fn(void *user, const char *method, const char *path, const char *body,
                                size_t length, struct control_reply *reply);

// Listens at `path` (copied; at most 107 bytes). A socket file on which nobody answers is replaced.
// Returns 0, ERR_EXISTS (another testbay answers there, or it is no socket), ERR_TOO_LONG or
// -errno. `core` is borrowed.
int control_new(struct core *core, const char *path, control_request_fn *fn, void *user,
                struct control **ret);

// Ends at once: replies that are still owed become void (answering them stays allowed until this
// returns, not after), the socket file is removed. NULLs the pointer; accepts NULL. Not from
// control_request_fn.
void control_free(struct control **control);

// Changes CONTROL_PATIENCE_NS, in ns of host time, above 0.
void control_set_patience(struct control *control, int64_t patience_ns);

// Answers: `status` 200 to 599, `text` a JSON document (copied). The client may have gone: then
// nothing happens. `reply` is gone afterwards.
void control_reply_json(struct control_reply *reply, unsigned status, const char *text);

// One value of a query, decoded ("device" of "/read?device=q1"): the caller frees it. NULL when
// absent.
char *control_query_get(const char *path, const char *name);

#endif
