// SPDX-License-Identifier: Apache-2.0
// Drawing follows the world's rule (one stream a name under the seed, the length from the password
// rule of the first account that uses it, one letter of each class first), so that a served site
// and its bench come to the same value on their own. The end-to-end tests would show a difference.
#include "bench/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/rng.h"
#include "sim/base/str.h"
#include "sim/profile/profile.h"

#define LENGTH_WANTED 12
#define PREFIX "$secret."

struct drawn {
    char *name;
    char *value;
};

struct secrets {
    struct secrets_options options;
    struct drawn drawn[SECRETS_MAX];
    size_t count;
};

static bool rule_is_for(const struct yaml_node *rule, const char *account)
{
    const struct yaml_node *accounts = yaml_get(rule, "for");

    yaml_for_each(i, accounts) {
        if (accounts->items[i]->text && strcmp(accounts->items[i]->text, account) == 0)
            return true;
    }
    return !accounts;
}

// The bounds of the rule `password.*` for an account: "8..50".
static size_t length_for(const struct profile *profile, const char *account)
{
    const struct yaml_node *policies = profile_fact(profile, "policies");
    size_t length = LENGTH_WANTED;

    yaml_for_each(i, policies) {
        const struct yaml_node *rule = policies->items[i];
        const char *bounds = yaml_get_text(rule, "length", NULL);
        size_t least;
        size_t most;
        char *rest;

        if (strncmp(policies->keys[i]->text, "password.", 9) != 0 || !bounds ||
            !rule_is_for(rule, account))
            continue;
        least = strtoul(bounds, &rest, 10);
        most = strncmp(rest, "..", 2) == 0 ? strtoul(rest + 2, NULL, 10) : least;
        if (length < least)
            length = least;
        return most && length > most ? most : length;
    }
    return length;
}

static char *draw(uint64_t seed, const char *name, size_t length)
{
    static const char *const classes[] = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz",
                                          "23456789"};
    char *stream = str_format("secret %s", name);
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

static const struct drawn *find(const struct secrets *secrets, const char *name)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (strcmp(secrets->drawn[i].name, name) == 0)
            return &secrets->drawn[i];
    return NULL;
}

static void draw_device(struct secrets *secrets, const struct yaml_node *device, struct diag *diag)
{
    const struct yaml_node *passwords = yaml_get(device, "passwords");
    const struct profile *profile;

    if (!passwords || profiles_get(secrets->options.profiles, yaml_get_text(device, "profile", ""),
                                   diag, &profile) < 0)
        return;
    yaml_for_each(i, passwords) {
        const char *text = passwords->items[i]->text;

        if (!text || strncmp(text, PREFIX, strlen(PREFIX)) != 0 ||
            find(secrets, text + strlen(PREFIX)) || secrets->count == SECRETS_MAX)
            continue;
        text += strlen(PREFIX);
        secrets->drawn[secrets->count++] = (struct drawn){
            .name = str_copy(text),
            .value =
                draw(secrets->options.seed, text, length_for(profile, passwords->keys[i]->text)),
        };
    }
}

static void draw_site(struct secrets *secrets, const char *path)
{
    struct diag *diag = diag_new();
    struct yaml_document *site = NULL;
    const struct yaml_node *devices;

    if (yaml_load(path, diag, &site) == 0) {
        devices = yaml_get(yaml_root(site), "devices");
        yaml_for_each(i, devices)
            draw_device(secrets, devices->items[i], diag);
    }
    yaml_free(&site);
    diag_free(&diag);
}

struct secrets *secrets_new(const struct secrets_options *options)
{
    struct secrets *secrets = mem_new(1, sizeof(*secrets));

    secrets->options = *options;
    if (options->file->process.site)
        draw_site(secrets, options->file->process.site);
    return secrets;
}

void secrets_free(struct secrets **secrets)
{
    if (!*secrets)
        return;
    for (size_t i = 0; i < (*secrets)->count; i++) {
        crypto_wipe((*secrets)->drawn[i].value, strlen((*secrets)->drawn[i].value));
        free((*secrets)->drawn[i].value);
        free((*secrets)->drawn[i].name);
    }
    free(*secrets);
    *secrets = NULL;
}

const char *secrets_get(const struct secrets *secrets, const char *name)
{
    const struct drawn *drawn = find(secrets, name);
    const char *value = NULL;

    if (secrets->options.given)
        value = secrets->options.given(secrets->options.user, name);
    if (!value)
        value = bench_file_secret(secrets->options.file, name);
    return value ? value : drawn ? drawn->value : NULL;
}
