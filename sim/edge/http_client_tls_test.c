// SPDX-License-Identifier: Apache-2.0
// The client's own TLS against ours: two implementations' use of one library, the one with a
// descriptor and the other without. Certificates are judged by the clock of the world.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/edge/tls_bed_test.h"
#include "sim/vnet/http_client_service.h"

#define WALL_NS (5 * SIM_NS_PER_S)
#define PAGE "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct scene {
    struct bed *bed;
    struct conn *conn; // The server's, the last one.
    size_t accepted;
    struct http_client *client;
    struct http_call *call;
    unsigned told;
    int err;
    bool handshake;
    int status;
    char tls[16];
    char suite[64];
    char fingerprint[65];
};

static size_t page_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)data;
    (void)user;
    ck_assert_uint_eq(conn_send(conn, PAGE, strlen(PAGE)), strlen(PAGE));
    return length;
}

static void page_ignore(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void page_on_end(struct conn *conn, int reason, void *user)
{
    struct scene *scene = user;

    (void)reason;
    if (scene->conn == conn)
        scene->conn = NULL;
}

static const struct conn_events page_events = {
    .on_open = page_ignore,
    .on_data = page_on_data,
    .on_room = page_ignore,
    .on_end = page_on_end,
};

static void page_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct scene *scene = user;

    (void)listener;
    scene->accepted++;
    ck_assert_int_eq(
        tls_wrap(scene->bed->tls, conn, &scene->bed->server, &page_events, scene, &scene->conn), 0);
}

static struct scene *scene_new(void)
{
    struct scene *scene = mem_new(1, sizeof(*scene));
    struct address at = net_at("10.0.0.2:443");

    scene->bed = bed_new(false);
    ck_assert_int_eq(
        host_listen(scene->bed->world.right, &at, page_accept, scene, &scene->bed->listener), 0);
    scene->client = http_client_new(scene->bed->world.core);
    return scene;
}

static void scene_free(struct scene *scene)
{
    http_client_free(&scene->client);
    net_settle(&scene->bed->world);
    if (scene->conn)
        conn_reset(scene->conn);
    bed_free(scene->bed);
    free(scene);
}

static void note(struct http_call *call, const struct http_answer *answer, void *user)
{
    struct scene *scene = user;

    ck_assert_ptr_eq(call, scene->call);
    scene->told++;
    scene->err = answer->err;
    scene->handshake = answer->handshake;
    scene->status = answer->status;
    snprintf(scene->tls, sizeof(scene->tls), "%s", answer->tls ? answer->tls : "");
    snprintf(scene->suite, sizeof(scene->suite), "%s", answer->suite ? answer->suite : "");
    snprintf(scene->fingerprint, sizeof(scene->fingerprint), "%s",
             answer->fingerprint ? answer->fingerprint : "");
}

static bool is_told(void *user)
{
    return ((struct scene *)user)->told > 0;
}

static void ask(struct scene *scene, struct http_session *session)
{
    struct http_call_options options = {.method = "GET", .path = "/", .answer_bytes_max = 100};
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = is_told, .user = scene};

    scene->told = 0;
    ck_assert_int_eq(http_session_call(session, &options, note, scene, &scene->call), 0);
    ck_assert_int_eq(core_run(scene->bed->world.core, &until), CORE_DONE);
    ck_assert_uint_eq(core_holds(scene->bed->world.core), 0);
}

static struct http_session *session_new(struct scene *scene, const char *name, const char *trust)
{
    struct http_target target = {
        .host = scene->bed->world.left,
        .at = net_at("10.0.0.2:443"),
        .name = name,
        .tls = true,
        .trust_pem = trust,
    };

    return http_session_new(scene->client, &target);
}

