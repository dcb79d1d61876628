// SPDX-License-Identifier: Apache-2.0
// WebSockets over the virtual network: both sides by the library, or one of them byte by byte.
#include <dirent.h>
#include <sys/resource.h>

#include "sim/edge/web_test.h"

#define MS SIM_NS_PER_MS

static inline size_t descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static const struct websocket_options ask = {
    .host = "cs.example",
    .path = "/ocpp/CP1",
    .subprotocols = "ocpp1.6",
    .message_bytes_max = 65536,
    .handshake_ns = 30 * SIM_NS_PER_S,
};

static struct conn *dial(struct web_world *world, const char *to)
{
    struct address address = net_at(to);
    struct conn *conn = NULL;

    ck_assert_int_eq(host_connect(world->net.left, &address, &net_events, NULL, &conn), 0);
    return conn;
}

// A client's end that begins its handshake.
static struct web_end *end_new(struct web_world *world, const struct websocket_options *options,
                               const char *to)
{
    struct web_end *end = calloc(1, sizeof(*end));

    end->core = world->net.core;
    end->world = world;
    end->reason = 1;
    ck_assert_int_eq(websocket_connect(world->web, core_timers(world->net.core), dial(world, to),
                                       options, &web_end_events, end, &end->socket),
                     0);
    return end;
}

static void end_free(struct web_end *end)
{
    if (end->socket)
        websocket_reset(end->socket);
    free(end->text);
    free(end);
}

static void say(struct web_world *world, struct web_end *end, const char *text)
{
    ck_assert_int_eq(websocket_send(end->socket, text, strlen(text)), 0);
    net_settle(&world->net);
}

