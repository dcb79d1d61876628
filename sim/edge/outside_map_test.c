// SPDX-License-Identifier: Apache-2.0
// Addresses of the three modes, and what a user is told.
#include "sim/edge/outside_map.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

static const struct {
    enum outside_mode mode;
    uint16_t offset;
    size_t index;
    const char *at;
    const char *real; // NULL: none.
    int error;
} maps[] = {
    {OUTSIDE_LOOPBACK, 0, 9, "10.77.0.10:502", "127.77.0.10:502", 0},
    {OUTSIDE_LOOPBACK, 10000, 9, "192.168.1.2:502", "127.168.1.2:10502", 0},
    {OUTSIDE_LOOPBACK, 0, 9, "127.1.2.3:80", "127.1.2.3:80", 0},
    {OUTSIDE_LOOPBACK, 0, 9, "[fd00::1]:80", NULL, ERR_UNSUPPORTED},
    {OUTSIDE_LOOPBACK, 65034, 9, "10.77.0.10:502", NULL, ERR_RANGE},
    {OUTSIDE_LOOPBACK, 65033, 9, "10.77.0.10:502", "127.77.0.10:65535", 0},
    {OUTSIDE_ANYIP, 0, 9, "10.77.0.10:502", "10.77.0.10:502", 0},
    {OUTSIDE_ANYIP, 1000, 9, "[fd00::1]:80", "[fd00::1]:1080", 0},
    {OUTSIDE_PORTS, 0, 9, "10.77.0.10:502", "127.0.0.1:20009", 0},
    {OUTSIDE_PORTS, 100, 0, "[fd00::1]:80", "127.0.0.1:20100", 0},
    {OUTSIDE_PORTS, 0, 45535, "10.77.0.10:502", "127.0.0.1:65535", 0},
    {OUTSIDE_PORTS, 0, 45536, "10.77.0.10:502", NULL, ERR_RANGE},
    {OUTSIDE_PORTS, 0, OUTSIDE_DOORS_MAX, "10.77.0.10:502", NULL, ERR_RANGE},
};

START_TEST(every_mode_has_its_addresses)
{
    struct outside_options options = {.mode = maps[_i].mode,
                                      .at = {.family = 4, .ip = {127, 0, 0, 1}},
                                      .port_base = OUTSIDE_PORT_BASE,
                                      .port_offset = maps[_i].offset};
    struct address at;
    struct address real = {.port = 77};
    char text[ADDRESS_TEXT_ROOM];

    ck_assert_int_eq(address_parse(maps[_i].at, &at), 0);
    ck_assert_int_eq(outside_map(&options, maps[_i].index, &at, &real), maps[_i].error);
    if (maps[_i].real)
        ck_assert_str_eq(address_text(&real, text), maps[_i].real);
    else
        ck_assert_uint_eq(real.port, 77); // Untouched.
}
END_TEST

static const struct {
    enum outside_mode mode;
    int error;
    const char *taken_by;
    const char *real;
    const char *text;
} hints[] = {
    {OUTSIDE_LOOPBACK, -EACCES, NULL, "127.77.0.10:502",
     "cannot open 127.77.0.10:502 for modbus of gw: Permission denied; ports below 1024 need "
     "rights: try --port-offset 10000"},
    {OUTSIDE_ANYIP, ERR_NOT_FOUND, NULL, "10.77.0.10:502",
     "cannot open 10.77.0.10:502 for modbus of gw: this computer has no such address; first run: "
     "ip route add local "
     "10.77.0.0/16 dev lo"},
    {OUTSIDE_ANYIP, ERR_NOT_FOUND, NULL, "[fd00:1:2:3::4]:502",
     "cannot open [fd00:1:2:3::4]:502 for modbus of gw: this computer has no such address; first "
     "run: ip -6 route add "
     "local fd00:1:2:3::/64 dev lo"},
    {OUTSIDE_LOOPBACK, ERR_EXISTS, NULL, "127.77.0.10:502",
     "cannot open 127.77.0.10:502 for modbus of gw: the address is taken; another program listens "
     "there: "
     "stop it, or try --port-offset 10000"},
    {OUTSIDE_LOOPBACK, ERR_EXISTS, "q1", "127.77.0.10:502",
     "cannot open 127.77.0.10:502 for modbus of gw: the address is taken; q1 has that address: "
     "networks "
     "that differ in their first number only need mode ports or anyip"},
    {OUTSIDE_PORTS, ERR_TOO_MANY, NULL, "127.0.0.1:20000",
     "cannot open 127.0.0.1:20000 for modbus of gw: too many; raise the limit of descriptors: "
     "ulimit -n"},
};

START_TEST(a_refusal_names_what_helps)
{
    struct outside_options options = {.mode = hints[_i].mode};
    struct outside_row row = {.service = "modbus", .device = "gw", .error = hints[_i].error};
    struct str text = {0};

    ck_assert_int_eq(address_parse(hints[_i].real, &row.real), 0);
    outside_explain(&options, &row, hints[_i].taken_by, &text);
    ck_assert_str_eq(str_text(&text), hints[_i].text);
    str_done(&text);
}
END_TEST

START_TEST(services_have_their_names)
{
    ck_assert_str_eq(outside_service_name(VNET_TCP, 502), "modbus");
    ck_assert_str_eq(outside_service_name(VNET_TCP, 443), "https");
    ck_assert_str_eq(outside_service_name(VNET_UDP, 161), "snmp");
    ck_assert_str_eq(outside_service_name(VNET_TCP, 161), "tcp");
    ck_assert_str_eq(outside_service_name(VNET_UDP, 4711), "udp");
}
END_TEST

Suite *outside_map_suite(void)
{
    Suite *suite = suite_create("outside_map");
    TCase *map = tcase_create("map");

    tcase_add_loop_test(map, every_mode_has_its_addresses, 0, sizeof(maps) / sizeof(maps[0]));
    tcase_add_loop_test(map, a_refusal_names_what_helps, 0, sizeof(hints) / sizeof(hints[0]));
    tcase_add_test(map, services_have_their_names);
    suite_add_tcase(suite, map);
    return suite;
}
