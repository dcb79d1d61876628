// SPDX-License-Identifier: Apache-2.0
// What survives a cut at any byte: the state before the write that was cut, or the state after it.
#include "sim/device/store.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/rng.h"

static struct store *store;

static void setup(void)
{
    store = store_new();
}

static void teardown(void)
{
    store_free(&store);
}

static void expect(const char *key, const char *value)
{
    size_t length = 0;
    const void *data = store_get(store, key, &length);

    if (!value) {
        ck_assert_ptr_null(data);
        return;
    }
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(length, strlen(value));
    ck_assert_mem_eq(data, value, length);
}

START_TEST(records_live_over_a_boot)
{
    ck_assert_int_eq(store_put(store, "a", "one", 3), 0);
    ck_assert_int_eq(store_put(store, "b", "", 0), 0);
    ck_assert_int_eq(store_put(store, "a", "three", 5), 0);
    ck_assert_int_eq(store_put_integer(store, "n", -5), 0);
    ck_assert_int_eq(store_put(store, "gone", "x", 1), 0);
    ck_assert_int_eq(store_remove(store, "gone"), 0);
    ck_assert_int_eq(store_remove(store, "never"), 0);
    for (int boot = 0; boot < 2; boot++) {
        expect("a", "three");
        expect("b", "");
        expect("gone", NULL);
        ck_assert_int_eq(store_get_integer(store, "n", 7), -5);
        ck_assert_int_eq(store_get_integer(store, "a", 7), 7);
        ck_assert_int_eq(store_get_integer(store, "none", 7), 7);
        store_boot(store);
    }
    store_erase(store);
    expect("a", NULL);
    ck_assert_int_eq(store_put(store, "a", "new", 3), 0);
    expect("a", "new");
}
END_TEST

START_TEST(limits)
{
    static uint8_t large[STORE_VALUE_BYTES_MAX + 1];
    char key[STORE_KEY_BYTES_MAX + 2];
    int err = 0, count = 0;

    memset(key, 'k', sizeof(key));
    key[sizeof(key) - 1] = 0;
    ck_assert_int_eq(store_put(store, key, "", 0), ERR_TOO_LONG);
    ck_assert_int_eq(store_put(store, "a", large, sizeof(large)), ERR_TOO_LONG);
    key[sizeof(key) - 2] = 0;
    ck_assert_int_eq(store_put(store, key, "", 0), 0);
    while (err == 0) {
        snprintf(key, sizeof(key), "%d", count);
        err = store_put(store, key, large, STORE_VALUE_BYTES_MAX);
        count += err == 0;
    }
    ck_assert_int_eq(err, ERR_FULL);
    // A half of 128 KiB holds 31 records of 4 KiB.
    ck_assert_int_eq(count, 31);
    ck_assert_int_eq(store_put(store, "0", "small", 5), 0);
    expect("0", "small");
    store_boot(store);
    expect("0", "small");
    ck_assert_ptr_nonnull(store_get(store, "30", NULL));
}
END_TEST

START_TEST(log_is_copied_and_stays_small)
{
    size_t length;

    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(store_put_integer(store, i % 2 ? "odd" : "even", i), 0);
    ck_assert_int_eq(store_get_integer(store, "odd", 0), 99999);
    store_flash(store, &length);
    ck_assert_uint_le(length, 1024);
}
END_TEST

// One step of the recorded sequence, drawn from a stream: a put or a removal under one of five
// keys.
struct step {
    char key[8];
    bool removes;
    uint8_t value[300];
    size_t length;
};

static void draw_steps(struct step *steps, size_t count, uint64_t seed)
{
    struct rng rng;

    rng_init(&rng, seed, "store");
    for (size_t i = 0; i < count; i++) {
        snprintf(steps[i].key, sizeof(steps[i].key), "key%u", (unsigned)rng_below(&rng, 5));
        steps[i].removes = rng_below(&rng, 8) == 0;
        steps[i].length = (size_t)rng_below(&rng, rng_below(&rng, 10) == 0 ? 300 : 20);
        for (size_t k = 0; k < steps[i].length; k++)
            steps[i].value[k] = (uint8_t)rng_next(&rng);
    }
}

// The last of the first `count` steps that speaks of `key`, or NULL.
static const struct step *last_of(const struct step *steps, size_t count, const char *key)
{
    while (count-- > 0)
        if (strcmp(steps[count].key, key) == 0)
            return &steps[count];
    return NULL;
}

static bool holds(const struct step *steps, size_t count)
{
    char key[8];

    for (unsigned i = 0; i < 5; i++) {
        const struct step *step;
        const void *data;
        size_t length = 0;

        snprintf(key, sizeof(key), "key%u", i);
        step = last_of(steps, count, key);
        data = store_get(store, key, &length);
        if (!step || step->removes) {
            if (data)
                return false;
        } else if (!data || length != step->length || memcmp(data, step->value, length) != 0) {
            return false;
        }
    }
    return true;
}

