// SPDX-License-Identifier: Apache-2.0
// Hosts, addresses and streams on a clear network.
#include "sim/vnet/net.h"

#include <check.h>
#include <stdlib.h>

#include "sim/vnet/outside_service.h"
#include "tests/support/net_world.h"

START_TEST(bytes_reach_the_far_holder_inside_the_send)
{
    struct net_pair pair = net_pair_new();

    ck_assert_uint_eq(conn_send(pair.client->conn, "hello", 5), 5);
    ck_assert_str_eq(pair.server->story, "data:5");
    ck_assert_int_eq(memcmp(pair.server->data, "hello", 5), 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(an_answer_from_inside_a_callback_comes_later_in_the_turn)
{
    struct net_pair pair = net_pair_new();

    pair.server->echo = true;
    pair.client->echo = false;
    conn_send(pair.client->conn, "hello", 5);
    ck_assert_str_eq(pair.client->story, "");
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "data:5");
    ck_assert_int_eq(core_now(pair.world.core), 0);
    net_pair_free(&pair);
}
END_TEST

static bool heard_enough(void *user)
{
    return ((struct net_peer *)user)->length > 50;
}

START_TEST(both_sides_echoing_never_nest)
{
    struct net_pair pair = net_pair_new();
    struct core_until until = {.until_ns = 0, .done = heard_enough, .user = pair.client};

    pair.server->echo = pair.client->echo = true;
    pair.client->take_max = pair.server->take_max = 5;
    conn_send(pair.client->conn, "hello", 5);
    core_run(pair.world.core, &until);
    ck_assert_uint_gt(pair.client->length, 50);
    ck_assert_uint_eq(pair.client->inside_max, 1);
    ck_assert_uint_eq(pair.server->inside_max, 1);
    net_pair_free(&pair);
}
END_TEST

START_TEST(bytes_left_are_offered_with_the_next_ones)
{
    struct net_pair pair = net_pair_new();

    pair.server->leave = true;
    conn_send(pair.client->conn, "abc", 3);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:3");
    pair.server->leave = false;
    conn_send(pair.client->conn, "de", 2);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:3 data:5");
    ck_assert_int_eq(memcmp(pair.server->data, "abcde", 5), 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(bytes_left_are_offered_again_after_resume)
{
    struct net_pair pair = net_pair_new();

    pair.server->pause = true;
    conn_send(pair.client->conn, "abc", 3);
    conn_send(pair.client->conn, "de", 2);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:3");
    pair.server->pause = false;
    conn_resume(pair.server->conn);
    ck_assert_str_eq(pair.server->story, "data:3");
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:3 data:5");
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_full_window_takes_less_and_tells_when_there_is_room)
{
    struct net_pair pair = net_pair_new();
    static uint8_t bytes[CONN_WINDOW_BYTES + 1000];

    pair.server->pause = true;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 >> 3);
    ck_assert_uint_eq(conn_send(pair.client->conn, bytes, sizeof(bytes)), CONN_WINDOW_BYTES);
    ck_assert_uint_eq(conn_send(pair.client->conn, "x", 1), 0);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "");
    pair.server->pause = false;
    pair.server->take_max = 1000;
    conn_resume(pair.server->conn);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.client->story, "room");
    ck_assert_uint_eq(conn_send(pair.client->conn, bytes + CONN_WINDOW_BYTES, 1000), 1000);
    pair.server->take_max = 0;
    net_settle(&pair.world);
    ck_assert_uint_eq(pair.server->length, sizeof(bytes));
    ck_assert_int_eq(memcmp(pair.server->data, bytes, sizeof(bytes)), 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_close_ends_the_far_side_after_the_last_byte)
{
    struct net_pair pair = net_pair_new();

    pair.server->echo = true;
    conn_send(pair.client->conn, "bye", 3);
    conn_close(pair.client->conn);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:3 end:0");
    ck_assert_str_eq(pair.client->story, "");
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_part_of_a_message_does_not_hide_the_end)
{
    struct net_pair pair = net_pair_new();

    pair.server->leave = true;
    conn_send(pair.client->conn, "par", 3);
    conn_close(pair.client->conn);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:3 data:3 end:0");
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_paused_holder_gets_every_byte_before_the_end)
{
    struct net_pair pair = net_pair_new();

    pair.server->pause = true;
    conn_send(pair.client->conn, "data", 4);
    conn_close(pair.client->conn);
    net_run_for(&pair.world, SIM_NS_PER_S);
    ck_assert_str_eq(pair.server->story, "data:4");
    pair.server->pause = false;
    conn_resume(pair.server->conn);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:4 data:4 end:0");
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_reset_ends_the_far_side_at_once)
{
    struct net_pair pair = net_pair_new();

    pair.server->leave = true;
    conn_send(pair.client->conn, "data", 4);
    conn_reset(pair.client->conn);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:4 end:RESET");
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_holder_may_close_from_inside_its_callback)
{
    struct net_pair pair = net_pair_new();

    pair.server->close_on_data = true;
    ck_assert_uint_eq(conn_send(pair.client->conn, "data", 4), 4);
    ck_assert_uint_eq(conn_send(pair.client->conn, "more", 4), 4);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:4");
    ck_assert_str_eq(pair.client->story, "end:0");
    net_pair_free(&pair);
}
END_TEST

static void close_at_end(struct conn *conn, int reason, void *user)
{
    ck_assert_uint_eq(conn_send(conn, "x", 1), 0);
    conn_resume(conn);
    conn_close(conn);
    conn_reset(conn);
    net_on_end(conn, reason, user);
}

START_TEST(a_holder_may_tidy_up_in_its_last_callback)
{
    static const struct conn_events tidy = {net_on_open, net_on_data, net_on_room, close_at_end};
    struct net_pair pair = net_pair_new();

    conn_set_events(pair.server->conn, &tidy, pair.server);
    conn_close(pair.client->conn);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "end:0");
    ck_assert_uint_eq(vnet_stats(pair.world.vnet).conns, 0);
    net_pair_free(&pair);
}
END_TEST

