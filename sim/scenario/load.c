// SPDX-License-Identifier: Apache-2.0
// Reading a scenario file: schema, roles, steps, background, procedures; then a dry expansion, so
// that everything that can be known without a device is checked here.
#include "sim/scenario/load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/nearest.h"
#include "sim/scenario/plan.h"

int scenario_find_role(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->roles_count; i++)
        if (strcmp(scenario->roles[i].name, name) == 0)
            return (int)i;
    return -1;
}

const char *scenario_nearest_role(const struct scenario *scenario, const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (size_t i = 0; i < scenario->roles_count; i++)
        nearest_add(&nearest, scenario->roles[i].name);
    return nearest_name(&nearest);
}

void load_step(struct loader *loader, const struct yaml_document *document,
               const struct yaml_node *node, enum step_place place, struct step *ret)
{
    int kind = step_kind_of(node, &ret->head);

    assert(kind >= 0); // The schema saw to it.
    ret->kind = (enum step_kind)kind;
    ret->place = place;
    ret->document = document;
    ret->node = node;
    if (++loader->steps > SCENARIO_STEPS_MAX)
        return;
    load_check_step(loader, ret);
    if (ret->kind == STEP_DO || ret->kind == STEP_CHECK)
        ret->verb = verb_find(&loader->scenario->verbs, ret->head->text);
    if (ret->kind == STEP_USE)
        load_procedure(loader, ret);
    if (ret->kind == STEP_PARALLEL) {
        struct step_list list = {0};

        load_steps(loader, document, yaml_get(ret->head, "steps"), STEP_IN_PARALLEL, &list);
        ret->children = list.items;
        ret->children_count = list.count;
    }
}

void load_steps(struct loader *loader, const struct yaml_document *document,
                const struct yaml_node *node, enum step_place place, struct step_list *ret)
{
    if (!node)
        return;
    ret->items = mem_new(node->count, sizeof(*ret->items));
    yaml_for_each(i, node) {
        load_step(loader, document, node->items[i], place, &ret->items[ret->count++]);
    }
}

void step_list_done(struct step_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct step_list children = {list->items[i].children, list->items[i].children_count};

        step_list_done(&children);
    }
    free(list->items);
    *list = (struct step_list){0};
}

static void load_roles(struct loader *loader)
{
    struct scenario *scenario = loader->scenario;
    const struct yaml_node *roles = yaml_get(scenario->root, "roles");

    yaml_for_each(i, roles) {
        struct role *role = &scenario->roles[scenario->roles_count];

        if (i == SCENARIO_ROLES_MAX) {
            yaml_error(loader->diag, scenario->document, roles->keys[i], NULL, "more than %d roles",
                       SCENARIO_ROLES_MAX);
            return;
        }
        role->key = roles->keys[i];
        role->name = roles->keys[i]->text;
        role->node = roles->items[i];
        role->kind = yaml_get_text(role->node, "kind", "");
        role->members = (size_t)schema_integer(yaml_get(role->node, "count"), 1);
        scenario->roles_count++;
        if (strchr(role->name, '.') || strcmp(role->name, "case") == 0 ||
            strcmp(role->name, "secret") == 0)
            yaml_error(loader->diag, scenario->document, role->key, NULL,
                       "'%s' cannot be the name of a role", role->name);
    }
}

// The verbs a role must be drivable by: each must exist.
static void check_role_verbs(struct loader *loader)
{
    const struct scenario *scenario = loader->scenario;

    for (size_t i = 0; i < scenario->roles_count; i++) {
        const struct yaml_node *verbs = yaml_get(scenario->roles[i].node, "verbs");

        yaml_for_each(j, verbs) {
            const char *name = verbs->items[j]->text;
            const char *near = verb_nearest(&scenario->verbs, name);
            char *hint = near ? str_format("did you mean '%s'?", near) : NULL;

            if (!verb_find(&scenario->verbs, name))
                yaml_error(loader->diag, scenario->document, verbs->items[j], hint,
                           "there is no verb '%s'", name);
            free(hint);
        }
    }
}

static void load_background(struct loader *loader)
{
    struct scenario *scenario = loader->scenario;
    const struct yaml_node *background = yaml_get(scenario->root, "background");

    if (!background)
        return;
    scenario->background = mem_new(background->count, sizeof(*scenario->background));
    yaml_for_each(i, background) {
        struct activity *activity = &scenario->background[scenario->background_count++];

        activity->name = background->keys[i]->text;
        load_step(loader, scenario->document, background->items[i], STEP_IN_BACKGROUND,
                  &activity->step);
    }
}

