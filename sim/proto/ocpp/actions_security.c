// SPDX-License-Identifier: Apache-2.0
// The fields of the security extension: certificates, logs, signed firmware, security events.
// Improved security for OCPP 1.6-J edition 3 sections 5 and 6.
#include "sim/proto/ocpp/actions.h"

#define PEM_BYTES_MAX 5500
#define CHAIN_BYTES_MAX 10000
#define URL_MAX 512
#define SIGNATURE_MAX 800
#define HASH_MAX 128
#define SERIAL_MAX 40

static const char *const certificate_use[] = {"CentralSystemRootCertificate",
                                              "ManufacturerRootCertificate", NULL};
static const char *const delete_status[] = {"Accepted", "Failed", "NotFound", NULL};
static const char *const hash_algorithm[] = {"SHA256", "SHA384", "SHA512", NULL};
static const char *const install_status[] = {"Accepted", "Failed", "Rejected", NULL};
static const char *const installed_status[] = {"Accepted", "NotFound", NULL};
static const char *const log_type[] = {"DiagnosticsLog", "SecurityLog", NULL};
static const char *const log_status[] = {"Accepted", "Rejected", "AcceptedCanceled", NULL};
static const char *const message_trigger[] = {
    "BootNotification", "LogStatusNotification",      "FirmwareStatusNotification", "Heartbeat",
    "MeterValues",      "SignChargePointCertificate", "StatusNotification",         NULL,
};
static const char *const signed_firmware_status[] = {
    "Downloaded",         "DownloadFailed",    "Downloading",
    "DownloadScheduled",  "DownloadPaused",    "Idle",
    "InstallationFailed", "Installing",        "Installed",
    "InstallRebooting",   "InstallScheduled",  "InstallVerificationFailed",
    "InvalidSignature",   "SignatureVerified", NULL,
};
static const char *const update_status[] = {
    "Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate", NULL};
static const char *const upload_status[] = {
    "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
    "Uploading",  NULL,
};

const struct ocpp_field ocpp_certificate_signed_req[] = {
    {"certificateChain", OCPP_TEXT, .required = true, .length_max = CHAIN_BYTES_MAX,
     .doc = "in PEM, the station's first"},
    {0},
};
const struct ocpp_field ocpp_certificate_signed_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "whether it fits the key"},
    {0},
};

static const struct ocpp_field certificate_hash_data[] = {
    {"hashAlgorithm", OCPP_ENUM, .required = true, .values = hash_algorithm, .doc = "of both"},
    {"issuerNameHash", OCPP_TEXT, .required = true, .length_max = HASH_MAX,
     .doc = "over the issuer's name in DER, in hexadecimal"},
    {"issuerKeyHash", OCPP_TEXT, .required = true, .length_max = HASH_MAX,
     .doc = "over the issuer's key, in hexadecimal"},
    {"serialNumber", OCPP_TEXT, .required = true, .length_max = SERIAL_MAX,
     .doc = "in hexadecimal without leading zeros"},
    {0},
};
const struct ocpp_field ocpp_delete_certificate_req[] = {
    {"certificateHashData", OCPP_OBJECT, .required = true, .fields = certificate_hash_data,
     .doc = "which"},
    {0},
};
const struct ocpp_field ocpp_delete_certificate_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = delete_status, .doc = "Failed: it is in use"},
    {0},
};

const struct ocpp_field ocpp_extended_trigger_message_req[] = {
    {"requestedMessage", OCPP_ENUM, .required = true, .values = message_trigger, .doc = "which"},
    {"connectorId", OCPP_INTEGER, .least = 1, .doc = "of which connector; of all, unless given"},
    {0},
};
const struct ocpp_field ocpp_extended_trigger_message_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_trigger_status,
     .doc = "whether it will be sent"},
    {0},
};

const struct ocpp_field ocpp_get_installed_certificate_ids_req[] = {
    {"certificateType", OCPP_ENUM, .required = true, .values = certificate_use,
     .doc = "of which kind"},
    {0},
};
const struct ocpp_field ocpp_get_installed_certificate_ids_conf[] = {
    {"certificateHashData", OCPP_OBJECT, .list = true, .filled = true,
     .fields = certificate_hash_data, .doc = "those there are"},
    {"status", OCPP_ENUM, .required = true, .values = installed_status,
     .doc = "NotFound: there is none"},
    {0},
};

