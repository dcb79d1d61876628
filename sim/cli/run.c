// SPDX-License-Identifier: Apache-2.0
// `testbay run`: scenarios on the simulator, on boards, or on both side by side, with evidence.
#include "sim/cli/run.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/base/units.h"
#include "sim/base/version.h"
#include "sim/cli/cli.h"
#include "sim/cli/record.h"
#include "sim/cli/suite.h"
#include "sim/core/loop.h"
#include "sim/scenario/report.h"

#define RUN_SEED_DEFAULT 1
#define RUN_FOLDER "testbay-runs"

static const struct cli_option options[] = {
    {"bench", 'b', "FILE", "where roles are played; repeat for a column each (default: simulator)"},
    {"attach", 0, "SOCKET",
     "boards that a bench starts a testbay for are played by the one that serves there"},
    {"attach-host", 0, "NAME", "with --attach: the host on which it serves on every address"},
    {"report", 'r', "DIR", "where the evidence goes (default: testbay-runs/ and the time)"},
    {"no-report", 0, NULL, "write nothing"},
    {"set", 0, "NAME=VALUE", "replace the default of a param; repeat for more"},
    {"seed", 's', "N|random", "draws everything random (default 1; a scenario's own goes first)"},
    {"tag", 't', "TAG", "only scenarios with this tag"},
    {"budget", 0, "TIME", "host time that one step may take before it is an ERROR"},
    {"quarantine", 0, "FILE",
     "known failures (default: scenarios/quarantine.yaml if there is one)"},
    {"strict", 0, NULL, "BLOCKED and PARTIAL give exit code 5"},
    {"format", 'f', "text|json",
     "json: one event a line on standard output, people on standard error"},
    {"quiet", 'q', NULL, "only what did not pass"},
    {"unattended", 0, NULL, "ask nobody; steps for a hand are BLOCKED"},
    {"log", 'd', "GLOB", "debug lines of the source files that match ('bench/*')"},
    {0},
};

struct run_output {
    struct console *console;
    struct ndjson *ndjson;
    struct run_watcher watchers[2];
    size_t watchers_count;
    char *report;   // Folder, NULL without evidence.
    char *captures; // Folder below it.
    struct result *result;
};

// ---- Output ----

static void open_output(struct run_output *output, const struct run_request *request)
{
    FILE *people = request->json ? stderr : stdout;
    int fd = fileno(people);
    struct console_options console_options = {
        .out = people,
        .live = isatty(fd) && cli_colour(fd) && !getenv("CI"),
        .colour = cli_colour(fd),
        .annotations = getenv("GITHUB_ACTIONS") != NULL,
        .quiet = request->quiet,
    };

    output->console = console_new(&console_options);
    output->watchers[output->watchers_count++] = console_watcher(output->console);
    if (request->json) {
        output->ndjson = ndjson_new(stdout);
        output->watchers[output->watchers_count++] = ndjson_watcher(output->ndjson);
    }
}

static char *fresh_report(void)
{
    char stamp[32];
    time_t seconds = (time_t)(loop_host_utc_ns() / SIM_NS_PER_S);
    struct tm utc;

    gmtime_r(&seconds, &utc);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
    return str_format(RUN_FOLDER "/%s-%d", stamp, (int)getpid());
}

static int make_folders(const char *path)
{
    char *part = str_copy(path);
    int err = 0;

    for (char *at = part + 1; *at && err == 0; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        err = mkdir(part, 0755) < 0 && errno != EEXIST ? -errno : 0;
        *at = '/';
    }
    if (err == 0 && mkdir(part, 0755) < 0 && errno != EEXIST)
        err = -errno;
    free(part);
    return err;
}

static int open_report(struct run_output *output, const struct run_request *request)
{
    int err;

    if (request->no_report)
        return 0;
    output->report = request->report ? str_copy(request->report) : fresh_report();
    output->captures = str_format("%s/captures", output->report);
    err = make_folders(output->captures);
    if (err < 0)
        cli_usage("the report cannot be written to %s: %s", output->report, err_text(err));
    return err;
}

// A run that never began leaves no trace; a folder that holds something stays.
static void remove_report(const struct run_output *output)
{
    if (!output->report)
        return;
    rmdir(output->captures);
    rmdir(output->report);
    rmdir(RUN_FOLDER);
}

