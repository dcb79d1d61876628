// SPDX-License-Identifier: Apache-2.0
// A profile: the facts of one device family and guide edition, read from YAML. The simulator serves
// by it, the bench drives by it, the validator resolves `$role.policy...` against it. Data only; no
// behaviour.
#ifndef SIM_PROFILE_PROFILE_H
#define SIM_PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/profile/points.h"
#include "sim/yaml/schema.h"

// Where a fact comes from: the document and how sure it is ("H", "M", "L", as in the facts).
struct profile_source {
    const char *document;
    const char *confidence;
};

enum profile_table { PROFILE_HOLDING, PROFILE_INPUT, PROFILE_COIL, PROFILE_DISCRETE };
enum profile_words { PROFILE_HIGH_FIRST, PROFILE_LOW_FIRST };

// Read, write, read by command, written by command.
enum profile_access { PROFILE_R, PROFILE_RW, PROFILE_W, PROFILE_RC, PROFILE_WC, PROFILE_R_WC };

enum profile_type {
    PROFILE_UINT16,
    PROFILE_INT16,
    PROFILE_UINT32,
    PROFILE_INT32,
    PROFILE_UINT64,
    PROFILE_INT64,
    PROFILE_FLOAT32,
    PROFILE_ASCII,
    PROFILE_DATETIME, // Four registers, IEC 60870-5 layout.
    PROFILE_BIT,      // Coils and discrete inputs.
    PROFILE_FLAG,     // Bit `bit` of a register; what its point or the point's quality says.
};

// What is served when the point has no value.
enum profile_invalid {
    PROFILE_INVALID_ZERO,
    PROFILE_INVALID_ONES,
    PROFILE_INVALID_MIN, // 8000...0
    PROFILE_INVALID_NAN, // FFC00000
};

// What a flag shows of its point.
enum profile_shows {
    PROFILE_SHOWS_VALUE,
    PROFILE_SHOWS_VALID,  // A quality bit: 1 while the point has a value.
    PROFILE_SHOWS_ABSENT, // 1 while the point has no value.
};

// One datum of a map. Flags may share a register: a status word is as many rows as it has bits.
// Encoding a flag changes its bit alone and leaves the others.
struct profile_register {
    uint16_t address; // On the wire.
    uint16_t count;   // Registers, or bits for coils.
    enum profile_access access;
    enum profile_type type;
    enum profile_words words;
    enum profile_invalid invalid;
    enum profile_shows shows; // PROFILE_FLAG only.
    uint8_t bit;              // PROFILE_FLAG: 0 to 16 * count - 1, from the low end.
    double scale;             // Register = point x scale.
    bool keeps;               // Survives a power cycle.
    bool clamps;              // Raw values outside low to high are served as low or high.
    int64_t low, high;
    int point;      // enum point, or -1: reads `constant`.
    uint16_t index; // Of a repeated row (the k-th wireless device): from 1; 0: not repeated.
    int64_t constant;
    const char *feature; // Present only on models that have this feature; NULL: on all.
    const char *note;    // For the reader of the map, or NULL.
    struct profile_source source;
};

// A run of addresses that exist. Inside it a hole reads the filler; outside every block there is
// exception 02.
struct profile_block {
    const char *unit; // "self" (unit 255 of a gateway), "own" (the device's unit id).
    enum profile_table table;
    uint16_t first;
    uint32_t count;
    uint16_t filler;
    int64_t latency_ns;  // From request to reply when it is read; -1: as `timing.latency`.
    const char *feature; // The block exists only on models that have this feature; NULL: on all.
    const struct profile_register *registers; // Sorted by (address, bit), not overlapping.
    size_t registers_count;
};

struct profile_model {
    const char *name;
    const char *const *cells; // In the order of profile_columns().
};

struct profile;

// Reads and checks a profile file. Errors are noted in `diag`; returns 0, ERR_SYNTAX, ERR_SCHEMA or
// -errno.
int profile_load(const char *path, struct diag *diag, struct profile **ret);

// The same for text in memory (copied); `name` stands where a path would (copied).
int profile_parse(const char *name, const char *text, size_t length, struct diag *diag,
                  struct profile **ret);

void profile_free(struct profile **profile);

const char *profile_id(const struct profile *profile);
const char *profile_family(const struct profile *profile);
const char *profile_title(const struct profile *profile);
const char *profile_path(const struct profile *profile);
struct profile_source profile_default_source(const struct profile *profile);

// SHA-256 of the file, as text, for the report.
const char *profile_hash(const struct profile *profile);

