// SPDX-License-Identifier: Apache-2.0
// Functions 8 and 17 (Modbus Application Protocol V1.1b3, 6.8 and 6.13; the counters as Serial Line
// V1.02, 6.1.1 describes them). Function 8 belongs to a serial port. Not modelled: what only ASCII
// mode has: sub-function 03 is taken and changes nothing on an RTU line.
#include <stddef.h>

#include "sim/proto/modbus/server_handlers.h"

enum { SERVER_ID_MAX = 251 };

// What a sub-function wants in its data field, and what it does.
enum action {
    UNKNOWN = 0,
    ECHO,
    RESTART,
    SHOW,
    DELIMITER,
    LISTEN,
    CLEAR_ALL,
    CLEAR_OVERRUN,
};

struct sub_function {
    enum action action;
    size_t offset; // SHOW: of the 16-bit counter in struct modbus_diagnostics.
};

#define COUNTER(name) offsetof(struct modbus_diagnostics, name)

static const struct sub_function sub_functions[] = {
    [0x00] = {ECHO, 0},
    [0x01] = {RESTART, 0},
    [0x02] = {SHOW, COUNTER(diagnostic_register)},
    [0x03] = {DELIMITER, 0},
    [0x04] = {LISTEN, 0},
    [0x0A] = {CLEAR_ALL, 0},
    [0x0B] = {SHOW, COUNTER(bus_messages)},
    [0x0C] = {SHOW, COUNTER(bus_errors)},
    [0x0D] = {SHOW, COUNTER(exceptions)},
    [0x0E] = {SHOW, COUNTER(server_messages)},
    [0x0F] = {SHOW, COUNTER(no_response)},
    [0x10] = {SHOW, COUNTER(naks)},
    [0x11] = {SHOW, COUNTER(busy)},
    [0x12] = {SHOW, COUNTER(overruns)},
    [0x14] = {CLEAR_OVERRUN, 0},
};

static struct sub_function find(uint16_t code)
{
    if (code >= sizeof(sub_functions) / sizeof(sub_functions[0]))
        return (struct sub_function){UNKNOWN, 0};
    return sub_functions[code];
}

static bool data_is_legal(enum action action, uint16_t data)
{
    switch (action) {
    case RESTART:
        return data == 0x0000 || data == 0xFF00;
    case DELIMITER:
        return (data & 0xFF) == 0;
    case UNKNOWN:
    case ECHO:
    case SHOW:
    case LISTEN:
    case CLEAR_ALL:
    case CLEAR_OVERRUN:
        break;
    }
    return data == 0;
}

static void clear_counters(struct modbus_diagnostics *diagnostics)
{
    *diagnostics = (struct modbus_diagnostics){.serial = diagnostics->serial,
                                               .listen_only = diagnostics->listen_only};
}

static uint16_t perform(struct modbus_call *call, struct sub_function sub, uint16_t data)
{
    struct modbus_diagnostics *diagnostics = &call->server->diagnostics;

    switch (sub.action) {
    case SHOW:
        memcpy(&data, (const uint8_t *)diagnostics + sub.offset, sizeof(data));
        break;
    case RESTART:
        call->restart = data == 0xFF00 ? MODBUS_RESTART_CLEAR_LOG : MODBUS_RESTART;
        break;
    case LISTEN:
        diagnostics->listen_only = true;
        break;
    case CLEAR_ALL:
        clear_counters(diagnostics);
        break;
    case CLEAR_OVERRUN:
        diagnostics->overruns = 0;
        break;
    case UNKNOWN:
    case ECHO:
    case DELIMITER:
        break;
    }
    return data;
}

uint8_t modbus_handle_diagnostics(struct modbus_call *call)
{
    struct sub_function sub;
    uint16_t code, data;

    if (!call->server->diagnostics.serial)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u16(&call->in, &code))
        return MODBUS_ILLEGAL_VALUE;
    sub = find(code);
    if (sub.action == UNKNOWN)
        return MODBUS_ILLEGAL_FUNCTION;
    bytes_put_u16(&call->out, code);
    if (sub.action == ECHO) {
        // Any number of 16-bit words comes back as it is.
        if (bytes_left(&call->in) == 0 || bytes_left(&call->in) % 2)
            return MODBUS_ILLEGAL_VALUE;
        bytes_put_span(&call->out, call->in.at, bytes_left(&call->in));
        return 0;
    }
    if (!bytes_get_u16(&call->in, &data) || bytes_left(&call->in) > 0 ||
        !data_is_legal(sub.action, data))
        return MODBUS_ILLEGAL_VALUE;
    bytes_put_u16(&call->out, perform(call, sub, data));
    return 0;
}

uint8_t modbus_handle_server_id(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint8_t *bytes;
    int length;

    if (!store->server_id)
        return MODBUS_ILLEGAL_FUNCTION;
    if (bytes_left(&call->in) > 0)
        return MODBUS_ILLEGAL_VALUE;
    bytes = modbus_reply_room(call, 1);
    length = store->server_id(store->user, call->out.at);
    if (length < 0)
        return MODBUS_DEVICE_FAILURE;
    assert(length <= SERVER_ID_MAX);
    *bytes = (uint8_t)length;
    modbus_reply_room(call, (size_t)length);
    return 0;
}
