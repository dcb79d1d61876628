// SPDX-License-Identifier: Apache-2.0
// The gateway, seen by plain sockets from one side and by devices from the other.
#include "sim/edge/outside.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

#include "sim/edge/edge_test.h"
#include "sim/edge/edge_test_client.h"
#include "sim/edge/sockets.h"

#define PORT 4502

static const struct outside_options loopback = {.mode = OUTSIDE_LOOPBACK};

// A world with one device "gw" at 10.a.b.1, open to the outside at 127.a.b.1.
struct scene {
    struct edge_world world;
    struct edge_device *device;
    struct address at;   // Of its service inside ...
    struct address real; // ... and outside.
};

static struct scene scene_new(void)
{
    struct scene scene = {.world = edge_world_new(),
                          .at = edge_test_address(10, 1, PORT),
                          .real = edge_test_address(127, 1, PORT)};

    scene.device = edge_device_new(&scene.world, "gw", 1, PORT);
    edge_world_open(&scene.world, loopback);
    return scene;
}

static void scene_free(struct scene *scene)
{
    edge_world_free(&scene->world);
    edge_device_free(scene->device);
}

// A client whose conn the device has accepted.
static int scene_client(struct scene *scene)
{
    int fd = edge_client(scene->real);

    ck_assert_int_ge(fd, 0);
    scene->device->accepted = 0;
    ck_assert(edge_test_run(scene->world.core, edge_device_accepted, scene->device));
    return fd;
}

START_TEST(a_real_client_talks_to_a_device)
{
    struct scene scene = scene_new();
    struct outside_row row;
    struct address client;
    struct edge_bytes bytes;
    int fd = scene_client(&scene);

    ck_assert_ptr_null(outside_problem(scene.world.outside));
    ck_assert(outside_get(scene.world.outside, 0, &row));
    ck_assert(!outside_get(scene.world.outside, 1, &row));
    ck_assert_str_eq(row.device, "gw");
    ck_assert_str_eq(row.service, "tcp");
    ck_assert(row.open);
    ck_assert(address_same_ip(&row.real, &scene.real) && row.real.port == PORT);
    ck_assert_int_eq(send(fd, "hello", 5, 0), 5);
    bytes = edge_wait_bytes(scene.world.core, fd, 5);
    ck_assert_int_eq(memcmp(bytes.data, "hello", 5), 0);
    client = socket_address_of(fd);
    ck_assert(address_same_ip(&client, &scene.device->conn->remote));
    ck_assert_uint_eq(client.port, scene.device->conn->remote.port);
    ck_assert(address_same_ip(&scene.at, &scene.device->conn->local));
    free(bytes.data);
    close(fd);
    scene_free(&scene);
}
END_TEST

START_TEST(a_service_that_is_switched_off_refuses_at_once)
{
    struct scene scene = scene_new();
    struct edge_device *other = edge_device_new(&scene.world, "q1", 2, PORT);
    struct edge_bytes bytes;
    int standing = scene_client(&scene);
    int fd;

    host_unlisten(&scene.device->listener);
    ck_assert_int_eq(edge_client(scene.real), -ECONNREFUSED);
    ck_assert_uint_eq(outside_stats(scene.world.outside).open, 1);
    fd = edge_client(edge_test_address(127, 2, PORT)); // The neighbour.
    ck_assert_int_ge(fd, 0);
    close(fd);
    send(standing, "x", 1, 0); // Who was in before stays in.
    bytes = edge_wait_bytes(scene.world.core, standing, 1);
    ck_assert_uint_eq(bytes.length, 1);
    free(bytes.data);
    ck_assert_int_eq(host_listen(scene.device->host, &scene.at, edge_device_accept, scene.device,
                                 &scene.device->listener),
                     0);
    close(scene_client(&scene));
    close(standing);
    scene_free(&scene);
    edge_device_free(other);
}
END_TEST

START_TEST(a_reset_by_the_device_reaches_the_client)
{
    struct scene scene = scene_new();
    struct edge_bytes bytes;
    int fd = scene_client(&scene);

    conn_reset(scene.device->conn);
    bytes = edge_wait_bytes(scene.world.core, fd, SIZE_MAX);
    ck_assert_int_eq(bytes.end, -ECONNRESET);
    free(bytes.data);
    close(fd);
    scene_free(&scene);
}
END_TEST

