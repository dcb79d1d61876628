// SPDX-License-Identifier: Apache-2.0
// Logins, passwords and locks: the edges of the three editions to the nanosecond (PS-203, PS-204),
// and what the policy's other answers would do.
#include "sim/device/accounts.h"

#include <check.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/device/bed_test.h"

#define RIGHT "Right-0ne"
#define HERE "10.0.0.9"

static struct bed bed;

static void start(const char *profile)
{
    bed.secret = RIGHT;
    bed_start(&bed, "d1", profile, true);
}

static void start_policy(const char *lockout)
{
    char *text = str_format("%spolicies:\n  password.user: {length: 4..20}\n  lockout: %s\n",
                            BED_PROFILE, lockout);

    start(text);
    free(text);
}

static void teardown(void)
{
    bed_end(&bed);
}

static enum login_result login(const char *user, const char *password)
{
    return accounts_login(bed.accounts, user, password, HERE);
}

static const char *admin(void)
{
    return accounts_first(bed.accounts);
}

static void miss(int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(login(admin(), "wrong"), LOGIN_REFUSED);
}

static const char *last_event(void)
{
    static char event[64];
    struct audit_entry entry;

    audit_at(bed.audit, audit_count(bed.audit) - 1, &entry);
    snprintf(event, sizeof(event), "%s", entry.event);
    return event;
}

static void restart(int64_t down_ns)
{
    device_set_power(bed.device, false);
    bed_advance(&bed, down_ns);
    device_set_power(bed.device, true);
}

// ---- Login ----

START_TEST(right_and_wrong)
{
    static const struct {
        const char *user, *password;
    } wrong[] = {{"SecurityAdmin", ""},
                 {"SecurityAdmin", "right-0ne"},
                 {"SecurityAdmin", RIGHT " "},
                 {"securityadmin", RIGHT},
                 {"", RIGHT},
                 {"nobody", RIGHT},
                 {"nobody", ""},
                 {"SecurityAdmin\n", RIGHT}};

    start("ps-2025-04");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_int_eq(login(wrong[i].user, wrong[i].password), LOGIN_REFUSED);
        ck_assert_str_eq(last_event(), "login-failed");
    }
    ck_assert_int_eq(login("SecurityAdmin", RIGHT), LOGIN_GRANTED);
    ck_assert_str_eq(last_event(), "login-ok");
    ck_assert_int_eq(login("SupportUser", RIGHT), LOGIN_GRANTED);
    ck_assert_uint_eq(accounts_count(bed.accounts), 2);
    ck_assert_str_eq(accounts_role(bed.accounts, "SupportUser"), "support");
    ck_assert_ptr_null(accounts_role(bed.accounts, "nobody"));
    ck_assert_ptr_null(accounts_name_at(bed.accounts, 2));
}
END_TEST

START_TEST(passwords_of_any_length)
{
    char *huge = mem_new(1, 100001);

    start("ps-2025-04");
    memset(huge, 'a', 100000);
    ck_assert_int_eq(login(huge, huge), LOGIN_REFUSED);
    ck_assert_int_eq(login(admin(), huge), LOGIN_REFUSED);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
    free(huge);
}
END_TEST

