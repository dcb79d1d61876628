// SPDX-License-Identifier: Apache-2.0
// MBAP frames in a stream: whole, pipelined, cut anywhere, malformed (Messaging on TCP/IP
// V1.0b 3.1.3).
#include "sim/proto/modbus/mbap.h"

#include <check.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/test_store.h"

START_TEST(test_example)
{
    uint8_t bytes[64];
    size_t length = test_hex("1501 0000 0006 FF 04 0000 0001", bytes, sizeof(bytes));
    struct bytes_in in = bytes_in(bytes, length);
    struct modbus_mbap frame;

    ck_assert_int_eq(modbus_mbap_next(&in, &frame), 1);
    ck_assert_uint_eq(frame.transaction, 0x1501);
    ck_assert_uint_eq(frame.unit, 0xFF);
    ck_assert_ptr_eq(frame.pdu, bytes + 7);
    ck_assert_uint_eq(frame.length, 5);
    ck_assert_int_eq(modbus_mbap_next(&in, &frame), 0);
    ck_assert_uint_eq(bytes_left(&in), 0);
}
END_TEST

START_TEST(test_pipelined)
{
    uint8_t bytes[64];
    size_t length = test_hex("0001 0000 0002 01 11  0002 0000 0002 02 07  0003 0000 0003 03 2B",
                             bytes, sizeof(bytes));
    struct bytes_in in = bytes_in(bytes, length);
    struct modbus_mbap frame;

    for (uint16_t i = 1; i <= 2; i++) {
        ck_assert_int_eq(modbus_mbap_next(&in, &frame), 1);
        ck_assert_uint_eq(frame.transaction, i);
        ck_assert_uint_eq(frame.unit, i);
        ck_assert_uint_eq(frame.length, 1);
    }
    ck_assert_int_eq(modbus_mbap_next(&in, &frame), 0);
    ck_assert_uint_eq(bytes_left(&in), 8);
}
END_TEST

START_TEST(test_cut_anywhere)
{
    uint8_t bytes[MODBUS_TCP_BYTES_MAX];
    uint8_t pdu[MODBUS_PDU_BYTES_MAX] = {3};
    struct modbus_mbap frame = {7, 8, pdu, sizeof(pdu)};
    size_t length = modbus_mbap_encode(&frame, bytes);

    ck_assert_uint_eq(length, 260);
    for (size_t cut = 0; cut <= length; cut++) {
        struct bytes_in in = bytes_in(bytes, cut);

        ck_assert_int_eq(modbus_mbap_next(&in, &frame), cut == length);
        ck_assert_uint_eq(bytes_left(&in), cut == length ? 0 : cut);
    }
}
END_TEST

// Bad as soon as the bytes that make it so are there.
START_TEST(test_malformed)
{
    static const char *const rows[] = {
        "0001 0001 0006", "0001 0100 0006",       "0001 01",
        "0001 0000 01",   "0001 0000 0000",       "0001 0000 0001",
        "0001 0000 00FF", "0001 0000 FFFF",       "0001 0000 FF",
        "'GET / HTTP'",   "0001 0000 0001 01 03", "0001 0000 00FF 01 03",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[64];
        size_t length = test_hex(rows[i], bytes, sizeof(bytes));
        struct bytes_in in = bytes_in(bytes, length);
        struct modbus_mbap frame;

        ck_assert_msg(modbus_mbap_next(&in, &frame) == ERR_MALFORMED, "%s", rows[i]);
    }
}
END_TEST

START_TEST(test_round_trip)
{
    uint8_t bytes[MODBUS_TCP_BYTES_MAX], pdu[MODBUS_PDU_BYTES_MAX];

    for (size_t i = 0; i < sizeof(pdu); i++)
        pdu[i] = (uint8_t)(i * 7);
    for (size_t length = 1; length <= sizeof(pdu); length++) {
        struct modbus_mbap frame = {(uint16_t)(length * 257), (uint8_t)length, pdu, length};
        struct bytes_in in = bytes_in(bytes, modbus_mbap_encode(&frame, bytes));
        struct modbus_mbap got;

        ck_assert_int_eq(modbus_mbap_next(&in, &got), 1);
        ck_assert_uint_eq(got.transaction, frame.transaction);
        ck_assert_uint_eq(got.unit, frame.unit);
        ck_assert_uint_eq(got.length, length);
        ck_assert_mem_eq(got.pdu, pdu, length);
        ck_assert_uint_eq(bytes_left(&in), 0);
    }
}
END_TEST

Suite *mbap_suite(void)
{
    Suite *suite = suite_create("modbus mbap");
    TCase *tcase = tcase_create("mbap");

    tcase_add_test(tcase, test_example);
    tcase_add_test(tcase, test_pipelined);
    tcase_add_test(tcase, test_cut_anywhere);
    tcase_add_test(tcase, test_malformed);
    tcase_add_test(tcase, test_round_trip);
    suite_add_tcase(suite, tcase);
    return suite;
}
