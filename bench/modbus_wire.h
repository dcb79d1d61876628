// SPDX-License-Identifier: Apache-2.0
// One physical Modbus port as a blocking call: a TCP connection or a tty with libmodbus on it, and
// our own framing on the same descriptor for what libmodbus cannot carry. For the worker thread of
// modbus_driver.h alone; only modbus_wire_abort() may come from another thread.
#ifndef BENCH_MODBUS_WIRE_H
#define BENCH_MODBUS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/modbus_driver.h"
#include "sim/proto/modbus/modbus.h"

struct modbus_wire;

#define MODBUS_WIRE_TURNAROUND_NS (100 * SIM_NS_PER_MS) // After a broadcast (V1.02 2.4.1).

// Reserves the descriptor; connects later. Errors as modbus_driver_tcp_new().
int modbus_wire_tcp_new(const struct address *to, struct modbus_wire **ret, char **ret_why);

// Opens the tty. Errors as modbus_driver_rtu_new().
int modbus_wire_rtu_new(const struct modbus_driver_serial *serial, struct modbus_wire **ret,
                        char **ret_why);

void modbus_wire_free(struct modbus_wire **wire);

struct modbus_exchange {
    uint8_t unit;
    const uint8_t *pdu; // Borrowed.
    size_t length;      // 1 to 253.
    int64_t timeout_ns;
    int64_t deadline_ns; // Set by the wire, host clock.
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    size_t reply_length; // 0 after a broadcast on a line.
    int64_t sent_ns;     // Host clock when the request began to leave.
};

// One request and its answer. Returns 0 with the reply in `exchange`, or an error of
// modbus_reply_fn; ERR_CANCELLED after modbus_wire_abort().
int modbus_wire_exchange(struct modbus_wire *wire, struct modbus_exchange *exchange);

// Makes the exchange under way end soon, from any thread: a connection at once, a libmodbus call on
// a tty at its time-out. Holds until modbus_wire_rearm().
void modbus_wire_abort(struct modbus_wire *wire);
void modbus_wire_rearm(struct modbus_wire *wire);

bool modbus_wire_is_line(const struct modbus_wire *wire);
const char *modbus_wire_not_available(const struct modbus_wire *wire);

// Written by the worker; read it when the worker is idle, or under the owner's lock.
struct modbus_driver_stats modbus_wire_stats(const struct modbus_wire *wire);

#endif
