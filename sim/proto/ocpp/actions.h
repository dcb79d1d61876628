// SPDX-License-Identifier: Apache-2.0
// What the files of the action table share: the fields of each action, and the types and
// enumerations that several have. OCPP 1.6 edition 2 section 7.
#ifndef SIM_PROTO_OCPP_ACTIONS_H
#define SIM_PROTO_OCPP_ACTIONS_H

#include "sim/proto/ocpp/message.h"

// Lengths of the string types of section 7 in characters.
#define CI_STRING_20 20
#define CI_STRING_25 25
#define CI_STRING_50 50
#define CI_STRING_255 255
#define CI_STRING_500 500
#define ID_TOKEN CI_STRING_20

#define ACTION(name, symbol, profile, sender, transaction, doc)                                    \
    extern const struct ocpp_field ocpp_##symbol##_req[];                                          \
    extern const struct ocpp_field ocpp_##symbol##_conf[];
#include "sim/proto/ocpp/actions.def"
#undef ACTION

// IdTagInfo, MeterValue, ChargingProfile and ChargingSchedule, and enumerations that several have.
extern const struct ocpp_field ocpp_id_tag_info[];
extern const struct ocpp_field ocpp_meter_value[];
extern const struct ocpp_field ocpp_charging_profile[];
extern const struct ocpp_field ocpp_charging_schedule[];

extern const char *const ocpp_accepted_rejected[];
extern const char *const ocpp_trigger_status[];
extern const char *const ocpp_charging_rate_unit[];
extern const char *const ocpp_charging_profile_purpose[];

#endif
