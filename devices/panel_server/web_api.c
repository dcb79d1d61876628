// SPDX-License-Identifier: Apache-2.0
// The routing table of the web pages and their API, and the checks every request goes through
// before its handler sees it: a session (without one everything leads to the login page, PS-205), a
// request of our own pages, the second token, a small JSON body. The browser's page and a bench
// speak the same API. UNVERIFIED(no public document): the interface is ours; profiles carry its
// names.
#include "devices/panel_server/web.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define JSON_LEVELS_MAX 32

enum { OPEN = 1, CHANGES = 2, BODY = 4 };

struct row {
    const char *method;
    const char *path;
    unsigned flags; // OPEN: needs no session. CHANGES: not from another site. BODY: takes JSON.
    void (*handler)(struct web_call *call);
    const char *page; // Instead of a handler: a file of pages/.
};

static void get_login(struct web_call *call);

static const struct row rows[] = {
    {"GET", "/", 0, NULL, "home.html"},
    {"GET", "/api/devices", 0, web_get_devices, NULL},
    {"GET", "/api/login-state", OPEN, web_get_login_state, NULL},
    {"GET", "/api/logs", 0, web_get_logs, NULL},
    {"GET", "/api/logs.csv", 0, web_get_logs_csv, NULL},
    {"POST", "/api/password", OPEN | CHANGES | BODY, web_post_password, NULL},
    {"GET", "/api/session", 0, web_get_session, NULL},
    {"POST", "/api/session", OPEN | CHANGES | BODY, web_post_session, NULL},
    {"DELETE", "/api/session", CHANGES, web_delete_session, NULL},
    {"GET", "/api/settings", 0, web_get_settings, NULL},
    {"PUT", "/api/settings", CHANGES | BODY, web_put_settings, NULL},
    {"GET", "/common.js", OPEN, NULL, "common.js"},
    {"GET", "/home.js", 0, NULL, "home.js"},
    {"GET", "/icon.svg", OPEN, NULL, "icon.svg"},
    {"GET", "/login", OPEN, get_login, NULL},
    {"GET", "/login.js", OPEN, NULL, "login.js"},
    {"GET", "/logs", 0, NULL, "logs.html"},
    {"GET", "/logs.js", 0, NULL, "logs.js"},
    {"GET", "/panel.css", OPEN, NULL, "panel.css"},
    {"GET", "/password", 0, NULL, "password.html"},
    {"GET", "/password.js", 0, NULL, "password.js"},
    {"GET", "/settings", 0, NULL, "settings.html"},
    {"GET", "/settings.js", 0, NULL, "settings.js"},
};

// Who is logged in has no business on the login page.
static void get_login(struct web_call *call)
{
    char next[128] = "/";
    const struct http_header header = {"location", next};

    if (!call->who) {
        web_answer_page(call, "login.html");
        return;
    }
    if (!web_query(call->request, "next", next, sizeof(next)) || !web_is_local_path(next))
        snprintf(next, sizeof(next), "/");
    http_respond(call->exchange, 303, &header, 1, "", 0);
}

// ---- The checks ----

// The levels of brackets outside strings; the parser itself would take many more.
static bool is_shallow(const char *text, size_t length)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < length; i++) {
        if (quoted) {
            i += text[i] == '\\';
            quoted = i >= length || text[i] != '"';
            continue;
        }
        quoted = text[i] == '"';
        if ((text[i] == '{' || text[i] == '[') && ++depth > JSON_LEVELS_MAX)
            return false;
        if ((text[i] == '}' || text[i] == ']') && depth > 0)
            depth--;
    }
    return true;
}

static bool is_json(const struct http_request *request)
{
    static const char type[] = "application/json";
    const char *said = http_header(request, "content-type");

    return said && strncmp(said, type, sizeof(type) - 1) == 0 &&
           (said[sizeof(type) - 1] == '\0' || said[sizeof(type) - 1] == ';');
}

static void refuse(struct web_call *call, int status, const char *sentence)
{
    web_refused(call->panel, call->request->conn);
    web_answer_error(call, status, sentence);
}

static void with_body(struct web_call *call, const struct row *row)
{
    const struct http_request *request = call->request;
    struct json *body = NULL;

    if (!is_json(request)) {
        refuse(call, 415, "The body must be application/json.");
        return;
    }
    if (!is_shallow(request->body, request->body_length) ||
        json_parse(request->body, request->body_length, &body, NULL) < 0 || !json_is_object(body)) {
        json_free(&body);
        refuse(call, 400, "The body is no JSON object.");
        return;
    }
    call->body = body;
    row->handler(call);
    json_free(&body);
}

// The password of an account without one is set before there is a session; its handler looks for
// the second token itself.
static bool is_forged(const struct web_call *call, const struct row *row)
{
    if (!(row->flags & CHANGES))
        return false;
    if (!web_same_origin(call->request))
        return true;
    return !(row->flags & OPEN) &&
           !sessions_check_csrf(call->who, http_header(call->request, "x-csrf-token"));
}

static void dispatch(struct web_call *call, const struct row *row)
{
    if (is_forged(call, row))
        refuse(call, 403, "The request does not carry the token of its session.");
    else if (row->page)
        web_answer_page(call, row->page);
    else if (row->flags & BODY)
        with_body(call, row);
    else
        row->handler(call);
}

// Nothing of that name, or not with this method.
static void answer_missing(struct web_call *call, bool known)
{
    static const struct http_header type = {"content-type", "text/plain; charset=utf-8"};
    const char *text = known ? "This method is not possible here.\n" : "There is no such page.\n";

    http_respond(call->exchange, known ? 405 : 404, &type, 1, text, strlen(text));
}

static const struct row *find(const struct http_request *request, bool *ret_known)
{
    const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;

    *ret_known = false;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(rows[i].path, request->path) != 0)
            continue;
        *ret_known = true;
        if (strcmp(rows[i].method, method) == 0)
            return &rows[i];
    }
    return NULL;
}

// ---- Events of the HTTP server ----

static void on_request(struct http_exchange *exchange, const struct http_request *request,
                       void *user)
{
    struct web_call call = {.panel = user, .exchange = exchange, .request = request};
    struct address source = request->conn->remote;
    bool known;
    const struct row *row = find(request, &known);

    source.port = 0;
    address_text(&source, call.source);
    web_session_find(&call);
    if (call.who || (row && row->flags & OPEN)) {
        if (row)
            dispatch(&call, row);
        else
            answer_missing(&call, known);
        return;
    }
    if (*call.token) // A cookie that is over, or was never ours.
        web_refused(call.panel, request->conn);
    web_answer_login(&call);
}

static void on_gone(struct http_exchange *exchange, void *user)
{
    struct panel *panel = user;

    if (panel->web->poll)
        panel_poll_forget(panel->web->poll, exchange);
}

static void on_refused(const struct conn *conn, int status, const char *why, void *user)
{
    (void)status;
    (void)why;
    web_refused(user, conn);
}

const struct http_server_events web_events = {
    .on_request = on_request, .on_gone = on_gone, .on_refused = on_refused};
