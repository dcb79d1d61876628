// SPDX-License-Identifier: Apache-2.0
// The security chip in software. Randomness is HMAC-SHA-256 over a counter under a key of the
// chip's own; that key and the seed of the device's key are HMACs of the world's seed and the
// device's id, or the host's randomness in a served world. Not modelled: attestation of the chip
// itself, tamper response, the time a real one takes.
#include "sim/device/chip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/crypto.h"
#include "sim/base/str.h"
#include "sim/device/device.h"

struct chip {
    struct device *device;
    uint8_t random_key[CRYPTO_SHA256_BYTES];
    uint64_t counter;
    struct key *key;
    struct certificate *factory;
    struct certificate *taken;
    struct identity factory_identity;
    struct identity taken_identity;
};

// 32 bytes for one purpose, which tell nothing about those for another.
static void draw_secret(const struct device *device, const char *purpose,
                        uint8_t ret_secret[CRYPTO_SHA256_BYTES])
{
    uint8_t seed[8];
    struct bytes_out out = bytes_out(seed, sizeof(seed));
    struct str text = {0};

    if (device->world.real_random) {
        int err = crypto_random(ret_secret, CRYPTO_SHA256_BYTES);

        assert(err == 0); // A host without randomness serves nobody.
        (void)err;
        return;
    }
    bytes_put_u64(&out, device->seed);
    str_addf(&text, "testbay chip %s of %s", purpose, device->id);
    crypto_hmac(seed, sizeof(seed), text.text, text.length, ret_secret);
    str_done(&text);
}

struct chip *chip_new(struct device *device)
{
    struct chip *chip = mem_new(1, sizeof(*chip));

    chip->device = device;
    draw_secret(device, "random", chip->random_key);
    return chip;
}

void chip_free(struct chip **chip)
{
    if (!*chip)
        return;
    certificate_free(&(*chip)->factory);
    certificate_free(&(*chip)->taken);
    key_free(&(*chip)->key);
    crypto_wipe(*chip, sizeof(**chip));
    free(*chip);
    *chip = NULL;
}

void chip_random(struct chip *chip, void *ret_bytes, size_t length)
{
    uint8_t *at = ret_bytes;

    while (length) {
        uint8_t number[8], block[CRYPTO_SHA256_BYTES];
        struct bytes_out out = bytes_out(number, sizeof(number));
        size_t count = length < sizeof(block) ? length : sizeof(block);

        bytes_put_u64(&out, ++chip->counter);
        crypto_hmac(chip->random_key, sizeof(chip->random_key), number, sizeof(number), block);
        memcpy(at, block, count);
        crypto_wipe(block, sizeof(block));
        at += count;
        length -= count;
    }
}

const struct key *chip_key(struct chip *chip)
{
    uint8_t seed[KEY_SEED_BYTES];

    if (chip->key)
        return chip->key;
    draw_secret(chip->device, "key", seed);
    chip->key = key_derive(seed);
    crypto_wipe(seed, sizeof(seed));
    return chip->key;
}

// The serial number of the factory certificate: unique with great likelihood (RFC 5280 4.1.2.2
// wants it unique for its issuer, which is the device itself), from the device's id alone.
static uint64_t factory_serial(const struct device *device)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    uint64_t serial = 0;

    crypto_sha256(device->id, strlen(device->id), digest);
    for (size_t i = 0; i < 8; i++)
        serial = serial << 8 | digest[i];
    return serial >> 1 | 1;
}

const struct identity *chip_factory_identity(struct chip *chip,
                                             const struct chip_certificate_wish *wish)
{
    struct certificate_wish whole = {
        .common_name = wish->common_name,
        .organization = wish->organization,
        .names = wish->names,
        .names_count = wish->names_count,
        .not_before_ns = wish->birth_ns,
        .not_after_ns = wish->birth_ns + wish->life_ns,
        .serial = factory_serial(chip->device),
        .digest = CERTIFICATE_SHA256,
    };
    int err;

    if (chip->factory)
        return &chip->factory_identity;
    assert(wish->life_ns > 0);
    err = certificate_make(&whole, chip_key(chip), NULL, NULL, &chip->factory);
    assert(err == 0); // The device chose the names.
    (void)err;
    chip->factory_identity = (struct identity){.key = chip_key(chip), .certificate = chip->factory};
    return &chip->factory_identity;
}

const struct identity *chip_take_certificate(struct chip *chip, struct certificate *certificate)
{
    struct certificate *taken = certificate_share(certificate);

    certificate_free(&chip->taken);
    chip->taken = taken;
    chip->taken_identity = (struct identity){.key = chip_key(chip), .certificate = taken};
    return &chip->taken_identity;
}

int chip_sign(struct chip *chip, const void *data, size_t length,
              uint8_t ret_signature[KEY_SIGNATURE_BYTES_MAX], size_t *ret_length)
{
    return key_sign(chip_key(chip), data, length, ret_signature, ret_length);
}
