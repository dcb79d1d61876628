// SPDX-License-Identifier: Apache-2.0
// The tutorial device over both wires: what its profile promises, what survives, what a fault does.
#include "devices/_skeleton/state.h"

#include "tests/support/device_client.h"
#include "tests/support/device_verb.h"

static struct bed bed;
static struct device *device;
static struct conn *conn;

#define SITE                                                                                       \
    "{profile: skeleton, model: SKEL-2, hardware: V2.0, serial: SK00000042,"                       \
    " ports: {eth: {on: lan, ipv4: 10.77.0.10}, sl: {on: rs1, unit: 5}}}"

static void setup(void)
{
    bed_open(&bed);
    device = bed_add(&bed, &skeleton_family, "s1", SITE);
    device_set_power(device, true);
    conn = bed_connect(&bed, "10.77.0.10:502");
    ck_assert_ptr_nonnull(conn);
}

static void teardown(void)
{
    bed_close(&bed);
}

START_TEST(four_tables)
{
    const uint8_t read_input[] = {4, 0, 0, 0, 2}, read_coil[] = {1, 0, 0, 0, 1};
    const uint8_t read_discrete[] = {2, 0, 0, 0, 1}, set_coil[] = {5, 0, 0, 0xFF, 0};
    uint8_t reply[MODBUS_PDU_BYTES_MAX], data[64];

    // The serial number, the level after 25 s as a float, low word first in the input table.
    ck_assert_uint_eq(bed_read(&bed, conn, 1, 0x10, 6, data), 0);
    ck_assert_mem_eq(data, "SK00000042", 10);
    bed_advance(&bed, 25 * SIM_NS_PER_S - core_now(bed.core) % SIM_NS_PER_S);
    ck_assert_float_eq_tol(bed_float(&bed, conn, 1, 0x0E), 25, 0.5);
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, read_input, 5, reply), 6);
    ck_assert_uint_eq(reply[4], 0x41); // 25.0 is 41C8 0000.
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, set_coil, 5, reply), 5);
    ck_assert(skeleton_lamp(skeleton_of(device)));
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, read_coil, 5, reply), 3);
    ck_assert_uint_eq(reply[2], 1);
    skeleton_press(skeleton_of(device), true);
    ck_assert(!skeleton_lamp(skeleton_of(device)));
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, read_discrete, 5, reply), 3);
    ck_assert_uint_eq(reply[2], 1);
    ck_assert_uint_eq(bed_register(&bed, conn, 1, 0), 1);
    // Outside every block, and a write to what is read only.
    ck_assert_uint_eq(bed_read(&bed, conn, 1, 0x4000, 1, data), MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(bed_write(&bed, conn, 1, 0x0E, 2, (uint16_t[]){0, 0}),
                      MODBUS_ILLEGAL_ADDRESS);
}
END_TEST

START_TEST(the_line_takes_its_time)
{
    const uint8_t read[] = {3, 0, 0x10, 0, 6}, diagnostics[] = {8, 0, 0x0E, 0, 0};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    sim_time_ns begin_ns = core_now(bed.core);

    ck_assert_uint_eq(bed_line_ask(&bed, 5, read, sizeof(read), reply), 14);
    ck_assert_mem_eq(reply + 2, "SK00000042", 10);
    // 8 characters out, silence, 5 ms of the device, 17 back, silence: 25 x 0.573 + 2 x 2.0 + 5
    // = 23.3 ms.
    ck_assert_double_eq_tol((double)(core_now(bed.core) - begin_ns) / 1e6, 23.3, 0.5);
    ck_assert_uint_eq(bed_line_ask(&bed, 6, read, sizeof(read), reply), 0);
    ck_assert_uint_eq(bed_line_ask(&bed, 5, diagnostics, sizeof(diagnostics), reply), 5);
    ck_assert_uint_eq(reply[4], 2); // Messages to this unit.
    // Diagnostics belong to the line.
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, diagnostics, sizeof(diagnostics), reply), 2);
    ck_assert_uint_eq(reply[1], MODBUS_ILLEGAL_FUNCTION);
}
END_TEST

