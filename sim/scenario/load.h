// SPDX-License-Identifier: Apache-2.0
// What the files that read a scenario share: the loader, and the check of one step's own shape.
#ifndef SIM_SCENARIO_LOAD_H
#define SIM_SCENARIO_LOAD_H

#include "sim/scenario/model.h"

struct loader {
    struct scenario *scenario;
    struct diag *diag;
    const char *used[SCENARIO_USE_DEPTH_MAX]; // The procedures being read, for recursion.
    size_t used_count;
    size_t steps;
};

// The schema of a law ({mean, law, from, to}); the fields and kinds that `with` and `every` may
// hold.
extern const struct schema scenario_law_schema;

// Reads the steps of a sequence into *ret; what is wrong is noted. `place` says what they may be.
void load_steps(struct loader *loader, const struct yaml_document *document,
                const struct yaml_node *node, enum step_place place, struct step_list *ret);
void load_step(struct loader *loader, const struct yaml_document *document,
               const struct yaml_node *node, enum step_place place, struct step *ret);

// Checks verb, arguments, expectation fields and clock words of a step that has been read.
void load_check_step(struct loader *loader, const struct step *step);

// Checks a mapping of arguments by name: unknown keys, missing ones, literals against their fields.
// Values with `$` and laws are left to the plan. `what` is whose arguments ("modbus.read").
void load_check_arguments(struct loader *loader, const struct yaml_document *document,
                          const struct yaml_node *owner, const struct yaml_node *with,
                          const struct schema *schema, const char *what);

// Finds the procedure of a `use:` and reads its steps below the step.
void load_procedure(struct loader *loader, struct step *step);

// The row of a field in a schema, or NULL; the nearest field name, or NULL.
const struct schema_field *schema_field_find(const struct schema *schema, const char *name);

// The field that a step without `expect` judges: a choice called `result`, whose first word is
// success. NULL when the verb has none.
const struct schema_field *verb_verdict_field(const struct verb *verb);

// The total of that name, or NULL.
const struct verb_total *verb_total_find(const struct verb *verb, const char *name);

#endif
