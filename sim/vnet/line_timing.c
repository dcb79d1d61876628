// SPDX-License-Identifier: Apache-2.0
// The times of a serial line, for who simulates one and for who drives a real one: Modbus over
// Serial Line V1.02 2.5.1.1.
#include <assert.h>

#include "sim/vnet/line.h"

struct line_timing line_timing(uint32_t baud, enum line_parity parity)
{
    int64_t bits = parity == LINE_PARITY_NONE ? 10 : 11;
    struct line_timing timing = {.baud = baud, .parity = parity};

    assert(baud >= LINE_BAUD_MIN && baud <= LINE_BAUD_MAX);
    timing.char_ns = (bits * SIM_NS_PER_S + baud / 2) / baud;
    timing.t15_ns = baud > 19200 ? 750 * SIM_NS_PER_US : bits * SIM_NS_PER_S * 3 / 2 / baud;
    timing.t35_ns = baud > 19200 ? 1750 * SIM_NS_PER_US : bits * SIM_NS_PER_S * 7 / 2 / baud;
    return timing;
}
