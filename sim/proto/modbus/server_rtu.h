// SPDX-License-Identifier: Apache-2.0
// The slave side of a serial port in RTU mode (Modbus over Serial Line V1.02, 2.4): one port, one
// or more unit addresses behind it (an NT/NW breaker answers at its base address and at base +
// 200). Silent on CRC errors, on other units and on broadcasts; keeps the counters of function 8.
// The time a device takes to answer is the device's to add.
#ifndef SIM_PROTO_MODBUS_SERVER_RTU_H
#define SIM_PROTO_MODBUS_SERVER_RTU_H

#include <stddef.h>
#include <stdint.h>

#include "sim/proto/modbus/rtu.h"
#include "sim/proto/modbus/server.h"

// One address of the port, 1 to 247 (255 is let through for what is delivered so). May be changed
// by its owner between calls (a rotary switch was turned).
struct modbus_rtu_unit {
    uint8_t address;
    struct modbus_server *server;
};

struct modbus_rtu_server {
    struct modbus_rtu_rx rx;
    const struct modbus_rtu_unit *units;
    size_t units_count;
};

// `units` and the servers in it are borrowed. Sets diagnostics.serial of each server.
void modbus_rtu_server_init(struct modbus_rtu_server *port, const struct modbus_rtu_unit *units,
                            size_t units_count);

// Characters came, damaged or not.
void modbus_rtu_server_chars(struct modbus_rtu_server *port, const uint8_t *data, size_t length,
                             bool damaged);

// A gap longer than t1.5 inside a frame.
void modbus_rtu_server_gap(struct modbus_rtu_server *port);

// Silence of t3.5: judges the frame, runs the request and writes the reply frame (CRC included).
// Returns its length, 0 when this port says nothing. A broadcast is carried out by every unit.
size_t modbus_rtu_server_silence(struct modbus_rtu_server *port,
                                 uint8_t ret_frame[MODBUS_RTU_BYTES_MAX]);

#endif
