// SPDX-License-Identifier: Apache-2.0
// The client against a server of a few lines that answers from a table and notes what it was asked,
// over the virtual network on the jump clock and over a socket of this machine.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/edge/sockets.h"
#include "sim/vnet/http_client_service.h"
#include "tests/support/net_world.h"

#define MS SIM_NS_PER_MS
#define CONNS_MAX 8
#define WALL_NS (5 * SIM_NS_PER_S)

// ---- A server ----

enum manner { ANSWERS, RESETS, ENDS, IS_SILENT, BREAKS_OFF };

static const struct page {
    const char *path;
    const char *answer;
    enum manner manner;
} pages[] = {
    {"/hello",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Word:  two words \r\n"
     "Content-Length: 5\r\n\r\nhello",
     ANSWERS},
    {"/moved",
     "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.2:80/login?to=%2Fx\r\n"
     "Content-Length: 0\r\n\r\n",
     ANSWERS},
    {"/away", "HTTP/1.1 302 Found\r\nLocation: http://else.example/\r\nContent-Length: 0\r\n\r\n",
     ANSWERS},
    {"/login",
     "HTTP/1.1 200 OK\r\nSet-Cookie: session=abc123; HttpOnly; Path=/\r\n"
     "Content-Length: 2\r\n\r\n{}",
     ANSWERS},
    {"/empty", "HTTP/1.1 204 No Content\r\n\r\n", ANSWERS},
    {"/reset", "", RESETS},
    {"/end", "", ENDS},
    {"/silent", "", IS_SILENT},
    {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly this", BREAKS_OFF},
    {"/noise", "220 mail.example ESMTP\r\n", BREAKS_OFF},
};

struct server {
    struct core *core;
    size_t accepted;
    size_t requests;
    struct str last; // The last request, whole.
    struct str came[CONNS_MAX];
    struct conn *conns[CONNS_MAX];
};

static size_t request_length(const struct str *came)
{
    const char *end = strstr(str_text(came), "\r\n\r\n");
    const char *length = strstr(str_text(came), "Content-Length: ");
    size_t body = length && end && length < end ? (size_t)atol(length + 16) : 0;
    size_t whole = end ? (size_t)(end - came->text) + 4 + body : 0;

    return whole <= came->length ? whole : 0;
}

static bool is_page(const struct str *request, const struct page *page)
{
    const char *path = strchr(str_text(request), ' ');

    return path && strncmp(path + 1, page->path, strlen(page->path)) == 0 &&
           path[1 + strlen(page->path)] == ' ';
}

static void server_answer(struct server *server, size_t index)
{
    struct conn *conn = server->conns[index];

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const struct page *page = &pages[i];

        if (!is_page(&server->last, page))
            continue;
        ck_assert_uint_eq(conn_send(conn, page->answer, strlen(page->answer)),
                          strlen(page->answer));
        if (page->manner == RESETS)
            conn_reset(conn);
        else if (page->manner == ENDS || page->manner == BREAKS_OFF)
            conn_close(conn);
        if (page->manner != ANSWERS && page->manner != IS_SILENT)
            server->conns[index] = NULL;
        return;
    }
    ck_abort_msg("nobody knows this page");
}

static size_t server_index(const struct server *server, const struct conn *conn)
{
    for (size_t i = 0; i < CONNS_MAX; i++)
        if (server->conns[i] == conn)
            return i;
    ck_abort_msg("not one of ours");
    return 0;
}

static size_t server_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct server *server = user;
    size_t index = server_index(server, conn);
    struct str *came = &server->came[index];
    size_t whole;

    str_add(came, (const char *)data, length);
    whole = request_length(came);
    if (!whole)
        return length;
    ck_assert_uint_eq(whole, came->length);
    server->requests++;
    str_clear(&server->last);
    str_adds(&server->last, str_text(came));
    str_clear(came);
    server_answer(server, index);
    return length;
}

