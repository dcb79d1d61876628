// SPDX-License-Identifier: Apache-2.0
// One station and its central system over the virtual network and the real WebSocket: the start,
// sessions, commands, the queue through outages, refusals of every kind.
#include "devices/charger/office_test.h"

static struct office office;
static struct charger *charger;

#define PLAIN "ws://10.77.0.30:8080/ocpp"
#define SESSION ARGS("energy_Wh", "1100")
#define KEY "00112233445566778899aabbccddeeff00112233"

static void begin(const char *model, const char *url, const char *more)
{
    office_add(&office, model, url, more);
    charger = office.charger;
    device_set_power(office.device, true);
    office_run(&office, 1);
}

static void setup(void)
{
    office_open(&office);
}

static void teardown(void)
{
    office_close(&office);
}

static void begin_plain(void)
{
    begin("charge-11kW", PLAIN, "");
    office_expect(&office, "Boot, 0 Available, 1 Available");
}

// A world verb that goes on; the caller ends it by time.
static struct op *start_op(const char *name, const char *const *arguments, int *ends)
{
    const struct verb *const *verb = charger_family.verbs;
    struct op *op;

    while (*verb && strcmp((*verb)->name, name) != 0)
        verb++;
    ck_assert_ptr_nonnull(*verb);
    op = op_new(*verb, core_timers(office.bed.core), bed_verb_done, ends);
    op->device = office.device;
    op->profile = office.device->profile;
    op->model = office.device->model;
    for (; arguments && *arguments; arguments += 2)
        ck_assert_int_eq(op_add_argument(op, arguments[0], value_parse(arguments[1], false)), 0);
    (*verb)->start(op);
    return op;
}

static void expect_session(struct op *op, const char *result, double energy_Wh)
{
    ck_assert_int_eq(op->end, OP_FINISHED);
    ck_assert_str_eq(op_result(op, "result")->text, result);
    if (energy_Wh >= 0)
        ck_assert_double_eq_tol(op_result(op, "energy_Wh")->number, energy_Wh, 0.5);
    op_free(&op);
}

static void present(const char *tag, bool taken)
{
    struct op *op = bed_verb(&office.bed, office.device, "card.present", ARGS("tag", tag));

    ck_assert_int_eq(op_result(op, "taken")->truth, taken);
    op_free(&op);
}

// ---- The start ----

START_TEST(boots_and_tells_its_connectors)
{
    office.interval_s = 300;
    begin("charge-22kW", PLAIN, "");
    office_expect(&office, "Boot, 0 Available, 1 Available, 2 Available");
    ck_assert_str_eq(office.path, "/ocpp/CP1");
    ck_assert_str_eq(office.authorization, "");
    ck_assert(charger_registered(charger));
    office_run(&office, 301);
    office_expect(&office, "Heartbeat");
}
END_TEST

START_TEST(pending_says_nothing_else)
{
    office.boot_status = "Pending";
    office.interval_s = 40;
    begin("charge-11kW", PLAIN, "");
    office_expect(&office, "Boot");
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    office_run(&office, 30);
    office_expect(&office, "");
    ck_assert_str_eq(office_ask(&office, "GetConfiguration", "{\"key\":[\"HeartbeatInterval\"]}"),
                     "none");
    ck_assert_str_eq(office_ask(&office, "RemoteStartTransaction", "{\"idTag\":\"A\"}"),
                     "Rejected");
    ck_assert_str_eq(
        office_ask(&office, "TriggerMessage", "{\"requestedMessage\":\"BootNotification\"}"),
        "Accepted");
    office_expect(&office, "Boot");
    office.boot_status = "Accepted";
    office_run(&office, 41);
    office_expect(&office, "Boot, 0 Available, 1 Preparing");
}
END_TEST

