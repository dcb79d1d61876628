// SPDX-License-Identifier: Apache-2.0
// What stands between two places of a world, for the wires of this room: which faults of the
// registry lie on the way, and what they do to one message.
#ifndef SIM_VNET_PATH_H
#define SIM_VNET_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/timer.h"
#include "sim/vnet/fault.h"

// Faults on one way; what lies beyond is left out, with a line in the log.
#define PATH_FAULTS_MAX 32

// A packet that would wait longer than this for its turn on a paced way is dropped.
#define PATH_PACKET_WAIT_NS_MAX (2 * SIM_NS_PER_S)

struct path_step {
    struct fault *fault;
    bool forward;      // The message goes from the fault's left to its right ...
    bool backward;     // ... or the other way; both where a place is on both sides.
    uint64_t passed;   // limit-data: bytes that went through so far. The holder keeps it ...
    uint64_t sequence; // ... for the fault of this number: its memory may be another's by now.
};

enum path_what { PATH_BYTES, PATH_CLOSE, PATH_PACKET };

// What becomes of one message.
struct path_effect {
    bool lost;
    bool held; // Until the fault is cleared.
    bool duplicate;
    bool corrupt;
    bool cut;             // limit-data: after `cut_after` bytes of it the conn ends.
    uint64_t cut_after;   // 0 to its length.
    uint32_t slice;       // Bytes that arrive at a time; 0: all.
    sim_time_ns gap_ns;   // Between slices.
    sim_time_ns delay_ns; // From now to its arrival.
    sim_time_ns again_ns; // The duplicate comes this much later.
    uint64_t draw;        // For who corrupts: which bit.
};

// The faults for what goes from one place to another, oldest first; `segment` is where both are.
// Returns how many, at most PATH_FAULTS_MAX.
size_t path_find(const struct fault_anchor *from, const struct fault_anchor *to,
                 const struct fault_anchor *segment, struct path_step ret_steps[PATH_FAULTS_MAX]);

// Lets a message of `length` bytes begin its way now; draws what is left to chance.
struct path_effect path_pass(struct path_step *steps, size_t count, enum path_what what,
                             size_t length);

// Whether nothing at all comes through (partition): no draw, no state.
bool path_blocked(const struct path_step *steps, size_t count);

double fault_value(const struct fault *fault, size_t param);
struct rng *fault_rng(struct fault *fault);
enum fault_id fault_id(const struct fault *fault);
sim_time_ns fault_now(const struct fault *fault);

// rate: when the link is free again in that direction. Borrowed.
sim_time_ns *fault_free_at(struct fault *fault, bool forward);

// Whether the fault lies between two hosts of a segment, and whether `left` is on its left.
bool fault_between(const struct fault *fault, const struct fault_anchor *left,
                   const struct fault_anchor *right, const struct fault_anchor *segment,
                   bool *ret_forward);

// Walks the places of one side: `index` from 0; NULL past the last.
struct fault_anchor *fault_side(const struct fault *fault, bool right, size_t index);

// Who must hear of every change: called after a fault was put on, and after it was taken off.
typedef void faults_hook_fn(struct fault *fault, bool added, void *user);
void faults_set_hook(struct faults *faults, faults_hook_fn *fn, void *user);

// For the owner of an anchor: makes one, and takes it out of every fault before its memory goes.
void fault_anchor_init(struct fault_anchor *anchor, enum fault_where where);
void fault_anchor_done(struct fault_anchor *anchor);

#endif
