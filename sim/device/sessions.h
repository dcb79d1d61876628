// SPDX-License-Identifier: Apache-2.0
// Who is logged in: tokens of 256 random bits, each with the account, its role and a second token
// against forged requests. Volatile: a restart logs everybody out. A token is looked up by its
// SHA-256, so that neither the table nor the time it takes tells one.
#ifndef SIM_DEVICE_SESSIONS_H
#define SIM_DEVICE_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/timer.h"

struct chip;
struct device;
struct sessions;

#define SESSION_TOKEN_ROOM 44 // 32 bytes as base64url, and NUL.

struct session_options {
    size_t sessions_max; // The one unused longest goes when another is opened.
    int64_t idle_ns;     // A session unused for so long is over; 0: never.
    int64_t life_ns;     // And however much it is used; 0: for ever.
};

// What a valid token stands for. Borrowed until the session ends.
struct session_who {
    const char *user;
    const char *role;
    const char *csrf; // The second token.
};

struct sessions *sessions_new(struct device *device, struct chip *chip,
                              const struct session_options *options);
void sessions_free(struct sessions **sessions);

// A new session; its token in `ret_token`, told this once.
void sessions_open(struct sessions *sessions, const char *user, const char *role,
                   char ret_token[SESSION_TOKEN_ROOM]);

// Who `token` (from outside, any text, may be NULL) is, or NULL. Counts as use.
const struct session_who *sessions_find(struct sessions *sessions, const char *token);

// Whether `csrf` (from outside, may be NULL) is the second token of that session; constant time.
bool sessions_check_csrf(const struct session_who *who, const char *csrf);

void sessions_end(struct sessions *sessions, const char *token);
void sessions_end_user(struct sessions *sessions, const char *user); // After a password change.
void sessions_end_all(struct sessions *sessions);                    // Supply lost.
size_t sessions_count(const struct sessions *sessions);

#endif
