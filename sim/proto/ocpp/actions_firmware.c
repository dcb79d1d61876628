// SPDX-License-Identifier: Apache-2.0
// The fields of the FirmwareManagement profile. OCPP 1.6 edition 2 section 6.
#include "sim/proto/ocpp/actions.h"

static const char *const diagnostics_status[] = {"Idle", "Uploaded", "UploadFailed", "Uploading",
                                                 NULL};
static const char *const firmware_status[] = {
    "Downloaded",         "DownloadFailed", "Downloading", "Idle",
    "InstallationFailed", "Installing",     "Installed",   NULL,
};

const struct ocpp_field ocpp_diagnostics_status_notification_req[] = {
    {"status", OCPP_ENUM, .required = true, .values = diagnostics_status, .doc = "how far it is"},
    {0},
};
const struct ocpp_field ocpp_diagnostics_status_notification_conf[] = {{0}};

const struct ocpp_field ocpp_firmware_status_notification_req[] = {
    {"status", OCPP_ENUM, .required = true, .values = firmware_status, .doc = "how far it is"},
    {0},
};
const struct ocpp_field ocpp_firmware_status_notification_conf[] = {{0}};

const struct ocpp_field ocpp_get_diagnostics_req[] = {
    {"location", OCPP_TEXT, .required = true, .doc = "URI of the folder to upload to"},
    {"retries", OCPP_INTEGER, .doc = "how often to try again"},
    {"retryInterval", OCPP_INTEGER, .doc = "seconds between tries"},
    {"startTime", OCPP_DATETIME, .doc = "of the first entry wanted"},
    {"stopTime", OCPP_DATETIME, .doc = "of the last entry wanted"},
    {0},
};
const struct ocpp_field ocpp_get_diagnostics_conf[] = {
    {"fileName", OCPP_TEXT, .length_max = CI_STRING_255, .doc = "none: there is nothing to upload"},
    {0},
};

const struct ocpp_field ocpp_update_firmware_req[] = {
    {"location", OCPP_TEXT, .required = true, .doc = "URI of the firmware"},
    {"retries", OCPP_INTEGER, .doc = "how often to try again"},
    {"retrieveDate", OCPP_DATETIME, .required = true, .doc = "not to be fetched before"},
    {"retryInterval", OCPP_INTEGER, .doc = "seconds between tries"},
    {0},
};
const struct ocpp_field ocpp_update_firmware_conf[] = {{0}};
