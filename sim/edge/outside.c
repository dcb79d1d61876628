// SPDX-License-Identifier: Apache-2.0
// Doors: each is a service of a device and the real socket that stands for it. What goes through
// them is carried by outside_bridge.c (streams) and here (packets).
#include "sim/edge/outside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/edge/outside_bridge.h"
#include "sim/edge/outside_guest.h"
#include "sim/edge/outside_map.h"
#include "sim/edge/outside_shared.h"
#include "sim/edge/sockets.h"

#define DOORS_TABLE_FIRST 1024

struct door {
    struct outside *outside;
    struct door *at_next;   // Of the same place in the table by address ...
    struct door *host_next; // ... and by host.
    struct host *host;      // Compared only: it may be gone.
    struct outside_row row;
    char *device;
    int map_error; // There is no real address for it.
    struct listener *listener;
    struct udp *udp;
    bool shared; // Its clients come by a listener of all doors.
    bool silent;
    bool orphan; // Given up by a device without power: its socket stays, silent, until power is
                 // back.
};

struct outside {
    struct core *core;
    struct vnet *vnet;
    struct outside_options options;
    struct door **doors; // In the order they were first seen.
    size_t door_count;
    size_t door_room;
    struct door **by_at;
    struct door **by_host;
    size_t table_room; // A power of two.
    struct bridges bridges;
    struct guests guests;
    struct shared shared; // Used when the options say so.
    size_t open;
    size_t problems; // Doors that could not be opened; `problem` tells of the first.
    struct str problem;
    size_t problem_length; // Of the first alone.
};

// ---- The table of doors ------------------------------------------------------------------------

static size_t hash_bytes(const void *data, size_t length, size_t hash)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((const uint8_t *)data)[i]) * 1099511628211u; // FNV-1a.
    return hash ^ hash >> 32;
}

static size_t place_of_at(const struct outside *outside, enum vnet_proto proto,
                          const struct address *at)
{
    uint16_t port_proto[2] = {at->port, (uint16_t)proto};

    return hash_bytes(at->ip, at->family == 4 ? 4 : 16,
                      hash_bytes(port_proto, sizeof(port_proto), 14695981039346656037u)) &
           (outside->table_room - 1);
}

static size_t place_of_host(const struct outside *outside, const struct host *host)
{
    return hash_bytes(&host, sizeof(host), 14695981039346656037u) & (outside->table_room - 1);
}

static void door_link(struct outside *outside, struct door *door)
{
    struct door **at = &outside->by_at[place_of_at(outside, door->row.proto, &door->row.at)];
    struct door **host = &outside->by_host[place_of_host(outside, door->host)];

    door->at_next = *at;
    *at = door;
    door->host_next = *host;
    *host = door;
}

static void table_grow(struct outside *outside)
{
    free(outside->by_at);
    free(outside->by_host);
    outside->table_room = outside->table_room ? outside->table_room * 2 : DOORS_TABLE_FIRST;
    outside->by_at = mem_new(outside->table_room, sizeof(*outside->by_at));
    outside->by_host = mem_new(outside->table_room, sizeof(*outside->by_host));
    for (size_t i = 0; i < outside->door_count; i++)
        door_link(outside, outside->doors[i]);
}

static struct door *door_find(const struct outside *outside, enum vnet_proto proto,
                              const struct address *at)
{
    struct door *door = outside->by_at[place_of_at(outside, proto, at)];

    while (door && (door->row.proto != proto || door->row.at.port != at->port ||
                    !address_same_ip(&door->row.at, at)))
        door = door->at_next;
    return door;
}

static void door_unlink_host(struct outside *outside, struct door *door)
{
    struct door **link = &outside->by_host[place_of_host(outside, door->host)];

    while (*link != door)
        link = &(*link)->host_next;
    *link = door->host_next;
}

// The door of a service: the one it had before, so that its real port stays the same, or a new one.
static struct door *door_get(struct outside *outside, struct host *host, enum vnet_proto proto,
                             const struct address *at)
{
    struct door *door = door_find(outside, proto, at);

    if (door) {
        door_unlink_host(outside, door);
        door->host = host;
        door->host_next = outside->by_host[place_of_host(outside, host)];
        outside->by_host[place_of_host(outside, host)] = door;
    } else {
        if (outside->door_count == OUTSIDE_DOORS_MAX)
            return NULL;
        if (outside->door_count == outside->table_room)
            table_grow(outside);
        MEM_PUSH_ROOM(outside->doors, outside->door_count, outside->door_room);
        door = mem_new(1, sizeof(*door));
        door->outside = outside;
        door->host = host;
        door->row.proto = proto;
        door->row.at = *at;
        door->row.service = outside_service_name(proto, at->port);
        door->map_error = outside_map(&outside->options, outside->door_count, at, &door->row.real);
        outside->doors[outside->door_count++] = door;
        door_link(outside, door);
    }
    free(door->device);
    door->device = str_copy(outside->options.host_name ? outside->options.host_name(host) : "?");
    door->row.device = door->device;
    return door;
}

