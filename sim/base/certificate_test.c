// SPDX-License-Identifier: Apache-2.0
// Keys and certificates, judged by libcrypto's own chain building, which nothing here wrote.
#include "sim/base/certificate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "sim/base/certificate_parts.h"
#include "sim/base/err.h"

#define DAY (INT64_C(86400) * 1000000000)
#define NOW INT64_C(1768464000000000000)

static const uint8_t seed_root[KEY_SEED_BYTES] = {1};
static const uint8_t seed_leaf[KEY_SEED_BYTES] = {2};

static const char *const leaf_names[] = {"csms.example", "10.0.0.2", "fd00::2"};

static struct certificate_wish wish_of(const char *name, bool authority)
{
    return (struct certificate_wish){.common_name = name,
                                     .organization = "Example & Söhne",
                                     .names = leaf_names,
                                     .names_count = authority ? 0 : 3,
                                     .not_before_ns = NOW - DAY,
                                     .not_after_ns = NOW + 365 * DAY,
                                     .serial = UINT64_C(0xfedcba9876543210),
                                     .authority = authority};
}

struct pki {
    struct key *root_key, *leaf_key;
    struct certificate *root, *leaf;
};

static struct pki pki_new(void)
{
    struct certificate_wish root = wish_of("Root", true);
    struct certificate_wish leaf = wish_of("CP-1", false);
    struct pki pki = {.root_key = key_derive(seed_root), .leaf_key = key_derive(seed_leaf)};

    ck_assert_int_eq(certificate_make(&root, pki.root_key, NULL, NULL, &pki.root), 0);
    ck_assert_int_eq(certificate_make(&leaf, pki.leaf_key, pki.root, pki.root_key, &pki.leaf), 0);
    return pki;
}

static void pki_free(struct pki *pki)
{
    certificate_free(&pki->leaf);
    certificate_free(&pki->root);
    key_free(&pki->leaf_key);
    key_free(&pki->root_key);
}

// What X509_verify_cert() says of `leaf` under `root` at a moment, at OpenSSL's level 2.
static int verdict(const struct certificate *root, const struct certificate *leaf, int64_t at_ns)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509 *trusted = certificate_x509(root);
    X509 *x509 = certificate_x509(leaf);
    int error;

    X509_STORE_add_cert(store, trusted);
    ck_assert_int_eq(X509_STORE_CTX_init(context, store, x509, NULL), 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), (time_t)(at_ns / 1000000000));
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), 2);
    X509_verify_cert(context);
    error = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_free(x509);
    X509_free(trusted);
    X509_STORE_free(store);
    return error;
}

START_TEST(chain_holds)
{
    struct pki pki = pki_new();
    X509 *x509 = certificate_x509(pki.leaf);

    ck_assert_int_eq(verdict(pki.root, pki.leaf, NOW), X509_V_OK);
    ck_assert_int_eq(verdict(pki.root, pki.root, NOW), X509_V_OK);
    ck_assert_int_eq(verdict(pki.root, pki.leaf, NOW - 2 * DAY), X509_V_ERR_CERT_NOT_YET_VALID);
    ck_assert_int_eq(verdict(pki.root, pki.leaf, NOW + 366 * DAY), X509_V_ERR_CERT_HAS_EXPIRED);
    ck_assert_int_eq(X509_check_host(x509, "csms.example", 0, 0, NULL), 1);
    ck_assert_int_eq(X509_check_host(x509, "CP-1", 0, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, NULL),
                     1);
    ck_assert_int_eq(X509_check_host(x509, "other.example", 0, 0, NULL), 0);
    ck_assert_int_eq(X509_check_ip_asc(x509, "10.0.0.2", 0), 1);
    ck_assert_int_eq(X509_check_ip_asc(x509, "fd00::2", 0), 1);
    ck_assert_int_eq(X509_check_ca(x509), 0);
    X509_free(x509);
    pki_free(&pki);
}
END_TEST

START_TEST(shows_what_was_wished)
{
    struct pki pki = pki_new();
    char name[CERTIFICATE_NAME_ROOM], first[65], second[65];
    struct certificate *read = NULL;
    struct str pem = {0};
    unsigned char *der = NULL;
    X509 *x509 = certificate_x509(pki.leaf);
    int length = i2d_X509(x509, &der);

    ck_assert_str_eq(certificate_common_name(pki.leaf, name), "CP-1");
    ck_assert_str_eq(certificate_organization(pki.leaf, name), "Example & Söhne");
    ck_assert(certificate_not_before_ns(pki.leaf) == NOW - DAY);
    ck_assert(certificate_not_after_ns(pki.leaf) == NOW + 365 * DAY);
    certificate_add_pem(pki.leaf, &pem);
    ck_assert_int_eq(certificate_read(pem.text, pem.length, &read), 0);
    ck_assert_str_eq(certificate_fingerprint(read, first),
                     certificate_fingerprint(pki.leaf, second));
    certificate_free(&read);
    ck_assert_int_eq(certificate_read(der, (size_t)length, &read), 0);
    ck_assert_str_eq(certificate_fingerprint(read, first), second);
    ck_assert_int_lt(length, 600);
    OPENSSL_free(der);
    X509_free(x509);
    str_done(&pem);
    certificate_free(&read);
    pki_free(&pki);
}
END_TEST

