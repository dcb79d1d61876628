// SPDX-License-Identifier: Apache-2.0
// Rows as RFC 4180 2 has them, and texts that are none.
#include "sim/proto/web/verbs/csv.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

// Fields by |, rows by /; a number at the end is an error.
static const struct {
    const char *text;
    const char *read;
} rows[] = {
    {"", ""},
    {"a,b\r\nc,d\r\n", "a|b/c|d/"},
    {"a,b\nc,d", "a|b/c|d/"},
    {"\"a,\"\"b\"\"\",c\r\n", "a,\"b\"|c/"},
    {"\"two\r\nlines\",x\r\n", "two\r\nlines|x/"},
    {"a,,\r\n", "a||/"},
    {"a,", "a|/"},
    {"\r\n\r\n", "//"},
    {"\"\"", "/"},
    {"a\rb", "!"},
    {"a\"b\r\n", "!"},
    {"\"open\r\n", "!"},
    {"x\r\n\"a\"b\r\n", "x/!"},
};

START_TEST(rows_are_read)
{
    char text[128];
    char *fields[CSV_FIELDS_MAX];
    struct str read = {0};
    struct csv csv;
    int count;

    snprintf(text, sizeof(text), "%s", rows[_i].text);
    csv = csv_of(text, strlen(text));
    while ((count = csv_next(&csv, fields)) > 0) {
        for (int i = 0; i < count; i++)
            str_addf(&read, "%s%s", i ? "|" : "", fields[i]);
        str_adds(&read, "/");
    }
    if (count < 0) {
        ck_assert_int_eq(count, ERR_MALFORMED);
        str_adds(&read, "!");
    }
    ck_assert_str_eq(str_text(&read), rows[_i].read);
    str_done(&read);
}
END_TEST

START_TEST(fields_are_bounded)
{
    char text[CSV_FIELDS_MAX * 2 + 2];
    char *fields[CSV_FIELDS_MAX];
    struct csv csv;

    for (size_t i = 0; i < CSV_FIELDS_MAX * 2; i += 2)
        memcpy(text + i, "x,", 2);
    csv = csv_of(text, CSV_FIELDS_MAX * 2 - 1);
    ck_assert_int_eq(csv_next(&csv, fields), CSV_FIELDS_MAX);
    for (size_t i = 0; i < CSV_FIELDS_MAX * 2; i += 2)
        memcpy(text + i, "x,", 2);
    csv = csv_of(text, CSV_FIELDS_MAX * 2);
    ck_assert_int_eq(csv_next(&csv, fields), ERR_TOO_MANY);
}
END_TEST

Suite *csv_suite(void)
{
    Suite *suite = suite_create("csv");
    TCase *tests = tcase_create("csv");

    tcase_add_loop_test(tests, rows_are_read, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tests, fields_are_bounded);
    suite_add_tcase(suite, tests);
    return suite;
}
