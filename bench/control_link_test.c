// SPDX-License-Identifier: Apache-2.0
// Ops over a control socket: what is sent, how replies become results and ends. The other side is
// the control server of sim/edge with answers written here.
#include "bench/control_link.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/edge/control.h"

#define WALL_NS (10 * SIM_NS_PER_S)

static char folder[64];
static char path[96];
static struct core *core;
static struct control *server;
static struct control_link *control;
static unsigned status;
static const char *answer; // NULL: none yet.
static struct control_reply *owed;
static char *asked; // "METHOD PATH BODY" of the last request.
static unsigned asked_count;

static void on_request(void *user, const char *method, const char *where, const char *body,
                       size_t length, struct control_reply *reply)
{
    (void)user;
    (void)length;
    free(asked);
    asked = str_format("%s %s %s", method, where, body);
    asked_count++;
    if (answer)
        control_reply_json(reply, status, answer);
    else
        owed = reply;
}

static void open_all(void)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1};

    snprintf(folder, sizeof(folder), "/tmp/bench-control-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/c", folder);
    core = core_new(&options);
    ck_assert_int_eq(control_new(core, path, on_request, NULL, &server), 0);
    control = control_link_new(core, path);
    status = 200;
    answer = NULL;
    owed = NULL;
    asked = NULL;
    asked_count = 0;
}

static void close_all(void)
{
    control_link_free(&control);
    ck_assert_uint_eq(core_holds(core), 0);
    control_free(&server);
    core_free(&core);
    free(asked);
    rmdir(folder);
}

static bool has_ended(void *user)
{
    return ((const struct op *)user)->end != OP_RUNNING;
}

static bool was_asked(void *user)
{
    return asked_count >= *(const unsigned *)user;
}

static void run_until(bool (*done)(void *user), void *user)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = done, .user = user};

    ck_assert_int_eq(core_run(core, &until), CORE_DONE);
}

static void never_start(struct op *op)
{
    (void)op;
    ck_abort_msg("a world verb was started on this side");
}

static const struct schema_field result_fields[] = {
    {.name = "state", .type = SCHEMA_TEXT},
    {.name = "current", .type = SCHEMA_QUANTITY, .unit = UNIT_A},
    {.name = "count", .type = SCHEMA_INTEGER},
    {.name = "after", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS},
    {.name = "on", .type = SCHEMA_BOOL},
};
static const struct schema results = {.name = "r", .fields = result_fields, .fields_count = 5};
static const struct verb verb = {
    .name = "hand.press",
    .door = VERB_WORLD,
    .timeout_ns = SIM_NS_PER_S,
    .results = &results,
    .start = never_start,
};

static struct op *new_op(const struct verb *of)
{
    return op_new(of, core_timers(core), NULL, NULL);
}

static struct op *press(const char *reply, unsigned with_status)
{
    struct op *op = new_op(&verb);

    answer = reply;
    status = with_status;
    control_link_verb(control, "q1", op);
    ck_assert_int_eq(op->end, OP_RUNNING);
    run_until(has_ended, op);
    return op;
}

START_TEST(arguments_cross_as_they_are_secrets_in_clear)
{
    struct op *op = new_op(&verb);
    struct value secret = value_text("pa\"ss");
    struct value written = value_parse("10m", false);
    struct value list = {.type = VALUE_LIST, .count = 1, .items = mem_new(1, sizeof(struct value))};

    secret.secret = true;
    list.items[0] = value_number(3, UNIT_NONE);
    op->session = "anna";
    op_add_argument(op, "password", secret);
    op_add_argument(op, "for", written);
    op_add_argument(op, "level", value_number(0.5, UNIT_NONE));
    op_add_argument(op, "load", value_number(16, UNIT_A));
    op_add_argument(op, "on", value_bool(true));
    op_add_argument(op, "nothing", value_none());
    op_add_argument(op, "units", list);
    answer = "{\"end\":\"finished\"}";
    control_link_verb(control, "evse[17]", op);
    run_until(has_ended, op);
    ck_assert_str_eq(asked, "POST /verb {\"device\":\"evse[17]\",\"verb\":\"hand.press\","
                            "\"session\":\"anna\",\"with\":{\"password\":\"pa\\\"ss\","
                            "\"for\":\"10m\",\"level\":0.5,\"load\":\"16A\",\"on\":true,"
                            "\"nothing\":\"none\",\"units\":[3]}}");
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
}
END_TEST

