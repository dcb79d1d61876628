// SPDX-License-Identifier: Apache-2.0
// The runner: from a scenario and a stage to an entry of the result. Cases in order, steps in
// order, cleanup whatever happens; each step is one core_run() until it has a verdict.
#include "sim/scenario/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/scenario/run_model.h"

// Host time for a step on the jump clock; past it something is wrong with bench or scenario.
#define BUDGET_NS (60 * SIM_NS_PER_S)
// How often watchers hear of a step that takes long.
#define TICK_NS SIM_NS_PER_S

// ---- The core ----

struct waiting {
    struct runner *runner;
    bool (*done)(void *user);
    void *user;
};

// A change of state is something to look at; the work runs in the next turn, before any leap.
static bool is_done(void *user)
{
    struct waiting *waiting = user;
    struct runner *runner = waiting->runner;

    if (waiting->done(waiting->user))
        return true;
    if (runner->stage->changes != runner->seen_changes) {
        runner->seen_changes = runner->stage->changes;
        runner_kick(runner);
    }
    return false;
}

enum core_end runner_core(struct runner *runner, bool (*done)(void *user), void *user,
                          int64_t budget_ns)
{
    struct waiting waiting = {runner, done, user};
    int64_t left_ns = budget_ns ? budget_ns : BUDGET_NS;

    for (;;) {
        int64_t slice_ns = left_ns < TICK_NS ? left_ns : TICK_NS;
        struct core_until until = {
            .until_ns = SIM_TIME_NEVER, .wall_ns = slice_ns, .done = is_done, .user = &waiting};
        enum core_end end = core_run(runner->core, &until);

        if (end == CORE_STOPPED)
            runner->interrupted = true;
        if (end != CORE_BUDGET)
            return end;
        runner->host_ns += slice_ns;
        left_ns -= slice_ns;
        WATCHERS(runner, tick, core_now(runner->core), runner->host_ns);
        if (left_ns <= 0)
            return CORE_BUDGET;
    }
}

static void on_work(void *user)
{
    struct runner *runner = user;
    bool ended = true;

    // A step that ends may let the one around it go on.
    while (ended) {
        ended = false;
        watches_poll(runner);
        for (struct exec *exec = runner->execs; exec; exec = exec->next) {
            if (exec->verdict != VERDICT_NOT_RUN)
                continue;
            exec->ops->poll(exec);
            ended = ended || exec->verdict != VERDICT_NOT_RUN;
        }
    }
}

// ---- Steps ----

static bool step_over(void *user)
{
    struct exec *exec = user;

    return exec->verdict != VERDICT_NOT_RUN || exec->runner->broken;
}

// `budget:`, the run's own, or what the clock suggests.
static int64_t step_budget(struct exec *exec)
{
    struct runner *runner = exec->runner;
    const struct yaml_node *budget = yaml_get(exec->plan->step->node, "budget");
    struct plan_board board = {runner->stage->slack_ns,
                               runner->stage->factor > 0 ? runner->stage->factor : 1};
    struct plan_clock clock = {.now_ns = core_now(runner->core)};
    double speed = core_speed(runner->core);
    int64_t time_ns;

    if (budget && exec_time(exec, yaml_get(budget, "wall"), 0, &time_ns))
        return time_ns;
    if (runner->options->budget_ns)
        return runner->options->budget_ns;
    if (core_mode(runner->core) == CLOCK_JUMP)
        return BUDGET_NS;
    for (size_t i = 0; i < runner->marks_count && clock.marks_count < 64; i++) {
        clock.marks[clock.marks_count].name = runner->marks[i].name;
        clock.marks[clock.marks_count++].at_ns = runner->marks[i].at_ns;
    }
    time_ns = plan_step_cost(runner->plan, exec->plan, &board, &clock).most_ns;
    return BUDGET_NS + (int64_t)(2 * (double)time_ns / (speed > 0 ? speed : 1));
}

static void name_end(struct exec *exec, enum core_end end, int64_t budget_ns)
{
    char room[UNITS_TEXT_ROOM];

    if (exec->verdict != VERDICT_NOT_RUN)
        return;
    switch (end) {
    case CORE_DONE: // Something beside it ended the case.
        exec_end(exec, VERDICT_NOT_RUN, "the case ended before it");
        break;
    case CORE_IDLE:
        exec_end(exec, VERDICT_ERROR,
                 "nothing is left to happen in the world, and the step still waits");
        break;
    case CORE_DEADLINE:
    case CORE_BUDGET:
        exec_end(exec, VERDICT_ERROR, "its budget of %s of host time is used up",
                 units_time_text(budget_ns, room));
        break;
    case CORE_STOPPED:
        exec_end(exec, VERDICT_INTERRUPTED, "interrupted");
        break;
    }
}

