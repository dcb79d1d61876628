// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes become a tree or an error, never both or neither. A tree is walked, every
// key is looked up, it is checked against a table, and what is printed of it must read back as the
// same tree.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sim/yaml/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct schema fuzz_schema;
static const struct schema_field fuzz_item = {.type = SCHEMA_OBJECT, .object = &fuzz_schema};
static const struct schema_field fuzz_name = {.type = SCHEMA_NAME};
static const char *const fuzz_choices[] = {"one", "two", NULL};

static const struct schema_field fuzz_fields[] = {
    {.name = "id", .type = SCHEMA_NAME, .required = true},
    {.name = "n", .type = SCHEMA_INTEGER, .low = 1, .high = 247, .expression = true},
    {.name = "f", .type = SCHEMA_NUMBER},
    {.name = "b", .type = SCHEMA_BOOL},
    {.name = "t", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS},
    {.name = "a", .type = SCHEMA_QUANTITY, .unit = UNIT_A},
    {.name = "u", .type = SCHEMA_UTC},
    {.name = "c", .type = SCHEMA_CHOICE, .choices = fuzz_choices},
    {.name = "o", .type = SCHEMA_OBJECT, .object = &fuzz_schema},
    {.name = "l", .type = SCHEMA_LIST, .item = &fuzz_item},
    {.name = "m", .type = SCHEMA_MAP, .item = &fuzz_item},
    {.name = "e", .type = SCHEMA_EITHER, .item = &fuzz_name},
};

static const struct schema fuzz_schema = {
    .name = "fuzz",
    .fields = fuzz_fields,
    .fields_count = sizeof(fuzz_fields) / sizeof(fuzz_fields[0]),
};

static void fuzz_walk(const struct yaml_node *node)
{
    assert(node->mark.line > 0 && node->mark.column > 0);
    if (node->kind == YAML_SCALAR) {
        assert(node->text);
        return;
    }
    yaml_for_each(i, node) {
        if (node->kind == YAML_MAPPING)
            assert(yaml_get(node, node->keys[i]->text) == node->items[i]);
        fuzz_walk(node->items[i]);
    }
}

static void fuzz_read_back(const struct yaml_node *root)
{
    struct diag *diag = diag_new();
    struct yaml_document *again = NULL;
    struct str first = {0};
    struct str second = {0};

    yaml_print(root, &first);
    // Escapes make the text longer than the file; past the limit it cannot be read back.
    if (first.length <= YAML_FILE_BYTES_MAX) {
        int err = yaml_parse("printed", first.text, first.length, diag, &again);

        assert(err == 0 && diag_errors(diag) == 0);
        yaml_print(yaml_root(again), &second);
        assert(strcmp(first.text, second.text) == 0);
    }
    yaml_free(&again);
    str_done(&first);
    str_done(&second);
    diag_free(&diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;
    struct str out = {0};
    int err = yaml_parse("fuzz.yaml", (const char *)data, size, diag, &document);

    assert((err < 0) == (diag_errors(diag) > 0));
    assert((err == 0) == (document != NULL));
    if (document) {
        fuzz_walk(yaml_root(document));
        yaml_path(yaml_root(document), "l.0.m.a.b.c");
        schema_check(&fuzz_schema, document, yaml_root(document), diag);
        fuzz_read_back(yaml_root(document));
    }
    diag_print(diag, true, &out);
    str_done(&out);
    yaml_free(&document);
    diag_free(&diag);
    return 0;
}
