// SPDX-License-Identifier: Apache-2.0
// TLS over the virtual network: handshakes that come about and handshakes that must not, told by
// both ends.
#include "sim/edge/tls.h"

#include <check.h>
#include <string.h>

#include "sim/edge/tls_test.h"

START_TEST(both_versions)
{
    static const struct {
        enum tls_version version;
        const char *suite;
    } rows[] = {{TLS_1_0, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
                {TLS_1_1, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
                {TLS_1_2, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
                {TLS_1_3, "TLS_AES_256_GCM_SHA384"}};
    struct bed *bed = bed_new(false);

    bed->client.highest = rows[_i].version;
    bed->client.lowest = rows[_i].version;
    bed->server.lowest = TLS_1_0;
    bed->server.highest = TLS_1_3;
    bed_open(bed);
    ck_assert_int_eq(bed->left_report.version, rows[_i].version);
    ck_assert_int_eq(bed->right_report.version, rows[_i].version);
    ck_assert_str_eq(bed->left_report.suite, rows[_i].suite);
    ck_assert_str_eq(bed->right_report.suite, rows[_i].suite);
    ck_assert_str_eq(tls_report(bed->tls, bed->right->conn)->server_name, BED_NAME);
    ck_assert_uint_eq(conn_send(bed->left->conn, "question", 8), 8);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->right->story, "data:8");
    ck_assert_uint_eq(conn_send(bed->right->conn, "answer", 6), 6);
    conn_close(bed->right->conn);
    bed->right->conn = NULL;
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "data:6 end:0");
    ck_assert_mem_eq(bed->left->data, "answer", 6);
    bed_free(bed);
}
END_TEST

Suite *tls_suite(void)
{
    Suite *suite = suite_create("tls");
    TCase *tcase = tcase_create("handshake");

    tcase_add_loop_test(tcase, both_versions, 0, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
