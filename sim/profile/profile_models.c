// SPDX-License-Identifier: Apache-2.0
// Models and features of a profile: the table of models by hardware revision, and which feature a
// model has by the cells of its row.
#include "sim/profile/parts.h"

#include <assert.h>
#include <string.h>

#include "sim/base/nearest.h"

// ---- Building ----

static void build_columns(struct profile_build *build, const struct yaml_node *columns)
{
    struct profile *profile = build->profile;

    if (columns->count < 2 || columns->count > PROFILE_COLUMNS_MAX ||
        strcmp(columns->items[0]->text, "model") != 0 ||
        strcmp(columns->items[1]->text, "hardware") != 0) {
        yaml_error(build->diag, profile->document, columns, NULL,
                   "the columns of models begin with model, hardware and are at most %d",
                   PROFILE_COLUMNS_MAX);
        return;
    }
    profile->columns = mem_new(columns->count, sizeof(*profile->columns));
    profile->columns_count = columns->count;
    yaml_for_each(i, columns)
        profile->columns[i] = columns->items[i]->text;
}

static void build_model(struct profile_build *build, const struct yaml_node *row)
{
    struct profile *profile = build->profile;
    struct profile_model *model = &profile->models[profile->models_count];
    const char **cells = profile->cells + profile->models_count * profile->columns_count;

    for (size_t i = 0; i < profile->columns_count; i++) {
        if (row->items[i]->kind != YAML_SCALAR) {
            yaml_error(build->diag, profile->document, row->items[i], NULL,
                       "the cell of a model is a word or a number");
            return;
        }
        cells[i] = row->items[i]->text;
    }
    for (size_t i = 0; i < profile->models_count; i++) {
        if (!strcmp(profile->models[i].name, cells[0]) &&
            !strcmp(profile->models[i].cells[1], cells[1]))
            yaml_error(build->diag, profile->document, row->items[0], NULL,
                       "model %s of hardware %s stands here twice", cells[0], cells[1]);
    }
    *model = (struct profile_model){cells[0], cells};
    profile->models_count++;
}

// A condition of a feature: column to cell, or to a list of cells.
static void check_condition(struct profile_build *build, const struct yaml_node *condition)
{
    struct profile *profile = build->profile;

    yaml_for_each(i, condition) {
        struct nearest nearest;
        char hint[PROFILE_HINT_ROOM];
        bool known = false;

        nearest_init(&nearest, condition->keys[i]->text);
        for (size_t j = 0; j < profile->columns_count; j++) {
            nearest_add(&nearest, profile->columns[j]);
            known = known || !strcmp(profile->columns[j], condition->keys[i]->text);
        }
        if (!known)
            yaml_error(build->diag, profile->document, condition->keys[i],
                       profile_hint(nearest_name(&nearest), hint), "the models have no column '%s'",
                       condition->keys[i]->text);
        yaml_for_each(j, condition->items[i]) {
            if (condition->items[i]->items[j]->kind != YAML_SCALAR)
                yaml_error(build->diag, profile->document, condition->items[i], NULL,
                           "write a cell or a list of cells");
        }
    }
}

static void check_features(struct profile_build *build, const struct yaml_node *features)
{
    struct profile *profile = build->profile;

    if (features->kind == YAML_SCALAR) {
        yaml_error(build->diag, profile->document, features, "write [a, b] or {a: yes}",
                   "features are a list of names, or a map from names to conditions");
        return;
    }
    yaml_for_each(i, features) {
        static const struct schema_field truth = {.type = SCHEMA_BOOL};
        const struct yaml_node *item = features->items[i];

        if (features->kind == YAML_SEQUENCE) {
            if (item->kind != YAML_SCALAR)
                yaml_error(build->diag, profile->document, item, NULL,
                           "a list of features holds names");
        } else if (item->kind == YAML_MAPPING) {
            check_condition(build, item);
        } else {
            schema_check_field(&truth, profile->document, item, build->diag);
        }
    }
}