START_TEST(a_reset_by_the_client_reaches_the_device)
{
    struct scene scene = scene_new();
    struct linger linger = {.l_onoff = 1};
    int fd = scene_client(&scene);

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
    ck_assert(edge_test_run(scene.world.core, edge_device_ended, scene.device));
    ck_assert_int_eq(scene.device->reason, ERR_RESET);
    ck_assert_uint_eq(outside_stats(scene.world.outside).clients, 0);
    scene_free(&scene);
}
END_TEST

START_TEST(an_orderly_end_by_the_client_comes_after_its_bytes)
{
    struct scene scene = scene_new();
    int fd = scene_client(&scene);

    scene.device->echo = false;
    send(fd, "bye", 3, 0);
    close(fd);
    ck_assert(edge_test_run(scene.world.core, edge_device_ended, scene.device));
    ck_assert_int_eq(scene.device->reason, 0);
    ck_assert_uint_eq(scene.device->length, 3);
    scene_free(&scene);
}
END_TEST

static void check_pattern(const struct edge_bytes *bytes)
{
    for (size_t i = 0; i < bytes->length; i += 1 + i % 7)
        ck_assert_msg(bytes->data[i] == (uint8_t)(i * 7 >> 3), "byte %zu differs", i);
}

// More than the kernel buffers, so that some of it waits in every place it can.
START_TEST(a_slow_reader_gets_every_byte_and_then_the_end)
{
    const size_t total = EDGE_TEST_BYTES_MAX - 4096;
    struct scene scene = scene_new();
    struct edge_bytes bytes;
    int fd = scene_client(&scene);
    int small = 32768;
    size_t stalled;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    scene.device->left = total;
    scene.device->close_when_sent = true;
    edge_device_send(scene.device);
    edge_test_turns(scene.world.core, 50);
    stalled = scene.device->sent;
    bytes = edge_wait_bytes(scene.world.core, fd, SIZE_MAX);
    ck_assert_uint_lt(stalled, total); // It waited in the world, too.
    ck_assert_int_eq(bytes.end, 0);
    ck_assert_uint_eq(bytes.length, total);
    check_pattern(&bytes);
    free(bytes.data);
    close(fd);
    scene_free(&scene);
}
END_TEST

// What stands between a device and a client that never reads: one window in the network, one in the
// socket's queue, and what the kernel buffers, which is bounded too (tcp_wmem).
START_TEST(a_reader_that_never_reads_stops_the_device)
{
    struct scene scene = scene_new();
    int fd = scene_client(&scene);
    size_t before;

    scene.device->left = (size_t)1 << 30;
    edge_device_send(scene.device);
    edge_test_turns(scene.world.core, 500);
    before = scene.device->sent;
    edge_test_turns(scene.world.core, 100);
    ck_assert_uint_eq(scene.device->sent, before);
    ck_assert_uint_lt(before, 64u << 20);
    close(fd);
    ck_assert(edge_test_run(scene.world.core, edge_device_ended, scene.device));
    scene_free(&scene);
}
END_TEST

static size_t client_send_all(struct scene *scene, int fd, size_t total)
{
    static uint8_t chunk[65536];
    size_t sent = 0;

    while (sent < total) {
        size_t length = total - sent < sizeof(chunk) ? total - sent : sizeof(chunk);
        ssize_t taken;

        for (size_t i = 0; i < length; i++)
            chunk[i] = (uint8_t)((sent + i) * 7 >> 3);
        taken = send(fd, chunk, length, 0);
        edge_test_turns(scene->world.core, 4);
        if (taken <= 0)
            break;
        sent += (size_t)taken;
    }
    return sent;
}

static bool device_has_all(void *user)
{
    struct edge_device *device = user;

    return device->length >= device->left;
}

START_TEST(a_slow_device_stops_the_client_and_gets_every_byte)
{
    const size_t endless = 64u << 20;
    struct scene scene = scene_new();
    int fd = scene_client(&scene);
    int small = 65536;
    size_t sent;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    scene.device->pause = true;
    scene.device->echo = false;
    sent = client_send_all(&scene, fd, endless);
    ck_assert_uint_lt(sent, endless); // It was stopped.
    ck_assert_uint_eq(scene.device->length, 0);
    scene.device->pause = false;
    scene.device->left = sent;
    conn_resume(scene.device->conn);
    ck_assert(edge_test_run(scene.world.core, device_has_all, scene.device));
    for (size_t i = 0; i < EDGE_TEST_BYTES_MAX / 2 && i < sent; i++)
        ck_assert(scene.device->data[i] == (uint8_t)(i * 7 >> 3));
    close(fd);
    scene_free(&scene);
}
END_TEST

