// SPDX-License-Identifier: Apache-2.0
// The Modbus TCP to serial line gateway of a Panel Server or an IFE server, without a clock and
// without a line: one request at a time on the line, the others in a bounded queue, by turns among
// clients; retries, time-outs, the pause between requests, the turnaround delay after a broadcast
// (Modbus over Serial Line V1.02 2.4.1, 2.4.2) and the gateway exceptions 0A and 0B (Application
// Protocol V1.1b3, 7). It is transparent: function and data are not looked at. Vendor numbers are
// options.
#ifndef SIM_PROTO_MODBUS_GATEWAY_H
#define SIM_PROTO_MODBUS_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/proto/modbus/modbus.h"
#include "sim/proto/modbus/path.h"
#include "sim/proto/modbus/rtu.h"

#define MODBUS_GATEWAY_QUEUE_MAX 64
#define MODBUS_GATEWAY_NEVER INT64_MAX // modbus_gateway_deadline(): nothing is waited for.

// The facts of a profile. Start from modbus_gateway_defaults and change what the profile says.
struct modbus_gateway_options {
    uint8_t retries;          // More tries after the first; default 2.
    int64_t reply_timeout_ns; // From the last character of the request; default 1 s.
    int64_t
        request_timeout_ns;    // From arrival to answer, all tries included; default 10 s; 0: none.
    int64_t pause_ns;          // From the end of one exchange to the next request; default 0.
    int64_t turnaround_ns;     // After a broadcast; 100 to 200 ms, default 100 ms.
    uint8_t unknown_exception; // Unit not in the table; default 0A.
    uint8_t full_exception;    // Queue full, or expired before its turn; default 0A.
    uint8_t silent_exception;  // No answer after the last try; default 0B.
    uint8_t damaged_exception; // Last try answered with a damaged frame; default 0B.
    // Bit set: this unit id is routed to the line. Default: 0 and 1 to 247 (transparent).
    uint64_t units[4];
};

extern const struct modbus_gateway_options modbus_gateway_defaults;

// One request, queued or on the line. The storage is the owner's, the content is not.
struct modbus_gateway_entry {
    bool used;
    bool answered; // Its client is gone or has been told; the line finishes it all the same.
    uint8_t unit;
    uint8_t tries;
    uint8_t length;
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
    uint32_t ticket;
    uint64_t turn;  // Requests of one client have turns one apart.
    uint64_t order; // Of arrival.
    int64_t expires_ns;
    void *client;
    void (*answer)(void *client, uint32_t ticket, const uint8_t *pdu, size_t length);
};

enum modbus_gateway_state {
    MODBUS_GATEWAY_IDLE,       // The line is ours when it is quiet.
    MODBUS_GATEWAY_SENDING,    // A request is leaving; on_sent is owed.
    MODBUS_GATEWAY_WAITING,    // ... for a reply until `until_ns`.
    MODBUS_GATEWAY_TURNAROUND, // ... after a broadcast, until `until_ns`.
    MODBUS_GATEWAY_PAUSE,      // ... between requests, until `until_ns`.
};

// Since the start; they wrap around.
struct modbus_gateway_counters {
    uint32_t requests, replies, retries, timeouts, damaged, unexpected, unknown, full, expired,
        broadcasts, cancelled;
};

struct modbus_gateway {
    struct modbus_path path; // First: hand &gateway->path to a route.
    struct modbus_gateway_options options;
    // Starts talking on the line (line_send()). Returns 0, or an error that counts as a try without
    // answer.
    int (*send)(void *user, const uint8_t *frame, size_t length);
    void *user;
    struct modbus_gateway_entry *entries;
    size_t entries_count;
    struct modbus_gateway_entry *current; // On the line.
    enum modbus_gateway_state state;
    bool quiet;    // Silence of t3.5 was heard since the last character.
    bool extended; // The reply had begun when its time ran out.
    int64_t until_ns;
    const void *served; // The client on the line, or last on it.
    uint64_t turn;
    uint64_t order;
    struct modbus_rtu_rx rx;
    struct modbus_gateway_counters counters;
};

// `entries` (1 to MODBUS_GATEWAY_QUEUE_MAX, the one on the line included) is storage borrowed for
// the gateway's life; `user` goes to `send`. The line counts as quiet. Requests come by
// gateway->path.forward() with arrived_ns as now; it starts the line itself when it is free.
void modbus_gateway_init(struct modbus_gateway *gateway,
                         const struct modbus_gateway_options *options,
                         struct modbus_gateway_entry *entries, size_t entries_count,
                         int (*send)(void *user, const uint8_t *frame, size_t length), void *user);

// The four events of a line_port. Each may send the next request and call answers.
void modbus_gateway_on_sent(struct modbus_gateway *gateway, int64_t now_ns);
void modbus_gateway_on_chars(struct modbus_gateway *gateway, const uint8_t *data, size_t length,
                             bool damaged);
void modbus_gateway_on_gap(struct modbus_gateway *gateway);
void modbus_gateway_on_silence(struct modbus_gateway *gateway, int64_t now_ns);

// The time that modbus_gateway_deadline() named has come (earlier and later calls do no harm).
void modbus_gateway_tick(struct modbus_gateway *gateway, int64_t now_ns);

// When tick() is wanted next; MODBUS_GATEWAY_NEVER when only bytes are waited for. Ask again after
// every forward(), event, tick() and cancel().
int64_t modbus_gateway_deadline(const struct modbus_gateway *gateway);

// Requests held, the one on the line included.
size_t modbus_gateway_pending(const struct modbus_gateway *gateway);

// The line is gone (power, service off): answers every request with `exception` and starts over.
void modbus_gateway_clear(struct modbus_gateway *gateway, uint8_t exception);

#endif
