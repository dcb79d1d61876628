// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a payload, and what we say of it (OCPP-J 1.6 section 4.2.3).
#ifndef SIM_PROTO_OCPP_TEST_FLAWS_H
#define SIM_PROTO_OCPP_TEST_FLAWS_H

#include "sim/proto/ocpp/message.h"

enum sample_flaw {
    FLAW_NONE,
    FLAW_MISSING,
    FLAW_EXTRA,
    FLAW_TOO_LONG,
    FLAW_WRONG_TYPE,
    FLAW_NULL,
    FLAW_BAD_ENUM,
    FLAW_CASE,
    FLAW_NO_DATE,
    FLAW_NO_ZONE,
    FLAW_DATE_ONLY,
    FLAW_BLANK_DATE,
    FLAW_TOO_SMALL,
    FLAW_FRACTION,
    FLAW_HUNDREDTH,
    FLAW_NO_LIST,
    FLAW_EMPTY_LIST,
    FLAW_COUNT
};

static const struct {
    const char *name;
    enum ocpp_code code; // Our verdict.
} sample_flaws[FLAW_COUNT] = {
    [FLAW_NONE] = {"none", OCPP_OK},
    [FLAW_MISSING] = {"missing", OCPP_OCCURRENCE_CONSTRAINT_VIOLATION},
    [FLAW_EXTRA] = {"extra", OCPP_FORMATION_VIOLATION},
    [FLAW_TOO_LONG] = {"too-long", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_WRONG_TYPE] = {"wrong-type", OCPP_TYPE_CONSTRAINT_VIOLATION},
    [FLAW_NULL] = {"null", OCPP_TYPE_CONSTRAINT_VIOLATION},
    [FLAW_BAD_ENUM] = {"bad-enum", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_CASE] = {"case", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_NO_DATE] = {"no-date", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_NO_ZONE] = {"no-zone", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_DATE_ONLY] = {"date-only", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_BLANK_DATE] = {"blank-date", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_TOO_SMALL] = {"too-small", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_FRACTION] = {"fraction", OCPP_TYPE_CONSTRAINT_VIOLATION},
    [FLAW_HUNDREDTH] = {"hundredth", OCPP_PROPERTY_CONSTRAINT_VIOLATION},
    [FLAW_NO_LIST] = {"no-list", OCPP_TYPE_CONSTRAINT_VIOLATION},
    [FLAW_EMPTY_LIST] = {"empty-list", OCPP_OCCURRENCE_CONSTRAINT_VIOLATION},
};

#endif
