// SPDX-License-Identifier: Apache-2.0
// The client's side of a WebSocket: refused, against servers that err, by the hundred, and when
// there are no descriptors left.
#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/edge/web_dial_test.h"

START_TEST(is_refused)
{
    static const int statuses[] = {401, 403, 404, 503};
    struct web_world *world = web_world_new();
    struct websocket_options options = web_ask;
    struct web_end *end;
    char want[64];

    options.authorization = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    world->upgrade_status = statuses[_i];
    end = web_end_new(world, &options, "10.0.0.2:80");
    net_settle(&world->net);
    snprintf(want, sizeof(want), "end:REFUSED:%d", statuses[_i]);
    ck_assert_str_eq(end->story, want);
    ck_assert_uint_eq(http_server_clients(world->server), 0);
    web_end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(names_no_subprotocol_in_common)
{
    struct web_world *world = web_world_new();
    struct websocket_options options = web_ask;
    struct web_end *end;

    options.subprotocols = "ocpp1.5, soap";
    end = web_end_new(world, &options, "10.0.0.2:80");
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:");
    ck_assert_str_eq(world->ends[0].story, "open:");
    web_end_free(end);
    options.subprotocols = "soap, ocpp2.0.1, ocpp1.6";
    end = web_end_new(world, &options, "10.0.0.2:80");
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "open:ocpp2.0.1");
    ck_assert_str_eq(world->ends[0].story, "open: end:RESET:0");
    web_end_free(end);
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
    end = web_end_new(world, &web_ask, "10.0.0.2:81");
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
    web_end_free(end);
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
    ck_assert_int_eq(end->ended_ns, web_ask.handshake_ns);
    ck_assert_int_eq(peer->reason, ERR_RESET);
    web_end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(authorizes)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = net_peer_new(world->net.core);
    struct websocket_options options = web_ask;
    struct web_end *end;

    world->peers[world->peers_count++] = peer;
    options.authorization = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    net_listen_at(world->net.right, "10.0.0.2:81", peer);
    end = web_end_new(world, &options, "10.0.0.2:81");
    net_settle(&world->net);
    ck_assert_ptr_nonnull(
        strcasestr(web_heard(peer), "\r\nauthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    conn_close(peer->conn);
    net_settle(&world->net);
    ck_assert_str_eq(end->story, "end:CLOSED:0");
    web_end_free(end);
    web_world_free(world);
}
END_TEST

START_TEST(hears_of_nobody)
{
    struct web_world *world = web_world_new();
    struct web_end *end = web_end_new(world, &web_ask, "10.0.0.2:99");

    net_run_for(&world->net, 60 * SIM_NS_PER_S);
    ck_assert_str_eq(end->story, "end:REFUSED:0");
    web_end_free(end);
    web_world_free(world);
}
END_TEST

// ---- Many --------------------------------------------------------------------------------------

static size_t descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

// Returns the hash of all bytes on the wire of a hundred sockets that talk and close.
static void run_many(char ret[CORE_HASH_ROOM])
{
    struct web_world *world = web_world_new();
    struct web_end *ends[100];
    size_t before;

    ends[0] = web_end_new(world, &web_ask, "10.0.0.2:80"); // Makes what all share.
    net_settle(&world->net);
    before = descriptors();
    for (int i = 1; i < 100; i++)
        ends[i] = web_end_new(world, &web_ask, "10.0.0.2:80");
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
        web_end_free(ends[i]);
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
        ends[count] = web_end_new(world, &web_ask, "10.0.0.2:80");
        net_settle(&world->net);
    } while (ends[count++]->reason == 1 && count < 15 && descriptors() < 46);
    conn = web_dial(world, "10.0.0.2:80");
    for (int fd = dup(0); fd < 50; fd = dup(0))
        ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(websocket_connect(world->web, core_timers(world->net.core), conn, &web_ask,
                                       &web_end_events, &none, &none.socket),
                     ERR_TOO_MANY);
    conn_reset(conn);
    peer = web_client(world);
    web_says(world, peer,
             "GET /w HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    ck_assert_int_eq(peer->reason, ERR_RESET);
    ck_assert_uint_ge(count, 4);
    for (size_t i = 0; i < world->ends_count; i++)
        world->ends[i].echo = true;
    web_end_say(world, ends[0], "still here");
    ck_assert_str_eq(ends[0]->text, "still here");
    for (size_t i = 0; i < count; i++)
        web_end_free(ends[i]);
    web_world_free(world);
    setrlimit(RLIMIT_NOFILE, &limit);
}
END_TEST

Suite *web_client_suite(void)
{
    Suite *suite = suite_create("web_client");
    TCase *tcase = tcase_create("client");

    tcase_add_loop_test(tcase, judges_servers, 0, 10);
    tcase_add_test(tcase, times_handshakes);
    tcase_add_test(tcase, authorizes);
    tcase_add_test(tcase, hears_of_nobody);
    tcase_add_loop_test(tcase, is_refused, 0, 4);
    tcase_add_test(tcase, names_no_subprotocol_in_common);
    tcase_add_test(tcase, runs_many_and_repeats);
    tcase_add_test(tcase, runs_out_of_descriptors);
    suite_add_tcase(suite, tcase);
    return suite;
}
