// SPDX-License-Identifier: Apache-2.0
// Expressions: values, units, templates, what is not known yet, and errors with their places.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/expectation.h"

static enum expr_end look_up(void *user, const char *path, struct value *ret,
                             struct expr_error *error)
{
    (void)user;
    if (strcmp(path, "tries") == 0)
        *ret = value_number(10, UNIT_NONE);
    else if (strcmp(path, "lock") == 0)
        *ret = value_number(600e9, UNIT_TIME_NS);
    else if (strcmp(path, "gw.label") == 0)
        *ret = value_text("Lighting");
    else if (strcmp(path, "a-b") == 0)
        *ret = value_number(7, UNIT_NONE);
    else if (strcmp(path, "later") == 0)
        return EXPR_UNKNOWN;
    else {
        snprintf(error->text, sizeof(error->text), "there is nothing called '%s' here", path);
        return EXPR_WRONG;
    }
    return EXPR_VALUE;
}

static const struct expr_scope scope = {.name = look_up};

// The value as printed, "?" for unknown, or "at N: message".
static const char *eval(const char *text, bool quoted)
{
    static char result[400];
    struct value value;
    struct expr_error error;
    struct str out = {0};

    switch (expr_scalar(text, quoted, &scope, &value, &error)) {
    case EXPR_VALUE:
        value_print(&value, &out);
        snprintf(result, sizeof(result), "%s", str_text(&out));
        value_done(&value);
        break;
    case EXPR_UNKNOWN:
        snprintf(result, sizeof(result), "?");
        break;
    case EXPR_WRONG:
        snprintf(result, sizeof(result), "at %zu: %s", error.at, error.text);
        break;
    }
    str_done(&out);
    return result;
}

static const struct {
    const char *text;
    const char *value;
} good[] = {
    {"plain", "plain"},
    {"0123", "0123"},
    {"16A", "16A"},
    {"$tries", "10"},
    {"$(tries + 5)", "15"},
    {"$(tries - 3 * 2)", "4"},
    {"$((tries - 3) * 2)", "14"},
    {"$(tries / 4)", "2.5"},
    {"$(-tries + 1)", "-9"},
    {"$(lock + 5s)", "10m5s"},
    {"$(lock * 2)", "20m"},
    {"$(lock / 1m)", "10"},
    {"$(70% * 1000)", "700"},
    {"$(a-b)", "7"},
    {"$(tries >= 10 and not (tries > 10))", "true"},
    {"$(1 == 2 or 'x' != 'y')", "true"},
    {"$(min(3, 1, 2))", "1"},
    {"$(max([3, tries, 2]))", "10"},
    {"$(len('abc') + count([1, 2]))", "5"},
    {"$(16A < 20A)", "true"},
    {"$(none == none)", "true"},
    {"Is $gw.label. sealed?", "Is Lighting. sealed?"},
    {"$tries of $(tries * 2)", "10 of 20"},
    {"5$$", "5$"},
    {"$$tries", "$tries"},
    {"$later", "?"},
    {"$(later + 1)", "?"},
    {"wait for $later", "?"},
    {"$(min(later, 2))", "?"},
};

static const struct {
    const char *text;
    const char *error;
} bad[] = {
    {"$trise", "at 1: there is nothing called 'trise' here"},
    {"go to $(trise)", "at 8: there is nothing called 'trise' here"},
    {"$(tries + )", "at 10: a value is missing at the end"},
    {"$(tries", "at 0: '$(' without its ')'"},
    {"$(tries + 5s)", "at 8: '+' between a number and time"},
    {"$(lock * lock)", "at 7: '*' between time and time"},
    {"$(tries / 0)", "at 8: division by zero"},
    {"$(tries + 'x')", "at 8: '+' needs numbers, not a text"},
    {"$(tries = 3)", "at 8: '=' assigns nothing here"},
    {"$(not tries)", "at 2: true or false is needed here, not a number"},
    {"$(tries and true)", "at 2: true or false is needed here, not a number"},
    {"$(maxx(1, 2))", "at 2: there is no function 'maxx'"},
    {"$(count(1))", "at 2: count() cannot be taken of a number"},
    {"$(min(1, 2s))", "at 2: min() of a number and time"},
    {"$(5q)", "at 2: '5q' is no number with a unit"},
    {"$('x)", "at 0: '$(' without its ')'"},
    {"$(1 2)", "at 4: '2' is not expected here"},
    {"${tries}", "at 0: '$' without a name"},
    {"5$ each", "at 1: '$' without a name"},
    {"$(later + x)", "at 10: there is nothing called 'x' here"},
};