// What a step's verdict means for its case: a check that could not be made leaves the rest
// standing.
static enum verdict weight(const struct plan_step *plan, enum verdict verdict)
{
    enum step_kind kind = plan->step->kind;

    if (verdict == VERDICT_NOT_APPLICABLE && (kind == STEP_CHECK || kind == STEP_RECONCILE))
        return VERDICT_PARTIAL;
    return verdict;
}

// Nothing after it makes sense.
static bool ends_case(enum verdict weighed)
{
    return weighed != VERDICT_PASS && weighed != VERDICT_PARTIAL && weighed != VERDICT_VACUOUS;
}

static void note_case(struct runner *runner, enum verdict verdict, const char *number,
                      const char *reason)
{
    struct result_case *row = runner->row;
    enum verdict worse = verdict_worse(row->verdict, verdict);

    if (worse != row->verdict && verdict != VERDICT_PASS) {
        free(row->reason);
        row->reason = str_format("step %s: %s", number, reason ? reason : "");
    }
    row->verdict = worse;
}

// Runs one top-level step; false when the case is over.
static bool run_step(struct runner *runner, const struct plan_step *plan)
{
    struct exec *exec = exec_begin(runner, plan, "");
    int64_t budget_ns = step_budget(exec);
    enum verdict weighed;
    enum core_end end = CORE_DONE;

    if (!step_over(exec))
        end = runner_core(runner, step_over, exec, budget_ns);
    name_end(exec, end, budget_ns);
    weighed = weight(plan, exec->verdict);
    note_case(runner, weighed, plan->number, exec->result->reason);
    exec_free(&exec);
    return !ends_case(weighed) && !runner->broken;
}

static bool run_list(struct runner *runner, const struct plan_list *list, bool to_the_end)
{
    bool good = true;

    for (size_t i = 0; i < list->count && (good || to_the_end); i++) {
        bool stopped_before = runner->interrupted;

        runner->interrupted = false;
        good = run_step(runner, &list->items[i]) && good;
        // A second interruption ends the cleanup as well.
        if (to_the_end && runner->interrupted)
            return false;
        runner->interrupted = runner->interrupted || stopped_before;
    }
    return good;
}

// ---- One case ----

static void forget(struct runner *runner)
{
    for (size_t i = 0; i < runner->saved_count; i++) {
        value_done(&runner->saved[i].results);
        value_done(&runner->saved[i].records);
    }
    free(runner->saved);
    runner->saved = NULL;
    runner->saved_count = 0;
    runner->marks_count = 0;
    runner->broken = false;
}

static void close_sessions(struct runner *runner)
{
    for (size_t i = 0; i < runner->scenario->roles_count; i++) {
        const struct role *role = &runner->scenario->roles[i];

        for (size_t j = 1; j <= role->members; j++) {
            const char *why = NULL;
            struct target *target = runner->stage->ops->target(runner->stage, role->name, j, &why);

            if (target)
                target->ops->close_sessions(target);
        }
    }
}

static void end_watches(struct runner *runner)
{
    size_t first = runner->row->steps_count;

    watches_end(runner);
    for (size_t i = first; i < runner->row->steps_count; i++) {
        const struct result_step *step = runner->row->steps[i];
        enum verdict verdict =
            step->verdict == VERDICT_NOT_APPLICABLE ? VERDICT_PARTIAL : step->verdict;

        note_case(runner, verdict, step->number, step->reason);
    }
}

void runner_case(struct runner *runner, const struct plan_case *row)
{
    WATCHERS(runner, case_begins, runner->entry, runner->row);
    runner->row->started = runner_time(runner);
    rng_init(&runner->rng, runner->seed, row->id);
    if (run_list(runner, &row->setup, false)) {
        watches_begin(runner, row);
        run_list(runner, &row->steps, false);
        end_watches(runner);
    }
    runner->broken = false;
    run_list(runner, &row->cleanup, true);
    faults_end(runner);
    close_sessions(runner);
    forget(runner);
    if (runner->row->verdict == VERDICT_NOT_RUN) // No step at all.
        runner->row->verdict = VERDICT_PASS;
    runner->row->ended = runner_time(runner);
}