START_TEST(sent_and_closed_before_the_far_side_accepted)
{
    struct net_world world = net_world_new();
    struct net_peer *server = net_peer_new(world.core);
    struct net_peer *client = net_peer_new(world.core);

    net_listen_at(world.right, "10.0.0.2:502", server);
    net_connect_to(world.left, "10.0.0.2:502", client);
    ck_assert_uint_eq(conn_send(client->conn, "x", 1), 0);
    ck_assert_str_eq(client->story, "");
    net_settle(&world);
    ck_assert_str_eq(client->story, "open room");
    ck_assert_str_eq(server->story, "accept");
    net_world_free(&world);
    free(server);
    free(client);
}
END_TEST

START_TEST(nobody_listens_gives_refused)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    net_connect_to(pair.world.left, "10.0.0.2:503", other);
    ck_assert_str_eq(other->story, "");
    net_settle(&pair.world);
    ck_assert_str_eq(other->story, "end:REFUSED");
    host_unlisten(&pair.listener);
    other->story[0] = '\0';
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    net_settle(&pair.world);
    ck_assert_str_eq(other->story, "end:REFUSED");
    // What was accepted before lives on.
    conn_send(pair.client->conn, "x", 1);
    ck_assert_str_eq(pair.server->story, "data:1");
    net_pair_free(&pair);
    free(other);
}
END_TEST

START_TEST(nobody_there_gives_unreachable_after_the_arp_time)
{
    struct net_world world = net_world_new();
    struct net_peer *client = net_peer_new(world.core);
    struct address to = net_at("[fd00::1]:502");

    net_connect_to(world.left, "10.0.0.9:502", client);
    ck_assert_int_eq(net_run(&world), CORE_IDLE);
    ck_assert_str_eq(client->story, "end:UNREACHABLE");
    ck_assert_int_eq(client->ended_ns, 3 * SIM_NS_PER_S);
    ck_assert_int_eq(host_connect(world.left, &to, &net_events, client, &client->conn),
                     ERR_UNREACHABLE);
    net_world_free(&world);
    free(client);
}
END_TEST

