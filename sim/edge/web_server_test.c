// SPDX-License-Identifier: Apache-2.0
// The HTTP server over the virtual network, byte by byte.
#include "sim/edge/web_test.h"

#define GET "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define HELLO                                                                                      \
    "HTTP/1.1 200 OK\r\nx-own: yes\r\nx-two: 2\r\ncontent-type: text/plain\r\ncontent-length: "    \
    "5\r\n\r\nhello"

START_TEST(answers)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    web_says(world, peer, GET);
    ck_assert_str_eq(web_heard(peer), HELLO);
    web_says(world, peer, GET);
    ck_assert_str_eq(web_heard(peer), HELLO);
    ck_assert_str_eq(world->story, "GET /a? GET /a?");
    ck_assert_uint_eq(http_server_clients(world->server), 1);
    web_world_free(world);
}
END_TEST

START_TEST(takes_slices)
{
    static const char request[] =
        "POST /x%20y?a=%20 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    for (size_t i = 0; i < sizeof(request) - 1; i++)
        web_say(world, peer, request + i, 1);
    ck_assert_str_eq(web_heard(peer), HELLO);
    ck_assert_str_eq(world->story, "POST /x y?a=%20");
    ck_assert_str_eq(world->body, "body");
    web_world_free(world);
}
END_TEST

// ---- Refusals ----------------------------------------------------------------------------------

static const struct {
    const char *request;
    int status;
} bad[] = {
    {"GET /../etc HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /a/%2e%2E/b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /a//b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /a%2f%2fb HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET //evil HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /a/./b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /%0a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /%g0 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /% HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /a\\..\\b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /\r\nHost: h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400},
    {"GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\nA: \x01\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
    {"\x16\x03\x01\x02\x00", 400},
    {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
    {"TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", 405},
    {"CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n", 405},
    {"get / HTTP/1.1\r\nHost: h\r\n\r\n", 405},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10001\r\n\r\n", 413},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
    {"POST / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n", 417},
};

START_TEST(refuses)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);
    char want[64];
    const char *heard;

    web_says(world, peer, bad[_i].request);
    heard = web_heard(peer);
    snprintf(want, sizeof(want), "HTTP/1.1 %d ", bad[_i].status);
    ck_assert_str_eq(strncmp(heard, want, strlen(want)) == 0 ? want : heard, want);
    ck_assert_ptr_nonnull(strstr(heard, "\r\nx-own: yes\r\nx-two: 2\r\nconnection: close\r\n"));
    ck_assert_ptr_null(strcasestr(heard, "server:"));
    snprintf(want, sizeof(want), "refused:%d", bad[_i].status);
    ck_assert_str_eq(world->story, want);
    ck_assert_uint_eq(world->requests, 0);
    net_run_for(&world->net, 2 * SIM_NS_PER_S);
    ck_assert_int_eq(peer->reason, 0);
    ck_assert_uint_eq(http_server_clients(world->server), 0);
    web_world_free(world);
}
END_TEST

// A megabyte of headers: the refusal is heard though the client has not finished.
START_TEST(refuses_a_megabyte_of_headers)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);
    static char line[1024];

    memset(line, 'x', sizeof(line));
    memcpy(line, "A: ", 3);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    web_says(world, peer, "GET / HTTP/1.1\r\nHost: h\r\n");
    for (size_t i = 0; i < 1024; i++)
        web_say(world, peer, line, sizeof(line));
    ck_assert_int_eq(strncmp(web_heard(peer), "HTTP/1.1 431 ", 13), 0);
    net_run_for(&world->net, 2 * SIM_NS_PER_S);
    ck_assert_int_eq(peer->reason, 0);
    web_world_free(world);
}
END_TEST

START_TEST(takes_the_longest_head)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);
    char text[4200];

    for (int over = 0; over < 2; over++) {
        int length = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: h\r\nA: ");

        memset(text + length, 'x', sizeof(text) - (size_t)length);
        memcpy(text + 4092 + over, "\r\n\r\n", 5);
        web_says(world, peer, text);
        ck_assert_int_eq(strncmp(web_heard(peer), over ? "HTTP/1.1 431" : "HTTP/1.1 200", 12), 0);
    }
    web_world_free(world);
}
END_TEST

// ---- Time --------------------------------------------------------------------------------------

