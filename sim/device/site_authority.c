// SPDX-License-Identifier: Apache-2.0
// A root that signs everything itself (RFC 5280 3.2). A real site has an intermediate or none; what
// a station checks is the same. Nothing is revoked.
#include "sim/device/site_authority.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/crypto.h"
#include "sim/base/str.h"

#define DAY_NS (INT64_C(86400) * 1000000000)
#define YEARS 20
#define ROOT_NAME "Site Root"
#define ROOT_ORGANIZATION "testbay"

struct site_authority {
    uint64_t seed;
    bool real_random;
    int64_t utc_ns;
    uint64_t serial; // Of the certificate signed last; the root has 1.
    struct key *key; // NULL until it is needed, as its certificate.
    struct certificate *root;
};

struct site_authority *site_authority_new(uint64_t seed, bool real_random, int64_t utc_ns)
{
    struct site_authority *authority = mem_new(1, sizeof(*authority));

    authority->seed = seed;
    authority->real_random = real_random;
    authority->utc_ns = utc_ns;
    return authority;
}

void site_authority_free(struct site_authority **authority)
{
    if (!*authority)
        return;
    certificate_free(&(*authority)->root);
    key_free(&(*authority)->key);
    free(*authority);
    *authority = NULL;
}

// Its key depends on the seed alone, not on how much randomness was drawn before.
static struct key *make_key(const struct site_authority *authority)
{
    uint8_t seed[KEY_SEED_BYTES];
    struct key *key = NULL;

    if (authority->real_random && key_new(KEY_P256, &key) == 0)
        return key;
    assert(!authority->real_random);
    crypto_hmac(&authority->seed, sizeof(authority->seed), ROOT_NAME, sizeof(ROOT_NAME), seed);
    key = key_derive(seed);
    crypto_wipe(seed, sizeof(seed));
    return key;
}

static void make(struct site_authority *authority)
{
    int64_t end_ns;
    struct certificate_wish wish = {.common_name = ROOT_NAME,
                                    .organization = ROOT_ORGANIZATION,
                                    .not_before_ns = authority->utc_ns - DAY_NS,
                                    .serial = ++authority->serial,
                                    .authority = true};
    int err;

    if (__builtin_add_overflow(authority->utc_ns, YEARS * 365 * DAY_NS, &end_ns))
        end_ns = INT64_MAX;
    wish.not_after_ns = end_ns;
    authority->key = make_key(authority);
    err = certificate_make(&wish, authority->key, NULL, NULL, &authority->root);
    assert(err == 0);
    (void)err;
}

int site_authority_read(struct site_authority *authority, const void *pem, size_t length)
{
    struct certificate *root;
    struct key *key;
    int err = certificate_read(pem, length, &root);

    if (err < 0)
        return err;
    err = key_read(pem, length, &key);
    if (err < 0) {
        certificate_free(&root);
        return err;
    }
    certificate_free(&authority->root);
    key_free(&authority->key);
    authority->root = root;
    authority->key = key;
    // Numbers that it has hardly given out itself.
    authority->serial = (uint64_t)authority->utc_ns;
    return 0;
}

const struct certificate *site_authority_root(struct site_authority *authority)
{
    if (!authority->root)
        make(authority);
    return authority->root;
}

int site_authority_sign(struct site_authority *authority, const struct certificate_wish *wish,
                        const struct key *key, struct certificate **ret)
{
    const struct certificate *root = site_authority_root(authority);
    struct certificate_wish numbered = *wish;

    if (numbered.serial == 0)
        numbered.serial = ++authority->serial;
    return certificate_make(&numbered, key, root, authority->key, ret);
}
