// SPDX-License-Identifier: Apache-2.0
// From flows to points. A quantity that does not exist on the system (a voltage to a neutral that
// is not there) or that has no meaning now (the frequency of a dead line) has no value.
#include "sim/device/meter.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct view {
    struct plant_flow flow;
    bool voltage; // There is any where the meter looks.
    bool neutral;
};

typedef double meter_fn(const struct view *view, int phase);

static double current(const struct view *view, int phase)
{
    return view->flow.current_A[phase];
}

static double neutral_current(const struct view *view, int phase)
{
    (void)phase;
    return view->flow.neutral_A;
}

static double largest_current(const struct view *view, int phase)
{
    const double *current_A = view->flow.current_A;

    (void)phase;
    return fmax(fmax(current_A[0], current_A[1]), fmax(current_A[2], view->flow.neutral_A));
}

static double between(const struct view *view, int phase)
{
    return view->voltage ? view->flow.voltage_pp_V[phase] : 0;
}

static double to_neutral(const struct view *view, int phase)
{
    return !view->voltage ? 0 : view->neutral ? view->flow.voltage_pn_V[phase] : NAN;
}

static double mean_between(const struct view *view, int phase)
{
    (void)phase;
    return (between(view, 0) + between(view, 1) + between(view, 2)) / 3;
}

static double mean_to_neutral(const struct view *view, int phase)
{
    (void)phase;
    return (to_neutral(view, 0) + to_neutral(view, 1) + to_neutral(view, 2)) / 3;
}

static double largest_voltage(const struct view *view, int phase)
{
    (void)phase;
    return fmax(fmax(between(view, 0), between(view, 1)), between(view, 2));
}

static double smallest_voltage(const struct view *view, int phase)
{
    (void)phase;
    return fmin(fmin(between(view, 0), between(view, 1)), between(view, 2));
}

// Against the mean of the three; none without voltage.
static double unbalance(double value, double mean)
{
    return mean > 0 ? 100 * (value - mean) / mean : NAN;
}

static double unbalance_between(const struct view *view, int phase)
{
    return unbalance(between(view, phase), mean_between(view, 0));
}

static double unbalance_to_neutral(const struct view *view, int phase)
{
    return unbalance(to_neutral(view, phase), mean_to_neutral(view, 0));
}

static double frequency(const struct view *view, int phase)
{
    (void)phase;
    return view->voltage ? view->flow.frequency_Hz : NAN;
}

// Phase 3 stands for the sum in what follows.
static double of_phase(const double values[3], int phase)
{
    return phase < 3 ? values[phase] : values[0] + values[1] + values[2];
}

static double active(const struct view *view, int phase)
{
    return of_phase(view->flow.power_W, phase);
}

static double reactive(const struct view *view, int phase)
{
    return of_phase(view->flow.reactive_var, phase);
}

static double apparent(const struct view *view, int phase)
{
    return of_phase(view->flow.apparent_VA, phase);
}

static double power_factor(const struct view *view, int phase)
{
    double all_VA = apparent(view, phase);

    return all_VA > 0 ? active(view, phase) / all_VA : NAN;
}

static double delivered(const struct view *view, int phase)
{
    (void)phase;
    return view->flow.energy_Wh;
}

static double received(const struct view *view, int phase)
{
    (void)phase;
    return view->flow.energy_received_Wh;
}

static double total_energy(const struct view *view, int phase)
{
    (void)phase;
    return view->flow.energy_Wh + view->flow.energy_received_Wh;
}

static double reactive_energy(const struct view *view, int phase)
{
    (void)phase;
    return view->flow.reactive_varh;
}

static double apparent_energy(const struct view *view, int phase)
{
    (void)phase;
    return view->flow.apparent_VAh;
}

static const struct {
    enum point point;
    meter_fn *value;
    int phase;
} rows[] = {
    {POINT_CURRENT_L1_A, current, 0},
    {POINT_CURRENT_L2_A, current, 1},
    {POINT_CURRENT_L3_A, current, 2},
    {POINT_CURRENT_N_A, neutral_current, 0},
    {POINT_CURRENT_MAX_A, largest_current, 0},
    {POINT_VOLTAGE_L12_V, between, 0},
    {POINT_VOLTAGE_L23_V, between, 1},
    {POINT_VOLTAGE_L31_V, between, 2},
    {POINT_VOLTAGE_L1N_V, to_neutral, 0},
    {POINT_VOLTAGE_L2N_V, to_neutral, 1},
    {POINT_VOLTAGE_L3N_V, to_neutral, 2},
    {POINT_VOLTAGE_MEAN_LL_V, mean_between, 0},
    {POINT_VOLTAGE_MEAN_LN_V, mean_to_neutral, 0},
    {POINT_VOLTAGE_MAX_V, largest_voltage, 0},
    {POINT_VOLTAGE_MIN_V, smallest_voltage, 0},
    {POINT_VOLTAGE_UNBALANCE_L12_PERCENT, unbalance_between, 0},
    {POINT_VOLTAGE_UNBALANCE_L23_PERCENT, unbalance_between, 1},
    {POINT_VOLTAGE_UNBALANCE_L31_PERCENT, unbalance_between, 2},
    {POINT_VOLTAGE_UNBALANCE_L1N_PERCENT, unbalance_to_neutral, 0},
    {POINT_VOLTAGE_UNBALANCE_L2N_PERCENT, unbalance_to_neutral, 1},
    {POINT_VOLTAGE_UNBALANCE_L3N_PERCENT, unbalance_to_neutral, 2},
    {POINT_FREQUENCY_HZ, frequency, 0},
    {POINT_POWER_ACTIVE_L1_W, active, 0},
    {POINT_POWER_ACTIVE_L2_W, active, 1},
    {POINT_POWER_ACTIVE_L3_W, active, 2},
    {POINT_POWER_ACTIVE_TOTAL_W, active, 3},
    {POINT_POWER_REACTIVE_L1_VAR, reactive, 0},
    {POINT_POWER_REACTIVE_L2_VAR, reactive, 1},
    {POINT_POWER_REACTIVE_L3_VAR, reactive, 2},
    {POINT_POWER_REACTIVE_TOTAL_VAR, reactive, 3},
    {POINT_POWER_APPARENT_L1_VA, apparent, 0},
    {POINT_POWER_APPARENT_L2_VA, apparent, 1},
    {POINT_POWER_APPARENT_L3_VA, apparent, 2},
    {POINT_POWER_APPARENT_TOTAL_VA, apparent, 3},
    {POINT_POWER_FACTOR_L1, power_factor, 0},
    {POINT_POWER_FACTOR_L2, power_factor, 1},
    {POINT_POWER_FACTOR_L3, power_factor, 2},
    {POINT_POWER_FACTOR_TOTAL, power_factor, 3},
    {POINT_ENERGY_ACTIVE_DELIVERED_WH, delivered, 0},
    {POINT_ENERGY_ACTIVE_RECEIVED_WH, received, 0},
    {POINT_ENERGY_ACTIVE_TOTAL_WH, total_energy, 0},
    {POINT_ENERGY_REACTIVE_TOTAL_VARH, reactive_energy, 0},
    {POINT_ENERGY_APPARENT_TOTAL_VAH, apparent_energy, 0},
};

