// SPDX-License-Identifier: Apache-2.0
// The register map of a profile: blocks of the file become runs of addresses with their rows, and
// rows are found by point.
#include "sim/profile/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// ---- Blocks of the file ----

static const char *const units[] = {"own", "self"};

static void note(const struct map_block *block, const struct yaml_node *node, const char *hint,
                 const char *what, unsigned number)
{
    yaml_error(block->build->diag, block->build->profile->document, node, hint, "%s: %u", what,
               number);
}

// The block's facts but its ranges and rows.
static void read_block(const struct map_block *block, struct profile_block *ret)
{
    const struct yaml_node *node = block->node;
    const struct yaml_node *latency = profile_unmark(yaml_get(node, "latency"));
    const struct yaml_node *feature = yaml_get(node, "feature");
    const struct profile *profile = block->build->profile;
    char hint[PROFILE_HINT_ROOM];
    bool own = !strcmp(yaml_get_text(node, "unit", ""), "own");

    *ret = (struct profile_block){
        .unit = own ? units[0] : units[1],
        .table = block->table,
        .filler = (uint16_t)schema_integer(profile_unmark(yaml_get(node, "filler")), 0),
        .latency_ns = latency ? schema_time_ns(latency, -1) : -1,
        .feature = feature ? feature->text : NULL,
    };
    if (feature && !profile_knows_feature(profile, feature->text))
        yaml_error(block->build->diag, profile->document, feature,
                   profile_hint(profile_nearest_feature(profile, feature->text), hint),
                   "the profile has no feature '%s'", feature->text);
}

static bool row_in(const struct profile_block *block, const struct profile_register *row)
{
    return row->address >= block->first &&
           (uint32_t)row->address + row->count <= block->first + block->count;
}

// Ends a run of addresses; its rows are found when all runs are known.
static void add_run(struct profile *profile, const struct profile_block *like, uint32_t first,
                    uint32_t last)
{
    struct profile_block *run = &profile->blocks[profile->blocks_count++];

    *run = *like;
    run->first = (uint16_t)first;
    run->count = last - first + 1;
}

static void add_written_runs(struct map_block *block, const struct profile_block *like,
                             const struct yaml_node *ranges)
{
    struct profile *profile = block->build->profile;

    yaml_for_each(i, ranges) {
        int64_t first;
        int64_t last;

        if (!profile_parse_range(ranges->items[i]->text, &first, &last) ||
            map_address(block, first) < 0 || map_address(block, last) < 0) {
            yaml_error(block->build->diag, profile->document, ranges->items[i],
                       "write 0x000A..0x00AE", "'%s' is no range of addresses",
                       ranges->items[i]->text);
            continue;
        }
        if (profile->blocks_count == PROFILE_BLOCKS_MAX) {
            note(block, ranges, NULL, "more ranges than", PROFILE_BLOCKS_MAX);
            return;
        }
        add_run(profile, like, (uint32_t)map_address(block, first),
                (uint32_t)map_address(block, last));
    }
}

static void add_runs(struct map_block *block, const struct profile_block *like)
{
    struct profile *profile = block->build->profile;
    const struct yaml_node *ranges = yaml_get(block->node, "ranges");
    uint32_t last = 0;

    if (ranges) {
        add_written_runs(block, like, ranges);
        return;
    }
    for (size_t i = 0; i < block->drafts_count; i++) {
        const struct profile_register *row = &block->drafts[i].row;
        uint32_t end = (uint32_t)row->address + row->count - 1;

        last = end > last ? end : last;
    }
    if (block->drafts_count == 0)
        note(block, block->node, NULL, "a block without ranges needs rows; it has", 0);
    else if (profile->blocks_count == PROFILE_BLOCKS_MAX)
        note(block, block->node, NULL, "more blocks than", PROFILE_BLOCKS_MAX);
    else
        add_run(profile, like, block->drafts[0].row.address, last);
}

static void add_row(struct profile *profile, const struct profile_register *row)
{
    MEM_PUSH_ROOM(profile->rows, profile->rows_count, profile->rows_room);
    profile->rows[profile->rows_count++] = *row;
}

// Hands the drafts to the runs [from, blocks_count), which come from the same block of the file.
static void place_rows(struct map_block *block, size_t from)
{
    struct profile *profile = block->build->profile;
    size_t placed = 0;

    for (size_t i = from; i < profile->blocks_count; i++) {
        struct profile_block *run = &profile->blocks[i];

        for (size_t j = 0; j < block->drafts_count; j++) {
            if (!row_in(run, &block->drafts[j].row))
                continue;
            add_row(profile, &block->drafts[j].row);
            run->registers_count++;
        }
        placed += run->registers_count;
    }
    for (size_t j = 0; j < block->drafts_count && placed < block->drafts_count; j++) {
        bool inside = false;

        for (size_t i = from; i < profile->blocks_count; i++)
            inside = inside || row_in(&profile->blocks[i], &block->drafts[j].row);
        if (!inside)
            note(block, block->drafts[j].node, "mend the row or the block's ranges",
                 "the row lies outside the ranges of its block; register",
                 block->drafts[j].row.address + 1u);
    }
}

