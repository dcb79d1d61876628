// SPDX-License-Identifier: Apache-2.0
// What all Modbus verbs share: asking, and putting an outcome into the language's words.
#include "sim/proto/modbus/verbs/ask.h"

#include <assert.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/profile/profile.h"
#include "sim/proto/modbus/client_pdu.h"

const char *const ask_results[] = {"ok",    "exception", "silent",    "refused",
                                   "reset", "damaged",   "malformed", NULL};

// Errors of a master that are an observation of the peer, with the word for them; others broke the
// harness.
static const struct {
    int err;
    const char *result;
} ask_outcomes[] = {
    {ERR_TIMEOUT, "silent"},       {ERR_UNREACHABLE, "silent"}, {ERR_REFUSED, "refused"},
    {ERR_RESET, "reset"},          {ERR_CLOSED, "reset"},       {ERR_CHECKSUM, "damaged"},
    {ERR_TRUNCATED, "damaged"},    {ERR_TOO_LONG, "damaged"},   {ERR_MALFORMED, "malformed"},
    {ERR_UNEXPECTED, "malformed"},
};

static void set_outcome(struct ask *ask, const char *result, uint8_t exception)
{
    op_set_text(ask->op, "result", result);
    op_set_integer(ask->op, "exception", exception);
    op_set_time(ask->op, "latency", ask->request.done_ns - ask->request.sent_ns);
}

static void end_without_reply(struct ask *ask, int err)
{
    for (size_t i = 0; i < sizeof(ask_outcomes) / sizeof(ask_outcomes[0]); i++) {
        if (ask_outcomes[i].err != err)
            continue;
        set_outcome(ask, ask_outcomes[i].result, 0);
        op_finish(ask->op);
        return;
    }
    op_fail(ask->op, err, "%s: %s", ask->link->path, err_text(err));
}

static void on_reply(struct modbus_request *request, int err, const uint8_t *pdu, size_t length,
                     void *user)
{
    struct ask *ask = user;

    request->master = NULL;
    if (err < 0) {
        end_without_reply(ask, err);
    } else if (modbus_exception_of(pdu, length)) {
        set_outcome(ask, "exception", modbus_exception_of(pdu, length));
        if (ask->refused)
            ask->refused(ask->op, modbus_exception_of(pdu, length));
        op_finish(ask->op);
    } else if (length == 0) {
        ask_finish(ask); // A broadcast: sent, and nobody answers.
    } else {
        ask->decode(ask->op, ask, pdu, length);
    }
}

void *ask_begin(struct op *op, size_t size, ask_decode_fn *decode)
{
    struct modbus_link *link = op_service(op);
    struct ask *ask;

    if (!link)
        return NULL;
    assert(size >= sizeof(*ask));
    ask = op_state(op, size);
    ask->op = op;
    ask->link = link;
    ask->decode = decode;
    return ask;
}

void ask_send(struct ask *ask)
{
    struct modbus_request *request = &ask->request;

    assert(request->length > 0 && request->length <= sizeof(request->pdu));
    request->unit = (uint8_t)op_integer(ask->op, "unit", ask->link->unit);
    request->timeout_ns = op_time_ns(ask->op, "timeout", ask->link->timeout_ns);
    request->fn = on_reply;
    request->user = ask;
    ask->asked++;
    modbus_submit(ask->link->master, request);
}

void ask_cancel(struct op *op)
{
    struct ask *ask = op_state_get(op);

    if (ask)
        modbus_cancel(&ask->request);
}

void ask_finish(struct ask *ask)
{
    set_outcome(ask, "ok", 0);
    op_finish(ask->op);
}

void ask_malformed(struct ask *ask)
{
    set_outcome(ask, "malformed", 0);
    op_finish(ask->op);
}

void ask_profile(const struct ask *ask, const struct profile **ret_profile,
                 const struct profile_model **ret_model, const char **ret_map)
{
    uint8_t unit = (uint8_t)op_integer(ask->op, "unit", ask->link->unit);

    *ret_profile = op_profile(ask->op);
    *ret_model = op_model(ask->op);
    *ret_map = unit == MODBUS_UNIT_SELF ? "self" : "own";
    if (unit != ask->link->unit && ask->link->unit_profile)
        ask->link->unit_profile(ask->link->user, unit, ret_profile, ret_model);
}
