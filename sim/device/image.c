// SPDX-License-Identifier: Apache-2.0
// The register image: the blocks of a profile laid out as memory in wire order, for one model.
// Blocks that touch become one span, so a read is a look-up among a handful of spans and one copy.
// A row is found by its address for writes and by its point for sets; both are sorted once.
#include "sim/device/image.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/str.h"
#include "sim/device/store.h"
#include "sim/proto/modbus/modbus.h"

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
    const struct profile_register **rows; // Those that carry a point, by (point, index).
    uint8_t *row_spans;                   // Which span each of them lies in.
    size_t rows_count;
    char text[POINT_TEXT_BYTES_MAX + 1];
};

static bool is_bits(enum profile_table table)
{
    return table == PROFILE_COIL || table == PROFILE_DISCRETE;
}

static size_t cell_bytes(enum profile_table table)
{
    return is_bits(table) ? 1 : 2;
}

static struct span *span_at(const struct image *image, enum profile_table table, uint16_t address,
                            uint32_t count)
{
    for (size_t i = 0; i < image->spans_count; i++) {
        struct span *span = &image->spans[i];

        if (span->table == table && address >= span->first &&
            (uint32_t)(address - span->first) + count <= span->count)
            return span;
    }
    return NULL;
}

static uint8_t *cell_at(const struct span *span, uint16_t address)
{
    return span->data + (size_t)(address - span->first) * cell_bytes(span->table);
}

// ---- Layout ----

// Whether the map of `unit` has this block: blocks of one unit only serve as both.
static bool block_of_unit(const struct profile *profile, const struct profile_block *block,
                          const char *unit)
{
    if (strcmp(block->unit, unit) == 0)
        return true;
    for (size_t i = 0; i < profile_blocks_count(profile); i++)
        if (strcmp(profile_block_at(profile, i)->unit, unit) == 0)
            return false;
    return true;
}

// A block exists on a model that has one of its rows; one without rows is room for raw registers.
static bool block_exists(const struct image *image, const struct profile_block *block)
{
    if (!block_of_unit(image->profile, block, image->unit))
        return false;
    if (block->feature && !profile_has_feature(image->profile, image->model, block->feature))
        return false;
    for (size_t i = 0; i < block->registers_count; i++)
        if (profile_has_row(image->profile, image->model, block, &block->registers[i]))
            return true;
    return block->registers_count == 0;
}

static void fill(struct span *span, uint16_t first, uint32_t count, uint16_t filler)
{
    uint8_t *at = cell_at(span, first);

    for (uint32_t i = 0; i < count; i++)
        if (is_bits(span->table))
            at[i] = filler != 0;
        else
            bytes_store_u16(at + 2 * i, filler);
}

// Blocks come sorted by (unit, table, first): one that begins where the last span ends prolongs it.
static struct span *span_for(struct image *image, const struct profile_block *block)
{
    struct span *span = image->spans_count ? &image->spans[image->spans_count - 1] : NULL;

    if (!span || span->table != block->table || span->first + span->count != block->first) {
        image->spans = mem_grow(image->spans, image->spans_count + 1, sizeof(*image->spans));
        assert(image->spans_count < SPANS_MAX);
        span = &image->spans[image->spans_count++];
        *span = (struct span){.table = block->table, .first = block->first};
    }
    span->count += block->count;
    span->data = mem_grow(span->data, span->count, cell_bytes(span->table));
    fill(span, block->first, block->count, block->filler);
    image->tables |= 1u << block->table;
    return span;
}

// What a row reads before anybody gave it a value.
static void put_first(const struct span *span, const struct profile_register *row)
{
    struct point_value value = {.type = POINT_INTEGER, .valid = true, .integer = row->constant};

    if (row->point >= 0)
        value =
            (struct point_value){.type = point_info((enum point)row->point)->type, .valid = false};
    (void)profile_encode(row, &value, cell_at(span, row->address));
}

