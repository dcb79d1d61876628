// SPDX-License-Identifier: Apache-2.0
// Names: what `$name` means at a place of a scenario. Nearest frame first (for_each, procedure
// parameters, params, the case), then what was saved, then the roles with the variables of their
// devices and the facts of their profiles.
#include "sim/scenario/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/scenario/role.h"

// What every device can be asked for, besides the facts of its profile. The last ones only its
// owner knows.
static const char *const variables[] = {"id", "index", "label", "model", "profile", "user"};

struct frame *frame_new(struct frame **frames, const struct frame *parent, bool wall)
{
    struct frame *frame = mem_new(1, sizeof(*frame));

    frame->previous = *frames;
    frame->parent = parent;
    frame->wall = wall;
    *frames = frame;
    return frame;
}

struct binding *frame_bind(struct frame *frame, const char *name, enum binding_how how,
                           struct value value)
{
    struct binding *binding;

    frame->bindings = mem_grow(frame->bindings, frame->count + 1, sizeof(*frame->bindings));
    binding = &frame->bindings[frame->count++];
    *binding = (struct binding){.name = str_copy(name), .how = how, .value = value};
    return binding;
}

void frames_free(struct frame **frames)
{
    while (*frames) {
        struct frame *frame = *frames;

        *frames = frame->previous;
        for (size_t i = 0; i < frame->count; i++) {
            free(frame->bindings[i].name);
            value_done(&frame->bindings[i].value);
        }
        free(frame->bindings);
        free(frame);
    }
}

const struct binding *frame_find(const struct frame *frame, const char *name)
{
    for (; frame; frame = frame->wall ? NULL : frame->parent)
        for (size_t i = frame->count; i-- > 0;)
            if (strcmp(frame->bindings[i].name, name) == 0)
                return &frame->bindings[i];
    return NULL;
}

static bool walled(const struct frame *frame)
{
    for (; frame; frame = frame->parent)
        if (frame->wall)
            return true;
    return false;
}

__attribute__((format(printf, 3, 4))) static enum expr_end
refuse(struct expr_error *error, const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    snprintf(error->hint, sizeof(error->hint), "%s", hint ? hint : "");
    return EXPR_WRONG;
}

// ---- Roles and their facts ----

static enum expr_end node_value(const struct yaml_node *node, const char *role, const char *path,
                                struct value *ret, struct expr_error *error)
{
    struct value list = {.type = VALUE_LIST};

    if (node->kind == YAML_SCALAR) {
        *ret = value_parse(node->text, node->quoted);
        return EXPR_VALUE;
    }
    if (node->kind == YAML_MAPPING)
        return refuse(error, NULL, "'%s' of '%s' is a group of facts, not one", path, role);
    yaml_for_each(i, node) {
        struct value item;

        if (node_value(node->items[i], role, path, &item, error) == EXPR_WRONG) {
            value_done(&list);
            return EXPR_WRONG;
        }
        list.items = mem_grow(list.items, list.count + 1, sizeof(*list.items));
        list.items[list.count++] = item;
    }
    *ret = list;
    return EXPR_VALUE;
}

// The nearest key where the path first leaves the profile, as a whole path; "" when none is near.
static void nearest_fact(const struct profile *profile, const char *path, char *ret, size_t room)
{
    char head[256];
    const struct yaml_node *group = NULL;
    const char *dot;
    struct nearest nearest;

    ret[0] = '\0';
    snprintf(head, sizeof(head), "%s", path);
    while ((dot = strrchr(head, '.')) && !group) {
        head[dot - head] = '\0';
        group = profile_fact(profile, head);
    }
    if (!group || group->kind != YAML_MAPPING)
        return;
    nearest_init(&nearest, path + strlen(head) + 1);
    yaml_for_each(i, group) {
        nearest_add(&nearest, group->keys[i]->text);
    }
    if (nearest_name(&nearest))
        snprintf(ret, room, "did you mean '%.120s.%.60s'?", head, nearest_name(&nearest));
}

