// SPDX-License-Identifier: Apache-2.0
// The same seed gives the same chip, another device another one, and nothing repeats.
#include "sim/device/chip.h"

#include <check.h>

#include "sim/device/bed_test.h"

static struct bed bed;

static void teardown(void)
{
    bed_end(&bed);
}

static const struct chip_certificate_wish wish = {
    .common_name = "bed-1",
    .organization = "testbay",
    .names = (const char *const[]){"bed-1.local", "10.0.0.1"},
    .names_count = 2,
    .birth_ns = BED_UTC_NS,
    .life_ns = 20 * 365 * INT64_C(86400) * SIM_NS_PER_S,
};

// 40 random bytes and the public key of a device, as text.
static void fingerprint(const char *id, bool real, struct str *ret)
{
    struct bed other = {0};
    uint8_t bytes[40];

    bed_start(&other, id, "skeleton", false);
    if (real) {
        other.device->world.real_random = true;
        chip_free(&other.chip);
        other.chip = chip_new(other.device);
    }
    chip_random(other.chip, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        str_addf(ret, "%02x", bytes[i]);
    key_add_public_pem(chip_key(other.chip), ret);
    bed_end(&other);
}

static bool prints_differ(const char *left, bool left_real, const char *right, bool right_real)
{
    struct str one = {0}, two = {0};
    bool differ;

    fingerprint(left, left_real, &one);
    fingerprint(right, right_real, &two);
    differ = strncmp(str_text(&one), str_text(&two), 80) != 0 &&
             strcmp(str_text(&one) + 80, str_text(&two) + 80) != 0;
    if (!differ)
        ck_assert_str_eq(str_text(&one), str_text(&two));
    str_done(&one);
    str_done(&two);
    return differ;
}

START_TEST(one_chip_for_a_seed_and_a_device)
{
    ck_assert(!prints_differ("d1", false, "d1", false));
    ck_assert(prints_differ("d1", false, "d2", false));
    ck_assert(prints_differ("d1", false, "d1", true));
    ck_assert(prints_differ("d1", true, "d1", true));
}
END_TEST

START_TEST(randomness_does_not_repeat)
{
    uint8_t drawn[64][16];
    uint8_t odd[33] = {0};

    bed_start(&bed, "d1", "skeleton", true);
    for (size_t i = 0; i < 64; i++)
        chip_random(bed.chip, drawn[i], sizeof(drawn[i]));
    for (size_t i = 0; i < 64; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_mem_ne(drawn[i], drawn[k], sizeof(drawn[i]));
    chip_random(bed.chip, odd, sizeof(odd) - 1);
    ck_assert_uint_eq(odd[32], 0); // Not a byte more than asked for.
    chip_random(bed.chip, odd, 0);
}
END_TEST

START_TEST(identity_is_made_once_and_signs)
{
    const struct identity *identity;
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    char name[CERTIFICATE_NAME_ROOM];
    size_t length = 0;

    bed_start(&bed, "d1", "skeleton", true);
    identity = chip_factory_identity(bed.chip, &wish);
    ck_assert_ptr_eq(identity->key, chip_key(bed.chip));
    ck_assert_str_eq(certificate_common_name(identity->certificate, name), "bed-1");
    ck_assert(certificate_not_before_ns(identity->certificate) == BED_UTC_NS);
    // A restart changes neither.
    device_set_power(bed.device, false);
    store_erase(bed.device->store);
    device_set_power(bed.device, true);
    ck_assert_ptr_eq(chip_factory_identity(bed.chip, &wish), identity);
    ck_assert_int_eq(chip_sign(bed.chip, "challenge", 9, signature, &length), 0);
    ck_assert_uint_gt(length, 60);
}
END_TEST

START_TEST(certificate_of_somebody_else)
{
    struct certificate *certificate = NULL;
    struct certificate_wish station = {.common_name = "station-1",
                                       .not_before_ns = BED_UTC_NS,
                                       .not_after_ns = BED_UTC_NS + wish.life_ns,
                                       .serial = 9};
    const struct identity *identity;

    bed_start(&bed, "d1", "skeleton", true);
    ck_assert_int_eq(certificate_make(&station, chip_key(bed.chip), NULL, NULL, &certificate), 0);
    identity = chip_take_certificate(bed.chip, certificate);
    certificate_free(&certificate);
    ck_assert_ptr_eq(identity->key, chip_key(bed.chip));
    for (int again = 0; again < 2; again++) {
        certificate = certificate_share((struct certificate *)identity->certificate);
        identity = chip_take_certificate(bed.chip, certificate);
        certificate_free(&certificate);
    }
}
END_TEST

Suite *chip_suite(void)
{
    Suite *suite = suite_create("chip");
    TCase *tests = tcase_create("chip");

    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, one_chip_for_a_seed_and_a_device);
    tcase_add_test(tests, randomness_does_not_repeat);
    tcase_add_test(tests, identity_is_made_once_and_signs);
    tcase_add_test(tests, certificate_of_somebody_else);
    suite_add_tcase(suite, tests);
    return suite;
}
