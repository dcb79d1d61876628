// SPDX-License-Identifier: Apache-2.0
// SHA-256 against the examples of NIST (FIPS 180-2 appendix B), HMAC against RFC 4231.
#include "sim/base/crypto.h"

#include <check.h>
#include <string.h>

static const struct {
    const char *text, *digest;
} nist[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(digests_of_nist)
{
    char hex[CRYPTO_SHA256_HEX_ROOM];
    uint8_t digest[CRYPTO_SHA256_BYTES];
    struct crypto_sha256 *hash = crypto_sha256_new();

    crypto_sha256(nist[_i].text, strlen(nist[_i].text), digest);
    crypto_hex(digest, hex);
    ck_assert_str_eq(hex, nist[_i].digest);
    for (const char *at = nist[_i].text; *at; at++)
        crypto_sha256_add(hash, at, 1);
    crypto_sha256_get(hash, digest);
    crypto_hex(digest, hex);
    ck_assert_str_eq(hex, nist[_i].digest);
    crypto_sha256_free(&hash);
    ck_assert_ptr_null(hash);
    crypto_sha256_free(&hash);
}
END_TEST

// FIPS 180-2 B.3: a million times "a"; asked in between, which must not disturb it.
START_TEST(a_running_hash_may_be_asked_in_between)
{
    static const char part[1000] = {[0 ... 999] = 'a'};
    char hex[CRYPTO_SHA256_HEX_ROOM];
    uint8_t digest[CRYPTO_SHA256_BYTES];
    struct crypto_sha256 *hash = crypto_sha256_new();

    for (int i = 0; i < 1000; i++) {
        crypto_sha256_add(hash, part, sizeof(part));
        if (i % 100 == 0)
            crypto_sha256_get(hash, digest);
    }
    crypto_sha256_get(hash, digest);
    crypto_hex(digest, hex);
    ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    crypto_sha256_free(&hash);
}
END_TEST

static const struct {
    char key[132];
    size_t key_length;
    const char *data, *mac;
} rfc4231[] = {
    {"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", 20,
     "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", 4, "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {{[0 ... 130] = '\xaa'},
     131,
     "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

START_TEST(macs_of_rfc_4231)
{
    char hex[CRYPTO_SHA256_HEX_ROOM];
    uint8_t mac[CRYPTO_SHA256_BYTES];

    crypto_hmac(rfc4231[_i].key, rfc4231[_i].key_length, rfc4231[_i].data, strlen(rfc4231[_i].data),
                mac);
    crypto_hex(mac, hex);
    ck_assert_str_eq(hex, rfc4231[_i].mac);
}
END_TEST

START_TEST(secrets_are_compared_and_wiped)
{
    char secret[] = "1234";

    ck_assert(crypto_equal(secret, "1234", 4));
    ck_assert(!crypto_equal(secret, "1235", 4));
    ck_assert(!crypto_equal(secret, "0234", 4));
    ck_assert(crypto_equal(secret, "x", 0));
    crypto_wipe(secret, sizeof(secret));
    ck_assert_mem_eq(secret, "\0\0\0\0", 5);
}
END_TEST

START_TEST(randomness_differs)
{
    uint8_t first[16] = {0};
    uint8_t second[16] = {0};

    ck_assert_int_eq(crypto_random(first, sizeof(first)), 0);
    ck_assert_int_eq(crypto_random(second, sizeof(second)), 0);
    ck_assert_mem_ne(first, second, sizeof(first));
}
END_TEST

Suite *crypto_suite(void)
{
    Suite *suite = suite_create("crypto");
    TCase *vectors = tcase_create("crypto");

    tcase_add_loop_test(vectors, digests_of_nist, 0, sizeof(nist) / sizeof(nist[0]));
    tcase_add_test(vectors, a_running_hash_may_be_asked_in_between);
    tcase_add_loop_test(vectors, macs_of_rfc_4231, 0, sizeof(rfc4231) / sizeof(rfc4231[0]));
    tcase_add_test(vectors, secrets_are_compared_and_wiped);
    tcase_add_test(vectors, randomness_differs);
    suite_add_tcase(suite, vectors);
    return suite;
}
