// SPDX-License-Identifier: Apache-2.0
// How a real and a virtual conn come together; from then on they are a splice.
#include "sim/edge/outside_bridge.h"

#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/edge/splice.h"
#include "sim/vnet/outside_service.h"

enum { REAL = SPLICE_NEAR, INNER = SPLICE_FAR };

struct bridge {
    struct splice splice; // First: the user of both conns.
    struct bridges *bridges;
    struct bridge *next;
    struct bridge *previous;
};

static void bridge_free(struct bridge *bridge)
{
    if (bridge->previous)
        bridge->previous->next = bridge->next;
    else
        bridge->bridges->first = bridge->next;
    if (bridge->next)
        bridge->next->previous = bridge->previous;
    bridge->bridges->count--;
    free(bridge);
}

static void on_end(struct splice *splice, enum splice_side side, int reason)
{
    (void)side;
    (void)reason;
    bridge_free((struct bridge *)splice);
}

static struct bridge *bridge_new(struct bridges *bridges)
{
    struct bridge *bridge = mem_new(1, sizeof(*bridge));

    bridge->splice.on_end = on_end;
    bridge->bridges = bridges;
    bridge->next = bridges->first;
    if (bridge->next)
        bridge->next->previous = bridge;
    bridges->first = bridge;
    bridges->count++;
    return bridge;
}

void bridges_in(struct bridges *bridges, struct conn *real, const struct address *to)
{
    struct bridge *bridge = bridge_new(bridges);

    bridge->splice.ends[REAL] = real;
    conn_set_events(real, &splice_events[REAL], bridge);
    if (vnet_connect_from(bridges->gate, &real->remote, to, &splice_events[INNER], bridge,
                          &bridge->splice.ends[INNER]) < 0) {
        conn_reset(real);
        bridge_free(bridge);
        return;
    }
    vnet_conn_set_direct(bridge->splice.ends[INNER]);
}

// A device dials out: the real conn is made first, and its fate is the answer.
static void out_real_on_open(struct conn *conn, void *user)
{
    struct bridge *bridge = user;

    conn_set_events(conn, &splice_events[REAL], bridge);
    vnet_conn_accept(bridge->splice.ends[INNER]);
}

static void out_real_on_end(struct conn *conn, int reason, void *user)
{
    struct bridge *bridge = user;

    (void)conn;
    vnet_conn_refuse(bridge->splice.ends[INNER], reason ? reason : ERR_REFUSED);
    bridge_free(bridge);
}

static const struct conn_events out_real_events = {
    .on_open = out_real_on_open,
    .on_data = splice_near_on_data,
    .on_room = splice_near_on_room,
    .on_end = out_real_on_end,
};

void bridges_out(struct bridges *bridges, struct conn *inner)
{
    struct bridge *bridge = bridge_new(bridges);

    bridge->splice.ends[INNER] = inner;
    conn_set_events(inner, &splice_events[INNER], bridge);
    vnet_conn_set_direct(inner);
    if (host_connect(bridges->callers, &inner->local, &out_real_events, bridge,
                     &bridge->splice.ends[REAL]) == 0)
        return;
    vnet_conn_refuse(inner, ERR_UNREACHABLE);
    bridge_free(bridge);
}

void bridges_reset(struct bridges *bridges)
{
    while (bridges->first) {
        conn_reset(bridges->first->splice.ends[REAL]);
        conn_reset(bridges->first->splice.ends[INNER]);
        bridge_free(bridges->first);
    }
}
