// SPDX-License-Identifier: Apache-2.0
// The turn. Its order is the whole of determinism: work, timers, host, and only then time moves.
#include "sim/core/core.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"

// Work and timers that keep making each other due would starve the host's loop; after this many it
// gets its pass.
#define CORE_WORK_PER_TURN_MAX 4096
#define CORE_SLICE_NS SIM_NS_PER_S
#define CORE_HOLD_PASS_NS (100 * SIM_NS_PER_MS) // Then a stop is looked for.
// On the jump clock the host's loop gets a pass at least this often even when nothing holds the
// leap and nobody watches a descriptor, so that a signal is served.
#define CORE_TURNS_PER_PASS 64

struct core {
    struct core_options options;
    struct timers *timers;
    struct loop *loop;
    struct core_work *work_first;
    struct core_work *work_last;
    size_t work_count;
    unsigned holds;
    bool stopped;

    int64_t host_base_ns; // CLOCK_REAL: host time at which world_base_ns held.
    sim_time_ns world_base_ns;
    unsigned peers; // Holds that an advance awaits.
    bool leaping;
    sim_time_ns leap_to_ns;
    core_leap_fn *leaper;
    void *leaper_user;

    struct crypto_sha256 *hash;
    uint64_t events;
    core_event_fn *event_sink;
    void *event_sink_user;
};

struct core *core_new(const struct core_options *options)
{
    struct core *core = mem_new(1, sizeof(*core));

    assert(options->mode != CLOCK_REAL || options->speed >= 0.001);
    core->options = *options;
    core->timers = timers_new();
    core->loop = loop_new();
    core->hash = crypto_sha256_new();
    core->host_base_ns = loop_host_ns();
    return core;
}

void core_free(struct core **core)
{
    if (!*core)
        return;
    crypto_sha256_free(&(*core)->hash);
    loop_free(&(*core)->loop);
    timers_free(&(*core)->timers);
    free(*core);
    *core = NULL;
}

struct timers *core_timers(struct core *core)
{
    return core->timers;
}

struct loop *core_loop(struct core *core)
{
    return core->loop;
}

uint64_t core_seed(const struct core *core)
{
    return core->options.seed;
}

enum clock_mode core_mode(const struct core *core)
{
    return core->options.mode;
}

double core_speed(const struct core *core)
{
    return core->options.speed;
}

sim_time_ns core_now(const struct core *core)
{
    return timers_now(core->timers);
}

int64_t core_utc_ns(const struct core *core)
{
    return core->options.utc_start_ns + core_now(core);
}

void core_post(struct core *core, struct core_work *work)
{
    if (work->posted)
        return;
    work->posted = true;
    work->next = NULL;
    work->previous = core->work_last;
    if (core->work_last)
        core->work_last->next = work;
    else
        core->work_first = work;
    core->work_last = work;
    core->work_count++;
}

void core_cancel(struct core *core, struct core_work *work)
{
    if (!work->posted)
        return;
    if (work->previous)
        work->previous->next = work->next;
    else
        core->work_first = work->next;
    if (work->next)
        work->next->previous = work->previous;
    else
        core->work_last = work->previous;
    work->posted = false;
    work->next = work->previous = NULL;
    core->work_count--;
}

void core_hold(struct core *core)
{
    core->holds++;
}

void core_release(struct core *core)
{
    assert(core->holds > 0);
    core->holds--;
}

void core_hold_for_peer(struct core *core)
{
    core_hold(core);
    core->peers++;
}

void core_release_peer(struct core *core)
{
    assert(core->peers > 0);
    core->peers--;
    core_release(core);
}

unsigned core_holds(const struct core *core)
{
    return core->holds;
}

void core_set_leaper(struct core *core, core_leap_fn *fn, void *user)
{
    core->leaper = fn;
    core->leaper_user = user;
}

void core_leaped(struct core *core)
{
    sim_time_ns now_ns = core_now(core);

    assert(core->leaping);
    core->leaping = false;
    if (core->leap_to_ns > now_ns)
        timers_set_now(core->timers, core->leap_to_ns);
    core->world_base_ns = core_now(core);
    core->host_base_ns = loop_host_ns();
}

void core_stop(struct core *core)
{
    core->stopped = true;
}

// While real clients wait at the host's loop, what work posts is left to the next turn: one of them
// that always has more to do does not hold up the others.
static size_t run_work(struct core *core)
{
    size_t most = core->options.mode == CLOCK_REAL ? core->work_count : CORE_WORK_PER_TURN_MAX;
    size_t count = 0;

    while (core->work_first && count < most) {
        struct core_work *work = core->work_first;

        core_cancel(core, work);
        count++;
        work->fn(work->user);
    }
    return count;
}

// Work first: what a timer posts runs before the next timer of the same instant would be wrong the
// other way round only if it changed the order of timers, which it cannot.
static size_t run_due(struct core *core)
{
    size_t count = run_work(core);
    size_t fired;

    while (count < CORE_WORK_PER_TURN_MAX && (fired = timers_fire_due(core->timers, 1)) > 0) {
        count += fired;
        if (core->work_first)
            count += run_work(core);
    }
    return count;
}

static sim_time_ns real_now(const struct core *core)
{
    double elapsed_ns = (double)(loop_host_ns() - core->host_base_ns) * core->options.speed;

    return core->world_base_ns + (sim_time_ns)elapsed_ns;
}

static void set_now(struct core *core, sim_time_ns now_ns)
{
    if (now_ns > core_now(core))
        timers_set_now(core->timers, now_ns);
    log_set_time(core_now(core));
}

