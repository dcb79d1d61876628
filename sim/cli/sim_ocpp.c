// SPDX-License-Identifier: Apache-2.0
// Who sits at which central system.
#include "sim/cli/sim_ocpp.h"

#include <stdio.h>

#include "devices/environment/environment.h"
#include "sim/base/err.h"

int sim_ocpp_open(struct device *device, struct sim_ocpp *ret, const char **ret_why)
{
    struct device *csms = device;

    ret->link = (struct ocpp_link){.csms = environment_csms(device), .path = ret->path};
    if (!ret->link.csms) {
        if (device_station(device, &ret->site) < 0 || !ret->site.csms) {
            *ret_why = "it is no central system and the site gives it none";
            return ERR_UNREACHABLE;
        }
        csms = device->world.find ? device->world.find(device->world.user, ret->site.csms) : NULL;
        ret->link.csms = csms ? environment_csms(csms) : NULL;
        ret->link.station = ret->site.identity;
    }
    if (!ret->link.csms) {
        *ret_why = "what the site names as its central system is none";
        return ERR_UNREACHABLE;
    }
    snprintf(ret->path, sizeof(ret->path), "central system %s%s%s", csms->id,
             ret->link.station ? ", station " : "", ret->link.station ? ret->link.station : "");
    return 0;
}
