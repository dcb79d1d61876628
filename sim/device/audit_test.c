// SPDX-License-Identifier: Apache-2.0
// The audit log: what is kept, in which order, over a restart, a full ring and a damaged flash.
#include "sim/device/audit.h"

#include <check.h>

#include "sim/base/err.h"
#include "sim/device/bed_test.h"

static struct bed bed;

static void start_with(const char *audit)
{
    char *text = str_format("%saudit: {entries_max: %s}\n", BED_PROFILE, audit);

    bed_start(&bed, "d1", text, true);
    free(text);
}

static void teardown(void)
{
    bed_end(&bed);
}

static int add(const char *event)
{
    return audit_add(bed.audit, AUDIT_ACCESS, "web", event, AUDIT_FAILURE, "10.0.0.9");
}

static void add_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(add("login-failed"), 0);
}

static void restart(void)
{
    device_set_power(bed.device, false);
    device_set_power(bed.device, true);
}

// Numbers without a gap up to `last`.
static void expect_log(size_t count, uint64_t last)
{
    struct audit_entry entry;

    ck_assert_uint_eq(audit_count(bed.audit), count);
    ck_assert_uint_eq(audit_last(bed.audit), last);
    for (size_t i = 0; i < count; i++) {
        audit_at(bed.audit, i, &entry);
        ck_assert_uint_eq(entry.number, last - count + 1 + i);
    }
}

START_TEST(an_entry_says_what_happened)
{
    struct audit_entry entry;

    start_with("16");
    bed_advance(&bed, 1500 * SIM_NS_PER_MS);
    ck_assert_int_eq(audit_add(bed.audit, AUDIT_CONFIGURATION, "web", "setting-changed",
                               AUDIT_SUCCESS, "fe80::1"),
                     0);
    expect_log(2, 2);
    audit_at(bed.audit, 0, &entry);
    ck_assert_str_eq(entry.event, "startup");
    ck_assert_str_eq(entry.type, "device");
    ck_assert_str_eq(entry.source, "local");
    ck_assert(entry.utc_ns == BED_UTC_NS);
    ck_assert_int_eq(entry.category, AUDIT_SYSTEM);
    audit_at(bed.audit, 1, &entry);
    ck_assert_str_eq(entry.event, "setting-changed");
    ck_assert_str_eq(entry.source, "fe80::1");
    ck_assert(entry.utc_ns == BED_UTC_NS + 1500 * SIM_NS_PER_MS);
    ck_assert_int_eq(entry.result, AUDIT_SUCCESS);
    ck_assert_ptr_nonnull(strstr(bed.events, "audit=setting-changed success"));
}
END_TEST

START_TEST(why_it_starts)
{
    static const char *const events[] = {"startup", "restart", "restart-after-crash", "startup"};
    struct audit_entry entry;

    start_with("16");
    device_restart(bed.device, SIM_NS_PER_S);
    bed_advance(&bed, 2 * SIM_NS_PER_S);
    ck_assert_int_eq(device_fault(bed.device, FAULT_CRASH, (double[FAULT_PARAMS_MAX]){1e9}), 0);
    bed_advance(&bed, 2 * SIM_NS_PER_S);
    // The supply goes during a restart: it comes back by the supply.
    device_restart(bed.device, SIM_NS_PER_S);
    device_set_power(bed.device, false);
    device_set_power(bed.device, true);
    expect_log(4, 4);
    for (size_t i = 0; i < 4; i++) {
        audit_at(bed.audit, i, &entry);
        ck_assert_str_eq(entry.event, events[i]);
    }
}
END_TEST

START_TEST(the_clock_of_the_device)
{
    struct audit_entry entry;

    start_with("16");
    device_set_utc(bed.device, BED_UTC_NS - 3600 * SIM_NS_PER_S);
    add_many(1);
    audit_at(bed.audit, 1, &entry);
    ck_assert(entry.utc_ns == BED_UTC_NS - 3600 * SIM_NS_PER_S);
}
END_TEST