static const char *target_variable(struct target *target, const char *name, char *room,
                                   size_t room_size)
{
    if (strcmp(name, "id") == 0)
        return target->id;
    if (strcmp(name, "label") == 0)
        return target->label ? target->label : target->id;
    if (strcmp(name, "model") == 0)
        return target->model ? target->model->name : NULL;
    if (strcmp(name, "profile") == 0)
        return target->profile ? profile_id(target->profile) : NULL;
    if (strcmp(name, "index") == 0) {
        snprintf(room, room_size, "%zu", target->index);
        return room;
    }
    return target->ops->variable ? target->ops->variable(target, name) : NULL;
}

static enum expr_end role_fact(const struct profile *profile, const char *role, const char *path,
                               struct value *ret, struct expr_error *error)
{
    const struct yaml_node *node = profile_fact(profile, path);
    char hint[200];

    if (node)
        return node_value(node, role, path, ret, error);
    nearest_fact(profile, path, hint, sizeof(hint));
    return refuse(error, hint, "the profile '%s' of '%s' has no fact '%s'", profile_id(profile),
                  role, path);
}

static bool is_variable(const char *path)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        if (strcmp(variables[i], path) == 0)
            return true;
    return false;
}

static enum expr_end role_value(struct names *names, size_t role, const char *path,
                                struct value *ret, struct expr_error *error)
{
    const char *name = names->scenario->roles[role].name;
    const struct profile_model *model = NULL;
    const struct profile *profile = NULL;
    struct target *target = names->target && names->role == role ? names->target : NULL;
    const char *why = NULL;
    const char *text;
    char room[24];

    if (!*path)
        return refuse(error, "for example $gw.label or $gw.policy.lockout.scope",
                      "'%s' is a role; what of it?", name);
    if (!names->stage) {
        if (names->cast && names->cast->profile)
            profile = names->cast->profile(names->cast->user, name, &model);
        if (is_variable(path) || !profile)
            return EXPR_UNKNOWN;
        return role_fact(profile, name, path, ret, error);
    }
    if (!target)
        target = names->stage->ops->target(names->stage, name, 1, &why);
    if (!target)
        return refuse(error, NULL, "'%s' has no target here: %s", name, why ? why : "unbound");
    text = target_variable(target, path, room, sizeof(room));
    if (text) {
        *ret = value_text(text);
        return EXPR_VALUE;
    }
    if (!target->profile)
        return refuse(error, NULL, "'%s' has no profile here", name);
    return role_fact(target->profile, name, path, ret, error);
}

// ---- The other names ----

static enum expr_end saved_value(const struct saved *saved, const char *path, struct value *ret,
                                 struct expr_error *error)
{
    const struct value *field;

    if (!saved->known)
        return EXPR_UNKNOWN;
    if (!*path) {
        *ret = value_copy(saved->records.type == VALUE_RECORDS ? &saved->records : &saved->results);
        return EXPR_VALUE;
    }
    field = saved->results.count ? value_record_get(&saved->results.records[0], path) : NULL;
    if (!field)
        return refuse(error, NULL, "what was saved as '%s' has no '%s'", saved->name, path);
    *ret = value_copy(field);
    return EXPR_VALUE;
}

static enum expr_end secret_value(struct names *names, const char *name, struct value *ret,
                                  struct expr_error *error)
{
    const char *secret;

    if (!*name)
        return refuse(error, "for example $secret.gw", "'secret' needs a name");
    if (!names->stage)
        return EXPR_UNKNOWN;
    secret = names->stage->ops->secret(names->stage, name);
    if (!secret)
        return refuse(error, "set it in the bench file or as TESTBAY_SECRET_...",
                      "there is no secret '%s'", name);
    *ret = value_text(secret);
    ret->secret = true;
    return EXPR_VALUE;
}