// ---- Opening and closing doors -----------------------------------------------------------------

static bool is_down(const struct outside *outside, const struct host *host)
{
    return outside->options.host_up && !outside->options.host_up(host);
}

static void on_client(struct listener *listener, struct conn *conn, void *user)
{
    struct door *door = user;

    (void)listener;
    bridges_in(&door->outside->bridges, conn, &door->row.at);
}

// By the shared listener of a port: the address that was asked for tells the door.
static void on_shared_client(struct listener *listener, struct conn *conn, void *user)
{
    struct outside *outside = user;
    struct address at = conn->local;
    struct door *door;

    (void)listener;
    at.port -= outside->options.port_offset;
    door = door_find(outside, VNET_TCP, &at);
    if (door && door->row.open && !is_down(outside, door->host))
        bridges_in(&outside->bridges, conn, &door->row.at);
    else
        conn_reset(conn);
}

static void on_packet_in(struct udp *udp, const struct address *from, const struct address *to,
                         const uint8_t *data, size_t length, void *user)
{
    struct door *door = user;

    (void)udp;
    (void)to;
    vnet_send_from(door->outside->bridges.gate, from, &door->row.at, data, length);
}

// Which device has the real address already; NULL: none of ours.
static const char *taken_by(const struct outside *outside, const struct door *door)
{
    for (size_t i = 0; i < outside->door_count; i++) {
        const struct outside_row *row = &outside->doors[i]->row;

        if (row->open && row->proto == door->row.proto && row->real.port == door->row.real.port &&
            address_same_ip(&row->real, &door->row.real))
            return row->device;
    }
    return NULL;
}

// The first problem is an error of its own in the log, those of the other doors are mostly the
// same.
static void note_problem(struct outside *outside, const struct door *door)
{
    struct str text = {0};

    outside_explain(&outside->options, &door->row, taken_by(outside, door), &text);
    if (outside->problems++ == 0) {
        log_error(door->row.device, "%s", str_text(&text));
        str_adds(&outside->problem, str_text(&text));
        outside->problem_length = outside->problem.length;
    } else {
        log_info(door->row.device, "%s", str_text(&text));
        outside->problem.length = outside->problem_length;
        str_addf(&outside->problem, " (and %zu more)", outside->problems - 1);
    }
    str_done(&text);
}

static void door_set_silent(struct door *door, bool silent)
{
    if (door->listener)
        edge_listener_set_silent(door->listener, silent);
    if (door->udp)
        edge_udp_set_silent(door->udp, silent);
    if (door->shared && door->silent != silent)
        shared_set_silent(&door->outside->shared, &door->row.real, silent);
    door->silent = silent;
}

static void close_door(struct door *door)
{
    if (door->shared) {
        door_set_silent(door, false);
        shared_close(&door->outside->shared, &door->row.real);
    }
    host_unlisten(&door->listener);
    udp_close(&door->udp);
    door->row.open = false;
    door->orphan = false;
    door->outside->open--;
}

static int open_door(struct outside *outside, struct door *door)
{
    const struct address *real = &door->row.real;

    door->shared = outside->options.shared && door->row.proto == VNET_TCP && real->family == 4;
    if (door->map_error)
        return door->map_error;
    if (door->shared)
        return shared_open(&outside->shared, real);
    if (door->row.proto == VNET_TCP)
        return host_listen(outside->bridges.sockets, real, on_client, door, &door->listener);
    return host_udp_open(outside->bridges.sockets, real, on_packet_in, door, &door->udp);
}

static void on_listen(struct host *host, enum vnet_proto proto, const struct address *at,
                      void *user)
{
    struct outside *outside = user;
    struct door *door = door_get(outside, host, proto, at);
    int error;

    if (!door) {
        log_error("outside", "more than %d services: this one stays closed", OUTSIDE_DOORS_MAX);
        return;
    }
    if (door->orphan)
        close_door(door);
    assert(!door->row.open);
    error = open_door(outside, door);
    door->row.error = error;
    if (error) {
        note_problem(outside, door);
        return;
    }
    door->row.open = true;
    outside->open++;
    if (is_down(outside, host))
        door_set_silent(door, true);
}