static uint8_t group_with(struct meter *meter, int64_t period_ns)
{
    for (size_t i = 0; i < meter->groups_count; i++)
        if (meter->groups[i].period_ns == period_ns)
            return (uint8_t)(i + 1);
    assert(meter->groups_count < METER_GROUPS_MAX);
    meter->groups[meter->groups_count++] =
        (struct meter_group){.period_ns = period_ns, .read_ns = -1};
    return (uint8_t)meter->groups_count;
}

void meter_init(struct meter *meter, struct device *device, struct image *image)
{
    *meter = (struct meter){.device = device, .image = image};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        image_set_live(image, rows[i].point, true);
        meter->group_of[rows[i].point] =
            group_with(meter, profile_ageing_ns(device->profile, rows[i].point));
    }
}

static struct view look(const struct meter *meter)
{
    struct plant_node *place = meter->device->place;
    bool breaker = plant_node_kind(place) == PLANT_BREAKER;
    struct view view;

    plant_read(place, &view.flow);
    view.voltage = view.flow.live && !(breaker && meter->behind && !plant_closed(place));
    view.neutral = view.flow.voltage_pn_V[0] > 0;
    return view;
}

bool meter_refresh(struct meter *meter, enum point point)
{
    uint8_t number = meter->group_of[point];
    struct meter_group *group = &meter->groups[number ? number - 1 : 0];
    sim_time_ns now_ns = timers_now(meter->device->world.timers);
    struct view view;

    if (!number)
        return false;
    if (!meter->device->place ||
        (group->read_ns >= 0 && group->period_ns > 0 && now_ns - group->read_ns < group->period_ns))
        return true;
    view = look(meter);
    group->read_ns = now_ns;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double value;

        if (meter->group_of[rows[i].point] != number)
            continue;
        if (group->period_ns == 0 && rows[i].point != point)
            continue;
        value = rows[i].value(&view, rows[i].phase);
        if (isnan(value))
            image_set_none(meter->image, rows[i].point);
        else
            image_set_number(meter->image, rows[i].point, value);
    }
    return true;
}

void meter_forget(struct meter *meter)
{
    for (size_t i = 0; i < meter->groups_count; i++)
        meter->groups[i].read_ns = -1;
}

void device_show_identity(struct device *device, struct image *image, const char *pattern)
{
    char serial[POINT_TEXT_BYTES_MAX + 1] = "";
    struct point_value told;
    const char *given = yaml_get_text(device->site, "serial", NULL);

    for (size_t i = 0; pattern[i] && i < POINT_TEXT_BYTES_MAX; i++)
        serial[i] = pattern[i] == '#' ? (char)('0' + rng_below(&device->rng, 10)) : pattern[i];
    image_set_text(image, POINT_IDENTITY_SERIAL, given ? given : serial);
    image_set_text(image, POINT_IDENTITY_MODEL, device->model ? device->model->name : "");
    image_set_text(image, POINT_IDENTITY_HARDWARE, device->hardware);
    image_set_text(image, POINT_IDENTITY_LABEL, device->label);
    image_set_text(image, POINT_IDENTITY_NAME, device->label);
    device->firmware = profile_fact_text(device->profile, "firmware.version", "001.000.000");
    image_set_text(image, POINT_IDENTITY_FIRMWARE, device->firmware);
    image_set_text(image, POINT_IDENTITY_VENDOR,
                   profile_fact_text(device->profile, "modbus.identity.VendorName", NULL));
    image_set_text(image, POINT_IDENTITY_VENDOR_URL,
                   profile_fact_text(device->profile, "modbus.identity.VendorUrl", NULL));
    if (image_get(image, POINT_IDENTITY_SERIAL, &told) && told.valid)
        snprintf(device->serial, sizeof(device->serial), "%s", told.text);
}
