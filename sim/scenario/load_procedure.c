// SPDX-License-Identifier: Apache-2.0
// `use:`: finding a procedure file beside the scenario or in the common folder, reading it once,
// and its steps once for each place that uses it.
#include "sim/scenario/load.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/err.h"
#include "sim/base/nearest.h"

static char *beside(const struct scenario *scenario)
{
    const char *slash = strrchr(scenario->path, '/');

    return str_format("%.*sprocedures", slash ? (int)(slash + 1 - scenario->path) : 0,
                      scenario->path);
}

static bool is_file(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

// The path of a procedure, which the caller frees, or NULL.
static char *find_file(const struct scenario *scenario, const char *name)
{
    char *folder = beside(scenario);
    char *path = str_format("%s/%s.yaml", folder, name);

    free(folder);
    if (is_file(path))
        return path;
    free(path);
    if (!scenario->procedures)
        return NULL;
    path = str_format("%s/%s.yaml", scenario->procedures, name);
    if (is_file(path))
        return path;
    free(path);
    return NULL;
}

// Adds the names of a folder; the best one is copied, since the folder's entries do not last.
static void nearest_in(const char *folder, const char *name, char **best, size_t *distance)
{
    DIR *dir = folder ? opendir(folder) : NULL;
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char *stem = str_copy(entry->d_name);
        char *dot = strrchr(stem, '.');
        struct nearest nearest;

        if (dot)
            *dot = '\0';
        nearest_init(&nearest, name);
        nearest_add(&nearest, stem);
        if (nearest_name(&nearest) && (!*best || nearest.distance < *distance)) {
            free(*best);
            *best = str_copy(stem);
            *distance = nearest.distance;
        }
        free(stem);
    }
    if (dir)
        closedir(dir);
}

static void not_found(struct loader *loader, const struct step *step, const char *name)
{
    char *folder = beside(loader->scenario);
    char *best = NULL;
    size_t distance = 0;
    char *hint;

    nearest_in(folder, name, &best, &distance);
    nearest_in(loader->scenario->procedures, name, &best, &distance);
    hint = best ? str_format("did you mean '%s'?", best)
                : str_format("looked for %s/%s.yaml", folder, name);
    yaml_error(loader->diag, step->document, step->head, hint, "there is no procedure '%s'", name);
    free(hint);
    free(best);
    free(folder);
}

static struct procedure *read_file(struct loader *loader, const char *path)
{
    struct scenario *scenario = loader->scenario;
    struct procedure *procedure = mem_new(1, sizeof(*procedure));
    const struct yaml_node *root = NULL;
    int err = yaml_load(path, loader->diag, &procedure->document);

    if (err == 0) {
        root = yaml_root(procedure->document);
        err = schema_check(&scenario_procedure_schema, procedure->document, root, loader->diag);
    }
    if (err < 0) {
        yaml_free(&procedure->document);
        free(procedure);
        return NULL;
    }
    procedure->name = yaml_get_text(root, "name", "");
    procedure->params = yaml_get(root, "params");
    procedure->steps = yaml_get(root, "steps");
    scenario->used = mem_grow(scenario->used, scenario->used_count + 1, sizeof(*scenario->used));
    scenario->used[scenario->used_count++] = procedure;
    return procedure;
}

static struct procedure *procedure_get(struct loader *loader, const struct step *step)
{
    const char *name = step->head->text;
    char *path = find_file(loader->scenario, name);
    struct procedure *procedure = NULL;

    if (!path) {
        not_found(loader, step, name);
        return NULL;
    }
    for (size_t i = 0; i < loader->scenario->used_count; i++)
        if (strcmp(yaml_name(loader->scenario->used[i]->document), path) == 0)
            procedure = loader->scenario->used[i];
    if (!procedure)
        procedure = read_file(loader, path);
    free(path);
    return procedure;
}

static bool is_recursive(const struct loader *loader, const char *name)
{
    for (size_t i = 0; i < loader->used_count; i++)
        if (strcmp(loader->used[i], name) == 0)
            return true;
    return false;
}

static void check_params(struct loader *loader, const struct step *step)
{
    const struct yaml_node *params = step->procedure->params;
    const struct yaml_node *with = yaml_get(step->node, "with");
    struct nearest nearest;

    yaml_for_each(i, with) {
        char *hint = NULL;

        if (yaml_get(params, with->keys[i]->text))
            continue;
        nearest_init(&nearest, with->keys[i]->text);
        yaml_for_each(j, params) {
            nearest_add(&nearest, params->keys[j]->text);
        }
        if (nearest_name(&nearest))
            hint = str_format("did you mean '%s'?", nearest_name(&nearest));
        yaml_error(loader->diag, step->document, with->keys[i], hint, "'%s' has no parameter '%s'",
                   step->procedure->name, with->keys[i]->text);
        free(hint);
    }
    yaml_for_each(i, params) {
        if (!yaml_get(params->items[i], "default") && !yaml_get(with, params->keys[i]->text))
            yaml_error(loader->diag, step->document, with ? with : step->head, NULL,
                       "'%s' needs the parameter '%s'", step->procedure->name,
                       params->keys[i]->text);
    }
}

void load_procedure(struct loader *loader, struct step *step)
{
    const char *name = step->head->text;
    struct step_list list = {0};

    if (is_recursive(loader, name)) {
        yaml_error(loader->diag, step->document, step->head, NULL, "'%s' uses itself", name);
        return;
    }
    if (loader->used_count == SCENARIO_USE_DEPTH_MAX) {
        yaml_error(loader->diag, step->document, step->head, NULL,
                   "procedures are nested deeper than %d", SCENARIO_USE_DEPTH_MAX);
        return;
    }
    if (strchr(name, '/') || strchr(name, '$') || name[0] == '.') {
        yaml_error(loader->diag, step->document, step->head, "the file's name without .yaml",
                   "'%s' cannot be the name of a procedure", name);
        return;
    }
    step->procedure = procedure_get(loader, step);
    if (!step->procedure)
        return;
    check_params(loader, step);
    loader->used[loader->used_count++] = name;
    load_steps(loader, step->procedure->document, step->procedure->steps, step->place, &list);
    loader->used_count--;
    step->children = list.items;
    step->children_count = list.count;
}
