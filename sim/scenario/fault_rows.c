// SPDX-License-Identifier: Apache-2.0
// The rows of the fault table. Names and bounds are those of the rooms that make the faults; a test
// walks both.
#include "sim/scenario/fault_rows.h"

#include <string.h>

#define FIELDS(list) .fields = list, .fields_count = sizeof(list) / sizeof(list[0])

static const struct schema_field latency_with[] = {
    {.name = "delay",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .required = true,
     .expression = true,
     .doc = "One way.",
     .example = "delay: 200ms"},
    {.name = "jitter",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .required = false,
     .expression = true,
     .otherwise = "0",
     .doc = "Added or taken off at random, evenly, up to this much.",
     .example = "jitter: 50ms"},
};

static const struct schema_field loss_with[] = {
    {.name = "probability",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_RATIO,
     .low = 0,
     .high = 1,
     .required = true,
     .expression = true,
     .doc = "Of each packet or segment, each time it is sent.",
     .example = "probability: 10%"},
};

static const struct schema_field duplicate_with[] = {
    {.name = "probability",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_RATIO,
     .low = 0,
     .high = 1,
     .required = true,
     .expression = true,
     .doc = "Of each packet.",
     .example = "probability: 5%"},
    {.name = "after",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .required = false,
     .expression = true,
     .otherwise = "1ms",
     .doc = "The second one comes this much later.",
     .example = "after: 10ms"},
};

static const struct schema_field corrupt_with[] = {
    {.name = "probability",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_RATIO,
     .low = 0,
     .high = 1,
     .required = true,
     .expression = true,
     .doc = "Of each packet.",
     .example = "probability: 1%"},
};

static const struct schema_field reorder_with[] = {
    {.name = "probability",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_RATIO,
     .low = 0,
     .high = 1,
     .required = true,
     .expression = true,
     .doc = "Of each packet.",
     .example = "probability: 5%"},
    {.name = "by",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .required = false,
     .expression = true,
     .otherwise = "10ms",
     .doc = "It comes this much later, so that others overtake it.",
     .example = "by: 20ms"},
};

static const struct schema_field rate_with[] = {
    {.name = "bytes_per_s",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_BYTE,
     .required = true,
     .expression = true,
     .doc = "Payload bytes a second, each direction for itself.",
     .example = "bytes_per_s: 1200B"},
};

static const struct schema_field half_open_with[] = {
    {.name = "side",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 2,
     .required = false,
     .expression = true,
     .otherwise = "2",
     .doc = "Which side of `between` forgets its connections.",
     .example = "side: 1"},
};

static const struct schema_field slow_close_with[] = {
    {.name = "delay",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .required = true,
     .expression = true,
     .doc = "Of the end of a connection.",
     .example = "delay: 30s"},
};

static const struct schema_field slice_with[] = {
    {.name = "size",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_BYTE,
     .required = true,
     .expression = true,
     .doc = "Bytes that arrive at a time.",
     .example = "size: 1B"},
    {.name = "gap",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .required = false,
     .expression = true,
     .otherwise = "0",
     .doc = "Between two pieces.",
     .example = "gap: 5ms"},
};

static const struct schema_field limit_data_with[] = {
    {.name = "bytes",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_BYTE,
     .required = true,
     .expression = true,
     .doc = "That each direction of a connection may carry.",
     .example = "bytes: 64B"},
};

static const struct schema_field noise_with[] = {
    {.name = "probability",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_RATIO,
     .low = 0,
     .high = 1,
     .required = true,
     .expression = true,
     .doc = "Of each character to be hit.",
     .example = "probability: 0.1%"},
};

static const struct schema_field clock_step_with[] = {
    {.name = "by",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .required = true,
     .expression = true,
     .doc = "Ahead, or back when it is negative.",
     .example = "by: -1h"},
};

static const struct schema_field clock_drift_with[] = {
    {.name = "rate",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_PPM,
     .required = true,
     .expression = true,
     .doc = "Fast, or slow when it is negative.",
     .example = "rate: 50ppm"},
};

static const struct schema_field store_cut_with[] = {
    {.name = "after",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_BYTE,
     .required = true,
     .expression = true,
     .doc = "Bytes that are still written.",
     .example = "after: 100B"},
};

