// SPDX-License-Identifier: Apache-2.0
// The verbs of the scenario language that speak OCPP from the side of the central system: commands
// to stations, and what crossed the wire. The service they ask a role for is "ocpp", a `struct
// ocpp_link *`.
#ifndef SIM_PROTO_OCPP_VERBS_OCPP_VERBS_H
#define SIM_PROTO_OCPP_VERBS_OCPP_VERBS_H

#include "sim/scenario/verb.h"

extern const struct verb *const ocpp_verbs[]; // NULL-terminated.

// commands.c and look.c, for ocpp_verbs.c.
extern const struct verb ocpp_call, ocpp_change_configuration, ocpp_remote_start, ocpp_remote_stop,
    ocpp_reset, ocpp_trigger;
extern const struct verb ocpp_frames, ocpp_stations, ocpp_violations;

#endif