static void lay_block(struct image *image, const struct profile_block *block)
{
    struct span *span = span_for(image, block);

    image->rows = mem_grow(image->rows, image->rows_count + block->registers_count,
                           sizeof(const struct profile_register *));
    for (size_t i = 0; i < block->registers_count; i++) {
        const struct profile_register *row = &block->registers[i];

        if (!profile_has_row(image->profile, image->model, block, row))
            continue;
        put_first(span, row);
        if (row->point >= 0)
            image->rows[image->rows_count++] = row;
    }
}

static int by_point(const struct profile_register *a, int point, uint16_t index)
{
    if (a->point != point)
        return a->point < point ? -1 : 1;
    return a->index < index ? -1 : a->index > index;
}

static int row_order(const void *left, const void *right)
{
    const struct profile_register *a = *(const struct profile_register *const *)left;
    const struct profile_register *b = *(const struct profile_register *const *)right;
    int order = by_point(a, b->point, b->index);

    return order ? order : a < b ? -1 : a > b;
}

// The table of a row is not in it, and rows of two tables may have the same address: the block it
// stands in tells.
static uint8_t find_span(const struct image *image, const struct profile_register *row)
{
    for (size_t i = 0; i < profile_blocks_count(image->profile); i++) {
        const struct profile_block *block = profile_block_at(image->profile, i);

        if (row >= block->registers && row < block->registers + block->registers_count)
            return (uint8_t)(span_at(image, block->table, row->address, 1) - image->spans);
    }
    assert(!"a row stands in a block");
    return 0;
}

struct image *image_new(const struct profile *profile, const struct profile_model *model,
                        const char *unit, const struct image_hooks *hooks, void *user)
{
    struct image *image = mem_new(1, sizeof(*image));

    assert(profile && unit);
    *image = (struct image){
        .profile = profile,
        .model = model,
        .unit = unit,
        .hooks = hooks,
        .user = user,
        .hole = (uint8_t)profile_fact_integer(profile, "modbus.exceptions.hole",
                                              MODBUS_ILLEGAL_ADDRESS),
        .read_only = (uint8_t)profile_fact_integer(profile, "modbus.exceptions.read_only",
                                                   MODBUS_ILLEGAL_ADDRESS),
    };
    for (size_t i = 0; i < profile_blocks_count(profile); i++)
        if (block_exists(image, profile_block_at(profile, i)))
            lay_block(image, profile_block_at(profile, i));
    if (image->rows_count)
        qsort(image->rows, image->rows_count, sizeof(image->rows[0]), row_order);
    image->row_spans = mem_new(image->rows_count ? image->rows_count : 1, 1);
    for (size_t i = 0; i < image->rows_count; i++)
        image->row_spans[i] = find_span(image, image->rows[i]);
    return image;
}

void image_free(struct image **image)
{
    if (!*image)
        return;
    for (size_t i = 0; i < (*image)->spans_count; i++) {
        free((*image)->spans[i].data);
        free((*image)->spans[i].live);
    }
    free((*image)->spans);
    free((*image)->rows);
    free((*image)->row_spans);
    free(*image);
    *image = NULL;
}

