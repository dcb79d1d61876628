// SPDX-License-Identifier: Apache-2.0
// A binary heap of pointers, from place 1. Equal times fire in the order in which they were
// started.
#include "sim/core/timer.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/str.h"

struct timers {
    sim_time_ns now_ns;
    uint64_t sequence;
    uint64_t fired;
    size_t count;
    size_t room;
    struct timer **heap;
};

struct timers *timers_new(void)
{
    struct timers *timers = mem_new(1, sizeof(*timers));

    timers->room = 64;
    timers->heap = mem_new(timers->room, sizeof(*timers->heap));
    return timers;
}

void timers_free(struct timers **timers)
{
    if (!*timers)
        return;
    free((*timers)->heap);
    free(*timers);
    *timers = NULL;
}

sim_time_ns timers_now(const struct timers *timers)
{
    return timers->now_ns;
}

sim_time_ns timers_next(const struct timers *timers)
{
    return timers->count ? timers->heap[1]->at_ns : SIM_TIME_NEVER;
}

uint64_t timers_fired(const struct timers *timers)
{
    return timers->fired;
}

size_t timers_count(const struct timers *timers)
{
    return timers->count;
}

void timers_set_now(struct timers *timers, sim_time_ns now_ns)
{
    assert(now_ns >= timers->now_ns);
    timers->now_ns = now_ns;
}

static bool timer_before(const struct timer *left, const struct timer *right)
{
    if (left->at_ns != right->at_ns)
        return left->at_ns < right->at_ns;
    return left->sequence < right->sequence;
}

static void heap_put(struct timers *timers, size_t place, struct timer *timer)
{
    timers->heap[place] = timer;
    timer->place = place;
}

static void heap_rise(struct timers *timers, size_t place, struct timer *timer)
{
    while (place > 1 && timer_before(timer, timers->heap[place / 2])) {
        heap_put(timers, place, timers->heap[place / 2]);
        place /= 2;
    }
    heap_put(timers, place, timer);
}

static void heap_sink(struct timers *timers, size_t place, struct timer *timer)
{
    for (;;) {
        size_t child = 2 * place;

        if (child > timers->count)
            break;
        if (child < timers->count && timer_before(timers->heap[child + 1], timers->heap[child]))
            child++;
        if (!timer_before(timers->heap[child], timer))
            break;
        heap_put(timers, place, timers->heap[child]);
        place = child;
    }
    heap_put(timers, place, timer);
}

static void heap_remove(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    struct timer *last = timers->heap[timers->count--];

    timer->place = 0;
    if (last == timer)
        return;
    if (place > 1 && timer_before(last, timers->heap[place / 2]))
        heap_rise(timers, place, last);
    else
        heap_sink(timers, place, last);
}

void timer_init(struct timer *timer, struct timers *timers, struct timer_domain *domain,
                timer_fn *fn, void *user)
{
    assert(timers && fn);
    *timer = (struct timer){.timers = timers, .domain = domain, .fn = fn, .user = user};
}

void timer_start_at(struct timer *timer, sim_time_ns at_ns)
{
    struct timers *timers = timer->timers;

    assert(timers);
    timer_stop(timer);
    timer->at_ns = at_ns > timers->now_ns ? at_ns : timers->now_ns;
    timer->sequence = timers->sequence++;
    if (timers->count + 2 > timers->room) {
        timers->room *= 2;
        timers->heap = mem_grow(timers->heap, timers->room, sizeof(*timers->heap));
    }
    timers->count++;
    heap_rise(timers, timers->count, timer);
}

void timer_start(struct timer *timer, sim_time_ns after_ns)
{
    sim_time_ns now_ns = timer->timers->now_ns;

    assert(after_ns >= 0);
    timer_start_at(timer, after_ns < SIM_TIME_NEVER - now_ns ? now_ns + after_ns : SIM_TIME_NEVER);
}

static void domain_forget(struct timer_domain *domain, struct timer *timer)
{
    struct timer *before = NULL;

    for (struct timer *at = domain->held_first; at; before = at, at = at->held_next) {
        if (at != timer)
            continue;
        if (before)
            before->held_next = at->held_next;
        else
            domain->held_first = at->held_next;
        if (domain->held_last == at)
            domain->held_last = before;
        break;
    }
    timer->held = false;
    timer->held_next = NULL;
}

void timer_stop(struct timer *timer)
{
    if (timer->place)
        heap_remove(timer->timers, timer);
    if (timer->held)
        domain_forget(timer->domain, timer);
}

bool timer_running(const struct timer *timer)
{
    return timer->place || timer->held;
}

static void domain_hold(struct timer_domain *domain, struct timer *timer)
{
    timer->held = true;
    timer->held_next = NULL;
    if (domain->held_last)
        domain->held_last->held_next = timer;
    else
        domain->held_first = timer;
    domain->held_last = timer;
}

void timer_domain_pause(struct timer_domain *domain)
{
    domain->paused = true;
}

void timer_domain_resume(struct timer_domain *domain)
{
    domain->paused = false;
    while (domain->held_first) {
        struct timer *timer = domain->held_first;

        domain_forget(domain, timer);
        timer_start_at(timer, timer->timers->now_ns);
    }
}

size_t timers_fire_due(struct timers *timers, size_t count_max)
{
    size_t count = 0;

    while (count < count_max && timers->count && timers->heap[1]->at_ns <= timers->now_ns) {
        struct timer *timer = timers->heap[1];

        heap_remove(timers, timer);
        if (timer->domain && timer->domain->paused) {
            domain_hold(timer->domain, timer);
            continue;
        }
        count++;
        timers->fired++;
        timer->fn(timer, timer->user);
    }
    return count;
}
