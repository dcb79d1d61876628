// SPDX-License-Identifier: Apache-2.0
// Registers and values: vectors written by hand from the layouts of the vendor's tables, and the
// limits of every type.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/profile/profile.h"

Suite *profile_codec_suite(void);

#define S INT64_C(1000000000)

static const struct vector {
    const char *name;
    struct profile_register row;
    struct point_value value;
    const char *bytes; // As hex.
} vectors[] = {
    {"uint16",
     {.count = 1, .type = PROFILE_UINT16, .scale = 1, .point = -1},
     {POINT_INTEGER, true, {.integer = 0x1234}},
     "1234"},
    {"int16",
     {.count = 1, .type = PROFILE_INT16, .scale = 1, .point = -1},
     {POINT_INTEGER, true, {.integer = -2}},
     "FFFE"},
    {"uint32, high first",
     {.count = 2, .type = PROFILE_UINT32, .scale = 1, .point = -1},
     {POINT_INTEGER, true, {.integer = 0x01020304}},
     "01020304"},
    {"uint32, low first",
     {.count = 2, .type = PROFILE_UINT32, .words = PROFILE_LOW_FIRST, .scale = 1, .point = -1},
     {POINT_INTEGER, true, {.integer = 0x01020304}},
     "03040102"},
    {"int32",
     {.count = 2, .type = PROFILE_INT32, .scale = 1, .point = -1},
     {POINT_INTEGER, true, {.integer = -2}},
     "FFFFFFFE"},
    {"int64, low first",
     {.count = 4, .type = PROFILE_INT64, .words = PROFILE_LOW_FIRST, .scale = 1, .point = -1},
     {POINT_INTEGER, true, {.integer = 0x0102030405060708}},
     "0708050603040102"},
    {"uint64 as a pattern",
     {.count = 4, .type = PROFILE_UINT64, .invalid = PROFILE_INVALID_ONES, .scale = 1, .point = -1},
     {POINT_INTEGER, true, {.integer = -2}},
     "FFFFFFFFFFFFFFFE"},
    {"float32",
     {.count = 2, .type = PROFILE_FLOAT32, .invalid = PROFILE_INVALID_NAN, .scale = 1, .point = -1},
     {POINT_NUMBER, true, {.number = 1.5}},
     "3FC00000"},
    {"50.3 Hz times ten",
     {.count = 1, .type = PROFILE_UINT16, .scale = 10, .point = POINT_FREQUENCY_HZ},
     {POINT_NUMBER, true, {.number = 50.3}},
     "01F7"},
    {"41.7 kW as tenths of a kW",
     {.count = 1, .type = PROFILE_INT16, .scale = 0.01, .point = POINT_POWER_ACTIVE_TOTAL_W},
     {POINT_NUMBER, true, {.number = -41700}},
     "FE5F"},
    {"ascii",
     {.count = 3, .type = PROFILE_ASCII, .point = POINT_IDENTITY_MODEL},
     {POINT_TEXT, true, {.text = "PAS6"}},
     "504153360000"},
    {"ascii, full",
     {.count = 2, .type = PROFILE_ASCII, .point = POINT_IDENTITY_MODEL},
     {POINT_TEXT, true, {.text = "PAS6"}},
     "50415336"},
    // 2026-01-15T08:09:10.123Z: year 26; month 1, day 15; hour 8, minute 9; 10123 ms.
    {"datetime",
     {.count = 4, .type = PROFILE_DATETIME, .point = POINT_CLOCK_UTC},
     {POINT_TIME, true, {.integer = 1768464550 * S + 123000000}},
     "001A010F0809278B"},
    {"bit",
     {.count = 1, .type = PROFILE_BIT, .point = POINT_TUTORIAL_LAMP},
     {POINT_INTEGER, true, {.integer = 1}},
     "01"},
    {"flag 5",
     {.count = 1, .type = PROFILE_FLAG, .bit = 5, .point = POINT_BREAKER_READY_TO_CLOSE},
     {POINT_INTEGER, true, {.integer = 1}},
     "0020"},
    {"flag 30 of two registers",
     {.count = 2, .type = PROFILE_FLAG, .bit = 30, .point = POINT_ALARM_HEAT},
     {POINT_INTEGER, true, {.integer = 1}},
     "40000000"},
};
#define VECTORS_COUNT ((int)(sizeof(vectors) / sizeof(vectors[0])))

static size_t unhex(const char *hex, uint8_t *ret)
{
    size_t count = strlen(hex) / 2;

    for (size_t i = 0; i < count; i++) {
        unsigned byte;

        ck_assert_int_eq(sscanf(hex + 2 * i, "%2X", &byte), 1);
        ret[i] = (uint8_t)byte;
    }
    return count;
}

