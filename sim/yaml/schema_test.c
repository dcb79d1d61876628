// SPDX-License-Identifier: Apache-2.0
// A small schema with every type, walked as checker, reader, JSON schema and manual.
#include "sim/yaml/schema.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/json.h"

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

static void wire_rule(const struct yaml_document *document, const struct yaml_node *node,
                      struct diag *diag)
{
    if (schema_integer(yaml_get(node, "low"), 0) > schema_integer(yaml_get(node, "high"), 99))
        yaml_error(diag, document, yaml_get(node, "low"), NULL, "low lies above high");
}

static const struct schema_field wire_fields[] = {
    {.name = "low", .type = SCHEMA_INTEGER, .doc = "Lowest unit."},
    {.name = "high", .type = SCHEMA_INTEGER, .doc = "Highest unit."},
    {.name = "any", .type = SCHEMA_ANY, .doc = "Whatever the wire wants."},
};

static const struct schema wire = {
    .name = "wire",
    .doc = "What is between two devices.",
    .fields = wire_fields,
    .fields_count = COUNT_OF(wire_fields),
    .open = true,
    .rule = wire_rule,
};

static const struct schema step;

static const struct schema_field step_item = {.type = SCHEMA_OBJECT, .object = &step};
static const struct schema_field name_item = {.type = SCHEMA_NAME};
static const struct schema_field wire_item = {.type = SCHEMA_OBJECT, .object = &wire};

static const struct schema_field step_fields[] = {
    {.name = "do",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "The verb.",
     .example = "web.login"},
    {.name = "with", .type = SCHEMA_VALUE, .doc = "A value, $x or $(x)."},
    {.name = "steps", .type = SCHEMA_LIST, .item = &step_item, .doc = "Steps below this one."},
};

static const struct schema step = {
    .name = "a step",
    .doc = "One thing to do.",
    .fields = step_fields,
    .fields_count = COUNT_OF(step_fields),
};

static const char *const modes[] = {"jump", "real", "hold", "7", NULL};

static const struct schema_field bay_fields[] = {
    {.name = "id",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "Its id.",
     .example = "id: PS.WEB"},
    {.name = "title", .type = SCHEMA_TEXT, .doc = "A title | with a bar.", .example = "Lighting"},
    {.name = "unit",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 247,
     .expression = true,
     .doc = "Modbus unit.",
     .example = "0x10"},
    {.name = "factor",
     .type = SCHEMA_NUMBER,
     .low = 0,
     .high = 1,
     .otherwise = "1",
     .doc = "Of power."},
    {.name = "armed",
     .type = SCHEMA_BOOL,
     .otherwise = "no",
     .doc = "Armed or not.",
     .example = "yes"},
    {.name = "loose", .type = SCHEMA_BOOL, .expression = true, .doc = "Loose or not."},
    {.name = "within",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .expression = true,
     .doc = "Deadline.",
     .example = "5s"},
    {.name = "rated_A",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_A,
     .low = 1,
     .high = 6300,
     .doc = "Rated current.",
     .example = "16A"},
    {.name = "share", .type = SCHEMA_QUANTITY, .unit = UNIT_RATIO, .doc = "Share of the fleet."},
    {.name = "start", .type = SCHEMA_UTC, .doc = "Start.", .example = "2026-01-15T08:00:00Z"},
    {.name = "mode", .type = SCHEMA_CHOICE, .choices = modes, .doc = "Mode of the clock."},
    {.name = "wire",
     .type = SCHEMA_OBJECT,
     .object = &wire,
     .doc = "One wire.",
     .example = "{low: 1, high: 2, extra: [true, \"5\", 5]}"},
    {.name = "tags", .type = SCHEMA_EITHER, .item = &name_item, .doc = "One or more tags."},
    {.name = "steps",
     .type = SCHEMA_LIST,
     .item = &step_item,
     .doc = "What to do.",
     .example = "[{do: web.login, with: $x}]"},
    {.name = "wires", .type = SCHEMA_MAP, .item = &wire_item, .doc = "Wires by name."},
};

static const struct schema bay = {
    .name = "bay",
    .doc = "The whole file.",
    .fields = bay_fields,
    .fields_count = COUNT_OF(bay_fields),
};

static struct yaml_document *parsed(const char *text)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;

    ck_assert_int_eq(yaml_parse("a.yaml", text, strlen(text), diag, &document), 0);
    diag_free(&diag);
    return document;
}