START_TEST(a_host_that_comes_while_we_ask_for_it_is_found)
{
    struct net_world world = net_world_new();
    struct net_peer *client = net_peer_new(world.core);
    struct net_peer *server = net_peer_new(world.core);
    struct host *late;

    net_connect_to(world.left, "10.0.0.9:502", client);
    net_run_for(&world, SIM_NS_PER_S * 3 / 2);
    late = net_host(world.vnet, world.lan, "late", "10.0.0.9");
    net_listen_at(late, "10.0.0.9:502", server);
    net_run(&world);
    ck_assert_str_eq(client->story, "open");
    ck_assert_int_eq(client->opened_ns, 2 * SIM_NS_PER_S);
    net_world_free(&world);
    free(client);
    free(server);
}
END_TEST

START_TEST(addresses_of_both_ends_are_told)
{
    struct net_pair pair = net_pair_new();
    char text[ADDRESS_TEXT_ROOM];

    ck_assert_str_eq(address_text(&pair.client->conn->local, text), "10.0.0.1:49152");
    ck_assert_str_eq(address_text(&pair.client->conn->remote, text), "10.0.0.2:502");
    ck_assert_str_eq(address_text(&pair.server->conn->local, text), "10.0.0.2:502");
    ck_assert_str_eq(address_text(&pair.server->conn->remote, text), "10.0.0.1:49152");
    net_pair_free(&pair);
}
END_TEST

START_TEST(ipv6_hosts_reach_each_other)
{
    struct net_world world = net_world_new();
    struct net_peer *server = net_peer_new(world.core);
    struct net_peer *client = net_peer_new(world.core);
    struct address left = net_at("fd00::1");
    struct address right = net_at("fd00::2");

    ck_assert_int_eq(vnet_host_add_address(world.left, world.lan, &left), 0);
    ck_assert_int_eq(vnet_host_add_address(world.right, world.lan, &right), 0);
    net_listen_at(world.right, "[fd00::2]:502", server);
    net_connect_to(world.left, "[fd00::2]:502", client);
    net_settle(&world);
    ck_assert_str_eq(client->story, "open");
    ck_assert(address_same_ip(&server->conn->remote, &left));
    net_world_free(&world);
    free(server);
    free(client);
}
END_TEST

START_TEST(a_host_on_two_segments_does_not_forward)
{
    struct net_world world = net_world_new();
    struct net_peer *server = net_peer_new(world.core);
    struct net_peer *client = net_peer_new(world.core);
    struct segment *field = vnet_segment_new(world.vnet, "field");
    struct host *behind = net_host(world.vnet, field, "behind", "10.1.0.2");
    struct address second = net_at("10.1.0.1");

    ck_assert_int_eq(vnet_host_add_address(world.right, field, &second), 0);
    net_listen_at(behind, "10.1.0.2:502", server);
    net_connect_to(world.left, "10.1.0.2:502", client);
    net_run(&world);
    ck_assert_str_eq(client->story, "end:UNREACHABLE");
    net_connect_to(world.right, "10.1.0.2:502", client);
    net_settle(&world);
    ck_assert_str_eq(client->story, "end:UNREACHABLE open");
    ck_assert(address_same_ip(&client->conn->local, &second));
    net_world_free(&world);
    free(server);
    free(client);
}
END_TEST

START_TEST(services_may_differ_by_address)
{
    struct net_world world = net_world_new();
    struct net_peer *server = net_peer_new(world.core);
    struct net_peer *client = net_peer_new(world.core);
    struct address second = net_at("10.0.0.3");
    struct address any = {.port = 502};
    struct listener *listener = NULL;

    ck_assert_int_eq(vnet_host_add_address(world.right, world.lan, &second), 0);
    net_listen_at(world.right, "10.0.0.3:502", server);
    net_connect_to(world.left, "10.0.0.2:502", client);
    net_settle(&world);
    ck_assert_str_eq(client->story, "end:REFUSED");
    ck_assert_int_eq(host_listen(world.right, &any, net_accept_into, server, &listener),
                     ERR_EXISTS);
    any.port = 503;
    ck_assert_int_eq(host_listen(world.right, &any, net_accept_into, server, &listener), 0);
    net_connect_to(world.left, "10.0.0.3:503", client);
    net_settle(&world);
    ck_assert_str_eq(client->story, "end:REFUSED open");
    second = net_at("10.0.0.77:1");
    ck_assert_int_eq(host_listen(world.right, &second, net_accept_into, server, &listener),
                     ERR_NOT_FOUND);
    net_world_free(&world);
    free(server);
    free(client);
}
END_TEST

