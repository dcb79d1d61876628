// SPDX-License-Identifier: Apache-2.0
// The fields of the Reservation profile. OCPP 1.6 edition 2 section 6.
#include "sim/proto/ocpp/actions.h"

static const char *const reservation_status[] = {"Accepted", "Faulted",     "Occupied",
                                                 "Rejected", "Unavailable", NULL};

const struct ocpp_field ocpp_cancel_reservation_req[] = {
    {"reservationId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER, .doc = "which"},
    {0},
};
const struct ocpp_field ocpp_cancel_reservation_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = ocpp_accepted_rejected,
     .doc = "Rejected: there is no such reservation"},
    {0},
};

const struct ocpp_field ocpp_reserve_now_req[] = {
    {"connectorId", OCPP_INTEGER, .required = true, .doc = "0 for any"},
    {"expiryDate", OCPP_DATETIME, .required = true, .doc = "how long it is kept"},
    {"idTag", OCPP_TEXT, .required = true, .length_max = ID_TOKEN, .doc = "for whom"},
    {"parentIdTag", OCPP_TEXT, .length_max = ID_TOKEN, .doc = "or for which group"},
    {"reservationId", OCPP_INTEGER, .required = true, .least = OCPP_ANY_INTEGER,
     .doc = "one of the same id is replaced"},
    {0},
};
const struct ocpp_field ocpp_reserve_now_conf[] = {
    {"status", OCPP_ENUM, .required = true, .values = reservation_status,
     .doc = "whether the connector is kept"},
    {0},
};
