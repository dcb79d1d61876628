// SPDX-License-Identifier: Apache-2.0
// OCPP 1.6J messages: one table of actions with their fields, types, lengths, enumerations and
// occurrence, which is decoder, encoder, validator and documentation at once. Adding a message is
// adding rows. OCPP 1.6 edition 2 sections 6 and 7; OCPP-J 1.6 section 4.
#ifndef SIM_PROTO_OCPP_MESSAGE_H
#define SIM_PROTO_OCPP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/json.h"
#include "sim/base/str.h"

#define OCPP_ID_BYTES_MAX 36
#define OCPP_MESSAGE_BYTES_MAX (64 * 1024) // One frame; longer ones are refused.
#define OCPP_TAG_CHARACTERS_MAX 20         // idToken: CiString20Type, counted in characters.
#define OCPP_TAG_ROOM (4 * OCPP_TAG_CHARACTERS_MAX + 1)

#define OCPP_ANY_INTEGER INT32_MIN // `least` of a number that may be negative.
#define OCPP_FIELDS_MAX 32         // Of one object.

enum ocpp_type {
    OCPP_TEXT,    // CiString or string.
    OCPP_ENUM,    // One of `values`.
    OCPP_INTEGER, // At least `least`.
    OCPP_DECIMAL, // With at most one digit behind the point where `tenths` says so.
    OCPP_BOOLEAN,
    OCPP_DATETIME, // RFC 3339 with a time zone; one without is a violation.
    OCPP_OBJECT,   // Of `fields`.
};

struct ocpp_field {
    const char *name; // NULL ends the list.
    enum ocpp_type type;
    bool required;
    bool list;   // A JSON array of the type, perhaps empty ("0..*") unless required or filled.
    bool filled; // An optional list that is not empty when it is there.
    bool tenths; // OCPP_DECIMAL
    size_t length_max;               // OCPP_TEXT: in characters; 0 for any number.
    int64_t least;                   // OCPP_INTEGER; OCPP_ANY_INTEGER when there is none.
    const char *const *values;       // OCPP_ENUM: NULL-terminated.
    const struct ocpp_field *fields; // OCPP_OBJECT.
    const char *doc;
};

enum ocpp_sender { OCPP_BY_STATION = 1, OCPP_BY_CSMS = 2, OCPP_BY_BOTH = 3 };

struct ocpp_action {
    const char *name;    // "BootNotification"
    const char *profile; // Feature profile as in SupportedFeatureProfiles: "Core", "RemoteTrigger";
                         // "Security" is the security extension, which no key lists.
    enum ocpp_sender sender;
    const struct ocpp_field *request;
    const struct ocpp_field *confirmation;
    bool transaction; // Transaction related: queued while offline, in order (3.7.1).
    const char *doc;
};

// Every action, sorted by name.
extern const struct ocpp_action ocpp_actions[];
extern const size_t ocpp_actions_count;

// The action of that exact name, or NULL.
const struct ocpp_action *ocpp_action_find(const char *name);

// ---- Errors of a CALL -----------------------------------------------------------------

// CALLERROR codes of OCPP-J 1.6 4.2.3, in their original spelling.
enum ocpp_code {
    OCPP_OK,
    OCPP_NOT_IMPLEMENTED,
    OCPP_NOT_SUPPORTED,
    OCPP_INTERNAL_ERROR,
    OCPP_PROTOCOL_ERROR,
    OCPP_SECURITY_ERROR,
    OCPP_FORMATION_VIOLATION,
    OCPP_PROPERTY_CONSTRAINT_VIOLATION,
    OCPP_OCCURRENCE_CONSTRAINT_VIOLATION, // Written "Occurence..."; both spellings are understood,
                                          // as is FormatViolation of the errata.
    OCPP_TYPE_CONSTRAINT_VIOLATION,
    OCPP_GENERIC_ERROR,
};
const char *ocpp_code_text(enum ocpp_code code);
enum ocpp_code ocpp_code_find(const char *text); // OCPP_GENERIC_ERROR when unknown.
// Whether it is a code, in any spelling.
bool ocpp_code_known(const char *text, enum ocpp_code *ret);

// What is wrong with a message, and where ("meterValue[0].sampledValue[1].unit").
struct ocpp_problem {
    enum ocpp_code code;
    char where[96];
    char text[128];
};

// ---- Checking -------------------------------------------------------------------------

// Whether `payload` is a valid request (or confirmation) of `fields`. Returns 0, or ERR_MALFORMED
// with the first problem, whose code follows the definitions of OCPP-J 1.6 4.2.3: a field that is
// missing or an empty list is Occurence, an unknown field Formation, a wrong JSON type Type, a
// value that is none of the field's (too long, not in the enumeration, negative, no date-time)
// Property.
int ocpp_check(const struct ocpp_field *fields, const struct json *payload,
               struct ocpp_problem *ret_problem);

// ---- Building -------------------------------------------------------------------------

// A payload under construction: JSON text, members in the order they are put. What we build is
// ours to get right: each put asserts that the field exists and the value fits it, each end that
// nothing required is missing. Texts from outside are checked or cut before they are put.
#define OCPP_BUILD_DEPTH_MAX 8
struct ocpp_build {
    struct str *out; // Borrowed; text is appended.
    size_t start;    // Where the payload begins in it.
    const struct ocpp_field *fields[OCPP_BUILD_DEPTH_MAX];
    uint32_t seen[OCPP_BUILD_DEPTH_MAX]; // Of an object, by field; of a list, its items.
    const struct ocpp_field *list[OCPP_BUILD_DEPTH_MAX]; // The field whose list this is, or NULL.
    unsigned depth;
};

// Begins a payload of `fields`. `name` is NULL for the items of a list.
void ocpp_build_begin(struct ocpp_build *build, const struct ocpp_field *fields, struct str *out);
void ocpp_put_text(struct ocpp_build *build, const char *name, const char *value);
void ocpp_put_integer(struct ocpp_build *build, const char *name, int64_t value);
// Finite; written with at most three digits behind the point, one where the field has `tenths`.
void ocpp_put_decimal(struct ocpp_build *build, const char *name, double value);
void ocpp_put_boolean(struct ocpp_build *build, const char *name, bool value);
void ocpp_put_time(struct ocpp_build *build, const char *name, int64_t utc_ns); // ms, "Z".
void ocpp_put_object(struct ocpp_build *build, const char *name); // Until ocpp_put_end().
void ocpp_put_list(struct ocpp_build *build, const char *name);   // Until ocpp_put_end().
void ocpp_put_end(struct ocpp_build *build);
void ocpp_build_end(struct ocpp_build *build);

// The first `characters` characters of `text` (well-formed UTF-8) in bytes: what fits a CiString.
size_t ocpp_cut(const char *text, size_t characters);

// A date-time of OCPP (RFC 3339 with a zone) as UTC ns. Returns 0 or ERR_SYNTAX.
int ocpp_parse_time(const char *text, int64_t *ret_utc_ns);

// The reference of all messages as Markdown, from the table.
void ocpp_describe(struct str *out);

#endif
