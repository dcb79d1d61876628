// SPDX-License-Identifier: Apache-2.0
// A verb of the language: what a scenario may do to a role or ask of it. A verb is a row with its
// manual, its arguments, its results and one function that starts it. The same row serves the
// simulator and the board: it speaks through a service of the role (`op_service`), or, behind the
// world's door, to the device itself.
#ifndef SIM_SCENARIO_VERB_H
#define SIM_SCENARIO_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/timer.h"
#include "sim/yaml/schema.h"

struct device;
struct op;
struct profile;
struct profile_model;

enum verb_door {
    VERB_WIRE,  // Through a port, as a real user would.
    VERB_WORLD, // A hand, the weather, the supply: on a board a control link, a relay, an operator,
                // or N/A.
};

enum verb_use {
    VERB_DO,    // After `do:`.
    VERB_CHECK, // After `check:`; may be asked again and again.
    VERB_BOTH,
};

// A result of a whole role, made from the answers of its members: `count` of `ocpp.registered` is
// the number of members whose `registered` is true. `expect:` may name it like a result field.
enum verb_total_how { VERB_TOTAL_COUNT, VERB_TOTAL_SUM, VERB_TOTAL_LEAST, VERB_TOTAL_MOST };

struct verb_total {
    const char *name; // "count", "reconnects_per_s"
    enum verb_total_how how;
    const char *of; // The result field: true or not for COUNT, a number for the others.
    const char *doc;
};

struct verb {
    const char *name; // "modbus.read"
    enum verb_door door;
    enum verb_use use;
    bool perturbs;             // Asking changes what is asked: refused with `turns` and `holds`.
    bool manual;               // A person at the board can do it: `manual:` may stand in the step.
    const char *service;       // VERB_WIRE: the service it speaks through ("modbus").
    const char *feature;       // A feature the profile must claim, or NULL.
    int64_t timeout_ns;        // What a step waits without a clock word; > 0.
    const char *doc;           // What it does, for the manual.
    const struct schema *with; // Its arguments; NULL for none. Scalars may be expressions.
    const struct schema *results; // The fields `expect:` may name; NULL for none.
    const struct verb_total
        *totals; // Of a role with many members; ended by a row without name; NULL for none.
    // Starts it. Ends it, at once or later, with exactly one of op_finish(), op_fail(),
    // op_not_applicable(), op_blocked().
    void (*start)(struct op *op);
    // Gives up: forget timers and requests, end nothing; the caller ends the op. NULL when start()
    // always ends at once.
    void (*cancel)(struct op *op);
};

// ---- What a running verb may use ----

// Arguments, evaluated. `otherwise` when absent.
bool op_has(const struct op *op, const char *key);
const char *op_text(const struct op *op, const char *key, const char *otherwise);
double op_number(const struct op *op, const char *key, double otherwise);
int64_t op_integer(const struct op *op, const char *key, int64_t otherwise);
int64_t op_time_ns(const struct op *op, const char *key, int64_t otherwise);
bool op_truth(const struct op *op, const char *key, bool otherwise);
// A list argument: its length, and the number at an index.
size_t op_list_count(const struct op *op, const char *key);
double op_list_number(const struct op *op, const char *key, size_t index);

// The role's profile and model (borrowed), never NULL for a bound role.
const struct profile *op_profile(const struct op *op);
const struct profile_model *op_model(const struct op *op);
const char *op_role(const struct op *op); // "cb", "evse[17]"

// VERB_WORLD on the simulator: the device. NULL otherwise.
struct device *op_device(const struct op *op);

// VERB_WIRE: the service of the role for this step's session (`as:`), for example a `struct
// modbus_link *` for "modbus"; borrowed, lives as long as the run. NULL when it cannot be had: the
// op has then been ended, just return.
void *op_service(struct op *op);

// The clock, and a timer heap for time-outs of the verb's own.
struct timers *op_timers(const struct op *op);
// When the step began.
sim_time_ns op_started_ns(const struct op *op);

// Memory of the verb's own for this op: zeroed, freed with the op. Called once, in start().
void *op_state(struct op *op, size_t size);
void *op_state_get(const struct op *op);

// Results, by the names in `results`.
void op_set_number(struct op *op, const char *key, double value);
void op_set_integer(struct op *op, const char *key, int64_t value);
void op_set_time(struct op *op, const char *key, int64_t value_ns);
void op_set_text(struct op *op, const char *key, const char *value);
void op_set_truth(struct op *op, const char *key, bool value);
// A record of what the verb downloaded; `at_ns` world time or -1. Pairs of key and text.
void op_add_record(struct op *op, int64_t at_ns, const char *const *keys, const char *const *values,
                   size_t count);

// The ends. After one of them the op may be gone when the call returns.
void op_finish(struct op *op);
// The harness broke (no connection to the bench, nonsense from a driver): ERROR. `err` is a
// negative code.
void op_fail(struct op *op, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));
// Cannot be done on this target: N/A. Needs a hand or a wire that is missing: BLOCKED.
void op_not_applicable(struct op *op, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void op_blocked(struct op *op, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The verb of that name among `tables` (NULL-terminated lists of rows), or NULL.
struct verb_set {
    const struct verb *const *const *tables; // `count` lists, each NULL-terminated.
    size_t count;
};
const struct verb *verb_find(const struct verb_set *set, const char *name);
const char *verb_nearest(const struct verb_set *set, const char *name);

#endif
