// SPDX-License-Identifier: Apache-2.0
// Types and enumerations that several actions have. OCPP 1.6 edition 2 section 7.
#include "sim/proto/ocpp/actions.h"

const char *const ocpp_accepted_rejected[] = {"Accepted", "Rejected", NULL};
const char *const ocpp_trigger_status[] = {"Accepted", "Rejected", "NotImplemented", NULL};
const char *const ocpp_charging_rate_unit[] = {"A", "W", NULL};
const char *const ocpp_charging_profile_purpose[] = {"ChargePointMaxProfile", "TxDefaultProfile",
                                                     "TxProfile", NULL};

static const char *const authorization_status[] = {"Accepted", "Blocked",      "Expired",
                                                   "Invalid",  "ConcurrentTx", NULL};
static const char *const charging_profile_kind[] = {"Absolute", "Recurring", "Relative", NULL};
static const char *const recurrency_kind[] = {"Daily", "Weekly", NULL};

static const char *const reading_context[] = {
    "Interruption.Begin", "Interruption.End", "Other",   "Sample.Clock", "Sample.Periodic",
    "Transaction.Begin",  "Transaction.End",  "Trigger", NULL,
};
static const char *const value_format[] = {"Raw", "SignedData", NULL};
static const char *const measurand[] = {
    "Current.Export",
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Register",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Register",
    "Energy.Active.Export.Interval",
    "Energy.Active.Import.Interval",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Import.Interval",
    "Frequency",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "RPM",
    "SoC",
    "Temperature",
    "Voltage",
    NULL,
};
static const char *const phase[] = {
    "L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1", NULL,
};
static const char *const location[] = {"Body", "Cable", "EV", "Inlet", "Outlet", NULL};
// The schema of edition 2 keeps the first edition's "Celcius" beside the right spelling.
static const char *const unit_of_measure[] = {
    "Wh",   "kWh", "varh", "kvarh", "W",       "kW",      "VA",         "kVA",     "var",
    "kvar", "A",   "V",    "K",     "Celsius", "Celcius", "Fahrenheit", "Percent", NULL,
};

const struct ocpp_field ocpp_id_tag_info[] = {
    {"expiryDate", OCPP_DATETIME, .doc = "when the tag leaves the authorization cache"},
    {"parentIdTag", OCPP_TEXT, .length_max = ID_TOKEN, .doc = "the group of the tag"},
    {"status", OCPP_ENUM, .required = true, .values = authorization_status,
     .doc = "whether the tag may charge"},
    {0},
};

static const struct ocpp_field sampled_value[] = {
    {"value", OCPP_TEXT, .required = true, .doc = "a number as text, or signed data"},
    {"context", OCPP_ENUM, .values = reading_context, .doc = "why it was read: Sample.Periodic"},
    {"format", OCPP_ENUM, .values = value_format, .doc = "Raw, unless given"},
    {"measurand", OCPP_ENUM, .values = measurand,
     .doc = "Energy.Active.Import.Register, unless given"},
    {"phase", OCPP_ENUM, .values = phase, .doc = "of which phase; of all, unless given"},
    {"location", OCPP_ENUM, .values = location, .doc = "where; Outlet, unless given"},
    {"unit", OCPP_ENUM, .values = unit_of_measure, .doc = "Wh for an energy, unless given"},
    {0},
};

const struct ocpp_field ocpp_meter_value[] = {
    {"timestamp", OCPP_DATETIME, .required = true, .doc = "when it was read"},
    {"sampledValue", OCPP_OBJECT, .required = true, .list = true, .fields = sampled_value,
     .doc = "what was read"},
    {0},
};

static const struct ocpp_field charging_schedule_period[] = {
    {"startPeriod", OCPP_INTEGER, .required = true, .doc = "seconds from the schedule's start"},
    {"limit", OCPP_DECIMAL, .required = true, .tenths = true, .doc = "in chargingRateUnit"},
    {"numberPhases", OCPP_INTEGER, .doc = "that may be used; 3, unless given"},
    {0},
};

const struct ocpp_field ocpp_charging_schedule[] = {
    {"duration", OCPP_INTEGER, .doc = "in seconds; the last period goes on without it"},
    {"startSchedule", OCPP_DATETIME, .doc = "of an absolute schedule"},
    {"chargingRateUnit", OCPP_ENUM, .required = true, .values = ocpp_charging_rate_unit,
     .doc = "of the limits"},
    {"chargingSchedulePeriod", OCPP_OBJECT, .required = true, .list = true,
     .fields = charging_schedule_period, .doc = "the limits one after the other"},
    {"minChargingRate", OCPP_DECIMAL, .tenths = true, .doc = "below which the car wastes energy"},
    {0},
};

const struct ocpp_field ocpp_charging_profile[] = {
    {"chargingProfileId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "a profile of the same id is replaced"},
    {"transactionId", OCPP_INTEGER, .least = OCPP_ANY_INTEGER, .doc = "of a TxProfile"},
    {"stackLevel", OCPP_INTEGER, .required = true, .doc = "the highest one counts"},
    {"chargingProfilePurpose", OCPP_ENUM, .required = true, .values = ocpp_charging_profile_purpose,
     .doc = "what it limits"},
    {"chargingProfileKind", OCPP_ENUM, .required = true, .values = charging_profile_kind,
     .doc = "what its times count from"},
    {"recurrencyKind", OCPP_ENUM, .values = recurrency_kind, .doc = "of a Recurring one"},
    {"validFrom", OCPP_DATETIME, .doc = "at once, unless given"},
    {"validTo", OCPP_DATETIME, .doc = "until replaced, unless given"},
    {"chargingSchedule", OCPP_OBJECT, .required = true, .fields = ocpp_charging_schedule,
     .doc = "the limits over time"},
    {0},
};
