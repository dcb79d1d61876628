// SPDX-License-Identifier: Apache-2.0
// What the files of the page share. Not for other rooms: they see report.h.
#ifndef SIM_SCENARIO_HTML_H
#define SIM_SCENARIO_HTML_H

#include "sim/base/str.h"
#include "sim/scenario/coverage.h"
#include "sim/scenario/result.h"

// Lines of the style sheet, NULL-terminated.
extern const char *const html_style[];

// "<span class="verdict pass">PASS</span>"
void html_verdict(enum verdict verdict, struct str *out);

// A table cell with a label for small screens; nothing inside when `text` is NULL.
void html_cell(const char *label, const char *text, struct str *out);

// An entry's anchor: "s2-1" for the second scenario on the first column.
void html_anchor(const struct result *result, const struct result_entry *entry, struct str *out);

// Page one: devices, benches, hashes, clocks.
void html_facts(const struct result *result, struct str *out);

// Statement -> scenarios -> verdict; uncovered first, then by chapter, then not testable.
void html_matrix(const struct catalogue *catalogue, const struct result *result, struct str *out);

// Each scenario: its cases, timeline and steps.
void html_scenarios(const struct result *result, struct str *out);

// The steps of a case along both clocks, as inline SVG.
void html_timeline(const struct result_case *row, struct str *out);

#endif
