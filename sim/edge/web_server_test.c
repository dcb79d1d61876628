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

Suite *web_server_suite(void)
{
    Suite *suite = suite_create("web_server");
    TCase *tcase = tcase_create("http");

    tcase_add_test(tcase, answers);
    tcase_add_test(tcase, takes_slices);
    suite_add_tcase(suite, tcase);
    return suite;
}
