// SPDX-License-Identifier: Apache-2.0
// The second face of the central system's mind (sim/proto/ocpp/csms.h): doors on real sockets of
// this computer, which real chargers call (OCPP-J 1.6; security white paper edition 3, profiles 0
// to 3). What lets them in, and what its operator may do, is the same as in a world
// (sim/proto/ocpp/face). It lives on the clock of the bench and shows certificates of the bench's
// authority, or of a file.
#ifndef BENCH_CSMS_DRIVER_H
#define BENCH_CSMS_DRIVER_H

#include <stddef.h>

#include "bench/bench_file.h"
#include "sim/base/address.h"
#include "sim/proto/ocpp/face/csms_desk.h"

struct authority;
struct core;
struct csms_driver;
struct profile;

struct csms_driver_options {           // Everything borrowed.
    struct core *core;                 // Outlives it.
    const struct bench_target *target; // Outlives it. Its links with `listen` are the doors.
    const struct profile *profile;     // For what the file leaves open, or NULL.
    struct authority *authority;       // Signs and trusts where a door has no file of its own.
    // The value of `$secret.NAME` for passwords, or NULL.
    const char *(*secret)(void *user, const char *name);
    void *user;
};

// Listens at once. Returns 0, or a negative code with *ret_why set to a sentence the caller frees.
// A station that booted before may speak all the same: it is not this bench's to make it boot.
int csms_driver_new(const struct csms_driver_options *options, struct csms_driver **ret,
                    char **ret_why);

// Resets every connection and closes the doors. NULLs the pointer; accepts NULL.
void csms_driver_free(struct csms_driver **driver);

struct csms_desk csms_driver_desk(const struct csms_driver *driver);
const char *csms_driver_path(const struct csms_driver *driver); // For the report. Borrowed.

// What its doors over TLS do wrong from now on, enum tls_fault. A new connection takes it.
void csms_driver_set_tls_faults(struct csms_driver *driver, unsigned tls_faults);

// Where door number `index`, in the order of the links, really listens; family 0 past the last.
struct address csms_driver_address(const struct csms_driver *driver, size_t index);

#endif
