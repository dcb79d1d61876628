// SPDX-License-Identifier: Apache-2.0
// The turn of a world: its clock, its timers, its work of this moment, the host's loop beside it,
// and the log of what happened. Everything runs in one thread, in core_run().
//
// One turn: fix `now`; run the work posted; fire what is due; give the host's loop one pass. When
// none of these did anything the world is quiescent, and on the jump clock `now` leaps to the next
// timer unless somebody outside owes an answer (core_hold()).
#ifndef SIM_CORE_CORE_H
#define SIM_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/timer.h"

struct core;
struct loop;

enum clock_mode {
    CLOCK_JUMP, // Leap to the next timer when quiescent.
    CLOCK_REAL, // As fast as the host's clock, times `speed`.
    CLOCK_HOLD, // Moves only by core_advance().
};

struct core_options {
    enum clock_mode mode;
    double speed;         // CLOCK_REAL: 1 for real time, x for xN. At least 0.001.
    int64_t utc_start_ns; // UTC at world time 0, ns since 1970.
    uint64_t seed;
};

struct core *core_new(const struct core_options *options);
void core_free(struct core **core);

struct timers *core_timers(struct core *core);
struct loop *core_loop(struct core *core);
uint64_t core_seed(const struct core *core);
enum clock_mode core_mode(const struct core *core);
double core_speed(const struct core *core);
sim_time_ns core_now(const struct core *core);
int64_t core_utc_ns(const struct core *core); // True UTC of the world now.

// Work to be done in this turn, first in first out. It sits inside its owner; posting it twice
// before it ran is once. A cancelled one does not run.
typedef void core_work_fn(void *user);
struct core_work {
    core_work_fn *fn;
    void *user;
    struct core_work *next;
    struct core_work *previous;
    bool posted;
};
void core_post(struct core *core, struct core_work *work);
void core_cancel(struct core *core, struct core_work *work);

// Somebody outside the world (a line worker, a real client, a library) owes an answer: the jump
// clock does not leap until every hold is released.
void core_hold(struct core *core);
void core_release(struct core *core);
unsigned core_holds(const struct core *core);
// The same for a peer on real sockets, whose answer is awaited for a while of the host's time and
// no longer: core_advance() waits for it as well.
void core_hold_for_peer(struct core *core);
void core_release_peer(struct core *core);

// A second clock that follows this one (a served world on the bench's control link). With a leaper
// set, a CLOCK_REAL world may leap too: before leaping to `to_ns` the core calls it once and holds;
// the leaper calls core_leaped(), at once or later, when the other clock has arrived. NULL removes
// it.
typedef void core_leap_fn(void *user, sim_time_ns from_ns, sim_time_ns to_ns);
void core_set_leaper(struct core *core, core_leap_fn *fn, void *user);
void core_leaped(struct core *core);

enum core_end {
    CORE_DONE,     // `done` said so.
    CORE_DEADLINE, // `until_ns` was reached and everything due at it was run.
    CORE_IDLE,     // Jump clock: nothing left to wait for, not even a timer.
    CORE_BUDGET,   // `wall_ns` of host time went by.
    CORE_STOPPED,  // core_stop() was called.
};

struct core_until {
    sim_time_ns until_ns; // World time, SIM_TIME_NEVER for none.
    int64_t wall_ns;      // Host time from now, 0 for none.
    bool (*done)(
        void *user); // Asked at the end of each turn in which something ran; NULL for none.
    void *user;
};

// Runs turns until one of the ends. Not from a callback.
enum core_end core_run(struct core *core, const struct core_until *until);

// Makes core_run() return CORE_STOPPED after this turn, or core_advance() return after this slice.
// From anywhere in the thread.
void core_stop(struct core *core);

// Moves the clock by `by_ns` >= 0 in any mode, in slices of at most 1 s or to the next timer, with
// the host's loop drained in between and real peers awaited. core_stop() ends it early. Not from a
// callback.
void core_advance(struct core *core, sim_time_ns by_ns);

// The event log: what is hashed to show that two runs were the same. `kind` and `id` are short
// words
// ("wire", "q1"); the time of the turn is hashed with them. Wire messages, point changes and
// verdicts, never timer firings or TLS bytes.
void core_event(struct core *core, const char *kind, const char *id, const void *data,
                size_t length);

// The hash so far as 64 hexadecimal digits; `ret` is returned.
#define CORE_HASH_ROOM 65
const char *core_event_hash(const struct core *core, char ret[CORE_HASH_ROOM]);
uint64_t core_events(const struct core *core);

// Called after each event was hashed, for reports and `never` expectations; NULL removes it.
typedef void core_event_fn(void *user, sim_time_ns at_ns, const char *kind, const char *id,
                           const void *data, size_t length);
void core_set_event_sink(struct core *core, core_event_fn *fn, void *user);

#endif
