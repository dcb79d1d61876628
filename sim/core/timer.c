// SPDX-License-Identifier: Apache-2.0
// A binary heap of pointers, from place 1. Equal times fire in the order in which they were
// started.
#include "sim/core/timer.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/str.h"

#define HEAP_CHILDREN 4

struct slot {
    sim_time_ns at_ns;
    uint64_t sequence;
    struct timer *timer;
};

struct timers {
    sim_time_ns now_ns;
    uint64_t sequence;
    uint64_t fired;
    size_t count;
    size_t room;
    struct slot *heap;
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
    return timers->count ? timers->heap[1].at_ns : SIM_TIME_NEVER;
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

// 1 when the slot at `left` fires before the one at `right`. Without a branch: which one it is
// cannot be foretold, and a wrong guess costs more than the comparison.
static size_t slot_before(const struct slot *left, const struct slot *right)
{
    return (size_t)(left->at_ns < right->at_ns) |
           ((size_t)(left->at_ns == right->at_ns) & (size_t)(left->sequence < right->sequence));
}

static void heap_put(struct timers *timers, size_t place, struct slot slot)
{
    timers->heap[place] = slot;
    slot.timer->place = place;
}

static size_t parent_of(size_t place)
{
    return (place - 2) / HEAP_CHILDREN + 1;
}

static void heap_rise(struct timers *timers, size_t place, struct slot slot)
{
    while (place > 1 && slot_before(&slot, &timers->heap[parent_of(place)])) {
        heap_put(timers, place, timers->heap[parent_of(place)]);
        place = parent_of(place);
    }
    heap_put(timers, place, slot);
}

// The earliest of the places from `child` on that have the same parent; `child` is in the heap.
static size_t first_of(const struct timers *timers, size_t child)
{
    const struct slot *heap = timers->heap;
    size_t left = child;

    if (child + HEAP_CHILDREN - 1 <= timers->count) {
        size_t right = child + 2 + slot_before(&heap[child + 3], &heap[child + 2]);

        left += slot_before(&heap[child + 1], &heap[child]);
        return left + (right - left) * slot_before(&heap[right], &heap[left]);
    }
    for (size_t other = child + 1; other <= timers->count; other++)
        if (slot_before(&heap[other], &heap[left]))
            left = other;
    return left;
}

static void heap_sink(struct timers *timers, size_t place, struct slot slot)
{
    size_t child;

    while ((child = HEAP_CHILDREN * (place - 1) + 2) <= timers->count) {
        child = first_of(timers, child);
        if (!slot_before(&timers->heap[child], &slot))
            break;
        heap_put(timers, place, timers->heap[child]);
        place = child;
    }
    heap_put(timers, place, slot);
}

static void heap_remove(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    struct slot last = timers->heap[timers->count--];

    timer->place = 0;
    if (last.timer == timer)
        return;
    if (place > 1 && slot_before(&last, &timers->heap[parent_of(place)]))
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
    if (timers->count + 2 > timers->room) {
        timers->room *= 2;
        timers->heap = mem_grow(timers->heap, timers->room, sizeof(*timers->heap));
    }
    timers->count++;
    heap_rise(timers, timers->count,
              (struct slot){.at_ns = timer->at_ns, .sequence = timers->sequence++, .timer = timer});
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

    while (count < count_max && timers->count && timers->heap[1].at_ns <= timers->now_ns) {
        struct timer *timer = timers->heap[1].timer;

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
