// SPDX-License-Identifier: Apache-2.0
// The switching mechanism: contacts, trip latch, closing spring, motor, and the counter of
// operations (DOCA0091EN, DOCA0105EN). Contacts are the one-line's; a trip comes from there.
// Mechanics outlive the supply; what the electronics count lies in the store, and an operation
// nobody saw because the supply was away is counted when it comes back.
//
// Not modelled: bounce, chatter, cradle, undervoltage and shunt releases as circuits of their own.
#include "devices/pact/state.h"

#include <assert.h>

#include "sim/device/store.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define KEY_OPERATIONS "operations"
#define KEY_SETTINGS "settings"
enum { SETTING_INHIBITED = 1, SETTING_AUTO_RESET = 2, SETTING_RESET_AFTER_FAULT = 4 };

// UNVERIFIED(catalogue orders of size): used where the profile's `timing` says nothing.
#define OPEN_NS (600 * SIM_NS_PER_MS)
#define CLOSE_NS (80 * SIM_NS_PER_MS)
#define RESET_NS (1000 * SIM_NS_PER_MS)

int64_t pact_time_ns(const struct pact *pact, const char *key, int64_t otherwise)
{
    return profile_fact_time_ns(pact->device->profile, key, otherwise);
}

// ---- What it shows ----

static const struct {
    enum point point;
    enum plant_trip_cause cause;
} causes[] = {
    {POINT_TRIP_LONG_TIME, PLANT_TRIP_LONG_TIME},
    {POINT_TRIP_SHORT_TIME, PLANT_TRIP_SHORT_TIME},
    {POINT_TRIP_INSTANTANEOUS, PLANT_TRIP_INSTANTANEOUS},
};
// Protections that this breaker is not modelled to have acted.
static const enum point other_causes[] = {
    POINT_TRIP_GROUND_FAULT,
    POINT_TRIP_EARTH_LEAKAGE,
    POINT_TRIP_INTEGRATED,
    POINT_TRIP_INTERNAL,
    POINT_TRIP_INTERNAL_TEMPERATURE,
    POINT_TRIP_INTERNAL_OVERVOLTAGE,
    POINT_TRIP_OTHER,
    POINT_TRIP_CURRENT_UNBALANCE,
    POINT_TRIP_OVERCURRENT_L1,
    POINT_TRIP_OVERCURRENT_L2,
    POINT_TRIP_OVERCURRENT_L3,
    POINT_TRIP_OVERCURRENT_N,
    POINT_TRIP_UNDERVOLTAGE,
    POINT_TRIP_OVERVOLTAGE,
    POINT_TRIP_VOLTAGE_UNBALANCE,
    POINT_TRIP_OVERPOWER,
    POINT_TRIP_REVERSE_POWER,
    POINT_TRIP_UNDERFREQUENCY,
    POINT_TRIP_OVERFREQUENCY,
    POINT_TRIP_PHASE_ROTATION,
    POINT_TRIP_LOAD_SHEDDING_CURRENT,
    POINT_TRIP_LOAD_SHEDDING_POWER,
};

static bool ready_to_close(const struct pact_mechanism *mechanism)
{
    return !mechanism->closed && !mechanism->tripped && mechanism->charged &&
           !mechanism->inhibited_comm && !mechanism->inhibited_io;
}

