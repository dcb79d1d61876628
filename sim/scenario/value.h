// SPDX-License-Identifier: Apache-2.0
// The values of the language: none, truth, number with unit, text, a list, and records (what
// `save:` keeps of a download). Text and lists are owned by the value.
#ifndef SIM_SCENARIO_VALUE_H
#define SIM_SCENARIO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/str.h"
#include "sim/base/units.h"

enum value_type { VALUE_NONE, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_RECORDS };

struct value_record;

struct value {
    enum value_type type;
    enum unit unit; // VALUE_NUMBER; UNIT_TIME_NS holds nanoseconds.
    bool truth;
    bool secret; // Never shown: printed as "(secret)".
    double number;
    char *text; // VALUE_TEXT; of a number or truth that was written somewhere, the text as written,
                // else NULL.
    struct value *items; // VALUE_LIST
    struct value_record *records;
    size_t count; // Items or records.
};

// One record: fields by name, with the time at which it was written if it has one.
struct value_record {
    int64_t at_ns; // World time, or -1.
    char **keys;
    struct value *values;
    size_t count;
};

struct value value_none(void);
struct value value_bool(bool truth);
struct value value_number(double number, enum unit unit);
struct value value_text(const char *text); // Copied.
struct value value_records(void);

// Appends an empty record; the pointer is valid until the next append.
struct value_record *value_add_record(struct value *records, int64_t at_ns);
// Sets a field of a record; takes the value.
void value_record_set(struct value_record *record, const char *key, struct value value);
const struct value *value_record_get(const struct value_record *record, const char *key);

struct value value_copy(const struct value *value);
void value_done(struct value *value);

// Reads a plain scalar as the language does: number with unit, true/false, none, else text. A
// quoted one is text.
struct value value_parse(const char *text, bool quoted);

// Equality across forms: numbers by value (same kind of unit), text by bytes.
bool value_equal(const struct value *left, const struct value *right);

// The value as a reader sees it; secrets masked.
void value_print(const struct value *value, struct str *out);
void value_print_json(const struct value *value, struct str *out);

#endif
