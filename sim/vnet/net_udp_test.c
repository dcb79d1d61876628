// SPDX-License-Identifier: Apache-2.0
// Packets: to one host, to groups and to all, and through the faults that touch them.
#include <check.h>
#include <stdlib.h>

#include "sim/vnet/outside_service.h"
#include "tests/support/net_world.h"

#define MS SIM_NS_PER_MS

// One udp port that writes down what it hears: "from>to=bytes" each.
struct ear {
    struct udp *udp;
    struct core *core;
    char story[4096];
    unsigned count;
    sim_time_ns heard_ns;
    bool answer;
    bool close;
};

static void on_packet(struct udp *udp, const struct address *from, const struct address *to,
                      const uint8_t *data, size_t length, void *user)
{
    struct ear *ear = user;
    char from_text[ADDRESS_TEXT_ROOM];
    char to_text[ADDRESS_TEXT_ROOM];
    size_t at = strlen(ear->story);

    ck_assert_ptr_eq(udp, ear->udp);
    snprintf(ear->story + at, sizeof(ear->story) - at, "%s%s>%s=%.*s", at ? " " : "",
             address_text(from, from_text), address_text(to, to_text), (int)length,
             (const char *)data);
    ear->count++;
    ear->heard_ns = core_now(ear->core);
    if (ear->answer)
        ck_assert_int_eq(udp_send(udp, from, "re", 2), 0);
    if (ear->close)
        udp_close(&ear->udp);
}

static void open_at(struct ear *ear, struct core *core, struct host *host, const char *at,
                    uint16_t port)
{
    struct address address = at ? net_at(at) : (struct address){.port = port};

    memset(ear, 0, sizeof(*ear));
    ear->core = core;
    ck_assert_int_eq(host_udp_open(host, &address, on_packet, ear, &ear->udp), 0);
}

static void send_text(struct ear *ear, const char *to, const char *text)
{
    struct address address = net_at(to);

    ck_assert_int_eq(udp_send(ear->udp, &address, text, strlen(text)), 0);
}

START_TEST(a_packet_arrives_in_the_turn_and_may_be_answered)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, "10.0.0.2:123", 0);
    right.answer = true;
    send_text(&left, "10.0.0.2:123", "hi");
    ck_assert_str_eq(right.story, "");
    net_settle(&world);
    ck_assert_str_eq(right.story, "10.0.0.1:49152>10.0.0.2:123=hi");
    ck_assert_str_eq(left.story, "10.0.0.2:123>10.0.0.1:49152=re");
    ck_assert_uint_eq(vnet_stats(world.vnet).packets, 2);
    net_world_free(&world);
}
END_TEST

START_TEST(packets_to_nobody_vanish)
{
    struct net_world world = net_world_new();
    struct ear left;
    struct address far = net_at("[fd00::9]:1");
    static const uint8_t big[65508];

    open_at(&left, world.core, world.left, NULL, 0);
    send_text(&left, "10.0.0.2:9", "closed port");
    send_text(&left, "10.0.0.99:9", "no host");
    net_run(&world);
    ck_assert_uint_eq(vnet_stats(world.vnet).packets_lost, 2);
    ck_assert_int_eq(udp_send(left.udp, &far, "x", 1), ERR_UNREACHABLE);
    far = net_at("10.0.0.2:9");
    ck_assert_int_eq(udp_send(left.udp, &far, big, sizeof(big)), ERR_TOO_LONG);
    net_world_free(&world);
}
END_TEST

START_TEST(a_group_reaches_everyone_who_joined_but_the_sender)
{
    struct net_world world = net_world_new();
    struct ear left, right, third_ear, deaf;
    struct host *third = net_host(world.vnet, world.lan, "third", "10.0.0.3");
    struct address group = net_at("239.255.255.250");
    struct address single = net_at("10.0.0.2");

    open_at(&left, world.core, world.left, NULL, 3702);
    open_at(&right, world.core, world.right, NULL, 3702);
    open_at(&third_ear, world.core, third, NULL, 3702);
    open_at(&deaf, world.core, third, NULL, 3703);
    ck_assert_int_eq(udp_join(left.udp, &group), 0);
    ck_assert_int_eq(udp_join(right.udp, &group), 0);
    ck_assert_int_eq(udp_join(right.udp, &group), 0);
    ck_assert_int_eq(udp_join(right.udp, &single), ERR_RANGE);
    send_text(&left, "239.255.255.250:3702", "probe");
    net_settle(&world);
    ck_assert_str_eq(right.story, "10.0.0.1:3702>239.255.255.250:3702=probe");
    ck_assert_str_eq(third_ear.story, "");
    ck_assert_str_eq(left.story, "");
    ck_assert_int_eq(udp_join(third_ear.udp, &group), 0);
    send_text(&left, "239.255.255.250:3702", "again");
    net_settle(&world);
    ck_assert_uint_eq(right.count, 2);
    ck_assert_uint_eq(third_ear.count, 1);
    ck_assert_uint_eq(deaf.count, 0);
    net_world_free(&world);
}
END_TEST

