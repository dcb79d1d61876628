// SPDX-License-Identifier: Apache-2.0
// The doors of a central system, knocked at by WebSocket clients over the virtual network.
#include <check.h>
#include <sys/resource.h>
#include <unistd.h>

#include "devices/environment/state.h"
#include "sim/device/site_authority.h"
#include "sim/edge/tls.h"
#include "sim/edge/web.h"
#include "sim/vnet/websocket_service.h"
#include "tests/support/device_bed.h"
#include "tests/support/device_verb.h"

#define HEARTBEAT "[2,\"h\",\"Heartbeat\",{}]"
#define BOOT                                                                                       \
    "[2,\"b\",\"BootNotification\",{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\"}]"

struct caller {
    struct websocket *socket; // NULL when it is not open.
    int reason;
    uint16_t status;
    unsigned opened, ended;
    char subprotocol[16];
    char text[512];
};

static struct bed bed;
static struct site_authority *authority;
static struct device *csms;
static struct caller caller, other;

static void on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    struct caller *who = user;

    who->socket = socket;
    who->opened++;
    snprintf(who->subprotocol, sizeof(who->subprotocol), "%s", subprotocol);
}

static void on_text(struct websocket *socket, const char *text, size_t length, void *user)
{
    struct caller *who = user;

    (void)socket;
    (void)length;
    snprintf(who->text, sizeof(who->text), "%s", text);
}

static void on_end(struct websocket *socket, int reason, uint16_t status, void *user)
{
    struct caller *who = user;

    (void)socket;
    who->socket = NULL;
    who->reason = reason;
    who->status = status;
    who->ended++;
}

static const struct websocket_events caller_events = {
    .on_open = on_open, .on_text = on_text, .on_end = on_end};

static void on_conn_end(struct conn *conn, int reason, void *user)
{
    struct caller *who = user;

    (void)conn;
    who->reason = reason;
    who->ended++;
}

static size_t on_conn_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)conn;
    (void)data;
    (void)user;
    return length;
}

