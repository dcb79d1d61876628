// SPDX-License-Identifier: Apache-2.0
// The fields of the Core profile. OCPP 1.6 edition 2 section 6.
#include "sim/proto/ocpp/actions.h"

static const char *const availability_type[] = {"Inoperative", "Operative", NULL};
static const char *const availability_status[] = {"Accepted", "Rejected", "Scheduled", NULL};
static const char *const configuration_status[] = {"Accepted", "Rejected", "RebootRequired",
                                                   "NotSupported", NULL};
static const char *const data_transfer_status[] = {"Accepted", "Rejected", "UnknownMessageId",
                                                   "UnknownVendorId", NULL};
static const char *const registration_status[] = {"Accepted", "Pending", "Rejected", NULL};
static const char *const reset_type[] = {"Hard", "Soft", NULL};
static const char *const unlock_status[] = {"Unlocked", "UnlockFailed", "NotSupported", NULL};
static const char *const error_code[] = {
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "NoError",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
    NULL,
};
static const char *const connector_status[] = {
    "Available", "Preparing", "Charging",    "SuspendedEVSE", "SuspendedEV",
    "Finishing", "Reserved",  "Unavailable", "Faulted",       NULL,
};
static const char *const stop_reason[] = {
    "DeAuthorized", "EmergencyStop", "EVDisconnected", "HardReset", "Local",         "Other",
    "PowerLoss",    "Reboot",        "Remote",         "SoftReset", "UnlockCommand", NULL,
};

const struct ocpp_field ocpp_authorize_req[] = {
    {"idTag", OCPP_TEXT, .required = true, .length_max = ID_TOKEN, .doc = "the tag"},
    {0},
};
const struct ocpp_field ocpp_authorize_conf[] = {
    {"idTagInfo", OCPP_OBJECT, .required = true, .fields = ocpp_id_tag_info,
     .doc = "what is known of it"},
    {0},
};

const struct ocpp_field ocpp_boot_notification_req[] = {
    {"chargePointVendor", OCPP_TEXT, .required = true, .length_max = CI_STRING_20,
     .doc = "who made the station"},
    {"chargePointModel", OCPP_TEXT, .required = true, .length_max = CI_STRING_20,
     .doc = "its model"},
    {"chargePointSerialNumber", OCPP_TEXT, .length_max = CI_STRING_25, .doc = "its serial number"},
    {"chargeBoxSerialNumber", OCPP_TEXT, .length_max = CI_STRING_25,
     .doc = "deprecated in favour of the one above"},
    {"firmwareVersion", OCPP_TEXT, .length_max = CI_STRING_50, .doc = "its firmware"},
    {"iccid", OCPP_TEXT, .length_max = CI_STRING_20, .doc = "of the modem's SIM card"},
    {"imsi", OCPP_TEXT, .length_max = CI_STRING_20, .doc = "of the modem's SIM card"},
    {"meterType", OCPP_TEXT, .length_max = CI_STRING_25, .doc = "of the main meter"},
    {"meterSerialNumber", OCPP_TEXT, .length_max = CI_STRING_25, .doc = "of the main meter"},
    {0},
};
const struct ocpp_field ocpp_boot_notification_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = registration_status,
     .doc = "whether the station may go on"},
    {"currentTime", OCPP_DATETIME, .required = true, .doc = "of the central system"},
    {"interval", OCPP_INTEGER, .required = true,
     .doc = "seconds between heartbeats, or until the next try; 0: the station decides"},
    {0},
};

const struct ocpp_field ocpp_change_availability_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .doc = "0 for all of the station"},
    {"type", OCPP_ENUM, .required = true, .values = availability_type, .doc = "what it becomes"},
    {0},
};
const struct ocpp_field ocpp_change_availability_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = availability_status,
     .doc = "Scheduled while a transaction runs"},
    {0},
};

const struct ocpp_field ocpp_change_configuration_req[] = {
    {"key", OCPP_TEXT, .required = true, .length_max = CI_STRING_50, .doc = "its name"},
    {"value", OCPP_TEXT, .required = true, .length_max = CI_STRING_500, .doc = "its new value"},
    {0},
};
const struct ocpp_field ocpp_change_configuration_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = configuration_status,
     .doc = "NotSupported for an unknown key"},
    {0},
};

const struct ocpp_field ocpp_clear_cache_req[] = {{0}};
const struct ocpp_field ocpp_clear_cache_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "whether it is empty"},
    {0},
};

const struct ocpp_field ocpp_data_transfer_req[] = {
    {"vendorId", OCPP_TEXT, .required = true, .length_max = CI_STRING_255,
     .doc = "whose message it is, as a reversed domain name"},
    {"messageId", OCPP_TEXT, .length_max = CI_STRING_50, .doc = "which of the vendor's"},
    {"data", OCPP_TEXT, .doc = "anything, agreed upon elsewhere"},
    {0},
};
const struct ocpp_field ocpp_data_transfer_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = data_transfer_status,
     .doc = "whether it was understood"},
    {"data", OCPP_TEXT, .doc = "anything, agreed upon elsewhere"},
    {0},
};

