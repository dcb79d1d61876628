// SPDX-License-Identifier: Apache-2.0
// `web.login`, `web.lock-status`, `web.logout` and the passwords: what a person does on the login
// page, through the interface that the page itself uses.
#include <stdio.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/proto/web/verbs/ask.h"
#include "sim/proto/web/verbs/web_verbs.h"

#define SCHEMA_OF(name_, fields_)                                                                  \
    {                                                                                              \
        .name = name_, .fields = fields_, .fields_count = sizeof(fields_) / sizeof(fields_[0])     \
    }

#define USER_FIELD                                                                                 \
    {                                                                                              \
        .name = "user", .type = SCHEMA_TEXT, .expression = true, .otherwise = "the role's owner",  \
        .doc = "The account.", .example = "user: $gw.user"                                         \
    }

static const char *user_of(const struct web_ask *ask)
{
    return op_text(ask->op, "user", ask->link->user);
}

static void forget_login(struct web_ask *ask)
{
    crypto_wipe(ask->link->csrf, sizeof(ask->link->csrf));
}

static void send_members(struct web_ask *ask, const char *method, const char *path,
                         const char *const *names, const char *const *values, size_t count)
{
    struct str json = {0};

    str_adds(&json, "{");
    for (size_t i = 0; i < count; i++)
        web_add_member(ask, &json, names[i], values[i]);
    str_adds(&json, "}");
    web_ask_send(ask, method, path, str_text(&json));
    crypto_wipe(json.text, json.length);
    str_done(&json);
}

// ---- web.login ----

static const char *const login_results[] = {"granted",        "refused", "locked",
                                            "password-unset", "none",    NULL};

// Its word in the profile, and ours.
static const struct {
    const char *fact;
    const char *result;
} login_words[] = {
    {"results.granted", "granted"},
    {"results.refused", "refused"},
    {"results.locked", "locked"},
    {"results.password_unset", "password-unset"},
};

static const struct schema_field login_with_fields[] = {
    USER_FIELD,
    {.name = "password",
     .type = SCHEMA_TEXT,
     .expression = true,
     .otherwise = "not sent at all",
     .doc = "The password; may be empty.",
     .example = "password: $secret.gw"},
    WEB_WITH_FIELDS,
};
static const struct schema_field login_result_fields[] = {
    WEB_RESULT_FIELDS,
    {.name = "result",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = login_results,
     .doc = "`granted`, `refused` (wrong name or password), `locked` (not even looked at), "
            "`password-unset` (the account waits for its first password) or `none` (no answer)."},
    {.name = "locked_for",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .expression = true,
     .doc = "How long the lock still lasts, as the device tells; 0 when it is none."},
};
static const struct schema login_with = SCHEMA_OF("web.login with", login_with_fields);
static const struct schema login_results_schema =
    SCHEMA_OF("web.login expect", login_result_fields);

static void login_set(struct web_ask *ask, const char *result, double locked_s)
{
    op_set_text(ask->op, "result", result);
    op_set_time(ask->op, "locked_for", (int64_t)(locked_s * 1e9));
}

static void login_answered(struct web_ask *ask, const struct http_answer *answer,
                           const struct json *json)
{
    const char *word = web_member_text(ask, json, "result", NULL);
    const char *result = NULL;

    (void)answer;
    for (size_t i = 0; word && i < sizeof(login_words) / sizeof(login_words[0]); i++)
        if (web_is_word(ask, login_words[i].fact, word))
            result = login_words[i].result;
    login_set(ask, result ? result : "none", json_number(web_member(ask, json, "remaining"), 0));
    if (!result) {
        web_ask_malformed(ask);
        return;
    }
    if (strcmp(result, "granted") == 0)
        snprintf(ask->link->csrf, sizeof(ask->link->csrf), "%s",
                 web_member_text(ask, json, "csrf", ""));
    web_ask_finish(ask);
}

static void login_unanswered(struct web_ask *ask, const struct http_answer *answer)
{
    (void)answer;
    login_set(ask, "none", 0);
}

