// SPDX-License-Identifier: Apache-2.0
// A conn of port.h over a connected socket. For the files of this room.
//
// One wake reads once and offers the bytes where they were read; a send writes at once. Only what
// the other side cannot take is copied, into two queues of CONN_WINDOW_BYTES. Reading stops while
// the one is full, conn_send() takes less while the other is.
#ifndef SIM_EDGE_SOCKET_CONN_H
#define SIM_EDGE_SOCKET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/vnet/port.h"

struct core;
struct socket_conn;

#define SOCKET_CLOSE_SECONDS_MAX 10 // For a peer to read what was sent before a close.

// What the conns of one host share.
struct socket_conns {
    struct core *core;
    struct socket_conn *first;
    size_t count;
    int64_t hold_ns; // 0: never hold the clock.
    uint8_t *buffer; // EDGE_READ_BYTES, for everybody.
};

enum socket_stage {
    SOCKET_STANDS,     // Accepted.
    SOCKET_CONNECTING, // connect() is under way; on_open or on_end will tell.
    SOCKET_CONNECTED,  // connect() was done at once; on_open comes from the turn all the same.
};

// Wraps `fd` (taken; non-blocking). Never NULL.
struct conn *socket_conn_new(struct socket_conns *conns, int fd, enum socket_stage stage);

// The connect() of a new conn failed at once: on_end tells so from the turn. `error` is a positive
// errno.
void socket_conn_fail(struct conn *conn, int error);

// Resets all conns without a callback.
void socket_conns_reset(struct socket_conns *conns);

#endif
