// SPDX-License-Identifier: Apache-2.0
// A step as written: which verb of the language it is, and which modifiers go with it.
#ifndef SIM_SCENARIO_STEP_H
#define SIM_SCENARIO_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/verb.h"
#include "sim/yaml/tree.h"

enum step_kind {
    STEP_DO,
    STEP_CHECK,
    STEP_WAIT,
    STEP_FAULT,
    STEP_CLEAR,
    STEP_START,
    STEP_STOP,
    STEP_MARK,
    STEP_RECORDS,
    STEP_RECONCILE,
    STEP_USE,
    STEP_PARALLEL,
    STEP_ASK,
    STEP_KINDS
};

// Modifiers, one bit each: which keys may stand beside which verb of the language.
#define STEP_MODIFIERS(X)                                                                          \
    X(NAME, "name")                                                                                \
    X(TO, "to")                                                                                    \
    X(AS, "as")                                                                                    \
    X(WITH, "with")                                                                                \
    X(EXPECT, "expect")                                                                            \
    X(SAVE, "save")                                                                                \
    X(WITHIN, "within")                                                                            \
    X(HOLDS, "holds")                                                                              \
    X(NEVER, "never")                                                                              \
    X(TURNS, "turns")                                                                              \
    X(SINCE, "since")                                                                              \
    X(BUDGET, "budget")                                                                            \
    X(REPEAT, "repeat")                                                                            \
    X(FOR_EACH, "for_each")                                                                        \
    X(SPREAD, "spread")                                                                            \
    X(EVERY, "every")                                                                              \
    X(COUNT, "count")                                                                              \
    X(MANUAL, "manual")                                                                            \
    X(ID, "id")                                                                                    \
    X(BETWEEN, "between")                                                                          \
    X(ON, "on")                                                                                    \
    X(NETWORK, "network")                                                                          \
    X(SHAPE, "shape")                                                                              \
    X(MATCH, "match")                                                                              \
    X(EACH, "each")                                                                                \
    X(KEY, "key")                                                                                  \
    X(MERGE, "merge")                                                                              \
    X(EQUAL, "equal")

enum step_modifier_place {
#define X(id, text) STEP_PLACE_##id,
    STEP_MODIFIERS(X)
#undef X
        STEP_MODIFIERS_COUNT
};

enum step_modifier {
#define X(id, text) STEP_##id = 1 << STEP_PLACE_##id,
    STEP_MODIFIERS(X)
#undef X
};

struct step_row {
    const char *name; // The key: "do".
    unsigned allows;  // STEP_NAME | ...
    unsigned needs;
    const char *doc;
    const char *example; // YAML, may be several lines.
};

// One row a kind, indexed by enum step_kind; the modifiers' keys by enum step_modifier_place.
extern const struct step_row step_rows[STEP_KINDS];
extern const char *const step_modifier_names[STEP_MODIFIERS_COUNT];

// The kind whose key stands in `node`, or -1; *ret_head is the key's value.
int step_kind_of(const struct yaml_node *node, const struct yaml_node **ret_head);

// Where a step stands decides about `every`.
enum step_place { STEP_IN_STEPS, STEP_IN_BACKGROUND, STEP_IN_ALWAYS, STEP_IN_PARALLEL };

struct step {
    enum step_kind kind;
    enum step_place place;
    const struct yaml_document *document;
    const struct yaml_node *node;      // The mapping.
    const struct yaml_node *head;      // The value of the verb's key.
    const struct verb *verb;           // STEP_DO and STEP_CHECK.
    const struct procedure *procedure; // STEP_USE
    struct step *children;             // STEP_USE and STEP_PARALLEL
    size_t children_count;
};

// A procedure as one `use:` sees it: its file, its typed parameters.
struct procedure {
    struct yaml_document *document; // Owned by the scenario.
    const char *name;
    const struct yaml_node *params; // Mapping of name to {type, default, doc}, or NULL.
    const struct yaml_node *steps;
};

// The verb that ends every session of a role; the runner asks the target itself.
extern const struct verb session_close_all;
extern const struct verb *const session_verbs[];

#endif
