// SPDX-License-Identifier: Apache-2.0
// The one-line against values worked out by hand: 400 V between phases is 230.940108 V to neutral.
#include "sim/plant/plant.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"

static struct timers *timers;
static struct plant *plant;

static struct plant_node *add(const struct plant_spec *spec)
{
    struct plant_node *node = NULL;

    ck_assert_int_eq(plant_add(plant, spec, &node), 0);
    return node;
}

static void setup(void)
{
    timers = timers_new();
    plant = plant_new(timers);
    add(&(struct plant_spec){.id = "grid",
                             .kind = PLANT_SOURCE,
                             .system = PLANT_3PH4W,
                             .voltage_V = 400,
                             .frequency_Hz = 50,
                             .short_circuit_A = 25000});
    add(&(struct plant_spec){
        .id = "q0", .from = "grid", .kind = PLANT_BREAKER, .rated_A = 1600, .closed = true});
    add(&(struct plant_spec){
        .id = "q1", .from = "q0", .kind = PLANT_BREAKER, .rated_A = 250, .closed = true});
    add(&(struct plant_spec){
        .id = "q2", .from = "q0", .kind = PLANT_BREAKER, .rated_A = 250, .closed = true});
    add(&(struct plant_spec){
        .id = "lamps", .from = "q1", .kind = PLANT_LOAD, .power_W = 40000, .power_factor = 0.95});
    add(&(struct plant_spec){.id = "evse", .from = "q2", .kind = PLANT_CHARGER, .phases = 3});
}

static void teardown(void)
{
    plant_free(&plant);
    timers_free(&timers);
}

static struct plant_flow flow(const char *id)
{
    struct plant_flow flow;

    plant_read(plant_find(plant, id), &flow);
    return flow;
}

static double total_W(const char *id)
{
    struct plant_flow now = flow(id);

    return now.power_W[0] + now.power_W[1] + now.power_W[2];
}

static void advance(sim_time_ns by_ns)
{
    sim_time_ns end_ns = timers_now(timers) + by_ns;

    while (timers_next(timers) <= end_ns) {
        timers_set_now(timers, timers_next(timers));
        timers_fire_due(timers, 1000);
    }
    timers_set_now(timers, end_ns);
}

START_TEST(balanced_load)
{
    struct plant_flow q1 = flow("q1");

    // S = 40000 / 0.95 = 42105.263 VA; I = S / (3 x 230.940108) = 60.773711 A; Q = S sin(acos
    // 0.95).
    ck_assert(q1.live);
    for (int k = 0; k < 3; k++) {
        ck_assert_double_eq_tol(q1.current_A[k], 60.773711, 1e-5);
        ck_assert_double_eq_tol(q1.voltage_pn_V[k], 230.940108, 1e-5);
        ck_assert_double_eq_tol(q1.voltage_pp_V[k], 400, 1e-9);
        ck_assert_double_eq_tol(q1.power_W[k], 40000 / 3.0, 1e-5);
        ck_assert_double_eq_tol(q1.reactive_var[k], 13147.364 / 3, 1e-3);
    }
    ck_assert_double_eq_tol(q1.neutral_A, 0, 1e-6);
    ck_assert_double_eq(q1.frequency_Hz, 50);
    ck_assert_double_eq_tol(flow("q0").current_A[2], 60.773711, 1e-5);
    ck_assert_double_eq(flow("q2").current_A[0], 0);
}
END_TEST

START_TEST(one_phase_makes_neutral_current)
{
    add(&(struct plant_spec){.id = "pump",
                             .from = "q2",
                             .kind = PLANT_LOAD,
                             .power_W = 2309.40107676,
                             .power_factor = 1,
                             .phase_share = {0, 1, 0}});
    ck_assert_double_eq(flow("q2").current_A[0], 0);
    ck_assert_double_eq_tol(flow("q2").current_A[1], 10, 1e-6);
    ck_assert_double_eq_tol(flow("q2").neutral_A, 10, 1e-6);
    // 10 A in one phase and 10 A in another, 120 degrees apart, leave 10 A for the neutral.
    plant_set_draw(plant_find(plant, "evse"), (const double[3]){10, 0, 0});
    ck_assert_double_eq_tol(flow("q2").neutral_A, 10, 1e-6);
    plant_set_draw(plant_find(plant, "evse"), (const double[3]){10, 0, 10});
    ck_assert_double_eq_tol(flow("q2").neutral_A, 0, 1e-5);
}
END_TEST

