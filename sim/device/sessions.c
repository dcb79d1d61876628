// SPDX-License-Identifier: Apache-2.0
// Sessions in a table of fixed size, made when the first one is opened: an idle fleet pays nothing.
// They end by themselves when somebody looks; no timer runs. Time is the world's heap, so that no
// setting of the clock ends or prolongs one.
#include "sim/device/sessions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/str.h"
#include "sim/device/accounts.h"
#include "sim/device/chip.h"
#include "sim/device/device.h"

enum {
    TOKEN_BYTES = 32,
    TOKEN_LETTERS = SESSION_TOKEN_ROOM - 1,
    ROLE_BYTES_MAX = 31,
};

struct session {
    bool open;
    uint8_t digest[CRYPTO_SHA256_BYTES]; // Of the token's letters.
    char csrf[SESSION_TOKEN_ROOM];
    char user[ACCOUNT_NAME_BYTES_MAX + 1];
    char role[ROLE_BYTES_MAX + 1];
    sim_time_ns opened_ns;
    sim_time_ns used_ns;
    struct session_who who;
};

struct sessions {
    struct device *device;
    struct chip *chip;
    struct session_options options;
    struct session *table; // options.sessions_max of them; NULL before the first.
};

static sim_time_ns now_ns(const struct sessions *sessions)
{
    return timers_now(sessions->device->world.timers);
}

static void close_session(struct session *session)
{
    crypto_wipe(session, sizeof(*session));
}

static bool is_over(const struct sessions *sessions, const struct session *session)
{
    const struct session_options *options = &sessions->options;
    sim_time_ns now = now_ns(sessions);

    return (options->idle_ns && now - session->used_ns >= options->idle_ns) ||
           (options->life_ns && now - session->opened_ns >= options->life_ns);
}

struct sessions *sessions_new(struct device *device, struct chip *chip,
                              const struct session_options *options)
{
    struct sessions *sessions = mem_new(1, sizeof(*sessions));

    assert(options->sessions_max > 0 && options->idle_ns >= 0 && options->life_ns >= 0);
    sessions->device = device;
    sessions->chip = chip;
    sessions->options = *options;
    return sessions;
}

void sessions_free(struct sessions **sessions)
{
    if (!*sessions)
        return;
    sessions_end_all(*sessions);
    free((*sessions)->table);
    free(*sessions);
    *sessions = NULL;
}

// Base64url (RFC 4648 5) of 32 bytes, without padding.
static void draw_token(struct chip *chip, char ret_token[SESSION_TOKEN_ROOM])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[TOKEN_BYTES + 1] = {0};

    chip_random(chip, bytes, TOKEN_BYTES);
    for (size_t i = 0; i < TOKEN_LETTERS; i++) {
        size_t bit = i * 6;
        unsigned pair = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

        ret_token[i] = letters[pair >> (10 - bit % 8) & 0x3F];
    }
    ret_token[TOKEN_LETTERS] = '\0';
    crypto_wipe(bytes, sizeof(bytes));
}

// A free place, or that of the session unused longest.
static struct session *place_for_one(struct sessions *sessions)
{
    struct session *oldest = NULL;

    for (size_t i = 0; i < sessions->options.sessions_max; i++) {
        struct session *session = &sessions->table[i];

        if (!session->open || is_over(sessions, session))
            return session;
        if (!oldest || session->used_ns < oldest->used_ns)
            oldest = session;
    }
    return oldest;
}

static void copy_text(char *ret, size_t room, const char *text)
{
    size_t length = strlen(text);

    assert(length < room);
    memcpy(ret, text, length + 1);
}

void sessions_open(struct sessions *sessions, const char *user, const char *role,
                   char ret_token[SESSION_TOKEN_ROOM])
{
    struct session *session;

    if (!sessions->table)
        sessions->table = mem_new(sessions->options.sessions_max, sizeof(*sessions->table));
    session = place_for_one(sessions);
    close_session(session);
    session->open = true;
    copy_text(session->user, sizeof(session->user), user);
    copy_text(session->role, sizeof(session->role), role);
    session->opened_ns = session->used_ns = now_ns(sessions);
    session->who = (struct session_who){session->user, session->role, session->csrf};
    draw_token(sessions->chip, ret_token);
    draw_token(sessions->chip, session->csrf);
    crypto_sha256(ret_token, TOKEN_LETTERS, session->digest);
}

// The session of a token, over or not. Every place is looked at, whichever it is.
static struct session *session_of(struct sessions *sessions, const char *token)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    struct session *found = NULL;

    if (!token || !sessions->table || strnlen(token, SESSION_TOKEN_ROOM) != TOKEN_LETTERS)
        return NULL;
    crypto_sha256(token, TOKEN_LETTERS, digest);
    for (size_t i = 0; i < sessions->options.sessions_max; i++) {
        struct session *session = &sessions->table[i];

        if (crypto_equal(session->digest, digest, sizeof(digest)) && session->open)
            found = session;
    }
    return found;
}

const struct session_who *sessions_find(struct sessions *sessions, const char *token)
{
    struct session *session = session_of(sessions, token);

    if (!session)
        return NULL;
    if (is_over(sessions, session)) {
        close_session(session);
        return NULL;
    }
    session->used_ns = now_ns(sessions);
    return &session->who;
}

bool sessions_check_csrf(const struct session_who *who, const char *csrf)
{
    return csrf && strnlen(csrf, SESSION_TOKEN_ROOM) == TOKEN_LETTERS &&
           crypto_equal(who->csrf, csrf, TOKEN_LETTERS);
}

void sessions_end(struct sessions *sessions, const char *token)
{
    struct session *session = session_of(sessions, token);

    if (session)
        close_session(session);
}

void sessions_end_user(struct sessions *sessions, const char *user)
{
    for (size_t i = 0; sessions->table && i < sessions->options.sessions_max; i++)
        if (sessions->table[i].open && strcmp(sessions->table[i].user, user) == 0)
            close_session(&sessions->table[i]);
}

void sessions_end_all(struct sessions *sessions)
{
    for (size_t i = 0; sessions->table && i < sessions->options.sessions_max; i++)
        close_session(&sessions->table[i]);
}

size_t sessions_count(const struct sessions *sessions)
{
    size_t count = 0;

    for (size_t i = 0; sessions->table && i < sessions->options.sessions_max; i++)
        count += sessions->table[i].open && !is_over(sessions, &sessions->table[i]);
    return count;
}
