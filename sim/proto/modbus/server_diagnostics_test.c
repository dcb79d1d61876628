// SPDX-License-Identifier: Apache-2.0
// Function 8 as sequences of PDUs: Modbus Application Protocol V1.1b3, 6.8; the counters by Serial
// Line V1.02, 6.1.1.
#include <check.h>

#include "sim/proto/modbus/test_store.h"

enum { TEXT_BYTES = 1024 };

static struct test_store test;
static unsigned restarts, cleared;

static void on_restart(void *user, bool clear)
{
    ck_assert_ptr_eq(user, &test);
    restarts++;
    cleared += clear;
}

static void setup(void)
{
    restarts = cleared = 0;
    test_store_init(&test);
    test.server.diagnostics.serial = true;
    test.server.on_restart = on_restart;
}

// A '!' before a request sends it to everybody; an empty reply is silence.
struct step {
    const char *request, *reply;
};

static void play(const struct step *steps, size_t count)
{
    char got[TEXT_BYTES], expected[TEXT_BYTES];

    for (size_t i = 0; i < count; i++) {
        bool broadcast = steps[i].request[0] == '!';

        test_ask(&test, broadcast, steps[i].request + broadcast, got, sizeof(got));
        test_spell(steps[i].reply, expected, sizeof(expected));
        ck_assert_msg(strcmp(got, expected) == 0, "step %zu: %s gives %s, not %s", i,
                      steps[i].request, got, expected);
    }
}

#define PLAY(...)                                                                                  \
    play((const struct step[]){__VA_ARGS__},                                                       \
         sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

START_TEST(test_echo)
{
    PLAY({"08 0000 A537", "08 0000 A537"}, {"08 0000 A537 1234 5678", "08 0000 A537 1234 5678"},
         {"08 0000", "88 03"}, {"08 0000 A5", "88 03"}, {"08 00", "88 03"}, {"08", "88 03"});
}
END_TEST

START_TEST(test_legal_data)
{
    PLAY({"08 0002 0001", "88 03"}, {"08 000A 0001", "88 03"}, {"08 000B FF00", "88 03"},
         {"08 0004 FF00", "88 03"}, {"08 0014 0001", "88 03"}, {"08 0001 0001", "88 03"},
         {"08 0003 0A00", "08 0003 0A00"}, {"08 0003 0A01", "88 03"}, {"08 000B", "88 03"},
         {"08 000B 0000 0000", "88 03"}, {"08 0002 0000", "08 0002 0000"});
}
END_TEST

START_TEST(test_unknown_sub_functions)
{
    PLAY({"08 0005 0000", "88 01"}, {"08 0009 0000", "88 01"}, {"08 0013 0000", "88 01"},
         {"08 0015 0000", "88 01"}, {"08 FFFF 0000", "88 01"});
}
END_TEST

// 0B and 0C belong to the port (server_rtu_test.c); here is what the messages themselves count.
START_TEST(test_counters)
{
    PLAY({"03 0000 0001", "03 02 0000"}, {"03 1000 0001", "83 02"}, {"03 0F01 0001", "83 06"},
         {"!06 0000 0001", ""}, {"!06 1000 0001", ""}, {"08 000E 0000", "08 000E 0006"},
         {"08 000D 0000", "08 000D 0003"}, {"08 000F 0000", "08 000F 0002"},
         {"08 0010 0000", "08 0010 0000"}, {"08 0011 0000", "08 0011 0001"});
    test.server.diagnostics.bus_messages = 0x1234;
    test.server.diagnostics.bus_errors = 7;
    test.server.diagnostics.overruns = 9;
    test.server.diagnostics.diagnostic_register = 0xBEEF;
    PLAY({"08 000B 0000", "08 000B 1234"}, {"08 000C 0000", "08 000C 0007"},
         {"08 0012 0000", "08 0012 0009"}, {"08 0002 0000", "08 0002 BEEF"},
         {"08 0014 0000", "08 0014 0000"}, {"08 0012 0000", "08 0012 0000"},
         {"08 000A 0000", "08 000A 0000"}, {"08 000B 0000", "08 000B 0000"},
         {"08 000D 0000", "08 000D 0000"}, {"08 0002 0000", "08 0002 0000"},
         {"08 000E 0000", "08 000E 0004"});
}
END_TEST

START_TEST(test_counters_wrap)
{
    test.server.diagnostics.server_messages = 0xFFFF;
    PLAY({"08 000E 0000", "08 000E 0000"});
}
END_TEST

START_TEST(test_listen_only)
{
    PLAY({"08 0004 0000", ""}, {"03 0000 0001", ""}, {"06 0000 0001", ""}, {"08 0000 A537", ""},
         {"!06 0000 0001", ""}, {"08 0001 0001", ""});
    ck_assert_uint_eq(test.writes, 0);
    ck_assert_uint_eq(test.server.diagnostics.server_messages, 6);
    ck_assert_uint_eq(test.server.diagnostics.no_response, 6);
    // Only a restart leads out, and it is not answered.
    PLAY({"08 0001 0000", ""}, {"03 0000 0001", "03 02 0000"}, {"08 000E 0000", "08 000E 0002"});
    ck_assert_uint_eq(restarts, 1);
    ck_assert_uint_eq(cleared, 0);
}
END_TEST

START_TEST(test_restart)
{
    PLAY({"03 1000 0001", "83 02"}, {"08 0001 FF00", "08 0001 FF00"},
         {"08 000D 0000", "08 000D 0000"}, {"08 000E 0000", "08 000E 0002"});
    ck_assert_uint_eq(restarts, 1);
    ck_assert_uint_eq(cleared, 1);
    test.server.on_restart = NULL;
    PLAY({"08 0001 0000", "08 0001 0000"});
    ck_assert(test.server.diagnostics.serial);
}
END_TEST

// Off a serial line function 8 is unknown and nothing is counted.
START_TEST(test_not_serial)
{
    test.server.diagnostics.serial = false;
    PLAY({"08 0004 0000", "88 01"}, {"03 1000 0001", "83 02"}, {"!06 0000 0001", ""});
    ck_assert_uint_eq(test.server.diagnostics.server_messages, 0);
    ck_assert_uint_eq(test.server.diagnostics.exceptions, 0);
    ck_assert_uint_eq(test.server.diagnostics.no_response, 0);
}
END_TEST

Suite *server_diagnostics_suite(void)
{
    Suite *suite = suite_create("modbus diagnostics");
    TCase *tcase = tcase_create("diagnostics");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_echo);
    tcase_add_test(tcase, test_legal_data);
    tcase_add_test(tcase, test_unknown_sub_functions);
    tcase_add_test(tcase, test_counters);
    tcase_add_test(tcase, test_counters_wrap);
    tcase_add_test(tcase, test_listen_only);
    tcase_add_test(tcase, test_restart);
    tcase_add_test(tcase, test_not_serial);
    suite_add_tcase(suite, tcase);
    return suite;
}
