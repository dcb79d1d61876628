// SPDX-License-Identifier: Apache-2.0
// Frames that a central system is sent and what it answers, among them those that other central
// systems were compared by; and what a session costs (OCPP-J 1.6 section 4).
#include <check.h>
#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "sim/proto/ocpp/session.h"
#include "sim/proto/ocpp/test_end.h"

// ---- Frames that other ends were sent, too --------------------------------------------

#define BOOT_FIELDS "\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\""
#define STATUS_FIELDS "\"errorCode\":\"NoError\",\"status\":\"Available\""
#define ID37 "1234567890123456789012345678901234567"

static const struct {
    const char *frame;
    const char *answer; // What it begins with; NULL: none.
    bool violates;
} frames[] = {
    {"[2,\"1\",\"BootNotification\",{\"chargePointVendor\":\"V\"}]",
     "[4,\"1\",\"OccurenceConstraintViolation\",\"chargePointModel is missing\"", true},
    {"[2,\"2\",\"BootNotification\",{" BOOT_FIELDS ",\"colour\":\"red\"}]",
     "[4,\"2\",\"FormationViolation\",\"colour is no field", true},
    {"[2,\"3\",\"Authorize\",{\"idTag\":\"123456789012345678901\"}]",
     "[4,\"3\",\"PropertyConstraintViolation\",\"idTag is longer than 20", true},
    {"[2,\"4\",\"Authorize\",{\"idTag\":17}]", "[4,\"4\",\"TypeConstraintViolation\",\"idTag",
     true},
    {"[2,\"5\",\"StatusNotification\",{\"connectorId\":1,\"errorCode\":\"NoError\","
     "\"status\":\"Free\"}]",
     "[4,\"5\",\"PropertyConstraintViolation\",\"status is none of the enumeration: 'Free'", true},
    {"[2,\"6\",\"MeterValues\",{\"connectorId\":1,\"meterValue\":[{\"timestamp\":"
     "\"2026-11-21T10:00:00Z\",\"sampledValue\":[{\"value\":\"1\",\"unit\":\"Joule\"}]}]}]",
     "[4,\"6\",\"PropertyConstraintViolation\",\"meterValue[0].sampledValue[0].unit", true},
    {"[2,\"7\",\"StatusNotification\",{\"connectorId\":1," STATUS_FIELDS
     ",\"timestamp\":\"21/11/2026\"}]",
     "[4,\"7\",\"PropertyConstraintViolation\",\"timestamp", true},
    {"[2,\"8\",\"StatusNotification\",{\"connectorId\":1," STATUS_FIELDS
     ",\"timestamp\":\"2026-11-21T10:00:00\"}]",
     "[4,\"8\",\"PropertyConstraintViolation\",\"timestamp", true},
    {"[2,\"9\",\"StatusNotification\",{\"connectorId\":-1," STATUS_FIELDS "}]",
     "[4,\"9\",\"PropertyConstraintViolation\",\"connectorId is less than 0", true},
    {"[2,\"10\",\"MeterValues\",{\"connectorId\":1,\"meterValue\":[]}]",
     "[4,\"10\",\"OccurenceConstraintViolation\",\"meterValue is empty", true},
    {"[2,\"11\",\"SecurityEventNotification\",{\"type\":\"Unheard\",\"timestamp\":"
     "\"2026-11-21T10:00:00Z\"}]",
     "[3,\"11\",{}]", false},
    {"[2,\"12\",\"SignCertificate\",{\"csr\":\"no PEM\"}]", "[3,\"12\",{\"status\":", false},
    {"[2,\"13\",\"MakeCoffee\",{}]", "[4,\"13\",\"NotImplemented\",", true},
    {"[2,\"14\",\"RemoteStartTransaction\",{\"idTag\":\"T\"}]", "[4,\"14\",\"NotSupported\",",
     true},
    {"[2,\"15\",\"heartbeat\",{}]", "[4,\"15\",\"NotImplemented\",", true},
    {"[2,\"" ID37 "\",\"Heartbeat\",{}]", "[4,\"-1\",\"ProtocolError\",\"id", true},
    {"[7,\"17\",\"Heartbeat\",{}]", NULL, true},
    {"hello", "[4,\"-1\",\"ProtocolError\",\"is not JSON\"", true},
    {"{\"a\":1}", "[4,\"-1\",\"ProtocolError\",\"is no message", true},
    {"[2,\"20\",\"Heartbeat\"]", "[4,\"20\",\"ProtocolError\",\"a CALL has four items", true},
    {"[2,\"21\",\"Heartbeat\",{},{}]", "[4,\"21\",\"ProtocolError\",", true},
    {"[2,22,\"Heartbeat\",{}]", "[4,\"-1\",\"ProtocolError\",\"id", true},
    {"[2,\"\",\"Heartbeat\",{}]", "[4,\"-1\",\"ProtocolError\",\"id", true},
    {"[2,\"24\",7,{}]", "[4,\"24\",\"ProtocolError\",\"action is no text", true},
    {"[2,\"25\",\"Heartbeat\",[]]", "[4,\"25\",\"TypeConstraintViolation\",\"is no object", true},
    {"[]", "[4,\"-1\",\"ProtocolError\",", true},
    {"", "[4,\"-1\",\"ProtocolError\",", true},
    {"[\"2\",\"28\",\"Heartbeat\",{}]", "[4,\"-1\",\"ProtocolError\",", true},
    {"[2.5,\"29\",\"Heartbeat\",{}]", NULL, true},
    {"[2,\"30\",\"Heartbeat\",{\"a\":1,\"a\":2}]", "[4,\"-1\",\"ProtocolError\",", true},
    {"[2,\"31\",\"DataTransfer\",{\"vendorId\":\"\\\"\"}]", "[3,\"31\",{\"status\":", false},
    {"[2,\"3\\\"2\",\"Heartbeat\",{}]", "[3,\"3\\\"2\",{\"currentTime\":", false},
};

