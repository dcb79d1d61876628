// SPDX-License-Identifier: Apache-2.0
// Texts that make a tree, and texts that do not: for these what the author is told, row by row.
#include "sim/yaml/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct yaml_document *parsed(const char *text)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;
    struct str out = {0};

    if (yaml_parse("a.yaml", text, strlen(text), diag, &document) < 0) {
        diag_print(diag, false, &out);
        ck_abort_msg("%s", str_text(&out));
    }
    ck_assert_uint_eq(diag_errors(diag), 0);
    diag_free(&diag);
    return document;
}

static const struct {
    const char *text, *printed;
} good[] = {
    {"a: 1\nb: [x, 'y', \"z\"]\n", "{a: 1, b: [x, \"y\", \"z\"]}"},
    {"- {a: b}\n- []\n- {}\n", "[{a: b}, [], {}]"},
    {"on: NO\noff: 0644\nt: 12:30:45\nv: 1.10\n", "{on: NO, off: 0644, t: 12:30:45, v: 1.10}"},
    {"a:\nb: ''\nc: ~\n", "{a: \"\", b: \"\", c: ~}"},
    {"a: |\n  x\n  y\n", "{a: \"x\\ny\\n\"}"},
    {"a: plain, with [brackets]\n", "{a: \"plain, with [brackets]\"}"},
    {"a: $(tries1 + tries2)\nb: $gw.user\n", "{a: $(tries1 + tries2), b: $gw.user}"},
    {"a: http://x/\nb: 'x: y'\nc: -5\n", "{a: \"http://x/\", b: \"x: y\", c: -5}"},
    {"---\na: 1\n...\n", "{a: 1}"},
    {"%YAML 1.1\n---\na: 1\n", "{a: 1}"},
    {"\xEF\xBB\xBF"
     "a: 1\r\nb: 2\r\n",
     "{a: 1, b: 2}"},
    {"a: \"\\u00e9\\n\"\n", "{a: \"\xC3\xA9\\n\"}"},
    {"# only a comment in front\na: 1 # behind\n", "{a: 1}"},
    {"a: ${x}\n", "{a: \"${x}\"}"},
    {"scalar", "scalar"},
    {"a: \"\\L\\N\\uFEFF\\x7f\"\n", "{a: \"\\u2028\\u0085\\ufeff\\u007f\"}"},
};

// What is printed reads back as the same tree.
START_TEST(trees_are_printed_and_read_back)
{
    struct yaml_document *document;
    struct yaml_document *again;
    struct str first = {0};
    struct str second = {0};

    document = parsed(good[_i].text);
    yaml_print(yaml_root(document), &first);
    ck_assert_str_eq(first.text, good[_i].printed);
    again = parsed(first.text);
    yaml_print(yaml_root(again), &second);
    ck_assert_str_eq(second.text, first.text);
    str_done(&first);
    str_done(&second);
    yaml_free(&document);
    yaml_free(&again);
    ck_assert_ptr_null(again);
    yaml_free(&again);
}
END_TEST

START_TEST(nodes_know_their_place_and_their_quotes)
{
    static const char text[] = "\xEF\xBB\xBF# x\r\na: \xC3\xA9\nbb: {c: 'd', e: [f]}\n";
    struct yaml_document *document = parsed(text);
    const struct yaml_node *root = yaml_root(document);
    const struct yaml_node *node = yaml_path(root, "bb.e.0");
    size_t length;

    ck_assert_str_eq(node->mark.file, "a.yaml");
    ck_assert_int_eq(node->mark.line, 3);
    ck_assert_int_eq(node->mark.column, 18);
    ck_assert(!node->quoted);
    ck_assert(yaml_path(root, "bb.c")->quoted);
    ck_assert_int_eq(root->keys[1]->mark.column, 1);
    ck_assert_int_eq(root->mark.line, 2);
    ck_assert_str_eq(yaml_name(document), "a.yaml");
    ck_assert_mem_eq(yaml_bytes(document, &length), text, sizeof(text));
    ck_assert_uint_eq(length, sizeof(text) - 1);
    yaml_free(&document);
}
END_TEST

