// SPDX-License-Identifier: Apache-2.0
// The server side as lists of PDUs. Names are the clauses of Modbus Application Protocol V1.1b3
// whose example or flow chart the row is taken from.
#include "sim/proto/modbus/server.h"

#include <check.h>

#include "sim/proto/modbus/test_store.h"

enum { TEXT_BYTES = 1024 };

static struct test_store test;

static void put(uint16_t *at, size_t count, const uint16_t *values)
{
    memcpy(at, values, 2 * count);
}

static void put_bits(bool *at, const char *bits)
{
    for (size_t i = 0; bits[i]; i++)
        at[i] = bits[i] == '1';
}

// The values of the standard's examples.
static void setup(void)
{
    test_store_init(&test);
    put_bits(test.coils + 0x13, "1011001111010110101");
    put_bits(test.discrete + 0xC4, "0011010111011011101011");
    put(test.holding + 0x6B, 3, (const uint16_t[]){0x022B, 0, 0x0064});
    put(test.input + 8, 1, (const uint16_t[]){0x000A});
    put(test.files[4] + 1, 2, (const uint16_t[]){0x0DFE, 0x0020});
    put(test.files[3] + 9, 2, (const uint16_t[]){0x33CD, 0x0040});
    put(test.holding + 3, 6, (const uint16_t[]){0x00FE, 0x0ACD, 1, 3, 0x0D, 0xFF});
    test.objects[0] = (struct test_object){0, "Company identification"};
    test.objects[1] = (struct test_object){1, "Product code XX"};
    test.objects[2] = (struct test_object){2, "V2.11"};
    test_hex("00 1A 0B 15 0A 1E 75 30", test.datetime, 8);
}

struct pair {
    const char *name, *request, *reply;
};

