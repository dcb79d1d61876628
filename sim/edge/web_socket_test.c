// SPDX-License-Identifier: Apache-2.0
// WebSockets over the virtual network: both sides by the library, or one of them byte by byte.

#include "sim/edge/web_dial_test.h"

#define MS SIM_NS_PER_MS

START_TEST(opens_and_echoes)
{
    struct web_world *world = web_world_new();
    struct web_end *end = web_end_new(world, &web_ask, "10.0.0.2:80");
    struct web_end *other = &world->ends[0];

    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:ocpp1.6");
    ck_assert_str_eq(other->story, "open:ocpp1.6");
    ck_assert_str_eq(world->story, "upgrade /ocpp/CP1");
    ck_assert_uint_eq(http_server_clients(world->server), 1);
    other->echo = true;
    web_end_say(world, end, "hello");
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
    web_end_free(end);
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
    end = web_end_new(world, &web_ask, "10.0.0.2:80");
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_int_eq(end->opened_ns, 800 * MS);
    ck_assert_int_eq(other->opened_ns, 600 * MS);
    other->echo = true;
    web_end_say(world, end, "hello");
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_int_eq(other->text_ns, 1200 * MS);
    ck_assert_int_eq(end->text_ns, 1400 * MS);
    websocket_close(end->socket, 1000);
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_str_eq(end->story, "open:ocpp1.6 text:5 end:0:1000");
    ck_assert_int_eq(other->ended_ns, 2200 * MS);
    ck_assert_int_eq(end->ended_ns, 2400 * MS);
    web_end_free(end);
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
        unsigned code;
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
        {"\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0x", 15, 1002}, // A negative length.
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27, 1002},
    };
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);
    struct web_end *other = &world->ends[0];
    char want[64];

    web_say(world, peer, rows[_i].bytes, rows[_i].length);
    ck_assert_str_eq(strchr(other->story, ' ') ? "ended" : other->story, "ended");
    net_run_for(&world->net, 30 * SIM_NS_PER_S);
    snprintf(want, sizeof(want), "open:ocpp1.6 end:0:%u", rows[_i].code);
    ck_assert_str_eq(other->story, want);
    ck_assert_uint_ge(peer->length, 4);
    ck_assert_uint_eq(peer->data[0], 0x88);
    ck_assert_uint_eq(peer->data[2] << 8 | peer->data[3], rows[_i].code);
    ck_assert_int_eq(peer->reason, 0);
    if (rows[_i].bytes[0] != '\x88') // It could hear why.
        ck_assert_int_eq(peer->ended_ns, SIM_NS_PER_S);
    ck_assert_uint_eq(http_server_clients(world->server), 0);
    web_world_free(world);
}
END_TEST

// Ten megabytes in one frame: refused as soon as the head says so, and never held.
START_TEST(refuses_ten_megabytes)
{
    static const uint8_t head[] = {0x81, 0xFF, 0, 0, 0, 0, 0, 0xA0, 0, 0, 0, 0, 0, 0};
    static char zeros[65536];
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);
    struct net_peer *neighbour = raw_client(world);

    web_say(world, peer, head, sizeof(head));
    for (int i = 0; i < 160; i++)
        web_say(world, peer, zeros, sizeof(zeros));
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6 end:0:1009");
    heard_frame(peer, 0x88, "\x03\xf1", 2);
    ck_assert_int_eq(peer->reason, ERR_RESET); // It would not stop.
    send_frame(world, neighbour, 0x81, "still here");
    ck_assert_str_eq(world->ends[1].text, "still here");
    web_world_free(world);
}
END_TEST

// Fragments that are too long together, all in one piece: the library is not done with them when it
// hears that they are refused.
START_TEST(refuses_too_many_fragments)
{
    static char bytes[100000];
    static const size_t sizes[] = {200, 300, 400, 500, 777, 900, 1000};
    size_t size = sizes[_i], length = 0;
    const uint8_t head[] = {0x00, 0xFE, (uint8_t)(size >> 8), (uint8_t)size, 0, 0, 0, 0};
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);

    memset(bytes, 'x', sizeof(bytes));
    for (; length + sizeof(head) + size <= sizeof(bytes); length += sizeof(head) + size)
        memcpy(bytes + length, head, sizeof(head));
    bytes[0] = 1;
    web_say(world, peer, bytes, length);
    net_run_for(&world->net, 30 * SIM_NS_PER_S);
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6 end:0:1009");
    heard_frame(peer, 0x88, "\x03\xf1", 2);
    ck_assert_int_eq(peer->reason, 0);
    ck_assert_uint_eq(http_server_clients(world->server), 0);
    web_world_free(world);
}
END_TEST

START_TEST(takes_the_longest_message)
{
    struct web_world *world = web_world_new();
    struct web_end *end = web_end_new(world, &web_ask, "10.0.0.2:80");
    struct web_end *other = &world->ends[0];
    char *text = malloc(65537);

    memset(text, 'x', 65537);
    net_settle(&world->net);
    other->echo = true;
    ck_assert_int_eq(websocket_send(end->socket, text, 65536), 0);
    net_settle(&world->net);
    ck_assert_uint_eq(end->text_length, 65536);
    ck_assert_int_eq(memcmp(end->text, text, 65536), 0);
    ck_assert_int_eq(websocket_send(end->socket, text, 65537), 0);
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:ocpp1.6 text:65536 end:0:1009");
    ck_assert_str_eq(other->story, "open:ocpp1.6 text:65536 end:0:1009");
    free(text);
    web_end_free(end);
    web_world_free(world);
}
END_TEST

