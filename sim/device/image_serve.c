// SPDX-License-Identifier: Apache-2.0
// Reads and writes of clients on a register image. A read refreshes the live rows it touches and
// copies; a write is judged whole before the first register changes (Modbus Application Protocol
// V1.1b3 6.12 leaves that to the device).
#include "sim/device/image_parts.h"

#include <assert.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/proto/modbus/modbus.h"

static void refresh(const struct image *image, const struct span *span, uint16_t address,
                    uint16_t count)
{
    int last = -1;

    for (size_t i = 0; i < span->live_count; i++) {
        const struct profile_register *row = span->live[i];

        if (row->address >= (uint32_t)address + count)
            break;
        if (row->address + row->count <= address || row->point == last)
            continue;
        last = row->point;
        image->hooks->refresh(image->user, (enum point)row->point);
    }
}

static void pack_bits(const uint8_t *cells, uint16_t count, uint8_t *ret_data)
{
    memset(ret_data, 0, (count + 7u) / 8);
    for (uint16_t i = 0; i < count; i++)
        if (cells[i])
            ret_data[i / 8] |= (uint8_t)(1u << i % 8);
}

uint8_t image_read(struct image *image, enum profile_table table, uint16_t address, uint16_t count,
                   uint8_t *ret_data)
{
    struct span *span = image_span(image, table, address, count);

    if (!span)
        return image->hole;
    if (span->live_count)
        refresh(image, span, address, count);
    if (image_bits(table))
        pack_bits(image_cell(span, address), count, ret_data);
    else
        memcpy(ret_data, image_cell(span, address), 2u * count);
    return 0;
}

static bool is_writable(const struct profile_register *row)
{
    return row->type != PROFILE_FLAG && (row->access == PROFILE_RW || row->access == PROFILE_W);
}

// The row that begins at `address` and ends before `end`, if a client may write it.
static const struct profile_register *
writable_at(const struct image *image, enum profile_table table, uint16_t address, uint32_t end)
{
    for (size_t i = 0; i < profile_blocks_count(image->profile); i++) {
        const struct profile_block *block = profile_block_at(image->profile, i);

        if (block->table != table || address < block->first ||
            address >= block->first + block->count || !image_has_block(image, block))
            continue;
        for (size_t k = 0; k < block->registers_count; k++) {
            const struct profile_register *row = &block->registers[k];

            if (row->address == address && (uint32_t)address + row->count <= end &&
                is_writable(row) && profile_has_row(image->profile, image->model, block, row))
                return row;
        }
    }
    return NULL;
}

// Whether a written value lies in the range of its row, which a read would clamp to.
static bool in_range(const struct profile_register *row, const struct point_value *value)
{
    double scale = row->scale == 0 ? 1 : row->scale, raw;

    if (!row->clamps || value->type == POINT_TEXT)
        return true;
    raw = scale * (value->type == POINT_NUMBER ? value->number : (double)value->integer);
    return raw >= (double)row->low - 0.5 && raw <= (double)row->high + 0.5;
}

// One row of a write: `data` is where the row begins. Bits come as a byte each.
static uint8_t write_row(struct image *image, const struct span *span,
                         const struct profile_register *row, const uint8_t *data)
{
    struct point_value value;
    uint8_t exception = 0;

    profile_decode(row, data, image->text, &value);
    if (!value.valid || !in_range(row, &value))
        return MODBUS_ILLEGAL_VALUE;
    if (image->hooks && image->hooks->written)
        exception = image->hooks->written(image->user, row->point, row->address, &value);
    if (exception)
        return exception;
    if (row->point >= 0)
        image_set_value(image, row->point, row->index, &value);
    else
        memcpy(image_cell(span, row->address), data, image_row_bytes(span, row));
    return 0;
}

// Every register of the range is checked before the first is written.
static uint8_t write_cells(struct image *image, enum profile_table table, uint16_t address,
                           uint16_t count, const uint8_t *data)
{
    const struct span *span = image_span(image, table, address, count);
    uint32_t end = (uint32_t)address + count;
    const struct profile_register *row;

    if (!span)
        return image->hole;
    for (uint32_t at = address; at < end; at += row->count) {
        row = writable_at(image, table, (uint16_t)at, end);
        if (!row)
            return image->read_only;
    }
    for (uint32_t at = address; at < end; at += row->count) {
        uint8_t exception;

        row = writable_at(image, table, (uint16_t)at, end);
        exception = write_row(image, span, row, data + (at - address) * image_cell_bytes(table));
        if (exception)
            return exception;
    }
    return 0;
}

uint8_t image_write(struct image *image, enum profile_table table, uint16_t address, uint16_t count,
                    const uint8_t *data)
{
    uint8_t cells[2048];

    if (!image_bits(table))
        return write_cells(image, table, address, count, data);
    assert(count <= sizeof(cells));
    for (uint16_t i = 0; i < count; i++)
        cells[i] = data[i / 8] >> i % 8 & 1;
    return write_cells(image, table, address, count, cells);
}

void image_put_raw(struct image *image, uint16_t address, uint16_t count, const uint16_t *values)
{
    const struct span *span = image_span(image, PROFILE_HOLDING, address, count);

    assert(span);
    for (uint16_t i = 0; i < count; i++)
        bytes_store_u16(image_cell(span, address) + 2 * i, values[i]);
}

bool image_has_table(const struct image *image, enum profile_table table)
{
    return image->tables >> table & 1;
}
