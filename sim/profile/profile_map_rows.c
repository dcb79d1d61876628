// SPDX-License-Identifier: Apache-2.0
// Rows of a register block: from cells to drafts, then the rows against each other.
#include "sim/profile/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"

static const char *const columns_known[] = {
    "addr",  "reg",    "n",       "access",   "type",       "invalid", "keeps",
    "words", "scale",  "point",   "constant", "range",      "bits",    "absent",
    "of",    "repeat", "feature", "source",   "confidence", "note",    NULL,
};

// ---- Drafts ----

static void add_draft(struct map_reader *reader, const struct profile_register *row)
{
    struct map_block *block = reader->block;

    MEM_PUSH_ROOM(block->drafts, block->drafts_count, block->drafts_room);
    block->drafts[block->drafts_count++] = (struct map_draft){*row, reader->node};
}

static void add_flag(struct map_reader *reader, const struct yaml_node *bit, int point,
                     enum profile_shows shows)
{
    int64_t number;
    int64_t high;

    if (bit->kind != YAML_SCALAR || !profile_parse_range(bit->text, &number, &high) ||
        number != high || number < 0 || number >= 16 * reader->row.count) {
        map_fail(reader, bit, NULL, "a bit is a number from 0 in a word of type %s", reader->type);
        return;
    }
    reader->row.bit = (uint8_t)number;
    reader->row.point = point;
    reader->row.shows = shows;
    if (point >= 0)
        add_draft(reader, &reader->row);
}

static void read_flags(struct map_reader *reader)
{
    const struct yaml_node *bits = map_cell(reader, "bits");
    const struct yaml_node *absent = map_cell(reader, "absent");
    int first = -1;

    if (!bits || bits->kind != YAML_MAPPING || bits->count == 0) {
        map_fail(reader, reader->node, "bits: {0: breaker.position}", "type %s needs its bits",
                 reader->type);
        return;
    }
    yaml_for_each(i, bits) {
        int point = map_read_point(reader, bits->items[i]);

        first = i == 0 ? point : first;
        add_flag(reader, bits->keys[i], point, PROFILE_SHOWS_VALUE);
    }
    if (absent)
        add_flag(reader, absent, first, PROFILE_SHOWS_ABSENT);
}

// A quality word has a bit for each flag of the word it qualifies.
static void read_quality(struct map_reader *reader)
{
    struct map_block *block = reader->block;
    size_t count = block->drafts_count;
    bool found = false;
    int64_t written = -1;

    if (!map_integer(reader, "of", block->numbers, block->numbers + UINT16_MAX, &written)) {
        if (!reader->failed)
            map_fail(reader, reader->node, NULL, "type quality needs '%s'", "of");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct profile_register *word = &block->drafts[i].row;

        if (word->address != map_address(block, written) ||
            (word->type == PROFILE_FLAG && word->shows != PROFILE_SHOWS_VALUE) || word->point < 0)
            continue;
        found = true;
        reader->row.bit = word->type == PROFILE_FLAG ? word->bit : 0;
        reader->row.point = word->point;
        reader->row.shows = PROFILE_SHOWS_VALID;
        add_draft(reader, &reader->row);
    }
    if (!found)
        map_fail(reader, map_cell(reader, "of"), NULL, "no word of flags or points lies at '%s'",
                 map_cell(reader, "of")->text);
}

static void read_repeat(struct map_reader *reader, const struct yaml_node *repeat)
{
    static const struct schema_field fields[] = {
        {.name = "times", .type = SCHEMA_INTEGER, .required = true, .low = 1, .high = 1000},
        {.name = "step", .type = SCHEMA_INTEGER, .required = true, .low = 1, .high = 1000},
    };
    static const struct schema schema = {
        .name = "repeat", .fields = fields, .fields_count = sizeof(fields) / sizeof(fields[0])};
    struct profile_build *build = reader->block->build;
    int64_t times;
    int64_t step;

    if (schema_check(&schema, build->profile->document, repeat, build->diag) < 0) {
        reader->failed = true;
        return;
    }
    times = schema_integer(yaml_get(repeat, "times"), 0);
    step = schema_integer(yaml_get(repeat, "step"), 0);
    if (reader->row.address + (times - 1) * step + reader->row.count > UINT16_MAX + 1) {
        map_fail(reader, repeat, NULL, "the repeated row of type %s ends past the last address",
                 reader->type);
        return;
    }
    for (int64_t i = 0; i < times; i++) {
        reader->row.index = (uint16_t)(i + 1);
        add_draft(reader, &reader->row);
        reader->row.address = (uint16_t)(reader->row.address + step);
    }
}

