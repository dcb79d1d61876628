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
#include "sim/device/image_parts.h"
#include "sim/device/store.h"
#include "sim/proto/modbus/modbus.h"

// ---- Layout ----

// Blocks of one unit only serve as both.
bool image_has_block(const struct image *image, const struct profile_block *block)
{
    if (strcmp(block->unit, image->unit) == 0)
        return true;
    for (size_t i = 0; i < profile_blocks_count(image->profile); i++)
        if (strcmp(profile_block_at(image->profile, i)->unit, image->unit) == 0)
            return false;
    return true;
}

// A block exists on a model that has one of its rows; one without rows is room for raw registers.
static bool block_exists(const struct image *image, const struct profile_block *block)
{
    if (!image_has_block(image, block))
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
    uint8_t *at = image_cell(span, first);

    for (uint32_t i = 0; i < count; i++)
        if (image_bits(span->table))
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
    span->data = mem_grow(span->data, span->count, image_cell_bytes(span->table));
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
    (void)profile_encode(row, &value, image_cell(span, row->address));
}

static void lay_block(struct image *image, const struct profile_block *block)
{
    struct span *span = span_for(image, block);

    for (size_t i = 0; i < block->registers_count; i++)
        if (profile_has_row(image->profile, image->model, block, &block->registers[i]))
            put_first(span, &block->registers[i]);
}

// ---- Rows ----

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
            return (uint8_t)(image_span(image, block->table, row->address, 1) - image->spans);
    }
    assert(!"a row stands in a block");
    return 0;
}

static void add_rows(const struct image *image, const struct profile_block *block,
                     struct image_rows *rows)
{
    rows->rows = mem_grow(rows->rows, rows->count + block->registers_count + 1,
                          sizeof(const struct profile_register *));
    for (size_t i = 0; i < block->registers_count; i++) {
        const struct profile_register *row = &block->registers[i];

        if (row->point >= 0 && profile_has_row(image->profile, image->model, block, row))
            rows->rows[rows->count++] = row;
    }
}

static void free_rows(struct profile_extra *extra)
{
    struct image_rows *rows = (struct image_rows *)extra;

    free(rows->unit);
    free(rows->rows);
    free(rows->spans);
    free(rows);
}

static const char rows_kind; // Its address is the kind.

static struct image_rows *make_rows(const struct image *image)
{
    struct image_rows *rows = mem_new(1, sizeof(*rows));

    rows->extra = (struct profile_extra){.kind = &rows_kind, .free = free_rows};
    rows->model = image->model;
    rows->unit = str_copy(image->unit);
    for (size_t i = 0; i < profile_blocks_count(image->profile); i++)
        if (block_exists(image, profile_block_at(image->profile, i)))
            add_rows(image, profile_block_at(image->profile, i), rows);
    if (rows->count)
        qsort(rows->rows, rows->count, sizeof(rows->rows[0]), row_order);
    rows->spans = mem_new(rows->count + 1, 1);
    for (size_t i = 0; i < rows->count; i++)
        rows->spans[i] = find_span(image, rows->rows[i]);
    profile_add_extra(image->profile, &rows->extra);
    return rows;
}

// Those of the first image of this unit and model, or its own, which the next will find.
static const struct image_rows *rows_of(const struct image *image)
{
    for (struct profile_extra *extra = profile_extras(image->profile); extra; extra = extra->next) {
        const struct image_rows *rows = (const struct image_rows *)extra;

        if (extra->kind == &rows_kind && rows->model == image->model &&
            strcmp(rows->unit, image->unit) == 0)
            return rows;
    }
    return make_rows(image);
}

struct image *image_new(const struct profile *profile, const struct profile_model *model,
                        const char *unit, const struct image_hooks *hooks, void *user)
{
    struct image *image = mem_new(1, sizeof(*image));
    const struct image_rows *rows;

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
    rows = rows_of(image);
    image->rows = rows->rows;
    image->row_spans = rows->spans;
    image->rows_count = rows->count;
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
    return store_put(image->store, key, image_cell(span, row->address), image_row_bytes(span, row));
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
        if (data && length == image_row_bytes(span, row))
            memcpy(image_cell(span, row->address), data, length);
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
    uint8_t *at = image_cell(span, row->address);
    uint8_t old[ROW_BYTES_MAX];
    size_t length = image_row_bytes(span, row);

    assert(length <= sizeof(old));
    memcpy(old, at, length);
    if (profile_encode(row, value, at) != 0) {
        memcpy(at, old, length);
        (void)profile_encode(row, &none, at);
    }
    if (memcmp(old, at, length) != 0 && keep(image, span, row) != 0)
        memcpy(at, old, length);
}

void image_set_value(struct image *image, int point, uint16_t index,
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
    image_set_value(image, point, 0,
                    &(struct point_value){.type = POINT_NUMBER, .valid = true, .number = value});
}

// Whole numbers and times, by the type of the point.
void image_set_integer_at(struct image *image, enum point point, uint16_t index, int64_t value)
{
    enum point_type type = point_info(point)->type;

    if (type == POINT_NUMBER)
        image_set_value(
            image, point, index,
            &(struct point_value){.type = type, .valid = true, .number = (double)value});
    else
        image_set_value(image, point, index,
                        &(struct point_value){.type = type, .valid = true, .integer = value});
}

void image_set_integer(struct image *image, enum point point, int64_t value)
{
    image_set_integer_at(image, point, 0, value);
}

void image_set_text(struct image *image, enum point point, const char *value)
{
    image_set_value(
        image, point, 0,
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
        profile_decode(row, image_cell(span_of(image, i), row->address), text, ret_value);
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
            (void)profile_encode(row, &none, image_cell(span_of(image, i), row->address));
    }
}
