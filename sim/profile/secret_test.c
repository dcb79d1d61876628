// SPDX-License-Identifier: Apache-2.0
// Drawn passwords obey the rule of their account, and only name and seed decide them.
#include "sim/profile/secret.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct profile *load(struct profiles *profiles, const char *id)
{
    struct diag *diag = diag_new();
    const struct profile *profile = NULL;

    ck_assert_int_eq(profiles_get(profiles, id, diag, &profile), 0);
    diag_free(&diag);
    return profile;
}

START_TEST(a_name_is_found_behind_the_prefix_only)
{
    ck_assert_str_eq(profile_secret_name("$secret.gw"), "gw");
    ck_assert_ptr_null(profile_secret_name("secret.gw"));
    ck_assert_ptr_null(profile_secret_name("aB3x"));
}
END_TEST

START_TEST(the_length_follows_the_rule_of_the_account)
{
    struct profiles *profiles = profiles_new("devices");
    char *trip = profile_secret_draw(load(profiles, "nsx-2024-11"), "Administrator", "q", 1);
    char *web = profile_secret_draw(load(profiles, "ps-2025-04"), "SecurityAdmin", "gw", 1);

    ck_assert_uint_eq(strlen(trip), 4);
    ck_assert_uint_ge(strlen(web), 8);
    for (size_t i = 0; trip[i]; i++)
        ck_assert(isalnum((unsigned char)trip[i]));
    ck_assert(isupper((unsigned char)web[0]) && islower((unsigned char)web[1]) &&
              isdigit((unsigned char)web[2]));
    free(trip);
    free(web);
    profiles_free(&profiles);
}
END_TEST

START_TEST(name_and_seed_decide)
{
    struct profiles *profiles = profiles_new("devices");
    const struct profile *profile = load(profiles, "ps-2025-04");
    char *one = profile_secret_draw(profile, "SecurityAdmin", "gw", 1);
    char *same = profile_secret_draw(profile, "SecurityAdmin", "gw", 1);
    char *other_seed = profile_secret_draw(profile, "SecurityAdmin", "gw", 2);
    char *other_name = profile_secret_draw(profile, "SecurityAdmin", "gx", 1);

    ck_assert_str_eq(one, same);
    ck_assert_str_ne(one, other_seed);
    ck_assert_str_ne(one, other_name);
    free(one);
    free(same);
    free(other_seed);
    free(other_name);
    profiles_free(&profiles);
}
END_TEST

Suite *secret_suite(void)
{
    Suite *suite = suite_create("secret");
    TCase *tcase = tcase_create("draw");

    tcase_add_test(tcase, a_name_is_found_behind_the_prefix_only);
    tcase_add_test(tcase, the_length_follows_the_rule_of_the_account);
    tcase_add_test(tcase, name_and_seed_decide);
    suite_add_tcase(suite, tcase);
    return suite;
}
