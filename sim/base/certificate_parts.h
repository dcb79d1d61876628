// SPDX-License-Identifier: Apache-2.0
// Keys and certificates as libcrypto's objects, for the files that make them and for TLS in
// sim/edge. What a fleet keeps is small (a scalar, the DER); the objects are made when they are
// used and belong to who asked for them.
#ifndef SIM_BASE_CERTIFICATE_PARTS_H
#define SIM_BASE_CERTIFICATE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "sim/base/certificate.h"

// The key with its private half. The caller frees it (EVP_PKEY_free). Never NULL.
EVP_PKEY *key_pkey(const struct key *key);

// Writes the public half into a certificate that is being made, without the detour over an object.
bool key_set_public(const struct key *key, X509 *x509);

// The certificate, parsed. The caller frees it (X509_free). Never NULL.
X509 *certificate_x509(const struct certificate *certificate);

// Takes over what libcrypto has parsed: a copy of its DER. Never NULL; the caller frees it.
struct certificate *certificate_of_x509(const X509 *x509);

// What a twin shows instead of what its original says.
struct certificate_change {
    const int64_t *not_before_ns; // NULL keeps it.
    const int64_t *not_after_ns;
    const char *common_name; // Instead of the subject and every alternative name; NULL keeps them.
    bool foreign;            // Signed by an authority that nobody knows.
    bool sha1;               // Signed with SHA-1.
};

// A certificate like `of` for its own `key` with something wrong, signed by who signed `of` in this
// process, so that what is wrong is the only thing wrong; by `key` itself when `of` was read and
// its issuer's key is not here. The caller frees it. Returns 0 or ERR_RANGE.
int certificate_twin(const struct certificate *of, const struct key *key,
                     const struct certificate_change *change, struct certificate **ret);

#endif
