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

Suite *web_socket_suite(void)
{
    Suite *suite = suite_create("web_socket");
    TCase *tcase = tcase_create("socket");

    tcase_add_test(tcase, opens_and_echoes);
    suite_add_tcase(suite, tcase);
    return suite;
}