void pact_mechanism_show(struct pact *pact)
{
    const struct pact_mechanism *mechanism = &pact->mechanism;
    struct image *image = pact->image;

    image_set_integer(image, POINT_BREAKER_POSITION, mechanism->closed);
    image_set_integer(image, POINT_BREAKER_TRIPPED, mechanism->tripped);
    image_set_integer(image, POINT_BREAKER_FAULT_TRIPPED, mechanism->fault_tripped);
    image_set_integer(image, POINT_BREAKER_SPRING_CHARGED, mechanism->charged);
    image_set_integer(image, POINT_BREAKER_READY_TO_CLOSE, ready_to_close(mechanism));
    image_set_integer(image, POINT_BREAKER_CLOSE_INHIBITED_COMM, mechanism->inhibited_comm);
    image_set_integer(image, POINT_BREAKER_CLOSE_INHIBITED_IO, mechanism->inhibited_io);
    image_set_integer(image, POINT_BREAKER_MOTOR_PRESENT, mechanism->motor);
    image_set_integer(image, POINT_BREAKER_MOTOR_AUTO, mechanism->motor_auto);
    image_set_integer(image, POINT_BREAKER_AUTO_RESET, mechanism->auto_reset);
    image_set_integer(image, POINT_BREAKER_RESET_AFTER_FAULT, mechanism->reset_after_fault);
    image_set_integer(image, POINT_BREAKER_LAST_COMMAND_FAILED, mechanism->last_failed);
    image_set_integer(image, POINT_BREAKER_LOCAL_CONTROL, !pact->remote_enabled);
    image_set_integer(image, POINT_BREAKER_JUST_OPENED, !mechanism->closed);
    image_set_integer(image, POINT_BREAKER_JUST_CLOSED, mechanism->closed);
    image_set_integer(image, POINT_BREAKER_CLOSE_ORDER_SENT, mechanism->motion == PACT_CLOSING);
    image_set_integer(image, POINT_BREAKER_OPERATIONS, mechanism->operations);
    for (size_t i = 0; i < COUNT_OF(causes); i++)
        image_set_integer(image, causes[i].point, mechanism->cause == causes[i].cause);
    for (size_t i = 0; i < COUNT_OF(other_causes); i++)
        image_set_integer(image, other_causes[i], 0);
}

// ---- Contacts ----

// The counter and the position it belongs to, as one record.
static void note_operation(struct pact *pact)
{
    struct pact_mechanism *mechanism = &pact->mechanism;

    if (!device_alive(pact->device))
        return; // Seen when the supply is back.
    mechanism->operations++;
    (void)store_put_integer(pact->device->store, KEY_OPERATIONS,
                            (int64_t)mechanism->operations << 1 | mechanism->closed);
}

// Contacts that have moved, whoever moved them.
static void contacts_moved(struct pact *pact, bool closed)
{
    struct pact_mechanism *mechanism = &pact->mechanism;

    if (mechanism->closed == closed)
        return;
    mechanism->closed = closed;
    if (closed)
        mechanism->cause = PLANT_TRIP_NONE; // Cleared when the breaker is closed again.
    device_event(pact->device, "breaker.position=%s", closed ? "closed" : "open");
    note_operation(pact);
}

static void move_contacts(struct pact *pact, bool closed)
{
    contacts_moved(pact, closed);
    if (pact->contacts)
        plant_set_closed(pact->contacts, closed);
}

// The one-line's breaker was moved by somebody else (a scenario that works on the one-line).
static void on_change(void *user, struct plant_node *node)
{
    struct pact *pact = user;

    contacts_moved(pact, plant_closed(node));
    pact_mechanism_show(pact);
}

static void stop_motion(struct pact *pact)
{
    bool moving = pact->mechanism.motion != PACT_STILL;

    timer_stop(&pact->mechanism.motion_timer);
    pact->mechanism.motion = PACT_STILL;
    if (moving)
        pact_command_moved(pact, false);
}

// A mechanism with a spring motor of its own charges again by itself; a motor mechanism charges by
// opening.
static void charge_later(struct pact *pact)
{
    int64_t charge_ns = pact_time_ns(pact, "timing.charge_time", -1);

    if (!pact->mechanism.charged && charge_ns >= 0 && pact->mechanism.motor &&
        device_alive(pact->device))
        timer_start(&pact->mechanism.spring_timer, charge_ns);
}

static void on_charged(struct timer *timer, void *user)
{
    struct pact *pact = user;

    (void)timer;
    pact->mechanism.charged = true;
    device_event(pact->device, "breaker.spring=charged");
    pact_mechanism_show(pact);
}

// Automatic reset (command 42636); after an electrical fault only if that is allowed too (42637).
static void reset_by_itself(struct pact *pact)
{
    const struct pact_mechanism *mechanism = &pact->mechanism;

    if (mechanism->auto_reset && mechanism->tripped && device_alive(pact->device))
        (void)pact_mechanism_move(pact, PACT_RESETTING);
}