START_TEST(files_and_kept_registers_survive)
{
    const uint8_t write[] = {21, 11, 6, 0, 1, 0, 3, 0, 2, 0xCA, 0xFE, 0xBA, 0xBE};
    const uint8_t read[] = {20, 7, 6, 0, 1, 0, 3, 0, 2}, past[] = {20, 7, 6, 0, 1, 0, 63, 0, 2};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];

    ck_assert_uint_eq(bed_ask(&bed, conn, 1, write, sizeof(write), reply), sizeof(write));
    ck_assert_uint_eq(bed_write(&bed, conn, 1, 1, 1, (uint16_t[]){(uint16_t)-123}), 0);
    ck_assert_uint_eq(bed_write(&bed, conn, 1, 0, 1, (uint16_t[]){77}), 0);
    ck_assert_uint_eq(bed_write(&bed, conn, 1, 1, 1, (uint16_t[]){1001}), MODBUS_ILLEGAL_VALUE);
    device_set_power(device, false);
    bed_advance(&bed, SIM_NS_PER_S);
    device_set_power(device, true);
    conn = bed_connect(&bed, "10.77.0.10:502");
    ck_assert_ptr_nonnull(conn);
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, read, sizeof(read), reply), 8);
    ck_assert_mem_eq(reply + 4, write + 9, 4);
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, past, sizeof(past), reply), 2);
    ck_assert_uint_eq(reply[1], MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(bed_register(&bed, conn, 1, 1), (uint16_t)-123);
    ck_assert_uint_eq(bed_register(&bed, conn, 1, 0), 0);
}
END_TEST

START_TEST(identification)
{
    const uint8_t basic[] = {43, 14, 1, 0}, single[] = {43, 14, 4, 0x80}, id[] = {17};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    size_t length = bed_ask(&bed, conn, 1, basic, sizeof(basic), reply);

    ck_assert_uint_gt(length, 20);
    ck_assert_uint_eq(reply[3], 0x83);
    ck_assert_mem_eq(reply + 7, "\0\7testbay\1\6SKEL-2", 17);
    ck_assert_uint_gt(bed_ask(&bed, conn, 1, single, sizeof(single), reply), 8);
    ck_assert_mem_eq(reply + 7, "\x80\10tutorial", 10);
    ck_assert_uint_eq(bed_ask(&bed, conn, 1, id, sizeof(id), reply), 12);
    ck_assert_mem_eq(reply + 1, "\x0a\x2a\xffskeleton", 11);
}
END_TEST

START_TEST(clock)
{
    uint8_t data[8];
    int64_t before_ns;

    ck_assert_uint_eq(bed_read(&bed, conn, 1, 0x34, 4, data), 0);
    // 2026-01-15 08:00: year 26, month 1 day 15, hour 8.
    ck_assert_mem_eq(data, "\x00\x1a\x01\x0f\x08\x00", 6);
    ck_assert_uint_eq(bed_write(&bed, conn, 1, 0x34, 4, (uint16_t[]){30, 0x0201, 0x0000, 0}), 0);
    ck_assert_uint_eq(bed_read(&bed, conn, 1, 0x34, 4, data), 0);
    ck_assert_mem_eq(data, "\x00\x1e\x02\x01\x00\x00", 6);
    before_ns = device_utc_ns(device);
    device_set_power(device, false);
    bed_advance(&bed, 3600 * SIM_NS_PER_S);
    device_set_power(device, true);
    ck_assert_int_eq(device_utc_ns(device) - before_ns, 3600 * SIM_NS_PER_S);
}
END_TEST

