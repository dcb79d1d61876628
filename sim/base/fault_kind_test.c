// SPDX-License-Identifier: Apache-2.0
// The closed list of faults, row by row: the names of the scenario language, and rows that hold
// what they promise to those who read them.
#include "sim/base/fault_kind.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"

// The scenario language by group.
static const struct group {
    enum fault_where where;
    const char *names[16];
} groups[] = {
    {FAULT_LINK,
     {"corrupt", "duplicate", "half-open", "hold", "latency", "limit-data", "loss", "partition",
      "partition-oneway", "rate", "reorder", "reset", "slice", "slow-close"}},
    {FAULT_LINE, {"noise", "stuck"}},
    {FAULT_AIR, {"jam", "range"}},
    {FAULT_TLS,
     {"tls-alert", "tls-expired", "tls-foreign-ca", "tls-not-yet-valid", "tls-old-version",
      "tls-renegotiate", "tls-sha1", "tls-stall", "tls-truncate", "tls-weak-suite",
      "tls-wrong-name"}},
    {FAULT_DEVICE,
     {"clock-drift", "clock-step", "crash", "pause", "power-cut", "restart", "store-cut"}},
};

START_TEST(names_are_the_languages)
{
    size_t row = 0;

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        for (size_t k = 0; groups[i].names[k]; k++, row++) {
            ck_assert_uint_lt(row, FAULT_KINDS);
            ck_assert_str_eq(fault_kinds[row].name, groups[i].names[k]);
            ck_assert_uint_eq(fault_kinds[row].where, groups[i].where);
            ck_assert_ptr_eq(fault_kind_find(groups[i].names[k]), &fault_kinds[row]);
            ck_assert_uint_eq(fault_kind_id(&fault_kinds[row]), row);
            if (k)
                ck_assert_str_lt(groups[i].names[k - 1], groups[i].names[k]);
        }
    ck_assert_uint_eq(row, FAULT_KINDS);
    ck_assert_ptr_null(fault_kind_find("gremlin"));
    ck_assert_ptr_null(fault_kind_find(""));
    ck_assert_int_eq(fault_param_find(&fault_kinds[FAULT_LATENCY], "speed"), -1);
}
END_TEST

static void check_sentence(const char *doc)
{
    ck_assert_ptr_nonnull(doc);
    ck_assert_uint_gt(strlen(doc), 7);
    ck_assert(doc[0] >= 'A' && doc[0] <= 'Z');
    ck_assert_int_eq(doc[strlen(doc) - 1], '.');
}

// The value of "name: value", which must be one the parameter takes.
static double example_of(const struct fault_param *param)
{
    size_t length = strlen(param->name);
    enum unit unit;
    double number;

    ck_assert_int_eq(strncmp(param->example, param->name, length), 0);
    ck_assert_int_eq(strncmp(param->example + length, ": ", 2), 0);
    ck_assert_int_eq(units_parse(param->example + length + 2, &number, &unit), 0);
    ck_assert_int_eq(unit, param->unit);
    return number;
}

static void check_param(const struct fault_kind *kind, size_t place)
{
    const struct fault_param *param = &kind->params[place];
    double example = example_of(param);

    ck_assert_uint_lt(place, FAULT_PARAMS_MAX);
    check_sentence(param->doc);
    ck_assert_int_eq(fault_param_find(kind, param->name), (int)place);
    ck_assert(param->least < param->most);
    // Who carries it out turns it into 64 bits.
    ck_assert(isfinite(param->least) && fabs(param->least) < 9e18);
    ck_assert(isfinite(param->most) && fabs(param->most) < 9e18);
    ck_assert(example >= param->least && example <= param->most);
    if (param->required)
        ck_assert(param->otherwise == 0);
    else
        ck_assert(param->otherwise >= param->least && param->otherwise <= param->most);
}

START_TEST(rows_are_whole)
{
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        char start[64];

        check_sentence(kind->doc);
        snprintf(start, sizeof(start), "{fault: %s, ", kind->name);
        ck_assert_int_eq(strncmp(kind->example, start, strlen(start)), 0);
        ck_assert_uint_le(fault_params_count(kind), FAULT_PARAMS_MAX);
        for (size_t k = 0; k < fault_params_count(kind); k++)
            check_param(kind, k);
        // What is over at once has no end to wait for.
        ck_assert(!kind->instant || fault_param_find(kind, "for") < 0);
    }
}
END_TEST

START_TEST(values_have_bounds)
{
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        const struct fault_kind *kind = &fault_kinds[i];

        for (size_t k = 0; k < fault_params_count(kind); k++) {
            double values[FAULT_PARAMS_MAX], inside;
            size_t wrong = 99;

            fault_values_init(kind, values);
            for (size_t j = 0; j < fault_params_count(kind); j++)
                values[j] = example_of(&kind->params[j]);
            inside = values[k];
            ck_assert_int_eq(fault_values_check(kind, values, &wrong), 0);
            ck_assert_uint_eq(wrong, 99);
            values[k] = kind->params[k].least;
            ck_assert_int_eq(fault_values_check(kind, values, NULL), 0);
            values[k] = nextafter(kind->params[k].least, -INFINITY);
            ck_assert_int_eq(fault_values_check(kind, values, NULL), ERR_RANGE);
            values[k] = kind->params[k].most;
            ck_assert_int_eq(fault_values_check(kind, values, NULL), 0);
            values[k] = nextafter(kind->params[k].most, INFINITY);
            ck_assert_int_eq(fault_values_check(kind, values, &wrong), ERR_RANGE);
            ck_assert_uint_eq(wrong, k);
            values[k] = NAN;
            ck_assert_int_eq(fault_values_check(kind, values, NULL), ERR_RANGE);
            values[k] = inside;
        }
    }
    ck_assert_int_eq(
        fault_values_check(&fault_kinds[FAULT_HALF_OPEN], (double[FAULT_PARAMS_MAX]){1.5}, NULL),
        ERR_RANGE);
}
END_TEST

START_TEST(defaults)
{
    double values[FAULT_PARAMS_MAX];

    fault_values_init(&fault_kinds[FAULT_DUPLICATE], values);
    ck_assert(values[0] == 0 && values[1] == 1e6);
    fault_values_init(&fault_kinds[FAULT_HALF_OPEN], values);
    ck_assert(values[0] == 2);
    fault_values_init(&fault_kinds[FAULT_RESTART], values);
    ck_assert(values[0] == 1e9);
    fault_values_init(&fault_kinds[FAULT_CRASH], values);
    ck_assert(values[0] == 0);
    ck_assert(!fault_kinds[FAULT_CRASH].instant);
}
END_TEST

Suite *fault_kind_suite(void)
{
    Suite *suite = suite_create("fault_kind");
    TCase *tcase = tcase_create("fault_kind");

    tcase_add_test(tcase, names_are_the_languages);
    tcase_add_test(tcase, rows_are_whole);
    tcase_add_test(tcase, values_have_bounds);
    tcase_add_test(tcase, defaults);
    suite_add_tcase(suite, tcase);
    return suite;
}