START_TEST(ends_slow_requests)
{
    static const char *const begun[] = {
        "G", "GET / HTTP/1.1\r\nHost: h\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"};
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);
    sim_time_ns began_ns;

    net_run_for(&world->net, 5 * SIM_NS_PER_S);
    began_ns = core_now(world->net.core);
    web_says(world, peer, begun[_i]);
    for (int i = 0; i < 9; i++) { // A byte a second does not help.
        net_run_for(&world->net, SIM_NS_PER_S);
        if (_i == 1)
            web_says(world, peer, "x");
    }
    ck_assert_uint_eq(peer->length, 0);
    net_run_for(&world->net, 2 * SIM_NS_PER_S);
    ck_assert_int_eq(strncmp(web_heard(peer), "HTTP/1.1 408 ", 13), 0);
    ck_assert_int_eq(peer->data_ns, began_ns + 10 * SIM_NS_PER_S);
    ck_assert_str_eq(world->story, "refused:408");
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_int_eq(peer->ended_ns, began_ns + 11 * SIM_NS_PER_S);
    web_world_free(world);
}
END_TEST

START_TEST(ends_idle_clients)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    net_run_for(&world->net, 10 * SIM_NS_PER_S);
    web_says(world, peer, GET);
    ck_assert_str_eq(web_heard(peer), HELLO);
    net_run_for(&world->net, 100 * SIM_NS_PER_S);
    ck_assert_int_eq(peer->ended_ns, 70 * SIM_NS_PER_S);
    ck_assert_int_eq(peer->reason, 0);
    web_world_free(world);
}
END_TEST

START_TEST(costs_the_latency)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer;

    net_fault(&world->net, "slow", FAULT_LATENCY, 200e6, -1, vnet_host_anchor(world->net.left),
              vnet_host_anchor(world->net.right));
    peer = web_client(world);
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_int_eq(peer->opened_ns, 400 * SIM_NS_PER_MS);
    web_says(world, peer, GET);
    net_run_for(&world->net, SIM_NS_PER_S);
    ck_assert_str_eq(web_heard(peer), HELLO);
    ck_assert_int_eq(peer->data_ns, 1400 * SIM_NS_PER_MS);
    web_world_free(world);
}
END_TEST

// ---- Order -------------------------------------------------------------------------------------

START_TEST(pipelines_one_at_a_time)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    world->answer = NULL;
    web_says(world, peer, GET "GET /b HTTP/1.1\r\nHost: h\r\n\r\nGET /.. HTTP/1.1\r\n");
    ck_assert_str_eq(world->story, "GET /a?");
    ck_assert_uint_eq(peer->length, 0);
    net_run_for(&world->net, 1000 * SIM_NS_PER_S); // What an answer takes is its owner's affair.
    http_respond(world->exchange, 200, NULL, 0, "1", 1);
    net_settle(&world->net);
    ck_assert_str_eq(world->story, "GET /a? GET /b?");
    http_respond(world->exchange, 204, NULL, 0, NULL, 0);
    web_says(world, peer, "Host: h\r\n\r\n");
    ck_assert_str_eq(world->story, "GET /a? GET /b? refused:400");
    ck_assert_ptr_nonnull(strstr(web_heard(peer), "\r\n\r\n1HTTP/1.1 204 No Content\r\nx-own: "
                                                  "yes\r\nx-two: 2\r\n\r\nHTTP/1.1 400 "));
    web_world_free(world);
}
END_TEST

START_TEST(closes_when_asked)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    web_says(world, peer, "HEAD /a?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" GET);
    ck_assert_str_eq(web_heard(peer), "HTTP/1.1 200 OK\r\nx-own: yes\r\nx-two: 2\r\nconnection: "
                                      "close\r\ncontent-type: text/plain\r\ncontent-length: "
                                      "5\r\n\r\n");
    ck_assert_int_eq(peer->reason, 0);
    ck_assert_str_eq(world->story, "HEAD /a?q");
    peer = web_client(world);
    web_says(world, peer, "\r\nGET http://h/old HTTP/1.0\r\n\r\n");
    ck_assert_int_eq(peer->reason, 0);
    ck_assert_str_eq(world->story, "HEAD /a?q GET /old?");
    web_world_free(world);
}
END_TEST

START_TEST(continues)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    web_says(world, peer,
             "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    ck_assert_str_eq(web_heard(peer), "HTTP/1.1 100 Continue\r\n\r\n");
    web_says(world, peer, "abc");
    ck_assert_str_eq(web_heard(peer), HELLO);
    ck_assert_str_eq(world->body, "abc");
    web_world_free(world);
}
END_TEST

START_TEST(tells_headers)
{
    struct http_header headers[] = {{"cookie", "a=b"}, {"x-csrf-token", "t"}};
    struct http_request request = {.headers = headers, .headers_count = 2};

    ck_assert_str_eq(http_header(&request, "x-csrf-token"), "t");
    ck_assert_ptr_null(http_header(&request, "origin"));
}
END_TEST

