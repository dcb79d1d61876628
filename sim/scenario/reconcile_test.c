// SPDX-License-Identifier: Apache-2.0
// Two tables against each other: every kind of difference alone.
#include "sim/scenario/reconcile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct value left;
static struct value right;
static struct yaml_document *document;
static struct reconcile_rules rules;

static void setup(void)
{
    static const char text[] = "key: [charger, start]\nequal: [energy]\n";
    struct diag *diag = diag_new();

    left = value_records();
    right = value_records();
    ck_assert_int_eq(yaml_parse("rules", text, strlen(text), diag, &document), 0);
    diag_free(&diag);
    rules = (struct reconcile_rules){.key = yaml_get(yaml_root(document), "key"),
                                     .equal = yaml_get(yaml_root(document), "equal")};
}

static void teardown(void)
{
    value_done(&left);
    value_done(&right);
    yaml_free(&document);
}

static void add(struct value *table, const char *charger, double start, double energy)
{
    struct value_record *record = value_add_record(table, -1);

    if (charger)
        value_record_set(record, "charger", value_text(charger));
    value_record_set(record, "start", value_number(start, UNIT_NONE));
    value_record_set(record, "energy", value_number(energy, UNIT_WH));
}

static struct reconcile_result compare(void)
{
    struct reconcile_result result;

    reconcile(&left, &right, &rules, &result);
    return result;
}

START_TEST(the_same_on_both_sides_has_no_difference)
{
    add(&left, "a", 1, 10);
    add(&left, "b", 1, 20);
    add(&right, "b", 1, 20);
    add(&right, "a", 1, 10);
    struct reconcile_result result = compare();

    ck_assert_uint_eq(result.missing + result.doubled + result.out_of_order + result.surplus +
                          result.unequal + result.without_key,
                      0);
    ck_assert_ptr_null(result.first);
}
END_TEST

START_TEST(what_is_not_there_is_missing)
{
    add(&left, "a", 1, 10);
    add(&left, "a", 2, 10);
    add(&right, "a", 1, 10);
    struct reconcile_result result = compare();

    ck_assert_uint_eq(result.missing, 1);
    ck_assert_str_eq(result.first, "missing: a/2");
    free(result.first);
}
END_TEST

START_TEST(what_is_there_twice_is_doubled_unless_it_is_the_same)
{
    add(&left, "a", 1, 10);
    add(&right, "a", 1, 10);
    add(&right, "a", 1, 10);
    struct reconcile_result result = compare();

    ck_assert_uint_eq(result.doubled, 1);
    free(result.first);
    rules.merge_repeats = true;
    result = compare();
    ck_assert_uint_eq(result.doubled, 0);
    add(&right, "a", 1, 11);
    result = compare();
    ck_assert_uint_eq(result.doubled, 1);
    free(result.first);
}
END_TEST

START_TEST(what_only_the_right_has_is_surplus)
{
    add(&left, "a", 1, 10);
    add(&right, "a", 1, 10);
    add(&right, "z", 1, 10);
    struct reconcile_result result = compare();

    ck_assert_uint_eq(result.surplus, 1);
    free(result.first);
}
END_TEST

START_TEST(a_field_that_differs_is_unequal)
{
    add(&left, "a", 1, 10);
    add(&right, "a", 1, 11);
    struct reconcile_result result = compare();

    ck_assert_uint_eq(result.unequal, 1);
    ck_assert_str_eq(result.first, "unequal: a/1, field energy");
    free(result.first);
}
END_TEST

START_TEST(order_counts_within_one_charger_only)
{
    add(&left, "a", 1, 10);
    add(&left, "a", 2, 10);
    add(&left, "b", 1, 10);
    add(&right, "b", 1, 10);
    add(&right, "a", 2, 10);
    add(&right, "a", 1, 10);
    struct reconcile_result result = compare();

    ck_assert_uint_eq(result.out_of_order, 1);
    free(result.first);
}
END_TEST

START_TEST(a_record_without_its_key_is_counted)
{
    add(&left, NULL, 1, 10);
    ck_assert_uint_eq(compare().without_key, 1);
}
END_TEST

Suite *reconcile_suite(void)
{
    Suite *suite = suite_create("reconcile");
    TCase *tables = tcase_create("tables");

    tcase_add_checked_fixture(tables, setup, teardown);
    tcase_add_test(tables, the_same_on_both_sides_has_no_difference);
    tcase_add_test(tables, what_is_not_there_is_missing);
    tcase_add_test(tables, what_is_there_twice_is_doubled_unless_it_is_the_same);
    tcase_add_test(tables, what_only_the_right_has_is_surplus);
    tcase_add_test(tables, a_field_that_differs_is_unequal);
    tcase_add_test(tables, order_counts_within_one_charger_only);
    tcase_add_test(tables, a_record_without_its_key_is_counted);
    suite_add_tcase(suite, tables);
    return suite;
}
