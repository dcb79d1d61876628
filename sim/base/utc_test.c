// SPDX-License-Identifier: Apache-2.0
// ISO 8601 against the host's calendar (gmtime(3) is the independent witness) and against wrong
// dates.
#include <check.h>
#include <stdio.h>
#include <time.h>

#include "sim/base/err.h"
#include "sim/base/rng.h"
#include "sim/base/units.h"

static const struct {
    const char *text;
    int64_t ns;
} good[] = {
    {"1970-01-01", 0},
    {"2026-01-15T08:00:00Z", 1768464000000000000},
    {"2026-01-15T08:00:00.25Z", 1768464000250000000},
    {"2026-01-15T08:00:00.1234567899Z", 1768464000123456789},
    {"2026-01-15 09:30:00+01:30", 1768464000000000000},
    {"2026-01-14T22:00:00-10:00", 1768464000000000000},
    {"2024-02-29", 1709164800000000000},
    {"1969-12-31T23:59:59.999Z", -1000000},
    {"1678-01-01", -9214560000000000000},
    {"2261-12-31T23:59:59Z", 9214646399000000000},
};

START_TEST(times_are_read)
{
    int64_t ns = 1;

    ck_assert_int_eq(units_parse_utc(good[_i].text, &ns), 0);
    ck_assert_int_eq(ns, good[_i].ns);
}
END_TEST

static const char *const bad[] = {
    "",
    "2026",
    "2026-01",
    "2026-1-15",
    "2026-13-01",
    "2026-00-01",
    "2026-02-29",
    "1900-02-29",
    "2026-04-31",
    "2026-01-00",
    "1677-12-31",
    "2262-01-01",
    "2026-01-15T08:00:00",
    "2026-01-15T08:00Z",
    "2026-01-15T24:00:00Z",
    "2026-01-15T08:60:00Z",
    "2026-12-31T23:59:60Z",
    "2026-01-15T08:00:00.Z",
    "2026-01-15T08:00:00+1:00",
    "2026-01-15T08:00:00+24:00",
    "2026-01-15T08:00:00Z ",
    "2026-01-15Z",
    " 2026-01-15",
};

START_TEST(wrong_times_are_refused)
{
    int64_t ns = 1;

    ck_assert_int_eq(units_parse_utc(bad[_i], &ns), ERR_SYNTAX);
    ck_assert_int_eq(ns, 1);
}
END_TEST

START_TEST(the_hosts_calendar_agrees)
{
    struct rng rng;

    rng_init(&rng, 1, "calendar");
    for (int i = 0; i < 20000; i++) {
        int64_t seconds = (int64_t)rng_below(&rng, 18429206399) - 9214560000;
        int milliseconds = (int)rng_below(&rng, 1000);
        int64_t ns = seconds * 1000000000 + milliseconds * 1000000;
        time_t host = (time_t)seconds;
        char wanted[UNITS_TEXT_ROOM];
        char text[UNITS_TEXT_ROOM];
        struct tm parts;
        int64_t back;

        ck_assert_ptr_nonnull(gmtime_r(&host, &parts));
        snprintf(wanted, sizeof(wanted), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                 parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                 parts.tm_sec, milliseconds);
        ck_assert_str_eq(units_utc_text(ns, text), wanted);
        ck_assert_int_eq(units_parse_utc(text, &back), 0);
        ck_assert_int_eq(back, ns);
    }
}
END_TEST

START_TEST(the_ends_of_64_bits_are_written)
{
    char text[UNITS_TEXT_ROOM];

    ck_assert_str_eq(units_utc_text(INT64_MIN, text), "1677-09-21T00:12:43.145Z");
    ck_assert_str_eq(units_utc_text(INT64_MAX, text), "2262-04-11T23:47:16.854Z");
    ck_assert_str_eq(units_utc_text(-1, text), "1969-12-31T23:59:59.999Z");
}
END_TEST

Suite *utc_suite(void)
{
    Suite *suite = suite_create("utc");
    TCase *calendar = tcase_create("utc");

    tcase_add_loop_test(calendar, times_are_read, 0, sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(calendar, wrong_times_are_refused, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(calendar, the_hosts_calendar_agrees);
    tcase_add_test(calendar, the_ends_of_64_bits_are_written);
    suite_add_tcase(suite, calendar);
    return suite;
}
