// SPDX-License-Identifier: Apache-2.0
// The names of the exception codes (Modbus Application Protocol V1.1b3, 7). Codes that the standard
// does not name get their number, out of a constant table, so that no buffer is shared.
#include "sim/proto/modbus/modbus.h"

#include <stddef.h>

#define UNNAMED(high, low) "exception 0x" #high #low
#define UNNAMED_ROW(h)                                                                             \
    UNNAMED(h, 0), UNNAMED(h, 1), UNNAMED(h, 2), UNNAMED(h, 3), UNNAMED(h, 4), UNNAMED(h, 5),      \
        UNNAMED(h, 6), UNNAMED(h, 7), UNNAMED(h, 8), UNNAMED(h, 9), UNNAMED(h, A), UNNAMED(h, B),  \
        UNNAMED(h, C), UNNAMED(h, D), UNNAMED(h, E), UNNAMED(h, F)

static const char unnamed[256][sizeof("exception 0x00")] = {
    UNNAMED_ROW(0), UNNAMED_ROW(1), UNNAMED_ROW(2), UNNAMED_ROW(3), UNNAMED_ROW(4), UNNAMED_ROW(5),
    UNNAMED_ROW(6), UNNAMED_ROW(7), UNNAMED_ROW(8), UNNAMED_ROW(9), UNNAMED_ROW(A), UNNAMED_ROW(B),
    UNNAMED_ROW(C), UNNAMED_ROW(D), UNNAMED_ROW(E), UNNAMED_ROW(F),
};

static const char *const named[] = {
    [MODBUS_ILLEGAL_FUNCTION] = "illegal function",
    [MODBUS_ILLEGAL_ADDRESS] = "illegal data address",
    [MODBUS_ILLEGAL_VALUE] = "illegal data value",
    [MODBUS_DEVICE_FAILURE] = "server device failure",
    [MODBUS_ACKNOWLEDGE] = "acknowledge",
    [MODBUS_BUSY] = "server device busy",
    [MODBUS_NEGATIVE_ACKNOWLEDGE] = "negative acknowledge",
    [MODBUS_PARITY_ERROR] = "memory parity error",
    [MODBUS_PATH_UNAVAILABLE] = "gateway path unavailable",
    [MODBUS_TARGET_SILENT] = "gateway target device failed to respond",
};

const char *modbus_exception_text(uint8_t exception)
{
    if (exception < sizeof(named) / sizeof(named[0]) && named[exception])
        return named[exception];
    return unnamed[exception];
}
