// SPDX-License-Identifier: Apache-2.0
// Two edge hosts that talk to each other over real sockets, on the real and on the jump clock.
#include "sim/edge/sockets.h"

#include "sim/edge/edge_test.h"

struct scene {
    struct core *core;
    struct host *server_host;
    struct host *client_host;
    struct edge_device server; // The same holders as in the virtual network: that is the point.
    struct edge_device client;
    struct address at;
};

static struct scene *scene_new(enum clock_mode mode, const struct edge_host_options *options)
{
    struct scene *scene = mem_new(1, sizeof(*scene));
    struct address any = edge_test_address(127, 7, 0);

    scene->core = edge_test_core(mode);
    scene->server_host = edge_host_new(scene->core, NULL);
    scene->client_host = edge_host_new(scene->core, options);
    scene->server.data = mem_new(1, EDGE_TEST_BYTES_MAX);
    scene->client.data = mem_new(1, EDGE_TEST_BYTES_MAX);
    scene->server.echo = true;
    scene->server.reason = scene->client.reason = 1;
    ck_assert_int_eq(host_listen(scene->server_host, &any, edge_device_accept, &scene->server,
                                 &scene->server.listener),
                     0);
    scene->at = edge_listener_address(scene->server.listener);
    ck_assert_uint_ne(scene->at.port, 0);
    return scene;
}

static void scene_connect(struct scene *scene)
{
    ck_assert_int_eq(host_connect(scene->client_host, &scene->at, &edge_device_events,
                                  &scene->client, &scene->client.conn),
                     0);
    ck_assert_uint_eq(scene->client.accepted, 0); // Never before it returns.
    ck_assert(edge_test_run(scene->core, edge_device_accepted, &scene->client));
    ck_assert(edge_test_run(scene->core, edge_device_accepted, &scene->server));
}

static void scene_free(struct scene *scene)
{
    edge_host_free(&scene->client_host);
    edge_host_free(&scene->server_host);
    core_free(&scene->core);
    free(scene->server.data);
    free(scene->client.data);
    free(scene);
}

static bool client_has(void *user)
{
    struct scene *scene = user;

    return scene->client.length >= scene->client.left;
}

START_TEST(a_conn_opens_carries_and_ends)
{
    struct scene *scene = scene_new(CLOCK_REAL, NULL);

    scene_connect(scene);
    ck_assert(address_same_ip(&scene->client.conn->remote, &scene->at));
    ck_assert_uint_eq(scene->client.conn->local.port, scene->server.conn->remote.port);
    conn_send(scene->client.conn, "hello", 5);
    scene->client.left = 5;
    ck_assert(edge_test_run(scene->core, client_has, scene));
    ck_assert_int_eq(memcmp(scene->client.data, "hello", 5), 0);
    conn_close(scene->client.conn);
    ck_assert(edge_test_run(scene->core, edge_device_ended, &scene->server));
    ck_assert_int_eq(scene->server.reason, 0);
    ck_assert_uint_eq(edge_host_stats(scene->server_host).conns, 0);
    scene_free(scene);
}
END_TEST

START_TEST(nobody_listening_is_a_refusal)
{
    struct scene *scene = scene_new(CLOCK_REAL, NULL);

    host_unlisten(&scene->server.listener);
    ck_assert_int_eq(host_connect(scene->client_host, &scene->at, &edge_device_events,
                                  &scene->client, &scene->client.conn),
                     0);
    ck_assert(edge_test_run(scene->core, edge_device_ended, &scene->client));
    ck_assert_int_eq(scene->client.reason, ERR_REFUSED);
    ck_assert_uint_eq(scene->client.accepted, 0);
    scene_free(scene);
}
END_TEST

START_TEST(a_host_bound_to_the_other_family_has_no_route)
{
    struct edge_host_options options = {.bind = {.family = 6, .ip = {[15] = 1}}};
    struct scene *scene = scene_new(CLOCK_REAL, &options);

    ck_assert_int_eq(host_connect(scene->client_host, &scene->at, &edge_device_events,
                                  &scene->client, &scene->client.conn),
                     ERR_UNREACHABLE);
    scene_free(scene);
}
END_TEST

START_TEST(a_bound_host_is_seen_at_its_address)
{
    struct edge_host_options options = {.bind = edge_test_address(127, 8, 0)};
    struct scene *scene = scene_new(CLOCK_REAL, &options);

    scene_connect(scene);
    ck_assert(address_same_ip(&scene->server.conn->remote, &options.bind));
    scene_free(scene);
}
END_TEST

START_TEST(a_taken_port_and_a_foreign_address_are_told_apart)
{
    struct scene *scene = scene_new(CLOCK_REAL, NULL);
    struct listener *second = NULL;
    struct address foreign;

    ck_assert_int_eq(address_parse("192.0.2.1:4502", &foreign), 0);
    ck_assert_int_eq(host_listen(scene->server_host, &scene->at, edge_device_accept, NULL, &second),
                     ERR_EXISTS);
    ck_assert_int_eq(host_listen(scene->server_host, &foreign, edge_device_accept, NULL, &second),
                     ERR_NOT_FOUND);
    ck_assert_ptr_null(second);
    scene_free(scene);
}
END_TEST