START_TEST(test_vectors)
{
    const struct vector *vector = &vectors[_i];
    uint8_t wanted[64];
    uint8_t data[64] = {0};
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value back;
    size_t count = unhex(vector->bytes, wanted);

    ck_assert_msg(profile_encode(&vector->row, &vector->value, data) == 0, "%s", vector->name);
    ck_assert_msg(!memcmp(data, wanted, count), "%s", vector->name);
    profile_decode(&vector->row, wanted, text, &back);
    ck_assert_msg(back.valid && back.type == vector->value.type, "%s", vector->name);
    if (back.type == POINT_TEXT)
        ck_assert_str_eq(back.text, vector->value.text);
    else if (back.type == POINT_NUMBER)
        ck_assert_double_eq_tol(back.number, vector->value.number, 1e-9);
    else
        ck_assert_int_eq(back.integer, vector->value.integer);
}
END_TEST

static const struct {
    enum profile_type type;
    uint16_t count;
    enum profile_invalid invalid;
    const char *bytes;
} nones[] = {
    {PROFILE_UINT16, 1, PROFILE_INVALID_ONES, "FFFF"},
    {PROFILE_UINT16, 1, PROFILE_INVALID_MIN, "8000"},
    {PROFILE_INT32, 2, PROFILE_INVALID_MIN, "80000000"},
    {PROFILE_UINT32, 2, PROFILE_INVALID_ONES, "FFFFFFFF"},
    {PROFILE_INT64, 4, PROFILE_INVALID_MIN, "8000000000000000"},
    {PROFILE_UINT64, 4, PROFILE_INVALID_ONES, "FFFFFFFFFFFFFFFF"},
    {PROFILE_FLOAT32, 2, PROFILE_INVALID_NAN, "FFC00000"},
    {PROFILE_ASCII, 3, PROFILE_INVALID_ZERO, "000000000000"},
    {PROFILE_ASCII, 2, PROFILE_INVALID_ONES, "FFFFFFFF"},
    {PROFILE_DATETIME, 4, PROFILE_INVALID_ONES, "FFFFFFFFFFFFFFFF"},
};

START_TEST(test_no_value)
{
    const struct profile_register row = {.count = nones[_i].count,
                                         .type = nones[_i].type,
                                         .invalid = nones[_i].invalid,
                                         .scale = 1,
                                         .point = -1};
    const struct point_value none = {.valid = false};
    uint8_t wanted[16];
    uint8_t data[16] = {0x55};
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value back;

    ck_assert_int_eq(profile_encode(&row, &none, data), 0);
    ck_assert_mem_eq(data, wanted, unhex(nones[_i].bytes, wanted));
    profile_decode(&row, data, text, &back);
    ck_assert(!back.valid);
}
END_TEST

static int encode_integer(enum profile_type type, uint16_t count, enum profile_invalid invalid,
                          int64_t integer)
{
    const struct profile_register row = {
        .count = count, .type = type, .invalid = invalid, .scale = 1, .point = -1};
    const struct point_value value = {POINT_INTEGER, true, {.integer = integer}};
    uint8_t data[8];

    return profile_encode(&row, &value, data);
}

START_TEST(test_what_does_not_fit)
{
    const enum profile_invalid zero = PROFILE_INVALID_ZERO;

    ck_assert_int_eq(encode_integer(PROFILE_UINT16, 1, zero, 65535), 0);
    ck_assert_int_eq(encode_integer(PROFILE_UINT16, 1, zero, 65536), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_UINT16, 1, zero, -1), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_UINT16, 1, PROFILE_INVALID_ONES, 65535), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_INT16, 1, zero, -32768), 0);
    ck_assert_int_eq(encode_integer(PROFILE_INT16, 1, PROFILE_INVALID_MIN, -32768), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_INT16, 1, zero, 32768), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_UINT32, 2, zero, INT64_C(1) << 32), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_INT32, 2, zero, INT32_MIN), 0);
    ck_assert_int_eq(encode_integer(PROFILE_INT32, 2, zero, INT64_C(1) << 31), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_INT64, 4, zero, INT64_MIN), 0);
    ck_assert_int_eq(encode_integer(PROFILE_BIT, 1, zero, 2), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_FLAG, 1, zero, 2), ERR_RANGE);
    ck_assert_int_eq(encode_integer(PROFILE_ASCII, 1, zero, 2), ERR_TYPE);
    ck_assert_int_eq(encode_integer(PROFILE_DATETIME, 4, zero, 2), ERR_TYPE);
}
END_TEST

START_TEST(test_numbers_that_are_none)
{
    const struct profile_register row = {
        .count = 1, .type = PROFILE_UINT16, .scale = 10, .point = POINT_FREQUENCY_HZ};
    const struct profile_register wide = {
        .count = 2, .type = PROFILE_FLOAT32, .scale = 1, .point = POINT_FREQUENCY_HZ};
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e300};
    uint8_t data[4];

    for (size_t i = 0; i < 4; i++) {
        const struct point_value value = {POINT_NUMBER, true, {.number = bad[i]}};

        ck_assert_int_eq(profile_encode(&row, &value, data), ERR_RANGE);
        ck_assert_int_eq(profile_encode(&wide, &value, data), ERR_RANGE);
    }
}
END_TEST

