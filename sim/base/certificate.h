// SPDX-License-Identifier: Apache-2.0
// Keys and X.509v3 certificates (RFC 5280) for the devices of a world and what surrounds them. A
// private key goes in and never comes out: a key can sign, be certified and serve a TLS connection,
// and nothing here hands its private half to anybody. Certificates take their dates from the
// caller, who knows what time it is in the world; libcrypto stands behind it.
#ifndef SIM_BASE_CERTIFICATE_H
#define SIM_BASE_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/str.h"

struct key;
struct certificate;

// ---- Keys -----------------------------------------------------------------------------

enum key_kind { KEY_P256, KEY_RSA2048 };

#define KEY_SEED_BYTES 32

// A fresh key drawn from libcrypto's randomness, which a world on the jump clock seeds. Returns 0
// or ERR_IO. The caller frees it.
int key_new(enum key_kind kind, struct key **ret);

// The P-256 key that belongs to `seed`: the same seed always gives the same key, so that a chip
// whose seed is fixed has one key for life. Never NULL.
struct key *key_derive(const uint8_t seed[KEY_SEED_BYTES]);
// Reads a private key from PEM (PKCS 8 or traditional, not encrypted). Returns 0, ERR_MALFORMED, or
// ERR_UNSUPPORTED when it is neither P-256 nor RSA-2048. The caller frees it.
int key_read(const void *pem, size_t length, struct key **ret);
struct key *key_share(struct key *key); // One more holder of the same key; free each.
void key_free(struct key **key);
enum key_kind key_kind(const struct key *key);

// A signature of SHA-256 over `data` (ECDSA in DER, RSA-PSS), at most KEY_SIGNATURE_BYTES_MAX.
#define KEY_SIGNATURE_BYTES_MAX 256
int key_sign(const struct key *key, const void *data, size_t length,
             uint8_t ret_signature[KEY_SIGNATURE_BYTES_MAX], size_t *ret_length);

// The public half: PEM (SubjectPublicKeyInfo) appended to `out`.
void key_add_public_pem(const struct key *key, struct str *out);

// ---- Certificates ---------------------------------------------------------------------

enum certificate_digest { CERTIFICATE_SHA256, CERTIFICATE_SHA1 };

struct certificate_wish {
    const char *common_name;  // CN; required.
    const char *organization; // O, or NULL.
    const char *const *names; // Subject alternative names, DNS or IP as text;
    size_t names_count;       // 0 for none.
    int64_t not_before_ns;    // UTC, ns since 1970; written to the second.
    int64_t not_after_ns;
    uint64_t serial;                // Of the certificate; at least 1.
    bool authority;                 // May sign others (basicConstraints CA).
    enum certificate_digest digest; // SHA-1 only to be refused by who checks it.
};

// A certificate for the public half of `key`, signed by `issuer` with `issuer_key`, or by itself
// when `issuer` is NULL. Returns 0 or ERR_RANGE (a name that no certificate can carry). The caller
// frees it.
int certificate_make(const struct certificate_wish *wish, const struct key *key,
                     const struct certificate *issuer, const struct key *issuer_key,
                     struct certificate **ret);

// Reads one from PEM or DER. Returns 0 or ERR_MALFORMED.
int certificate_read(const void *data, size_t length, struct certificate **ret);
struct certificate *certificate_share(struct certificate *certificate);
void certificate_free(struct certificate **certificate);

// Appends it as PEM.
void certificate_add_pem(const struct certificate *certificate, struct str *out);

#define CERTIFICATE_NAME_ROOM 129
// The first CN, or O, of the subject; "" when there is none. `ret` is returned.
const char *certificate_common_name(const struct certificate *certificate,
                                    char ret[CERTIFICATE_NAME_ROOM]);
const char *certificate_organization(const struct certificate *certificate,
                                     char ret[CERTIFICATE_NAME_ROOM]);
int64_t certificate_not_before_ns(const struct certificate *certificate);
int64_t certificate_not_after_ns(const struct certificate *certificate);
// SHA-256 of its DER as 64 digits: what a person compares. `ret` is returned.
const char *certificate_fingerprint(const struct certificate *certificate, char ret[65]);

// ---- Identities -----------------------------------------------------------------------

// What one end of a TLS connection shows: a key and its certificate, with the chain up to, not
// including, the root. Everything is borrowed and outlives the connection.
struct identity {
    const struct key *key;
    const struct certificate *certificate;
    const struct certificate *const *chain;
    size_t chain_count;
};

#endif
