// SPDX-License-Identifier: Apache-2.0
// Actions and CALLERROR codes by name, and times. OCPP-J 1.6 section 4.2.3; RFC 3339 section 5.6.
// Not modelled: leap seconds, which are refused.
#include "sim/proto/ocpp/message.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/units.h"

#define DATE_LENGTH 10 // "2026-11-21"

static int compare_action(const void *name, const void *action)
{
    return strcmp(name, ((const struct ocpp_action *)action)->name);
}

const struct ocpp_action *ocpp_action_find(const char *name)
{
    return bsearch(name, ocpp_actions, ocpp_actions_count, sizeof(ocpp_actions[0]), compare_action);
}

static const char *const codes[] = {
    [OCPP_OK] = "",
    [OCPP_NOT_IMPLEMENTED] = "NotImplemented",
    [OCPP_NOT_SUPPORTED] = "NotSupported",
    [OCPP_INTERNAL_ERROR] = "InternalError",
    [OCPP_PROTOCOL_ERROR] = "ProtocolError",
    [OCPP_SECURITY_ERROR] = "SecurityError",
    [OCPP_FORMATION_VIOLATION] = "FormationViolation",
    [OCPP_PROPERTY_CONSTRAINT_VIOLATION] = "PropertyConstraintViolation",
    [OCPP_OCCURRENCE_CONSTRAINT_VIOLATION] = "OccurenceConstraintViolation",
    [OCPP_TYPE_CONSTRAINT_VIOLATION] = "TypeConstraintViolation",
    [OCPP_GENERIC_ERROR] = "GenericError",
};

// What the errata and later versions write instead.
static const struct {
    const char *text;
    enum ocpp_code code;
} other_spellings[] = {
    {"OccurrenceConstraintViolation", OCPP_OCCURRENCE_CONSTRAINT_VIOLATION},
    {"FormatViolation", OCPP_FORMATION_VIOLATION},
};

const char *ocpp_code_text(enum ocpp_code code)
{
    return codes[code];
}

bool ocpp_code_known(const char *text, enum ocpp_code *ret)
{
    for (size_t i = OCPP_OK + 1; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (strcmp(codes[i], text) == 0) {
            *ret = (enum ocpp_code)i;
            return true;
        }
    for (size_t i = 0; i < sizeof(other_spellings) / sizeof(other_spellings[0]); i++)
        if (strcmp(other_spellings[i].text, text) == 0) {
            *ret = other_spellings[i].code;
            return true;
        }
    return false;
}

enum ocpp_code ocpp_code_find(const char *text)
{
    enum ocpp_code code = OCPP_GENERIC_ERROR;

    ocpp_code_known(text, &code);
    return code;
}

int ocpp_parse_time(const char *text, int64_t *ret_utc_ns)
{
    // RFC 3339 wants the "T" and the zone that a date alone, fine elsewhere, has not.
    if (strnlen(text, DATE_LENGTH + 1) <= DATE_LENGTH || text[DATE_LENGTH] != 'T')
        return ERR_SYNTAX;
    return units_parse_utc(text, ret_utc_ns);
}
