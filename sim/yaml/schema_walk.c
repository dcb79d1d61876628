// SPDX-License-Identifier: Apache-2.0
// Walking the tables themselves: which objects there are below a schema, and whether each row is
// sound.
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/yaml/schema_value.h"

static void schema_collect_field(const struct schema_field *field, struct schema_set *set)
{
    if (field->object)
        schema_collect(field->object, set);
    if (field->item)
        schema_collect_field(field->item, set);
}

void schema_collect(const struct schema *schema, struct schema_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i] == schema)
            return;
    assert(set->count < SCHEMA_SET_MAX);
    set->items[set->count++] = schema;
    for (size_t i = 0; i < schema->fields_count; i++)
        schema_collect_field(&schema->fields[i], set);
}

void schema_add_anchor(const struct schema *schema, struct str *out)
{
    for (const char *at = schema->name; *at; at++) {
        char c = isalnum((unsigned char)*at) ? *at : '-';

        str_add(out, &c, 1);
    }
}

bool schema_example_is_whole(const struct schema_field *field)
{
    size_t length = field->name ? strlen(field->name) : 0;

    return length && strncmp(field->example, field->name, length) == 0 &&
           field->example[length] == ':';
}

const struct yaml_node *schema_example(const struct schema_field *field,
                                       const struct yaml_document *document)
{
    const struct yaml_node *root = yaml_root(document);

    bool whole = schema_example_is_whole(field) && root->kind == YAML_MAPPING && root->count == 1;

    return whole ? root->items[0] : root;
}

// What is missing in a row, or NULL.
static const char *schema_field_gap(const struct schema_field *field)
{
    bool has_item =
        field->type == SCHEMA_LIST || field->type == SCHEMA_MAP || field->type == SCHEMA_EITHER;

    if (field->type == SCHEMA_CHOICE && (!field->choices || !field->choices[0]))
        return "has no choices";
    if (field->type == SCHEMA_OBJECT && !field->object)
        return "has no object";
    if (has_item && !field->item)
        return "has no item";
    if (field->type == SCHEMA_QUANTITY && (field->unit == UNIT_NONE || field->unit >= UNIT_COUNT))
        return "has no unit";
    if (field->low > field->high)
        return "has its limits exchanged";
    if (field->item && field->item->name)
        return "has an item with a name";
    return field->item ? schema_field_gap(field->item) : NULL;
}

static void schema_check_example(const struct schema *schema, const struct schema_field *field,
                                 struct diag *diag)
{
    struct yaml_document *document;
    char *name = str_format("the example of '%s' in %s", field->name, schema->name);

    if (yaml_parse(name, field->example, strlen(field->example), diag, &document) == 0) {
        schema_check_field(field, document, schema_example(field, document), diag);
        yaml_free(&document);
    }
    free(name);
}

static void schema_check_row(const struct schema *schema, size_t row, struct diag *diag)
{
    const struct schema_field *field = &schema->fields[row];
    struct yaml_mark place = {.file = schema->name};
    const char *gap;

    if (!field->name || !field->doc || !*field->doc) {
        diag_error(diag, &place, NULL, NULL, "row %zu has no name or no doc", row);
        return;
    }
    for (size_t i = 0; i < row; i++)
        if (schema->fields[i].name && strcmp(schema->fields[i].name, field->name) == 0)
            diag_error(diag, &place, NULL, NULL, "two rows '%s'", field->name);
    gap = schema_field_gap(field);
    if (gap)
        diag_error(diag, &place, NULL, NULL, "'%s' %s", field->name, gap);
    else if (field->example)
        schema_check_example(schema, field, diag);
}

int schema_check_tables(const struct schema *schema, struct diag *diag)
{
    size_t errors = diag_errors(diag);
    struct schema_set set = {.count = 0};

    schema_collect(schema, &set);
    for (size_t i = 0; i < set.count; i++) {
        struct yaml_mark place = {.file = set.items[i]->name};

        if (!set.items[i]->doc)
            diag_error(diag, &place, NULL, NULL, "the schema has no doc");
        for (size_t k = 0; k < i; k++)
            if (strcmp(set.items[k]->name, set.items[i]->name) == 0)
                diag_error(diag, &place, NULL, NULL, "two schemas of this name");
        for (size_t k = 0; k < set.items[i]->fields_count; k++)
            schema_check_row(set.items[i], k, diag);
    }
    return diag_errors(diag) == errors ? 0 : ERR_SCHEMA;
}