static void read_plain(struct map_reader *reader)
{
    const struct yaml_node *point = map_scalar(reader, "point");
    const struct yaml_node *repeat = map_cell(reader, "repeat");
    int64_t constant = 0;

    reader->row.point = point ? map_read_point(reader, point) : -1;
    if (map_integer(reader, "constant", INT32_MIN, UINT32_MAX, &constant) && point)
        map_fail(reader, reader->node, NULL, "'%s' is for a register without a point", "constant");
    reader->row.constant = constant;
    if (reader->failed)
        return;
    if (repeat)
        read_repeat(reader, repeat);
    else
        add_draft(reader, &reader->row);
}

static void read_row(struct map_block *block, const struct yaml_node *node, bool quality)
{
    struct map_reader reader = {.block = block, .node = node, .row = {.point = -1}};
    const struct yaml_node *type = profile_cell(block->columns, node, "type");

    if ((type && type->kind == YAML_SCALAR && !strcmp(type->text, "quality")) != quality)
        return;
    map_read_cells(&reader);
    if (reader.failed)
        return;
    if (quality)
        read_quality(&reader);
    else if (reader.row.type == PROFILE_FLAG)
        read_flags(&reader);
    else
        read_plain(&reader);
}

// ---- Rows against each other ----

static int compare_drafts(const void *left, const void *right)
{
    const struct profile_register *a = &((const struct map_draft *)left)->row;
    const struct profile_register *b = &((const struct map_draft *)right)->row;

    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (a->bit > b->bit) - (a->bit < b->bit);
}

static bool drafts_overlap(const struct profile_register *a, const struct profile_register *b)
{
    if (a->address + a->count <= b->address)
        return false;
    return !(a->type == PROFILE_FLAG && b->type == PROFILE_FLAG && a->address == b->address &&
             a->count == b->count && a->bit != b->bit);
}

static void check_overlaps(const struct map_block *block)
{
    const struct profile *profile = block->build->profile;

    for (size_t i = 1; i < block->drafts_count; i++) {
        const struct map_draft *before = &block->drafts[i - 1];
        const struct map_draft *draft = &block->drafts[i];

        if (drafts_overlap(&before->row, &draft->row))
            yaml_error(block->build->diag, profile->document, draft->node, NULL,
                       "register %u overlaps the row at line %d", draft->row.address + 1u,
                       before->node->mark.line);
    }
}

static void check_keys(const struct map_block *block, const struct yaml_node *names, bool keys)
{
    const struct profile *profile = block->build->profile;
    struct nearest nearest;
    char hint[PROFILE_HINT_ROOM];

    yaml_for_each(i, names) {
        const struct yaml_node *name = keys ? names->keys[i] : names->items[i];

        if (map_word(columns_known, name->text) >= 0)
            continue;
        nearest_init(&nearest, name->text);
        for (size_t j = 0; columns_known[j]; j++)
            nearest_add(&nearest, columns_known[j]);
        yaml_error(block->build->diag, profile->document, name,
                   profile_hint(nearest_name(&nearest), hint), "a register row has no '%s'",
                   name->text);
    }
}

void map_read_rows(struct map_block *block)
{
    const struct yaml_node *rows = yaml_get(block->node, "rows");

    check_keys(block, block->columns, false);
    yaml_for_each(i, rows) {
        if (rows->items[i]->count > block->columns->count)
            check_keys(block, rows->items[i]->items[block->columns->count], true);
        read_row(block, rows->items[i], false);
    }
    yaml_for_each(i, rows)
        read_row(block, rows->items[i], true);
    if (block->drafts_count)
        qsort(block->drafts, block->drafts_count, sizeof(*block->drafts), compare_drafts);
    check_overlaps(block);
}
