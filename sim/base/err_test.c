// SPDX-License-Identifier: Apache-2.0
// Every row of err.def has a number, a name and a text of its own.
#include "sim/base/err.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static const int codes[] = {
#define ERR(name, class, text) ERR_##name,
#include "sim/base/err.def"
#undef ERR
};

#define CODES_COUNT (sizeof(codes) / sizeof(codes[0]))

START_TEST(rows_are_distinct)
{
    for (size_t i = 0; i < CODES_COUNT; i++) {
        ck_assert_int_lt(codes[i], ERR_LAST_ERRNO);
        ck_assert_uint_gt(strlen(err_text(codes[i])), 0);
        ck_assert_int_ne(err_text(codes[i])[strlen(err_text(codes[i])) - 1], '.');
        for (size_t k = 0; k < i; k++) {
            ck_assert_int_ne(codes[i], codes[k]);
            ck_assert_str_ne(err_name(codes[i]), err_name(codes[k]));
            ck_assert_str_ne(err_text(codes[i]), err_text(codes[k]));
        }
    }
}
END_TEST

START_TEST(a_code_finds_its_row)
{
    ck_assert_str_eq(err_name(ERR_TIMEOUT), "TIMEOUT");
    ck_assert_str_eq(err_text(ERR_TIMEOUT), "no answer in time");
    ck_assert_int_eq(err_class(ERR_TIMEOUT), ERR_CLASS_PEER);
    ck_assert_int_eq(err_class(ERR_IO), ERR_CLASS_SYSTEM);
    ck_assert_int_eq(err_class(ERR_SCHEMA), ERR_CLASS_AUTHOR);
    ck_assert_int_eq(err_class(ERR_FULL), ERR_CLASS_LIMIT);
}
END_TEST

START_TEST(success_and_the_hosts_errors)
{
    ck_assert_str_eq(err_name(0), "OK");
    ck_assert_str_eq(err_text(0), "success");
    ck_assert_str_eq(err_name(-ECONNREFUSED), "errno 111");
    ck_assert_str_eq(err_text(-ECONNREFUSED), "Connection refused");
    ck_assert_int_eq(err_class(-ECONNREFUSED), ERR_CLASS_SYSTEM);
    ck_assert_str_eq(err_text(-999), "unknown error");
    ck_assert_str_eq(err_text(codes[CODES_COUNT - 1] - 1), "unknown error");
}
END_TEST

Suite *err_suite(void)
{
    Suite *suite = suite_create("err");
    TCase *rows = tcase_create("err");

    tcase_add_test(rows, rows_are_distinct);
    tcase_add_test(rows, a_code_finds_its_row);
    tcase_add_test(rows, success_and_the_hosts_errors);
    suite_add_tcase(suite, rows);
    return suite;
}
