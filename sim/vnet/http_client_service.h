// SPDX-License-Identifier: Apache-2.0
// An HTTPS client as a browser is one: a session with its cookies and its connection, over the
// virtual network or over the sockets of this machine. sim/edge implements it with libcurl, whose
// TLS nobody here wrote; scenario verbs and bench drivers use it.
#ifndef SIM_VNET_HTTP_CLIENT_SERVICE_H
#define SIM_VNET_HTTP_CLIENT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/vnet/http_service.h"
#include "sim/vnet/port.h"
#include "sim/vnet/tls_service.h"

struct core;
struct http_client;
struct http_session;
struct http_call;

// Where a session goes. Everything is copied.
struct http_target {
    struct host *host; // A place in the virtual network; NULL: this machine's own sockets.
    struct address at;
    const char *name; // Host header, SNI and the name its certificate must carry.
    bool tls;
    const char *trust_pem; // The authorities; NULL: any certificate will do (a browser told to go
                           // on), its fingerprint is reported.
};

struct http_answer {
    int err;              // 0, or ERR_REFUSED, ERR_RESET, ERR_TIMEOUT, ERR_UNREACHABLE, ERR_CLOSED,
                          // ERR_TOO_LONG, ERR_MALFORMED: no answer came.
    bool handshake;       // err < 0: the connection stood, and TLS could not be agreed on.
    const char *why;      // A sentence when err < 0.
    int status;           // 200
    const char *location; // Of a redirect, path and query only when it stays on the host; or NULL.
    const char *type;     // Content-Type, or "".
    const char *body;     // NUL after it.
    size_t length;
    const char *tls;         // "TLSv1.2", or NULL when it was not TLS.
    const char *suite;       // As RFC names it, or NULL.
    const char *fingerprint; // SHA-256 of the server's certificate, or NULL.
    const struct http_header *headers;
    size_t headers_count;
};

// `answer` is borrowed for the call.
typedef void http_done_fn(struct http_call *call, const struct http_answer *answer, void *user);

struct http_client *http_client_new(struct core *core);
void http_client_free(struct http_client **client);

// A browser context: its cookies, its connection. Redirects are not followed.
struct http_session *http_session_new(struct http_client *client, const struct http_target *target);
void http_session_free(struct http_session **session); // Gives up its calls, without callback.
// A session of its own to where `like` goes, which offers TLS of that version and every suite, weak
// ones too: what does a server agree to? Certificates are not judged. For a target with TLS.
struct http_session *http_session_probe(const struct http_session *like, enum tls_version only);
// The cookie of that name as the server set it, or NULL. For headers that repeat it; never logged.
const char *http_session_cookie(const struct http_session *session, const char *name);

struct http_call_options {
    const char *method;
    const char *path; // With query.
    const struct http_header *headers;
    size_t headers_count;
    const void *body; // Copied.
    size_t body_length;
    size_t answer_bytes_max;
};

// Begins a call; `done` tells how it went, never before this returns. A request other than GET and
// HEAD goes out once: it is not repeated when its connection turns out to be dead. A session has
// one call at a time. Returns 0, or ERR_FULL while one is under way.
int http_session_call(struct http_session *session, const struct http_call_options *options,
                      http_done_fn *done, void *user, struct http_call **ret);
void http_call_cancel(struct http_call **call); // No callback follows.

#endif
