// SPDX-License-Identifier: Apache-2.0
// One question on a Modbus link, on behalf of an op: the request, who decodes the reply, and the
// results every Modbus verb has (`result`, `exception`, `latency`).
#ifndef SIM_PROTO_MODBUS_VERBS_ASK_H
#define SIM_PROTO_MODBUS_VERBS_ASK_H

#include "sim/proto/modbus/link.h"
#include "sim/proto/modbus/master.h"
#include "sim/scenario/verb.h"

struct ask;

// A reply PDU without exception came. Decodes it into results and ends the op, or asks again.
typedef void ask_decode_fn(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length);

// Begin every verb's own state with it.
struct ask {
    struct op *op;
    struct modbus_link *link;
    ask_decode_fn *decode;
    // Adds what an exception means to this verb, before the op ends; NULL for nothing.
    void (*refused)(struct op *op, uint8_t exception);
    struct modbus_request request;
    size_t asked; // Requests sent so far.
};

// Makes the op's state (`size` bytes that begin with a struct ask) and finds the link. Returns NULL
// when the op has been ended already.
void *ask_begin(struct op *op, size_t size, ask_decode_fn *decode);

// Sends request.pdu of request.length bytes to the unit of the argument `unit`, or else the role's
// own. The outcome without a reply ends the op with `result` "silent", "refused", "reset" or
// "damaged"; an exception reply with "exception".
void ask_send(struct ask *ask);

// Cancels what is under way (verb->cancel).
void ask_cancel(struct op *op);

// Ends the op as understood: `result` is "ok".
void ask_finish(struct ask *ask);

// Ends the op because the reply does not answer the request: `result` is "malformed".
void ask_malformed(struct ask *ask);

// The profile and model that answer as this ask's unit: the role's own, or those of a device behind
// it.
void ask_profile(const struct ask *ask, const struct profile **ret_profile,
                 const struct profile_model **ret_model, const char **ret_map);

// The fields that every Modbus verb's `with` and `expect` begin with, as rows of a schema table.
#define ASK_WITH_FIELDS                                                                            \
    {.name = "unit",                                                                               \
     .type = SCHEMA_INTEGER,                                                                       \
     .expression = true,                                                                           \
     .low = 0,                                                                                     \
     .high = 255,                                                                                  \
     .otherwise = "the role's own",                                                                \
     .doc = "Unit id to address: 1 to 247 behind a gateway, 255 the gateway itself."},             \
    {                                                                                              \
        .name = "timeout", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS, .expression = true,      \
        .otherwise = "the link's", .doc = "How long to wait for the whole answer."                 \
    }
#define ASK_RESULT_FIELDS                                                                          \
    {.name = "result",                                                                             \
     .type = SCHEMA_CHOICE,                                                                        \
     .expression = true,                                                                           \
     .choices = ask_results,                                                                       \
     .doc = "How the exchange went: `ok`, `exception`, `silent` (no answer in time), `refused` "   \
            "(no connection), `reset`, `damaged` (checksum) or `malformed`."},                     \
        {.name = "exception",                                                                      \
         .type = SCHEMA_INTEGER,                                                                   \
         .expression = true,                                                                       \
         .low = 0,                                                                                 \
         .high = 255,                                                                              \
         .doc = "The exception code of the reply, 0 without one."},                                \
    {                                                                                              \
        .name = "latency", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS, .expression = true,      \
        .doc = "From the request's first byte to the whole reply."                                 \
    }

extern const char *const ask_results[];

#endif
