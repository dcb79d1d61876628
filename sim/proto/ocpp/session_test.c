// SPDX-License-Identifier: Apache-2.0
// One end of a connection: CALLs both ways, what a peer may do wrong with answers and ids, what
// merely looks wrong (OCPP-J 1.6 section 4).
#include "sim/proto/ocpp/session.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/proto/ocpp/test_end.h"

START_TEST(test_call)
{
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 7), 0);
    ck_assert_str_eq(station.sent.text, "[2,\"s-1\",\"Heartbeat\",{}]");
    ck_assert(ocpp_session_calling(station.session));
    ck_assert_int_eq(ocpp_session_deadline_ns(station.session), 1000);
    receive(&station, "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.results, 1);
    ck_assert_uint_eq(station.tag, 7);
    ck_assert_int_eq(station.result.err, 0);
    ck_assert_str_eq(station.result.action->name, "Heartbeat");
    ck_assert(!ocpp_session_calling(station.session));
    ck_assert_int_eq(ocpp_session_deadline_ns(station.session), INT64_MAX);
    ck_assert_uint_eq(station.violations, 0);
    ck_assert_uint_eq(station.seen_out, 1);
    ck_assert_uint_eq(station.seen_in, 1);
}
END_TEST

START_TEST(test_every_action)
{
    const struct ocpp_action *action = &ocpp_actions[_i];
    struct rng rng;

    join();
    rng_init(&rng, 3, action->name);
    for (int i = 0; i < 6; i++) {
        struct end *from = i % 2 ? &station : &central;
        struct end *to = i % 2 ? &central : &station;
        struct str payload = {0};

        if (!(action->sender & (i % 2 ? OCPP_BY_STATION : OCPP_BY_CSMS)))
            continue;
        sample_payload(&rng, action->request, (enum sample_size)(i / 2), FLAW_NONE, &payload);
        ck_assert_int_eq(ocpp_session_call(from->session, action, NULL, payload.text,
                                           payload.length, 1, 100 + (uint64_t)i),
                         0);
        ck_assert_ptr_eq(to->call, action);
        ck_assert_uint_eq(from->tag, 100 + (uint64_t)i);
        ck_assert_int_eq(from->result.err, 0);
        str_done(&payload);
    }
    ck_assert_uint_gt(station.results + central.results, 0);
    ck_assert_uint_eq(station.violations + central.violations, 0);
}
END_TEST

START_TEST(test_one_outstanding)
{
    struct ocpp_counts counts;

    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), 0);
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 2), ERR_FULL);
    ck_assert_uint_eq(station.frames, 1);
    // The other way one may run at the same time.
    receive(&station, "[2,\"a\",\"ClearCache\",{}]");
    ck_assert_str_eq(station.sent.text, "[3,\"a\",{\"status\":\"Accepted\"}]");
    ck_assert(ocpp_session_calling(station.session));
    receive(&station, "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.tag, 1);
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 2), 0);
    ck_assert_str_eq(station.sent.text, "[2,\"s-2\",\"Heartbeat\",{}]");
    counts = ocpp_session_counts(station.session);
    ck_assert_uint_eq(counts.calls_sent, 2);
    ck_assert_uint_eq(counts.calls_received, 1);
    ck_assert_uint_eq(counts.results, 1);
    ck_assert_uint_eq(counts.overlaps, 0);
}
END_TEST

static void call_again(struct end *end)
{
    if (end->results < 5)
        ck_assert_int_eq(call(end, "Heartbeat", "{}", end->tag + 1), 0);
}

START_TEST(test_next_in_result)
{
    char id[OCPP_ID_BYTES_MAX + 1];

    join();
    station.then = call_again;
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), 0);
    ck_assert_uint_eq(station.results, 5);
    ck_assert_uint_eq(station.tag, 5);
    ck_assert_uint_eq(central.calls, 5);
    ocpp_session_draw_id(station.session, id);
    ck_assert_str_eq(id, "s-6");
}
END_TEST

START_TEST(test_boot)
{
    const char *boot = "{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\"}";

    ck_assert_int_eq(call(&station, "BootNotification", boot, 1), 0);
    receive(&station, "[3,\"s-1\",{\"status\":\"Accepted\",\"interval\":300,"
                      "\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_int_eq(station.interval, 300);
}
END_TEST

START_TEST(test_wire_takes_none)
{
    station.refuses = true;
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), ERR_CLOSED);
    ck_assert(!ocpp_session_calling(station.session));
    ck_assert_uint_eq(station.results, 0);
    ck_assert_uint_eq(ocpp_session_counts(station.session).calls_sent, 0);
    station.refuses = false;
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 2), 0);
}
END_TEST

