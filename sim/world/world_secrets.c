// SPDX-License-Identifier: Apache-2.0
// Passwords of a site: given from outside, written in the file, or drawn from the seed so that they
// obey the rule of the account they are for. Never logged, never hashed into events.
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/rng.h"
#include "sim/base/str.h"
#include "sim/world/world_private.h"

#define SECRET_LENGTH_WANTED 12

static bool rule_is_for(const struct yaml_node *rule, const char *account)
{
    const struct yaml_node *accounts = yaml_get(rule, "for");

    if (!accounts)
        return true;
    yaml_for_each(i, accounts) {
        if (accounts->items[i]->text && strcmp(accounts->items[i]->text, account) == 0)
            return true;
    }
    return false;
}

// The bounds of the rule `password.*` for an account: "8..50".
static size_t secret_length(const struct profile *profile, const char *account)
{
    const struct yaml_node *policies = profile_fact(profile, "policies");
    size_t length = SECRET_LENGTH_WANTED;

    yaml_for_each(i, policies) {
        const struct yaml_node *rule = policies->items[i];
        const char *bounds = yaml_get_text(rule, "length", NULL);
        char *rest;
        size_t least;
        size_t most;

        if (strncmp(policies->keys[i]->text, "password.", 9) != 0 || !bounds ||
            !rule_is_for(rule, account))
            continue;
        least = strtoul(bounds, &rest, 10);
        most = strncmp(rest, "..", 2) == 0 ? strtoul(rest + 2, NULL, 10) : least;
        if (length < least)
            length = least;
        if (most && length > most)
            length = most;
        break;
    }
    return length;
}

// Upper, lower and digit come first so that every rule of three classes is met.
static char *draw_secret(const struct world *world, const char *name, size_t length)
{
    static const char *const classes[] = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz",
                                          "23456789"};
    char *stream = str_format("secret %s", name);
    char *secret = mem_new(length + 1, 1);
    struct rng rng;

    rng_init(&rng, core_seed(world->options.core), stream);
    for (size_t i = 0; i < length; i++) {
        const char *letters = classes[i < 3 ? i : rng_below(&rng, 3)];

        secret[i] = letters[rng_below(&rng, strlen(letters))];
    }
    free(stream);
    return secret;
}

static const char *find_secret(struct world *world, const char *name, const struct profile *profile,
                               const char *account)
{
    struct world_secret *secret;
    const char *given;

    for (size_t i = 0; i < world->secrets_count; i++)
        if (strcmp(world->secrets[i].name, name) == 0)
            return world->secrets[i].value;
    given = world->options.secret ? world->options.secret(world->options.secret_user, name) : NULL;
    if (!given && !profile)
        return NULL;
    MEM_PUSH_ROOM(world->secrets, world->secrets_count, world->secrets_room);
    secret = &world->secrets[world->secrets_count++];
    secret->name = str_copy(name);
    secret->value =
        given ? str_copy(given) : draw_secret(world, name, secret_length(profile, account));
    return secret->value;
}

const char *world_device_secret(void *user, const char *device_id, const char *account)
{
    struct world *world = user;
    const char *bracket = strchr(device_id, '[');
    char *name = str_format("%.*s", bracket ? (int)(bracket - device_id) : (int)strlen(device_id),
                            device_id);
    const struct world_entry *entry = world_find_entry(world, name);
    const char *text =
        entry ? yaml_get_text(yaml_get(entry->node, "passwords"), account, NULL) : NULL;

    free(name);
    if (!text || strncmp(text, "$secret.", 8) != 0)
        return text;
    return find_secret(world, text + 8, entry->profile, account);
}

// The first account in the site that uses the secret decides its rule.
const char *world_secret(struct world *world, const char *name)
{
    for (size_t i = 0; i < world->entries_count; i++) {
        const struct yaml_node *passwords = yaml_get(world->entries[i].node, "passwords");

        yaml_for_each(k, passwords) {
            const char *text = passwords->items[k]->text;

            if (text && strncmp(text, "$secret.", 8) == 0 && strcmp(text + 8, name) == 0)
                return find_secret(world, name, world->entries[i].profile,
                                   passwords->keys[k]->text);
        }
    }
    return find_secret(world, name, NULL, NULL);
}

void world_free_secrets(struct world *world)
{
    for (size_t i = 0; i < world->secrets_count; i++) {
        crypto_wipe(world->secrets[i].value, strlen(world->secrets[i].value));
        free(world->secrets[i].value);
        free(world->secrets[i].name);
    }
    free(world->secrets);
}
