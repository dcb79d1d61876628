// SPDX-License-Identifier: Apache-2.0
// Streams through every kind of fault, on the jump clock.
#include <check.h>
#include <stdlib.h>

#include "tests/support/net_world.h"

#define MS SIM_NS_PER_MS

static void between(struct net_pair *pair, const char *id, enum fault_id kind, double first,
                    double second)
{
    net_fault(&pair->world, id, kind, first, second, vnet_host_anchor(pair->world.left),
              vnet_host_anchor(pair->world.right));
}

START_TEST(latency_delays_each_way_and_keeps_order)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "slow", FAULT_LATENCY, 100 * MS, 50 * MS);
    pair.server->echo = true;
    for (size_t i = 0; i < 50; i++)
        conn_send(pair.client->conn, &"abcdefghij"[i % 10], 1);
    ck_assert_str_eq(pair.server->story, "");
    net_run(&pair.world);
    ck_assert_uint_eq(pair.client->length, 50);
    for (size_t i = 0; i < 50; i++)
        ck_assert_int_eq(pair.client->data[i], "abcdefghij"[i % 10]);
    ck_assert_int_ge(pair.server->data_ns, 50 * MS);
    ck_assert_int_le(pair.server->data_ns, 150 * MS);
    ck_assert_int_le(pair.client->data_ns, 300 * MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_connection_over_latency_takes_a_round_trip)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    between(&pair, "slow", FAULT_LATENCY, 100 * MS, -1);
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    net_run_for(&pair.world, 150 * MS);
    ck_assert_str_eq(other->story, "");
    net_run(&pair.world);
    ck_assert_str_eq(other->story, "open");
    ck_assert_int_eq(other->opened_ns, 200 * MS);
    ck_assert_str_eq(pair.server->story, "accept");
    ck_assert_int_eq(core_now(pair.world.core), 300 * MS);
    other->story[0] = '\0';
    net_connect_to(pair.world.left, "10.0.0.2:999", other);
    net_run(&pair.world);
    ck_assert_str_eq(other->story, "end:REFUSED");
    ck_assert_int_eq(other->ended_ns, 500 * MS);
    net_pair_free(&pair);
    free(other);
}
END_TEST

