// SPDX-License-Identifier: Apache-2.0
// What the service "modbus" of a role is: a master that reaches it, the unit id to use there, and
// what is known of the units behind it.
#ifndef SIM_PROTO_MODBUS_LINK_H
#define SIM_PROTO_MODBUS_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct modbus_master;
struct profile;
struct profile_model;

struct modbus_link {
    struct modbus_master *master; // Borrowed.
    uint8_t unit;                 // Of the role itself.
    int64_t timeout_ns;           // Default for one request on this path.
    int64_t slack_ns;             // What this path adds to a client's patience; 0 on the simulator.
    const char *path;             // For the report: "tcp 10.77.0.10:502 unit 1".
    // The profile of the device that answers as `unit` on this path, so that a gateway can be asked
    // for a point of a breaker behind it. False when nothing is known. NULL: only the role's own
    // unit is known.
    bool (*unit_profile)(void *user, uint8_t unit, const struct profile **ret_profile,
                         const struct profile_model **ret_model);
    void *user;
};

#endif