START_TEST(keys_and_paths_are_found)
{
    struct yaml_document *document =
        parsed("policies:\n  lockout: {stages: [{failures: 10}, {failures: 5}]}\n"
               "  password.user: {length: 8..50}\n  password: {user: short, admin: long}\n");
    const struct yaml_node *root = yaml_root(document);

    ck_assert_str_eq(yaml_path(root, "policies.lockout.stages.1.failures")->text, "5");
    ck_assert_str_eq(yaml_path(root, "policies.password.user.length")->text, "8..50");
    ck_assert_str_eq(yaml_path(root, "policies.password.admin")->text, "long");
    ck_assert_int_eq(yaml_path(root, "policies.password.user")->kind, YAML_MAPPING);
    ck_assert_ptr_eq(yaml_path(root, ""), root);
    ck_assert_ptr_null(yaml_path(root, "policies.lockout.stages.2"));
    ck_assert_ptr_null(yaml_path(root, "policies.lockout.stages.x"));
    ck_assert_ptr_null(yaml_path(root, "policies.lockout.stages.-1"));
    ck_assert_ptr_null(yaml_path(root, "policies.lockout.stages.99999999999999999999"));
    ck_assert_ptr_null(yaml_path(root, "policies."));
    ck_assert_ptr_null(yaml_path(root, ".policies"));
    ck_assert_ptr_null(yaml_path(NULL, "policies"));
    ck_assert_ptr_null(yaml_get(NULL, "policies"));
    ck_assert_ptr_null(yaml_get(yaml_path(root, "policies.lockout.stages"), "0"));
    ck_assert_str_eq(yaml_get_text(yaml_get(yaml_get(root, "policies"), "password"), "user", "-"),
                     "short");
    ck_assert_str_eq(yaml_get_text(root, "policies", "-"), "-");
    ck_assert_str_eq(yaml_get_text(root, "none", "-"), "-");
    yaml_free(&document);
}
END_TEST

// Large mappings are searched by their index; small ones one by one. Both sides of the border.
START_TEST(every_key_of_a_mapping_of_any_size_is_found)
{
    for (int count = 1; count < 200; count += count < 40 ? 1 : 53) {
        struct str text = {0};
        struct yaml_document *document;

        for (int i = 0; i < count; i++)
            str_addf(&text, "k%d: %d\n", i * 7919 % 1009, i);
        document = parsed(text.text);
        ck_assert_uint_eq(yaml_root(document)->count, (size_t)count);
        for (int i = 0; i < count; i++) {
            char key[16];

            snprintf(key, sizeof(key), "k%d", i * 7919 % 1009);
            ck_assert_int_eq(atoi(yaml_get_text(yaml_root(document), key, "-1")), i);
            ck_assert_str_eq(yaml_root(document)->keys[i]->text, key);
        }
        ck_assert_ptr_null(yaml_get(yaml_root(document), "k"));
        ck_assert_ptr_null(yaml_get(yaml_root(document), "zz"));
        yaml_free(&document);
        str_done(&text);
    }
}
END_TEST

