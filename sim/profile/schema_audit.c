// SPDX-License-Identifier: Apache-2.0
// Profile section `audit`: how long the security log of a device is, what it records, and what it
// never does. The guides name a few events only; the others carry their mark.
#include "sim/profile/schema_parts.h"

#include <string.h>

static const char *const formats[] = {"csv", NULL};
static const char *const categories[] = {"access", "configuration", "system", "firmware", NULL};
static const char *const results[] = {"success", "failure", NULL};
static const struct schema_field name_item = {.type = SCHEMA_NAME};

// ---- Events ----

// Each cell of a column against what it may be.
static void check_cells(const struct schema_field *cell, size_t column,
                        const struct yaml_document *document, const struct yaml_node *rows,
                        struct diag *diag)
{
    yaml_for_each(i, rows) {
        if (rows->items[i]->kind == YAML_SEQUENCE && column < rows->items[i]->count)
            schema_check_field(cell, document, rows->items[i]->items[column], diag);
    }
}

static void events_rule(const struct yaml_document *document, const struct yaml_node *node,
                        struct diag *diag)
{
    static const struct schema_field cells[] = {
        {.name = "event", .type = SCHEMA_NAME},
        {.name = "category", .type = SCHEMA_CHOICE, .choices = categories},
        {.name = "result", .type = SCHEMA_CHOICE, .choices = results},
    };
    const struct yaml_node *columns = yaml_get(node, "columns");

    profile_schema_table_rule(document, node, diag);
    yaml_for_each(i, columns) {
        for (size_t k = 0; k < SCHEMA_COUNT(cells); k++)
            if (columns->items[i]->text && !strcmp(columns->items[i]->text, cells[k].name))
                check_cells(&cells[k], i, document, yaml_get(node, "rows"), diag);
    }
}

static const struct schema_field events_fields[] = {
    {.name = "columns",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &profile_schema_text_item,
     .doc = "event, category, result, and what a reader wants to know."},
    {.name = "rows",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &profile_schema_any_item,
     .doc = "A row an event; it may end with its mark."},
    MARKS,
};
static const struct schema events_schema = {
    .name = "audit events",
    .doc = "What the log records.",
    .fields = events_fields,
    .fields_count = SCHEMA_COUNT(events_fields),
    .rule = events_rule,
};

// ---- The section ----

static void audit_rule(const struct yaml_document *document, const struct yaml_node *node,
                       struct diag *diag)
{
    profile_check_facts(&profile_schema_audit, document, node, diag);
}

static const struct schema_field audit_fields[] = {
    FACT("entries_max", "How many entries it keeps; then the oldest goes.", INTEGER(16, 1000)),
    FACT("format", "What a download is.", .type = SCHEMA_CHOICE, .choices = formats),
    FACT("fields", "The fields of an entry, in the order of the download.", .type = SCHEMA_EITHER,
         .item = &name_item),
    FACT("never", "What no entry carries.", .type = SCHEMA_EITHER, .item = &name_item),
    {.name = "events",
     .type = SCHEMA_OBJECT,
     .object = &events_schema,
     .doc = "What the log records.",
     .example = "{columns: [event, category, result], rows: [[login-failed, access, failure]]}"},
    MARKS,
};
const struct schema profile_schema_audit = {
    .name = "audit log",
    .doc = "The security log of the device.",
    .fields = audit_fields,
    .fields_count = SCHEMA_COUNT(audit_fields),
    .rule = audit_rule,
};
