// SPDX-License-Identifier: Apache-2.0
// `testbay validate`: is this file right? Every kind, by the same tables that run it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_file.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/cli/cli.h"
#include "sim/cli/kinds.h"
#include "sim/cli/sim_stage.h"
#include "sim/cli/verbs.h"
#include "sim/core/core.h"
#include "sim/scenario/plan.h"
#include "sim/scenario/report.h"
#include "sim/scenario/scenario.h"

static const struct cli_option options[] = {
    {"format", 'f', "text|json", "how errors are told (default text)"},
    {"quiet", 'q', NULL, "say nothing about files that are right"},
    {0},
};

struct validation {
    char *home;
    struct profiles *profiles;
    struct verb_set verbs;
    struct diag *diag;
    size_t files;
    bool quiet;
    bool json;
};

static void check_scenario(struct validation *validation, const char *path)
{
    char *procedures = str_format("%s/scenarios/procedures", validation->home);
    struct scenario_options scenario_options = {.verbs = &validation->verbs,
                                                .procedures = procedures};
    struct scenario *scenario = NULL;
    struct plan *plan = NULL;

    if (scenario_load(path, &scenario_options, validation->diag, &scenario) == 0)
        scenario_plan(scenario, NULL, validation->diag, &plan);
    plan_free(&plan);
    scenario_free(&scenario);
    free(procedures);
}

// A site is right when it can be built; with a bench, also when each simulated target is in it.
static void build_site(struct validation *validation, const char *site,
                       const struct bench_file *file)
{
    struct core_options core_options = {.mode = CLOCK_JUMP, .seed = 1};
    struct sim_stage_options stage_options = {
        .core = core_new(&core_options),
        .profiles = validation->profiles,
        .name = "validate",
        .site = site,
        .file = file,
        .secret = cli_secret,
    };
    struct stage *stage = NULL;

    if (sim_stage_new(&stage_options, validation->diag, &stage) == 0)
        stage->ops->free(stage);
    core_free(&stage_options.core);
}

static void check_site(struct validation *validation, const char *path)
{
    build_site(validation, path, NULL);
}

static void check_profile(struct validation *validation, const char *path)
{
    struct profile *profile = NULL;

    profile_load(path, validation->diag, &profile);
    profile_free(&profile);
}

static void check_board(struct validation *validation, const struct bench_file *file,
                        const struct bench_target *target)
{
    const struct yaml_node *node = yaml_get(target->node, "profile");
    const struct profile *profile;
    size_t before = diag_errors(validation->diag);

    if (profiles_get(validation->profiles, target->profile, validation->diag, &profile) < 0) {
        if (diag_errors(validation->diag) == before)
            yaml_error(validation->diag, file->document, node,
                       "`testbay describe profiles` lists them", "there is no profile '%s'",
                       target->profile);
        return;
    }
    if (target->model && !profile_model(profile, target->model, target->hardware))
        yaml_error(validation->diag, file->document, yaml_get(target->node, "model"), NULL,
                   "profile %s knows no model '%s'%s%s", target->profile, target->model,
                   target->hardware ? " of hardware " : "",
                   target->hardware ? target->hardware : "");
}

static void check_bench(struct validation *validation, const char *path)
{
    struct bench_file *file = NULL;

    if (bench_file_load(path, validation->diag, &file) < 0)
        return;
    if (file->site)
        build_site(validation, file->site, file);
    if (file->process.site)
        build_site(validation, file->process.site, NULL);
    for (size_t i = 0; i < file->targets_count; i++)
        if (file->targets[i].adapter == BENCH_BOARD)
            check_board(validation, file, &file->targets[i]);
    bench_file_free(&file);
}

static void check_catalogue(struct validation *validation, const char *path)
{
    struct catalogue *catalogue = NULL;

    catalogue_load(path, validation->diag, &catalogue);
    catalogue_free(&catalogue);
}

// Procedures and quarantines are right when their shape is.
static void check_shape(struct validation *validation, const struct yaml_document *document,
                        enum file_kind kind)
{
    schema_check(kind_schema(kind, NULL), document, yaml_root(document), validation->diag);
}