START_TEST(cleared_latency_leaves_no_trace)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "slow", FAULT_LATENCY, 100 * MS, -1);
    conn_send(pair.client->conn, "one", 3);
    ck_assert_int_eq(fault_clear(pair.world.faults, "slow"), 0);
    conn_send(pair.client->conn, "two", 3); // Stays behind what is under way.
    net_run(&pair.world);
    ck_assert_int_eq(memcmp(pair.server->data, "onetwo", 6), 0);
    ck_assert_int_eq(pair.server->data_ns, 100 * MS);
    conn_send(pair.client->conn, "three", 5);
    ck_assert_uint_eq(pair.server->length, 11);
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns_impaired, 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(loss_delays_a_stream_and_loses_nothing)
{
    struct net_pair pair = net_pair_new();
    static uint8_t bytes[20000];

    between(&pair, "lossy", FAULT_LOSS, 0.3, -1);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 31 >> 2);
    for (size_t i = 0; i < sizeof(bytes); i += 100)
        ck_assert_uint_eq(conn_send(pair.client->conn, bytes + i, 100), 100);
    net_run(&pair.world);
    ck_assert_uint_eq(pair.server->length, sizeof(bytes));
    ck_assert_int_eq(memcmp(pair.server->data, bytes, sizeof(bytes)), 0);
    ck_assert_int_ge(pair.server->data_ns, 200 * MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(total_loss_ends_a_stream_after_its_retransmissions)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "lossy", FAULT_LOSS, 1, -1);
    conn_send(pair.client->conn, "x", 1);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:TIMEOUT");
    ck_assert_int_eq(pair.client->ended_ns, 924600 * MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(retransmissions_are_an_option)
{
    struct net_world world = net_world_new();
    struct vnet_options options = {.retries = 2, .syn_retries = 1, .rto_ns = 100 * MS};
    struct net_peer *client = net_peer_new(world.core);
    struct net_peer *server = net_peer_new(world.core);
    struct vnet *vnet;
    struct segment *lan;
    struct host *left;
    struct host *right;

    vnet_free(&world.vnet);
    world.vnet = vnet = vnet_new(world.core, world.faults, &options);
    lan = vnet_segment_new(vnet, "lan");
    left = net_host(vnet, lan, "left", "10.0.0.1");
    right = net_host(vnet, lan, "right", "10.0.0.2");
    net_listen_at(right, "10.0.0.2:1", server);
    net_connect_to(left, "10.0.0.2:1", client);
    net_settle(&world);
    net_fault(&world, "p", FAULT_PARTITION, 0, -1, vnet_host_anchor(left), NULL);
    conn_send(client->conn, "x", 1);
    net_run(&world);
    ck_assert_int_eq(client->ended_ns, (100 + 200 + 400) * MS);
    net_connect_to(left, "10.0.0.2:1", client);
    net_run(&world);
    ck_assert_int_eq(client->ended_ns, 700 * MS + 3 * SIM_NS_PER_S);
    net_world_free(&world);
    free(client);
    free(server);
}
END_TEST

START_TEST(a_partition_stalls_and_heals_at_the_next_retransmission)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);
    struct net_peer *web = net_peer_new(pair.world.core);

    net_listen_at(pair.world.right, "10.0.0.2:80", web);
    between(&pair, "cut", FAULT_PARTITION, 0, -1);
    conn_send(pair.client->conn, "x", 1);
    net_connect_to(pair.world.left, "10.0.0.2:80", other);
    net_run_for(&pair.world, 1500 * MS);
    ck_assert_str_eq(pair.server->story, "");
    ck_assert_int_eq(fault_clear(pair.world.faults, "cut"), 0);
    net_run(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:1");
    ck_assert_int_eq(pair.server->data_ns, 3000 * MS);
    ck_assert_int_eq(other->opened_ns, 3000 * MS); // 1 s + 2 s.
    net_pair_free(&pair);
    ck_assert_str_eq(web->story, "accept");
    free(other);
    free(web);
}
END_TEST

START_TEST(a_partition_times_new_conns_out_and_kills_what_is_unacknowledged)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    between(&pair, "cut", FAULT_PARTITION, 0, -1);
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    net_run(&pair.world);
    ck_assert_str_eq(other->story, "end:TIMEOUT");
    ck_assert_int_eq(other->ended_ns, 127 * SIM_NS_PER_S);
    // An idle conn lives through it.
    fault_clear_all(pair.world.faults);
    conn_send(pair.client->conn, "x", 1);
    ck_assert_str_eq(pair.server->story, "data:1");
    // Both ends time out by themselves when both have something to say.
    between(&pair, "cut", FAULT_PARTITION, 0, -1);
    conn_send(pair.client->conn, "x", 1);
    net_run_for(&pair.world, SIM_NS_PER_S);
    conn_send(pair.server->conn, "y", 1);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:TIMEOUT");
    ck_assert_str_eq(pair.server->story, "data:1 end:TIMEOUT");
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 0);
    net_pair_free(&pair);
    free(other);
}
END_TEST

START_TEST(a_one_way_partition_lets_bytes_through_but_not_their_acknowledgement)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    net_fault(&pair.world, "cut", FAULT_PARTITION_ONEWAY, 0, -1, vnet_host_anchor(pair.world.right),
              vnet_host_anchor(pair.world.left));
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    conn_send(pair.client->conn, "x", 1);
    net_run(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:1 end:RESET");
    ck_assert_str_eq(pair.client->story, "end:TIMEOUT");
    ck_assert_int_eq(pair.client->ended_ns, 924600 * MS);
    ck_assert_str_eq(other->story, "end:TIMEOUT");
    ck_assert_int_eq(other->ended_ns, 127 * SIM_NS_PER_S);
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 0);
    net_pair_free(&pair);
    free(other);
}
END_TEST