static void server_on_end(struct conn *conn, int reason, void *user)
{
    struct server *server = user;

    (void)reason;
    server->conns[server_index(server, conn)] = NULL;
}

static void server_ignore(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static const struct conn_events server_events = {
    .on_open = server_ignore,
    .on_data = server_on_data,
    .on_room = server_ignore,
    .on_end = server_on_end,
};

static void server_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct server *server = user;

    (void)listener;
    ck_assert_uint_lt(server->accepted, CONNS_MAX);
    server->conns[server->accepted++] = conn;
    conn_set_events(conn, &server_events, server);
}

// ---- A scene ----

struct told {
    unsigned times;
    int err;
    int status;
    bool has_why;
    char location[64];
    char type[64];
    char body[64];
    char word[64];
    const char *tls;
};

struct scene {
    struct net_world world;
    struct server server;
    struct listener *listener;
    struct http_client *client;
    struct http_session *session;
    struct http_call *call;
    struct told told;
};

static void note(struct http_call *call, const struct http_answer *answer, void *user)
{
    struct scene *scene = user;
    struct told *told = &scene->told;

    ck_assert_ptr_eq(call, scene->call);
    scene->call = NULL;
    told->times++;
    told->err = answer->err;
    told->has_why = answer->why != NULL;

    told->status = answer->status;
    told->tls = answer->tls;
    snprintf(told->location, sizeof(told->location), "%s",
             answer->location ? answer->location : "");
    snprintf(told->type, sizeof(told->type), "%s", answer->type);
    snprintf(told->body, sizeof(told->body), "%s", answer->body);
    for (size_t i = 0; i < answer->headers_count; i++)
        if (strcmp(answer->headers[i].name, "x-word") == 0)
            snprintf(told->word, sizeof(told->word), "%s", answer->headers[i].value);
}

static struct http_session *session_to(struct scene *scene, const char *at)
{
    struct http_target target = {.host = scene->world.left, .at = net_at(at)};

    return http_session_new(scene->client, &target);
}

static struct scene *scene_new(void)
{
    struct scene *scene = mem_new(1, sizeof(*scene));
    struct address at = net_at("10.0.0.2:80");

    scene->world = net_world_new();
    ck_assert_int_eq(
        host_listen(scene->world.right, &at, server_accept, &scene->server, &scene->listener), 0);
    scene->client = http_client_new(scene->world.core);
    scene->session = session_to(scene, "10.0.0.2:80");
    return scene;
}

static void scene_free(struct scene *scene)
{
    http_session_free(&scene->session);
    http_client_free(&scene->client);
    net_world_free(&scene->world);
    for (size_t i = 0; i < CONNS_MAX; i++)
        str_done(&scene->server.came[i]);
    str_done(&scene->server.last);
    free(scene);
}

static bool is_told(void *user)
{
    return ((struct scene *)user)->told.times > 0;
}

static void begin(struct scene *scene, struct http_session *session, const char *method,
                  const char *path, const char *body)
{
    static const struct http_header headers[] = {{"x-csrf-token", "t0ken"}};
    struct http_call_options options = {
        .method = method,
        .path = path,
        .headers = headers,
        .headers_count = body ? 1 : 0,
        .body = body,
        .body_length = body ? strlen(body) : 0,
        .answer_bytes_max = 1000,
    };

    scene->told = (struct told){0};
    ck_assert_int_eq(http_session_call(session, &options, note, scene, &scene->call), 0);
    ck_assert_uint_eq(scene->told.times, 0);
}

static void finish(struct scene *scene)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = is_told, .user = scene};

    ck_assert_int_eq(core_run(scene->world.core, &until), CORE_DONE);
    ck_assert_uint_eq(scene->told.times, 1);
}

static void ask(struct scene *scene, const char *method, const char *path, const char *body)
{
    begin(scene, scene->session, method, path, body);
    finish(scene);
}