START_TEST(opens_and_echoes)
{
    struct web_world *world = web_world_new();
    struct web_end *end = end_new(world, &ask, "10.0.0.2:80");
    struct web_end *other = &world->ends[0];

    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:ocpp1.6");
    ck_assert_str_eq(other->story, "open:ocpp1.6");
    ck_assert_str_eq(world->story, "upgrade /ocpp/CP1");
    ck_assert_uint_eq(http_server_clients(world->server), 1);
    other->echo = true;
    say(world, end, "hello");
    ck_assert_str_eq(end->text, "hello");
    websocket_ping(end->socket);
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:ocpp1.6 text:5 pong");
    websocket_close(end->socket, 1000);
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:ocpp1.6 text:5 pong end:0:1000");
    ck_assert_str_eq(other->story, "open:ocpp1.6 text:5 end:0:1000");
    ck_assert_int_eq((int)core_now(world->net.core), 0);
    ck_assert_uint_eq(http_server_clients(world->server), 0);
    end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(costs_the_latency)
{
    struct web_world *world = web_world_new();
    struct web_end *other = &world->ends[0];
    struct web_end *end;

    net_fault(&world->net, "slow", FAULT_LATENCY, 200e6, -1, vnet_host_anchor(world->net.left),
              vnet_host_anchor(world->net.right));
    end = end_new(world, &ask, "10.0.0.2:80");
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_int_eq(end->opened_ns, 800 * MS);
    ck_assert_int_eq(other->opened_ns, 600 * MS);
    other->echo = true;
    say(world, end, "hello");
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_int_eq(other->text_ns, 1200 * MS);
    ck_assert_int_eq(end->text_ns, 1400 * MS);
    websocket_close(end->socket, 1000);
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_str_eq(end->story, "open:ocpp1.6 text:5 end:0:1000");
    ck_assert_int_eq(other->ended_ns, 2200 * MS);
    ck_assert_int_eq(end->ended_ns, 2400 * MS);
    end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(is_refused)
{
    static const int statuses[] = {401, 403, 404, 503};
    struct web_world *world = web_world_new();
    struct websocket_options options = ask;
    struct web_end *end;
    char want[64];

    options.authorization = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    world->upgrade_status = statuses[_i];
    end = end_new(world, &options, "10.0.0.2:80");
    net_settle(&world->net);
    snprintf(want, sizeof(want), "end:REFUSED:%d", statuses[_i]);
    ck_assert_str_eq(end->story, want);
    ck_assert_uint_eq(http_server_clients(world->server), 0);
    end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(names_no_subprotocol_in_common)
{
    struct web_world *world = web_world_new();
    struct websocket_options options = ask;
    struct web_end *end;

    options.subprotocols = "ocpp1.5, soap";
    end = end_new(world, &options, "10.0.0.2:80");
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:");
    ck_assert_str_eq(world->ends[0].story, "open:");
    end_free(end);
    options.subprotocols = "soap, ocpp2.0.1, ocpp1.6";
    end = end_new(world, &options, "10.0.0.2:80");
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:ocpp2.0.1");
    ck_assert_str_eq(world->ends[0].story, "open: end:RESET:0");
    end_free(end);
    web_world_free(world);
}
END_TEST

// ---- A client byte by byte ---------------------------------------------------------------------

#define HANDSHAKE                                                                                  \
    "GET /w HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"      \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
// The answer to the key of RFC 6455 1.3.
#define ACCEPTED "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

// A masked frame (RFC 6455 5.2); returns its length.
static size_t frame(uint8_t *at, unsigned first, const void *data, size_t length)
{
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    size_t used = 2;

    at[0] = (uint8_t)first;
    if (length < 126) {
        at[1] = (uint8_t)(0x80 | length);
    } else {
        at[1] = 0x80 | (length < 65536 ? 126 : 127);
        for (int shift = length < 65536 ? 8 : 56; shift >= 0; shift -= 8)
            at[used++] = (uint8_t)((uint64_t)length >> shift);
    }
    memcpy(at + used, mask, 4);
    used += 4;
    for (size_t i = 0; i < length; i++)
        at[used + i] = ((const uint8_t *)data)[i] ^ mask[i % 4];
    return used + length;
}

static void send_frame(struct web_world *world, struct net_peer *peer, unsigned first,
                       const char *text)
{
    uint8_t bytes[256];

    web_say(world, peer, bytes, frame(bytes, first, text, strlen(text)));
}

static struct net_peer *raw_client(struct web_world *world)
{
    struct net_peer *peer = web_client(world);
    const char *heard;

    web_says(world, peer, HANDSHAKE "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n");
    heard = web_heard(peer);
    ck_assert_int_eq(strncmp(heard, "HTTP/1.1 101 ", 13), 0);
    ck_assert_ptr_nonnull(strstr(heard, ACCEPTED));
    ck_assert_ptr_nonnull(strcasestr(heard, "\r\nsec-websocket-protocol: ocpp1.6\r\n"));
    ck_assert_ptr_nonnull(strcasestr(heard, "\r\nx-own: yes\r\nx-two: 2\r\n"));
    ck_assert_ptr_null(strcasestr(heard, "\r\nserver:"));
    ck_assert_str_eq(world->ends[world->ends_count - 1].story, "open:ocpp1.6");
    return peer;
}

// Checks that the peer heard one frame and no more.
static void heard_frame(struct net_peer *peer, unsigned first, const char *data, size_t length)
{
    ck_assert_uint_eq(peer->length, length + 2);
    ck_assert_uint_eq(peer->data[0], first);
    ck_assert_uint_eq(peer->data[1], length);
    ck_assert_int_eq(memcmp(peer->data + 2, data, length), 0);
    peer->length = 0;
}

START_TEST(refuses_upgrades)
{
    static const struct {
        const char *more;
        int status; // Of the server.
        const char *heard;
    } rows[] = {
        {HANDSHAKE, 401, "\r\nwww-authenticate: Basic realm=\"x\"\r\n"},
        {HANDSHAKE, 403, "HTTP/1.1 403 Forbidden\r\nx-own: yes"},
        {"GET /w HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
         101, "\r\nsec-websocket-version: 13\r\n"},
        {"GET /w HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
         101, "HTTP/1.1 400 "},
        {"POST /w HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
         101, "HTTP/1.1 400 "},
    };
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    world->upgrade_status = rows[_i].status;
    web_says(world, peer, rows[_i].more);
    web_says(world, peer, "\r\n");
    ck_assert_ptr_nonnull(strstr(web_heard(peer), rows[_i].heard));
    ck_assert_uint_eq(world->ends_count, 0);
    web_world_free(world);
}
END_TEST

START_TEST(speaks_no_websocket)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    world->options.subprotocols = NULL;
    web_says(world, peer, HANDSHAKE "\r\n");
    ck_assert_int_eq(strncmp(web_heard(peer), "HTTP/1.1 404 ", 13), 0);
    ck_assert_str_eq(world->story, "");
    web_world_free(world);
}
END_TEST

START_TEST(joins_fragments)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);
    struct web_end *other = &world->ends[0];
    uint8_t bytes[64];
    size_t length = frame(bytes, 0x81, "slices", 6);

    send_frame(world, peer, 0x01, "one ");
    send_frame(world, peer, 0x89, "ping");
    heard_frame(peer, 0x8A, "ping", 4);
    send_frame(world, peer, 0x00, "two ");
    send_frame(world, peer, 0x8A, "x");
    send_frame(world, peer, 0x80, "three");
    ck_assert_str_eq(other->text, "one two three");
    for (size_t i = 0; i < length; i++)
        web_say(world, peer, bytes + i, 1);
    ck_assert_str_eq(other->text, "slices");
    send_frame(world, peer, 0x81, "");
    ck_assert_str_eq(other->story, "open:ocpp1.6 pong text:13 text:6 text:0");
    websocket_send(other->socket, "yes", 3);
    net_settle(&world->net);
    heard_frame(peer, 0x81, "yes", 3);
    web_world_free(world);
}
END_TEST