START_TEST(a_one_way_partition_that_heals_in_time_does_no_harm)
{
    struct net_pair pair = net_pair_new();

    net_fault(&pair.world, "cut", FAULT_PARTITION_ONEWAY, 0, -1, vnet_host_anchor(pair.world.right),
              vnet_host_anchor(pair.world.left));
    pair.server->echo = true;
    conn_send(pair.client->conn, "x", 1);
    net_run_for(&pair.world, 5 * SIM_NS_PER_S);
    ck_assert_str_eq(pair.client->story, "");
    fault_clear_all(pair.world.faults);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "data:1");
    ck_assert_int_eq(pair.client->data_ns, 6200 * MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(hold_keeps_bytes_until_it_is_cleared)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "h", FAULT_HOLD, 0, -1);
    conn_send(pair.client->conn, "one", 3);
    conn_send(pair.client->conn, "two", 3);
    net_run_for(&pair.world, 3600 * SIM_NS_PER_S);
    ck_assert_str_eq(pair.server->story, "");
    fault_clear_all(pair.world.faults);
    net_run(&pair.world);
    ck_assert_int_eq(memcmp(pair.server->data, "onetwo", 6), 0);
    ck_assert_int_eq(pair.server->data_ns, 3600 * SIM_NS_PER_S);
    net_pair_free(&pair);
}
END_TEST

START_TEST(held_bytes_fill_the_window_and_no_more)
{
    struct net_pair pair = net_pair_new();
    static uint8_t bytes[CONN_WINDOW_BYTES * 2];

    between(&pair, "h", FAULT_HOLD, 0, -1);
    ck_assert_uint_eq(conn_send(pair.client->conn, bytes, sizeof(bytes)), CONN_WINDOW_BYTES);
    ck_assert_uint_eq(conn_send(pair.client->conn, bytes, 1), 0);
    fault_clear_all(pair.world.faults);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "room");
    ck_assert_uint_eq(pair.server->length, CONN_WINDOW_BYTES);
    // Many small sends are bounded too.
    between(&pair, "h", FAULT_HOLD, 0, -1);
    for (size_t i = 0; i < 4096; i++)
        ck_assert_uint_eq(conn_send(pair.client->conn, "x", 1), 1);
    ck_assert_uint_eq(conn_send(pair.client->conn, "x", 1), 0);
    fault_clear_all(pair.world.faults);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "room room");
    net_pair_free(&pair);
}
END_TEST

START_TEST(reset_strikes_both_ends_of_what_stands)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "r", FAULT_RESET, 0, -1);
    ck_assert_uint_eq(conn_send(pair.client->conn, "x", 1), 0);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:RESET");
    ck_assert_str_eq(pair.server->story, "end:RESET");
    // It happened once: a new conn stands.
    net_connect_to(pair.world.left, "10.0.0.2:502", pair.client);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:RESET open");
    ck_assert_int_eq(fault_clear(pair.world.faults, "r"), 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(half_open_tells_one_end_only)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "h", FAULT_HALF_OPEN, 2, -1);
    net_run_for(&pair.world, 100 * SIM_NS_PER_S);
    ck_assert_str_eq(pair.server->story, "end:RESET");
    ck_assert_str_eq(pair.client->story, "");
    ck_assert_uint_eq(conn_send(pair.client->conn, "x", 1), 1);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:RESET");
    net_pair_free(&pair);
}
END_TEST

