// SPDX-License-Identifier: Apache-2.0
// A small network on the jump clock, for tests.
#ifndef TESTS_SUPPORT_NET_WORLD_H
#define TESTS_SUPPORT_NET_WORLD_H

#include <check.h>
#include <stdlib.h>

#include "sim/core/core.h"
#include "sim/vnet/fault.h"
#include "sim/vnet/net.h"
#include "tests/support/net_peer.h"

struct net_world {
    struct core *core;
    struct faults *faults;
    struct vnet *vnet;
    struct segment *lan;
    struct host *left;  // 10.0.0.1
    struct host *right; // 10.0.0.2
};

static inline struct address net_at(const char *text)
{
    struct address address;

    ck_assert_int_eq(address_parse(text, &address), 0);
    return address;
}

static inline struct host *net_host(struct vnet *vnet, struct segment *segment, const char *name,
                                    const char *ip)
{
    struct host *host = vnet_host_new(vnet, name);
    struct address address = net_at(ip);

    ck_assert_int_eq(vnet_host_add_address(host, segment, &address), 0);
    return host;
}

static inline struct net_world net_world_new(void)
{
    struct core_options options = {CLOCK_JUMP, 1, 1768464000000000000, 42};
    struct net_world world;

    world.core = core_new(&options);
    world.faults = faults_new(core_timers(world.core), core_seed(world.core));
    world.vnet = vnet_new(world.core, world.faults, NULL);
    world.lan = vnet_segment_new(world.vnet, "lan");
    world.left = net_host(world.vnet, world.lan, "left", "10.0.0.1");
    world.right = net_host(world.vnet, world.lan, "right", "10.0.0.2");
    return world;
}

static inline void net_world_free(struct net_world *world)
{
    vnet_free(&world->vnet);
    faults_free(&world->faults);
    core_free(&world->core);
}

// Runs what is due now and nothing later.
static inline void net_settle(struct net_world *world)
{
    struct core_until until = {.until_ns = core_now(world->core)};

    core_run(world->core, &until);
}

static inline void net_run_for(struct net_world *world, sim_time_ns ns)
{
    struct core_until until = {.until_ns = core_now(world->core) + ns};

    core_run(world->core, &until);
}

static inline enum core_end net_run(struct net_world *world)
{
    struct core_until until = {.until_ns = SIM_TIME_NEVER};

    return core_run(world->core, &until);
}

static inline struct listener *net_listen_at(struct host *host, const char *at,
                                             struct net_peer *peer)
{
    struct address address = net_at(at);
    struct listener *listener = NULL;

    ck_assert_int_eq(host_listen(host, &address, net_accept_into, peer, &listener), 0);
    return listener;
}

static inline void net_connect_to(struct host *host, const char *to, struct net_peer *peer)
{
    struct address address = net_at(to);

    ck_assert_int_eq(host_connect(host, &address, &net_events, peer, &peer->conn), 0);
}

static inline void net_fault(struct net_world *world, const char *id, enum fault_id kind,
                             double first, double second, struct fault_anchor *left,
                             struct fault_anchor *right)
{
    double values[FAULT_PARAMS_MAX];
    struct fault_place place = {&left, 1, &right, right ? 1 : 0};

    fault_values_init(&fault_kinds[kind], values);
    values[0] = first;
    if (second >= 0)
        values[1] = second;
    ck_assert_int_eq(fault_add(world->faults, id, &fault_kinds[kind], values, &place), 0);
}

// A conn from left to right:502 that stands.
struct net_pair {
    struct net_world world;
    struct net_peer *client;
    struct net_peer *server;
    struct listener *listener;
};

static inline struct net_pair net_pair_new(void)
{
    struct net_pair pair = {.world = net_world_new()};

    pair.client = net_peer_new(pair.world.core);
    pair.server = net_peer_new(pair.world.core);
    pair.listener = net_listen_at(pair.world.right, "10.0.0.2:502", pair.server);
    net_connect_to(pair.world.left, "10.0.0.2:502", pair.client);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "open");
    ck_assert_str_eq(pair.server->story, "accept");
    pair.client->story[0] = pair.server->story[0] = '\0';
    return pair;
}

static inline void net_pair_free(struct net_pair *pair)
{
    net_world_free(&pair->world);
    free(pair->client);
    free(pair->server);
}

#endif
