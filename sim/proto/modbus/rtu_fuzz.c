// SPDX-License-Identifier: Apache-2.0
// Characters, gaps and silences in any order through the RTU receiver: what it accepts is what the
// encoder would have sent.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/proto/modbus/rtu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The first byte of a step: its action in the two high bits, a length in the others.
enum { CHARS, DAMAGED_CHARS, GAP, SILENCE };

static void judge(struct modbus_rtu_rx *rx)
{
    uint8_t heard[MODBUS_RTU_BYTES_MAX], again[MODBUS_RTU_BYTES_MAX];
    size_t length = rx->length;
    struct modbus_rtu_frame frame;
    int verdict;

    memcpy(heard, rx->bytes, sizeof(heard));
    verdict = modbus_rtu_silence(rx, &frame);
    assert(verdict == 0 || verdict == 1 || verdict == ERR_CHECKSUM || verdict == ERR_TRUNCATED ||
           verdict == ERR_TOO_LONG);
    if (verdict != 1)
        return;
    assert(frame.length >= 1 && frame.length <= MODBUS_PDU_BYTES_MAX);
    assert(modbus_rtu_encode(frame.unit, frame.pdu, frame.length, again) == length);
    assert(memcmp(heard, again, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_in in = bytes_in(data, size);
    struct modbus_rtu_rx rx = {0};
    uint8_t step;

    while (bytes_get_u8(&in, &step)) {
        size_t length = (step & 0x3F) * 4u;
        const uint8_t *chars = in.at;

        switch (step >> 6) {
        case CHARS:
        case DAMAGED_CHARS:
            if (length > bytes_left(&in))
                length = bytes_left(&in);
            in.at += length;
            modbus_rtu_chars(&rx, chars, length, step >> 6 == DAMAGED_CHARS);
            break;
        case GAP:
            modbus_rtu_gap(&rx);
            break;
        case SILENCE:
            judge(&rx);
            break;
        }
    }
    judge(&rx);
    return 0;
}
