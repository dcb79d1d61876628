// SPDX-License-Identifier: Apache-2.0
// A scenario file, read and checked: the steps as written, each tied to its verb. What depends on
// the devices (facts in `params`, members of a role) is settled by the plan (plan.h), the rest by
// the run (run.h).
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/profile/profile.h"
#include "sim/scenario/role.h"
#include "sim/scenario/verb.h"
#include "sim/yaml/diag.h"
#include "sim/yaml/schema.h"

struct scenario;

#define SCENARIO_STEPS_MAX 100000 // After expansion, over all cases.
#define SCENARIO_ROLES_MAX 64
#define SCENARIO_USE_DEPTH_MAX 16

// `--set name=value`: replaces the default of a param.
struct scenario_setting {
    const char *name;
    const char *text;
};

// Who plays: what is known of the roles before anything moves. A bench file, or a stage, can tell.
// NULL answers mean "not known here": what depends on it is then checked by the run.
struct scenario_cast {
    const struct profile *(*profile)(void *user, const char *role,
                                     const struct profile_model **ret_model);
    void *user;
};

struct scenario_options {
    const struct verb_set *verbs;
    const char *procedures; // A second folder for `use:`, after `procedures/` beside the file; NULL
                            // for none. Borrowed.
    const struct scenario_setting *settings;
    size_t settings_count;
};

// Reads and checks a scenario file. Errors are noted in `diag`; returns 0, ERR_SCHEMA,
// ERR_NOT_FOUND or as yaml_load(). The verbs must outlive the scenario, which the caller frees.
int scenario_load(const char *path, const struct scenario_options *options, struct diag *diag,
                  struct scenario **ret);
void scenario_free(struct scenario **scenario);

const char *scenario_id(const struct scenario *scenario);
const char *scenario_title(const struct scenario *scenario);
const char *scenario_path(const struct scenario *scenario);
const char *
scenario_hash(const struct scenario *scenario); // SHA-256 of the file and its procedures, as text.
// True when one of its `tags` is `tag`.
bool scenario_has_tag(const struct scenario *scenario, const char *tag);
// The file's `seed:`; false when it has none.
bool scenario_seed(const struct scenario *scenario, uint64_t *ret_seed);
// The names of the roles; and how many members each wants (1 when it says nothing).
size_t scenario_roles_count(const struct scenario *scenario);
const char *scenario_role(const struct scenario *scenario, size_t index, size_t *ret_members);

// The schema of scenario files and of procedure files, of quarantine files, and of what one step
// may hold; every verb and modifier is in the last one.
extern const struct schema scenario_schema;
extern const struct schema scenario_procedure_schema;
extern const struct schema scenario_quarantine_schema;
extern const struct schema scenario_step_schema;

// The manual of the language in Markdown: files, verbs of the language, modifiers, clock words,
// faults, then every verb of `verbs` with its arguments, results and an example.
void scenario_print_manual(const struct verb_set *verbs, struct str *out);

#endif
