// SPDX-License-Identifier: Apache-2.0
// WebSockets over the virtual network: both sides by the library, or one of them byte by byte.
#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/edge/web_test.h"

#define MS SIM_NS_PER_MS

static size_t descriptors(void)
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

START_TEST(takes_the_longest_message)
{
    struct web_world *world = web_world_new();
    struct web_end *end = end_new(world, &ask, "10.0.0.2:80");
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
    end_free(end);
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
    struct web_end *end = end_new(world, &ask, "10.0.0.2:80");
    struct web_end *other = &world->ends[0];

    net_settle(&world->net);
    other->reset_on_text = true;
    websocket_send(end->socket, "a", 1);
    websocket_send(end->socket, "b", 1);
    net_settle(&world->net);
    ck_assert_str_eq(other->story, "open:ocpp1.6 text:1");
    ck_assert_str_eq(end->story, "open:ocpp1.6 end:RESET:0");
    end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(is_dropped)
{
    struct web_world *world = web_world_new();
    struct web_end *first = end_new(world, &ask, "10.0.0.2:80");
    struct web_end *second = end_new(world, &ask, "10.0.0.2:80");

    net_settle(&world->net);
    world->ends[0].free_on_end = world->ends[1].free_on_end = _i;
    http_server_drop(world->server);
    net_settle(&world->net);
    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(world->ends[i].story, "open:ocpp1.6 end:CANCELLED:0");
    ck_assert_str_eq(first->story, "open:ocpp1.6 end:RESET:0");
    ck_assert_str_eq(second->story, "open:ocpp1.6 end:RESET:0");
    end_free(first);
    end_free(second);
    web_world_free(world);
}
END_TEST

START_TEST(pauses)
{
    struct web_world *world = web_world_new();
    struct web_end *end = end_new(world, &ask, "10.0.0.2:80");

    net_settle(&world->net);
    http_server_pause(world->server, true);
    say(world, end, "one");
    net_run_for(&world->net, 1000 * SIM_NS_PER_S);
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6");
    http_server_pause(world->server, false);
    say(world, end, "three");
    ck_assert_str_eq(world->ends[0].story, "open:ocpp1.6 text:3 text:5");
    end_free(end);
    web_world_free(world);
}
END_TEST

// ---- A server byte by byte ---------------------------------------------------------------------

// A client's end whose server is `peer`, at port 81.
static struct web_end *client_of(struct web_world *world, struct net_peer *peer)
{
    struct web_end *end;

    world->peers[world->peers_count++] = peer;
    net_listen_at(world->net.right, "10.0.0.2:81", peer);
    end = end_new(world, &ask, "10.0.0.2:81");
    net_settle(&world->net);
    return end;
}

// Answers a client's handshake as RFC 6455 4.2.2 says; `more` are further header lines.
static void answer_handshake(struct web_world *world, struct net_peer *peer, const char *more)
{
    char text[512];
    unsigned char digest[SHA_DIGEST_LENGTH];
    const char *key = strcasestr(web_heard(peer), "\r\nsec-websocket-key: ") + 21;
    int length = snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

    SHA1((unsigned char *)text, (size_t)length, digest);
    length = snprintf(text, sizeof(text),
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\n%sSec-WebSocket-Accept: ",
                      more);
    EVP_EncodeBlock((unsigned char *)text + length, digest, sizeof(digest));
    web_says(world, peer, text);
    web_says(world, peer, "\r\n\r\n");
}

START_TEST(judges_servers)
{
    static const struct {
        const char *more; // NULL: no handshake at all, `bytes` instead.
        const char *bytes;
        size_t length;
        const char *story;
    } rows[] = {
        {"", "\x81\x02hi", 4, "open: text:2"},
        {"Sec-WebSocket-Protocol: ocpp1.6\r\n", "\x81\x02hi", 4, "open:ocpp1.6 text:2"},
        {"Sec-WebSocket-Protocol: soap\r\n", "", 0, "end:MALFORMED:0"},
        {"Sec-WebSocket-Extensions: permessage-deflate\r\n", "", 0, "end:MALFORMED:0"},
        {"", "\x81\x82\0\0\0\0hi", 8, "open: end:0:1002"},
        {"", "\x82\x02hi", 4, "open: end:0:1003"},
        {NULL, "HTTP/1.1 301 x\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", 0,
         "end:REFUSED:301"},
        {NULL, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, "end:REFUSED:200"},
        {NULL, "SSH-2.0-x\r\n", 0, "end:MALFORMED:0"},
        {NULL,
         "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
         0, "end:MALFORMED:0"},
    };
    struct web_world *world = web_world_new();
    struct net_peer *peer = net_peer_new(world->net.core);
    struct web_end *end = client_of(world, peer);

    if (rows[_i].more)
        answer_handshake(world, peer, rows[_i].more);
    web_say(world, peer, rows[_i].bytes, rows[_i].more ? rows[_i].length : strlen(rows[_i].bytes));
    ck_assert_str_eq(end->story, rows[_i].story);
    end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(times_handshakes)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = net_peer_new(world->net.core);
    struct web_end *end = client_of(world, peer);

    ck_assert_ptr_nonnull(strstr(web_heard(peer), "\r\nHost: cs.example\r\n"));
    web_says(world, peer, "HTTP/1.1 101 Switch");
    net_run_for(&world->net, 60 * SIM_NS_PER_S);
    ck_assert_str_eq(end->story, "end:TIMEOUT:0");
    ck_assert_int_eq(end->ended_ns, ask.handshake_ns);
    ck_assert_int_eq(peer->reason, ERR_RESET);
    end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(authorizes)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = net_peer_new(world->net.core);
    struct websocket_options options = ask;
    struct web_end *end;

    world->peers[world->peers_count++] = peer;
    options.authorization = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    net_listen_at(world->net.right, "10.0.0.2:81", peer);
    end = end_new(world, &options, "10.0.0.2:81");
    net_settle(&world->net);
    ck_assert_ptr_nonnull(
        strcasestr(web_heard(peer), "\r\nauthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    conn_close(peer->conn);
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "end:CLOSED:0");
    end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(hears_of_nobody)
{
    struct web_world *world = web_world_new();
    struct web_end *end = end_new(world, &ask, "10.0.0.2:99");

    net_run_for(&world->net, 60 * SIM_NS_PER_S);
    ck_assert_str_eq(end->story, "end:REFUSED:0");
    end_free(end);
    web_world_free(world);
}
END_TEST

// ---- Many --------------------------------------------------------------------------------------

// Returns the hash of all bytes on the wire of a hundred sockets that talk and close.
static void run_many(char ret[CORE_HASH_ROOM])
{
    struct web_world *world = web_world_new();
    struct web_end *ends[100];
    size_t before;

    ends[0] = end_new(world, &ask, "10.0.0.2:80"); // Makes what all share.
    net_settle(&world->net);
    before = descriptors();
    for (int i = 1; i < 100; i++)
        ends[i] = end_new(world, &ask, "10.0.0.2:80");
    net_settle(&world->net);
    ck_assert_uint_eq(http_server_clients(world->server), 100);
    ck_assert_uint_eq(descriptors(), before + 4 * 99);
    for (int i = 0; i < 100; i++) {
        world->ends[i].echo = true;
        websocket_send(ends[i]->socket, "hello", 5);
    }
    net_settle(&world->net);
    for (int i = 0; i < 100; i++)
        ck_assert_str_eq(ends[i]->story, "open:ocpp1.6 text:5");
    for (int i = 1; i < 50; i++)
        websocket_close(ends[i]->socket, 1000);
    net_settle(&world->net);
    for (int i = 1; i < 100; i++) // The one that never closes is the first on both sides.
        if (world->ends[i].socket)
            websocket_close(world->ends[i].socket, 1000);
    net_settle(&world->net);
    ck_assert_uint_eq(descriptors(), before);
    ck_assert_uint_eq(http_server_clients(world->server), 1);
    core_event_hash(world->net.core, ret);
    for (int i = 0; i < 100; i++)
        end_free(ends[i]);
    web_world_free(world);
}

START_TEST(runs_many_and_repeats)
{
    char first[CORE_HASH_ROOM];
    char second[CORE_HASH_ROOM];
    int taken[7];

    run_many(first);
    for (int i = 0; i < 7; i++)
        taken[i] = dup(0); // Other numbers of descriptors.
    run_many(second);
    for (int i = 0; i < 7; i++)
        close(taken[i]);
    ck_assert_str_eq(first, second);
}
END_TEST

// Past the limit of descriptors a client is told, an upgrade is reset, and those that stand go on.
START_TEST(runs_out_of_descriptors)
{
    struct rlimit limit;
    struct rlimit less;
    struct web_world *world;
    struct web_end *ends[16];
    struct web_end none = {.reason = 1};
    struct net_peer *peer;
    struct conn *conn;
    size_t count = 0;

    getrlimit(RLIMIT_NOFILE, &limit);
    less = limit;
    less.rlim_cur = 64 + 50;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &less), 0);
    world = web_world_new();
    do {
        ends[count] = end_new(world, &ask, "10.0.0.2:80");
        net_settle(&world->net);
    } while (ends[count++]->reason == 1 && count < 15 && descriptors() < 46);
    conn = dial(world, "10.0.0.2:80");
    for (int fd = dup(0); fd < 50; fd = dup(0))
        ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(websocket_connect(world->web, core_timers(world->net.core), conn, &ask,
                                       &web_end_events, &none, &none.socket),
                     ERR_TOO_MANY);
    conn_reset(conn);
    peer = web_client(world);
    web_says(world, peer, HANDSHAKE "\r\n");
    ck_assert_int_eq(peer->reason, ERR_RESET);
    ck_assert_uint_ge(count, 4);
    for (size_t i = 0; i < world->ends_count; i++)
        world->ends[i].echo = true;
    say(world, ends[0], "still here");
    ck_assert_str_eq(ends[0]->text, "still here");
    for (size_t i = 0; i < count; i++)
        end_free(ends[i]);
    web_world_free(world);
    setrlimit(RLIMIT_NOFILE, &limit);
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
    tcase_add_test(tcase, refuses_ten_megabytes);
    tcase_add_test(tcase, takes_the_longest_message);
    tcase_add_test(tcase, says_when_full);
    tcase_add_loop_test(tcase, ends_with_its_conn, 0, 2);
    tcase_add_test(tcase, resets_within_a_callback);
    tcase_add_loop_test(tcase, is_dropped, 0, 2);
    tcase_add_test(tcase, pauses);
    tcase_add_loop_test(tcase, judges_servers, 0, 10);
    tcase_add_test(tcase, times_handshakes);
    tcase_add_test(tcase, authorizes);
    tcase_add_test(tcase, hears_of_nobody);
    tcase_add_test(tcase, runs_many_and_repeats);
    tcase_add_test(tcase, runs_out_of_descriptors);
    suite_add_tcase(suite, tcase);
    return suite;
}
