// SPDX-License-Identifier: Apache-2.0
// Before anything moves: can this scenario run here at all? And: which failures are known?
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/scenario/run_model.h"

static char *cannot_features(const struct role *role, const struct target *target)
{
    const struct yaml_node *features = yaml_get(role->node, "features");

    yaml_for_each(i, features) {
        const char *feature = features->items[i]->text;

        if (!target->profile || !profile_has_feature(target->profile, target->model, feature))
            return str_format("role %s: %s%s%s does not claim '%s'", role->name, target->id,
                              target->model ? ", a " : "", target->model ? target->model->name : "",
                              feature);
    }
    return NULL;
}

static char *cannot_verbs(const struct scenario *scenario, const struct role *role,
                          struct target *target)
{
    const struct yaml_node *verbs = yaml_get(role->node, "verbs");

    yaml_for_each(i, verbs) {
        const struct verb *verb = verb_find(&scenario->verbs, verbs->items[i]->text);
        // What a hand can do is asked for when its step comes.
        bool gated = verb && verb != &session_close_all && !verb->manual;
        const char *why = gated ? target->ops->cannot(target, verb) : NULL;

        if (why)
            return str_format("role %s: '%s' cannot be driven on %s: %s", role->name,
                              verbs->items[i]->text, target->id, why);
    }
    return NULL;
}

static char *cannot_role(const struct scenario *scenario, const struct role *role,
                         struct stage *stage)
{
    const char *why = "the bench has no target for it";
    struct target *target = stage->ops->target(stage, role->name, 1, &why);
    char *reason;

    if (!target)
        return str_format("role %s: %s", role->name, why);
    if (stage->ops->members(stage, role->name) < role->members)
        return str_format("role %s: %zu members are wanted, %s has %zu", role->name, role->members,
                          stage->name, stage->ops->members(stage, role->name));
    if (target->profile && strcmp(profile_kind(target->profile), role->kind) != 0)
        return str_format("role %s: %s is a %s, not a %s", role->name, target->id,
                          profile_kind(target->profile), role->kind);
    reason = cannot_features(role, target);
    return reason ? reason : cannot_verbs(scenario, role, target);
}

char *scenario_cannot(const struct scenario *scenario, struct stage *stage)
{
    for (size_t i = 0; i < scenario->roles_count; i++) {
        char *why = cannot_role(scenario, &scenario->roles[i], stage);

        if (why)
            return why;
    }
    return NULL;
}

// ---- Known failures ----

struct quarantine {
    struct yaml_document *document;
    const struct yaml_node *known;
    bool *expired; // One a row.
};

static void check_expiry(struct quarantine *quarantine, size_t i, int64_t utc_ns, struct diag *diag)
{
    const struct yaml_node *row = quarantine->known->items[i];
    const struct yaml_node *expires = yaml_get(row, "expires");
    int64_t at_ns;

    if (units_parse_utc(expires->text, &at_ns) < 0) {
        yaml_error(diag, quarantine->document, expires, "for example 2026-12-31",
                   "'expires' is a day, not '%s'", expires->text);
        return;
    }
    quarantine->expired[i] = utc_ns >= at_ns;
    if (quarantine->expired[i])
        diag_warning(
            diag, &expires->mark, NULL, NULL, "'%s' excuses %s no longer: it expired on %s",
            yaml_get_text(row, "finding", ""), yaml_get_text(row, "scenario", ""), expires->text);
}

int quarantine_load(const char *path, int64_t utc_ns, struct diag *diag, struct quarantine **ret)
{
    struct quarantine *quarantine = mem_new(1, sizeof(*quarantine));
    size_t before = diag_errors(diag);
    int err = yaml_load(path, diag, &quarantine->document);

    if (err == 0)
        err = schema_check(&scenario_quarantine_schema, quarantine->document,
                           yaml_root(quarantine->document), diag);
    if (err == 0) {
        quarantine->known = yaml_get(yaml_root(quarantine->document), "known");
        quarantine->expired = mem_new(quarantine->known->count, sizeof(*quarantine->expired));
        for (size_t i = 0; i < quarantine->known->count; i++)
            check_expiry(quarantine, i, utc_ns, diag);
        err = diag_errors(diag) > before ? ERR_SCHEMA : 0;
    }
    if (err < 0) {
        quarantine_free(&quarantine);
        return err;
    }
    *ret = quarantine;
    return 0;
}

void quarantine_free(struct quarantine **quarantine)
{
    if (!*quarantine)
        return;
    yaml_free(&(*quarantine)->document);
    free((*quarantine)->expired);
    free(*quarantine);
    *quarantine = NULL;
}

const char *quarantine_find(const struct quarantine *quarantine, const char *scenario,
                            const char *row, const char *adapter)
{
    for (size_t i = 0; i < quarantine->known->count; i++) {
        const struct yaml_node *known = quarantine->known->items[i];
        const char *known_case = yaml_get_text(known, "case", NULL);
        const char *known_adapter = yaml_get_text(known, "adapter", NULL);

        if (quarantine->expired[i] || strcmp(yaml_get_text(known, "scenario", ""), scenario) != 0)
            continue;
        if (known_case && strcmp(known_case, row ? row : "") != 0)
            continue;
        if (known_adapter && strcmp(known_adapter, adapter) != 0)
            continue;
        return yaml_get_text(known, "finding", "");
    }
    return NULL;
}
