// SPDX-License-Identifier: Apache-2.0
// A central system of the bench on loopback sockets, called by a small station of the test's own at
// each of its doors: who comes in, what crosses, what is refused and why.
#include "bench/csms_driver.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/authority.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/sockets.h"
#include "sim/edge/tls.h"
#include "sim/edge/web.h"
#include "sim/proto/ocpp/face/csms_doors.h"
#include "sim/scenario/op.h"
#include "sim/vnet/websocket_service.h"

#define WALL_NS (20 * SIM_NS_PER_S)
#define BAY1_BASIC "Basic QkFZMTo4ZjE0ZTQ1ZmNlZWExNjdhNWEzNmRlZGQ0YmVhMjU0M2M0Y2E0MjM4"
#define BAY3_BASIC "Basic QkFZMzpUZW4tc2VjcmV0cw==" // BAY3:Ten-secrets
#define BOOT                                                                                       \
    "[2,\"b\",\"BootNotification\",{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\"}]"

struct station {
    struct websocket *socket; // NULL when it is not open.
    int reason;
    uint16_t status;
    bool over;
    char text[512];
};

static char folder[64];
static struct core *core;
static struct authority *authority;
static struct bench_file *file;
static struct csms_driver *driver;
static struct host *host;
static struct tls *tls;
static struct web *web;
static struct key *key; // The station's.
static struct certificate *certificate;
static struct station station;
static struct websocket *older; // A connection that another one of the same station follows.

// ---- The bench ----

static const char *secret_of(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "bay3") == 0 ? "Ten-secrets" : NULL;
}

// Reads a bench file whose central system has these links; ports 1 stand for any.
static void load(const char *links)
{
    char *path = str_format("%s/bench.yaml", folder);
    FILE *out = fopen(path, "we");
    struct diag *diag = diag_new();
    struct str said = {0};

    fprintf(out,
            "testbay-bench: 1\nname: b\ntargets:\n  csms:\n    adapter: board\n"
            "    profile: csms\n    model: csms\n    links:\n%s",
            links);
    fclose(out);
    bench_file_load(path, diag, &file);
    diag_print(diag, false, &said);
    ck_assert_msg(file != NULL, "%s", str_text(&said));
    for (size_t i = 0; i < file->targets[0].links_count; i++)
        if (strcmp(file->targets[0].links[i].listen, "127.0.0.1:1") == 0)
            file->targets[0].links[i].listen = "127.0.0.1";
    str_done(&said);
    diag_free(&diag);
    unlink(path);
    free(path);
}

static int open_driver(char **ret_why)
{
    struct csms_driver_options options = {
        .core = core,
        .target = &file->targets[0],
        .authority = authority,
        .secret = secret_of,
    };

    return csms_driver_new(&options, &driver, ret_why);
}

#define DOORS                                                                                      \
    "      a: {kind: ocpp, listen: '127.0.0.1:1', stations: {BAY2: {}},\n"                         \
    "          heartbeat_interval: 77s, tags: {GUEST: Accepted}}\n"                                \
    "      b: {kind: ocpp, listen: '127.0.0.1:1', security: 1,\n"                                  \
    "          stations: {BAY3: {password: $secret.bay3}}}\n"                                      \
    "      c: {kind: ocpp, listen: '127.0.0.1:1', security: 2, stations: {BAY1: {\n"               \
    "          password: 8f14e45fceea167a5a36dedd4bea2543c4ca4238}}}\n"                            \
    "      d: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {BAY4: {}, BAY5: {\n"     \
    "          common_name: Bay-Five}}}\n"

static void open_good(const char *links)
{
    char *why = NULL;

    load(links);
    ck_assert_msg(open_driver(&why) == 0, "%s", why);
}

