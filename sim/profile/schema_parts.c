// SPDX-License-Identifier: Apache-2.0
// What the sections of a profile share in the schema: the mark of a fact, and rows under columns.
#include "sim/profile/schema_parts.h"

#include <string.h>

const char *const profile_schema_confidences[] = {"H", "M", "L", NULL};
const struct schema_field profile_schema_text_item = {.type = SCHEMA_TEXT};
const struct schema_field profile_schema_any_item = {.type = SCHEMA_ANY};

static const struct schema_field source_fields[] = {
    {.name = "document", .type = SCHEMA_TEXT, .doc = "Number and revision, \"DOCA0241EN-06\"."},
    {.name = "clause", .type = SCHEMA_TEXT, .doc = "Chapter, table or page."},
    {.name = "confidence",
     .type = SCHEMA_CHOICE,
     .choices = profile_schema_confidences,
     .doc = "H: the vendor's own table, or code that runs against real devices. M: two weaker "
            "sources. L: recollection or judgement, to be checked on a board."},
};
const struct schema profile_schema_source = {
    .name = "source",
    .doc = "Where a fact comes from.",
    .fields = source_fields,
    .fields_count = SCHEMA_COUNT(source_fields),
};

// ---- Marked facts ----

bool profile_is_mark(const char *key)
{
    return !strcmp(key, "value") || !strcmp(key, "source") || !strcmp(key, "confidence") ||
           !strcmp(key, "note");
}

// A value with a mark: only a mark may stand beside it.
void profile_check_marks(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag)
{
    static const struct schema_field mark_fields[] = {
        {.name = "value", .type = SCHEMA_ANY, .required = true},
        MARKS,
    };
    static const struct schema mark_schema = {
        .name = "marked value",
        .fields = mark_fields,
        .fields_count = SCHEMA_COUNT(mark_fields),
    };

    if (node->kind == YAML_MAPPING && yaml_get(node, "value"))
        schema_check(&mark_schema, document, node, diag);
}

void profile_check_facts(const struct schema *schema, const struct yaml_document *document,
                         const struct yaml_node *node, struct diag *diag)
{
    for (size_t i = 0; i < schema->fields_count; i++) {
        const struct schema_field *field = &schema->fields[i];
        const struct yaml_node *fact = yaml_get(node, field->name);

        if (field->type != SCHEMA_ANY || !field->item || !fact)
            continue;
        profile_check_marks(document, fact, diag);
        schema_check_field(field->item, document, profile_unmark(fact), diag);
    }
}

// ---- Tables ----

void profile_schema_table_rule(const struct yaml_document *document, const struct yaml_node *node,
                               struct diag *diag)
{
    const struct yaml_node *columns = yaml_get(node, "columns");
    const struct yaml_node *rows = yaml_get(node, "rows");

    yaml_for_each(i, rows) {
        const struct yaml_node *row = rows->items[i];

        if (row->kind != YAML_SEQUENCE)
            yaml_error(diag, document, row, "write [cell, cell ...]", "a row is a list of cells");
        else if (columns && (row->count < columns->count || row->count > columns->count + 1))
            yaml_error(diag, document, row, NULL, "%zu cells in a table of %zu columns", row->count,
                       columns->count);
        else if (columns && row->count == columns->count + 1 &&
                 row->items[columns->count]->kind != YAML_MAPPING)
            yaml_error(diag, document, row->items[columns->count], NULL,
                       "only a map of further keys may follow the last column");
    }
}

static const struct schema_field table_fields[] = {
    {.name = "columns",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &profile_schema_text_item,
     .doc = "What the cells of each row mean."},
    {.name = "rows",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &profile_schema_any_item,
     .doc = "Lists of cells; a row may end with a map of what the columns do not carry."},
    MARKS,
};
const struct schema profile_schema_table = {
    .name = "table",
    .doc = "Rows under columns.",
    .fields = table_fields,
    .fields_count = SCHEMA_COUNT(table_fields),
    .rule = profile_schema_table_rule,
};
