// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/1.1 request as a device's server takes it (RFC 9112), strictly: what is not
// plainly well-formed is refused before anybody else sees it. For web_server.c.
#ifndef SIM_EDGE_WEB_HEAD_H
#define SIM_EDGE_WEB_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/vnet/http_service.h"

#define WEB_HEAD_BYTES_MAX 4096
#define WEB_HEADERS_MAX 10 // Those that http_service.h names.

struct web_head {
    const char *method; // Static.
    const char *path;   // Decoded; in `text`, as all below.
    const char *query;
    struct http_header headers[WEB_HEADERS_MAX];
    size_t headers_count;
    size_t body_length;
    bool close; // The client wants the connection closed after the answer.
    bool old;   // HTTP/1.0.
    bool wants_continue;
    bool wants_websocket; // Connection: Upgrade and Upgrade: websocket.
    const char *key;      // Sec-WebSocket-Key, -Version, -Protocol; NULL when not given.
    const char *version;
    const char *protocols;
    char text[WEB_HEAD_BYTES_MAX + 1];
};

// What is refused, and with which status: 400 malformed, 405 method, 411 chunked, 413 body too
// large, 417 expectation, 431 head too long, 505 version. `why` is static.
struct web_refusal {
    int status;
    const char *why;
};

struct web_head_bounds {
    size_t head_bytes_max; // At most WEB_HEAD_BYTES_MAX.
    size_t body_bytes_max;
};

// Reads the head that begins at `data`. Returns 0 with *ret_used the bytes it takes; ERR_TRUNCATED
// when more must come; else ERR_MALFORMED with *ret_refusal. Pure.
int web_head_read(const uint8_t *data, size_t length, const struct web_head_bounds *bounds,
                  struct web_head *ret, size_t *ret_used, struct web_refusal *ret_refusal);

// Decodes the percent escapes of `path` in place. Returns 0, or ERR_MALFORMED for a bad escape, a
// control character, what is not UTF-8, an empty segment within, and "." or ".." as one.
int web_path_decode(char *path);

// Whether `list` ("a, b") has `token`, whatever its case.
bool web_list_has(const char *list, const char *token);

#endif
