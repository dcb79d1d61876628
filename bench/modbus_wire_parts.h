// SPDX-License-Identifier: Apache-2.0
// What the files of a Modbus wire share. Not for others: they see modbus_wire.h.
#ifndef BENCH_MODBUS_WIRE_PARTS_H
#define BENCH_MODBUS_WIRE_PARTS_H

#include <modbus.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bench/modbus_wire.h"

struct modbus_wire {
    bool line;
    modbus_t *context;
    int abort_fd;
    atomic_bool aborted;
    struct modbus_driver_stats stats;

    struct address to;
    int slot; // TCP: the reserved descriptor; a copy of abort_fd while not connected.
    bool connected;
    uint16_t transaction;

    struct line_timing timing;
    int64_t last_ns; // When the line was last heard or used.
    char *not_available;
};

// ---- Making ----

// Bare; never NULL. Its abort_fd may be -1: no descriptor was free.
struct modbus_wire *modbus_wire_make(bool line);

// Frees it and gives `why` (taken) to the caller. Returns `err`.
int modbus_wire_fail(struct modbus_wire *wire, int err, char *why, char **ret_why);
int modbus_wire_too_many(struct modbus_wire *wire, char **ret_why);

// ---- Waiting: all of these end at once when aborted ----

// 0 when `fd` is ready for the poll(2) `events`, ERR_TIMEOUT at `until_ns` (host clock) or
// ERR_CANCELLED.
int modbus_wire_wait(struct modbus_wire *wire, int fd, short events, int64_t until_ns);
int modbus_wire_write(struct modbus_wire *wire, int fd, const uint8_t *data, size_t length,
                      int64_t deadline_ns);
// Returns bytes read, or an error; 0 never.
ssize_t modbus_wire_read(struct modbus_wire *wire, int fd, uint8_t *data, size_t room,
                         int64_t until_ns);
// A tty set up by libmodbus reads 0 bytes when there are none (VMIN and VTIME are 0), and also when
// its adapter is unplugged or the other end of a pty is closed: this tells which.
bool modbus_wire_is_gone(int fd);

// ---- Exchanging ----

// Whether a PDU from `unit` answers this exchange; and taking it as the reply.
bool modbus_wire_answers(const struct modbus_exchange *exchange, uint8_t unit, const uint8_t *pdu);
void modbus_wire_take(struct modbus_exchange *exchange, const uint8_t *pdu, size_t length);

int modbus_wire_exchange_tcp(struct modbus_wire *wire, struct modbus_exchange *exchange);
int modbus_wire_exchange_rtu(struct modbus_wire *wire, struct modbus_exchange *exchange);

#endif
