// SPDX-License-Identifier: Apache-2.0
// capture_sample FOLDER: plays short worlds on the jump clock and records each into a file of the
// folder, for tshark to judge; prints the preference that reads RS-485 frames.
//   clean.pcapng   every kind of traffic, nothing wrong with it: tshark must find nothing to remark
//   lossy.pcapng   a stream through loss: tshark must see retransmissions and no lost segment
//   line.pcapng    Modbus RTU on two RS-485 lines, one frame damaged on each
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/rtu.h"
#include "sim/vnet/capture.h"
#include "sim/vnet/line.h"
#include "tests/support/net_world.h"

static const uint8_t request[] = {0, 1, 0, 0, 0, 6, 255, 3, 0x03, 0xE8, 0, 125};

static void udp_ignore(struct udp *udp, const struct address *from, const struct address *to,
                       const uint8_t *data, size_t length, void *user)
{
    (void)udp;
    (void)from;
    (void)to;
    (void)data;
    (void)length;
    (void)user;
}

// A Modbus server that answers FC03 x 125 with zeros, behind net_accept_into()'s holder.
static size_t serve(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    uint8_t reply[259] = {0, 0, 0, 0, 0, 253, 255, 3, 250};

    (void)user;
    reply[0] = data[0];
    reply[1] = data[1];
    ck_assert_uint_eq(conn_send(conn, reply, sizeof(reply)), sizeof(reply));
    return length;
}

static const struct conn_events server_events = {net_on_open, serve, net_on_room, net_on_end};

static void accept_server(struct listener *listener, struct conn *conn, void *user)
{
    net_accept_into(listener, conn, user);
    conn_set_events(conn, &server_events, user);
}

static void play_modbus(struct net_world *world, const char *to)
{
    struct net_peer *server = net_peer_new(world->core);
    struct net_peer *client = net_peer_new(world->core);
    struct address at = net_at(to);
    struct listener *listener = NULL;
    uint8_t message[sizeof(request)];

    ck_assert_int_eq(host_listen(world->right, &at, accept_server, server, &listener), 0);
    net_connect_to(world->left, to, client);
    net_run_for(world, 20 * SIM_NS_PER_MS);
    memcpy(message, request, sizeof(message));
    for (uint8_t i = 0; i < 20; i++) {
        message[1] = i;
        ck_assert_uint_eq(conn_send(client->conn, message, sizeof(message)), sizeof(message));
        net_run_for(world, 10 * SIM_NS_PER_MS);
    }
    ck_assert_uint_eq(client->length, 20 * 259);
    conn_close(client->conn);
    net_run_for(world, SIM_NS_PER_S);
    host_unlisten(&listener);
    free(server);
    free(client);
}

// A bulk transfer in both directions, ended by the server; a refused and a reset conn.
static void play_streams(struct net_world *world)
{
    struct net_peer *server = net_peer_new(world->core);
    struct net_peer *client = net_peer_new(world->core);
    struct listener *listener = net_listen_at(world->right, "10.0.0.2:8000", server);
    static uint8_t bytes[40000];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    net_connect_to(world->left, "10.0.0.2:8000", client);
    net_run_for(world, SIM_NS_PER_MS);
    ck_assert_uint_eq(conn_send(client->conn, bytes, 3001), 3001);
    ck_assert_uint_eq(conn_send(server->conn, bytes, sizeof(bytes)), sizeof(bytes));
    net_run_for(world, SIM_NS_PER_S);
    ck_assert_uint_eq(client->length, sizeof(bytes));
    conn_close(server->conn);
    net_run_for(world, SIM_NS_PER_S);
    net_connect_to(world->left, "10.0.0.2:8001", client);
    net_run_for(world, SIM_NS_PER_S);
    net_connect_to(world->left, "10.0.0.2:8000", client);
    net_run_for(world, SIM_NS_PER_S);
    ck_assert_uint_eq(conn_send(client->conn, bytes, 100), 100);
    conn_reset(client->conn);
    net_run_for(world, SIM_NS_PER_S);
    host_unlisten(&listener);
    free(server);
    free(client);
}

static void play_packets(struct net_world *world)
{
    static const uint8_t bytes[5000];
    static const char *const to[] = {"10.0.0.2:40000", "239.255.255.250:40000", "[fd00::2]:40000",
                                     "[ff02::c]:40000", "255.255.255.255:40000"};
    struct address any = {.port = 40001};
    struct udp *udp = NULL;

    ck_assert_int_eq(host_udp_open(world->left, &any, udp_ignore, NULL, &udp), 0);
    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
        struct address at = net_at(to[i]);

        ck_assert_int_eq(udp_send(udp, &at, bytes, 101), 0);
        ck_assert_int_eq(udp_send(udp, &at, bytes, sizeof(bytes)), 0);
        net_run_for(world, SIM_NS_PER_MS);
    }
}

