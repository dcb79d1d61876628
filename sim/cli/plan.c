// SPDX-License-Identifier: Apache-2.0
// `testbay plan`: the exact steps of a scenario and what they cost, before anything moves.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/cli/cast.h"
#include "sim/cli/cli.h"
#include "sim/cli/verbs.h"
#include "sim/scenario/plan.h"

static const struct cli_option options[] = {
    {"bench", 'b', "FILE", "whose roles, slack and factor count (default: the simulator's bench)"},
    {"set", 0, "NAME=VALUE", "replace the default of a param; repeat for more"},
    {"format", 'f', "text|json", "how it is told (default text)"},
    {0},
};

struct planning {
    const char *bench_path;
    bool json;
    struct scenario_setting settings[CLI_SETTINGS_MAX];
    size_t settings_count;
    char **files;
    size_t files_count;
    char *home;
    struct diag *diag;
    struct profiles *profiles;
    struct verb_set verbs;
    struct bench_file *bench;
    struct cast *cast;
};

static int print_plan(struct planning *planning, const char *path)
{
    char *procedures = str_format("%s/scenarios/procedures", planning->home);
    struct scenario_options scenario_options = {
        .verbs = &planning->verbs,
        .procedures = procedures,
        .settings = planning->settings,
        .settings_count = planning->settings_count,
    };
    struct scenario_cast cast = cast_of(planning->cast);
    struct plan_board board = {.slack_ns = planning->bench->slack_ns,
                               .factor = planning->bench->factor};
    struct scenario *scenario = NULL;
    struct plan *plan = NULL;
    struct str out = {0};
    int err = scenario_load(path, &scenario_options, planning->diag, &scenario);

    if (err == 0)
        err = scenario_plan(scenario, &cast, planning->diag, &plan);
    if (err == 0 && planning->json)
        plan_print_json(plan, &board, &out);
    else if (err == 0)
        plan_print(plan, &board, &out);
    fputs(str_text(&out), stdout);
    str_done(&out);
    plan_free(&plan);
    scenario_free(&scenario);
    free(procedures);
    return err;
}

static int read_value(struct planning *planning, const char *name, const char *value)
{
    static const char *const formats[] = {"text", "json", NULL};
    int format = 0;
    int failed;

    if (strcmp(name, "set") == 0)
        return cli_add_setting(value, planning->settings, &planning->settings_count);
    if (strcmp(name, "bench") == 0) {
        planning->bench_path = value;
        return cli_check_kind(value, KIND_BENCH);
    }
    failed = cli_choice(name, value, formats, &format);
    planning->json = format == 1;
    return failed;
}

static int open_planning(struct planning *planning, const char *near)
{
    char *bench;
    int err;

    planning->home = cli_home(near);
    if (!planning->home)
        return ERR_NOT_FOUND;
    bench = planning->bench_path ? str_copy(planning->bench_path)
                                 : str_format("%s/scenarios/benches/sim.yaml", planning->home);
    planning->diag = diag_new();
    planning->profiles = cli_profiles(planning->home);
    planning->verbs = cli_verbs();
    err = bench_file_load(bench, planning->diag, &planning->bench);
    if (err == 0)
        planning->cast = cast_new(planning->bench, planning->profiles, planning->diag);
    free(bench);
    return err;
}

static void close_planning(struct planning *planning)
{
    cast_free(&planning->cast);
    bench_file_free(&planning->bench);
    if (planning->verbs.tables)
        cli_verbs_done(&planning->verbs);
    profiles_free(&planning->profiles);
    cli_free_settings(planning->settings, &planning->settings_count);
    cli_free_files(planning->files, planning->files_count);
    diag_free(&planning->diag);
    free(planning->home);
}

static int read_command_line(struct planning *planning, struct cli_cursor *cursor)
{
    const struct cli_option *option;
    const char *value;
    int failed = 0;

    while (!failed && ((option = cli_next(cursor, &value)) || value))
        failed = option ? read_value(planning, option->name, value)
                        : cli_add_scenarios(value, &planning->files, &planning->files_count);
    if (!failed && !cursor->failed && !cursor->helped && planning->files_count == 0)
        return cli_usage("plan wants a scenario");
    return failed || cursor->failed ? CLI_USAGE : CLI_OK;
}

static int plan(struct planning *planning)
{
    bool wrong = open_planning(planning, planning->files[0]) < 0;

    for (size_t i = 0; planning->cast && i < planning->files_count; i++)
        if (print_plan(planning, planning->files[i]) < 0)
            wrong = true;
    if (planning->diag && cli_print_diag(planning->diag))
        wrong = true;
    return wrong ? CLI_USAGE : CLI_OK;
}

static int run_plan(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    struct planning planning = {0};
    int exit = read_command_line(&planning, &cursor);

    if (exit == CLI_OK && !cursor.helped)
        exit = plan(&planning);
    close_planning(&planning);
    return exit;
}

const struct cli_command cli_plan = {
    .name = "plan",
    .arguments = "FILE|FOLDER...",
    .summary = "the exact steps of a scenario and what they cost",
    .doc =
        "Expands cases, repeat, for_each, matrix and use, and prints each step with the time it\n"
        "needs on the simulator and on a board of that bench. Nothing moves.\n"
        "\n"
        "examples:\n"
        "  testbay plan scenarios/breaker/remote-control.yaml\n"
        "  testbay plan my.yaml --bench scenarios/benches/lab3.yaml --format json",
    .options = options,
    .run = run_plan,
};
