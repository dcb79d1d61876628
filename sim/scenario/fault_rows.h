// SPDX-License-Identifier: Apache-2.0
// The faults a scenario may name: a closed list, with what each needs. The wires (sim/vnet) and the
// devices (sim/device) make them; this table is what the validator, the editor's schema and the
// manual know of them. TLS faults come with the secure wires.
#ifndef SIM_SCENARIO_FAULT_ROWS_H
#define SIM_SCENARIO_FAULT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/yaml/schema.h"

enum fault_on { FAULT_ON_LINK, FAULT_ON_LINE, FAULT_ON_AIR, FAULT_ON_DEVICE };

struct fault_row {
    const char *name;
    enum fault_on on;
    bool instant; // Happens once; clearing it changes nothing.
    struct schema with;
};

extern const struct fault_row fault_rows[];
extern const size_t fault_rows_count;

// The names, NULL-terminated, in the order of the rows.
extern const char *const fault_row_names[];

// The row of that name, or NULL.
const struct fault_row *fault_row_find(const char *name);

#endif
