// SPDX-License-Identifier: Apache-2.0
// The table of device families that the build writes from the folders under devices/.
#ifndef SIM_CLI_FAMILIES_H
#define SIM_CLI_FAMILIES_H

#include "sim/device/device.h"

// Every family, sorted by folder name, NULL-terminated.
extern const struct device_family *const families[];

#endif