START_TEST(test_frame)
{
    receive(&central, frames[_i].frame);
    ck_assert_uint_eq(central.violations, frames[_i].violates);
    ck_assert_uint_eq(central.frames, frames[_i].answer != NULL);
    if (frames[_i].answer)
        ck_assert_msg(strncmp(central.sent.text, frames[_i].answer, strlen(frames[_i].answer)) == 0,
                      "%s", central.sent.text);
    ck_assert_uint_eq(central.calls, !frames[_i].violates);
    ck_assert_uint_eq(ocpp_session_counts(central.session).violations, central.violations);
    // It goes on.
    receive(&central, "[2,\"next\",\"Heartbeat\",{}]");
    ck_assert_str_eq(central.call->name, "Heartbeat");
    ck_assert_str_eq(central.call_id, "next");
}
END_TEST

START_TEST(test_too_long)
{
    struct str text = {0};

    str_adds(&text, "[2,\"1\",\"DataTransfer\",{\"vendorId\":\"v\",\"data\":\"");
    while (text.length < OCPP_MESSAGE_BYTES_MAX)
        str_adds(&text, "x");
    str_adds(&text, "\"}]");
    receive(&central, text.text);
    ck_assert_uint_eq(central.violations, 1);
    ck_assert_uint_eq(central.calls, 0);
    str_done(&text);
}
END_TEST

// ---- What it costs --------------------------------------------------------------------

enum { IDLE = 1000, ROUNDS = 1000, ROUNDS_TO_MEASURE = 50000 };

START_TEST(test_memory)
{
    struct ocpp_session **idle = mem_new(IDLE, sizeof(*idle));
    size_t before, after;

    ocpp_session_free(&central.session);
    // A sanitizer's own allocator tells nothing here.
    before = mallinfo2().uordblks;
    for (int i = 0; i < IDLE; i++) {
        idle[i] = ocpp_session_new(OCPP_CSMS, "c-", &test_end_events, &central);
        central.session = idle[i];
        receive(&central, "[2,\"next\",\"Heartbeat\",{}]");
    }
    after = mallinfo2().uordblks;
    ck_assert_uint_le((after - before) / IDLE, 1024);
    for (int i = 0; i < IDLE; i++)
        ocpp_session_free(&idle[i]);
    free(idle);
    central.session = NULL;
}
END_TEST

