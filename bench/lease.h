// SPDX-License-Identifier: Apache-2.0
// Who has the bench: a lock on a file beside the bench file, with a heartbeat in it for people and
// for other hosts that share the folder. The kernel frees the lock of a dead owner, so a killed job
// frees its bench at once; across hosts the heartbeat's age decides.
#ifndef BENCH_LEASE_H
#define BENCH_LEASE_H

#include <stdint.h>

struct core;
struct lease;

// The folder must be writable. `path` is the bench file's; the lease is `PATH.lease`. `for_ns` is
// how long the lease outlives its last heartbeat, `renew_ns` the time between two of them, both on
// the host's clock. Returns 0, ERR_EXISTS (somebody has it) or -errno, with *ret_why set to a
// sentence the caller frees: who, on which host, since when. `core` is borrowed. `lost` is called
// once, from a host timer, when the lease cannot be kept: the file is gone or another's
// (ERR_CLOSED), or it cannot be written.
typedef void lease_lost_fn(void *user, int err);
int lease_take(struct core *core, const char *path, int64_t for_ns, int64_t renew_ns,
               lease_lost_fn *lost, void *user, struct lease **ret, char **ret_why);

// Gives it back. NULLs the pointer; accepts NULL.
void lease_release(struct lease **lease);

#endif
