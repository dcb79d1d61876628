// SPDX-License-Identifier: Apache-2.0
// What a run leaves in memory: run -> scenario -> entry (the scenario on one bench) -> case ->
// step. A bench is a column; one run may have several. The runner fills it, the report writers only
// read it. Texts are owned by the result and hold no secret.
#ifndef SIM_SCENARIO_RESULT_H
#define SIM_SCENARIO_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/verdict.h"

// The three clocks of an instant: since the world's start, the world's UTC, the host's UTC (0 when
// nobody asked).
struct result_time {
    int64_t world_ns;
    int64_t utc_ns;
    int64_t host_utc_ns;
};

enum result_phase {
    RESULT_SETUP,
    RESULT_STEPS,
    RESULT_CLEANUP,
    RESULT_BACKGROUND,
    RESULT_ALWAYS,
    RESULT_SOMETIMES,
};

struct result_texts {
    char **items;
    size_t count;
};

struct result_step {
    enum result_phase phase;
    char *number; // "3", "4.2"
    char *title;  // `name:`, or what it does in words.
    char *file;
    int line;
    int column;
    char *role; // NULL where it has none.
    char *expected;
    char *observed;
    char *measured;  // With the clock word's own measure: "edge at 600s".
    char *tolerance; // The effective one and where it comes from.
    char *reason;    // Of everything that is not PASS.
    enum verdict verdict;
    struct result_time started;
    struct result_time ended;
    int64_t measured_ns;    // -1 when nothing was measured.
    int64_t window_ns;      // What the clock word allowed or asked for; -1 without.
    uint64_t asked;         // Probes.
    int64_t largest_gap_ns; // Between two probes of a window.
    uint64_t members;       // That took part.
    uint64_t frame_first;   // Of the capture, from 1; 0 for none.
    uint64_t frame_last;
    struct result_texts members_failed; // "evse[17]: ...": the first ten.
    struct result_texts attachments;    // Paths relative to the report.
};

struct result_case {
    char *id; // "" for the only one.
    enum verdict verdict;
    char *reason;
    unsigned attempts;
    struct result_time started;
    struct result_time ended;
    struct result_step **steps;
    size_t steps_count;
};

// A scenario on a column.
struct result_entry {
    struct result_scenario *scenario;
    struct result_column *column;
    enum verdict verdict;
    char *reason;  // Why it is what it is, in one line; NULL for PASS.
    char *finding; // Of the quarantine, or NULL.
    uint64_t seed;
    char *world_hash;
    char *capture; // Path or NULL; one in `captures/` of the report is linked.
    uint64_t frames;
    struct result_time started;
    struct result_time ended;
    struct result_case **cases;
    size_t cases_count;
};

struct result_scenario {
    char *path;
    char *id;
    char *title;
    char *hash;
    struct result_texts verifies; // "PS-201" or "PS-201@2"
    struct result_texts basis;
    struct result_texts tags;
    struct result_entry **entries; // One a column, in their order; NULL where it did not run.
    size_t entries_count;
};

struct result_device {
    char *role;
    char *id;
    char *label;
    char *profile;
    char *profile_hash;
    char *profile_document;
    char *model;
    char *serial;
    char *firmware;
    char *configuration;
    size_t members;
};

struct result_column {
    char *name;    // Of the bench.
    char *adapter; // "sim", "played" (by a second testbay), "board", "mixed"
    char *clock;   // "jump", "real", "x5", "hold"
    char *slack;   // "2s, poll 500ms, factor 1.5"; "" on the simulator.
    bool begun;    // A scenario has run on it; the rest is set.
    uint64_t seed;
    char *world_hash; // Of all its worlds, in their order.
    struct result_time started;
    struct result_time ended;
    struct result_device *devices;
    size_t devices_count;
};

struct result {
    char *version;
    char *commit;
    char *command;       // As typed.
    char *operator_name; // NULL when unattended.
    char *replay;        // "testbay replay testbay-runs/ID"
    int64_t started_host_utc_ns;
    int64_t ended_host_utc_ns;
    struct result_column **columns;
    size_t columns_count;
    struct result_scenario **scenarios;
    size_t scenarios_count;
};

struct result *result_new(void);
void result_free(struct result **result);

// A column for a bench; texts are copied. Borrowed from the result.
struct result_column *result_add_column(struct result *result, const char *name,
                                        const char *adapter, const char *clock);

// The row of a scenario, made when it is not there; the entry of a scenario on a column, made when
// it is not there (and emptied when it is: a repeated run replaces it).
struct result_scenario *result_add_scenario(struct result *result, const char *path, const char *id,
                                            const char *title);
struct result_entry *result_add_entry(struct result *result, struct result_scenario *scenario,
                                      struct result_column *column);
struct result_case *result_add_case(struct result_entry *entry, const char *id);
struct result_step *result_add_step(struct result_case *row);
// Forgets the steps of a case, for another attempt.
void result_clear_case(struct result_case *row);
void result_add_text(struct result_texts *texts, const char *text);

// How many entries have a verdict; the exit code of all (4 when nothing passed, failed or was
// expected to fail).
size_t result_count(const struct result *result, enum verdict verdict);
int result_exit(const struct result *result, bool strict, bool signalled);

// True unless all the column's targets are boards: what passes there is no evidence of a product.
bool result_column_is_model(const struct result_column *column);

#endif
