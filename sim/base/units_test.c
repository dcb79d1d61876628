// SPDX-License-Identifier: Apache-2.0
// Quantities as the scenario language writes them, both ways, and every way to write one wrong.
#include "sim/base/units.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/rng.h"

static const struct {
    const char *text;
    double number;
    enum unit unit;
} good[] = {
    {"10", 10, UNIT_NONE},
    {"-3.5", -3.5, UNIT_NONE},
    {"+7", 7, UNIT_NONE},
    {"0644", 644, UNIT_NONE},
    {"1.10", 1.1, UNIT_NONE},
    {"1_000_000", 1e6, UNIT_NONE},
    {"0x1F", 31, UNIT_NONE},
    {"-0x10", -16, UNIT_NONE},
    {"1e3", 1000, UNIT_NONE},
    {"2.5e-3", 0.0025, UNIT_NONE},
    {"70%", 0.7, UNIT_RATIO},
    {"16A", 16, UNIT_A},
    {"250mA", 0.25, UNIT_A},
    {"25kA", 25000, UNIT_A},
    {"400V", 400, UNIT_V},
    {"22kW", 22000, UNIT_W},
    {"1.5MW", 1.5e6, UNIT_W},
    {"10kvar", 10000, UNIT_VAR},
    {"5VA", 5, UNIT_VA},
    {"20kWh", 20000, UNIT_WH},
    {"1varh", 1, UNIT_VARH},
    {"1kVAh", 1000, UNIT_VAH},
    {"2.4GHz", 2.4e9, UNIT_HZ},
    {"-40degC", -40, UNIT_DEGC},
    {"4MiB", 4194304, UNIT_BYTE},
    {"64B", 64, UNIT_BYTE},
    {"19200baud", 19200, UNIT_BIT_PER_S},
    {"100Mbit/s", 1e8, UNIT_BIT_PER_S},
    {"40ppm", 40, UNIT_PPM},
    {"10m", 600e9, UNIT_TIME_NS},
    {"1h11m5s", 4265e9, UNIT_TIME_NS},
    {"21.5\xC2\xB0"
     "C",
     21.5, UNIT_DEGC},
};

START_TEST(what_people_write_is_read)
{
    double number = -1;
    enum unit unit = UNIT_COUNT;

    ck_assert_int_eq(units_parse(good[_i].text, &number, &unit), 0);
    ck_assert_double_eq(number, good[_i].number);
    ck_assert_int_eq(unit, good[_i].unit);
}
END_TEST

static const struct {
    const char *text;
    int err;
} bad[] = {
    {"", ERR_SYNTAX},
    {"-", ERR_SYNTAX},
    {"A", ERR_SYNTAX},
    {".5", ERR_SYNTAX},
    {"5.", ERR_SYNTAX},
    {"1..2", ERR_SYNTAX},
    {"1.2.3", ERR_SYNTAX},
    {"12:30:45", ERR_SYNTAX},
    {"16 A", ERR_SYNTAX},
    {" 16", ERR_SYNTAX},
    {"16 ", ERR_SYNTAX},
    {"1__0", ERR_SYNTAX},
    {"1_", ERR_SYNTAX},
    {"_1", ERR_SYNTAX},
    {"0x", ERR_SYNTAX},
    {"0x1G", ERR_SYNTAX},
    {"nan", ERR_SYNTAX},
    {"inf", ERR_SYNTAX},
    {"--1", ERR_SYNTAX},
    {"5q", ERR_UNIT},
    {"16a", ERR_UNIT},
    {"10min", ERR_UNIT},
    {"5sec", ERR_UNIT},
    {"1kw", ERR_UNIT},
    {"1e400", ERR_RANGE},
    {"1e300MW", 0},
    {"1e305MW", ERR_RANGE},
    {"200000000d", ERR_RANGE},
    {"0x10000000000000000", ERR_RANGE},
    {"5s3m", ERR_SYNTAX},
    {"5s5s", ERR_SYNTAX},
    {"1.5h30m", ERR_SYNTAX},
};

START_TEST(what_is_wrong_is_refused_and_nothing_written)
{
    double number = -1;
    enum unit unit = UNIT_COUNT;

    ck_assert_int_eq(units_parse(bad[_i].text, &number, &unit), bad[_i].err);
    if (bad[_i].err < 0) {
        ck_assert_double_eq(number, -1);
        ck_assert_int_eq(unit, UNIT_COUNT);
    }
}
END_TEST