START_TEST(a_browser_told_to_go_on_tells_whom_it_met)
{
    struct scene *scene = scene_new();
    struct http_session *session = session_new(scene, NULL, NULL);
    char fingerprint[65];

    ask(scene, session);
    ck_assert_int_eq(scene->status, 200);
    ck_assert_str_eq(scene->tls, "TLSv1.2");
    ck_assert_str_eq(scene->suite, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    ck_assert_str_eq(scene->fingerprint,
                     certificate_fingerprint(scene->bed->certificates[1], fingerprint));
    ask(scene, session);
    ck_assert_uint_eq(scene->accepted, 1);
    ck_assert_str_eq(scene->tls, "TLSv1.2");
    ck_assert_int_eq(core_now(scene->bed->world.core), 0);
    scene_free(scene);
}
END_TEST

// What the client trusts, whom it expects and when it is: certificate 0 is the authority.
static const struct {
    const char *name;
    size_t trusts;
    int64_t days;
    bool fine;
} judgements[] = {
    {BED_NAME, 0, 0, true},        {"10.0.0.2", 0, 0, true}, {"else.example", 0, 0, false},
    {BED_NAME, 3, 0, false},       {BED_NAME, 0, 364, true}, {BED_NAME, 0, 366, false},
    {"else.example", 3, 0, false},
};

START_TEST(a_client_that_trusts_somebody_judges)
{
    struct scene *scene = scene_new();
    struct str pem = {0};
    struct http_session *session;

    certificate_add_pem(scene->bed->certificates[judgements[_i].trusts], &pem);
    session = session_new(scene, judgements[_i].name, str_text(&pem));
    net_run_for(&scene->bed->world, judgements[_i].days * BED_DAY);
    ask(scene, session);
    ck_assert_int_eq(scene->err, judgements[_i].fine ? 0 : ERR_REFUSED);
    ck_assert_int_eq(scene->handshake, !judgements[_i].fine);
    str_done(&pem);
    scene_free(scene);
}
END_TEST

START_TEST(a_probe_offers_one_version)
{
    struct scene *scene = scene_new();
    struct http_session *session = session_new(scene, NULL, NULL);
    struct http_session *probe;
    static const char *const names[] = {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};

    for (size_t least = TLS_1_0; least <= TLS_1_3; least++) {
        scene->bed->server.lowest = (enum tls_version)least;
        scene->bed->server.highest = TLS_1_3;
        probe = http_session_probe(session, (enum tls_version)_i);
        ask(scene, probe);
        ck_assert_int_eq(scene->err == 0, (size_t)_i >= least);
        ck_assert_int_eq(scene->handshake, (size_t)_i < least);
        if (scene->err == 0)
            ck_assert_str_eq(scene->tls, names[_i]);
        http_session_free(&probe);
    }
    scene_free(scene);
}
END_TEST

START_TEST(what_a_server_does_wrong_is_told)
{
    static const struct {
        enum tls_fault fault;
        int err;
        bool handshake;
    } rows[] = {{TLS_ALERT, ERR_REFUSED, true}, {TLS_OLD_VERSION, ERR_REFUSED, true}};
    struct scene *scene = scene_new();
    struct http_session *session = session_new(scene, NULL, NULL);
    struct http_session *probe;

    scene->bed->server.faults = rows[_i].fault;
    probe = http_session_probe(session, TLS_1_2);
    ask(scene, probe);
    ck_assert_int_eq(scene->err, rows[_i].err);
    ck_assert_int_eq(scene->handshake, rows[_i].handshake);
    scene_free(scene);
}
END_TEST

Suite *http_client_tls_suite(void)
{
    Suite *suite = suite_create("http_client_tls");
    TCase *tests = tcase_create("http_client_tls");

    tcase_add_test(tests, a_browser_told_to_go_on_tells_whom_it_met);
    tcase_add_loop_test(tests, a_client_that_trusts_somebody_judges, 0,
                        sizeof(judgements) / sizeof(judgements[0]));
    tcase_add_loop_test(tests, a_probe_offers_one_version, TLS_1_0, TLS_1_3 + 1);
    tcase_add_loop_test(tests, what_a_server_does_wrong_is_told, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
