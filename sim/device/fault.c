// SPDX-License-Identifier: Apache-2.0
// The device faults of the scenario language, a row each: what it does, its arguments, how it
// begins and how it ends. A fault that may last takes `for`; without it, it lasts until it is
// cleared.
#include <assert.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/device/clock.h"
#include "sim/device/device.h"
#include "sim/device/store.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define FIELD_FOR                                                                                  \
    {                                                                                              \
        .name = "for", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS,                              \
        .doc = "How long; without it until it is cleared.", .example = "30s"                       \
    }

static int64_t for_ns(const struct yaml_node *arguments)
{
    return schema_time_ns(yaml_get(arguments, "for"), -1);
}

// ---- Down ----

static const struct schema_field lasting_fields[] = {FIELD_FOR};
static const struct schema lasting = {
    .name = "fault for a time",
    .doc = "How long a fault of a device lasts.",
    .fields = lasting_fields,
    .fields_count = COUNT_OF(lasting_fields),
};

static void crash_start(struct device *device, const struct yaml_node *arguments)
{
    device_set_crashed(device, true);
    if (for_ns(arguments) >= 0)
        device_supply_next(device, DEVICE_NEXT_START, for_ns(arguments));
}

static void crash_end(struct device *device)
{
    device_set_crashed(device, false);
}

static void power_cut_start(struct device *device, const struct yaml_node *arguments)
{
    device_set_power(device, false);
    if (for_ns(arguments) >= 0)
        device_supply_next(device, DEVICE_NEXT_SUPPLY, for_ns(arguments));
}

static void power_cut_end(struct device *device)
{
    device_set_power(device, true);
}

static const struct schema_field restart_fields[] = {
    {.name = "down",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "1s",
     .doc = "How long it is away.",
     .example = "40s"},
};
static const struct schema restart = {
    .name = "restart",
    .doc = "A restart of a device.",
    .fields = restart_fields,
    .fields_count = COUNT_OF(restart_fields),
};

static void restart_start(struct device *device, const struct yaml_node *arguments)
{
    device_restart(device, schema_time_ns(yaml_get(arguments, "down"), SIM_NS_PER_S));
}

static void pause_start(struct device *device, const struct yaml_node *arguments)
{
    device_pause(device, for_ns(arguments));
}

// ---- Clock ----

static const struct schema_field clock_step_fields[] = {
    {.name = "by",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .doc = "How far forward.",
     .example = "1h"},
    {.name = "back",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .doc = "How far back.",
     .example = "1h"},
    {.name = "to",
     .type = SCHEMA_UTC,
     .doc = "The date and time it shows then.",
     .example = "2031-01-01T00:00:00Z"},
};
static const struct schema clock_step = {
    .name = "clock step",
    .doc = "The device's own clock is set, forward, back or to a time.",
    .fields = clock_step_fields,
    .fields_count = COUNT_OF(clock_step_fields),
};

static void clock_step_start(struct device *device, const struct yaml_node *arguments)
{
    const char *to = yaml_get_text(arguments, "to", NULL);
    int64_t utc_ns = device_utc_ns(device);

    if (to)
        (void)units_parse_utc(to, &utc_ns);
    utc_ns += schema_time_ns(yaml_get(arguments, "by"), 0);
    utc_ns -= schema_time_ns(yaml_get(arguments, "back"), 0);
    device_set_utc(device, utc_ns);
}

static const struct schema_field clock_drift_fields[] = {
    {.name = "ppm",
     .type = SCHEMA_NUMBER,
     .required = true,
     .low = -1000000,
     .high = 1000000,
     .doc = "What it gains in parts per million; negative: loses.",
     .example = "50"},
    FIELD_FOR,
};
static const struct schema clock_drift = {
    .name = "clock drift",
    .doc = "The device's own clock runs fast or slow.",
    .fields = clock_drift_fields,
    .fields_count = COUNT_OF(clock_drift_fields),
};

static void clock_drift_start(struct device *device, const struct yaml_node *arguments)
{
    device_clock_set_drift(device, schema_number(yaml_get(arguments, "ppm"), 0));
    if (for_ns(arguments) >= 0)
        timer_start(&device->drift_timer, for_ns(arguments));
}

static void clock_drift_end(struct device *device)
{
    timer_stop(&device->drift_timer);
    device_clock_set_drift(device, 0);
}

// ---- Store ----

static const struct schema_field store_cut_fields[] = {
    {.name = "after",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = STORE_BYTES_MAX,
     .otherwise = "0",
     .doc = "How many more bytes reach the flash before the supply goes.",
     .example = "17"},
};
static const struct schema store_cut = {
    .name = "store cut",
    .doc = "The supply goes in the middle of the next write to flash.",
    .fields = store_cut_fields,
    .fields_count = COUNT_OF(store_cut_fields),
};

// Who writes must not be pulled down from inside the write: it may no longer answer, and falls in
// this turn.
static void on_store_cut(void *user)
{
    struct device *device = user;

    device->dying = true;
    device_supply_next(device, DEVICE_NEXT_DIE, 0);
}

static void store_cut_start(struct device *device, const struct yaml_node *arguments)
{
    store_cut_after(device->store, (uint64_t)schema_integer(yaml_get(arguments, "after"), 0),
                    on_store_cut, device);
}

static void store_cut_end(struct device *device)
{
    store_cut_after(device->store, UINT64_MAX, NULL, NULL);
    if (device->dying)
        device_set_power(device, false);
    device_set_power(device, true);
}

// ---- The table ----

const struct device_fault_kind device_fault_kinds[] = {
    {"clock-drift", "Its clock runs fast or slow.", &clock_drift, true, clock_drift_start,
     clock_drift_end},
    {"clock-step", "Its clock is set to another time.", &clock_step, false, clock_step_start, NULL},
    {"crash", "Its firmware stops: nothing answers, supply or not.", &lasting, true, crash_start,
     crash_end},
    {"pause", "It freezes: its timers wait, what comes to its ports waits too.", &lasting, true,
     pause_start, device_resume},
    {"power-cut", "Its supply goes; everything volatile is lost.", &lasting, true, power_cut_start,
     power_cut_end},
    {"restart", "It goes down and comes up again.", &restart, false, restart_start, NULL},
    {"store-cut", "Its supply goes while it writes to flash.", &store_cut, true, store_cut_start,
     store_cut_end},
};
const size_t device_fault_kinds_count = COUNT_OF(device_fault_kinds);

static const struct device_fault_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < device_fault_kinds_count; i++)
        if (strcmp(device_fault_kinds[i].name, name) == 0)
            return &device_fault_kinds[i];
    return NULL;
}

int device_fault(struct device *device, const char *kind, const struct yaml_node *arguments)
{
    const struct device_fault_kind *row = find_kind(kind);

    assert(device->magic == DEVICE_MAGIC);
    if (!row)
        return ERR_NOT_FOUND;
    for (size_t i = 0; row->with && i < row->with->fields_count; i++)
        if (row->with->fields[i].required && !yaml_get(arguments, row->with->fields[i].name))
            return ERR_RANGE;
    device_event(device, "fault=%s", row->name);
    row->start(device, arguments);
    return 0;
}

int device_fault_clear(struct device *device, const char *kind)
{
    const struct device_fault_kind *row = find_kind(kind);

    if (!row)
        return ERR_NOT_FOUND;
    if (!row->end)
        return 0;
    device_event(device, "fault=%s cleared", row->name);
    row->end(device);
    return 0;
}
