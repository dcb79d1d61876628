// SPDX-License-Identifier: Apache-2.0
// The life of a device with a family that only counts: supply, faults, clock, inputs.
#include "sim/device/device.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/device/store.h"

#define UTC_NS INT64_C(1768464000000000000) // 2026-01-15 08:00

static struct timers *timers;
static struct profiles *profiles;
static struct diag *diag;
static struct device *device;
static int ons, offs, dones, ticks, resumes;
static char events[512];

static int init(struct device *self, struct diag *notes)
{
    (void)notes;
    return strcmp(self->id, "bad") == 0 ? ERR_RANGE : 0;
}

static void done(struct device *self)
{
    (void)self;
    dones++;
}

static void power(struct device *self, bool on)
{
    ck_assert_int_eq(self->powered, on);
    ons += on;
    offs += !on;
}

static const struct device_family family = {
    .name = "counter", .state_size = 16, .init = init, .done = done, .power = power};

static int64_t utc_ns(void *user)
{
    (void)user;
    return UTC_NS + timers_now(timers);
}

static void on_event(void *user, const char *device_id, const char *text)
{
    (void)user;
    (void)device_id;
    snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s ", text);
}

static struct device_config config_of(const char *id, const char *profile)
{
    struct device_config config = {
        .id = id,
        .family = &family,
        .world = {.timers = timers, .utc_ns = utc_ns, .event = on_event},
        .seed = 7,
    };

    ck_assert_int_eq(profiles_get(profiles, profile, diag, &config.profile), 0);
    return config;
}

static void setup(void)
{
    struct device_config config;

    timers = timers_new();
    diag = diag_new();
    profiles = profiles_new("devices");
    ons = offs = dones = ticks = resumes = 0;
    config = config_of("d1", "skeleton");
    ck_assert_int_eq(device_new(&config, diag, &device), 0);
    device_set_power(device, true);
    events[0] = 0;
}

static void teardown(void)
{
    device_free(&device);
    profiles_free(&profiles);
    diag_free(&diag);
    timers_free(&timers);
}

static void advance_s(int64_t s)
{
    sim_time_ns end_ns = timers_now(timers) + s * SIM_NS_PER_S;

    while (timers_next(timers) <= end_ns) {
        timers_set_now(timers, timers_next(timers));
        timers_fire_due(timers, 100);
    }
    timers_set_now(timers, end_ns);
}

static int fault(const char *kind, const char *arguments)
{
    struct yaml_document *document = NULL;
    const struct device_fault_kind *row = NULL;
    int err;

    for (size_t i = 0; i < device_fault_kinds_count; i++)
        if (strcmp(device_fault_kinds[i].name, kind) == 0)
            row = &device_fault_kinds[i];
    if (!arguments)
        return device_fault(device, kind, NULL);
    ck_assert_int_eq(yaml_parse("fault", arguments, strlen(arguments), diag, &document), 0);
    ck_assert_ptr_nonnull(row);
    ck_assert_int_eq(schema_check(row->with, document, yaml_root(document), diag), 0);
    err = device_fault(device, kind, yaml_root(document));
    yaml_free(&document);
    return err;
}

START_TEST(supply)
{
    struct device_config config = config_of("bad", "skeleton");
    struct device *bad = (void *)1;

    ck_assert_int_eq(ons, 1);
    device_set_power(device, true);
    ck_assert_int_eq(ons, 1);
    device_set_power(device, false);
    device_set_power(device, false);
    ck_assert_int_eq(offs, 1);
    ck_assert_str_eq(events, "power=off ");
    ck_assert_int_eq(device_new(&config, diag, &bad), ERR_RANGE);
    ck_assert_ptr_eq(bad, (void *)1);
    ck_assert_int_eq(dones, 0);
    device_set_power(device, true);
    device_free(&device);
    ck_assert_int_eq(dones, 1);
    ck_assert_int_eq(offs, 2);
    ck_assert_ptr_null(device);
}
END_TEST

