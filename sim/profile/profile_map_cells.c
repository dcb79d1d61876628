// SPDX-License-Identifier: Apache-2.0
// Cells of a register row: each is checked where it stands, alone and against the type of the row.
#include "sim/profile/map.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/nearest.h"

// ---- The words of the file ----

const char *const profile_tables[] = {"holding", "input", "coil", "discrete", NULL};
const char *const profile_words[] = {"high-first", "low-first", NULL};
const char *const profile_accesses[] = {"R", "RW", "W", "RC", "WC", "R-WC", NULL};

static const struct {
    const char *name;
    enum profile_type type;
    uint16_t count; // 0: as the row says.
    enum profile_invalid invalid;
} types[] = {
    {"uint16", PROFILE_UINT16, 1, PROFILE_INVALID_ONES},
    {"int16", PROFILE_INT16, 1, PROFILE_INVALID_MIN},
    {"uint32", PROFILE_UINT32, 2, PROFILE_INVALID_ONES},
    {"int32", PROFILE_INT32, 2, PROFILE_INVALID_MIN},
    {"uint64", PROFILE_UINT64, 4, PROFILE_INVALID_ONES},
    {"int64", PROFILE_INT64, 4, PROFILE_INVALID_MIN},
    {"float32", PROFILE_FLOAT32, 2, PROFILE_INVALID_NAN},
    {"ascii", PROFILE_ASCII, 0, PROFILE_INVALID_ZERO},
    {"datetime", PROFILE_DATETIME, 4, PROFILE_INVALID_ONES},
    {"bit", PROFILE_BIT, 1, PROFILE_INVALID_ZERO},
    {"bits", PROFILE_FLAG, 0, PROFILE_INVALID_ZERO},
    {"quality", PROFILE_FLAG, 0, PROFILE_INVALID_ZERO},
};
#define TYPES_COUNT (sizeof(types) / sizeof(types[0]))

// Each way to say it; the first of a value is the one that is printed.
static const struct {
    const char *name;
    enum profile_invalid invalid;
} invalids[] = {
    {"zero", PROFILE_INVALID_ZERO},     {"0", PROFILE_INVALID_ZERO},
    {"all-ones", PROFILE_INVALID_ONES}, {"0xFFFF", PROFILE_INVALID_ONES},
    {"int-min", PROFILE_INVALID_MIN},   {"nan", PROFILE_INVALID_NAN},
};
#define INVALIDS_COUNT (sizeof(invalids) / sizeof(invalids[0]))

const char *profile_type_text(const struct profile_register *row)
{
    static const char *const flags[] = {"bit", "valid bit", "absent bit"};

    if (row->type == PROFILE_FLAG)
        return flags[row->shows];
    for (size_t i = 0; i < TYPES_COUNT; i++)
        if (types[i].type == row->type)
            return types[i].name;
    return "";
}

const char *profile_invalid_text(const struct profile_register *row)
{
    for (size_t i = 0; i < INVALIDS_COUNT; i++)
        if (invalids[i].invalid == row->invalid)
            return invalids[i].name;
    return "";
}

int map_word(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], text))
            return i;
    return -1;
}

int64_t map_address(const struct map_block *block, int64_t written)
{
    int64_t address = block->numbers ? written - 1 : written;

    return address >= 0 && address <= UINT16_MAX ? address : -1;
}

// ---- One cell ----

void map_fail(struct map_reader *reader, const struct yaml_node *at, const char *hint,
              const char *format, ...)
{
    struct profile_build *build = reader->block->build;
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    yaml_error(build->diag, build->profile->document, at, hint, "%s", text);
    reader->failed = true;
}

const struct yaml_node *map_cell(const struct map_reader *reader, const char *column)
{
    return profile_cell(reader->block->columns, reader->node, column);
}

// The cell as a scalar; a dash stands for nothing.
const struct yaml_node *map_scalar(struct map_reader *reader, const char *column)
{
    const struct yaml_node *node = map_cell(reader, column);

    if (!node || (node->kind == YAML_SCALAR && !strcmp(node->text, "-") && !node->quoted))
        return NULL;
    if (node->kind != YAML_SCALAR) {
        map_fail(reader, node, NULL, "'%s' is one word or number", column);
        return NULL;
    }
    return node;
}

