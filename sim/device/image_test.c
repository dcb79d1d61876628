// SPDX-License-Identifier: Apache-2.0
// The image of the tutorial profile: layout by model, live values, writes judged whole, what
// survives.
#include "sim/device/image.h"

#include <check.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/device/store.h"
#include "sim/proto/modbus/modbus.h"

static struct profiles *profiles;
static const struct profile *profile;
static struct diag *diag;
static struct image *image;
static int refreshed, accepted;
static uint8_t answer;

static void refresh(void *user, enum point point)
{
    ck_assert_ptr_eq(user, &refreshed);
    refreshed++;
    image_set_number(image, point, 42.5);
}

static uint8_t written(void *user, int point, uint16_t address, const struct point_value *value)
{
    (void)user;
    (void)address;
    ck_assert(value->valid);
    accepted = point;
    return answer;
}

static const struct image_hooks hooks = {refresh, written};

static void make(const char *model, const char *hardware)
{
    image_free(&image);
    image = image_new(profile, profile_model(profile, model, hardware), "own", &hooks, &refreshed);
}

static void setup(void)
{
    diag = diag_new();
    profiles = profiles_new("devices");
    ck_assert_int_eq(profiles_get(profiles, "skeleton", diag, &profile), 0);
    refreshed = accepted = 0;
    answer = 0;
    make("SKEL-2", "V2.0");
}

static void teardown(void)
{
    image_free(&image);
    profiles_free(&profiles);
    diag_free(&diag);
}

static uint16_t word(uint16_t address)
{
    uint8_t data[2];

    ck_assert_uint_eq(image_read(image, PROFILE_HOLDING, address, 1, data), 0);
    return bytes_load_u16(data);
}

