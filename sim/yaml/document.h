// SPDX-License-Identifier: Apache-2.0
// What the files of this room share about a document: its bytes, its arena and the way from a place
// to its source line. Not for other rooms: they see tree.h.
#ifndef SIM_YAML_DOCUMENT_H
#define SIM_YAML_DOCUMENT_H

#include <stddef.h>

#include "sim/yaml/tree.h"

#define DOCUMENT_BOM "\xEF\xBB\xBF"

struct document_chunk;

struct yaml_document {
    char *name;
    char *bytes; // As read, NUL-terminated.
    size_t length;
    const struct yaml_node *root;
    struct document_chunk *chunks; // The arena: nodes, their texts and tables.
};

// A document that owns copies of both; never NULL.
struct yaml_document *document_new(const char *name, const char *bytes, size_t length);

// Zeroed memory that lives as long as the document, aligned for any of its types; never NULL.
void *document_allocate(struct yaml_document *document, size_t bytes);

// A copy of `length` bytes with a NUL behind them, in the arena.
const char *document_copy(struct yaml_document *document, const char *text, size_t length);

// From this many keys on a mapping carries an index: `keys` is followed by `count` uint32_t, the
// places of its keys in the order of strcmp(3).
#define DOCUMENT_INDEX_FROM 16

// Where a place is in the bytes: the end of the line when it is shorter, the end of the bytes when
// there is no such line. Reads on from the beginning: for errors only.
const char *document_at(const struct yaml_document *document, int line, int column);

// The line's text without its end, which the caller frees; NULL for the file as a whole, or when
// nobody would see it because `diag` is full.
char *document_line(const struct yaml_document *document, int line, const struct diag *diag);

// Notes an error at a place with its source line.
void document_error(struct diag *diag, const struct yaml_document *document,
                    const struct yaml_mark *mark, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

// Attaches a second place to the last error, with its source line.
void document_note(struct diag *diag, const struct yaml_document *document,
                   const struct yaml_mark *mark, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Refuses bytes that are no YAML text: not UTF-8, NUL and other control characters, a byte order
// mark in the middle, Unicode's own line breaks. *ret_skip is the length of the byte order mark in
// front. Returns 0 or ERR_SYNTAX.
int document_check_bytes(const struct yaml_document *document, struct diag *diag, size_t *ret_skip);

// Turns the bytes from `skip` on into nodes and sets `root`. Returns 0 or what yaml_parse()
// returns.
int document_build(struct yaml_document *document, size_t skip, struct diag *diag);

// What the parser library found; contexts may be NULL. Lines and columns from 1.
struct document_problem {
    const char *problem;
    struct yaml_mark mark;
    const char *context;
    struct yaml_mark context_mark;
    const struct yaml_mark
        *quote_mark; // Where a quoted text began that may lack its quote, or NULL.
};

// Notes the library's problem in our words, at the place where the author's mistake is.
void document_note_problem(struct diag *diag, const struct yaml_document *document,
                           const struct document_problem *problem);

#endif
