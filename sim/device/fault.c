// SPDX-License-Identifier: Apache-2.0
// The device group of the closed list of faults (sim/base/fault_kind.h), a row each: how it begins
// and how it ends. A fault that may last has the parameter `for`; when that is 0 it lasts until it
// is cleared.
#include <assert.h>

#include "sim/base/err.h"
#include "sim/device/clock.h"
#include "sim/device/device.h"
#include "sim/device/store.h"

// A stepped clock stays where sums with it fit 64 bits: 1823 to 2116.
#define CLOCK_MOST_NS (INT64_MAX / 2)

// ---- Down ----

static void crash_start(struct device *device, const double values[])
{
    device_set_crashed(device, true);
    if (values[0] > 0)
        device_supply_next(device, DEVICE_NEXT_START, (int64_t)values[0]);
}

static void crash_end(struct device *device)
{
    device_set_crashed(device, false);
}

static void power_cut_start(struct device *device, const double values[])
{
    device_set_power(device, false);
    if (values[0] > 0)
        device_supply_next(device, DEVICE_NEXT_SUPPLY, (int64_t)values[0]);
}

static void power_cut_end(struct device *device)
{
    device_set_power(device, true);
}

static void restart_start(struct device *device, const double values[])
{
    device_restart(device, (int64_t)values[0]);
}

static void pause_start(struct device *device, const double values[])
{
    device_pause(device, values[0] > 0 ? (int64_t)values[0] : -1);
}

// ---- Clock ----

static void clock_step_start(struct device *device, const double values[])
{
    int64_t utc_ns;

    if (__builtin_add_overflow(device_utc_ns(device), (int64_t)values[0], &utc_ns))
        utc_ns = values[0] < 0 ? -CLOCK_MOST_NS : CLOCK_MOST_NS;
    if (utc_ns > CLOCK_MOST_NS)
        utc_ns = CLOCK_MOST_NS;
    if (utc_ns < -CLOCK_MOST_NS)
        utc_ns = -CLOCK_MOST_NS;
    device_set_utc(device, utc_ns);
}

static void clock_drift_start(struct device *device, const double values[])
{
    device_clock_set_drift(device, values[0]);
    timer_stop(&device->drift_timer);
    if (values[1] > 0)
        timer_start(&device->drift_timer, (int64_t)values[1]);
}

static void clock_drift_end(struct device *device)
{
    timer_stop(&device->drift_timer);
    device_clock_set_drift(device, 0);
}

// ---- Store ----

// Who writes must not be pulled down from inside the write: it may no longer answer, and falls in
// this turn.
static void on_store_cut(void *user)
{
    struct device *device = user;

    device->dying = true;
    device_supply_next(device, DEVICE_NEXT_DIE, 0);
}

static void store_cut_start(struct device *device, const double values[])
{
    store_cut_after(device->store, (uint64_t)values[0], on_store_cut, device);
}

static void store_cut_end(struct device *device)
{
    store_cut_after(device->store, UINT64_MAX, NULL, NULL);
    if (device->dying)
        device_set_power(device, false);
    device_set_power(device, true);
}

// ---- The rows ----

static const struct fault_row {
    void (*start)(struct device *device, const double values[]);
    void (*end)(struct device *device); // NULL when it is over at once.
} rows[FAULT_KINDS] = {
    [FAULT_CLOCK_DRIFT] = {clock_drift_start, clock_drift_end},
    [FAULT_CLOCK_STEP] = {clock_step_start, NULL},
    [FAULT_CRASH] = {crash_start, crash_end},
    [FAULT_PAUSE] = {pause_start, device_resume},
    [FAULT_POWER_CUT] = {power_cut_start, power_cut_end},
    [FAULT_RESTART] = {restart_start, NULL},
    [FAULT_STORE_CUT] = {store_cut_start, store_cut_end},
};

// The defaults, when every parameter has one.
static int default_values(const struct fault_kind *kind, double ret_values[FAULT_PARAMS_MAX])
{
    for (size_t i = 0; i < fault_params_count(kind); i++)
        if (kind->params[i].required)
            return ERR_RANGE;
    fault_values_init(kind, ret_values);
    return 0;
}

int device_fault(struct device *device, enum fault_id kind, const double values[FAULT_PARAMS_MAX])
{
    double own[FAULT_PARAMS_MAX];
    int err;

    assert(device->magic == DEVICE_MAGIC);
    assert(kind < FAULT_KINDS);
    if (!rows[kind].start)
        return ERR_UNSUPPORTED;
    err = values ? fault_values_check(&fault_kinds[kind], values, NULL)
                 : default_values(&fault_kinds[kind], own);
    if (err < 0)
        return err;
    device_event(device, "fault=%s", fault_kinds[kind].name);
    rows[kind].start(device, values ? values : own);
    return 0;
}

int device_fault_clear(struct device *device, enum fault_id kind)
{
    assert(device->magic == DEVICE_MAGIC);
    assert(kind < FAULT_KINDS);
    if (!rows[kind].start)
        return ERR_UNSUPPORTED;
    if (!rows[kind].end)
        return 0;
    device_event(device, "fault=%s cleared", fault_kinds[kind].name);
    rows[kind].end(device);
    return 0;
}
