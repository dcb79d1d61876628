// SPDX-License-Identifier: Apache-2.0
// What happens to the one end of a bridge happens to the other: bytes, room, end, reset. A side
// that takes less than it is offered pauses the other side, which then stops reading.
#include "sim/edge/outside_bridge.h"

#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/outside_service.h"

struct bridge {
    struct bridges *bridges;
    struct bridge *next;
    struct bridge *previous;
    struct conn *real;
    struct conn *inner;
};

static struct bridge *bridge_new(struct bridges *bridges)
{
    struct bridge *bridge = mem_new(1, sizeof(*bridge));

    bridge->bridges = bridges;
    bridge->next = bridges->first;
    if (bridge->next)
        bridge->next->previous = bridge;
    bridges->first = bridge;
    bridges->count++;
    return bridge;
}

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

// One end has ended: the other end is told in the same manner.
static void bridge_end(struct bridge *bridge, struct conn *other, int reason)
{
    if (reason == 0)
        conn_close(other);
    else
        conn_reset(other);
    bridge_free(bridge);
}

// Hands bytes from one end of a bridge to the other; what does not fit waits where it is.
static size_t carry(struct conn *from, struct conn *to, const uint8_t *data, size_t length)
{
    size_t taken = conn_send(to, data, length);

    if (taken < length)
        conn_pause(from);
    return taken;
}

static size_t real_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct bridge *bridge = user;

    return carry(conn, bridge->inner, data, length);
}

static void real_on_room(struct conn *conn, void *user)
{
    struct bridge *bridge = user;

    (void)conn;
    conn_resume(bridge->inner);
}

static void real_on_end(struct conn *conn, int reason, void *user)
{
    struct bridge *bridge = user;

    (void)conn;
    bridge_end(bridge, bridge->inner, reason);
}

static void real_on_open(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static size_t inner_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct bridge *bridge = user;

    return carry(conn, bridge->real, data, length);
}

static void inner_on_open(struct conn *conn, void *user)
{
    struct bridge *bridge = user;

    (void)conn;
    conn_resume(bridge->real);
}

static void inner_on_room(struct conn *conn, void *user)
{
    struct bridge *bridge = user;

    (void)conn;
    conn_resume(bridge->real);
}

static void inner_on_end(struct conn *conn, int reason, void *user)
{
    struct bridge *bridge = user;

    (void)conn;
    bridge_end(bridge, bridge->real, reason);
}

// A real client has come; the device learns of it.
static const struct conn_events real_events = {
    .on_open = real_on_open,
    .on_data = real_on_data,
    .on_room = real_on_room,
    .on_end = real_on_end,
};
static const struct conn_events inner_events = {
    .on_open = inner_on_open,
    .on_data = inner_on_data,
    .on_room = inner_on_room,
    .on_end = inner_on_end,
};

void bridges_in(struct bridges *bridges, struct conn *real, const struct address *to)
{
    struct bridge *bridge = bridge_new(bridges);

    bridge->real = real;
    conn_set_events(real, &real_events, bridge);
    if (vnet_connect_from(bridges->gate, &real->remote, to, &inner_events, bridge, &bridge->inner) <
        0) {
        conn_reset(real);
        bridge_free(bridge);
        return;
    }
    vnet_conn_set_direct(bridge->inner);
}

// A device dials out: the real conn is made first, and its fate is the answer.
static void out_real_on_open(struct conn *conn, void *user)
{
    struct bridge *bridge = user;

    conn_set_events(conn, &real_events, bridge);
    vnet_conn_accept(bridge->inner);
}

static void out_real_on_end(struct conn *conn, int reason, void *user)
{
    struct bridge *bridge = user;

    (void)conn;
    vnet_conn_refuse(bridge->inner, reason ? reason : ERR_REFUSED);
    bridge_free(bridge);
}

static const struct conn_events out_real_events = {
    .on_open = out_real_on_open,
    .on_data = real_on_data,
    .on_room = real_on_room,
    .on_end = out_real_on_end,
};

void bridges_out(struct bridges *bridges, struct conn *inner)
{
    struct bridge *bridge = bridge_new(bridges);

    bridge->inner = inner;
    conn_set_events(inner, &inner_events, bridge);
    vnet_conn_set_direct(inner);
    if (host_connect(bridges->sockets, &inner->local, &out_real_events, bridge, &bridge->real) == 0)
        return;
    vnet_conn_refuse(inner, ERR_UNREACHABLE);
    bridge_free(bridge);
}

void bridges_reset(struct bridges *bridges)
{
    while (bridges->first) {
        conn_reset(bridges->first->real);
        conn_reset(bridges->first->inner);
        bridge_free(bridges->first);
    }
}
