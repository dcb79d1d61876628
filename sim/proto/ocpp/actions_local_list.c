// SPDX-License-Identifier: Apache-2.0
// The fields of the LocalAuthListManagement profile. OCPP 1.6 edition 2 section 6.
#include "sim/proto/ocpp/actions.h"

static const char *const update_type[] = {"Differential", "Full", NULL};
static const char *const update_status[] = {"Accepted", "Failed", "NotSupported", "VersionMismatch",
                                            NULL};

const struct ocpp_field ocpp_get_local_list_version_req[] = {{0}};
const struct ocpp_field ocpp_get_local_list_version_conf[] = {
    {"listVersion", OCPP_INTEGER, .required = true, .least = -1,
     .doc = "0: the list is empty, -1: there is none"},
    {0},
};

static const struct ocpp_field authorization_data[] = {
    {"idTag", OCPP_TEXT, .required = true, .length_max = ID_TOKEN, .doc = "the tag"},
    {"idTagInfo", OCPP_OBJECT, .fields = ocpp_id_tag_info,
     .doc = "what is known of it; without it a differential update removes the tag"},
    {0},
};
const struct ocpp_field ocpp_send_local_list_req[] = {
    {"listVersion", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "after the update"},
    {"localAuthorizationList", OCPP_OBJECT, .list = true, .fields = authorization_data,
     .doc = "the tags"},
    {"updateType", OCPP_ENUM, .required = true, .values = update_type,
     .doc = "Full replaces all there was"},
    {0},
};
const struct ocpp_field ocpp_send_local_list_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = update_status,
     .doc = "whether the list was taken"},
    {0},
};
