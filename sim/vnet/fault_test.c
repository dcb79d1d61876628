// SPDX-License-Identifier: Apache-2.0
// The registry's manners.
#include "sim/vnet/fault.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/vnet/path.h"
#include "tests/support/net_world.h"

static int add(struct net_world *world, const char *id, enum fault_id kind, double value,
               struct fault_anchor *left)
{
    double values[FAULT_PARAMS_MAX] = {value};
    struct fault_place place = {&left, left ? 1 : 0, NULL, 0};

    return fault_add(world->faults, id, &fault_kinds[kind], values, &place);
}

START_TEST(what_makes_no_sense_is_refused)
{
    struct net_world world = net_world_new();
    struct fault_anchor *left = vnet_host_anchor(world.left);

    ck_assert_int_eq(add(&world, "a", FAULT_LOSS, 1.5, left), ERR_RANGE);
    ck_assert_int_eq(add(&world, "a", FAULT_LOSS, 0.5, NULL), ERR_RANGE);
    ck_assert_int_eq(add(&world, "a", FAULT_NOISE, 0.5, left), ERR_TYPE);
    ck_assert_int_eq(add(&world, "a", FAULT_LOSS, 0.5, left), 0);
    ck_assert_int_eq(add(&world, "a", FAULT_LOSS, 0.5, left), ERR_EXISTS);
    ck_assert_int_eq(fault_clear(world.faults, "b"), ERR_NOT_FOUND);
    ck_assert_int_eq(fault_clear(world.faults, "a"), 0);
    ck_assert_ptr_null(fault_next(world.faults, NULL));
    net_world_free(&world);
}
END_TEST

// Of the closed list the registry takes what acts on links and lines; the rest is other rooms'.
START_TEST(only_kinds_of_wires_are_taken)
{
    struct net_world world = net_world_new();
    struct fault_anchor *left = vnet_host_anchor(world.left);

    for (int i = 0; i < FAULT_KINDS; i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        double value = kind->params[0].least > 1 ? kind->params[0].least : 1;
        int expected = kind->where & FAULT_LINK   ? 0
                       : kind->where & FAULT_LINE ? ERR_TYPE
                                                  : ERR_UNSUPPORTED;

        ck_assert_int_eq(add(&world, kind->name, (enum fault_id)i, value, left), expected);
    }
    net_world_free(&world);
}
END_TEST

START_TEST(what_is_on_can_be_listed)
{
    struct net_world world = net_world_new();
    const struct fault *fault;

    ck_assert_int_eq(add(&world, "a", FAULT_HOLD, 0, vnet_host_anchor(world.left)), 0);
    ck_assert_int_eq(add(&world, "b", FAULT_LOSS, 1, vnet_host_anchor(world.right)), 0);
    fault = fault_next(world.faults, NULL);
    ck_assert_str_eq(fault_name(fault), "a");
    ck_assert_str_eq(fault_kind_of(fault)->name, "hold");
    fault = fault_next(world.faults, fault);
    ck_assert_str_eq(fault_name(fault), "b");
    ck_assert_ptr_null(fault_next(world.faults, fault));
    net_world_free(&world);
}
END_TEST

START_TEST(a_place_that_goes_leaves_its_faults)
{
    struct net_world world = net_world_new();
    struct path_step steps[PATH_FAULTS_MAX];
    struct fault_anchor *right = vnet_host_anchor(world.right);

    net_fault(&world, "p", FAULT_PARTITION, 0, -1, vnet_host_anchor(world.left), right);
    ck_assert_int_eq(add(&world, "l", FAULT_LOSS, 1, vnet_host_anchor(world.left)), 0);
    vnet_host_free(&world.left);
    ck_assert_uint_eq(path_find(right, right, vnet_segment_anchor(world.lan), steps), 0);
    fault_clear_all(world.faults);
    net_world_free(&world);
}
END_TEST