// Models: NULL when the profile knows no such model. `hardware` may be NULL (first row that fits).
size_t profile_models_count(const struct profile *profile);
const struct profile_model *profile_model_at(const struct profile *profile, size_t index);
const struct profile_model *profile_model(const struct profile *profile, const char *name,
                                          const char *hardware);
const char *const *profile_columns(const struct profile *profile, size_t *ret_count);
// The cell of a column, or NULL when there is no such column.
const char *profile_model_cell(const struct profile *profile, const struct profile_model *model,
                               const char *column);

// True when the profile claims `feature` for `model` (roles.<r>.features; NULL: for any model), and
// the kind a role may ask for ("panel-server", "breaker", ...).
bool profile_has_feature(const struct profile *profile, const struct profile_model *model,
                         const char *feature);
const char *profile_kind(const struct profile *profile);

// A fact by dotted path ("policy.lockout.stages.0.failures": `policy` is short for `policies`), or
// NULL. A map with a `value` key stands for its value. Borrowed.
const struct yaml_node *profile_fact(const struct profile *profile, const char *path);
const char *profile_fact_text(const struct profile *profile, const char *path,
                              const char *otherwise);
int64_t profile_fact_integer(const struct profile *profile, const char *path, int64_t otherwise);
int64_t profile_fact_time_ns(const struct profile *profile, const char *path, int64_t otherwise);

// Register blocks, sorted by (unit, table, first).
size_t profile_blocks_count(const struct profile *profile);
const struct profile_block *profile_block_at(const struct profile *profile, size_t index);

// The row that shows the value of a point in the map of `unit` ("own" or "self") of `model` (NULL:
// any model), or NULL; the holding table first. A profile that has blocks for one unit only serves
// them as both. `index` is 0, or the number of a repeated row.
const struct profile_register *profile_register_of(const struct profile *profile,
                                                   const struct profile_model *model,
                                                   const char *unit, enum point point);
const struct profile_register *profile_register_at(const struct profile *profile,
                                                   const struct profile_model *model,
                                                   const char *unit, enum point point,
                                                   uint16_t index);

// True when `model` has the row (its feature and that of its block; NULL features: always).
bool profile_has_row(const struct profile *profile, const struct profile_model *model,
                     const struct profile_block *block, const struct profile_register *row);

// How long a value of the point may be old on this device ("timing.ageing"); 0: always fresh.
int64_t profile_ageing_ns(const struct profile *profile, enum point point);

// Turns registers into a value and back, by type, word order, scale and invalid pattern. `data` is
// wire order, 2 * count bytes (for coils one byte, 0 or 1). `text` is room for an ASCII value. A
// flag that shows validity gives an integer 0 or 1. Encoding a flag reads `ret_data` first.
// Encoding returns 0 or ERR_RANGE / ERR_TYPE when the value does not fit the register (a value that
// would read as "not available" does not fit).
void profile_decode(const struct profile_register *row, const uint8_t *data,
                    char text[POINT_TEXT_BYTES_MAX + 1], struct point_value *ret_value);
int profile_encode(const struct profile_register *row, const struct point_value *value,
                   uint8_t *ret_data);

// Markdown of a profile: models, services, policies, register map with sources; what `testbay
// describe` prints.
void profile_describe(const struct profile *profile, struct str *out);

// The schema of profile files, for validate, schema and the manual.
extern const struct schema profile_schema;

// What another room works out from a profile once for all devices that follow it; freed with the
// profile. Embedded in what its room keeps.
struct profile_extra {
    const void *kind; // An address of that room's own, to know its extras by.
    void (*free)(struct profile_extra *extra);
    struct profile_extra *next;
};
struct profile_extra *profile_extras(const struct profile *profile);
// Taken over by the profile.
void profile_add_extra(const struct profile *profile, struct profile_extra *extra);

// A set of profiles: every `*.yaml` under devices/*/profiles (or the installed copy), found by id.
struct profiles;
// `folder` is searched to any depth for profiles/*.yaml files, loaded on demand. Never NULL.
struct profiles *profiles_new(const char *folder);
void profiles_free(struct profiles **profiles);
// Loads (once) and returns the profile, borrowed from the set. Returns 0, ERR_NOT_FOUND or as
// profile_load().
int profiles_get(struct profiles *profiles, const char *id, struct diag *diag,
                 const struct profile **ret);
// The ids found, sorted; borrowed.
const char *const *profiles_ids(struct profiles *profiles, size_t *ret_count);

#endif