START_TEST(test_a_range_clamps)
{
    const struct profile_register row = {.count = 1,
                                         .type = PROFILE_UINT16,
                                         .scale = 1,
                                         .clamps = true,
                                         .high = 32767,
                                         .point = POINT_CURRENT_L1_A};
    struct point_value value = {POINT_NUMBER, true, {.number = 50000}};
    uint8_t data[2];

    ck_assert_int_eq(profile_encode(&row, &value, data), 0);
    ck_assert_mem_eq(data, "\x7F\xFF", 2);
    value.number = -3;
    ck_assert_int_eq(profile_encode(&row, &value, data), 0);
    ck_assert_mem_eq(data, "\x00\x00", 2);
    value = (struct point_value){POINT_INTEGER, true, {.integer = 40000}};
    ck_assert_int_eq(profile_encode(&row, &value, data), 0);
    ck_assert_mem_eq(data, "\x7F\xFF", 2);
}
END_TEST

START_TEST(test_flags_leave_their_neighbours)
{
    struct profile_register row = {
        .count = 1, .type = PROFILE_FLAG, .bit = 3, .point = POINT_BREAKER_POSITION};
    const struct point_value one = {POINT_INTEGER, true, {.integer = 1}};
    const struct point_value zero = {POINT_INTEGER, true, {.integer = 0}};
    const struct point_value none = {.valid = false};
    uint8_t data[2] = {0x80, 0x01};

    ck_assert_int_eq(profile_encode(&row, &one, data), 0);
    ck_assert_mem_eq(data, "\x80\x09", 2);
    ck_assert_int_eq(profile_encode(&row, &none, data), 0);
    ck_assert_mem_eq(data, "\x80\x01", 2);
    row.shows = PROFILE_SHOWS_VALID;
    ck_assert_int_eq(profile_encode(&row, &zero, data), 0);
    ck_assert_mem_eq(data, "\x80\x09", 2);
    row.shows = PROFILE_SHOWS_ABSENT;
    ck_assert_int_eq(profile_encode(&row, &zero, data), 0);
    ck_assert_mem_eq(data, "\x80\x01", 2);
    ck_assert_int_eq(profile_encode(&row, &none, data), 0);
    ck_assert_mem_eq(data, "\x80\x09", 2);
}
END_TEST

START_TEST(test_strange_texts_and_times)
{
    const struct profile_register ascii = {
        .count = 2, .type = PROFILE_ASCII, .point = POINT_IDENTITY_MODEL};
    const struct profile_register datetime = {
        .count = 4, .type = PROFILE_DATETIME, .point = POINT_CLOCK_UTC};
    struct point_value value = {POINT_TEXT, true, {.text = "PAS600"}};
    char text[POINT_TEXT_BYTES_MAX + 1];
    uint8_t data[8];

    ck_assert_int_eq(profile_encode(&ascii, &value, data), ERR_RANGE);
    value.text = "\xFF";
    ck_assert_int_eq(profile_encode(&ascii, &value, data), ERR_RANGE);
    profile_decode(&ascii,
                   (const uint8_t *)"A\xFF\x80"
                                    "B",
                   text, &value);
    ck_assert_str_eq(value.text, "A??B");
    value = (struct point_value){POINT_TIME, true, {.integer = 0}}; // 1970: before the layout.
    ck_assert_int_eq(profile_encode(&datetime, &value, data), ERR_RANGE);
    profile_decode(&datetime, (const uint8_t *)"\x00\x1A\x0D\x0F\x08\x09\x27\x8B", text, &value);
    ck_assert_msg(!value.valid, "month 13");
    profile_decode(&datetime, (const uint8_t *)"\x00\x1A\x01\x0F\x08\x89\x27\x8B", text, &value);
    ck_assert_msg(!value.valid, "invalid bit");
    profile_decode(&datetime, (const uint8_t *)"\x00\x1A\x01\x0F\x08\x09\xEA\x60", text, &value);
    ck_assert_msg(!value.valid, "60000 ms");
}
END_TEST

Suite *profile_codec_suite(void)
{
    Suite *suite = suite_create("profile_codec");
    TCase *tcase = tcase_create("codec");

    tcase_add_loop_test(tcase, test_vectors, 0, VECTORS_COUNT);
    tcase_add_loop_test(tcase, test_no_value, 0, sizeof(nones) / sizeof(nones[0]));
    tcase_add_test(tcase, test_what_does_not_fit);
    tcase_add_test(tcase, test_numbers_that_are_none);
    tcase_add_test(tcase, test_a_range_clamps);
    tcase_add_test(tcase, test_flags_leave_their_neighbours);
    tcase_add_test(tcase, test_strange_texts_and_times);
    suite_add_tcase(suite, tcase);
    return suite;
}
