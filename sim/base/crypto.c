// SPDX-License-Identifier: Apache-2.0
// Hashes and real randomness by libcrypto.
#define OPENSSL_SUPPRESS_DEPRECATED // RAND_OpenSSL(), which 3.0 has without a successor for this.

#include "sim/base/crypto.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

struct crypto_sha256 {
    EVP_MD_CTX *context;
};

struct crypto_sha256 *crypto_sha256_new(void)
{
    struct crypto_sha256 *hash = mem_new(1, sizeof(*hash));
    int ok;

    hash->context = EVP_MD_CTX_new();
    assert(hash->context);
    ok = EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL);
    assert(ok);
    (void)ok;
    return hash;
}

void crypto_sha256_add(struct crypto_sha256 *hash, const void *data, size_t length)
{
    int ok = EVP_DigestUpdate(hash->context, data, length);

    assert(ok);
    (void)ok;
}

void crypto_sha256_get(const struct crypto_sha256 *hash, uint8_t ret_digest[CRYPTO_SHA256_BYTES])
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    int ok;

    assert(copy);
    ok = EVP_MD_CTX_copy_ex(copy, hash->context) && EVP_DigestFinal_ex(copy, ret_digest, NULL);
    assert(ok);
    (void)ok;
    EVP_MD_CTX_free(copy);
}

void crypto_sha256_free(struct crypto_sha256 **hash)
{
    if (!*hash)
        return;
    EVP_MD_CTX_free((*hash)->context);
    free(*hash);
    *hash = NULL;
}

void crypto_sha256(const void *data, size_t length, uint8_t ret_digest[CRYPTO_SHA256_BYTES])
{
    int ok = EVP_Digest(data, length, ret_digest, NULL, EVP_sha256(), NULL);

    assert(ok);
    (void)ok;
}

void crypto_hmac(const void *key, size_t key_length, const void *data, size_t length,
                 uint8_t ret_mac[CRYPTO_SHA256_BYTES])
{
    unsigned char *mac;

    assert(key_length <= INT_MAX);
    mac = HMAC(EVP_sha256(), key, (int)key_length, data, length, ret_mac, NULL);
    assert(mac);
    (void)mac;
}

void crypto_hex(const uint8_t digest[CRYPTO_SHA256_BYTES], char ret_text[CRYPTO_SHA256_HEX_ROOM])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < CRYPTO_SHA256_BYTES; i++) {
        ret_text[2 * i] = digits[digest[i] >> 4];
        ret_text[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_text[CRYPTO_SHA256_HEX_ROOM - 1] = '\0';
}

bool crypto_equal(const void *left, const void *right, size_t length)
{
    return CRYPTO_memcmp(left, right, length) == 0;
}

void crypto_wipe(void *secret, size_t length)
{
    OPENSSL_cleanse(secret, length);
}

int crypto_random(void *ret_bytes, size_t length)
{
    // Not RAND_bytes(): a run on the jump clock seeds that one.
    const RAND_METHOD *real = RAND_OpenSSL();

    assert(length <= INT_MAX);
    return real->bytes(ret_bytes, (int)length) == 1 ? 0 : ERR_IO;
}