START_TEST(reads_no_rubbish)
{
    struct pki pki = pki_new();
    struct certificate *read = NULL;
    unsigned char *der = NULL;
    X509 *x509 = certificate_x509(pki.leaf);
    int length = i2d_X509(x509, &der);

    for (int cut = 0; cut < length; cut++)
        ck_assert_int_eq(certificate_read(der, (size_t)cut, &read), ERR_MALFORMED);
    der = realloc(der, (size_t)length + 1);
    der[length] = 0;
    ck_assert_int_eq(certificate_read(der, (size_t)length + 1, &read), ERR_MALFORMED);
    ck_assert_int_eq(certificate_read("-----BEGIN CERTIFICATE-----\nAAAA\n", 34, &read),
                     ERR_MALFORMED);
    ck_assert_int_eq(certificate_read("hello", 5, &read), ERR_MALFORMED);
    ck_assert_ptr_null(read);
    free(der);
    X509_free(x509);
    pki_free(&pki);
}
END_TEST

START_TEST(dates_have_no_end)
{
    struct certificate_wish wish = wish_of("Far", false);
    struct key *key = key_derive(seed_leaf);
    struct certificate *made = NULL;

    wish.not_before_ns = -DAY - 1; // 1969, and not a whole second.
    wish.not_after_ns = INT64_MAX; // 2262: GeneralizedTime.
    ck_assert_int_eq(certificate_make(&wish, key, NULL, NULL, &made), 0);
    ck_assert(certificate_not_before_ns(made) == -DAY - 1000000000);
    ck_assert(certificate_not_after_ns(made) == INT64_MAX / 1000000000 * 1000000000);
    certificate_free(&made);
    key_free(&key);
}
END_TEST

START_TEST(refuses_names_nobody_can_carry)
{
    static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890"
                                    "1234"; // 65, RFC 5280 A.1 allows 64.
    static const char *const spaced[] = {"two words"};
    struct key *key = key_derive(seed_leaf);
    struct certificate_wish wish = wish_of("", false);
    struct certificate *made = NULL;

    ck_assert_int_eq(certificate_make(&wish, key, NULL, NULL, &made), ERR_RANGE);
    wish.common_name = long_name;
    ck_assert_int_eq(certificate_make(&wish, key, NULL, NULL, &made), ERR_RANGE);
    wish.common_name = "\xff\xfe";
    ck_assert_int_eq(certificate_make(&wish, key, NULL, NULL, &made), ERR_RANGE);
    wish.common_name = "good";
    wish.names = spaced;
    wish.names_count = 1;
    ck_assert_int_eq(certificate_make(&wish, key, NULL, NULL, &made), ERR_RANGE);
    ck_assert_ptr_null(made);
    wish.common_name = long_name + 1;
    wish.names_count = 0;
    ck_assert_int_eq(certificate_make(&wish, key, NULL, NULL, &made), 0);
    certificate_free(&made);
    key_free(&key);
}
END_TEST

static bool is_signature(const struct key *key, const char *text, const uint8_t *signature,
                         size_t length)
{
    struct str pem = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how;
    EVP_PKEY *pkey;
    BIO *bio;
    bool ok;

    key_add_public_pem(key, &pem);
    bio = BIO_new_mem_buf(pem.text, (int)pem.length);
    pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(pkey);
    ck_assert_int_eq(EVP_DigestVerifyInit(context, &how, EVP_sha256(), NULL, pkey), 1);
    if (key_kind(key) == KEY_RSA2048)
        EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING);
    ok = EVP_DigestVerify(context, signature, length, (const uint8_t *)text, strlen(text)) == 1;
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    EVP_MD_CTX_free(context);
    str_done(&pem);
    return ok;
}

START_TEST(keys_sign)
{
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t length = 0;
    struct key *key = NULL;
    struct key *other = key_derive(seed_root);

    ck_assert_int_eq(key_new((enum key_kind)_i, &key), 0);
    ck_assert_int_eq(key_kind(key), _i);
    ck_assert_int_eq(key_sign(key, "value", 5, signature, &length), 0);
    ck_assert(is_signature(key, "value", signature, length));
    ck_assert(!is_signature(key, "valve", signature, length));
    if (_i == KEY_P256)
        ck_assert(!is_signature(other, "value", signature, length));
    key_free(&other);
    key_free(&key);
    ck_assert_ptr_null(key);
}
END_TEST

