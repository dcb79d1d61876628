// SPDX-License-Identifier: Apache-2.0
// TLS over the virtual network: handshakes that come about, handshakes that must not, told by both
// ends, and what a server does wrong on purpose.
#include "sim/edge/tls.h"

#include <check.h>
#include <string.h>

#include "sim/edge/tls_bed_test.h"

START_TEST(every_version)
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
    ck_assert_uint_gt(bed->clock_asked, 0);
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

// A server with both kinds shows what the client can read.
START_TEST(key_kinds)
{
    static const char *const suites[] = {"ECDHE-RSA-AES128-GCM-SHA256",
                                         "ECDHE-ECDSA-AES128-GCM-SHA256"};
    struct bed *bed = bed_new(true);
    char name[CERTIFICATE_NAME_ROOM];

    for (size_t i = 0; i < 2; i++) {
        bed->client.suites = suites[i];
        bed_open(bed);
        ck_assert_int_eq(strstr(bed->left_report.suite, "ECDHE_RSA") != NULL, i == 0);
        ck_assert_str_eq(certificate_common_name(tls_report(bed->tls, bed->left->conn)->peer, name),
                         "Server");
        conn_reset(bed->left->conn);
        bed->left->conn = NULL;
        net_settle(&bed->world);
        ck_assert_str_eq(bed->right->story, "end:RESET");
        bed->right->story[0] = '\0';
    }
    bed_free(bed);
}
END_TEST

START_TEST(client_certificate)
{
    struct bed *bed = bed_new(false);
    char name[CERTIFICATE_NAME_ROOM], first[65], second[65];

    bed->server.highest = _i ? TLS_1_3 : TLS_1_2;
    bed->client.highest = bed->server.highest;
    bed->server.authorities = bed->roots;
    bed->server.authorities_count = 1;
    bed->client.identities = &bed->client_id;
    bed->client.identities_count = 1;
    bed_open(bed);
    ck_assert_str_eq(certificate_common_name(bed->right_report.peer, name), "CP-1");
    ck_assert_str_eq(certificate_fingerprint(bed->right_report.peer, first),
                     certificate_fingerprint(bed->certificates[3], second));
    bed_free(bed);
}
END_TEST

// ---- What must not come about ---------------------------------------------------------

// Dials; both ends have to end, the failing one with ERR_REFUSED, and no byte gets through.
static void refused(struct bed *bed, enum tls_failure left, enum tls_failure right)
{
    bed_dial(bed);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "end:REFUSED");
    ck_assert_str_eq(bed->right->story, "end:REFUSED");
    ck_assert_int_eq(bed->left_report.failure, left);
    ck_assert_int_eq(bed->right_report.failure, right);
    ck_assert_uint_gt(strlen(bed->left_report.text), 10);
    ck_assert_uint_gt(strlen(bed->right_report.text), 10);
    bed->left->story[0] = bed->right->story[0] = '\0';
}

START_TEST(wrong_name)
{
    struct bed *bed = bed_new(false);

    bed->client.peer_name = "other.example";
    refused(bed, TLS_FAILED_NAME, TLS_FAILED_ALERT);
    ck_assert_uint_gt(bed->right_report.alert, 0);
    bed->client.peer_name = "10.0.0.3";
    refused(bed, TLS_FAILED_NAME, TLS_FAILED_ALERT);
    bed_free(bed);
}
END_TEST

START_TEST(right_names)
{
    static const char *const names[] = {BED_NAME, "10.0.0.2", "Server", NULL};
    struct bed *bed = bed_new(false);

    bed->client.peer_name = names[_i];
    bed_open(bed);
    if (_i == 0)
        ck_assert_str_eq(tls_report(bed->tls, bed->right->conn)->server_name, BED_NAME);
    if (_i == 1)
        ck_assert_ptr_null(tls_report(bed->tls, bed->right->conn)->server_name);
    bed_free(bed);
}
END_TEST

