// SPDX-License-Identifier: Apache-2.0
// An op: one verb under way on one target, with its arguments, its results and who is told when it
// ends. The runner makes ops for steps, the control socket for what a bench asks of a served world;
// verbs see them through verb.h.
#ifndef SIM_SCENARIO_OP_H
#define SIM_SCENARIO_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/value.h"
#include "sim/scenario/verb.h"

struct target;

#define OP_ARGUMENTS_MAX 32
#define OP_RECORDS_MAX 100000

enum op_end { OP_RUNNING, OP_FINISHED, OP_ERROR, OP_NOT_APPLICABLE, OP_BLOCKED, OP_CANCELLED };

struct op_argument {
    const char *key; // Borrowed.
    struct value value;
};

typedef void op_done_fn(struct op *op, void *user);

struct op {
    const struct verb *verb; // NULL for a fault or a question.
    struct target *target;   // NULL where the op is not a role's.
    struct device *device;   // World verbs on a device at hand.
    const struct profile *profile;
    const struct profile_model *model;
    struct timers *timers;
    const char *role;
    const char *session;
    struct op_argument arguments[OP_ARGUMENTS_MAX];
    size_t arguments_count;
    struct value results; // A VALUE_RECORDS of one record: the result fields.
    struct value records; // What was downloaded.
    enum op_end end;
    int err;
    char *reason; // Of an ERROR, N/A or BLOCKED.
    sim_time_ns started_ns;
    sim_time_ns ended_ns;
    void *state;
    op_done_fn *done;
    void *user;
};

// A fresh op; the caller fills target, profile, arguments, done. Never NULL.
struct op *op_new(const struct verb *verb, struct timers *timers, op_done_fn *done, void *user);

// Adds an argument (takes the value, borrows the key). Returns 0 or ERR_TOO_MANY.
int op_add_argument(struct op *op, const char *key, struct value value);

// A result field after the end, or NULL.
const struct value *op_result(const struct op *op, const char *key);
void op_set_value(struct op *op, const char *key, struct value value); // Takes the value.

// Gives up an op that runs: verb->cancel(), then OP_CANCELLED; `done` is not called. Harmless after
// the end. For the `cancel` of a target.
void op_cancel(struct op *op);

// Frees an op that has ended or never started.
void op_free(struct op **op);

#endif