static void on_trip(void *user, struct plant_node *node, enum plant_trip_cause cause,
                    double current_A)
{
    struct pact *pact = user;
    struct pact_mechanism *mechanism = &pact->mechanism;

    (void)node;
    mechanism->tripped = mechanism->fault_tripped = true;
    mechanism->cause = cause;
    device_event(pact->device, "breaker.trip cause=%d current=%.0fA", (int)cause, current_A);
    contacts_moved(pact, false);
    stop_motion(pact);
    reset_by_itself(pact);
    pact_mechanism_show(pact);
}

void pact_mechanism_push_to_trip(struct pact *pact)
{
    pact->mechanism.tripped = true;
    move_contacts(pact, false);
    stop_motion(pact);
    reset_by_itself(pact);
    pact_mechanism_show(pact);
}

void pact_mechanism_by_hand(struct pact *pact, bool closed)
{
    struct pact_mechanism *mechanism = &pact->mechanism;

    stop_motion(pact);
    mechanism->tripped = mechanism->fault_tripped = false;
    mechanism->charged = !closed;
    move_contacts(pact, closed);
    charge_later(pact);
    pact_mechanism_show(pact);
}

// ---- Ordered moves ----

static const char *refuses_open(const struct pact_mechanism *mechanism)
{
    return mechanism->tripped ? "tripped" : !mechanism->closed ? "already-open" : NULL;
}

static const char *refuses_close(const struct pact_mechanism *mechanism)
{
    if (mechanism->tripped)
        return "tripped";
    if (mechanism->closed)
        return "already-closed";
    if (mechanism->inhibited_comm || mechanism->inhibited_io)
        return "close-inhibited";
    return mechanism->charged ? NULL : "out-of-order";
}

static const char *refuses_reset(const struct pact_mechanism *mechanism)
{
    if (!mechanism->tripped)
        return "already-reset";
    return mechanism->fault_tripped && !mechanism->reset_after_fault ? "reset-forbidden" : NULL;
}

static const struct {
    const char *(*refuses)(const struct pact_mechanism *mechanism);
    const char *time;
    int64_t otherwise_ns;
} moves[] = {
    [PACT_OPENING] = {refuses_open, "timing.open_time", OPEN_NS},
    [PACT_CLOSING] = {refuses_close, "timing.close_time", CLOSE_NS},
    [PACT_RESETTING] = {refuses_reset, "timing.reset_time", RESET_NS},
};

const char *pact_mechanism_move(struct pact *pact, enum pact_motion motion)
{
    struct pact_mechanism *mechanism = &pact->mechanism;
    const char *refused;

    assert(motion != PACT_STILL && (size_t)motion < COUNT_OF(moves));
    refused = !mechanism->motor        ? "no-actuator"
              : !mechanism->motor_auto ? "manual"
                                       : moves[motion].refuses(mechanism);
    if (refused)
        return refused;
    mechanism->motion = motion;
    timer_start(&mechanism->motion_timer,
                pact_time_ns(pact, moves[motion].time, moves[motion].otherwise_ns));
    pact_mechanism_show(pact);
    return NULL;
}

static void on_moved(struct timer *timer, void *user)
{
    struct pact *pact = user;
    struct pact_mechanism *mechanism = &pact->mechanism;
    enum pact_motion motion = mechanism->motion;

    (void)timer;
    mechanism->motion = PACT_STILL;
    if (motion == PACT_RESETTING) {
        mechanism->tripped = mechanism->fault_tripped = false;
        device_event(pact->device, "breaker.reset");
    }
    if (motion == PACT_CLOSING)
        mechanism->charged = false;
    else if (pact_time_ns(pact, "timing.charge_time", -1) < 0)
        mechanism->charged = true; // It charges as it opens; a release does not.
    if (motion != PACT_RESETTING)
        move_contacts(pact, motion == PACT_CLOSING);
    charge_later(pact);
    pact_mechanism_show(pact);
    pact_command_moved(pact, true);
}

// ---- Life ----

static double setting(const struct pact *pact, const char *path, double otherwise)
{
    return schema_number(profile_fact(pact->device->profile, path), otherwise);
}

