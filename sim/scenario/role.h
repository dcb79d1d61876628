// SPDX-License-Identifier: Apache-2.0
// What the runner needs from the two ends of the promise "same file, two ends": a stage has
// targets, one for each member of a role, and can fault what lies between them. The simulator's
// stage binds devices of a world; the bench's stage binds boards. The runner knows this header and
// neither of them.
#ifndef SIM_SCENARIO_ROLE_H
#define SIM_SCENARIO_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/core.h"
#include "sim/scenario/op.h"
#include "sim/scenario/verb.h"

struct stage;
struct target;

// One member of a role, bound.
struct target_ops {
    // NULL when the verb can be driven on this target, else why not (borrowed text).
    const char *(*cannot)(struct target *target, const struct verb *verb);
    // Opens (or finds) the service for a session; NULL with *ret_why set when it cannot be had.
    void *(*service)(struct target *target, const char *service, const char *session,
                     const char **ret_why);
    // Runs an op on the target: a wire verb by verb->start(op); a world verb in the device, over a
    // control link, by a relay or an operator. Ends it as verb.h says.
    void (*start)(struct target *target, struct op *op);
    // Gives an op up that start() or table() began: op_cancel() and whatever the target itself kept
    // of it.
    void (*cancel)(struct target *target, struct op *op);
    // Ends every session (`session.close-all` and the end of a case).
    void (*close_sessions)(struct target *target);
    // A table of the target ("commands"): ends the op with its records.
    void (*table)(struct target *target, const char *table, struct op *op);
    // A variable of the device that no profile can know (`$gw.user`: the account its owner uses),
    // or NULL. Borrowed. The slot may be NULL.
    const char *(*variable)(struct target *target, const char *name);
};

struct target {
    const struct target_ops *ops;
    struct stage *stage;
    const char *id;      // Device or board.
    const char *label;   // What a person calls it.
    const char *adapter; // "sim" or "board"
    size_t index;        // Member of the role, from 1.
    const struct profile *profile;
    const struct profile_model *model;
    // What it says of itself, for the first page of the report; NULL when nobody asked or it cannot
    // tell.
    const char *serial;
    const char *firmware;
    const char *configuration; // A hash.
    // Bumped with the stage's `changes`, for the member that changed. Left alone by a stage that
    // polls.
    uint64_t changes;
};

// A fault between or on members. `arguments` are the evaluated values of its `with:`, by the names
// of the language's table (sim/base/fault_kind.h). `shape: swizzle` never comes here: the runner
// makes and clears one fault a member, with ids "outage#17".
struct stage_fault {
    const char *id; // As the scenario calls it; unique while it lasts.
    const char *kind;
    struct target *const *left; // One side of a link fault, or the devices of a device fault.
    size_t left_count;
    struct target *const *right; // The other side; count 0 for everything else on the wire.
    size_t right_count;
    const char *network; // A named segment or line of the site instead of members, or NULL.
    const struct op_argument *arguments;
    size_t arguments_count;
};

struct stage_ops {
    // The member of a role (from 1); NULL when the role has no target here, with *ret_why set.
    struct target *(*target)(struct stage *stage, const char *role, size_t index,
                             const char **ret_why);
    size_t (*members)(struct stage *stage, const char *role);
    // Why a fault of this kind cannot be made here, or NULL.
    const char *(*cannot_fault)(struct stage *stage, const struct stage_fault *fault);
    // Makes or ends a fault; ends the op (whose verb is NULL) when it stands or is gone.
    void (*fault)(struct stage *stage, const struct stage_fault *fault, struct op *op);
    void (*clear)(struct stage *stage, const char *id, struct op *op);
    // Asks a person; ends the op with result `yes` true or false, or blocked.
    void (*ask)(struct stage *stage, const char *question, struct op *op);
    // Gives up an op that fault(), clear() or ask() began: op_cancel() and whatever the stage kept
    // of it. NULL when those always end their op at once.
    void (*cancel)(struct stage *stage, struct op *op);
    // A value of `$secret.name`; NULL when there is none.
    const char *(*secret)(struct stage *stage, const char *name);
    // The capture's file and frame count, or NULL and 0: for links from the report.
    const char *(*capture)(struct stage *stage, uint64_t *ret_frames);
    void (*free)(struct stage *stage);
};

struct stage {
    const struct stage_ops *ops;
    struct core *core;
    const char *name;    // Of the bench.
    const char *adapter; // "sim", "board", "mixed": the column's kind, model or device.
    // How time is asked here (bench file `timing:`): added to every tolerance, between two polls,
    // factor on deadlines.
    int64_t slack_ns;
    int64_t poll_ns; // 0 on the simulator: ask at each state change.
    double factor;
    unsigned retries; // Of an ERROR.
    bool unattended;  // No operator.
    // Bumped by the stage at each change of state a probe could see; the runner asks again when it
    // moved.
    uint64_t changes;
    bool by_member; // Targets count their own changes as well: only who changed is asked again.
};

#endif