// The end of a client whose last bytes the device has not taken yet must not overtake them.
START_TEST(an_end_waits_for_bytes_that_a_slow_device_has_not_taken)
{
    struct scene scene = scene_new();
    int fd = scene_client(&scene);
    size_t sent;

    scene.device->pause = true;
    scene.device->echo = false;
    sent = client_send_all(&scene, fd, 200000);
    ck_assert_uint_eq(sent, 200000);
    close(fd);
    edge_test_turns(scene.world.core, 20);
    ck_assert_int_eq(scene.device->reason, 1);
    scene.device->pause = false;
    conn_resume(scene.device->conn);
    ck_assert(edge_test_run(scene.world.core, edge_device_ended, scene.device));
    ck_assert_int_eq(scene.device->reason, 0);
    ck_assert_uint_eq(scene.device->length, sent);
    scene_free(&scene);
}
END_TEST

static bool thousand_accepted(void *user)
{
    return ((struct edge_device *)user)->accepted >= 1000;
}

START_TEST(a_thousand_silent_clients_hold_nobody_up)
{
    struct scene scene = scene_new();
    struct edge_bytes bytes;
    int fds[1000];
    int fd;

    for (size_t i = 0; i < 1000; i++) {
        fds[i] = edge_client(scene.real);
        ck_assert_int_ge(fds[i], 0);
    }
    ck_assert(edge_test_run(scene.world.core, thousand_accepted, scene.device));
    ck_assert_uint_eq(outside_stats(scene.world.outside).clients, 1000);
    fd = scene_client(&scene);
    send(fd, "ping", 4, 0);
    bytes = edge_wait_bytes(scene.world.core, fd, 4);
    ck_assert_uint_eq(bytes.length, 4);
    free(bytes.data);
    for (size_t i = 0; i < 1000; i++)
        close(fds[i]);
    close(fd);
    ck_assert(edge_test_run(scene.world.core, edge_device_ended, scene.device));
    scene_free(&scene);
}
END_TEST

START_TEST(one_turn_accepts_a_few_of_a_crowd)
{
    struct scene scene = scene_new();
    uint64_t before = 0;
    int fds[40];

    for (size_t i = 0; i < 40; i++)
        fds[i] = edge_client(scene.real);
    while (before < 40) { // A handshake's last packet may still be under way.
        uint64_t accepted;

        loop_pass(core_loop(scene.world.core), SIM_NS_PER_S);
        accepted = outside_stats(scene.world.outside).accepted;
        ck_assert_uint_le(accepted - before, EDGE_ACCEPTS_PER_TURN);
        before = accepted;
    }
    for (size_t i = 0; i < 40; i++)
        close(fds[i]);
    scene_free(&scene);
}
END_TEST

START_TEST(a_device_without_power_is_silent)
{
    struct scene scene = scene_new();
    struct sockaddr_storage storage;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

    vnet_host_set_up(scene.device->host, false);
    ck_assert_int_eq(
        connect(fd, (struct sockaddr *)&storage, socket_address_put(&scene.real, &storage)), -1);
    ck_assert_int_eq(errno, EINPROGRESS);
    ck_assert_int_eq(poll(&poll_fd, 1, 100), 0); // Neither accepted nor refused.
    vnet_host_set_up(scene.device->host, true);
    ck_assert_int_eq(poll(&poll_fd, 1, 10000), 1); // The SYN is repeated after 1 s.
    ck_assert_int_eq(poll_fd.revents & POLLERR, 0);
    close(fd);
    scene_free(&scene);
}
END_TEST

// What a power cut is: the host goes down, then the device drops all it had.
START_TEST(a_device_that_loses_power_is_silent_until_it_is_back)
{
    struct scene scene = scene_new();
    struct sockaddr_storage storage;
    socklen_t length = socket_address_put(&scene.real, &storage);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

    vnet_host_set_up(scene.device->host, false);
    host_unlisten(&scene.device->listener);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&storage, length), -1);
    ck_assert_int_eq(errno, EINPROGRESS);
    ck_assert_int_eq(poll(&poll_fd, 1, 100), 0);
    close(fd);
    vnet_host_set_up(scene.device->host, true);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&storage, length), -1);
    ck_assert_int_eq(errno, ECONNREFUSED);
    close(fd);
    scene_free(&scene);
}
END_TEST

