// SPDX-License-Identifier: Apache-2.0
// The client side without clock and descriptor: requests (struct modbus_request of master.h) in,
// bytes out, replies matched to requests. Over MBAP many requests are under way at once, told apart
// by transaction id (Messaging on TCP/IP V1.0b 4.4.1); on a serial line one at a time (Serial Line
// V1.02 2.4.1). master_tcp.c and master_rtu.c give it a conn or a line and a timer. No retries: a
// bench wants to see.
//
// A request's `fn` is called from feed(), on_*(), tick() and end(), never from submit(). Inside it
// new requests may be submitted and others cancelled.
#ifndef SIM_PROTO_MODBUS_MASTER_SESSION_H
#define SIM_PROTO_MODBUS_MASTER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/proto/modbus/master.h"
#include "sim/proto/modbus/modbus.h"
#include "sim/proto/modbus/rtu.h"

#define MODBUS_MASTER_TRANSACTIONS_MAX 16
#define MODBUS_MASTER_WAITING_MAX 256 // Further requests fail with ERR_FULL.
#define MODBUS_MASTER_NEVER INT64_MAX

// A list of requests in the order of submission, linked by `next`.
struct modbus_request_list {
    struct modbus_request *first;
    size_t count;
};

// Replies that fitted no request; since the start; they wrap around.
struct modbus_master_counters {
    uint32_t unknown;    // No such transaction: late, duplicate or invented. RTU: nobody asked.
    uint32_t wrong_unit; // Right transaction, other unit; or another slave's frame.
    uint32_t wrong_function;
    uint32_t damaged; // RTU: CRC, damaged characters, too short, too long.
};

// ---- Modbus TCP
// -----------------------------------------------------------------------------------

struct modbus_tcp_master {
    // As conn_send(): how many of the borrowed bytes were taken. Calls nothing back.
    size_t (*send)(void *user, const uint8_t *data, size_t length);
    void *user;
    uint16_t transactions_max; // Requests under way at once.
    uint16_t next_transaction;
    bool open;
    int end; // Error that ended the session; 0 while it lives.
    struct modbus_request_list waiting, sent, doomed;
    uint8_t unsent[MODBUS_TCP_BYTES_MAX];
    size_t unsent_length;
    struct modbus_master_counters counters;
};

// Begins a session that is not open yet: requests wait for modbus_tcp_master_open().
// transactions_max is 1 to MODBUS_MASTER_TRANSACTIONS_MAX, 0 for that; `first_transaction` is the
// id of the first request.
void modbus_tcp_master_init(struct modbus_tcp_master *session,
                            size_t (*send)(void *user, const uint8_t *data, size_t length),
                            void *user, uint16_t transactions_max, uint16_t first_transaction);

// The connection stands (on_open).
void modbus_tcp_master_open(struct modbus_tcp_master *session, int64_t now_ns);

// Takes a request; it must stay put until its outcome. Its timeout_ns counts from here. Too many
// waiting or a session that has ended is told by the next tick() (ERR_FULL, or what ended the
// session).
void modbus_tcp_master_submit(struct modbus_tcp_master *session, int64_t now_ns,
                              struct modbus_request *request);

// Forgets a request; its reply will be counted as unknown. Unknown requests are ignored.
void modbus_tcp_master_cancel(struct modbus_tcp_master *session, struct modbus_request *request);

// Bytes came, all that are unread. *ret_consumed of them are done with. Returns 0, or
// ERR_MALFORMED: end the connection and call modbus_tcp_master_end() with it.
int modbus_tcp_master_feed(struct modbus_tcp_master *session, int64_t now_ns, const uint8_t *data,
                           size_t length, size_t *ret_consumed);

// There is room again (on_room).
void modbus_tcp_master_flush(struct modbus_tcp_master *session, int64_t now_ns);

// Tells time-outs (ERR_TIMEOUT) and refused submissions.
void modbus_tcp_master_tick(struct modbus_tcp_master *session, int64_t now_ns);

// When tick() is wanted; MODBUS_MASTER_NEVER: not at all. Ask again after every call.
int64_t modbus_tcp_master_deadline(const struct modbus_tcp_master *session);

// The connection is over: every request ends with `reason` (ERR_CLOSED for a good end, else as
// given).
void modbus_tcp_master_end(struct modbus_tcp_master *session, int64_t now_ns, int reason);

// ---- RTU
// ------------------------------------------------------------------------------------------

enum modbus_rtu_master_state {
    MODBUS_RTU_MASTER_IDLE,
    MODBUS_RTU_MASTER_BLOCKED, // Others talk on and on: until `until_ns` for silence.
    MODBUS_RTU_MASTER_SENDING,
    MODBUS_RTU_MASTER_WAITING,
    MODBUS_RTU_MASTER_TURNAROUND,
};

struct modbus_rtu_master {
    // As line_send(): 0 or an error, which becomes the outcome.
    int (*send)(void *user, const uint8_t *frame, size_t length);
    void *user;
    int64_t turnaround_ns;
    enum modbus_rtu_master_state state;
    bool quiet; // Silence of t3.5 since the last character.
    int end;
    struct modbus_request *current; // NULL when cancelled on the line.
    uint8_t unit, function;         // Of the request on the line, cancelled or not.
    int64_t timeout_ns;
    int64_t until_ns;
    struct modbus_request_list waiting, doomed;
    struct modbus_rtu_rx rx;
    struct modbus_master_counters counters;
};

// turnaround_ns: the delay after a broadcast, 100 to 200 ms by V1.02 2.4.1; 0 for 100 ms. The line
// counts as quiet.
void modbus_rtu_master_init(struct modbus_rtu_master *session,
                            int (*send)(void *user, const uint8_t *frame, size_t length),
                            void *user, int64_t turnaround_ns);

// Takes a request; it is sent when the line is free. Its timeout_ns counts from its last character;
// while others hold the line, from when its turn came. Too many waiting, a session that has ended
// or a line that takes nothing is told by the next tick().
void modbus_rtu_master_submit(struct modbus_rtu_master *session, int64_t now_ns,
                              struct modbus_request *request);

// Forgets a request; on the line it runs to its end unseen. Unknown requests are ignored.
void modbus_rtu_master_cancel(struct modbus_rtu_master *session, struct modbus_request *request);

// The events of a line_port. A frame from another unit or with another function is counted and the
// wait goes on; a damaged one ends the request with ERR_CHECKSUM, ERR_TRUNCATED or ERR_TOO_LONG.
void modbus_rtu_master_on_sent(struct modbus_rtu_master *session, int64_t now_ns);
void modbus_rtu_master_on_chars(struct modbus_rtu_master *session, const uint8_t *data,
                                size_t length, bool damaged);
void modbus_rtu_master_on_gap(struct modbus_rtu_master *session);
void modbus_rtu_master_on_silence(struct modbus_rtu_master *session, int64_t now_ns);

void modbus_rtu_master_tick(struct modbus_rtu_master *session, int64_t now_ns);
int64_t modbus_rtu_master_deadline(const struct modbus_rtu_master *session);

// The line is gone: every request ends with `reason`.
void modbus_rtu_master_end(struct modbus_rtu_master *session, int64_t now_ns, int reason);

#endif