static void on_conn_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void on_conn_open(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static const struct conn_events conn_events = {.on_open = on_conn_open,
                                               .on_data = on_conn_data,
                                               .on_room = on_conn_room,
                                               .on_end = on_conn_end};

static int64_t utc_ns(void *user)
{
    (void)user;
    return core_utc_ns(bed.core);
}

// Calls the port as `path`; a TLS call trusts the site's authority.
static void call(struct caller *who, uint16_t port, const char *path, const char *authorization,
                 const char *subprotocols)
{
    struct address to = bed_address("10.77.0.30");
    const struct certificate *root = site_authority_root(authority);
    struct tls_options tls = {.lowest = TLS_1_2,
                              .highest = TLS_1_2,
                              .authorities = &root,
                              .authorities_count = 1,
                              .peer_name = "csms.test",
                              .utc_ns = utc_ns};
    struct websocket_options options = {.host = "csms.test",
                                        .path = path,
                                        .subprotocols = subprotocols,
                                        .authorization = authorization,
                                        .message_bytes_max = 65536,
                                        .handshake_ns = 10 * SIM_NS_PER_S};
    struct websocket *socket;
    struct conn *conn;

    memset(who, 0, sizeof(*who));
    to.port = port;
    ck_assert_int_eq(host_connect(bed.runner, &to, &conn_events, who, &conn), 0);
    if (port != 8080)
        ck_assert_int_eq(tls_wrap(bed.tls, conn, &tls, &conn_events, who, &conn), 0);
    ck_assert_int_eq(websocket_connect(bed.web, core_timers(bed.core), conn, &options,
                                       &caller_events, who, &socket),
                     0);
    bed_advance(&bed, SIM_NS_PER_S);
}

static void say(struct caller *who, const char *text)
{
    ck_assert_ptr_nonnull(who->socket);
    who->text[0] = '\0';
    ck_assert_int_eq(websocket_send(who->socket, text, strlen(text)), 0);
    bed_advance(&bed, SIM_NS_PER_MS);
}

static void add_station(const char *id, const char *address, const char *line)
{
    char *site = str_format("{profile: csms, model: csms, ports: {eth: {on: lan, ipv4: %s}}, "
                            "ocpp: {csms: csms, %s}}",
                            address, line);

    bed_add(&bed, &environment_family, id, site);
    free(site);
}

static void setup(void)
{
    uint64_t seed = 1;

    edge_tls_seed(&seed);
    bed_open(&bed);
    bed.web = edge_web_new(bed.core);
    bed.tls = edge_tls_new(bed.core);
    authority = site_authority_new(1, false, core_utc_ns(bed.core));
    csms = bed_add(&bed, &environment_family, "csms",
                   "{profile: csms, model: csms, ports: {eth: {on: lan, ipv4: 10.77.0.30}}, "
                   "tags: {LOST: Blocked}}");
    csms->world.authority = authority;
    add_station("s0", "10.77.1.1", "identity: CP0, security: 0");
    add_station("s1", "10.77.1.2", "identity: CP1, security: 1, password: secret-secret-16");
    add_station("s2", "10.77.1.3", "identity: CP2, security: 2, password: secret-secret-16");
    add_station("s3", "10.77.1.4", "identity: CP3, security: 3");
    device_set_power(csms, true);
    bed_advance(&bed, SIM_NS_PER_MS);
}

static void teardown(void)
{
    if (caller.socket)
        websocket_reset(caller.socket);
    if (other.socket)
        websocket_reset(other.socket);
    memset(&caller, 0, sizeof(caller));
    memset(&other, 0, sizeof(other));
    device_set_power(csms, false);
    bed_advance(&bed, SIM_NS_PER_MS);
    bed_free_devices(&bed);
    edge_web_free(&bed.web);
    edge_tls_free(&bed.tls);
    site_authority_free(&authority);
    bed_close(&bed);
    edge_tls_seed(NULL);
}

START_TEST(stations_of_the_site_are_known)
{
    struct csms *mind = environment_csms(csms);

    ck_assert_uint_eq(csms_stations(mind), 4);
    ck_assert_int_eq(csms_security(csms_station(mind, "CP3")), 3);
    ck_assert_ptr_null(csms_station(mind, "CP9"));
}
END_TEST

START_TEST(a_station_comes_boots_and_is_gone)
{
    struct csms_facts facts;
    struct csms_station *station = csms_station(environment_csms(csms), "CP0");

    call(&caller, 8080, "/ocpp/CP0", NULL, "ocpp1.5, ocpp1.6");
    ck_assert_uint_eq(caller.opened, 1);
    ck_assert_str_eq(caller.subprotocol, "ocpp1.6");
    say(&caller, BOOT);
    ck_assert_ptr_nonnull(strstr(caller.text, "Accepted"));
    csms_facts(station, &facts);
    ck_assert(facts.registered);
    websocket_close(caller.socket, 1000);
    bed_advance(&bed, SIM_NS_PER_S);
    csms_facts(station, &facts);
    ck_assert(!facts.connected);
    bed_verb_expect(&bed, csms, "csms.refusals", NULL, "last", "");
}
END_TEST

START_TEST(basic_password_decides)
{
    // CP1:secret-secret-16
    call(&caller, 8080, "/CP1", "Basic Q1AxOnNlY3JldC1zZWNyZXQtMTY=", "ocpp1.6");
    ck_assert_uint_eq(caller.opened, 1);
    call(&other, 8080, "/CP1", "Basic Q1AxOnNlY3JldC1zZWNyZXQtMTc=", "ocpp1.6");
    ck_assert_int_eq(other.reason, ERR_REFUSED);
    ck_assert_uint_eq(other.status, 401);
    call(&other, 8080, "/CP1", NULL, "ocpp1.6");
    ck_assert_uint_eq(other.status, 401);
    call(&other, 8080, "/CP9", NULL, "ocpp1.6");
    ck_assert_msg(other.status == 404, "%u %d %u", other.status, other.reason, other.ended);
    say(&caller, BOOT); // Whoever stood there before still does.
    ck_assert_ptr_nonnull(strstr(caller.text, "Accepted"));
}
END_TEST

START_TEST(each_profile_has_its_door)
{
    call(&caller, 8080, "/CP2", "Basic Q1AyOnNlY3JldC1zZWNyZXQtMTY=", "ocpp1.6");
    ck_assert_uint_eq(caller.status, 403);
    call(&caller, 8443, "/CP0", NULL, "ocpp1.6");
    ck_assert_uint_eq(caller.status, 403);
    call(&caller, 8444, "/CP3", NULL, "ocpp1.6"); // Without a certificate.
    ck_assert_uint_eq(caller.opened, 0);
    ck_assert_uint_eq(caller.ended, 1);
    call(&caller, 8443, "/CP2", "Basic Q1AyOnNlY3JldC1zZWNyZXQtMTY=", "ocpp1.6");
    ck_assert_uint_eq(caller.opened, 1);
}
END_TEST

START_TEST(nothing_in_common_is_closed)
{
    call(&caller, 8080, "/CP0", NULL, "ocpp2.0.1");
    ck_assert_uint_eq(caller.ended, 1);
    ck_assert_ptr_null(csms_wire(csms_station(environment_csms(csms), "CP0")));
}
END_TEST

START_TEST(a_second_connection_ends_the_first)
{
    call(&caller, 8080, "/CP0", NULL, "ocpp1.6");
    say(&caller, BOOT);
    call(&other, 8080, "/CP0", NULL, "ocpp1.6");
    ck_assert_uint_eq(caller.ended, 1);
    ck_assert_int_eq(caller.reason, ERR_RESET);
    say(&other, HEARTBEAT);
    ck_assert_ptr_nonnull(strstr(other.text, "currentTime"));
}
END_TEST

// Without descriptors an upgrade that was granted cannot be served: the station is reset, and
// nothing of it stays behind. Once as the first one that comes, once after others.
START_TEST(out_of_descriptors)
{
    static const char upgrade[] =
        "GET /CP0 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n";
    struct address to = bed_address("10.77.0.30");
    struct rlimit limit, none;
    struct conn *conn;
    int next;

    if (_i)
        call(&other, 8080, "/CP1", "Basic Q1AxOnNlY3JldC1zZWNyZXQtMTY=", "ocpp1.6");
    next = dup(0);
    to.port = 8080;
    memset(&caller, 0, sizeof(caller));
    ck_assert_int_eq(host_connect(bed.runner, &to, &conn_events, &caller, &conn), 0);
    bed_advance(&bed, SIM_NS_PER_MS);
    close(next);
    getrlimit(RLIMIT_NOFILE, &limit);
    none = limit;
    none.rlim_cur = (rlim_t)next;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    ck_assert_uint_eq(conn_send(conn, upgrade, sizeof(upgrade) - 1), sizeof(upgrade) - 1);
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_eq(caller.ended, 1);
    ck_assert_int_eq(caller.reason, ERR_RESET);
    call(&caller, 8080, "/CP0", NULL, "ocpp1.6");
    ck_assert_uint_eq(caller.opened, 1);
}
END_TEST

START_TEST(paused_it_answers_later)
{
    call(&caller, 8080, "/CP0", NULL, "ocpp1.6");
    say(&caller, BOOT);
    ck_assert_int_eq(device_fault(csms, FAULT_PAUSE, NULL), 0);
    say(&caller, HEARTBEAT);
    bed_advance(&bed, 5 * SIM_NS_PER_S);
    ck_assert_str_eq(caller.text, "");
    ck_assert_int_eq(device_fault_clear(csms, FAULT_PAUSE), 0);
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert_ptr_nonnull(strstr(caller.text, "currentTime"));
}
END_TEST

START_TEST(without_supply_nobody_is_there_and_what_it_knew_stays)
{
    struct csms_facts facts;

    call(&caller, 8080, "/CP0", NULL, "ocpp1.6");
    say(&caller, BOOT);
    device_set_power(csms, false);
    bed_advance(&bed, SIM_NS_PER_MS);
    csms_facts(csms_station(environment_csms(csms), "CP0"), &facts);
    ck_assert(!facts.connected);
    if (caller.socket)
        websocket_reset(caller.socket);
    device_set_power(csms, true);
    call(&caller, 8080, "/CP0", NULL, "ocpp1.6");
    csms_facts(csms_station(environment_csms(csms), "CP0"), &facts);
    ck_assert(facts.registered);
    ck_assert_uint_eq(csms_stations(environment_csms(csms)), 4);
}
END_TEST

static void count(void *user, const char *const *keys, const char *const *values, size_t fields)
{
    ck_assert_uint_gt(fields, 0);
    for (size_t i = 0; i < fields; i++)
        ck_assert(keys[i] && values[i]);
    ++*(size_t *)user;
}

START_TEST(tables_and_verbs)
{
    size_t transactions = 0;
    size_t stations = 0;

    bed_verb_expect(&bed, csms, "csms.refusals", NULL, "last", "");
    ck_assert_int_eq(bed_verb_end(&bed, csms, "csms.tag", ARGS("id_tag", "GUEST")), OP_FINISHED);
    ck_assert_int_eq(bed_verb_end(&bed, csms, "csms.station", ARGS("station", "CP9")), OP_ERROR);
    ck_assert_int_eq(
        bed_verb_end(&bed, csms, "csms.registration", ARGS("status", "rejected", "station", "CP0")),
        OP_FINISHED);
    call(&caller, 8080, "/CP0", NULL, "ocpp1.6");
    say(&caller, BOOT);
    ck_assert_ptr_nonnull(strstr(caller.text, "Rejected"));
    bed_verb_end(&bed, csms, "csms.registration", ARGS("status", "accepted"));
    say(&caller, "[2,\"b2\",\"BootNotification\",{\"chargePointVendor\":\"V\","
                 "\"chargePointModel\":\"M\"}]");
    say(&caller, "[2,\"a\",\"Authorize\",{\"idTag\":\"LOST\"}]");
    ck_assert_ptr_nonnull(strstr(caller.text, "Blocked"));
    say(&caller, "[2,\"s\",\"StartTransaction\",{\"connectorId\":1,\"idTag\":\"GUEST\","
                 "\"meterStart\":5,\"timestamp\":\"2026-01-15T08:00:01.500Z\"}]");
    environment_tables[0].read(csms, count, &transactions);
    environment_tables[2].read(csms, count, &stations);
    ck_assert_uint_eq(transactions, 1);
    ck_assert_uint_eq(stations, 4);
    ck_assert_int_eq(bed_verb_end(&bed, csms, "csms.drop", NULL), OP_FINISHED);
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert_uint_eq(caller.ended, 1);
}
END_TEST

START_TEST(the_tables_of_the_site_are_sound)
{
    struct diag *diag = diag_new();
    struct str text = {0};

    ck_assert_int_eq(schema_check_tables(environment_family.site_options, diag), 0);
    for (size_t i = 0; environment_verbs[i]; i++) {
        const struct verb *verb = environment_verbs[i];

        if (verb->with)
            schema_check_tables(verb->with, diag);
        if (verb->results)
            schema_check_tables(verb->results, diag);
    }
    diag_print(diag, false, &text);
    ck_assert_msg(diag_errors(diag) == 0, "%s", str_text(&text));
    str_done(&text);
    diag_free(&diag);
}
END_TEST

Suite *environment_suite(void)
{
    Suite *suite = suite_create("environment");
    TCase *tcase = tcase_create("csms");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, stations_of_the_site_are_known);
    tcase_add_test(tcase, a_station_comes_boots_and_is_gone);
    tcase_add_test(tcase, basic_password_decides);
    tcase_add_test(tcase, each_profile_has_its_door);
    tcase_add_test(tcase, nothing_in_common_is_closed);
    tcase_add_test(tcase, a_second_connection_ends_the_first);
    tcase_add_loop_test(tcase, out_of_descriptors, 0, 2);
    tcase_add_test(tcase, paused_it_answers_later);
    tcase_add_test(tcase, without_supply_nobody_is_there_and_what_it_knew_stays);
    tcase_add_test(tcase, tables_and_verbs);
    tcase_add_test(tcase, the_tables_of_the_site_are_sound);
    suite_add_tcase(suite, tcase);
    return suite;
}
