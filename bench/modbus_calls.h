// SPDX-License-Identifier: Apache-2.0
// From a request PDU to the libmodbus call that says the same, and from what libmodbus makes of the
// answer back to a reply PDU. For modbus_wire.c.
#ifndef BENCH_MODBUS_CALLS_H
#define BENCH_MODBUS_CALLS_H

#include <stdbool.h>

#include <modbus.h>

#include "bench/modbus_wire.h"

// True when libmodbus 3.1.6 can carry this request as it stands.
bool modbus_calls_carry(bool line, uint8_t unit, const uint8_t *pdu, size_t length);

// Carries it until exchange->deadline_ns; the context is connected. Returns 0 with the reply
// (which may be an exception) or an error of modbus_reply_fn.
int modbus_calls_run(modbus_t *context, struct modbus_exchange *exchange);

// The whole answer must come within `timeout_ns` from now on.
void modbus_calls_set_timeout(modbus_t *context, int64_t timeout_ns);

// An errno of libmodbus as one of our errors.
int modbus_calls_error(int error);

#endif