static enum expr_end unknown_name(struct names *names, const char *head, struct expr_error *error)
{
    struct nearest nearest;
    char hint[120] = "";

    nearest_init(&nearest, head);
    for (const struct frame *frame = names->frame; frame;
         frame = frame->wall ? NULL : frame->parent)
        for (size_t i = 0; i < frame->count; i++)
            nearest_add(&nearest, frame->bindings[i].name);
    for (size_t i = 0; i < names->saved_count; i++)
        nearest_add(&nearest, names->saved[i].name);
    for (size_t i = 0; !walled(names->frame) && i < names->scenario->roles_count; i++)
        nearest_add(&nearest, names->scenario->roles[i].name);
    nearest_add(&nearest, "secret");
    if (nearest_name(&nearest))
        snprintf(hint, sizeof(hint), "did you mean '%.80s'?", nearest_name(&nearest));
    else if (walled(names->frame))
        snprintf(hint, sizeof(hint), "a procedure sees only its own parameters");
    return refuse(error, hint, "there is nothing called '%.100s' here", head);
}

// What only the run can know (a secret, a variable of the device) is evaluated where it was
// written. A chain of such names is as long as the file says, and each refers to an earlier one.
static enum expr_end late_value(struct names *names, const struct binding *binding,
                                struct value *ret, struct expr_error *error)
{
    struct names there = *names;
    struct wrong wrong = {0};
    enum expr_end how;

    if (!names->stage || !binding->node)
        return EXPR_UNKNOWN;
    there.frame = binding->at;
    how = names_eval(&there, binding->node, NULL, ret, &wrong);
    if (how == EXPR_WRONG)
        *error = wrong.error;
    return how;
}

static enum expr_end bound_value(struct names *names, const struct binding *binding,
                                 const char *rest, struct value *ret, struct expr_error *error)
{
    switch (binding->how) {
    case BOUND_ROLE:
        if (*rest)
            return role_value(names, binding->role, rest, ret, error);
        *ret = value_text(names->scenario->roles[binding->role].name);
        return EXPR_VALUE;
    case BOUND_UNKNOWN:
        return late_value(names, binding, ret, error);
    case BOUND_VALUE:
        if (*rest)
            return refuse(error, NULL, "'%s' is a plain value; it has no '%s'", binding->name,
                          rest);
        *ret = value_copy(&binding->value);
        return EXPR_VALUE;
    }
    return EXPR_UNKNOWN;
}

static enum expr_end look_up(void *user, const char *path, struct value *ret,
                             struct expr_error *error)
{
    struct names *names = user;
    const char *dot = strchr(path, '.');
    const char *rest = dot ? dot + 1 : "";
    char head[256];
    const struct binding *binding;
    int role;

    snprintf(head, sizeof(head), "%.*s", dot ? (int)(dot - path) : (int)strlen(path), path);
    if (strcmp(head, "secret") == 0)
        return secret_value(names, rest, ret, error);
    // A column of the case is bound under its whole name.
    binding = strcmp(head, "case") == 0 ? frame_find(names->frame, path) : NULL;
    if (binding)
        return bound_value(names, binding, "", ret, error);
    if (strcmp(head, "case") == 0)
        return unknown_name(names, path, error);
    binding = frame_find(names->frame, head);
    if (binding)
        return bound_value(names, binding, rest, ret, error);
    for (size_t i = names->saved_count; i-- > 0;)
        if (strcmp(names->saved[i].name, head) == 0)
            return saved_value(&names->saved[i], rest, ret, error);
    role = walled(names->frame) ? -1 : scenario_find_role(names->scenario, head);
    if (role >= 0)
        return role_value(names, (size_t)role, rest, ret, error);
    return unknown_name(names, head, error);
}

struct expr_scope names_scope(struct names *names)
{
    return (struct expr_scope){.name = look_up, .user = names};
}