static void load_lists(struct loader *loader)
{
    struct scenario *scenario = loader->scenario;
    const struct {
        const char *key;
        enum step_place place;
        struct step_list *list;
    } lists[] = {
        {"setup", STEP_IN_STEPS, &scenario->setup},
        {"always", STEP_IN_ALWAYS, &scenario->always},
        {"sometimes", STEP_IN_ALWAYS, &scenario->sometimes},
        {"steps", STEP_IN_STEPS, &scenario->steps},
        {"cleanup", STEP_IN_STEPS, &scenario->cleanup},
    };

    load_background(loader);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        load_steps(loader, scenario->document, yaml_get(scenario->root, lists[i].key),
                   lists[i].place, lists[i].list);
    if (loader->steps > SCENARIO_STEPS_MAX)
        yaml_error(loader->diag, scenario->document, scenario->root, NULL, "more than %d steps",
                   SCENARIO_STEPS_MAX);
}

static void check_params(struct loader *loader)
{
    const struct scenario *scenario = loader->scenario;
    const struct yaml_node *params = yaml_get(scenario->root, "params");
    struct nearest nearest;

    yaml_for_each(i, params) {
        if (scenario_find_role(scenario, params->keys[i]->text) >= 0)
            yaml_error(loader->diag, scenario->document, params->keys[i], NULL,
                       "'%s' is a role already", params->keys[i]->text);
    }
    for (size_t i = 0; i < scenario->settings_count; i++) {
        const char *name = scenario->settings[i].name;

        if (yaml_get(params, name))
            continue;
        nearest_init(&nearest, name);
        yaml_for_each(j, params) {
            nearest_add(&nearest, params->keys[j]->text);
        }
        diag_error(loader->diag, &(struct yaml_mark){.file = scenario->path}, NULL,
                   nearest_name(&nearest), "--set %s: the scenario has no such param", name);
    }
}

// Ids of cases are what the quarantine and JUnit call them by.
static void check_cases(struct loader *loader)
{
    const struct scenario *scenario = loader->scenario;
    const struct yaml_node *cases = yaml_get(scenario->root, "cases");
    const struct yaml_node *matrix = yaml_get(scenario->root, "matrix");

    yaml_for_each(i, cases) {
        for (size_t j = 0; j < i; j++)
            if (strcmp(yaml_get_text(cases->items[i], "id", ""),
                       yaml_get_text(cases->items[j], "id", "")) == 0)
                yaml_error(loader->diag, scenario->document, yaml_get(cases->items[i], "id"), NULL,
                           "there is a case '%s' already",
                           yaml_get_text(cases->items[i], "id", ""));
    }
    if (cases && cases->count == 0)
        yaml_error(loader->diag, scenario->document, cases, NULL, "'cases' has no row");
    yaml_for_each(i, matrix) {
        if (matrix->items[i]->kind != YAML_SEQUENCE || matrix->items[i]->count == 0)
            yaml_error(loader->diag, scenario->document, matrix->items[i], NULL,
                       "'%s' of a matrix is a list of values", matrix->keys[i]->text);
    }
}

static void check_basis(struct loader *loader)
{
    const struct scenario *scenario = loader->scenario;

    if (!yaml_get(scenario->root, "verifies") && !yaml_get(scenario->root, "basis"))
        yaml_error(loader->diag, scenario->document, scenario->root,
                   "name rows of scenarios/requirements.yaml, or the clause of a standard",
                   "a scenario needs 'verifies' or 'basis'");
}

static void copy_options(struct scenario *scenario, const struct scenario_options *options)
{
    size_t count = options->verbs->count;

    scenario->tables = mem_new(count + 1, sizeof(*scenario->tables));
    for (size_t i = 0; i < count; i++)
        scenario->tables[i] = options->verbs->tables[i];
    scenario->tables[count] = session_verbs;
    scenario->verbs =
        (struct verb_set){(const struct verb *const *const *)scenario->tables, count + 1};
    scenario->procedures = str_copy(options->procedures);
    scenario->settings = mem_new(options->settings_count, sizeof(*scenario->settings));
    for (size_t i = 0; i < options->settings_count; i++) {
        scenario->settings[i].name = str_copy(options->settings[i].name);
        scenario->settings[i].text = str_copy(options->settings[i].text);
    }
    scenario->settings_count = options->settings_count;
}