START_TEST(rejected_is_silent_until_the_interval)
{
    office.boot_status = "Rejected";
    office.interval_s = 600;
    begin("charge-11kW", PLAIN, "");
    office_run(&office, 590);
    office_expect(&office, "Boot");
    ck_assert_uint_eq(office.upgrades, 1);
    office.boot_status = "Accepted";
    office_run(&office, 20);
    office_expect(&office, "Boot, 0 Available, 1 Available");
}
END_TEST

// A reconnect is no start: only what changed is told.
START_TEST(reconnects_without_a_boot)
{
    begin_plain();
    websocket_reset(office.socket);
    office.socket = NULL;
    ocpp_session_disconnect(office.session);
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    office_run(&office, 60);
    office_expect(&office, "1 Preparing");
    ck_assert_uint_eq(charger->connections, 2);
}
END_TEST

// ---- Sessions ----

START_TEST(a_session)
{
    int ends = 0;
    struct op *op;

    begin_plain();
    op = start_op("charge.session", ARGS("energy_Wh", "11040"), &ends);
    office_run(&office, 1);
    office_expect(&office, "1 Preparing, Authorize, 1 Charging, Start");
    office_run(&office, 3590); // 230 V, three phases, 16 A: 11040 Wh in an hour.
    ck_assert_int_eq(ends, 0);
    str_clear(&office.story);
    office_run(&office, 20);
    ck_assert_int_eq(ends, 1);
    expect_session(op, "done", 11040);
    office_expect(&office, "1 Available, Stop EVDisconnected");
    ck_assert_int_eq(office.transactions[0].meter_stop - office.transactions[0].meter_start, 11040);
    ck_assert_uint_eq(charger->queue_count, 0);
    ck_assert_uint_eq(office.messages_count, 2 + 11); // A value each five minutes.
}
END_TEST

START_TEST(a_card_that_is_refused)
{
    int ends = 0;
    struct op *op;

    begin_plain();
    office.tag_status = "Blocked";
    op = start_op("charge.session", SESSION, &ends);
    office_run(&office, 1);
    expect_session(op, "refused", 0);
    office_expect(&office, "1 Preparing, Authorize, 1 Available");
}
END_TEST

START_TEST(busy_and_off)
{
    int ends = 0;
    struct op *first, *second;

    begin_plain();
    first = start_op("charge.session", SESSION, &ends);
    second = start_op("charge.session", SESSION, &ends);
    expect_session(second, "busy", -1);
    // Given up: the driver unplugs.
    first->verb->cancel(first);
    first->end = OP_CANCELLED;
    op_free(&first);
    office_run(&office, 1);
    device_set_power(office.device, false);
    second = start_op("charge.session", SESSION, &ends);
    expect_session(second, "off", -1);
}
END_TEST

// The connector keeps the car when it is full; the card ends a transaction of its own.
START_TEST(full_and_ended_by_card)
{
    begin_plain();
    present("A", true);
    office_run(&office, 1);
    office_expect(&office, "1 Preparing, Authorize");
    bed_verb_end(&office.bed, office.device, "car.plug", ARGS("energy_Wh", "1104"));
    office_run(&office, 1);
    office_expect(&office, "1 Charging, Start");
    office_run(&office, 400);
    bed_verb_expect(&office.bed, office.device, "evse.front", NULL, "status", "SuspendedEV");
    str_clear(&office.story);
    present("B", false);
    present("A", true);
    office_run(&office, 1);
    office_expect(&office, "1 Finishing, Stop Local");
    bed_verb_end(&office.bed, office.device, "car.unplug", NULL);
    office_run(&office, 1);
    office_expect(&office, "1 Available");
    ck_assert_int_eq(office.transactions[0].meter_stop, 1104);
}
END_TEST

START_TEST(nobody_comes_with_a_cable)
{
    begin_plain();
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 62);
    office_expect(&office, "1 Preparing, Authorize, 1 Available");
}
END_TEST

