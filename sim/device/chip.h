// SPDX-License-Identifier: Apache-2.0
// The security chip of a device, in software: it makes the device's key, certifies it, signs with
// it and draws random bytes. The key never leaves: no function hands it out, the store does not
// hold it, a factory reset does not change it (PS-306, CH-007; "one key per device" is our
// reading). On the jump clock everything it draws follows from the world's seed and the device's
// id, so that runs repeat; a served world draws real randomness.
#ifndef SIM_DEVICE_CHIP_H
#define SIM_DEVICE_CHIP_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/certificate.h"

struct chip;
struct device;

// A chip for `device` (borrowed). The key is made when it is first asked for. Never NULL.
struct chip *chip_new(struct device *device);
void chip_free(struct chip **chip);

// Random bytes for tokens, salts and nonces; never predictable from what was drawn before.
void chip_random(struct chip *chip, void *ret_bytes, size_t length);

// The device's own key, borrowed for the chip's life.
const struct key *chip_key(struct chip *chip);

// The factory certificate of the device: X.509v3, self-signed, CN `common_name`, names `names`,
// valid from the device's birth (`birth_ns`, UTC) for `life_ns`. Made once, the same ever after.
// Borrowed for the chip's life.
struct chip_certificate_wish {
    const char *common_name;
    const char *organization;
    const char *const *names;
    size_t names_count;
    int64_t birth_ns;
    int64_t life_ns;
};
const struct identity *chip_factory_identity(struct chip *chip,
                                             const struct chip_certificate_wish *wish);

// Takes a certificate that somebody else signed for the chip's key (a station's client
// certificate); borrowed identity, replaced by the next call. `certificate` is shared.
const struct identity *chip_take_certificate(struct chip *chip, struct certificate *certificate);

// A signature of SHA-256 over `data` by the device's key (a challenge: proof that the chip is
// there). Errors as key_sign().
int chip_sign(struct chip *chip, const void *data, size_t length,
              uint8_t ret_signature[KEY_SIGNATURE_BYTES_MAX], size_t *ret_length);

#endif