START_TEST(an_ipv4_client_of_a_wildcard_listener_keeps_its_address)
{
    struct scene *scene = scene_new(CLOCK_REAL, NULL);
    struct address everywhere = {0};

    host_unlisten(&scene->server.listener);
    ck_assert_int_eq(host_listen(scene->server_host, &everywhere, edge_device_accept,
                                 &scene->server, &scene->server.listener),
                     0);
    scene->at.port = edge_listener_address(scene->server.listener).port;
    scene_connect(scene);
    ck_assert_uint_eq(scene->server.conn->remote.family, 4);
    ck_assert(address_same_ip(&scene->server.conn->local, &scene->at));
    scene_free(scene);
}
END_TEST

// The server reads nothing at first; what does not fit anywhere is not taken, and nothing is lost.
START_TEST(a_full_conn_takes_less_and_says_when_there_is_room)
{
    struct scene *scene = scene_new(CLOCK_REAL, NULL);
    size_t stalled;

    scene_connect(scene);
    scene->server.pause = true;
    scene->server.echo = false;
    scene->client.left = (size_t)1 << 30;
    edge_device_send(&scene->client);
    edge_test_turns(scene->core, 20);
    stalled = scene->client.sent;
    ck_assert_uint_gt(scene->client.left, 0);
    scene->client.left = 300000; // Goes out from on_room.
    scene->client.close_when_sent = true;
    scene->server.pause = false;
    conn_resume(scene->server.conn);
    ck_assert(edge_test_run(scene->core, edge_device_ended, &scene->server));
    ck_assert_int_eq(scene->server.reason, 0);
    ck_assert_uint_eq(scene->server.length, stalled + 300000);
    for (size_t i = 0; i < EDGE_TEST_BYTES_MAX / 2 && i < stalled; i++)
        ck_assert(scene->server.data[i] == (uint8_t)(i * 7 >> 3));
    scene_free(scene);
}
END_TEST

// A close right after a send that the kernel could not take whole.
START_TEST(a_close_lets_what_was_sent_leave_first)
{
    struct scene *scene = scene_new(CLOCK_REAL, NULL);
    size_t sent;

    scene_connect(scene);
    scene->server.pause = true;
    scene->server.echo = false;
    scene->client.left = EDGE_TEST_BYTES_MAX - 1;
    edge_device_send(&scene->client);
    sent = scene->client.sent;
    conn_close(scene->client.conn);
    scene->client.conn = NULL;
    scene->client.left = 0;
    edge_test_turns(scene->core, 5);
    scene->server.pause = false;
    if (scene->server.conn)
        conn_resume(scene->server.conn);
    ck_assert(edge_test_run(scene->core, edge_device_ended, &scene->server));
    ck_assert_int_eq(scene->server.reason, 0);
    ck_assert_uint_eq(scene->server.length, sent);
    scene_free(scene);
}
END_TEST

static size_t reset_itself(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct scene *scene = user;

    (void)data;
    conn_reset(conn);
    scene->client.conn = NULL;
    scene->client.reason = 0;
    host_unlisten(&scene->server.listener);
    return length;
}

START_TEST(a_callback_may_reset_its_own_conn)
{
    static const struct conn_events events = {edge_device_on_open, reset_itself,
                                              edge_device_on_room, edge_device_on_end};
    struct scene *scene = scene_new(CLOCK_REAL, NULL);

    scene_connect(scene);
    conn_set_events(scene->client.conn, &events, scene);
    conn_send(scene->server.conn, "x", 1);
    ck_assert(edge_test_run(scene->core, edge_device_ended, &scene->server));
    ck_assert_int_eq(scene->server.reason, ERR_RESET);
    scene_free(scene);
}
END_TEST

// ---- Packets -----------------------------------------------------------------------------------

struct packet {
    struct address from;
    struct address to;
    uint8_t data[64];
    size_t length;
};

static void keep_packet(struct udp *udp, const struct address *from, const struct address *to,
                        const uint8_t *data, size_t length, void *user)
{
    struct packet *packet = user;

    (void)udp;
    *packet = (struct packet){.from = *from, .to = *to, .length = length};
    memcpy(packet->data, data, length);
}

static bool packet_came(void *user)
{
    return ((struct packet *)user)->length > 0;
}

START_TEST(a_packet_tells_where_it_came_from_and_went_to)
{
    struct scene *scene = scene_new(CLOCK_REAL, NULL);
    struct address everywhere = {0};
    struct address here = edge_test_address(127, 9, 0);
    struct packet packet = {0};
    struct udp *server = NULL;
    struct udp *client = NULL;

    ck_assert_int_eq(host_udp_open(scene->server_host, &everywhere, keep_packet, &packet, &server),
                     0);
    ck_assert_int_eq(host_udp_open(scene->client_host, &here, keep_packet, NULL, &client), 0);
    scene->at.port = edge_udp_address(server).port;
    ck_assert_int_eq(udp_send(client, &scene->at, "time?", 5), 0);
    ck_assert(edge_test_run(scene->core, packet_came, &packet));
    ck_assert_int_eq(memcmp(packet.data, "time?", 5), 0);
    ck_assert(address_same_ip(&packet.from, &here));
    ck_assert_uint_eq(packet.from.port, edge_udp_address(client).port);
    ck_assert(address_same_ip(&packet.to, &scene->at));
    ck_assert_uint_eq(packet.to.port, scene->at.port);
    ck_assert_int_eq(udp_join(server, &here), ERR_RANGE);
    scene_free(scene);
}
END_TEST

