// SPDX-License-Identifier: Apache-2.0
// What the world may do to any device: give it supply and take it away, look at its clock.
#include <stddef.h>

#include "sim/base/units.h"
#include "sim/cli/verbs.h"
#include "sim/device/device.h"

#define COMMON_TIMEOUT_NS (10 * SIM_NS_PER_S)

static void power_on_start(struct op *op)
{
    device_set_power(op_device(op), true);
    op_finish(op);
}

static void power_off_start(struct op *op)
{
    device_set_power(op_device(op), false);
    op_finish(op);
}

static const struct verb power_on = {
    .name = "power.on",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = COMMON_TIMEOUT_NS,
    .doc = "Gives the device supply; nothing happens when it has some.",
    .start = power_on_start,
};

static const struct verb power_off = {
    .name = "power.off",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = COMMON_TIMEOUT_NS,
    .doc = "Takes the supply of the device away; what it had not stored is lost.",
    .start = power_off_start,
};

static const struct schema_field clock_result_fields[] = {
    {.name = "error",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .expression = true,
     .doc = "The device's clock minus true time."},
    {.name = "utc", .type = SCHEMA_TEXT, .expression = true, .doc = "What its clock says."},
};
static const struct schema clock_results = {
    .name = "clock.read expect",
    .fields = clock_result_fields,
    .fields_count = sizeof(clock_result_fields) / sizeof(clock_result_fields[0]),
};

static void clock_read_start(struct op *op)
{
    struct device *device = op_device(op);
    int64_t utc_ns = device_utc_ns(device);
    char text[UNITS_TEXT_ROOM];

    op_set_time(op, "error", utc_ns - device->world.utc_ns(device->world.user));
    op_set_text(op, "utc", units_utc_text(utc_ns, text));
    op_finish(op);
}

static const struct verb clock_read = {
    .name = "clock.read",
    .door = VERB_WORLD,
    .use = VERB_BOTH,
    .timeout_ns = COMMON_TIMEOUT_NS,
    .doc = "Looks at the device's own clock, as its display would show it.",
    .results = &clock_results,
    .start = clock_read_start,
};

const struct verb *const common_verbs[] = {
    &power_on,
    &power_off,
    &clock_read,
    NULL,
};
