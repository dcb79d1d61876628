// SPDX-License-Identifier: Apache-2.0
// What kind of file is this? Its top key says so.
#include "sim/cli/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "bench/bench_file.h"
#include "sim/base/nearest.h"
#include "sim/base/str.h"
#include "sim/profile/profile.h"
#include "sim/scenario/scenario.h"

static const struct {
    const char *name;
    const char *key;
    const struct schema *schema;
} kinds[KIND_COUNT] = {
    [KIND_SCENARIO] = {"scenario", "testbay", &scenario_schema},
    [KIND_SITE] = {"site", "testbay-site", NULL},
    [KIND_PROFILE] = {"profile", "testbay-profile", &profile_schema},
    [KIND_BENCH] = {"bench", "testbay-bench", &bench_schema},
    [KIND_PROCEDURE] = {"procedure", "testbay-procedure", &scenario_procedure_schema},
    [KIND_QUARANTINE] = {"quarantine", "testbay-quarantine", &scenario_quarantine_schema},
    [KIND_REQUIREMENTS] = {"requirements", "testbay-requirements", NULL},
};

const char *kind_name(enum file_kind kind)
{
    return kinds[kind].name;
}

const char *kind_key(enum file_kind kind)
{
    return kinds[kind].key;
}

int kind_find(const char *name)
{
    for (int i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return i;
    return -1;
}

const struct schema *kind_schema(enum file_kind kind, const struct schema *site)
{
    return kind == KIND_SITE ? site : kinds[kind].schema;
}

static void note_unknown(const struct yaml_document *document, struct diag *diag)
{
    const struct yaml_node *root = yaml_root(document);
    const struct yaml_node *first =
        root->kind == YAML_MAPPING && root->count ? root->keys[0] : root;
    struct nearest nearest;
    char *hint;

    nearest_init(&nearest, first->kind == YAML_SCALAR ? first->text : "");
    for (int i = 0; i < KIND_COUNT; i++)
        nearest_add(&nearest, kinds[i].key);
    hint = nearest_name(&nearest)
               ? str_format("did you mean '%s: 1'?", nearest_name(&nearest))
               : str_copy("begin a scenario with `testbay: 1`, a site with `testbay-site: 1`");
    yaml_error(diag, document, first, hint, "this does not say what kind of file it is");
    free(hint);
}

int kind_of(const struct yaml_document *document, struct diag *diag)
{
    for (int i = 0; i < KIND_COUNT; i++)
        if (yaml_get(yaml_root(document), kinds[i].key))
            return i;
    note_unknown(document, diag);
    return -1;
}