START_TEST(good_ones_have_their_value)
{
    ck_assert_str_eq(eval(good[_i].text, false), good[_i].value);
}
END_TEST

START_TEST(bad_ones_say_where_and_why)
{
    ck_assert_str_eq(eval(bad[_i].text, false), bad[_i].error);
}
END_TEST

START_TEST(quotes_keep_text)
{
    ck_assert_str_eq(eval("none", true), "none");
    struct value value = value_parse("none", true);

    ck_assert_int_eq(value.type, VALUE_TEXT);
    value_done(&value);
}
END_TEST

START_TEST(depth_and_length_end)
{
    char deep[200];
    char *length = mem_new(EXPR_LENGTH_MAX + 10, 1);

    snprintf(deep, sizeof(deep), "$(%.*s1%.*s)", 40,
             "(((((((((((((((((((((((((((((((((((((((((((((((((", 40,
             ")))))))))))))))))))))))))))))))))))))))))))))))))");
    ck_assert_ptr_nonnull(strstr(eval(deep, false), "nested deeper than 32"));
    memset(length, '1', EXPR_LENGTH_MAX + 5);
    length[0] = '$';
    ck_assert_ptr_nonnull(strstr(eval(length, false), "of more than 4096 characters"));
    free(length);
}
END_TEST

START_TEST(a_secret_stays_one_inside_a_text)
{
    struct value value = value_text("hush");
    struct str out = {0};

    value.secret = true;
    value_print(&value, &out);
    ck_assert_str_eq(str_text(&out), "(secret)");
    str_done(&out);
    value_done(&value);
}
END_TEST

static const struct schema_field current = {
    .name = "current", .type = SCHEMA_QUANTITY, .unit = UNIT_A};

static const struct {
    const char *text;
    double value;
    bool holds;
    const char *printed;
} expectations[] = {
    {"16A", 16, true, "16A"},           {"16", 16, true, "16"},
    {">= 16A", 16, true, ">= 16A"},     {"> 16", 16, false, "> 16"},
    {"<= 15A", 16, false, "<= 15A"},    {"!= 16A", 16, false, "!= 16A"},
    {"10A..16A", 16, true, "10A..16A"}, {"10..15", 16, false, "10..15"},
    {"== 16A", 16, true, "16A"},        {"<= $(a-b * 2)", 14, true, "<= 14A"},
};

START_TEST(expectations_compare)
{
    const struct yaml_node node = {.kind = YAML_SCALAR, .text = expectations[_i].text};
    const struct yaml_node *wrong;
    const struct value value = value_number(expectations[_i].value, UNIT_A);
    struct expectation expectation;
    struct expr_error error;
    struct str out = {0};

    ck_assert_int_eq(expectation_read(&node, &current, &scope, &expectation, &error, &wrong),
                     EXPR_VALUE);
    ck_assert_int_eq(expectation_holds(&expectation, &value), expectations[_i].holds);
    ck_assert(expectation.how == EXPECTATION_UNEQUAL || !expectation_holds(&expectation, NULL));
    expectation_print(&expectation, &out);
    ck_assert_str_eq(str_text(&out), expectations[_i].printed);
    str_done(&out);
    expectation_done(&expectation);
}
END_TEST

START_TEST(an_expectation_that_never_fits_is_wrong)
{
    static const char *const choices[] = {"open", "closed", NULL};
    const struct schema_field field = {
        .name = "position", .type = SCHEMA_CHOICE, .choices = choices};
    const struct yaml_node node = {.kind = YAML_SCALAR, .text = "opn"};
    const struct yaml_node *wrong;
    struct expectation expectation;
    struct expr_error error;

    ck_assert_int_eq(expectation_read(&node, &field, &scope, &expectation, &error, &wrong),
                     EXPR_WRONG);
    ck_assert_str_eq(error.text, "'position' is one of open, closed, not 'opn'");
    ck_assert_str_eq(error.hint, "did you mean 'open'?");
}
END_TEST

Suite *expr_suite(void)
{
    Suite *suite = suite_create("expr");
    TCase *expr = tcase_create("expr");

    tcase_add_loop_test(expr, good_ones_have_their_value, 0, sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(expr, bad_ones_say_where_and_why, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(expr, quotes_keep_text);
    tcase_add_test(expr, depth_and_length_end);
    tcase_add_test(expr, a_secret_stays_one_inside_a_text);
    tcase_add_loop_test(expr, expectations_compare, 0,
                        sizeof(expectations) / sizeof(expectations[0]));
    tcase_add_test(expr, an_expectation_that_never_fits_is_wrong);
    suite_add_tcase(suite, expr);
    return suite;
}
