// SPDX-License-Identifier: Apache-2.0
// libmodbus as a master of the language's Modbus verbs (master.h). libmodbus blocks, so each
// physical line or connection has one worker thread; the loop queues requests and is woken for
// results, and a silent board costs nobody but those who asked it. Functions 1 to 6, 15 to 17, 22
// and 23 go through libmodbus; what it has no call for or refuses to send (8, 20, 21, 43, 100,
// nonsense PDUs, quantities past the standard, unit ids 248 to 254) goes through our own framing on
// the same port, by the same thread. The caller cannot tell which.
//
// Two things it does see: after silence or a damaged reply a TCP connection is made anew, and an
// exception code above 0x0B in answer to a read is ERR_MALFORMED, since libmodbus does not say it.
#ifndef BENCH_MODBUS_DRIVER_H
#define BENCH_MODBUS_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/proto/modbus/master.h"
#include "sim/vnet/port.h"

struct core;

#define MODBUS_DRIVER_REQUESTS_MAX 256 // Waiting and under way on one port.
#define MODBUS_DRIVER_FD_MAX 1024      // libmodbus selects: no descriptor may reach FD_SETSIZE.

struct modbus_driver_serial {
    const char *path; // Borrowed for the call.
    uint32_t baud;
    enum line_parity parity;
    unsigned stop_bits; // 1 or 2; 0 for what the parity asks (Serial Line V1.02 2.5.1).
    bool rs485;         // Ask the driver to switch the transmitter.
};

// A master for a TCP server. Connects at the first request; its descriptor is reserved now, so make
// it before a fleet takes the low ones. `core` is borrowed and outlives it. Each request that waits
// or is under way holds the jump clock; its time-out runs on the host's clock and counts from the
// beginning of the connection, else of the request. Returns 0, ERR_TOO_MANY (no descriptor below
// MODBUS_DRIVER_FD_MAX is free) or -errno, with *ret_why set to a sentence the caller frees.
int modbus_driver_tcp_new(struct core *core, const struct address *to, struct modbus_master **ret,
                          char **ret_why);

// A master for a serial line, opened now and kept for this process alone. Besides the above:
// ERR_EXISTS (another process holds it), ERR_TYPE (no tty), ERR_RANGE (baud, stop bits). Units
// share it: one master a line. A request's time-out counts from its last character.
int modbus_driver_rtu_new(struct core *core, const struct modbus_driver_serial *serial,
                          struct modbus_master **ret, char **ret_why);

// What was asked of a tty and its driver would not do ("parity: ..."), or NULL. Borrowed.
const char *modbus_driver_not_available(const struct modbus_master *master);

struct modbus_driver_stats {
    uint64_t by_libmodbus; // Requests that libmodbus carried.
    uint64_t by_own;       // Requests that our own framing carried.
    uint64_t connections;  // TCP: how often it connected.
};
struct modbus_driver_stats modbus_driver_stats(const struct modbus_master *master);

#endif