START_TEST(an_address_belongs_to_one_host_of_a_segment)
{
    struct net_world world = net_world_new();
    struct address address = net_at("10.0.0.2");

    ck_assert_int_eq(vnet_host_add_address(world.left, world.lan, &address), ERR_EXISTS);
    ck_assert_ptr_eq(vnet_host_find(world.lan, &address), world.right);
    ck_assert_int_eq(vnet_host_remove_address(world.right, &address), 0);
    ck_assert_int_eq(vnet_host_remove_address(world.right, &address), ERR_NOT_FOUND);
    ck_assert_ptr_null(vnet_host_find(world.lan, &address));
    ck_assert_int_eq(vnet_host_add_address(world.left, world.lan, &address), 0);
    address = net_at("239.1.2.3");
    ck_assert_int_eq(vnet_host_add_address(world.left, world.lan, &address), ERR_RANGE);
    net_world_free(&world);
}
END_TEST

START_TEST(many_addresses_come_and_go)
{
    struct net_world world = net_world_new();
    struct host *hosts[500];
    struct address address;
    struct address first = net_at("10.9.0.1");

    for (uint32_t i = 0; i < 500; i++) {
        hosts[i] = vnet_host_new(world.vnet, "h");
        ck_assert_int_eq(address_add(&first, i, &address), 0);
        ck_assert_int_eq(vnet_host_add_address(hosts[i], world.lan, &address), 0);
    }
    for (uint32_t i = 0; i < 500; i += 3)
        vnet_host_free(&hosts[i]);
    for (uint32_t i = 0; i < 500; i++) {
        ck_assert_int_eq(address_add(&first, i, &address), 0);
        ck_assert_ptr_eq(vnet_host_find(world.lan, &address), hosts[i]);
    }
    net_world_free(&world);
}
END_TEST

START_TEST(a_host_without_power_is_silent_and_its_conns_are_half_open)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    vnet_host_set_up(pair.world.right, false);
    conn_reset(pair.server->conn); // The device drops what it had; nothing leaves.
    net_run_for(&pair.world, 60 * SIM_NS_PER_S);
    ck_assert_str_eq(pair.client->story, "");
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    net_run_for(&pair.world, 5 * SIM_NS_PER_S);
    ck_assert_str_eq(other->story, "end:UNREACHABLE");
    ck_assert_uint_eq(conn_send(pair.client->conn, "alive?", 6), 6);
    net_run_for(&pair.world, 60 * SIM_NS_PER_S);
    ck_assert_str_eq(pair.client->story, "");
    vnet_host_set_up(pair.world.right, true);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:RESET");
    net_pair_free(&pair);
    free(other);
}
END_TEST

START_TEST(a_cable_pulled_and_plugged_again_loses_nothing)
{
    struct net_pair pair = net_pair_new();

    ck_assert_int_eq(vnet_host_set_link(pair.world.right, pair.world.lan, false), 0);
    conn_send(pair.client->conn, "one", 3);
    net_run_for(&pair.world, SIM_NS_PER_S);
    conn_send(pair.client->conn, "two", 3);
    ck_assert_str_eq(pair.server->story, "");
    ck_assert_int_eq(vnet_host_set_link(pair.world.right, pair.world.lan, true), 0);
    net_run(&pair.world);
    ck_assert_str_eq(pair.server->story, "data:6");
    ck_assert_int_eq(memcmp(pair.server->data, "onetwo", 6), 0);
    ck_assert_int_eq(pair.server->data_ns, 1400 * SIM_NS_PER_MS); // 200 + 400 + 800 ms.
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_silent_peer_that_answers_nothing_ends_in_a_time_out)
{
    struct net_pair pair = net_pair_new();

    vnet_host_set_up(pair.world.right, false);
    conn_send(pair.client->conn, "x", 1);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:TIMEOUT");
    ck_assert_int_eq(pair.client->ended_ns, 924600 * SIM_NS_PER_MS);
    net_pair_free(&pair);
}
END_TEST

