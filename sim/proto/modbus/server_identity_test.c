// SPDX-License-Identifier: Apache-2.0
// Function 43/14: levels, single objects, and streams that need several replies (Modbus Application
// Protocol V1.1b3, 6.21).
#include <check.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/client_pdu.h"
#include "sim/proto/modbus/test_store.h"

enum { TEXT_BYTES = 1024 };

static struct test_store test;

static const struct test_object objects[] = {
    {0x00, "V"}, {0x01, "P"}, {0x02, "1"}, {0x04, "N"}, {0x06, "U"}, {0x80, "X"}, {0xFF, "Z"},
};

static void setup(void)
{
    test_store_init(&test);
    memcpy(test.objects, objects, sizeof(objects));
}

struct row {
    uint8_t level;
    const char *request, *reply;
};

static const struct row rows[] = {
    {0x83, "2B 0E 01 00", "2B 0E 01 83 00 00 03 0001'V' 0101'P' 0201'1'"},
    {0x83, "2B 0E 02 00", "2B 0E 02 83 00 00 05 0001'V' 0101'P' 0201'1' 0401'N' 0601'U'"},
    {0x83, "2B 0E 03 00",
     "2B 0E 03 83 00 00 07 0001'V' 0101'P' 0201'1' 0401'N' 0601'U' 8001'X' FF01'Z'"},
    // A stream goes on at the object asked for.
    {0x83, "2B 0E 02 04", "2B 0E 02 83 00 00 02 0401'N' 0601'U'"},
    {0x83, "2B 0E 03 FF", "2B 0E 03 83 00 00 01 FF01'Z'"},
    // An unknown object, or one past the level, starts it anew.
    {0x83, "2B 0E 02 03", "2B 0E 02 83 00 00 05 0001'V' 0101'P' 0201'1' 0401'N' 0601'U'"},
    {0x83, "2B 0E 01 04", "2B 0E 01 83 00 00 03 0001'V' 0101'P' 0201'1'"},
    // A device asked for more than its conformity answers what it has.
    {0x01, "2B 0E 03 00", "2B 0E 03 01 00 00 03 0001'V' 0101'P' 0201'1'"},
    {0x82, "2B 0E 03 80", "2B 0E 03 82 00 00 05 0001'V' 0101'P' 0201'1' 0401'N' 0601'U'"},
    {0x81, "2B 0E 04 04", "2B 0E 04 81 00 00 01 0401'N'"},
    {0x83, "2B 0E 04 FF", "2B 0E 04 83 00 00 01 FF01'Z'"},
    {0x83, "2B 0E 04 03", "AB 02"},
    {0x03, "2B 0E 04 00", "AB 03"},
    {0x83, "2B 0E 00 00", "AB 03"},
    {0x83, "2B 0E 05 00", "AB 03"},
    {0x83, "2B 0E 01", "AB 03"},
    {0x83, "2B 0E 01 00 00", "AB 03"},
    {0x83, "2B 0E", "AB 03"},
    {0x00, "2B 0E 01 00", "AB 01"},
};

START_TEST(test_levels)
{
    char got[TEXT_BYTES], expected[TEXT_BYTES];

    test.server.options.identity_level = rows[_i].level;
    test_ask(&test, false, rows[_i].request, got, sizeof(got));
    test_spell(rows[_i].reply, expected, sizeof(expected));
    ck_assert_msg(strcmp(got, expected) == 0, "level %02X: %s gives %s", rows[_i].level,
                  rows[_i].request, got);
}
END_TEST

// Follows MoreFollows to the end; returns how many replies it took.
static unsigned read_all(uint8_t code, uint8_t *ret_ids, size_t *ret_count, size_t *ret_bytes)
{
    struct modbus_identification got = {.more = true};
    unsigned replies = 0;

    *ret_count = *ret_bytes = 0;
    for (uint8_t id = 0; got.more; id = got.next_id, replies++) {
        uint8_t request[MODBUS_PDU_BYTES_MAX], reply[MODBUS_PDU_BYTES_MAX];
        size_t length = modbus_encode_identification(code, id, request);
        struct modbus_object object;

        length = modbus_serve(&test.server, false, request, length, reply);
        ck_assert_int_eq(modbus_decode_identification(code, reply, length, &got), 0);
        ck_assert_uint_gt(got.count, 0);
        ck_assert(got.more || got.next_id == 0);
        while (modbus_next_object(&got, &object)) {
            ret_ids[(*ret_count)++] = object.id;
            *ret_bytes += object.length;
        }
        ck_assert_uint_lt(replies, 256);
    }
    return replies;
}

START_TEST(test_more_follows)
{
    static char text[101];
    uint8_t ids[256];
    size_t count, bytes;

    memset(text, 'a', 100);
    for (int i = 0; i < 7; i++)
        test.objects[i].text = text;
    // Two objects of 102 bytes fit the 246 there are.
    ck_assert_uint_eq(read_all(3, ids, &count, &bytes), 4);
    ck_assert_uint_eq(count, 7);
    ck_assert_uint_eq(bytes, 700);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(ids[i], objects[i].id);
    ck_assert_uint_eq(read_all(1, ids, &count, &bytes), 2);
    ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(test_longest_object)
{
    static char text[246];
    uint8_t ids[256];
    size_t count, bytes;

    memset(text, 'a', 245);
    test.objects[0].text = test.objects[1].text = text;
    ck_assert_uint_eq(read_all(1, ids, &count, &bytes), 3);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(bytes, 244 + 244 + 1);
}
END_TEST

Suite *server_identity_suite(void)
{
    Suite *suite = suite_create("modbus identification");
    TCase *tcase = tcase_create("identity");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_loop_test(tcase, test_levels, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tcase, test_more_follows);
    tcase_add_test(tcase, test_longest_object);
    suite_add_tcase(suite, tcase);
    return suite;
}
