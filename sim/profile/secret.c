// SPDX-License-Identifier: Apache-2.0
// One random stream a name, so that adding a secret does not change another.
#include "sim/profile/secret.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/base/str.h"

#define SECRET_LENGTH_WANTED 12
#define SECRET_PREFIX "$secret."

const char *profile_secret_name(const char *text)
{
    size_t length = strlen(SECRET_PREFIX);

    return strncmp(text, SECRET_PREFIX, length) == 0 ? text + length : NULL;
}

static bool rule_is_for(const struct yaml_node *rule, const char *account)
{
    const struct yaml_node *accounts = yaml_get(rule, "for");

    yaml_for_each(i, accounts) {
        if (accounts->items[i]->text && strcmp(accounts->items[i]->text, account) == 0)
            return true;
    }
    return !accounts;
}

// 12 characters, or the nearest length that bounds such as "8..50" allow.
static size_t length_within(const char *bounds)
{
    char *rest;
    size_t least = strtoul(bounds, &rest, 10);
    size_t most = strncmp(rest, "..", 2) == 0 ? strtoul(rest + 2, NULL, 10) : least;

    if (least > SECRET_LENGTH_WANTED)
        return least;
    return most && most < SECRET_LENGTH_WANTED ? most : SECRET_LENGTH_WANTED;
}

static size_t length_for(const struct profile *profile, const char *account)
{
    const struct yaml_node *policies = profile_fact(profile, "policies");

    yaml_for_each(i, policies) {
        const struct yaml_node *rule = policies->items[i];
        const char *bounds = yaml_get_text(rule, "length", NULL);

        if (strncmp(policies->keys[i]->text, "password.", 9) == 0 && bounds &&
            rule_is_for(rule, account))
            return length_within(bounds);
    }
    return SECRET_LENGTH_WANTED;
}

char *profile_secret_draw(const struct profile *profile, const char *account, const char *name,
                          uint64_t seed)
{
    static const char *const classes[] = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz",
                                          "23456789"};
    char *stream = str_format("secret %s", name);
    size_t length = length_for(profile, account);
    char *value = mem_new(length + 1, 1);
    struct rng rng;

    rng_init(&rng, seed, stream);
    for (size_t i = 0; i < length; i++) {
        const char *letters = classes[i < 3 ? i : rng_below(&rng, 3)];

        value[i] = letters[rng_below(&rng, strlen(letters))];
    }
    free(stream);
    return value;
}