bool map_integer(struct map_reader *reader, const char *column, int64_t low, int64_t high,
                 int64_t *ret)
{
    const struct yaml_node *node = map_scalar(reader, column);
    const struct schema_field field = {
        .name = column, .type = SCHEMA_INTEGER, .low = (double)low, .high = (double)high};

    if (!node)
        return false;
    if (schema_check_field(&field, reader->block->build->profile->document, node,
                           reader->block->build->diag) < 0) {
        reader->failed = true;
        return false;
    }
    *ret = schema_integer(node, 0);
    return true;
}

static int choice(struct map_reader *reader, const char *column, const char *const *words,
                  int otherwise)
{
    const struct yaml_node *node = map_scalar(reader, column);
    struct nearest nearest;
    char hint[PROFILE_HINT_ROOM];
    int index;

    if (!node)
        return otherwise;
    index = map_word(words, node->text);
    if (index >= 0)
        return index;
    nearest_init(&nearest, node->text);
    for (int i = 0; words[i]; i++)
        nearest_add(&nearest, words[i]);
    map_fail(reader, node, profile_hint(nearest_name(&nearest), hint),
             !strcmp(column, "access") ? "'%s' is no access; use R RW W RC WC R-WC"
                                       : "'%s' is no word order; use high-first or low-first",
             node->text);
    return otherwise;
}

// The point of a name, or -1 with an error.
static int point_at(struct map_reader *reader, const struct yaml_node *node)
{
    char hint[PROFILE_HINT_ROOM];
    int point = node->kind == YAML_SCALAR ? point_find(node->text) : -1;

    if (node->kind != YAML_SCALAR)
        map_fail(reader, node, NULL, "'%s' is one name", "point");
    else if (point < 0)
        map_fail(reader, node, profile_hint(point_nearest(node->text), hint),
                 "no point is called '%s'", node->text);
    return point;
}

// ---- One row ----

static void read_address(struct map_reader *reader)
{
    const char *column = reader->block->numbers ? "reg" : "addr";
    int64_t written;

    if (map_integer(reader, column, reader->block->numbers, reader->block->numbers + UINT16_MAX,
                    &written))
        reader->row.address = (uint16_t)map_address(reader->block, written);
    else if (!reader->failed)
        map_fail(reader, reader->node, NULL, "the row has no '%s'", column);
}

static void read_type(struct map_reader *reader)
{
    const struct yaml_node *node = map_scalar(reader, "type");
    struct nearest nearest;
    char hint[PROFILE_HINT_ROOM];

    if (!node) {
        if (!reader->failed)
            map_fail(reader, reader->node, NULL, "the row has no '%s'", "type");
        return;
    }
    nearest_init(&nearest, node->text);
    for (size_t i = 0; i < TYPES_COUNT; i++) {
        nearest_add(&nearest, types[i].name);
        if (strcmp(types[i].name, node->text) != 0)
            continue;
        reader->type = types[i].name;
        reader->row.type = types[i].type;
        reader->row.count = types[i].count;
        reader->row.invalid = types[i].invalid;
        return;
    }
    map_fail(reader, node, profile_hint(nearest_name(&nearest), hint), "'%s' is no register type",
             node->text);
}

// What the type allows as a number of registers.
static bool count_fits(const struct map_reader *reader, int64_t count)
{
    if (reader->row.type == PROFILE_ASCII)
        return count <= POINT_TEXT_BYTES_MAX / 2;
    if (reader->row.type == PROFILE_FLAG)
        return count <= 4;
    return count == reader->row.count;
}

static void read_count(struct map_reader *reader)
{
    bool bits = reader->block->table >= PROFILE_COIL;
    int64_t count = reader->row.count ? reader->row.count : 1;
    bool written = map_integer(reader, "n", 1, 125, &count);

    if (reader->failed)
        return;
    if (bits != (reader->row.type == PROFILE_BIT))
        map_fail(reader, map_cell(reader, "type"), NULL, "type %s does not fit the table",
                 reader->type);
    else if (reader->row.type == PROFILE_ASCII && !written)
        map_fail(reader, reader->node, NULL, "a text needs its number of registers: '%s'", "n");
    else if (!count_fits(reader, count))
        map_fail(reader, map_scalar(reader, "n"), NULL, "the count does not fit type %s",
                 reader->type);
    else if (reader->row.address + count > UINT16_MAX + 1)
        map_fail(reader, reader->node, NULL, "the row of type %s ends past the last address",
                 reader->type);
    reader->row.count = (uint16_t)count;
}

