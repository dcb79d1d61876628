// SPDX-License-Identifier: Apache-2.0
// The record of a run, `run.json` in its report: what was asked and what came out, enough to do it
// again.
#ifndef SIM_CLI_RECORD_H
#define SIM_CLI_RECORD_H

#include "sim/cli/run.h"
#include "sim/scenario/result.h"

// Writes FOLDER/run.json. Returns 0 or -errno.
int record_write(const char *folder, const struct run_request *request,
                 const struct result *result);

struct record;

// Reads it back. `path` is the report's folder. Returns 0, -errno or ERR_SYNTAX.
int record_read(const char *path, struct record **ret);
void record_free(struct record **record);

// The request that repeats the run; its texts are borrowed from the record, its list of files is
// the caller's.
struct run_request record_request(const struct record *record);

// Compares the hashes of a second result with those on record, model columns only. *ret_same and
// *ret_other count them; the first difference is described in `ret_text` (the caller frees it) or
// NULL.
void record_compare(const struct record *record, const struct result *result, size_t *ret_same,
                    size_t *ret_other, char **ret_text);

#endif
