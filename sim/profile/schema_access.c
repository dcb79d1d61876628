// SPDX-License-Identifier: Apache-2.0
// Profile sections `services` and `policies`: which services leave the factory switched on, what
// passwords must look like, and when wrong attempts lock.
#include "sim/profile/schema_parts.h"

#include <string.h>

static const char *const states[] = {"on", "off", "none", NULL};
static const char *const transports[] = {"tcp", "udp", NULL};
static const char *const scopes[] = {"account", "source", "server", NULL};
static const char *const classes[] = {"upper", "lower", "digit", "special", NULL};
static const char *const survivals[] = {"reboot", "power-loss", NULL};
static const char *const unpowered[] = {"stands", "runs", NULL};
static const struct schema_field name_item = {.type = SCHEMA_NAME};

// ---- Services ----

static void service_facts(const struct yaml_document *document, const struct yaml_node *node,
                          struct diag *diag)
{
    profile_check_facts(&profile_schema_service, document, node, diag);
}

// Every key that is no field of a service is an interface with its factory state.
static void service_rule(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag)
{
    static const struct schema_field state = {.type = SCHEMA_CHOICE, .choices = states};

    service_facts(document, node, diag);
    yaml_for_each(i, node) {
        bool field = false;

        for (size_t j = 0; j < profile_schema_service.fields_count; j++)
            field = field || !strcmp(profile_schema_service.fields[j].name, node->keys[i]->text);
        if (field)
            continue;
        profile_check_marks(document, node->items[i], diag);
        schema_check_field(&state, document, profile_unmark(node->items[i]), diag);
    }
}

static const struct schema_field service_fields[] = {
    FACT("port", "TCP or UDP port at factory state.", INTEGER(1, 65535)),
    FACT("transport", "tcp or udp.", .type = SCHEMA_CHOICE, .choices = transports),
    FACT("port_settable", "Whether the owner may change the port.", .type = SCHEMA_BOOL),
    FACT("version", "Protocol version, \"TLS 1.2\".", .type = SCHEMA_TEXT),
    MARKS,
};
const struct schema profile_schema_service = {
    .name = "service",
    .doc = "A service at factory state: its port, and for each interface on, off or none (there is "
           "no such setting).",
    .fields = service_fields,
    .fields_count = SCHEMA_COUNT(service_fields),
    .open = true,
    .rule = service_rule,
};

// ---- Policies ----

FACTS_RULE(password)

static void password_rule(const struct yaml_document *document, const struct yaml_node *node,
                          struct diag *diag)
{
    const struct yaml_node *length = profile_unmark(yaml_get(node, "length"));
    int64_t low;
    int64_t high;

    password_facts(document, node, diag);
    if (length && length->kind == YAML_SCALAR &&
        (!profile_parse_range(length->text, &low, &high) || low < 0))
        yaml_error(diag, document, length, "write 8..50", "'%s' is no range of lengths",
                   length->text);
}

static const struct schema_field password_fields[] = {
    {.name = "for",
     .type = SCHEMA_EITHER,
     .item = &name_item,
     .doc = "The accounts or uses it rules."},
    FACT("length", "Shortest..longest, in characters.", .type = SCHEMA_TEXT),
    FACT("classes", "How many of the classes upper, lower, digit, special must occur.",
         INTEGER(1, 4)),
    FACT("required", "Classes that must occur.", .type = SCHEMA_EITHER,
         .item = &(const struct schema_field){.type = SCHEMA_CHOICE, .choices = classes}),
    FACT("special", "The special characters that are allowed.", .type = SCHEMA_TEXT),
    FACT("characters", "All characters that are allowed, as ranges \"0-9a-zA-Z\".",
         .type = SCHEMA_TEXT),
    FACT("not_user_name", "The user name may not be part of it.", .type = SCHEMA_BOOL),
    FACT("not_previous", "The password before it is refused.", .type = SCHEMA_BOOL),
    FACT("factory", "What it is when the device leaves the factory.", .type = SCHEMA_TEXT),
    MARKS,
};
static const struct schema password_schema = {
    .name = "password policy",
    .doc = "What a password must look like. `$` is a plain character here.",
    .fields = password_fields,
    .fields_count = SCHEMA_COUNT(password_fields),
    .rule = password_rule,
};

FACTS_RULE(stage)
static const struct schema_field stage_fields[] = {
    FACT("failures", "Wrong attempts that end the stage.", INTEGER(1, 1000000)),
    FACT("lock", "How long it is locked then.", DURATION),
    FACT("again", "The stage repeats itself for ever.", .type = SCHEMA_BOOL),
    MARKS,
};
static const struct schema stage_schema = {
    .name = "lock-out stage",
    .doc = "One step of a lock-out.",
    .fields = stage_fields,
    .fields_count = SCHEMA_COUNT(stage_fields),
    .rule = stage_facts,
};

FACTS_RULE(while_locked)
static const struct schema_field while_locked_fields[] = {
    FACT("counts", "An attempt during the lock counts as a failure.", .type = SCHEMA_BOOL),
    FACT("extends", "An attempt during the lock makes it longer.", .type = SCHEMA_BOOL),
    MARKS,
};
static const struct schema while_locked_schema = {
    .name = "attempts while locked",
    .doc = "What an attempt does while the lock stands.",
    .fields = while_locked_fields,
    .fields_count = SCHEMA_COUNT(while_locked_fields),
    .rule = while_locked_facts,
};

FACTS_RULE(lockout)
static const struct schema_field lockout_fields[] = {
    FACT("scope", "What is locked: the account, the source address, the whole server.",
         .type = SCHEMA_CHOICE, .choices = scopes),
    {.name = "stages",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &(const struct schema_field){.type = SCHEMA_OBJECT, .object = &stage_schema},
     .doc = "The stages in order.",
     .example = "[{failures: 10, lock: 10m}, {failures: 5, lock: 60m, again: yes}]"},
    {.name = "while_locked",
     .type = SCHEMA_OBJECT,
     .object = &while_locked_schema,
     .doc = "What an attempt does while the lock stands."},
    FACT("success_resets", "A right password sets the count to zero.", .type = SCHEMA_BOOL),
    FACT("survives", "What count and lock survive.", .type = SCHEMA_EITHER,
         .item = &(const struct schema_field){.type = SCHEMA_CHOICE, .choices = survivals}),
    FACT("unpowered",
         "Without supply the time of a lock stands and what is left goes on afterwards, or runs.",
         .type = SCHEMA_CHOICE, .choices = unpowered),
    MARKS,
};
static const struct schema lockout_schema = {
    .name = "lock-out policy",
    .doc = "When wrong attempts lock, and for how long.",
    .fields = lockout_fields,
    .fields_count = SCHEMA_COUNT(lockout_fields),
    .rule = lockout_facts,
};

void profile_schema_policies_rule(const struct yaml_document *document,
                                  const struct yaml_node *policies, struct diag *diag)
{
    yaml_for_each(i, policies) {
        const char *key = policies->keys[i]->text;

        if (!strncmp(key, "password.", 9))
            schema_check(&password_schema, document, policies->items[i], diag);
        else if (!strcmp(key, "lockout"))
            schema_check(&lockout_schema, document, policies->items[i], diag);
    }
}
