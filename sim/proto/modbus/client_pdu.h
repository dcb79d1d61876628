// SPDX-License-Identifier: Apache-2.0
// Requests and replies as a client sees them (Application Protocol V1.1b3, 6): encoders write a
// request PDU and return its length, decoders check a reply PDU against what was asked. Encoders do
// not judge quantities that fit the PDU, since tests ask nonsense on purpose; what cannot be
// written at all asserts.
//
// Decoders return 0, ERR_EXCEPTION (modbus_exception_of() says which), ERR_UNEXPECTED (another
// function) or ERR_MALFORMED. What they return points into the reply. Bits and registers are in
// wire order.
#ifndef SIM_PROTO_MODBUS_CLIENT_PDU_H
#define SIM_PROTO_MODBUS_CLIENT_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/bytes.h"
#include "sim/proto/modbus/modbus.h"

// The exception code of a reply, 0 when it is none.
uint8_t modbus_exception_of(const uint8_t *pdu, size_t length);

// ---- Requests
// -------------------------------------------------------------------------------------

// Functions 1 to 4.
size_t modbus_encode_read(uint8_t function, uint16_t address, uint16_t count, uint8_t *ret_pdu);
size_t modbus_encode_write_coil(uint16_t address, bool on, uint8_t *ret_pdu);
size_t modbus_encode_write_register(uint16_t address, uint16_t value, uint8_t *ret_pdu);
// Function 8; `data` of `length` bytes, 2 for all sub-functions but 00 (0 to 250).
size_t modbus_encode_diagnostics(uint16_t sub_function, const uint8_t *data, size_t length,
                                 uint8_t *ret_pdu);
// Function 15: `bits` packed, (count + 7) / 8 bytes of them; count 0 to 1976.
size_t modbus_encode_write_coils(uint16_t address, uint16_t count, const uint8_t *bits,
                                 uint8_t *ret_pdu);
// Function 16: `data` is 2 * count bytes, big-endian; count 0 to 123.
size_t modbus_encode_write_registers(uint16_t address, uint16_t count, const uint8_t *data,
                                     uint8_t *ret_pdu);
size_t modbus_encode_server_id(uint8_t *ret_pdu);
size_t modbus_encode_mask_write(uint16_t address, uint16_t and_mask, uint16_t or_mask,
                                uint8_t *ret_pdu);
// Function 23: `data` is 2 * write_count bytes; write_count 0 to 121.
size_t modbus_encode_read_write(uint16_t read_address, uint16_t read_count, uint16_t write_address,
                                uint16_t write_count, const uint8_t *data, uint8_t *ret_pdu);

// One group of a file request (functions 20 and 21). `data` is 2 * count bytes, for 21 only.
struct modbus_file_group {
    uint16_t file;
    uint16_t record;
    uint16_t count;
    const uint8_t *data;
};
// Up to 35 groups for 20; for 21 as many as fit 251 bytes of data.
size_t modbus_encode_read_file(const struct modbus_file_group *groups, size_t groups_count,
                               uint8_t *ret_pdu);
size_t modbus_encode_write_file(const struct modbus_file_group *groups, size_t groups_count,
                                uint8_t *ret_pdu);

// Function 43/14: `code` 1 basic, 2 regular, 3 extended, 4 one object; from object `id` on.
size_t modbus_encode_identification(uint8_t code, uint8_t id, uint8_t *ret_pdu);
// Functions 43/15 and 43/16 (DOCA0157EN-08): 8 bytes of the vendor's DATETIME.
size_t modbus_encode_get_datetime(uint8_t *ret_pdu);
size_t modbus_encode_set_datetime(const uint8_t data[8], uint8_t *ret_pdu);
// Function 100/4 (FA241252): 1 to 124 addresses; vendors take up to 100.
size_t modbus_encode_scattered(uint8_t transmission, const uint16_t *addresses, size_t count,
                               uint8_t *ret_pdu);

// ---- Replies
// --------------------------------------------------------------------------------------

// Functions 1 to 4 and 23: the data of `count` bits (1, 2) or registers (3, 4, 23).
int modbus_decode_read(uint8_t function, uint16_t count, const uint8_t *pdu, size_t length,
                       const uint8_t **ret_data);

// Functions 5, 6, 8/00, 15, 16, 21, 22, 43/16: the reply repeats the request, or its first five
// bytes (15, 16).
int modbus_decode_echo(const uint8_t *request, size_t request_length, const uint8_t *pdu,
                       size_t length);

// Function 8: the data field of the reply to `sub_function`; counters are its first register.
int modbus_decode_diagnostics(uint16_t sub_function, const uint8_t *pdu, size_t length,
                              struct bytes_in *ret_data);

// Function 17: server id, run indicator and what follows.
int modbus_decode_server_id(const uint8_t *pdu, size_t length, struct bytes_in *ret_data);

// Function 20: then call modbus_next_file_group() until it returns 0.
int modbus_decode_read_file(const uint8_t *pdu, size_t length, struct bytes_in *ret_groups);
// 1 and the data of one group, 0 at the end, ERR_MALFORMED.
int modbus_next_file_group(struct bytes_in *groups, struct bytes_in *ret_data);

// Function 43/14. `objects` is read by modbus_next_object().
struct modbus_identification {
    uint8_t code;
    uint8_t conformity; // 0x01 to 0x03, 0x81 to 0x83.
    bool more;
    uint8_t next_id;
    uint8_t count;
    struct bytes_in objects;
};
struct modbus_object {
    uint8_t id;
    uint8_t length;
    const uint8_t *text; // Not ended by NUL.
};
// Checks the whole list: exactly `count` objects and not a byte more.
int modbus_decode_identification(uint8_t code, const uint8_t *pdu, size_t length,
                                 struct modbus_identification *ret);
// 1 and the next object, 0 at the end.
int modbus_next_object(struct modbus_identification *identification, struct modbus_object *ret);

// Function 43/15: the 8 bytes of the vendor's DATETIME.
int modbus_decode_datetime(const uint8_t *pdu, size_t length, const uint8_t **ret_data);

// Function 100/4: the values, 2 * count bytes.
int modbus_decode_scattered(uint8_t transmission, size_t count, const uint8_t *pdu, size_t length,
                            const uint8_t **ret_data);

#endif