static const struct pair pairs[] = {
    {"6.1 example", "01 0013 0013", "01 03 CD6B05"},
    {"6.1 quantity 0", "01 0013 0000", "81 03"},
    {"6.1 quantity 2000", "01 0000 07D1", "81 03"},
    {"6.1 address past the end", "01 0FFF 0002", "81 02"},
    {"6.1 address past 65535", "01 FFFF 0002", "81 02"},
    {"6.1 quantity before address", "01 FFFF 07D1", "81 03"},
    {"6.1 too short", "01 0013 00", "81 03"},
    {"6.1 too long", "01 0013 0013 00", "81 03"},
    {"6.2 example", "02 00C4 0016", "02 03 ACDB35"},
    {"6.2 quantity 0", "02 00C4 0000", "82 03"},
    {"6.2 address", "02 1000 0001", "82 02"},
    {"6.3 example", "03 006B 0003", "03 06 022B 0000 0064"},
    {"6.3 quantity 0", "03 006B 0000", "83 03"},
    {"6.3 quantity 126", "03 006B 007E", "83 03"},
    {"6.3 last register", "03 0FFF 0001", "03 02 0000"},
    {"6.3 address past the end", "03 0FFF 0002", "83 02"},
    {"6.3 address past 65535", "03 FFFF 0002", "83 02"},
    {"6.3 failure", "03 0EFF 0002", "83 04"},
    {"6.3 busy", "03 0F01 0001", "83 06"},
    {"6.3 no fields", "03", "83 03"},
    {"6.3 too long", "03 006B 0003 00", "83 03"},
    {"6.4 example", "04 0008 0001", "04 02 000A"},
    {"6.4 quantity 126", "04 0008 007E", "84 03"},
    {"6.4 address", "04 1000 0001", "84 02"},
    {"6.5 example", "05 00AC FF00", "05 00AC FF00"},
    {"6.5 off", "05 00AC 0000", "05 00AC 0000"},
    {"6.5 value", "05 00AC FF01", "85 03"},
    {"6.5 value before address", "05 1000 0001", "85 03"},
    {"6.5 address", "05 1000 FF00", "85 02"},
    {"6.5 too short", "05 00AC FF", "85 03"},
    {"6.6 example", "06 0001 0003", "06 0001 0003"},
    {"6.6 address", "06 1000 0003", "86 02"},
    {"6.6 failure", "06 0F00 0003", "86 04"},
    {"6.6 too short", "06 0001", "86 03"},
    {"6.8 not a serial line", "08 0000 A537", "88 01"},
    {"6.11 example", "0F 0013 000A 02 CD01", "0F 0013 000A"},
    {"6.11 quantity 0", "0F 0013 0000 00", "8F 03"},
    {"6.11 quantity 1969", "0F 0013 07B1 01 00", "8F 03"},
    {"6.11 byte count", "0F 0013 000A 01 CD01", "8F 03"},
    {"6.11 byte count and data", "0F 0013 000A 03 CD0100", "8F 03"},
    {"6.11 data missing", "0F 0013 000A 02 CD", "8F 03"},
    {"6.11 data left over", "0F 0013 000A 02 CD0100", "8F 03"},
    {"6.11 address", "0F 0FF8 0009 02 0000", "8F 02"},
    {"6.11 address past 65535", "0F FFF8 0009 02 0000", "8F 02"},
    {"6.12 example", "10 0001 0002 04 000A 0102", "10 0001 0002"},
    {"6.12 quantity 0", "10 0001 0000 00", "90 03"},
    {"6.12 quantity 124", "10 0001 007C F8", "90 03"},
    {"6.12 byte count", "10 0001 0002 02 000A", "90 03"},
    {"6.12 data missing", "10 0001 0002 04 000A 01", "90 03"},
    {"6.12 data left over", "10 0001 0002 04 000A 0102 00", "90 03"},
    {"6.12 address", "10 0FFF 0002 04 000A 0102", "90 02"},
    {"6.12 busy", "10 0F01 0001 02 000A", "90 06"},
    {"6.12 no fields", "10", "90 03"},
    {"6.13", "11", "11 06 42FF 'test'"},
    {"6.13 too long", "11 00", "91 03"},
    {"6.14 example", "14 0E 06 0004 0001 0002 06 0003 0009 0002",
     "14 0C 05 06 0DFE 0020 05 06 33CD 0040"},
    {"6.14 byte count 0", "14 00", "94 03"},
    {"6.14 byte count 6", "14 06 06 0004 0001 00", "94 03"},
    {"6.14 byte count F6", "14 F6 06 0004 0001 0002", "94 03"},
    {"6.14 not whole groups", "14 08 06 0004 0001 0002 06", "94 03"},
    {"6.14 data left over", "14 07 06 0004 0001 0002 06", "94 03"},
    {"6.14 reference type", "14 07 05 0004 0001 0002", "94 02"},
    {"6.14 file 0", "14 07 06 0000 0001 0002", "94 02"},
    {"6.14 record 10000", "14 07 06 0004 2710 0001", "94 02"},
    {"6.14 record past 9999", "14 07 06 0004 270F 0002", "94 02"},
    {"6.14 length 0", "14 07 06 0004 0001 0000", "94 02"},
    {"6.14 no such file", "14 07 06 0008 0001 0001", "94 02"},
    {"6.14 second group wrong", "14 0E 06 0004 0001 0002 06 0003 0040 0001", "94 02"},
    {"6.14 reply too long", "14 0E 06 0004 0000 0040 06 0003 0000 0040", "94 03"},
    {"6.15 example", "15 0D 06 0004 0007 0003 06AF 04BE 100D",
     "15 0D 06 0004 0007 0003 06AF 04BE 100D"},
    {"6.15 byte count 8", "15 08 06 0004 0007 0000 00", "95 03"},
    {"6.15 byte count", "15 0C 06 0004 0007 0003 06AF 04BE 100D", "95 03"},
    {"6.15 data missing", "15 0B 06 0004 0007 0003 06AF 04BE", "95 03"},
    {"6.15 reference type", "15 09 07 0004 0007 0001 06AF", "95 02"},
    {"6.15 no such file", "15 09 06 0009 0007 0001 06AF", "95 02"},
    {"6.16 example", "16 0004 00F2 0025", "16 0004 00F2 0025"},
    {"6.16 address", "16 1000 00F2 0025", "96 02"},
    {"6.16 too short", "16 0004 00F2 00", "96 03"},
    {"6.17 example", "17 0003 0006 000E 0003 06 00FF 00FF 00FF",
     "17 0C 00FE 0ACD 0001 0003 000D 00FF"},
    {"6.17 write before read", "17 0003 0001 0003 0001 02 BEEF", "17 02 BEEF"},
    {"6.17 read quantity 0", "17 0003 0000 000E 0001 02 00FF", "97 03"},
    {"6.17 read quantity 126", "17 0003 007E 000E 0001 02 00FF", "97 03"},
    {"6.17 write quantity 0", "17 0003 0006 000E 0000 00", "97 03"},
    {"6.17 write quantity 122", "17 0003 0006 000E 007A F4", "97 03"},
    {"6.17 byte count", "17 0003 0006 000E 0003 04 00FF 00FF 00FF", "97 03"},
    {"6.17 data missing", "17 0003 0006 000E 0003 06 00FF 00FF", "97 03"},
    {"6.17 read address", "17 1000 0001 000E 0001 02 00FF", "97 02"},
    {"6.17 write address", "17 0003 0001 1000 0001 02 00FF", "97 02"},
    {"6.17 write address past 65535", "17 0003 0001 FFFF 0002 04 00FF 00FF", "97 02"},
    {"6.17 write failure", "17 0003 0001 0F00 0001 02 00FF", "97 04"},
    {"6.21 example", "2B 0E 01 00",
     "2B 0E 01 83 00 00 03 00 16 'Company identification' 01 0F 'Product code XX' 02 05 'V2.11'"},
    {"6.20 CANopen", "2B 0D 00", "AB 01"},
    {"6.19 no MEI type", "2B", "AB 03"},
    {"6.19 MEI type 255", "2B FF", "AB 01"},
    {"DOCA0157EN-08 43/15", "2B 0F 00", "2B 0F 00 00 1A 0B 15 0A 1E 75 30"},
    {"DOCA0157EN-08 43/15 too short", "2B 0F", "AB 03"},
    {"DOCA0157EN-08 43/15 too long", "2B 0F 00 00", "AB 03"},
    {"43/16", "2B 10 00 00 1A 0C 01 00 00 00 00", "2B 10 00 00 1A 0C 01 00 00 00 00"},
    {"43/16 refused by the device", "2B 10 00 00 1A 00 01 00 00 00 00", "AB 03"},
    {"43/16 too short", "2B 10 00 00 1A 0C 01 00 00 00", "AB 03"},
    {"FA241252", "64 06 04 77 006B 000A", "64 06 04 77 022B 0000"},
    {"100/4 one", "64 04 04 00 006D", "64 04 04 00 0064"},
    {"100/4 none", "64 02 04 00", "E4 03"},
    {"100/4 odd byte count", "64 05 04 00 006D 00", "E4 03"},
    {"100/4 byte count", "64 06 04 00 006D", "E4 03"},
    {"100/4 sub-code", "64 04 05 00 006D", "E4 03"},
    {"100/4 no fields", "64", "E4 03"},
    {"100/4 address", "64 06 04 00 006D 1000", "E4 02"},
    {"7 function 0", "00", "80 01"},
    {"7 function 7", "07", "87 01"},
    {"7 function 11", "0B", "8B 01"},
    {"7 function 12", "0C", "8C 01"},
    {"7 function 24", "18 0000", "98 01"},
    {"7 function 127", "7F", "FF 01"},
    {"7 function 128", "80", "80 01"},
    {"7 function 131", "83 0000", "83 01"},
    {"7 function 255", "FF", "FF 01"},
};