START_TEST(a_host_that_is_freed_leaves_without_a_word)
{
    struct net_pair pair = net_pair_new();

    vnet_host_free(&pair.world.right);
    net_settle(&pair.world);
    ck_assert_str_eq(pair.server->story, "");
    ck_assert_str_eq(pair.client->story, "");
    conn_send(pair.client->conn, "x", 1);
    net_run(&pair.world);
    ck_assert_str_eq(pair.client->story, "end:TIMEOUT");
    net_pair_free(&pair);
}
END_TEST

START_TEST(wire_messages_are_in_the_event_log)
{
    struct net_pair one = net_pair_new();
    struct net_pair two = net_pair_new();
    char hash_one[CORE_HASH_ROOM];
    char hash_two[CORE_HASH_ROOM];
    uint64_t before = core_events(one.world.core);
    static const uint8_t tls[] = {0x16, 0x03, 0x01, 0x00, 0x05};

    conn_send(one.client->conn, "a", 1);
    conn_send(two.client->conn, "a", 1);
    ck_assert_uint_eq(core_events(one.world.core), before + 1);
    ck_assert_str_eq(core_event_hash(one.world.core, hash_one),
                     core_event_hash(two.world.core, hash_two));
    vnet_set_events(one.world.vnet, false);
    conn_send(one.client->conn, "b", 1);
    conn_send(two.client->conn, "b", 1);
    ck_assert_uint_eq(core_events(one.world.core), before + 1);
    ck_assert_str_ne(core_event_hash(one.world.core, hash_one),
                     core_event_hash(two.world.core, hash_two));
    before = core_events(two.world.core);
    conn_send(two.client->conn, tls, sizeof(tls));
    conn_send(two.server->conn, "random", 6);
    ck_assert_uint_eq(core_events(two.world.core), before);
    net_pair_free(&one);
    net_pair_free(&two);
}
END_TEST

START_TEST(drawn_ports_come_round_and_skip_what_is_in_use)
{
    struct net_pair pair = net_pair_new();
    struct net_peer *other = net_peer_new(pair.world.core);

    for (unsigned i = 0; i < 16383; i++) {
        net_connect_to(pair.world.left, "10.0.0.2:502", other);
        net_settle(&pair.world);
        conn_reset(other->conn);
        net_settle(&pair.world);
        pair.server->story[0] = other->story[0] = '\0';
    }
    // Again at the first one, which the first conn still has.
    net_connect_to(pair.world.left, "10.0.0.2:502", other);
    ck_assert_uint_eq(other->conn->local.port, 49153);
    net_pair_free(&pair);
    free(other);
}
END_TEST

// ---- The outside -----------------------------------------------------------------------

static void watch_tell(struct net_peer *peer, const char *what, enum vnet_proto proto,
                       const struct address *at)
{
    char text[ADDRESS_TEXT_ROOM];
    char word[96];

    snprintf(word, sizeof(word), "%s%s=%s", what, proto == VNET_UDP ? "/udp" : "",
             address_text(at, text));
    net_tell(peer, word);
}

static void on_listen(struct host *host, enum vnet_proto proto, const struct address *at,
                      void *user)
{
    (void)host;
    watch_tell(user, "+", proto, at);
}

static void on_unlisten(struct host *host, enum vnet_proto proto, const struct address *at,
                        void *user)
{
    (void)host;
    watch_tell(user, "-", proto, at);
}

static void on_up(struct host *host, bool up, void *user)
{
    (void)host;
    net_tell(user, up ? "up" : "down");
}

static void ignore_packet(struct udp *udp, const struct address *from, const struct address *to,
                          const uint8_t *data, size_t length, void *user)
{
    (void)udp;
    (void)from;
    (void)to;
    (void)data;
    (void)length;
    (void)user;
}