START_TEST(open_is_dead_below)
{
    struct plant_node *q1 = plant_find(plant, "q1");

    plant_set_draw(plant_find(plant, "evse"), (const double[3]){16, 16, 16});
    ck_assert_double_eq_tol(flow("q0").current_A[0], hypot(60.773711 * 0.95 + 16, 18.976486), 1e-4);
    plant_set_closed(q1, false);
    ck_assert(!plant_closed(q1));
    ck_assert(flow("q1").live);
    ck_assert_double_eq(flow("q1").voltage_pp_V[0], 400);
    ck_assert_double_eq(flow("q1").current_A[0], 0);
    ck_assert(!flow("lamps").live);
    ck_assert_double_eq(flow("lamps").voltage_pp_V[0], 0);
    ck_assert_double_eq_tol(flow("q0").current_A[0], 16, 1e-6);
    // A load that changes behind an open breaker is felt when it closes, not before.
    plant_set_load(plant_find(plant, "lamps"), 3 * 2309.40107676, 1);
    ck_assert_double_eq_tol(flow("q0").current_A[0], 16, 1e-6);
    plant_set_closed(q1, true);
    ck_assert_double_eq_tol(flow("q0").current_A[0], 26, 1e-6);
    plant_set_live(plant_find(plant, "grid"), false);
    ck_assert(!flow("q0").live && !flow("lamps").live && !flow("grid").live);
    ck_assert_double_eq(flow("q0").current_A[0], 0);
    plant_set_live(plant_find(plant, "grid"), true);
    ck_assert_double_eq_tol(flow("q0").current_A[0], 26, 1e-6);
}
END_TEST

START_TEST(sums_leave_no_residue)
{
    struct plant_node *lamps = plant_find(plant, "lamps");

    for (int i = 1; i <= 1000; i++)
        plant_set_load(lamps, i * 0.1, 0.9);
    plant_set_load(lamps, 0, 1);
    for (int k = 0; k < 3; k++) {
        ck_assert_double_eq(flow("grid").power_W[k], 0);
        ck_assert_double_eq(flow("grid").reactive_var[k], 0);
    }
}
END_TEST

START_TEST(energy_is_exact)
{
    // An hour at 40 kW, a quarter open, half an hour at 10 kW: 40 + 0 + 5 kWh.
    advance(3600 * SIM_NS_PER_S);
    ck_assert_double_eq_tol(flow("q1").energy_Wh, 40000, 1e-9);
    plant_set_closed(plant_find(plant, "q1"), false);
    advance(900 * SIM_NS_PER_S);
    plant_set_closed(plant_find(plant, "q1"), true);
    plant_set_load(plant_find(plant, "lamps"), 10000, 1);
    advance(1800 * SIM_NS_PER_S);
    ck_assert_double_eq_tol(flow("q1").energy_Wh, 45000, 1e-9);
    ck_assert_double_eq_tol(flow("grid").energy_Wh, 45000, 1e-9);
    ck_assert_double_eq_tol(flow("lamps").energy_Wh, 45000, 1e-9);
    ck_assert_double_eq_tol(flow("q1").reactive_varh, 13147.364, 1e-3);
    ck_assert_double_eq_tol(flow("q1").apparent_VAh, 42105.263 + 5000, 1e-3);
    // Feeding back counts apart.
    plant_set_load(plant_find(plant, "lamps"), -6000, 1);
    advance(600 * SIM_NS_PER_S);
    ck_assert_double_eq_tol(flow("q1").energy_Wh, 45000, 1e-9);
    ck_assert_double_eq_tol(flow("q1").energy_received_Wh, 1000, 1e-9);
}
END_TEST

static char told[256];

static void on_change(void *user, struct plant_node *node)
{
    (void)node;
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s ", (const char *)user);
}

static void cut_charger(void *user, struct plant_node *node)
{
    struct plant_flow now;

    (void)user;
    plant_read(node, &now);
    on_change("evse", node);
    if (!now.live)
        plant_set_draw(node, (const double[3]){0});
}

START_TEST(watchers_in_order_after_the_change)
{
    told[0] = 0;
    plant_set_draw(plant_find(plant, "evse"), (const double[3]){16, 16, 16});
    plant_watch(plant_find(plant, "evse"), cut_charger, NULL);
    plant_watch(plant_find(plant, "q0"), on_change, "q0");
    plant_watch(plant_find(plant, "q1"), on_change, "q1");
    plant_watch(plant_find(plant, "q2"), on_change, "q2");
    plant_set_closed(plant_find(plant, "q2"), false);
    // The charger's own answer changes nothing above the open breaker but its place and q2.
    ck_assert_str_eq(told, "q0 q2 evse q2 evse ");
    told[0] = 0;
    plant_set_closed(plant_find(plant, "q2"), false);
    ck_assert_str_eq(told, "");
}
END_TEST

