// SPDX-License-Identifier: Apache-2.0
// The inside of a register image, shared by its two files: layout and values (image.c), reads and
// writes of clients (image_serve.c). Nobody else includes it.
#ifndef SIM_DEVICE_IMAGE_PARTS_H
#define SIM_DEVICE_IMAGE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/device/image.h"

#define SPANS_MAX 256 // An index of a byte.

// Addresses without a gap. Bits take a byte each.
struct span {
    enum profile_table table;
    uint16_t first;
    uint32_t count;
    uint8_t *data;
    const struct profile_register **live; // Rows that a read refreshes first, by address.
    size_t live_count;
};

// The rows of one unit of one model that carry a point: the same for every device, so kept with the
// profile.
struct image_rows {
    struct profile_extra extra; // First.
    const struct profile_model *model;
    char *unit;
    const struct profile_register **rows; // By (point, index).
    uint8_t *spans;                       // Which span each of them lies in.
    size_t count;
};

struct image {
    const struct profile *profile;
    const struct profile_model *model;
    const char *unit;
    const struct image_hooks *hooks;
    void *user;
    struct store *store;
    uint8_t hole;      // Exception outside every span,
    uint8_t read_only; // and for a write to what cannot be written.
    unsigned tables;   // A bit for each that has a span.
    struct span *spans;
    size_t spans_count;
    const struct profile_register *const *rows; // Of its image_rows.
    const uint8_t *row_spans;
    size_t rows_count;
    char text[POINT_TEXT_BYTES_MAX + 1];
};

static inline bool image_bits(enum profile_table table)
{
    return table == PROFILE_COIL || table == PROFILE_DISCRETE;
}

static inline size_t image_cell_bytes(enum profile_table table)
{
    return image_bits(table) ? 1 : 2;
}

static inline struct span *image_span(const struct image *image, enum profile_table table,
                                      uint16_t address, uint32_t count)
{
    for (size_t i = 0; i < image->spans_count; i++) {
        struct span *span = &image->spans[i];

        if (span->table == table && address >= span->first &&
            (uint32_t)(address - span->first) + count <= span->count)
            return span;
    }
    return NULL;
}

static inline uint8_t *image_cell(const struct span *span, uint16_t address)
{
    return span->data + (size_t)(address - span->first) * image_cell_bytes(span->table);
}

// Whether the map of the image's unit has this block.
bool image_has_block(const struct image *image, const struct profile_block *block);

// Gives every row of (point, index) a value.
void image_set_value(struct image *image, int point, uint16_t index,
                     const struct point_value *value);

static inline size_t image_row_bytes(const struct span *span, const struct profile_register *row)
{
    return image_bits(span->table) ? 1 : 2u * row->count;
}

#endif
