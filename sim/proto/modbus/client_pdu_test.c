// SPDX-License-Identifier: Apache-2.0
// Client requests and replies: what is encoded, served and decoded is what was put in, for random
// requests of every function; and every way in which a reply can be wrong.
#include "sim/proto/modbus/client_pdu.h"

#include <check.h>

#include "sim/base/err.h"
#include "sim/base/rng.h"
#include "sim/proto/modbus/test_store.h"

enum { ROUNDS = 2000 };

static struct test_store test;
static struct rng rng;
static uint8_t request[MODBUS_PDU_BYTES_MAX], reply[MODBUS_PDU_BYTES_MAX];
static uint8_t data[MODBUS_PDU_BYTES_MAX];

// Check is slow to count: one check for a whole block of comparisons.
static unsigned wrong;

static void compare(unsigned got, unsigned expected)
{
    wrong += got != expected;
}

static uint16_t draw(uint16_t below)
{
    return (uint16_t)(rng_below(&rng, below));
}

static void setup(void)
{
    wrong = 0;
    test_store_init(&test);
    rng_init(&rng, 1, "client_pdu_test");
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)draw(256);
    for (size_t i = 0; i < TEST_ADDRESSES; i++) {
        test.holding[i] = (uint16_t)(i * 40503);
        test.input[i] = (uint16_t)(i * 9973);
        test.coils[i] = i * 40503 >> 3 & 1;
        test.discrete[i] = i * 9973 >> 3 & 1;
    }
}

static size_t serve(size_t length)
{
    return modbus_serve(&test.server, false, request, length, reply);
}

START_TEST(test_read_registers)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t function = (uint8_t)(3 + draw(2));
        uint16_t count = (uint16_t)(1 + draw(125)), address = draw(0x0F00 - 125);
        const uint16_t *from = function == 3 ? test.holding : test.input;
        const uint8_t *got;
        size_t length = serve(modbus_encode_read(function, address, count, request));

        ck_assert_int_eq(modbus_decode_read(function, count, reply, length, &got), 0);
        for (uint16_t j = 0; j < count; j++)
            compare(bytes_load_u16(got + 2 * j), from[address + j]);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(test_read_bits)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t function = (uint8_t)(1 + draw(2));
        uint16_t count = (uint16_t)(1 + draw(2000)), address = draw(2000);
        const bool *from = function == 1 ? test.coils : test.discrete;
        const uint8_t *got;
        size_t length = serve(modbus_encode_read(function, address, count, request));

        ck_assert_int_eq(modbus_decode_read(function, count, reply, length, &got), 0);
        for (uint16_t j = 0; j < (count + 7) / 8 * 8; j++)
            compare(got[j / 8] >> j % 8 & 1, j < count && from[address + j]);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(test_writes)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint16_t count = (uint16_t)(1 + draw(123)), address = draw(0x0F00 - 123);
        uint16_t value = (uint16_t)rng_next(&rng);
        size_t asked = modbus_encode_write_registers(address, count, data, request);

        ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
        for (uint16_t j = 0; j < count; j++)
            compare(test.holding[address + j], bytes_load_u16(data + 2 * j));
        asked = modbus_encode_write_register(address, value, request);
        ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
        ck_assert_uint_eq(test.holding[address], value);
        asked = modbus_encode_mask_write(address, 0xFF00, 0x00FF, request);
        ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
        ck_assert_uint_eq(test.holding[address], (value & 0xFF00) | 0x00FF);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(test_write_coils)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint16_t count = (uint16_t)(1 + draw(1968)), address = draw(2000);
        size_t asked = modbus_encode_write_coils(address, count, data, request);

        ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
        for (uint16_t j = 0; j < count; j++)
            compare(test.coils[address + j], data[j / 8] >> j % 8 & 1);
        asked = modbus_encode_write_coil(address, i % 2, request);
        ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
        ck_assert_uint_eq(test.coils[address], i % 2);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(test_read_write)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint16_t count = (uint16_t)(1 + draw(121)), address = draw(0x0F00 - 121);
        const uint8_t *got;
        size_t length =
            serve(modbus_encode_read_write(address, count, address, count, data, request));

        ck_assert_int_eq(modbus_decode_read(23, count, reply, length, &got), 0);
        ck_assert_mem_eq(got, data, 2u * count);
    }
}
END_TEST

