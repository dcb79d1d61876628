// SPDX-License-Identifier: Apache-2.0
// The dispatcher of the server side: finds the handler of a function code, frames its reply or its
// exception, and keeps the counters that function 8 reads (Modbus Application Protocol V1.1b3, 5 to
// 7; Serial Line V1.02, 2.4.1 for broadcast). Not modelled: functions 7, 11, 12 and 24, and the
// communications event log.
#include "sim/proto/modbus/server.h"

#include <assert.h>

#include "sim/proto/modbus/server_handlers.h"

struct function_row {
    modbus_handler *handle;
    bool broadcast; // A writing command: carried out, never answered, when sent to unit 0.
};

static const struct function_row functions[128] = {
    [MODBUS_READ_COILS] = {modbus_handle_read_bits, false},
    [MODBUS_READ_DISCRETE_INPUTS] = {modbus_handle_read_bits, false},
    [MODBUS_READ_HOLDING_REGISTERS] = {modbus_handle_read_registers, false},
    [MODBUS_READ_INPUT_REGISTERS] = {modbus_handle_read_registers, false},
    [MODBUS_WRITE_SINGLE_COIL] = {modbus_handle_write_coil, true},
    [MODBUS_WRITE_SINGLE_REGISTER] = {modbus_handle_write_register, true},
    [MODBUS_DIAGNOSTICS] = {modbus_handle_diagnostics, true},
    [MODBUS_WRITE_MULTIPLE_COILS] = {modbus_handle_write_coils, true},
    [MODBUS_WRITE_MULTIPLE_REGISTERS] = {modbus_handle_write_registers, true},
    [MODBUS_REPORT_SERVER_ID] = {modbus_handle_server_id, false},
    [MODBUS_READ_FILE_RECORD] = {modbus_handle_read_file, false},
    [MODBUS_WRITE_FILE_RECORD] = {modbus_handle_write_file, true},
    [MODBUS_MASK_WRITE_REGISTER] = {modbus_handle_mask_write, true},
    [MODBUS_READ_WRITE_REGISTERS] = {modbus_handle_read_write, false},
    [MODBUS_ENCAPSULATED] = {modbus_handle_encapsulated, true},
    [MODBUS_SCATTERED] = {modbus_handle_scattered, false},
};

static void count(struct modbus_diagnostics *diagnostics, uint8_t exception, bool answered)
{
    // A broadcast's exception counts although nobody hears it (Serial Line V1.02, 6.1.1).
    diagnostics->exceptions += exception != 0;
    diagnostics->busy += exception == MODBUS_BUSY;
    diagnostics->naks += exception == MODBUS_NEGATIVE_ACKNOWLEDGE;
    diagnostics->no_response += !answered;
}

static void restart(struct modbus_server *server, bool clear_log)
{
    server->diagnostics = (struct modbus_diagnostics){.serial = server->diagnostics.serial};
    if (server->on_restart)
        server->on_restart(server->store->user, clear_log);
}

static uint8_t execute(struct modbus_call *call)
{
    const struct modbus_server *server = call->server;

    if (call->function >= 128 || !functions[call->function].handle ||
        !modbus_functions_has(&server->options.functions, call->function))
        return MODBUS_ILLEGAL_FUNCTION;
    return functions[call->function].handle(call);
}

// In listen-only mode a port monitors and does nothing, but for 08/01 (V1.1b3 6.8.1, 04).
static bool is_restart_request(const uint8_t *pdu, size_t length)
{
    return length == 5 && pdu[0] == MODBUS_DIAGNOSTICS && bytes_load_u16(pdu + 1) == 1;
}

static bool is_heard(const struct modbus_server *server, bool broadcast, const uint8_t *pdu,
                     size_t length)
{
    if (server->diagnostics.listen_only && !is_restart_request(pdu, length))
        return false;
    return !broadcast || (pdu[0] < 128 && functions[pdu[0]].broadcast);
}

size_t modbus_serve(struct modbus_server *server, bool broadcast, const uint8_t *pdu, size_t length,
                    uint8_t ret_pdu[MODBUS_PDU_BYTES_MAX])
{
    struct modbus_call call = {.server = server, .function = pdu[0]};
    bool silent = broadcast || server->diagnostics.listen_only;
    uint8_t exception;

    assert(length >= 1 && length <= MODBUS_PDU_BYTES_MAX);
    server->diagnostics.server_messages += server->diagnostics.serial;
    if (!is_heard(server, broadcast, pdu, length)) {
        server->diagnostics.no_response += server->diagnostics.serial;
        return 0;
    }
    call.in = bytes_in(pdu + 1, length - 1);
    call.out = bytes_out(ret_pdu, MODBUS_PDU_BYTES_MAX);
    bytes_put_u8(&call.out, call.function);
    exception = execute(&call);
    if (exception) {
        ret_pdu[0] = call.function | 0x80;
        ret_pdu[1] = exception;
        call.out.at = ret_pdu + 2;
    }
    silent = silent || server->diagnostics.listen_only;
    if (server->diagnostics.serial)
        count(&server->diagnostics, exception, !silent);
    if (call.restart)
        restart(server, call.restart == MODBUS_RESTART_CLEAR_LOG);
    return silent ? 0 : bytes_written(&call.out);
}
