// SPDX-License-Identifier: Apache-2.0
// One station and its central system over the virtual network and the real WebSocket: the start,
// sessions, commands, configuration.

#include "devices/charger/case_test.h"

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

// A tag of twenty characters (CiString20Type) has up to eighty bytes, and all of them come back.
START_TEST(tags_of_any_letters)
{
    static const char *const tags[] = {"\"aaaaaaaaaaaaaaaaaaa\xC3\xA9\"",
                                       "\"\xF0\x9F\x94\x8C\xF0\x9F\x94\x8C\xF0\x9F\x94\x8C"
                                       "\xF0\x9F\x94\x8C\xF0\x9F\x94\x8C\xF0\x9F\x94\x8C"
                                       "aaaaaaaaaaaaaa\""};
    char request[128];

    begin_plain();
    snprintf(request, sizeof(request), "{\"idTag\":%s}", tags[_i]);
    ck_assert_str_eq(office_ask(&office, "RemoteStartTransaction", request), "Accepted");
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    office_run(&office, 1);
    ck_assert_uint_eq(office.transactions_count, 1);
    ck_assert(charger->connectors[0].transaction.local);
    ck_assert_mem_eq(charger->connectors[0].transaction.tag, tags[_i] + 1, strlen(tags[_i]) - 2);
    // The record of the transaction holds it over a power cut.
    device_set_power(office.device, false);
    device_set_power(office.device, true);
    office_run(&office, 100);
    ck_assert_str_eq(office.transactions[0].reason, "PowerLoss");
}
END_TEST

// A visitor's card has no more characters than a tag has.
START_TEST(cards_are_cut_to_a_tag)
{
    begin_plain();
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
    present("\xC3\xA9"
            "bcdefghijklmnopqrstuvwxyz",
            true);
    office_run(&office, 1);
    ck_assert_str_eq(charger->connectors[0].transaction.tag, "\xC3\xA9"
                                                             "bcdefghijklmnopqrst");
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
    tcase_add_loop_test(tcase, tags_of_any_letters, 0, 2);
    tcase_add_test(tcase, cards_are_cut_to_a_tag);
    tcase_add_test(tcase, a_fault_ends_it);
    tcase_add_test(tcase, commands);
    tcase_add_test(tcase, availability_waits_for_a_transaction);
    tcase_add_loop_test(tcase, changes_configuration, 0,
                        (int)(sizeof(changes) / sizeof(changes[0])));
    tcase_add_test(tcase, keeps_configuration);
    tcase_add_test(tcase, resets);
    tcase_add_test(tcase, every_key_fits_its_own_rule);
    tcase_add_test(tcase, history);
    suite_add_tcase(suite, tcase);
    return suite;
}