static void login_start(struct op *op)
{
    static const char *const names[] = {"user", "password"};
    struct web_ask *ask = web_ask_begin(op, login_answered);
    const char *path = ask ? web_fact(ask, "paths.session") : NULL;

    if (!path)
        return;
    ask->unanswered = login_unanswered;
    forget_login(ask);
    send_members(ask, "POST", path, names,
                 (const char *const[]){user_of(ask), op_text(op, "password", NULL)}, 2);
}

static const struct verb web_login = {
    .name = "web.login",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .perturbs = true, // It counts.
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Logs in on the device's pages; the session keeps the login until it logs out.",
    .with = &login_with,
    .results = &login_results_schema,
    .start = login_start,
    .cancel = web_ask_cancel,
};

// ---- web.lock-status ----

static const char *const lock_states[] = {"open", "locked", "unknown", NULL};
static const struct schema_field lock_with_fields[] = {USER_FIELD, WEB_WITH_FIELDS};
static const struct schema_field lock_result_fields[] = {
    WEB_RESULT_FIELDS,
    {.name = "state",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = lock_states,
     .doc = "Whether a login as this account would be looked at; `unknown` without an answer."},
    {.name = "remaining",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .expression = true,
     .doc = "How long the lock still lasts; 0 when it is open."},
    {.name = "first_connection",
     .type = SCHEMA_BOOL,
     .expression = true,
     .doc = "The account waits for its first password."},
};
static const struct schema lock_with = SCHEMA_OF("web.lock-status with", lock_with_fields);
static const struct schema lock_results = SCHEMA_OF("web.lock-status expect", lock_result_fields);

static void lock_answered(struct web_ask *ask, const struct http_answer *answer,
                          const struct json *json)
{
    const char *word = web_member_text(ask, json, "state", NULL);
    bool open = word && web_is_word(ask, "states.open", word);
    bool locked = word && web_is_word(ask, "states.locked", word);

    (void)answer;
    op_set_text(ask->op, "state", open ? "open" : locked ? "locked" : "unknown");
    op_set_time(ask->op, "remaining",
                (int64_t)(json_number(web_member(ask, json, "remaining"), 0) * 1e9));
    op_set_truth(ask->op, "first_connection",
                 json_bool(web_member(ask, json, "first_connection"), false));
    if (open || locked)
        web_ask_finish(ask);
    else
        web_ask_malformed(ask);
}

static void lock_unanswered(struct web_ask *ask, const struct http_answer *answer)
{
    (void)answer;
    op_set_text(ask->op, "state", "unknown");
}

// Appends the query; a name is percent-encoded (RFC 3986 2.1).
static void add_query(struct web_ask *ask, struct str *path, const char *member, const char *value)
{
    char name[64];

    snprintf(name, sizeof(name), "members.%s", member);
    str_addf(path, "?%s=", web_fact(ask, name));
    for (const char *c = value; *c; c++) {
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9'))
            str_add(path, c, 1);
        else
            str_addf(path, "%%%02X", (unsigned char)*c);
    }
}

static void lock_start(struct op *op)
{
    struct web_ask *ask = web_ask_begin(op, lock_answered);
    const char *base = ask ? web_fact(ask, "paths.login_state") : NULL;
    struct str path = {0};

    if (!base || !web_fact(ask, "members.user"))
        return;
    ask->unanswered = lock_unanswered;
    str_adds(&path, base);
    if (user_of(ask))
        add_query(ask, &path, "user", user_of(ask));
    web_ask_send(ask, "GET", str_text(&path), NULL);
    str_done(&path);
}

static const struct verb web_lock_status = {
    .name = "web.lock-status",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Asks for the lock state that the login page shows: the one read that needs no session.",
    .with = &lock_with,
    .results = &lock_results,
    .start = lock_start,
    .cancel = web_ask_cancel,
};

// ---- web.logout ----

