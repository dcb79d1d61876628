// SPDX-License-Identifier: Apache-2.0
// Trip units as a simple curve in the manner of IEC 60947-2: long time with a thermal image (I2t,
// delay tr at 6 Ir, pick-up at 1.125 Ir, the middle of the 1.05 to 1.20 that the makers print),
// short time after a fixed delay, instantaneous. The image cools in a straight line, 36 tr from
// full to cold.
//
// Not modelled: ground fault, earth leakage, neutral protection, energy-selective reflexes,
// tolerances.
#include "sim/plant/node.h"

#include <assert.h>
#include <math.h>

#define TRIP_PICK_UP 1.125
#define TRIP_DELAY_AT 6.0 // Multiples of Ir at which tr holds.

bool plant_trip_fits(const struct plant_trip *trip)
{
    return isfinite(trip->long_time_A) && trip->long_time_A >= 0 && isfinite(trip->short_time_A) &&
           trip->short_time_A >= 0 && isfinite(trip->instantaneous_A) &&
           trip->instantaneous_A >= 0 && trip->short_time_delay_ns >= 0 &&
           (trip->long_time_A == 0 || trip->long_time_delay_ns > 0);
}

// Heat a nanosecond at this current: 1 / (36 tr) at Ir, with its square above the pick-up, the same
// downwards below.
static double heat_per_ns(const struct plant_trip *set, double current_A)
{
    double unit = 1 / (TRIP_DELAY_AT * TRIP_DELAY_AT * (double)set->long_time_delay_ns);
    double ratio = current_A / set->long_time_A;

    return ratio > TRIP_PICK_UP ? ratio * ratio * unit : -unit;
}

static void heat_settle(struct plant_node *breaker)
{
    struct plant_trip_unit *unit = &breaker->trip;
    sim_time_ns now_ns = timers_now(breaker->plant->timers);
    double for_ns = (double)(now_ns - unit->since_ns);

    unit->since_ns = now_ns;
    if (breaker->spec.trip.long_time_A > 0)
        unit->heat += for_ns * heat_per_ns(&breaker->spec.trip, unit->current_A);
    unit->heat = fmax(unit->heat, 0);
}

static void sooner(struct plant_trip_unit *unit, sim_time_ns at_ns, enum plant_trip_cause cause,
                   sim_time_ns *at)
{
    if (at_ns >= *at)
        return;
    *at = at_ns;
    unit->next = cause;
}

// When an element that acts above `above_A` began to see its current.
static void element_since(double above_A, double current_A, sim_time_ns now_ns, sim_time_ns *since)
{
    if (above_A == 0 || current_A <= above_A)
        *since = SIM_TIME_NEVER;
    else if (*since == SIM_TIME_NEVER)
        *since = now_ns;
}

void plant_trip_flow(struct plant_node *breaker, double current_A)
{
    struct plant_trip_unit *unit = &breaker->trip;
    const struct plant_trip *set = &breaker->spec.trip;
    sim_time_ns now_ns = timers_now(breaker->plant->timers), at_ns = SIM_TIME_NEVER;

    heat_settle(breaker);
    unit->current_A = current_A;
    element_since(set->short_time_A, current_A, now_ns, &unit->short_ns);
    element_since(set->instantaneous_A, current_A, now_ns, &unit->instant_ns);
    if (unit->instant_ns != SIM_TIME_NEVER)
        sooner(unit, unit->instant_ns + PLANT_INSTANTANEOUS_NS, PLANT_TRIP_INSTANTANEOUS, &at_ns);
    if (unit->short_ns != SIM_TIME_NEVER)
        sooner(unit, unit->short_ns + set->short_time_delay_ns, PLANT_TRIP_SHORT_TIME, &at_ns);
    if (set->long_time_A > 0 && current_A > TRIP_PICK_UP * set->long_time_A) {
        double left_ns = fmax(1 - unit->heat, 0) / heat_per_ns(set, current_A);

        sooner(unit, now_ns + (sim_time_ns)ceil(left_ns), PLANT_TRIP_LONG_TIME, &at_ns);
    }
    if (at_ns == SIM_TIME_NEVER)
        timer_stop(&unit->timer);
    else if (!timer_running(&unit->timer) || unit->timer.at_ns != at_ns)
        timer_start_at(&unit->timer, at_ns);
}

static void trip_due(struct timer *timer, void *user)
{
    struct plant_node *breaker = user;

    (void)timer;
    heat_settle(breaker);
    plant_trip_open(breaker, breaker->trip.next, breaker->trip.current_A);
}

static bool has_settings(const struct plant_trip *trip)
{
    return trip->long_time_A > 0 || trip->short_time_A > 0 || trip->instantaneous_A > 0;
}

void plant_trip_init(struct plant_node *breaker)
{
    struct plant_trip_unit *unit = &breaker->trip;

    unit->armed = breaker->spec.kind == PLANT_BREAKER && has_settings(&breaker->spec.trip);
    unit->short_ns = unit->instant_ns = SIM_TIME_NEVER;
    unit->since_ns = timers_now(breaker->plant->timers);
    timer_init(&unit->timer, breaker->plant->timers, NULL, trip_due, breaker);
}

void plant_set_trip(struct plant_node *breaker, const struct plant_trip *trip)
{
    assert(breaker->spec.kind == PLANT_BREAKER);
    assert(plant_trip_fits(trip));
    heat_settle(breaker);
    breaker->spec.trip = *trip;
    breaker->trip.armed = has_settings(trip);
    plant_trip_flow(breaker, plant_highest_A(breaker));
}
