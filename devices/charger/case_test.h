// SPDX-License-Identifier: Apache-2.0
// What the tests of a station share: one office, one station, the hands of a visitor.
#ifndef DEVICES_CHARGER_CASE_TEST_H
#define DEVICES_CHARGER_CASE_TEST_H

#include "devices/charger/office_test.h"

static struct office office;
static struct charger *charger;

#define PLAIN "ws://10.77.0.30:8080/ocpp"
#define SESSION ARGS("energy_Wh", "1100")
#define KEY "00112233445566778899aabbccddeeff00112233"

static inline void begin(const char *model, const char *url, const char *more)
{
    office_add(&office, model, url, more);
    charger = office.charger;
    device_set_power(office.device, true);
    office_run(&office, 1);
}

static inline void setup(void)
{
    office_open(&office);
}

static inline void teardown(void)
{
    office_close(&office);
}

static inline void begin_plain(void)
{
    begin("charge-11kW", PLAIN, "");
    office_expect(&office, "Boot, 0 Available, 1 Available");
}

// A world verb that goes on; the caller ends it by time.
static inline struct op *start_op(const char *name, const char *const *arguments, int *ends)
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

static inline void expect_session(struct op *op, const char *result, double energy_Wh)
{
    ck_assert_int_eq(op->end, OP_FINISHED);
    ck_assert_str_eq(op_result(op, "result")->text, result);
    if (energy_Wh >= 0)
        ck_assert_double_eq_tol(op_result(op, "energy_Wh")->number, energy_Wh, 0.5);
    op_free(&op);
}

static inline void present(const char *tag, bool taken)
{
    struct op *op = bed_verb(&office.bed, office.device, "card.present", ARGS("tag", tag));

    ck_assert_int_eq(op_result(op, "taken")->truth, taken);
    op_free(&op);
}

#endif