static int send_on(void *user, const char *text, size_t length)
{
    struct end *end = user;

    ocpp_session_receive(end->peer->session, text, length);
    return 0;
}

static void confirm_meter(struct ocpp_session *session, const struct ocpp_action *action,
                          const char *id, const struct json *payload, void *user)
{
    struct end *end = user;
    struct ocpp_build build;
    struct str out = {0};

    (void)payload;
    end->calls++;
    ocpp_build_begin(&build, action->confirmation, &out);
    ocpp_build_end(&build);
    ocpp_session_confirm(session, id, out.text, out.length);
    str_done(&out);
}

static void count_result(struct ocpp_session *session, uint64_t tag,
                         const struct ocpp_result *result, void *user)
{
    struct end *end = user;

    (void)session;
    (void)tag;
    end->results += result->err == 0;
}

static void put_meter(struct str *out)
{
    static const char *const measurands[] = {"Energy.Active.Import.Register", "Power.Active.Import",
                                             "Current.Import"};
    static const char *const units[] = {"Wh", "W", "A"};
    struct ocpp_build build;

    ocpp_build_begin(&build, ocpp_action_find("MeterValues")->request, out);
    ocpp_put_integer(&build, "connectorId", 1);
    ocpp_put_integer(&build, "transactionId", 123456);
    ocpp_put_list(&build, "meterValue");
    ocpp_put_object(&build, NULL);
    ocpp_put_time(&build, "timestamp", INT64_C(1795255200123000000));
    ocpp_put_list(&build, "sampledValue");
    for (int i = 0; i < 3; i++) {
        ocpp_put_object(&build, NULL);
        ocpp_put_text(&build, "value", "12345");
        ocpp_put_text(&build, "context", "Sample.Periodic");
        ocpp_put_text(&build, "measurand", measurands[i]);
        ocpp_put_text(&build, "unit", units[i]);
        ocpp_put_end(&build);
    }
    ocpp_put_end(&build);
    ocpp_put_end(&build);
    ocpp_put_end(&build);
    ocpp_build_end(&build);
}

// Both ends of a meter value with three samples: built, sent, checked, confirmed. The bound is
// meant for sanitizers and valgrind, too; OCPP_COST=1 prints what it is.
START_TEST(test_cost)
{
    static const struct ocpp_session_events cheap = {
        .send = send_on, .on_call = confirm_meter, .on_result = count_result};
    int rounds = getenv("OCPP_COST") ? ROUNDS_TO_MEASURE : ROUNDS;
    struct timespec begin, end;
    double us;

    ocpp_session_free(&station.session);
    ocpp_session_free(&central.session);
    station.session = ocpp_session_new(OCPP_STATION, "s-", &cheap, &station);
    central.session = ocpp_session_new(OCPP_CSMS, "c-", &cheap, &central);
    join();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (int i = 0; i < rounds; i++) {
        struct str out = {0};

        put_meter(&out);
        ocpp_session_call(station.session, ocpp_action_find("MeterValues"), NULL, out.text,
                          out.length, 1, 1);
        str_done(&out);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    ck_assert_uint_eq(station.results, (unsigned)rounds);
    ck_assert_uint_eq(central.calls, (unsigned)rounds);
    us = ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / 1e3 /
         rounds;
    if (getenv("OCPP_COST"))
        fprintf(stderr, "%.2f us CPU a MeterValues and its confirmation, both ends\n", us);
    ck_assert_double_lt(us, 2000);
}
END_TEST

Suite *session_frames_suite(void);

Suite *session_frames_suite(void)
{
    Suite *suite = suite_create("session_frames");
    TCase *tcase = tcase_create("session_frames");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_frame, 0, sizeof(frames) / sizeof(frames[0]));
    tcase_add_test(tcase, test_too_long);
    tcase_add_test(tcase, test_memory);
    tcase_add_test(tcase, test_cost);
    suite_add_tcase(suite, tcase);
    return suite;
}