static void count_packet(struct udp *udp, const struct address *from, const struct address *to,
                         const uint8_t *data, size_t length, void *user)
{
    (void)to;
    (void)user;
    ck_assert_int_eq(udp_send(udp, from, data, length), 0); // An echo.
}

START_TEST(packets_go_both_ways)
{
    struct scene scene = scene_new();
    struct sockaddr_storage storage;
    struct edge_bytes bytes;
    struct udp *udp = NULL;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    ck_assert_int_eq(host_udp_open(scene.device->host, &scene.at, count_packet, NULL, &udp), 0);
    ck_assert_int_eq(
        connect(fd, (struct sockaddr *)&storage, socket_address_put(&scene.real, &storage)), 0);
    ck_assert_int_eq(send(fd, "snmp", 4, 0), 4);
    bytes = edge_wait_bytes(scene.world.core, fd, 4);
    ck_assert_int_eq(memcmp(bytes.data, "snmp", 4), 0);
    udp_close(&udp);
    ck_assert_int_eq(send(fd, "snmp", 4, 0), 4);
    ck_assert_int_eq(recv(fd, bytes.data, 4, 0), -1);
    ck_assert_int_eq(errno, ECONNREFUSED); // ICMP port unreachable.
    free(bytes.data);
    close(fd);
    scene_free(&scene);
}
END_TEST

START_TEST(one_address_and_many_ports_that_stay_the_same)
{
    struct edge_world world = edge_world_new();
    struct edge_device *first = edge_device_new(&world, "gw", 1, PORT);
    struct edge_device *second = edge_device_new(&world, "q1", 2, PORT);
    struct outside_options options = {
        .mode = OUTSIDE_PORTS, .at = edge_test_address(127, 3, 0), .port_base = 30000};
    struct outside_row row;
    struct address at = edge_test_address(10, 1, PORT);
    int fd;

    edge_world_open(&world, options);
    ck_assert(outside_get(world.outside, 1, &row));
    ck_assert_uint_eq(row.real.port, 30001);
    ck_assert_str_eq(row.device, "q1");
    host_unlisten(&first->listener);
    ck_assert_int_eq(edge_client(edge_test_address(127, 3, 30000)), -ECONNREFUSED);
    ck_assert(outside_get(world.outside, 0, &row));
    ck_assert(!row.open);
    ck_assert_int_eq(host_listen(first->host, &at, edge_device_accept, first, &first->listener), 0);
    fd = edge_client(edge_test_address(127, 3, 30000));
    ck_assert_int_ge(fd, 0);
    close(fd);
    edge_world_free(&world);
    edge_device_free(first);
    edge_device_free(second);
}
END_TEST

START_TEST(two_networks_that_meet_in_loopback_mode_are_told_apart_by_a_hint)
{
    struct edge_world world = edge_world_new();
    struct edge_device *first = edge_device_new(&world, "gw", 1, PORT);
    struct edge_device *second = edge_device_at(&world, "other", edge_test_address(11, 1, PORT));
    struct outside_row row;

    edge_world_open(&world, loopback);
    ck_assert_ptr_nonnull(strstr(outside_problem(world.outside), "gw has that address"));
    ck_assert_ptr_nonnull(strstr(outside_problem(world.outside), "mode ports"));
    ck_assert(outside_get(world.outside, 1, &row));
    ck_assert(!row.open);
    ck_assert_int_eq(row.error, ERR_EXISTS);
    edge_world_free(&world);
    edge_device_free(first);
    edge_device_free(second);
}
END_TEST

START_TEST(an_address_that_is_not_the_hosts_names_the_command)
{
    struct edge_world world = edge_world_new();
    struct address at;
    struct edge_device *device;
    struct outside_options options = {.mode = OUTSIDE_ANYIP};

    ck_assert_int_eq(address_parse("192.0.2.77:4502", &at), 0);
    device = edge_device_at(&world, "gw", at);
    edge_world_open(&world, options);
    ck_assert_ptr_nonnull(
        strstr(outside_problem(world.outside), "ip route add local 192.0.0.0/16 dev lo"));
    edge_world_free(&world);
    edge_device_free(device);
}
END_TEST

