// SPDX-License-Identifier: Apache-2.0
// The kinds of files of testbay, each known by its first key, with its schema.
#ifndef SIM_CLI_KINDS_H
#define SIM_CLI_KINDS_H

#include "sim/yaml/schema.h"
#include "sim/yaml/tree.h"

enum file_kind {
    KIND_SCENARIO,
    KIND_SITE,
    KIND_PROFILE,
    KIND_BENCH,
    KIND_PROCEDURE,
    KIND_QUARANTINE,
    KIND_REQUIREMENTS,
    KIND_COUNT,
};

// "scenario" and its like; the top key, "testbay" and its like.
const char *kind_name(enum file_kind kind);
const char *kind_key(enum file_kind kind);

// The kind of a file by its keys, or -1: then what is wrong was noted.
int kind_of(const struct yaml_document *document, struct diag *diag);

// The kind of that name, or -1.
int kind_find(const char *name);

// The schema of a kind, or NULL where the tool has none (requirements). `site` is the site's, which
// depends on the families.
const struct schema *kind_schema(enum file_kind kind, const struct schema *site);

#endif
