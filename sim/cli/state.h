// SPDX-License-Identifier: Apache-2.0
// The stores of a served world on disk, so that a restart of testbay is a power cycle of its
// devices.
#ifndef SIM_CLI_STATE_H
#define SIM_CLI_STATE_H

struct state;
struct world;

// Reads the flash of every device from `folder` (made if absent), one file a device. To be called
// before supply is given. From then on whatever a device writes is saved within a second of host
// time and at the end. Returns 0, ERR_EXISTS when another process keeps its state there, or -errno,
// with a line in the log.
int state_open(struct world *world, const char *folder, struct state **ret);

// Saves what is unsaved; to be called before the world is freed. Accepts NULL.
void state_close(struct state **state);

#endif