START_TEST(a_watcher_hears_of_every_service)
{
    static const struct vnet_watch watch = {on_listen, on_unlisten, on_up};
    struct net_pair pair = net_pair_new();
    struct net_peer *watcher = net_peer_new(pair.world.core);
    struct address any = {.port = 80};
    struct address second = net_at("10.0.0.3");
    struct listener *listener = NULL;
    struct udp *udp = NULL;

    vnet_set_watch(pair.world.vnet, &watch, watcher);
    ck_assert_str_eq(watcher->story, "+=10.0.0.2:502");
    watcher->story[0] = '\0';
    ck_assert_int_eq(host_listen(pair.world.right, &any, net_accept_into, pair.server, &listener),
                     0);
    ck_assert_int_eq(vnet_host_add_address(pair.world.right, pair.world.lan, &second), 0);
    ck_assert_str_eq(watcher->story, "+=10.0.0.2:80 +=10.0.0.3:80");
    watcher->story[0] = '\0';
    ck_assert_int_eq(vnet_host_remove_address(pair.world.right, &second), 0);
    vnet_host_set_up(pair.world.right, false);
    host_unlisten(&listener);
    ck_assert_str_eq(watcher->story, "-=10.0.0.3:80 down -=10.0.0.2:80");
    watcher->story[0] = '\0';
    ck_assert_int_eq(host_udp_open(pair.world.left, &any, ignore_packet, NULL, &udp), 0);
    udp_close(&udp);
    ck_assert_str_eq(watcher->story, "+/udp=10.0.0.1:80 -/udp=10.0.0.1:80");
    net_pair_free(&pair);
    free(watcher);
}
END_TEST

START_TEST(a_real_client_is_seen_under_its_own_address)
{
    struct net_pair pair = net_pair_new();
    struct host *outside = vnet_host_new_outside(pair.world.vnet, "outside");
    struct net_peer *client = net_peer_new(pair.world.core);
    struct address address = net_at("10.0.0.254");
    struct address from = net_at("192.0.2.7:40001");
    struct address to = net_at("10.0.0.2:502");

    ck_assert_int_eq(vnet_host_add_address(outside, pair.world.lan, &address), 0);
    ck_assert_int_eq(vnet_connect_from(outside, &from, &to, &net_events, client, &client->conn), 0);
    net_settle(&pair.world);
    ck_assert(address_same_ip(&pair.server->conn->remote, &from));
    ck_assert_uint_eq(pair.server->conn->remote.port, 40001);
    conn_send(pair.server->conn, "hi", 2);
    net_settle(&pair.world);
    ck_assert_str_eq(client->story, "open data:2");
    net_pair_free(&pair);
    free(client);
}
END_TEST

START_TEST(a_bridge_may_have_the_answer_inside_its_send)
{
    struct net_pair pair = net_pair_new();

    pair.server->echo = true;
    vnet_conn_set_direct(pair.client->conn);
    ck_assert_uint_eq(conn_send(pair.client->conn, "hello", 5), 5);
    ck_assert_str_eq(pair.client->story, "data:5");
    // What it leaves stays in order.
    pair.client->take_max = 2;
    conn_send(pair.client->conn, "abcde", 5);
    conn_send(pair.client->conn, "f", 1);
    ck_assert_uint_eq(pair.client->length, 7);
    pair.client->take_max = 0;
    conn_resume(pair.client->conn);
    net_settle(&pair.world);
    ck_assert_int_eq(memcmp(pair.client->data, "helloabcdef", 11), 0);
    ck_assert_uint_eq(pair.client->inside_max, 1);
    net_pair_free(&pair);
}
END_TEST

static void on_outward(struct conn *conn, void *user)
{
    struct net_peer *peer = user;
    char text[ADDRESS_TEXT_ROOM];

    peer->conn = conn;
    conn_set_events(conn, &net_events, peer);
    net_tell(peer, address_text(&conn->local, text));
}

static void on_outward_packet(const struct address *from, const struct address *to,
                              const uint8_t *data, size_t length, void *user)
{
    char text[ADDRESS_TEXT_ROOM];

    (void)from;
    (void)data;
    (void)length;
    net_tell(user, address_text(to, text));
}

static const struct vnet_outward outward = {on_outward, on_outward_packet};