START_TEST(at_rest_only_salted_hashes)
{
    size_t length;
    const uint8_t *flash;
    struct bed other = {.secret = RIGHT};
    static const char record[] = "pw3e4fd5b42343"; // SHA-256 of SecurityAdmin.
    const uint8_t *one, *two;
    uint8_t text[64], digest[CRYPTO_SHA256_BYTES];

    start("ps-2025-04");
    miss(3);
    ck_assert_int_eq(login("Klaus Meier", "Geheim-123"), LOGIN_REFUSED);
    flash = store_flash(bed.device->store, &length);
    ck_assert_ptr_null(memmem(flash, length, RIGHT, strlen(RIGHT)));
    ck_assert_ptr_null(memmem(flash, length, "Meier", 5));
    ck_assert_ptr_null(memmem(flash, length, "Geheim", 6));
    ck_assert_ptr_null(memmem(flash, length, "SecurityAdmin", 13));
    ck_assert_ptr_null(strstr(bed.events, "Meier"));
    ck_assert_ptr_null(strstr(bed.events, RIGHT));
    // The same password on another device is another record.
    bed_start(&other, "d2", "ps-2025-04", true);
    one = store_get(bed.device->store, record, &length);
    ck_assert_uint_eq(length, 48);
    two = store_get(other.device->store, record, &length);
    ck_assert_uint_eq(length, 48);
    ck_assert_mem_ne(one, two, 16);
    ck_assert_mem_ne(one + 16, two + 16, 32);
    // It is what it says: SHA-256 over salt and password.
    memcpy(text, one, 16);
    memcpy(text + 16, RIGHT, strlen(RIGHT));
    crypto_sha256(text, 16 + strlen(RIGHT), digest);
    ck_assert_mem_eq(one + 16, digest, sizeof(digest));
    bed_end(&other);
}
END_TEST

// ---- Passwords ----

START_TEST(first_password)
{
    const char *why = NULL;

    bed.secret = NULL;
    bed_start(&bed, "d1", "ps-2025-04", true);
    ck_assert(accounts_password_unset(bed.accounts, "SecurityAdmin"));
    ck_assert(!accounts_password_unset(bed.accounts, "nobody"));
    ck_assert_int_eq(login("SecurityAdmin", ""), LOGIN_PASSWORD_UNSET);
    ck_assert_int_eq(login("SecurityAdmin", RIGHT), LOGIN_PASSWORD_UNSET);
    ck_assert_int_eq(login("nobody", ""), LOGIN_REFUSED);
    ck_assert_int_eq(accounts_set_password(bed.accounts, "nobody", RIGHT, HERE, &why),
                     ERR_NOT_FOUND);
    ck_assert_int_eq(accounts_set_password(bed.accounts, "SecurityAdmin", "short", HERE, &why),
                     ERR_RANGE);
    ck_assert_str_eq(why, "The password is too short.");
    ck_assert_int_eq(accounts_set_password(bed.accounts, "SecurityAdmin", "", HERE, &why),
                     ERR_RANGE);
    ck_assert(accounts_password_unset(bed.accounts, "SecurityAdmin"));
    ck_assert_int_eq(accounts_set_password(bed.accounts, "SecurityAdmin", RIGHT, HERE, &why), 0);
    ck_assert_str_eq(last_event(), "password-set");
    ck_assert_int_eq(login("SecurityAdmin", RIGHT), LOGIN_GRANTED);
    // What the site says now changes nothing any more.
    bed.secret = "Another-1";
    restart(0);
    ck_assert(!accounts_password_unset(bed.accounts, "SecurityAdmin"));
    ck_assert(accounts_password_unset(bed.accounts, "SupportUser"));
    ck_assert_int_eq(login("SecurityAdmin", RIGHT), LOGIN_GRANTED);
    ck_assert_int_eq(accounts_set_password(bed.accounts, "SecurityAdmin", "Another-2", HERE, &why),
                     0);
    ck_assert_str_eq(last_event(), "password-changed");
    restart(0);
    ck_assert_int_eq(login("SecurityAdmin", RIGHT), LOGIN_REFUSED);
    ck_assert_int_eq(login("SecurityAdmin", "Another-2"), LOGIN_GRANTED);
}
END_TEST

