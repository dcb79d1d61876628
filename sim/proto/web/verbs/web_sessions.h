// SPDX-License-Identifier: Apache-2.0
// The browser contexts that a run has open on one target: one for each name of `as:`, made when it
// is first asked for. The simulator's stage and the bench's boards hold one of these.
#ifndef SIM_PROTO_WEB_VERBS_WEB_SESSIONS_H
#define SIM_PROTO_WEB_VERBS_WEB_SESSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/proto/web/link.h"
#include "sim/vnet/http_client_service.h"

#define WEB_SESSIONS_MAX 1024

struct web_session;

// Where and as whom. Zeroed, it is empty. Everything in `wish` is borrowed as long as it is used.
struct web_sessions {
    struct web_session *first;
    size_t count;
};

struct web_sessions_wish {
    struct http_client *client;
    struct http_target target;
    const char *user; // The account its owner uses.
    int64_t timeout_ns;
    int64_t slack_ns;
    int64_t utc_start_ns;
};

// The link of the session called `name`. NULL when there are too many, with *ret_why set.
struct web_link *web_sessions_get(struct web_sessions *sessions, const char *name,
                                  const struct web_sessions_wish *wish, const char **ret_why);

// Closes them all; links dangle.
void web_sessions_close(struct web_sessions *sessions);

// The account that its owner uses: the first of the profile's `accounts`, or NULL.
struct profile;
const char *web_first_account(const struct profile *profile);

#endif