START_TEST(a_start_that_is_not_accepted)
{
    begin_plain();
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 0);
    office.tag_status = "Blocked";
    ck_assert_str_eq(office_ask(&office, "RemoteStopTransaction", "{\"transactionId\":1001}"),
                     "Accepted");
    office_run(&office, 1);
    bed_verb_end(&office.bed, office.device, "car.unplug", NULL);
    office_run(&office, 1);
    str_clear(&office.story);
    ck_assert_str_eq(office_ask(&office, "RemoteStartTransaction", "{\"idTag\":\"B\"}"),
                     "Accepted");
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    office_run(&office, 1);
    office_expect(&office, "1 Preparing, 1 Charging, Start, 1 Finishing, Stop DeAuthorized");
}
END_TEST

START_TEST(a_fault_ends_it)
{
    begin_plain();
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 1);
    str_clear(&office.story);
    bed_verb_end(&office.bed, office.device, "evse.fault", NULL);
    office_run(&office, 1);
    office_expect(&office, "1 Faulted, Stop Other");
    bed_verb_end(&office.bed, office.device, "evse.fault", ARGS("present", "false"));
    office_run(&office, 1);
    office_expect(&office, "1 Finishing");
}
END_TEST

// ---- Commands ----

START_TEST(commands)
{
    begin("charge-22kW", PLAIN, "");
    str_clear(&office.story);
    ck_assert_str_eq(office_ask(&office, "ClearCache", "{}"), "Rejected");
    ck_assert_str_eq(office_ask(&office, "DataTransfer", "{\"vendorId\":\"x\"}"),
                     "UnknownVendorId");
    ck_assert_str_eq(office_ask(&office, "UnlockConnector", "{\"connectorId\":1}"), "Unlocked");
    ck_assert_str_eq(office_ask(&office, "UnlockConnector", "{\"connectorId\":3}"), "NotSupported");
    ck_assert_str_eq(office_ask(&office, "TriggerMessage",
                                "{\"requestedMessage\":\"StatusNotification\","
                                "\"connectorId\":2}"),
                     "Accepted");
    ck_assert_str_eq(
        office_ask(&office, "TriggerMessage", "{\"requestedMessage\":\"MeterValues\"}"),
        "Accepted");
    ck_assert_str_eq(office_ask(&office, "TriggerMessage",
                                "{\"requestedMessage\":\"MeterValues\",\"connectorId\":7}"),
                     "Rejected");
    ck_assert_str_eq(office_ask(&office, "TriggerMessage",
                                "{\"requestedMessage\":\"FirmwareStatusNotification\"}"),
                     "NotImplemented");
    ck_assert_str_eq(
        office_ask(&office, "ChangeAvailability", "{\"connectorId\":0,\"type\":\"Inoperative\"}"),
        "Accepted");
    office_run(&office, 1);
    office_expect(&office, "2 Available, MeterValues, MeterValues, 0 Unavailable, 1 Unavailable, "
                           "2 Unavailable");
    // It lasts over a start.
    device_set_power(office.device, false);
    device_set_power(office.device, true);
    office_run(&office, 1);
    office_expect(&office, "Boot, 0 Unavailable, 1 Unavailable, 2 Unavailable");
}
END_TEST

START_TEST(availability_waits_for_a_transaction)
{
    begin_plain();
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 1);
    ck_assert_str_eq(
        office_ask(&office, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}"),
        "Scheduled");
    str_clear(&office.story);
    bed_verb_end(&office.bed, office.device, "car.unplug", NULL);
    office_run(&office, 1);
    office_expect(&office, "0 Unavailable, 1 Unavailable, Stop EVDisconnected");
}
END_TEST

