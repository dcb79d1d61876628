// SPDX-License-Identifier: Apache-2.0
// The tables as a JSON schema (draft 2020-12) for editors. An editor's YAML reader has turned plain
// scalars into numbers, truth values and nulls before it asks the schema, so a type here allows
// every form under which that reader may hand over what our checker accepts. Not expressed: `rule`,
// and limits of quantities, which are texts to an editor.
#include <stdlib.h>
#include <string.h>

#include "sim/base/units.h"
#include "sim/yaml/schema_value.h"

#define SCHEMA_DIGITS "[0-9][0-9_]*"
#define SCHEMA_DECIMAL SCHEMA_DIGITS "(\\.[0-9_]+)?([eE][-+]?[0-9]+)?"
#define SCHEMA_HEX "0[xX][0-9a-fA-F_]+"

static void json_add_field(const struct schema_field *field, const struct schema *top,
                           struct str *out);

static void json_add_ref(const struct schema *schema, const struct schema *top, struct str *out)
{
    if (schema == top) {
        str_adds(out, "\"$ref\": \"#\"");
        return;
    }
    str_adds(out, "\"$ref\": \"#/$defs/");
    schema_add_anchor(schema, out);
    str_adds(out, "\"");
}

// "pattern": the whole text fits `pattern`, or it is an expression where one is allowed.
static void json_add_pattern(const struct schema_field *field, const char *pattern, struct str *out)
{
    char *whole = str_format("^(%s)$%s", pattern, field->expression ? "|^\\$" : "");

    str_adds(out, "\"pattern\": ");
    str_add_json(out, whole);
    free(whole);
}

static void json_add_limits(const struct schema_field *field, struct str *out)
{
    if (field->low < field->high)
        str_addf(out, ", \"minimum\": %.17g, \"maximum\": %.17g", field->low, field->high);
}

static void json_add_quantity(const struct schema_field *field, struct str *out)
{
    struct str pattern = {0};
    bool time = field->unit == UNIT_TIME_NS;

    str_adds(&pattern,
             time ? "0|[-+]?(" SCHEMA_DIGITS "(\\.[0-9_]+)?(" : "[-+]?(" SCHEMA_DECIMAL "(");
    for (const char *at = units_suffixes(field->unit); *at; at++)
        str_add(&pattern, *at == ' ' ? "|" : at, 1);
    str_adds(&pattern, time ? "))+" : "))");
    str_addf(out, "\"type\": [\"string\"%s], ", time ? ", \"integer\"" : "");
    if (time)
        str_adds(out, "\"minimum\": 0, \"maximum\": 0, ");
    json_add_pattern(field, str_text(&pattern), out);
    str_done(&pattern);
}

// A choice that an editor reads as a number or a truth value is allowed in both forms.
static void json_add_choice(const struct schema_field *field, struct str *out)
{
    double number;
    enum unit unit;

    str_adds(out, field->expression ? "\"anyOf\": [{\"enum\": [" : "\"enum\": [");
    for (const char *const *choice = field->choices; *choice; choice++) {
        str_adds(out, choice == field->choices ? "" : ", ");
        str_add_json(out, *choice);
        if (units_parse(*choice, &number, &unit) == 0 && unit == UNIT_NONE)
            str_addf(out, ", %.17g", number);
        else if (strcmp(*choice, "true") == 0 || strcmp(*choice, "false") == 0 ||
                 strcmp(*choice, "null") == 0)
            str_addf(out, ", %s", *choice);
    }
    str_adds(out, field->expression ? "]}, {\"type\": \"string\", \"pattern\": \"^\\\\$\"}]" : "]");
}

static void json_add_truth(const struct schema_field *field, struct str *out)
{
    static const char values[] =
        "\"enum\": [true, false, \"true\", \"false\", \"yes\", \"no\", \"on\", \"off\"]";

    if (field->expression)
        str_addf(out, "\"anyOf\": [{%s}, {\"type\": \"string\", \"pattern\": \"^\\\\$\"}]", values);
    else
        str_adds(out, values);
}

static void json_add_item(const struct schema_field *item, const struct schema *top,
                          struct str *out)
{
    str_adds(out, "{");
    json_add_field(item, top, out);
    str_adds(out, "}");
}

static void json_add_either(const struct schema_field *field, const struct schema *top,
                            struct str *out)
{
    str_adds(out, "\"anyOf\": [");
    json_add_item(field->item, top, out);
    str_adds(out, ", {\"type\": \"array\", \"items\": ");
    json_add_item(field->item, top, out);
    str_adds(out, "}]");
}