static const struct {
    const char *text;
    const char *told; // The first line.
    const char *note; // A line somewhere below, or NULL.
    const char *hint; // A part of it, or NULL for none.
} bad[] = {
    {"a: 1\nb: 2\na: 3\n", "a.yaml:3:1: error: duplicate key 'a'",
     "a.yaml:1:1: note: the first 'a' is here", NULL},
    {"x: {a: 1, \"a\": 3}\n", "a.yaml:1:11: error: duplicate key 'a'",
     "a.yaml:1:5: note: the first 'a' is here", NULL},
    {"a:\n\tb: 1\n", "a.yaml:2:1: error: a tab is used for indentation", NULL, "spaces"},
    {"a: b\n  \tc: 1\n", "a.yaml:2:3: error: a tab is used for indentation", NULL, "spaces"},
    {"- a\n\t- b\n", "a.yaml:2:1: error: a tab is used for indentation", NULL, "spaces"},
    {"a: |\n\tb\n", "a.yaml:2:1: error: a tab is used for indentation", NULL, "spaces"},
    {"a: 1\nb: \"foo\nc: 1\nd: 2\n", "a.yaml:2:4: error: this quote is never closed", NULL,
     "same quote"},
    {"a: 'it''s\n\n\n\n", "a.yaml:1:4: error: this quote is never closed", NULL, "twice"},
    {"a: \"foo\nb: \"bar\"\nc: 1\n", "a.yaml:2:5: error: a key is expected here",
     "a.yaml:1:4: note: a text in quotes began here and ran over several lines: was it closed?",
     "indented"},
    {"a: 'it's'\n", "a.yaml:1:8: error: a key is expected here",
     "a.yaml:1:4: note: the text in quotes that begins here ends before that", "indented"},
    {"a: &x 1\n", "a.yaml:1:4: error: anchors are not read: &x", NULL, "`use:`"},
    {"a: &x [1]\n", "a.yaml:1:4: error: anchors are not read: &x", NULL, "`use:`"},
    {"a: &x {b: 1}\n", "a.yaml:1:4: error: anchors are not read: &x", NULL, "`use:`"},
    {"a: *x\n", "a.yaml:1:4: error: aliases are not read: *x", NULL, "`use:`"},
    {"<<: {a: 1}\n", "a.yaml:1:1: error: merge keys are not read: <<", NULL, "`use:`"},
    {"a: !!str 1\n", "a.yaml:1:4: error: tags are not read: tag:yaml.org,2002:str", NULL,
     "the field decides"},
    {"a: !x [1]\n", "a.yaml:1:4: error: tags are not read: !x", NULL, "quotes"},
    {"a: !x!y 1\n", "a.yaml:1:4: error: tags are not read", NULL, "quotes"},
    {"a: 1\n---\nb: 1\n", "a.yaml:2:1: error: a second document begins here", NULL,
     "a file of its own"},
    {"", "a.yaml: error: the file is empty", NULL, NULL},
    {"# nothing\n", "a.yaml: error: the file is empty", NULL, NULL},
    {"---\n...\n", "a.yaml: error: the file is empty", NULL, NULL},
    {"\xEF\xBB\xBF", "a.yaml: error: the file is empty", NULL, NULL},
    {"? [a]\n: b\n", "a.yaml:1:3: error: a key must be a text, not a list", NULL, "name: value"},
    {"{a: b}: c\n", "a.yaml:1:1: error: a key must be a text, not a mapping", NULL, "name: value"},
    {"with: {user: ${x}}\n", "a.yaml:1:15: error: ${...} cannot stand inside { } or [ ]", NULL,
     "write $x or $(x)"},
    {"[${x}]\n", "a.yaml:1:3: error: ${...} cannot stand inside { } or [ ]", NULL,
     "write $x or $(x)"},
    {"a: {{x}}\n", "a.yaml:1:5: error: a key must be a text, not a mapping", NULL,
     "write $x or $(x), not {{x}}"},
    {"a: [1, 2\n\n", "a.yaml:1:4: error: this '[' is never closed", NULL, NULL},
    {"a: {b: 1\n", "a.yaml:1:4: error: this '{' is never closed", NULL, NULL},
    {"a: {b: 1\nc: 2\n", "a.yaml:2:2: error: a ',' or '}' is missing before this",
     "a.yaml:1:4: note: the '{' is here", NULL},
    {"a: * x\n", "a.yaml:1:4: error: a text cannot begin with '*'", NULL, "in quotes"},
    {"a: & x\n", "a.yaml:1:4: error: a text cannot begin with '&'", NULL, "in quotes"},
    {"a: @x\n", "a.yaml:1:4: error: a text cannot begin with '@'", NULL, "in quotes"},
    {"a: `x`\n", "a.yaml:1:4: error: a text cannot begin with '`'", NULL, "in quotes"},
    {"a: %x\n", "a.yaml:1:4: error: a text cannot begin with '%'", NULL, "in quotes"},
    {"a: \"\\q\"\n", "a.yaml:1:5: error: no such escape in double quotes", NULL, "backslash"},
    {"a: \"\\x1\"\n", "a.yaml:1:7: error: an escape lacks hexadecimal digits", NULL, "two"},
    {"a: \"\\uD800\"\n", "a.yaml:1:7: error: an escape names no Unicode character", NULL, NULL},
    {"a: \"x\\0y\"\n", "a.yaml:1:4: error: a text cannot hold a NUL", NULL, NULL},
    {"a: b: c\n", "a.yaml:1:5: error: a ':' cannot stand here", NULL, "needs quotes"},
    {"a: 1\n b: 2\n", "a.yaml:2:3: error: a ':' cannot stand here", NULL, "indented"},
    {"a: 1\nb\n", "a.yaml:2:1: error: a key without its ':'", NULL, "key: value"},
    {"a:\n  - 1\n - 2\n", "a.yaml:3:2: error: a key is expected here",
     "a.yaml:1:1: note: the mapping begins here", "indented"},
    {"- a\nb: 1\n", "a.yaml:2:1: error: a '- ' is expected here",
     "a.yaml:1:1: note: the list begins here", "indented"},
    {"a: - 1\n", "a.yaml:1:4: error: a list cannot begin here", NULL, "line of its own"},
    {"a: ]\n", "a.yaml:1:4: error: a value is missing here", NULL, NULL},
    {"{a: 1} b\n", "a.yaml:1:8: error: this does not belong to the document above", NULL,
     "indented"},
    {"a: |x\n  b\n", "a.yaml:1:5: error: only a comment may stand behind | or >", NULL,
     "next line"},
    {"a: |0\n  b\n", "a.yaml:1:5: error: a block cannot be indented by 0", NULL, "alone"},
    {"%FOO bar\n---\na: 1\n", "a.yaml:1:1: error: no such directive", NULL, "remove"},
    {"%YAML 9.9\n---\na: 1\n", "a.yaml:1:1: error: not a version of YAML that is read here", NULL,
     "remove"},
    {"%TAG ! !foo\n---\na: 1\n", "a.yaml:1:1: error: tags are not read: %TAG !", NULL, "remove"},
    {"a: \xC3\xA9\xFFx\n", "a.yaml:1:5: error: byte 0xFF is not UTF-8", NULL, "UTF-8"},
    {"a: 1\r\nb: \xE9t\xE9\r\n", "a.yaml:2:4: error: byte 0xE9 is not UTF-8", NULL, "UTF-8"},
    {"\xFF\xFE"
     "a",
     "a.yaml:1:1: error: the file is UTF-16", NULL, "UTF-8"},
    {"a: 1\nb: x\x07\n", "a.yaml:2:5: error: the character U+0007 cannot stand in a file", NULL,
     "remove"},
    {"a: x\xE2\x80\xA8y\n", "a.yaml:1:5: error: the character U+2028 cannot stand in a file", NULL,
     "remove"},
    {"a: x\xC2\x85y\n", "a.yaml:1:5: error: the character U+0085 cannot stand in a file", NULL,
     "remove"},
    {"a: \xEF\xBB\xBFy\n", "a.yaml:1:4: error: the character U+FEFF cannot stand in a file", NULL,
     "remove"},
    {"a: \xEF\xBF\xBFy\n", "a.yaml:1:4: error: the character U+FFFF cannot stand in a file", NULL,
     "remove"},
};