START_TEST(true_addresses_work_where_the_host_has_them)
{
    struct edge_world world = edge_world_new();
    struct edge_device *device = edge_device_at(&world, "gw", edge_test_address(127, 9, PORT));
    struct outside_options options = {.mode = OUTSIDE_ANYIP, .port_offset = 10000};
    int fd;

    edge_world_open(&world, options);
    ck_assert_ptr_null(outside_problem(world.outside));
    fd = edge_client(edge_test_address(127, 9, PORT + 10000));
    ck_assert_int_ge(fd, 0);
    close(fd);
    edge_world_free(&world);
    edge_device_free(device);
}
END_TEST

static bool three_accepted(void *user)
{
    return ((struct edge_device *)user)->accepted >= 3;
}

static bool all_accepted(void *user)
{
    return ((struct edge_device *)user)->accepted >= 8;
}

START_TEST(short_of_descriptors_clients_wait_until_others_leave)
{
    struct edge_world world = edge_world_new();
    struct edge_device *device = edge_device_new(&world, "gw", 1, PORT);
    struct rlimit limit;
    struct rlimit tight;
    int filled[128];
    size_t fill = 0;
    int fds[8];
    int next;

    do // Numbers below 128 may have holes.
        filled[fill] = dup(0);
    while (filled[fill++] < 127);
    next = filled[fill - 1] + 1;
    getrlimit(RLIMIT_NOFILE, &limit);
    tight = limit;
    tight.rlim_cur = (rlim_t)next + 1 + 8 + 3 + 64; // The listener, the clients, three accepted.
    setrlimit(RLIMIT_NOFILE, &tight);
    edge_world_open(&world, loopback);
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq((fds[i] = edge_client(edge_test_address(127, 1, PORT))),
                         next + 1 + (int)i);
    ck_assert(edge_test_run(world.core, three_accepted, device));
    edge_test_turns(world.core, 50);
    ck_assert_uint_eq(device->accepted, 3);
    ck_assert_uint_eq(outside_stats(world.outside).postponed, 1);
    for (size_t i = 0; i < 8; i++)
        close(fds[i]);
    ck_assert(edge_test_run(world.core, all_accepted, device));
    setrlimit(RLIMIT_NOFILE, &limit);
    while (fill > 0)
        close(filled[--fill]);
    edge_world_free(&world);
    edge_device_free(device);
}
END_TEST

// ---- Outward -----------------------------------------------------------------------------------

static int plain_listener(struct address *ret_at)
{
    struct address at = edge_test_address(127, 5, 0);
    struct sockaddr_storage storage;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&storage, socket_address_put(&at, &storage)), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    *ret_at = socket_address_of(fd);
    return fd;
}

START_TEST(a_device_reaches_a_server_outside)
{
    struct edge_world world = edge_world_new();
    struct edge_device *device = edge_device_new(&world, "evse", 1, 0);
    struct outside_options options = loopback;
    struct edge_bytes bytes;
    struct address server;
    int listener = plain_listener(&server);
    int fd;

    options.outward = true;
    edge_world_open(&world, options);
    ck_assert_int_eq(
        host_connect(device->host, &server, &edge_device_events, device, &device->conn), 0);
    ck_assert(edge_test_run(world.core, edge_device_accepted, device));
    fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    ck_assert_int_ge(fd, 0);
    conn_send(device->conn, "boot", 4);
    bytes = edge_wait_bytes(world.core, fd, 4);
    ck_assert_int_eq(memcmp(bytes.data, "boot", 4), 0);
    free(bytes.data);
    close(fd);
    ck_assert(edge_test_run(world.core, edge_device_ended, device));
    ck_assert_int_eq(device->reason, 0);
    close(listener);
    device->reason = 1;
    ck_assert_int_eq(
        host_connect(device->host, &server, &edge_device_events, device, &device->conn), 0);
    ck_assert(edge_test_run(world.core, edge_device_ended, device));
    ck_assert_int_eq(device->reason, ERR_REFUSED);
    edge_world_free(&world);
    edge_device_free(device);
}
END_TEST

static void keep_answer(struct udp *udp, const struct address *from, const struct address *to,
                        const uint8_t *data, size_t length, void *user)
{
    struct edge_device *device = user;

    (void)udp;
    (void)from;
    (void)to;
    memcpy(device->data, data, length);
    device->length = length;
}

static bool device_has_answer(void *user)
{
    return ((struct edge_device *)user)->length > 0;
}

