// SPDX-License-Identifier: Apache-2.0
// The fields of the RemoteTrigger profile. OCPP 1.6 edition 2 sections 6.51 and 6.52.
#include "sim/proto/ocpp/actions.h"

static const char *const message_trigger[] = {
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
    NULL,
};

const struct ocpp_field ocpp_trigger_message_req[] = {
    {"requestedMessage", OCPP_ENUM, .required = true, .values = message_trigger, .doc = "which"},
    {"connectorId", OCPP_INTEGER, .least = 1, .doc = "of which connector; of all, unless given"},
    {0},
};
const struct ocpp_field ocpp_trigger_message_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_trigger_status,
     .doc = "whether it will be sent"},
    {0},
};