START_TEST(half_open_may_strike_the_first_side)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "h", FAULT_HALF_OPEN, 1, -1);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:RESET");
    ck_assert_str_eq(pair.server->story, "");
    conn_close(pair.server->conn);
    net_settle(&pair.world);
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(slow_close_delays_the_end_only)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "s", FAULT_SLOW_CLOSE, 2000 * MS, -1);
    conn_send(pair.client->conn, "x", 1);
    conn_close(pair.client->conn);
    net_run(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:1 end:0");
    ck_assert_int_eq(pair.server->data_ns, 0);
    ck_assert_int_eq(pair.server->ended_ns, 2000 * MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(slice_delivers_in_pieces)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "s", FAULT_SLICE, 3, 10 * MS);
    conn_send(pair.client->conn, "abcdefgh", 8);
    net_run(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:3 data:3 data:2");
    ck_assert_int_eq(memcmp(pair.server->data, "abcdefgh", 8), 0);
    ck_assert_int_eq(pair.server->data_ns, 20 * MS);
    fault_clear_all(pair.world.faults);
    pair.server->story[0] = '\0';
    between(&pair, "s", FAULT_SLICE, 1, -1);
    conn_send(pair.client->conn, "xy", 2);
    conn_send(pair.client->conn, "z", 1);
    net_run(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:1 data:1 data:1");
    ck_assert_int_eq(pair.server->data_ns, 20 * MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(limit_data_cuts_after_the_last_byte)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "l", FAULT_LIMIT_DATA, 10, -1);
    conn_send(pair.client->conn, "123456", 6);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:6");
    conn_send(pair.client->conn, "789abc", 6);
    net_settle(&pair.world);
    ck_assert_uint_eq(pair.server->length, 10);
    ck_assert_str_eq(pair.server->story, "data:6 data:4 end:RESET");
    ck_assert_str_eq(pair.client->story, "end:RESET");
    net_pair_free(&pair);
}
END_TEST

START_TEST(limit_data_keeps_its_count_when_other_faults_change)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "l", FAULT_LIMIT_DATA, 10, -1);
    conn_send(pair.client->conn, "123456", 6);
    between(&pair, "s", FAULT_SLICE, 2, -1);
    conn_send(pair.client->conn, "789abc", 6);
    net_run(&pair.world);
    ck_assert_uint_eq(pair.server->length, 10);
    ck_assert_str_eq(pair.client->story, "end:RESET");
    net_pair_free(&pair);
}
END_TEST

START_TEST(rate_paces_and_is_shared)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *client = net_peer_new(pair.world.core);
    struct net_peer *server = net_peer_new(pair.world.core);
    static const uint8_t bytes[5000];

    net_listen_at(pair.world.right, "10.0.0.2:80", server);
    net_connect_to(pair.world.left, "10.0.0.2:80", client);
    net_settle(&pair.world);
    between(&pair, "r", FAULT_RATE, 1000, -1);
    conn_send(pair.client->conn, bytes, 5000);
    conn_send(client->conn, bytes, 1000);
    net_run(&pair.world);
    ck_assert_int_eq(pair.server->data_ns, 5 * SIM_NS_PER_S);
    ck_assert_int_eq(server->data_ns, 6 * SIM_NS_PER_S);
    net_pair_free(&pair);
    free(client);
    free(server);
}
END_TEST