START_TEST(what_nobody_has_goes_out_and_waits_for_the_answer)
{
    struct net_world world = net_world_new();
    struct host *outside = vnet_host_new_outside(world.vnet, "outside");
    struct net_peer *out = net_peer_new(world.core);
    struct net_peer *client = net_peer_new(world.core);
    struct address address = net_at("10.0.0.254");

    ck_assert_int_eq(vnet_host_add_address(outside, world.lan, &address), 0);
    vnet_set_outward(outside, &outward, out);
    net_connect_to(world.left, "198.51.100.1:443", client);
    net_run_for(&world, 10 * SIM_NS_PER_S);
    ck_assert_str_eq(out->story, "198.51.100.1:443");
    ck_assert_str_eq(client->story, "");
    vnet_conn_accept(out->conn);
    net_settle(&world);
    ck_assert_str_eq(client->story, "open");
    conn_send(client->conn, "abc", 3);
    conn_close(client->conn);
    net_settle(&world);
    ck_assert_str_eq(out->story, "198.51.100.1:443 data:3 end:0");
    net_world_free(&world);
    free(out);
    free(client);
}
END_TEST

START_TEST(the_way_out_may_refuse_or_find_that_the_asker_left)
{
    struct net_world world = net_world_new();
    struct host *outside = vnet_host_new_outside(world.vnet, "outside");
    struct net_peer *out = net_peer_new(world.core);
    struct net_peer *client = net_peer_new(world.core);
    struct address address = net_at("10.0.0.254");

    vnet_set_outward(outside, &outward, out);
    ck_assert_int_eq(vnet_host_add_address(outside, world.lan, &address), 0);
    net_connect_to(world.left, "198.51.100.1:443", client);
    net_settle(&world);
    vnet_conn_refuse(out->conn, ERR_REFUSED);
    net_settle(&world);
    net_connect_to(world.left, "198.51.100.1:443", client);
    net_settle(&world);
    vnet_conn_refuse(out->conn, ERR_TIMEOUT);
    net_settle(&world);
    ck_assert_str_eq(client->story, "end:REFUSED end:TIMEOUT");
    out->story[0] = '\0';
    net_connect_to(world.left, "198.51.100.1:443", client);
    net_settle(&world);
    conn_close(client->conn);
    net_settle(&world);
    ck_assert_str_eq(out->story, "198.51.100.1:443 end:RESET");
    ck_assert_uint_eq(vnet_stats(world.vnet).conns, 0);
    net_world_free(&world);
    free(out);
    free(client);
}
END_TEST

Suite *net_suite(void)
{
    const TTest *const tests[] = {
        bytes_reach_the_far_holder_inside_the_send,
        an_answer_from_inside_a_callback_comes_later_in_the_turn,
        both_sides_echoing_never_nest,
        bytes_left_are_offered_with_the_next_ones,
        bytes_left_are_offered_again_after_resume,
        a_full_window_takes_less_and_tells_when_there_is_room,
        a_close_ends_the_far_side_after_the_last_byte,
        a_part_of_a_message_does_not_hide_the_end,
        a_paused_holder_gets_every_byte_before_the_end,
        a_reset_ends_the_far_side_at_once,
        a_holder_may_close_from_inside_its_callback,
        a_holder_may_tidy_up_in_its_last_callback,
        sent_and_closed_before_the_far_side_accepted,
        nobody_listens_gives_refused,
        nobody_there_gives_unreachable_after_the_arp_time,
        a_host_that_comes_while_we_ask_for_it_is_found,
        addresses_of_both_ends_are_told,
        ipv6_hosts_reach_each_other,
        a_host_on_two_segments_does_not_forward,
        services_may_differ_by_address,
        an_address_belongs_to_one_host_of_a_segment,
        many_addresses_come_and_go,
        a_host_without_power_is_silent_and_its_conns_are_half_open,
        a_cable_pulled_and_plugged_again_loses_nothing,
        a_silent_peer_that_answers_nothing_ends_in_a_time_out,
        a_host_that_is_freed_leaves_without_a_word,
        wire_messages_are_in_the_event_log,
        drawn_ports_come_round_and_skip_what_is_in_use,
        a_watcher_hears_of_every_service,
        a_real_client_is_seen_under_its_own_address,
        a_bridge_may_have_the_answer_inside_its_send,
        what_nobody_has_goes_out_and_waits_for_the_answer,
        the_way_out_may_refuse_or_find_that_the_asker_left,
    };
    Suite *suite = suite_create("net");
    TCase *tcase = tcase_create("net");

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
