// SPDX-License-Identifier: Apache-2.0
// A scenario meets a bench: a core, a stage and a world of its own, so that nothing of the scenario
// before is left in it.
#include "sim/cli/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/authority.h"
#include "bench/bench_stage.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/cli/cli.h"
#include "sim/cli/sim_stage.h"
#include "sim/cli/verbs.h"
#include "sim/core/loop.h"

// 2026-01-15T08:00:00Z: where the jump clock begins unless the bench says otherwise.
#define SUITE_UTC_START_NS ((int64_t)1768464000 * SIM_NS_PER_S)

struct suite {
    const struct suite_options *options;
    struct diag *diag;
    struct profiles *profiles;
    struct verb_set verbs;
    struct scenario **scenarios;
    struct bench_file **benches;
    struct quarantine *quarantine;
    struct authority *authority; // Of the benches' own central systems; NULL until one needs it.
    char *authority_path;        // Where its root is left, or NULL without a report.
    bool signalled;
};

// What one scenario on one bench needs while it runs.
struct meeting {
    struct suite *suite;
    const struct bench_file *bench;
    struct core *core;
    struct stage *sim;   // Devices of a world, or NULL.
    struct stage *board; // Boards, or NULL.
    char *capture;
    struct loop_signal *term;
    struct loop_signal *interrupt;
};

// ---- Before anything moves ----

static int load_scenarios(struct suite *suite)
{
    const struct suite_options *options = suite->options;
    char *procedures = str_format("%s/scenarios/procedures", options->home);
    struct scenario_options load = {
        .verbs = &suite->verbs,
        .procedures = procedures,
        .settings = options->settings,
        .settings_count = options->settings_count,
    };
    int worst = 0;

    suite->scenarios = mem_new(options->files_count, sizeof(*suite->scenarios));
    for (size_t i = 0; i < options->files_count; i++) {
        int err = scenario_load(options->files[i], &load, suite->diag, &suite->scenarios[i]);

        if (err < 0)
            worst = err;
        else if (options->tag && !scenario_has_tag(suite->scenarios[i], options->tag))
            scenario_free(&suite->scenarios[i]);
    }
    free(procedures);
    return worst;
}

// The boards of this bench are played by a testbay that runs already.
static void attach(struct bench_file *file, const struct suite_options *options)
{
    file->process.socket = options->attach;
    file->process.host = options->attach_host;
}

static int load_benches(struct suite *suite)
{
    int worst = 0;

    suite->benches = mem_new(suite->options->benches_count, sizeof(*suite->benches));
    for (size_t i = 0; i < suite->options->benches_count; i++) {
        int err = bench_file_load(suite->options->benches[i], suite->diag, &suite->benches[i]);

        if (err < 0)
            worst = err;
        else if (suite->options->attach && suite->benches[i]->process.site)
            attach(suite->benches[i], suite->options);
    }
    return worst;
}

static int load_all(struct suite *suite)
{
    int scenarios = load_scenarios(suite);
    int benches = load_benches(suite);
    int quarantine = 0;

    if (suite->options->quarantine)
        quarantine = quarantine_load(suite->options->quarantine, loop_host_utc_ns(), suite->diag,
                                     &suite->quarantine);
    return scenarios < 0 ? scenarios : benches < 0 ? benches : quarantine;
}

static bool any_is_left(const struct suite *suite)
{
    for (size_t i = 0; i < suite->options->files_count; i++)
        if (suite->scenarios[i])
            return true;
    return false;
}

// ---- One scenario on one bench ----

static void on_signal(int number, void *user)
{
    struct meeting *meeting = user;

    (void)number;
    meeting->suite->signalled = true;
    core_stop(meeting->core);
}

static struct core *make_core(const struct bench_file *bench, uint64_t seed)
{
    struct core_options options = {
        .mode = bench->clock,
        .speed = bench->speed,
        .utc_start_ns = bench->utc_start_ns,
        .seed = seed,
    };

    if (!options.utc_start_ns)
        options.utc_start_ns = bench->clock == CLOCK_JUMP ? SUITE_UTC_START_NS : loop_host_utc_ns();
    return core_new(&options);
}