START_TEST(closes_both_ways)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);
    struct web_end *other = &world->ends[0];

    if (_i) {
        websocket_send(other->socket, "last", 4);
        websocket_close(other->socket, 1008);
        net_settle(&world->net);
        ck_assert_int_eq(memcmp(peer->data, "\x81\x04last\x88\x02\x03\xf0", 10), 0);
        ck_assert_str_eq(other->story, "open:ocpp1.6");
        send_frame(world, peer, 0x88, "\x03\xf0");
        ck_assert_str_eq(other->story, "open:ocpp1.6 end:0:1008");
    } else {
        send_frame(world, peer, 0x88, "\x0f\xa1 bye");
        ck_assert_uint_eq(peer->data[0], 0x88);
        ck_assert_int_eq(memcmp(peer->data + 2, "\x0f\xa1", 2), 0);
        ck_assert_str_eq(other->story, "open:ocpp1.6 end:0:4001");
    }
    ck_assert_int_eq(peer->reason, 0);
    web_world_free(world);
}
END_TEST

// Whoever never answers a Close is cut off.
START_TEST(waits_for_a_close)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);
    struct web_end *other = &world->ends[0];

    websocket_close(other->socket, 1001);
    net_run_for(&world->net, 60 * SIM_NS_PER_S);
    heard_frame(peer, 0x88, "\x03\xe9", 2);
    ck_assert_int_eq(peer->reason, ERR_RESET);
    ck_assert_int_eq(peer->ended_ns, 10 * SIM_NS_PER_S);
    ck_assert_str_eq(other->story, "open:ocpp1.6 end:TIMEOUT:1001");
    web_world_free(world);
}
END_TEST

START_TEST(refuses_messages)
{
    static const struct {
        const char *bytes;
        size_t length;
        unsigned code; // 0: just closed.
    } rows[] = {
        {"\x82\x81\0\0\0\0x", 7, 1003},            // Binary.
        {"\x81\x82\0\0\0\0\xc3\x28", 8, 1007},     // Not UTF-8.
        {"\x81\x83\0\0\0\0\xed\xa0\x80", 9, 1007}, // A surrogate.
        {"\x01\x81\0\0\0\0\xc3\x80\x81\0\0\0\0(", 14, 1007},
        {"\x81\x05hello", 7, 1002},            // Unmasked.
        {"\xc1\x81\0\0\0\0x", 7, 1002},        // A reserved bit.
        {"\x83\x81\0\0\0\0x", 7, 1002},        // A reserved opcode.
        {"\x80\x81\0\0\0\0x", 7, 1002},        // Nothing to continue.
        {"\x09\x81\0\0\0\0x", 7, 1002},        // A fragmented ping.
        {"\x89\xfe\0\x80\0\0\0\0", 8, 1002},   // A long ping.
        {"\x88\x81\0\0\0\0x", 7, 1002},        // Half a code.
        {"\x88\x82\0\0\0\0\x03\xed", 8, 1002}, // A code that stands for none.
        {"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x", 15, 1009},
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27, 1002},
    };
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);
    struct web_end *other = &world->ends[0];

    web_say(world, peer, rows[_i].bytes, rows[_i].length);
    net_run_for(&world->net, 30 * SIM_NS_PER_S);
    printf("row %d: %zu bytes %02x %02x %u, %s, %s\n", _i, peer->length, peer->data[0],
           peer->data[1], peer->data[2] << 8 | peer->data[3], other->story, peer->story);
    web_world_free(world);
}
END_TEST

Suite *web_socket_suite(void)
{
    Suite *suite = suite_create("web_socket");
    TCase *tcase = tcase_create("socket");

    tcase_add_test(tcase, opens_and_echoes);
    tcase_add_test(tcase, costs_the_latency);
    tcase_add_loop_test(tcase, is_refused, 0, 4);
    tcase_add_test(tcase, names_no_subprotocol_in_common);
    tcase_add_loop_test(tcase, refuses_upgrades, 0, 5);
    tcase_add_test(tcase, speaks_no_websocket);
    tcase_add_test(tcase, joins_fragments);
    tcase_add_loop_test(tcase, closes_both_ways, 0, 2);
    tcase_add_test(tcase, waits_for_a_close);
    tcase_add_loop_test(tcase, refuses_messages, 0, 14);
    suite_add_tcase(suite, tcase);
    return suite;
}
