// SPDX-License-Identifier: Apache-2.0
// The inside of a device's life that its files share: the clock and the steps of faults. Families
// use device.h.
#ifndef SIM_DEVICE_CLOCK_H
#define SIM_DEVICE_CLOCK_H

#include "sim/device/device.h"

// Reads the clock's facts; the clock is right.
void device_clock_init(struct device *device);

// The supply is back: the RTC may have run out meanwhile.
void device_clock_start(struct device *device);

// The supply comes or goes: monotonic time runs or stands.
void device_clock_supply(struct device *device, bool on);

// From now on the clock gains `ppm` (loses, when negative).
void device_clock_set_drift(struct device *device, double ppm);

// Holds the device for `for_ns`, without end when negative; lets it run on.
void device_pause(struct device *device, int64_t for_ns);
void device_resume(struct device *device);

// Down without the supply's doing, until set to false again.
void device_set_crashed(struct device *device, bool crashed);

// What the supply does after `after_ns`.
void device_supply_next(struct device *device, enum device_next next, int64_t after_ns);

#endif
