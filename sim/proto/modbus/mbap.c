// SPDX-License-Identifier: Apache-2.0
// The MBAP header (Messaging on TCP/IP V1.0b, 3.1.3): transaction, protocol 0, length of what
// follows, unit. Only the length ties frames together, so a wrong one cannot be recovered from.
#include "sim/proto/modbus/mbap.h"

#include <assert.h>

#include "sim/base/err.h"

enum {
    PROTOCOL_AT = 2,
    LENGTH_AT = 4,
    UNIT_AT = 6,
    LENGTH_MIN = 2, // Unit and function.
    LENGTH_MAX = 1 + MODBUS_PDU_BYTES_MAX,
};

// A header that is not whole yet, but already wrong.
static bool prefix_is_wrong(const uint8_t *at, size_t length)
{
    for (size_t i = PROTOCOL_AT; i < length && i <= LENGTH_AT; i++)
        if (at[i] != 0)
            return true;
    return length > LENGTH_AT + 1 &&
           (at[LENGTH_AT + 1] < LENGTH_MIN || at[LENGTH_AT + 1] > LENGTH_MAX);
}

int modbus_mbap_next(struct bytes_in *in, struct modbus_mbap *ret_frame)
{
    const uint8_t *at = in->at;
    size_t left = bytes_left(in);
    size_t length;

    if (left < MODBUS_MBAP_BYTES)
        return prefix_is_wrong(at, left) ? ERR_MALFORMED : 0;
    length = bytes_load_u16(at + LENGTH_AT);
    if (bytes_load_u16(at + PROTOCOL_AT) != 0 || length < LENGTH_MIN || length > LENGTH_MAX)
        return ERR_MALFORMED;
    if (left < UNIT_AT + length)
        return 0;
    *ret_frame = (struct modbus_mbap){
        .transaction = bytes_load_u16(at),
        .unit = at[UNIT_AT],
        .pdu = at + MODBUS_MBAP_BYTES,
        .length = length - 1,
    };
    in->at += UNIT_AT + length;
    return 1;
}

void modbus_mbap_put(uint8_t ret_header[MODBUS_MBAP_BYTES], uint16_t transaction, uint8_t unit,
                     size_t length)
{
    assert(length >= 1 && length <= MODBUS_PDU_BYTES_MAX);
    bytes_store_u16(ret_header, transaction);
    bytes_store_u16(ret_header + PROTOCOL_AT, 0);
    bytes_store_u16(ret_header + LENGTH_AT, (uint16_t)(length + 1));
    ret_header[UNIT_AT] = unit;
}

size_t modbus_mbap_encode(const struct modbus_mbap *frame, uint8_t ret_bytes[MODBUS_TCP_BYTES_MAX])
{
    modbus_mbap_put(ret_bytes, frame->transaction, frame->unit, frame->length);
    memcpy(ret_bytes + MODBUS_MBAP_BYTES, frame->pdu, frame->length);
    return MODBUS_MBAP_BYTES + frame->length;
}