START_TEST(an_author_is_told_what_is_wrong_and_where)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;
    struct str out = {0};
    const char *hint;

    ck_assert_int_eq(yaml_parse("a.yaml", bad[_i].text, strlen(bad[_i].text), diag, &document),
                     ERR_SYNTAX);
    ck_assert_ptr_null(document);
    diag_print(diag, false, &out);
    ck_assert_msg(strncmp(out.text, bad[_i].told, strlen(bad[_i].told)) == 0 &&
                      out.text[strlen(bad[_i].told)] == '\n',
                  "%s instead of %s", out.text, bad[_i].told);
    if (bad[_i].note)
        ck_assert_msg(strstr(out.text, bad[_i].note), "%s", out.text);
    else
        ck_assert_msg(!strstr(out.text, ": note: "), "%s", out.text);
    hint = strstr(out.text, "= hint: ");
    if (bad[_i].hint)
        ck_assert_msg(hint && strstr(hint, bad[_i].hint), "%s", out.text);
    else
        ck_assert_msg(!hint, "%s", out.text);
    str_done(&out);
    diag_free(&diag);
}
END_TEST

START_TEST(a_nul_is_told_with_its_place)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;
    struct str out = {0};

    ck_assert_int_eq(yaml_parse("a.yaml", "a: 1\nb\0: 2\n", 11, diag, &document), ERR_SYNTAX);
    diag_print(diag, false, &out);
    ck_assert_str_eq(out.text, "a.yaml:2:2: error: a NUL byte\n"
                               "    2 | b\n"
                               "      |  ^\n"
                               "      = hint: is this a binary file, or UTF-16 saved as text?\n");
    str_done(&out);
    diag_free(&diag);
}
END_TEST