static void open_all(void)
{
    struct core_options options = {
        .mode = CLOCK_REAL, .speed = 1, .seed = 3, .utc_start_ns = loop_host_utc_ns()};

    snprintf(folder, sizeof(folder), "/tmp/csms-driver-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    core = core_new(&options);
    ck_assert_int_eq(authority_make(core_utc_ns(core), &authority), 0);
    host = edge_host_new(core, NULL);
    tls = edge_tls_new(core);
    web = edge_web_new(core);
    ck_assert_int_eq(key_new(KEY_P256, &key), 0);
    file = NULL;
    driver = NULL;
    certificate = NULL;
}

static void close_all(void)
{
    if (station.socket)
        websocket_reset(station.socket);
    csms_driver_free(&driver);
    ck_assert_ptr_null(driver);
    edge_host_free(&host);
    edge_web_free(&web);
    edge_tls_free(&tls);
    key_free(&key);
    certificate_free(&certificate);
    authority_free(&authority);
    bench_file_free(&file);
    core_free(&core);
    ck_assert_int_eq(rmdir(folder), 0);
}

// ---- The station ----

static void on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    (void)user;
    ck_assert_str_eq(subprotocol, "ocpp1.6");
    station.socket = socket;
}

static void on_text(struct websocket *socket, const char *text, size_t length, void *user)
{
    (void)socket;
    (void)length;
    (void)user;
    snprintf(station.text, sizeof(station.text), "%s", text);
}

static void on_end(struct websocket *socket, int reason, uint16_t status, void *user)
{
    (void)user;
    if (socket == older) {
        older = NULL;
        return;
    }
    station.socket = NULL;
    station.reason = reason;
    station.status = status;
    station.over = true;
}

static const struct websocket_events station_events = {
    .on_open = on_open, .on_text = on_text, .on_end = on_end};

static void on_conn(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static size_t on_conn_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)conn;
    (void)data;
    (void)user;
    return length;
}

static void on_conn_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    (void)reason;
    (void)user;
}

static const struct conn_events conn_events = {
    .on_open = on_conn, .on_data = on_conn_data, .on_room = on_conn, .on_end = on_conn_end};

static int64_t utc_ns(void *user)
{
    (void)user;
    return core_utc_ns(core);
}

static bool is_settled(void *user)
{
    (void)user;
    return station.socket || station.over;
}

static void await(bool (*done)(void *user))
{
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = done};

    if (!done(NULL))
        ck_assert_int_eq(core_run(core, &until), CORE_DONE);
}

static void certify(const char *common_name)
{
    struct certificate_wish wish = {.common_name = common_name,
                                    .not_before_ns = core_utc_ns(core) - SIM_NS_PER_S * 60,
                                    .not_after_ns = core_utc_ns(core) + SIM_NS_PER_S * 3600};

    certificate_free(&certificate);
    ck_assert_int_eq(authority_sign(authority, &wish, key, &certificate), 0);
}

// Calls door number `door`; a door over TLS by the name of its certificate.
static void call(size_t door, const char *identity, const char *authorization, const char *name)
{
    const struct certificate *root = authority_root(authority);
    struct address to = csms_driver_address(driver, door);
    char *path = str_format("/ocpp/%s", identity);
    struct identity shown = {.key = key, .certificate = certificate};
    struct tls_options secure = {.lowest = TLS_1_2,
                                 .highest = TLS_1_3,
                                 .authorities = &root,
                                 .authorities_count = 1,
                                 .peer_name = name,
                                 .identities = &shown,
                                 .identities_count = certificate ? 1 : 0,
                                 .utc_ns = utc_ns};
    struct websocket_options options = {.host = "csms.test",
                                        .path = path,
                                        .subprotocols = "ocpp1.6",
                                        .authorization = authorization,
                                        .message_bytes_max = 65536,
                                        .handshake_ns = 10 * SIM_NS_PER_S};
    struct websocket *socket;
    struct conn *conn;

    memset(&station, 0, sizeof(station));
    ck_assert_int_eq(host_connect(host, &to, &conn_events, NULL, &conn), 0);
    if (name)
        ck_assert_int_eq(tls_wrap(tls, conn, &secure, &conn_events, NULL, &conn), 0);
    ck_assert_int_eq(
        websocket_connect(web, core_timers(core), conn, &options, &station_events, NULL, &socket),
        0);
    await(is_settled);
    free(path);
}