START_TEST(rules_that_need_the_account)
{
    const char *why = NULL;
    struct str out = {0};

    start(BED_PROFILE "policies:\n  password.user: {length: 4..20, not_user_name: yes, "
                      "not_previous: yes, factory: First-1}\n");
    accounts_add_rule_text(bed.accounts, "Admin", &out);
    accounts_add_rule_text(bed.accounts, "nobody", &out);
    ck_assert_str_eq(str_text(&out), "4 to 20 characters.");
    str_done(&out);
    ck_assert_int_eq(accounts_set_password(bed.accounts, "Admin", RIGHT, HERE, &why), ERR_RANGE);
    ck_assert_str_eq(why, "The password is the same as before.");
    ck_assert_int_eq(accounts_set_password(bed.accounts, "Admin", "myADMINword", HERE, &why),
                     ERR_RANGE);
    ck_assert_str_eq(why, "The password contains the user name.");
    ck_assert_int_eq(accounts_set_password(bed.accounts, "Admin", "other", HERE, &why), 0);
    bed_end(&bed);
    // Nobody has commissioned it: what the maker set.
    bed.secret = NULL;
    bed_start(&bed, "d1", BED_PROFILE "policies:\n  password.user: {factory: First-1}\n", true);
    ck_assert_int_eq(login("Admin", "First-1"), LOGIN_GRANTED);
}
END_TEST

// ---- The lock ----

static void expect_lock(int failures, int64_t lock_ns)
{
    miss(failures - 1);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 0);
    miss(1);
    ck_assert_str_eq(last_event(), "account-locked");
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == lock_ns);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
    ck_assert_str_eq(last_event(), "login-locked");
    bed_advance(&bed, lock_ns - 1);
    ck_assert_int_eq(login(admin(), "wrong"), LOGIN_LOCKED);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 1);
    bed_advance(&bed, 1);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 0);
}

START_TEST(lock_out_of_the_editions)
{
    static const char *const editions[] = {"ps-2023-05", "ps-2024-09", "ps-2025-04"};

    for (size_t i = 0; i < 3; i++) {
        start(editions[i]);
        expect_lock(10, 10 * BED_MINUTE);
        expect_lock(5, 60 * BED_MINUTE);
        expect_lock(5, 60 * BED_MINUTE);
        ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
        expect_lock(10, 10 * BED_MINUTE); // From the beginning.
        miss(4);
        ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
        miss(9);
        ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
        bed_end(&bed);
    }
}
END_TEST

START_TEST(only_who_failed_and_unknown_names_alike)
{
    start("ps-2025-04");
    miss(10);
    ck_assert_int_eq(login("SupportUser", RIGHT), LOGIN_GRANTED);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(login("nobody", "wrong"), LOGIN_REFUSED);
    ck_assert_int_eq(login("nobody", "wrong"), LOGIN_LOCKED);
    ck_assert(accounts_locked_ns(bed.accounts, "nobody") == 10 * BED_MINUTE);
    ck_assert(accounts_locked_ns(bed.accounts, "somebody") == 0);
}
END_TEST

// However many names are tried, the counts of accounts stay, and the flash stays small.
START_TEST(a_flood_of_names)
{
    char name[16];
    size_t length;

    start("ps-2025-04");
    miss(9);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "name%d", i);
        ck_assert_int_eq(login(name, "wrong"), LOGIN_REFUSED);
    }
    miss(1);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
    restart(0);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
    store_flash(bed.device->store, &length);
    ck_assert_uint_lt(length, STORE_BYTES_MAX / 2);
    ck_assert_uint_lt(store_count(bed.device->store), 120);
}
END_TEST

START_TEST(a_lock_goes_on_over_a_restart)
{
    start("ps-2025-04");
    miss(10);
    bed_advance(&bed, 4 * BED_MINUTE);
    // A restart: the supply stays, so does time.
    device_restart(bed.device, BED_MINUTE);
    bed_advance(&bed, BED_MINUTE);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 5 * BED_MINUTE);
    // Without supply time stands: the rest goes on.
    restart(3 * 60 * BED_MINUTE);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 5 * BED_MINUTE);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
    bed_advance(&bed, 5 * BED_MINUTE - 1);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
    bed_advance(&bed, 1);
    // The stage has survived as well, and four of its five failures.
    miss(4);
    restart(BED_MINUTE);
    miss(1);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 60 * BED_MINUTE);
}
END_TEST

