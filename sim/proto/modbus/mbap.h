// SPDX-License-Identifier: Apache-2.0
// Frames of Modbus TCP: the MBAP header of Messaging on TCP/IP V1.0b 3.1.3 and the PDU behind it,
// found in place in the bytes of a stream. Nothing is copied and nothing is kept between calls: an
// unfinished frame stays with whoever holds the stream (a conn offers it again).
#ifndef SIM_PROTO_MODBUS_MBAP_H
#define SIM_PROTO_MODBUS_MBAP_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/bytes.h"
#include "sim/proto/modbus/modbus.h"

// One frame. `pdu` points into the bytes it was found in; `length` is 1 to 253.
struct modbus_mbap {
    uint16_t transaction;
    uint8_t unit;
    const uint8_t *pdu;
    size_t length;
};

// Takes the next whole frame off `in`. Returns 1 (a frame), 0 (more bytes are needed; `in` stands
// still) or ERR_MALFORMED: protocol identifier other than 0, or a length outside 2 to 254. The
// stream has no meaning past that point: the connection is to be closed (V1.0b 4.4.2.2). Bad
// headers are seen as soon as the bytes that make them bad are there.
int modbus_mbap_next(struct bytes_in *in, struct modbus_mbap *ret_frame);

// Writes the seven bytes of the header before a PDU of `length` bytes (1 to 253).
void modbus_mbap_put(uint8_t ret_header[MODBUS_MBAP_BYTES], uint16_t transaction, uint8_t unit,
                     size_t length);

// Writes a whole frame; returns its length, MODBUS_MBAP_BYTES + frame->length.
size_t modbus_mbap_encode(const struct modbus_mbap *frame, uint8_t ret_bytes[MODBUS_TCP_BYTES_MAX]);

#endif