static const struct ocpp_field log_parameters[] = {
    {"remoteLocation", OCPP_TEXT, .required = true, .length_max = URL_MAX,
     .doc = "URL to upload to"},
    {"oldestTimestamp", OCPP_DATETIME, .doc = "of the first entry wanted"},
    {"latestTimestamp", OCPP_DATETIME, .doc = "of the last entry wanted"},
    {0},
};
const struct ocpp_field ocpp_get_log_req[] = {
    {"log", OCPP_OBJECT, .required = true, .fields = log_parameters, .doc = "what and where to"},
    {"logType", OCPP_ENUM, .required = true, .values = log_type, .doc = "which log"},
    {"requestId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "the name of this request"},
    {"retries", OCPP_INTEGER, .doc = "how often to try again"},
    {"retryInterval", OCPP_INTEGER, .doc = "seconds between tries"},
    {0},
};
const struct ocpp_field ocpp_get_log_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = log_status,
     .doc = "AcceptedCanceled: an earlier upload was given up"},
    {"filename", OCPP_TEXT, .length_max = CI_STRING_255, .doc = "of the upload"},
    {0},
};

const struct ocpp_field ocpp_install_certificate_req[] = {
    {"certificateType", OCPP_ENUM, .required = true, .values = certificate_use,
     .doc = "of which kind"},
    {"certificate", OCPP_TEXT, .required = true, .length_max = PEM_BYTES_MAX, .doc = "in PEM"},
    {0},
};
const struct ocpp_field ocpp_install_certificate_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = install_status,
     .doc = "Rejected: it is invalid, or the store is full"},
    {0},
};

const struct ocpp_field ocpp_log_status_notification_req[] = {
    {"status", OCPP_ENUM, .required = true, .values = upload_status, .doc = "how far it is"},
    {"requestId", OCPP_INTEGER, .least = OCPP_ANY_INTEGER, .doc = "of the GetLog, unless Idle"},
    {0},
};
const struct ocpp_field ocpp_log_status_notification_conf[] = {{0}};

const struct ocpp_field ocpp_security_event_notification_req[] = {
    {"type", OCPP_TEXT, .required = true, .length_max = CI_STRING_50, .doc = "the event's name"},
    {"timestamp", OCPP_DATETIME, .required = true, .doc = "when"},
    {"techInfo", OCPP_TEXT, .length_max = CI_STRING_255, .doc = "more about it"},
    {0},
};
const struct ocpp_field ocpp_security_event_notification_conf[] = {{0}};

const struct ocpp_field ocpp_sign_certificate_req[] = {
    {"csr", OCPP_TEXT, .required = true, .length_max = PEM_BYTES_MAX, .doc = "PKCS #10 in PEM"},
    {0},
};
const struct ocpp_field ocpp_sign_certificate_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "whether a certificate will follow"},
    {0},
};

const struct ocpp_field ocpp_signed_firmware_status_notification_req[] = {
    {"status", OCPP_ENUM, .required = true, .values = signed_firmware_status,
     .doc = "how far it is"},
    {"requestId", OCPP_INTEGER, .least = OCPP_ANY_INTEGER, .doc = "of the update, unless Idle"},
    {0},
};
const struct ocpp_field ocpp_signed_firmware_status_notification_conf[] = {{0}};

static const struct ocpp_field firmware[] = {
    {"location", OCPP_TEXT, .required = true, .length_max = URL_MAX, .doc = "URL of the firmware"},
    {"retrieveDateTime", OCPP_DATETIME, .required = true, .doc = "not to be fetched before"},
    {"installDateTime", OCPP_DATETIME, .doc = "not to be installed before"},
    {"signingCertificate", OCPP_TEXT, .required = true, .length_max = PEM_BYTES_MAX,
     .doc = "in PEM, below the manufacturer's root"},
    {"signature", OCPP_TEXT, .required = true, .length_max = SIGNATURE_MAX,
     .doc = "over all of the file, in base64"},
    {0},
};
const struct ocpp_field ocpp_signed_update_firmware_req[] = {
    {"retries", OCPP_INTEGER, .doc = "how often to try again"},
    {"retryInterval", OCPP_INTEGER, .doc = "seconds between tries"},
    {"requestId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "the name of this request"},
    {"firmware", OCPP_OBJECT, .required = true, .fields = firmware, .doc = "what to install"},
    {0},
};
const struct ocpp_field ocpp_signed_update_firmware_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = update_status,
     .doc = "the certificate is checked before the answer"},
    {0},
};
