// SPDX-License-Identifier: Apache-2.0
// Each verb against a server of a few lines, over plain HTTP on the virtual network: what it asks,
// by a profile that calls everything differently than ours do, and what it makes of the answer.
#include "sim/proto/web/verbs/web_verbs.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/profile/profile.h"
#include "sim/proto/web/verbs/web_sessions.h"
#include "sim/scenario/op.h"
#include "sim/scenario/role.h"
#include "sim/yaml/diag.h"
#include "tests/support/net_world.h"

#define HEAD                                                                                       \
    "testbay-profile: 1\nid: p\nfamily: f\nkind: k\ntitle: t\n"                                    \
    "source: {document: D, confidence: H}\n"
#define WEB                                                                                        \
    "accounts: {columns: [role, name], rows: [[user, Owner], [user, Other]]}\n"                    \
    "web:\n  cookie: sid\n  csrf_header: x-token\n"                                                \
    "  paths: {login_page: /enter, login_state: /state, session: /s, password: /p,\n"              \
    "          logs_csv: /l.csv, settings: /set}\n"                                                \
    "  members: {user: who, password: word, new: next, result: r, state: st, remaining: left,\n"   \
    "            first_connection: first, csrf: tok, error: sorry}\n"                              \
    "  results: {granted: yes, refused: no, locked: wait, password_unset: new}\n"                  \
    "  states: {open: free, locked: shut}\n"

#define JSON(status, body)                                                                         \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body

struct scene {
    struct net_world world;
    struct listener *listener;
    struct conn *conn;
    struct str request;
    const char *answer; // NULL: silence.
    struct profile *profile;
    struct http_client *client;
    struct web_sessions sessions;
    struct target target;
    struct stage stage;
    struct op *op;
    bool done;
};

// ---- A server that answers anything with `answer` ----

static size_t server_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct scene *scene = user;
    const char *end, *size;

    str_add(&scene->request, (const char *)data, length);
    end = strstr(str_text(&scene->request), "\r\n\r\n");
    size = strstr(str_text(&scene->request), "Content-Length: ");
    if (!end || (size && strlen(end + 4) < (size_t)atol(size + 16)) || !scene->answer)
        return length;
    conn_send(conn, scene->answer, strlen(scene->answer));
    conn_close(conn);
    scene->conn = NULL;
    return length;
}

static void server_ignore(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void server_on_end(struct conn *conn, int reason, void *user)
{
    struct scene *scene = user;

    (void)conn;
    (void)reason;
    scene->conn = NULL;
}

static const struct conn_events server_events = {
    .on_open = server_ignore,
    .on_data = server_on_data,
    .on_room = server_ignore,
    .on_end = server_on_end,
};

static void server_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct scene *scene = user;

    (void)listener;
    scene->conn = conn;
    conn_set_events(conn, &server_events, scene);
}

// ---- A target with the service "web" ----

static void *target_service(struct target *target, const char *service, const char *session,
                            const char **ret_why)
{
    struct scene *scene = (struct scene *)((char *)target - offsetof(struct scene, target));
    struct web_sessions_wish wish = {
        .client = scene->client,
        .target = {.host = scene->world.left, .at = net_at("10.0.0.2:80")},
        .user = web_first_account(scene->profile),
        .timeout_ns = 3 * SIM_NS_PER_S,
        .utc_start_ns = core_utc_ns(scene->world.core),
    };

    ck_assert_str_eq(service, "web");
    return web_sessions_get(&scene->sessions, session ? session : "", &wish, ret_why);
}

static const struct target_ops target_ops = {.service = target_service};

static struct scene *scene_new(const char *profile)
{
    struct scene *scene = mem_new(1, sizeof(*scene));
    struct diag *diag = diag_new();
    struct str text = {0};
    struct address at = net_at("10.0.0.2:80");

    scene->world = net_world_new();
    ck_assert_int_eq(host_listen(scene->world.right, &at, server_accept, scene, &scene->listener),
                     0);
    scene->client = http_client_new(scene->world.core);
    if (profile_parse("p.yaml", profile, strlen(profile), diag, &scene->profile) < 0) {
        diag_print(diag, false, &text);
        ck_abort_msg("%s", str_text(&text));
    }
    diag_free(&diag);
    scene->target.ops = &target_ops;
    scene->target.profile = scene->profile;
    scene->target.stage = &scene->stage;
    return scene;
}

static void scene_free(struct scene *scene)
{
    op_free(&scene->op);
    web_sessions_close(&scene->sessions);
    http_client_free(&scene->client);
    net_world_free(&scene->world);
    profile_free(&scene->profile);
    str_done(&scene->request);
    free(scene);
}