// How long the host may sleep: until the next timer, the end of the run or of its budget.
static int64_t real_wait_ns(const struct core *core, const struct core_until *until,
                            int64_t budget_left_ns)
{
    sim_time_ns next_ns = timers_next(core->timers);
    double wait_ns = 1e9;

    if (until->until_ns < next_ns)
        next_ns = until->until_ns;
    if (core->options.mode == CLOCK_REAL && next_ns != SIM_TIME_NEVER) {
        double left_ns = (double)(next_ns - real_now(core)) / core->options.speed;

        wait_ns = left_ns < wait_ns ? left_ns : wait_ns;
    }
    if (budget_left_ns >= 0 && (double)budget_left_ns < wait_ns)
        wait_ns = (double)budget_left_ns;
    return wait_ns > 0 ? (int64_t)wait_ns : 0;
}

static bool may_leap(const struct core *core)
{
    if (core->holds || core->leaping)
        return false;
    return core->options.mode == CLOCK_JUMP || (core->options.mode == CLOCK_REAL && core->leaper);
}

// The next instant at which something happens, or the end of the run.
static sim_time_ns leap_target(const struct core *core, const struct core_until *until)
{
    sim_time_ns next_ns = timers_next(core->timers);

    return until->until_ns < next_ns ? until->until_ns : next_ns;
}

static void leap(struct core *core, sim_time_ns to_ns)
{
    if (!core->leaper) {
        set_now(core, to_ns);
        return;
    }
    core->leaping = true;
    core->leap_to_ns = to_ns;
    core->leaper(core->leaper_user, core_now(core), to_ns);
}

// Whether the host's loop may have something for us in this turn.
static bool host_is_due(const struct core *core, unsigned turns, bool quiet)
{
    return core->options.mode != CLOCK_JUMP || core->holds || turns % CORE_TURNS_PER_PASS == 0 ||
           (quiet && loop_watches(core->loop));
}

// Turn number `turns`. Returns whether anything ran.
static bool turn(struct core *core, const struct core_until *until, int64_t budget_left_ns,
                 unsigned turns)
{
    bool quiet;

    if (core->options.mode == CLOCK_REAL && !core->leaping)
        set_now(core, real_now(core) < until->until_ns ? real_now(core) : until->until_ns);
    quiet = run_due(core) == 0;
    if (!host_is_due(core, turns, quiet))
        return !quiet;
    if (loop_pass(core->loop, 0) > 0)
        quiet = false;
    if (quiet && !may_leap(core) && !core->stopped && core_now(core) < until->until_ns &&
        loop_pass(core->loop, real_wait_ns(core, until, budget_left_ns)) > 0)
        quiet = false;
    return !quiet;
}

enum core_end core_run(struct core *core, const struct core_until *until)
{
    int64_t started_ns = loop_host_ns();
    unsigned turns = 0;

    core->stopped = false;
    for (;;) {
        int64_t left_ns = until->wall_ns ? until->wall_ns - (loop_host_ns() - started_ns) : -1;
        bool busy = turn(core, until, left_ns, turns++);

        if (core->stopped)
            return CORE_STOPPED;
        if (until->done && until->done(until->user))
            return CORE_DONE;
        if (until->wall_ns && loop_host_ns() - started_ns >= until->wall_ns)
            return CORE_BUDGET;
        if (busy)
            continue;
        if (core_now(core) >= until->until_ns && !core->leaping)
            return CORE_DEADLINE;
        if (!may_leap(core))
            continue;
        if (leap_target(core, until) == SIM_TIME_NEVER) {
            if (core->options.mode == CLOCK_JUMP)
                return CORE_IDLE;
            loop_pass(core->loop, real_wait_ns(core, until, left_ns));
            continue;
        }
        leap(core, leap_target(core, until));
    }
}

void core_advance(struct core *core, sim_time_ns by_ns)
{
    sim_time_ns target_ns = core_now(core) + by_ns;

    assert(by_ns >= 0);
    core->stopped = false;
    for (;;) {
        sim_time_ns next_ns;
        sim_time_ns slice_ns = core_now(core) + CORE_SLICE_NS;

        while (run_due(core) > 0 || loop_pass(core->loop, 0) > 0)
            ;
        if (core->peers && !core->stopped && core_now(core) < target_ns) {
            loop_pass(core->loop, CORE_HOLD_PASS_NS);
            continue;
        }
        next_ns = timers_next(core->timers);
        if (core->stopped || core_now(core) >= target_ns)
            break;
        if (next_ns > slice_ns)
            next_ns = slice_ns;
        set_now(core, next_ns < target_ns ? next_ns : target_ns);
    }
    core->world_base_ns = core_now(core);
    core->host_base_ns = loop_host_ns();
}

void core_event(struct core *core, const char *kind, const char *id, const void *data,
                size_t length)
{
    int64_t now_ns = core_now(core);
    uint64_t bytes = length;

    crypto_sha256_add(core->hash, &now_ns, sizeof(now_ns));
    crypto_sha256_add(core->hash, kind, strlen(kind) + 1);
    crypto_sha256_add(core->hash, id, strlen(id) + 1);
    crypto_sha256_add(core->hash, &bytes, sizeof(bytes));
    crypto_sha256_add(core->hash, data, length);
    core->events++;
    if (core->event_sink)
        core->event_sink(core->event_sink_user, now_ns, kind, id, data, length);
}

const char *core_event_hash(const struct core *core, char ret[CORE_HASH_ROOM])
{
    uint8_t digest[CRYPTO_SHA256_BYTES];

    crypto_sha256_get(core->hash, digest);
    crypto_hex(digest, ret);
    return ret;
}

uint64_t core_events(const struct core *core)
{
    return core->events;
}

void core_set_event_sink(struct core *core, core_event_fn *fn, void *user)
{
    core->event_sink = fn;
    core->event_sink_user = user;
}