START_TEST(all_that_can_be_read_on_is_told_at_once)
{
    static const char text[] = "a: &x 1\nb: *x\nc: !t 2\na: 3\nd: {<<: 1}\n";
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;

    ck_assert_int_eq(yaml_parse("a.yaml", text, strlen(text), diag, &document), ERR_SYNTAX);
    ck_assert_uint_eq(diag_errors(diag), 5);
    diag_free(&diag);
}
END_TEST

START_TEST(an_error_of_the_caller_looks_the_same)
{
    struct yaml_document *document = parsed("a: 1\nb: {c: x}\n");
    struct diag *diag = diag_new();
    struct str out = {0};

    yaml_error(diag, document, yaml_path(yaml_root(document), "b.c"), "a hint", "no %s", "good");
    yaml_free(&document);
    diag_print(diag, false, &out);
    ck_assert_str_eq(out.text, "a.yaml:2:8: error: no good\n"
                               "    2 | b: {c: x}\n"
                               "      |        ^\n"
                               "      = hint: a hint\n");
    str_done(&out);
    diag_free(&diag);
}
END_TEST

static int parse_repeated(const char *head, const char *part, size_t times, const char *tail)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;
    struct str text = {0};
    int err;

    str_adds(&text, head);
    for (size_t i = 0; i < times; i++)
        str_adds(&text, part);
    str_adds(&text, tail);
    err = yaml_parse("a.yaml", text.text, text.length, diag, &document);
    ck_assert_int_eq(err<0, diag_errors(diag)> 0);
    ck_assert_uint_le(diag_errors(diag), 1);
    yaml_free(&document);
    diag_free(&diag);
    str_done(&text);
    return err;
}

START_TEST(limits_hold_on_both_sides)
{
    ck_assert_int_eq(parse_repeated("", "- ", YAML_DEPTH_MAX, "a"), 0);
    ck_assert_int_eq(parse_repeated("", "- ", YAML_DEPTH_MAX + 1, "a"), ERR_TOO_DEEP);
    ck_assert_int_eq(parse_repeated("", "[", 1000000, ""), ERR_TOO_DEEP);
    ck_assert_int_eq(parse_repeated("[", "x,", YAML_NODES_MAX - 1, "]"), 0);
    ck_assert_int_eq(parse_repeated("[", "x,", YAML_NODES_MAX, "]"), ERR_TOO_MANY);
    ck_assert_int_eq(parse_repeated("a: ", "x", YAML_FILE_BYTES_MAX - 3, ""), 0);
    ck_assert_int_eq(parse_repeated("a: ", "x", YAML_FILE_BYTES_MAX - 2, ""), ERR_TOO_LONG);
}
END_TEST

Suite *tree_suite(void)
{
    Suite *suite = suite_create("tree");
    TCase *trees = tcase_create("tree");
    TCase *limits = tcase_create("limits");

    tcase_add_loop_test(trees, trees_are_printed_and_read_back, 0, COUNT_OF(good));
    tcase_add_test(trees, nodes_know_their_place_and_their_quotes);
    tcase_add_test(trees, keys_and_paths_are_found);
    tcase_add_test(trees, every_key_of_a_mapping_of_any_size_is_found);
    tcase_add_loop_test(trees, an_author_is_told_what_is_wrong_and_where, 0, COUNT_OF(bad));
    tcase_add_test(trees, a_nul_is_told_with_its_place);
    tcase_add_test(trees, all_that_can_be_read_on_is_told_at_once);
    tcase_add_test(trees, an_error_of_the_caller_looks_the_same);
    suite_add_tcase(suite, trees);
    tcase_set_timeout(limits, 60);
    tcase_add_test(limits, limits_hold_on_both_sides);
    suite_add_tcase(suite, limits);
    return suite;
}
