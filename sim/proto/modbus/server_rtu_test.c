// SPDX-License-Identifier: Apache-2.0
// A slave's port: whom it answers, when it is silent, what it counts (Serial Line
// V1.02, 2.4, 6.1.1).
#include "sim/proto/modbus/server_rtu.h"

#include <check.h>

#include "sim/proto/modbus/test_store.h"

static struct test_store base, metering;
static struct modbus_rtu_unit units[2];
static struct modbus_rtu_server port;

static void setup(void)
{
    test_store_init(&base);
    test_store_init(&metering);
    units[0] = (struct modbus_rtu_unit){7, &base.server};
    units[1] = (struct modbus_rtu_unit){207, &metering.server};
    modbus_rtu_server_init(&port, units, 2);
}

// Sends a PDU to a unit; returns the unit that answered and its PDU, or 0 and nothing.
static size_t ask(uint8_t unit, const char *hex, uint8_t *ret_frame)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX], frame[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(unit, pdu, test_hex(hex, pdu, sizeof(pdu)), frame);

    modbus_rtu_server_chars(&port, frame, length, false);
    length = modbus_rtu_server_silence(&port, ret_frame);
    if (length) {
        ck_assert_uint_eq(modbus_crc(ret_frame, length), 0);
        ck_assert_uint_eq(ret_frame[0], unit);
    }
    return length;
}

START_TEST(test_addresses)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX];

    base.holding[0] = 0x1111;
    metering.holding[0] = 0x2222;
    ck_assert_uint_eq(ask(7, "03 0000 0001", frame), 7);
    ck_assert_uint_eq(bytes_load_u16(frame + 3), 0x1111);
    ck_assert_uint_eq(ask(207, "03 0000 0001", frame), 7);
    ck_assert_uint_eq(bytes_load_u16(frame + 3), 0x2222);
    ck_assert_uint_eq(ask(8, "03 0000 0001", frame), 0);
    ck_assert_uint_eq(ask(7, "99", frame), 5);
    ck_assert_uint_eq(frame[1], 0x99);
    // The rotary switch is turned.
    units[0].address = 8;
    ck_assert_uint_eq(ask(7, "03 0000 0001", frame), 0);
    ck_assert_uint_eq(ask(8, "03 0000 0001", frame), 7);
}
END_TEST

START_TEST(test_broadcast)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX];

    ck_assert_uint_eq(ask(0, "06 0001 BEEF", frame), 0);
    ck_assert_uint_eq(base.holding[1], 0xBEEF);
    ck_assert_uint_eq(metering.holding[1], 0xBEEF);
    ck_assert_uint_eq(ask(0, "03 0001 0001", frame), 0);
    ck_assert_uint_eq(ask(0, "99", frame), 0);
}
END_TEST

START_TEST(test_silent_on_errors)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX], reply[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(7, (const uint8_t *)"\x06\x00\x01\x00\x01", 5, frame);

    frame[length - 1] ^= 1;
    modbus_rtu_server_chars(&port, frame, length, false);
    ck_assert_uint_eq(modbus_rtu_server_silence(&port, reply), 0);
    frame[length - 1] ^= 1;
    modbus_rtu_server_chars(&port, frame, length, true);
    ck_assert_uint_eq(modbus_rtu_server_silence(&port, reply), 0);
    modbus_rtu_server_chars(&port, frame, 4, false);
    modbus_rtu_server_gap(&port);
    modbus_rtu_server_chars(&port, frame + 4, length - 4, false);
    ck_assert_uint_eq(modbus_rtu_server_silence(&port, reply), 0);
    modbus_rtu_server_chars(&port, frame, 2, false);
    ck_assert_uint_eq(modbus_rtu_server_silence(&port, reply), 0);
    ck_assert_uint_eq(base.writes, 0);
    ck_assert_uint_eq(base.server.diagnostics.bus_errors, 4);
    ck_assert_uint_eq(base.server.diagnostics.bus_messages, 0);
    modbus_rtu_server_chars(&port, frame, length, false);
    ck_assert_uint_eq(modbus_rtu_server_silence(&port, reply), 8);
    ck_assert_mem_eq(reply, frame, length);
}
END_TEST

START_TEST(test_counters)
{
    uint8_t reply[MODBUS_RTU_BYTES_MAX];
    uint8_t noise[300] = {0};

    ask(7, "03 0000 0001", reply);
    ask(207, "03 0000 0001", reply);
    ask(9, "03 0000 0001", reply);
    ask(0, "06 0000 0001", reply);
    modbus_rtu_server_chars(&port, noise, sizeof(noise), false);
    modbus_rtu_server_silence(&port, reply);
    // A silence with nothing before it is no message.
    modbus_rtu_server_silence(&port, reply);
    ck_assert_uint_eq(base.server.diagnostics.bus_messages, 4);
    ck_assert_uint_eq(base.server.diagnostics.server_messages, 2);
    ck_assert_uint_eq(base.server.diagnostics.no_response, 1);
    ck_assert_uint_eq(base.server.diagnostics.overruns, 1);
    ck_assert_uint_eq(base.server.diagnostics.bus_errors, 0);
    ck_assert_uint_eq(ask(7, "08 000B 0000", reply), 8);
    ck_assert_uint_eq(bytes_load_u16(reply + 4), 5);
}
END_TEST

START_TEST(test_longest_reply)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX];

    ck_assert_uint_eq(ask(7, "03 0000 007D", frame), 255);
}
END_TEST

Suite *server_rtu_suite(void)
{
    Suite *suite = suite_create("modbus server rtu");
    TCase *tcase = tcase_create("server_rtu");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_addresses);
    tcase_add_test(tcase, test_broadcast);
    tcase_add_test(tcase, test_silent_on_errors);
    tcase_add_test(tcase, test_counters);
    tcase_add_test(tcase, test_longest_reply);
    suite_add_tcase(suite, tcase);
    return suite;
}