// The clock that judges is the holder's, not the host's.
START_TEST(out_of_date)
{
    struct bed *bed = bed_new(false);

    bed->utc_shift_ns = 366 * BED_DAY;
    refused(bed, TLS_FAILED_EXPIRED, TLS_FAILED_ALERT);
    ck_assert_int_eq(bed->right_report.alert, 45); // certificate_expired
    bed->utc_shift_ns = -2 * BED_DAY;
    refused(bed, TLS_FAILED_EXPIRED, TLS_FAILED_ALERT);
    bed->utc_shift_ns = 364 * BED_DAY;
    bed_open(bed);
    bed_free(bed);
}
END_TEST

START_TEST(untrusted)
{
    struct bed *bed = bed_new(false);
    const struct certificate *others[] = {bed->certificates[3]};

    bed->client.authorities = others;
    refused(bed, TLS_FAILED_UNTRUSTED, TLS_FAILED_ALERT);
    ck_assert_int_eq(bed->right_report.alert, 48); // unknown_ca
    bed->client.authorities_count = 0;             // A browser that was told to go on.
    bed->client.peer_name = NULL;
    bed_open(bed);
    bed_free(bed);
}
END_TEST

// Who trusts one certificate alone need not know its authority.
START_TEST(pinned)
{
    struct bed *bed = bed_new(false);
    const struct certificate *pins[] = {bed->certificates[1]};

    bed->client.authorities = pins;
    bed_open(bed);
    bed_free(bed);
}
END_TEST

// Whoever would speak an old version too still takes no certificate that is signed with SHA-1.
START_TEST(sha1_with_old_versions)
{
    struct bed *bed = bed_new(false);

    bed->client.lowest = TLS_1_1;
    bed->server.faults = TLS_SHA1;
    bed_dial(bed);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "end:REFUSED");
    ck_assert_int_eq(bed->left_report.failure, TLS_FAILED_UNTRUSTED);
    bed_free(bed);
}
END_TEST

// A station's certificate signs nobody (RFC 5280 4.2.1.9), shown with its chain or not.
START_TEST(signed_by_an_end_entity)
{
    struct bed *bed = bed_new(false);
    uint8_t seed[KEY_SEED_BYTES] = {77};
    struct key *key = key_derive(seed);
    struct certificate *forged;
    const struct certificate *chain[] = {bed->certificates[3]};
    struct certificate_wish wish = {.common_name = BED_NAME,
                                    .not_before_ns = core_utc_ns(bed->world.core) - BED_DAY,
                                    .not_after_ns = core_utc_ns(bed->world.core) + BED_DAY,
                                    .serial = 99};

    ck_assert_int_eq(certificate_make(&wish, key, bed->certificates[3], bed->keys[3], &forged), 0);
    bed->server_ids[0] = (struct identity){
        .key = key, .certificate = forged, .chain = chain, .chain_count = _i ? 1 : 0};
    refused(bed, TLS_FAILED_UNTRUSTED, TLS_FAILED_ALERT);
    bed_free(bed);
    certificate_free(&forged);
    key_free(&key);
}
END_TEST

START_TEST(no_client_certificate)
{
    struct bed *bed = bed_new(false);

    bed->server.authorities = bed->roots;
    bed->server.authorities_count = 1;
    refused(bed, TLS_FAILED_ALERT, TLS_FAILED_NO_CERTIFICATE);
    bed_free(bed);
}
END_TEST

// In TLS 1.3 the client has opened by then (RFC 8446 4.4.2.4).
START_TEST(no_client_certificate_in_1_3)
{
    struct bed *bed = bed_new(false);

    bed->server.authorities = bed->roots;
    bed->server.authorities_count = 1;
    bed->server.highest = bed->client.highest = TLS_1_3;
    bed_dial(bed);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "open end:RESET");
    ck_assert_str_eq(bed->right->story, "end:REFUSED");
    ck_assert_int_eq(bed->right_report.failure, TLS_FAILED_NO_CERTIFICATE);
    ck_assert_int_eq(bed->left_report.failure, TLS_FAILED_ALERT);
    ck_assert_int_eq(bed->left_report.alert, 116);
    bed_free(bed);
}
END_TEST

START_TEST(no_version_in_common)
{
    struct bed *bed = bed_new(false);

    bed->client.lowest = TLS_1_0;
    bed->client.highest = TLS_1_1;
    refused(bed, TLS_FAILED_VERSION, TLS_FAILED_VERSION);
    ck_assert_int_eq(bed->left_report.alert, 70);
    bed->client.lowest = bed->client.highest = TLS_1_3;
    refused(bed, TLS_FAILED_VERSION, TLS_FAILED_VERSION);
    bed_free(bed);
}
END_TEST

