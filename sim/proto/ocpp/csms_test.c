// SPDX-License-Identifier: Apache-2.0
// The central system as its stations see it: frames in, frames out.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/ocpp/csms.h"

#define SECOND_NS 1000000000ll
#define PASSWORD "00112233445566778899aabbccddeeff00112233"

static struct csms *csms;
static struct csms_station *station;
static struct str sent; // The last frame.
static int64_t now_ns, deadline_ns;
static unsigned changes;
static int wire;

static int64_t utc(void *user)
{
    (void)user;
    return 1768464000 * SECOND_NS + now_ns;
}

static int64_t now(void *user)
{
    (void)user;
    return now_ns;
}

static int on_send(struct csms_station *to, const char *text, size_t length, void *user)
{
    (void)user;
    ck_assert_ptr_nonnull(csms_wire(to));
    str_clear(&sent);
    str_add(&sent, text, length);
    return 0;
}

static void on_changed(struct csms_station *which, void *user)
{
    (void)which;
    (void)user;
    changes++;
}

static void on_deadline(int64_t at_ns, void *user)
{
    (void)user;
    deadline_ns = at_ns;
}

static const struct csms_events events = {
    .utc_ns = utc, .now_ns = now, .send = on_send, .changed = on_changed, .deadline = on_deadline};
static struct csms_options options;

static void setup(void)
{
    options = (struct csms_options){.heartbeat_interval_s = 300,
                                    .call_timeout_ns = 30 * SECOND_NS,
                                    .accept_unknown_tags = true,
                                    .transactions_max = 8,
                                    .frames_max = 4};
    now_ns = 0;
    deadline_ns = -1;
    csms = csms_new(&options, &events, NULL);
    ck_assert_int_eq(csms_add_station(csms, "CP1", PASSWORD, NULL), 0);
    ck_assert_int_eq(csms_add_station(csms, "CP2", NULL, "CP2"), 0);
    station = csms_station(csms, "CP1");
}

static void teardown(void)
{
    csms_free(&csms);
    str_done(&sent);
}

static const char *say(const char *frame)
{
    str_clear(&sent);
    csms_receive(station, frame, strlen(frame));
    return str_text(&sent);
}

static void boot(void)
{
    csms_connect(station, &wire);
    ck_assert_ptr_nonnull(strstr(say("[2,\"b1\",\"BootNotification\",{\"chargePointVendor\":\"V\","
                                     "\"chargePointModel\":\"M\"}]"),
                                 "\"status\":\"Accepted\""));
}

static uint64_t violations(void)
{
    return csms_violations_total(csms);
}

static const char *last_violation(void)
{
    return csms_violation_at(csms, csms_violations(csms) - 1);
}

// ---- The door ----

static bool admitted(const char *identity, const char *authorization, const char *name,
                     uint16_t status_wanted)
{
    uint16_t status = 0;
    bool in = csms_admit(csms, identity, authorization, name, &status) != NULL;

    if (!in)
        ck_assert_uint_eq(status, status_wanted);
    return in;
}

START_TEST(basic_password_is_understood_as_digits_and_as_bytes)
{
    // CP1: and the 40 digits; the same in capitals; the 20 bytes.
    ck_assert(admitted(
        "CP1", "Basic Q1AxOjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZmMDAxMTIyMzM=", NULL, 0));
    ck_assert(admitted(
        "CP1", "basic Q1AxOjAwMTEyMjMzNDQ1NTY2Nzc4ODk5QUFCQkNDRERFRUZGMDAxMTIyMzM=", NULL, 0));
    ck_assert(admitted("CP1", "Basic Q1AxOgARIjNEVWZ3iJmqu8zd7v8AESIz", NULL, 0));
}
END_TEST

START_TEST(everything_else_is_refused)
{
    static const char *const wrong[] = {
        NULL,
        "",
        "Basic ",
        "Basic Q1AxOg==",     // CP1: and nothing.
        "Basic Q1AxOndyb25n", // CP1:wrong
        "Basic !!!!",
        "Basic Q1AxOgARIjNEVWZ3iJmqu8zd7v8AESI",
        "Bearer Q1AxOgARIjNEVWZ3iJmqu8zd7v8AESIz",
        "Basic Q1AyOgARIjNEVWZ3iJmqu8zd7v8AESIz", // CP2 with the password of CP1.
        "Basic Q1AxOgARIjNEVWZ3iJmqu8zd7v8AESI0",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!admitted("CP1", wrong[i], NULL, 401), "%zu", i);
    ck_assert(!admitted("CP9", NULL, NULL, 404));
    ck_assert(!admitted("", NULL, NULL, 404));
}
END_TEST

