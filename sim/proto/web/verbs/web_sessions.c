// SPDX-License-Identifier: Apache-2.0
// Browser contexts by name. A few at a time: a list is enough.
#include "sim/proto/web/verbs/web_sessions.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/str.h"
#include "sim/profile/profile.h"

struct web_session {
    struct web_link link;
    struct web_session *next;
    struct http_session *http;
    char *name;
    char *path;
};

static struct web_session *open_session(const char *name, const struct web_sessions_wish *wish)
{
    struct web_session *session = mem_new(1, sizeof(*session));
    char address[ADDRESS_TEXT_ROOM];

    session->name = str_copy(name);
    session->http = http_session_new(wish->client, &wish->target);
    session->path = str_format("%s %s", wish->target.tls ? "https" : "http",
                               address_text(&wish->target.at, address));
    session->link = (struct web_link){
        .session = session->http,
        .user = wish->user,
        .timeout_ns = wish->timeout_ns,
        .slack_ns = wish->slack_ns,
        .utc_start_ns = wish->utc_start_ns,
        .path = session->path,
    };
    return session;
}

struct web_link *web_sessions_get(struct web_sessions *sessions, const char *name,
                                  const struct web_sessions_wish *wish, const char **ret_why)
{
    struct web_session *session;

    for (session = sessions->first; session; session = session->next)
        if (strcmp(session->name, name) == 0)
            return &session->link;
    if (sessions->count == WEB_SESSIONS_MAX) {
        *ret_why = "too many sessions with this role";
        return NULL;
    }
    session = open_session(name, wish);
    session->next = sessions->first;
    sessions->first = session;
    sessions->count++;
    return &session->link;
}

void web_sessions_close(struct web_sessions *sessions)
{
    while (sessions->first) {
        struct web_session *session = sessions->first;

        sessions->first = session->next;
        http_session_free(&session->http);
        crypto_wipe(session->link.csrf, sizeof(session->link.csrf));
        free(session->name);
        free(session->path);
        free(session);
    }
    sessions->count = 0;
}

const char *web_first_account(const struct profile *profile)
{
    const struct yaml_node *accounts = profile_fact(profile, "accounts");
    const struct yaml_node *columns = yaml_get(accounts, "columns");
    const struct yaml_node *rows = yaml_get(accounts, "rows");

    if (!columns || !rows || rows->count == 0)
        return NULL;
    yaml_for_each(i, columns) {
        const struct yaml_node *row = rows->items[0];

        if (strcmp(columns->items[i]->text, "name") == 0 && i < row->count)
            return row->items[i]->text;
    }
    return NULL;
}