static struct {
    const char *id;
    enum plant_trip_cause cause;
    double current_A;
    sim_time_ns at_ns;
    int count;
} trips;

static void on_trip(void *user, struct plant_node *breaker, enum plant_trip_cause cause,
                    double current_A)
{
    (void)user;
    ck_assert(!plant_closed(breaker));
    trips.id = plant_node_id(breaker);
    trips.cause = cause;
    trips.current_A = current_A;
    trips.at_ns = timers_now(timers);
    trips.count++;
}

static void arm(const char *id)
{
    struct plant_trip trip = {.long_time_A = 250,
                              .long_time_delay_ns = 16 * SIM_NS_PER_S,
                              .short_time_A = 1500,
                              .short_time_delay_ns = 100 * SIM_NS_PER_MS,
                              .instantaneous_A = 3000};

    plant_set_trip(plant_find(plant, id), &trip);
    plant_on_trip(plant_find(plant, id), on_trip, NULL);
    trips.count = 0;
}

static void draw(double current_A)
{
    plant_set_draw(plant_find(plant, "evse"), (const double[3]){current_A, current_A, current_A});
}

START_TEST(long_time_trip)
{
    arm("q2");
    draw(275); // 1.1 Ir: below the pick-up.
    advance(100000 * SIM_NS_PER_S);
    ck_assert_int_eq(trips.count, 0);
    draw(500); // 2 Ir: 36 x 16 s / 4 = 144 s.
    advance(143 * SIM_NS_PER_S);
    ck_assert_int_eq(trips.count, 0);
    advance(2 * SIM_NS_PER_S);
    ck_assert_int_eq(trips.count, 1);
    ck_assert_int_eq(trips.cause, PLANT_TRIP_LONG_TIME);
    ck_assert_double_eq_tol(trips.current_A, 500, 1e-3);
    ck_assert_double_eq_tol((double)(trips.at_ns - 100000 * SIM_NS_PER_S) / 1e9, 144, 1e-3);
}
END_TEST

START_TEST(long_time_remembers_heat)
{
    arm("q2");
    draw(500);
    advance(72 * SIM_NS_PER_S); // Half way.
    draw(0);
    advance(144 * SIM_NS_PER_S); // Cools by 144 / 576 = a quarter.
    draw(500);
    advance(107 * SIM_NS_PER_S); // Three quarters are left: 108 s.
    ck_assert_int_eq(trips.count, 0);
    advance(2 * SIM_NS_PER_S);
    ck_assert_int_eq(trips.count, 1);
}
END_TEST

START_TEST(short_time_and_instantaneous)
{
    struct plant_node *q2 = plant_find(plant, "q2");

    arm("q2");
    plant_set_fault(plant_find(plant, "evse"), 2000);
    advance(99 * SIM_NS_PER_MS);
    plant_set_fault(plant_find(plant, "evse"), 0);
    advance(SIM_NS_PER_S);
    ck_assert_int_eq(trips.count, 0);
    plant_set_fault(plant_find(plant, "evse"), 2000);
    advance(101 * SIM_NS_PER_MS);
    ck_assert_int_eq(trips.cause, PLANT_TRIP_SHORT_TIME);
    plant_set_fault(plant_find(plant, "evse"), 1e6); // The grid gives 25 kA.
    plant_set_closed(q2, true);
    advance(9 * SIM_NS_PER_MS);
    ck_assert(plant_closed(q2));
    advance(2 * SIM_NS_PER_MS);
    ck_assert(!plant_closed(q2));
    ck_assert_int_eq(trips.cause, PLANT_TRIP_INSTANTANEOUS);
    ck_assert_double_eq_tol(trips.current_A, 25000, 1);
}
END_TEST

START_TEST(nearer_breaker_trips_alone)
{
    arm("q0");
    arm("q2");
    plant_set_fault(plant_find(plant, "evse"), 20000);
    advance(SIM_NS_PER_S);
    ck_assert_int_eq(trips.count, 1);
    ck_assert_str_eq(trips.id, "q2");
    ck_assert(plant_closed(plant_find(plant, "q0")));
}
END_TEST

