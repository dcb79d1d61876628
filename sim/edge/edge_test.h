// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: a world on the real clock and devices that listen. Every
// process has addresses of its own (127.a.b.x), so that tests run side by side on any port.
#ifndef SIM_EDGE_EDGE_TEST_H
#define SIM_EDGE_EDGE_TEST_H

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/outside.h"
#include "sim/edge/socket_address.h"
#include "sim/vnet/fault.h"
#include "sim/vnet/net.h"

#define EDGE_TEST_WAIT_NS (10 * SIM_NS_PER_S)
#define EDGE_TEST_BYTES_MAX (4u << 20)

struct edge_world {
    struct core *core;
    struct faults *faults;
    struct vnet *vnet;
    struct segment *lan;
    struct host *gate;
    struct outside *outside;
};

// A device's end of its latest conn.
struct edge_device {
    struct host *host;
    struct listener *listener;
    struct conn *conn;
    bool echo;
    bool pause; // Takes nothing.
    uint8_t *data;
    size_t length;
    size_t left; // Bytes that are still to be sent; they count up from `sent`.
    size_t sent;
    bool close_when_sent;
    unsigned accepted;
    int reason; // 1 until it ended.
};

static inline void edge_test_no_log(void *user, enum log_level level, const char *line)
{
    (void)user;
    (void)level;
    (void)line;
}

// "10" or "127", then two numbers of this process, then `last`.
static inline struct address edge_test_address(unsigned first, unsigned last, uint16_t port)
{
    unsigned id = (unsigned)getpid();

    return (struct address){
        .family = 4,
        .ip = {(uint8_t)first, (uint8_t)(64 + (id >> 8) % 128), (uint8_t)id, (uint8_t)last},
        .port = port};
}

static inline struct core *edge_test_core(enum clock_mode mode)
{
    struct core_options options = {.mode = mode, .speed = 1, .seed = 3};

    log_set_sink(edge_test_no_log, NULL);
    return core_new(&options);
}

static inline struct edge_world edge_world_new(void)
{
    struct edge_world world = {.core = edge_test_core(CLOCK_REAL)};

    world.faults = faults_new(core_timers(world.core), 3);
    world.vnet = vnet_new(world.core, world.faults, NULL);
    world.lan = vnet_segment_new(world.vnet, "lan");
    world.gate = vnet_host_new_outside(world.vnet, "outside");
    ck_assert_int_eq(vnet_host_add_address(world.gate, world.lan, NULL), 0);
    return world;
}

static inline void edge_world_open(struct edge_world *world, struct outside_options options)
{
    options.host_name = vnet_host_name;
    options.host_up = vnet_host_up;
    ck_assert_int_eq(outside_new(world->core, world->vnet, world->gate, &options, &world->outside),
                     0);
}

static inline void edge_world_free(struct edge_world *world)
{
    outside_free(&world->outside);
    vnet_free(&world->vnet);
    faults_free(&world->faults);
    core_free(&world->core);
}

static inline bool edge_test_run(struct core *core, bool (*done)(void *user), void *user)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = EDGE_TEST_WAIT_NS, .done = done, .user = user};

    return done(user) || core_run(core, &until) == CORE_DONE;
}

static inline bool edge_test_true(void *user)
{
    (void)user;
    return true;
}

// Gives the loop `turns` turns; one in which nothing happens lasts 1 ms.
static inline void edge_test_turns(struct core *core, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        struct core_until until = {
            .until_ns = SIM_TIME_NEVER, .wall_ns = SIM_NS_PER_MS, .done = edge_test_true};

        core_run(core, &until);
    }
}

// ---- Devices -----------------------------------------------------------------------------------

static inline void edge_device_send(struct edge_device *device)
{
    uint8_t chunk[8192];

    while (device->left > 0) {
        size_t length = device->left < sizeof(chunk) ? device->left : sizeof(chunk);
        size_t taken;

        for (size_t i = 0; i < length; i++)
            chunk[i] = (uint8_t)((device->sent + i) * 7 >> 3);
        taken = conn_send(device->conn, chunk, length);
        device->sent += taken;
        device->left -= taken;
        if (taken < length)
            return;
    }
    if (device->close_when_sent) {
        conn_close(device->conn);
        device->conn = NULL;
    }
}

static inline size_t edge_device_on_data(struct conn *conn, const uint8_t *data, size_t length,
                                         void *user)
{
    struct edge_device *device = user;

    if (device->pause) {
        conn_pause(conn);
        return 0;
    }
    if (device->length + length <= EDGE_TEST_BYTES_MAX) // Beyond that only the number is kept.
        memcpy(device->data + device->length, data, length);
    device->length += length;
    if (device->echo)
        ck_assert_uint_eq(conn_send(conn, data, length), length);
    return length;
}

static inline void edge_device_on_open(struct conn *conn, void *user)
{
    (void)conn;
    ((struct edge_device *)user)->accepted++;
}

static inline void edge_device_on_room(struct conn *conn, void *user)
{
    (void)conn;
    edge_device_send(user);
}

static inline void edge_device_on_end(struct conn *conn, int reason, void *user)
{
    struct edge_device *device = user;

    if (device->conn == conn)
        device->conn = NULL;
    device->reason = reason;
}

static const struct conn_events edge_device_events = {edge_device_on_open, edge_device_on_data,
                                                      edge_device_on_room, edge_device_on_end};

static inline void edge_device_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct edge_device *device = user;

    (void)listener;
    device->conn = conn;
    device->accepted++;
    device->reason = 1;
    conn_set_events(conn, &edge_device_events, device);
}

// A device at 10.a.b.`last` that listens on `port` (0: not yet) and echoes.
static inline struct edge_device *edge_device_at(struct edge_world *world, const char *name,
                                                 struct address at)
{
    struct edge_device *device = mem_new(1, sizeof(*device));

    device->host = vnet_host_new(world->vnet, name);
    device->echo = true;
    device->reason = 1;
    device->data = mem_new(1, EDGE_TEST_BYTES_MAX);
    ck_assert_int_eq(vnet_host_add_address(device->host, world->lan, &at), 0);
    if (at.port)
        ck_assert_int_eq(
            host_listen(device->host, &at, edge_device_accept, device, &device->listener), 0);
    return device;
}

static inline struct edge_device *edge_device_new(struct edge_world *world, const char *name,
                                                  unsigned last, uint16_t port)
{
    return edge_device_at(world, name, edge_test_address(10, last, port));
}

static inline void edge_device_free(struct edge_device *device)
{
    free(device->data);
    free(device);
}

static inline bool edge_device_ended(void *user)
{
    return ((struct edge_device *)user)->reason != 1;
}

static inline bool edge_device_accepted(void *user)
{
    return ((struct edge_device *)user)->accepted > 0;
}

#endif