static void read_invalid(struct map_reader *reader)
{
    const struct yaml_node *node = map_scalar(reader, "invalid");
    bool is_float = reader->row.type == PROFILE_FLOAT32;

    if (!node)
        return;
    for (size_t i = 0; i < INVALIDS_COUNT; i++) {
        if (strcmp(invalids[i].name, node->text) != 0)
            continue;
        reader->row.invalid = invalids[i].invalid;
        if ((invalids[i].invalid == PROFILE_INVALID_NAN) != is_float &&
            invalids[i].invalid != PROFILE_INVALID_ZERO)
            map_fail(reader, node, NULL, "'%s' is no invalid value of that type", node->text);
        return;
    }
    map_fail(reader, node, "zero, all-ones, int-min or nan", "'%s' is no invalid value",
             node->text);
}

static void read_range(struct map_reader *reader)
{
    const struct yaml_node *node = map_scalar(reader, "range");

    if (!node)
        return;
    reader->row.clamps = profile_parse_range(node->text, &reader->row.low, &reader->row.high);
    if (!reader->row.clamps)
        map_fail(reader, node, "write 0..32767", "'%s' is no range", node->text);
}

static void read_scale(struct map_reader *reader)
{
    static const struct schema_field field = {
        .name = "scale", .type = SCHEMA_NUMBER, .low = 1e-9, .high = 1e9};
    const struct yaml_node *node = map_scalar(reader, "scale");
    struct profile_build *build = reader->block->build;

    reader->row.scale = 1;
    if (!node)
        return;
    if (schema_check_field(&field, build->profile->document, node, build->diag) < 0)
        reader->failed = true;
    else
        reader->row.scale = schema_number(node, 1);
}

static void read_keeps(struct map_reader *reader)
{
    static const struct schema_field field = {.name = "keeps", .type = SCHEMA_BOOL};
    const struct yaml_node *node = map_scalar(reader, "keeps");
    struct profile_build *build = reader->block->build;

    if (node && schema_check_field(&field, build->profile->document, node, build->diag) < 0)
        reader->failed = true;
    else
        reader->row.keeps = schema_bool(node, false);
}

static void read_feature(struct map_reader *reader)
{
    const struct yaml_node *node = map_scalar(reader, "feature");
    const struct profile *profile = reader->block->build->profile;
    char hint[PROFILE_HINT_ROOM];

    if (!node)
        return;
    reader->row.feature = node->text;
    if (!profile_knows_feature(profile, node->text))
        map_fail(reader, node, profile_hint(profile_nearest_feature(profile, node->text), hint),
                 "the profile has no feature '%s'", node->text);
}

// A text wants a text, a time a time, a bit a whole number.
static bool point_fits(const struct map_reader *reader, enum point point)
{
    enum point_type type = point_info(point)->type;

    switch (reader->row.type) {
    case PROFILE_ASCII:
        return type == POINT_TEXT;
    case PROFILE_DATETIME:
        return type == POINT_TIME;
    case PROFILE_BIT:
    case PROFILE_FLAG:
        return type == POINT_INTEGER;
    case PROFILE_UINT16:
    case PROFILE_INT16:
    case PROFILE_UINT32:
    case PROFILE_INT32:
    case PROFILE_UINT64:
    case PROFILE_INT64:
    case PROFILE_FLOAT32:
        return type == POINT_NUMBER || type == POINT_INTEGER;
    }
    return false;
}

int map_read_point(struct map_reader *reader, const struct yaml_node *node)
{
    int point = point_at(reader, node);

    if (point >= 0 && !point_fits(reader, (enum point)point))
        map_fail(reader, node, NULL, "point '%s' does not fit the type of the register",
                 node->text);
    return point;
}

void map_read_cells(struct map_reader *reader)
{
    const struct map_block *block = reader->block;
    const struct yaml_node *rest = reader->node->count > block->columns->count
                                       ? reader->node->items[block->columns->count]
                                       : NULL;
    const struct yaml_node *node;

    read_address(reader);
    read_type(reader);
    if (reader->failed)
        return;
    read_count(reader);
    read_invalid(reader);
    read_scale(reader);
    read_range(reader);
    read_keeps(reader);
    read_feature(reader);
    reader->row.access = (enum profile_access)choice(reader, "access", profile_accesses, PROFILE_R);
    reader->row.words = (enum profile_words)choice(reader, "words", profile_words, block->words);
    reader->row.source = profile_source_of(rest, block->source);
    node = map_scalar(reader, "confidence");
    if (node && map_word((const char *const[]){"H", "M", "L", NULL}, node->text) < 0)
        map_fail(reader, node, "H, M or L", "'%s' is no confidence", node->text);
    else if (node)
        reader->row.source.confidence = node->text;
    node = map_scalar(reader, "note");
    reader->row.note = node ? node->text : NULL;
}