static void on_unlisten(struct host *host, enum vnet_proto proto, const struct address *at,
                        void *user)
{
    struct outside *outside = user;
    struct door *door = door_find(outside, proto, at);

    if (!door || !door->row.open)
        return;
    // A closed socket would answer for a device that cannot.
    if (is_down(outside, host))
        door->orphan = true;
    else
        close_door(door);
}

static void on_up(struct host *host, bool up, void *user)
{
    struct outside *outside = user;
    struct door *door = outside->by_host[place_of_host(outside, host)];

    for (; door; door = door->host_next) {
        if (door->host != host)
            continue;
        if (up && door->orphan)
            close_door(door);
        else
            door_set_silent(door, !up);
    }
}

static const struct vnet_watch outside_watch = {
    .on_listen = on_listen,
    .on_unlisten = on_unlisten,
    .on_up = on_up,
};

// ---- From devices to the outside ---------------------------------------------------------------

static void on_connect_out(struct conn *conn, void *user)
{
    struct outside *outside = user;

    if (outside->options.outward)
        bridges_out(&outside->bridges, conn);
    else
        vnet_conn_refuse(conn, ERR_UNREACHABLE);
}

// A packet leaves through the door of the service that sent it, so that its answer finds back; one
// that no service sent leaves as a guest.
static void on_packet_out(const struct address *from, const struct address *to, const uint8_t *data,
                          size_t length, void *user)
{
    struct outside *outside = user;
    struct door *door = door_find(outside, VNET_UDP, from);

    if (door && door->udp)
        udp_send(door->udp, to, data, length);
    else if (outside->options.outward)
        guests_send(&outside->guests, from, to, data, length);
}

static const struct vnet_outward outside_outward = {
    .on_connect = on_connect_out,
    .on_packet = on_packet_out,
};

// ---- The gateway -------------------------------------------------------------------------------

int outside_new(struct core *core, struct vnet *vnet, struct host *gate,
                const struct outside_options *options, struct outside **ret)
{
    struct edge_host_options callers = {.hold = true, .hold_ns = OUTSIDE_ANSWER_NS};
    struct outside *outside;

    if (options->mode > OUTSIDE_PORTS || (options->shared && options->mode != OUTSIDE_ANYIP))
        return ERR_RANGE;
    outside = mem_new(1, sizeof(*outside));
    outside->core = core;
    outside->vnet = vnet;
    outside->bridges.gate = gate;
    outside->options = *options;
    if (outside->options.at.family == 0)
        outside->options.at = (struct address){.family = 4, .ip = {127, 0, 0, 1}};
    if (outside->options.port_base == 0)
        outside->options.port_base = OUTSIDE_PORT_BASE;
    outside->bridges.sockets = edge_host_new(core, NULL);
    outside->bridges.callers = edge_host_new(core, &callers);
    outside->guests.gate = gate;
    outside->guests.sockets = outside->bridges.sockets;
    if (options->shared)
        shared_init(&outside->shared, core, outside->bridges.sockets, on_shared_client, outside);
    table_grow(outside);
    vnet_set_outward(gate, &outside_outward, outside);
    vnet_set_watch(vnet, &outside_watch, outside);
    *ret = outside;
    return 0;
}

void outside_free(struct outside **base)
{
    struct outside *outside = *base;

    if (!outside)
        return;
    vnet_set_watch(outside->vnet, NULL, NULL);
    vnet_set_outward(outside->bridges.gate, NULL, NULL);
    bridges_reset(&outside->bridges);
    guests_close(&outside->guests);
    edge_host_free(&outside->bridges.sockets);
    edge_host_free(&outside->bridges.callers);
    shared_done(&outside->shared);
    for (size_t i = 0; i < outside->door_count; i++) {
        free(outside->doors[i]->device);
        free(outside->doors[i]);
    }
    free(outside->doors);
    free(outside->by_at);
    free(outside->by_host);
    str_done(&outside->problem);
    free(outside);
    *base = NULL;
}

const char *outside_problem(const struct outside *outside)
{
    return outside->problems > 0 ? str_text(&outside->problem) : NULL;
}

bool outside_get(const struct outside *outside, size_t index, struct outside_row *ret)
{
    if (index >= outside->door_count)
        return false;
    *ret = outside->doors[index]->row;
    return true;
}

struct outside_stats outside_stats(const struct outside *outside)
{
    struct edge_host_stats sockets = edge_host_stats(outside->bridges.sockets);

    return (struct outside_stats){.open = outside->open,
                                  .clients = outside->bridges.count,
                                  .accepted = sockets.accepted,
                                  .postponed = sockets.postponed};
}