static void hash_files(struct scenario *scenario)
{
    struct crypto_sha256 *hash = crypto_sha256_new();
    uint8_t digest[CRYPTO_SHA256_BYTES];
    char text[CRYPTO_SHA256_HEX_ROOM];
    size_t length;
    const char *bytes = yaml_bytes(scenario->document, &length);

    crypto_sha256_add(hash, bytes, length);
    for (size_t i = 0; i < scenario->used_count; i++) {
        bytes = yaml_bytes(scenario->used[i]->document, &length);
        crypto_sha256_add(hash, bytes, length);
    }
    crypto_sha256_get(hash, digest);
    crypto_sha256_free(&hash);
    crypto_hex(digest, text);
    scenario->hash = str_copy(text);
}

static int check_all(struct scenario *scenario, struct diag *diag)
{
    struct loader loader = {.scenario = scenario, .diag = diag};
    size_t before = diag_errors(diag);
    struct plan *plan = NULL;
    int err = schema_check(&scenario_schema, scenario->document, scenario->root, diag);

    if (err < 0)
        return err;
    load_roles(&loader);
    check_basis(&loader);
    check_role_verbs(&loader);
    check_params(&loader);
    check_cases(&loader);
    load_lists(&loader);
    hash_files(scenario);
    if (diag_errors(diag) > before)
        return ERR_SCHEMA;
    err = scenario_plan(scenario, NULL, diag, &plan);
    plan_free(&plan);
    return err;
}

int scenario_load(const char *path, const struct scenario_options *options, struct diag *diag,
                  struct scenario **ret)
{
    struct scenario *scenario = mem_new(1, sizeof(*scenario));
    int err;

    scenario->path = str_copy(path);
    copy_options(scenario, options);
    err = yaml_load(path, diag, &scenario->document);
    if (err == 0) {
        scenario->root = yaml_root(scenario->document);
        err = check_all(scenario, diag);
    }
    if (err < 0) {
        scenario_free(&scenario);
        return err;
    }
    *ret = scenario;
    return 0;
}

void scenario_free(struct scenario **scenario)
{
    struct scenario *gone = *scenario;

    if (!gone)
        return;
    step_list_done(&gone->setup);
    step_list_done(&gone->steps);
    step_list_done(&gone->cleanup);
    step_list_done(&gone->always);
    step_list_done(&gone->sometimes);
    free(gone->background);
    for (size_t i = 0; i < gone->used_count; i++) {
        yaml_free(&gone->used[i]->document);
        free(gone->used[i]);
    }
    free(gone->used);
    for (size_t i = 0; i < gone->settings_count; i++) {
        free((char *)gone->settings[i].name);
        free((char *)gone->settings[i].text);
    }
    free(gone->settings);
    yaml_free(&gone->document);
    free(gone->tables);
    free(gone->path);
    free(gone->hash);
    free(gone->procedures);
    free(gone);
    *scenario = NULL;
}

const char *scenario_id(const struct scenario *scenario)
{
    return yaml_get_text(scenario->root, "id", "");
}

const char *scenario_title(const struct scenario *scenario)
{
    return yaml_get_text(scenario->root, "title", "");
}

const char *scenario_path(const struct scenario *scenario)
{
    return scenario->path;
}

const char *scenario_hash(const struct scenario *scenario)
{
    return scenario->hash;
}

bool scenario_has_tag(const struct scenario *scenario, const char *tag)
{
    const struct yaml_node *tags = yaml_get(scenario->root, "tags");

    yaml_for_each(i, tags) {
        if (strcmp(tags->items[i]->text, tag) == 0)
            return true;
    }
    return false;
}

bool scenario_seed(const struct scenario *scenario, uint64_t *ret_seed)
{
    const struct yaml_node *seed = yaml_get(scenario->root, "seed");

    if (!seed)
        return false;
    *ret_seed = (uint64_t)schema_integer(seed, 0);
    return true;
}

size_t scenario_roles_count(const struct scenario *scenario)
{
    return scenario->roles_count;
}

const char *scenario_role(const struct scenario *scenario, size_t index, size_t *ret_members)
{
    assert(index < scenario->roles_count);
    if (ret_members)
        *ret_members = scenario->roles[index].members;
    return scenario->roles[index].name;
}
