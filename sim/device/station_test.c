// SPDX-License-Identifier: Apache-2.0
#include <check.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/device/station.h"

static struct yaml_document *document;
static struct diag *diag;
static struct device device;
static struct station_site site;

static int read_line(const char *line, size_t index)
{
    yaml_free(&document);
    ck_assert_int_eq(yaml_parse("site", line, strlen(line), diag, &document), 0);
    device =
        (struct device){.id = "evse[7]", .index = index, .site = yaml_root(document), .seed = 1};
    memset(&site, 0, sizeof(site));
    return device_station(&device, &site);
}

static void setup(void)
{
    diag = diag_new();
    document = NULL;
}

static void teardown(void)
{
    yaml_free(&document);
    diag_free(&diag);
}

START_TEST(each_member_has_its_own)
{
    char first[STATION_PASSWORD_ROOM];

    ck_assert_int_eq(read_line("{ocpp: {csms: office, security: 2, identity: CP$(index)-x}}", 7),
                     0);
    ck_assert_str_eq(site.csms, "office");
    ck_assert_str_eq(site.identity, "CP7-x");
    ck_assert_str_eq(site.common_name, "CP7-x");
    ck_assert_int_eq(site.security, 2);
    ck_assert_uint_eq(strlen(site.password), 40);
    ck_assert_uint_eq(strspn(site.password, "0123456789abcdef"), 40);
    memcpy(first, site.password, sizeof(first));
    device.seed = 2;
    ck_assert_int_eq(device_station(&device, &site), 0);
    ck_assert_str_ne(first, site.password);
}
END_TEST

START_TEST(what_is_written_counts)
{
    ck_assert_int_eq(read_line("{ocpp: {csms: office, password: pw-$(index)-$(index), "
                               "common_name: SN$(index)}}",
                               12),
                     0);
    ck_assert_str_eq(site.identity, "evse[7]");
    ck_assert_str_eq(site.password, "pw-12-12");
    ck_assert_str_eq(site.common_name, "SN12");
    ck_assert_int_eq(site.security, 0);
}
END_TEST

START_TEST(what_cannot_be_is_told)
{
    ck_assert_int_eq(read_line("{label: x}", 1), ERR_NOT_FOUND);
    ck_assert_int_eq(read_line("{ocpp: {csms: office, identity: "
                               "\"1234567890123456789012345678901234567890123456789\"}}",
                               1),
                     ERR_TOO_LONG);
    ck_assert_int_eq(read_line("{ocpp: {csms: office, password: "
                               "\"12345678901234567890123456789012345678901\"}}",
                               1),
                     ERR_TOO_LONG);
}
END_TEST

Suite *station_suite(void)
{
    Suite *suite = suite_create("station");
    TCase *tcase = tcase_create("station");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, each_member_has_its_own);
    tcase_add_test(tcase, what_is_written_counts);
    tcase_add_test(tcase, what_cannot_be_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