// What lies in the report besides its own files and belongs to the manifest: the record and the
// captures.
static void list_more(const struct run_output *output, char ***ret_paths, size_t *ret_count)
{
    char **paths = mem_new(1, sizeof(*paths));
    size_t count = 0;
    size_t room = 1;
    struct dirent **entries;
    int found = scandir(output->captures, &entries, NULL, alphasort);

    paths[count++] = str_copy("run.json");
    for (int i = 0; i < found; i++) {
        if (entries[i]->d_name[0] != '.') {
            MEM_PUSH_ROOM(paths, count, room);
            paths[count++] = str_format("captures/%s", entries[i]->d_name);
        }
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
    *ret_paths = paths;
    *ret_count = count;
}

static struct catalogue *load_catalogue(const char *home)
{
    char *path = str_format("%s/scenarios/requirements.yaml", home);
    struct diag *diag = diag_new();
    struct catalogue *catalogue = NULL;

    if (access(path, R_OK) == 0 && catalogue_load(path, diag, &catalogue) < 0)
        cli_print_diag(diag);
    diag_free(&diag);
    free(path);
    return catalogue;
}

static void write_report(const struct run_output *output, const struct run_request *request,
                         const struct result *result, const char *home)
{
    struct catalogue *catalogue;
    char **more;
    size_t more_count;
    int err;

    if (!output->report)
        return;
    err = record_write(output->report, request, result);
    catalogue = load_catalogue(home);
    list_more(output, &more, &more_count);
    if (err == 0)
        err =
            report_write(output->report, catalogue, result, (const char *const *)more, more_count);
    if (err < 0)
        cli_usage("the report in %s is not whole: %s", output->report, err_text(err));
    else
        fprintf(request->json ? stderr : stdout, "report: %s/index.html\n", output->report);
    for (size_t i = 0; i < more_count; i++)
        free(more[i]);
    free(more);
    catalogue_free(&catalogue);
}

static void close_output(struct run_output *output)
{
    console_free(&output->console);
    ndjson_free(&output->ndjson);
    free(output->captures);
    free(output->report);
}

// ---- Carrying out ----

static struct result *begin_result(const struct run_output *output)
{
    struct result *result = result_new();

    result->version = str_copy(TESTBAY_VERSION);
    result->commit = str_copy(TESTBAY_COMMIT);
    if (output->report)
        result->replay = str_format("testbay replay %s", output->report);
    result->operator_name = str_copy(getenv("TESTBAY_OPERATOR"));
    result->started_host_utc_ns = loop_host_utc_ns();
    return result;
}

static void on_loaded(void *user)
{
    struct run_output *output = user;

    console_headline(output->console, output->result);
}

static int judge(struct run_output *output, struct run_request *request, enum suite_end end,
                 const char *home)
{
    struct result *result = output->result;

    result->ended_host_utc_ns = loop_host_utc_ns();
    if (end == SUITE_INVALID && result->scenarios_count == 0) {
        remove_report(output);
        return CLI_USAGE;
    }
    write_report(output, request, result, home);
    console_summary(output->console, result);
    if (output->ndjson)
        ndjson_summary(output->ndjson, result);
    if (request->judge)
        request->judge(request->judge_user, result);
    return result_exit(result, request->strict, end == SUITE_SIGNALLED);
}

int run_carry_out(struct run_request *request, const char *home)
{
    struct run_output output = {0};
    struct suite_options suite = {
        .home = home,
        .files = (const char *const *)request->files,
        .files_count = request->files_count,
        .benches = request->benches,
        .benches_count = request->benches_count,
        .attach = request->attach,
        .attach_host = request->attach_host,
        .settings = request->settings,
        .settings_count = request->settings_count,
        .tag = request->tag,
        .seed = request->seed,
        .budget_ns = request->budget_ns,
        .unattended = request->unattended || !isatty(STDIN_FILENO),
        .quarantine = request->quarantine,
        .loaded = on_loaded,
        .loaded_user = &output,
    };
    int exit;

    open_output(&output, request);
    if (open_report(&output, request) < 0) {
        close_output(&output);
        return CLI_USAGE;
    }
    suite.captures = output.captures;
    suite.watchers = output.watchers;
    suite.watchers_count = output.watchers_count;
    suite.result = output.result = begin_result(&output);
    exit = judge(&output, request, suite_run(&suite), home);
    result_free(&output.result);
    close_output(&output);
    return exit;
}

// ---- The command line ----

static int read_seed(struct run_request *request, const char *value)
{
    if (strcmp(value, "random") == 0)
        return crypto_random(&request->seed, 4);
    return cli_number("seed", value, UINT64_MAX, &request->seed);
}

static int read_format(struct run_request *request, const char *value)
{
    static const char *const formats[] = {"text", "json", NULL};
    int format = 0;
    int failed = cli_choice("format", value, formats, &format);

    request->json = format == 1;
    return failed;
}

static int read_value(struct run_request *request, const char *name, const char *value)
{
    if (strcmp(name, "set") == 0)
        return cli_add_setting(value, request->settings, &request->settings_count);
    if (strcmp(name, "format") == 0)
        return read_format(request, value);
    if (strcmp(name, "seed") == 0)
        return read_seed(request, value);
    if (strcmp(name, "budget") == 0)
        return units_parse_time(value, &request->budget_ns) < 0
                   ? cli_usage("--budget %s: write a time such as 2h", value)
                   : 0;
    if (strcmp(name, "bench") == 0) {
        if (request->benches_count == RUN_BENCHES_MAX)
            return cli_usage("at most %d benches", RUN_BENCHES_MAX);
        request->benches[request->benches_count++] = value;
        return cli_check_kind(value, KIND_BENCH);
    } else if (strcmp(name, "attach") == 0) {
        request->attach = value;
    } else if (strcmp(name, "attach-host") == 0) {
        request->attach_host = value;
    } else if (strcmp(name, "report") == 0) {
        request->report = value;
    } else if (strcmp(name, "tag") == 0) {
        request->tag = value;
    } else if (strcmp(name, "quarantine") == 0) {
        request->quarantine = value;
    } else if (strcmp(name, "log") == 0) {
        log_add_glob(value);
    }
    return 0;
}

static void read_switch(struct run_request *request, const char *name)
{
    if (strcmp(name, "no-report") == 0)
        request->no_report = true;
    else if (strcmp(name, "strict") == 0)
        request->strict = true;
    else if (strcmp(name, "quiet") == 0)
        request->quiet = true;
    else if (strcmp(name, "unattended") == 0)
        request->unattended = true;
}

static int read_command_line(struct run_request *request, struct cli_cursor *cursor)
{
    const struct cli_option *option;
    const char *value;
    int failed = 0;

    while (!failed && ((option = cli_next(cursor, &value)) || value)) {
        if (!option)
            failed = cli_add_scenarios(value, &request->files, &request->files_count);
        else if (option->value)
            failed = read_value(request, option->name, value);
        else
            read_switch(request, option->name);
    }
    return failed || cursor->failed ? CLI_USAGE : 0;
}

// What was not said: every scenario, the simulator's bench, the quarantine of the project.
static int fill_defaults(struct run_request *request, const char *home, char *ret_owned[3])
{
    ret_owned[0] = str_format("%s/scenarios", home);
    ret_owned[1] = str_format("%s/scenarios/benches/sim.yaml", home);
    ret_owned[2] = str_format("%s/scenarios/quarantine.yaml", home);
    if (request->benches_count == 0)
        request->benches[request->benches_count++] = ret_owned[1];
    if (!request->quarantine && access(ret_owned[2], R_OK) == 0)
        request->quarantine = ret_owned[2];
    return request->files_count
               ? 0
               : cli_add_scenarios(ret_owned[0], &request->files, &request->files_count);
}

static int run_run(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    struct run_request request = {.seed = RUN_SEED_DEFAULT};
    char *owned[3] = {NULL, NULL, NULL};
    char *home = NULL;
    int exit = read_command_line(&request, &cursor);

    if (exit == 0 && !cursor.helped) {
        home = cli_home(request.files_count ? request.files[0] : NULL);
        exit = home ? fill_defaults(&request, home, owned) : CLI_USAGE;
        if (exit == 0)
            exit = run_carry_out(&request, home);
    }
    cli_free_files(request.files, request.files_count);
    cli_free_settings(request.settings, &request.settings_count);
    for (size_t i = 0; i < 3; i++)
        free(owned[i]);
    free(home);
    return exit;
}

const struct cli_command cli_run = {
    .name = "run",
    .arguments = "[FILE|FOLDER]...",
    .summary = "run scenarios and judge them",
    .doc =
        "Runs every scenario of the files and folders (default: scenarios/) on each bench, on a\n"
        "fresh world each time, and prints the verdicts side by side. Evidence is left in a "
        "folder:\n"
        "index.html, junit.xml, trace.json, run.json, the captures and a SHA-256 manifest.\n"
        "\n"
        "Without --bench it is scenarios/benches/sim.yaml, the workshop of Panel Servers and\n"
        "breakers. Charging stations are on charging.yaml beside it, a thousand on fleet.yaml. A\n"
        "scenario whose roles a bench does not have is N/A there.\n"
        "\n"
        "Exit code: 0 all well, 1 FAIL, 2 wrong file or usage, 3 ERROR of the bench, 4 nothing\n"
        "could run, 5 BLOCKED or PARTIAL with --strict, 130 interrupted.\n"
        "\n"
        "examples:\n"
        "  testbay run\n"
        "  testbay run scenarios/breaker --tag security --report evidence\n"
        "  testbay run scenarios/charger --bench scenarios/benches/charging.yaml\n"
        "  testbay run my.yaml --bench scenarios/benches/sim.yaml --bench lab3.yaml --set tries=3",
    .options = options,
    .run = run_run,
};