static void case_with_retries(struct runner *runner, const struct plan_case *row)
{
    unsigned attempts = 0;
    bool interrupted;

    do {
        result_clear_case(runner->row);
        runner_case(runner, row);
        interrupted = runner->row->verdict == VERDICT_INTERRUPTED;
        attempts++;
    } while (runner->row->verdict == VERDICT_ERROR && !interrupted &&
             attempts <= runner->stage->retries);
    runner->row->attempts = attempts;
}

// ---- Known failures ----

static void excuse(struct runner *runner)
{
    struct result_case *row = runner->row;
    const char *finding = NULL;
    char *reason;

    if (runner->options->quarantine)
        finding = quarantine_find(runner->options->quarantine, scenario_id(runner->scenario),
                                  row->id, runner->stage->adapter);
    if (!finding)
        return;
    free(runner->entry->finding);
    runner->entry->finding = str_copy(finding);
    if (row->verdict == VERDICT_FAIL || row->verdict == VERDICT_VACUOUS) {
        reason = str_format("known as %s: %s", finding, row->reason ? row->reason : "");
        row->verdict = VERDICT_XFAIL;
    } else if (row->verdict == VERDICT_PASS) {
        reason =
            str_format("known as %s, but it passes now: take it out of the quarantine", finding);
        row->verdict = VERDICT_XPASS;
    } else {
        return;
    }
    free(row->reason);
    row->reason = reason;
}

// ---- The whole ----

static const struct profile *stage_profile(void *user, const char *role,
                                           const struct profile_model **ret_model)
{
    struct stage *stage = user;
    const char *why = NULL;
    struct target *target = stage->ops->target(stage, role, 1, &why);

    *ret_model = target ? target->model : NULL;
    return target ? target->profile : NULL;
}

static void fill_texts(struct result_texts *texts, const struct yaml_node *list)
{
    if (texts->count)
        return; // Another column was here.
    yaml_for_each(i, list) {
        result_add_text(texts, list->items[i]->text);
    }
}

struct result_scenario *scenario_note(const struct scenario *scenario, struct result *result)
{
    struct result_scenario *row = result_add_scenario(
        result, scenario_path(scenario), scenario_id(scenario), scenario_title(scenario));

    if (!row->hash)
        row->hash = str_copy(scenario_hash(scenario));
    fill_texts(&row->verifies, yaml_get(scenario->root, "verifies"));
    fill_texts(&row->basis, yaml_get(scenario->root, "basis"));
    fill_texts(&row->tags, yaml_get(scenario->root, "tags"));
    return row;
}

static bool known_device(const struct result_column *column, const char *role, const char *id)
{
    for (size_t i = 0; i < column->devices_count; i++)
        if (strcmp(column->devices[i].role, role) == 0 && strcmp(column->devices[i].id, id) == 0)
            return true;
    return false;
}

// The first page names each device once, whichever scenario met it first.
static void add_devices(struct runner *runner)
{
    struct result_column *column = runner->column;

    for (size_t i = 0; i < runner->scenario->roles_count; i++) {
        const struct role *role = &runner->scenario->roles[i];
        const char *why = NULL;
        struct target *target = runner->stage->ops->target(runner->stage, role->name, 1, &why);
        struct result_device *device;

        if (!target || known_device(column, role->name, target->id))
            continue;
        column->devices =
            mem_grow(column->devices, column->devices_count + 1, sizeof(*column->devices));
        device = &column->devices[column->devices_count++];
        *device = (struct result_device){.role = str_copy(role->name),
                                         .id = str_copy(target->id),
                                         .label = str_copy(target->label),
                                         .serial = str_copy(target->serial),
                                         .firmware = str_copy(target->firmware),
                                         .configuration = str_copy(target->configuration),
                                         .members = role->members};
        if (target->model)
            device->model = str_copy(target->model->name);
        if (!target->profile)
            continue;
        device->profile = str_copy(profile_id(target->profile));
        device->profile_hash = str_copy(profile_hash(target->profile));
        device->profile_document = str_copy(profile_default_source(target->profile).document);
    }
}

// A column's hash is that of its only world, or of the hashes of its worlds in their order.
static void add_hash(struct result_column *column, const char *hash)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    char text[CRYPTO_SHA256_HEX_ROOM];
    char *both;

    if (!column->world_hash) {
        column->world_hash = str_copy(hash);
        return;
    }
    both = str_format("%s%s", column->world_hash, hash);
    crypto_sha256(both, strlen(both), digest);
    crypto_hex(digest, text);
    free(both);
    free(column->world_hash);
    column->world_hash = str_copy(text);
}