START_TEST(same_seed_same_key)
{
    struct key *first = key_derive(seed_root);
    struct key *second = key_derive(seed_root);
    struct key *third = key_derive(seed_leaf);
    struct key *shared = key_share(first);
    struct str texts[3] = {0};

    key_add_public_pem(first, &texts[0]);
    key_add_public_pem(second, &texts[1]);
    key_add_public_pem(third, &texts[2]);
    ck_assert_str_eq(texts[0].text, texts[1].text);
    ck_assert_str_ne(texts[0].text, texts[2].text);
    key_free(&first);
    str_clear(&texts[0]);
    key_add_public_pem(shared, &texts[0]);
    ck_assert_str_eq(texts[0].text, texts[1].text);
    for (size_t i = 0; i < 3; i++)
        str_done(&texts[i]);
    key_free(&shared);
    key_free(&second);
    key_free(&third);
}
END_TEST

static int twin_verdict(const struct pki *pki, const struct certificate_change *change)
{
    struct certificate *twin = NULL;
    int error;

    ck_assert_int_eq(certificate_twin(pki->leaf, pki->leaf_key, change, &twin), 0);
    error = verdict(pki->root, twin, NOW);
    certificate_free(&twin);
    return error;
}

// What is wrong is the only thing wrong.
START_TEST(twins_have_one_fault)
{
    struct pki pki = pki_new();
    int64_t yesterday = NOW - DAY / 2;
    int64_t tomorrow = NOW + DAY;

    ck_assert_int_eq(twin_verdict(&pki, &(struct certificate_change){0}), X509_V_OK);
    ck_assert_int_eq(twin_verdict(&pki, &(struct certificate_change){.not_after_ns = &yesterday}),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    ck_assert_int_eq(twin_verdict(&pki, &(struct certificate_change){.not_before_ns = &tomorrow}),
                     X509_V_ERR_CERT_NOT_YET_VALID);
    ck_assert_int_eq(twin_verdict(&pki, &(struct certificate_change){.sha1 = true}),
                     X509_V_ERR_CA_MD_TOO_WEAK);
    ck_assert_int_eq(twin_verdict(&pki, &(struct certificate_change){.foreign = true}),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    ck_assert_int_eq(twin_verdict(&pki, &(struct certificate_change){.common_name = "else"}),
                     X509_V_OK);
    pki_free(&pki);
}
END_TEST

START_TEST(twin_names_somebody_else)
{
    struct pki pki = pki_new();
    struct certificate_change change = {.common_name = "else.example"};
    struct certificate *twin = NULL;
    X509 *x509;

    ck_assert_int_eq(certificate_twin(pki.leaf, pki.leaf_key, &change, &twin), 0);
    x509 = certificate_x509(twin);
    ck_assert_int_eq(X509_check_host(x509, "else.example", 0, 0, NULL), 1);
    ck_assert_int_eq(X509_check_host(x509, "csms.example", 0, 0, NULL), 0);
    ck_assert_int_eq(X509_check_ip_asc(x509, "10.0.0.2", 0), 0);
    X509_free(x509);
    certificate_free(&twin);
    pki_free(&pki);
}
END_TEST

// A self-signed certificate has a self-signed twin, read or made.
START_TEST(twin_of_one_alone)
{
    struct pki pki = pki_new();
    int64_t yesterday = NOW - DAY / 2;
    struct certificate_change change = {.not_after_ns = &yesterday};
    struct certificate *twin = NULL;
    X509 *x509;

    ck_assert_int_eq(certificate_twin(pki.root, pki.root_key, &change, &twin), 0);
    x509 = certificate_x509(twin);
    ck_assert_int_eq(X509_self_signed(x509, 1), 1);
    ck_assert_int_eq(verdict(twin, twin, NOW), X509_V_ERR_CERT_HAS_EXPIRED);
    X509_free(x509);
    certificate_free(&twin);
    pki_free(&pki);
}
END_TEST

Suite *certificate_suite(void)
{
    Suite *suite = suite_create("certificate");
    TCase *tcase = tcase_create("certificate");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, chain_holds);
    tcase_add_test(tcase, shows_what_was_wished);
    tcase_add_test(tcase, reads_no_rubbish);
    tcase_add_test(tcase, dates_have_no_end);
    tcase_add_test(tcase, refuses_names_nobody_can_carry);
    tcase_add_loop_test(tcase, keys_sign, KEY_P256, KEY_RSA2048 + 1);
    tcase_add_test(tcase, same_seed_same_key);
    tcase_add_test(tcase, twins_have_one_fault);
    tcase_add_test(tcase, twin_names_somebody_else);
    tcase_add_test(tcase, twin_of_one_alone);
    suite_add_tcase(suite, tcase);
    return suite;
}