START_TEST(results_and_records_come_back_in_their_units)
{
    struct op *op =
        press("{\"end\":\"finished\",\"results\":{\"state\":\"10\",\"current\":\"16A\",\"count\":3,"
              "\"after\":{\"ns\":600000000000},\"on\":true,\"free\":null},"
              "\"records\":[{\"at_ns\":5,\"fields\":{\"event\":\"trip\",\"n\":2,\"ok\":false}},"
              "{\"at_ns\":-1,\"fields\":{}}]}",
              200);

    ck_assert_int_eq(op->end, OP_FINISHED);
    ck_assert_int_eq(op_result(op, "state")->type, VALUE_TEXT);
    ck_assert_str_eq(op_result(op, "state")->text, "10");
    ck_assert_double_eq(op_result(op, "current")->number, 16);
    ck_assert_int_eq(op_result(op, "current")->unit, UNIT_A);
    ck_assert_double_eq(op_result(op, "count")->number, 3);
    ck_assert_double_eq(op_result(op, "after")->number, 6e11);
    ck_assert_int_eq(op_result(op, "after")->unit, UNIT_TIME_NS);
    ck_assert(op_result(op, "on")->truth);
    ck_assert_int_eq(op_result(op, "free")->type, VALUE_NONE);
    ck_assert_uint_eq(op->records.count, 2);
    ck_assert_int_eq(op->records.records[0].at_ns, 5);
    ck_assert_str_eq(value_record_get(&op->records.records[0], "event")->text, "trip");
    ck_assert_str_eq(value_record_get(&op->records.records[0], "n")->text, "2");
    ck_assert_str_eq(value_record_get(&op->records.records[0], "ok")->text, "false");
    op_free(&op);
}
END_TEST

static const struct {
    unsigned status;
    const char *reply;
    enum op_end end;
    int err;
    const char *reason;
} ends[] = {
    {200, "{\"end\":\"not-applicable\",\"reason\":\"no padlock\"}", OP_NOT_APPLICABLE, 0,
     "no padlock"},
    {200, "{\"end\":\"blocked\",\"reason\":\"a hand\"}", OP_BLOCKED, 0, "a hand"},
    {200, "{\"end\":\"error\",\"err\":\"RANGE\",\"reason\":\"too far\"}", OP_ERROR, ERR_RANGE,
     "too far"},
    {200, "{\"end\":\"error\",\"err\":\"errno 5\"}", OP_ERROR, ERR_IO, "does not say why"},
    {409, "{\"end\":\"error\",\"reason\":\"q1: has no such thing\"}", OP_NOT_APPLICABLE, 0,
     "no such"},
    {404, "{\"end\":\"error\",\"reason\":\"no device\"}", OP_ERROR, ERR_IO, "no device"},
    {200, "[]", OP_ERROR, ERR_MALFORMED, "no JSON"},
};

START_TEST(ends_are_told_apart)
{
    struct op *op = press(ends[_i].reply, ends[_i].status);

    ck_assert_int_eq(op->end, ends[_i].end);
    ck_assert_int_eq(op->err, ends[_i].err);
    ck_assert_msg(strstr(op->reason, ends[_i].reason), "%s", op->reason);
    op_free(&op);
}
END_TEST

START_TEST(tables_faults_and_clears_have_their_paths)
{
    static const char *const left[] = {"gw"};
    static const char *const right[] = {"csms", "ntp"};
    struct target *nobody[] = {NULL, NULL};
    struct op_argument arguments[] = {{.key = "delay", .value = value_parse("200ms", false)}};
    struct stage_fault fault = {.id = "slow#1",
                                .kind = "latency",
                                .left = nobody,
                                .left_count = 1,
                                .right = nobody,
                                .right_count = 2,
                                .network = "lan",
                                .arguments = arguments,
                                .arguments_count = 1};
    struct op *op = new_op(NULL);

    answer = "{\"end\":\"finished\"}";
    control_link_table(control, "q1", "commands", op);
    run_until(has_ended, op);
    ck_assert_str_eq(asked, "POST /table {\"device\":\"q1\",\"table\":\"commands\"}");
    op_free(&op);
    op = new_op(NULL);
    control_link_fault(control, &fault, left, right, op);
    run_until(has_ended, op);
    ck_assert_str_eq(asked, "POST /fault {\"id\":\"slow#1\",\"kind\":\"latency\",\"left\":[\"gw\"],"
                            "\"right\":[\"csms\",\"ntp\"],\"network\":\"lan\","
                            "\"arguments\":\"{delay: 200ms}\"}");
    op_free(&op);
    op = new_op(NULL);
    status = 404;
    answer = "{\"end\":\"error\",\"reason\":\"no fault 'x' is on\"}";
    control_link_clear(control, "x", op);
    run_until(has_ended, op);
    ck_assert_str_eq(asked, "POST /clear {\"id\":\"x\"}");
    ck_assert_int_eq(op->end, OP_ERROR);
    op_free(&op);
    value_done(&arguments[0].value);
}
END_TEST

