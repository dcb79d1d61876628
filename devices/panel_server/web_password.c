// SPDX-License-Identifier: Apache-2.0
// The password of an account: the first one, set by who connects first (PS-216, DOCA0172EN), that
// of another account then by the holder of the first (else anybody in the network could take it),
// and later changes by who has logged in and knows the present one (PS-213). A change logs the
// account out everywhere.
#include "devices/panel_server/web.h"

#include <string.h>

#include "sim/base/err.h"

static void set(struct web_call *call, const char *user, const char *password)
{
    struct panel *panel = call->panel;
    const char *why = "The password could not be stored.";
    int err = accounts_set_password(panel->accounts, user, password, call->source, &why);

    if (err == ERR_RANGE) {
        web_answer_error(call, 422, why);
        return;
    }
    if (err < 0) {
        web_answer_error(call, err == ERR_NOT_FOUND ? 401 : 503, why);
        return;
    }
    sessions_end_user(panel->web->sessions, user);
    web_answer_empty(call, 204);
}

static void change(struct web_call *call, const char *user, const char *old, const char *password)
{
    if (strcmp(user, call->who->user) != 0 || !old) {
        web_answer_result(call, 401, "refused");
        return;
    }
    switch (accounts_login(call->panel->accounts, user, old, call->source)) {
    case LOGIN_GRANTED:
        set(call, user, password);
        return;
    case LOGIN_LOCKED:
        web_answer_result(call, 423, "locked");
        return;
    case LOGIN_REFUSED:
    case LOGIN_PASSWORD_UNSET:
        web_answer_result(call, 401, "refused");
        return;
    case LOGIN_STORE_FAILED:
        web_answer_error(call, 503, "The attempt could not be written down.");
        return;
    }
}

void web_post_password(struct web_call *call)
{
    const char *user = web_text(call, "user");
    const char *password = web_text(call, "new");
    const char *first = accounts_first(call->panel->accounts);
    bool unset;

    if (!user || !password) {
        web_answer_error(call, 400, "A user and a new password are needed.");
        return;
    }
    unset = accounts_password_unset(call->panel->accounts, user);
    if (unset && strcmp(user, first) == 0) {
        set(call, user, password);
        return;
    }
    if (!call->who) {
        web_answer_result(call, 401, "refused");
        return;
    }
    if (!sessions_check_csrf(call->who, http_header(call->request, "x-csrf-token"))) {
        web_refused(call->panel, call->request->conn);
        web_answer_error(call, 403, "The request does not carry the token of its session.");
        return;
    }
    if (unset && strcmp(call->who->user, first) == 0)
        set(call, user, password);
    else
        change(call, user, web_text(call, "password"), password);
}