START_TEST(ipv6_groups_work_alike)
{
    struct net_world world = net_world_new();
    struct ear left, right;
    struct address address = net_at("fd00::1");
    struct address group = net_at("ff02::c");

    ck_assert_int_eq(vnet_host_add_address(world.left, world.lan, &address), 0);
    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 3702);
    ck_assert_int_eq(udp_join(right.udp, &group), 0);
    send_text(&left, "[ff02::c]:3702", "probe");
    net_settle(&world);
    ck_assert_str_eq(right.story, "[fd00::1]:49152>[ff02::c]:3702=probe");
    net_world_free(&world);
}
END_TEST

START_TEST(a_host_without_an_address_is_heard_by_all)
{
    struct net_world world = net_world_new();
    struct host *fresh = vnet_host_new(world.vnet, "fresh");
    struct ear client, server;

    ck_assert_int_eq(vnet_host_add_address(fresh, world.lan, NULL), 0);
    open_at(&client, world.core, fresh, NULL, 68);
    open_at(&server, world.core, world.right, NULL, 67);
    send_text(&client, "255.255.255.255:67", "discover");
    net_settle(&world);
    ck_assert_str_eq(server.story, "0.0.0.0:68>255.255.255.255:67=discover");
    send_text(&server, "255.255.255.255:68", "offer");
    net_settle(&world);
    ck_assert_str_eq(client.story, "10.0.0.2:67>255.255.255.255:68=offer");
    net_world_free(&world);
}
END_TEST

START_TEST(a_port_may_close_itself_while_packets_wait)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 7);
    right.close = true;
    send_text(&left, "10.0.0.2:7", "one");
    send_text(&left, "10.0.0.2:7", "two");
    net_run(&world);
    ck_assert_uint_eq(right.count, 1);
    ck_assert_ptr_null(right.udp);
    net_world_free(&world);
}
END_TEST

START_TEST(a_flood_is_bounded)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 7);
    for (unsigned i = 0; i < VNET_UDP_PACKETS_MAX + 10; i++)
        send_text(&left, "10.0.0.2:7", "x");
    ck_assert_uint_eq(vnet_stats(world.vnet).packets_lost, 10);
    memset(right.story, 0, sizeof(right.story));
    net_run(&world);
    ck_assert_uint_eq(right.count, VNET_UDP_PACKETS_MAX);
    net_world_free(&world);
}
END_TEST

static void fault(struct net_world *world, enum fault_id kind, double first, double second)
{
    net_fault(world, fault_kinds[kind].name, kind, first, second, vnet_host_anchor(world->left),
              vnet_host_anchor(world->right));
}

START_TEST(faults_delay_drop_double_and_spoil)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 7);
    fault(&world, FAULT_LATENCY, 100 * MS, -1);
    send_text(&left, "10.0.0.2:7", "slow");
    net_run(&world);
    ck_assert_int_eq(right.heard_ns, 100 * MS);
    fault_clear_all(world.faults);
    fault(&world, FAULT_LOSS, 1, -1);
    send_text(&left, "10.0.0.2:7", "lost");
    net_run(&world);
    ck_assert_uint_eq(right.count, 1);
    fault_clear_all(world.faults);
    fault(&world, FAULT_DUPLICATE, 1, 5 * MS);
    send_text(&left, "10.0.0.2:7", "twice");
    net_run(&world);
    ck_assert_uint_eq(right.count, 3);
    ck_assert_int_eq(right.heard_ns, 105 * MS);
    fault_clear_all(world.faults);
    right.story[0] = '\0';
    fault(&world, FAULT_CORRUPT, 1, -1);
    send_text(&left, "10.0.0.2:7", "AAAA");
    net_run(&world);
    ck_assert_uint_eq(right.count, 4);
    ck_assert_str_ne(right.story, "10.0.0.1:49152>10.0.0.2:7=AAAA");
    net_world_free(&world);
}
END_TEST

START_TEST(loss_takes_its_share)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 7);
    fault(&world, FAULT_LOSS, 0.25, -1);
    for (unsigned i = 0; i < 1000; i++) {
        send_text(&left, "10.0.0.2:7", "x");
        net_settle(&world);
        right.story[0] = '\0';
    }
    ck_assert_uint_ge(right.count, 700);
    ck_assert_uint_le(right.count, 800);
    net_world_free(&world);
}
END_TEST

START_TEST(reorder_lets_the_next_one_overtake)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 7);
    fault(&world, FAULT_REORDER, 1, 10 * MS);
    send_text(&left, "10.0.0.2:7", "1");
    fault_clear_all(world.faults);
    send_text(&left, "10.0.0.2:7", "2");
    net_run(&world);
    ck_assert_str_eq(right.story, "10.0.0.1:49152>10.0.0.2:7=2 10.0.0.1:49152>10.0.0.2:7=1");
    net_world_free(&world);
}
END_TEST