START_TEST(a_packet_may_be_too_long)
{
    static uint8_t data[65508];
    struct scene *scene = scene_new(CLOCK_REAL, NULL);
    struct address here = edge_test_address(127, 9, 0);
    struct udp *udp = NULL;

    ck_assert_int_eq(host_udp_open(scene->client_host, &here, keep_packet, NULL, &udp), 0);
    ck_assert_int_eq(udp_send(udp, &scene->at, data, sizeof(data)), ERR_TOO_LONG);
    scene_free(scene);
}
END_TEST

// ---- The jump clock ----------------------------------------------------------------------------

static void set_flag(struct timer *timer, void *user)
{
    (void)timer;
    *(bool *)user = true;
}

static bool flag_is_set(void *user)
{
    return *(bool *)user;
}

START_TEST(the_jump_clock_waits_for_an_answer)
{
    struct edge_host_options options = {.hold = true};
    struct scene *scene = scene_new(CLOCK_JUMP, &options);
    struct timer timer;
    bool fired = false;

    timer_init(&timer, core_timers(scene->core), NULL, set_flag, &fired);
    timer_start(&timer, 3600 * SIM_NS_PER_S);
    ck_assert_int_eq(host_connect(scene->client_host, &scene->at, &edge_device_events,
                                  &scene->client, &scene->client.conn),
                     0);
    ck_assert(edge_test_run(scene->core, edge_device_accepted, &scene->client));
    ck_assert_int_eq(core_now(scene->core), 0);
    scene->client.left = 5;
    conn_send(scene->client.conn, "hello", 5);
    ck_assert(edge_test_run(scene->core, client_has, scene));
    ck_assert_int_eq(core_now(scene->core), 0);
    ck_assert(edge_test_run(scene->core, flag_is_set, &fired));
    ck_assert_int_eq(core_now(scene->core), 3600 * SIM_NS_PER_S);
    ck_assert_uint_eq(core_holds(scene->core), 0);
    timer_stop(&timer);
    scene_free(scene);
}
END_TEST

START_TEST(an_answer_that_never_comes_holds_the_clock_for_a_while_only)
{
    struct edge_host_options options = {.hold = true, .hold_ns = 20 * SIM_NS_PER_MS};
    struct scene *scene = scene_new(CLOCK_JUMP, &options);
    int64_t started_ns = loop_host_ns();
    struct timer timer;
    bool fired = false;

    scene->server.echo = false;
    timer_init(&timer, core_timers(scene->core), NULL, set_flag, &fired);
    ck_assert_int_eq(host_connect(scene->client_host, &scene->at, &edge_device_events,
                                  &scene->client, &scene->client.conn),
                     0);
    ck_assert(edge_test_run(scene->core, edge_device_accepted, &scene->client));
    timer_start(&timer, 3600 * SIM_NS_PER_S);
    conn_send(scene->client.conn, "hello", 5);
    ck_assert(edge_test_run(scene->core, flag_is_set, &fired));
    ck_assert_int_ge(loop_host_ns() - started_ns, 20 * SIM_NS_PER_MS);
    timer_stop(&timer);
    scene_free(scene);
}
END_TEST

Suite *sockets_suite(void)
{
    Suite *suite = suite_create("sockets");
    TCase *conns = tcase_create("conns");
    TCase *packets = tcase_create("packets");
    TCase *clock = tcase_create("jump");

    tcase_set_timeout(conns, 60);
    tcase_add_test(conns, a_conn_opens_carries_and_ends);
    tcase_add_test(conns, nobody_listening_is_a_refusal);
    tcase_add_test(conns, a_host_bound_to_the_other_family_has_no_route);
    tcase_add_test(conns, a_bound_host_is_seen_at_its_address);
    tcase_add_test(conns, a_taken_port_and_a_foreign_address_are_told_apart);
    tcase_add_test(conns, an_ipv4_client_of_a_wildcard_listener_keeps_its_address);
    tcase_add_test(conns, a_full_conn_takes_less_and_says_when_there_is_room);
    tcase_add_test(conns, a_close_lets_what_was_sent_leave_first);
    tcase_add_test(conns, a_callback_may_reset_its_own_conn);
    suite_add_tcase(suite, conns);
    tcase_add_test(packets, a_packet_tells_where_it_came_from_and_went_to);
    tcase_add_test(packets, a_packet_may_be_too_long);
    suite_add_tcase(suite, packets);
    tcase_set_timeout(clock, 60);
    tcase_add_test(clock, the_jump_clock_waits_for_an_answer);
    tcase_add_test(clock, an_answer_that_never_comes_holds_the_clock_for_a_while_only);
    suite_add_tcase(suite, clock);
    return suite;
}