START_TEST(a_forgotten_op_is_not_ended)
{
    struct op *op = new_op(&verb);
    struct op *next;
    unsigned one = 1;

    control_link_verb(control, "q1", op);
    run_until(was_asked, &one);
    control_link_cancel(control, op);
    ck_assert_int_eq(op->end, OP_RUNNING);
    control_reply_json(owed, 200, "{\"end\":\"finished\"}");
    next = press("{\"end\":\"finished\"}", 200);
    ck_assert_int_eq(op->end, OP_RUNNING);
    op_free(&next);
    op_cancel(op);
    op_free(&op);
}
END_TEST

START_TEST(nobody_listens)
{
    struct op *op = new_op(&verb);

    control_free(&server);
    control_link_verb(control, "q1", op);
    run_until(has_ended, op);
    ck_assert_int_eq(op->end, OP_ERROR);
    ck_assert_int_eq(op->err, ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(op->reason, path));
    op_free(&op);
}
END_TEST

START_TEST(more_than_the_client_carries_wait_their_turn)
{
    enum { MANY = 200 };
    struct op *ops[MANY];

    answer = "{\"end\":\"finished\"}";
    for (size_t i = 0; i < MANY; i++) {
        ops[i] = new_op(&verb);
        control_link_verb(control, "q1", ops[i]);
    }
    for (size_t i = 0; i < MANY; i++) {
        if (!has_ended(ops[i]))
            run_until(has_ended, ops[i]);
        ck_assert_int_eq(ops[i]->end, OP_FINISHED);
        op_free(&ops[i]);
    }
    ck_assert_uint_eq(asked_count, MANY);
}
END_TEST

static int advanced;
static int told_err;

static void on_advanced(void *user, int err)
{
    (void)user;
    advanced++;
    told_err = err;
}

static bool is_advanced(void *user)
{
    return advanced == *(const int *)user;
}

START_TEST(the_clock_is_moved_and_failures_are_told)
{
    int count = 1;

    advanced = 0;
    answer = "{\"end\":\"finished\"}";
    control_link_advance(control, 600 * SIM_NS_PER_S, on_advanced, NULL);
    run_until(is_advanced, &count);
    ck_assert_str_eq(asked, "POST /advance {\"by_ns\":600000000000}");
    ck_assert_int_eq(told_err, 0);
    status = 409;
    count = 2;
    control_link_advance(control, 1, on_advanced, NULL);
    run_until(is_advanced, &count);
    ck_assert_int_eq(told_err, ERR_UNEXPECTED);
}
END_TEST

static struct json *kept;

static void on_state(void *user, int err, struct json **state)
{
    advanced++;
    told_err = err;
    if (*(const bool *)user) {
        kept = *state;
        *state = NULL;
    }
}

START_TEST(the_state_may_be_kept)
{
    bool keep = true;
    int count = 1;

    advanced = 0;
    kept = NULL;
    answer = "{\"ready\":true}";
    control_link_get_state(control, on_state, &keep);
    run_until(is_advanced, &count);
    ck_assert_str_eq(asked, "GET /state ");
    ck_assert(json_bool(json_get(kept, "ready"), false));
    json_free(&kept);
    keep = false;
    count = 2;
    control_link_get_state(control, on_state, &keep);
    run_until(is_advanced, &count);
    ck_assert_int_eq(told_err, 0);
}
END_TEST

Suite *control_link_suite(void)
{
    Suite *suite = suite_create("bench control link");
    TCase *tcase = tcase_create("control_link");

    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_test(tcase, arguments_cross_as_they_are_secrets_in_clear);
    tcase_add_test(tcase, results_and_records_come_back_in_their_units);
    tcase_add_loop_test(tcase, ends_are_told_apart, 0, sizeof(ends) / sizeof(ends[0]));
    tcase_add_test(tcase, tables_faults_and_clears_have_their_paths);
    tcase_add_test(tcase, a_forgotten_op_is_not_ended);
    tcase_add_test(tcase, nobody_listens);
    tcase_add_test(tcase, more_than_the_client_carries_wait_their_turn);
    tcase_add_test(tcase, the_clock_is_moved_and_failures_are_told);
    tcase_add_test(tcase, the_state_may_be_kept);
    suite_add_tcase(suite, tcase);
    return suite;
}