START_TEST(test_pdus)
{
    const struct pair *pair = &pairs[_i];
    char got[TEXT_BYTES], expected[TEXT_BYTES];

    setup();
    test_ask(&test, false, pair->request, got, sizeof(got));
    test_spell(pair->reply, expected, sizeof(expected));
    ck_assert_msg(strcmp(got, expected) == 0, "%s: %s gives %s, not %s", pair->name, pair->request,
                  got, expected);
}
END_TEST

START_TEST(test_writes_arrive)
{
    char got[TEXT_BYTES];

    setup();
    test.holding[4] = 0x12;
    test_ask(&test, false, "16 0004 00F2 0025", got, sizeof(got));
    ck_assert_uint_eq(test.holding[4], 0x17);
    test_ask(&test, false, "0F 0013 000A 02 CD01", got, sizeof(got));
    ck_assert(test.coils[0x13] && !test.coils[0x14] && test.coils[0x15]);
    ck_assert(test.coils[0x1B] && !test.coils[0x1C]);
    test_ask(&test, false, "05 00AC FF00", got, sizeof(got));
    ck_assert(test.coils[0xAC]);
    test_ask(&test, false, "10 0001 0002 04 000A 0102", got, sizeof(got));
    ck_assert_uint_eq(test.holding[1], 0x000A);
    ck_assert_uint_eq(test.holding[2], 0x0102);
    test_ask(&test, false, "15 0D 06 0004 0007 0003 06AF 04BE 100D", got, sizeof(got));
    ck_assert_uint_eq(test.files[4][9], 0x100D);
}
END_TEST