START_TEST(a_certificate_must_name_the_station)
{
    ck_assert(admitted("CP2", NULL, "CP2", 0));
    ck_assert(!admitted("CP2", NULL, "CP1", 401));
    ck_assert(!admitted("CP2", NULL, NULL, 401));
}
END_TEST

START_TEST(what_is_asked_for_can_be_changed)
{
    const char *right = "Basic Q1AxOgARIjNEVWZ3iJmqu8zd7v8AESIz";

    csms_set_password(station, "another one, no digits");
    ck_assert(!admitted("CP1", right, NULL, 401));
    csms_set_password(station, NULL);
    ck_assert(admitted("CP1", NULL, NULL, 0));
    csms_set_password(station, PASSWORD);
    ck_assert(admitted("CP1", right, NULL, 0));
    csms_set_common_name(csms_station(csms, "CP2"), "serial");
    ck_assert(!admitted("CP2", NULL, "CP2", 401));
    ck_assert(admitted("CP2", NULL, "serial", 0));
}
END_TEST

START_TEST(unknown_stations_come_where_they_may)
{
    uint16_t status;

    options.accept_unknown_stations = true;
    csms_free(&csms);
    csms = csms_new(&options, &events, NULL);
    ck_assert_ptr_nonnull(csms_admit(csms, "new", NULL, NULL, &status));
    ck_assert_uint_eq(csms_stations(csms), 1);
    ck_assert_int_eq(csms_security(csms_station_at(csms, 0)), -1);
}
END_TEST

START_TEST(twenty_thousand_stations)
{
    char identity[24];

    for (int i = 2; i < CSMS_STATIONS_MAX; i++) {
        snprintf(identity, sizeof(identity), "S%d", i);
        ck_assert_int_eq(csms_add_station(csms, identity, NULL, NULL), 0);
    }
    ck_assert_int_eq(csms_add_station(csms, "CP1", NULL, NULL), ERR_EXISTS);
    ck_assert_int_eq(csms_add_station(csms, "one more", NULL, NULL), ERR_TOO_MANY);
    ck_assert_str_eq(csms_identity(csms_station(csms, "S19999")), "S19999");
}
END_TEST

// ---- Booting ----

START_TEST(boot_makes_it_registered_and_stays_over_connections)
{
    struct csms_facts facts;

    boot();
    ck_assert_ptr_nonnull(strstr(str_text(&sent), "\"interval\":300"));
    csms_facts(station, &facts);
    ck_assert(facts.registered && facts.connected);
    ck_assert_str_eq(facts.vendor, "V");
    csms_disconnect(station);
    csms_facts(station, &facts);
    ck_assert(!facts.registered && !facts.connected);
    csms_connect(station, &wire);
    csms_facts(station, &facts);
    ck_assert(facts.registered);
    ck_assert_uint_eq(facts.connections, 2);
    ck_assert_uint_eq(violations(), 0);
}
END_TEST

START_TEST(who_speaks_before_it_is_accepted_breaks_a_rule)
{
    csms_set_registration(csms, "CP1", CSMS_REJECTED, 60);
    csms_connect(station, &wire);
    ck_assert_ptr_nonnull(strstr(say("[2,\"b1\",\"BootNotification\",{\"chargePointVendor\":\"V\","
                                     "\"chargePointModel\":\"M\"}]"),
                                 "\"Rejected\""));
    ck_assert_ptr_nonnull(strstr(say("[2,\"h1\",\"Heartbeat\",{}]"), "SecurityError"));
    ck_assert_uint_eq(violations(), 1);
    csms_set_registration(csms, NULL, CSMS_PENDING, 60);
    ck_assert_ptr_nonnull(strstr(say("[2,\"h2\",\"Heartbeat\",{}]"), "currentTime"));
    ck_assert_uint_eq(violations(), 1);
}
END_TEST