static const struct {
    const char *text;
    int err;
    int64_t value;
} wholes[] = {
    {"0", 0, 0},
    {"0x0064", 0, 100},
    {"-12", 0, -12},
    {"9223372036854775807", 0, INT64_MAX},
    {"-9223372036854775808", 0, INT64_MIN},
    {"0x7FFF_FFFF_FFFF_FFFF", 0, INT64_MAX},
    {"-0x8000000000000000", 0, INT64_MIN},
    {"9223372036854775808", ERR_RANGE, 0},
    {"-9223372036854775809", ERR_RANGE, 0},
    {"0x8000000000000000", ERR_RANGE, 0},
    {"99999999999999999999", ERR_RANGE, 0},
    {"1.0", ERR_SYNTAX, 0},
    {"1e3", ERR_SYNTAX, 0},
    {"5A", ERR_SYNTAX, 0},
    {"", ERR_SYNTAX, 0},
};

START_TEST(whole_numbers_are_exact)
{
    int64_t value = 77;

    ck_assert_int_eq(units_parse_integer(wholes[_i].text, &value), wholes[_i].err);
    ck_assert_int_eq(value, wholes[_i].err ? 77 : wholes[_i].value);
}
END_TEST

static const struct {
    const char *text;
    int err;
    int64_t ns;
} times[] = {
    {"0", 0, 0},
    {"5s", 0, 5000000000},
    {"850us", 0, 850000},
    {"850\xC2\xB5s", 0, 850000},
    {"13.7ms", 0, 13700000},
    {"0.1s", 0, 100000000},
    {"0.000000001s", 0, 1},
    {"1.0000000019s", 0, 1000000001}, // The tenth digit is below a nanosecond.
    {"0.3d", 0, 25920000000000},
    {"90d", 0, 7776000000000000},
    {"1h11m5s", 0, 4265000000000},
    {"1m0.5s", 0, 60500000000},
    {"-5s", 0, -5000000000},
    {"9223372036854775807ns", 0, INT64_MAX},
    {"-9223372036854775808ns", 0, INT64_MIN},
    {"9223372036854775808ns", ERR_RANGE, 0},
    {"106752d", ERR_RANGE, 0},
    {"106751d24h", ERR_RANGE, 0},
    {"5", ERR_UNIT, 0},
    {"1h5", ERR_UNIT, 0},
    {"16A", ERR_UNIT, 0},
    {"5x", ERR_UNIT, 0},
    {"5S", ERR_UNIT, 0},
    {"s", ERR_SYNTAX, 0},
    {"", ERR_SYNTAX, 0},
    {"5 s", ERR_SYNTAX, 0},
    {"5s ", ERR_UNIT, 0},
};

START_TEST(times_are_exact)
{
    int64_t ns = 77;

    ck_assert_int_eq(units_parse_time(times[_i].text, &ns), times[_i].err);
    ck_assert_int_eq(ns, times[_i].err ? 77 : times[_i].ns);
}
END_TEST

static const struct {
    int64_t ns;
    const char *text;
} spoken[] = {
    {0, "0"},
    {1, "1ns"},
    {850000, "850us"},
    {1500, "1.5us"},
    {13700000, "13.7ms"},
    {600000000000, "10m"},
    {600001000000, "10m0.001s"},
    {4265000000000, "1h11m5s"},
    {86400000000000, "1d"},
    {-1500000000, "-1.5s"},
    {INT64_MAX, "106751d23h47m16.854775807s"},
    {INT64_MIN, "-106751d23h47m16.854775808s"},
};

START_TEST(times_as_a_person_reads_them)
{
    char text[UNITS_TEXT_ROOM];

    ck_assert_str_eq(units_time_text(spoken[_i].ns, text), spoken[_i].text);
}
END_TEST

START_TEST(any_time_reads_back)
{
    struct rng rng;

    rng_init(&rng, 1, "times");
    for (int i = 0; i < 20000; i++) {
        int64_t ns = (int64_t)(rng_next(&rng) >> rng_below(&rng, 64));
        char text[UNITS_TEXT_ROOM];
        int64_t back = 0;

        ck_assert_int_eq(units_parse_time(units_time_text(ns, text), &back), 0);
        ck_assert_int_eq(back, ns);
    }
}
END_TEST

