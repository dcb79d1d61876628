// SPDX-License-Identifier: Apache-2.0
// One request of a web verb: what the profile calls things, the exchange on the session's
// connection, and the results that every web verb has (`connection`, `status`, `latency`).
#ifndef SIM_PROTO_WEB_VERBS_ASK_H
#define SIM_PROTO_WEB_VERBS_ASK_H

#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/proto/web/link.h"
#include "sim/scenario/verb.h"
#include "sim/vnet/http_client_service.h"

#define WEB_VERB_TIMEOUT_NS (10 * SIM_NS_PER_S)
#define WEB_ANSWER_BYTES_MAX (4 * 1024 * 1024)

struct web_ask;

// An answer came. Sets results and ends the op. `json` is its body when that is JSON, else NULL;
// both are borrowed for the call.
typedef void web_answered_fn(struct web_ask *ask, const struct http_answer *answer,
                             const struct json *json);

// The op's own state.
struct web_ask {
    struct op *op;
    struct web_link *link;
    struct http_session *session; // The link's, or one of this ask's own.
    struct http_session *own;
    struct http_call *call;
    struct timer timer;
    sim_time_ns asked_ns;
    int64_t clock_ns;       // What the device's clock said, UTC; 0: it was not asked.
    int64_t clock_ahead_ns; // That minus the bench's, when it is far off; else 0.
    web_answered_fn *answered;
    // Adds what "no answer" means to this verb; NULL for nothing.
    void (*unanswered)(struct web_ask *ask, const struct http_answer *answer);
};

// Makes the op's state and finds the link. Returns NULL when the op has been ended already: no
// link, or a profile without the section `web:`.
struct web_ask *web_ask_begin(struct op *op, web_answered_fn *answered);

// A fact of the profile's section: web_fact(ask, "paths.session"). NULL has ended the op: the
// profile does not say.
const char *web_fact(struct web_ask *ask, const char *name);

// Whether `text` is the word that the profile gives for `name` ("results.granted").
bool web_is_word(const struct web_ask *ask, const char *name, const char *text);

// Sends a request with a JSON body (NULL for none) and ends the op, now or later. A change carries
// the second token of who is logged in.
void web_ask_send(struct web_ask *ask, const char *method, const char *path, const char *json);

// Cancels what is under way (verb->cancel).
void web_ask_cancel(struct op *op);

// Ends the op as understood, and as not understood (`connection` is "malformed").
void web_ask_finish(struct web_ask *ask);
void web_ask_malformed(struct web_ask *ask);

// Appends `,"name":"value"` of the member that the profile calls `name`; nothing for NULL.
void web_add_member(struct web_ask *ask, struct str *json, const char *name, const char *value);

// The text of a member, or `otherwise`.
const char *web_member_text(const struct web_ask *ask, const struct json *json, const char *name,
                            const char *otherwise);
const struct json *web_member(const struct web_ask *ask, const struct json *json, const char *name);

// The fields that every web verb's `with` and `expect` have.
#define WEB_WITH_FIELDS                                                                            \
    {                                                                                              \
        .name = "timeout", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS, .expression = true,      \
        .otherwise = "the link's", .doc = "How long to wait for the whole answer."                 \
    }
#define WEB_RESULT_FIELDS                                                                          \
    {.name = "connection",                                                                         \
     .type = SCHEMA_CHOICE,                                                                        \
     .expression = true,                                                                           \
     .choices = web_connections,                                                                   \
     .doc =                                                                                        \
         "How the exchange went: `ok` (an answer came), `silent` (none in time), `refused` (no "   \
         "connection), `unreachable`, `reset`, `closed` (ended without an answer), `tls` (no "     \
         "agreement on TLS), `too-long` or `malformed`."},                                         \
        {.name = "status",                                                                         \
         .type = SCHEMA_INTEGER,                                                                   \
         .expression = true,                                                                       \
         .low = 0,                                                                                 \
         .high = 999,                                                                              \
         .doc = "The HTTP status of the answer, 0 without one."},                                  \
    {                                                                                              \
        .name = "latency", .type = SCHEMA_QUANTITY, .unit = UNIT_TIME_NS, .expression = true,      \
        .doc = "From the request to the whole answer, the handshake of a new connection included." \
    }

extern const char *const web_connections[];

#endif
