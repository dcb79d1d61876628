// SPDX-License-Identifier: Apache-2.0
// What the one `ocpp:` line of a charging station in a site file says, read the same way by the
// station and by the central system that knows it: which central system, under which identity, with
// which password or certificate. `$(index)` in its texts is the member's number in its fleet.
// OCPP-J 1.6 section 6; security white paper edition 3, profiles 0 to 3.
#ifndef SIM_DEVICE_STATION_H
#define SIM_DEVICE_STATION_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/device/device.h"

#define STATION_IDENTITY_ROOM 49 // 48 characters (OCPP 2.0.1 identityString) and NUL.
#define STATION_PASSWORD_ROOM 41 // 40 hexadecimal digits and NUL.
#define STATION_COMMON_NAME_ROOM 65

struct station_site {
    const char *csms;                     // Id of the central system's device; borrowed.
    char identity[STATION_IDENTITY_ROOM]; // `identity`, else the device's id.
    // `password`, else 40 hexadecimal digits drawn from the seed and the identity.
    char password[STATION_PASSWORD_ROOM];
    char common_name[STATION_COMMON_NAME_ROOM]; // `common_name`, else the identity.
    int security;                               // Profile 0 to 3.
};

// Reads `ocpp:` of the device's site entry (keys csms, identity, password, common_name, security;
// default profile 0). Returns 0, ERR_NOT_FOUND without such a line, or ERR_TOO_LONG.
int device_station(const struct device *device, struct station_site *ret);

#endif
