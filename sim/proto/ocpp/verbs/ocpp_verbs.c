// SPDX-License-Identifier: Apache-2.0
// The list of them.
#include "sim/proto/ocpp/verbs/ocpp_verbs.h"

#include <stddef.h>

const struct verb *const ocpp_verbs[] = {
    &ocpp_call,         &ocpp_change_configuration,
    &ocpp_remote_start, &ocpp_remote_stop,
    &ocpp_reset,        &ocpp_trigger,
    &ocpp_frames,       &ocpp_stations,
    &ocpp_violations,   NULL,
};
