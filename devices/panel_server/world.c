// SPDX-License-Identifier: Apache-2.0
// What the world may do to a Panel Server: its digital inputs, its Restart button, and what its
// owner sets in the settings pages, as long as a scenario does not go through those pages.
#include "devices/panel_server/state.h"

#include <string.h>

#include "sim/base/err.h"
#include "sim/scenario/verb.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// UNVERIFIED(no source): how long a restart takes.
#define RESTART_NS (40 * SIM_NS_PER_S)

// The digital input an op names; ends the op and gives 0 when the model has none such.
static unsigned input_of(struct op *op)
{
    const struct panel *panel = panel_of(op_device(op));
    int64_t input = op_integer(op, "input", 1);

    if (input >= 1 && input <= panel->inputs)
        return (unsigned)input;
    op_not_applicable(op, "this model has no digital input %lld", (long long)input);
    return 0;
}

#define FIELD_INPUT                                                                                \
    {                                                                                              \
        .name = "input", .type = SCHEMA_INTEGER, .low = 1, .high = PANEL_INPUTS_MAX,               \
        .expression = true, .otherwise = "1", .doc = "Which digital input."                        \
    }

// ---- di.pulse ----

static const struct schema_field pulse_fields[] = {
    FIELD_INPUT,
    {.name = "count",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 1000000000,
     .expression = true,
     .otherwise = "1",
     .doc = "How many pulses.",
     .example = "10"},
};
static const struct schema pulse_with = {
    .name = "di.pulse arguments",
    .doc = "Pulses of a meter for water, air, gas, electricity or steam.",
    .fields = pulse_fields,
    .fields_count = COUNT_OF(pulse_fields),
};

static void pulse_start(struct op *op)
{
    unsigned input = input_of(op);

    if (!input)
        return;
    panel_input_pulse(panel_of(op_device(op)), input, op_integer(op, "count", 1));
    op_finish(op);
}

static const struct verb pulse = {
    .name = "di.pulse",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Gives pulses on a digital input. Nobody counts them while the device is off.",
    .with = &pulse_with,
    .start = pulse_start,
};

// ---- di.level ----

static const char *const levels[] = {"low", "high", NULL};
static const struct schema_field level_fields[] = {
    FIELD_INPUT,
    {.name = "level",
     .type = SCHEMA_CHOICE,
     .choices = levels,
     .required = true,
     .expression = true,
     .doc = "low or high.",
     .example = "high"},
};
static const struct schema level_with = {
    .name = "di.level arguments",
    .doc = "The level at a digital input.",
    .fields = level_fields,
    .fields_count = COUNT_OF(level_fields),
};

static void level_start(struct op *op)
{
    unsigned input = input_of(op);

    if (!input)
        return;
    panel_input_level(panel_of(op_device(op)), input,
                      strcmp(op_text(op, "level", "low"), "high") == 0);
    op_finish(op);
}

static const struct verb level = {
    .name = "di.level",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Holds a digital input high or low; a rise counts as one operation.",
    .with = &level_with,
    .start = level_start,
};

// ---- panel.restart ----

static void restart_start(struct op *op)
{
    struct device *device = op_device(op);

    device_restart(device, profile_fact_time_ns(device->profile, "timing.restart", RESTART_NS));
    op_finish(op);
}

static const struct verb restart = {
    .name = "panel.restart",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Presses the Restart button shortly: the device goes down and comes up again.",
    .start = restart_start,
};

// ---- service.modbus, service.https ----

static const char *const interfaces[] = {"eth", "eth1", "eth2", "wifi", "ap", NULL};
static const char *const states[] = {"on", "off", NULL};
static const struct schema_field service_fields[] = {
    {.name = "interface",
     .type = SCHEMA_CHOICE,
     .choices = interfaces,
     .expression = true,
     .otherwise = "eth",
     .doc = "eth in switched topology; eth1, eth2 in separated topology; wifi; ap.",
     .example = "eth2"},
    {.name = "state",
     .type = SCHEMA_CHOICE,
     .choices = states,
     .required = true,
     .expression = true,
     .doc = "on or off.",
     .example = "off"},
};
static const struct schema service_with = {
    .name = "service arguments",
    .doc = "Where a service is switched.",
    .fields = service_fields,
    .fields_count = COUNT_OF(service_fields),
};

static void set_service(struct op *op, enum panel_service service)
{
    const char *interface = op_text(op, "interface", "eth");
    struct panel *panel = panel_of(op_device(op));
    int err;

    if (!device_alive(panel->device)) {
        op_fail(op, ERR_UNREACHABLE, "the device is off: nobody can set anything");
        return;
    }
    err =
        panel_set_service(panel, service, interface, strcmp(op_text(op, "state", "on"), "on") == 0);
    if (err == ERR_NOT_FOUND)
        op_not_applicable(op, "this device has no interface %s", interface);
    else if (err == ERR_UNSUPPORTED)
        op_not_applicable(op, "there is no such setting for %s", interface);
    else if (err == ERR_REFUSED)
        op_fail(op, err, "%s is the last interface with HTTPS: it stays on", interface);
    else if (err < 0)
        op_fail(op, err, "the setting could not be written: %s", err_text(err));
    else
        op_finish(op);
}

static void service_modbus_start(struct op *op)
{
    set_service(op, PANEL_MODBUS);
}

static void service_https_start(struct op *op)
{
    set_service(op, PANEL_HTTPS);
}

static const struct verb service_modbus = {
    .name = "service.modbus",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "What the owner sets in the settings pages: the Modbus service of one interface. The "
           "setting survives loss of supply.",
    .with = &service_with,
    .start = service_modbus_start,
};

static const struct verb service_https = {
    .name = "service.https",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "What the owner sets in the settings pages: the web pages on one interface. The last "
           "interface keeps them. The setting survives loss of supply.",
    .with = &service_with,
    .start = service_https_start,
};

const struct verb *const panel_verbs[] = {&level,         &pulse,          &restart,
                                          &service_https, &service_modbus, NULL};
