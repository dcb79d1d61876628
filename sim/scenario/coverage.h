// SPDX-License-Identifier: Apache-2.0
// Which statement of the catalogue is covered by which scenario, and with what verdict on each
// bench. Not for other rooms: they see report.h.
#ifndef SIM_SCENARIO_COVERAGE_H
#define SIM_SCENARIO_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/report.h"

#define COVERAGE_FINGERPRINT_ROOM 9 // Eight digits of the SHA-256 of text and check.

struct statement {
    const char *id;
    const char *kind;
    const char *text;
    const char *check;
    const char *section;
    const char *document;       // The first one's id.
    const char *document_title; // Its number, edition and title.
    const char *not_testable;   // Why, or NULL.
    char *needs;                // "net, sl"
    char *documents;            // All ids.
    char fingerprint[COVERAGE_FINGERPRINT_ROOM];
    size_t order; // By document, chapter and place.
};

struct catalogue {
    struct yaml_document *document;
    struct statement *statements; // Sorted by `order`.
    size_t count;
};

// The statement an entry of `verifies` names ("PS-201", "PS-201@8f3a12c0", "BR-011.ble"), or NULL.
// *ret_suspect: its text is not the one that was reviewed.
const struct statement *catalogue_find(const struct catalogue *catalogue, const char *reference,
                                       bool *ret_suspect);

struct cover {
    const struct result_scenario *scenario;
    bool suspect;
};

struct coverage_row {
    const struct statement
        *statement; // NULL: a reference the catalogue does not know, or without a catalogue.
    char *id;
    struct cover *covers;
    size_t covers_count;
    enum verdict *verdicts; // One a column; VERDICT_NOT_RUN where nothing ran.
    bool suspect;
};

struct coverage {
    struct coverage_row *rows; // Statements in order, then references nobody knows.
    size_t count;
    size_t columns;
};

void coverage_init(struct coverage *coverage, const struct catalogue *catalogue,
                   const struct result *result);
void coverage_done(struct coverage *coverage);

// True when some scenario covers it.
static inline bool coverage_is_covered(const struct coverage_row *row)
{
    return row->covers_count > 0;
}

#endif
