// SPDX-License-Identifier: Apache-2.0
// A scenario from text to result in one call.
#include "tests/scenario_stage/fake_run.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert(file);
    fputs(text, file);
    fclose(file);
}

static char *make_files(struct fake_run *run, const char *yaml, const char *const *procedures)
{
    char template[] = "/tmp/testbay-fake-XXXXXX";
    char *path;

    run->folder = str_copy(mkdtemp(template));
    assert(run->folder);
    path = str_format("%s/procedures", run->folder);
    mkdir(path, 0700);
    free(path);
    for (size_t i = 0; procedures && procedures[i]; i += 2) {
        path = str_format("%s/procedures/%s.yaml", run->folder, procedures[i]);
        write_file(path, procedures[i + 1]);
        free(path);
    }
    path = str_format("%s/s.yaml", run->folder);
    write_file(path, yaml);
    return path;
}

// Errors as a reader sees them, without the folder that nobody can foresee.
static char *errors_of(const struct fake_run *run, const struct diag *diag)
{
    struct str out = {0};
    struct str clean = {0};
    size_t length = strlen(run->folder) + 1;

    diag_print(diag, false, &out);
    for (const char *at = str_text(&out); *at;) {
        if (strncmp(at, run->folder, length - 1) == 0) {
            at += length;
        } else {
            str_add(&clean, at++, 1);
        }
    }
    str_done(&out);
    return str_take(&clean);
}

void fake_run_text(struct fake_run *run, const char *yaml, const char *const *procedures)
{
    static const struct verb *const *const tables[] = {fake_verbs};
    const struct verb_set verbs = {tables, 1};
    const struct scenario_options options = {
        .verbs = &verbs, .settings = run->settings, .settings_count = run->settings_count};
    struct diag *diag = diag_new();
    char *path = make_files(run, yaml, procedures);

    run->result = result_new();
    run->verdict = VERDICT_NOT_RUN;
    if (scenario_load(path, &options, diag, &run->scenario) == 0 && run->fake) {
        run->column =
            result_add_column(run->result, run->fake->stage.name, run->fake->stage.adapter, "jump");
        run->verdict = scenario_run(run->scenario, &run->fake->stage, &run->options, run->result,
                                    run->column, diag);
    }
    run->errors = errors_of(run, diag);
    diag_free(&diag);
    free(path);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void fake_run_done(struct fake_run *run)
{
    nftw(run->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    result_free(&run->result);
    scenario_free(&run->scenario);
    free(run->errors);
    free(run->folder);
}

const struct result_case *fake_run_case(const struct fake_run *run, const char *id)
{
    const struct result_entry *entry;

    if (run->result->scenarios_count == 0 || run->result->scenarios[0]->entries_count == 0)
        return NULL;
    entry = run->result->scenarios[0]->entries[0];
    for (size_t i = 0; i < entry->cases_count; i++)
        if (!id || strcmp(entry->cases[i]->id, id) == 0)
            return entry->cases[i];
    return NULL;
}

const struct result_step *fake_run_step(const struct fake_run *run, const char *number)
{
    const struct result_case *row = fake_run_case(run, NULL);

    for (size_t i = 0; row && i < row->steps_count; i++)
        if (strcmp(row->steps[i]->number, number) == 0)
            return row->steps[i];
    return NULL;
}

char *fake_scenario(const char *more, const char *steps)
{
    return str_format("testbay: 1\nid: T.ONE\ntitle: A test\nbasis: [a test]\n"
                      "roles:\n  dev: {kind: thing}\n  pair: {kind: thing, count: 2}\n"
                      "%ssteps:\n%s",
                      more, steps);
}