static const struct {
    const char *key, *value, *status;
} changes[] = {
    {"HeartbeatInterval", "60", "Accepted"},
    {"heartbeatinterval", "60", "Accepted"},
    {"HeartbeatInterval", "-1", "Rejected"},
    {"HeartbeatInterval", "soon", "Rejected"},
    {"NumberOfConnectors", "3", "Rejected"},
    {"SecurityProfile", "3", "Rejected"},
    {"Nonsense", "1", "NotSupported"},
    {"LocalAuthorizeOffline", "maybe", "Rejected"},
    {"MeterValuesSampledData", "Voltage,Current.Import", "Accepted"},
    {"MeterValuesSampledData", "Voltage,Temperature", "Rejected"},
    {"StopTxnSampledData", "Voltage", "Rejected"},
    {"StopTxnSampledData", "", "Accepted"},
    {"AuthorizationKey", "short", "Rejected"},
    {"AuthorizationKey", "0011223344556677889", "Rejected"},
};

START_TEST(changes_configuration)
{
    char *payload =
        str_format("{\"key\":\"%s\",\"value\":\"%s\"}", changes[_i].key, changes[_i].value);

    begin_plain();
    ck_assert_str_eq(office_ask(&office, "ChangeConfiguration", payload), changes[_i].status);
    free(payload);
}
END_TEST

// What was set outlasts a start, and the password is never told.
START_TEST(keeps_configuration)
{
    struct charger_key key;
    struct str value = {0};

    begin_plain();
    office_ask(&office, "ChangeConfiguration",
               "{\"key\":\"MeterValueSampleInterval\",\"value\":\"10\"}");
    office_ask(&office, "ChangeConfiguration", "{\"key\":\"CpoName\",\"value\":\"Someone\"}");
    office_ask(&office, "ChangeConfiguration", "{\"key\":\"CpoName\",\"value\":\"Else\"}");
    ck_assert_str_eq(office_ask(&office, "ChangeConfiguration",
                                "{\"key\":\"AuthorizationKey\",\"value\":\"" KEY "\"}"),
                     "Accepted");
    device_set_power(office.device, false);
    device_set_power(office.device, true);
    ck_assert_int_eq(charger->config.sample_s, 10);
    ck_assert(charger_key_find(charger, "CpoName", &key));
    charger_key_add_value(charger, &key, &value);
    ck_assert_str_eq(str_text(&value), "Else");
    str_clear(&value);
    ck_assert(charger_key_find(charger, "AuthorizationKey", &key));
    charger_key_add_value(charger, &key, &value);
    ck_assert_uint_eq(value.length, 0);
    str_done(&value);
    ck_assert(office_audited(&office, "ReconfigurationOfSecurityParameters"));
}
END_TEST

START_TEST(resets)
{
    begin_plain();
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 1);
    str_clear(&office.story);
    ck_assert_str_eq(office_ask(&office, "Reset", "{\"type\":\"Soft\"}"), "Accepted");
    office_run(&office, 30);
    office_expect(&office, "1 Finishing, Stop SoftReset, Boot, 0 Available, 1 Preparing");
}
END_TEST

// ---- The queue ----

static void cut_off(void)
{
    host_unlisten(&office.listener);
    if (office.socket)
        websocket_reset(office.socket);
    office.socket = NULL;
    ocpp_session_disconnect(office.session);
    office_run(&office, 1);
}

START_TEST(an_outage_loses_nothing)
{
    int ends = 0;
    struct op *op;

    begin_plain();
    op = start_op("charge.session", ARGS("energy_Wh", "1104"), &ends); // Six minutes.
    office_run(&office, 1);
    cut_off();
    office_run(&office, 600);
    expect_session(op, "done", 1104);
    op = start_op("charge.session", ARGS("energy_Wh", "1104"), &ends);
    office_run(&office, 600);
    expect_session(op, "done", 1104);
    ck_assert_uint_ge(charger->queue_count, 4);
    str_clear(&office.story);
    office_listen(&office, "10.77.0.30:8080");
    office_run(&office, 200);
    ck_assert_uint_eq(charger->queue_count, 0);
    ck_assert_uint_eq(office.transactions_count, 2);
    office_expect(&office, "1 Available, MeterValues, Stop EVDisconnected, Start, MeterValues, "
                           "Stop EVDisconnected");
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(office.transactions[i].meter_stop - office.transactions[i].meter_start,
                         1104);
}
END_TEST

