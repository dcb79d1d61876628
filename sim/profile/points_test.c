// SPDX-License-Identifier: Apache-2.0
// Walks the registry: sorted, unique, every name well-formed, ended by its unit, and explained.
#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "sim/profile/points.h"

Suite *points_suite(void);

// "%" and "degC" and the like as the last word of a name.
static const struct {
    const char *unit;
    const char *ending;
} endings[] = {
    {"A", "_A"},       {"V", "_V"},       {"W", "_W"},     {"var", "_var"}, {"VA", "_VA"},
    {"Wh", "_Wh"},     {"varh", "_varh"}, {"VAh", "_VAh"}, {"Hz", "_Hz"},   {"degC", "_degC"},
    {"%", "_percent"}, {"dBm", "_dBm"},   {"ppm", "_ppm"}, {"s", "_s"},
};

static const char *ending_of(const char *unit)
{
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (!strcmp(endings[i].unit, unit))
            return endings[i].ending;
    return NULL;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);

    return length > strlen(ending) && !strcmp(text + length - strlen(ending), ending);
}

START_TEST(test_sorted_and_unique)
{
    for (int i = 1; i < POINT_COUNT; i++)
        ck_assert_msg(strcmp(point_info(i - 1)->name, point_info(i)->name) < 0,
                      "%s stands before %s", point_info(i - 1)->name, point_info(i)->name);
}
END_TEST

START_TEST(test_every_row_is_found_and_explained)
{
    for (int i = 0; i < POINT_COUNT; i++) {
        const struct point_info *info = point_info(i);
        size_t length = strlen(info->meaning);

        ck_assert_int_eq(point_find(info->name), i);
        ck_assert_msg(length > 4 && info->meaning[length - 1] == '.', "%s: %s", info->name,
                      info->meaning);
        ck_assert_msg(isupper((unsigned char)info->meaning[0]), "%s: %s", info->name,
                      info->meaning);
    }
}
END_TEST

START_TEST(test_names_are_well_formed)
{
    for (int i = 0; i < POINT_COUNT; i++) {
        const struct point_info *info = point_info(i);

        for (const char *at = info->name; *at; at++)
            ck_assert_msg(isalnum((unsigned char)*at) || *at == '.' || *at == '_', "%s",
                          info->name);
        if (info->unit[0]) {
            ck_assert_ptr_nonnull(ending_of(info->unit));
            ck_assert_msg(ends_with(info->name, ending_of(info->unit)), "%s in %s", info->name,
                          info->unit);
            ck_assert_msg(info->type == POINT_NUMBER, "%s", info->name);
        }
        if (info->type == POINT_TIME)
            ck_assert_msg(ends_with(info->name, "utc"), "%s", info->name);
    }
}
END_TEST

START_TEST(test_strangers_are_not_found)
{
    ck_assert_int_eq(point_find(""), -1);
    ck_assert_int_eq(point_find("current_l1_a"), -1);
    ck_assert_int_eq(point_find("zzz"), -1);
    ck_assert_str_eq(point_nearest("current_l1_a"), "current_l1_A");
    ck_assert_str_eq(point_nearest("breaker.positon"), "breaker.position");
    ck_assert_ptr_null(point_nearest("nothing of the kind at all"));
}
END_TEST

Suite *points_suite(void)
{
    Suite *suite = suite_create("points");
    TCase *tcase = tcase_create("registry");

    tcase_add_test(tcase, test_sorted_and_unique);
    tcase_add_test(tcase, test_every_row_is_found_and_explained);
    tcase_add_test(tcase, test_names_are_well_formed);
    tcase_add_test(tcase, test_strangers_are_not_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
