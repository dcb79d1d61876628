// SPDX-License-Identifier: Apache-2.0
// Sessions end: by time, by number, by name, by the supply; and nobody guesses one.
#include "sim/device/sessions.h"

#include <check.h>

#include "sim/device/bed_test.h"

static struct bed bed;

static void setup(void)
{
    bed_start(&bed, "d1", "skeleton", true);
}

static void teardown(void)
{
    bed_end(&bed);
}

static bool is_open(const char *token)
{
    return sessions_find(bed.sessions, token) != NULL;
}

START_TEST(a_session_is_who_opened_it)
{
    char one[SESSION_TOKEN_ROOM], two[SESSION_TOKEN_ROOM];
    const struct session_who *who;

    ck_assert_ptr_null(sessions_find(bed.sessions, "nobody has opened one"));
    sessions_open(bed.sessions, "Admin", "user", one);
    sessions_open(bed.sessions, "Support", "support", two);
    ck_assert_uint_eq(strlen(one), 43);
    ck_assert_uint_eq(
        strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    ck_assert_str_ne(one, two);
    who = sessions_find(bed.sessions, one);
    ck_assert_ptr_nonnull(who);
    ck_assert_str_eq(who->user, "Admin");
    ck_assert_str_eq(who->role, "user");
    ck_assert_str_ne(who->csrf, one);
    ck_assert(sessions_check_csrf(who, who->csrf));
    ck_assert(!sessions_check_csrf(who, NULL));
    ck_assert(!sessions_check_csrf(who, ""));
    ck_assert(!sessions_check_csrf(who, one));
    ck_assert(!sessions_check_csrf(who, sessions_find(bed.sessions, two)->csrf));
    ck_assert_uint_eq(sessions_count(bed.sessions), 2);
    sessions_end(bed.sessions, one);
    ck_assert(!is_open(one));
    ck_assert(is_open(two));
    sessions_end(bed.sessions, one);
    sessions_end(bed.sessions, NULL);
    ck_assert_uint_eq(sessions_count(bed.sessions), 1);
}
END_TEST

START_TEST(no_other_text_is_a_token)
{
    char token[SESSION_TOKEN_ROOM], wrong[SESSION_TOKEN_ROOM + 8];

    sessions_open(bed.sessions, "Admin", "user", token);
    ck_assert_ptr_null(sessions_find(bed.sessions, NULL));
    ck_assert_ptr_null(sessions_find(bed.sessions, ""));
    for (size_t i = 0; i < 43; i++) {
        memcpy(wrong, token, SESSION_TOKEN_ROOM);
        wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
        ck_assert(!is_open(wrong));
        memcpy(wrong, token, i);
        wrong[i] = '\0';
        ck_assert(!is_open(wrong));
    }
    snprintf(wrong, sizeof(wrong), "%sA", token);
    ck_assert(!is_open(wrong));
    ck_assert(is_open(token));
}
END_TEST

START_TEST(time_ends_it_and_the_clock_does_not)
{
    char idle[SESSION_TOKEN_ROOM], used[SESSION_TOKEN_ROOM];

    sessions_open(bed.sessions, "Admin", "user", idle);
    sessions_open(bed.sessions, "Admin", "user", used);
    for (int i = 0; i < 11; i++) {
        bed_advance(&bed, 5 * BED_MINUTE);
        ck_assert(is_open(used));
        device_set_utc(bed.device, device_utc_ns(bed.device) + 500 * BED_MINUTE);
        ck_assert(is_open(used));
        if (i == 0)
            ck_assert_uint_eq(sessions_count(bed.sessions), 2);
    }
    ck_assert_uint_eq(sessions_count(bed.sessions), 1);
    ck_assert(!is_open(idle));
    bed_advance(&bed, 5 * BED_MINUTE - 1);
    ck_assert(is_open(used));
    bed_advance(&bed, 1); // An hour in all.
    ck_assert(!is_open(used));
    ck_assert_uint_eq(sessions_count(bed.sessions), 0);
}
END_TEST

START_TEST(the_one_unused_longest_goes)
{
    char tokens[4][SESSION_TOKEN_ROOM];

    for (int i = 0; i < 3; i++) {
        sessions_open(bed.sessions, "Admin", "user", tokens[i]);
        bed_advance(&bed, SIM_NS_PER_S);
    }
    ck_assert(is_open(tokens[0]));
    bed_advance(&bed, SIM_NS_PER_S);
    sessions_open(bed.sessions, "Support", "support", tokens[3]);
    ck_assert(is_open(tokens[0]));
    ck_assert(!is_open(tokens[1]));
    ck_assert(is_open(tokens[2]));
    ck_assert(is_open(tokens[3]));
    sessions_end_user(bed.sessions, "Admin");
    ck_assert_uint_eq(sessions_count(bed.sessions), 1);
    ck_assert(is_open(tokens[3]));
    device_set_power(bed.device, false);
    device_set_power(bed.device, true);
    ck_assert(!is_open(tokens[3]));
    ck_assert_uint_eq(sessions_count(bed.sessions), 0);
}
END_TEST

Suite *sessions_suite(void)
{
    Suite *suite = suite_create("sessions");
    TCase *tests = tcase_create("sessions");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_session_is_who_opened_it);
    tcase_add_test(tests, no_other_text_is_a_token);
    tcase_add_test(tests, time_ends_it_and_the_clock_does_not);
    tcase_add_test(tests, the_one_unused_longest_goes);
    suite_add_tcase(suite, tests);
    return suite;
}