static bool has_adapter(const struct bench_file *bench, enum bench_adapter adapter)
{
    for (size_t i = 0; i < bench->targets_count; i++)
        if (bench->targets[i].adapter == adapter)
            return true;
    return false;
}

static int open_sim(struct meeting *meeting, char **ret_why)
{
    struct sim_stage_options options = {
        .core = meeting->core,
        .profiles = meeting->suite->profiles,
        .name = meeting->bench->name,
        .site = meeting->bench->site,
        .file = meeting->bench,
        .secret = cli_secret,
        .capture = meeting->capture,
        .events = true,
    };
    int err = sim_stage_new(&options, meeting->suite->diag, &meeting->sim);

    if (err < 0)
        *ret_why =
            str_format("the site %s cannot be built: %s", meeting->bench->site, err_text(err));
    return err;
}

static int open_board(struct meeting *meeting, uint64_t seed, char **ret_why)
{
    char *binary = realpath("/proc/self/exe", NULL);
    struct bench_options options = {
        .core = meeting->core,
        .profiles = meeting->suite->profiles,
        .file = meeting->bench,
        .secret = cli_secret,
        .binary = binary,
        .unattended = meeting->suite->options->unattended,
        .seed = seed,
        .capture = meeting->capture,
        .sim = meeting->sim,
        .authority = &meeting->suite->authority,
        .authority_path = meeting->suite->authority_path,
    };
    int err = bench_stage_new(&options, &meeting->board, ret_why);

    free(binary);
    return err;
}

static int open_meeting(struct meeting *meeting, const struct scenario *scenario, char **ret_why)
{
    const struct suite_options *options = meeting->suite->options;
    uint64_t seed = options->seed;
    int err = 0;

    scenario_seed(scenario, &seed);
    meeting->core = make_core(meeting->bench, seed);
    meeting->term = loop_signal_new(core_loop(meeting->core), SIGTERM, on_signal, meeting);
    meeting->interrupt = loop_signal_new(core_loop(meeting->core), SIGINT, on_signal, meeting);
    if (options->captures)
        meeting->capture = str_format("%s/%s.%s.pcapng", options->captures, scenario_id(scenario),
                                      meeting->bench->name);
    if (meeting->bench->site && has_adapter(meeting->bench, BENCH_SIM))
        err = open_sim(meeting, ret_why);
    if (err == 0 && has_adapter(meeting->bench, BENCH_BOARD))
        err = open_board(meeting, seed, ret_why);
    if (err == 0 && !meeting->sim && !meeting->board) {
        *ret_why = str_copy("the bench has neither a site nor a board");
        err = ERR_NOT_FOUND;
    }
    return err;
}

static void close_meeting(struct meeting *meeting)
{
    if (meeting->board)
        meeting->board->ops->free(meeting->board);
    if (meeting->sim)
        meeting->sim->ops->free(meeting->sim);
    loop_signal_free(&meeting->interrupt);
    loop_signal_free(&meeting->term);
    core_free(&meeting->core);
    free(meeting->capture);
}

// The bench broke before the scenario could begin: that is its ERROR, unless somebody ended it.
static void note_broken(struct suite *suite, const struct scenario *scenario,
                        struct result_column *column, char *why)
{
    struct result_scenario *row =
        result_add_scenario(suite->options->result, scenario_path(scenario), scenario_id(scenario),
                            scenario_title(scenario));
    struct result_entry *entry = result_add_entry(suite->options->result, row, column);

    entry->verdict = suite->signalled ? VERDICT_INTERRUPTED : VERDICT_ERROR;
    entry->reason = why ? why : str_copy("the bench cannot be opened");
    for (size_t i = 0; i < suite->options->watchers_count; i++) {
        const struct run_watcher *watcher = &suite->options->watchers[i];

        if (watcher->scenario_ends)
            watcher->scenario_ends(watcher->user, entry);
    }
}