// The answer to a start is lost: the same bytes come again, and there is one transaction.
START_TEST(repeats_are_the_same_bytes)
{
    begin_plain();
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    office.silent = false;
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office.silent = true;
    office_run(&office, 100); // Nothing is answered, until the station gives the connection up.
    office.silent = false;
    office_run(&office, 200);
    ck_assert_uint_eq(charger->queue_count, 0);
    ck_assert_uint_eq(office.transactions_count, 1);
    device_set_power(office.device, false);
    device_set_power(office.device, true);
    office_run(&office, 100);
    ck_assert_str_eq(office.transactions[0].reason, "PowerLoss");
}
END_TEST

START_TEST(tries_so_often_and_no_more)
{
    begin_plain();
    office.refusals = 2;
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 50);
    ck_assert_uint_eq(office.transactions_count, 0);
    office_run(&office, 200); // After one minute, and two more.
    ck_assert_uint_eq(office.transactions_count, 1);
    ck_assert_uint_eq(charger->given_up, 0);
    office.refusals = 3;
    bed_verb_end(&office.bed, office.device, "car.unplug", NULL);
    office_run(&office, 600);
    ck_assert(!office.transactions[0].stopped);
    ck_assert_uint_ge(charger->given_up, 1);
    ck_assert_uint_eq(charger->queue_count, 0);
}
END_TEST

// Meter values give way, starts and stops never do.
START_TEST(a_long_outage_thins_meter_values)
{
    begin_plain();
    office_ask(&office, "ChangeConfiguration",
               "{\"key\":\"MeterValueSampleInterval\",\"value\":\"10\"}");
    cut_off();
    for (int i = 0; i < 20; i++) {
        int ends = 0;
        struct op *op = start_op("charge.session", ARGS("energy_Wh", "1104"), &ends);

        office_run(&office, 400);
        expect_session(op, "done", 1104);
    }
    ck_assert_uint_eq(charger->overflow, 0);
    ck_assert_uint_gt(charger->thinned, 100);
    ck_assert_uint_le(charger->queue_count, 200);
    office_listen(&office, "10.77.0.30:8080");
    office_run(&office, 300);
    ck_assert_uint_eq(charger->queue_count, 0);
    ck_assert_uint_eq(office.transactions_count, 20);
    for (size_t i = 0; i < office.transactions_count; i++)
        ck_assert(office.transactions[i].stopped);
}
END_TEST

START_TEST(waits_longer_each_time)
{
    unsigned before;

    host_unlisten(&office.listener);
    begin("charge-11kW", PLAIN, "");
    office_run(&office, 20 * 60);
    before = charger->failures;
    // The minimum of 10 s doubles three times; up to 30 s come on top.
    ck_assert_uint_ge(before, 10);
    ck_assert_uint_le(before, 17);
    office_listen(&office, "10.77.0.30:8080");
    office_run(&office, 111);
    ck_assert(charger_registered(charger));
    ck_assert_uint_eq(charger->failures, 0);
}
END_TEST

// A network that swallows everything: pings go unanswered, and the station tries anew.
START_TEST(notices_a_dead_peer)
{
    begin_plain();
    vnet_host_set_up(office.host, false);
    office_run(&office, 200);
    ck_assert_int_ne(charger->link, CHARGER_LINK_STANDS);
}
END_TEST

START_TEST(a_paused_station_answers_later)
{
    begin_plain();
    ck_assert_int_eq(device_fault(office.device, FAULT_PAUSE, (double[FAULT_PARAMS_MAX]){0}), 0);
    ck_assert_str_eq(office_ask(&office, "ClearCache", "{}"), "");
    ck_assert_int_eq(device_fault_clear(office.device, FAULT_PAUSE), 0);
    office_run(&office, 1);
    ck_assert_str_eq(str_text(&office.answer), "Rejected");
}
END_TEST

// ---- Who is there ----

