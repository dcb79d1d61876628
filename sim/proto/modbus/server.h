// SPDX-License-Identifier: Apache-2.0
// The server side as pure functions: a request PDU in, a reply PDU out, no clock, no descriptor, no
// memory. A device gives a server its data through `struct modbus_store` and its limits through
// `struct modbus_server_options`; framing (MBAP, RTU) and routing lie around it.
#ifndef SIM_PROTO_MODBUS_SERVER_H
#define SIM_PROTO_MODBUS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/proto/modbus/modbus.h"

// Where registers and bits live. Every function returns 0 or the exception code to answer. `data`
// is wire order: registers big-endian, two bytes each; bits packed, first in bit 0 of the first
// byte. A NULL function means that the server does not know the code that needs it (exception 01).
struct modbus_store {
    uint8_t (*read_registers)(void *user, bool input, uint16_t address, uint16_t count,
                              uint8_t *ret_data);
    uint8_t (*write_registers)(void *user, uint16_t address, uint16_t count, const uint8_t *data);
    uint8_t (*read_bits)(void *user, bool input, uint16_t address, uint16_t count,
                         uint8_t *ret_data);
    uint8_t (*write_bits)(void *user, uint16_t address, uint16_t count, const uint8_t *data);
    uint8_t (*read_file)(void *user, uint16_t file, uint16_t record, uint16_t count,
                         uint8_t *ret_data);
    uint8_t (*write_file)(void *user, uint16_t file, uint16_t record, uint16_t count,
                          const uint8_t *data);
    // Identification object `id` (FC 43/14) into `ret_text` (room for 245 bytes); returns its
    // length, or -1 when there is no such object. Also asked which id comes next at or after `id`:
    // -1 when none.
    int (*identity)(void *user, uint8_t id, uint8_t *ret_text);
    int (*identity_next)(void *user, uint8_t id);
    // The answer of FC 17: server id, run indicator, more (room for 251 bytes); returns its length.
    int (*server_id)(void *user, uint8_t *ret_data);
    // Date-time of FC 43/15 and 43/16: 8 bytes in the vendor's four-register layout.
    uint8_t (*get_datetime)(void *user, uint8_t ret_data[8]);
    uint8_t (*set_datetime)(void *user, const uint8_t data[8]);
    void *user;
};

// One bit a function code.
struct modbus_function_set {
    uint64_t bits[4];
};
static inline void modbus_functions_add(struct modbus_function_set *set, uint8_t function)
{
    set->bits[function / 64] |= (uint64_t)1 << function % 64;
}
static inline bool modbus_functions_has(const struct modbus_function_set *set, uint8_t function)
{
    return set->bits[function / 64] >> function % 64 & 1;
}

// The facts of a profile that bound a server. Zero means the standard's own limit.
struct modbus_server_options {
    struct modbus_function_set functions; // What is answered; others get exception 01.
    struct modbus_function_set mei_types; // Of FC 43: 14, 15, 16.
    uint16_t read_registers_max;          // 125
    uint16_t write_registers_max;         // 123
    uint16_t scattered_max;               // 100
    uint8_t identity_level; // Conformity 0x01, 0x02, 0x03; with 0x80 single objects too.
};

// The counters of FC 8 (Serial Line V1.02, Application Protocol V1.1b3 6.8). They belong to a
// serial port.
struct modbus_diagnostics {
    bool serial; // FC 8 is answered only here; else exception 01.
    bool listen_only;
    uint16_t bus_messages, bus_errors, exceptions, server_messages, no_response, naks, busy,
        overruns;
    uint16_t diagnostic_register;
};

struct modbus_server {
    const struct modbus_store *store;
    struct modbus_server_options options;
    struct modbus_diagnostics diagnostics;
    // Sub-function 08/01 restarted communications (counters are zero again); `clear` the event log
    // too. `user` is the store's. May be NULL.
    void (*on_restart)(void *user, bool clear);
};

// Answers one request PDU (1 to 253 bytes). Returns the length of the reply in `ret_pdu`, or 0 when
// nothing is to be sent (broadcast, listen-only mode). Any bytes are a valid question: the answer
// to nonsense is an exception.
size_t modbus_serve(struct modbus_server *server, bool broadcast, const uint8_t *pdu, size_t length,
                    uint8_t ret_pdu[MODBUS_PDU_BYTES_MAX]);

#endif