static const char *const change_results[] = {"accepted", "refused", "none", NULL};
static const struct schema_field logout_with_fields[] = {WEB_WITH_FIELDS};
static const struct schema_field change_result_fields[] = {
    WEB_RESULT_FIELDS,
    {.name = "result",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = change_results,
     .doc = "`accepted`, `refused`, or `none` (no answer)."},
    {.name = "why",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "What the device says of a refusal, or \"\"."},
};
static const struct schema logout_with = SCHEMA_OF("web.logout with", logout_with_fields);
static const struct schema logout_results = SCHEMA_OF("web.logout expect", change_result_fields);

static void change_answered(struct web_ask *ask, const struct http_answer *answer,
                            const struct json *json)
{
    bool accepted = answer->status >= 200 && answer->status < 300;

    op_set_text(ask->op, "result", accepted ? "accepted" : "refused");
    op_set_text(ask->op, "why", accepted ? "" : web_member_text(ask, json, "error", ""));
    web_ask_finish(ask);
}

static void change_unanswered(struct web_ask *ask, const struct http_answer *answer)
{
    (void)answer;
    op_set_text(ask->op, "result", "none");
    op_set_text(ask->op, "why", "");
}

static void logout_answered(struct web_ask *ask, const struct http_answer *answer,
                            const struct json *json)
{
    if (answer->status >= 200 && answer->status < 300)
        forget_login(ask);
    change_answered(ask, answer, json);
}

static void logout_start(struct op *op)
{
    struct web_ask *ask = web_ask_begin(op, logout_answered);
    const char *path = ask ? web_fact(ask, "paths.session") : NULL;

    if (!path)
        return;
    ask->unanswered = change_unanswered;
    web_ask_send(ask, "DELETE", path, NULL);
}

static const struct verb web_logout = {
    .name = "web.logout",
    .door = VERB_WIRE,
    .use = VERB_DO,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Logs out.",
    .with = &logout_with,
    .results = &logout_results,
    .start = logout_start,
    .cancel = web_ask_cancel,
};

// ---- web.first-password, web.change-password ----

#define NEW_FIELD                                                                                  \
    {                                                                                              \
        .name = "new", .type = SCHEMA_TEXT, .required = true, .expression = true,                  \
        .doc = "The password it shall have.", .example = "new: Blue-Fox-42"                        \
    }

static const struct schema_field first_with_fields[] = {USER_FIELD, NEW_FIELD, WEB_WITH_FIELDS};
static const struct schema_field change_with_fields[] = {
    USER_FIELD,
    {.name = "password",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "The password it has.",
     .example = "password: $secret.gw"},
    NEW_FIELD,
    WEB_WITH_FIELDS,
};
static const struct schema first_with = SCHEMA_OF("web.first-password with", first_with_fields);
static const struct schema first_results =
    SCHEMA_OF("web.first-password expect", change_result_fields);
static const struct schema change_with = SCHEMA_OF("web.change-password with", change_with_fields);
static const struct schema change_results_schema =
    SCHEMA_OF("web.change-password expect", change_result_fields);

static void password_start(struct op *op)
{
    static const char *const names[] = {"user", "password", "new"};
    struct web_ask *ask = web_ask_begin(op, change_answered);
    const char *path = ask ? web_fact(ask, "paths.password") : NULL;

    if (!path)
        return;
    ask->unanswered = change_unanswered;
    send_members(
        ask, "POST", path, names,
        (const char *const[]){user_of(ask), op_text(op, "password", NULL), op_text(op, "new", "")},
        3);
}

static const struct verb web_first_password = {
    .name = "web.first-password",
    .door = VERB_WIRE,
    .use = VERB_DO,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Sets the first password of an account, as the page of the first connection does.",
    .with = &first_with,
    .results = &first_results,
    .start = password_start,
    .cancel = web_ask_cancel,
};

static const struct verb web_change_password = {
    .name = "web.change-password",
    .door = VERB_WIRE,
    .use = VERB_DO,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Changes the password of who is logged in.",
    .with = &change_with,
    .results = &change_results_schema,
    .start = password_start,
    .cancel = web_ask_cancel,
};

const struct verb *const web_login_verbs[] = {
    &web_login, &web_lock_status, &web_logout, &web_first_password, &web_change_password, NULL,
};