START_TEST(test_files)
{
    struct modbus_file_group groups[] = {{1, 10, 3, data}, {2, 0, 20, data + 6}, {1, 0, 1, data}};
    struct bytes_in in, got;
    size_t asked = modbus_encode_write_file(groups, 3, request);

    ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
    asked = modbus_encode_read_file(groups, 3, request);
    ck_assert_int_eq(modbus_decode_read_file(reply, serve(asked), &in), 0);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(modbus_next_file_group(&in, &got), 1);
        ck_assert_uint_eq(bytes_left(&got), 2u * groups[i].count);
        ck_assert_mem_eq(got.at, groups[i].data, 2u * groups[i].count);
    }
    ck_assert_int_eq(modbus_next_file_group(&in, &got), 0);
}
END_TEST

START_TEST(test_scattered)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint16_t addresses[100];
        size_t count = 1 + draw(100);
        const uint8_t *got;

        for (size_t j = 0; j < count; j++)
            addresses[j] = draw(0x0F00);
        size_t length = serve(modbus_encode_scattered((uint8_t)i, addresses, count, request));
        ck_assert_int_eq(modbus_decode_scattered((uint8_t)i, count, reply, length, &got), 0);
        for (size_t j = 0; j < count; j++)
            compare(bytes_load_u16(got + 2 * j), test.holding[addresses[j]]);
        ck_assert_int_eq(modbus_decode_scattered((uint8_t)(i + 1), count, reply, length, &got),
                         ERR_MALFORMED);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(test_others)
{
    static const uint8_t datetime[8] = {0, 26, 1, 2, 3, 4, 5, 6};
    struct bytes_in in;
    const uint8_t *got;
    size_t asked = modbus_encode_set_datetime(datetime, request);

    ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
    asked = modbus_encode_get_datetime(request);
    ck_assert_int_eq(modbus_decode_datetime(reply, serve(asked), &got), 0);
    ck_assert_mem_eq(got, datetime, 8);
    asked = modbus_encode_server_id(request);
    ck_assert_int_eq(modbus_decode_server_id(reply, serve(asked), &in), 0);
    ck_assert_uint_eq(bytes_left(&in), 6);
    test.server.diagnostics.serial = true;
    asked = modbus_encode_diagnostics(0x0E, (const uint8_t[]){0, 0}, 2, request);
    ck_assert_int_eq(modbus_decode_diagnostics(0x0E, reply, serve(asked), &in), 0);
    ck_assert_uint_eq(bytes_load_u16(in.at), 1);
    asked = modbus_encode_diagnostics(0, data, 250, request);
    ck_assert_int_eq(modbus_decode_echo(request, asked, reply, serve(asked)), 0);
}
END_TEST

// A reply in hex, and what the decoder of its function says.
static int decode(uint8_t function, const char *hex)
{
    size_t length = test_hex(hex, reply, sizeof(reply));
    struct modbus_identification identification;
    struct bytes_in in, group;
    const uint8_t *got;
    int err;

    switch (function) {
    case 8:
        return modbus_decode_diagnostics(0x0B, reply, length, &in);
    case 17:
        return modbus_decode_server_id(reply, length, &in);
    case 20:
        err = modbus_decode_read_file(reply, length, &in);
        while (!err && (err = modbus_next_file_group(&in, &group)) == 1)
            err = 0;
        return err;
    case 43:
        return modbus_decode_identification(1, reply, length, &identification);
    case 44: // 43/15
        return modbus_decode_datetime(reply, length, &got);
    case 100:
        return modbus_decode_scattered(7, 2, reply, length, &got);
    case 6:
        return modbus_decode_echo((const uint8_t *)"\x06\x00\x01\x00\x02", 5, reply, length);
    case 16:
        return modbus_decode_echo((const uint8_t *)"\x10\x00\x01\x00\x01\x02\x00\x00", 8, reply,
                                  length);
    default:
        return modbus_decode_read(function, 2, reply, length, &got);
    }
}

struct row {
    uint8_t function;
    const char *reply;
    int verdict;
};