static void build_block(struct profile_build *build, const struct yaml_node *node)
{
    struct profile *profile = build->profile;
    const struct yaml_node *table = yaml_get(node, "table");
    const struct yaml_node *words = yaml_get(node, "words");
    struct map_block block = {
        .build = build,
        .node = node,
        .columns = yaml_get(node, "columns"),
        .table =
            table ? (enum profile_table)map_word(profile_tables, table->text) : PROFILE_HOLDING,
        .words =
            words ? (enum profile_words)map_word(profile_words, words->text) : PROFILE_HIGH_FIRST,
        .source = profile_source_of(node, profile->source),
    };
    size_t from = profile->blocks_count;
    size_t errors = diag_errors(build->diag);
    struct profile_block like;

    yaml_for_each(i, block.columns)
        block.numbers = block.numbers || !strcmp(block.columns->items[i]->text, "reg");
    read_block(&block, &like);
    map_read_rows(&block);
    if (profile->rows_count + block.drafts_count > PROFILE_ROWS_MAX) {
        note(&block, node, NULL, "more rows than", PROFILE_ROWS_MAX);
    } else if (diag_errors(build->diag) == errors) {
        add_runs(&block, &like);
        place_rows(&block, from);
    }
    free(block.drafts);
}

// ---- Blocks against each other ----

static int compare_blocks(const void *left, const void *right)
{
    const struct profile_block *a = left;
    const struct profile_block *b = right;
    int order = strcmp(a->unit, b->unit);

    if (order)
        return order;
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static void check_blocks(struct profile_build *build)
{
    const struct profile *profile = build->profile;

    for (size_t i = 1; i < profile->blocks_count; i++) {
        const struct profile_block *before = &profile->blocks[i - 1];
        const struct profile_block *block = &profile->blocks[i];

        if (before->unit == block->unit && before->table == block->table &&
            before->first + before->count > block->first)
            yaml_error(build->diag, profile->document, yaml_get(profile->root, "registers"), NULL,
                       "two ranges overlap at address 0x%04X of table %s, unit %s", block->first,
                       profile_tables[block->table], block->unit);
    }
}

// Rows lie in the order of the blocks as they were made; they move no more.
static void bind_rows(struct profile *profile)
{
    size_t first = 0;

    for (size_t i = 0; i < profile->blocks_count; i++) {
        profile->blocks[i].registers = profile->rows + first;
        first += profile->blocks[i].registers_count;
    }
    assert(first == profile->rows_count);
}

void profile_build_registers(struct profile_build *build)
{
    struct profile *profile = build->profile;
    const struct yaml_node *registers = yaml_get(profile->root, "registers");

    if (!registers)
        return;
    profile->rows_room = 8;
    profile->rows = mem_new(profile->rows_room, sizeof(*profile->rows));
    profile->blocks = mem_new(PROFILE_BLOCKS_MAX, sizeof(*profile->blocks));
    yaml_for_each(i, registers)
        build_block(build, registers->items[i]);
    bind_rows(profile);
    qsort(profile->blocks, profile->blocks_count, sizeof(*profile->blocks), compare_blocks);
    check_blocks(build);
}

// ---- Asking ----

size_t profile_blocks_count(const struct profile *profile)
{
    return profile->blocks_count;
}

const struct profile_block *profile_block_at(const struct profile *profile, size_t index)
{
    assert(index < profile->blocks_count);
    return &profile->blocks[index];
}

bool profile_has_row(const struct profile *profile, const struct profile_model *model,
                     const struct profile_block *block, const struct profile_register *row)
{
    if (block->feature && !profile_has_feature(profile, model, block->feature))
        return false;
    return !row->feature || profile_has_feature(profile, model, row->feature);
}

// True when the profile has a block for the unit; else the other unit's blocks stand for it.
static bool has_unit(const struct profile *profile, const char *unit)
{
    for (size_t i = 0; i < profile->blocks_count; i++)
        if (!strcmp(profile->blocks[i].unit, unit))
            return true;
    return false;
}

static bool row_shows(const struct profile_register *row, enum point point, uint16_t index)
{
    return row->point == (int)point && row->index == index && row->shows == PROFILE_SHOWS_VALUE;
}

const struct profile_register *profile_register_at(const struct profile *profile,
                                                   const struct profile_model *model,
                                                   const char *unit, enum point point,
                                                   uint16_t index)
{
    const struct profile_register *found = NULL;
    enum profile_table table = PROFILE_HOLDING;
    bool any_unit = !has_unit(profile, unit);

    for (size_t i = 0; i < profile->blocks_count; i++) {
        const struct profile_block *block = &profile->blocks[i];

        if ((!any_unit && strcmp(block->unit, unit) != 0) || (found && block->table >= table))
            continue;
        for (size_t j = 0; j < block->registers_count; j++) {
            const struct profile_register *row = &block->registers[j];

            if (!row_shows(row, point, index) || !profile_has_row(profile, model, block, row))
                continue;
            found = row;
            table = block->table;
            break;
        }
    }
    return found;
}

const struct profile_register *profile_register_of(const struct profile *profile,
                                                   const struct profile_model *model,
                                                   const char *unit, enum point point)
{
    return profile_register_at(profile, model, unit, point, 0);
}