static void conclude(struct runner *runner)
{
    struct result_entry *entry = runner->entry;
    struct result_column *column = runner->column;
    char hash[CORE_HASH_ROOM];
    const char *capture = NULL;

    for (size_t i = 0; i < entry->cases_count; i++) {
        const struct result_case *row = entry->cases[i];
        enum verdict worse = verdict_worse(entry->verdict, row->verdict);

        if (worse != entry->verdict && row->reason) {
            free(entry->reason);
            entry->reason =
                *row->id ? str_format("case %s, %s", row->id, row->reason) : str_copy(row->reason);
        }
        entry->verdict = worse;
    }
    entry->ended = runner_time(runner);
    entry->world_hash = str_copy(core_event_hash(runner->core, hash));
    add_hash(column, entry->world_hash);
    column->ended = entry->ended;
    if (runner->stage->ops->capture)
        capture = runner->stage->ops->capture(runner->stage, &entry->frames);
    entry->capture = str_copy(capture);
}

static void run_cases(struct runner *runner)
{
    for (size_t i = 0; i < runner->plan->cases_count; i++) {
        const struct plan_case *row = &runner->plan->cases[i];

        runner->row = result_add_case(runner->entry, row->id);
        if (runner->interrupted) {
            runner->row->verdict = VERDICT_INTERRUPTED;
            runner->row->reason = str_copy("interrupted before it began");
            continue;
        }
        case_with_retries(runner, row);
        excuse(runner);
        WATCHERS(runner, case_ends, runner->entry, runner->row);
    }
}

static void refuse(struct runner *runner, enum verdict verdict, char *reason)
{
    runner->entry->verdict = verdict;
    runner->entry->reason = reason;
    runner->entry->ended = runner_time(runner);
}

static void run_on_stage(struct runner *runner)
{
    struct scenario_cast cast = {.profile = stage_profile, .user = runner->stage};
    char *why = scenario_cannot(runner->scenario, runner->stage);

    if (why) {
        refuse(runner, VERDICT_NOT_APPLICABLE, why);
        WATCHERS(runner, scenario_begins, runner->entry, 0);
        return;
    }
    add_devices(runner);
    if (scenario_plan(runner->scenario, &cast, runner->diag, &runner->plan) < 0) {
        refuse(runner, VERDICT_ERROR, str_copy("the file does not fit the devices of this bench"));
        WATCHERS(runner, scenario_begins, runner->entry, 0);
        return;
    }
    WATCHERS(runner, scenario_begins, runner->entry, plan_steps_count(runner->plan));
    run_cases(runner);
    conclude(runner);
    plan_free(&runner->plan);
}

static void fill_slack(struct result_column *column, const struct stage *stage)
{
    char slack[UNITS_TEXT_ROOM];
    char poll[UNITS_TEXT_ROOM];

    if (!stage->slack_ns && !stage->poll_ns)
        return;
    free(column->slack);
    column->slack =
        str_format("%s, poll %s, factor %g", units_time_text(stage->slack_ns, slack),
                   units_time_text(stage->poll_ns, poll), stage->factor > 0 ? stage->factor : 1);
}

enum verdict scenario_run(const struct scenario *scenario, struct stage *stage,
                          const struct run_options *options, struct result *result,
                          struct result_column *column, struct diag *diag)
{
    struct runner *runner = mem_new(1, sizeof(*runner));
    enum verdict verdict;

    runner->scenario = scenario;
    runner->stage = stage;
    runner->core = stage->core;
    runner->options = options;
    runner->column = column;
    runner->diag = diag;
    runner->seed = options->seed;
    scenario_seed(scenario, &runner->seed);
    runner->work = (struct core_work){.fn = on_work, .user = runner};
    runner->seen_changes = stage->changes;
    runner->entry = result_add_entry(result, scenario_note(scenario, result), column);
    runner->entry->seed = runner->seed;
    runner->entry->started = runner_time(runner);
    if (!column->begun) {
        column->begun = true;
        column->seed = runner->seed;
        column->started = runner->entry->started;
        fill_slack(column, stage);
    }
    run_on_stage(runner);
    WATCHERS(runner, scenario_ends, runner->entry);
    verdict = runner->entry->verdict;
    assert(!runner->execs && !runner->watches && !runner->standing);
    core_cancel(runner->core, &runner->work);
    for (size_t i = 0; i < runner->secrets_count; i++)
        free(runner->secrets[i]);
    free(runner);
    return verdict;
}