// What is refused has written nothing, also when only the part that reads is wrong.
START_TEST(test_refused_writes_nothing)
{
    static const char *const requests[] = {
        "17 1000 0001 000E 0001 02 00FF",
        "17 0003 0001 1000 0001 02 00FF",
        "15 12 06 0004 0007 0001 06AF 06 0000 0007 0001 06AF",
        "10 0FFF 0002 04 000A 0102",
        "2B 10 00 00 1A 00 01 00 00 00 00",
    };
    char got[TEXT_BYTES];

    setup();
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        test_ask(&test, false, requests[i], got, sizeof(got));
        ck_assert_msg(strstr(got, " 0") && got[0] >= '9', "%s gives %s", requests[i], got);
        ck_assert_msg(test.writes == 0, "%s wrote", requests[i]);
    }
}
END_TEST

START_TEST(test_profile_limits)
{
    static const struct pair limited[] = {
        {"reads", "03 0000 0015", "83 03"},
        {"reads by 4", "04 0000 0015", "84 03"},
        {"read of 23", "17 0000 0015 0000 0001 02 0000", "97 03"},
        {"writes", "10 0000 0003 06 0000 0000 0000", "90 03"},
        {"write of 23", "17 0000 0001 0000 0003 06 0000 0000 0000", "97 03"},
        {"scattered", "64 08 04 00 0001 0002 0003", "E4 03"},
        {"writes at the limit", "10 0000 0002 04 0000 0000", "10 0000 0002"},
        {"scattered at the limit", "64 06 04 00 0001 0002", "64 06 04 00 0000 0000"},
    };
    char got[TEXT_BYTES], expected[TEXT_BYTES];

    test_store_init(&test);
    test.server.options.read_registers_max = 20;
    test.server.options.write_registers_max = 2;
    test.server.options.scattered_max = 2;
    for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
        test_ask(&test, false, limited[i].request, got, sizeof(got));
        test_spell(limited[i].reply, expected, sizeof(expected));
        ck_assert_msg(strcmp(got, expected) == 0, "%s: %s", limited[i].name, got);
    }
}
END_TEST

// The largest quantities of the standard pass, and a profile cannot raise them.
START_TEST(test_standard_limits)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX] = {0}, reply[MODBUS_PDU_BYTES_MAX];

    test_store_init(&test);
    test.server.options.read_registers_max = 1000;
    test.server.options.write_registers_max = 1000;
    test.server.options.scattered_max = 1000;
    memcpy(pdu, "\x03\x00\x00\x00\x7D", 5);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 5, reply), 252);
    memcpy(pdu, "\x03\x00\x00\x00\x7E", 5);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 5, reply), 2);
    memcpy(pdu, "\x01\x00\x00\x07\xD0", 5);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 5, reply), 252);
    memcpy(pdu, "\x10\x00\x00\x00\x7B\xF6", 6);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 252, reply), 5);
    memcpy(pdu, "\x0F\x00\x00\x07\xB0\xF6", 6);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 252, reply), 5);
    memcpy(pdu, "\x17\x00\x00\x00\x7D\x00\x00\x00\x79\xF2", 10);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 252, reply), 252);
    memset(pdu, 0, sizeof(pdu));
    memcpy(pdu, "\x64\xCA\x04\x01", 4);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 204, reply), 204);
    memcpy(pdu, "\x64\xCC\x04\x01", 4);
    ck_assert_uint_eq(modbus_serve(&test.server, false, pdu, 206, reply), 2);
}
END_TEST

