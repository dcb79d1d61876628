// SPDX-License-Identifier: Apache-2.0
// What survives power loss: small named records in a flash of two halves. A write is a sequence of
// bytes that the world may cut anywhere; a boot then finds the old record or the new one, never a
// torn one.
#ifndef SIM_DEVICE_STORE_H
#define SIM_DEVICE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_KEY_BYTES_MAX 31
#define STORE_VALUE_BYTES_MAX 4096
#define STORE_BYTES_MAX (256 * 1024)

struct store;

struct store *store_new(void);
void store_free(struct store **store);

// Writes a record (copied). Returns 0; ERR_TOO_LONG or ERR_FULL when it does not fit (the old one
// stays); ERR_CANCELLED when the supply was cut within this write (nothing after it is written
// until store_boot()).
int store_put(struct store *store, const char *key, const void *value, size_t length);
int store_remove(struct store *store, const char *key);

// The record, borrowed until the next write; NULL when there is none.
const void *store_get(const struct store *store, const char *key, size_t *ret_length);

// Helpers for the common kinds.
int store_put_integer(struct store *store, const char *key, int64_t value);
int64_t store_get_integer(const struct store *store, const char *key, int64_t otherwise);

// The world cuts the supply after `bytes` more bytes were written to flash; `on_cut` is told when
// it happens.
typedef void store_cut_fn(void *user);
void store_cut_after(struct store *store, uint64_t bytes, store_cut_fn *on_cut, void *user);

// Reads the flash as after power-up: a torn record is dropped, its predecessor stands.
void store_boot(struct store *store);

// Erases everything (factory reset).
void store_erase(struct store *store);

// Records that stand.
size_t store_count(const struct store *store);

// The key of a record that stands, by its place below store_count(): not terminated, borrowed until
// the next write, which may also give others its place.
const char *store_key_at(const struct store *store, size_t index, size_t *ret_length);

uint64_t store_bytes_written(const struct store *store);

// The flash as bytes, to keep it in a file over runs, and back. A damaged image is read as far as
// its checks hold.
const uint8_t *store_flash(const struct store *store, size_t *ret_length);
int store_load_flash(struct store *store, const void *data, size_t length);

#endif
