// SPDX-License-Identifier: Apache-2.0
// What the files of this room share about a scenario: its parts as written, and the names that its
// expressions may use. Not for other rooms: they see scenario.h.
#ifndef SIM_SCENARIO_MODEL_H
#define SIM_SCENARIO_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/expr.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/step.h"

#define MODEL_DOCUMENTS_MAX 256

struct step_list {
    struct step *items;
    size_t count;
};

struct role {
    const char *name;
    const struct yaml_node *key;  // For errors.
    const struct yaml_node *node; // The mapping.
    const char *kind;
    size_t members;
};

struct activity {
    const char *name;
    struct step step;
};

struct scenario {
    struct yaml_document *document;
    const struct yaml_node *root;
    char *path;
    char *hash;
    char *procedures;
    struct verb_set verbs; // With the room's own behind them.
    const struct verb *const **tables;
    struct scenario_setting *settings;
    size_t settings_count;
    struct role roles[SCENARIO_ROLES_MAX];
    size_t roles_count;
    struct step_list setup;
    struct step_list steps;
    struct step_list cleanup;
    struct step_list always;
    struct step_list sometimes;
    struct activity *background;
    size_t background_count;
    struct procedure **used; // Every procedure file read, once each.
    size_t used_count;
};

// The place of a role, or -1; the nearest role name, or NULL.
int scenario_find_role(const struct scenario *scenario, const char *name);
const char *scenario_nearest_role(const struct scenario *scenario, const char *name);

// Frees the steps below each item and the list.
void step_list_done(struct step_list *list);

// ---- Names ----

enum binding_how { BOUND_VALUE, BOUND_UNKNOWN, BOUND_ROLE };

struct binding {
    char *name;
    enum binding_how how;
    struct value value;           // BOUND_VALUE
    size_t role;                  // BOUND_ROLE
    const struct yaml_node *node; // BOUND_UNKNOWN: evaluated by the run, in `at`; may be NULL.
    const struct frame *at;
};

// Names with values, inside others. Behind a wall (a procedure) nothing further out is seen.
struct frame {
    struct frame *previous; // In the owner's list.
    const struct frame *parent;
    bool wall;
    struct binding *bindings;
    size_t count;
};

// What a save kept, or will keep.
struct saved {
    const char *name;
    bool known; // False while planning.
    struct value records;
    struct value results; // A VALUE_RECORDS of one record.
};

struct names {
    const struct scenario *scenario;
    const struct frame *frame;
    const struct scenario_cast *cast; // While planning; may be NULL.
    struct stage *stage;              // While running; NULL before.
    struct target *target;            // The member a step is about, or NULL.
    size_t role;                      // Its role.
    const struct saved *saved;
    size_t saved_count;
};

struct expr_scope names_scope(struct names *names);

// The binding of a name in a frame and those around it, or NULL.
const struct binding *frame_find(const struct frame *frame, const char *name);

// A new frame, pushed on the owner's list *frames. Never NULL.
struct frame *frame_new(struct frame **frames, const struct frame *parent, bool wall);
// Binds a name (copied); takes the value.
struct binding *frame_bind(struct frame *frame, const char *name, enum binding_how how,
                           struct value value);
void frames_free(struct frame **frames);

// ---- Evaluating nodes ----

// A place that an expression could not be evaluated at.
struct wrong {
    const struct yaml_node *node;
    struct expr_error error;
};

struct rng;

// Evaluates a scalar, a list, or a mapping (a law, when `rng` is given to draw from, else unknown;
// or a record). As expr_scalar(); the node at fault in *ret_wrong.
enum expr_end names_eval(struct names *names, const struct yaml_node *node, struct rng *rng,
                         struct value *ret, struct wrong *ret_wrong);

// The same, fitted to a field of a schema.
enum expr_end names_eval_field(struct names *names, const struct yaml_node *node,
                               const struct schema_field *field, struct rng *rng, struct value *ret,
                               struct wrong *ret_wrong);

// A duration >= 0, a whole number >= 0, a text.
enum expr_end names_eval_time(struct names *names, const struct yaml_node *node, int64_t *ret_ns,
                              struct wrong *ret_wrong);
enum expr_end names_eval_integer(struct names *names, const struct yaml_node *node, int64_t *ret,
                                 struct wrong *ret_wrong);
// The text is the caller's to free; `ret_secret` may be NULL.
enum expr_end names_eval_text(struct names *names, const struct yaml_node *node, char **ret,
                              struct wrong *ret_wrong);

// Notes what was wrong at its line and column, with the source line.
void names_note(struct diag *diag, const struct yaml_document *document, const struct wrong *wrong);

// A role reference: "gw", "evse[17]", "$role". *ret_member is 0 for all of them.
enum expr_end names_eval_role(struct names *names, const struct yaml_node *node, size_t *ret_role,
                              size_t *ret_member, struct wrong *ret_wrong);

#endif
