// SPDX-License-Identifier: Apache-2.0
// A simple car and the meter before it. The car takes a constant current until it has what it
// wants; the energy is integrated when it is read, since the power is constant in between. Without
// supply the contactor is open; the meter keeps its state, as meters do.
//
// Not modelled: tapering, phases that a car leaves out, reactive power, the control pilot's duty
// cycle, sleeping cars that must be woken.
#include <math.h>

#include "devices/charger/parts.h"

#define NS_PER_H 3600e9
#define NOMINAL_V 230.0 // Where the station has no place in the one-line.

// ---- Meter ----

double charger_meter_Wh(const struct charger_connector *connector)
{
    const struct device *device = connector->charger->device;
    sim_time_ns for_ns = timers_now(device->world.timers) - connector->meter_ns;

    return connector->meter_Wh + connector->power_W * (double)for_ns / NS_PER_H;
}

static void set_power(struct charger_connector *connector, double current_A)
{
    const struct charger *charger = connector->charger;

    connector->meter_Wh = charger_meter_Wh(connector);
    connector->meter_ns = timers_now(charger->device->world.timers);
    connector->current_A = current_A;
    connector->power_W = current_A * charger->voltage_V * charger->phases;
}

static void show_draw(struct charger *charger)
{
    double current_A[3] = {0};

    if (!charger->device->place)
        return;
    for (unsigned i = 0; i < charger->connectors_count; i++)
        for (unsigned phase = 0; phase < charger->phases; phase++)
            current_A[phase] += charger->connectors[i].current_A;
    plant_set_draw(charger->device->place, current_A);
}

// ---- Car ----

static bool may_draw(const struct charger_connector *connector)
{
    const struct charger *charger = connector->charger;

    return charger->device->powered && charger->live && connector->car.plugged &&
           !connector->car.full && !connector->faulted && connector->transaction.local &&
           !connector->transaction.stopped;
}

void charger_car_draw(struct charger_connector *connector)
{
    const struct charger *charger = connector->charger;
    double current_A = fmin(connector->car.current_A, charger->rated_A);
    double missing_Wh;

    if (!may_draw(connector)) {
        timer_stop(&connector->car_timer);
        if (connector->current_A > 0) {
            set_power(connector, 0);
            show_draw(connector->charger);
        }
        return;
    }
    if (connector->current_A == current_A)
        return;
    set_power(connector, current_A);
    show_draw(connector->charger);
    missing_Wh = connector->car.wants_Wh - (connector->meter_Wh - connector->car.from_Wh);
    if (isfinite(missing_Wh) && connector->power_W > 0)
        timer_start(&connector->car_timer,
                    (int64_t)ceil(fmax(missing_Wh, 0) / connector->power_W * NS_PER_H));
}

// The meter shows what the car wanted, to the watt-hour: the timer ends within a nanosecond of it.
static void car_is_full(struct timer *timer, void *user)
{
    struct charger_connector *connector = user;

    (void)timer;
    connector->meter_Wh = connector->car.from_Wh + connector->car.wants_Wh;
    connector->meter_ns = timers_now(connector->charger->device->world.timers);
    connector->car.full = true;
    charger_car_draw(connector);
    if (connector->ended) {
        charger_car_unplug(connector);
        return;
    }
    charger_connector_step(connector);
}

void charger_car_plug(struct charger_connector *connector, double wants_Wh, double current_A)
{
    connector->car = (struct charger_car){
        .plugged = true,
        .full = wants_Wh <= 0,
        .wants_Wh = wants_Wh,
        .from_Wh = charger_meter_Wh(connector),
        .current_A = current_A,
    };
    connector->finishing = false;
    device_event(connector->charger->device, "car %u=plugged", connector->number);
    charger_connector_step(connector);
}

void charger_car_unplug(struct charger_connector *connector)
{
    if (!connector->car.plugged)
        return;
    connector->car.plugged = false;
    charger_car_draw(connector);
    device_event(connector->charger->device, "car %u=unplugged", connector->number);
    charger_connector_step(connector);
}

void charger_car_init(struct charger_connector *connector)
{
    device_timer_init(connector->charger->device, &connector->car_timer, car_is_full, connector);
}

// ---- Mains ----

static void read_mains(struct charger *charger)
{
    struct plant_flow flow;

    charger->live = true;
    charger->voltage_V = NOMINAL_V;
    if (!charger->device->place)
        return;
    plant_read(charger->device->place, &flow);
    charger->live = flow.live;
    charger->voltage_V =
        flow.voltage_pn_V[0] > 0 ? flow.voltage_pn_V[0] : flow.voltage_pp_V[0] / sqrt(3);
}

// Looks again when the one-line is whole: the station falls with its mains and rises with them.
static void mains_changed(struct timer *timer, void *user)
{
    struct charger *charger = user;

    (void)timer;
    read_mains(charger);
    if (!charger->live && charger->device->powered) {
        charger->mains_lost = true;
        device_set_power(charger->device, false);
    } else if (charger->live && charger->mains_lost) {
        charger->mains_lost = false;
        device_set_power(charger->device, true);
    }
}

static void on_flow(void *user, struct plant_node *node)
{
    struct charger *charger = user;
    struct plant_flow flow;

    plant_read(node, &flow);
    if (flow.live != charger->live || (flow.live && !charger->device->powered))
        timer_start(&charger->mains_timer, 0);
}

void charger_mains_init(struct charger *charger)
{
    timer_init(&charger->mains_timer, charger->device->world.timers, NULL, mains_changed, charger);
    read_mains(charger);
    if (charger->device->place)
        plant_watch(charger->device->place, on_flow, charger);
}

void charger_mains_done(struct charger *charger)
{
    timer_stop(&charger->mains_timer);
    if (charger->device->place)
        plant_watch(charger->device->place, NULL, NULL);
}
