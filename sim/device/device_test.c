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

static int fault(enum fault_id kind, double first)
{
    return device_fault(device, kind, (double[FAULT_PARAMS_MAX]){first});
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
    ck_assert_int_eq(fault(FAULT_RESTART, 40e9), 0);
    ck_assert(!device_alive(device));
    advance_s(39);
    ck_assert(!device_alive(device));
    advance_s(1);
    ck_assert(device_alive(device));
    ck_assert_int_eq(fault(FAULT_POWER_CUT, 3600e9), 0);
    advance_s(3599);
    ck_assert(!device_alive(device));
    advance_s(1);
    ck_assert(device_alive(device));
    ck_assert_int_eq(device_fault(device, FAULT_POWER_CUT, NULL), 0);
    advance_s(100000);
    ck_assert(!device_alive(device));
    ck_assert_int_eq(device_fault_clear(device, FAULT_POWER_CUT), 0);
    ck_assert(device_alive(device));
}
END_TEST

// What restarts it, and what time it measures meanwhile.
START_TEST(why_it_starts_and_its_own_time)
{
    int64_t before_ns = device_monotonic_ns(device);

    ck_assert_int_eq(device->start, DEVICE_START_SUPPLY);
    device_restart(device, 5 * SIM_NS_PER_S);
    advance_s(5);
    ck_assert_int_eq(device->start, DEVICE_START_RESTART);
    ck_assert_int_eq(fault(FAULT_CRASH, 3e9), 0);
    advance_s(3);
    ck_assert_int_eq(device->start, DEVICE_START_CRASH);
    ck_assert(device_monotonic_ns(device) == before_ns + 8 * SIM_NS_PER_S);
    device_set_power(device, false);
    advance_s(100);
    ck_assert(device_monotonic_ns(device) == before_ns + 8 * SIM_NS_PER_S);
    device_set_power(device, true);
    ck_assert_int_eq(device->start, DEVICE_START_SUPPLY);
    device_set_utc(device, UTC_NS - 1000 * SIM_NS_PER_S);
    advance_s(2);
    ck_assert(device_monotonic_ns(device) == before_ns + 10 * SIM_NS_PER_S);
}
END_TEST

START_TEST(crash)
{
    ck_assert_int_eq(fault(FAULT_CRASH, 0), 0);
    ck_assert(!device_alive(device));
    device_set_power(device, false);
    device_set_power(device, true); // Does not help.
    ck_assert(!device_alive(device));
    ck_assert_int_eq(device_fault_clear(device, FAULT_CRASH), 0);
    ck_assert(device_alive(device));
    ck_assert_int_eq(fault(FAULT_CRASH, 10e9), 0);
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
    ck_assert_int_eq(fault(FAULT_PAUSE, 20e9), 0);
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
    const double drift[FAULT_PARAMS_MAX] = {100, 100000e9};

    ck_assert_int_eq(device_utc_ns(device), UTC_NS);
    ck_assert_int_eq(device_fault(device, FAULT_CLOCK_DRIFT, drift), 0);
    advance_s(100000);
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), 10 * SIM_NS_PER_S);
    advance_s(100000); // The drift is over; what it made stays.
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), 10 * SIM_NS_PER_S);
    ck_assert_int_eq(fault(FAULT_CLOCK_STEP, -3600e9), 0);
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), -3590 * SIM_NS_PER_S);
    ck_assert_int_eq(fault(FAULT_CLOCK_STEP, 3591e9), 0);
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), SIM_NS_PER_S);
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
    ck_assert_int_eq(fault(FAULT_STORE_CUT, 5), 0);
    ck_assert_int_eq(store_put_integer(device->store, "n", 2), ERR_CANCELLED);
    // Who wrote is not pulled down from inside, but may no longer answer.
    ck_assert(device->powered && !device_alive(device));
    advance_s(0);
    ck_assert(!device->powered);
    ck_assert_int_eq(device_fault_clear(device, FAULT_STORE_CUT), 0);
    ck_assert(device_alive(device));
    ck_assert_int_eq(store_get_integer(device->store, "n", 0), 1);
    ck_assert_int_eq(store_put_integer(device->store, "n", 2), 0);
}
END_TEST

