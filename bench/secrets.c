// SPDX-License-Identifier: Apache-2.0
// Given ones first; the rest is drawn by the rule that the served site draws by
// (sim/profile/secret.h).
#include "bench/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/str.h"
#include "sim/profile/profile.h"
#include "sim/profile/secret.h"

struct drawn {
    char *name;
    char *value;
};

struct secrets {
    struct secrets_options options;
    struct drawn drawn[SECRETS_MAX];
    size_t count;
};

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
        const char *name = text ? profile_secret_name(text) : NULL;

        if (!name || find(secrets, name) || secrets->count == SECRETS_MAX)
            continue;
        secrets->drawn[secrets->count++] = (struct drawn){
            .name = str_copy(name),
            .value =
                profile_secret_draw(profile, passwords->keys[i]->text, name, secrets->options.seed),
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