static const char full[] = "id: PS.WEB.LOCKOUT\n"
                           "title: 12:30\n"
                           "unit: 0x10\n"
                           "factor: 0.95\n"
                           "armed: on\n"
                           "loose: $case.loose\n"
                           "within: 1m30s\n"
                           "rated_A: 1.6kA\n"
                           "share: 70%\n"
                           "start: 2026-01-15T08:00:00Z\n"
                           "mode: hold\n"
                           "wire: {low: 1, high: 2, colour: red, any: {x: [1]}}\n"
                           "tags: [security, login]\n"
                           "steps:\n"
                           "  - do: web.login\n"
                           "    with: $(1 + 2)\n"
                           "    steps: [{do: wait, steps: []}]\n"
                           "wires: {rs1: {}, lan: {low: 5}}\n";

START_TEST(a_right_file_passes_and_is_read)
{
    struct yaml_document *document = parsed(full);
    const struct yaml_node *root = yaml_root(document);
    struct diag *diag = diag_new();
    struct str out = {0};

    ck_assert_int_eq(schema_check(&bay, document, root, diag), 0);
    diag_print(diag, false, &out);
    ck_assert_str_eq(str_text(&out), "");
    ck_assert_str_eq(schema_text(yaml_get(root, "title"), "-"), "12:30");
    ck_assert_int_eq(schema_integer(yaml_get(root, "unit"), 0), 16);
    ck_assert_double_eq(schema_number(yaml_get(root, "factor"), 0), 0.95);
    ck_assert(schema_bool(yaml_get(root, "armed"), false));
    ck_assert_int_eq(schema_time_ns(yaml_get(root, "within"), 0), 90000000000);
    ck_assert_double_eq(schema_number(yaml_get(root, "rated_A"), 0), 1600);
    ck_assert_double_eq(schema_number(yaml_get(root, "share"), 0), 0.7);
    ck_assert_int_eq(schema_choice(yaml_get(root, "mode"), modes), 2);
    str_done(&out);
    diag_free(&diag);
    yaml_free(&document);
}
END_TEST

START_TEST(what_is_absent_gives_the_otherwise)
{
    ck_assert_str_eq(schema_text(NULL, "x"), "x");
    ck_assert_ptr_null(schema_text(NULL, NULL));
    ck_assert_int_eq(schema_integer(NULL, -3), -3);
    ck_assert_double_eq(schema_number(NULL, 1.5), 1.5);
    ck_assert(schema_bool(NULL, true) && !schema_bool(NULL, false));
    ck_assert_int_eq(schema_time_ns(NULL, 9), 9);
    ck_assert_int_eq(schema_choice(NULL, modes), -1);
}
END_TEST

