// SPDX-License-Identifier: Apache-2.0
// `testbay trace`: statement of the guides -> scenarios, and what nobody covers.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/str.h"
#include "sim/cli/cli.h"
#include "sim/cli/run.h"
#include "sim/cli/suite.h"
#include "sim/cli/verbs.h"
#include "sim/scenario/report.h"
#include "sim/scenario/scenario.h"

static const struct cli_option options[] = {
    {"strict", 0, NULL, "exit code 1 when a statement is uncovered or a wrong one is named"},
    {"format", 'f', "text|json|html", "how it is told (default text)"},
    {"bench", 'b', "FILE",
     "run the scenarios on it first, so that the matrix has verdicts; repeat"},
    {0},
};

enum trace_format { TRACE_TEXT, TRACE_JSON, TRACE_HTML };

struct tracing {
    enum trace_format format;
    const char *benches[RUN_BENCHES_MAX];
    size_t benches_count;
    char **files;
    size_t files_count;
    bool strict;
    char *home;
    struct diag *diag;
    struct catalogue *catalogue;
    struct result *result;
};

// Without a bench a scenario is only read, so that the matrix shows what it would verify.
static void read_scenarios(struct tracing *tracing)
{
    struct verb_set verbs = cli_verbs();
    char *procedures = str_format("%s/scenarios/procedures", tracing->home);
    struct scenario_options load = {.verbs = &verbs, .procedures = procedures};

    for (size_t i = 0; i < tracing->files_count; i++) {
        struct scenario *scenario = NULL;

        if (scenario_load(tracing->files[i], &load, tracing->diag, &scenario) == 0)
            scenario_note(scenario, tracing->result);
        scenario_free(&scenario);
    }
    free(procedures);
    cli_verbs_done(&verbs);
}

static int run_scenarios(struct tracing *tracing)
{
    static const int exits[] = {
        [SUITE_RAN] = CLI_OK, [SUITE_INVALID] = CLI_USAGE, [SUITE_SIGNALLED] = CLI_INTERRUPTED};
    struct suite_options suite = {
        .home = tracing->home,
        .files = (const char *const *)tracing->files,
        .files_count = tracing->files_count,
        .benches = tracing->benches,
        .benches_count = tracing->benches_count,
        .seed = 1,
        .unattended = true,
        .result = tracing->result,
    };

    return exits[suite_run(&suite)];
}

static int tell(struct tracing *tracing)
{
    struct str out = {0};
    size_t errors = 0;

    if (tracing->format == TRACE_JSON)
        report_trace(tracing->catalogue, tracing->result, &out);
    else if (tracing->format == TRACE_HTML)
        report_html(tracing->catalogue, tracing->result, &out);
    else
        report_matrix(tracing->catalogue, tracing->result, cli_colour(STDOUT_FILENO), &out);
    printf("%s\n", str_text(&out));
    str_clear(&out);
    if (tracing->strict) {
        errors = report_trace_errors(tracing->catalogue, tracing->result, &out);
        fputs(str_text(&out), stderr);
    }
    str_done(&out);
    return errors ? CLI_FAIL : CLI_OK;
}

static int trace(struct tracing *tracing)
{
    char *catalogue = str_format("%s/scenarios/requirements.yaml", tracing->home);
    char *scenarios = str_format("%s/scenarios", tracing->home);
    int exit = CLI_OK;

    if (tracing->files_count == 0)
        exit = cli_add_scenarios(scenarios, &tracing->files, &tracing->files_count);
    tracing->diag = diag_new();
    tracing->result = result_new();
    if (exit == 0 && catalogue_load(catalogue, tracing->diag, &tracing->catalogue) == 0) {
        if (tracing->benches_count)
            exit = run_scenarios(tracing);
        else
            read_scenarios(tracing);
    }
    if (cli_print_diag(tracing->diag))
        exit = CLI_USAGE;
    if (exit == 0)
        exit = tell(tracing);
    result_free(&tracing->result);
    catalogue_free(&tracing->catalogue);
    diag_free(&tracing->diag);
    free(scenarios);
    free(catalogue);
    return exit;
}

static int read_option(struct tracing *tracing, const struct cli_option *option, const char *value)
{
    static const char *const formats[] = {"text", "json", "html", NULL};
    int format = TRACE_TEXT;
    int failed = 0;

    if (!option->value) {
        tracing->strict = true;
    } else if (option->letter == 'f') {
        failed = cli_choice(option->name, value, formats, &format);
        tracing->format = (enum trace_format)format;
    } else if (tracing->benches_count == RUN_BENCHES_MAX) {
        failed = cli_usage("at most %d benches", RUN_BENCHES_MAX);
    } else {
        tracing->benches[tracing->benches_count++] = value;
        failed = cli_check_kind(value, KIND_BENCH);
    }
    return failed;
}

static int run_trace(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    struct tracing tracing = {0};
    const struct cli_option *option;
    const char *value;
    int exit = 0;

    while (exit == 0 && ((option = cli_next(&cursor, &value)) || value))
        exit = option ? read_option(&tracing, option, value)
                      : cli_add_scenarios(value, &tracing.files, &tracing.files_count);
    if (cursor.failed)
        exit = CLI_USAGE;
    if (exit == 0 && !cursor.helped) {
        tracing.home = cli_home(tracing.files_count ? tracing.files[0] : NULL);
        exit = tracing.home ? trace(&tracing) : CLI_USAGE;
    }
    cli_free_files(tracing.files, tracing.files_count);
    free(tracing.home);
    return exit;
}

const struct cli_command cli_trace = {
    .name = "trace",
    .arguments = "[FILE|FOLDER]...",
    .summary = "which statement is verified by which scenario, and which by none",
    .doc =
        "Prints the matrix statement -> scenarios -> verdict from the catalogue and the scenarios\n"
        "(default: scenarios/), uncovered statements first. With --bench the scenarios run, so "
        "that\n"
        "each statement has a verdict per bench.\n"
        "\n"
        "examples:\n"
        "  testbay trace\n"
        "  testbay trace --bench scenarios/benches/sim.yaml --format json",
    .options = options,
    .run = run_trace,
};
