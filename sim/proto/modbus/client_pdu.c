// SPDX-License-Identifier: Apache-2.0
// Request PDUs of a client (Modbus Application Protocol V1.1b3, 6; vendor functions as in
// server_vendor.c). The decoders of their replies are in client_reply.c.
#include "sim/proto/modbus/client_pdu.h"

#include <assert.h>

enum {
    FILE_REFERENCE_TYPE = 6,
    SCATTERED_SUB_CODE = 4,
};

static struct bytes_out begin(uint8_t function, uint8_t *pdu)
{
    struct bytes_out out = bytes_out(pdu, MODBUS_PDU_BYTES_MAX);

    bytes_put_u8(&out, function);
    return out;
}

static size_t put_pair(uint8_t function, uint16_t first, uint16_t second, uint8_t *pdu)
{
    struct bytes_out out = begin(function, pdu);

    bytes_put_u16(&out, first);
    bytes_put_u16(&out, second);
    return bytes_written(&out);
}

size_t modbus_encode_read(uint8_t function, uint16_t address, uint16_t count, uint8_t *ret_pdu)
{
    assert(function >= MODBUS_READ_COILS && function <= MODBUS_READ_INPUT_REGISTERS);
    return put_pair(function, address, count, ret_pdu);
}

size_t modbus_encode_write_coil(uint16_t address, bool on, uint8_t *ret_pdu)
{
    return put_pair(MODBUS_WRITE_SINGLE_COIL, address, on ? 0xFF00 : 0x0000, ret_pdu);
}

size_t modbus_encode_write_register(uint16_t address, uint16_t value, uint8_t *ret_pdu)
{
    return put_pair(MODBUS_WRITE_SINGLE_REGISTER, address, value, ret_pdu);
}

size_t modbus_encode_diagnostics(uint16_t sub_function, const uint8_t *data, size_t length,
                                 uint8_t *ret_pdu)
{
    struct bytes_out out = begin(MODBUS_DIAGNOSTICS, ret_pdu);

    bytes_put_u16(&out, sub_function);
    bytes_put_span(&out, data, length);
    return bytes_written(&out);
}

// Address, count, byte count, data.
static void put_block(struct bytes_out *out, uint16_t address, uint16_t count, const uint8_t *data,
                      size_t length)
{
    bytes_put_u16(out, address);
    bytes_put_u16(out, count);
    bytes_put_u8(out, (uint8_t)length);
    bytes_put_span(out, data, length);
}

size_t modbus_encode_write_coils(uint16_t address, uint16_t count, const uint8_t *bits,
                                 uint8_t *ret_pdu)
{
    struct bytes_out out = begin(MODBUS_WRITE_MULTIPLE_COILS, ret_pdu);

    put_block(&out, address, count, bits, (count + 7u) / 8);
    return bytes_written(&out);
}

size_t modbus_encode_write_registers(uint16_t address, uint16_t count, const uint8_t *data,
                                     uint8_t *ret_pdu)
{
    struct bytes_out out = begin(MODBUS_WRITE_MULTIPLE_REGISTERS, ret_pdu);

    put_block(&out, address, count, data, 2u * count);
    return bytes_written(&out);
}

size_t modbus_encode_server_id(uint8_t *ret_pdu)
{
    struct bytes_out out = begin(MODBUS_REPORT_SERVER_ID, ret_pdu);

    return bytes_written(&out);
}

size_t modbus_encode_mask_write(uint16_t address, uint16_t and_mask, uint16_t or_mask,
                                uint8_t *ret_pdu)
{
    struct bytes_out out = begin(MODBUS_MASK_WRITE_REGISTER, ret_pdu);

    bytes_put_u16(&out, address);
    bytes_put_u16(&out, and_mask);
    bytes_put_u16(&out, or_mask);
    return bytes_written(&out);
}

size_t modbus_encode_read_write(uint16_t read_address, uint16_t read_count, uint16_t write_address,
                                uint16_t write_count, const uint8_t *data, uint8_t *ret_pdu)
{
    struct bytes_out out = begin(MODBUS_READ_WRITE_REGISTERS, ret_pdu);

    bytes_put_u16(&out, read_address);
    bytes_put_u16(&out, read_count);
    put_block(&out, write_address, write_count, data, 2u * write_count);
    return bytes_written(&out);
}

static size_t put_groups(uint8_t function, const struct modbus_file_group *groups,
                         size_t groups_count, uint8_t *pdu)
{
    struct bytes_out out = begin(function, pdu);

    bytes_put_u8(&out, 0);
    for (size_t i = 0; i < groups_count; i++) {
        bytes_put_u8(&out, FILE_REFERENCE_TYPE);
        bytes_put_u16(&out, groups[i].file);
        bytes_put_u16(&out, groups[i].record);
        bytes_put_u16(&out, groups[i].count);
        if (function == MODBUS_WRITE_FILE_RECORD)
            bytes_put_span(&out, groups[i].data, 2u * groups[i].count);
    }
    pdu[1] = (uint8_t)(bytes_written(&out) - 2);
    return bytes_written(&out);
}

size_t modbus_encode_read_file(const struct modbus_file_group *groups, size_t groups_count,
                               uint8_t *ret_pdu)
{
    return put_groups(MODBUS_READ_FILE_RECORD, groups, groups_count, ret_pdu);
}

size_t modbus_encode_write_file(const struct modbus_file_group *groups, size_t groups_count,
                                uint8_t *ret_pdu)
{
    return put_groups(MODBUS_WRITE_FILE_RECORD, groups, groups_count, ret_pdu);
}

static struct bytes_out begin_encapsulated(uint8_t type, uint8_t next, uint8_t *pdu)
{
    struct bytes_out out = begin(MODBUS_ENCAPSULATED, pdu);

    bytes_put_u8(&out, type);
    bytes_put_u8(&out, next);
    return out;
}

size_t modbus_encode_identification(uint8_t code, uint8_t id, uint8_t *ret_pdu)
{
    struct bytes_out out = begin_encapsulated(MODBUS_MEI_IDENTIFICATION, code, ret_pdu);

    bytes_put_u8(&out, id);
    return bytes_written(&out);
}

size_t modbus_encode_get_datetime(uint8_t *ret_pdu)
{
    struct bytes_out out = begin_encapsulated(MODBUS_MEI_GET_DATETIME, 0, ret_pdu);

    return bytes_written(&out);
}

size_t modbus_encode_set_datetime(const uint8_t data[8], uint8_t *ret_pdu)
{
    struct bytes_out out = begin_encapsulated(MODBUS_MEI_SET_DATETIME, 0, ret_pdu);

    bytes_put_span(&out, data, 8);
    return bytes_written(&out);
}

size_t modbus_encode_scattered(uint8_t transmission, const uint16_t *addresses, size_t count,
                               uint8_t *ret_pdu)
{
    struct bytes_out out = begin(MODBUS_SCATTERED, ret_pdu);

    bytes_put_u8(&out, (uint8_t)(2 * count + 2));
    bytes_put_u8(&out, SCATTERED_SUB_CODE);
    bytes_put_u8(&out, transmission);
    for (size_t i = 0; i < count; i++)
        bytes_put_u16(&out, addresses[i]);
    return bytes_written(&out);
}