// What a profile does not list, or a store has no function for, is an unknown function.
START_TEST(test_unknown_functions)
{
    static const char *const requests[] = {
        "01 0000 0001",
        "02 0000 0001",
        "03 0000 0001",
        "04 0000 0001",
        "05 0000 0000",
        "06 0000 0000",
        "0F 0000 0001",
        "10 0000 0001 02 0000",
        "11",
        "14 00",
        "15 00",
        "16 0000 0000 0000",
        "17 0000",
        "2B 0E 01 00",
        "2B 0F 00",
        "2B 10 00",
        "64 04 04 00 0000",
    };
    struct modbus_store empty = {0};
    char got[TEXT_BYTES];

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        test_store_init(&test);
        memset(&test.server.options.functions, 0, sizeof(test.server.options.functions));
        test_ask(&test, false, requests[i], got, sizeof(got));
        ck_assert_str_eq(got + 2, " 01 ");
        test_store_init(&test);
        test.server.store = &empty;
        test_ask(&test, false, requests[i], got, sizeof(got));
        ck_assert_str_eq(got + 2, " 01 ");
    }
}
END_TEST

START_TEST(test_mei_types)
{
    char got[TEXT_BYTES];

    test_store_init(&test);
    memset(&test.server.options.mei_types, 0, sizeof(test.server.options.mei_types));
    modbus_functions_add(&test.server.options.mei_types, MODBUS_MEI_GET_DATETIME);
    ck_assert_str_eq(test_ask(&test, false, "2B 0E 01 00", got, sizeof(got)), "AB 01 ");
    ck_assert_str_eq(test_ask(&test, false, "2B 0F 00", got, sizeof(got)),
                     "2B 0F 00 00 00 00 00 00 00 00 00 ");
}
END_TEST

// Serial Line V1.02 2.4.1: writing commands are carried out, nothing is ever answered.
START_TEST(test_broadcast)
{
    static const char *const writes[] = {
        "05 0001 FF00",
        "06 0001 0001",
        "0F 0001 0001 01 01",
        "10 0001 0001 02 0001",
        "16 0001 0000 0001",
        "15 09 06 0001 0001 0001 0001",
        "2B 10 00 00 1A 0C 01 00 00 00 00",
    };
    static const char *const others[] = {"03 0001 0001", "17 0001 0001 0001 0001 02 0001",
                                         "11",           "99",
                                         "2B 0E 01 00",  "10 0001 0001 02 00"};
    char got[TEXT_BYTES];

    test_store_init(&test);
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        ck_assert_str_eq(test_ask(&test, true, writes[i], got, sizeof(got)), "");
        ck_assert_msg(test.writes == i + 1, "%s was not carried out", writes[i]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        ck_assert_str_eq(test_ask(&test, true, others[i], got, sizeof(got)), "");
    ck_assert_uint_eq(test.writes, sizeof(writes) / sizeof(writes[0]));
}
END_TEST

START_TEST(test_exception_text)
{
    ck_assert_str_eq(modbus_exception_text(2), "illegal data address");
    ck_assert_str_eq(modbus_exception_text(11), "gateway target device failed to respond");
    ck_assert_str_eq(modbus_exception_text(0), "exception 0x00");
    ck_assert_str_eq(modbus_exception_text(9), "exception 0x09");
    ck_assert_str_eq(modbus_exception_text(0x7F), "exception 0x7F");
    ck_assert_str_eq(modbus_exception_text(255), "exception 0xFF");
}
END_TEST

Suite *server_suite(void)
{
    Suite *suite = suite_create("modbus server");
    TCase *tcase = tcase_create("server");

    tcase_add_loop_test(tcase, test_pdus, 0, sizeof(pairs) / sizeof(pairs[0]));
    tcase_add_test(tcase, test_writes_arrive);
    tcase_add_test(tcase, test_refused_writes_nothing);
    tcase_add_test(tcase, test_profile_limits);
    tcase_add_test(tcase, test_standard_limits);
    tcase_add_test(tcase, test_unknown_functions);
    tcase_add_test(tcase, test_mei_types);
    tcase_add_test(tcase, test_broadcast);
    tcase_add_test(tcase, test_exception_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