static void play_clean(struct net_world *world)
{
    struct address left = net_at("fd00::1");
    struct address right = net_at("fd00::2");

    ck_assert_int_eq(vnet_host_add_address(world->left, world->lan, &left), 0);
    ck_assert_int_eq(vnet_host_add_address(world->right, world->lan, &right), 0);
    play_modbus(world, "10.0.0.2:502");
    play_modbus(world, "[fd00::2]:502");
    play_streams(world);
    play_packets(world);
    net_fault(world, "slow", FAULT_LATENCY, 3e6, 1e6, vnet_host_anchor(world->left), NULL);
    play_modbus(world, "10.0.0.2:502");
    fault_clear_all(world->faults);
}

static void play_lossy(struct net_world *world)
{
    struct net_peer *server = net_peer_new(world->core);
    struct net_peer *client = net_peer_new(world->core);
    struct listener *listener = net_listen_at(world->right, "10.0.0.2:8000", server);

    net_fault(world, "lossy", FAULT_LOSS, 0.2, -1, vnet_host_anchor(world->left), NULL);
    net_connect_to(world->left, "10.0.0.2:8000", client);
    net_run_for(world, 200 * SIM_NS_PER_S);
    for (unsigned i = 0; i < 40; i++) {
        ck_assert_uint_eq(conn_send(client->conn, request, sizeof(request)), sizeof(request));
        net_run_for(world, 20 * SIM_NS_PER_S);
    }
    ck_assert_uint_eq(server->length, 40 * sizeof(request));
    conn_close(client->conn);
    net_run_for(world, 100 * SIM_NS_PER_S);
    host_unlisten(&listener);
    free(server);
    free(client);
}

static void chars_ignore(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                         void *user)
{
    (void)port;
    (void)data;
    (void)length;
    (void)flags;
    (void)user;
}

static void line_ignore(struct line_port *port, void *user)
{
    (void)port;
    (void)user;
}

static void say(struct net_world *world, struct line_port *port, const uint8_t *body, size_t length)
{
    uint8_t frame[256];
    uint16_t crc = modbus_crc(body, length);

    memcpy(frame, body, length);
    frame[length] = (uint8_t)crc;
    frame[length + 1] = (uint8_t)(crc >> 8);
    ck_assert_int_eq(line_send(port, frame, length + 2), 0);
    net_run_for(world, 200 * SIM_NS_PER_MS);
}

static void play_line(struct net_world *world, struct capture *capture, const char *name)
{
    static const struct line_events deaf = {chars_ignore, line_ignore, line_ignore};
    static const uint8_t ask[] = {1, 3, 0x03, 0xE8, 0, 2};
    static const uint8_t answer[] = {1, 3, 4, 0x41, 0x20, 0, 0};
    struct line *line = NULL;
    struct line_port *master = NULL;
    struct line_port *slave = NULL;

    ck_assert_int_eq(line_new(world->core, name, 19200, LINE_PARITY_EVEN, &line), 0);
    line_set_capture(line, capture);
    ck_assert_int_eq(line_attach(line, 0, LINE_PARITY_EVEN, &master), 0);
    ck_assert_int_eq(line_attach(line, 0, LINE_PARITY_EVEN, &slave), 0);
    line_set_events(master, &deaf, NULL);
    line_set_events(slave, &deaf, NULL);
    for (unsigned i = 0; i < 3; i++) {
        say(world, master, ask, sizeof(ask));
        say(world, slave, answer, sizeof(answer));
    }
    ck_assert_int_eq(line_send(slave, answer, sizeof(answer)), 0);
    say(world, master, ask, sizeof(ask));
    line_free(&line);
}

static struct capture *record(struct net_world *world, const char *file)
{
    struct capture *capture = NULL;

    ck_assert_int_eq(capture_open(world->core, file, NULL, &capture), 0);
    vnet_set_capture(world->vnet, capture);
    return capture;
}

START_TEST(clean)
{
    struct net_world world = net_world_new();
    struct capture *capture = record(&world, "clean.pcapng");

    play_clean(&world);
    net_world_free(&world);
    ck_assert_int_eq(capture_close(&capture), 0);
}
END_TEST

START_TEST(lossy)
{
    struct net_world world = net_world_new();
    struct capture *capture = record(&world, "lossy.pcapng");

    play_lossy(&world);
    net_world_free(&world);
    ck_assert_int_eq(capture_close(&capture), 0);
}
END_TEST

START_TEST(lines)
{
    struct net_world world = net_world_new();
    struct capture *capture = record(&world, "line.pcapng");

    play_line(&world, capture, "rs1");
    play_line(&world, capture, "rs2");
    net_world_free(&world);
    ck_assert_int_eq(capture_close(&capture), 0);
}
END_TEST

// Check is the judge of what the world itself did; it wants a runner.
int main(int argc, char **argv)
{
    Suite *suite = suite_create("capture_sample");
    TCase *tcase = tcase_create("worlds");
    SRunner *runner;
    int failed;

    if (argc != 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: capture_sample FOLDER\n");
        return 2;
    }
    tcase_add_test(tcase, clean);
    tcase_add_test(tcase, lossy);
    tcase_add_test(tcase, lines);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    if (failed)
        srunner_print(runner, CK_NORMAL);
    srunner_free(runner);
    printf("%s\n", capture_tshark_hint());
    return failed ? 1 : 0;
}