START_TEST(test_callerror)
{
    static const char *const errors[] = {
        "[4,\"s-1\",\"NotSupported\",\"no such thing\",{}]",
        "[4,\"s-1\",\"OccurrenceConstraintViolation\",\"\",{}]",
        "[4,\"s-1\",\"FormatViolation\",\"\",{\"a\":1}]",
        "[4,\"s-1\",\"FormationViolation\",\"\"]",
        "[4,\"s-1\",\"Whatever\",\"\",{}]",
        "[4,\"s-1\",7,8,9]",
        "[4,\"s-1\"]",
    };
    static const enum ocpp_code codes[] = {
        OCPP_NOT_SUPPORTED,       OCPP_OCCURRENCE_CONSTRAINT_VIOLATION,
        OCPP_FORMATION_VIOLATION, OCPP_FORMATION_VIOLATION,
        OCPP_GENERIC_ERROR,       OCPP_GENERIC_ERROR,
        OCPP_GENERIC_ERROR,
    };

    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), 0);
    receive(&station, errors[_i]);
    ck_assert_uint_eq(station.results, 1);
    ck_assert_int_eq(station.result.err, ERR_EXCEPTION);
    ck_assert_int_eq(station.result.code, codes[_i]);
    ck_assert_str_eq(station.described, _i == 0 ? "no such thing" : "");
    ck_assert_uint_eq(station.violations, _i >= 3);
    ck_assert_uint_eq(station.frames, 1); // An answer is never answered.
    ck_assert_uint_eq(ocpp_session_counts(station.session).errors, 1);
}
END_TEST

START_TEST(test_callerror_of_nothing)
{
    static const char *const errors[] = {
        "[4,\"-1\",\"GenericError\",\"\",{}]",
        "[4,\"\",\"ProtocolError\",\"\",{}]",
        "[4,\"-1\",\"RpcFrameworkError\",\"\",{}]",
        "[4,\"s-7\",\"GenericError\",\"\",{}]",
        "[4,7,\"GenericError\",\"\",{}]",
        "[4,null,\"GenericError\",\"\",{}]",
        "[4]",
    };

    for (int pass = 0; pass < 2; pass++) {
        receive(&station, errors[_i]);
        ck_assert_uint_eq(station.violations, (unsigned)pass + 1);
        ck_assert_uint_eq(station.results, 0);
        ck_assert_uint_eq(station.frames, (unsigned)pass);
        if (pass == 0)
            ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), 0);
    }
    ck_assert(ocpp_session_calling(station.session));
}
END_TEST

START_TEST(test_bad_confirmation)
{
    static const char *const confirmations[] = {
        "[3,\"s-1\",{}]",
        "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00\"}]",
        "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00Z\"},1]",
        "[3,\"s-1\"]",
        "[3,\"s-1\",null]",
    };

    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), 0);
    receive(&station, confirmations[_i]);
    ck_assert_uint_eq(station.results, 1);
    ck_assert_int_eq(station.result.err, ERR_MALFORMED);
    ck_assert_uint_eq(station.violations, 1);
    ck_assert_uint_eq(station.frames, 1);
    ck_assert(!ocpp_session_calling(station.session));
}
END_TEST