START_TEST(no_suite_in_common)
{
    struct bed *bed = bed_new(false);

    bed->client.suites = "ECDHE-RSA-AES128-GCM-SHA256"; // The server has no RSA key.
    refused(bed, TLS_FAILED_ALERT, TLS_FAILED_SUITE);
    ck_assert_int_eq(bed->left_report.alert, 40);
    bed_free(bed);
}
END_TEST

START_TEST(options_that_contradict)
{
    struct bed *bed = bed_new(false);
    struct net_pair pair = net_pair_new();
    struct conn *below = pair.client->conn;
    struct conn *conn = NULL;
    struct tls_options options = bed->client;

    options.lowest = TLS_1_3;
    ck_assert_int_eq(tls_wrap(bed->tls, below, &options, &net_events, NULL, &conn), ERR_RANGE);
    options = bed->client;
    options.suites = "NO-SUCH-SUITE";
    ck_assert_int_eq(tls_wrap(bed->tls, below, &options, &net_events, NULL, &conn), ERR_RANGE);
    options = bed->client;
    options.utc_ns = NULL;
    ck_assert_int_eq(tls_wrap(bed->tls, below, &options, &net_events, NULL, &conn), ERR_RANGE);
    options = bed->client;
    options.faults = TLS_STALL;
    ck_assert_int_eq(tls_wrap(bed->tls, below, &options, &net_events, NULL, &conn), ERR_RANGE);
    options = bed->server;
    options.identities_count = 0;
    ck_assert_int_eq(tls_wrap(bed->tls, below, &options, &net_events, NULL, &conn), ERR_RANGE);
    ck_assert_ptr_null(conn);
    ck_assert_uint_eq(conn_send(below, "still ours", 10), 10);
    net_pair_free(&pair);
    bed_free(bed);
}
END_TEST

// ---- Faults on purpose ----------------------------------------------------------------

START_TEST(faulty_certificates)
{
    static const struct {
        unsigned fault;
        enum tls_failure failure;
    } rows[] = {{TLS_EXPIRED, TLS_FAILED_EXPIRED}, {TLS_NOT_YET_VALID, TLS_FAILED_EXPIRED},
                {TLS_WRONG_NAME, TLS_FAILED_NAME}, {TLS_FOREIGN_CA, TLS_FAILED_UNTRUSTED},
                {TLS_SHA1, TLS_FAILED_UNTRUSTED},  {TLS_OLD_VERSION, TLS_FAILED_ALERT},
                {TLS_WEAK_SUITE, TLS_FAILED_ALERT}};
    struct bed *bed = bed_new(false);
    bool suites = rows[_i].fault & (TLS_OLD_VERSION | TLS_WEAK_SUITE);
    enum tls_failure right = suites ? TLS_FAILED_SUITE : TLS_FAILED_ALERT;

    bed->server.faults = rows[_i].fault;
    refused(bed, rows[_i].failure, right);
    // A client that does not look comes in all the same.
    bed->client.authorities_count = 0;
    bed->client.lowest = TLS_1_0;
    bed->client.suites = "ALL:@SECLEVEL=0";
    bed_open(bed);
    if (rows[_i].fault == TLS_OLD_VERSION)
        ck_assert_int_eq(bed->left_report.version, TLS_1_1);
    if (rows[_i].fault == TLS_WEAK_SUITE)
        ck_assert_ptr_nonnull(strstr(bed->left_report.suite, "_CBC_SHA"));
    bed_free(bed);
}
END_TEST

// GCM came with TLS 1.2; who offers older suites too hears of the version, not of them.
START_TEST(old_version)
{
    struct bed *bed = bed_new(false);

    bed->server.faults = TLS_OLD_VERSION;
    bed->client.suites = "ECDHE+AES";
    refused(bed, TLS_FAILED_VERSION, TLS_FAILED_VERSION);
    bed_free(bed);
}
END_TEST

