// SPDX-License-Identifier: Apache-2.0
// The words of Modbus: function codes, exceptions and limits (Modbus Application Protocol V1.1b3,
// Messaging on TCP/IP V1.0b, Serial Line V1.02). Numbers only; the codec is in pdu.h.
#ifndef SIM_PROTO_MODBUS_MODBUS_H
#define SIM_PROTO_MODBUS_MODBUS_H

#include <stdint.h>

#define MODBUS_PDU_BYTES_MAX 253
#define MODBUS_MBAP_BYTES 7
#define MODBUS_TCP_BYTES_MAX (MODBUS_MBAP_BYTES + MODBUS_PDU_BYTES_MAX)
#define MODBUS_RTU_BYTES_MAX 256
#define MODBUS_UNIT_BROADCAST 0
#define MODBUS_UNIT_SELF 255

enum modbus_function {
    MODBUS_READ_COILS = 1,
    MODBUS_READ_DISCRETE_INPUTS = 2,
    MODBUS_READ_HOLDING_REGISTERS = 3,
    MODBUS_READ_INPUT_REGISTERS = 4,
    MODBUS_WRITE_SINGLE_COIL = 5,
    MODBUS_WRITE_SINGLE_REGISTER = 6,
    MODBUS_DIAGNOSTICS = 8,
    MODBUS_WRITE_MULTIPLE_COILS = 15,
    MODBUS_WRITE_MULTIPLE_REGISTERS = 16,
    MODBUS_REPORT_SERVER_ID = 17,
    MODBUS_READ_FILE_RECORD = 20,
    MODBUS_WRITE_FILE_RECORD = 21,
    MODBUS_MASK_WRITE_REGISTER = 22,
    MODBUS_READ_WRITE_REGISTERS = 23,
    MODBUS_ENCAPSULATED = 43, // MEI types 13 CANopen, 14 identification, 15/16 vendor date-time.
    MODBUS_SCATTERED = 100,   // Vendor: sub-code 4 scattered holding register read.
};

// What function 43 carries.
enum modbus_mei {
    MODBUS_MEI_IDENTIFICATION = 14,
    MODBUS_MEI_GET_DATETIME = 15,
    MODBUS_MEI_SET_DATETIME = 16,
};

enum modbus_exception {
    MODBUS_ILLEGAL_FUNCTION = 1,
    MODBUS_ILLEGAL_ADDRESS = 2,
    MODBUS_ILLEGAL_VALUE = 3,
    MODBUS_DEVICE_FAILURE = 4,
    MODBUS_ACKNOWLEDGE = 5,
    MODBUS_BUSY = 6,
    MODBUS_NEGATIVE_ACKNOWLEDGE = 7, // Only in the counters of function 8 and old devices.
    MODBUS_PARITY_ERROR = 8,
    MODBUS_PATH_UNAVAILABLE = 10,
    MODBUS_TARGET_SILENT = 11,
};

// "illegal data address": the standard's words, or "exception 0x7F" for others. Static or
// thread-local.
const char *modbus_exception_text(uint8_t exception);

#endif