START_TEST(basic_authentication)
{
    begin("charge-11kW", PLAIN, ", security: 1, password: " KEY);
    ck_assert_str_eq(office.authorization,
                     "Basic Q1AxOjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZmMDAxMTIyMzM=");
    ck_assert(charger_registered(charger));
    // Another key: the connection is made anew with it.
    ck_assert_str_eq(office_ask(&office, "ChangeConfiguration",
                                "{\"key\":\"AuthorizationKey\",\"value\":"
                                "\"ffffffffffffffffffffffffffffffff\"}"),
                     "Accepted");
    office_run(&office, 10);
    ck_assert_uint_eq(office.upgrades, 2);
    ck_assert_str_eq(office.authorization,
                     "Basic Q1AxOmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm");
}
END_TEST

START_TEST(a_key_as_bytes)
{
    begin("charge-11kW", PLAIN, ", security: 1, key_format: bytes, password: " KEY);
    ck_assert_str_eq(office.authorization, "Basic Q1AxOgARIjNEVWZ3iJmqu8zd7v8AESIz");
}
END_TEST

START_TEST(a_refused_station_waits)
{
    office.upgrade_status = 401;
    begin("charge-11kW", PLAIN, ", security: 1");
    ck_assert(office_audited(&office, "FailedToAuthenticationAtCentralSystem"));
    ck_assert_uint_eq(office.upgrades, 1);
    office_run(&office, 8);
    ck_assert_uint_eq(office.upgrades, 1);
    office.upgrade_status = 101;
    office_run(&office, 60);
    ck_assert(charger_registered(charger));
}
END_TEST

START_TEST(a_missing_subprotocol_is_a_failure)
{
    office_close(&office);
    office.other_subprotocol = true;
    office_open(&office);
    begin("charge-11kW", PLAIN, "");
    ck_assert_int_ne(charger->link, CHARGER_LINK_STANDS);
    office_expect(&office, "");
    ck_assert(office_audited(&office, "SubprotocolNotAgreed") ||
              office_audited(&office, "WebSocketUpgradeRefused"));
}
END_TEST

START_TEST(tls_with_basic)
{
    office_secure(&office, "10.77.0.30:8443", false);
    office_listen(&office, "10.77.0.30:8443");
    begin("charge-11kW", "wss://10.77.0.30:8443/ocpp",
          ", security: 2, name: csms.test, password: " KEY);
    ck_assert(!charger_registered(charger));
    ck_assert(office_audited(&office, "InvalidCentralSystemCertificate"));
    certificate_free(&office.certificate);
    key_free(&office.key);
    office_secure(&office, "csms.test", false);
    office_run(&office, 60);
    ck_assert(charger_registered(charger));
    ck_assert_uint_gt(strlen(office.authorization), 40);
}
END_TEST

START_TEST(tls_with_a_certificate)
{
    office_secure(&office, "csms.test", true);
    office_listen(&office, "10.77.0.30:8443");
    begin("charge-11kW", "wss://10.77.0.30:8443/ocpp", ", security: 3, name: csms.test");
    ck_assert(charger_registered(charger));
    ck_assert_str_eq(office.common_name, "CP1");
    ck_assert_str_eq(office.authorization, "");
}
END_TEST

START_TEST(tls_too_old)
{
    office_secure(&office, "csms.test", false);
    office.tls_options.lowest = TLS_1_0;
    office.tls_options.highest = TLS_1_1;
    office_listen(&office, "10.77.0.30:8443");
    begin("charge-11kW", "wss://10.77.0.30:8443/ocpp", ", security: 2, name: csms.test");
    ck_assert(!charger_registered(charger));
    ck_assert(office_audited(&office, "InvalidTLSVersion"));
}
END_TEST

