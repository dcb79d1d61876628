// SPDX-License-Identifier: Apache-2.0
// What the files of this room share: a profile as it is held, and who builds which part of it.
// Texts and nodes are borrowed from the document, which lives as long as the profile. Not for other
// rooms: they see profile.h and command.h.
#ifndef SIM_PROFILE_PARTS_H
#define SIM_PROFILE_PARTS_H

#include "sim/base/crypto.h"
#include "sim/profile/command.h"
#include "sim/profile/profile.h"

#define PROFILE_MODELS_MAX 512
#define PROFILE_COLUMNS_MAX 32
#define PROFILE_BLOCKS_MAX 256
#define PROFILE_ROWS_MAX 20000
#define PROFILE_COMMANDS_MAX 256

struct profile {
    struct yaml_document *document;
    const struct yaml_node *root;
    char *path;
    char hash[CRYPTO_SHA256_HEX_ROOM];
    struct profile_source source;

    const char **columns; // Of the models.
    size_t columns_count;
    const char **cells; // Of every model, one after the other.
    struct profile_model *models;
    size_t models_count;

    struct profile_block *blocks;
    size_t blocks_count;
    struct profile_register *rows; // Of every block, one after the other.
    size_t rows_count;
    size_t rows_room;
    int64_t ageing_ns[POINT_COUNT];

    struct profile_command_layout *layout;
    struct profile_command *commands;
    size_t commands_count;
    const char **accounts; // Of every command, one after the other.
    struct profile_module *modules;
    size_t modules_count;
    struct profile_result *results;
    size_t results_count;

    struct profile_extra **extras; // A place of its own: a list that grows on a const profile.
};

// What a builder works on; errors go to `diag`.
struct profile_build {
    struct profile *profile;
    struct diag *diag;
};

// Each builds its part from a document that fits the schema, and notes what is wrong with it. In
// this order: registers and commands ask for models, features and accounts.
void profile_build_models(struct profile_build *build);
void profile_build_registers(struct profile_build *build);
void profile_build_timing(struct profile_build *build);
void profile_build_commands(struct profile_build *build);

// A map with a `value` stands for it; NULL gives NULL.
const struct yaml_node *profile_unmark(const struct yaml_node *node);

// The source of an entry: its own `source` and `confidence`, else what it inherits.
struct profile_source profile_source_of(const struct yaml_node *entry,
                                        struct profile_source inherited);

// True when the profile speaks of that feature at all.
bool profile_knows_feature(const struct profile *profile, const char *feature);

// The nearest feature to a mistyped one, or NULL.
const char *profile_nearest_feature(const struct profile *profile, const char *feature);

// A hint "did you mean 'x'?" in `room`, or NULL when there is no near name.
#define PROFILE_HINT_ROOM 128
const char *profile_hint(const char *nearest, char room[PROFILE_HINT_ROOM]);

// Reads "10..20" or "10" (decimal or 0x, with sign). False when the text is neither, or falls.
bool profile_parse_range(const char *text, int64_t *ret_low, int64_t *ret_high);

// Reads a function code of a list: "16", "43/14", "100/4"; *ret_sub -1 without one.
bool profile_parse_function(const char *text, int *ret_function, int *ret_sub);

// The id of an identification object by name or number ("VendorName", "0x80"), or -1.
int profile_identity_id(const char *name);

// The cell of a table's row (`columns`, `rows`): by column, or from the map that ends the row.
const struct yaml_node *profile_cell(const struct yaml_node *columns, const struct yaml_node *row,
                                     const char *column);

// The words of the file for what a register is, by the enums of profile.h.
extern const char *const profile_tables[];
extern const char *const profile_words[];
extern const char *const profile_accesses[];
const char *profile_type_text(const struct profile_register *row);
const char *profile_invalid_text(const struct profile_register *row);

#endif