static int run_step(const struct step *step)
{
    return step->removes ? store_remove(store, step->key)
                         : store_put(store, step->key, step->value, step->length);
}

static void count_cut(void *user)
{
    ++*(int *)user;
}

enum { STEPS = 120 };

START_TEST(cut_at_every_byte)
{
    static struct step steps[STEPS];
    uint64_t bytes;
    size_t copies = 0, torn_new = 0;

    draw_steps(steps, STEPS, 1);
    for (size_t i = 0; i < STEPS; i++)
        ck_assert_int_eq(run_step(&steps[i]), 0);
    ck_assert(holds(steps, STEPS));
    bytes = store_bytes_written(store);
    for (uint64_t at = 0; at < bytes; at++) {
        size_t done = 0;
        int cuts = 0, err = 0;

        store_free(&store);
        store = store_new();
        store_cut_after(store, at, count_cut, &cuts);
        while (done < STEPS && (err = run_step(&steps[done])) == 0)
            done++;
        ck_assert_int_eq(err, ERR_CANCELLED);
        ck_assert_int_eq(cuts, 1);
        // Nothing gets through while the supply is gone.
        ck_assert_int_eq(store_put(store, "later", "x", 1), ERR_CANCELLED);
        store_boot(store);
        if (!holds(steps, done)) {
            ck_assert_msg(holds(steps, done + 1), "torn at byte %llu of step %zu",
                          (unsigned long long)at, done);
            torn_new++;
        }
        // And life goes on from there.
        for (; done < STEPS; done++)
            ck_assert_int_eq(run_step(&steps[done]), 0);
        ck_assert(holds(steps, STEPS));
        store_boot(store);
        ck_assert(holds(steps, STEPS));
        copies++;
    }
    ck_assert_uint_eq(copies, bytes);
    // A write is whole only with its last byte, so a cut never leaves the new state here.
    ck_assert_uint_eq(torn_new, 0);
}
END_TEST

START_TEST(cut_twice)
{
    static struct step steps[STEPS];

    draw_steps(steps, STEPS, 2);
    for (uint64_t first = 0; first < 400; first += 7)
        for (uint64_t second = 0; second < 600; second += 11) {
            size_t done = 0;

            store_free(&store);
            store = store_new();
            store_cut_after(store, first, NULL, NULL);
            while (done < STEPS && run_step(&steps[done]) == 0)
                done++;
            store_boot(store);
            ck_assert(holds(steps, done) || holds(steps, done + 1));
            store_cut_after(store, second, NULL, NULL);
            while (done < STEPS && run_step(&steps[done]) == 0)
                done++;
            store_boot(store);
            ck_assert(holds(steps, done) || holds(steps, done + 1));
        }
}
END_TEST

START_TEST(flash_travels_and_damage_is_bounded)
{
    struct store *other = store_new();
    const uint8_t *flash;
    uint8_t copy[512];
    size_t length;

    ck_assert_int_eq(store_put(store, "a", "one", 3), 0);
    ck_assert_int_eq(store_put(store, "b", "two", 3), 0);
    ck_assert_int_eq(store_put(store, "a", "three", 5), 0);
    flash = store_flash(store, &length);
    ck_assert_uint_le(length, sizeof(copy));
    memcpy(copy, flash, length);
    ck_assert_int_eq(store_load_flash(other, copy, length), 0);
    ck_assert_ptr_nonnull(store_get(other, "b", NULL));
    // The last record is damaged: its predecessor stands. Then the header: nothing does.
    copy[length - 1] ^= 1;
    ck_assert_int_eq(store_load_flash(other, copy, length), 0);
    ck_assert_mem_eq(store_get(other, "a", NULL), "one", 3);
    copy[5] ^= 1;
    ck_assert_int_eq(store_load_flash(other, copy, length), 0);
    ck_assert_ptr_null(store_get(other, "b", NULL));
    ck_assert_int_eq(store_load_flash(other, NULL, 0), 0);
    ck_assert_int_eq(store_load_flash(other, copy, STORE_BYTES_MAX), ERR_TOO_LONG);
    store_free(&other);
}
END_TEST

Suite *store_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("store");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, records_live_over_a_boot);
    tcase_add_test(tcase, limits);
    tcase_add_test(tcase, log_is_copied_and_stays_small);
    tcase_add_test(tcase, cut_at_every_byte);
    tcase_add_test(tcase, cut_twice);
    tcase_add_test(tcase, flash_travels_and_damage_is_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