START_TEST(a_clock_in_another_year_trusts_nobody)
{
    office_secure(&office, "csms.test", false);
    office_listen(&office, "10.77.0.30:8443");
    office_add(&office, "charge-11kW", "wss://10.77.0.30:8443/ocpp",
               ", security: 2, name: csms.test");
    charger = office.charger;
    device_set_utc(office.device, core_utc_ns(office.bed.core) + 400 * 86400 * SIM_NS_PER_S);
    device_set_power(office.device, true);
    office_run(&office, 1);
    ck_assert(!charger_registered(charger));
    ck_assert(office_audited(&office, "InvalidCentralSystemCertificate"));
}
END_TEST

// ---- The clock and the mains ----

START_TEST(takes_the_time_of_the_central_system)
{
    office_add(&office, "charge-11kW", PLAIN, "");
    device_set_utc(office.device, core_utc_ns(office.bed.core) - 3600 * SIM_NS_PER_S);
    device_set_power(office.device, true);
    office_run(&office, 1);
    ck_assert_int_lt(llabs(device_utc_ns(office.device) - core_utc_ns(office.bed.core)),
                     2 * SIM_NS_PER_MS);
    ck_assert(office_audited(&office, "SettingSystemTime"));
}
END_TEST

static void add_mains(void)
{
    ck_assert_int_eq(plant_add(office.bed.plant,
                               &(struct plant_spec){.id = "grid",
                                                    .kind = PLANT_SOURCE,
                                                    .system = PLANT_3PH4W,
                                                    .voltage_V = 400,
                                                    .frequency_Hz = 50,
                                                    .short_circuit_A = 10000},
                               NULL),
                     0);
    ck_assert_int_eq(
        plant_add(
            office.bed.plant,
            &(struct plant_spec){
                .id = "q1", .from = "grid", .kind = PLANT_BREAKER, .rated_A = 63, .closed = true},
            NULL),
        0);
    ck_assert_int_eq(plant_add(office.bed.plant,
                               &(struct plant_spec){
                                   .id = "evse", .from = "q1", .kind = PLANT_CHARGER, .phases = 3},
                               NULL),
                     0);
}

START_TEST(a_breaker_takes_its_supply)
{
    struct plant_flow flow;

    add_mains();
    begin("charge-11kW", PLAIN, "");
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 3600);
    plant_read(plant_find(office.bed.plant, "q1"), &flow);
    ck_assert_double_eq_tol(flow.current_A[0], 16, 1e-3);
    str_clear(&office.story);
    plant_set_closed(plant_find(office.bed.plant, "q1"), false);
    office_run(&office, 10);
    ck_assert(!office.device->powered);
    plant_set_closed(plant_find(office.bed.plant, "q1"), true);
    office_run(&office, 40);
    office_expect(&office, "Boot, 0 Available, 1 Preparing, Stop PowerLoss");
    ck_assert_int_eq(office.transactions[0].meter_stop, 11085); // 230.94 V x 16 A x 3, an hour.
    plant_read(plant_find(office.bed.plant, "q1"), &flow);
    ck_assert_double_eq_tol(flow.energy_Wh, 11085, 1);
}
END_TEST

START_TEST(clock_aligned_values)
{
    begin_plain();
    office_ask(&office, "ChangeConfiguration",
               "{\"key\":\"ClockAlignedDataInterval\",\"value\":\"900\"}");
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    office_ask(&office, "ChangeConfiguration",
               "{\"key\":\"MeterValueSampleInterval\",\"value\":\"0\"}");
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
    office_run(&office, 1);
    ck_assert_uint_eq(office.messages_count, 1); // The start.
    office_run(&office, 1800);
    ck_assert_uint_eq(office.messages_count, 3);
    ck_assert_ptr_nonnull(strstr(office.messages[1].frame, ":15:00.000Z"));
    ck_assert_ptr_nonnull(strstr(office.messages[1].frame, "Sample.Clock"));
}
END_TEST

// ---- Tables ----

