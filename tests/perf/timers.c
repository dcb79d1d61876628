// SPDX-License-Identifier: Apache-2.0
// perf_timers: timers that start themselves again, on the jump clock and through core_run(), as
// those of idle devices do. Prints firings a second of processor time for 1 000 timers that fall
// due together, and for 1 000 whose times all differ, so that the clock leaps at each firing.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/core/core.h"

#define TIMERS 1000
#define PERIOD_NS (60 * SIM_NS_PER_S)
#define FIRINGS 5000000

static void on_timer(struct timer *timer, void *user)
{
    uint64_t *fired = user;

    ++*fired;
    timer_start(timer, PERIOD_NS);
}

static bool is_done(void *user)
{
    return *(uint64_t *)user >= FIRINGS;
}

// What the machine does besides is not ours.
static int64_t cpu_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * SIM_NS_PER_S + used.tv_nsec;
}

static double firings_per_s(sim_time_ns apart_ns)
{
    static struct timer timers[TIMERS];
    struct core_options options = {.mode = CLOCK_JUMP, .speed = 1};
    struct core *core = core_new(&options);
    uint64_t fired = 0;
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .done = is_done, .user = &fired};
    int64_t took_ns;

    for (int i = 0; i < TIMERS; i++) {
        timer_init(&timers[i], core_timers(core), NULL, on_timer, &fired);
        timer_start(&timers[i], PERIOD_NS + (sim_time_ns)(i * 7919 % TIMERS) * apart_ns);
    }
    took_ns = cpu_ns();
    if (core_run(core, &until) != CORE_DONE) {
        fprintf(stderr, "the timers stopped\n");
        exit(1);
    }
    took_ns = cpu_ns() - took_ns;
    for (int i = 0; i < TIMERS; i++)
        timer_stop(&timers[i]);
    core_free(&core);
    return (double)fired * 1e9 / (double)took_ns;
}

int main(void)
{
    printf("{\"together_per_s\": %.0f, ", firings_per_s(0));
    printf("\"apart_per_s\": %.0f}\n", firings_per_s(PERIOD_NS / TIMERS));
    return 0;
}
