// SPDX-License-Identifier: Apache-2.0
// The checker: walks a node beside its table. Errors say what was expected in the words of the
// language, what was found, and how to write it. A value is not converted here: schema_value.c does
// that.
#include "sim/yaml/schema.h"

#include <assert.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/nearest.h"
#include "sim/yaml/schema_value.h"

#define SCHEMA_KEYS_SHOWN 12 // Known keys named in a hint; a longer list helps nobody.

static const struct schema_field *schema_find(const struct schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->fields_count; i++)
        if (strcmp(schema->fields[i].name, name) == 0)
            return &schema->fields[i];
    return NULL;
}

static void schema_unknown_key(const struct schema *schema, const struct yaml_document *document,
                               const struct yaml_node *key, struct diag *diag)
{
    struct nearest nearest;
    struct str hint = {0};

    nearest_init(&nearest, key->text);
    for (size_t i = 0; i < schema->fields_count; i++)
        nearest_add(&nearest, schema->fields[i].name);
    if (nearest_name(&nearest)) {
        str_addf(&hint, "did you mean '%s'?", nearest_name(&nearest));
    } else {
        str_adds(&hint, "known here:");
        for (size_t i = 0; i < schema->fields_count && i < SCHEMA_KEYS_SHOWN; i++)
            str_addf(&hint, "%s %s", i ? "," : "", schema->fields[i].name);
        if (schema->fields_count > SCHEMA_KEYS_SHOWN)
            str_adds(&hint, ", ...");
        if (schema->fields_count == 0)
            str_adds(&hint, " nothing");
    }
    yaml_error(diag, document, key, str_text(&hint), "unknown key '%s' in %s", key->text,
               schema->name);
    str_done(&hint);
}

static void schema_check_missing(const struct schema *schema, const struct yaml_document *document,
                                 const struct yaml_node *node, struct diag *diag)
{
    for (size_t i = 0; i < schema->fields_count; i++) {
        const struct schema_field *field = &schema->fields[i];
        struct str hint = {0};

        if (!field->required || yaml_get(node, field->name))
            continue;
        if (field->example) {
            bool whole = schema_example_is_whole(field);

            str_addf(&hint, "for example `%s%s%s`", whole ? "" : field->name, whole ? "" : ": ",
                     field->example);
        }
        yaml_error(diag, document, node, hint.text, "'%s' is missing in %s", field->name,
                   schema->name);
        str_done(&hint);
    }
}

int schema_check(const struct schema *schema, const struct yaml_document *document,
                 const struct yaml_node *node, struct diag *diag)
{
    size_t errors = diag_errors(diag);

    assert(schema->name && (schema->fields || schema->fields_count == 0));
    if (node->kind != YAML_MAPPING) {
        schema_wrong_kind(document, node, schema->name, diag);
        return ERR_SCHEMA;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct schema_field *field = schema_find(schema, node->keys[i]->text);

        if (field)
            schema_check_field(field, document, node->items[i], diag);
        else if (!schema->open)
            schema_unknown_key(schema, document, node->keys[i], diag);
    }
    schema_check_missing(schema, document, node, diag);
    // A rule may rely on the fields, so it is asked only when they are right.
    if (schema->rule && diag_errors(diag) == errors)
        schema->rule(document, node, diag);
    return diag_errors(diag) == errors ? 0 : ERR_SCHEMA;
}

static int schema_check_items(const struct schema_field *item, enum yaml_kind kind,
                              const char *wanted, const struct yaml_document *document,
                              const struct yaml_node *node, struct diag *diag)
{
    int err = 0;

    if (node->kind != kind) {
        schema_wrong_kind(document, node, wanted, diag);
        return ERR_SCHEMA;
    }
    for (size_t i = 0; i < node->count; i++)
        if (schema_check_field(item, document, node->items[i], diag) < 0)
            err = ERR_SCHEMA;
    return err;
}

int schema_check_field(const struct schema_field *field, const struct yaml_document *document,
                       const struct yaml_node *node, struct diag *diag)
{
    switch (field->type) {
    case SCHEMA_OBJECT:
        return schema_check(field->object, document, node, diag);
    case SCHEMA_LIST:
        return schema_check_items(field->item, YAML_SEQUENCE, "a list", document, node, diag);
    case SCHEMA_MAP:
        return schema_check_items(field->item, YAML_MAPPING, "a mapping of names", document, node,
                                  diag);
    case SCHEMA_EITHER:
        if (node->kind == YAML_SEQUENCE)
            return schema_check_items(field->item, YAML_SEQUENCE, "a list", document, node, diag);
        return schema_check_field(field->item, document, node, diag);
    case SCHEMA_ANY:
        return 0;
    case SCHEMA_TEXT:
    case SCHEMA_NAME:
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
    case SCHEMA_BOOL:
    case SCHEMA_QUANTITY:
    case SCHEMA_UTC:
    case SCHEMA_CHOICE:
    case SCHEMA_VALUE:
        return schema_check_scalar(field, document, node, diag);
    }
    assert(!"a type of schema.h");
    return ERR_SCHEMA;
}