START_TEST(the_clock_does_not_open_it)
{
    static const int64_t steps_ns[] = {600, -600, 86400 * 365, -86400 * 365};

    start("ps-2025-04");
    miss(10);
    for (size_t i = 0; i < 4; i++) {
        device_set_utc(bed.device, device_utc_ns(bed.device) + steps_ns[i] * SIM_NS_PER_S);
        ck_assert(accounts_locked_ns(bed.accounts, admin()) == 10 * BED_MINUTE);
        restart(0);
        ck_assert(accounts_locked_ns(bed.accounts, admin()) == 10 * BED_MINUTE);
    }
}
END_TEST

START_TEST(a_lost_count_begins_the_rest_anew)
{
    start("ps-2025-04"); // The RTC runs for 90 days.
    miss(10);
    bed_advance(&bed, 4 * BED_MINUTE);
    restart(INT64_C(91) * 86400 * SIM_NS_PER_S);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 10 * BED_MINUTE);
    bed_advance(&bed, 4 * BED_MINUTE);
    restart(0);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 6 * BED_MINUTE);
}
END_TEST

START_TEST(time_may_run_without_supply)
{
    start_policy("{stages: [{failures: 2, lock: 10m}], survives: [reboot, power-loss], "
                 "unpowered: runs}");
    miss(2);
    restart(4 * BED_MINUTE);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 6 * BED_MINUTE);
    restart(6 * BED_MINUTE);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
}
END_TEST

START_TEST(what_survives_is_data)
{
    start_policy("{stages: [{failures: 2, lock: 10m}], survives: [reboot]}");
    miss(2);
    device_restart(bed.device, SIM_NS_PER_S);
    bed_advance(&bed, SIM_NS_PER_S);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
    restart(0);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
    bed_end(&bed);
    start_policy("{stages: [{failures: 2, lock: 10m}], survives: []}");
    miss(2);
    device_restart(bed.device, SIM_NS_PER_S);
    bed_advance(&bed, SIM_NS_PER_S);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
}
END_TEST

START_TEST(attempts_during_a_lock_are_data)
{
    start_policy("{stages: [{failures: 2, lock: 10m}, {failures: 3, lock: 60m, again: yes}], "
                 "while_locked: {counts: no, extends: yes}}");
    miss(2);
    bed_advance(&bed, 9 * BED_MINUTE);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 10 * BED_MINUTE);
    bed_end(&bed);
    start_policy("{stages: [{failures: 2, lock: 10m}, {failures: 3, lock: 60m, again: yes}], "
                 "while_locked: {counts: yes, extends: no}}");
    miss(2);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(login(admin(), "wrong"), LOGIN_LOCKED);
        ck_assert(accounts_locked_ns(bed.accounts, admin()) == 10 * BED_MINUTE);
    }
    ck_assert_int_eq(login(admin(), "wrong"), LOGIN_LOCKED);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 60 * BED_MINUTE);
}
END_TEST

START_TEST(success_and_the_last_stage_are_data)
{
    start_policy("{stages: [{failures: 3, lock: 1m}, {failures: 1, lock: 2m}], "
                 "success_resets: no}");
    miss(2);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
    miss(1);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == BED_MINUTE);
    bed_advance(&bed, BED_MINUTE);
    miss(1);
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 2 * BED_MINUTE);
    bed_advance(&bed, 2 * BED_MINUTE);
    miss(2); // The stages have ended: the first one again.
    ck_assert(accounts_locked_ns(bed.accounts, admin()) == 0);
}
END_TEST

START_TEST(scopes)
{
    start_policy("{scope: server, stages: [{failures: 2, lock: 10m}]}");
    miss(2);
    ck_assert_int_eq(login("Support", RIGHT), LOGIN_LOCKED);
    ck_assert_int_eq(login("nobody", RIGHT), LOGIN_LOCKED);
    bed_end(&bed);
    start_policy("{scope: source, stages: [{failures: 2, lock: 10m}]}");
    miss(1);
    ck_assert_int_eq(login("nobody", "x"), LOGIN_REFUSED);
    ck_assert_int_eq(login("Support", RIGHT), LOGIN_LOCKED);
    ck_assert(accounts_locked_from_ns(bed.accounts, "Support", HERE) == 10 * BED_MINUTE);
    ck_assert(accounts_locked_from_ns(bed.accounts, "Support", "10.0.0.8") == 0);
    ck_assert_int_eq(accounts_login(bed.accounts, "Support", RIGHT, "10.0.0.8"), LOGIN_GRANTED);
}
END_TEST