// ---- Transactions ----

#define START(id, connector, time, meter)                                                          \
    "[2,\"" id "\",\"StartTransaction\",{\"connectorId\":" connector                               \
    ",\"idTag\":\"TAG\",\"meterStart\":" meter ",\"timestamp\":\"" time "\"}]"
#define STOP(id, transaction, time, meter)                                                         \
    "[2,\"" id "\",\"StopTransaction\",{\"transactionId\":" transaction ",\"meterStop\":" meter    \
    ",\"timestamp\":\"" time "\"}]"
#define AT(minute) "2026-01-15T08:" minute ":00.000Z"

START_TEST(a_repeat_is_the_same_transaction)
{
    boot();
    ck_assert_ptr_nonnull(strstr(say(START("s1", "1", AT("01"), "100")), "\"transactionId\":1"));
    csms_disconnect(station);
    csms_connect(station, &wire);
    ck_assert_ptr_nonnull(strstr(say(START("s1", "1", AT("01"), "100")), "\"transactionId\":1"));
    ck_assert_uint_eq(csms_transactions(csms), 1);
    ck_assert_uint_eq(csms_transaction_at(csms, 0)->starts, 2);
    ck_assert(!csms_transaction_at(csms, 0)->differed);
    say(STOP("e1", "1", AT("09"), "700"));
    say(STOP("e1", "1", AT("09"), "700"));
    ck_assert_uint_eq(csms_transaction_at(csms, 0)->stops, 2);
    ck_assert_int_eq(csms_transaction_at(csms, 0)->meter_stop_Wh, 700);
    ck_assert_str_eq(csms_transaction_at(csms, 0)->reason, "Local");
    ck_assert_uint_eq(violations(), 0);
    // Another meter is another transaction.
    ck_assert_ptr_nonnull(strstr(say(START("s2", "1", AT("10"), "700")), "\"transactionId\":2"));
    ck_assert_uint_eq(csms_transaction_at(csms, 1)->order, 2);
}
END_TEST

START_TEST(a_repeat_in_other_bytes_is_noted)
{
    boot();
    say(START("s1", "1", AT("01"), "100"));
    ck_assert_ptr_nonnull(strstr(say(START("s9", "1", AT("01"), "100")), "\"transactionId\":1"));
    ck_assert(csms_transaction_at(csms, 0)->differed);
    ck_assert_uint_eq(violations(), 1);
    say(STOP("e1", "1", AT("09"), "700"));
    say(STOP("e2", "1", AT("09"), "701"));
    ck_assert_uint_eq(violations(), 2);
    ck_assert_int_eq(csms_transaction_at(csms, 0)->meter_stop_Wh, 700);
}
END_TEST

START_TEST(rules_between_messages)
{
    static const struct {
        const char *frame;
        const char *violation;
    } rows[] = {
        {STOP("a", "77", AT("09"), "1"), "transaction 77, which is not its own"},
        {START("c", "9", AT("02"), "5"), "9 is no connector"},
        {START("d", "0", AT("02"), "5"), "connectorId"},
        {START("e", "1", AT("03"), "5"), "while transaction"},
        {STOP("f", "1", AT("00"), "99"), "stops before it began"},
        {"[2,\"g\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":55,\"meterValue\":[{"
         "\"timestamp\":\"2026-01-15T08:01:00Z\",\"sampledValue\":[{\"value\":\"1\"}]}]}]",
         "MeterValues of transaction 55"},
    };

    boot();
    say(START("first", "1", AT("01"), "0"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        say(rows[i].frame);
        ck_assert_uint_ge(csms_violations(csms), i + 1);
        ck_assert_msg(strstr(last_violation(), rows[i].violation), "%zu: %s", i, last_violation());
        ck_assert_int_eq(strncmp(last_violation(), "CP1: ", 5), 0);
    }
}
END_TEST

// What other central systems let pass.
START_TEST(what_no_peer_catches)
{
    static const char *const frames[] = {
        "[2,\"1234567890123456789012345678901234567\",\"Heartbeat\",{}]",
        "[2,\"z\",\"StatusNotification\",{\"connectorId\":1,\"errorCode\":\"NoError\","
        "\"status\":\"Available\",\"timestamp\":\"2026-01-15T08:00:00\"}]",
        "[2,\"n\",\"StatusNotification\",{\"connectorId\":-1,\"errorCode\":\"NoError\","
        "\"status\":\"Available\"}]",
        "[2,\"b1\",\"Heartbeat\",{}]", // An id that was used.
        "[2,\"u\",\"Hartbeat\",{}]",
        "[3,\"nothing\",{}]",
        "garbage",
    };

    boot();
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        say(frames[i]);
        ck_assert_msg(violations() == i + 1, "%zu: %zu violations", i, (size_t)violations());
    }
}
END_TEST

