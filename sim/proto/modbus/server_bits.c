// SPDX-License-Identifier: Apache-2.0
// Coils and discrete inputs: functions 1, 2, 5 and 15 (Modbus Application Protocol
// V1.1b3, 6.1, 6.2, 6.5, 6.11).
#include "sim/proto/modbus/server_handlers.h"

enum {
    READ_BITS_MAX = 2000,
    WRITE_BITS_MAX = 1968,
    COIL_ON = 0xFF00,
    COIL_OFF = 0x0000,
};

static size_t bits_bytes(uint16_t count)
{
    return (count + 7u) / 8;
}

uint8_t modbus_handle_read_bits(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint16_t address = 0, count = 0;
    uint8_t exception;
    uint8_t *data;

    if (!store->read_bits)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!modbus_get_pair(&call->in, &address, &count) || count < 1 || count > READ_BITS_MAX)
        return MODBUS_ILLEGAL_VALUE;
    if (!modbus_range_exists(address, count))
        return MODBUS_ILLEGAL_ADDRESS;
    bytes_put_u8(&call->out, (uint8_t)bits_bytes(count));
    data = modbus_reply_room(call, bits_bytes(count));
    exception = store->read_bits(store->user, call->function == MODBUS_READ_DISCRETE_INPUTS,
                                 address, count, data);
    // The bits behind the last one asked for are zero.
    if (!exception && count % 8)
        data[bits_bytes(count) - 1] &= (uint8_t)((1u << count % 8) - 1);
    return exception;
}

uint8_t modbus_handle_write_coil(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint16_t address = 0, value = 0;
    uint8_t bit;

    if (!store->write_bits)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!modbus_get_pair(&call->in, &address, &value) || (value != COIL_ON && value != COIL_OFF))
        return MODBUS_ILLEGAL_VALUE;
    bytes_put_u16(&call->out, address);
    bytes_put_u16(&call->out, value);
    bit = value == COIL_ON;
    return store->write_bits(store->user, address, 1, &bit);
}

uint8_t modbus_handle_write_coils(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint16_t address = 0, count = 0;
    uint8_t bytes;

    if (!store->write_bits)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u16(&call->in, &address) || !bytes_get_u16(&call->in, &count) ||
        !bytes_get_u8(&call->in, &bytes) || count < 1 || count > WRITE_BITS_MAX ||
        bytes != bits_bytes(count) || bytes_left(&call->in) != bytes)
        return MODBUS_ILLEGAL_VALUE;
    if (!modbus_range_exists(address, count))
        return MODBUS_ILLEGAL_ADDRESS;
    bytes_put_u16(&call->out, address);
    bytes_put_u16(&call->out, count);
    return store->write_bits(store->user, address, count, call->in.at);
}