static bool sent(const struct scene *scene, const char *text)
{
    return strstr(str_text(&scene->server.last), text) != NULL;
}

// ---- Asking ----

START_TEST(a_page_comes_with_its_headers)
{
    struct scene *scene = scene_new();

    ask(scene, "GET", "/hello", NULL);
    ck_assert_int_eq(scene->told.err, 0);
    ck_assert_int_eq(scene->told.status, 200);
    ck_assert_str_eq(scene->told.body, "hello");
    ck_assert_str_eq(scene->told.type, "text/plain");
    ck_assert_str_eq(scene->told.word, "two words");
    ck_assert_ptr_null(scene->told.tls);
    ck_assert(sent(scene, "GET /hello HTTP/1.1\r\nHost: 10.0.0.2"));
    ck_assert_int_eq(core_now(scene->world.core), 0);
    scene_free(scene);
}
END_TEST

START_TEST(a_body_and_headers_reach_the_server)
{
    struct scene *scene = scene_new();

    ask(scene, "POST", "/empty", "{\"a\":1}");
    ck_assert_int_eq(scene->told.status, 204);
    ck_assert_str_eq(scene->told.body, "");
    ck_assert(sent(scene, "POST /empty HTTP/1.1\r\n"));
    ck_assert(sent(scene, "x-csrf-token: t0ken\r\n"));
    ck_assert(sent(scene, "\r\n\r\n{\"a\":1}"));
    ck_assert(!sent(scene, "Expect"));
    ask(scene, "DELETE", "/empty", NULL);
    ck_assert(sent(scene, "DELETE /empty HTTP/1.1\r\n"));
    ck_assert(!sent(scene, "t0ken"));
    ask(scene, "POST", "/empty", NULL);
    ck_assert(sent(scene, "Content-Length: 0\r\n"));
    ask(scene, "HEAD", "/empty", NULL);
    ck_assert(sent(scene, "HEAD /empty HTTP/1.1\r\n"));
    scene_free(scene);
}
END_TEST

START_TEST(a_redirect_is_told_and_not_followed)
{
    struct scene *scene = scene_new();

    ask(scene, "GET", "/moved", NULL);
    ck_assert_int_eq(scene->told.status, 302);
    ck_assert_str_eq(scene->told.location, "/login?to=%2Fx");
    ask(scene, "GET", "/away", NULL);
    ck_assert_str_eq(scene->told.location, "http://else.example/");
    ck_assert_uint_eq(scene->server.requests, 2);
    scene_free(scene);
}
END_TEST

START_TEST(a_session_keeps_its_cookies_and_its_connection)
{
    struct scene *scene = scene_new();
    struct http_session *other = session_to(scene, "10.0.0.2:80");

    ck_assert_ptr_null(http_session_cookie(scene->session, "session"));
    ask(scene, "GET", "/login", NULL);
    ck_assert_str_eq(http_session_cookie(scene->session, "session"), "abc123");
    ck_assert_ptr_null(http_session_cookie(scene->session, "sess"));
    ask(scene, "GET", "/hello", NULL);
    ck_assert(sent(scene, "Cookie: session=abc123\r\n"));
    ck_assert_uint_eq(scene->server.accepted, 1);
    begin(scene, other, "GET", "/hello", NULL);
    finish(scene);
    ck_assert(!sent(scene, "Cookie"));
    ck_assert_uint_eq(scene->server.accepted, 2);
    ck_assert_ptr_null(http_session_cookie(other, "session"));
    http_session_free(&other);
    net_settle(&scene->world);
    ck_assert_ptr_null(scene->server.conns[1]);
    ck_assert_ptr_nonnull(scene->server.conns[0]);
    scene_free(scene);
}
END_TEST