static void check_document(struct validation *validation, const char *path,
                           const struct yaml_document *document)
{
    static void (*const checks[KIND_COUNT])(struct validation *, const char *) = {
        [KIND_SCENARIO] = check_scenario,      [KIND_SITE] = check_site,
        [KIND_PROFILE] = check_profile,        [KIND_BENCH] = check_bench,
        [KIND_REQUIREMENTS] = check_catalogue,
    };
    int kind = kind_of(document, validation->diag);

    if (kind < 0)
        return;
    if (checks[kind])
        checks[kind](validation, path);
    else
        check_shape(validation, document, (enum file_kind)kind);
}

static void check_file(struct validation *validation, const char *path)
{
    size_t before = diag_errors(validation->diag);
    struct yaml_document *document = NULL;

    validation->files++;
    if (yaml_load(path, validation->diag, &document) == 0)
        check_document(validation, path, document);
    yaml_free(&document);
    if (diag_errors(validation->diag) == before && !validation->quiet && !validation->json)
        printf("%s: ok\n", path);
}

static int check_path(struct validation *validation, const char *path)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        char **files;
        size_t count;
        int err = cli_find_files(path, kind_key((enum file_kind)kind), &files, &count);
        bool single;

        if (err < 0)
            return cli_usage("%s: %s", path, err_text(err));
        single = count == 1 && strcmp(files[0], path) == 0;
        for (size_t i = 0; i < count; i++)
            check_file(validation, files[i]);
        cli_free_files(files, count);
        if (single)
            break;
    }
    return 0;
}

static int tell(struct validation *validation)
{
    bool wrong = diag_errors(validation->diag) > 0;
    struct str text = {0};

    if (validation->json) {
        diag_print_json(validation->diag, &text);
        printf("%s\n", str_text(&text));
        str_done(&text);
    } else {
        cli_print_diag(validation->diag);
    }
    return wrong ? CLI_USAGE : CLI_OK;
}

static int read_option(struct validation *validation, const struct cli_option *option,
                       const char *value)
{
    static const char *const formats[] = {"text", "json", NULL};
    int format = 0;
    int failed = 0;

    if (option->letter == 'q')
        validation->quiet = true;
    else
        failed = cli_choice(option->name, value, formats, &format);
    validation->json = validation->json || format == 1;
    return failed;
}

static int validate(struct validation *validation, const char *const *paths, size_t count)
{
    int exit = CLI_OK;

    validation->home = cli_home(paths[0]);
    if (!validation->home)
        return CLI_USAGE;
    validation->profiles = cli_profiles(validation->home);
    validation->verbs = cli_verbs();
    validation->diag = diag_new();
    for (size_t i = 0; i < count; i++)
        if (check_path(validation, paths[i]) != CLI_OK)
            exit = CLI_USAGE;
    if (exit != CLI_OK || validation->files > 0)
        exit = tell(validation) == CLI_OK ? exit : CLI_USAGE;
    else
        exit = cli_usage("%s holds no file of testbay", paths[0]);
    diag_free(&validation->diag);
    cli_verbs_done(&validation->verbs);
    profiles_free(&validation->profiles);
    free(validation->home);
    return exit;
}

static int run_validate(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    struct validation validation = {0};
    const char **paths = mem_new((size_t)argc + 1, sizeof(*paths));
    const struct cli_option *option;
    const char *value;
    size_t count = 0;
    int exit = CLI_OK;

    while (exit == CLI_OK && ((option = cli_next(&cursor, &value)) || value)) {
        if (option)
            exit = read_option(&validation, option, value);
        else
            paths[count++] = value;
    }
    if (cursor.failed)
        exit = CLI_USAGE;
    else if (exit == CLI_OK && !cursor.helped && count == 0)
        exit = cli_usage("validate wants a file or folder");
    if (exit == CLI_OK && !cursor.helped)
        exit = validate(&validation, paths, count);
    free(paths);
    return exit;
}

const struct cli_command cli_validate = {
    .name = "validate",
    .arguments = "FILE|FOLDER...",
    .summary = "is this file right? scenario, site, profile, bench",
    .doc = "Reads files of every kind and says what is wrong, where and what to do about it. A\n"
           "scenario is expanded too, so that every argument and expectation is looked at.\n"
           "Exit code 0: all right; 2: something is wrong.\n"
           "\n"
           "examples:\n"
           "  testbay validate scenarios\n"
           "  testbay validate --format json my-scenario.yaml",
    .options = options,
    .run = run_validate,
};