void profile_build_models(struct profile_build *build)
{
    struct profile *profile = build->profile;
    const struct yaml_node *table = yaml_get(profile->root, "models");
    const struct yaml_node *rows = yaml_get(table, "rows");
    const struct yaml_node *features = yaml_get(profile->root, "features");

    if (table)
        build_columns(build, yaml_get(table, "columns"));
    if (profile->columns && rows->count > PROFILE_MODELS_MAX) {
        yaml_error(build->diag, profile->document, rows, NULL, "more than %d models",
                   PROFILE_MODELS_MAX);
    } else if (profile->columns) {
        profile->models = mem_new(rows->count + 1, sizeof(*profile->models));
        profile->cells = mem_new(rows->count * profile->columns_count + 1, sizeof(*profile->cells));
        yaml_for_each(i, rows)
            build_model(build, rows->items[i]);
    }
    if (features)
        check_features(build, features);
}

// ---- Models ----

size_t profile_models_count(const struct profile *profile)
{
    return profile->models_count;
}

const struct profile_model *profile_model_at(const struct profile *profile, size_t index)
{
    assert(index < profile->models_count);
    return &profile->models[index];
}

const struct profile_model *profile_model(const struct profile *profile, const char *name,
                                          const char *hardware)
{
    assert(name);
    for (size_t i = 0; i < profile->models_count; i++) {
        const struct profile_model *model = &profile->models[i];
        const char *revision = model->cells[1];

        if (!strcmp(model->name, name) &&
            (!hardware || !strcmp(revision, "any") || !strcmp(revision, hardware)))
            return model;
    }
    return NULL;
}

const char *const *profile_columns(const struct profile *profile, size_t *ret_count)
{
    *ret_count = profile->columns_count;
    return profile->columns;
}

const char *profile_model_cell(const struct profile *profile, const struct profile_model *model,
                               const char *column)
{
    assert(model);
    for (size_t i = 0; i < profile->columns_count; i++)
        if (!strcmp(profile->columns[i], column))
            return model->cells[i];
    return NULL;
}

// ---- Features ----

static bool cell_fits(const struct yaml_node *wanted, const char *cell)
{
    if (wanted->kind == YAML_SCALAR)
        return !strcmp(wanted->text, cell);
    yaml_for_each(i, wanted) {
        if (!strcmp(wanted->items[i]->text, cell))
            return true;
    }
    return false;
}

static bool condition_holds(const struct profile *profile, const struct profile_model *model,
                            const struct yaml_node *condition)
{
    yaml_for_each(i, condition) {
        const char *cell = profile_model_cell(profile, model, condition->keys[i]->text);

        if (!cell || !cell_fits(condition->items[i], cell))
            return false;
    }
    return true;
}

// What the profile says of a feature; NULL when it does not speak of it. In a list: the name
// itself.
static const struct yaml_node *find_feature(const struct profile *profile, const char *feature)
{
    const struct yaml_node *features = yaml_get(profile->root, "features");

    if (features && features->kind == YAML_MAPPING)
        return yaml_get(features, feature);
    yaml_for_each(i, features) {
        if (!strcmp(features->items[i]->text, feature))
            return features->items[i];
    }
    return NULL;
}

bool profile_has_feature(const struct profile *profile, const struct profile_model *model,
                         const char *feature)
{
    const struct yaml_node *features = yaml_get(profile->root, "features");
    const struct yaml_node *claim = find_feature(profile, feature);

    if (!claim)
        return false;
    if (features->kind == YAML_SEQUENCE)
        return true;
    if (claim->kind == YAML_SCALAR)
        return schema_bool(claim, false);
    if (model)
        return condition_holds(profile, model, claim);
    for (size_t i = 0; i < profile->models_count; i++)
        if (condition_holds(profile, &profile->models[i], claim))
            return true;
    return false;
}

bool profile_knows_feature(const struct profile *profile, const char *feature)
{
    return find_feature(profile, feature) != NULL;
}

const char *profile_nearest_feature(const struct profile *profile, const char *feature)
{
    const struct yaml_node *features = yaml_get(profile->root, "features");
    struct nearest nearest;

    nearest_init(&nearest, feature);
    yaml_for_each(i, features)
        nearest_add(&nearest, features->kind == YAML_MAPPING ? features->keys[i]->text
                                                             : features->items[i]->text);
    return nearest_name(&nearest);
}