START_TEST(several_faults_add_up)
{
    struct net_pair pair = net_pair_new();

    between(&pair, "a", FAULT_LATENCY, 100 * MS, -1);
    between(&pair, "b", FAULT_LATENCY, 50 * MS, -1);
    net_fault(&pair.world, "c", FAULT_LATENCY, 7 * MS, -1, vnet_segment_anchor(pair.world.lan),
              NULL);
    net_fault(&pair.world, "d", FAULT_LATENCY, 1 * MS, -1, vnet_host_anchor(pair.world.right),
              NULL);
    conn_send(pair.client->conn, "x", 1);
    net_run(&pair.world);
    ck_assert_int_eq(pair.server->data_ns, 158 * MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_fault_between_others_is_not_felt)
{
    struct net_pair pair = net_pair_new();
    struct host *third = net_host(pair.world.vnet, pair.world.lan, "third", "10.0.0.3");

    net_fault(&pair.world, "p", FAULT_PARTITION, 0, -1, vnet_host_anchor(pair.world.left),
              vnet_host_anchor(third));
    conn_send(pair.client->conn, "x", 1);
    ck_assert_str_eq(pair.server->story, "data:1");
    net_pair_free(&pair);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_run)
{
    sim_time_ns first_ns = 0;

    for (int i = 0; i < 2; i++) {
        struct net_pair pair = net_pair_new();

        between(&pair, "lossy", FAULT_LOSS, 0.4, -1);
        between(&pair, "jitter", FAULT_LATENCY, 50 * MS, 40 * MS);
        pair.server->echo = true;
        for (size_t n = 0; n < 20; n++)
            conn_send(pair.client->conn, "message", 7);
        net_run(&pair.world);
        ck_assert_uint_eq(pair.client->length, 140);
        if (i == 0)
            first_ns = pair.client->data_ns;
        ck_assert_int_eq(pair.client->data_ns, first_ns);
        net_pair_free(&pair);
    }
}
END_TEST

START_TEST(a_host_that_dies_under_latency_leaves_no_memory_behind)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    between(&pair, "slow", FAULT_LATENCY, 100 * MS, -1);
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    conn_send(pair.client->conn, "x", 1);
    net_run_for(&pair.world, 50 * MS);
    vnet_host_free(&pair.world.right);
    net_run(&pair.world);
    ck_assert_str_eq(other->story, "end:TIMEOUT");
    ck_assert_str_eq(pair.client->story, "end:TIMEOUT");
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 0);
    net_pair_free(&pair);
    free(other);
}
END_TEST

START_TEST(an_opener_that_resets_on_its_way_is_forgotten_everywhere)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    between(&pair, "slow", FAULT_LATENCY, 100 * MS, -1);
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    net_run_for(&pair.world, 220 * MS);
    ck_assert_str_eq(other->story, "open");
    conn_reset(other->conn);
    net_run(&pair.world);
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 1);
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    net_run_for(&pair.world, 120 * MS);
    conn_close(other->conn);
    net_run(&pair.world);
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 1);
    ck_assert_str_eq(pair.server->story, "");
    net_pair_free(&pair);
    free(other);
}
END_TEST

START_TEST(data_and_end_that_follow_the_handshake_are_accepted)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    between(&pair, "slow", FAULT_LATENCY, 100 * MS, -1);
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    net_run_for(&pair.world, 200 * MS);
    conn_send(other->conn, "fire", 4);
    conn_close(other->conn);
    net_run(&pair.world);
    ck_assert_str_eq(pair.server->story, "accept data:4 end:0");
    net_pair_free(&pair);
    free(other);
}
END_TEST

Suite *net_flight_suite(void)
{
    const TTest *const tests[] = {
        latency_delays_each_way_and_keeps_order,
        a_connection_over_latency_takes_a_round_trip,
        cleared_latency_leaves_no_trace,
        loss_delays_a_stream_and_loses_nothing,
        total_loss_ends_a_stream_after_its_retransmissions,
        retransmissions_are_an_option,
        a_partition_stalls_and_heals_at_the_next_retransmission,
        a_partition_times_new_conns_out_and_kills_what_is_unacknowledged,
        a_one_way_partition_lets_bytes_through_but_not_their_acknowledgement,
        a_one_way_partition_that_heals_in_time_does_no_harm,
        hold_keeps_bytes_until_it_is_cleared,
        held_bytes_fill_the_window_and_no_more,
        reset_strikes_both_ends_of_what_stands,
        half_open_tells_one_end_only,
        half_open_may_strike_the_first_side,
        slow_close_delays_the_end_only,
        slice_delivers_in_pieces,
        limit_data_cuts_after_the_last_byte,
        limit_data_keeps_its_count_when_other_faults_change,
        rate_paces_and_is_shared,
        several_faults_add_up,
        a_fault_between_others_is_not_felt,
        the_same_seed_gives_the_same_run,
        a_host_that_dies_under_latency_leaves_no_memory_behind,
        an_opener_that_resets_on_its_way_is_forgotten_everywhere,
        data_and_end_that_follow_the_handshake_are_accepted,
    };
    Suite *suite = suite_create("net_flight");
    TCase *tcase = tcase_create("net_flight");

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
