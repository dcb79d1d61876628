// SPDX-License-Identifier: Apache-2.0
// The verbs of the scenario language that speak Modbus: the wire itself (`modbus.*`) and what a
// breaker's communication interface offers over it (`breaker.*`). The service they ask a role for
// is "modbus", a `struct modbus_link *`.
#ifndef SIM_PROTO_MODBUS_VERBS_MODBUS_VERBS_H
#define SIM_PROTO_MODBUS_VERBS_MODBUS_VERBS_H

#include "sim/scenario/verb.h"

// NULL-terminated tables.
extern const struct verb *const modbus_verbs[];
extern const struct verb *const breaker_verbs[];

#endif
