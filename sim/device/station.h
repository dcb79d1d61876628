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

// Where and under which name a station's central system is called: by its profile's service `ocpp`
// (profiles 0 and 1), `ocpp-tls` (2) or `ocpp-mutual` (3), one port each, since one port has one
// security profile (white paper, FR.006).
#define STATION_HOST_NAME_ROOM 129
struct station_csms {
    struct device *device;
    struct address at;
    char name[STATION_HOST_NAME_ROOM]; // Host header, SNI, and the CN of its certificate.
};

// Reads `ocpp:` of the device's site entry (keys csms, identity, password, common_name, security;
// default profile 0). Returns 0, ERR_NOT_FOUND without such a line, or ERR_TOO_LONG.
int device_station(const struct device *device, struct station_site *ret);

// The central system of the site that the line names. Returns 0, or ERR_NOT_FOUND when the site has
// no such device or it has no address.
int device_station_csms(const struct device *device, const struct station_site *site,
                        struct station_csms *ret);

// The name of a central system: `host_name` of its site entry, else its id and ".test".
const char *device_csms_name(const struct device *csms, char ret[STATION_HOST_NAME_ROOM]);

// Its port for a security profile (0 to 3).
uint16_t device_csms_port(const struct device *csms, int security);

#endif
