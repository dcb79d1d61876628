// SPDX-License-Identifier: Apache-2.0
// The closed list of faults, row by row. The kinds of the TLS group and what they need are declared
// with TLS.
#include <string.h>

#include "sim/vnet/fault.h"

#define FOREVER_NS (365.0 * 86400e9)
#define BYTES_MANY 1e12

#define CHANCE(text)                                                                               \
    {                                                                                              \
        "probability", UNIT_RATIO, true, 0, 0, 1, text                                             \
    }

const struct fault_kind fault_kinds[FAULT_KINDS] = {
    [FAULT_LATENCY] = {"latency",
                       FAULT_LINK,
                       false,
                       {{"delay", UNIT_TIME_NS, true, 0, 0, FOREVER_NS, "one way"},
                        {"jitter", UNIT_TIME_NS, false, 0, 0, FOREVER_NS,
                         "added or taken off at random, evenly, up to this much"}},
                       "Everything takes longer. Bytes of a conn keep their order, packets need "
                       "not."},
    [FAULT_LOSS] = {"loss",
                    FAULT_LINK,
                    false,
                    {CHANCE("of each packet or segment, each time it is sent")},
                    "Packets vanish. On a conn the sender repeats after 200 ms, doubling, as TCP "
                    "does, and the conn dies when its retransmissions are used up."},
    [FAULT_DUPLICATE] = {"duplicate",
                         FAULT_LINK,
                         false,
                         {CHANCE("of each packet"),
                          {"after", UNIT_TIME_NS, false, 1e6, 0, FOREVER_NS,
                           "the second one comes this much later"}},
                         "Packets arrive twice. Conns are not touched."},
    [FAULT_CORRUPT] = {"corrupt",
                       FAULT_LINK,
                       false,
                       {CHANCE("of each packet")},
                       "One bit of a packet arrives wrong. Conns are not touched."},
    [FAULT_REORDER] = {"reorder",
                       FAULT_LINK,
                       false,
                       {CHANCE("of each packet"),
                        {"by", UNIT_TIME_NS, false, 10e6, 0, FOREVER_NS,
                         "it comes this much later, so that others overtake it"}},
                       "Packets overtake each other. Conns are not touched."},
    [FAULT_RATE] = {"rate",
                    FAULT_LINK,
                    false,
                    {{"bytes_per_s", UNIT_BYTE, true, 0, 1, BYTES_MANY,
                      "payload bytes a second, each direction for itself"}},
                    "A narrow link, shared by all that crosses the fault. A packet that would wait "
                    "more than 2 s for its turn is dropped."},
    [FAULT_PARTITION] = {"partition",
                         FAULT_LINK,
                         false,
                         {{0}},
                         "Nothing comes through. Conns stall and die when what they sent stays "
                         "unacknowledged for 15 retransmissions (924.6 s); new ones time out."},
    [FAULT_PARTITION_ONEWAY] = {"partition-oneway",
                                FAULT_LINK,
                                false,
                                {{0}},
                                "Nothing comes through from the first side to the second; the "
                                "other way bytes arrive, but their acknowledgements do not."},
    [FAULT_HOLD] = {"hold",
                    FAULT_LINK,
                    false,
                    {{0}},
                    "Everything waits on the way and arrives, in order, when the fault is "
                    "cleared."},
    [FAULT_RESET] = {"reset",
                     FAULT_LINK,
                     true,
                     {{0}},
                     "Every conn between the two ends with RST at both ends, once."},
    [FAULT_HALF_OPEN] = {"half-open",
                         FAULT_LINK,
                         true,
                         {{"side", UNIT_COUNT, false, 2, 1, 2,
                           "which side of `between` forgets its conns: 1 or 2"}},
                         "One end of every conn between the two is gone, once; the other is not "
                         "told and gets RST when it next sends."},
    [FAULT_SLOW_CLOSE] = {"slow-close",
                          FAULT_LINK,
                          false,
                          {{"delay", UNIT_TIME_NS, true, 0, 0, FOREVER_NS, "of the end (FIN)"}},
                          "The end of a conn takes longer than its bytes."},
    [FAULT_SLICE] = {"slice",
                     FAULT_LINK,
                     false,
                     {{"size", UNIT_BYTE, true, 0, 1, 65536, "bytes that arrive at a time"},
                      {"gap", UNIT_TIME_NS, false, 0, 0, FOREVER_NS, "between two pieces"}},
                     "The bytes of a conn arrive in small pieces."},
    [FAULT_LIMIT_DATA] = {"limit-data",
                          FAULT_LINK,
                          false,
                          {{"bytes", UNIT_BYTE, true, 0, 0, BYTES_MANY,
                            "that each direction of a conn may carry"}},
                          "A conn is cut (RST at both ends) after so many bytes of one "
                          "direction, counted from the fault or from its start."},
    [FAULT_NOISE] = {"noise",
                     FAULT_LINE,
                     false,
                     {CHANCE("of each character to be hit; 1 to 3 of its bits flip")},
                     "Bits flip. Parity tells an odd number of them; the frame's checksum has to "
                     "tell the rest."},
    [FAULT_STUCK] = {"stuck",
                     FAULT_LINE,
                     false,
                     {{0}},
                     "Something holds the pair: every character arrives as a damaged zero."},
    [FAULT_JAM] = {"jam", FAULT_AIR, false, {{0}}, "A foreign carrier fills the channel."},
    [FAULT_RANGE] = {"range", FAULT_AIR, false, {{0}}, "A radio is moved away."},
    [FAULT_CRASH] = {"crash",
                     FAULT_DEVICE,
                     true,
                     {{0}},
                     "The firmware stops at once and starts again; what was not stored is gone."},
    [FAULT_RESTART] = {"restart", FAULT_DEVICE, true, {{0}}, "The device restarts in good order."},
    [FAULT_PAUSE] = {"pause",
                     FAULT_DEVICE,
                     false,
                     {{0}},
                     "The device does nothing until the fault is cleared."},
    [FAULT_POWER_CUT] =
        {"power-cut", FAULT_DEVICE, false, {{0}}, "The supply is gone until the fault is cleared."},
    [FAULT_CLOCK_STEP] = {"clock-step",
                          FAULT_DEVICE,
                          true,
                          {{"by", UNIT_TIME_NS, true, 0, -1e20, 1e20,
                            "ahead, or back when it is negative"}},
                          "The device's idea of UTC jumps."},
    [FAULT_CLOCK_DRIFT] = {"clock-drift",
                           FAULT_DEVICE,
                           false,
                           {{"rate", UNIT_PPM, true, 0, -1e6, 1e6,
                             "fast, or slow when it is negative"}},
                           "The device's clock runs at another speed."},
    [FAULT_STORE_CUT] = {"store-cut",
                         FAULT_DEVICE,
                         false,
                         {{"after", UNIT_BYTE, true, 0, 0, BYTES_MANY,
                           "bytes that are still written"}},
                         "A write to the device's memory ends in the middle and the power is "
                         "gone."},
};

const struct fault_kind *fault_kind_find(const char *name)
{
    for (size_t i = 0; i < FAULT_KINDS; i++)
        if (strcmp(fault_kinds[i].name, name) == 0)
            return &fault_kinds[i];
    return NULL;
}

int fault_param_find(const struct fault_kind *kind, const char *name)
{
    for (int i = 0; i < FAULT_PARAMS_MAX && kind->params[i].name; i++)
        if (strcmp(kind->params[i].name, name) == 0)
            return i;
    return -1;
}

void fault_values_init(const struct fault_kind *kind, double ret_values[FAULT_PARAMS_MAX])
{
    for (size_t i = 0; i < FAULT_PARAMS_MAX; i++)
        ret_values[i] = kind->params[i].otherwise;
}
