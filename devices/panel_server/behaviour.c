// SPDX-License-Identifier: Apache-2.0
// The Panel Server itself: identity, clock, health, digital inputs (DOCA0241EN-06, registers of the
// gateway). Which model has which interface stands in the profile's models. The gateway is in
// wire_modbus*.c.
//
// Not here yet: wireless devices, publication, cloud.
#include "devices/panel_server/state.h"

#include <stdlib.h>

// UNVERIFIED(no source): the form of a serial number.
#define SERIAL_PATTERN "PS##########"
#define HEALTH_NOMINAL 0
#define INPUT_MODE_PULSE 0

// The points of one digital input.
struct input_points {
    enum point pulses, pulses_partial, pulses_reset_utc;
    enum point operations, operations_partial, operations_reset_utc;
    enum point electrical_status, status, mode;
};

static const struct input_points inputs[PANEL_INPUTS_MAX] = {
    {POINT_DI1_PULSES, POINT_DI1_PULSES_PARTIAL, POINT_DI1_PULSES_RESET_UTC, POINT_DI1_OPERATIONS,
     POINT_DI1_OPERATIONS_PARTIAL, POINT_DI1_OPERATIONS_RESET_UTC, POINT_DI1_ELECTRICAL_STATUS,
     POINT_DI1_STATUS, POINT_DI1_MODE},
    {POINT_DI2_PULSES, POINT_DI2_PULSES_PARTIAL, POINT_DI2_PULSES_RESET_UTC, POINT_DI2_OPERATIONS,
     POINT_DI2_OPERATIONS_PARTIAL, POINT_DI2_OPERATIONS_RESET_UTC, POINT_DI2_ELECTRICAL_STATUS,
     POINT_DI2_STATUS, POINT_DI2_MODE},
};

static int64_t integer_of(const struct panel *panel, enum point point)
{
    struct point_value value;

    return image_get(panel->image, point, &value) && value.valid ? value.integer : 0;
}

static void add_to(struct panel *panel, enum point point, int64_t count)
{
    image_set_integer(panel->image, point, integer_of(panel, point) + count);
}

void panel_input_pulse(struct panel *panel, unsigned input, int64_t count)
{
    const struct input_points *points = &inputs[input - 1];

    if (!device_alive(panel->device))
        return; // Nobody counts.
    add_to(panel, points->pulses, count);
    add_to(panel, points->pulses_partial, count);
    add_to(panel, points->operations, count);
    add_to(panel, points->operations_partial, count);
    device_event(panel->device, "di%u.pulses=%lld", input,
                 (long long)integer_of(panel, points->pulses));
}

void panel_input_level(struct panel *panel, unsigned input, bool high)
{
    const struct input_points *points = &inputs[input - 1];
    bool was = integer_of(panel, points->electrical_status) != 0;

    image_set_integer(panel->image, points->electrical_status, high);
    image_set_integer(panel->image, points->status, high);
    if (high && !was)
        panel_input_pulse(panel, input, 1);
}

static void refresh(void *user, enum point point)
{
    struct panel *panel = user;

    if (point == POINT_CLOCK_UTC)
        image_set_integer(panel->image, point, device_utc_ns(panel->device));
}

// A partial counter that is written is reset or preset, and remembers when.
static uint8_t written(void *user, int point, uint16_t address, const struct point_value *value)
{
    struct panel *panel = user;
    int64_t now_ns = device_utc_ns(panel->device);

    (void)address;
    if (point == POINT_CLOCK_UTC)
        device_set_utc(panel->device, value->integer);
    for (unsigned i = 0; i < panel->inputs; i++) {
        if (point == (int)inputs[i].pulses_partial)
            image_set_integer(panel->image, inputs[i].pulses_reset_utc, now_ns);
        if (point == (int)inputs[i].operations_partial)
            image_set_integer(panel->image, inputs[i].operations_reset_utc, now_ns);
    }
    return 0;
}

static const struct image_hooks image_hooks = {.refresh = refresh, .written = written};

// ---- The device ----

// As they leave the factory, before anything is written down.
static void start_inputs(struct panel *panel)
{
    for (unsigned i = 0; i < panel->inputs; i++) {
        const enum point counters[] = {inputs[i].pulses,
                                       inputs[i].pulses_partial,
                                       inputs[i].operations,
                                       inputs[i].operations_partial,
                                       inputs[i].electrical_status,
                                       inputs[i].status};

        for (size_t k = 0; k < sizeof(counters) / sizeof(counters[0]); k++)
            image_set_integer(panel->image, counters[k], integer_of(panel, counters[k]));
        image_set_integer(panel->image, inputs[i].mode, INPUT_MODE_PULSE);
    }
}

static int init(struct device *device, struct diag *diag)
{
    struct panel *panel = panel_of(device);
    const char *inputs_cell = profile_model_cell(device->profile, device->model, "di");
    int err = panel_check_site(device, diag);

    if (err < 0)
        return err;
    panel->device = device;
    panel->inputs = inputs_cell ? (unsigned)atoi(inputs_cell) : 0;
    if (panel->inputs > PANEL_INPUTS_MAX)
        panel->inputs = PANEL_INPUTS_MAX;
    panel->image = image_new(device->profile, device->model, "self", &image_hooks, panel);
    image_set_live(panel->image, POINT_CLOCK_UTC, true);
    device_show_identity(device, panel->image, SERIAL_PATTERN);
    image_set_text(panel->image, POINT_IDENTITY_RANGE,
                   profile_model_cell(device->profile, device->model, "range"));
    image_set_text(panel->image, POINT_IDENTITY_FAMILY, profile_title(device->profile));
    start_inputs(panel);
    image_bind_store(panel->image, device->store);
    panel->chip = chip_new(device);
    panel->audit = audit_new(device);
    panel->accounts = accounts_new(device, panel->chip, panel->audit);
    panel_modbus_init(panel);
    panel_https_init(panel);
    return 0;
}

static void done(struct device *device)
{
    struct panel *panel = panel_of(device);

    panel_https_done(panel);
    panel_modbus_done(panel);
    accounts_free(&panel->accounts);
    audit_free(&panel->audit);
    chip_free(&panel->chip);
    image_free(&panel->image);
}

// The audit log notes the start before anybody is served (PS-403).
static void start(struct panel *panel)
{
    image_restore(panel->image);
    image_set_integer(panel->image, POINT_DEVICE_HEALTH, HEALTH_NOMINAL);
    panel_settings_load(panel);
    audit_load(panel->audit);
    accounts_load(panel->accounts);
}

static void power(struct device *device, bool on)
{
    struct panel *panel = panel_of(device);

    if (on)
        start(panel);
    else
        panel_https_power(panel, false);
    panel_modbus_power(panel, on);
    if (on)
        panel_https_power(panel, true);
    else
        image_lose_power(panel->image);
}

const struct device_family panel_server_family = {
    .name = "panel_server",
    .title = "EcoStruxure Panel Server",
    .doc = "Gateway of a switchboard: Modbus TCP upstream; serial line, Modbus TCP and radio "
           "downstream; two digital inputs on some models.",
    .state_size = sizeof(struct panel),
    .site_options = &panel_site_options,
    .init = init,
    .done = done,
    .power = power,
    .verbs = panel_verbs,
};