START_TEST(the_oldest_goes)
{
    static const char *const sizes[] = {"16", "17", "40", "1000"};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t most = (size_t)atoi(sizes[i]), length;
        uint64_t last = 1;

        start_with(sizes[i]);
        while (last < 3 * most + 7) {
            add_many(1);
            last++;
            if (last < 100 || last % 97 == 0)
                expect_log(last < most ? (size_t)last : most, last);
        }
        for (int again = 0; again < 2; again++) {
            restart();
            last++;
            expect_log(most, last);
        }
        store_flash(bed.device->store, &length);
        ck_assert_uint_lt(length, STORE_BYTES_MAX / 2);
        bed_end(&bed);
    }
}
END_TEST

START_TEST(an_entry_costs_the_same_at_any_length)
{
    uint64_t before, first;

    start_with("1000");
    add_many(500);
    before = store_bytes_written(bed.device->store);
    add_many(500);
    first = store_bytes_written(bed.device->store) - before;
    add_many(5000);
    before = store_bytes_written(bed.device->store);
    add_many(500);
    // Twice for slot and block, twice again for the copies of the store: below 400 bytes each.
    ck_assert_uint_lt(first / 500, 400);
    ck_assert_uint_lt((store_bytes_written(bed.device->store) - before) / 500, 400);
}
END_TEST

START_TEST(csv)
{
    struct str out = {0};

    start_with("16");
    ck_assert_int_eq(audit_add(bed.audit, AUDIT_ACCESS, "web", "login-failed", AUDIT_FAILURE,
                               "=cmd|\"x\",\r\n\xC3\xBC"),
                     0);
    ck_assert_int_eq(audit_add(bed.audit, AUDIT_FIRMWARE, "web", "firmware-refused", AUDIT_FAILURE,
                               "-an address that is longer than any address may be at all"),
                     0);
    audit_add_csv(bed.audit, &out);
    ck_assert_str_eq(
        str_text(&out),
        "number,time,source,category,type,event,result\r\n"
        "1,2026-01-15T08:00:00.000Z,local,system,device,startup,success\r\n"
        "2,2026-01-15T08:00:00.000Z,?cmd??x??????,access,web,login-failed,failure\r\n"
        "3,2026-01-15T08:00:00.000Z,?an?address?that?is?longer?than?any?address?m,firmware,web,"
        "firmware-refused,failure\r\n");
    str_done(&out);
}
END_TEST

// What stands in the store is believed only as far as it fits.
START_TEST(a_damaged_record_is_a_gap)
{
    struct store *store;

    start_with("40");
    store = bed.device->store;
    add_many(37); // 38 in all: two blocks and six slots.
    device_set_power(bed.device, false);
    ck_assert_int_eq(store_put(store, "ab1", "rubbish", 7), 0); // Not a key of this log.
    ck_assert_int_eq(store_put(store, "ab01", "rubbish", 7), 0);
    device_set_power(bed.device, true);
    expect_log(7, 39);
    add_many(60);
    expect_log(40, 99);
    device_set_power(bed.device, false);
    ck_assert_int_eq(store_put(store, "at2", "", 0), 0); // Entry 99.
    device_set_power(bed.device, true);
    ck_assert_uint_ge(audit_last(bed.audit), 99);
    ck_assert_uint_ge(audit_count(bed.audit), 2);
}
END_TEST

START_TEST(a_full_store_acknowledges_nothing)
{
    static uint8_t large[STORE_VALUE_BYTES_MAX];
    char key[16];
    int err = 0;

    start_with("1000");
    for (int i = 0; err == 0; i++) {
        snprintf(key, sizeof(key), "x%d", i);
        err = store_put(bed.device->store, key, large, i < 31 ? sizeof(large) : 16);
    }
    ck_assert_int_eq(err, ERR_FULL);
    while (err == ERR_FULL && audit_count(bed.audit) < 1000)
        if (add("login-failed") < 0)
            err = 0;
    ck_assert_uint_lt(audit_count(bed.audit), 1000);
    expect_log(audit_count(bed.audit), audit_last(bed.audit));
}
END_TEST

Suite *audit_suite(void)
{
    Suite *suite = suite_create("audit");
    TCase *tests = tcase_create("audit");

    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, an_entry_says_what_happened);
    tcase_add_test(tests, why_it_starts);
    tcase_add_test(tests, the_clock_of_the_device);
    tcase_add_test(tests, the_oldest_goes);
    tcase_add_test(tests, an_entry_costs_the_same_at_any_length);
    tcase_add_test(tests, csv);
    tcase_add_test(tests, a_damaged_record_is_a_gap);
    tcase_add_test(tests, a_full_store_acknowledges_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