START_TEST(directions_are_told_apart_from_either_end)
{
    struct net_world world = net_world_new();
    struct fault_anchor *left = vnet_host_anchor(world.left);
    struct fault_anchor *right = vnet_host_anchor(world.right);
    struct fault_anchor *lan = vnet_segment_anchor(world.lan);
    struct path_step steps[PATH_FAULTS_MAX];

    net_fault(&world, "a", FAULT_LATENCY, 1, -1, left, right);
    net_fault(&world, "b", FAULT_LATENCY, 1, -1, right, NULL);
    net_fault(&world, "c", FAULT_LATENCY, 1, -1, left, lan);
    ck_assert_uint_eq(path_find(left, right, lan, steps), 3);
    ck_assert_str_eq(fault_name(steps[0].fault), "a");
    ck_assert(steps[0].forward && !steps[0].backward);
    ck_assert(!steps[1].forward && steps[1].backward);
    ck_assert(steps[2].forward);
    ck_assert_uint_eq(path_find(right, left, lan, steps), 3);
    ck_assert(!steps[0].forward && steps[0].backward);
    ck_assert(steps[1].forward && !steps[1].backward);
    net_world_free(&world);
}
END_TEST

START_TEST(a_fleet_is_torn_apart_member_by_member)
{
    struct net_world world = net_world_new();
    struct host *hosts[200];
    struct address first = net_at("10.1.0.1");
    struct address address;
    struct path_step steps[PATH_FAULTS_MAX];
    char id[32];

    for (uint32_t i = 0; i < 200; i++) {
        hosts[i] = vnet_host_new(world.vnet, "member");
        ck_assert_int_eq(address_add(&first, i, &address), 0);
        ck_assert_int_eq(vnet_host_add_address(hosts[i], world.lan, &address), 0);
        snprintf(id, sizeof(id), "cut.%u", i);
        if (i % 2)
            net_fault(&world, id, FAULT_PARTITION, 0, -1, vnet_host_anchor(hosts[i]),
                      vnet_host_anchor(world.right));
    }
    for (uint32_t i = 0; i < 200; i++)
        ck_assert_uint_eq(path_find(vnet_host_anchor(hosts[i]), vnet_host_anchor(world.right),
                                    vnet_segment_anchor(world.lan), steps),
                          i % 2);
    ck_assert_int_eq(fault_clear(world.faults, "cut.7"), 0);
    ck_assert_uint_eq(path_find(vnet_host_anchor(world.right), vnet_host_anchor(hosts[7]),
                                vnet_segment_anchor(world.lan), steps),
                      0);
    net_world_free(&world);
}
END_TEST

START_TEST(one_fault_does_not_shift_the_draws_of_another)
{
    double heard[2];

    for (int i = 0; i < 2; i++) {
        struct net_pair pair = net_pair_new();

        if (i == 1)
            net_fault(&pair.world, "other", FAULT_LOSS, 0.0, -1, vnet_host_anchor(pair.world.right),
                      NULL);
        net_fault(&pair.world, "slow", FAULT_LATENCY, 1e9, 5e8, vnet_host_anchor(pair.world.left),
                  NULL);
        conn_send(pair.client->conn, "x", 1);
        net_run(&pair.world);
        heard[i] = (double)pair.server->data_ns;
        net_pair_free(&pair);
    }
    ck_assert_double_eq(heard[0], heard[1]);
}
END_TEST

Suite *fault_suite(void)
{
    const TTest *const tests[] = {
        what_makes_no_sense_is_refused,
        only_kinds_of_wires_are_taken,
        what_is_on_can_be_listed,
        a_place_that_goes_leaves_its_faults,
        directions_are_told_apart_from_either_end,
        a_fleet_is_torn_apart_member_by_member,
        one_fault_does_not_shift_the_draws_of_another,
    };
    Suite *suite = suite_create("fault");
    TCase *tcase = tcase_create("fault");

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
