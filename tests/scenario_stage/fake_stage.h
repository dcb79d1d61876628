// SPDX-License-Identifier: Apache-2.0
// A stage for tests: targets in memory, each a little device on timers: a signal that turns when a
// test says, a login that locks, a breaker with a padlock, a charger that registers, charges and
// queues while it is cut off. Every verb answers after a latency, as over a wire.
#ifndef TESTS_SCENARIO_STAGE_FAKE_STAGE_H
#define TESTS_SCENARIO_STAGE_FAKE_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/core.h"
#include "sim/scenario/role.h"

#define FAKE_TURNS_MAX 32
#define FAKE_NAME_MAX 32

struct fake;

struct fake_turn {
    struct timer timer;
    struct fake_member *member;
    double value;
    bool silent; // No change is reported: the device turns only when it is read.
};

struct fake_member {
    struct target target;
    struct fake *fake;
    char role[FAKE_NAME_MAX];
    char id[FAKE_NAME_MAX];
    double signal;
    unsigned asked; // signal.read and signal.poke.
    double count;   // signal.poke adds one.
    struct fake_turn turns[FAKE_TURNS_MAX];
    size_t turns_count;
    // Login.
    unsigned failures;
    unsigned stage_of_lock; // 0: 10 failures lock 10 min; 1: 5 lock 60 min.
    sim_time_ns locked_until_ns;
    bool lock_without_timer; // The lock is compared with the clock when it is read.
    struct timer unlock;
    struct value audit;
    unsigned logged;
    // Breaker.
    bool closed;
    bool wants_closed;
    bool remote; // The padlock.
    struct timer motor;
    // Charger.
    bool powered;
    bool registered;
    unsigned cut; // Partitions that hold it.
    unsigned queued;
    struct timer boot;
    struct value transactions;
    unsigned sessions_closed;
};

struct fake {
    struct stage stage;
    struct core *core;
    struct fake_member **members;
    size_t members_count;
    int64_t latency_ns;
    struct value csms;    // What arrived there.
    unsigned lose_every;  // Every so many transactions one does not arrive; 0 for none.
    unsigned twice_every; // ... arrives twice.
    const char *answer;   // Of the operator: "yes", "no", NULL: nobody.
    char question[200];
    const char *cannot_verb; // A verb that cannot be driven here.
    const char *cannot_kind; // A fault that cannot be made here.
    unsigned faults;         // That stand.
    unsigned boom;           // signal.boom breaks so many times.
};

extern const struct verb *const fake_verbs[];

// A stage on a jump clock with the seed. The caller frees it; its core as well.
struct fake *fake_new(uint64_t seed);
void fake_free(struct fake **fake);

// Members of a role, from 1.
void fake_add(struct fake *fake, const char *role, size_t count);
struct fake_member *fake_member(struct fake *fake, const char *role, size_t index);

// The member's signal takes `value` at world time `at_ns`; `silent`: without reporting a change.
void fake_turn(struct fake *fake, const char *role, size_t index, sim_time_ns at_ns, double value,
               bool silent);

#endif
