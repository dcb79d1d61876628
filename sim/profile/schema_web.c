// SPDX-License-Identifier: Apache-2.0
// Profile section `web`: how a client speaks with the web server of a device: where its login, its
// lock state and its log are, and what the members of its JSON are called. Makers do not publish
// this interface, so it is data with its mark; who has a board corrects it here.
#include "sim/profile/schema_parts.h"

#define NAMED(field_name, field_doc) FACT(field_name, field_doc, .type = SCHEMA_TEXT)

// ---- Paths ----

static void path_rule(const struct yaml_document *document, const struct yaml_node *node,
                      struct diag *diag)
{
    yaml_for_each(i, node) {
        const struct yaml_node *path = profile_unmark(node->items[i]);

        if (profile_is_mark(node->keys[i]->text) || path->kind != YAML_SCALAR)
            continue;
        if (path->text[0] != '/')
            yaml_error(diag, document, path, "write it from the root: /login",
                       "'%s' is no path of a server", path->text);
    }
}

static const struct schema web_paths_schema;

static void web_paths_rule(const struct yaml_document *document, const struct yaml_node *node,
                           struct diag *diag)
{
    profile_check_facts(&web_paths_schema, document, node, diag);
    path_rule(document, node, diag);
}

static const struct schema_field web_paths_fields[] = {
    NAMED("login_page", "The page for people; every other page leads here without a session."),
    NAMED("login_state", "GET: whether a login is possible now; needs no session."),
    NAMED("session", "POST opens a session, DELETE ends it."),
    NAMED("password", "POST sets the first password of an account, or another one."),
    NAMED("devices", "GET: the devices and their values."),
    NAMED("logs", "GET: the security log."),
    NAMED("logs_csv", "GET: the security log to keep, as CSV with a header line."),
    NAMED("settings", "GET and PUT: the switches of the services."),
    MARKS,
};
static const struct schema web_paths_schema = {
    .name = "web paths",
    .doc = "Where things are on the web server of a device.",
    .fields = web_paths_fields,
    .fields_count = SCHEMA_COUNT(web_paths_fields),
    .rule = web_paths_rule,
};

// ---- Members ----

FACTS_RULE(web_members)
static const struct schema_field web_members_fields[] = {
    NAMED("user", "Who logs in; also the query of the lock state."),
    NAMED("password", "The password that holds now."),
    NAMED("new", "The password that shall hold."),
    NAMED("result", "How a login went: a word of `results`."),
    NAMED("state", "Whether a login is possible: a word of `states`."),
    NAMED("remaining", "Seconds that a lock still lasts."),
    NAMED("clock", "What time the device believes it is, ISO 8601 UTC, in the lock state."),
    NAMED("first_connection", "True while the account waits for its first password."),
    NAMED("csrf", "The second token, which changes repeat in `csrf_header`."),
    NAMED("error", "Why something was refused, in words."),
    MARKS,
};
static const struct schema web_members_schema = {
    .name = "web members",
    .doc = "What the members of its JSON are called.",
    .fields = web_members_fields,
    .fields_count = SCHEMA_COUNT(web_members_fields),
    .rule = web_members_facts,
};

// ---- Words ----

FACTS_RULE(web_results)
static const struct schema_field web_results_fields[] = {
    NAMED("granted", "The session stands."),
    NAMED("refused", "Wrong name or password."),
    NAMED("locked", "Not even looked at."),
    NAMED("password_unset", "The account waits for its first password."),
    MARKS,
};
static const struct schema web_results_schema = {
    .name = "web results",
    .doc = "The words of a login's result.",
    .fields = web_results_fields,
    .fields_count = SCHEMA_COUNT(web_results_fields),
    .rule = web_results_facts,
};

FACTS_RULE(web_states)
static const struct schema_field web_states_fields[] = {
    NAMED("open", "A login is possible."),
    NAMED("locked", "It is not."),
    MARKS,
};
static const struct schema web_states_schema = {
    .name = "web states",
    .doc = "The words of the lock state.",
    .fields = web_states_fields,
    .fields_count = SCHEMA_COUNT(web_states_fields),
    .rule = web_states_facts,
};

// ---- The section ----

static void web_rule(const struct yaml_document *document, const struct yaml_node *node,
                     struct diag *diag)
{
    profile_check_facts(&profile_schema_web, document, node, diag);
}

static const struct schema_field web_fields[] = {
    FACT("cookie", "Name of the session's cookie.", .type = SCHEMA_TEXT),
    FACT("csrf_header", "Header that repeats the second token with every change.",
         .type = SCHEMA_TEXT),
    {.name = "paths",
     .type = SCHEMA_OBJECT,
     .object = &web_paths_schema,
     .required = true,
     .doc = "Where things are.",
     .example = "{login_page: /login, session: /api/session}"},
    {.name = "members",
     .type = SCHEMA_OBJECT,
     .object = &web_members_schema,
     .required = true,
     .doc = "What the members of its JSON are called.",
     .example = "{user: user, password: password, result: result}"},
    {.name = "results",
     .type = SCHEMA_OBJECT,
     .object = &web_results_schema,
     .required = true,
     .doc = "The words of a login's result.",
     .example = "{granted: granted, refused: refused, locked: locked}"},
    {.name = "states",
     .type = SCHEMA_OBJECT,
     .object = &web_states_schema,
     .required = true,
     .doc = "The words of the lock state.",
     .example = "{open: open, locked: locked}"},
    MARKS,
};
const struct schema profile_schema_web = {
    .name = "web",
    .doc = "How a client speaks with the web server of the device.",
    .fields = web_fields,
    .fields_count = SCHEMA_COUNT(web_fields),
    .rule = web_rule,
};