static void run_meeting(struct suite *suite, const struct bench_file *bench,
                        const struct scenario *scenario, struct result_column *column)
{
    struct meeting meeting = {.suite = suite, .bench = bench};
    struct run_options run = {
        .seed = suite->options->seed,
        .host_utc_ns = loop_host_utc_ns,
        .quarantine = suite->quarantine,
        .budget_ns = suite->options->budget_ns,
        .watchers_count = suite->options->watchers_count,
    };
    char *why = NULL;

    for (size_t i = 0; i < run.watchers_count; i++)
        run.watchers[i] = suite->options->watchers[i];
    if (open_meeting(&meeting, scenario, &why) == 0)
        scenario_run(scenario, meeting.board ? meeting.board : meeting.sim, &run,
                     suite->options->result, column, suite->diag);
    else
        note_broken(suite, scenario, column, why);
    close_meeting(&meeting);
}

// The bench itself is this central system, and no evidence of anything.
static bool is_ours(const struct bench_target *target)
{
    for (size_t i = 0; i < target->links_count; i++)
        if (target->links[i].listen)
            return true;
    return false;
}

// A target with a control link is a board that a second testbay plays: real wires, no product.
static bool is_played(const struct bench_target *target)
{
    for (size_t i = 0; i < target->links_count; i++)
        if (target->links[i].kind == BENCH_LINK_CONTROL)
            return true;
    return false;
}

// What the report calls the targets of a bench; only "board" is evidence of a product.
static const char *column_adapter(const struct bench_file *bench)
{
    size_t sim = 0;
    size_t played = 0;
    size_t ours = 0;

    for (size_t i = 0; i < bench->targets_count; i++) {
        sim += bench->targets[i].adapter == BENCH_SIM;
        ours += is_ours(&bench->targets[i]);
        played += bench->targets[i].adapter == BENCH_BOARD && is_played(&bench->targets[i]);
    }
    if (sim == bench->targets_count)
        return "sim";
    if (played > 0 && played + ours == bench->targets_count)
        return "played";
    return sim + played ? "mixed" : "board";
}

static void run_bench(struct suite *suite, const struct bench_file *bench)
{
    static const char *const modes[] = {"jump", "real", "hold"};
    char *clock = bench->clock == CLOCK_REAL && bench->speed != 1 ? str_format("x%g", bench->speed)
                                                                  : str_copy(modes[bench->clock]);
    struct result_column *column =
        result_add_column(suite->options->result, bench->name, column_adapter(bench), clock);

    free(clock);
    column->seed = suite->options->seed;
    for (size_t i = 0; i < suite->options->files_count && !suite->signalled; i++)
        if (suite->scenarios[i])
            run_meeting(suite, bench, suite->scenarios[i], column);
}

static void free_all(struct suite *suite)
{
    for (size_t i = 0; i < suite->options->files_count; i++)
        scenario_free(&suite->scenarios[i]);
    for (size_t i = 0; i < suite->options->benches_count; i++)
        bench_file_free(&suite->benches[i]);
    free(suite->scenarios);
    free(suite->benches);
    quarantine_free(&suite->quarantine);
    authority_free(&suite->authority);
    free(suite->authority_path);
    profiles_free(&suite->profiles);
    cli_verbs_done(&suite->verbs);
    diag_free(&suite->diag);
}

enum suite_end suite_run(const struct suite_options *options)
{
    struct suite suite = {.options = options};
    bool wrong;

    suite.diag = diag_new();
    suite.profiles = cli_profiles(options->home);
    suite.verbs = cli_verbs();
    if (options->captures)
        suite.authority_path = str_format("%s/authority.pem", options->captures);
    wrong = load_all(&suite) < 0;
    if (!wrong && options->loaded)
        options->loaded(options->loaded_user);
    if (!wrong && options->tag && !any_is_left(&suite))
        cli_usage("no scenario here has the tag '%s'", options->tag);
    for (size_t i = 0; !wrong && i < options->benches_count && !suite.signalled; i++)
        run_bench(&suite, suite.benches[i]);
    if (cli_print_diag(suite.diag))
        wrong = true;
    free_all(&suite);
    return suite.signalled ? SUITE_SIGNALLED : wrong ? SUITE_INVALID : SUITE_RAN;
}
