// SPDX-License-Identifier: Apache-2.0
// Function 43's choice by MEI type, and the vendor's extensions: 43/15 and 43/16 get and set the
// date-time (DOCA0157EN-08; the layout of 43/16 is UNVERIFIED(by analogy with 43/15)), 100/4
// scattered read (FA241252: byte count, sub-code 04, transmission number, addresses). 43/13 CANopen
// is refused.
#include "sim/proto/modbus/server_handlers.h"

enum {
    DATETIME_BYTES = 8,
    SCATTERED_SUB_CODE = 4,
    SCATTERED_MAX = 100,
};

static const struct {
    modbus_handler *handle;
} mei_types[] = {
    [MODBUS_MEI_IDENTIFICATION] = {modbus_handle_identification},
    [MODBUS_MEI_GET_DATETIME] = {modbus_handle_datetime_get},
    [MODBUS_MEI_SET_DATETIME] = {modbus_handle_datetime_set},
};

uint8_t modbus_handle_encapsulated(struct modbus_call *call)
{
    const struct modbus_server_options *options = &call->server->options;
    uint8_t type;

    if (!bytes_get_u8(&call->in, &type))
        return MODBUS_ILLEGAL_VALUE;
    if (type >= sizeof(mei_types) / sizeof(mei_types[0]) || !mei_types[type].handle ||
        !modbus_functions_has(&options->mei_types, type))
        return MODBUS_ILLEGAL_FUNCTION;
    return mei_types[type].handle(call);
}

uint8_t modbus_handle_datetime_get(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint8_t reserved;

    if (!store->get_datetime)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u8(&call->in, &reserved) || bytes_left(&call->in) > 0)
        return MODBUS_ILLEGAL_VALUE;
    bytes_put_u8(&call->out, MODBUS_MEI_GET_DATETIME);
    bytes_put_u8(&call->out, 0);
    return store->get_datetime(store->user, modbus_reply_room(call, DATETIME_BYTES));
}

uint8_t modbus_handle_datetime_set(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    const uint8_t *data;
    uint8_t reserved;

    if (!store->set_datetime)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u8(&call->in, &reserved) || !bytes_get_span(&call->in, DATETIME_BYTES, &data) ||
        bytes_left(&call->in) > 0)
        return MODBUS_ILLEGAL_VALUE;
    bytes_put_u8(&call->out, MODBUS_MEI_SET_DATETIME);
    bytes_put_u8(&call->out, 0);
    bytes_put_span(&call->out, data, DATETIME_BYTES);
    return store->set_datetime(store->user, data);
}

uint8_t modbus_handle_scattered(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    size_t max = modbus_limit(call->server->options.scattered_max, SCATTERED_MAX);
    uint8_t bytes, sub_code, transmission;
    uint16_t address;
    uint8_t exception = 0;

    if (!store->read_registers)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u8(&call->in, &bytes) || bytes != bytes_left(&call->in) ||
        !bytes_get_u8(&call->in, &sub_code) || !bytes_get_u8(&call->in, &transmission) ||
        sub_code != SCATTERED_SUB_CODE || bytes_left(&call->in) % 2 || bytes_left(&call->in) < 2 ||
        bytes_left(&call->in) > 2 * max)
        return MODBUS_ILLEGAL_VALUE;
    bytes_put_u8(&call->out, bytes);
    bytes_put_u8(&call->out, sub_code);
    bytes_put_u8(&call->out, transmission);
    while (!exception && bytes_get_u16(&call->in, &address))
        exception =
            store->read_registers(store->user, false, address, 1, modbus_reply_room(call, 2));
    return exception;
}