static const struct {
    double number;
    enum unit unit;
    const char *text;
} shown[] = {
    {16, UNIT_A, "16A"},
    {0.7, UNIT_RATIO, "70%"},
    {0.95, UNIT_NONE, "0.95"},
    {22000, UNIT_W, "22kW"},
    {400, UNIT_V, "400V"},
    {0.001, UNIT_A, "1mA"},
    {1.5, UNIT_A, "1.5A"},
    {0, UNIT_A, "0A"},
    {-40, UNIT_DEGC, "-40degC"},
    {4194304, UNIT_BYTE, "4MiB"},
    {600e9, UNIT_TIME_NS, "10m"},
    {1000, UNIT_NONE, "1000"},
    {0.1 + 0.2, UNIT_NONE, "0.30000000000000004"},
    {1e300, UNIT_NONE, "1e+300"},
};

START_TEST(numbers_in_their_shortest_form)
{
    char text[UNITS_TEXT_ROOM];

    ck_assert_str_eq(units_text(shown[_i].number, shown[_i].unit, text), shown[_i].text);
}
END_TEST

START_TEST(any_number_reads_back_with_its_unit)
{
    // Valgrind counts in 64 bits where the machine has 80, and percent then cannot say every
    // double.
    volatile long double fine = 1 + LDBL_EPSILON;
    struct rng rng;

    rng_init(&rng, 2, "numbers");
    for (int i = 0; i < 20000; i++) {
        enum unit unit = (enum unit)rng_below(&rng, UNIT_COUNT);
        double size = pow(10, rng_uniform(&rng, -6, 12));
        double number = rng_uniform(&rng, -1, 1) * size;
        char text[UNITS_TEXT_ROOM];
        double back = 0;
        enum unit back_unit = UNIT_COUNT;

        if (unit == UNIT_TIME_NS)
            number = trunc(number);
        if (unit == UNIT_RATIO && fine == 1)
            continue;
        ck_assert_int_eq(units_parse(units_text(number, unit, text), &back, &back_unit), 0);
        ck_assert_msg(back == number, "%s is not %.17g", text, number);
        ck_assert_msg(back_unit == unit || (unit == UNIT_TIME_NS && number == 0), "%s", text);
    }
    ck_assert_str_eq(units_text(INFINITY, UNIT_A, (char[UNITS_TEXT_ROOM]){0}), "inf");
}
END_TEST

// Every suffix named for a unit reads as that unit; every unit has a name.
START_TEST(the_table_knows_what_it_says)
{
    for (int unit = 0; unit < UNIT_COUNT; unit++) {
        char suffixes[64];
        char *rest = suffixes;

        ck_assert_uint_gt(strlen(units_name((enum unit)unit)), 0);
        ck_assert_uint_lt(strlen(units_suffixes((enum unit)unit)), sizeof(suffixes));
        snprintf(suffixes, sizeof(suffixes), "%s", units_suffixes((enum unit)unit));
        for (char *word = strsep(&rest, " "); word && *word; word = strsep(&rest, " ")) {
            char text[32];
            double number;
            enum unit read;

            snprintf(text, sizeof(text), "1%s", word);
            ck_assert_int_eq(units_parse(text, &number, &read), 0);
            ck_assert_int_eq(read, unit);
        }
    }
}
END_TEST

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

Suite *units_suite(void)
{
    Suite *suite = suite_create("units");
    TCase *quantities = tcase_create("units");

    tcase_add_loop_test(quantities, what_people_write_is_read, 0, COUNT_OF(good));
    tcase_add_loop_test(quantities, what_is_wrong_is_refused_and_nothing_written, 0, COUNT_OF(bad));
    tcase_add_loop_test(quantities, whole_numbers_are_exact, 0, COUNT_OF(wholes));
    tcase_add_loop_test(quantities, times_are_exact, 0, COUNT_OF(times));
    tcase_add_loop_test(quantities, times_as_a_person_reads_them, 0, COUNT_OF(spoken));
    tcase_add_test(quantities, any_time_reads_back);
    tcase_add_loop_test(quantities, numbers_in_their_shortest_form, 0, COUNT_OF(shown));
    tcase_add_test(quantities, any_number_reads_back_with_its_unit);
    tcase_add_test(quantities, the_table_knows_what_it_says);
    suite_add_tcase(suite, quantities);
    return suite;
}