static bool has_heard(void *user)
{
    (void)user;
    return station.text[0] != '\0';
}

static void say(const char *text)
{
    station.text[0] = '\0';
    ck_assert_int_eq(websocket_send(station.socket, text, strlen(text)), 0);
    await(has_heard);
}

// ---- Who comes in ----

static const struct {
    size_t door;
    const char *identity;
    const char *authorization;
    const char *name;        // Of the central system, over TLS.
    const char *common_name; // Of the station's certificate, or NULL: it has none.
    uint16_t status;         // Of the refusal; 0: it comes in.
} callers[] = {
    {0, "BAY2", NULL, NULL, NULL, 0},
    {0, "BAY9", NULL, NULL, NULL, 404},
    {0, "BAY1", BAY1_BASIC, NULL, NULL, 403}, // Not its door.
    {1, "BAY3", BAY3_BASIC, NULL, NULL, 0},
    {1, "BAY3", NULL, NULL, NULL, 401},
    {1, "BAY3", BAY1_BASIC, NULL, NULL, 401},
    {2, "BAY1", BAY1_BASIC, "csms.test", NULL, 0},
    {2, "BAY1", BAY1_BASIC, "127.0.0.1", NULL, 0}, // Its address is in its certificate as well.
    {2, "BAY1", BAY3_BASIC, "csms.test", NULL, 401},
    {3, "BAY4", NULL, "csms.test", "BAY4", 0},
    {3, "BAY5", NULL, "csms.test", "Bay-Five", 0},
    {3, "BAY4", NULL, "csms.test", "BAY5", 401},
    {3, "BAY2", NULL, "csms.test", "BAY2", 403},
};

START_TEST(each_door_lets_its_own_in)
{
    const struct csms_doors_refusals *refusals;

    open_good(DOORS);
    if (callers[_i].common_name)
        certify(callers[_i].common_name);
    call(callers[_i].door, callers[_i].identity, callers[_i].authorization, callers[_i].name);
    refusals = csms_doors_refusals(csms_driver_desk(driver).doors);
    if (callers[_i].status == 0) {
        ck_assert_msg(station.socket != NULL, "refused with %u", station.status);
        ck_assert_uint_eq(refusals->upgrades + refusals->handshakes, 0);
        return;
    }
    ck_assert_ptr_null(station.socket);
    ck_assert_uint_eq(station.status, callers[_i].status);
    ck_assert_uint_eq(refusals->upgrades, 1);
    ck_assert_int_eq(refusals->status, callers[_i].status);
}
END_TEST

static bool is_refused(void *user)
{
    (void)user;
    return csms_doors_refusals(csms_driver_desk(driver).doors)->handshakes > 0;
}

START_TEST(nobody_comes_in_without_the_right_certificate)
{
    struct authority *foreign;
    struct authority *ours = authority;

    open_good(DOORS);
    call(3, "BAY4", NULL, "csms.test");
    ck_assert_ptr_null(station.socket);
    await(is_refused);
    ck_assert_int_eq(authority_make(core_utc_ns(core), &foreign), 0);
    authority = foreign;
    certify("BAY4");
    authority = ours;
    call(3, "BAY4", NULL, "csms.test");
    ck_assert_ptr_null(station.socket);
    ck_assert_uint_eq(csms_doors_refusals(csms_driver_desk(driver).doors)->upgrades, 0);
    authority_free(&foreign);
}
END_TEST

