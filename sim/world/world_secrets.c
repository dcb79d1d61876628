// SPDX-License-Identifier: Apache-2.0
// Passwords of a site: given from outside, written in the file, or drawn from the seed so that they
// obey the rule of the account they are for. Never logged, never hashed into events.
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/str.h"
#include "sim/profile/secret.h"
#include "sim/world/world_private.h"

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
        given ? str_copy(given)
              : profile_secret_draw(profile, account, name, core_seed(world->options.core));
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
    if (!text || !profile_secret_name(text))
        return text;
    return find_secret(world, profile_secret_name(text), entry->profile, account);
}

// The first account in the site that uses the secret decides its rule.
const char *world_secret(struct world *world, const char *name)
{
    for (size_t i = 0; i < world->entries_count; i++) {
        const struct yaml_node *passwords = yaml_get(world->entries[i].node, "passwords");

        yaml_for_each(k, passwords) {
            const char *text = passwords->items[k]->text;
            const char *wanted = text ? profile_secret_name(text) : NULL;

            if (wanted && strcmp(wanted, name) == 0)
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
