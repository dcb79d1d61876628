// SPDX-License-Identifier: Apache-2.0
// What surrounds the devices of a site. So far: the central system of its charging stations.
#ifndef DEVICES_ENVIRONMENT_ENVIRONMENT_H
#define DEVICES_ENVIRONMENT_ENVIRONMENT_H

#include "sim/device/device.h"

struct csms;

extern const struct device_family environment_family;

// The mind of a central system, for the wire verbs of its operator; NULL for any other device.
// Borrowed; it lives as long as the device, with or without supply.
struct csms *environment_csms(struct device *device);

#endif