static const struct {
    const char *text; // Behind "id: x" on a line of its own.
    const char *told; // The first line, without the file.
    const char *hint;
} bad[] = {
    {"titel: x", "2:1: error: unknown key 'titel' in bay", "did you mean 'title'?"},
    {"colour: x", "2:1: error: unknown key 'colour' in bay",
     "known here: id, title, unit, factor, armed, loose, within, rated_A, share, start, mode, "
     "wire, "
     "..."},
    {"title:", "2:7: error: a text is expected, not nothing", NULL},
    {"title: [a]", "2:8: error: a text is expected, not a list", NULL},
    {"unit: 0", "2:7: error: a whole number from 1 to 247 is expected, not '0'", NULL},
    {"unit: 248", "2:7: error: a whole number from 1 to 247 is expected, not '248'", NULL},
    {"unit: 1.5", "2:7: error: a whole number from 1 to 247 is expected, not '1.5'", NULL},
    {"unit: 5s", "2:7: error: a whole number from 1 to 247 is expected, not '5s'",
     "write the number without a unit"},
    {"unit: \"5\"", "2:7: error: a whole number from 1 to 247 is expected, not a text in quotes",
     "remove the quotes"},
    {"unit: \"x\"", "2:7: error: a whole number from 1 to 247 is expected, not a text in quotes",
     NULL},
    {"factor: 95%", "2:9: error: a number from 0 to 1 is expected, not '95%'",
     "write the number without a unit"},
    {"factor: 1.1", "2:9: error: a number from 0 to 1 is expected, not '1.1'", NULL},
    {"factor: $x", "2:9: error: a number from 0 to 1 is expected, not '$x'",
     "no expression can stand here: write the value itself"},
    {"armed: True", "2:8: error: yes or no is expected, not 'True'",
     "true, yes and on are one; false, no and off the other"},
    {"armed: 1", "2:8: error: yes or no is expected, not '1'",
     "true, yes and on are one; false, no and off the other"},
    {"armed: $x", "2:8: error: yes or no is expected, not '$x'",
     "no expression can stand here: write the value itself"},
    {"within: 5", "2:9: error: a time is expected, not '5'",
     "the unit is missing: write 5s (known: ns us ms s m h d)"},
    {"within: 16A", "2:9: error: a time is expected, not '16A'", "the units are: ns us ms s m h d"},
    {"within: 5sec", "2:9: error: a time is expected, not '5sec'",
     "the units are: ns us ms s m h d"},
    {"within: soon", "2:9: error: a time is expected, not 'soon'",
     "write a number and directly behind it one of: ns us ms s m h d"},
    {"within: 5 s", "2:9: error: a time is expected, not '5 s'",
     "write a number and directly behind it one of: ns us ms s m h d"},
    {"within: 999999999d", "2:9: error: a time is expected, not '999999999d'",
     "the number is too large"},
    {"rated_A: 7kA", "2:10: error: a quantity in A from 1A to 6300A is expected, not '7kA'", NULL},
    {"rated_A: 16", "2:10: error: a quantity in A from 1A to 6300A is expected, not '16'",
     "the unit is missing: write 16A (known: mA A kA)"},
    {"share: 0.7", "2:8: error: a quantity in % is expected, not '0.7'", "write 70%"},
    {"start: 2026-01-15T08:00:00",
     "2:8: error: a date or a time with its zone is expected, not '2026-01-15T08:00:00'",
     "for example 2026-01-15T08:00:00Z; a time of day needs its zone"},
    {"mode: jmp", "2:7: error: one of jump, real, hold, 7 is expected, not 'jmp'",
     "did you mean 'jump'?"},
    {"mode: 8", "2:7: error: one of jump, real, hold, 7 is expected, not '8'", NULL},
    {"wire: 5", "2:7: error: wire is expected, not a text", NULL},
    {"wire: {low: 5, high: 2}", "2:13: error: low lies above high", NULL},
    {"wire: {low: x, high: 2}", "2:13: error: a whole number is expected, not 'x'", NULL},
    {"tags: [a, 1b]", "2:11: error: a name is expected, not '1b'",
     "a name has letters, digits, - _ and ., and begins with a letter"},
    {"tags: a b", "2:7: error: a name is expected, not 'a b'",
     "a name has letters, digits, - _ and ., and begins with a letter"},
    {"steps: {do: x}", "2:8: error: a list is expected, not a mapping", NULL},
    {"steps: [{with: 1}]", "2:9: error: 'do' is missing in a step", "for example `do: web.login`"},
    {"steps: [{do: x, steps: [{d: y, do: x}]}]", "2:26: error: unknown key 'd' in a step",
     "known here: do, with, steps"},
    {"wires: [a]", "2:8: error: a mapping of names is expected, not a list", NULL},
    {"wires: {a: 1}", "2:12: error: wire is expected, not a text", NULL},
};

START_TEST(an_author_is_told_what_is_expected)
{
    char *text = str_format("id: x\n%s\n", bad[_i].text);
    struct yaml_document *document = parsed(text);
    char *told = str_format("a.yaml:%s\n", bad[_i].told);
    char *hint = bad[_i].hint ? str_format("      = hint: %s\n", bad[_i].hint) : str_copy("^\n");
    struct diag *diag = diag_new();
    struct str out = {0};

    ck_assert_int_eq(schema_check(&bay, document, yaml_root(document), diag), ERR_SCHEMA);
    ck_assert_uint_eq(diag_errors(diag), 1);
    diag_print(diag, false, &out);
    ck_assert_msg(strncmp(out.text, told, strlen(told)) == 0, "%s instead of %s", out.text, told);
    ck_assert_msg(strcmp(out.text + out.length - strlen(hint), hint) == 0, "%s", out.text);
    str_done(&out);
    diag_free(&diag);
    yaml_free(&document);
    free(text);
    free(told);
    free(hint);
}
END_TEST

START_TEST(every_error_is_told_at_once)
{
    struct yaml_document *document = parsed("titel: x\nunit: y\nmode: z\nsteps: [{}, {}]\n");
    struct diag *diag = diag_new();

    ck_assert_int_eq(schema_check(&bay, document, yaml_root(document), diag), ERR_SCHEMA);
    ck_assert_uint_eq(diag_errors(diag), 6); // And the id is missing.
    diag_free(&diag);
    yaml_free(&document);
}
END_TEST

