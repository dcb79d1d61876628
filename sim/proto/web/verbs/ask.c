// SPDX-License-Identifier: Apache-2.0
// What all web verbs share: asking, and putting an outcome into the language's words.
#include "sim/proto/web/verbs/ask.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/profile/profile.h"

#define FACT_ROOM 64 // "web." and a name of the section.
#define HEADERS_MAX 3

const char *const web_connections[] = {"ok",     "silent", "refused",  "unreachable", "reset",
                                       "closed", "tls",    "too-long", "malformed",   NULL};

// Errors that are an observation of the peer, with the word for them; others broke the harness.
static const struct {
    int err;
    const char *word;
} outcomes[] = {
    {ERR_TIMEOUT, "silent"},      {ERR_REFUSED, "refused"}, {ERR_UNREACHABLE, "unreachable"},
    {ERR_RESET, "reset"},         {ERR_CLOSED, "closed"},   {ERR_TOO_LONG, "too-long"},
    {ERR_MALFORMED, "malformed"},
};

// ---- The profile's words ----

static const char *fact(const struct web_ask *ask, const char *name)
{
    char path[FACT_ROOM];

    snprintf(path, sizeof(path), "web.%s", name);
    return profile_fact_text(op_profile(ask->op), path, NULL);
}

const char *web_fact(struct web_ask *ask, const char *name)
{
    const char *text = fact(ask, name);

    if (!text)
        op_not_applicable(ask->op, "its profile does not say `web.%s`", name);
    return text;
}

bool web_is_word(const struct web_ask *ask, const char *name, const char *text)
{
    const char *word = fact(ask, name);

    return word && strcmp(word, text) == 0;
}

static const char *member_name(const struct web_ask *ask, const char *name)
{
    char path[FACT_ROOM];

    snprintf(path, sizeof(path), "web.members.%s", name);
    return profile_fact_text(op_profile(ask->op), path, NULL);
}

void web_add_member(struct web_ask *ask, struct str *json, const char *name, const char *value)
{
    const char *member = member_name(ask, name);

    if (!member || !value)
        return;
    str_adds(json, json->length > 1 ? "," : "");
    str_add_json(json, member);
    str_adds(json, ":");
    str_add_json(json, value);
}

const struct json *web_member(const struct web_ask *ask, const struct json *json, const char *name)
{
    const char *member = member_name(ask, name);

    return json && member ? json_get(json, member) : NULL;
}

const char *web_member_text(const struct web_ask *ask, const struct json *json, const char *name,
                            const char *otherwise)
{
    return json_text(web_member(ask, json, name), otherwise);
}

// ---- One exchange ----

static void on_timeout(struct timer *timer, void *user);

struct web_ask *web_ask_begin(struct op *op, web_answered_fn *answered)
{
    struct web_link *link = op_service(op);
    struct web_ask *ask;

    if (!link)
        return NULL;
    if (!profile_fact(op_profile(op), "web")) {
        op_not_applicable(op, "its profile does not say how its web server is spoken to (`web:`)");
        return NULL;
    }
    ask = op_state(op, sizeof(*ask));
    ask->op = op;
    ask->link = link;
    ask->session = link->session;
    ask->answered = answered;
    timer_init(&ask->timer, op_timers(op), NULL, on_timeout, ask);
    return ask;
}

static void release(struct web_ask *ask)
{
    timer_stop(&ask->timer);
    http_call_cancel(&ask->call);
    http_session_free(&ask->own);
}

void web_ask_cancel(struct op *op)
{
    struct web_ask *ask = op_state_get(op);

    if (ask)
        release(ask);
}

static void set_outcome(struct web_ask *ask, const char *connection, int status)
{
    op_set_text(ask->op, "connection", connection);
    op_set_integer(ask->op, "status", status);
    op_set_time(ask->op, "latency", timers_now(op_timers(ask->op)) - ask->asked_ns);
}

void web_ask_finish(struct web_ask *ask)
{
    release(ask);
    op_finish(ask->op);
}

void web_ask_malformed(struct web_ask *ask)
{
    op_set_text(ask->op, "connection", "malformed");
    web_ask_finish(ask);
}

static void end_without_answer(struct web_ask *ask, const struct http_answer *answer)
{
    const char *word = answer->handshake ? "tls" : NULL;

    for (size_t i = 0; !word && i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (outcomes[i].err == answer->err)
            word = outcomes[i].word;
    if (!word) {
        release(ask);
        op_fail(ask->op, answer->err, "%s: %s", ask->link->path, answer->why);
        return;
    }
    set_outcome(ask, word, 0);
    if (ask->unanswered)
        ask->unanswered(ask, answer);
    web_ask_finish(ask);
}

static void on_answer(struct http_call *call, const struct http_answer *answer, void *user)
{
    struct web_ask *ask = user;
    struct json *json = NULL;

    (void)call;
    ask->call = NULL;
    timer_stop(&ask->timer);
    if (answer->err < 0) {
        end_without_answer(ask, answer);
        return;
    }
    set_outcome(ask, "ok", answer->status);
    if (strncmp(answer->type, "application/json", 16) == 0 &&
        json_parse(answer->body, answer->length, &json, NULL) < 0)
        json = NULL;
    ask->answered(ask, answer, json);
    json_free(&json);
}

static void on_timeout(struct timer *timer, void *user)
{
    struct web_ask *ask = user;
    struct http_answer answer = {.err = ERR_TIMEOUT, .why = "no answer in time"};

    (void)timer;
    http_call_cancel(&ask->call);
    end_without_answer(ask, &answer);
}

void web_ask_send(struct web_ask *ask, const char *method, const char *path, const char *json)
{
    const char *csrf_header = fact(ask, "csrf_header");
    struct http_header headers[HEADERS_MAX];
    struct http_call_options options = {
        .method = method,
        .path = path,
        .headers = headers,
        .body = json,
        .body_length = json ? strlen(json) : 0,
        .answer_bytes_max = WEB_ANSWER_BYTES_MAX,
    };
    int64_t timeout_ns = op_time_ns(ask->op, "timeout", ask->link->timeout_ns);
    int err;

    if (json)
        headers[options.headers_count++] = (struct http_header){"content-type", "application/json"};
    if (*ask->link->csrf && csrf_header && strcmp(method, "GET") != 0)
        headers[options.headers_count++] = (struct http_header){csrf_header, ask->link->csrf};
    ask->asked_ns = timers_now(op_timers(ask->op));
    err = http_session_call(ask->session, &options, on_answer, ask, &ask->call);
    if (err < 0) {
        release(ask);
        op_fail(ask->op, err, "%s: another request of this session is under way", ask->link->path);
        return;
    }
    timer_start(&ask->timer, timeout_ns + ask->link->slack_ns);
}