static void on_done(struct op *op, void *user)
{
    (void)op;
    ((struct scene *)user)->done = true;
}

static const struct verb *find(const char *name)
{
    static const struct verb *const *const tables[] = {web_login_verbs, web_page_verbs,
                                                       web_audit_verbs};
    struct verb_set set = {.tables = tables, .count = 3};
    const struct verb *verb = verb_find(&set, name);

    ck_assert_ptr_nonnull(verb);
    return verb;
}

// `arguments` are pairs of name and text, NULL-terminated.
static void begin(struct scene *scene, const char *verb, const char *const *arguments,
                  const char *answer)
{
    op_free(&scene->op);
    scene->done = false;
    scene->answer = answer;
    str_clear(&scene->request);
    scene->op = op_new(find(verb), core_timers(scene->world.core), on_done, scene);
    scene->op->target = &scene->target;
    scene->op->profile = scene->profile;
    for (; arguments && *arguments; arguments += 2)
        ck_assert_int_eq(op_add_argument(scene->op, arguments[0], value_parse(arguments[1], false)),
                         0);
    scene->op->verb->start(scene->op);
}

static bool is_done(void *user)
{
    return ((struct scene *)user)->done;
}

static void run(struct scene *scene, const char *verb, const char *const *arguments,
                const char *answer)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = 5 * SIM_NS_PER_S, .done = is_done, .user = scene};

    begin(scene, verb, arguments, answer);
    if (!scene->done)
        ck_assert_int_eq(core_run(scene->world.core, &until), CORE_DONE);
}

static void ck_result(const struct scene *scene, const char *key, const char *expected)
{
    const struct value *value = op_result(scene->op, key);
    struct str text = {0};

    ck_assert_msg(value, "no result '%s'", key);
    value_print(value, &text);
    ck_assert_msg(strcmp(str_text(&text), expected) == 0, "%s: %s, expected %s", key,
                  str_text(&text), expected);
    str_done(&text);
}

static bool sent(const struct scene *scene, const char *text)
{
    return strstr(str_text(&scene->request), text) != NULL;
}

// ---- What is asked and made of it ----

static const struct row {
    const char *verb;
    const char *arguments[9];
    const char *answer;
    const char *sent[3];
    const char *results[9];
} rows[] = {
    {"web.login",
     {"user", "Me", "password", "x\"y"},
     JSON("200 OK", "{\"r\":\"yes\",\"tok\":\"T1\"}"),
     {"POST /s HTTP/1.1\r\n", "{\"who\":\"Me\",\"word\":\"x\\\"y\"}", "application/json"},
     {"result", "granted", "connection", "ok", "status", "200"}},
    {"web.login",
     {"password", "12345"},
     JSON("401 No", "{\"r\":\"no\"}"),
     {"{\"who\":\"Owner\",\"word\":\"12345\"}"},
     {"result", "refused", "status", "401"}},
    {"web.login",
     {"user", "Me"},
     JSON("423 Locked", "{\"r\":\"wait\",\"left\":61}"),
     {"{\"who\":\"Me\"}"},
     {"result", "locked", "locked_for", "1m1s"}},
    {"web.login", {NULL}, JSON("409 C", "{\"r\":\"new\"}"), {NULL}, {"result", "password-unset"}},
    {"web.login",
     {NULL},
     JSON("200 OK", "{\"r\":\"maybe\"}"),
     {NULL},
     {"result", "none", "connection", "malformed", "status", "200"}},
    {"web.login", {NULL}, JSON("200 OK", "{"), {NULL}, {"connection", "malformed"}},
    {"web.login",
     {NULL},
     NULL,
     {NULL},
     {"connection", "silent", "result", "none", "latency", "3s"}},
    {"web.lock-status",
     {"user", "a b&c"},
     JSON("200 OK", "{\"st\":\"shut\",\"left\":5,\"first\":true}"),
     {"GET /state?who=a%20b%26c HTTP/1.1\r\n"},
     {"state", "locked", "remaining", "5s", "first_connection", "true"}},
    {"web.lock-status",
     {NULL},
     JSON("200 OK", "{\"st\":\"free\",\"left\":0}"),
     {"GET /state?who=Owner HTTP"},
     {"state", "open", "remaining", "0", "first_connection", "false"}},
    {"web.lock-status", {NULL}, JSON("500 E", ""), {NULL}, {"state", "unknown", "status", "500"}},
    {"web.logout", {NULL}, JSON("204 N", ""), {"DELETE /s HTTP"}, {"result", "accepted"}},
    {"web.first-password",
     {"new", "N"},
     JSON("422 U", "{\"sorry\":\"Too short.\"}"),
     {"POST /p HTTP", "{\"who\":\"Owner\",\"next\":\"N\"}"},
     {"result", "refused", "why", "Too short."}},
    {"web.change-password",
     {"user", "U", "password", "P", "new", "N"},
     JSON("204 N", ""),
     {"{\"who\":\"U\",\"word\":\"P\",\"next\":\"N\"}"},
     {"result", "accepted", "why", ""}},
    {"web.get",
     {"path", "/x?y=1", "contains", "needle", "header", "X-Frame-Options"},
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nx-frame-options: DENY\r\n"
     "Connection: close\r\n\r\nhay needle hay",
     {"GET /x?y=1 HTTP/1.1\r\n"},
     {"found", "true", "length", "14", "header", "DENY", "to_login", "false"}},
    {"web.get",
     {"path", "/x"},
     "HTTP/1.1 303 See Other\r\nLocation: /enter?next=%2Fx\r\nContent-Length: 0\r\n\r\n",
     {NULL},
     {"to_login", "true", "location", "/enter?next=%2Fx", "found", "false", "status", "303"}},
    {"web.get",
     {"path", "/x"},
     "HTTP/1.1 303 See Other\r\nLocation: /entered\r\nContent-Length: 0\r\n\r\n",
     {NULL},
     {"to_login", "false"}},
    {"web.set-service",
     {"service", "modbus", "interface", "eth2", "on", "true"},
     JSON("200 OK", "{}"),
     {"PUT /set HTTP", "{\"modbus\":{\"eth2\":true}}"},
     {"result", "accepted"}},
    {"audit.download",
     {NULL},
     "HTTP/1.1 200 OK\r\nContent-Type: text/csv; charset=utf-8\r\nConnection: close\r\n\r\n"
     "number,time,event\r\n7,2026-01-15T08:00:01.000Z,a\r\n9,2026-01-15T08:00:02.500Z,b\r\n",
     {"GET /l.csv HTTP"},
     {"result", "downloaded", "count", "2", "gaps", "1"}},
    {"audit.download",
     {NULL},
     "HTTP/1.1 303 See Other\r\nLocation: /enter\r\nContent-Length: 0\r\n\r\n",
     {NULL},
     {"result", "refused", "count", "0"}},
    {"audit.download",
     {NULL},
     "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n\r\ntime,event\r\nx\r\n",
     {NULL},
     {"result", "refused", "connection", "malformed"}},
};

