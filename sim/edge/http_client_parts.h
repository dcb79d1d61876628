// SPDX-License-Identifier: Apache-2.0
// What the files of the HTTP client share: a session as it is held, and the answer of its call as
// it grows. For http_client*.c.
#ifndef SIM_EDGE_HTTP_CLIENT_PARTS_H
#define SIM_EDGE_HTTP_CLIENT_PARTS_H

#include <curl/curl.h>
#include <stdbool.h>

#include "sim/base/crypto.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/edge/http_client_pipe.h"
#include "sim/vnet/http_client_service.h"

#define HTTP_CLIENT_HEADERS_MAX 64
#define HTTP_CLIENT_HEADER_BYTES_MAX 16384 // Of all headers that are kept.

struct http_client {
    struct core *core;
    struct http_pipes pipes;
    struct http_session *sessions;
};

struct http_session {
    struct http_client *client;
    struct http_session *next;
    struct http_session *previous;
    struct http_target target; // Owns its texts.
    char *origin;              // "https://10.77.0.10:443"
    struct curl_slist *resolve;
    bool probe; // Every suite, `only` and nothing else.
    enum tls_version only;
    int fd;       // Of its newest connection, the library's; -1: none.
    CURLM *multi; // Of its own: connections are not shared with other sessions.
    CURL *easy;
    struct loop_timer *timer;
    struct core_work wake; // The library wants to go on now.
    bool timer_holds;
    struct http_call *call; // Under way, or NULL.
    char *cookie;           // What http_session_cookie() said last.
};

struct http_call {
    struct http_session *session;
    http_done_fn *done;
    void *user;
    bool repeatable; // GET, HEAD.
    size_t answer_bytes_max;
    struct curl_slist *headers;
    char trouble[CURL_ERROR_SIZE];
    // The answer as it grows.
    struct str body;
    bool too_long;
    bool asked;        // The request went out.
    bool asked_again;  // And would have gone out once more.
    int reason;        // Why the conn under it ended, 0: it stands or ended in good order.
    bool ended;        // It ended in good order.
    struct str fields; // Names and values, each with a NUL behind.
    size_t fields_count;
    char tls[16];
    char suite[64];
    char fingerprint[CRYPTO_SHA256_HEX_ROOM]; // "" for none.
};

// Sets the options of a handle that tell of its answer: header, body and TLS callbacks.
void http_answer_watch(struct http_call *call);

// Whether the request may go out now: once, unless it may be repeated.
bool http_answer_may_ask(struct http_call *call);

// Hands the answer to the call's owner. `code` is how the transfer ended. The call's memory stays
// the caller's.
void http_answer_tell(struct http_call *call, CURLcode code);

#endif
