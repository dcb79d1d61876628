// SPDX-License-Identifier: Apache-2.0
// The web side of a Panel Server, shared by its files: one request on its way through the routing
// table (web_api.c), and what the handlers have in common. The rules of PS-201 to PS-217 that need
// no web are in sim/device.
#ifndef DEVICES_PANEL_SERVER_WEB_H
#define DEVICES_PANEL_SERVER_WEB_H

#include "devices/panel_server/state.h"
#include "devices/panel_server/wire_gate.h"
#include "sim/base/json.h"
#include "sim/device/sessions.h"
#include "sim/vnet/http_service.h"

#define WEB_REFUSAL_SOURCES_MAX 8
#define WEB_COOKIE "session"

struct panel_poll;

// One source of refused requests and when the audit hears of it again (web_refused.c).
struct web_refusal {
    struct address source; // Family 0: free.
    sim_time_ns silent_until_ns;
};

// Made at init; what hangs on pointers comes with the first client, so that an idle device is
// small.
struct panel_web {
    struct panel *panel;
    struct listener *listeners[PANEL_INTERFACES_MAX];
    struct gates gates;
    struct device_input input;
    struct timer cut; // Clients of an interface that was switched off.
    struct http_server *server;
    struct sessions *sessions;
    struct panel_poll *poll;
    struct web_refusal *refusals; // WEB_REFUSAL_SOURCES_MAX
};

// A request that is being answered; borrowed for the call.
struct web_call {
    struct panel *panel;
    struct http_exchange *exchange;
    const struct http_request *request;
    const struct session_who *who; // NULL: nobody is logged in.
    const struct json *body;       // An object, or NULL: none was sent.
    char token[SESSION_TOKEN_ROOM];
    char source[ADDRESS_TEXT_ROOM]; // Address of who asks.
};

// ---- wire_https.c ----
void panel_web_start(struct panel_web *web); // What comes with the first client.

// ---- web_api.c: the routing table; events of the HTTP server ----
extern const struct http_server_events web_events; // User: struct panel.

// ---- web_answer.c ----
void web_answer_json(struct web_call *call, int status, const struct str *json);
void web_answer_result(struct web_call *call, int status, const char *result); // {"result":...}
void web_answer_error(struct web_call *call, int status, const char *sentence);
void web_answer_empty(struct web_call *call, int status);
void web_answer_login(struct web_call *call); // 303 to the login page, and back from there.
void web_answer_page(struct web_call *call, const char *name);
bool web_is_local_path(const char *path); // Safe to go to after the login.
// A value of the query, decoded, in `ret`; false when it is absent, too long or malformed.
bool web_query(const struct http_request *request, const char *name, char *ret, size_t room);
// The value a member of the body has as text, or NULL.
const char *web_text(const struct web_call *call, const char *name);

// ---- web_refused.c ----
// Notes in the audit that a request was refused: one entry for each source and interval, however
// often it tries, so that nobody floods the log.
void web_refused(struct panel *panel, const struct conn *conn);

// ---- web_session.c: who asks, and whether the request is his ----
void web_session_find(struct web_call *call);
bool web_same_origin(const struct http_request *request);
// Seconds until an attempt as `user` (NULL: the first account) would be looked at; 0: now.
int64_t web_locked_s(const struct web_call *call, const char *user);
void web_get_login_state(struct web_call *call);
void web_get_session(struct web_call *call);
void web_post_session(struct web_call *call);
void web_delete_session(struct web_call *call);

// ---- the other handlers, a file each ----
void web_post_password(struct web_call *call);
void web_get_devices(struct web_call *call);
void web_get_logs(struct web_call *call);
void web_get_logs_csv(struct web_call *call);
void web_get_settings(struct web_call *call);
void web_put_settings(struct web_call *call);

// ---- poll.c: what the devices below show, read over their wires when somebody looks ----
struct panel_poll *panel_poll_new(struct panel *panel);
void panel_poll_free(struct panel_poll **poll);
// Calls `fn` in this turn or later, once, when the values are at most some seconds old or those who
// are silent have had their time. One look of `user` at a time; panel_poll_forget() ends it.
void panel_poll_look(struct panel_poll *poll, void (*fn)(void *user), void *user);
void panel_poll_forget(struct panel_poll *poll, const void *user);
// Supply lost: nobody is told any more, nothing is known.
void panel_poll_clear(struct panel_poll *poll);
// The devices as a JSON array, appended.
void panel_poll_add_json(const struct panel_poll *poll, struct str *out);

#endif