START_TEST(one_call_at_a_time)
{
    struct scene *scene = scene_new();
    struct http_call_options options = {.method = "GET", .path = "/hello"};
    struct http_call *second = NULL;

    begin(scene, scene->session, "GET", "/silent", NULL);
    net_settle(&scene->world);
    ck_assert_int_eq(http_session_call(scene->session, &options, note, scene, &second), ERR_FULL);
    ck_assert_ptr_null(second);
    http_call_cancel(&scene->call);
    ck_assert_ptr_null(scene->call);
    http_call_cancel(&scene->call);
    net_settle(&scene->world);
    ck_assert_uint_eq(scene->told.times, 0);
    ask(scene, "GET", "/hello", NULL);
    ck_assert_int_eq(scene->told.status, 200);
    ck_assert_uint_eq(scene->server.accepted, 2);
    begin(scene, scene->session, "GET", "/silent", NULL);
    scene_free(scene); // With a call under way.
}
END_TEST

// ---- No answer ----

static const struct {
    const char *at;
    const char *path;
    int err;
} failures[] = {
    {"10.0.0.2:81", "/hello", ERR_REFUSED},   {"10.0.0.2:80", "/reset", ERR_RESET},
    {"10.0.0.2:80", "/end", ERR_CLOSED},      {"10.0.0.2:80", "/short", ERR_CLOSED},
    {"10.0.0.2:80", "/noise", ERR_MALFORMED}, {"10.9.0.2:80", "/hello", ERR_UNREACHABLE},
};

START_TEST(what_went_wrong_is_told)
{
    struct scene *scene = scene_new();
    struct http_session *session = session_to(scene, failures[_i].at);

    begin(scene, session, "GET", failures[_i].path, NULL);
    finish(scene);
    ck_assert_int_eq(scene->told.err, failures[_i].err);
    ck_assert(scene->told.has_why);
    ck_assert_int_eq(scene->told.status, 0);
    ck_assert_uint_eq(core_holds(scene->world.core), 0);
    http_session_free(&session);
    scene_free(scene);
}
END_TEST

START_TEST(an_answer_is_bounded)
{
    struct scene *scene = scene_new();
    struct http_call_options options = {.method = "GET", .path = "/hello", .answer_bytes_max = 5};

    ck_assert_int_eq(http_session_call(scene->session, &options, note, scene, &scene->call), 0);
    finish(scene);
    ck_assert_str_eq(scene->told.body, "hello");
    options.answer_bytes_max = 4;
    scene->told = (struct told){0};
    ck_assert_int_eq(http_session_call(scene->session, &options, note, scene, &scene->call), 0);
    finish(scene);
    ck_assert_int_eq(scene->told.err, ERR_TOO_LONG);
    ck_assert_str_eq(scene->told.body, "");
    scene_free(scene);
}
END_TEST

// A login that was counted must not be tried once more behind the caller's back.
START_TEST(a_request_goes_out_once)
{
    struct scene *scene = scene_new();

    ask(scene, "GET", "/hello", NULL);
    ask(scene, "POST", "/reset", "{}");
    ck_assert_int_eq(scene->told.err, ERR_RESET);
    ck_assert_uint_eq(scene->server.requests, 2);
    ask(scene, "GET", "/hello", NULL);
    ck_assert_uint_eq(scene->server.accepted, 2);
    ask(scene, "POST", "/end", "{}");
    ck_assert_int_lt(scene->told.err, 0);
    ck_assert_uint_eq(scene->server.requests, 4);
    scene_free(scene);
}
END_TEST

START_TEST(a_dead_connection_is_replaced)
{
    struct scene *scene = scene_new();

    ask(scene, "GET", "/hello", NULL);
    conn_close(scene->server.conns[0]);
    scene->server.conns[0] = NULL;
    net_settle(&scene->world);
    ask(scene, "POST", "/empty", "{}");
    ck_assert_int_eq(scene->told.status, 204);
    ck_assert_uint_eq(scene->server.accepted, 2);
    scene_free(scene);
}
END_TEST

// ---- Time ----

