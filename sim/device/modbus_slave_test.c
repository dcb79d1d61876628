// SPDX-License-Identifier: Apache-2.0
// A server that takes its time: one after the other, and those who have gone make room.
#include <check.h>
#include <string.h>

#include "sim/device/modbus_port.h"

#define TAKES_NS (10 * SIM_NS_PER_MS)

static struct timers *timers;
static struct device device;
static struct modbus_server server;
static struct modbus_delay under_test;
static int clients[3]; // Their addresses tell them apart.
static uint32_t answered[MODBUS_DELAY_SLOTS];
static sim_time_ns answered_ns[MODBUS_DELAY_SLOTS];
static size_t answers;

static uint8_t read_registers(void *user, bool input, uint16_t address, uint16_t count,
                              uint8_t *ret_data)
{
    (void)user;
    (void)input;
    (void)address;
    memset(ret_data, 0, 2u * count);
    return 0;
}

static int64_t takes(void *user, const uint8_t *pdu, size_t length)
{
    (void)user;
    (void)pdu;
    (void)length;
    return TAKES_NS;
}

static void on_answer(void *client, uint32_t ticket, const uint8_t *pdu, size_t length)
{
    (void)client;
    ck_assert_uint_eq(length, 4);
    ck_assert_uint_eq(pdu[0], 3);
    answered[answers] = ticket;
    answered_ns[answers++] = timers_now(timers);
}

static void run_until(sim_time_ns until_ns)
{
    while (timers_next(timers) <= until_ns) {
        timers_set_now(timers, timers_next(timers));
        timers_fire_due(timers, 100);
    }
    timers_set_now(timers, until_ns);
}

static uint8_t forward(int client, uint32_t ticket)
{
    static const uint8_t pdu[] = {3, 0, 0, 0, 1};
    struct modbus_forward forward = {.unit = 1,
                                     .pdu = pdu,
                                     .length = sizeof(pdu),
                                     .arrived_ns = timers_now(timers),
                                     .answer = on_answer,
                                     .client = &clients[client],
                                     .ticket = ticket};

    return under_test.path.forward(&under_test.path, &forward);
}

static void cancel(int client)
{
    under_test.path.cancel(&under_test.path, &clients[client]);
}

static void setup(void)
{
    static const struct modbus_store store = {.read_registers = read_registers};

    timers = timers_new();
    device = (struct device){.world = {.timers = timers}};
    server = (struct modbus_server){.store = &store};
    modbus_functions_add(&server.options.functions, 3);
    modbus_delay_init(&under_test, &device, &server, takes, NULL);
    answers = 0;
}

static void teardown(void)
{
    modbus_delay_clear(&under_test);
    timers_free(&timers);
}

START_TEST(one_after_the_other)
{
    for (uint32_t i = 0; i < MODBUS_DELAY_SLOTS; i++)
        ck_assert_uint_eq(forward(0, i), 0);
    ck_assert_uint_eq(forward(0, 99), MODBUS_BUSY);
    run_until(1000 * SIM_NS_PER_MS);
    ck_assert_uint_eq(answers, MODBUS_DELAY_SLOTS);
    for (uint32_t i = 0; i < MODBUS_DELAY_SLOTS; i++) {
        ck_assert_uint_eq(answered[i], i);
        ck_assert_int_eq(answered_ns[i], (i + 1) * TAKES_NS);
    }
}
END_TEST

START_TEST(who_has_gone_makes_room)
{
    static const uint32_t left[] = {2, 4, 5};

    forward(0, 0); // Has begun when its client goes, and keeps its time.
    forward(0, 1);
    forward(1, 2);
    forward(0, 3);
    forward(2, 4);
    run_until(TAKES_NS / 2);
    cancel(0);
    forward(1, 5);
    run_until(1000 * SIM_NS_PER_MS);
    ck_assert_uint_eq(answers, 3);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(answered[i], left[i]);
        ck_assert_int_eq(answered_ns[i], (i + 2) * TAKES_NS);
    }
}
END_TEST

START_TEST(a_storm_keeps_nobody_waiting)
{
    for (int i = 0; i < 1000; i++) {
        forward(0, 0);
        forward(0, 1);
        cancel(0);
    }
    forward(1, 7);
    run_until(1000 * SIM_NS_PER_MS);
    ck_assert_uint_eq(answers, 1);
    ck_assert_int_le(answered_ns[0], 2 * TAKES_NS);
}
END_TEST

Suite *modbus_slave_suite(void)
{
    Suite *suite = suite_create("modbus_slave");
    TCase *tcase = tcase_create("delay");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, one_after_the_other);
    tcase_add_test(tcase, who_has_gone_makes_room);
    tcase_add_test(tcase, a_storm_keeps_nobody_waiting);
    suite_add_tcase(suite, tcase);
    return suite;
}
