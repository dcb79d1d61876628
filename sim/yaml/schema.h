// SPDX-License-Identifier: Apache-2.0
// Schema tables: one set of C tables is the validator, the JSON schema for editors and the manual.
// A schema is a list of fields; a field has a type, the type may have a shape of its own.
#ifndef SIM_YAML_SCHEMA_H
#define SIM_YAML_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/str.h"
#include "sim/base/units.h"
#include "sim/yaml/tree.h"

enum schema_type {
    SCHEMA_TEXT, // Any scalar.
    SCHEMA_NAME, // Letters, digits, - _ .; starts with a letter. What a role, device or step id may
                 // be.
    SCHEMA_INTEGER,  // Whole number, decimal or 0x, within [low, high] when low < high.
    SCHEMA_NUMBER,   // Number without unit, within [low, high] when low < high.
    SCHEMA_BOOL,     // true/false, yes/no, on/off: only here do those words mean that.
    SCHEMA_QUANTITY, // Number with the unit `unit` ("16A"); UNIT_TIME_NS reads a duration.
    SCHEMA_UTC,      // ISO 8601 with zone.
    SCHEMA_CHOICE,   // One of `choices`.
    SCHEMA_OBJECT,   // A mapping with the fields of `object`.
    SCHEMA_LIST,     // A sequence of `item`.
    SCHEMA_MAP,      // A mapping from free names to `item`.
    SCHEMA_EITHER,   // `item` or a sequence of it.
    SCHEMA_VALUE, // A scalar that may be an expression; checked by the caller with its own rules.
    SCHEMA_ANY,   // Anything; checked by the caller.
};

struct schema;

struct schema_field {
    const char *name; // NULL for the item of a list or map.
    enum schema_type type;
    bool required;
    bool expression; // A scalar that begins with $ passes too; its type is checked at run.
    enum unit unit;
    double low, high;
    const char *const *choices; // NULL-terminated.
    const struct schema *object;
    const struct schema_field *item;
    const char *otherwise; // The default as its text in the manual, or NULL.
    const char *doc;       // One or two sentences for the manual.
    const char *example;   // YAML on one line, the value or `name: value`; or NULL.
};

struct schema {
    const char *name; // "scenario", "step": the heading in the manual.
    const char *doc;
    const struct schema_field *fields;
    size_t fields_count;
    bool open; // Unknown keys are allowed (and left to the caller).
    // A rule beyond fields, or NULL: notes its errors and returns. Called when the fields are
    // right, so it may read them.
    void (*rule)(const struct yaml_document *document, const struct yaml_node *node,
                 struct diag *diag);
};

// Checks `node` against `schema`; every error is noted with its place, the nearest known key and
// the unit or choice that was expected. Returns 0 or ERR_SCHEMA.
int schema_check(const struct schema *schema, const struct yaml_document *document,
                 const struct yaml_node *node, struct diag *diag);

// Checks one value against one field. As schema_check().
int schema_check_field(const struct schema_field *field, const struct yaml_document *document,
                       const struct yaml_node *node, struct diag *diag);

// Checks that the tables themselves are sound: each field has what its type needs, a doc, and an
// example that fits; for the tests of whoever writes tables. As schema_check().
int schema_check_tables(const struct schema *schema, struct diag *diag);

// Reads a checked scalar. The node must have passed schema_check() and be no expression; NULL gives
// `otherwise`.
bool schema_bool(const struct yaml_node *node, bool otherwise);
int64_t schema_integer(const struct yaml_node *node, int64_t otherwise);
double schema_number(const struct yaml_node *node, double otherwise);
int64_t schema_time_ns(const struct yaml_node *node, int64_t otherwise);
const char *schema_text(const struct yaml_node *node, const char *otherwise);
// The index of the text in the choices, -1 when absent.
int schema_choice(const struct yaml_node *node, const char *const *choices);

// Appends the JSON schema (draft 2020-12) of `schema` and everything below it.
void schema_print_json(const struct schema *schema, const char *title, struct str *out);

// Appends the manual: a heading, the doc, a table of fields, examples; each object once, depth
// first. What the manual of `told` has already is left out; NULL for none.
void schema_print_manual(const struct schema *schema, const struct schema *told, struct str *out);

#endif
