// SPDX-License-Identifier: Apache-2.0
// `testbay schema`: the tables of the validator as JSON schema, for editors.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/cli/cli.h"
#include "sim/cli/families.h"
#include "sim/cli/kinds.h"
#include "sim/world/world.h"

static const struct cli_option options[] = {{0}};

static int print_schema(const char *name)
{
    int kind = kind_find(name);
    struct world_schema *site;
    const struct schema *schema;
    struct str out = {0};
    char *title;

    if (kind < 0 || kind == KIND_REQUIREMENTS)
        return cli_usage("'%s' has no schema; choose scenario, site, profile, bench, procedure or "
                         "quarantine",
                         name);
    site = world_schema_new(families);
    schema = kind_schema((enum file_kind)kind, world_schema_top(site));
    title = str_format("testbay %s file", name);
    schema_print_json(schema, title, &out);
    printf("%s\n", str_text(&out));
    free(title);
    str_done(&out);
    world_schema_free(&site);
    return CLI_OK;
}

static int run_schema(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    const char *kind = NULL;
    const char *value;
    int failed = 0;

    while (!failed && (cli_next(&cursor, &value) || value))
        failed = cli_take_only(command, value, &kind);
    if (failed || cursor.failed || cursor.helped)
        return failed || cursor.failed ? CLI_USAGE : CLI_OK;
    return print_schema(kind ? kind : "scenario");
}

const struct cli_command cli_schema = {
    .name = "schema",
    .arguments = "[scenario|site|profile|bench|procedure|quarantine]",
    .summary = "JSON schema of a kind of file, for editors",
    .doc = "Prints the JSON schema (draft 2020-12) made from the tables that also validate and\n"
           "document the file. Without a kind it is the scenario's.\n"
           "\n"
           "example:\n"
           "  testbay schema > scenario.schema.json\n"
           "and in the first line of a scenario:\n"
           "  # yaml-language-server: $schema=scenario.schema.json",
    .options = options,
    .run = run_schema,
};
