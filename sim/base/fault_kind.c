// SPDX-License-Identifier: Apache-2.0
// The rows of the closed list of faults. What a row promises is kept where it is carried out: links
// and lines in sim/vnet, devices in sim/device.
#include "sim/base/fault_kind.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/base/err.h"

#define DAY_NS 86400e9
#define YEAR_NS (365 * DAY_NS)
// Steps of a clock and their sum stay within what 64 bits of nanoseconds can show.
#define STEP_NS (100 * YEAR_NS)
#define BYTES_MANY 1e12

#define TIME(key, text, shown)                                                                     \
    {                                                                                              \
        .name = key, .unit = UNIT_TIME_NS, .required = true, .most = YEAR_NS, .doc = text,         \
        .example = key ": " shown                                                                  \
    }
#define TIME_ELSE(key, default_ns, text, shown)                                                    \
    {                                                                                              \
        .name = key, .unit = UNIT_TIME_NS, .otherwise = default_ns, .most = YEAR_NS, .doc = text,  \
        .example = key ": " shown                                                                  \
    }
#define CHANCE(text, shown)                                                                        \
    {                                                                                              \
        .name = "probability", .unit = UNIT_RATIO, .required = true, .most = 1, .doc = text,       \
        .example = "probability: " shown                                                           \
    }
#define BYTES(key, from, to, text, shown)                                                          \
    {                                                                                              \
        .name = key, .unit = UNIT_BYTE, .required = true, .least = from, .most = to, .doc = text,  \
        .example = key ": " shown                                                                  \
    }
#define FOR TIME_ELSE("for", 0, "How long; 0: until it is cleared.", "30s")

