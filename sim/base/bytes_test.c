// SPDX-License-Identifier: Apache-2.0
// Cursors: what is written is read back, order of bytes, and the refusal at the end.
#include "sim/base/bytes.h"

#include <check.h>

START_TEST(written_bytes_have_the_order_of_the_wire)
{
    static const uint8_t wanted[] = {0x01, 0x02, 0x03, 0x05, 0x04, 0x06, 0x07, 0x08,
                                     0x09, 0x0D, 0x0C, 0x0B, 0x0A, 0x11, 0x12, 0x13,
                                     0x14, 0x15, 0x16, 0x17, 0x18, 'o',  'k'};
    uint8_t room[sizeof(wanted)];
    struct bytes_out out = bytes_out(room, sizeof(room));

    bytes_put_u8(&out, 0x01);
    bytes_put_u16(&out, 0x0203);
    bytes_put_u16_le(&out, 0x0405);
    bytes_put_u32(&out, 0x06070809);
    bytes_put_u32_le(&out, 0x0A0B0C0D);
    bytes_put_u64(&out, 0x1112131415161718);
    bytes_put_span(&out, "ok", 2);
    ck_assert_uint_eq(bytes_room(&out), 0);
    ck_assert_uint_eq(bytes_written(&out), sizeof(wanted));
    ck_assert_mem_eq(room, wanted, sizeof(wanted));
}
END_TEST

START_TEST(reading_stops_at_the_end_and_takes_nothing)
{
    static const uint8_t data[] = {0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0xFA, 0xF9};
    struct bytes_in in = bytes_in(data, sizeof(data));
    const uint8_t *span = NULL;
    uint32_t u32 = 0;
    uint16_t u16 = 0;
    uint8_t u8 = 0;

    ck_assert(bytes_get_u32(&in, &u32));
    ck_assert_uint_eq(u32, 0xFFFEFDFC);
    ck_assert(!bytes_get_u32(&in, &u32));
    ck_assert_uint_eq(u32, 0xFFFEFDFC);
    ck_assert_uint_eq(bytes_left(&in), 3);
    ck_assert(!bytes_get_span(&in, 4, &span));
    ck_assert_ptr_null(span);
    ck_assert(bytes_get_u16(&in, &u16));
    ck_assert_uint_eq(u16, 0xFBFA);
    ck_assert(!bytes_get_u16(&in, &u16));
    ck_assert(bytes_get_u8(&in, &u8));
    ck_assert_uint_eq(u8, 0xF9);
    ck_assert(!bytes_get_u8(&in, &u8));
    ck_assert(bytes_get_span(&in, 0, &span));
    ck_assert_ptr_eq(span, data + sizeof(data));
}
END_TEST

START_TEST(nothing_at_all_is_allowed)
{
    struct bytes_in in = bytes_in(NULL, 0);
    struct bytes_out out = bytes_out(NULL, 0);
    uint8_t u8;

    ck_assert_uint_eq(bytes_left(&in), 0);
    ck_assert(!bytes_get_u8(&in, &u8));
    ck_assert_uint_eq(bytes_room(&out), 0);
    ck_assert_uint_eq(bytes_written(&out), 0);
}
END_TEST

START_TEST(load_and_store)
{
    uint8_t word[2];

    bytes_store_u16(word, 0xABCD);
    ck_assert_uint_eq(word[0], 0xAB);
    ck_assert_uint_eq(bytes_load_u16(word), 0xABCD);
}
END_TEST

Suite *bytes_suite(void)
{
    Suite *suite = suite_create("bytes");
    TCase *cursors = tcase_create("bytes");

    tcase_add_test(cursors, written_bytes_have_the_order_of_the_wire);
    tcase_add_test(cursors, reading_stops_at_the_end_and_takes_nothing);
    tcase_add_test(cursors, nothing_at_all_is_allowed);
    tcase_add_test(cursors, load_and_store);
    suite_add_tcase(suite, cursors);
    return suite;
}
