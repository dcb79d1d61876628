// SPDX-License-Identifier: Apache-2.0
// What the service "modbus" of a role is: a master that reaches it, and the unit id to use there.
#ifndef SIM_PROTO_MODBUS_LINK_H
#define SIM_PROTO_MODBUS_LINK_H

#include <stdint.h>

struct modbus_master;

struct modbus_link {
    struct modbus_master *master; // Borrowed.
    uint8_t unit;
    int64_t timeout_ns; // Default for one request on this path.
    const char *path;   // For the report: "tcp 10.77.0.10:502 unit 1", "rtu rs1 unit 1".
};

#endif
