// SPDX-License-Identifier: Apache-2.0
// The closed list of faults, the one table of it: what each is called, where it can be applied and
// what it takes. The wires (sim/vnet) and the devices (sim/device) carry faults out, scenarios and
// control sockets name them; all of them read this. What a kind of the TLS group does is enum
// tls_fault's (sim/vnet/tls_service.h).
#ifndef SIM_BASE_FAULT_KIND_H
#define SIM_BASE_FAULT_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/units.h"

#define FAULT_PARAMS_MAX 3

// Where a kind can be applied: one bit each.
enum fault_where {
    FAULT_LINK = 1,
    FAULT_LINE = 2,
    FAULT_AIR = 4,
    FAULT_TLS = 8,
    FAULT_DEVICE = 16
};

// One parameter; its value is a double in the unit's base (ns, ratio, bytes). UNIT_NONE is a whole
// number.
struct fault_param {
    const char *name; // NULL ends the list.
    enum unit unit;
    bool required;
    double otherwise; // The value when absent.
    double least;     // Both bounds belong to the range.
    double most;
    const char *doc;
    const char *example; // "delay: 200ms"
};

// By the name within each group.
enum fault_id {
    FAULT_CORRUPT,
    FAULT_DUPLICATE,
    FAULT_HALF_OPEN,
    FAULT_HOLD,
    FAULT_LATENCY,
    FAULT_LIMIT_DATA,
    FAULT_LOSS,
    FAULT_PARTITION,
    FAULT_PARTITION_ONEWAY,
    FAULT_RATE,
    FAULT_REORDER,
    FAULT_RESET,
    FAULT_SLICE,
    FAULT_SLOW_CLOSE,
    FAULT_NOISE,
    FAULT_STUCK,
    FAULT_JAM,
    FAULT_RANGE,
    FAULT_TLS_ALERT,
    FAULT_TLS_EXPIRED,
    FAULT_TLS_FOREIGN_CA,
    FAULT_TLS_NOT_YET_VALID,
    FAULT_TLS_OLD_VERSION,
    FAULT_TLS_RENEGOTIATE,
    FAULT_TLS_SHA1,
    FAULT_TLS_STALL,
    FAULT_TLS_TRUNCATE,
    FAULT_TLS_WEAK_SUITE,
    FAULT_TLS_WRONG_NAME,
    FAULT_CLOCK_DRIFT,
    FAULT_CLOCK_STEP,
    FAULT_CRASH,
    FAULT_PAUSE,
    FAULT_POWER_CUT,
    FAULT_RESTART,
    FAULT_STORE_CUT,
    FAULT_KINDS
};

struct fault_kind {
    const char *name; // As a scenario writes it.
    unsigned where;   // FAULT_LINK | ...
    bool instant;     // Happens once when it is applied; clearing it changes nothing.
    struct fault_param params[FAULT_PARAMS_MAX + 1];
    const char *doc;
    const char *example; // The step of a scenario, YAML on one line.
};

// One row a kind, indexed by enum fault_id.
extern const struct fault_kind fault_kinds[FAULT_KINDS];

// The row with that name, or NULL.
const struct fault_kind *fault_kind_find(const char *name);

// The id of a row of the table.
enum fault_id fault_kind_id(const struct fault_kind *kind);

// How many parameters a kind has; the place of one in `params`, or -1.
size_t fault_params_count(const struct fault_kind *kind);
int fault_param_find(const struct fault_kind *kind, const char *name);

// Fills the defaults; a caller then overwrites what was given.
void fault_values_init(const struct fault_kind *kind, double ret_values[FAULT_PARAMS_MAX]);

// Whether each value is within its bounds, and whole where it must be. Returns 0, or ERR_RANGE with
// the place of the first that is not in *ret_param, unless that is NULL.
int fault_values_check(const struct fault_kind *kind, const double values[FAULT_PARAMS_MAX],
                       size_t *ret_param);

#endif
