// SPDX-License-Identifier: Apache-2.0
// RTU frames and their CRC (Modbus over Serial Line V1.02, 2.5.1, 6.2.2).
#include "sim/proto/modbus/rtu.h"

#include <check.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/test_store.h"

static struct modbus_rtu_rx rx;

static void setup(void)
{
    modbus_rtu_reset(&rx);
}

static void hear(const char *hex)
{
    uint8_t bytes[1024];

    modbus_rtu_chars(&rx, bytes, test_hex(hex, bytes, sizeof(bytes)), false);
}

// The polynomial by bits, as 6.2.2 describes the procedure.
static uint16_t crc_by_bits(const uint8_t *data, size_t length)
{
    uint16_t crc = 0xFFFF;

    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
    }
    return crc;
}

START_TEST(test_crc)
{
    uint8_t bytes[256];

    ck_assert_uint_eq(modbus_crc((const uint8_t *)"123456789", 9), 0x4B37);
    ck_assert_uint_eq(modbus_crc((const uint8_t *)"\x02\x07", 2), 0x1241);
    ck_assert_uint_eq(modbus_crc(NULL, 0), 0xFFFF);
    for (unsigned seed = 0; seed < 256; seed++) {
        for (unsigned i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)(seed ^ (i * i * 31 + i * 7));
        ck_assert_uint_eq(modbus_crc(bytes, seed), crc_by_bits(bytes, seed));
    }
}
END_TEST

START_TEST(test_frame)
{
    struct modbus_rtu_frame frame;

    hear("02 07");
    hear("41");
    hear("12");
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), 1);
    ck_assert_uint_eq(frame.unit, 2);
    ck_assert_uint_eq(frame.length, 1);
    ck_assert_uint_eq(frame.pdu[0], 7);
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), 0);
}
END_TEST

START_TEST(test_verdicts)
{
    static const struct {
        const char *chars;
        int verdict;
    } rows[] = {
        {"", 0},
        {"02", ERR_TRUNCATED},
        {"02 07 41", ERR_TRUNCATED},
        {"02 07 41 12", 1},
        {"02 07 12 41", ERR_CHECKSUM},
        {"02 07 41 13", ERR_CHECKSUM},
        {"02 06 41 12", ERR_CHECKSUM},
        {"02 07 41 12 01", ERR_CHECKSUM},
        {"00 02 07 41 12", ERR_CHECKSUM},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct modbus_rtu_frame frame;

        hear(rows[i].chars);
        ck_assert_msg(modbus_rtu_silence(&rx, &frame) == rows[i].verdict, "%s", rows[i].chars);
        // Whatever came before, the next frame is heard.
        hear("02 07 41 12");
        ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), 1);
    }
}
END_TEST

START_TEST(test_damaged)
{
    struct modbus_rtu_frame frame;

    hear("02 07");
    modbus_rtu_chars(&rx, (const uint8_t *)"\x41\x12", 2, true);
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), ERR_CHECKSUM);
    modbus_rtu_chars(&rx, NULL, 0, true);
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), ERR_CHECKSUM);
    hear("02 07 41 12");
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), 1);
}
END_TEST

START_TEST(test_gap)
{
    struct modbus_rtu_frame frame;

    modbus_rtu_gap(&rx);
    hear("02 07 41 12");
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), 1);
    hear("02 07");
    modbus_rtu_gap(&rx);
    hear("41 12");
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), ERR_CHECKSUM);
}
END_TEST

START_TEST(test_overlong)
{
    uint8_t bytes[1000] = {0};
    struct modbus_rtu_frame frame;

    modbus_rtu_chars(&rx, bytes, 256, false);
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), ERR_CHECKSUM);
    modbus_rtu_chars(&rx, bytes, 257, false);
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), ERR_TOO_LONG);
    for (int i = 0; i < 100; i++)
        modbus_rtu_chars(&rx, bytes, sizeof(bytes), false);
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), ERR_TOO_LONG);
    ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), 0);
}
END_TEST

START_TEST(test_round_trip)
{
    uint8_t bytes[MODBUS_RTU_BYTES_MAX], pdu[MODBUS_PDU_BYTES_MAX];

    for (size_t i = 0; i < sizeof(pdu); i++)
        pdu[i] = (uint8_t)(i * 11);
    for (size_t length = 1; length <= sizeof(pdu); length++) {
        struct modbus_rtu_frame frame;

        ck_assert_uint_eq(modbus_rtu_encode((uint8_t)length, pdu, length, bytes), length + 3);
        modbus_rtu_chars(&rx, bytes, length + 3, false);
        ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), 1);
        ck_assert_uint_eq(frame.unit, (uint8_t)length);
        ck_assert_uint_eq(frame.length, length);
        ck_assert_mem_eq(frame.pdu, pdu, length);
        // In place.
        memcpy(bytes + 1, pdu, length);
        modbus_rtu_encode((uint8_t)length, bytes + 1, length, bytes);
        ck_assert_uint_eq(modbus_crc(bytes, length + 3), 0);
    }
}
END_TEST

// Any one bit that falls over is seen.
START_TEST(test_single_bit_errors)
{
    uint8_t bytes[MODBUS_RTU_BYTES_MAX];
    uint8_t pdu[100] = {3, 200};
    size_t length = modbus_rtu_encode(17, pdu, sizeof(pdu), bytes);
    struct modbus_rtu_frame frame;

    for (size_t bit = 0; bit < 8 * length; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        modbus_rtu_chars(&rx, bytes, length, false);
        ck_assert_int_eq(modbus_rtu_silence(&rx, &frame), ERR_CHECKSUM);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

Suite *rtu_suite(void)
{
    Suite *suite = suite_create("modbus rtu");
    TCase *tcase = tcase_create("rtu");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_crc);
    tcase_add_test(tcase, test_frame);
    tcase_add_test(tcase, test_verdicts);
    tcase_add_test(tcase, test_damaged);
    tcase_add_test(tcase, test_gap);
    tcase_add_test(tcase, test_overlong);
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_single_bit_errors);
    suite_add_tcase(suite, tcase);
    return suite;
}
