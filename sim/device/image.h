// SPDX-License-Identifier: Apache-2.0
// The register image: what a Modbus server of a device answers from, held in wire order and written
// through when a point changes, so that a read is a look-up and a copy. Points that move by
// themselves (meters, clocks) are asked from the device when a read touches them.
#ifndef SIM_DEVICE_IMAGE_H
#define SIM_DEVICE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/profile/profile.h"

struct image;
struct store;

struct image_hooks {
    // A read is about to touch registers of `point`, which image_set_live() marked: set its value
    // now.
    void (*refresh)(void *user, enum point point);
    // A client wrote a register of `point`; `value` was decoded. Returns 0 to accept (then the
    // image is written) or a Modbus exception code. A register without a point passes point -1 with
    // the raw integer.
    uint8_t (*written)(void *user, int point, uint16_t address, const struct point_value *value);
};

// The image of one unit ("own" or "self") of `profile` for `model`. `hooks` and `user` are
// borrowed. Every point starts without a value. Never NULL.
struct image *image_new(const struct profile *profile, const struct profile_model *model,
                        const char *unit, const struct image_hooks *hooks, void *user);
void image_free(struct image **image);

// Sets a point and every register that carries it; unknown points are ignored. image_set_none()
// makes it unavailable.
void image_set_number(struct image *image, enum point point, double value);
void image_set_integer(struct image *image, enum point point, int64_t value);
void image_set_text(struct image *image, enum point point, const char *value);
void image_set_none(struct image *image, enum point point);
// The same for entry `index` (from 1) of repeated rows.
void image_set_integer_at(struct image *image, enum point point, uint16_t index, int64_t value);

// The value last set, if the map carries the point.
bool image_get(const struct image *image, enum point point, struct point_value *ret_value);

// `refresh` is called before each read that touches the point.
void image_set_live(struct image *image, enum point point, bool live);

// Serves a read or write of a Modbus table; returns 0 or the exception code. `data` is wire order.
uint8_t image_read(struct image *image, enum profile_table table, uint16_t address, uint16_t count,
                   uint8_t *ret_data);
uint8_t image_write(struct image *image, enum profile_table table, uint16_t address, uint16_t count,
                    const uint8_t *data);

// Puts raw registers without a point (a command's answer area). The addresses must lie in a block.
void image_put_raw(struct image *image, uint16_t address, uint16_t count, const uint16_t *values);

// From now on the registers that the profile says survive a power cycle (`keeps`) are written to
// `store` when they change, except live ones, and come back by image_restore(). Facts set before
// are not written. Borrowed.
void image_bind_store(struct image *image, struct store *store);
void image_restore(struct image *image);

// Everything that does not survive a power cycle becomes unavailable.
void image_lose_power(struct image *image);

// Whether the map has a table at all. (A map without input registers usually serves its holding
// registers for them.)
bool image_has_table(const struct image *image, enum profile_table table);

#endif