// A trip unit whose settings the one-line does not give has those of the factory.
static void arm_trip_unit(struct pact *pact)
{
    const struct plant_spec *spec = plant_node_spec(pact->contacts);
    double ir_A = setting(pact, "protection.long_time.ir_of_in.factory", 1) * spec->rated_A;
    double second_ns = (double)SIM_NS_PER_S;
    struct plant_trip trip = {
        .long_time_A = ir_A,
        .long_time_delay_ns =
            (int64_t)(setting(pact, "protection.long_time.tr_s.factory", 16) * second_ns),
        .short_time_A = setting(pact, "protection.short_time.isd_of_ir.factory", 0) * ir_A,
        .short_time_delay_ns =
            (int64_t)(setting(pact, "protection.short_time.tsd_s.factory", 0) * second_ns),
        .instantaneous_A =
            setting(pact, "protection.instantaneous.ii_of_in.factory", 0) * spec->rated_A,
    };
    bool has_settings =
        spec->trip.long_time_A > 0 || spec->trip.short_time_A > 0 || spec->trip.instantaneous_A > 0;

    if (!has_settings && spec->rated_A > 0)
        plant_set_trip(pact->contacts, &trip);
}

void pact_mechanism_init(struct pact *pact)
{
    struct plant_node *place = pact->device->place;
    struct pact_mechanism *mechanism = &pact->mechanism;

    device_timer_init(pact->device, &mechanism->motion_timer, on_moved, pact);
    device_timer_init(pact->device, &mechanism->spring_timer, on_charged, pact);
    mechanism->motor = yaml_get(pact->device->site, "motor")
                           ? schema_bool(yaml_get(pact->device->site, "motor"), true)
                           : true;
    mechanism->motor_auto = true;
    mechanism->charged = true;
    if (!place || plant_node_kind(place) != PLANT_BREAKER)
        return;
    pact->contacts = place;
    mechanism->closed = plant_closed(place);
    mechanism->charged = !mechanism->closed || pact_time_ns(pact, "timing.charge_time", -1) >= 0;
    plant_watch(place, on_change, pact);
    plant_on_trip(place, on_trip, pact);
    arm_trip_unit(pact);
}

void pact_mechanism_done(struct pact *pact)
{
    if (!pact->contacts)
        return;
    plant_watch(pact->contacts, NULL, NULL);
    plant_on_trip(pact->contacts, NULL, NULL);
    pact->contacts = NULL;
}

// Reads the counter, and counts the one operation that the store does not know of.
static void recount(struct pact *pact)
{
    struct pact_mechanism *mechanism = &pact->mechanism;
    int64_t record = store_get_integer(pact->device->store, KEY_OPERATIONS, -1);

    if (record < 0) {
        mechanism->operations = 0;
        (void)store_put_integer(pact->device->store, KEY_OPERATIONS, mechanism->closed);
        return;
    }
    mechanism->operations = (uint32_t)(record >> 1);
    if ((bool)(record & 1) != mechanism->closed)
        note_operation(pact);
}

void pact_mechanism_power(struct pact *pact, bool on)
{
    struct pact_mechanism *mechanism = &pact->mechanism;
    int64_t settings = store_get_integer(pact->device->store, KEY_SETTINGS, 0);

    timer_stop(&mechanism->motion_timer);
    timer_stop(&mechanism->spring_timer);
    mechanism->motion = PACT_STILL;
    if (!on)
        return;
    mechanism->inhibited_comm = settings & SETTING_INHIBITED;
    mechanism->auto_reset = settings & SETTING_AUTO_RESET;
    mechanism->reset_after_fault = settings & SETTING_RESET_AFTER_FAULT;
    mechanism->last_failed = false;
    recount(pact);
    charge_later(pact);
    pact_mechanism_show(pact);
}

int pact_mechanism_keep(struct pact *pact)
{
    const struct pact_mechanism *mechanism = &pact->mechanism;

    return store_put_integer(pact->device->store, KEY_SETTINGS,
                             (mechanism->inhibited_comm ? SETTING_INHIBITED : 0) |
                                 (mechanism->auto_reset ? SETTING_AUTO_RESET : 0) |
                                 (mechanism->reset_after_fault ? SETTING_RESET_AFTER_FAULT : 0));
}