START_TEST(every_verb)
{
    const struct row *row = &rows[_i];
    struct scene *scene = scene_new(HEAD WEB);

    run(scene, row->verb, row->arguments, row->answer);
    ck_assert_int_eq(scene->op->end, OP_FINISHED);
    for (size_t i = 0; i < 3 && row->sent[i]; i++)
        ck_assert_msg(sent(scene, row->sent[i]), "'%s' not in %s", row->sent[i],
                      str_text(&scene->request));
    for (size_t i = 0; row->results[i]; i += 2)
        ck_result(scene, row->results[i], row->results[i + 1]);
    scene_free(scene);
}
END_TEST

START_TEST(a_login_is_remembered_for_changes)
{
    struct scene *scene = scene_new(HEAD WEB);

    run(scene, "web.login", NULL, JSON("200 OK", "{\"r\":\"yes\",\"tok\":\"T1\"}"));
    run(scene, "audit.download", NULL, JSON("200 OK", "{}"));
    ck_assert(!sent(scene, "T1"));
    run(scene, "web.logout", NULL, JSON("403 No", "{}"));
    ck_assert(sent(scene, "x-token: T1\r\n"));
    ck_result(scene, "result", "refused");
    run(scene, "web.logout", NULL, JSON("204 N", ""));
    ck_assert(sent(scene, "x-token: T1\r\n"));
    run(scene, "web.logout", NULL, JSON("204 N", ""));
    ck_assert(!sent(scene, "x-token"));
    scene_free(scene);
}
END_TEST

START_TEST(records_have_the_names_of_the_header_and_their_time)
{
    struct scene *scene = scene_new(HEAD WEB);
    const struct value_record *record;

    run(scene, "audit.download", NULL,
        "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n\r\n"
        "time,event\r\n2026-01-15T08:00:01.000Z,\"a,b\"\r\nlate,c\r\n");
    ck_assert_uint_eq(scene->op->records.count, 2);
    record = &scene->op->records.records[0];
    ck_assert_str_eq(value_record_get(record, "event")->text, "a,b");
    ck_assert_int_eq(record->at_ns, SIM_NS_PER_S + SIM_NS_PER_MS - 1);
    ck_assert_int_eq(scene->op->records.records[1].at_ns, -1);
    scene_free(scene);
}
END_TEST

