// SPDX-License-Identifier: Apache-2.0
// A register map while it is built: drafts of rows with the place they were written at, so that
// what is wrong between two rows can be shown. A row of the file becomes one draft, or as many as
// it has flags or repeats. Only for the profile_map*.c files.
#ifndef SIM_PROFILE_MAP_H
#define SIM_PROFILE_MAP_H

#include "sim/profile/parts.h"

struct map_draft {
    struct profile_register row;
    const struct yaml_node *node;
};

// One block of the file.
struct map_block {
    struct profile_build *build;
    const struct yaml_node *node;
    const struct yaml_node *columns;
    enum profile_table table;
    enum profile_words words;
    struct profile_source source;
    bool numbers; // Counts register numbers (column `reg`), which are addresses plus one.
    struct map_draft *drafts;
    size_t drafts_count;
    size_t drafts_room;
};

// A row while it is read.
struct map_reader {
    struct map_block *block;
    const struct yaml_node *node;
    struct profile_register row;
    const char *type; // As written.
    bool failed;
};

// Notes what is wrong with the row at `at`.
void map_fail(struct map_reader *reader, const struct yaml_node *at, const char *hint,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

// The cell of a column, or NULL; the same as a scalar, NULL also for a dash.
const struct yaml_node *map_cell(const struct map_reader *reader, const char *column);
const struct yaml_node *map_scalar(struct map_reader *reader, const char *column);

// A whole number within [low, high] in *ret; false when there is no such cell or it is wrong.
bool map_integer(struct map_reader *reader, const char *column, int64_t low, int64_t high,
                 int64_t *ret);

// The point that a cell names, if it fits the row's type; -1 with an error.
int map_read_point(struct map_reader *reader, const struct yaml_node *node);

// Fills reader->row from the cells that every type of row has.
void map_read_cells(struct map_reader *reader);

// Reads every row of the block into drafts, sorted by (address, bit), and notes overlaps.
void map_read_rows(struct map_block *block);

// An address or register number as an address; -1 when it is none.
int64_t map_address(const struct map_block *block, int64_t written);

// The index of a word in a NULL-terminated list, or -1.
int map_word(const char *const *words, const char *text);

#endif
