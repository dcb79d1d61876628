// SPDX-License-Identifier: Apache-2.0
// The certificate authority of a bench: what the commissioner of a real installation has, so that a
// charger trusts the bench's central system and the bench trusts the charger (OCPP 1.6 security
// white paper edition 3). Read from a file of PEM, or made with a key that nobody else knows.
#ifndef BENCH_AUTHORITY_H
#define BENCH_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/certificate.h"

struct authority;

#define AUTHORITY_PEM_BYTES_MAX 65536

// One of its own, valid from the day before `utc_ns` (ns since 1970) for twenty years. Returns 0 or
// ERR_IO (no randomness). Freed by authority_free().
int authority_make(int64_t utc_ns, struct authority **ret);

// That of a file: its certificate and, where it is to sign, its private key, in any order. Returns
// 0 or a negative code with *ret_why set to a sentence the caller frees.
int authority_read(const char *path, struct authority **ret, char **ret_why);
void authority_free(struct authority **authority);

const struct certificate *authority_root(const struct authority *authority); // Borrowed.
bool authority_can_sign(const struct authority *authority);                  // It has its key.

// A certificate for `key` by `wish` (serial 0: it counts). Only of one that can sign. Returns 0 or
// ERR_RANGE. The caller frees it.
int authority_sign(struct authority *authority, const struct certificate_wish *wish,
                   const struct key *key, struct certificate **ret);

// Writes the root as PEM for everybody, or root and key for this user alone, as `testbay serve
// --authority` reads them. Returns 0 or -errno.
int authority_write_root(const struct authority *authority, const char *path);
int authority_write_all(const struct authority *authority, const char *path);

// A key and its certificate from two files of PEM. Returns 0 or a negative code with *ret_why set.
int authority_read_identity(const char *certificate_path, const char *key_path,
                            struct certificate **ret_certificate, struct key **ret_key,
                            char **ret_why);

#endif
