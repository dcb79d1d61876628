// SPDX-License-Identifier: Apache-2.0
// What a reader sees, to the character: places, source lines, marks, notes, hints, order and
// limits.
#include "sim/yaml/diag.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/json.h"

static void check_printed(const struct diag *diag, const char *wanted)
{
    struct str out = {0};

    diag_print(diag, false, &out);
    ck_assert_str_eq(str_text(&out), wanted);
    str_done(&out);
}

static struct yaml_mark at(int line, int column)
{
    return (struct yaml_mark){"a.yaml", line, column};
}

START_TEST(an_error_shows_its_place_its_line_and_a_hint)
{
    struct diag *diag = diag_new();
    struct yaml_mark mark = at(7, 5);

    diag_error(diag, &mark, "    expct: {value: 1}", "did you mean 'expect'?", "unknown key '%s'",
               "expct");
    check_printed(diag, "a.yaml:7:5: error: unknown key 'expct'\n"
                        "    7 |     expct: {value: 1}\n"
                        "      |     ^\n"
                        "      = hint: did you mean 'expect'?\n");
    ck_assert_uint_eq(diag_errors(diag), 1);
    diag_free(&diag);
    ck_assert_ptr_null(diag);
    diag_free(&diag);
}
END_TEST

START_TEST(places_are_sorted_and_ties_stay_as_noted)
{
    struct diag *diag = diag_new();
    struct yaml_mark marks[] = {at(9, 1), at(2, 4), at(0, 0), at(2, 3), at(2, 3), {"A.yaml", 5, 1}};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        diag_error(diag, &marks[i], NULL, NULL, "%zu", i);
    check_printed(diag, "A.yaml:5:1: error: 5\na.yaml: error: 2\na.yaml:2:3: error: 3\n"
                        "a.yaml:2:3: error: 4\na.yaml:2:4: error: 1\na.yaml:9:1: error: 0\n");
    diag_free(&diag);
}
END_TEST

START_TEST(a_note_travels_with_its_error_and_a_warning_is_no_error)
{
    struct diag *diag = diag_new();
    struct yaml_mark first = at(1, 1);
    struct yaml_mark again = at(3, 1);

    diag_error(diag, &again, "id: B", "one of them", "duplicate key");
    diag_note(diag, &first, "id: A", "the first is %s", "here");
    diag_warning(diag, &first, NULL, NULL, "old");
    ck_assert_uint_eq(diag_errors(diag), 1);
    check_printed(diag, "a.yaml:1:1: warning: old\n"
                        "a.yaml:3:1: error: duplicate key\n"
                        "    3 | id: B\n"
                        "      | ^\n"
                        "a.yaml:1:1: note: the first is here\n"
                        "    1 | id: A\n"
                        "      | ^\n"
                        "      = hint: one of them\n");
    diag_free(&diag);
}
END_TEST

START_TEST(past_the_maximum_only_a_count_is_kept)
{
    struct diag *diag = diag_new();
    struct yaml_mark mark = at(1, 1);
    struct str out = {0};

    for (int i = 0; i < DIAG_COUNT_MAX + 7; i++) {
        ck_assert_int_eq(diag_full(diag), i >= DIAG_COUNT_MAX);
        diag_error(diag, &mark, NULL, NULL, "x");
        diag_note(diag, &mark, NULL, "y");
    }
    ck_assert_uint_eq(diag_errors(diag), DIAG_COUNT_MAX + 7);
    diag_print(diag, false, &out);
    ck_assert_ptr_nonnull(strstr(out.text, "\n... and 7 more\n"));
    str_done(&out);
    diag_free(&diag);
}
END_TEST

// Bytes of a file must not reach the terminal as they are; the mark stays under its character.
START_TEST(what_a_file_holds_is_made_harmless)
{
    struct diag *diag = diag_new();
    struct yaml_mark mark = at(1, 6);

    diag_error(diag, &mark, "\t\x1b[2\xC3\xA9\xFF\xC2\x9B!", "\x07", "%s", "a\nb\x7f");
    check_printed(diag, "a.yaml:1:6: error: a?b?\n"
                        "    1 | \xE2\x86\x92?[2\xC3\xA9\xEF\xBF\xBD?!\n"
                        "      |      ^\n"
                        "      = hint: ?\n");
    diag_free(&diag);
}
END_TEST

