// SPDX-License-Identifier: Apache-2.0
// Who plays which device, and whose state moved: so that a change in a fleet of a thousand costs
// the same as the change of one, and a fault put on member by member asks only the members it
// names.
#ifndef SIM_CLI_SIM_MEMBERS_H
#define SIM_CLI_SIM_MEMBERS_H

#include "sim/device/device.h"
#include "sim/scenario/role.h"

struct sim_members;

// For `count` members at most. Never NULL.
struct sim_members *sim_members_new(size_t count);
void sim_members_free(struct sim_members **members);

// `target` (borrowed) plays `device`; one device may be played by several.
void sim_members_add(struct sim_members *members, const struct device *device,
                     struct target *target);

// Bumps `changes` of those who play the device, or of everybody. `members` may be NULL.
void sim_members_changed(struct sim_members *members, const struct device *device);
void sim_members_changed_all(struct sim_members *members);

// A fault stands, and is gone: bumps whom it names; everybody, when one of its sides is open. Ids
// are unique while they stand; clearing an unknown one bumps everybody.
void sim_members_faulted(struct sim_members *members, const struct stage_fault *fault,
                         struct device *const *left, struct device *const *right);
void sim_members_cleared(struct sim_members *members, const char *id);

#endif