START_TEST(test_out_of_order)
{
    receive(&station, "[3,\"s-1\",{}]");
    ck_assert_uint_eq(station.violations, 1);
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), 0);
    receive(&station, "[3,\"s-2\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    receive(&station, "[3,1,{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.violations, 3);
    ck_assert_uint_eq(station.results, 0);
    receive(&station, "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.results, 1);
    receive(&station, "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.violations, 4); // A second time it answers nothing.
    ck_assert_uint_eq(station.results, 1);
}
END_TEST

START_TEST(test_timeout)
{
    ocpp_session_expire(station.session, INT64_MAX);
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 1), 0);
    ocpp_session_expire(station.session, 999);
    ck_assert_uint_eq(station.results, 0);
    ocpp_session_expire(station.session, 1000);
    ck_assert_uint_eq(station.results, 1);
    ck_assert_int_eq(station.result.err, ERR_TIMEOUT);
    ck_assert_uint_eq(ocpp_session_counts(station.session).timeouts, 1);
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 2), 0);
    // The answer to the first comes too late, once: no rule is broken, nothing ends.
    receive(&station, "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.violations, 0);
    ck_assert_uint_eq(station.results, 1);
    receive(&station, "[3,\"s-1\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.violations, 1);
    receive(&station, "[3,\"s-2\",{\"currentTime\":\"2026-11-21T10:00:00Z\"}]");
    ck_assert_uint_eq(station.results, 2);
    ck_assert_int_eq(station.result.err, 0);
}
END_TEST

#define STOP "{\"meterStop\":5,\"timestamp\":\"2026-11-21T10:00:00Z\",\"transactionId\":1}"

START_TEST(test_repeat)
{
    struct str first = {0};
    const struct ocpp_action *stop = ocpp_action_find("StopTransaction");

    ck_assert_int_eq(ocpp_session_call(station.session, stop, "q7", STOP, strlen(STOP), 1, 1), 0);
    str_adds(&first, station.sent.text);
    ocpp_session_expire(station.session, 1);
    ck_assert_int_eq(ocpp_session_call(station.session, stop, "q7", STOP, strlen(STOP), 2, 2), 0);
    ck_assert_str_eq(station.sent.text, first.text);
    // Two frames went out, so two answers may come.
    receive(&station, "[3,\"q7\",{}]");
    receive(&station, "[3,\"q7\",{}]");
    ck_assert_uint_eq(station.results, 2);
    ck_assert_uint_eq(station.violations, 0);
    // The other end hands both on: it is for the receiver of transactions to tell them apart.
    receive(&central, first.text);
    receive(&central, first.text);
    ck_assert_uint_eq(central.calls, 2);
    ck_assert_uint_eq(central.frames, 2);
    ck_assert_uint_eq(central.violations, 0);
    // One that is still being worked on is answered once.
    central.later = true;
    receive(&central, first.text);
    receive(&central, first.text);
    ck_assert_uint_eq(central.calls, 3);
    answer(&central);
    ck_assert_uint_eq(central.frames, 3);
    answer(&central);
    ck_assert_uint_eq(central.frames, 3);
    str_done(&first);
}
END_TEST

START_TEST(test_replay)
{
    const char *heartbeat = "[2,\"a\",\"Heartbeat\",{}]";
    char text[64];

    receive(&central, heartbeat);
    ck_assert_uint_eq(central.violations, 0);
    receive(&central, heartbeat);
    ck_assert_uint_eq(central.violations, 1);
    ck_assert_uint_eq(central.calls, 1);
    ck_assert_str_eq(central.sent.text, "[4,\"a\",\"SecurityError\",\"id was used before\",{}]");
    // Other bytes under the id of a transaction message are no repeat of it.
    receive(&central, "[2,\"t\",\"StopTransaction\"," STOP "]");
    receive(&central, "[2,\"t\",\"StopTransaction\", " STOP "]");
    ck_assert_uint_eq(central.violations, 2);
    ck_assert_uint_eq(central.calls, 2);
    // 64 ids are remembered.
    for (int i = 0; i < 62; i++) {
        snprintf(text, sizeof(text), "[2,\"n%d\",\"Heartbeat\",{}]", i);
        receive(&central, text);
    }
    receive(&central, heartbeat);
    ck_assert_uint_eq(central.violations, 3);
    for (int i = 62; i < 300; i++) {
        snprintf(text, sizeof(text), "[2,\"n%d\",\"Heartbeat\",{}]", i);
        receive(&central, text);
        receive(&central, text);
    }
    ck_assert_uint_eq(central.violations, 3 + 300 - 62);
    receive(&central, heartbeat);
    ck_assert_uint_eq(central.violations, 3 + 300 - 62);
    // Ids are those of one connection.
    ocpp_session_disconnect(central.session);
    receive(&central, "[2,\"n299\",\"Heartbeat\",{}]");
    ck_assert_uint_eq(central.violations, 3 + 300 - 62);
}
END_TEST

START_TEST(test_replay_while_open)
{
    station.later = true;
    receive(&station, "[2,\"a\",\"ClearCache\",{}]");
    receive(&station, "[2,\"a\",\"ClearCache\",{}]");
    receive(&station, "[2,\"a\",\"Reset\",{\"type\":\"Hard\"}]");
    ck_assert_uint_eq(station.calls, 1);
    ck_assert_uint_eq(station.violations, 2);
    ck_assert_uint_eq(station.frames, 0);
    answer(&station);
    ck_assert_uint_eq(station.frames, 1);
}
END_TEST

START_TEST(test_disconnect)
{
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 9), 0);
    station.later = true;
    receive(&station, "[2,\"a\",\"ClearCache\",{}]");
    ocpp_session_disconnect(station.session);
    ck_assert_uint_eq(station.results, 1);
    ck_assert_uint_eq(station.tag, 9);
    ck_assert_int_eq(station.result.err, ERR_CLOSED);
    answer(&station);
    ck_assert_uint_eq(station.frames, 1);
    ocpp_session_disconnect(station.session);
    ck_assert_uint_eq(station.results, 1);
    // Ids go on.
    ck_assert_int_eq(call(&station, "Heartbeat", "{}", 10), 0);
    ck_assert_str_eq(station.sent.text, "[2,\"s-2\",\"Heartbeat\",{}]");
    // What was given up on the old connection cannot be late on the new one.
    receive(&station, "[3,\"s-1\",{}]");
    ck_assert_uint_eq(station.violations, 1);
}
END_TEST