START_TEST(the_oldest_ended_transaction_goes)
{
    char frame[256];

    boot();
    say(START("running", "2", AT("00"), "0"));
    for (int i = 0; i < 20; i++) {
        snprintf(frame, sizeof(frame),
                 "[2,\"s%d\",\"StartTransaction\",{\"connectorId\":1,\"idTag\":\"T\","
                 "\"meterStart\":%d,\"timestamp\":\"2026-01-15T09:%02d:00Z\"}]",
                 i, i, i);
        say(frame);
        snprintf(frame, sizeof(frame),
                 "[2,\"e%d\",\"StopTransaction\",{\"transactionId\":%d,\"meterStop\":%d,"
                 "\"timestamp\":\"2026-01-15T09:%02d:30Z\"}]",
                 i, i + 2, i, i);
        say(frame);
    }
    ck_assert_uint_eq(violations(), 0);
    ck_assert_uint_eq(csms_transactions(csms), options.transactions_max);
    ck_assert_int_eq(csms_transaction_at(csms, 0)->id, 1); // It still runs.
    ck_assert_int_eq(csms_transaction_at(csms, 7)->id, 21);
}
END_TEST

START_TEST(no_room_for_running_ones_is_told)
{
    char frame[256];

    boot();
    for (int i = 0; i < 9; i++) {
        snprintf(frame, sizeof(frame),
                 "[2,\"s%d\",\"StartTransaction\",{\"connectorId\":%d,\"idTag\":\"T\","
                 "\"meterStart\":%d,\"timestamp\":\"2026-01-15T09:%02d:00Z\"}]",
                 i, i % 8 + 1, i, i);
        say(frame);
    }
    ck_assert_ptr_nonnull(strstr(str_text(&sent), "InternalError"));
    ck_assert_uint_eq(csms_transactions(csms), 8);
}
END_TEST

START_TEST(tags)
{
    boot();
    ck_assert_int_eq(csms_set_tag(csms, "lost", "Blocked"), 0);
    ck_assert_int_eq(csms_set_tag(csms, "123456789012345678901", "Blocked"), ERR_TOO_LONG);
    ck_assert_ptr_nonnull(strstr(say("[2,\"1\",\"Authorize\",{\"idTag\":\"LOST\"}]"), "Blocked"));
    ck_assert_ptr_nonnull(strstr(say("[2,\"2\",\"Authorize\",{\"idTag\":\"x\"}]"), "Accepted"));
    csms_set_tag(csms, "Lost", "Accepted");
    ck_assert_ptr_nonnull(strstr(say("[2,\"3\",\"Authorize\",{\"idTag\":\"lost\"}]"), "Accepted"));
}
END_TEST

START_TEST(security_events_are_kept)
{
    boot();
    say("[2,\"1\",\"SecurityEventNotification\",{\"type\":\"InvalidTLSVersion\","
        "\"timestamp\":\"2026-01-15T08:00:00Z\"}]");
    ck_assert_uint_eq(csms_security_events(csms), 1);
    ck_assert_str_eq(csms_security_event_at(csms, 0)->type, "InvalidTLSVersion");
    ck_assert_ptr_eq(csms_security_event_at(csms, 0)->station, station);
}
END_TEST

START_TEST(the_last_frames_are_kept)
{
    boot();
    say("[2,\"h1\",\"Heartbeat\",{}]");
    say("[2,\"h2\",\"Heartbeat\",{}]");
    ck_assert_uint_eq(csms_frames(csms), 4);
    ck_assert(!csms_frame_at(csms, 0).sent);
    ck_assert_str_eq(csms_frame_at(csms, 0).text, "[2,\"h1\",\"Heartbeat\",{}]");
    ck_assert(csms_frame_at(csms, 3).sent);
}
END_TEST