static const struct {
    int err;
    struct plant_spec spec;
} refused[] = {
    {ERR_EXISTS, {.id = "q1", .from = "q0", .kind = PLANT_BREAKER}},
    {ERR_NOT_FOUND, {.id = "x", .from = "nowhere", .kind = PLANT_FEEDER}},
    {ERR_RANGE, {.id = "x", .kind = PLANT_FEEDER}},
    {ERR_RANGE, {.id = "x", .kind = PLANT_SOURCE, .voltage_V = 400}},
    {ERR_RANGE, {.id = "x", .from = "q1", .kind = PLANT_SOURCE, .voltage_V = 1, .frequency_Hz = 1}},
    {ERR_RANGE, {.id = "x", .from = "q1", .kind = PLANT_LOAD, .power_W = 1}},
    {ERR_RANGE, {.id = "x", .from = "q1", .kind = PLANT_LOAD, .power_factor = 1.01}},
    {ERR_RANGE, {.id = "x", .from = "q1", .kind = PLANT_LOAD, .power_W = NAN, .power_factor = 1}},
    {ERR_RANGE,
     {.id = "x", .from = "q1", .kind = PLANT_LOAD, .power_factor = 1, .phase_share = {1, -1, 0}}},
    {ERR_RANGE, {.id = "x", .from = "q1", .kind = PLANT_CHARGER, .phases = 2}},
    {ERR_RANGE, {.id = "x", .from = "q1", .kind = PLANT_BREAKER, .trip = {.long_time_A = 10}}},
};

START_TEST(refuses)
{
    struct plant_node *ret = (void *)1;

    ck_assert_int_eq(plant_add(plant, &refused[_i].spec, &ret), refused[_i].err);
    ck_assert_ptr_eq(ret, (void *)1);
}
END_TEST

START_TEST(single_phase_system)
{
    add(&(struct plant_spec){.id = "house",
                             .kind = PLANT_SOURCE,
                             .system = PLANT_1PH2W,
                             .voltage_V = 230,
                             .frequency_Hz = 50});
    add(&(struct plant_spec){
        .id = "oven", .from = "house", .kind = PLANT_LOAD, .power_W = 2300, .power_factor = 1});
    ck_assert_double_eq_tol(flow("oven").current_A[0], 10, 1e-9);
    ck_assert_double_eq(flow("oven").current_A[1], 0);
    ck_assert_double_eq_tol(flow("oven").neutral_A, 10, 1e-9);
    ck_assert_double_eq(flow("oven").voltage_pp_V[0], 0);
}
END_TEST

// A change costs its path, not the plant: 2 000 feeders of 20 loads, each switched, stay within
// moments.
START_TEST(large_plant)
{
    char feeder[16], load[16];

    for (int i = 0; i < 2000; i++) {
        snprintf(feeder, sizeof(feeder), "f%d", i);
        add(&(struct plant_spec){
            .id = feeder, .from = "q0", .kind = PLANT_BREAKER, .closed = true});
        for (int k = 0; k < 20; k++) {
            snprintf(load, sizeof(load), "l%d.%d", i, k);
            add(&(struct plant_spec){
                .id = load, .from = feeder, .kind = PLANT_LOAD, .power_W = 10, .power_factor = 1});
        }
    }
    ck_assert_double_eq_tol(total_W("q0"), 440000, 1e-3);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 2000; i++) {
            snprintf(feeder, sizeof(feeder), "f%d", i);
            plant_set_closed(plant_find(plant, feeder), round % 2);
        }
        ck_assert_double_eq_tol(total_W("q0"), round % 2 ? 440000 : 40000, 1e-3);
    }
}
END_TEST

Suite *plant_suite(void)
{
    Suite *suite = suite_create("plant");
    TCase *tcase = tcase_create("plant");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, balanced_load);
    tcase_add_test(tcase, one_phase_makes_neutral_current);
    tcase_add_test(tcase, open_is_dead_below);
    tcase_add_test(tcase, sums_leave_no_residue);
    tcase_add_test(tcase, energy_is_exact);
    tcase_add_test(tcase, watchers_in_order_after_the_change);
    tcase_add_test(tcase, long_time_trip);
    tcase_add_test(tcase, long_time_remembers_heat);
    tcase_add_test(tcase, short_time_and_instantaneous);
    tcase_add_test(tcase, nearer_breaker_trips_alone);
    tcase_add_loop_test(tcase, refuses, 0, (int)(sizeof(refused) / sizeof(refused[0])));
    tcase_add_test(tcase, single_phase_system);
    tcase_add_test(tcase, large_plant);
    suite_add_tcase(suite, tcase);
    return suite;
}