START_TEST(layout)
{
    uint8_t data[250];

    // Without a value every row shows its own pattern, a hole the filler, a constant itself.
    ck_assert_uint_eq(word(0x00), 0xFFFF);
    ck_assert_uint_eq(word(0x01), 0x8000);
    ck_assert_uint_eq(word(0x0E), 0xFFC0);
    ck_assert_uint_eq(word(0x10), 0);
    ck_assert_uint_eq(word(0x41), 0);
    ck_assert_uint_eq(word(0x3A), 0x1234);
    ck_assert_uint_eq(word(0x39) & 0x8000, 0x8000); // Bit 15: no value.
    // Past the last row there is nothing, and a read that only begins inside is refused whole.
    ck_assert_uint_eq(image_read(image, PROFILE_HOLDING, 0x47, 1, data), MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(image_read(image, PROFILE_HOLDING, 0x46, 2, data), MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(image_read(image, PROFILE_HOLDING, 0xFFFF, 125, data),
                      MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(image_read(image, PROFILE_INPUT, 7, 1, data), 0);
    ck_assert_uint_eq(image_read(image, PROFILE_INPUT, 8, 1, data), MODBUS_ILLEGAL_ADDRESS);
    ck_assert(image_has_table(image, PROFILE_INPUT));
}
END_TEST

// Devices of one model share the list of rows, not the values; another model has its own list.
START_TEST(shared_rows)
{
    struct image *second;
    struct profile_extra *rows = profile_extras(profile);

    ck_assert_ptr_nonnull(rows);
    second =
        image_new(profile, profile_model(profile, "SKEL-2", "V2.0"), "own", &hooks, &refreshed);
    ck_assert_ptr_eq(profile_extras(profile), rows);
    image_set_text(image, POINT_IDENTITY_MODEL, "first");
    image_set_text(second, POINT_IDENTITY_MODEL, "second");
    for (int i = 0; i < 2; i++) {
        struct point_value value;

        ck_assert(image_get(i ? second : image, POINT_IDENTITY_MODEL, &value));
        ck_assert_str_eq(value.text, i ? "second" : "first");
    }
    image_free(&second);
    make("SKEL-1", NULL);
    ck_assert_ptr_ne(profile_extras(profile), rows);
}
END_TEST

START_TEST(features_of_the_model)
{
    image_set_integer(image, POINT_RADIO_RF_ID, 0x1122334455667788);
    ck_assert_uint_eq(word(0x06), 0x1122);
    ck_assert_uint_eq(word(0x09), 0x7788);
    // A model without the radio has a hole there.
    make("SKEL-2", "V1.0");
    image_set_integer(image, POINT_RADIO_RF_ID, 0x1122334455667788);
    ck_assert_uint_eq(word(0x06), 0);
}
END_TEST

START_TEST(every_register_of_a_point)
{
    struct point_value value;
    uint8_t data[4];

    image_set_number(image, POINT_TUTORIAL_LEVEL, 25);
    ck_assert_uint_eq(word(0x0E), 0x41C8);
    // The input table has it too, low word first.
    ck_assert_uint_eq(image_read(image, PROFILE_INPUT, 0, 2, data), 0);
    ck_assert_mem_eq(data, "\x00\x00\x41\xc8", 4);
    ck_assert(image_get(image, POINT_TUTORIAL_LEVEL, &value));
    ck_assert_double_eq(value.number, 25);
    image_set_none(image, POINT_TUTORIAL_LEVEL);
    ck_assert(image_get(image, POINT_TUTORIAL_LEVEL, &value));
    ck_assert(!value.valid);
    ck_assert(!image_get(image, POINT_CURRENT_L1_A, &value));
    image_set_number(image, POINT_TUTORIAL_SETPOINT, -12.3);
    ck_assert_uint_eq(word(0x01), (uint16_t)-123);
    image_set_number(image, POINT_TUTORIAL_SETPOINT, 1e9); // Served as its highest.
    ck_assert_uint_eq(word(0x01), 1000);
    image_set_integer(image, POINT_TUTORIAL_COUNTER, 70000); // Does not fit: no value.
    ck_assert_uint_eq(word(0x00), 0xFFFF);
    image_set_integer_at(image, POINT_WIRELESS_UNIT_ID, 3, 101);
    ck_assert_uint_eq(word(0x40), 0xFFFF);
    ck_assert_uint_eq(word(0x44), 101);
    image_set_text(image, POINT_IDENTITY_SERIAL, "SK1");
    ck_assert(image_get(image, POINT_IDENTITY_SERIAL, &value));
    ck_assert_str_eq(value.text, "SK1");
}
END_TEST

START_TEST(bits_and_their_quality)
{
    uint8_t data[1];

    ck_assert_uint_eq(word(0x38), 0);
    image_set_integer(image, POINT_TUTORIAL_LAMP, 1);
    image_set_integer(image, POINT_TUTORIAL_BUTTON, 0);
    ck_assert_uint_eq(word(0x38) & 3, 3);
    ck_assert_uint_eq(word(0x39), 1);
    ck_assert_uint_eq(image_read(image, PROFILE_COIL, 0, 1, data), 0);
    ck_assert_uint_eq(data[0], 1);
    ck_assert_uint_eq(image_write(image, PROFILE_COIL, 0, 1, (uint8_t[]){0}), 0);
    ck_assert_int_eq(accepted, POINT_TUTORIAL_LAMP);
    ck_assert_uint_eq(word(0x39), 0);
    ck_assert_uint_eq(image_write(image, PROFILE_DISCRETE, 0, 1, (uint8_t[]){1}),
                      MODBUS_ILLEGAL_ADDRESS);
}
END_TEST

START_TEST(live_points)
{
    image_set_live(image, POINT_TUTORIAL_LEVEL, true);
    (void)word(0x10);
    ck_assert_int_eq(refreshed, 0);
    ck_assert_uint_eq(word(0x0E), 0x422A);
    (void)word(0x0F); // Its second half alone counts too.
    ck_assert_int_eq(refreshed, 2);
    image_set_live(image, POINT_TUTORIAL_LEVEL, false);
    (void)word(0x0E);
    ck_assert_int_eq(refreshed, 2);
}
END_TEST

START_TEST(writes_are_judged_whole)
{
    const uint8_t two[] = {0, 7, 0, 100}, high[] = {0, 7, 0x7F, 0xFF}, none[] = {0x80, 0};

    ck_assert_uint_eq(image_write(image, PROFILE_HOLDING, 0, 2, two), 0);
    ck_assert_uint_eq(word(0), 7);
    ck_assert_uint_eq(word(1), 100);
    // Half a datum at the end, a read-only one behind it: nothing is written.
    ck_assert_uint_eq(image_write(image, PROFILE_HOLDING, 1, 2, (uint8_t[]){0, 9, 0, 9}),
                      MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(image_write(image, PROFILE_HOLDING, 0x0A, 2, two), MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(word(1), 100);
    // Out of its range, and the pattern of "no value".
    ck_assert_uint_eq(image_write(image, PROFILE_HOLDING, 0, 2, high), MODBUS_ILLEGAL_VALUE);
    ck_assert_uint_eq(image_write(image, PROFILE_HOLDING, 1, 1, none), MODBUS_ILLEGAL_VALUE);
    answer = MODBUS_DEVICE_FAILURE;
    ck_assert_uint_eq(image_write(image, PROFILE_HOLDING, 0, 1, (uint8_t[]){0, 8}),
                      MODBUS_DEVICE_FAILURE);
    ck_assert_uint_eq(word(0), 7);
}
END_TEST

START_TEST(survival)
{
    struct store *store = store_new();

    image_set_text(image, POINT_IDENTITY_SERIAL, "SK1");
    image_bind_store(image, store);
    image_set_number(image, POINT_TUTORIAL_SETPOINT, 5);
    image_set_integer(image, POINT_TUTORIAL_COUNTER, 5);
    ck_assert_uint_eq(store_count(store), 1); // Neither what was there before nor what is volatile.
    image_lose_power(image);
    ck_assert_uint_eq(word(0), 0xFFFF);
    // The write is cut: the old value stands, here and after the boot.
    store_cut_after(store, 3, NULL, NULL);
    image_set_number(image, POINT_TUTORIAL_SETPOINT, 6);
    ck_assert_uint_eq(word(1), 50);
    store_boot(store);
    make("SKEL-2", "V2.0");
    image_bind_store(image, store);
    image_restore(image);
    ck_assert_uint_eq(word(1), 50);
    image_free(&image);
    store_free(&store);
}
END_TEST

// The registers of every profile lie in their image, and every one reads what its row says.
START_TEST(every_profile_and_model)
{
    static const char *const units[] = {"own", "self"};
    size_t count;
    const char *const *ids = profiles_ids(profiles, &count);

    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(profiles_get(profiles, ids[i], diag, &profile), 0);
        for (size_t m = 0; m < profile_models_count(profile) * 2; m++) {
            uint8_t data[2 * 65536 / 8];

            image_free(&image);
            image = image_new(profile, profile_model_at(profile, m / 2), units[m % 2], &hooks,
                              &refreshed);
            for (size_t b = 0; b < profile_blocks_count(profile); b++) {
                const struct profile_block *block = profile_block_at(profile, b);

                for (size_t r = 0; r < block->registers_count; r++) {
                    const struct profile_register *row = &block->registers[r];
                    uint8_t exception =
                        image_read(image, block->table, row->address, row->count, data);

                    if (strcmp(block->unit, units[m % 2]) == 0 &&
                        profile_has_row(profile, profile_model_at(profile, m / 2), block, row))
                        ck_assert_uint_eq(exception, 0);
                }
            }
        }
    }
    ck_assert_uint_ge(count, 1);
}
END_TEST

Suite *image_suite(void)
{
    Suite *suite = suite_create("image");
    TCase *tcase = tcase_create("image");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, layout);
    tcase_add_test(tcase, shared_rows);
    tcase_add_test(tcase, features_of_the_model);
    tcase_add_test(tcase, every_register_of_a_point);
    tcase_add_test(tcase, bits_and_their_quality);
    tcase_add_test(tcase, live_points);
    tcase_add_test(tcase, writes_are_judged_whole);
    tcase_add_test(tcase, survival);
    tcase_add_test(tcase, every_profile_and_model);
    suite_add_tcase(suite, tcase);
    return suite;
}
