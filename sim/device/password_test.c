// SPDX-License-Identifier: Apache-2.0
// The password rules of the three editions of the guide, at their edges (PS-207 to PS-211).
#include "sim/device/password.h"

#include <check.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/device/accounts.h"
#include "sim/profile/profile.h"

static struct profiles *profiles;
static struct diag *diag;

static void setup(void)
{
    diag = diag_new();
    profiles = profiles_new("devices");
}

static void teardown(void)
{
    profiles_free(&profiles);
    diag_free(&diag);
}

static const struct profile *profile_of(const char *id)
{
    const struct profile *profile = NULL;

    ck_assert_int_eq(profiles_get(profiles, id, diag, &profile), 0);
    return profile;
}

// What a rule says of a password: NULL when it is fine. `length` letters: the text and then "x".
static const char *says(const char *profile, const char *rule, const char *text, size_t length)
{
    char password[128];
    const char *why = NULL;
    size_t own = strlen(text);
    int err;

    memset(password, 'x', sizeof(password));
    memcpy(password, text, own);
    password[length > own ? length : own] = '\0';
    err = password_check(profile_of(profile), rule, password, &why);
    ck_assert_int_eq(err, why ? ERR_RANGE : 0);
    return why;
}

START_TEST(user_password_of_2025)
{
    static const char rule[] = "password.user", profile[] = "ps-2025-04";
    static const char *const two[] = {"abcdEFGH", "abcd1234", "abcd.;,:", "ABCD1234",
                                      "ABCD.;,:", "1234.;,:", "abcdefgh"};
    static const char *const three[] = {"abcDEF12", "abcDEF.,", "abc12.,x", "ABC12.,X"};

    ck_assert_str_eq(says(profile, rule, "Aa1", 7), "The password is too short.");
    ck_assert_ptr_null(says(profile, rule, "Aa1", 8));
    ck_assert_ptr_null(says(profile, rule, "Aa1", 50));
    ck_assert_str_eq(says(profile, rule, "Aa1", 51), "The password is too long.");
    ck_assert_str_eq(says(profile, rule, "", 0), "The password is too short.");
    for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
        ck_assert_ptr_nonnull(strstr(says(profile, rule, two[i], 8), "three kinds"));
    for (size_t i = 0; i < sizeof(three) / sizeof(three[0]); i++)
        ck_assert_ptr_null(says(profile, rule, three[i], 8));
}
END_TEST

START_TEST(special_characters)
{
    static const char specials[] = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    ck_assert_uint_eq(strlen(specials), 33);
    for (int letter = 1; letter < 256; letter++) {
        char text[] = {'A', 'b', '1', (char)letter, '\0'};
        bool allowed = strchr(specials, letter) || (letter >= '0' && letter <= '9') ||
                       (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');
        const char *why = says("ps-2025-04", "password.user", text, 8);

        if (allowed)
            ck_assert_ptr_null(why);
        else
            ck_assert_str_eq(why, "The password has a character that is not allowed.");
    }
    ck_assert_ptr_nonnull(says("ps-2025-04", "password.user", "Grün1234", 0));
}
END_TEST

START_TEST(access_point_and_backup)
{
    static const char ap[] = "password.wifi-ap", backup[] = "password.backup";

    ck_assert_ptr_nonnull(says("ps-2025-04", ap, "Aa1", 7));
    ck_assert_ptr_null(says("ps-2025-04", ap, "Aa1", 8));
    ck_assert_ptr_null(says("ps-2025-04", ap, "Aa1", 32));
    ck_assert_ptr_nonnull(says("ps-2025-04", ap, "Aa1", 33));
    ck_assert_str_eq(says("ps-2025-04", ap, "aa1", 8), "The password needs an upper-case letter.");
    ck_assert_str_eq(says("ps-2025-04", ap, "AA123456", 8),
                     "The password needs a lower-case letter.");
    ck_assert_str_eq(says("ps-2025-04", ap, "AaAa", 8), "The password needs a digit.");
    ck_assert_ptr_nonnull(says("ps-2025-04", backup, "Aa.", 5));
    ck_assert_ptr_null(says("ps-2025-04", backup, "Aa.", 6));
    ck_assert_ptr_null(says("ps-2025-04", backup, "Aa.", 32));
    ck_assert_ptr_nonnull(says("ps-2025-04", backup, "Aa.", 33));
    ck_assert_str_eq(says("ps-2025-04", backup, "Aa1", 8),
                     "The password needs a special character.");
}
END_TEST

START_TEST(older_editions)
{
    static const char *const editions[] = {"ps-2023-05", "ps-2024-09"};

    for (size_t i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(says(editions[i], "password.user", "A", 5));
        ck_assert_ptr_null(says(editions[i], "password.user", "A", 6));
        ck_assert_ptr_null(says(editions[i], "password.user", "A", 32));
        ck_assert_ptr_nonnull(says(editions[i], "password.user", "A", 33));
        ck_assert_ptr_nonnull(says(editions[i], "password.user", "a", 8));
        ck_assert_ptr_nonnull(says(editions[i], "password.user", "AAAAAA", 6));
    }
}
END_TEST

START_TEST(ranges_of_letters_and_no_rule)
{
    const char *why = "unchanged";

    ck_assert_ptr_null(says("skeleton", "password.command", "aZ09", 4));
    ck_assert_ptr_nonnull(says("skeleton", "password.command", "aZ0-", 4));
    ck_assert_ptr_nonnull(says("skeleton", "password.command", "aZ0", 3));
    ck_assert_ptr_nonnull(says("skeleton", "password.command", "aZ012", 5));
    ck_assert_int_eq(password_check(profile_of("skeleton"), "password.none", "x", &why),
                     ERR_NOT_FOUND);
    ck_assert_str_eq(why, "unchanged");
}
END_TEST

START_TEST(rules_in_words)
{
    static const struct {
        const char *profile, *rule, *text;
    } rows[] = {
        {"ps-2025-04", "password.user",
         "8 to 50 characters, of at least three of these kinds: upper-case letters, lower-case "
         "letters, digits, special characters; the special characters are the space and "
         "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~."},
        {"ps-2023-05", "password.user",
         "6 to 32 characters, with at least an upper-case letter and a lower-case letter."},
        {"skeleton", "password.command", "Exactly 4 characters; only 0-9a-zA-Z."},
        {"skeleton", "password.none", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str out = {0};

        password_add_rule_text(profile_of(rows[i].profile), rows[i].rule, &out);
        ck_assert_str_eq(str_text(&out), rows[i].text);
        str_done(&out);
    }
}
END_TEST

Suite *password_suite(void)
{
    Suite *suite = suite_create("password");
    TCase *tests = tcase_create("password");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, user_password_of_2025);
    tcase_add_test(tests, special_characters);
    tcase_add_test(tests, access_point_and_backup);
    tcase_add_test(tests, older_editions);
    tcase_add_test(tests, ranges_of_letters_and_no_rule);
    tcase_add_test(tests, rules_in_words);
    suite_add_tcase(suite, tests);
    return suite;
}
