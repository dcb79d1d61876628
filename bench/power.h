// SPDX-License-Identifier: Apache-2.0
// The supply of a board: a coil of a Modbus relay, or a command (a script of the lab, a smart
// plug). A command is run without a shell, in its own process group, and ended when it takes too
// long.
#ifndef BENCH_POWER_H
#define BENCH_POWER_H

#include <stdbool.h>

#include "bench/bench_file.h"
#include "sim/scenario/role.h"

struct modbus_master;
struct power;

// `relay` is the master of the bench's relay, or NULL. All borrowed. Never NULL.
struct power *power_new(struct core *core, const struct bench_power *power,
                        struct modbus_master *relay, uint8_t relay_unit);
void power_free(struct power **power);

// Switches; ends the op when the supply is on or off, or fails it.
void power_switch(struct power *power, bool on, struct op *op);

// Forgets an op under way; the relay or the command runs to its end.
void power_cancel(struct power *power, const struct op *op);

#endif
