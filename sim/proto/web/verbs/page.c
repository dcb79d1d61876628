// SPDX-License-Identifier: Apache-2.0
// `web.get`, `web.set-service` and `tls.probe`: a page as a browser gets it, the switches of the
// Settings page, and what the server's TLS agrees to.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/base/err.h"
#include "sim/proto/web/verbs/ask.h"
#include "sim/proto/web/verbs/web_verbs.h"

#define SCHEMA_OF(name_, fields_)                                                                  \
    {                                                                                              \
        .name = name_, .fields = fields_, .fields_count = sizeof(fields_) / sizeof(fields_[0])     \
    }

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

// ---- web.get ----

static const char *const methods[] = {"GET", "HEAD", NULL};
static const struct schema_field get_with_fields[] = {
    {.name = "path",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "Path and query, sent as they are written.",
     .example = "path: /settings"},
    {.name = "method",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = methods,
     .otherwise = "GET",
     .doc = "GET, or HEAD."},
    {.name = "header",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "A header of the answer to look at.",
     .example = "header: strict-transport-security"},
    {.name = "contains",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "A text to look for in the answer's body.",
     .example = "contains: PAS600L"},
    WEB_WITH_FIELDS,
};
static const struct schema_field get_result_fields[] = {
    WEB_RESULT_FIELDS,
    {.name = "location",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc =
         "Where a redirect leads, without the device's own name; else \"\". Nothing follows it."},
    {.name = "to_login",
     .type = SCHEMA_BOOL,
     .expression = true,
     .doc = "The answer is a redirect to the login page of the profile."},
    {.name = "type", .type = SCHEMA_TEXT, .expression = true, .doc = "The media type of the body."},
    {.name = "length", .type = SCHEMA_INTEGER, .expression = true, .doc = "Bytes of the body."},
    {.name = "found",
     .type = SCHEMA_BOOL,
     .expression = true,
     .doc = "The body holds the text of `contains`."},
    {.name = "header",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The value of the header asked for, \"\" without one."},
    {.name = "tls",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The version of TLS underneath: \"TLSv1.2\"."},
    {.name = "fingerprint",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "SHA-256 of the server's certificate."},
};
static const struct schema get_with = SCHEMA_OF("web.get with", get_with_fields);
static const struct schema get_results = SCHEMA_OF("web.get expect", get_result_fields);

static const char *header_of(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->headers_count; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    return "";
}

static bool leads_to_login(struct web_ask *ask, const struct http_answer *answer)
{
    const char *page = web_fact(ask, "paths.login_page");
    size_t length = page ? strlen(page) : 0;

    return length && answer->status >= 300 && answer->status < 400 && answer->location &&
           strncmp(answer->location, page, length) == 0 &&
           strchr("?#", answer->location[length]) != NULL;
}

static void get_answered(struct web_ask *ask, const struct http_answer *answer,
                         const struct json *json)
{
    const char *text = op_text(ask->op, "contains", NULL);

    (void)json;
    op_set_text(ask->op, "location", or_empty(answer->location));
    op_set_truth(ask->op, "to_login", leads_to_login(ask, answer));
    op_set_text(ask->op, "type", answer->type);
    op_set_integer(ask->op, "length", (int64_t)answer->length);
    op_set_truth(ask->op, "found", text && strstr(answer->body, text));
    op_set_text(ask->op, "header", header_of(answer, op_text(ask->op, "header", "")));
    op_set_text(ask->op, "tls", or_empty(answer->tls));
    op_set_text(ask->op, "fingerprint", or_empty(answer->fingerprint));
    web_ask_finish(ask);
}

static void get_start(struct op *op)
{
    struct web_ask *ask = web_ask_begin(op, get_answered);
    const char *path = op_text(op, "path", "");

    if (!ask || !web_fact(ask, "paths.login_page"))
        return;
    if (path[0] != '/') {
        op_fail(op, ERR_USAGE, "'%s' is no path: it begins with /", path);
        return;
    }
    web_ask_send(ask, op_text(op, "method", "GET"), path, NULL);
}

static const struct verb web_get = {
    .name = "web.get",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Gets a page with the cookies of the session. Redirects are told, not followed.",
    .with = &get_with,
    .results = &get_results,
    .start = get_start,
    .cancel = web_ask_cancel,
};

// ---- web.set-service ----

static const char *const set_results[] = {"accepted", "refused", "none", NULL};
static const struct schema_field set_with_fields[] = {
    {.name = "service",
     .type = SCHEMA_NAME,
     .required = true,
     .expression = true,
     .doc = "A service of the profile.",
     .example = "service: modbus"},
    {.name = "interface",
     .type = SCHEMA_NAME,
     .required = true,
     .expression = true,
     .doc = "On which of its interfaces.",
     .example = "interface: eth2"},
    {.name = "on", .type = SCHEMA_BOOL, .required = true, .expression = true, .doc = "On or off."},
    WEB_WITH_FIELDS,
};
static const struct schema_field set_result_fields[] = {
    WEB_RESULT_FIELDS,
    {.name = "result",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = set_results,
     .doc = "`accepted`, `refused`, or `none` (no answer)."},
    {.name = "why",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "What the device says of a refusal, or \"\"."},
};
static const struct schema set_with = SCHEMA_OF("web.set-service with", set_with_fields);
static const struct schema set_results_schema =
    SCHEMA_OF("web.set-service expect", set_result_fields);

