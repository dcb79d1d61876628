// SPDX-License-Identifier: Apache-2.0
// What is wrong with a file, said so that its author can mend it: file:line:col, the source line
// with a mark under the place, and a hint. Collected, not printed: the command decides where they
// go.
#ifndef SIM_YAML_DIAG_H
#define SIM_YAML_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/str.h"

#define DIAG_COUNT_MAX 50 // Past this, only a count is kept.

// A place in a file; lines and columns from 1. `line` 0 means the file as a whole.
struct yaml_mark {
    const char *file; // Borrowed from the document.
    int line;
    int column;
};

struct diag;

struct diag *diag_new(void);
void diag_free(struct diag **diag);

// Notes an error at `mark`. `source` is the text of the line or NULL (copied); `hint` a sentence or
// NULL (copied). The message is printf's, without a full stop.
void diag_error(struct diag *diag, const struct yaml_mark *mark, const char *source,
                const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

// As diag_error() for what is suspicious but allowed; does not count as an error.
void diag_warning(struct diag *diag, const struct yaml_mark *mark, const char *source,
                  const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

// Attaches a second place to what was noted last ("the first 'id' is here"), in the same file.
void diag_note(struct diag *diag, const struct yaml_mark *mark, const char *source,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

// True when what is noted from now on is only counted: its source line need not be looked for.
bool diag_full(const struct diag *diag);

// How many errors were noted, those past the maximum included.
size_t diag_errors(const struct diag *diag);

// Everything noted, sorted by place, in the form
//   scenarios/a.yaml:7:5: error: unknown key 'expct'
//       7 |   expct: {value: 1}
//         |   ^
//         = hint: did you mean 'expect'?
// `colour` adds terminal colours. Appends to `out`.
void diag_print(const struct diag *diag, bool colour, struct str *out);

// The same as one JSON array, for `--format json` and CI annotations.
void diag_print_json(const struct diag *diag, struct str *out);

#endif