START_TEST(one_value_may_be_checked_alone)
{
    struct yaml_document *document = parsed("[300, 5]");
    struct diag *diag = diag_new();

    ck_assert_int_eq(
        schema_check_field(&bay_fields[2], document, yaml_path(yaml_root(document), "1"), diag), 0);
    ck_assert_int_eq(
        schema_check_field(&bay_fields[2], document, yaml_path(yaml_root(document), "0"), diag),
        ERR_SCHEMA);
    diag_free(&diag);
    yaml_free(&document);
}
END_TEST

static struct json *printed_json(const struct schema *schema)
{
    struct str out = {0};
    struct json *json = NULL;
    size_t where = 0;

    schema_print_json(schema, "a \"bay\"", &out);
    ck_assert_msg(json_parse(out.text, out.length, &json, &where) == 0, "at %zu of %s", where,
                  out.text);
    str_done(&out);
    return json;
}

static const struct json *at(const struct json *json, const char *first, const char *second)
{
    return json_get(json_get(json, first), second);
}

START_TEST(the_json_schema_is_what_editors_read)
{
    struct json *json = printed_json(&bay);
    const struct json *properties = json_get(json, "properties");
    const struct json *in_step = at(json, "$defs", "a-step");

    ck_assert_str_eq(json_text(json_get(json, "$schema"), ""),
                     "https://json-schema.org/draft/2020-12/schema");
    ck_assert_str_eq(json_text(json_get(json, "title"), ""), "a \"bay\"");
    ck_assert_str_eq(json_text(json_get(json, "type"), ""), "object");
    ck_assert(!json_bool(json_get(json, "additionalProperties"), true));
    ck_assert_uint_eq(json_count(json_get(json, "required")), 1);
    ck_assert_str_eq(json_text(json_at(json_get(json, "required"), 0), ""), "id");
    ck_assert_uint_eq(json_count(properties), COUNT_OF(bay_fields));
    ck_assert_uint_eq(json_count(json_get(json, "$defs")), 2);
    ck_assert(json_bool(json_get(at(json, "$defs", "wire"), "additionalProperties"), false));
    ck_assert_str_eq(json_text(at(properties, "wire", "$ref"), ""), "#/$defs/wire");
    ck_assert_str_eq(
        json_text(json_get(at(properties, "wires", "additionalProperties"), "$ref"), ""),
        "#/$defs/wire");
    ck_assert_str_eq(json_text(json_get(at(properties, "steps", "items"), "$ref"), ""),
                     "#/$defs/a-step");
    // A step refers to itself.
    ck_assert_str_eq(
        json_text(json_get(json_get(at(in_step, "properties", "steps"), "items"), "$ref"), ""),
        "#/$defs/a-step");
    ck_assert_str_eq(json_text(at(properties, "title", "description"), ""),
                     "A title | with a bar.");
    ck_assert_str_eq(json_text(at(properties, "factor", "description"), ""),
                     "Of power. Default: 1.");
    ck_assert_double_eq(json_number(at(properties, "unit", "maximum"), 0), 247);
    ck_assert_uint_eq(json_count(at(properties, "mode", "enum")), 5); // "7" and 7.
    ck_assert_uint_eq(json_count(at(properties, "tags", "anyOf")), 2);
    json_free(&json);
}
END_TEST

START_TEST(examples_become_json_as_an_editor_reads_them)
{
    struct json *json = printed_json(&bay);
    const struct json *properties = json_get(json, "properties");
    const struct json *extra = json_get(json_at(at(properties, "wire", "examples"), 0), "extra");

    ck_assert_str_eq(json_text(json_at(at(properties, "id", "examples"), 0), ""), "PS.WEB");
    ck_assert_int_eq(json_integer(json_at(at(properties, "unit", "examples"), 0), 0), 16);
    ck_assert_str_eq(json_text(json_at(at(properties, "within", "examples"), 0), ""), "5s");
    ck_assert(json_bool(json_at(extra, 0), false));
    ck_assert_str_eq(json_text(json_at(extra, 1), ""), "5");
    ck_assert_int_eq(json_integer(json_at(extra, 2), 0), 5);
    json_free(&json);
}
END_TEST

// A schema that refers to its own top does so by "#".
START_TEST(a_recursive_schema_ends)
{
    struct json *json = printed_json(&step);
    struct str manual = {0};

    ck_assert_uint_eq(json_count(json_get(json, "$defs")), 0);
    ck_assert_str_eq(
        json_text(json_get(json_get(at(json, "properties", "steps"), "items"), "$ref"), ""), "#");
    json_free(&json);
    schema_print_manual(&step, NULL, &manual);
    ck_assert_str_eq(manual.text,
                     "## a step\n\nOne thing to do.\n\n"
                     "| Key | Value | Default | Meaning |\n|---|---|---|---|\n"
                     "| `do` | a name | required | The verb. |\n"
                     "| `with` | a value |  | A value, $x or $(x). |\n"
                     "| `steps` | list: [a step](#a-step) |  | Steps below this one. |\n"
                     "\n```yaml\ndo: web.login\n```\n");
    str_done(&manual);
}
END_TEST

