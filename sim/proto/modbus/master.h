// SPDX-License-Identifier: Apache-2.0
// What a scenario's verbs hold to speak as a Modbus master (client), whoever carries the bytes: our
// own session over a conn or a line (master_tcp.h, master_rtu.h), or libmodbus on a lab bench.
// Requests and replies are whole PDUs; one request at a time is under way on a line, up to the
// server's allowance on TCP.
#ifndef SIM_PROTO_MODBUS_MASTER_H
#define SIM_PROTO_MODBUS_MASTER_H

#include <stddef.h>
#include <stdint.h>

struct modbus_master;
struct modbus_request;

// `err` is 0 when a reply PDU came (an exception reply is one: its first byte has bit 7 set),
// ERR_TIMEOUT (silence), ERR_CHECKSUM, ERR_MALFORMED, ERR_REFUSED, ERR_RESET, ERR_CLOSED,
// ERR_UNREACHABLE or ERR_CANCELLED. `pdu` is borrowed. The request may be submitted anew from here.
typedef void modbus_reply_fn(struct modbus_request *request, int err, const uint8_t *pdu,
                             size_t length, void *user);

// Owned by the caller; stays put from submit to reply.
struct modbus_request {
    uint8_t unit;
    uint8_t pdu[253];
    size_t length;
    int64_t timeout_ns; // For the whole answer, on the clock of whoever carries it; > 0.
    modbus_reply_fn *fn;
    void *user;
    struct modbus_master *master; // The carrier's, from here on.
    void *private;
    struct modbus_request *next;
    uint16_t transaction;
    int64_t deadline_ns; // The carrier's: when ERR_TIMEOUT is told.
    int outcome;         // The carrier's: what the next tick tells, for one that could not be sent.
    int64_t sent_ns;     // Clock of the carrier when the first byte left; for measured times.
    int64_t done_ns;     // ... and when the reply or the failure came.
};

struct modbus_master_ops {
    void (*submit)(struct modbus_master *master, struct modbus_request *request);
    void (*cancel)(struct modbus_master *master, struct modbus_request *request);
    void (*free)(struct modbus_master *master);
};

// Embedded first in each carrier's own struct.
struct modbus_master {
    const struct modbus_master_ops *ops;
};

// Sends the request when its turn comes; `fn` tells the outcome, never before this returns. Unit 0
// on a line is a broadcast: the outcome is err 0 with length 0 after the turnaround delay.
static inline void modbus_submit(struct modbus_master *master, struct modbus_request *request)
{
    request->master = master;
    master->ops->submit(master, request);
}

// Forgets a request under way; `fn` is not called.
static inline void modbus_cancel(struct modbus_request *request)
{
    if (request->master)
        request->master->ops->cancel(request->master, request);
}

static inline void modbus_master_free(struct modbus_master **master)
{
    if (*master)
        (*master)->ops->free(*master);
    *master = NULL;
}

#endif
