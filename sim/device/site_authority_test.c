// SPDX-License-Identifier: Apache-2.0
// The site's authority: the same for the same seed, another with real randomness, and signatures
// that libcrypto takes.
#include "sim/device/site_authority.h"

#include <check.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "sim/base/certificate_parts.h"
#include "sim/base/err.h"
#include "sim/base/str.h"

#define DAY (INT64_C(86400) * 1000000000)
#define NOW INT64_C(1768464000000000000)

START_TEST(root_follows_from_the_seed)
{
    struct site_authority *first = site_authority_new(7, false, NOW);
    struct site_authority *second = site_authority_new(7, false, NOW);
    struct site_authority *third = site_authority_new(8, false, NOW);
    struct site_authority *real = site_authority_new(7, true, NOW);
    EVP_PKEY *keys[4];
    struct site_authority *all[] = {first, second, third, real};

    for (size_t i = 0; i < 4; i++) {
        X509 *x509 = certificate_x509(site_authority_root(all[i]));

        keys[i] = X509_get_pubkey(x509);
        ck_assert_int_eq(X509_check_ca(x509), 1);
        ck_assert_int_eq(X509_verify(x509, keys[i]), 1);
        X509_free(x509);
    }
    ck_assert_int_eq(EVP_PKEY_eq(keys[0], keys[1]), 1);
    ck_assert_int_ne(EVP_PKEY_eq(keys[0], keys[2]), 1);
    ck_assert_int_ne(EVP_PKEY_eq(keys[0], keys[3]), 1);
    for (size_t i = 0; i < 4; i++) {
        EVP_PKEY_free(keys[i]);
        site_authority_free(&all[i]);
    }
}
END_TEST

START_TEST(dates_are_the_worlds)
{
    struct site_authority *authority = site_authority_new(7, false, NOW);
    struct site_authority *late = site_authority_new(7, false, INT64_MAX - DAY);
    const struct certificate *root = site_authority_root(authority);

    ck_assert(certificate_not_before_ns(root) == NOW - DAY);
    ck_assert(certificate_not_after_ns(root) == NOW + 20 * 365 * DAY);
    ck_assert(certificate_not_after_ns(site_authority_root(late)) > INT64_MAX - DAY);
    site_authority_free(&late);
    site_authority_free(&authority);
    ck_assert_ptr_null(authority);
}
END_TEST

START_TEST(signs_and_counts)
{
    struct site_authority *authority = site_authority_new(7, false, NOW);
    struct certificate_wish wish = {
        .common_name = "CP-1", .not_before_ns = NOW, .not_after_ns = NOW + DAY};
    static const uint8_t seed[KEY_SEED_BYTES] = {3};
    struct key *key = key_derive(seed);
    struct certificate *signed_by_it = NULL;
    X509 *root = certificate_x509(site_authority_root(authority));
    EVP_PKEY *root_key = X509_get_pubkey(root);

    for (long serial = 2; serial < 5; serial++) {
        X509 *x509;

        ck_assert_int_eq(site_authority_sign(authority, &wish, key, &signed_by_it), 0);
        x509 = certificate_x509(signed_by_it);
        ck_assert_int_eq(X509_verify(x509, root_key), 1);
        ck_assert_int_eq(ASN1_INTEGER_get(X509_get0_serialNumber(x509)), serial);
        ck_assert_int_eq(X509_check_issued(root, x509), X509_V_OK);
        X509_free(x509);
        certificate_free(&signed_by_it);
    }
    wish.common_name = "";
    ck_assert_int_eq(site_authority_sign(authority, &wish, key, &signed_by_it), ERR_RANGE);
    EVP_PKEY_free(root_key);
    X509_free(root);
    key_free(&key);
    site_authority_free(&authority);
}
END_TEST

// As somebody makes one with openssl.
static void write_authority(struct str *ret_pem)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    BIO *out = BIO_new(BIO_s_mem());
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    char *text;
    long length;

    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"Mine", -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_set_pubkey(x509, pkey);
    ck_assert_int_gt(X509_sign(x509, pkey, EVP_sha256()), 0);
    ck_assert_int_eq(PEM_write_bio_PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL), 1);
    ck_assert_int_eq(PEM_write_bio_X509(out, x509), 1);
    length = BIO_get_mem_data(out, &text);
    str_add(ret_pem, text, (size_t)length);
    X509_free(x509);
    EVP_PKEY_free(pkey);
    BIO_free(out);
}

START_TEST(a_users_own_signs)
{
    struct site_authority *authority = site_authority_new(7, false, NOW);
    struct certificate_wish wish = {
        .common_name = "CP-1", .not_before_ns = NOW, .not_after_ns = NOW + DAY};
    static const uint8_t seed[KEY_SEED_BYTES] = {3};
    struct key *key = key_derive(seed);
    struct certificate *signed_by_it = NULL;
    struct str pem = {0};
    char name[CERTIFICATE_NAME_ROOM];
    EVP_PKEY *root_key;
    X509 *root, *x509;

    write_authority(&pem);
    ck_assert_int_eq(site_authority_read(authority, "nothing", 7), ERR_MALFORMED);
    ck_assert_int_eq(site_authority_read(authority, str_text(&pem), pem.length), 0);
    ck_assert_str_eq(certificate_common_name(site_authority_root(authority), name), "Mine");
    ck_assert_int_eq(site_authority_sign(authority, &wish, key, &signed_by_it), 0);
    root = certificate_x509(site_authority_root(authority));
    root_key = X509_get_pubkey(root);
    x509 = certificate_x509(signed_by_it);
    ck_assert_int_eq(X509_verify(x509, root_key), 1);
    X509_free(x509);
    EVP_PKEY_free(root_key);
    X509_free(root);
    certificate_free(&signed_by_it);
    str_done(&pem);
    key_free(&key);
    site_authority_free(&authority);
}
END_TEST

Suite *site_authority_suite(void)
{
    Suite *suite = suite_create("site_authority");
    TCase *tcase = tcase_create("site_authority");

    tcase_add_test(tcase, root_follows_from_the_seed);
    tcase_add_test(tcase, dates_are_the_worlds);
    tcase_add_test(tcase, signs_and_counts);
    tcase_add_test(tcase, a_users_own_signs);
    suite_add_tcase(suite, tcase);
    return suite;
}