static void json_add_type(const struct schema_field *field, const struct schema *top,
                          struct str *out)
{
    switch (field->type) {
    case SCHEMA_TEXT:
    case SCHEMA_VALUE:
        str_adds(out, "\"type\": [\"string\", \"number\", \"boolean\", \"null\"]");
        break;
    case SCHEMA_NAME:
        str_adds(out, "\"type\": [\"string\", \"boolean\", \"null\"], ");
        json_add_pattern(field, "[A-Za-z][A-Za-z0-9_.-]*", out);
        break;
    case SCHEMA_INTEGER:
        str_adds(out, "\"type\": [\"integer\", \"string\"], ");
        json_add_pattern(field, "[-+]?(" SCHEMA_DIGITS "|" SCHEMA_HEX ")", out);
        json_add_limits(field, out);
        break;
    case SCHEMA_NUMBER:
        str_adds(out, "\"type\": [\"number\", \"string\"], ");
        json_add_pattern(field, "[-+]?(" SCHEMA_DECIMAL "|" SCHEMA_HEX ")", out);
        json_add_limits(field, out);
        break;
    case SCHEMA_BOOL:
        json_add_truth(field, out);
        break;
    case SCHEMA_QUANTITY:
        json_add_quantity(field, out);
        break;
    case SCHEMA_UTC:
        str_adds(out, "\"type\": \"string\", ");
        json_add_pattern(field,
                         "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?"
                         "(Z|[-+][0-9]{2}:[0-9]{2}))?",
                         out);
        break;
    case SCHEMA_CHOICE:
        json_add_choice(field, out);
        break;
    case SCHEMA_OBJECT:
        json_add_ref(field->object, top, out);
        break;
    case SCHEMA_LIST:
        str_adds(out, "\"type\": \"array\", \"items\": ");
        json_add_item(field->item, top, out);
        break;
    case SCHEMA_MAP:
        str_adds(out, "\"type\": \"object\", \"additionalProperties\": ");
        json_add_item(field->item, top, out);
        break;
    case SCHEMA_EITHER:
        json_add_either(field, top, out);
        break;
    case SCHEMA_ANY:
        break;
    }
}

// A scalar as an editor's reader sees it: a plain number is a number, a plain true is a truth
// value.
static void json_add_scalar(const struct yaml_node *node, struct str *out)
{
    double number;
    enum unit unit;

    if (!node->quoted && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0))
        str_adds(out, node->text);
    else if (!node->quoted && units_parse(node->text, &number, &unit) == 0 && unit == UNIT_NONE)
        str_addf(out, "%.17g", number);
    else
        str_add_json(out, node->text);
}

static void json_add_node(const struct yaml_node *node, struct str *out)
{
    if (node->kind == YAML_SCALAR) {
        json_add_scalar(node, out);
        return;
    }
    str_adds(out, node->kind == YAML_MAPPING ? "{" : "[");
    yaml_for_each(i, node) {
        str_adds(out, i ? ", " : "");
        if (node->kind == YAML_MAPPING) {
            str_add_json(out, node->keys[i]->text);
            str_adds(out, ": ");
        }
        json_add_node(node->items[i], out);
    }
    str_adds(out, node->kind == YAML_MAPPING ? "}" : "]");
}

// An example that does not parse is left out; schema_check_tables() is what finds it.
static void json_add_example(const struct schema_field *field, struct str *out)
{
    struct diag *diag = diag_new();
    struct yaml_document *document;

    if (yaml_parse("example", field->example, strlen(field->example), diag, &document) == 0) {
        str_adds(out, ", \"examples\": [");
        json_add_node(schema_example(field, document), out);
        str_adds(out, "]");
        yaml_free(&document);
    }
    diag_free(&diag);
}

static void json_add_field(const struct schema_field *field, const struct schema *top,
                           struct str *out)
{
    struct str doc = {0};
    size_t empty = out->length;

    json_add_type(field, top, out);
    if (field->doc)
        str_adds(&doc, field->doc);
    if (field->otherwise)
        str_addf(&doc, "%sDefault: %s.", doc.length ? " " : "", field->otherwise);
    if (doc.length) {
        str_adds(out, out->length > empty ? ", \"description\": " : "\"description\": ");
        str_add_json(out, doc.text);
        if (field->example)
            json_add_example(field, out);
    }
    str_done(&doc);
}

static void json_add_object(const struct schema *schema, const struct schema *top,
                            const char *indent, struct str *out)
{
    const char *separator = "";

    str_addf(out, "%s\"type\": \"object\",\n", indent);
    if (schema->doc) {
        str_addf(out, "%s\"description\": ", indent);
        str_add_json(out, schema->doc);
        str_adds(out, ",\n");
    }
    str_addf(out, "%s\"additionalProperties\": %s,\n", indent, schema->open ? "true" : "false");
    str_addf(out, "%s\"required\": [", indent);
    for (size_t i = 0; i < schema->fields_count; i++) {
        if (!schema->fields[i].required)
            continue;
        str_adds(out, separator);
        str_add_json(out, schema->fields[i].name);
        separator = ", ";
    }
    str_addf(out, "],\n%s\"properties\": {", indent);
    for (size_t i = 0; i < schema->fields_count; i++) {
        str_addf(out, "%s\n%s  ", i ? "," : "", indent);
        str_add_json(out, schema->fields[i].name);
        str_adds(out, ": {");
        json_add_field(&schema->fields[i], top, out);
        str_adds(out, "}");
    }
    str_addf(out, "\n%s}", indent);
}

void schema_print_json(const struct schema *schema, const char *title, struct str *out)
{
    struct schema_set set = {.count = 0};

    schema_collect(schema, &set);
    str_adds(out, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
    str_adds(out, "  \"title\": ");
    str_add_json(out, title);
    str_adds(out, ",\n");
    json_add_object(schema, schema, "  ", out);
    str_adds(out, ",\n  \"$defs\": {");
    for (size_t i = 1; i < set.count; i++) {
        str_addf(out, "%s\n    \"", i > 1 ? "," : "");
        schema_add_anchor(set.items[i], out);
        str_adds(out, "\": {\n");
        json_add_object(set.items[i], schema, "      ", out);
        str_adds(out, "\n    }");
    }
    str_adds(out, set.count > 1 ? "\n  }\n}\n" : "}\n}\n");
}