START_TEST(every_key_fits_its_own_rule)
{
    struct charger_key key;
    const char *last = "";

    begin_plain();
    ck_assert_uint_ge(charger_keys_count(charger), 24);
    for (size_t i = 0; charger_key_at(charger, i, &key); i++) {
        ck_assert_msg(strcmp(last, key.name) < 0, "%s after %s", key.name, last);
        last = key.name;
        if (strcmp(key.access, "RW") == 0)
            ck_assert_msg(strcmp(charger_keys_change(charger, key.name, key.value), "Accepted") ==
                              0,
                          "%s", key.name);
    }
}
END_TEST

static void count_record(void *user, const char *const *keys, const char *const *values,
                         size_t count)
{
    struct str *text = user;

    ck_assert_uint_eq(count, 8);
    ck_assert_str_eq(keys[0], "charger");
    str_addf(text, "%s/%s/%s/%s/%s ", values[0], values[1], values[2], values[5], values[7]);
}

START_TEST(history)
{
    struct str text = {0};
    int ends = 0;
    struct op *op;

    begin_plain();
    op = start_op("charge.session", ARGS("energy_Wh", "1104"), &ends);
    office_run(&office, 400);
    expect_session(op, "done", 1104);
    charger_family.tables[0].read(office.device, count_record, &text);
    ck_assert_str_eq(str_text(&text), "CP1/1/2026-01-15T08:00:01.000Z/1104/EVDisconnected ");
    ck_assert_str_eq(office.transactions[0].start, "2026-01-15T08:00:01.000Z");
    str_done(&text);
}
END_TEST

Suite *charger_suite(void)
{
    Suite *suite = suite_create("charger");
    TCase *tcase = tcase_create("charger");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, boots_and_tells_its_connectors);
    tcase_add_test(tcase, pending_says_nothing_else);
    tcase_add_test(tcase, rejected_is_silent_until_the_interval);
    tcase_add_test(tcase, reconnects_without_a_boot);
    tcase_add_test(tcase, a_session);
    tcase_add_test(tcase, a_card_that_is_refused);
    tcase_add_test(tcase, busy_and_off);
    tcase_add_test(tcase, full_and_ended_by_card);
    tcase_add_test(tcase, nobody_comes_with_a_cable);
    tcase_add_test(tcase, a_start_that_is_not_accepted);
    tcase_add_test(tcase, a_fault_ends_it);
    tcase_add_test(tcase, commands);
    tcase_add_test(tcase, availability_waits_for_a_transaction);
    tcase_add_loop_test(tcase, changes_configuration, 0,
                        (int)(sizeof(changes) / sizeof(changes[0])));
    tcase_add_test(tcase, keeps_configuration);
    tcase_add_test(tcase, resets);
    tcase_add_test(tcase, an_outage_loses_nothing);
    tcase_add_test(tcase, repeats_are_the_same_bytes);
    tcase_add_test(tcase, tries_so_often_and_no_more);
    tcase_add_test(tcase, a_long_outage_thins_meter_values);
    tcase_add_test(tcase, waits_longer_each_time);
    tcase_add_test(tcase, notices_a_dead_peer);
    tcase_add_test(tcase, a_paused_station_answers_later);
    tcase_add_test(tcase, basic_authentication);
    tcase_add_test(tcase, a_key_as_bytes);
    tcase_add_test(tcase, a_refused_station_waits);
    tcase_add_test(tcase, a_missing_subprotocol_is_a_failure);
    tcase_add_test(tcase, tls_with_basic);
    tcase_add_test(tcase, tls_with_a_certificate);
    tcase_add_test(tcase, tls_too_old);
    tcase_add_test(tcase, a_clock_in_another_year_trusts_nobody);
    tcase_add_test(tcase, takes_the_time_of_the_central_system);
    tcase_add_test(tcase, a_breaker_takes_its_supply);
    tcase_add_test(tcase, clock_aligned_values);
    tcase_add_test(tcase, every_key_fits_its_own_rule);
    tcase_add_test(tcase, history);
    suite_add_tcase(suite, tcase);
    return suite;
}
