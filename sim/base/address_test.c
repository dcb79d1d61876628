// SPDX-License-Identifier: Apache-2.0
// Addresses of both families, with and without port, both ways.
#include "sim/base/address.h"

#include <check.h>

#include "sim/base/err.h"

static const struct {
    const char *text;
    uint8_t family;
    uint16_t port;
    const char *back; // NULL: as `text`.
} good[] = {
    {"10.77.0.10", 4, 0, NULL},         {"10.77.0.10:502", 4, 502, NULL},
    {"0.0.0.0:65535", 4, 65535, NULL},  {"fd00::10", 6, 0, NULL},
    {"[fd00::10]:502", 6, 502, NULL},   {"[fd00::10]", 6, 0, "fd00::10"},
    {"FD00:0:0::10", 6, 0, "fd00::10"}, {"::", 6, 0, NULL},
    {"::ffff:1.2.3.4", 6, 0, NULL},
};

START_TEST(addresses_are_read_and_written)
{
    struct address address;
    char text[ADDRESS_TEXT_ROOM];

    ck_assert_int_eq(address_parse(good[_i].text, &address), 0);
    ck_assert_uint_eq(address.family, good[_i].family);
    ck_assert_uint_eq(address.port, good[_i].port);
    ck_assert_str_eq(address_text(&address, text), good[_i].back ? good[_i].back : good[_i].text);
}
END_TEST

static const char *const bad[] = {
    "",
    "10.77.0",
    "10.77.0.256",
    "10.77.0.1:",
    "10.77.0.1:0",
    "10.77.0.1:65536",
    "10.77.0.1:+5",
    "10.77.0.1: 5",
    "10.77.0.1:5x",
    "[fd00::1",
    "[fd00::1]x",
    "[fd00::1]:",
    "fd00:::1",
    "[10.77.0.1]:502",
    "localhost",
    "01.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9",
};

START_TEST(wrong_addresses_are_refused)
{
    struct address address = {.port = 77};

    ck_assert_int_eq(address_parse(bad[_i], &address), ERR_SYNTAX);
    ck_assert_uint_eq(address.port, 77);
}
END_TEST

static struct address parsed(const char *text)
{
    struct address address;

    ck_assert_int_eq(address_parse(text, &address), 0);
    return address;
}

static const struct {
    const char *from;
    uint32_t by;
    const char *to; // NULL: past the end.
} sums[] = {
    {"10.77.1.1:502", 0, "10.77.1.1:502"},
    {"10.77.1.1:502", 255, "10.77.2.0:502"},
    {"10.0.0.0", 0x00FFFFFF, "10.255.255.255"},
    {"255.255.255.255", 1, NULL},
    {"0.0.0.1", UINT32_MAX, NULL},
    {"fd00::ffff", 1, "fd00::1:0"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, NULL},
};

START_TEST(a_fleet_counts_on)
{
    struct address from = parsed(sums[_i].from);
    struct address sum = {.family = 0};
    char text[ADDRESS_TEXT_ROOM];

    ck_assert_int_eq(address_add(&from, sums[_i].by, &sum), sums[_i].to ? 0 : ERR_RANGE);
    ck_assert_str_eq(address_text(&sum, text), sums[_i].to ? sums[_i].to : "none");
}
END_TEST

START_TEST(comparing_and_multicast)
{
    struct address left = parsed("10.0.0.1:1");
    struct address right = parsed("10.0.0.1:2");
    struct address none = {0};

    ck_assert(address_same_ip(&left, &right));
    right = parsed("10.0.0.2:1");
    ck_assert(!address_same_ip(&left, &right));
    right = parsed("a00:1::");
    ck_assert(!address_same_ip(&left, &right));
    ck_assert_int_eq(address_add(&none, 0, &right), ERR_RANGE);
    left = parsed("239.255.255.250");
    ck_assert(address_multicast(&left));
    left = parsed("240.0.0.1");
    ck_assert(!address_multicast(&left));
    left = parsed("ff02::c");
    ck_assert(address_multicast(&left));
    left = parsed("fe80::1");
    ck_assert(!address_multicast(&left));
    ck_assert(!address_multicast(&none));
}
END_TEST

Suite *address_suite(void)
{
    Suite *suite = suite_create("address");
    TCase *forms = tcase_create("address");

    tcase_add_loop_test(forms, addresses_are_read_and_written, 0, sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(forms, wrong_addresses_are_refused, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_loop_test(forms, a_fleet_counts_on, 0, sizeof(sums) / sizeof(sums[0]));
    tcase_add_test(forms, comparing_and_multicast);
    suite_add_tcase(suite, forms);
    return suite;
}
