// SPDX-License-Identifier: Apache-2.0
// Roles to profiles: through the site for the simulator, by name for boards.
#include "sim/cli/cast.h"

#include <stdlib.h>

#include "sim/base/str.h"

struct cast {
    const struct bench_file *bench;
    struct profiles *profiles;
    struct yaml_document *site;
    struct diag *diag;
};

struct cast *cast_new(const struct bench_file *bench, struct profiles *profiles, struct diag *diag)
{
    struct cast *cast = mem_new(1, sizeof(*cast));

    cast->bench = bench;
    cast->profiles = profiles;
    cast->diag = diag;
    if (bench->site)
        yaml_load(bench->site, diag, &cast->site);
    return cast;
}

void cast_free(struct cast **cast)
{
    if (!*cast)
        return;
    yaml_free(&(*cast)->site);
    free(*cast);
    *cast = NULL;
}

static const struct profile *role_profile(void *user, const char *role,
                                          const struct profile_model **ret_model)
{
    struct cast *cast = user;
    const struct bench_target *target = bench_file_target(cast->bench, role);
    const char *id = target ? target->profile : NULL;
    const char *model = target ? target->model : NULL;
    const char *hardware = target ? target->hardware : NULL;
    const struct profile *profile;

    if (target && target->adapter == BENCH_SIM && cast->site) {
        const struct yaml_node *entry =
            yaml_get(yaml_get(yaml_root(cast->site), "devices"), target->device);

        id = yaml_get_text(entry, "profile", NULL);
        model = yaml_get_text(entry, "model", NULL);
        hardware = yaml_get_text(entry, "hardware", NULL);
    }
    if (!id || profiles_get(cast->profiles, id, cast->diag, &profile) < 0)
        return NULL;
    *ret_model = model ? profile_model(profile, model, hardware) : profile_model_at(profile, 0);
    return profile;
}

struct scenario_cast cast_of(struct cast *cast)
{
    return (struct scenario_cast){.profile = role_profile, .user = cast};
}
