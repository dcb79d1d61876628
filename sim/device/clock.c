// SPDX-License-Identifier: Apache-2.0
// The three times of a device: monotonic time stands without supply, the RTC runs on for as long as
// the profile says, drifts, and is lost after that; UTC is what the RTC shows. A lost clock starts
// at the profile's `clock.epoch`. The count of monotonic time lies in the RTC's backup registers,
// where the supply's end finds it; it is lost with the RTC.
#include "sim/device/clock.h"

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/units.h"

#define EPOCH_NS                                                                                   \
    INT64_C(946684800000000000) // 2000-01-01, the first date of the vendors' registers.

static int64_t true_utc_ns(const struct device *device)
{
    return device->world.utc_ns ? device->world.utc_ns(device->world.user)
                                : timers_now(device->world.timers);
}

static int64_t drifted_ns(const struct device *device)
{
    sim_time_ns for_ns = timers_now(device->world.timers) - device->clock_drift_since_ns;

    return (int64_t)((double)for_ns * device->clock_drift_ppm / 1e6);
}

int64_t device_utc_ns(const struct device *device)
{
    return true_utc_ns(device) + device->clock_offset_ns + drifted_ns(device);
}

void device_set_utc(struct device *device, int64_t utc_ns)
{
    device->clock_offset_ns = utc_ns - true_utc_ns(device);
    device->clock_drift_since_ns = timers_now(device->world.timers);
    device->clock_lost = false;
}

void device_clock_set_drift(struct device *device, double ppm)
{
    device->clock_offset_ns += drifted_ns(device);
    device->clock_drift_since_ns = timers_now(device->world.timers);
    device->clock_drift_ppm = ppm;
}

static void drift_over(struct timer *timer, void *user)
{
    (void)timer;
    device_clock_set_drift(user, 0);
}

void device_clock_init(struct device *device)
{
    device->clock_retention_ns =
        profile_fact_time_ns(device->profile, "clock.retention", SIM_TIME_NEVER);
    device->clock_drift_since_ns = timers_now(device->world.timers);
    device->unpowered_since_ns = device->clock_drift_since_ns;
    timer_init(&device->drift_timer, device->world.timers, NULL, drift_over, device);
}

int64_t device_monotonic_ns(const struct device *device)
{
    int64_t before_ns = device->monotonic_before_ns;

    return device->supplied
               ? before_ns + timers_now(device->world.timers) - device->monotonic_since_ns
               : before_ns;
}

void device_clock_supply(struct device *device, bool on)
{
    if (device->supplied == on)
        return;
    device->monotonic_before_ns = device_monotonic_ns(device);
    device->monotonic_since_ns = timers_now(device->world.timers);
}

void device_clock_start(struct device *device)
{
    sim_time_ns off_ns = timers_now(device->world.timers) - device->unpowered_since_ns;
    int64_t epoch_ns = EPOCH_NS;

    if (off_ns <= device->clock_retention_ns)
        return;
    (void)units_parse_utc(profile_fact_text(device->profile, "clock.epoch", ""), &epoch_ns);
    device_set_utc(device, epoch_ns);
    device->clock_lost = true;
    device->monotonic_before_ns = 0;
    device->monotonic_since_ns = timers_now(device->world.timers);
    device->monotonic_count++;
    device_event(device, "clock=lost");
}