START_TEST(waiting_for_the_network_does_not_hold_the_clock)
{
    struct scene *scene = scene_new();

    net_fault(&scene->world, "slow", FAULT_LATENCY, 30e9, -1, vnet_host_anchor(scene->world.left),
              vnet_host_anchor(scene->world.right));
    ask(scene, "GET", "/hello", NULL);
    ck_assert_int_eq(scene->told.status, 200);
    ck_assert_int_eq(core_now(scene->world.core), 120 * SIM_NS_PER_S);
    scene_free(scene);
}
END_TEST

START_TEST(an_open_connection_lets_the_world_rest)
{
    struct scene *scene = scene_new();

    ask(scene, "GET", "/hello", NULL);
    ck_assert_uint_eq(core_holds(scene->world.core), 0);
    ck_assert_int_eq(net_run(&scene->world), CORE_IDLE);
    begin(scene, scene->session, "GET", "/silent", NULL);
    net_run_for(&scene->world, 86400 * SIM_NS_PER_S);
    ck_assert_int_eq(core_now(scene->world.core), 86400 * SIM_NS_PER_S);
    ck_assert_uint_eq(scene->told.times, 0);
    ck_assert_uint_eq(scene->server.requests, 2);
    scene_free(scene);
}
END_TEST

// ---- This machine's own sockets ----

START_TEST(a_real_server_holds_the_clock_until_it_has_answered)
{
    struct scene *scene = scene_new();
    struct host *sockets = edge_host_new(scene->world.core, NULL);
    struct address any = net_at("127.0.0.1");
    struct http_target target = {.name = "gw.example"};
    struct listener *listener;
    struct http_session *session;

    ck_assert_int_eq(host_listen(sockets, &any, server_accept, &scene->server, &listener), 0);
    target.at = edge_listener_address(listener);
    session = http_session_new(scene->client, &target);
    begin(scene, session, "GET", "/hello", NULL);
    ck_assert_uint_eq(core_holds(scene->world.core), 1);
    finish(scene);
    ck_assert_str_eq(scene->told.body, "hello");
    ck_assert(sent(scene, "Host: gw.example:"));
    ck_assert_uint_eq(core_holds(scene->world.core), 0);
    host_unlisten(&listener);
    begin(scene, session, "POST", "/end", "{}");
    finish(scene);
    ck_assert_int_eq(scene->told.err, ERR_CLOSED);
    begin(scene, session, "GET", "/hello", NULL);
    finish(scene);
    ck_assert_int_eq(scene->told.err, ERR_REFUSED);
    ck_assert_int_eq(core_now(scene->world.core), 0);
    http_session_free(&session);
    edge_host_free(&sockets);
    scene_free(scene);
}
END_TEST

Suite *http_client_suite(void)
{
    Suite *suite = suite_create("http_client");
    TCase *asks = tcase_create("asking");
    TCase *fails = tcase_create("failing");
    TCase *time = tcase_create("time");

    tcase_add_test(asks, a_page_comes_with_its_headers);
    tcase_add_test(asks, a_body_and_headers_reach_the_server);
    tcase_add_test(asks, a_redirect_is_told_and_not_followed);
    tcase_add_test(asks, a_session_keeps_its_cookies_and_its_connection);
    tcase_add_test(asks, one_call_at_a_time);
    tcase_add_loop_test(fails, what_went_wrong_is_told, 0, sizeof(failures) / sizeof(failures[0]));
    tcase_add_test(fails, an_answer_is_bounded);
    tcase_add_test(fails, a_request_goes_out_once);
    tcase_add_test(fails, a_dead_connection_is_replaced);
    tcase_add_test(time, waiting_for_the_network_does_not_hold_the_clock);
    tcase_add_test(time, an_open_connection_lets_the_world_rest);
    tcase_add_test(time, a_real_server_holds_the_clock_until_it_has_answered);
    suite_add_tcase(suite, asks);
    suite_add_tcase(suite, fails);
    suite_add_tcase(suite, time);
    return suite;
}
