// SPDX-License-Identifier: Apache-2.0
// The service "ocpp" of a role of the simulator: the operator's seat at the site's central system.
#ifndef SIM_CLI_SIM_OCPP_H
#define SIM_CLI_SIM_OCPP_H

#include "sim/device/station.h"
#include "sim/proto/ocpp/link.h"

#define SIM_OCPP_PATH_ROOM 128

// What a link points to, kept by its role.
struct sim_ocpp {
    struct ocpp_link link;
    struct station_site site;
    char path[SIM_OCPP_PATH_ROOM];
};

// Fills `ret` for a central system or for a station that one knows. Returns 0, or ERR_UNREACHABLE
// with *ret_why set to a sentence.
int sim_ocpp_open(struct device *device, struct sim_ocpp *ret, const char **ret_why);

#endif
