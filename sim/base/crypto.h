// SPDX-License-Identifier: Apache-2.0
// The cryptography that rooms without a foreign library need: SHA-256 (FIPS 180-4), HMAC-SHA-256
// (RFC 2104), a comparison that takes the same time wherever two secrets differ, and real
// randomness. libcrypto stands behind it.
#ifndef SIM_BASE_CRYPTO_H
#define SIM_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_SHA256_BYTES 32
#define CRYPTO_SHA256_HEX_ROOM 65

struct crypto_sha256;

// A running hash; the caller frees it. Never NULL.
struct crypto_sha256 *crypto_sha256_new(void);
void crypto_sha256_add(struct crypto_sha256 *hash, const void *data, size_t length);
// The digest of what was added so far; more may be added afterwards.
void crypto_sha256_get(const struct crypto_sha256 *hash, uint8_t ret_digest[CRYPTO_SHA256_BYTES]);
void crypto_sha256_free(struct crypto_sha256 **hash);

// The digest of one piece of memory.
void crypto_sha256(const void *data, size_t length, uint8_t ret_digest[CRYPTO_SHA256_BYTES]);

// The HMAC-SHA-256 of `data` under `key`.
void crypto_hmac(const void *key, size_t key_length, const void *data, size_t length,
                 uint8_t ret_mac[CRYPTO_SHA256_BYTES]);

// A digest as 64 lower-case digits and a NUL.
void crypto_hex(const uint8_t digest[CRYPTO_SHA256_BYTES], char ret_text[CRYPTO_SHA256_HEX_ROOM]);

// True when the two secrets are equal; the time depends on `length` alone.
bool crypto_equal(const void *left, const void *right, size_t length);

// Overwrites a secret in a way the compiler keeps.
void crypto_wipe(void *secret, size_t length);

// Real randomness, for what leaves the world: tokens, lease ids. Never for a decision inside one.
// Returns 0 or ERR_IO.
int crypto_random(void *ret_bytes, size_t length);

#endif