// Every kind of the device group is carried out here, and no other.
START_TEST(faults_of_devices_and_no_other)
{
    for (int i = 0; i < FAULT_KINDS; i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        bool ours = kind->where & FAULT_DEVICE;
        double values[FAULT_PARAMS_MAX];
        char event[64];

        fault_values_init(kind, values);
        events[0] = 0;
        ck_assert_int_eq(device_fault(device, (enum fault_id)i, values),
                         ours ? 0 : ERR_UNSUPPORTED);
        snprintf(event, sizeof(event), "fault=%s ", kind->name);
        ck_assert_int_eq(strncmp(events, event, strlen(event)) == 0, ours);
        ck_assert_int_eq(device_fault_clear(device, (enum fault_id)i), ours ? 0 : ERR_UNSUPPORTED);
        snprintf(event, sizeof(event), "fault=%s cleared ", kind->name);
        ck_assert_int_eq(strstr(events, event) != NULL, ours && !kind->instant);
        advance_s(2);
        ck_assert(device_alive(device) && !device_paused(device));
    }
}
END_TEST

START_TEST(faults_out_of_bounds)
{
    ck_assert_int_eq(fault(FAULT_PAUSE, -1), ERR_RANGE);
    ck_assert_int_eq(fault(FAULT_CLOCK_DRIFT, 2e6), ERR_RANGE);
    ck_assert_int_eq(fault(FAULT_STORE_CUT, -1), ERR_RANGE);
    ck_assert_int_eq(device_fault(device, FAULT_CLOCK_STEP, NULL), ERR_RANGE);
    ck_assert_int_eq(device_fault(device, FAULT_CLOCK_DRIFT, NULL), ERR_RANGE);
    ck_assert_str_eq(events, "");
    ck_assert(device_alive(device) && !device_paused(device));
}
END_TEST

// A fault with an end of its own that is put on again without one has none.
START_TEST(a_fault_put_on_again_begins_anew)
{
    ck_assert_int_eq(fault(FAULT_PAUSE, 10e9), 0);
    ck_assert_int_eq(fault(FAULT_PAUSE, 0), 0);
    advance_s(11);
    ck_assert(device_paused(device));
    ck_assert_int_eq(device_fault_clear(device, FAULT_PAUSE), 0);
    ck_assert_int_eq(device_fault(device, FAULT_CLOCK_DRIFT, (double[]){100, 10e9, 0}), 0);
    ck_assert_int_eq(device_fault(device, FAULT_CLOCK_DRIFT, (double[]){100, 0, 0}), 0);
    advance_s(100000);
    ck_assert_int_eq(device_utc_ns(device) - utc_ns(NULL), 10 * SIM_NS_PER_S);
    ck_assert_int_eq(device_fault_clear(device, FAULT_CLOCK_DRIFT), 0);
    ck_assert_int_eq(fault(FAULT_POWER_CUT, 10e9), 0);
    ck_assert_int_eq(fault(FAULT_POWER_CUT, 0), 0);
    advance_s(11);
    ck_assert(!device_alive(device));
}
END_TEST

// However often it is stepped, the clock stays where it can be reckoned with.
START_TEST(clock_stops_at_its_ends)
{
    const struct fault_param *by = &fault_kinds[FAULT_CLOCK_STEP].params[0];

    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(fault(FAULT_CLOCK_STEP, by->most), 0);
    ck_assert_int_eq(device_utc_ns(device), INT64_MAX / 2);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(fault(FAULT_CLOCK_STEP, by->least), 0);
    ck_assert_int_eq(device_utc_ns(device), -(INT64_MAX / 2));
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
    tcase_add_test(tcase, why_it_starts_and_its_own_time);
    tcase_add_test(tcase, crash);
    tcase_add_test(tcase, pause_holds_timers_and_inputs);
    tcase_add_test(tcase, clock_of_its_own);
    tcase_add_test(tcase, clock_is_lost);
    tcase_add_test(tcase, cut_in_a_write);
    tcase_add_test(tcase, faults_of_devices_and_no_other);
    tcase_add_test(tcase, faults_out_of_bounds);
    tcase_add_test(tcase, a_fault_put_on_again_begins_anew);
    tcase_add_test(tcase, clock_stops_at_its_ends);
    tcase_add_test(tcase, streams_do_not_depend_on_neighbours);
    suite_add_tcase(suite, tcase);
    return suite;
}