// What begins tomorrow does so for as long as the fault is on.
START_TEST(tomorrow_does_not_come)
{
    struct bed *bed = bed_new(false);

    bed->server.faults = TLS_NOT_YET_VALID;
    refused(bed, TLS_FAILED_EXPIRED, TLS_FAILED_ALERT);
    net_run_for(&bed->world, 2 * BED_DAY);
    refused(bed, TLS_FAILED_EXPIRED, TLS_FAILED_ALERT);
    bed->server.faults = 0;
    bed_open(bed);
    bed_free(bed);
}
END_TEST

START_TEST(alert_instead_of_an_answer)
{
    struct bed *bed = bed_new(false);

    bed->server.faults = TLS_ALERT;
    refused(bed, TLS_FAILED_ALERT, TLS_FAILED_PROTOCOL);
    ck_assert_int_eq(bed->left_report.alert, 80); // internal_error
    bed_free(bed);
}
END_TEST

START_TEST(stall)
{
    struct bed *bed = bed_new(false);

    bed->server.faults = TLS_STALL;
    bed_dial(bed);
    net_run_for(&bed->world, 3600 * SIM_NS_PER_S);
    ck_assert_str_eq(bed->left->story, "");
    ck_assert_str_eq(bed->right->story, "");
    conn_close(bed->left->conn);
    bed->left->conn = NULL;
    net_settle(&bed->world);
    ck_assert_str_eq(bed->right->story, "end:REFUSED");
    bed_free(bed);
}
END_TEST

START_TEST(truncate)
{
    struct bed *bed = bed_new(false);

    bed->server.faults = TLS_TRUNCATE;
    bed_open(bed);
    conn_send(bed->left->conn, "?", 1);
    net_settle(&bed->world);
    conn_send(bed->right->conn, "half an", 7);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "data:7 end:RESET");
    ck_assert_str_eq(bed->right->story, "data:1 end:RESET");
    bed_free(bed);
}
END_TEST

// Our own client does not renegotiate: it says so, and OpenSSL's server gives up.
START_TEST(renegotiate)
{
    struct bed *bed = bed_new(false);

    bed->server.faults = TLS_RENEGOTIATE;
    bed->client.highest = TLS_1_3;
    bed_open(bed);
    ck_assert_int_eq(bed->left_report.version, TLS_1_2);
    conn_send(bed->right->conn, "answer", 6);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "data:6 end:RESET");
    ck_assert_str_eq(bed->right->story, "end:RESET");
    ck_assert_int_eq(bed->right_report.failure, TLS_FAILED_PROTOCOL);
    bed_free(bed);
}
END_TEST

Suite *tls_suite(void)
{
    Suite *suite = suite_create("tls");
    TCase *good = tcase_create("handshake");
    TCase *bad = tcase_create("refused");
    TCase *faults = tcase_create("faults");

    tcase_add_loop_test(good, every_version, 0, 4);
    tcase_add_test(good, key_kinds);
    tcase_add_loop_test(good, client_certificate, 0, 2);
    tcase_add_loop_test(good, right_names, 0, 4);
    tcase_add_test(good, pinned);
    tcase_set_timeout(good, 60);
    tcase_set_timeout(bad, 60);
    tcase_set_timeout(faults, 60);
    suite_add_tcase(suite, good);
    tcase_add_test(bad, wrong_name);
    tcase_add_test(bad, out_of_date);
    tcase_add_test(bad, untrusted);
    tcase_add_test(bad, sha1_with_old_versions);
    tcase_add_loop_test(bad, signed_by_an_end_entity, 0, 2);
    tcase_add_test(bad, no_client_certificate);
    tcase_add_test(bad, no_client_certificate_in_1_3);
    tcase_add_test(bad, no_version_in_common);
    tcase_add_test(bad, no_suite_in_common);
    tcase_add_test(bad, options_that_contradict);
    suite_add_tcase(suite, bad);
    tcase_add_loop_test(faults, faulty_certificates, 0, 7);
    tcase_add_test(faults, old_version);
    tcase_add_test(faults, tomorrow_does_not_come);
    tcase_add_test(faults, alert_instead_of_an_answer);
    tcase_add_test(faults, stall);
    tcase_add_test(faults, truncate);
    tcase_add_test(faults, renegotiate);
    suite_add_tcase(suite, faults);
    return suite;
}
