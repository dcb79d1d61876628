// SPDX-License-Identifier: Apache-2.0
// Wrong attempts and what they lock, by `policies.lockout` of a profile: whom (scope), after how
// many and how long (stages), what an attempt during a lock does (while_locked), whether a right
// password starts afresh (success_resets), what it survives (survives) and whether a lock runs on
// without supply (unpowered). Every change stands in the store before a function returns. Part of
// accounts.c; nobody else calls it.
#ifndef SIM_DEVICE_LOCKOUT_H
#define SIM_DEVICE_LOCKOUT_H

#include <stdbool.h>
#include <stdint.h>

struct chip;
struct device;
struct lockout;

// Who tries: the name typed, whether there is such an account, and from which address (may be
// NULL). The scope of the policy decides which of them is locked.
struct lockout_who {
    const char *user;
    bool known;
    const char *source;
};

struct lockout *lockout_new(struct device *device, struct chip *chip);
void lockout_free(struct lockout **lockout);

// At power-up: what the store holds, as far as the policy says that it survives this start.
void lockout_load(struct lockout *lockout);

// The ns that the lock on `who` still lasts; 0 when it is open.
int64_t lockout_left_ns(const struct lockout *lockout, const struct lockout_who *who);

// An attempt while locked, a wrong one, a right one. Return 0 or what the store said; then nothing
// may be answered. *ret_locked: this one has begun a lock.
int lockout_tried(struct lockout *lockout, const struct lockout_who *who);
int lockout_failed(struct lockout *lockout, const struct lockout_who *who, bool *ret_locked);
int lockout_succeeded(struct lockout *lockout, const struct lockout_who *who);

#endif
