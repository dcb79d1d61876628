// SPDX-License-Identifier: Apache-2.0
// The meter of a device: what the one-line shows at its place, as points of its register image. A
// value is taken anew when a client reads it and it is older than the profile's `timing.ageing`
// says.
#ifndef SIM_DEVICE_METER_H
#define SIM_DEVICE_METER_H

#include "sim/device/device.h"
#include "sim/device/image.h"

#define METER_GROUPS_MAX 8

// Points of one age.
struct meter_group {
    int64_t period_ns;
    sim_time_ns read_ns; // -1: not yet.
};

struct meter {
    struct device *device;
    struct image *image;
    bool behind; // Voltages are measured on the lower side of a breaker: none while it is open.
    struct meter_group groups[METER_GROUPS_MAX];
    size_t groups_count;
    uint8_t group_of[POINT_COUNT]; // From 1; 0: not the meter's.
};

// Makes the meter's points live in `image`. Both are borrowed.
void meter_init(struct meter *meter, struct device *device, struct image *image);

// For the image's refresh hook: true when `point` is the meter's.
bool meter_refresh(struct meter *meter, enum point point);

// The next read of anything takes a new value (the supply came).
void meter_forget(struct meter *meter);

// Who is this: model, serial number, firmware, hardware, label and maker as texts in an image. The
// serial number is the site's `serial`, or drawn: `#` in `pattern` is a digit. Serial number and
// firmware are also kept in the device, for reports.
void device_show_identity(struct device *device, struct image *image, const char *pattern);

#endif