const struct fault_kind fault_kinds[FAULT_KINDS] = {
    // ---- Links ----
    [FAULT_CORRUPT] =
        {.name = "corrupt",
         .where = FAULT_LINK,
         .params = {CHANCE("Of each packet.", "1%")},
         .doc = "One bit of a packet arrives wrong. Streams are not touched.",
         .example = "{fault: corrupt, id: dirty, between: [{role: gw}], with: {probability: 1%}}"},
    [FAULT_DUPLICATE] =
        {.name = "duplicate",
         .where = FAULT_LINK,
         .params = {CHANCE("Of each packet.", "5%"),
                    TIME_ELSE("after", 1e6, "The second one comes this much later.", "10ms")},
         .doc = "Packets arrive twice. Streams are not touched.",
         .example = "{fault: duplicate, id: echo, between: [{role: gw}], with: {probability: 5%}}"},
    [FAULT_HALF_OPEN] = {.name = "half-open",
                         .where = FAULT_LINK,
                         .instant = true,
                         .params = {{.name = "side",
                                     .unit = UNIT_NONE,
                                     .otherwise = 2,
                                     .least = 1,
                                     .most = 2,
                                     .doc = "Which side of `between` forgets its connections.",
                                     .example = "side: 1"}},
                         .doc = "One end of every connection between the two is gone, once; the "
                                "other is not told and gets a reset when it next sends.",
                         .example = "{fault: half-open, between: [{role: gw}], with: {side: 1}}"},
    [FAULT_HOLD] = {.name = "hold",
                    .where = FAULT_LINK,
                    .doc = "Everything waits on the way and arrives, in order, when the fault is "
                           "cleared.",
                    .example = "{fault: hold, id: queue, between: [{role: gw}]}"},
    [FAULT_LATENCY] =
        {.name = "latency",
         .where = FAULT_LINK,
         .params = {TIME("delay", "One way.", "200ms"),
                    TIME_ELSE("jitter", 0, "Added or taken off at random, evenly, up to this much.",
                              "50ms")},
         .doc = "Everything takes longer. The bytes of a stream keep their order, packets need "
                "not.",
         .example = "{fault: latency, id: far, between: [{role: gw}, {role: csms}], "
                    "with: {delay: 200ms, jitter: 50ms}}"},
    [FAULT_LIMIT_DATA] =
        {.name = "limit-data",
         .where = FAULT_LINK,
         .params = {BYTES("bytes", 0, BYTES_MANY, "That each direction of a connection may carry.",
                          "64B")},
         .doc = "A connection is cut, with a reset at both ends, after so many bytes of one "
                "direction, counted from the fault or from its start.",
         .example = "{fault: limit-data, id: quota, between: [{role: gw}], with: {bytes: 64B}}"},
    [FAULT_LOSS] =
        {.name = "loss",
         .where = FAULT_LINK,
         .params = {CHANCE("Of each packet or segment, each time it is sent.", "10%")},
         .doc = "Packets vanish. On a stream the sender repeats after 200 ms, doubling, as TCP "
                "does, and the connection dies when its retransmissions are used up.",
         .example = "{fault: loss, id: lossy, between: [{role: gw}], with: {probability: 10%}}"},
    [FAULT_PARTITION] =
        {.name = "partition",
         .where = FAULT_LINK,
         .doc = "Nothing comes through. Connections stall and die when what they sent stays "
                "unacknowledged for 15 retransmissions (924.6 s); new ones time out.",
         .example = "{fault: partition, id: outage, between: [{role: evse, share: 70%}, "
                    "{role: csms}]}"},
    [FAULT_PARTITION_ONEWAY] =
        {.name = "partition-oneway",
         .where = FAULT_LINK,
         .doc = "Nothing comes through from the first side to the second; the other way bytes "
                "arrive, but their acknowledgements do not.",
         .example = "{fault: partition-oneway, id: deaf, between: [{role: gw}, {role: csms}]}"},
    [FAULT_RATE] =
        {.name = "rate",
         .where = FAULT_LINK,
         .params = {BYTES("bytes_per_s", 1, BYTES_MANY,
                          "Payload bytes a second, each direction for itself.", "1200B")},
         .doc = "A narrow link, shared by all that crosses the fault. A packet that would wait "
                "more than 2 s for its turn is dropped.",
         .example = "{fault: rate, id: narrow, between: [{role: gw}], with: {bytes_per_s: 1200B}}"},
    [FAULT_REORDER] =
        {.name = "reorder",
         .where = FAULT_LINK,
         .params = {CHANCE("Of each packet.", "5%"),
                    TIME_ELSE("by", 10e6, "It comes this much later, so that others overtake it.",
                              "20ms")},
         .doc = "Packets overtake each other. Streams are not touched.",
         .example = "{fault: reorder, id: mixed, between: [{role: gw}], with: {probability: 5%}}"},
    [FAULT_RESET] = {.name = "reset",
                     .where = FAULT_LINK,
                     .instant = true,
                     .doc = "Every connection between the two ends with a reset at both ends, "
                            "once.",
                     .example = "{fault: reset, between: [{role: gw}]}"},
    [FAULT_SLICE] = {.name = "slice",
                     .where = FAULT_LINK,
                     .params = {BYTES("size", 1, 65536, "Bytes that arrive at a time.", "1B"),
                                TIME_ELSE("gap", 0, "Between two pieces.", "5ms")},
                     .doc = "The bytes of a connection arrive in small pieces.",
                     .example = "{fault: slice, id: crumbs, between: [{role: gw}], "
                                "with: {size: 1B, gap: 5ms}}"},
    [FAULT_SLOW_CLOSE] =
        {.name = "slow-close",
         .where = FAULT_LINK,
         .params = {TIME("delay", "Of the end of a connection (FIN).", "30s")},
         .doc = "The end of a connection takes longer than its bytes.",
         .example = "{fault: slow-close, id: slow, between: [{role: gw}], with: {delay: 30s}}"},
    // ---- Lines ----
    [FAULT_NOISE] =
        {.name = "noise",
         .where = FAULT_LINE,
         .params = {CHANCE("Of each character to be hit; 1 to 3 of its bits flip.", "0.1%")},
         .doc = "Bits flip on a serial line. Parity tells an odd number of them; the frame's "
                "checksum has to tell the rest.",
         .example = "{fault: noise, id: storm, network: rs1, with: {probability: 0.1%}}"},
    [FAULT_STUCK] = {.name = "stuck",
                     .where = FAULT_LINE,
                     .doc = "Something holds the pair: every character arrives as a damaged zero.",
                     .example = "{fault: stuck, id: short, network: rs1}"},
    // ---- Air ----
    [FAULT_JAM] = {.name = "jam",
                   .where = FAULT_AIR,
                   .doc = "A foreign carrier fills the channel.",
                   .example = "{fault: jam, id: carrier, network: wpan}"},
    [FAULT_RANGE] = {.name = "range",
                     .where = FAULT_AIR,
                     .doc = "A radio is moved away.",
                     .example = "{fault: range, id: away, on: sensor}"},
    // ---- TLS servers of devices: each connection made while the fault is on ----
    [FAULT_TLS_ALERT] = {.name = "tls-alert",
                         .where = FAULT_TLS,
                         .doc = "Its TLS server answers a ClientHello with a fatal alert, "
                                "internal_error (RFC 5246 7.2.2).",
                         .example = "{fault: tls-alert, id: broken, on: gw}"},
    [FAULT_TLS_EXPIRED] = {.name = "tls-expired",
                           .where = FAULT_TLS,
                           .doc = "The certificate it shows ended yesterday by its own clock. "
                                  "Nothing else is wrong with it when who signed it is at hand: an "
                                  "authority of the site, or the device itself.",
                           .example = "{fault: tls-expired, id: old, on: gw}"},
    [FAULT_TLS_FOREIGN_CA] = {.name = "tls-foreign-ca",
                              .where = FAULT_TLS,
                              .doc =
                                  "Its certificate is signed by an authority that nobody trusts.",
                              .example = "{fault: tls-foreign-ca, id: foreign, on: gw}"},
    [FAULT_TLS_NOT_YET_VALID] = {.name = "tls-not-yet-valid",
                                 .where = FAULT_TLS,
                                 .doc =
                                     "The certificate it shows begins tomorrow by its own clock.",
                                 .example = "{fault: tls-not-yet-valid, id: early, on: gw}"},
    [FAULT_TLS_OLD_VERSION] = {.name = "tls-old-version",
                               .where = FAULT_TLS,
                               .doc = "Its TLS server speaks TLS 1.1 at most.",
                               .example = "{fault: tls-old-version, id: ancient, on: gw}"},
    [FAULT_TLS_RENEGOTIATE] =
        {.name = "tls-renegotiate",
         .where = FAULT_TLS,
         .doc = "After its first answer its TLS server asks for a new handshake.",
         .example = "{fault: tls-renegotiate, id: restless, on: gw}"},
    [FAULT_TLS_SHA1] = {.name = "tls-sha1",
                        .where = FAULT_TLS,
                        .doc = "Its certificate is signed with SHA-1.",
                        .example = "{fault: tls-sha1, id: weak, on: gw}"},
    [FAULT_TLS_STALL] = {.name = "tls-stall",
                         .where = FAULT_TLS,
                         .doc = "Its TLS server takes the ClientHello and says nothing more.",
                         .example = "{fault: tls-stall, id: silent, on: gw}"},
    [FAULT_TLS_TRUNCATE] =
        {.name = "tls-truncate",
         .where = FAULT_TLS,
         .doc = "After its first answer its TLS server ends the connection without close_notify.",
         .example = "{fault: tls-truncate, id: cut, on: gw}"},
    [FAULT_TLS_WEAK_SUITE] =
        {.name = "tls-weak-suite",
         .where = FAULT_TLS,
         .doc = "Its TLS server has only suites without forward secrecy or with SHA-1 as MAC.",
         .example = "{fault: tls-weak-suite, id: weak, on: gw}"},
    [FAULT_TLS_WRONG_NAME] = {.name = "tls-wrong-name",
                              .where = FAULT_TLS,
                              .doc = "The certificate it shows names somebody else.",
                              .example = "{fault: tls-wrong-name, id: stranger, on: gw}"},
    // ---- Devices ----
    [FAULT_CLOCK_DRIFT] = {.name = "clock-drift",
                           .where = FAULT_DEVICE,
                           .params = {{.name = "rate",
                                       .unit = UNIT_PPM,
                                       .required = true,
                                       .least = -1e6,
                                       .most = 1e6,
                                       .doc = "Fast, or slow when it is negative.",
                                       .example = "rate: 50ppm"},
                                      FOR},
                           .doc = "The device's own clock runs at another speed.",
                           .example =
                               "{fault: clock-drift, id: fast, on: gw, with: {rate: 50ppm}}"},
    [FAULT_CLOCK_STEP] = {.name = "clock-step",
                          .where = FAULT_DEVICE,
                          .instant = true,
                          .params = {{.name = "by",
                                      .unit = UNIT_TIME_NS,
                                      .required = true,
                                      .least = -STEP_NS,
                                      .most = STEP_NS,
                                      .doc = "Ahead, or back when it is negative.",
                                      .example = "by: -1h"}},
                          .doc = "The device's idea of UTC jumps.",
                          .example = "{fault: clock-step, on: gw, with: {by: -1h}}"},
    [FAULT_CRASH] = {.name = "crash",
                     .where = FAULT_DEVICE,
                     .params = {FOR},
                     .doc = "The firmware stops at once, and what was not stored is gone. Nothing "
                            "answers, supply or not, until the fault ends; then it starts again.",
                     .example = "{fault: crash, id: down, on: gw}"},
    [FAULT_PAUSE] = {.name = "pause",
                     .where = FAULT_DEVICE,
                     .params = {FOR},
                     .doc = "The device freezes: its timers wait, and what comes to its ports "
                            "waits too.",
                     .example = "{fault: pause, id: hang, on: gw, with: {for: 30s}}"},
    [FAULT_POWER_CUT] = {.name = "power-cut",
                         .where = FAULT_DEVICE,
                         .params = {FOR},
                         .doc = "The supply is gone; everything volatile is lost.",
                         .example = "{fault: power-cut, id: dark, on: gw}"},
    [FAULT_RESTART] = {.name = "restart",
                       .where = FAULT_DEVICE,
                       .instant = true,
                       .params = {TIME_ELSE("down", 1e9, "How long it is away.", "40s")},
                       .doc = "The device goes down in good order and comes up again.",
                       .example = "{fault: restart, on: gw, with: {down: 40s}}"},
    [FAULT_STORE_CUT] =
        {.name = "store-cut",
         .where = FAULT_DEVICE,
         .params = {BYTES("after", 0, BYTES_MANY, "Bytes that are still written.", "100B")},
         .doc = "A write to the device's memory ends in the middle and the supply is gone.",
         .example = "{fault: store-cut, id: torn, on: gw, with: {after: 100B}}"},
};