START_TEST(a_long_line_is_cut_around_the_place)
{
    struct diag *diag = diag_new();
    struct yaml_mark mark = at(12345, 5001);
    char line[10001];
    struct str out = {0};
    const char *source;
    const char *caret;

    memset(line, '-', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    line[5000] = '!';
    diag_error(diag, &mark, line, NULL, "%s", line);
    diag_print(diag, false, &out);
    ck_assert_uint_lt(out.length, 1000);
    source = strstr(out.text, "12345 | ");
    caret = strstr(out.text, "      | ");
    ck_assert_ptr_nonnull(source);
    ck_assert_ptr_nonnull(caret);
    // The dots in front are three bytes and one column.
    ck_assert_int_eq(strchr(source, '!') - source - 2, strchr(caret, '^') - caret);
    str_done(&out);
    diag_free(&diag);
}
END_TEST

START_TEST(colours_only_add)
{
    struct diag *diag = diag_new();
    struct yaml_mark mark = at(1, 1);
    struct str plain = {0};
    struct str coloured = {0};
    struct str stripped = {0};

    diag_error(diag, &mark, "x", "y", "z");
    diag_warning(diag, &mark, "x", "y", "z");
    diag_note(diag, &mark, "x", "w");
    diag_print(diag, false, &plain);
    diag_print(diag, true, &coloured);
    ck_assert_ptr_nonnull(strstr(coloured.text, "\x1b[1;31merror:\x1b[0m"));
    for (const char *c = coloured.text; *c; c++) {
        if (*c == '\x1b')
            c = strchr(c, 'm');
        else
            str_add(&stripped, c, 1);
    }
    ck_assert_str_eq(stripped.text, plain.text);
    str_done(&plain);
    str_done(&coloured);
    str_done(&stripped);
    diag_free(&diag);
}
END_TEST

START_TEST(the_same_as_json)
{
    struct diag *diag = diag_new();
    struct yaml_mark mark = at(7, 5);
    struct str out = {0};
    struct json *json = NULL;
    const struct json *entry;

    diag_print_json(diag, &out);
    ck_assert_str_eq(out.text, "[]\n");
    str_clear(&out);
    diag_error(diag, &mark, "a: \"x\"", "hint", "say \"%s\"", "x");
    diag_note(diag, &mark, NULL, "there");
    diag_warning(diag, &mark, NULL, NULL, "old");
    diag_print_json(diag, &out);
    ck_assert_int_eq(json_parse(out.text, out.length, &json, NULL), 0);
    ck_assert_uint_eq(json_count(json), 2);
    entry = json_at(json, 0);
    ck_assert_str_eq(json_text(json_get(entry, "severity"), ""), "error");
    ck_assert_str_eq(json_text(json_get(entry, "file"), ""), "a.yaml");
    ck_assert_int_eq(json_integer(json_get(entry, "line"), 0), 7);
    ck_assert_int_eq(json_integer(json_get(entry, "column"), 0), 5);
    ck_assert_str_eq(json_text(json_get(entry, "message"), ""), "say \"x\"");
    ck_assert_str_eq(json_text(json_get(entry, "source"), ""), "a: \"x\"");
    ck_assert_str_eq(json_text(json_get(entry, "hint"), ""), "hint");
    ck_assert_str_eq(json_text(json_get(json_get(entry, "note"), "message"), ""), "there");
    entry = json_at(json, 1);
    ck_assert_str_eq(json_text(json_get(entry, "severity"), ""), "warning");
    ck_assert_ptr_null(json_get(entry, "hint"));
    json_free(&json);
    str_done(&out);
    diag_free(&diag);
}
END_TEST

Suite *diag_suite(void)
{
    Suite *suite = suite_create("diag");
    TCase *printed = tcase_create("diag");

    tcase_add_test(printed, an_error_shows_its_place_its_line_and_a_hint);
    tcase_add_test(printed, places_are_sorted_and_ties_stay_as_noted);
    tcase_add_test(printed, a_note_travels_with_its_error_and_a_warning_is_no_error);
    tcase_add_test(printed, past_the_maximum_only_a_count_is_kept);
    tcase_add_test(printed, what_a_file_holds_is_made_harmless);
    tcase_add_test(printed, a_long_line_is_cut_around_the_place);
    tcase_add_test(printed, colours_only_add);
    tcase_add_test(printed, the_same_as_json);
    suite_add_tcase(suite, printed);
    return suite;
}
