// SPDX-License-Identifier: Apache-2.0
// What the files of the schema engine share. Not for other rooms: they see schema.h.
#ifndef SIM_YAML_SCHEMA_VALUE_H
#define SIM_YAML_SCHEMA_VALUE_H

#include "sim/yaml/schema.h"

#define SCHEMA_SET_MAX 512 // Objects below one schema.

// Checks a scalar against a field of a scalar type. Returns 0 or ERR_SCHEMA, noted.
int schema_check_scalar(const struct schema_field *field, const struct yaml_document *document,
                        const struct yaml_node *node, struct diag *diag);

// Notes that a mapping, list or scalar stands where `wanted` should ("a list", or a schema's name).
void schema_wrong_kind(const struct yaml_document *document, const struct yaml_node *node,
                       const char *wanted, struct diag *diag);

// The type of a scalar field in words: "a whole number from 1 to 247".
void schema_add_type(const struct schema_field *field, struct str *out);

// The example's value: an example may be the value alone or `name: value`. `document` is the
// example parsed.
const struct yaml_node *schema_example(const struct schema_field *field,
                                       const struct yaml_document *document);

// True when the field's example reads `name: value`; false when it is the value alone.
bool schema_example_is_whole(const struct schema_field *field);

// `schema` and every object below it, each once, depth first.
struct schema_set {
    const struct schema *items[SCHEMA_SET_MAX];
    size_t count;
};

void schema_collect(const struct schema *schema, struct schema_set *set);

// The name as an anchor or a pointer may hold it: letters, digits and hyphens, "modbus-read-with".
void schema_add_anchor(const struct schema *schema, struct str *out);

#endif
