// SPDX-License-Identifier: Apache-2.0
// The certificate authority of a site: what a commissioner sets up so that a central system and the
// stations that call it can trust each other. One a world, made from its seed (or from real
// randomness when served), dated from the world's clock at its start.
#ifndef SIM_DEVICE_SITE_AUTHORITY_H
#define SIM_DEVICE_SITE_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/certificate.h"

struct site_authority;

// `utc_ns` is the world's time: the root is valid from a day before for twenty years. `seed` makes
// its key when `real_random` is false. Made when first asked for. Never NULL.
struct site_authority *site_authority_new(uint64_t seed, bool real_random, int64_t utc_ns);
void site_authority_free(struct site_authority **authority);

// The root, borrowed: what a client of the site trusts.
const struct certificate *site_authority_root(struct site_authority *authority);

// The authority of a user: its certificate and its private key, both in `pem`, in any order. It
// then signs what the site needs, and what it signed elsewhere is trusted. Returns 0, ERR_MALFORMED
// or ERR_UNSUPPORTED (the kind of key).
int site_authority_read(struct site_authority *authority, const void *pem, size_t length);

// Signs a certificate for `key` by `wish` (its serial 0: the authority counts). Returns 0 or
// ERR_RANGE. The caller frees it.
int site_authority_sign(struct site_authority *authority, const struct certificate_wish *wish,
                        const struct key *key, struct certificate **ret);

#endif
