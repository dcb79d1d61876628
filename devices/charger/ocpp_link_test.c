// SPDX-License-Identifier: Apache-2.0
// The connection of a station and what it costs to lose it: the queue through outages, waits,
// refusals of every kind, the clock and the mains.

#include "devices/charger/case_test.h"

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

Suite *ocpp_link_suite(void)
{
    Suite *suite = suite_create("ocpp_link");
    TCase *tcase = tcase_create("ocpp_link");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
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
    suite_add_tcase(suite, tcase);
    return suite;
}
