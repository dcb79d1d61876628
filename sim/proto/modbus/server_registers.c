// SPDX-License-Identifier: Apache-2.0
// Registers: functions 3, 4, 6, 16, 22 and 23 (Modbus Application Protocol
// V1.1b3, 6.3, 6.4, 6.6, 6.12, 6.16, 6.17). A profile may lower the quantities: IFM-class devices
// take 52 registers in function 16.
#include "sim/proto/modbus/server_handlers.h"

enum {
    READ_REGISTERS_MAX = 125,
    WRITE_REGISTERS_MAX = 123,
    READ_WRITE_REGISTERS_MAX = 121, // The written half of function 23.
};

uint8_t modbus_handle_read_registers(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint16_t max = modbus_limit(call->server->options.read_registers_max, READ_REGISTERS_MAX);
    uint16_t address = 0, count = 0;

    if (!store->read_registers)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!modbus_get_pair(&call->in, &address, &count) || count < 1 || count > max)
        return MODBUS_ILLEGAL_VALUE;
    if (!modbus_range_exists(address, count))
        return MODBUS_ILLEGAL_ADDRESS;
    bytes_put_u8(&call->out, (uint8_t)(2 * count));
    return store->read_registers(store->user, call->function == MODBUS_READ_INPUT_REGISTERS,
                                 address, count, modbus_reply_room(call, 2u * count));
}

uint8_t modbus_handle_write_register(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint16_t address = 0, value = 0;

    if (!store->write_registers)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!modbus_get_pair(&call->in, &address, &value))
        return MODBUS_ILLEGAL_VALUE;
    bytes_put_u16(&call->out, address);
    bytes_put_u16(&call->out, value);
    return store->write_registers(store->user, address, 1, call->in.end - 2);
}

// Quantity, byte count and that many bytes to the end of the request.
static bool get_write_data(struct bytes_in *in, uint16_t max, uint16_t *ret_count,
                           const uint8_t **ret_data)
{
    uint8_t bytes;

    if (!bytes_get_u16(in, ret_count) || !bytes_get_u8(in, &bytes))
        return false;
    return *ret_count >= 1 && *ret_count <= max && bytes == 2 * *ret_count &&
           bytes_left(in) == bytes && bytes_get_span(in, bytes, ret_data);
}

uint8_t modbus_handle_write_registers(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint16_t max = modbus_limit(call->server->options.write_registers_max, WRITE_REGISTERS_MAX);
    uint16_t address = 0, count = 0;
    const uint8_t *data;

    if (!store->write_registers)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u16(&call->in, &address) || !get_write_data(&call->in, max, &count, &data))
        return MODBUS_ILLEGAL_VALUE;
    if (!modbus_range_exists(address, count))
        return MODBUS_ILLEGAL_ADDRESS;
    bytes_put_u16(&call->out, address);
    bytes_put_u16(&call->out, count);
    return store->write_registers(store->user, address, count, data);
}

// result = (current AND and_mask) OR (or_mask AND (NOT and_mask)).
uint8_t modbus_handle_mask_write(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint16_t address = 0, and_mask = 0, or_mask = 0;
    uint8_t exception, data[2];

    if (!store->read_registers || !store->write_registers)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u16(&call->in, &address) || !modbus_get_pair(&call->in, &and_mask, &or_mask))
        return MODBUS_ILLEGAL_VALUE;
    exception = store->read_registers(store->user, false, address, 1, data);
    if (exception)
        return exception;
    bytes_store_u16(data, (bytes_load_u16(data) & and_mask) | (or_mask & ~and_mask));
    bytes_put_u16(&call->out, address);
    bytes_put_u16(&call->out, and_mask);
    bytes_put_u16(&call->out, or_mask);
    return store->write_registers(store->user, address, 1, data);
}

struct read_write {
    uint16_t read_address, read_count, write_address, write_count;
    const uint8_t *data;
};

static bool get_read_write(struct modbus_call *call, struct read_write *ret)
{
    const struct modbus_server_options *options = &call->server->options;
    uint16_t read_max = modbus_limit(options->read_registers_max, READ_REGISTERS_MAX);
    uint16_t write_max = modbus_limit(options->write_registers_max, READ_WRITE_REGISTERS_MAX);

    return bytes_get_u16(&call->in, &ret->read_address) &&
           bytes_get_u16(&call->in, &ret->read_count) &&
           bytes_get_u16(&call->in, &ret->write_address) && ret->read_count >= 1 &&
           ret->read_count <= read_max &&
           get_write_data(&call->in, write_max, &ret->write_count, &ret->data);
}

// The write comes first (6.17), yet nothing may be written when the range to read does not exist:
// it is read once before, for its exception alone.
uint8_t modbus_handle_read_write(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    struct read_write ask;
    uint8_t *room;
    uint8_t exception;

    if (!store->read_registers || !store->write_registers)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!get_read_write(call, &ask))
        return MODBUS_ILLEGAL_VALUE;
    if (!modbus_range_exists(ask.read_address, ask.read_count) ||
        !modbus_range_exists(ask.write_address, ask.write_count))
        return MODBUS_ILLEGAL_ADDRESS;
    bytes_put_u8(&call->out, (uint8_t)(2 * ask.read_count));
    room = modbus_reply_room(call, 2u * ask.read_count);
    exception = store->read_registers(store->user, false, ask.read_address, ask.read_count, room);
    if (!exception)
        exception =
            store->write_registers(store->user, ask.write_address, ask.write_count, ask.data);
    if (!exception)
        exception =
            store->read_registers(store->user, false, ask.read_address, ask.read_count, room);
    return exception;
}
