// SPDX-License-Identifier: Apache-2.0
// The hands of a bench: a person at a terminal, a relay, a command.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/modbus_driver.h"
#include "bench/operator.h"
#include "bench/power.h"
#include "bench/test_peer.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"

#define WALL_NS (10 * SIM_NS_PER_S)

static struct core *core;

static void open_core(void)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1};

    core = core_new(&options);
}

static void close_core(void)
{
    ck_assert_uint_eq(core_holds(core), 0);
    core_free(&core);
}

static bool has_ended(void *user)
{
    return ((const struct op *)user)->end != OP_RUNNING;
}

static void await(struct op *op)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = has_ended, .user = op};

    ck_assert_int_eq(core_run(core, &until), CORE_DONE);
}

static struct op *new_op(void)
{
    return op_new(NULL, core_timers(core), NULL, NULL);
}

static void run_for(int64_t wall_ns)
{
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .wall_ns = wall_ns};

    core_run(core, &until);
}

// ---- The person ----

static void type(int terminal, const char *text)
{
    ck_assert_int_eq(write(terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static void expect_prompt(int terminal, const char *text)
{
    char seen[1024] = "";
    size_t length = 0;
    int64_t until_ns = loop_host_ns() + WALL_NS;

    while (!strstr(seen, text) && length + 1 < sizeof(seen) && loop_host_ns() < until_ns) {
        struct pollfd fds = {.fd = terminal, .events = POLLIN};
        ssize_t count = poll(&fds, 1, 0) > 0 && fds.revents & POLLIN
                            ? read(terminal, seen + length, sizeof(seen) - 1 - length)
                            : 0;

        if (count > 0)
            length += (size_t)count;
        else
            run_for(SIM_NS_PER_MS);
        seen[length] = '\0';
    }
    ck_assert_msg(strstr(seen, text), "'%s' is not in '%s'", text, seen);
}

static struct bench_operator *at_terminal(int *ret_terminal)
{
    char path[128];

    *ret_terminal = test_pty_open(path, sizeof(path));
    return operator_new(core, path, false);
}

START_TEST(questions_are_answered_one_after_the_other)
{
    struct op *first = new_op();
    struct op *second = new_op();
    struct op *third = new_op();
    int terminal;
    struct bench_operator *person = at_terminal(&terminal);

    operator_ask(person, "Is the padlock of Lighting sealed?", first);
    operator_ask(person, "And the other one?", second);
    operator_request(person, "Turn the pad.", third);
    ck_assert_uint_eq(core_holds(core), 3);
    expect_prompt(terminal, "Is the padlock of Lighting sealed? [yes/no]");
    type(terminal, "perhaps\n");
    expect_prompt(terminal, "sealed? [yes/no]");
    type(terminal, "YES \n");
    await(first);
    ck_assert(op_result(first, "yes")->truth);
    expect_prompt(terminal, "And the other one? [yes/no]");
    type(terminal, "n\n");
    await(second);
    ck_assert_int_eq(second->end, OP_FINISHED);
    ck_assert(!op_result(second, "yes")->truth);
    expect_prompt(terminal, "Turn the pad. [done/cannot]");
    type(terminal, "done\n");
    await(third);
    ck_assert_int_eq(third->end, OP_FINISHED);
    operator_free(&person);
    op_free(&first);
    op_free(&second);
    op_free(&third);
    close(terminal);
}
END_TEST

START_TEST(what_cannot_be_done_is_blocked)
{
    struct op *op = new_op();
    struct op *forgotten = new_op();
    struct op *last = new_op();
    int terminal;
    struct bench_operator *person = at_terminal(&terminal);

    operator_request(person, "Lift the building.", op);
    operator_request(person, "Never mind.", forgotten);
    operator_request(person, "Last.", last);
    expect_prompt(terminal, "Lift the building.");
    operator_cancel(person, forgotten);
    type(terminal, "cannot\n");
    await(op);
    ck_assert_int_eq(op->end, OP_BLOCKED);
    expect_prompt(terminal, "Last.");
    close(terminal); // The person leaves.
    await(last);
    ck_assert_int_eq(last->end, OP_BLOCKED);
    ck_assert_int_eq(forgotten->end, OP_RUNNING);
    operator_free(&person);
    op_cancel(forgotten);
    op_free(&op);
    op_free(&forgotten);
    op_free(&last);
}
END_TEST

START_TEST(nobody_there_is_blocked)
{
    struct bench_operator *alone = operator_new(core, "/dev/tty", true);
    struct bench_operator *nowhere = operator_new(core, "/nonexistent/tty", false);
    struct op *op = new_op();
    struct op *other = new_op();

    operator_ask(alone, "Anybody?", op);
    ck_assert_int_eq(op->end, OP_BLOCKED);
    ck_assert_ptr_nonnull(strstr(op->reason, "unattended: Anybody?"));
    operator_request(nowhere, "Do it.", other);
    ck_assert_int_eq(other->end, OP_BLOCKED);
    ck_assert_ptr_nonnull(strstr(other->reason, "no terminal"));
    operator_free(&alone);
    operator_free(&nowhere);
    op_free(&op);
    op_free(&other);
}
END_TEST

// ---- The relay ----

START_TEST(a_relay_switches_its_coil)
{
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct bench_power file = {.kind = BENCH_POWER_RELAY, .coil = 3, .inverted = true};
    struct modbus_master *relay = NULL;
    struct power *power;
    struct op *op = new_op();
    struct op *busy = new_op();
    char *why = NULL;

    ck_assert_int_eq(modbus_driver_tcp_new(core, &peer->at, &relay, &why), 0);
    power = power_new(core, &file, relay, 1);
    power_switch(power, false, op);
    power_switch(power, true, busy);
    ck_assert_int_eq(busy->end, OP_ERROR);
    await(op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    power_free(&power);
    modbus_master_free(&relay);
    op_free(&op);
    op_free(&busy);
    test_peer_stop(peer);
    ck_assert(peer->store.coils[3]); // Inverted: on cuts the supply.
    test_peer_free(peer);
}
END_TEST

START_TEST(a_relay_that_refuses_is_an_error)
{
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct bench_power file = {.kind = BENCH_POWER_RELAY, .coil = 0x2000};
    struct modbus_master *relay = NULL;
    struct power *power;
    struct op *op = new_op();
    struct op *forgotten = new_op();
    char *why = NULL;

    ck_assert_int_eq(modbus_driver_tcp_new(core, &peer->at, &relay, &why), 0);
    power = power_new(core, &file, relay, 1);
    power_switch(power, true, op);
    await(op);
    ck_assert_int_eq(op->end, OP_ERROR);
    ck_assert_ptr_nonnull(strstr(op->reason, "illegal data address"));
    power_switch(power, true, forgotten);
    power_cancel(power, forgotten);
    power_free(&power);
    ck_assert_int_eq(forgotten->end, OP_RUNNING);
    modbus_master_free(&relay);
    op_cancel(forgotten);
    op_free(&op);
    op_free(&forgotten);
    test_peer_free(peer);
}
END_TEST

// ---- The command ----

struct command {
    struct yaml_document *document;
    struct bench_power file;
    struct power *power;
};

static void open_command(struct command *command, const char *yaml, int64_t timeout_ns)
{
    struct diag *diag = diag_new();

    ck_assert_int_eq(yaml_parse("test", yaml, strlen(yaml), diag, &command->document), 0);
    diag_free(&diag);
    command->file = (struct bench_power){.kind = BENCH_POWER_COMMAND,
                                         .on = yaml_get(yaml_root(command->document), "on"),
                                         .off = yaml_get(yaml_root(command->document), "off"),
                                         .timeout_ns = timeout_ns};
    command->power = power_new(core, &command->file, NULL, 0);
}

static void close_command(struct command *command)
{
    power_free(&command->power);
    yaml_free(&command->document);
}

START_TEST(a_command_is_run_without_a_shell)
{
    struct command command;
    char folder[] = "/tmp/bench-power-XXXXXX";
    char *made;
    char *yaml;
    struct op *on = new_op();
    struct op *off = new_op();

    ck_assert_ptr_nonnull(mkdtemp(folder));
    made = str_format("%s/a b; $(x)", folder);
    yaml = str_format("on: [mkdir, '%s']\noff: [rmdir, '%s']\n", made, made);
    open_command(&command, yaml, WALL_NS);
    power_switch(command.power, true, on);
    ck_assert_uint_eq(core_holds(core), 1);
    await(on);
    ck_assert_int_eq(on->end, OP_FINISHED);
    ck_assert_int_eq(access(made, F_OK), 0);
    power_switch(command.power, false, off);
    await(off);
    ck_assert_int_eq(off->end, OP_FINISHED);
    ck_assert_int_eq(access(made, F_OK), -1);
    close_command(&command);
    op_free(&on);
    op_free(&off);
    rmdir(folder);
    free(yaml);
    free(made);
}
END_TEST

START_TEST(a_command_that_fails_says_how)
{
    struct command command;
    struct op *fails = new_op();
    struct op *absent = new_op();

    open_command(&command, "on: [sh, -c, exit 3]\noff: [/nonexistent/plug]\n", WALL_NS);
    power_switch(command.power, true, fails);
    await(fails);
    ck_assert_int_eq(fails->end, OP_ERROR);
    ck_assert_ptr_nonnull(strstr(fails->reason, "ended with 3"));
    power_switch(command.power, false, absent);
    await(absent);
    ck_assert_int_eq(absent->end, OP_ERROR);
    ck_assert_ptr_nonnull(strstr(absent->reason, "ended with 127"));
    close_command(&command);
    op_free(&fails);
    op_free(&absent);
}
END_TEST

START_TEST(a_command_that_hangs_is_ended)
{
    struct command command;
    struct op *op = new_op();
    struct op *left = new_op();
    int64_t began_ns = loop_host_ns();

    open_command(&command, "on: [sleep, '60']\noff: [sleep, '60']\n", 100 * SIM_NS_PER_MS);
    power_switch(command.power, true, op);
    await(op);
    ck_assert_int_eq(op->err, ERR_TIMEOUT);
    power_switch(command.power, false, left);
    close_command(&command);
    ck_assert_int_eq(left->end, OP_RUNNING);
    ck_assert_int_lt(loop_host_ns() - began_ns, WALL_NS);
    op_cancel(left);
    op_free(&op);
    op_free(&left);
}
END_TEST

Suite *hands_suite(void)
{
    Suite *suite = suite_create("bench hands");
    TCase *tcase = tcase_create("hands");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, open_core, close_core);
    tcase_add_test(tcase, questions_are_answered_one_after_the_other);
    tcase_add_test(tcase, what_cannot_be_done_is_blocked);
    tcase_add_test(tcase, nobody_there_is_blocked);
    tcase_add_test(tcase, a_relay_switches_its_coil);
    tcase_add_test(tcase, a_relay_that_refuses_is_an_error);
    tcase_add_test(tcase, a_command_is_run_without_a_shell);
    tcase_add_test(tcase, a_command_that_fails_says_how);
    tcase_add_test(tcase, a_command_that_hangs_is_ended);
    suite_add_tcase(suite, tcase);
    return suite;
}
