// SPDX-License-Identifier: Apache-2.0
// Device timers: one heap a world, ordered by (time, insertion), so that runs repeat. Devices,
// wires and sessions inside the world use nothing else; host timers are another type (loop.h), so
// that the compiler tells them apart. A timer sits inside its owner and costs no memory of its own.
#ifndef SIM_CORE_TIMER_H
#define SIM_CORE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Nanoseconds on the world's clock, from 0 at its start.
typedef int64_t sim_time_ns;

#define SIM_NS_PER_US ((sim_time_ns)1000)
#define SIM_NS_PER_MS ((sim_time_ns)1000000)
#define SIM_NS_PER_S ((sim_time_ns)1000000000)
#define SIM_TIME_NEVER INT64_MAX

struct timers;
struct timer;
typedef void timer_fn(struct timer *timer, void *user);

// What a paused device holds back: its due timers wait here, in order, until it resumes.
struct timer_domain {
    bool paused;
    struct timer *held_first;
    struct timer *held_last;
};

struct timer {
    struct timers *timers;
    struct timer_domain *domain; // NULL: never held.
    timer_fn *fn;
    void *user;
    sim_time_ns at_ns;
    size_t place; // In the heap, from 1; 0 when not there.
    bool held;
    struct timer *held_next;
};

struct timers *timers_new(void);
void timers_free(struct timers **timers);

// The time of this turn, in ns; it never goes back.
sim_time_ns timers_now(const struct timers *timers);

// Binds a timer to its heap, callback and owner; it does not run yet. `domain` may be NULL.
void timer_init(struct timer *timer, struct timers *timers, struct timer_domain *domain,
                timer_fn *fn, void *user);

// (Re)starts: at an absolute time (a past one fires in this turn) or `after_ns` >= 0 from now.
// May be called from any callback, its own included.
void timer_start_at(struct timer *timer, sim_time_ns at_ns);
void timer_start(struct timer *timer, sim_time_ns after_ns);

// Stops; harmless when not running. The owner's memory may be freed afterwards.
void timer_stop(struct timer *timer);

bool timer_running(const struct timer *timer);

// Stops the clock of a domain and lets it run again: what fell due in between fires at once, in
// order.
void timer_domain_pause(struct timer_domain *domain);
void timer_domain_resume(struct timer_domain *domain);

// For the turn: when the next timer is due (SIM_TIME_NEVER when none), and how many have fired.
sim_time_ns timers_next(const struct timers *timers);
uint64_t timers_fired(const struct timers *timers);
size_t timers_count(const struct timers *timers);

// For the turn alone: moves `now` (never back) and fires what is due, at most `count_max`; returns
// how many fired.
void timers_set_now(struct timers *timers, sim_time_ns now_ns);
size_t timers_fire_due(struct timers *timers, size_t count_max);

#endif
