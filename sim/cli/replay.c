// SPDX-License-Identifier: Apache-2.0
// `testbay replay`: the same files, benches and seed again, and whether the same happened.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/cli/cli.h"
#include "sim/cli/record.h"
#include "sim/cli/run.h"

static const struct cli_option options[] = {
    {"report", 'r', "DIR", "write the evidence of the second run there (default: none)"},
    {"quiet", 'q', NULL, "only what did not pass"},
    {0},
};

struct comparison {
    const struct record *record;
    size_t same;
    size_t other;
    char *text;
};

static void compare(void *user, const struct result *result)
{
    struct comparison *comparison = user;

    record_compare(comparison->record, result, &comparison->same, &comparison->other,
                   &comparison->text);
}

static int replay(const char *folder, const char *report, bool quiet)
{
    struct record *record = NULL;
    struct comparison comparison = {0};
    struct run_request request;
    int err = record_read(folder, &record);
    char *home;
    int exit;

    if (err < 0)
        return cli_usage("%s/run.json cannot be read: %s", folder, err_text(err));
    request = record_request(record);
    request.report = report;
    request.no_report = report == NULL;
    request.quiet = quiet;
    comparison.record = record;
    request.judge = compare;
    request.judge_user = &comparison;
    home = cli_home(request.files_count ? request.files[0] : NULL);
    exit = home ? run_carry_out(&request, home) : CLI_USAGE;
    printf("replay: %zu of %zu worlds the same\n", comparison.same,
           comparison.same + comparison.other);
    if (comparison.text)
        printf("replay: %s\n", comparison.text);
    if (comparison.other > 0 && exit == CLI_OK)
        exit = CLI_FAIL;
    cli_free_files(request.files, request.files_count);
    free(comparison.text);
    free(home);
    record_free(&record);
    return exit;
}

static int run_replay(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    const struct cli_option *option;
    const char *folder = NULL;
    const char *report = NULL;
    const char *value;
    bool quiet = false;
    int failed = 0;

    while (!failed && ((option = cli_next(&cursor, &value)) || value)) {
        if (!option)
            failed = cli_take_only(command, value, &folder);
        else if (option->letter == 'r')
            report = value;
        else
            quiet = true;
    }
    if (failed || cursor.failed || cursor.helped)
        return failed || cursor.failed ? CLI_USAGE : CLI_OK;
    if (!folder)
        return cli_usage("replay wants the folder of a run: testbay replay testbay-runs/ID");
    return replay(folder, report, quiet);
}

const struct cli_command cli_replay = {
    .name = "replay",
    .arguments = "RUN",
    .summary = "do a run again and compare",
    .doc =
        "Reads run.json of a report and runs the same scenarios on the same benches with the same\n"
        "seed. On the jump clock the hash of everything that happened must be the same; exit\n"
        "code 1 when one is not.\n"
        "\n"
        "example:\n"
        "  testbay replay testbay-runs/20260115T080000Z-4711",
    .options = options,
    .run = run_replay,
};