// A time client: the port is drawn, the server is real.
START_TEST(a_packet_from_a_drawn_port_is_answered)
{
    struct edge_world world = edge_world_new();
    struct edge_device *device = edge_device_new(&world, "gw", 1, 0);
    struct outside_options options = loopback;
    struct address drawn = edge_test_address(10, 1, 0);
    struct address at = edge_test_address(127, 6, 0);
    struct sockaddr_storage storage;
    socklen_t room = sizeof(storage);
    struct udp *udp = NULL;
    uint8_t data[16];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&storage, socket_address_put(&at, &storage)), 0);
    at = socket_address_of(fd);
    options.outward = true;
    edge_world_open(&world, options);
    ck_assert_int_eq(host_udp_open(device->host, &drawn, keep_answer, device, &udp), 0);
    for (int round = 0; round < 2; round++) { // The second leaves by the same socket.
        device->length = 0;
        ck_assert_int_eq(udp_send(udp, &at, "time?", 5), 0);
        edge_test_turns(world.core, 5);
        ck_assert_int_eq(
            recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&storage, &room), 5);
        ck_assert_int_eq(sendto(fd, "now", 3, 0, (struct sockaddr *)&storage, room), 3);
        ck_assert(edge_test_run(world.core, device_has_answer, device));
        ck_assert_int_eq(memcmp(device->data, "now", 3), 0);
    }
    close(fd);
    edge_world_free(&world);
    edge_device_free(device);
}
END_TEST

START_TEST(without_leave_the_outside_is_unreachable)
{
    struct edge_world world = edge_world_new();
    struct edge_device *device = edge_device_new(&world, "evse", 1, 0);
    struct address server;
    int listener = plain_listener(&server);

    edge_world_open(&world, loopback);
    ck_assert_int_eq(
        host_connect(device->host, &server, &edge_device_events, device, &device->conn), 0);
    ck_assert(edge_test_run(world.core, edge_device_ended, device));
    ck_assert_int_eq(device->reason, ERR_UNREACHABLE);
    ck_assert_int_eq(accept(listener, NULL, NULL), -1);
    close(listener);
    edge_world_free(&world);
    edge_device_free(device);
}
END_TEST

Suite *outside_suite(void)
{
    Suite *suite = suite_create("outside");
    TCase *streams = tcase_create("streams");
    TCase *doors = tcase_create("doors");

    tcase_set_timeout(streams, 60);
    tcase_add_test(streams, a_real_client_talks_to_a_device);
    tcase_add_test(streams, a_reset_by_the_device_reaches_the_client);
    tcase_add_test(streams, a_reset_by_the_client_reaches_the_device);
    tcase_add_test(streams, an_orderly_end_by_the_client_comes_after_its_bytes);
    tcase_add_test(streams, a_slow_reader_gets_every_byte_and_then_the_end);
    tcase_add_test(streams, a_reader_that_never_reads_stops_the_device);
    tcase_add_test(streams, a_slow_device_stops_the_client_and_gets_every_byte);
    tcase_add_test(streams, an_end_waits_for_bytes_that_a_slow_device_has_not_taken);
    tcase_add_test(streams, a_thousand_silent_clients_hold_nobody_up);
    tcase_add_test(streams, a_device_reaches_a_server_outside);
    tcase_add_test(streams, a_packet_from_a_drawn_port_is_answered);
    tcase_add_test(streams, without_leave_the_outside_is_unreachable);
    suite_add_tcase(suite, streams);
    tcase_set_timeout(doors, 60);
    tcase_add_test(doors, a_service_that_is_switched_off_refuses_at_once);
    tcase_add_test(doors, one_turn_accepts_a_few_of_a_crowd);
    tcase_add_test(doors, a_device_without_power_is_silent);
    tcase_add_test(doors, a_device_that_loses_power_is_silent_until_it_is_back);
    tcase_add_test(doors, packets_go_both_ways);
    tcase_add_test(doors, one_address_and_many_ports_that_stay_the_same);
    tcase_add_test(doors, two_networks_that_meet_in_loopback_mode_are_told_apart_by_a_hint);
    tcase_add_test(doors, an_address_that_is_not_the_hosts_names_the_command);
    tcase_add_test(doors, true_addresses_work_where_the_host_has_them);
    tcase_add_test(doors, short_of_descriptors_clients_wait_until_others_leave);
    suite_add_tcase(suite, doors);
    return suite;
}