START_TEST(a_narrow_link_paces_and_then_drops)
{
    struct net_world world = net_world_new();
    struct ear left, right;
    char text[101] = {0};

    memset(text, 'x', 100);
    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 7);
    fault(&world, FAULT_RATE, 1000, -1);
    for (unsigned i = 0; i < 50; i++)
        send_text(&left, "10.0.0.2:7", text);
    net_run(&world);
    ck_assert_uint_eq(right.count, 21); // 100 ms each; the last one waited 2 s.
    ck_assert_int_eq(right.heard_ns, 2100 * MS);
    net_world_free(&world);
}
END_TEST

START_TEST(hold_keeps_packets_in_order)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 0);
    open_at(&right, world.core, world.right, NULL, 7);
    fault(&world, FAULT_HOLD, 0, -1);
    send_text(&left, "10.0.0.2:7", "1");
    send_text(&left, "10.0.0.2:7", "2");
    net_run_for(&world, 1000 * MS);
    ck_assert_uint_eq(right.count, 0);
    fault_clear_all(world.faults);
    net_run(&world);
    ck_assert_str_eq(right.story, "10.0.0.1:49152>10.0.0.2:7=1 10.0.0.1:49152>10.0.0.2:7=2");
    net_world_free(&world);
}
END_TEST

START_TEST(partitions_have_a_direction)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 7);
    open_at(&right, world.core, world.right, NULL, 7);
    fault(&world, FAULT_PARTITION_ONEWAY, 0, -1);
    send_text(&left, "10.0.0.2:7", "there");
    send_text(&right, "10.0.0.1:7", "back");
    net_run(&world);
    ck_assert_uint_eq(right.count, 0);
    ck_assert_uint_eq(left.count, 1);
    fault(&world, FAULT_PARTITION, 0, -1);
    send_text(&right, "10.0.0.1:7", "back");
    net_run(&world);
    ck_assert_uint_eq(left.count, 1);
    net_world_free(&world);
}
END_TEST

START_TEST(a_host_without_power_neither_hears_nor_speaks)
{
    struct net_world world = net_world_new();
    struct ear left, right;

    open_at(&left, world.core, world.left, NULL, 7);
    open_at(&right, world.core, world.right, NULL, 7);
    fault(&world, FAULT_LATENCY, 100 * MS, -1);
    send_text(&left, "10.0.0.2:7", "late");
    vnet_host_set_up(world.right, false);
    send_text(&right, "10.0.0.1:7", "dead");
    net_run(&world);
    ck_assert_uint_eq(left.count + right.count, 0);
    vnet_host_set_up(world.right, true);
    send_text(&left, "10.0.0.2:7", "x");
    vnet_host_free(&world.right); // With a packet under way.
    net_run(&world);
    net_world_free(&world);
}
END_TEST

static void on_connect(struct conn *conn, void *user)
{
    (void)user;
    conn_reset(conn);
}

static void on_out(const struct address *from, const struct address *to, const uint8_t *data,
                   size_t length, void *user)
{
    char from_text[ADDRESS_TEXT_ROOM];
    char to_text[ADDRESS_TEXT_ROOM];

    snprintf(user, 200, "%s>%s=%.*s", address_text(from, from_text), address_text(to, to_text),
             (int)length, (const char *)data);
}

START_TEST(packets_come_in_and_go_out)
{
    static const struct vnet_outward outward = {on_connect, on_out};
    struct net_world world = net_world_new();
    struct host *outside = vnet_host_new_outside(world.vnet, "outside");
    struct address address = net_at("10.0.0.254");
    struct address from = net_at("192.0.2.7:5000");
    struct address to = net_at("10.0.0.2:7");
    struct ear right;
    char story[200] = "";

    ck_assert_int_eq(vnet_host_add_address(outside, world.lan, &address), 0);
    vnet_set_outward(outside, &outward, story);
    open_at(&right, world.core, world.right, NULL, 7);
    right.answer = true;
    ck_assert_int_eq(vnet_send_from(outside, &from, &to, "in", 2), 0);
    net_run(&world);
    ck_assert_str_eq(right.story, "192.0.2.7:5000>10.0.0.2:7=in");
    ck_assert_str_eq(story, "10.0.0.2:7>192.0.2.7:5000=re");
    net_world_free(&world);
}
END_TEST

Suite *net_udp_suite(void)
{
    const TTest *const tests[] = {
        a_packet_arrives_in_the_turn_and_may_be_answered,
        packets_to_nobody_vanish,
        a_group_reaches_everyone_who_joined_but_the_sender,
        ipv6_groups_work_alike,
        a_host_without_an_address_is_heard_by_all,
        a_port_may_close_itself_while_packets_wait,
        a_flood_is_bounded,
        faults_delay_drop_double_and_spoil,
        loss_takes_its_share,
        reorder_lets_the_next_one_overtake,
        a_narrow_link_paces_and_then_drops,
        hold_keeps_packets_in_order,
        partitions_have_a_direction,
        a_host_without_power_neither_hears_nor_speaks,
        packets_come_in_and_go_out,
    };
    Suite *suite = suite_create("net_udp");
    TCase *tcase = tcase_create("net_udp");

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