START_TEST(a_server_that_is_not_there)
{
    struct scene *scene = scene_new(HEAD WEB);

    host_unlisten(&scene->listener);
    run(scene, "web.login", NULL, "");
    ck_assert_int_eq(scene->op->end, OP_FINISHED);
    ck_result(scene, "connection", "refused");
    ck_result(scene, "result", "none");
    ck_result(scene, "status", "0");
    scene_free(scene);
}
END_TEST

START_TEST(a_profile_that_does_not_say)
{
    struct scene *scene = scene_new(HEAD);

    run(scene, "web.login", NULL, "");
    ck_assert_int_eq(scene->op->end, OP_NOT_APPLICABLE);
    ck_assert_ptr_nonnull(strstr(scene->op->reason, "`web:`"));
    ck_assert_ptr_null(web_first_account(scene->profile));
    scene_free(scene);
    scene =
        scene_new(HEAD "web: {paths: {session: /s}, members: {result: r}, results: {granted: y}, "
                       "states: {open: o}}\n");
    run(scene, "audit.download", NULL, "");
    ck_assert_int_eq(scene->op->end, OP_NOT_APPLICABLE);
    ck_assert_ptr_nonnull(strstr(scene->op->reason, "web.paths.logs_csv"));
    scene_free(scene);
}
END_TEST

START_TEST(a_verb_that_is_given_up)
{
    struct scene *scene = scene_new(HEAD WEB);

    begin(scene, "web.lock-status", NULL, NULL);
    net_settle(&scene->world);
    ck_assert(!scene->done);
    op_cancel(scene->op);
    ck_assert_int_eq(scene->op->end, OP_CANCELLED);
    net_run(&scene->world);
    ck_assert(!scene->done);
    ck_assert_int_eq(core_now(scene->world.core), 0);
    scene_free(scene);
}
END_TEST

START_TEST(sessions_by_name)
{
    struct scene *scene = scene_new(HEAD WEB);
    const char *why = NULL;
    struct web_link *one = target_service(&scene->target, "web", "one", &why);
    struct web_link *two = target_service(&scene->target, "web", "two", &why);

    ck_assert_ptr_ne(one, two);
    ck_assert_ptr_eq(target_service(&scene->target, "web", "one", &why), one);
    ck_assert_str_eq(one->user, "Owner");
    ck_assert_str_eq(one->path, "http 10.0.0.2:80");
    for (size_t i = scene->sessions.count; i < WEB_SESSIONS_MAX; i++) {
        char name[16];

        snprintf(name, sizeof(name), "n%zu", i);
        ck_assert_ptr_nonnull(target_service(&scene->target, "web", name, &why));
    }
    ck_assert_ptr_null(why);
    ck_assert_ptr_null(target_service(&scene->target, "web", "more", &why));
    ck_assert_ptr_nonnull(why);
    scene_free(scene);
}
END_TEST

START_TEST(tables_are_sound)
{
    static const struct verb *const *const tables[] = {web_login_verbs, web_page_verbs,
                                                       web_audit_verbs};

    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; tables[i][k]; k++) {
            const struct verb *verb = tables[i][k];
            struct diag *diag = diag_new();
            struct schema schemas[] = {*verb->with, *verb->results};
            struct str text = {0};

            ck_assert_int_eq(verb->door, VERB_WIRE);
            ck_assert_str_eq(verb->service, "web");
            ck_assert_int_gt(verb->timeout_ns, 0);
            for (size_t n = 0; n < 2; n++) {
                schemas[n].doc = verb->doc; // Of the schemas of a verb, the verb is the manual.
                schema_check_tables(&schemas[n], diag);
            }
            diag_print(diag, false, &text);
            ck_assert_str_eq(str_text(&text), "");
            str_done(&text);
            diag_free(&diag);
        }
    }
}
END_TEST

Suite *web_verbs_suite(void)
{
    Suite *suite = suite_create("web_verbs");
    TCase *tests = tcase_create("web_verbs");

    tcase_add_loop_test(tests, every_verb, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tests, a_login_is_remembered_for_changes);
    tcase_add_test(tests, records_have_the_names_of_the_header_and_their_time);
    tcase_add_test(tests, a_server_that_is_not_there);
    tcase_add_test(tests, a_profile_that_does_not_say);
    tcase_add_test(tests, a_verb_that_is_given_up);
    tcase_add_test(tests, sessions_by_name);
    tcase_add_test(tests, tables_are_sound);
    suite_add_tcase(suite, tests);
    return suite;
}
