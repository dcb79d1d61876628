// SPDX-License-Identifier: Apache-2.0
// The tables as the manual, in Markdown: a section an object, a row a key.
#include "sim/base/units.h"
#include "sim/yaml/schema_value.h"

// Text inside a table: a bar would end the cell, a line break the row.
static void manual_add_cell(const char *text, struct str *out)
{
    for (; *text; text++) {
        if (*text == '|')
            str_adds(out, "\\|");
        else
            str_add(out, *text == '\n' ? " " : text, 1);
    }
}

static void manual_add_link(const struct schema *schema, struct str *out)
{
    str_addf(out, "[%s](#", schema->name);
    schema_add_anchor(schema, out);
    str_adds(out, ")");
}

static void manual_add_choices(const struct schema_field *field, struct str *out)
{
    for (const char *const *choice = field->choices; *choice; choice++) {
        str_addf(out, "%s`", choice == field->choices ? "" : ", ");
        manual_add_cell(*choice, out);
        str_adds(out, "`");
    }
}

static void manual_add_type(const struct schema_field *field, struct str *out)
{
    switch (field->type) {
    case SCHEMA_OBJECT:
        manual_add_link(field->object, out);
        break;
    case SCHEMA_LIST:
        str_adds(out, "list: ");
        manual_add_type(field->item, out);
        break;
    case SCHEMA_MAP:
        str_adds(out, "names, each with: ");
        manual_add_type(field->item, out);
        break;
    case SCHEMA_EITHER:
        str_adds(out, "one or a list: ");
        manual_add_type(field->item, out);
        break;
    case SCHEMA_CHOICE:
        manual_add_choices(field, out);
        break;
    case SCHEMA_TEXT:
    case SCHEMA_NAME:
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
    case SCHEMA_BOOL:
    case SCHEMA_QUANTITY:
    case SCHEMA_UTC:
    case SCHEMA_VALUE:
    case SCHEMA_ANY:
        schema_add_type(field, out);
        break;
    }
    if (field->type == SCHEMA_QUANTITY)
        str_addf(out, " (%s)", units_suffixes(field->unit));
    if (field->expression)
        str_adds(out, ", or an expression");
}

static void manual_add_row(const struct schema_field *field, struct str *out)
{
    str_addf(out, "| `%s` | ", field->name);
    manual_add_type(field, out);
    str_adds(out, " | ");
    if (field->required)
        str_adds(out, "required");
    else
        manual_add_cell(field->otherwise ? field->otherwise : "", out);
    str_adds(out, " | ");
    manual_add_cell(field->doc ? field->doc : "", out);
    str_adds(out, " |\n");
}

static void manual_add_examples(const struct schema *schema, struct str *out)
{
    bool any = false;

    for (size_t i = 0; i < schema->fields_count; i++) {
        const struct schema_field *field = &schema->fields[i];

        if (!field->example)
            continue;
        if (!any)
            str_adds(out, "\n```yaml\n");
        if (!schema_example_is_whole(field))
            str_addf(out, "%s: ", field->name);
        str_addf(out, "%s\n", field->example);
        any = true;
    }
    if (any)
        str_adds(out, "```\n");
}

static void manual_add_section(const struct schema *section, struct str *out)
{
    str_addf(out, "## %s\n\n", section->name);
    if (section->doc)
        str_addf(out, "%s\n\n", section->doc);
    str_adds(out, "| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < section->fields_count; i++)
        manual_add_row(&section->fields[i], out);
    if (section->open)
        str_adds(out, "\nOther keys are allowed here.\n");
    manual_add_examples(section, out);
}

void schema_print_manual(const struct schema *schema, const struct schema *told, struct str *out)
{
    struct schema_set set = {.count = 0};
    size_t first;

    if (told)
        schema_collect(told, &set);
    first = set.count;
    schema_collect(schema, &set);
    for (size_t i = first; i < set.count; i++) {
        str_adds(out, i > first ? "\n" : "");
        manual_add_section(set.items[i], out);
    }
}