START_TEST(no_policy_no_lock_no_accounts)
{
    start(BED_PROFILE);
    miss(200);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
    bed_end(&bed);
    start("testbay-profile: 1\nid: bed\nfamily: bed\nkind: bed\ntitle: Bed\n"
          "source: {document: test, confidence: H}\n");
    ck_assert_ptr_null(admin());
    ck_assert_int_eq(login("Admin", RIGHT), LOGIN_REFUSED);
}
END_TEST

static size_t events(const char *event)
{
    size_t found = 0;
    struct audit_entry entry;

    for (size_t i = 0; i < audit_count(bed.audit); i++) {
        audit_at(bed.audit, i, &entry);
        found += strcmp(entry.event, event) == 0;
    }
    return found;
}

// What no lock bounds does not push the older entries out of the log.
START_TEST(a_flood_leaves_the_log)
{
    char name[16];

    start("ps-2025-04");
    miss(10);
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        ck_assert_int_eq(login(admin(), RIGHT), LOGIN_LOCKED);
        ck_assert_int_eq(login(name, "x"), LOGIN_REFUSED);
    }
    ck_assert_uint_eq(events("startup"), 1);
    ck_assert_uint_eq(events("account-locked"), 1);
    ck_assert_uint_eq(events("login-failed") + events("login-locked"), 10 + 32);
    bed_advance(&bed, 10 * BED_MINUTE); // The lock ends: what it bounds is noted, flood or not.
    ck_assert_int_eq(login("name", "x"), LOGIN_REFUSED);
    ck_assert_uint_eq(events("login-failed") + events("login-locked"), 10 + 32 + 1);
    for (int i = 0; i < 100; i++)
        login("name", "x");
    miss(5);
    ck_assert_uint_eq(events("account-locked"), 2 + 1);
    ck_assert_uint_eq(events("login-failed") + events("login-locked"), 10 + 32 + 31 + 5);
}
END_TEST

START_TEST(a_cut_grants_nothing)
{
    const char *why = NULL;

    start("ps-2025-04");
    miss(1);
    store_cut_after(bed.device->store, 3, NULL, NULL);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_STORE_FAILED);
    ck_assert_int_eq(login(admin(), "wrong"), LOGIN_STORE_FAILED);
    ck_assert_int_eq(accounts_set_password(bed.accounts, admin(), "Another-2", HERE, &why), ERR_IO);
    restart(0);
    ck_assert_int_eq(login(admin(), RIGHT), LOGIN_GRANTED);
}
END_TEST

Suite *accounts_suite(void)
{
    Suite *suite = suite_create("accounts");
    TCase *tests = tcase_create("accounts");

    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, right_and_wrong);
    tcase_add_test(tests, passwords_of_any_length);
    tcase_add_test(tests, at_rest_only_salted_hashes);
    tcase_add_test(tests, first_password);
    tcase_add_test(tests, rules_that_need_the_account);
    tcase_add_test(tests, lock_out_of_the_editions);
    tcase_add_test(tests, only_who_failed_and_unknown_names_alike);
    tcase_add_test(tests, a_flood_of_names);
    tcase_add_test(tests, a_lock_goes_on_over_a_restart);
    tcase_add_test(tests, the_clock_does_not_open_it);
    tcase_add_test(tests, a_lost_count_begins_the_rest_anew);
    tcase_add_test(tests, time_may_run_without_supply);
    tcase_add_test(tests, what_survives_is_data);
    tcase_add_test(tests, attempts_during_a_lock_are_data);
    tcase_add_test(tests, success_and_the_last_stage_are_data);
    tcase_add_test(tests, scopes);
    tcase_add_test(tests, no_policy_no_lock_no_accounts);
    tcase_add_test(tests, a_flood_leaves_the_log);
    tcase_add_test(tests, a_cut_grants_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