// A holder that counts what it takes.
static size_t count_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)conn;
    (void)data;
    *(size_t *)user += length;
    return length;
}

static const struct conn_events count_events = {net_on_open, count_data, net_on_room, net_on_end};

// What the other side does not read is queued up to a bound.
START_TEST(says_when_full)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);
    struct websocket *socket = world->ends[0].socket;
    static char text[50000];
    unsigned sent = 0;
    size_t got = 0;

    memset(text, 'y', sizeof(text));
    peer->leave = true;
    for (int e = 0; e == 0; sent += e == 0) {
        e = websocket_send(socket, text, sizeof(text));
        net_settle(&world->net);
        ck_assert(e == 0 || e == ERR_FULL);
    }
    ck_assert_uint_lt(sent, 30);
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6");
    conn_set_events(peer->conn, &count_events, &got);
    conn_resume(peer->conn);
    net_settle(&world->net);
    ck_assert_uint_eq(got, sent * (sizeof(text) + 4));
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6 room");
    conn_reset(peer->conn);
    web_world_free(world);
}
END_TEST

// ---- Ends --------------------------------------------------------------------------------------

START_TEST(ends_with_its_conn)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = raw_client(world);

    web_say(world, peer, "\x01\x82\0\0\0\0ha\x80\x85\0\0\0\0l", 15);
    if (_i)
        conn_reset(peer->conn);
    else
        conn_close(peer->conn);
    net_settle(&world->net);
    ck_assert_str_eq(world->ends[0].story,
                     _i ? "open:ocpp1.6 end:RESET:0" : "open:ocpp1.6 end:CLOSED:0");
    web_world_free(world);
}
END_TEST

START_TEST(resets_within_a_callback)
{
    struct web_world *world = web_world_new();
    struct web_end *end = web_end_new(world, &web_ask, "10.0.0.2:80");
    struct web_end *other = &world->ends[0];

    net_settle(&world->net);
    other->reset_on_text = true;
    websocket_send(end->socket, "a", 1);
    websocket_send(end->socket, "b", 1);
    net_settle(&world->net);
    ck_assert_str_eq(other->story, "open:ocpp1.6 text:1");
    ck_assert_str_eq(end->story, "open:ocpp1.6 end:RESET:0");
    web_end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(is_dropped)
{
    struct web_world *world = web_world_new();
    struct web_end *first = web_end_new(world, &web_ask, "10.0.0.2:80");
    struct web_end *second = web_end_new(world, &web_ask, "10.0.0.2:80");

    net_settle(&world->net);
    world->ends[0].free_on_end = world->ends[1].free_on_end = _i ? &world->server : NULL;
    http_server_drop(world->server);
    net_settle(&world->net);
    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(world->ends[i].story, "open:ocpp1.6 end:CANCELLED:0");
    ck_assert_str_eq(first->story, "open:ocpp1.6 end:RESET:0");
    ck_assert_str_eq(second->story, "open:ocpp1.6 end:RESET:0");
    web_end_free(first);
    web_end_free(second);
    web_world_free(world);
}
END_TEST

START_TEST(pauses)
{
    struct web_world *world = web_world_new();
    struct web_end *end = web_end_new(world, &web_ask, "10.0.0.2:80");

    net_settle(&world->net);
    http_server_pause(world->server, true);
    web_end_say(world, end, "one");
    net_run_for(&world->net, 1000 * SIM_NS_PER_S);
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6");
    http_server_pause(world->server, false);
    web_end_say(world, end, "three");
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6 text:3 text:5");
    web_end_free(end);
    web_world_free(world);
}
END_TEST

Suite *web_socket_suite(void)
{
    Suite *suite = suite_create("web_socket");
    TCase *tcase = tcase_create("socket");

    tcase_add_test(tcase, opens_and_echoes);
    tcase_add_test(tcase, costs_the_latency);
    tcase_add_loop_test(tcase, refuses_upgrades, 0, 5);
    tcase_add_test(tcase, speaks_no_websocket);
    tcase_add_test(tcase, joins_fragments);
    tcase_add_loop_test(tcase, closes_both_ways, 0, 2);
    tcase_add_test(tcase, waits_for_a_close);
    tcase_add_loop_test(tcase, refuses_messages, 0, 15);
    tcase_add_loop_test(tcase, refuses_too_many_fragments, 0, 7);
    tcase_add_test(tcase, refuses_ten_megabytes);
    tcase_add_test(tcase, takes_the_longest_message);
    tcase_add_test(tcase, says_when_full);
    tcase_add_loop_test(tcase, ends_with_its_conn, 0, 2);
    tcase_add_test(tcase, resets_within_a_callback);
    tcase_add_loop_test(tcase, is_dropped, 0, 2);
    tcase_add_test(tcase, pauses);
    suite_add_tcase(suite, tcase);
    return suite;
}
