// SPDX-License-Identifier: Apache-2.0
// The closed list of faults, as a table that the scenario validator and the manual read, and the
// registry of the faults that are on now. Wires ask the registry what stands between two places;
// nothing here moves a byte. Every fault draws from a stream of its own (the world's seed and the
// fault's id), so that adding one does not shift another.
//
// A byte stream never loses or repeats bytes: on a conn `loss` delays by retransmission and ends in
// a reset when that fails; `duplicate`, `reorder` and `corrupt` touch packets only.
#ifndef SIM_VNET_FAULT_H
#define SIM_VNET_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/rng.h"
#include "sim/base/units.h"
#include "sim/core/timer.h"

struct fault;
struct faults;
struct fault_member;

// ---- The table ------------------------------------------------------------------------

#define FAULT_PARAMS_MAX 3

// Where a kind can be applied: one bit each.
enum fault_where {
    FAULT_LINK = 1,
    FAULT_LINE = 2,
    FAULT_AIR = 4,
    FAULT_TLS = 8,
    FAULT_DEVICE = 16
};

// One parameter; the value is a double in the unit's base (ns, ratio, bytes). `least` and `most`
// bound it.
struct fault_param {
    const char *name; // NULL ends the list.
    enum unit unit;
    bool required;
    double otherwise; // The value when absent.
    double least;
    double most;
    const char *doc;
};

enum fault_id {
    FAULT_LATENCY,
    FAULT_LOSS,
    FAULT_DUPLICATE,
    FAULT_CORRUPT,
    FAULT_REORDER,
    FAULT_RATE,
    FAULT_PARTITION,
    FAULT_PARTITION_ONEWAY,
    FAULT_HOLD,
    FAULT_RESET,
    FAULT_HALF_OPEN,
    FAULT_SLOW_CLOSE,
    FAULT_SLICE,
    FAULT_LIMIT_DATA,
    FAULT_NOISE,
    FAULT_STUCK,
    FAULT_JAM,
    FAULT_RANGE,
    FAULT_CRASH,
    FAULT_RESTART,
    FAULT_PAUSE,
    FAULT_POWER_CUT,
    FAULT_CLOCK_STEP,
    FAULT_CLOCK_DRIFT,
    FAULT_STORE_CUT,
    FAULT_KINDS
};

struct fault_kind {
    const char *name; // As a scenario writes it.
    unsigned where;   // FAULT_LINK | ...
    bool instant;     // Happens once when it is applied; clearing it changes nothing.
    struct fault_param params[FAULT_PARAMS_MAX + 1];
    const char *doc;
};

// One row a kind, indexed by enum fault_id.
extern const struct fault_kind fault_kinds[FAULT_KINDS];

// The row with that name, or NULL.
const struct fault_kind *fault_kind_find(const char *name);

// The place of a parameter in `params`, or -1.
int fault_param_find(const struct fault_kind *kind, const char *name);

// Fills the defaults; a caller then overwrites what was given.
void fault_values_init(const struct fault_kind *kind, double ret_values[FAULT_PARAMS_MAX]);

// ---- The registry ---------------------------------------------------------------------

// A place faults are applied to: part of a host, a segment, a line or a port of a line, which each
// give it out (vnet_host_anchor() and so on). `where` is one bit of enum fault_where.
struct fault_anchor {
    unsigned where;
    uint32_t count;               // Memberships in faults that have two sides.
    struct fault_member *alone;   // Faults that lie between this place and everything else.
    struct fault_member *between; // Faults with two sides.
};

#define FAULT_ANCHORS_MAX 100000 // Of one fault.
#define FAULTS_MAX 20000         // On at a time.

// Between every place of `left` and every place of `right`, or, with no `right`, between the places
// of `left` and everything they reach. Where a direction matters it is from left to right. The
// arrays are borrowed for the call only.
struct fault_place {
    struct fault_anchor *const *left;
    size_t left_count; // At least 1.
    struct fault_anchor *const *right;
    size_t right_count;
};

// An empty registry; `seed` is the world's. `timers` gives the time for pacing; borrowed.
struct faults *faults_new(struct timers *timers, uint64_t seed);
void faults_free(struct faults **faults);

// Puts a fault on. `id` is copied; `values` has a value for each parameter of `kind`. Returns 0,
// ERR_EXISTS (the id is in use), ERR_RANGE (a value out of its bounds), ERR_TYPE (the kind cannot
// be applied to such a place), ERR_UNSUPPORTED (a kind that another room applies) or ERR_TOO_MANY.
// An instant kind has happened when this returns; its id is in use until cleared all the same.
int fault_add(struct faults *faults, const char *id, const struct fault_kind *kind,
              const double values[FAULT_PARAMS_MAX], const struct fault_place *place);

// Takes it off. Returns 0 or ERR_NOT_FOUND.
int fault_clear(struct faults *faults, const char *id);
void fault_clear_all(struct faults *faults);

// Walks what is on, oldest first: pass NULL to begin; NULL at the end.
const struct fault *fault_next(const struct faults *faults, const struct fault *after);
const char *fault_name(const struct fault *fault);
const struct fault_kind *fault_kind_of(const struct fault *fault);

#endif