const struct ocpp_field ocpp_get_configuration_req[] = {
    {"key", OCPP_TEXT, .list = true, .length_max = CI_STRING_50, .doc = "names of keys"},
    {0},
};
static const struct ocpp_field key_value[] = {
    {"key", OCPP_TEXT, .required = true, .length_max = CI_STRING_50, .doc = "its name"},
    {"readonly", OCPP_BOOLEAN, .required = true, .doc = "ChangeConfiguration cannot set it"},
    {"value", OCPP_TEXT, .length_max = CI_STRING_500, .doc = "its value, if it has one to show"},
    {0},
};
const struct ocpp_field ocpp_get_configuration_conf[] = {
    {"configurationKey", OCPP_OBJECT, .list = true, .fields = key_value, .doc = "those it has"},
    {"unknownKey", OCPP_TEXT, .list = true, .length_max = CI_STRING_50, .doc = "those it has not"},
    {0},
};

const struct ocpp_field ocpp_heartbeat_req[] = {{0}};
const struct ocpp_field ocpp_heartbeat_conf[] = {
    {"currentTime", OCPP_DATETIME, .required = true, .doc = "of the central system"},
    {0},
};

const struct ocpp_field ocpp_meter_values_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .doc = "0 for the main meter"},
    {"transactionId", OCPP_INTEGER, .least = OCPP_ANY_INTEGER, .doc = "that runs there"},
    {"meterValue", OCPP_OBJECT, .required = true, .list = true, .fields = ocpp_meter_value,
     .doc = "one for each time of reading"},
    {0},
};
const struct ocpp_field ocpp_meter_values_conf[] = {{0}};

const struct ocpp_field ocpp_remote_start_transaction_req[] = {
    {"connectorId", OCPP_INTEGER, .least = 1, .doc = "which; the station's choice, unless given"},
    {"idTag", OCPP_TEXT, .required = true, .length_max = ID_TOKEN, .doc = "on whose behalf"},
    {"chargingProfile", OCPP_OBJECT, .fields = ocpp_charging_profile,
     .doc = "a TxProfile for the transaction"},
    {0},
};
const struct ocpp_field ocpp_remote_start_transaction_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "whether the station will try"},
    {0},
};

const struct ocpp_field ocpp_remote_stop_transaction_req[] = {
    {"transactionId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER, .doc = "which"},
    {0},
};
const struct ocpp_field ocpp_remote_stop_transaction_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "whether the station will stop it"},
    {0},
};

const struct ocpp_field ocpp_reset_req[] = {
    {"type", OCPP_ENUM, .required = true, .values = reset_type,
     .doc = "Soft ends transactions in good order first"},
    {0},
};
const struct ocpp_field ocpp_reset_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "whether the station will restart"},
    {0},
};

const struct ocpp_field ocpp_start_transaction_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .least = 1, .doc = "where"},
    {"idTag", OCPP_TEXT, .required = true, .length_max = ID_TOKEN, .doc = "for whom"},
    {"meterStart", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "the meter at the start, in Wh"},
    {"reservationId", OCPP_INTEGER, .least = OCPP_ANY_INTEGER, .doc = "that ends with it"},
    {"timestamp", OCPP_DATETIME, .required = true, .doc = "when"},
    {0},
};
const struct ocpp_field ocpp_start_transaction_conf[] = {
    {"idTagInfo", OCPP_OBJECT, .required = true, .fields = ocpp_id_tag_info,
     .doc = "what is known of the tag"},
    {"transactionId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "the central system's name for it"},
    {0},
};

const struct ocpp_field ocpp_status_notification_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .doc = "0 for the station itself"},
    {"errorCode", OCPP_ENUM, .required = true, .values = error_code, .doc = "NoError if none"},
    {"info", OCPP_TEXT, .length_max = CI_STRING_50, .doc = "more about the error"},
    {"status", OCPP_ENUM, .required = true, .values = connector_status, .doc = "the new state"},
    {"timestamp", OCPP_DATETIME, .doc = "since when; now, unless given"},
    {"vendorId", OCPP_TEXT, .length_max = CI_STRING_255, .doc = "whose error code"},
    {"vendorErrorCode", OCPP_TEXT, .length_max = CI_STRING_50, .doc = "the vendor's error code"},
    {0},
};
const struct ocpp_field ocpp_status_notification_conf[] = {{0}};

const struct ocpp_field ocpp_stop_transaction_req[] = {
    {"idTag", OCPP_TEXT, .length_max = ID_TOKEN, .doc = "who stopped it"},
    {"meterStop", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "the meter at the end, in Wh"},
    {"timestamp", OCPP_DATETIME, .required = true, .doc = "when"},
    {"transactionId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER, .doc = "which"},
    {"reason", OCPP_ENUM, .values = stop_reason, .doc = "why; Local, unless given"},
    {"transactionData", OCPP_OBJECT, .list = true, .fields = ocpp_meter_value,
     .doc = "what the meter read meanwhile"},
    {0},
};
const struct ocpp_field ocpp_stop_transaction_conf[] = {
    {"idTagInfo", OCPP_OBJECT, .fields = ocpp_id_tag_info, .doc = "what is known of the tag"},
    {0},
};

const struct ocpp_field ocpp_unlock_connector_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .least = 1, .doc = "which"},
    {0},
};
const struct ocpp_field ocpp_unlock_connector_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = unlock_status,
     .doc = "whether the cable is free"},
    {0},
};