// ---- Commands ----

static struct ocpp_result ended;
static unsigned ends;

static void on_done(struct csms_station *which, const struct ocpp_result *result, void *user)
{
    ck_assert_ptr_eq(which, station);
    ck_assert_ptr_eq(user, &ends);
    ended = *result;
    ends++;
}

static int call(const char *action, const char *payload)
{
    struct ocpp_problem problem;

    return csms_call(station, action, payload, strlen(payload), on_done, &ends, &problem);
}

START_TEST(a_command_and_its_answer)
{
    char id[40];
    char answer[80];

    ends = 0;
    ck_assert_int_eq(call("Reset", "{\"type\":\"Soft\"}"), ERR_CLOSED);
    boot();
    ck_assert_int_eq(call("Reset", "{\"type\":\"Medium\"}"), ERR_MALFORMED);
    ck_assert_int_eq(call("Heartbeat", "{}"), ERR_MALFORMED);
    ck_assert_int_eq(call("Reset", "{"), ERR_MALFORMED);
    ck_assert_int_eq(call("Reset", "{\"type\":\"Soft\"}"), 0);
    ck_assert_int_eq(call("ClearCache", "{}"), ERR_FULL);
    ck_assert_int_eq(sscanf(str_text(&sent), "[2,\"%39[^\"]", id), 1);
    snprintf(answer, sizeof(answer), "[3,\"%s\",{\"status\":\"Accepted\"}]", id);
    say(answer);
    ck_assert_uint_eq(ends, 1);
    ck_assert_int_eq(ended.err, 0);
    ck_assert_int_eq(call("ClearCache", "{}"), 0);
    csms_disconnect(station);
    ck_assert_uint_eq(ends, 2);
    ck_assert_int_eq(ended.err, ERR_CLOSED);
}
END_TEST

START_TEST(a_command_without_an_answer_ends_in_time)
{
    ends = 0;
    boot();
    ck_assert_int_eq(call("ClearCache", "{}"), 0);
    ck_assert_int_eq(deadline_ns, 30 * SECOND_NS);
    now_ns = 29 * SECOND_NS;
    csms_expire(csms, now_ns);
    ck_assert_uint_eq(ends, 0);
    now_ns = 30 * SECOND_NS;
    csms_expire(csms, now_ns);
    ck_assert_uint_eq(ends, 1);
    ck_assert_int_eq(ended.err, ERR_TIMEOUT);
    ck_assert_int_eq(call("ClearCache", "{}"), 0);
    csms_cancel(station, &ends);
    csms_disconnect(station);
    ck_assert_uint_eq(ends, 1);
}
END_TEST

Suite *csms_suite(void)
{
    Suite *suite = suite_create("csms");
    TCase *tcase = tcase_create("csms");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, basic_password_is_understood_as_digits_and_as_bytes);
    tcase_add_test(tcase, everything_else_is_refused);
    tcase_add_test(tcase, a_certificate_must_name_the_station);
    tcase_add_test(tcase, what_is_asked_for_can_be_changed);
    tcase_add_test(tcase, unknown_stations_come_where_they_may);
    tcase_add_test(tcase, twenty_thousand_stations);
    tcase_add_test(tcase, boot_makes_it_registered_and_stays_over_connections);
    tcase_add_test(tcase, who_speaks_before_it_is_accepted_breaks_a_rule);
    tcase_add_test(tcase, a_repeat_is_the_same_transaction);
    tcase_add_test(tcase, a_repeat_in_other_bytes_is_noted);
    tcase_add_test(tcase, rules_between_messages);
    tcase_add_test(tcase, what_no_peer_catches);
    tcase_add_test(tcase, the_oldest_ended_transaction_goes);
    tcase_add_test(tcase, no_room_for_running_ones_is_told);
    tcase_add_test(tcase, tags);
    tcase_add_test(tcase, security_events_are_kept);
    tcase_add_test(tcase, the_last_frames_are_kept);
    tcase_add_test(tcase, a_command_and_its_answer);
    tcase_add_test(tcase, a_command_without_an_answer_ends_in_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