START_TEST(the_manual_has_every_object_once)
{
    static const char *const lines[] = {
        "## bay\n\nThe whole file.\n\n| Key | Value | Default | Meaning |\n",
        "| `id` | a name | required | Its id. |\n",
        "| `title` | a text |  | A title \\| with a bar. |\n",
        "| `unit` | a whole number from 1 to 247, or an expression |  | Modbus unit. |\n",
        "| `armed` | yes or no | no | Armed or not. |\n",
        "| `within` | a time (ns us ms s m h d), or an expression |  | Deadline. |\n",
        "| `rated_A` | a quantity in A from 1A to 6300A (mA A kA) |  | Rated current. |\n",
        "| `mode` | `jump`, `real`, `hold`, `7` |  | Mode of the clock. |\n",
        "| `wire` | [wire](#wire) |  | One wire. |\n",
        "| `tags` | one or a list: a name |  | One or more tags. |\n",
        "| `wires` | names, each with: [wire](#wire) |  | Wires by name. |\n",
        "```yaml\nid: PS.WEB\ntitle: Lighting\nunit: 0x10\n",
        "\n## wire\n\n",
        "\nOther keys are allowed here.\n",
        "\n## a step\n\n",
    };
    struct str manual = {0};
    const char *from;

    schema_print_manual(&bay, NULL, &manual);
    from = manual.text;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        from = strstr(from, lines[i]);
        ck_assert_msg(from, "%s", lines[i]);
    }
    ck_assert_ptr_null(strstr(strstr(manual.text, "## wire") + 1, "## wire"));
    str_clear(&manual);
    schema_print_manual(&bay, &step, &manual);
    ck_assert_ptr_nonnull(strstr(manual.text, "## wire"));
    ck_assert_ptr_null(strstr(manual.text, "## a step"));
    str_done(&manual);
}
END_TEST

START_TEST(sound_tables_pass_and_others_are_named)
{
    static const struct schema_field rows[] = {
        {.name = "a", .type = SCHEMA_LIST, .doc = "x"},
        {.name = "b", .type = SCHEMA_OBJECT, .doc = "x"},
        {.name = "c", .type = SCHEMA_CHOICE, .doc = "x"},
        {.name = "d", .type = SCHEMA_QUANTITY, .doc = "x"},
        {.name = "e", .type = SCHEMA_INTEGER, .doc = "x", .low = 2, .high = 1},
        {.name = "f", .type = SCHEMA_INTEGER, .doc = "x", .example = "five"},
        {.name = "f", .type = SCHEMA_TEXT, .doc = "x", .example = "[unclosed"},
        {.name = "g", .type = SCHEMA_LIST, .doc = "x", .item = &rows[6]},
        {.name = "h", .type = SCHEMA_TEXT},
    };
    static const struct schema unsound = {.name = "wire", .fields = rows, .fields_count = 9};
    struct diag *diag = diag_new();

    ck_assert_int_eq(schema_check_tables(&bay, diag), 0);
    ck_assert_uint_eq(diag_errors(diag), 0);
    ck_assert_int_eq(schema_check_tables(&unsound, diag), ERR_SCHEMA);
    ck_assert_uint_eq(diag_errors(diag),
                      11); // A row each, 'f' twice over, and the doc of the schema.
    diag_free(&diag);
}
END_TEST

Suite *schema_suite(void)
{
    Suite *suite = suite_create("schema");
    TCase *tables = tcase_create("schema");

    tcase_add_test(tables, a_right_file_passes_and_is_read);
    tcase_add_test(tables, what_is_absent_gives_the_otherwise);
    tcase_add_loop_test(tables, an_author_is_told_what_is_expected, 0, COUNT_OF(bad));
    tcase_add_test(tables, every_error_is_told_at_once);
    tcase_add_test(tables, one_value_may_be_checked_alone);
    tcase_add_test(tables, the_json_schema_is_what_editors_read);
    tcase_add_test(tables, examples_become_json_as_an_editor_reads_them);
    tcase_add_test(tables, a_recursive_schema_ends);
    tcase_add_test(tables, the_manual_has_every_object_once);
    tcase_add_test(tables, sound_tables_pass_and_others_are_named);
    suite_add_tcase(suite, tables);
    return suite;
}