START_TEST(its_tls_goes_wrong_and_right_again)
{
    open_good(DOORS);
    csms_driver_set_tls_faults(driver, TLS_WRONG_NAME);
    call(2, "BAY1", BAY1_BASIC, "csms.test");
    ck_assert_ptr_null(station.socket);
    await(is_refused);
    csms_driver_set_tls_faults(driver, 0);
    call(2, "BAY1", BAY1_BASIC, "csms.test");
    ck_assert_ptr_nonnull(station.socket);
}
END_TEST

// ---- What crosses ----

static unsigned answered;

static void on_answer(struct csms_station *who, const struct ocpp_result *result, void *user)
{
    (void)user;
    ck_assert_str_eq(csms_identity(who), "BAY1");
    ck_assert_int_eq(result->err, 0);
    answered++;
}

static bool is_answered(void *user)
{
    (void)user;
    return answered > 0;
}

static void count(void *user, const char *const *keys, const char *const *values, size_t pairs)
{
    (void)keys;
    (void)values;
    (void)pairs;
    ++*(size_t *)user;
}

static bool is_over(void *user)
{
    (void)user;
    return station.over;
}

START_TEST(a_station_boots_is_commanded_and_dropped)
{
    struct csms_desk desk;
    struct csms_station *bay;
    struct csms_facts facts;
    struct ocpp_problem problem;
    char id[64] = "";
    char *answer;
    struct op *op;
    size_t rows = 0;

    open_good(DOORS);
    desk = csms_driver_desk(driver);
    bay = csms_station(desk.csms, "BAY1");
    call(2, "BAY1", BAY1_BASIC, "csms.test");
    say(BOOT);
    ck_assert_ptr_nonnull(strstr(station.text, "\"Accepted\""));
    ck_assert_ptr_nonnull(strstr(station.text, "77"));
    csms_facts(bay, &facts);
    ck_assert(facts.registered && facts.connected);
    say("[2,\"t\",\"Authorize\",{\"idTag\":\"NOBODYS\"}]");
    ck_assert_ptr_nonnull(strstr(station.text, "Invalid"));
    answered = 0;
    station.text[0] = '\0';
    ck_assert_int_eq(csms_call(bay, "ClearCache", "{}", 2, on_answer, NULL, &problem), 0);
    await(has_heard);
    ck_assert_int_eq(sscanf(station.text, "[2,\"%63[^\"]", id), 1);
    answer = str_format("[3,\"%s\",{\"status\":\"Accepted\"}]", id);
    ck_assert_int_eq(websocket_send(station.socket, answer, strlen(answer)), 0);
    free(answer);
    await(is_answered);
    ck_assert(csms_desk_table(desk.csms, "stations", count, &rows));
    ck_assert_uint_eq(rows, 5);
    ck_assert(!csms_desk_table(desk.csms, "nothing", count, &rows));
    op = op_new(NULL, core_timers(core), NULL, NULL);
    csms_desk_find("csms.drop")(&desk, op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    await(is_over);
    csms_facts(bay, &facts);
    ck_assert(!facts.connected);
    ck_assert_ptr_null(csms_desk_find("power.on"));
}
END_TEST

static bool is_older_gone(void *user)
{
    (void)user;
    return !older;
}

START_TEST(a_second_connection_ends_the_first)
{
    struct csms_facts facts;

    open_good(DOORS);
    call(0, "BAY2", NULL, NULL);
    older = station.socket;
    ck_assert_ptr_nonnull(older);
    call(0, "BAY2", NULL, NULL);
    ck_assert_ptr_nonnull(station.socket);
    await(is_older_gone);
    csms_facts(csms_station(csms_driver_desk(driver).csms, "BAY2"), &facts);
    ck_assert_uint_eq(facts.connections, 2);
}
END_TEST

// ---- What cannot be opened ----

static const struct {
    const char *links;
    int err;
    const char *why;
} unopenable[] = {
    {"      a: {kind: ocpp, listen: '127.0.0.1:1', security: 1,\n"
     "          stations: {A: {password: $secret.nobodys}}}\n",
     ERR_NOT_FOUND, "the password of 'A' is not known: $secret.nobodys"},
    {"      a: {kind: ocpp, listen: '127.0.0.1:1', stations: {A: {}}}\n"
     "      b: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {A: {}}}\n",
     ERR_EXISTS, "the station 'A' cannot be let in"},
    {"      a: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {A: {}}}\n"
     "      b: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {B: {}}}\n",
     ERR_EXISTS, "two doors of security profile 3"},
    {"      a: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {A: {}},\n"
     "          authority: absent.pem}\n",
     -2, "absent.pem cannot be read"},
    {"      a: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {A: {}},\n"
     "          authority: bench.yaml.pem}\n",
     ERR_MALFORMED, "holds no certificate of an authority"},
    {"      a: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {A: {}},\n"
     "          authority: root.pem}\n",
     ERR_UNSUPPORTED, "cannot sign"},
    {"      a: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {A: {}},\n"
     "          certificate: root.pem, key: root.pem}\n",
     ERR_MALFORMED, "holds no key"},
    {"      a: {kind: ocpp, listen: '127.0.0.1:1',\n"
     "          tags: {a-tag-of-more-than-20-characters: Accepted}, stations: {A: {}}}\n",
     ERR_TOO_LONG, "cannot be kept"},
    {"      a: {kind: ocpp, listen: '192.0.2.1:9', stations: {A: {}}}\n", ERR_NOT_FOUND,
     "cannot listen at 192.0.2.1:9"},
};

START_TEST(what_cannot_be_opened_says_why)
{
    char *root = str_format("%s/root.pem", folder);
    char *rubbish = str_format("%s/bench.yaml.pem", folder);
    FILE *out = fopen(rubbish, "we");
    char *why = NULL;
    int err;

    fputs("no certificate\n", out);
    fclose(out);
    ck_assert_int_eq(authority_write_root(authority, root), 0);
    load(unopenable[_i].links);
    err = open_driver(&why);
    ck_assert_msg(err == unopenable[_i].err, "%s: %s", err_name(err), why);
    ck_assert_ptr_null(driver);
    ck_assert_msg(strstr(why, unopenable[_i].why), "%s", why);
    free(why);
    unlink(root);
    unlink(rubbish);
    free(root);
    free(rubbish);
}
END_TEST

// ---- Its authority ----

// A file that was written for the process is the same authority when it is read.
START_TEST(an_authority_survives_its_file)
{
    char *path = str_format("%s/all.pem", folder);
    struct authority *ours = authority;
    struct authority *again = NULL;
    char *why = NULL;

    ck_assert_int_eq(authority_write_all(authority, path), 0);
    ck_assert_msg(authority_read(path, &again, &why) == 0, "%s", why);
    ck_assert(authority_can_sign(again));
    open_good(DOORS);
    authority = again;
    certify("BAY4");
    authority = ours;
    call(3, "BAY4", NULL, "csms.test");
    ck_assert_msg(station.socket != NULL, "refused with %u", station.status);
    authority_free(&again);
    unlink(path);
    free(path);
}
END_TEST

Suite *csms_driver_suite(void)
{
    Suite *suite = suite_create("bench csms driver");
    TCase *tcase = tcase_create("csms_driver");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_loop_test(tcase, each_door_lets_its_own_in, 0, sizeof(callers) / sizeof(callers[0]));
    tcase_add_test(tcase, nobody_comes_in_without_the_right_certificate);
    tcase_add_test(tcase, its_tls_goes_wrong_and_right_again);
    tcase_add_test(tcase, a_station_boots_is_commanded_and_dropped);
    tcase_add_test(tcase, a_second_connection_ends_the_first);
    tcase_add_loop_test(tcase, what_cannot_be_opened_says_why, 0,
                        sizeof(unopenable) / sizeof(unopenable[0]));
    tcase_add_test(tcase, an_authority_survives_its_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
