// SPDX-License-Identifier: Apache-2.0
// How the schema of profile files is written: a fact may stand plainly or with its mark
// ({value: x, confidence: L}), so most fields are FACT(), whose type is any to the validator, and
// the rule of the section takes the mark off and checks the value by the field's own type. Only for
// the profile_schema*.c files.
#ifndef SIM_PROFILE_SCHEMA_PARTS_H
#define SIM_PROFILE_SCHEMA_PARTS_H

#include "sim/profile/parts.h"

#define SCHEMA_COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A field whose value may carry a mark.
#define FACT(field_name, field_doc, ...)                                                           \
    {                                                                                              \
        .name = field_name, .type = SCHEMA_ANY,                                                    \
        .item = &(const struct schema_field){.name = field_name, __VA_ARGS__}, .doc = field_doc    \
    }
#define INTEGER(lowest, highest) .type = SCHEMA_INTEGER, .low = (lowest), .high = (highest)
#define DURATION .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS

// The fields every section and entry may have: where the fact comes from.
#define MARKS                                                                                      \
    {.name = "source",                                                                             \
     .type = SCHEMA_OBJECT,                                                                        \
     .object = &profile_schema_source,                                                             \
     .otherwise = "inherited",                                                                     \
     .doc = "The document that says so."},                                                         \
        {.name = "confidence",                                                                     \
         .type = SCHEMA_CHOICE,                                                                    \
         .choices = profile_schema_confidences,                                                    \
         .otherwise = "inherited",                                                                 \
         .doc = "How sure it is: H, M or L."},                                                     \
    {                                                                                              \
        .name = "note", .type = SCHEMA_TEXT, .doc = "A word to the reader."                        \
    }

// The rule of a section `name_schema` of this file that only has to check its facts.
#define FACTS_RULE(section)                                                                        \
    static const struct schema section##_schema;                                                   \
    static void section##_facts(const struct yaml_document *document,                              \
                                const struct yaml_node *node, struct diag *diag)                   \
    {                                                                                              \
        profile_check_facts(&section##_schema, document, node, diag);                              \
    }

extern const char *const profile_schema_confidences[];
extern const struct schema profile_schema_source;
extern const struct schema_field profile_schema_text_item;
extern const struct schema_field profile_schema_any_item;

// Rows under columns, and its rule for a section that has more fields.
extern const struct schema profile_schema_table;
void profile_schema_table_rule(const struct yaml_document *document, const struct yaml_node *node,
                               struct diag *diag);

// True for the keys that may stand beside a `value`.
bool profile_is_mark(const char *key);

// Checks the mark of a marked value; does nothing for a plain one.
void profile_check_marks(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag);

// Checks every FACT() of `schema` that the node has.
void profile_check_facts(const struct schema *schema, const struct yaml_document *document,
                         const struct yaml_node *node, struct diag *diag);

// The sections, by file. The policies are a map of free names: their rule stands alone.
extern const struct schema profile_schema_service;
void profile_schema_policies_rule(const struct yaml_document *document,
                                  const struct yaml_node *policies, struct diag *diag);
extern const struct schema profile_schema_modbus;
extern const struct schema profile_schema_serial;
extern const struct schema profile_schema_gateway;
extern const struct schema profile_schema_timing;
extern const struct schema profile_schema_block;
extern const struct schema profile_schema_commands;
extern const struct schema profile_schema_remote_control;
extern const struct schema profile_schema_web;
extern const struct schema profile_schema_audit;

#endif
