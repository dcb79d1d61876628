// SPDX-License-Identifier: Apache-2.0
// A holder of a conn that writes down what it hears, for tests.
#ifndef TESTS_SUPPORT_NET_PEER_H
#define TESTS_SUPPORT_NET_PEER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/core/core.h"
#include "sim/vnet/port.h"

// One holder of a conn. `story` gets a word for each callback: "open", "data:5", "room",
// "end:RESET".
struct net_peer {
    struct conn *conn;
    struct core *core;
    char story[2048];
    uint8_t data[200000];
    size_t length;
    size_t take_max; // Bytes taken at a time; 0: all.
    bool leave;      // Takes nothing.
    bool pause;      // Takes nothing and pauses.
    bool echo;       // Sends back what comes.
    bool close_on_data;
    sim_time_ns ended_ns;
    sim_time_ns opened_ns;
    sim_time_ns data_ns; // Of the last bytes.
    int reason;          // 1 until on_end.
    unsigned inside;     // Callbacks that are running now ...
    unsigned inside_max; // ... and the most there ever were.
};

static inline void net_tell(struct net_peer *peer, const char *word)
{
    size_t length = strlen(peer->story);

    snprintf(peer->story + length, sizeof(peer->story) - length, "%s%s", length ? " " : "", word);
}

static inline void net_on_open(struct conn *conn, void *user)
{
    struct net_peer *peer = user;

    ck_assert_ptr_eq(conn, peer->conn);
    peer->opened_ns = core_now(peer->core);
    net_tell(peer, "open");
}

static inline size_t net_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct net_peer *peer = user;
    char word[32];

    ck_assert_ptr_eq(conn, peer->conn);
    ck_assert_uint_gt(length, 0);
    if (++peer->inside > peer->inside_max)
        peer->inside_max = peer->inside;
    snprintf(word, sizeof(word), "data:%zu", length);
    net_tell(peer, word);
    peer->data_ns = core_now(peer->core);
    if (peer->take_max && length > peer->take_max)
        length = peer->take_max;
    if (peer->pause)
        conn_pause(conn);
    if (peer->pause || peer->leave)
        length = 0;
    ck_assert_uint_le(peer->length + length, sizeof(peer->data));
    memcpy(peer->data + peer->length, data, length);
    peer->length += length;
    if (peer->echo)
        ck_assert_uint_eq(conn_send(conn, data, length), length);
    if (peer->close_on_data) {
        conn_close(conn);
        peer->conn = NULL;
    }
    peer->inside--;
    return length;
}

static inline void net_on_room(struct conn *conn, void *user)
{
    struct net_peer *peer = user;

    ck_assert_ptr_eq(conn, peer->conn);
    net_tell(peer, "room");
}

static inline void net_on_end(struct conn *conn, int reason, void *user)
{
    struct net_peer *peer = user;
    char word[32];

    ck_assert_ptr_eq(conn, peer->conn);
    snprintf(word, sizeof(word), "end:%s", reason ? err_name(reason) : "0");
    net_tell(peer, word);
    peer->conn = NULL;
    peer->reason = reason;
    peer->ended_ns = core_now(peer->core);
}

static const struct conn_events net_events = {net_on_open, net_on_data, net_on_room, net_on_end};

static inline struct net_peer *net_peer_new(struct core *core)
{
    struct net_peer *peer = calloc(1, sizeof(*peer));

    peer->core = core;
    peer->reason = 1;
    return peer;
}

// A listener_fn: `user` is the net_peer that gets the conn.
static inline void net_accept_into(struct listener *listener, struct conn *conn, void *user)
{
    struct net_peer *peer = user;

    (void)listener;
    net_tell(peer, "accept");
    peer->conn = conn;
    conn_set_events(conn, &net_events, peer);
}

#endif
