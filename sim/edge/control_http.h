// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/1.1 request as the control socket takes it (RFC 9112), strictly: what is not
// plainly well-formed is refused. For control.c.
#ifndef SIM_EDGE_CONTROL_HTTP_H
#define SIM_EDGE_CONTROL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control_head {
    const char *method; // "GET", "POST", "PUT" or "DELETE"; static.
    const char *path;   // Borrowed from the bytes, `path_length` of them, visible ASCII.
    size_t path_length;
    size_t body_length; // Content-Length, at most CONTROL_BODY_BYTES_MAX; 0 without one.
    bool close;         // The client wants the connection closed after the answer.
    bool wants_continue;
};

// Reads the head that begins at `data`. Returns 0 with *ret_used the bytes it takes; ERR_TRUNCATED
// when more must come; else the request is refused with *ret_status: 400 malformed, 405 method, 411
// chunked, 413 body too large, 417 expectation, 431 head longer than CONTROL_HEADER_BYTES_MAX, 505
// version. Pure.
int control_http_read(const uint8_t *data, size_t length, struct control_head *ret,
                      size_t *ret_used, unsigned *ret_status);

// "Not Found" of 404; "Status" for one that is not known. Static.
const char *control_http_reason(unsigned status);

#endif