// The first row of (point, index or more), or the end.
static size_t rows_from(const struct image *image, int point, uint16_t index)
{
    size_t low = 0, high = image->rows_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_point(image->rows[middle], point, index) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct span *span_of(const struct image *image, size_t row)
{
    return &image->spans[image->row_spans[row]];
}

static size_t row_bytes(const struct span *span, const struct profile_register *row)
{
    return is_bits(span->table) ? 1 : 2u * row->count;
}

// ---- What survives ----

static void key_of(const struct image *image, const struct span *span,
                   const struct profile_register *row, char key[STORE_KEY_BYTES_MAX + 1])
{
    snprintf(key, STORE_KEY_BYTES_MAX + 1, "reg.%s.%c%04X", image->unit, "HICD"[span->table],
             row -> address);
}

static bool is_live(const struct span *span, const struct profile_register *row)
{
    for (size_t i = 0; i < span->live_count; i++)
        if (span->live[i] == row)
            return true;
    return false;
}

// Writes a register that changed to the store; 0 also when it need not survive.
static int keep(const struct image *image, const struct span *span,
                const struct profile_register *row)
{
    char key[STORE_KEY_BYTES_MAX + 1];

    if (!image->store || !row->keeps || is_live(span, row))
        return 0;
    key_of(image, span, row, key);
    return store_put(image->store, key, cell_at(span, row->address), row_bytes(span, row));
}

void image_bind_store(struct image *image, struct store *store)
{
    image->store = store;
}

void image_restore(struct image *image)
{
    bool anything = image->store && store_count(image->store) > 0;

    for (size_t i = 0; anything && i < image->rows_count; i++) {
        const struct profile_register *row = image->rows[i];
        const struct span *span = span_of(image, i);
        char key[STORE_KEY_BYTES_MAX + 1];
        const void *data;
        size_t length;

        if (!row->keeps)
            continue;
        key_of(image, span, row, key);
        data = store_get(image->store, key, &length);
        if (data && length == row_bytes(span, row))
            memcpy(cell_at(span, row->address), data, length);
    }
}

// ---- Setting and getting ----

#define ROW_BYTES_MAX 256

// Gives one row a value; a value that does not fit is none. When it should survive and cannot be
// written, the old one stays.
static void set_row(const struct image *image, size_t index, const struct point_value *value)
{
    const struct profile_register *row = image->rows[index];
    const struct point_value none = {.type = value->type, .valid = false};
    const struct span *span = span_of(image, index);
    uint8_t *at = cell_at(span, row->address);
    uint8_t old[ROW_BYTES_MAX];
    size_t length = row_bytes(span, row);

    assert(length <= sizeof(old));
    memcpy(old, at, length);
    if (profile_encode(row, value, at) != 0) {
        memcpy(at, old, length);
        (void)profile_encode(row, &none, at);
    }
    if (memcmp(old, at, length) != 0 && keep(image, span, row) != 0)
        memcpy(at, old, length);
}

static void set_value(struct image *image, int point, uint16_t index,
                      const struct point_value *value)
{
    for (size_t i = rows_from(image, point, index); i < image->rows_count; i++) {
        if (by_point(image->rows[i], point, index) != 0)
            break;
        set_row(image, i, value);
    }
}

void image_set_number(struct image *image, enum point point, double value)
{
    set_value(image, point, 0,
              &(struct point_value){.type = POINT_NUMBER, .valid = true, .number = value});
}

// Whole numbers and times, by the type of the point.
void image_set_integer_at(struct image *image, enum point point, uint16_t index, int64_t value)
{
    enum point_type type = point_info(point)->type;

    if (type == POINT_NUMBER)
        set_value(image, point, index,
                  &(struct point_value){.type = type, .valid = true, .number = (double)value});
    else
        set_value(image, point, index,
                  &(struct point_value){.type = type, .valid = true, .integer = value});
}

void image_set_integer(struct image *image, enum point point, int64_t value)
{
    image_set_integer_at(image, point, 0, value);
}

void image_set_text(struct image *image, enum point point, const char *value)
{
    set_value(image, point, 0,
              &(struct point_value){.type = POINT_TEXT, .valid = value != NULL, .text = value});
}

void image_set_none(struct image *image, enum point point)
{
    struct point_value none = {.type = point_info(point)->type, .valid = false};

    for (size_t i = rows_from(image, point, 0); i < image->rows_count; i++) {
        if (image->rows[i]->point != (int)point)
            break;
        set_row(image, i, &none);
    }
}

bool image_get(const struct image *image, enum point point, struct point_value *ret_value)
{
    char *text = (char *)image->text;

    for (size_t i = rows_from(image, point, 0); i < image->rows_count; i++) {
        const struct profile_register *row = image->rows[i];

        if (by_point(row, point, 0) != 0)
            break;
        if (row->type == PROFILE_FLAG && row->shows != PROFILE_SHOWS_VALUE)
            continue;
        profile_decode(row, cell_at(span_of(image, i), row->address), text, ret_value);
        return true;
    }
    return false;
}

static int by_address(const void *left, const void *right)
{
    const struct profile_register *a = *(const struct profile_register *const *)left;
    const struct profile_register *b = *(const struct profile_register *const *)right;

    return a < b ? -1 : a > b; // Rows of a block are sorted by address, as blocks are.
}

static void live_add(struct span *span, const struct profile_register *row)
{
    if (is_live(span, row))
        return;
    span->live = mem_grow(span->live, span->live_count + 1, sizeof(span->live[0]));
    span->live[span->live_count++] = row;
    qsort(span->live, span->live_count, sizeof(span->live[0]), by_address);
}

static void live_remove(struct span *span, const struct profile_register *row)
{
    for (size_t i = 0; i < span->live_count; i++)
        if (span->live[i] == row) {
            memmove(&span->live[i], &span->live[i + 1],
                    (span->live_count - i - 1) * sizeof(span->live[0]));
            span->live_count--;
            return;
        }
}

void image_set_live(struct image *image, enum point point, bool live)
{
    for (size_t i = rows_from(image, point, 0); i < image->rows_count; i++) {
        if (image->rows[i]->point != (int)point)
            break;
        if (live)
            live_add(span_of(image, i), image->rows[i]);
        else
            live_remove(span_of(image, i), image->rows[i]);
    }
}

void image_lose_power(struct image *image)
{
    for (size_t i = 0; i < image->rows_count; i++) {
        const struct profile_register *row = image->rows[i];
        struct point_value none = {.type = point_info((enum point)row->point)->type};

        if (!row->keeps)
            (void)profile_encode(row, &none, cell_at(span_of(image, i), row->address));
    }
}

// ---- Serving ----

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
    struct span *span = span_at(image, table, address, count);

    if (!span)
        return image->hole;
    if (span->live_count)
        refresh(image, span, address, count);
    if (is_bits(table))
        pack_bits(cell_at(span, address), count, ret_data);
    else
        memcpy(ret_data, cell_at(span, address), 2u * count);
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
            address >= block->first + block->count ||
            !block_of_unit(image->profile, block, image->unit))
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
        set_value(image, row->point, row->index, &value);
    else
        memcpy(cell_at(span, row->address), data, row_bytes(span, row));
    return 0;
}

// Every register of the range is checked before the first is written.
static uint8_t write_cells(struct image *image, enum profile_table table, uint16_t address,
                           uint16_t count, const uint8_t *data)
{
    const struct span *span = span_at(image, table, address, count);
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
        exception = write_row(image, span, row, data + (at - address) * cell_bytes(table));
        if (exception)
            return exception;
    }
    return 0;
}

uint8_t image_write(struct image *image, enum profile_table table, uint16_t address, uint16_t count,
                    const uint8_t *data)
{
    uint8_t cells[2048];

    if (!is_bits(table))
        return write_cells(image, table, address, count, data);
    assert(count <= sizeof(cells));
    for (uint16_t i = 0; i < count; i++)
        cells[i] = data[i / 8] >> i % 8 & 1;
    return write_cells(image, table, address, count, cells);
}

void image_put_raw(struct image *image, uint16_t address, uint16_t count, const uint16_t *values)
{
    const struct span *span = span_at(image, PROFILE_HOLDING, address, count);

    assert(span);
    for (uint16_t i = 0; i < count; i++)
        bytes_store_u16(cell_at(span, address) + 2 * i, values[i]);
}

bool image_has_table(const struct image *image, enum profile_table table)
{
    return image->tables >> table & 1;
}
