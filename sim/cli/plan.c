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

#define PLAN_SETTINGS_MAX 64

static const struct cli_option options[] = {
    {"bench", 'b', "FILE", "whose roles, slack and factor count (default: the simulator's bench)"},
    {"set", 0, "NAME=VALUE", "replace the default of a param; repeat for more"},
    {"format", 'f', "text|json", "how it is told (default text)"},
    {0},
};

struct planning {
    const char *bench_path;
    bool json;
    struct scenario_setting settings[PLAN_SETTINGS_MAX];
    size_t settings_count;
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
    const char *equals = strchr(value, '=');

    if (strcmp(name, "bench") == 0) {
        planning->bench_path = value;
    } else if (strcmp(name, "format") == 0) {
        planning->json = strcmp(value, "json") == 0;
    } else {
        if (!equals || planning->settings_count == PLAN_SETTINGS_MAX)
            return cli_usage("--set %s: write NAME=VALUE", value);
        planning->settings[planning->settings_count++] = (struct scenario_setting){
            .name = str_format("%.*s", (int)(equals - value), value), .text = equals + 1};
    }
    return 0;
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
    for (size_t i = 0; i < planning->settings_count; i++)
        free((char *)planning->settings[i].name);
    free(planning->home);
}

static int plan_path(struct planning *planning, const char *path)
{
    char **files;
    size_t count;
    int worst = cli_find_files(path, "testbay", &files, &count);

    if (worst < 0)
        return cli_usage("%s: %s", path, err_text(worst));
    for (size_t i = 0; i < count; i++) {
        int err = print_plan(planning, files[i]);

        worst = err < 0 ? err : worst;
        free(files[i]);
    }
    free(files);
    return worst;
}

static int run_plan(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    struct planning planning = {0};
    const struct cli_option *option;
    const char *first = NULL;
    const char *value;
    int err = 0;

    while (err == 0 && ((option = cli_next(&cursor, &value)) || value)) {
        if (option)
            err = read_value(&planning, option->name, value);
        else
            first = first ? first : value;
    }
    if (err == 0 && !cursor.failed && !cursor.helped && !first)
        err = cli_usage("plan wants a scenario");
    if (err == 0 && first && !cursor.failed && !cursor.helped) {
        err = open_planning(&planning, first);
        cursor = (struct cli_cursor){.command = command, .argc = argc, .argv = argv};
        while (err == 0 && ((option = cli_next(&cursor, &value)) || value))
            if (!option)
                err = plan_path(&planning, value);
        if (planning.diag && cli_print_diag(planning.diag))
            err = ERR_SCHEMA;
        diag_free(&planning.diag);
    }
    close_planning(&planning);
    return err != 0 || cursor.failed ? CLI_USAGE : CLI_OK;
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
        "  testbay plan scenarios/pact/remote-control.yaml\n"
        "  testbay plan my.yaml --bench lab3.yaml --format json",
    .options = options,
    .run = run_plan,
};