START_TEST(restart_and_power_cut)
{
    ck_assert_int_eq(fault("restart", "{down: 40s}"), 0);
    ck_assert(!device_alive(device));
    advance_s(39);
    ck_assert(!device_alive(device));
    advance_s(1);
    ck_assert(device_alive(device));
    ck_assert_int_eq(fault("power-cut", "{for: 1h}"), 0);
    advance_s(3599);
    ck_assert(!device_alive(device));
    advance_s(1);
    ck_assert(device_alive(device));
    ck_assert_int_eq(fault("power-cut", NULL), 0);
    advance_s(100000);
    ck_assert(!device_alive(device));
    ck_assert_int_eq(device_fault_clear(device, "power-cut"), 0);
    ck_assert(device_alive(device));
    ck_assert_int_eq(fault("meteor", NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(fault("clock-drift", NULL), ERR_RANGE);
    ck_assert_int_eq(device_fault_clear(device, "meteor"), ERR_NOT_FOUND);
}
END_TEST

START_TEST(crash)
{
    ck_assert_int_eq(fault("crash", NULL), 0);
    ck_assert(!device_alive(device));
    device_set_power(device, false);
    device_set_power(device, true); // Does not help.
    ck_assert(!device_alive(device));
    ck_assert_int_eq(device_fault_clear(device, "crash"), 0);
    ck_assert(device_alive(device));
    ck_assert_int_eq(fault("crash", "{for: 10s}"), 0);
    advance_s(9);
    ck_assert(!device_alive(device));
    advance_s(1);
    ck_assert(device_alive(device));
}
END_TEST

static void on_tick(struct timer *timer, void *user)
{
    (void)timer;
    (void)user;
    ticks++;
}

static void on_resume(void *user)
{
    ck_assert_ptr_eq(user, &resumes);
    resumes++;
}

START_TEST(pause_holds_timers_and_inputs)
{
    struct device_input first = {.on_resume = on_resume, .user = &resumes}, second = first;
    struct timer timer;

    device_add_input(device, &first);
    device_add_input(device, &second);
    device_remove_input(device, &first);
    device_timer_init(device, &timer, on_tick, NULL);
    timer_start(&timer, 5 * SIM_NS_PER_S);
    ck_assert_int_eq(fault("pause", "{for: 20s}"), 0);
    ck_assert(device_paused(device));
    advance_s(19);
    ck_assert_int_eq(ticks, 0);
    advance_s(1);
    ck_assert(!device_paused(device));
    ck_assert_int_eq(ticks, 1);
    ck_assert_int_eq(resumes, 1);
    device_remove_input(device, &second);
}
END_TEST

START_TEST(clock_of_its_own)
{
    ck_assert_int_eq(device_utc_ns(device), UTC_NS);
    ck_assert_int_eq(fault("clock-drift", "{ppm: 100, for: 100000s}"), 0);
    advance_s(100000);
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), 10 * SIM_NS_PER_S);
    advance_s(100000); // The drift is over; what it made stays.
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), 10 * SIM_NS_PER_S);
    ck_assert_int_eq(fault("clock-step", "{back: 1h}"), 0);
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), -3590 * SIM_NS_PER_S);
    ck_assert_int_eq(fault("clock-step", "{to: \"2031-01-01T00:00:00Z\", by: 1s}"), 0);
    ck_assert_int_eq(device_utc_ns(device), INT64_C(1924992001) * SIM_NS_PER_S);
    device_set_utc(device, UTC_NS);
    ck_assert_int_eq(device_utc_ns(device), UTC_NS);
}
END_TEST

// A ComPacT keeps no time without supply; its clock then begins in the year 2000.
START_TEST(clock_is_lost)
{
    struct device_config config = config_of("q1", "nsx-2024-11");
    struct device *breaker = NULL;

    ck_assert_int_eq(device_new(&config, diag, &breaker), 0);
    device_set_power(breaker, true);
    ck_assert_int_eq(device_utc_ns(breaker), UTC_NS);
    device_set_power(breaker, false);
    advance_s(1);
    device_set_power(breaker, true);
    ck_assert(breaker->clock_lost);
    ck_assert_int_eq(device_utc_ns(breaker), INT64_C(946684800) * SIM_NS_PER_S);
    device_set_utc(breaker, UTC_NS);
    ck_assert(!breaker->clock_lost);
    device_free(&breaker);
}
END_TEST

START_TEST(cut_in_a_write)
{
    ck_assert_int_eq(store_put_integer(device->store, "n", 1), 0);
    ck_assert_int_eq(fault("store-cut", "{after: 5}"), 0);
    ck_assert_int_eq(store_put_integer(device->store, "n", 2), ERR_CANCELLED);
    // Who wrote is not pulled down from inside, but may no longer answer.
    ck_assert(device->powered && !device_alive(device));
    advance_s(0);
    ck_assert(!device->powered);
    ck_assert_int_eq(device_fault_clear(device, "store-cut"), 0);
    ck_assert(device_alive(device));
    ck_assert_int_eq(store_get_integer(device->store, "n", 0), 1);
    ck_assert_int_eq(store_put_integer(device->store, "n", 2), 0);
}
END_TEST

START_TEST(fault_rows)
{
    for (size_t i = 0; i < device_fault_kinds_count; i++) {
        const struct device_fault_kind *row = &device_fault_kinds[i];

        ck_assert_ptr_nonnull(row->start);
        ck_assert_uint_gt(strlen(row->doc), 10);
        ck_assert_int_eq(row->lasts, row->end != NULL);
        if (i)
            ck_assert_str_gt(row->name, device_fault_kinds[i - 1].name);
    }
}
END_TEST

START_TEST(streams_do_not_depend_on_neighbours)
{
    struct device_config config = config_of("d1", "skeleton");
    struct device *again = NULL;

    ck_assert_int_eq(device_new(&config, diag, &again), 0);
    ck_assert_uint_eq(rng_next(&again->rng), rng_next(&device->rng));
    device_free(&again);
    config.id = "d2";
    ck_assert_int_eq(device_new(&config, diag, &again), 0);
    ck_assert_uint_ne(rng_next(&again->rng), rng_next(&device->rng));
    device_free(&again);
}
END_TEST

Suite *device_suite(void)
{
    Suite *suite = suite_create("device");
    TCase *tcase = tcase_create("device");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, supply);
    tcase_add_test(tcase, restart_and_power_cut);
    tcase_add_test(tcase, crash);
    tcase_add_test(tcase, pause_holds_timers_and_inputs);
    tcase_add_test(tcase, clock_of_its_own);
    tcase_add_test(tcase, clock_is_lost);
    tcase_add_test(tcase, cut_in_a_write);
    tcase_add_test(tcase, fault_rows);
    tcase_add_test(tcase, streams_do_not_depend_on_neighbours);
    suite_add_tcase(suite, tcase);
    return suite;
}