static void set_answered(struct web_ask *ask, const struct http_answer *answer,
                         const struct json *json)
{
    bool accepted = answer->status >= 200 && answer->status < 300;

    op_set_text(ask->op, "result", accepted ? "accepted" : "refused");
    op_set_text(ask->op, "why", accepted ? "" : web_member_text(ask, json, "error", ""));
    web_ask_finish(ask);
}

static void set_unanswered(struct web_ask *ask, const struct http_answer *answer)
{
    (void)answer;
    op_set_text(ask->op, "result", "none");
    op_set_text(ask->op, "why", "");
}

static void set_start(struct op *op)
{
    struct web_ask *ask = web_ask_begin(op, set_answered);
    const char *path = ask ? web_fact(ask, "paths.settings") : NULL;
    struct str json = {0};

    if (!path)
        return;
    ask->unanswered = set_unanswered;
    str_adds(&json, "{");
    str_add_json(&json, op_text(op, "service", ""));
    str_adds(&json, ":{");
    str_add_json(&json, op_text(op, "interface", ""));
    str_addf(&json, ":%s}}", op_truth(op, "on", false) ? "true" : "false");
    web_ask_send(ask, "PUT", path, str_text(&json));
    str_done(&json);
}

static const struct verb web_set_service = {
    .name = "web.set-service",
    .door = VERB_WIRE,
    .use = VERB_DO,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Switches a service of one interface on the Settings page; needs a login.",
    .with = &set_with,
    .results = &set_results_schema,
    .start = set_start,
    .cancel = web_ask_cancel,
};

// ---- tls.probe ----

static const char *const versions[] = {"1.0", "1.1", "1.2", "1.3", NULL}; // As enum tls_version.
static const struct schema_field probe_with_fields[] = {
    {.name = "version",
     .type = SCHEMA_CHOICE,
     .required = true,
     .expression = true,
     .choices = versions,
     .doc = "The one version of TLS that is offered, with every suite, weak ones too.",
     .example = "version: \"1.1\""},
    WEB_WITH_FIELDS,
};
static const struct schema_field probe_result_fields[] = {
    WEB_RESULT_FIELDS,
    {.name = "agreed",
     .type = SCHEMA_BOOL,
     .expression = true,
     .doc = "The server took it and answered."},
    {.name = "suite",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The suite it chose, or \"\"."},
    {.name = "fingerprint",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "SHA-256 of the server's certificate, or \"\"."},
    {.name = "why",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "What the client's TLS says of a refusal, or \"\"."},
};
static const struct schema probe_with = SCHEMA_OF("tls.probe with", probe_with_fields);
static const struct schema probe_results = SCHEMA_OF("tls.probe expect", probe_result_fields);

static void probe_set(struct web_ask *ask, const struct http_answer *answer)
{
    op_set_truth(ask->op, "agreed", answer->err == 0);
    op_set_text(ask->op, "suite", or_empty(answer->suite));
    op_set_text(ask->op, "fingerprint", or_empty(answer->fingerprint));
    op_set_text(ask->op, "why", or_empty(answer->why));
}

static void probe_answered(struct web_ask *ask, const struct http_answer *answer,
                           const struct json *json)
{
    (void)json;
    probe_set(ask, answer);
    web_ask_finish(ask);
}

static void probe_start(struct op *op)
{
    struct web_ask *ask = web_ask_begin(op, probe_answered);
    const char *page = ask ? web_fact(ask, "paths.login_page") : NULL;
    const char *version = op_text(op, "version", versions[TLS_1_2]);
    enum tls_version only = TLS_1_0;

    if (!page)
        return;
    while (versions[only] && strcmp(versions[only], version) != 0)
        only++;
    if (!versions[only]) {
        op_fail(op, ERR_USAGE, "there is no TLS %s", version);
        return;
    }
    ask->unanswered = probe_set;
    ask->own = ask->session = http_session_probe(ask->link->session, only);
    web_ask_send(ask, "GET", page, NULL);
}

static const struct verb tls_probe = {
    .name = "tls.probe",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Opens a connection of its own that offers one version of TLS: does the server agree?",
    .with = &probe_with,
    .results = &probe_results,
    .start = probe_start,
    .cancel = web_ask_cancel,
};

const struct verb *const web_page_verbs[] = {&web_get, &web_set_service, &tls_probe, NULL};
