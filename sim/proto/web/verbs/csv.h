// SPDX-License-Identifier: Apache-2.0
// Comma-separated values (RFC 4180) as a cursor: rows of fields, quotes undone.
#ifndef SIM_PROTO_WEB_VERBS_CSV_H
#define SIM_PROTO_WEB_VERBS_CSV_H

#include <stddef.h>

#define CSV_FIELDS_MAX 32

struct csv {
    char *at; // What is still to be read; changed in place.
    char *end;
};

// Begins to read `length` bytes at `text`, which gets a NUL behind each field and stays the
// caller's. `text[length]` must be writable.
struct csv csv_of(char *text, size_t length);

// The next row: up to CSV_FIELDS_MAX fields, borrowed from the text. Returns how many, 0 at the
// end, ERR_MALFORMED for a quote that does not fit, or ERR_TOO_MANY. An empty line is a row of one
// empty field.
int csv_next(struct csv *csv, char *ret_fields[CSV_FIELDS_MAX]);

#endif
