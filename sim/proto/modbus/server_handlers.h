// SPDX-License-Identifier: Apache-2.0
// What the handlers of function codes share (server_*.c), and the list of them for the table in
// server.c. For this folder only.
#ifndef SIM_PROTO_MODBUS_SERVER_HANDLERS_H
#define SIM_PROTO_MODBUS_SERVER_HANDLERS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/bytes.h"
#include "sim/proto/modbus/server.h"

// Function 8/01: what follows the reply.
enum modbus_restart { MODBUS_RESTART_NONE, MODBUS_RESTART, MODBUS_RESTART_CLEAR_LOG };

// One request being answered. `in` stands behind the function code, `out` too: the code is there.
struct modbus_call {
    struct modbus_server *server;
    uint8_t function;
    struct bytes_in in;
    struct bytes_out out;
    enum modbus_restart restart;
};

// A handler checks in the order of the flow charts of V1.1b3 6: function (01), quantity and
// structure (03), address (02), execution (04 and others). It returns 0, with the reply behind the
// function code, or the exception code; what it wrote is then dropped.
typedef uint8_t modbus_handler(struct modbus_call *call);

modbus_handler modbus_handle_read_bits;
modbus_handler modbus_handle_write_coil;
modbus_handler modbus_handle_write_coils;
modbus_handler modbus_handle_read_registers;
modbus_handler modbus_handle_write_register;
modbus_handler modbus_handle_write_registers;
modbus_handler modbus_handle_mask_write;
modbus_handler modbus_handle_read_write;
modbus_handler modbus_handle_read_file;
modbus_handler modbus_handle_write_file;
modbus_handler modbus_handle_diagnostics;
modbus_handler modbus_handle_server_id;
modbus_handler modbus_handle_identification;
modbus_handler modbus_handle_encapsulated;
modbus_handler modbus_handle_datetime_get;
modbus_handler modbus_handle_datetime_set;
modbus_handler modbus_handle_scattered;

// A profile's limit, or the standard's own where it is silent or higher.
static inline uint16_t modbus_limit(uint16_t profile, uint16_t standard)
{
    return profile && profile < standard ? profile : standard;
}

// All of address .. address + count - 1 lies in the 65 536 addresses there are.
static inline bool modbus_range_exists(uint16_t address, uint32_t count)
{
    return address + count <= 65536;
}

// Takes room for `length` bytes of the reply and returns where they go.
static inline uint8_t *modbus_reply_room(struct modbus_call *call, size_t length)
{
    uint8_t *at = call->out.at;

    assert(bytes_room(&call->out) >= length);
    call->out.at += length;
    return at;
}

// The request has one more pair of 16-bit fields and nothing behind it.
static inline bool modbus_get_pair(struct bytes_in *in, uint16_t *ret_first, uint16_t *ret_second)
{
    if (bytes_left(in) != 4)
        return false;
    bytes_get_u16(in, ret_first);
    bytes_get_u16(in, ret_second);
    return true;
}

#endif
