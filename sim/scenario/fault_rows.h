// SPDX-License-Identifier: Apache-2.0
// The closed list of faults (sim/base/fault_kind.h) as a scenario sees it: the arguments of a kind
// as a schema, for the validator, the plan, the run and the manual. TLS faults come with the secure
// wires.
#ifndef SIM_SCENARIO_FAULT_ROWS_H
#define SIM_SCENARIO_FAULT_ROWS_H

#include "sim/base/fault_kind.h"
#include "sim/yaml/schema.h"

// What `with:` of a fault may hold. `schema` points into the record: it is not to be copied.
struct fault_with {
    struct schema schema;
    struct schema_field fields[FAULT_PARAMS_MAX];
    char otherwise[FAULT_PARAMS_MAX][UNITS_TEXT_ROOM];
};

// Makes the schema of a kind in *ret, which needs no release.
void fault_with_init(struct fault_with *ret, const struct fault_kind *kind);

#endif
