// SPDX-License-Identifier: Apache-2.0
// The family of charging stations (Schneider Charge): OCPP 1.6J core profile and remote trigger.
#ifndef DEVICES_CHARGER_CHARGER_H
#define DEVICES_CHARGER_CHARGER_H

#include "sim/device/device.h"

extern const struct device_family charger_family;

#endif
