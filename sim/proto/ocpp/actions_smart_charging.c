// SPDX-License-Identifier: Apache-2.0
// The fields of the SmartCharging profile. OCPP 1.6 edition 2 section 6.
#include "sim/proto/ocpp/actions.h"

static const char *const clear_status[] = {"Accepted", "Unknown", NULL};
static const char *const set_status[] = {"Accepted", "Rejected", "NotSupported", NULL};

const struct ocpp_field ocpp_clear_charging_profile_req[] = {
    {"id", OCPP_INTEGER, .least = OCPP_ANY_INTEGER, .doc = "this one"},
    {"connectorId", OCPP_INTEGER, .doc = "those of this connector, 0 those of the station"},
    {"chargingProfilePurpose", OCPP_ENUM, .values = ocpp_charging_profile_purpose,
     .doc = "those of this purpose"},
    {"stackLevel", OCPP_INTEGER, .doc = "those of this level"},
    {0},
};
const struct ocpp_field ocpp_clear_charging_profile_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = clear_status,
     .doc = "Unknown: nothing fitted"},
    {0},
};

const struct ocpp_field ocpp_get_composite_schedule_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .doc = "0 for all of the station"},
    {"duration", OCPP_INTEGER, .required = true, .doc = "for how many seconds"},
    {"chargingRateUnit", OCPP_ENUM, .values = ocpp_charging_rate_unit,
     .doc = "the unit wanted; the station's choice, unless given"},
    {0},
};
const struct ocpp_field ocpp_get_composite_schedule_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "whether it can tell"},
    {"connectorId", OCPP_INTEGER, .doc = "as asked"},
    {"scheduleStart", OCPP_DATETIME, .doc = "what its times count from"},
    {"chargingSchedule", OCPP_OBJECT, .fields = ocpp_charging_schedule,
     .doc = "the limits over time"},
    {0},
};

const struct ocpp_field ocpp_set_charging_profile_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .doc = "0 for all of the station"},
    {"csChargingProfiles", OCPP_OBJECT, .required = true, .fields = ocpp_charging_profile,
     .doc = "one profile, in spite of its name"},
    {0},
};
const struct ocpp_field ocpp_set_charging_profile_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = set_status, .doc = "whether it is in force"},
    {0},
};
