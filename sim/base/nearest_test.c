// SPDX-License-Identifier: Apache-2.0
// Slips that people make are mended; words that only share a letter are not offered.
#include "sim/base/nearest.h"

#include <check.h>
#include <string.h>

static const char *const names[] = {"expect", "every",  "each", "with",   "within",
                                    "holds",  "spread", "to",   "latency"};

static const struct {
    const char *wanted, *name;
} slips[] = {
    {"expct", "expect"},
    {"expetc", "expect"},
    {"Expect", "expect"},
    {"EXPECT", "expect"},
    {"wiht", "with"},
    {"with", "with"},
    {"hold", "holds"},
    {"latencyy", "latency"},
    {"lattency", "latency"},
    {"evry", "every"},
    {"spraed", "spread"},
    {"TO", "to"},
    {"x", NULL},
    {"", NULL},
    {"banana", NULL},
    {"hours", NULL},
    {"tx", NULL},
};

START_TEST(the_nearest_name_is_found)
{
    struct nearest nearest;

    nearest_init(&nearest, slips[_i].wanted);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        nearest_add(&nearest, names[i]);
    if (slips[_i].name)
        ck_assert_str_eq(nearest_name(&nearest), slips[_i].name);
    else
        ck_assert_ptr_null(nearest_name(&nearest));
}
END_TEST

START_TEST(nothing_to_choose_from_gives_nothing)
{
    char long_name[500];
    struct nearest nearest;

    nearest_init(&nearest, "expect");
    ck_assert_ptr_null(nearest_name(&nearest));
    memset(long_name, 'e', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    nearest_add(&nearest, long_name);
    ck_assert_ptr_null(nearest_name(&nearest));
    nearest_init(&nearest, long_name);
    nearest_add(&nearest, long_name);
    ck_assert_ptr_null(nearest_name(&nearest));
}
END_TEST

START_TEST(case_decides_between_two_and_the_first_of_equals_wins)
{
    struct nearest nearest;

    nearest_init(&nearest, "Abcd");
    nearest_add(&nearest, "xbcd");
    nearest_add(&nearest, "abcd");
    nearest_add(&nearest, "aBcd");
    ck_assert_str_eq(nearest_name(&nearest), "abcd");
}
END_TEST

Suite *nearest_suite(void)
{
    Suite *suite = suite_create("nearest");
    TCase *words = tcase_create("nearest");

    tcase_add_loop_test(words, the_nearest_name_is_found, 0, sizeof(slips) / sizeof(slips[0]));
    tcase_add_test(words, nothing_to_choose_from_gives_nothing);
    tcase_add_test(words, case_decides_between_two_and_the_first_of_equals_wins);
    suite_add_tcase(suite, words);
    return suite;
}
