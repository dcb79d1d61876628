// SPDX-License-Identifier: Apache-2.0
// Frames of a serial line in RTU mode (Modbus over Serial Line V1.02, 2.5.1): characters in,
// silence in, one checked frame out. Silence is what ends a frame, so whoever owns the line tells
// it; this file knows neither baud rate nor clock. ASCII mode is not modelled.
#ifndef SIM_PROTO_MODBUS_RTU_H
#define SIM_PROTO_MODBUS_RTU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/proto/modbus/modbus.h"

#define MODBUS_RTU_BYTES_MIN 4 // Unit, function, CRC.

// What has come since the last silence.
struct modbus_rtu_rx {
    uint8_t bytes[MODBUS_RTU_BYTES_MAX];
    uint16_t length;
    bool damaged;  // A character was, or a gap longer than t1.5 lies inside.
    bool overlong; // More than 256 characters came without a silence.
};

// One frame. `pdu` points into the receiver and lives until its next call; `length` is 1 to 253.
struct modbus_rtu_frame {
    uint8_t unit;
    const uint8_t *pdu;
    size_t length;
};

// Starts over: nothing received.
void modbus_rtu_reset(struct modbus_rtu_rx *rx);

// Characters came; `damaged` when any of them was (parity, framing, two talkers).
void modbus_rtu_chars(struct modbus_rtu_rx *rx, const uint8_t *data, size_t length, bool damaged);

// More than t1.5 passed inside a frame, told before the characters that follow the gap: the frame
// is incomplete and will be discarded (V1.02 2.5.1.1). Before the first character it means nothing.
void modbus_rtu_gap(struct modbus_rtu_rx *rx);

// Silence of t3.5: the frame ends here and the next character begins another. Returns 1 and the
// frame, 0 when nothing had come, ERR_CHECKSUM (CRC, damaged character, gap), ERR_TRUNCATED (fewer
// than 4 characters) or ERR_TOO_LONG (more than 256).
int modbus_rtu_silence(struct modbus_rtu_rx *rx, struct modbus_rtu_frame *ret_frame);

// CRC-16 of V1.02 6.2.2; on the wire its low byte comes first.
uint16_t modbus_crc(const uint8_t *data, size_t length);

// Unit, PDU (1 to 253 bytes), CRC. Returns the length of the frame. `pdu` may lie at ret_bytes + 1.
size_t modbus_rtu_encode(uint8_t unit, const uint8_t *pdu, size_t length,
                         uint8_t ret_bytes[MODBUS_RTU_BYTES_MAX]);

#endif