// Several windows of a conn: the rest waits for room, and a client that reads none of it is cut
// off.
START_TEST(streams_long_answers)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);
    size_t size = 180000;
    char *text = malloc(size);
    const char *body;

    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 23);
    world->answer = text;
    world->answer_length = size;
    peer->leave = true;
    web_says(world, peer, GET);
    net_run_for(&world->net, 59 * SIM_NS_PER_S);
    ck_assert_uint_eq(peer->length, 0);
    peer->leave = false;
    conn_resume(peer->conn);
    net_settle(&world->net);
    body = strstr((const char *)peer->data, "\r\n\r\n") + 4;
    ck_assert_uint_eq(peer->length, (size_t)(body - (const char *)peer->data) + size);
    ck_assert_int_eq(memcmp(body, text, size), 0);
    peer->length = 0;
    peer->leave = true;
    web_says(world, peer, GET);
    net_run_for(&world->net, 61 * SIM_NS_PER_S);
    ck_assert_int_eq(peer->reason, ERR_RESET);
    free(text);
    web_world_free(world);
}
END_TEST

// ---- Ends --------------------------------------------------------------------------------------

START_TEST(tells_who_has_gone)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    world->answer = NULL;
    web_says(world, peer, GET);
    if (_i)
        conn_close(peer->conn);
    else
        conn_reset(peer->conn);
    net_settle(&world->net);
    ck_assert_str_eq(world->story, "GET /a? gone");
    ck_assert_uint_eq(http_server_clients(world->server), 0);
    web_world_free(world);
}
END_TEST

START_TEST(drops)
{
    struct web_world *world = web_world_new();
    struct net_peer *waiting = web_client(world);
    struct net_peer *idle = web_client(world);
    struct net_peer *asking = web_client(world);

    world->answer = NULL;
    web_says(world, waiting, GET);
    world->drop_on_request = _i == 1;
    world->free_on_request = _i == 2;
    if (_i)
        web_says(world, asking, GET);
    else
        http_server_drop(world->server);
    net_settle(&world->net);
    ck_assert_int_eq(waiting->reason, ERR_RESET);
    ck_assert_int_eq(idle->reason, ERR_RESET);
    ck_assert_int_eq(asking->reason, ERR_RESET);
    ck_assert_str_eq(world->story, _i ? "GET /a? GET /a?" : "GET /a?");
    web_world_free(world);
}
END_TEST

START_TEST(bounds_its_clients)
{
    struct web_world *world = web_world_new();
    struct net_peer *first;
    struct net_peer *second;

    world->options.clients_max = 1;
    first = web_client(world);
    second = web_client(world);
    ck_assert_int_eq(second->reason, ERR_RESET);
    web_says(world, first, GET);
    ck_assert_str_eq(web_heard(first), HELLO);
    conn_close(first->conn);
    net_settle(&world->net);
    second = web_client(world);
    ck_assert_int_eq(second->reason, 1);
    web_world_free(world);
}
END_TEST

START_TEST(pauses)
{
    struct web_world *world = web_world_new();
    struct net_peer *peer = web_client(world);

    http_server_pause(world->server, true);
    web_says(world, peer, GET);
    net_run_for(&world->net, 1000 * SIM_NS_PER_S);
    ck_assert_str_eq(world->story, "");
    ck_assert_int_eq(peer->reason, 1);
    http_server_pause(world->server, false);
    net_settle(&world->net);
    ck_assert_str_eq(web_heard(peer), HELLO);
    peer = web_client(world);
    http_server_pause(world->server, true);
    web_says(world, peer, GET);
    net_run_for(&world->net, 20 * SIM_NS_PER_S);
    http_server_pause(world->server, false);
    net_settle(&world->net);
    ck_assert_str_eq(web_heard(peer), HELLO);
    web_world_free(world);
}
END_TEST

Suite *web_server_suite(void)
{
    Suite *suite = suite_create("web_server");
    TCase *tcase = tcase_create("http");

    tcase_add_loop_test(tcase, refuses, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_loop_test(tcase, ends_slow_requests, 0, 3);
    tcase_add_loop_test(tcase, tells_who_has_gone, 0, 2);
    tcase_add_loop_test(tcase, drops, 0, 3);
    tcase_add_test(tcase, answers);
    tcase_add_test(tcase, takes_slices);
    tcase_add_test(tcase, refuses_a_megabyte_of_headers);
    tcase_add_test(tcase, takes_the_longest_head);
    tcase_add_test(tcase, ends_idle_clients);
    tcase_add_test(tcase, costs_the_latency);
    tcase_add_test(tcase, pipelines_one_at_a_time);
    tcase_add_test(tcase, closes_when_asked);
    tcase_add_test(tcase, continues);
    tcase_add_test(tcase, tells_headers);
    tcase_add_test(tcase, streams_long_answers);
    tcase_add_test(tcase, bounds_its_clients);
    tcase_add_test(tcase, pauses);
    suite_add_tcase(suite, tcase);
    return suite;
}