START_TEST(test_refuse)
{
    char *long_text = mem_new(400, 1);

    station.later = true;
    receive(&station, "[2,\"a\",\"ClearCache\",{}]");
    ocpp_session_refuse(station.session, "b", OCPP_NOT_SUPPORTED, "");
    ck_assert_uint_eq(station.frames, 0);
    memset(long_text, 'x', 300);
    ocpp_session_refuse(station.session, "a", OCPP_NOT_SUPPORTED, long_text);
    ck_assert_uint_eq(station.sent.length, strlen("[4,\"a\",\"NotSupported\",\"\",{}]") + 255);
    ocpp_session_refuse(station.session, "a", OCPP_NOT_SUPPORTED, "");
    ck_assert_uint_eq(station.frames, 1);
    ck_assert_uint_eq(station.violations, 0);
    free(long_text);
}
END_TEST

START_TEST(test_overlaps)
{
    char text[64];

    station.later = true;
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof(text), "[2,\"a%d\",\"ClearCache\",{}]", i);
        receive(&station, text);
    }
    ck_assert_uint_eq(station.calls, 4);
    ck_assert_uint_eq(ocpp_session_counts(station.session).overlaps, 3);
    ck_assert_uint_eq(station.violations, 0);
    receive(&station, "[2,\"a4\",\"ClearCache\",{}]");
    ck_assert_uint_eq(station.calls, 4);
    ck_assert_uint_eq(station.violations, 1);
    ck_assert_str_eq(station.sent.text,
                     "[4,\"a4\",\"GenericError\",\"too many CALLs without an answer\",{}]");
    ocpp_session_confirm(station.session, "a1", "{\"status\":\"Accepted\"}", 21);
    ck_assert_str_eq(station.sent.text, "[3,\"a1\",{\"status\":\"Accepted\"}]");
    receive(&station, "[2,\"a5\",\"ClearCache\",{}]");
    ck_assert_uint_eq(station.calls, 5);
}
END_TEST

START_TEST(test_wrong_way_asserts)
{
    if (_i == 0)
        call(&station, "Reset", "{\"type\":\"Hard\"}", 1);
    else if (_i == 1)
        call(&station, "Authorize", "{}", 1);
    else if (_i == 2)
        call(&station, "Authorize", "no JSON", 1);
    else {
        central.later = true;
        receive(&central, "[2,\"1\",\"Heartbeat\",{}]");
        ocpp_session_confirm(central.session, "1", "{}", 2);
    }
}
END_TEST

Suite *session_suite(void);

Suite *session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *tcase = tcase_create("session");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_call);
    tcase_add_loop_test(tcase, test_every_action, 0, (int)ocpp_actions_count);
    tcase_add_test(tcase, test_one_outstanding);
    tcase_add_test(tcase, test_next_in_result);
    tcase_add_test(tcase, test_boot);
    tcase_add_test(tcase, test_wire_takes_none);
    tcase_add_loop_test(tcase, test_callerror, 0, 7);
    tcase_add_loop_test(tcase, test_callerror_of_nothing, 0, 7);
    tcase_add_loop_test(tcase, test_bad_confirmation, 0, 5);
    tcase_add_test(tcase, test_out_of_order);
    tcase_add_test(tcase, test_timeout);
    tcase_add_test(tcase, test_repeat);
    tcase_add_test(tcase, test_replay);
    tcase_add_test(tcase, test_replay_while_open);
    tcase_add_test(tcase, test_disconnect);
    tcase_add_test(tcase, test_refuse);
    tcase_add_test(tcase, test_overlaps);
    tcase_add_loop_test_raise_signal(tcase, test_wrong_way_asserts, SIGABRT, 0, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
