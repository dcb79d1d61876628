// SPDX-License-Identifier: Apache-2.0
// The writers of evidence: everything a run leaves behind, made from a result. Each appends to a
// text; the command decides which file it becomes. The two live ones are watchers of a run.
#ifndef SIM_SCENARIO_REPORT_H
#define SIM_SCENARIO_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/base/str.h"
#include "sim/scenario/result.h"
#include "sim/scenario/run.h"
#include "sim/yaml/diag.h"

struct catalogue;

// ---- Files ----

// JUnit XML: a suite a scenario and column, a testcase a case, with the properties `requirements`
// and `test_key`.
void report_junit(const struct result *result, struct str *out);

// The catalogue of statements (scenarios/requirements.yaml). Returns 0 or as yaml_load(), noted.
int catalogue_load(const char *path, struct diag *diag, struct catalogue **ret);
void catalogue_free(struct catalogue **catalogue);
size_t catalogue_count(const struct catalogue *catalogue);

// Errors of tracing, for `testbay trace --strict`: a scenario that names a row the catalogue does
// not have, one whose text changed since the scenario was reviewed (`PS-201@8f3a12c0`), a statement
// nobody covers, one that is covered though it is called not testable. Appends a line each; returns
// how many.
size_t report_trace_errors(const struct catalogue *catalogue, const struct result *result,
                           struct str *out);

// Statement -> scenarios -> verdict per column, as JSON. `catalogue` may be NULL: then only what
// scenarios name.
void report_trace(const struct catalogue *catalogue, const struct result *result, struct str *out);

// The same as text for a terminal: uncovered statements first, then each statement with its
// scenarios and their verdicts.
void report_matrix(const struct catalogue *catalogue, const struct result *result, bool colour,
                   struct str *out);

// The page: one file, nothing loaded from elsewhere.
void report_html(const struct catalogue *catalogue, const struct result *result, struct str *out);

// Verdicts side by side, a column a bench, for a terminal or a log; differences between columns are
// marked. Returns how many rows differ where neither is N/A.
size_t report_table(const struct result *result, bool colour, struct str *out);

// `sha256sum -c` lines of `paths` (relative to `folder`). Returns 0 or -errno of the first that
// cannot be read.
int report_manifest(const char *folder, const char *const *paths, size_t count, struct str *out);

// Writes index.html, junit.xml, trace.json and MANIFEST.sha256 into `folder`, which exists; `more`
// are files that already lie there (the capture) and belong to the manifest. Returns 0 or -errno,
// logged.
int report_write(const char *folder, const struct catalogue *catalogue, const struct result *result,
                 const char *const *more, size_t more_count);

// ---- Live ----

struct console;

struct console_options {
    FILE *out; // Borrowed.
    bool live; // A terminal: one line a role, rewritten. Else plain lines and a heartbeat.
    bool colour;
    bool annotations; // GITHUB_ACTIONS: ::error lines.
    bool quiet;       // Only what is not PASS.
};

// Prints what happens. The caller frees it after console_summary().
struct console *console_new(const struct console_options *options);
void console_free(struct console **console);
struct run_watcher console_watcher(struct console *console);

// The first and the last line of a run: seed, clock, hash, how to replay.
void console_headline(struct console *console, const struct result *result);

// The failing steps again with file:line:col, expected and observed; then the counts, then the
// headline.
void console_summary(struct console *console, const struct result *result);

struct ndjson;

// One JSON object a line for everything that happens (`--format json`). `out` is borrowed.
struct ndjson *ndjson_new(FILE *out);
void ndjson_free(struct ndjson **ndjson);
struct run_watcher ndjson_watcher(struct ndjson *ndjson);
void ndjson_summary(struct ndjson *ndjson, const struct result *result);

#endif