static const struct row rows[] = {
    {3, "03 04 0001 0002", 0},
    {3, "", ERR_MALFORMED},
    {3, "03", ERR_MALFORMED},
    {3, "03 04 0001 00", ERR_MALFORMED},
    {3, "03 04 0001 0002 00", ERR_MALFORMED},
    {3, "03 02 0001", ERR_MALFORMED},
    {3, "03 06 0001 0002 0003", ERR_MALFORMED},
    {3, "04 04 0001 0002", ERR_UNEXPECTED},
    {3, "83 02", ERR_EXCEPTION},
    {3, "83", ERR_MALFORMED},
    {3, "83 00", ERR_MALFORMED},
    {3, "83 02 00", ERR_MALFORMED},
    {3, "84 02", ERR_UNEXPECTED},
    {1, "01 01 03", 0},
    {1, "01 02 0003", ERR_MALFORMED},
    {23, "17 04 0001 0002", 0},
    {6, "06 0001 0002", 0},
    {6, "06 0001 0003", ERR_MALFORMED},
    {6, "06 0001 00", ERR_MALFORMED},
    {6, "06 0001 0002 00", ERR_MALFORMED},
    {6, "86 04", ERR_EXCEPTION},
    {16, "10 0001 0001", 0},
    {16, "10 0001 0002", ERR_MALFORMED},
    {16, "10 0001 0001 02", ERR_MALFORMED},
    {8, "08 000B 0001", 0},
    {8, "08 000C 0001", ERR_MALFORMED},
    {8, "08 00", ERR_MALFORMED},
    {8, "08 000B 00", ERR_MALFORMED},
    {17, "11 02 01FF", 0},
    {17, "11 03 01FF", ERR_MALFORMED},
    {20, "14 05 04 06 0001 02", ERR_MALFORMED},
    {20, "14 04 03 06 0001", 0},
    {20, "14 04 03 05 0001", ERR_MALFORMED},
    {20, "14 04 00 06 0001", ERR_MALFORMED},
    {20, "14 04 05 06 0001", ERR_MALFORMED},
    {20, "14 05 03 06 0001", ERR_MALFORMED},
    {43, "2B 0E 01 01 00 00 01 00 01 'V'", 0},
    {43, "2B 0E 01 01 FF 01 01 00 01 'V'", 0},
    {43, "2B 0E 01 01 00 00 02 00 01 'V'", ERR_MALFORMED},
    {43, "2B 0E 01 01 00 00 00 00 01 'V'", ERR_MALFORMED},
    {43, "2B 0E 01 01 00 00 01 00 02 'V'", ERR_MALFORMED},
    {43, "2B 0E 01 01 01 00 01 00 01 'V'", ERR_MALFORMED},
    {43, "2B 0E 02 01 00 00 01 00 01 'V'", ERR_MALFORMED},
    {43, "2B 0D 01 01 00 00 01 00 01 'V'", ERR_MALFORMED},
    {43, "2B 0E 01 01 00", ERR_MALFORMED},
    {43, "AB 01", ERR_EXCEPTION},
    {44, "2B 0F 00 0001020304050607", 0},
    {44, "2B 0F 00 00010203040506", ERR_MALFORMED},
    {44, "2B 0E 00 0001020304050607", ERR_MALFORMED},
    {100, "64 06 04 07 0001 0002", 0},
    {100, "64 06 05 07 0001 0002", ERR_MALFORMED},
    {100, "64 06 04 08 0001 0002", ERR_MALFORMED},
    {100, "64 04 04 07 0001", ERR_MALFORMED},
    {100, "64 06 04 07 0001 00", ERR_MALFORMED},
    {100, "E4 03", ERR_EXCEPTION},
};

START_TEST(test_replies)
{
    ck_assert_msg(decode(rows[_i].function, rows[_i].reply) == rows[_i].verdict, "%s",
                  rows[_i].reply);
}
END_TEST

Suite *client_pdu_suite(void)
{
    Suite *suite = suite_create("modbus client");
    TCase *tcase = tcase_create("client_pdu");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_read_registers);
    tcase_add_test(tcase, test_read_bits);
    tcase_add_test(tcase, test_writes);
    tcase_add_test(tcase, test_write_coils);
    tcase_add_test(tcase, test_read_write);
    tcase_add_test(tcase, test_files);
    tcase_add_test(tcase, test_scattered);
    tcase_add_test(tcase, test_others);
    tcase_add_loop_test(tcase, test_replies, 0, sizeof(rows) / sizeof(rows[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}
