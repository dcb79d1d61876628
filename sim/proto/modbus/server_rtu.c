// SPDX-License-Identifier: Apache-2.0
// A slave's port in RTU mode (Modbus over Serial Line V1.02, 2.4 and 6.1.1 for the counters).
#include "sim/proto/modbus/server_rtu.h"

#include <assert.h>

#include "sim/base/err.h"

void modbus_rtu_server_init(struct modbus_rtu_server *port, const struct modbus_rtu_unit *units,
                            size_t units_count)
{
    *port = (struct modbus_rtu_server){.units = units, .units_count = units_count};
    for (size_t i = 0; i < units_count; i++)
        units[i].server->diagnostics.serial = true;
}

void modbus_rtu_server_chars(struct modbus_rtu_server *port, const uint8_t *data, size_t length,
                             bool damaged)
{
    modbus_rtu_chars(&port->rx, data, length, damaged);
}

void modbus_rtu_server_gap(struct modbus_rtu_server *port)
{
    modbus_rtu_gap(&port->rx);
}

// Every unit of the port hears every message of the bus. Messages with a bad CRC count as errors
// only.
static void count(const struct modbus_rtu_server *port, int verdict)
{
    for (size_t i = 0; i < port->units_count; i++) {
        struct modbus_diagnostics *diagnostics = &port->units[i].server->diagnostics;

        diagnostics->bus_messages += verdict == 1;
        diagnostics->bus_errors += verdict == ERR_CHECKSUM || verdict == ERR_TRUNCATED;
        diagnostics->overruns += verdict == ERR_TOO_LONG;
    }
}

static void broadcast(const struct modbus_rtu_server *port, const struct modbus_rtu_frame *request)
{
    uint8_t unheard[MODBUS_PDU_BYTES_MAX];

    for (size_t i = 0; i < port->units_count; i++)
        modbus_serve(port->units[i].server, true, request->pdu, request->length, unheard);
}

static struct modbus_server *find(const struct modbus_rtu_server *port, uint8_t address)
{
    for (size_t i = 0; i < port->units_count; i++)
        if (port->units[i].address == address)
            return port->units[i].server;
    return NULL;
}

size_t modbus_rtu_server_silence(struct modbus_rtu_server *port,
                                 uint8_t ret_frame[MODBUS_RTU_BYTES_MAX])
{
    struct modbus_rtu_frame request;
    struct modbus_server *server;
    int verdict = modbus_rtu_silence(&port->rx, &request);
    size_t length;

    count(port, verdict);
    if (verdict != 1)
        return 0;
    if (request.unit == MODBUS_UNIT_BROADCAST) {
        broadcast(port, &request);
        return 0;
    }
    server = find(port, request.unit);
    if (!server)
        return 0;
    length = modbus_serve(server, false, request.pdu, request.length, ret_frame + 1);
    return length ? modbus_rtu_encode(request.unit, ret_frame + 1, length, ret_frame) : 0;
}