const struct fault_row fault_rows[] = {
    {.name = "latency",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with =
         {.name = "fault latency",
          .doc =
              "Everything takes longer. The bytes of a stream keep their order, packets need not.",
          FIELDS(latency_with)}},
    {.name = "loss",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault loss",
              .doc = "Packets vanish. On a stream the sender repeats, as TCP does, and the "
                     "connection dies when its repetitions are used up.",
              FIELDS(loss_with)}},
    {.name = "duplicate",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault duplicate",
              .doc = "Packets arrive twice. Streams are not touched.",
              FIELDS(duplicate_with)}},
    {.name = "corrupt",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault corrupt",
              .doc = "One bit of a packet arrives wrong. Streams are not touched.",
              FIELDS(corrupt_with)}},
    {.name = "reorder",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault reorder",
              .doc = "Packets overtake each other. Streams are not touched.",
              FIELDS(reorder_with)}},
    {.name = "rate",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault rate",
              .doc = "A narrow link, shared by all that crosses the fault.",
              FIELDS(rate_with)}},
    {.name = "partition",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault partition",
              .doc =
                  "Nothing comes through. Connections stall and die in time; new ones time out."}},
    {.name = "partition-oneway",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault partition-oneway",
              .doc = "Nothing comes through from the first side to the second; the other way bytes "
                     "arrive, but their acknowledgements do not."}},
    {.name = "hold",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault hold",
              .doc =
                  "Everything waits on the way and arrives, in order, when the fault is cleared."}},
    {.name = "reset",
     .on = FAULT_ON_LINK,
     .instant = true,
     .with = {.name = "fault reset",
              .doc = "Every connection between the two ends with a reset at both ends, once."}},
    {.name = "half-open",
     .on = FAULT_ON_LINK,
     .instant = true,
     .with =
         {.name = "fault half-open",
          .doc =
              "One end of every connection between the two is gone, once; the other is not told.",
          FIELDS(half_open_with)}},
    {.name = "slow-close",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault slow-close",
              .doc = "The end of a connection takes longer than its bytes.",
              FIELDS(slow_close_with)}},
    {.name = "slice",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault slice",
              .doc = "The bytes of a connection arrive in small pieces.",
              FIELDS(slice_with)}},
    {.name = "limit-data",
     .on = FAULT_ON_LINK,
     .instant = false,
     .with = {.name = "fault limit-data",
              .doc = "A connection is cut after so many bytes of one direction.",
              FIELDS(limit_data_with)}},
    {.name = "noise",
     .on = FAULT_ON_LINE,
     .instant = false,
     .with = {.name = "fault noise",
              .doc = "Bits flip on a serial line. Parity and checksums have to tell.",
              FIELDS(noise_with)}},
    {.name = "stuck",
     .on = FAULT_ON_LINE,
     .instant = false,
     .with = {.name = "fault stuck",
              .doc = "Something holds the pair: every character arrives as a damaged zero."}},
    {.name = "jam",
     .on = FAULT_ON_AIR,
     .instant = false,
     .with = {.name = "fault jam", .doc = "A foreign carrier fills the channel."}},
    {.name = "range",
     .on = FAULT_ON_AIR,
     .instant = false,
     .with = {.name = "fault range", .doc = "A radio is moved away."}},
    {.name = "crash",
     .on = FAULT_ON_DEVICE,
     .instant = true,
     .with = {.name = "fault crash",
              .doc = "The firmware stops at once and starts again; what was not stored is gone."}},
    {.name = "restart",
     .on = FAULT_ON_DEVICE,
     .instant = true,
     .with = {.name = "fault restart", .doc = "The device restarts in good order."}},
    {.name = "pause",
     .on = FAULT_ON_DEVICE,
     .instant = false,
     .with = {.name = "fault pause", .doc = "The device does nothing until the fault is cleared."}},
    {.name = "power-cut",
     .on = FAULT_ON_DEVICE,
     .instant = false,
     .with = {.name = "fault power-cut", .doc = "The supply is gone until the fault is cleared."}},
    {.name = "clock-step",
     .on = FAULT_ON_DEVICE,
     .instant = true,
     .with = {.name = "fault clock-step",
              .doc = "The device's idea of UTC jumps.",
              FIELDS(clock_step_with)}},
    {.name = "clock-drift",
     .on = FAULT_ON_DEVICE,
     .instant = false,
     .with = {.name = "fault clock-drift",
              .doc = "The device's clock runs at another speed.",
              FIELDS(clock_drift_with)}},
    {.name = "store-cut",
     .on = FAULT_ON_DEVICE,
     .instant = false,
     .with = {.name = "fault store-cut",
              .doc = "A write to the device's memory ends in the middle and the power is gone.",
              FIELDS(store_cut_with)}},
};
const size_t fault_rows_count = sizeof(fault_rows) / sizeof(fault_rows[0]);

const char *const fault_row_names[] = {"latency",   "loss",       "duplicate",  "corrupt",
                                       "reorder",   "rate",       "partition",  "partition-oneway",
                                       "hold",      "reset",      "half-open",  "slow-close",
                                       "slice",     "limit-data", "noise",      "stuck",
                                       "jam",       "range",      "crash",      "restart",
                                       "pause",     "power-cut",  "clock-step", "clock-drift",
                                       "store-cut", NULL};

const struct fault_row *fault_row_find(const char *name)
{
    for (size_t i = 0; i < fault_rows_count; i++)
        if (strcmp(fault_rows[i].name, name) == 0)
            return &fault_rows[i];
    return NULL;
}
