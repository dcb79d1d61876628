// SPDX-License-Identifier: Apache-2.0
// Who asks: the cookie of a session, the second token against forged requests, the origin a browser
// tells; and the API to open and end a session (PS-201 to PS-205). Names and passwords are judged
// by sim/device/accounts; here nothing is known of them.
#include "devices/panel_server/web.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"

#define COOKIE_ATTRIBUTES "; Secure; HttpOnly; SameSite=Strict; Path=/"

// ---- Who ----

// The value of our cookie (RFC 6265 5.4), or false.
static bool cookie_of(const struct http_request *request, char ret[SESSION_TOKEN_ROOM])
{
    const char *at = http_header(request, "cookie");
    static const char name[] = WEB_COOKIE "=";

    while (at && *at) {
        size_t length = strcspn(at, ";");

        if (strncmp(at, name, sizeof(name) - 1) == 0) {
            length -= sizeof(name) - 1;
            if (length == 0 || length >= SESSION_TOKEN_ROOM)
                return false;
            memcpy(ret, at + sizeof(name) - 1, length);
            ret[length] = '\0';
            return true;
        }
        at += length;
        at += strspn(at, "; ");
    }
    return false;
}

void web_session_find(struct web_call *call)
{
    struct panel *panel = call->panel;

    if (!http_header(call->request, "cookie"))
        return;
    if (cookie_of(call->request, call->token))
        call->who = sessions_find(panel->web->sessions, call->token);
}

// A browser tells where a request comes from; what tells nothing is no browser and carries no
// foreign cookies.
bool web_same_origin(const struct http_request *request)
{
    const char *origin = http_header(request, "origin");
    const char *host = http_header(request, "host");
    const char *site = http_header(request, "sec-fetch-site");

    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    if (!origin)
        return true;
    return host && strncmp(origin, "https://", 8) == 0 && strcmp(origin + 8, host) == 0;
}

// ---- The lock ----

int64_t web_locked_s(const struct web_call *call, const char *user)
{
    const struct accounts *accounts = call->panel->accounts;
    int64_t left_ns =
        accounts_locked_from_ns(accounts, user ? user : accounts_first(accounts), call->source);

    return (left_ns + SIM_NS_PER_S - 1) / SIM_NS_PER_S;
}

static void add_lock_state(const struct web_call *call, const char *user, struct str *out)
{
    const struct accounts *accounts = call->panel->accounts;
    const char *first = accounts_first(accounts);
    int64_t left_s = web_locked_s(call, user);
    char clock[UNITS_TEXT_ROOM];

    str_addf(out, "{\"state\":\"%s\",\"remaining_s\":%lld,\"first_connection\":%s,\"account\":",
             left_s > 0 ? "locked" : "open", (long long)left_s,
             accounts_password_unset(accounts, first) ? "true" : "false");
    str_add_json(out, first);
    str_addf(out, ",\"clock\":\"%s\"}", units_utc_text(device_utc_ns(call->panel->device), clock));
}

void web_get_login_state(struct web_call *call)
{
    char user[ACCOUNT_NAME_BYTES_MAX + 1];
    bool named = web_query(call->request, "user", user, sizeof(user)) && *user;
    struct str json = {0};

    add_lock_state(call, named ? user : NULL, &json);
    web_answer_json(call, 200, &json);
    str_done(&json);
}

// ---- Sessions ----

static void add_who(const struct session_who *who, struct str *json)
{
    str_adds(json, "\"user\":");
    str_add_json(json, who->user);
    str_adds(json, ",\"role\":");
    str_add_json(json, who->role);
    str_adds(json, ",\"csrf\":");
    str_add_json(json, who->csrf);
    str_adds(json, "}");
}

void web_get_session(struct web_call *call)
{
    struct str json = {0};

    str_adds(&json, "{");
    add_who(call->who, &json);
    web_answer_json(call, 200, &json);
    str_done(&json);
}

// The cookie the client had before is over: a session is never taken over from before the login.
static void grant(struct web_call *call, const char *user)
{
    struct panel *panel = call->panel;
    struct sessions *sessions = panel->web->sessions;
    char token[SESSION_TOKEN_ROOM];
    char cookie[SESSION_TOKEN_ROOM + 64];
    const struct http_header headers[] = {{"content-type", "application/json"},
                                          {"set-cookie", cookie}};
    struct str json = {0};

    if (call->who)
        sessions_end(sessions, call->token);
    sessions_open(sessions, user, accounts_role(panel->accounts, user), token);
    snprintf(cookie, sizeof(cookie), WEB_COOKIE "=%s" COOKIE_ATTRIBUTES, token);
    str_adds(&json, "{\"result\":\"granted\",");
    add_who(sessions_find(sessions, token), &json);
    http_respond(call->exchange, 200, headers, 2, str_text(&json), json.length);
    str_done(&json);
}

static void answer_locked(struct web_call *call, const char *user)
{
    struct str json = {0};

    str_addf(&json, "{\"result\":\"locked\",\"remaining_s\":%lld}",
             (long long)web_locked_s(call, user));
    web_answer_json(call, 423, &json);
    str_done(&json);
}

void web_post_session(struct web_call *call)
{
    const char *user = web_text(call, "user");
    const char *password = web_text(call, "password");

    if (!user || !password) {
        web_answer_error(call, 400, "A user and a password are needed.");
        return;
    }
    switch (accounts_login(call->panel->accounts, user, password, call->source)) {
    case LOGIN_GRANTED:
        grant(call, user);
        return;
    case LOGIN_REFUSED:
        web_answer_result(call, 401, "refused");
        return;
    case LOGIN_LOCKED:
        answer_locked(call, user);
        return;
    case LOGIN_PASSWORD_UNSET:
        web_answer_result(call, 409, "password-unset");
        return;
    case LOGIN_STORE_FAILED:
        web_answer_error(call, 503, "The attempt could not be written down.");
        return;
    }
}

void web_delete_session(struct web_call *call)
{
    static const struct http_header gone = {"set-cookie",
                                            WEB_COOKIE "=; Max-Age=0" COOKIE_ATTRIBUTES};

    sessions_end(call->panel->web->sessions, call->token);
    (void)audit_add(call->panel->audit, AUDIT_ACCESS, "web", "logout", AUDIT_SUCCESS, call->source);
    http_respond(call->exchange, 204, &gone, 1, "", 0);
}
