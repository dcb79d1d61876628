// SPDX-License-Identifier: Apache-2.0
// The registry of the faults that are on now. Wires ask it what stands between two places; nothing
// here moves a byte. Of the closed list (sim/base/fault_kind.h) the kinds of links and lines are
// carried out. Every fault draws from a stream of its own (the world's seed and the fault's id), so
// that adding one does not shift another.
//
// A byte stream never loses or repeats bytes: on a conn `loss` delays by retransmission and ends in
// a reset when that fails; `duplicate`, `reorder` and `corrupt` touch packets only.
#ifndef SIM_VNET_FAULT_H
#define SIM_VNET_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/fault_kind.h"
#include "sim/base/rng.h"
#include "sim/core/timer.h"

struct fault;
struct faults;
struct fault_member;

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