const struct fault_kind *fault_kind_find(const char *name)
{
    for (size_t i = 0; i < FAULT_KINDS; i++)
        if (strcmp(fault_kinds[i].name, name) == 0)
            return &fault_kinds[i];
    return NULL;
}

enum fault_id fault_kind_id(const struct fault_kind *kind)
{
    assert(kind >= fault_kinds && kind < fault_kinds + FAULT_KINDS);
    return (enum fault_id)(kind - fault_kinds);
}

size_t fault_params_count(const struct fault_kind *kind)
{
    size_t count = 0;

    while (kind->params[count].name)
        count++;
    return count;
}

int fault_param_find(const struct fault_kind *kind, const char *name)
{
    for (int i = 0; kind->params[i].name; i++)
        if (strcmp(kind->params[i].name, name) == 0)
            return i;
    return -1;
}

void fault_values_init(const struct fault_kind *kind, double ret_values[FAULT_PARAMS_MAX])
{
    for (size_t i = 0; i < FAULT_PARAMS_MAX; i++)
        ret_values[i] = kind->params[i].otherwise;
}

int fault_values_check(const struct fault_kind *kind, const double values[FAULT_PARAMS_MAX],
                       size_t *ret_param)
{
    for (size_t i = 0; kind->params[i].name; i++) {
        const struct fault_param *param = &kind->params[i];
        bool whole = param->unit != UNIT_NONE || values[i] == floor(values[i]);

        if (whole && values[i] >= param->least && values[i] <= param->most)
            continue;
        if (ret_param)
            *ret_param = i;
        return ERR_RANGE;
    }
    return 0;
}