START_TEST(power_and_pause)
{
    const uint8_t read[] = {3, 0, 0, 0, 1};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];

    ck_assert_int_eq(device_fault(device, FAULT_PAUSE, NULL), 0);
    ck_assert_uint_eq(bed_ask_within(&bed, conn, 1, read, 5, reply, SIM_NS_PER_S), 0);
    ck_assert_uint_eq(bed_line_ask(&bed, 5, read, 5, reply), 0);
    ck_assert_int_eq(device_fault_clear(device, FAULT_PAUSE), 0);
    // The request waited in the window and is answered now.
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert_uint_eq(bed.heard_length, MODBUS_MBAP_BYTES + 4);
    device_set_power(device, false);
    ck_assert_ptr_null(bed_connect(&bed, "10.77.0.10:502"));
    ck_assert_uint_eq(bed_line_ask(&bed, 5, read, 5, reply), 0);
    device_set_power(device, true);
    ck_assert_uint_eq(bed_line_ask(&bed, 5, read, 5, reply), 4);
}
END_TEST

// Whatever byte of the write to flash is the last, the register is old or new afterwards, and a
// reply means new.
START_TEST(cut_in_the_middle_of_a_write)
{
    uint16_t before, after;
    uint8_t result;

    ck_assert_uint_eq(bed_write(&bed, conn, 1, 1, 1, (uint16_t[]){100}), 0);
    before = 100;
    for (int at = 0; at < 30; at++) {
        ck_assert_int_eq(device_fault(device, FAULT_STORE_CUT, (double[FAULT_PARAMS_MAX]){at}), 0);
        result = bed_write(&bed, conn, 1, 1, 1, (uint16_t[]){(uint16_t)(before + 1)});
        bed_advance(&bed, SIM_NS_PER_MS);
        ck_assert_int_eq(device_fault_clear(device, FAULT_STORE_CUT), 0);
        conn_reset(conn);
        conn = bed_connect(&bed, "10.77.0.10:502");
        ck_assert_ptr_nonnull(conn);
        after = bed_register(&bed, conn, 1, 1);
        ck_assert(after == before || after == before + 1);
        if (result == 0)
            ck_assert_uint_eq(after, before + 1);
        before = after;
    }
}
END_TEST

START_TEST(too_many_clients)
{
    struct conn *more[8];

    for (int i = 0; i < 7; i++) {
        more[i] = bed_connect(&bed, "10.77.0.10:502");
        ck_assert_ptr_nonnull(more[i]);
    }
    more[7] = bed_connect(&bed, "10.77.0.10:502");
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert_int_eq(bed.end, ERR_RESET);
    conn_close(more[0]);
    bed_advance(&bed, SIM_NS_PER_MS);
    more[0] = bed_connect(&bed, "10.77.0.10:502");
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert(bed.open);
    ck_assert_uint_eq(modbus_service_clients(skeleton_of(device)->service), 8);
}
END_TEST

START_TEST(world_verbs)
{
    bed_verb_expect(&bed, device, "tutorial.lamp", NULL, "lamp", "off");
    bed_verb_expect(&bed, device, "tutorial.press", NULL, "lamp", "on");
    bed_verb_expect(&bed, device, "tutorial.press", ARGS("state", "down"), "lamp", "off");
    bed_verb_expect(&bed, device, "tutorial.press", ARGS("state", "up"), "lamp", "off");
    ck_assert_uint_eq(bed_register(&bed, conn, 1, 0), 2);
}
END_TEST

Suite *skeleton_suite(void)
{
    Suite *suite = suite_create("skeleton");
    TCase *tcase = tcase_create("skeleton");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, four_tables);
    tcase_add_test(tcase, the_line_takes_its_time);
    tcase_add_test(tcase, files_and_kept_registers_survive);
    tcase_add_test(tcase, identification);
    tcase_add_test(tcase, clock);
    tcase_add_test(tcase, power_and_pause);
    tcase_add_test(tcase, cut_in_the_middle_of_a_write);
    tcase_add_test(tcase, too_many_clients);
    tcase_add_test(tcase, world_verbs);
    suite_add_tcase(suite, tcase);
    return suite;
}
