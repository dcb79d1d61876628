// SPDX-License-Identifier: Apache-2.0
// Roles as devices of a world. A wire verb goes through the runner's place in the virtual network,
// a world verb to the device; nothing else touches a device from here.
#include "sim/cli/sim_stage.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/cli/families.h"
#include "sim/cli/secure_wires.h"
#include "sim/cli/sim_members.h"
#include "sim/cli/sim_ocpp.h"
#include "sim/cli/state.h"
#include "sim/cli/verbs.h"
#include "sim/proto/modbus/link.h"
#include "sim/proto/modbus/verbs/carriers.h"
#include "sim/proto/web/verbs/web_sessions.h"
#include "sim/scenario/op.h"
#include "sim/vnet/capture.h"
#include "sim/vnet/fault.h"
#include "sim/vnet/line.h"
#include "sim/world/world.h"

#define SESSIONS_MAX 1024
#define MODBUS_TIMEOUT_NS (5 * SIM_NS_PER_S)
#define WEB_TIMEOUT_NS (10 * SIM_NS_PER_S)

// A session of the runner with a role: one Modbus master a name.
struct session {
    char *name;
    struct modbus_link link;
    char *path;
    struct world_route route;
};

struct sim_target {
    struct target base;
    struct sim_stage *stage;
    struct device *device;
    struct session *sessions;
    size_t sessions_count;
    struct web_sessions web;
    struct sim_ocpp *ocpp; // NULL until it is asked for.
};

struct sim_role {
    const char *name;
    struct sim_target **members;
    size_t count;
};

struct sim_stage {
    struct stage base;
    const struct bench_file *file; // Borrowed; NULL when every entry is a role.
    struct world *world;
    struct secure_wires *wires;  // TLS and HTTP of its devices.
    struct http_client *browser; // Made when it is first asked for.
    struct capture *capture;
    char *capture_path;
    struct state *state; // The stores on disk, or NULL.
    struct sim_role *roles;
    size_t roles_count;
    struct sim_members *members; // NULL until they are bound.
};

static struct sim_target *sim_target(struct target *target)
{
    return (struct sim_target *)target;
}

// ---- Services ----

static bool unit_profile(void *user, uint8_t unit, const struct profile **ret_profile,
                         const struct profile_model **ret_model)
{
    struct sim_target *target = user;
    struct world_route route;
    const char *why;
    struct device *device;

    if (world_modbus_route(target->stage->world, target->device, &route, &why) < 0)
        return false;
    device = world_unit_device(target->stage->world, route.via, unit);
    if (!device)
        return false;
    *ret_profile = device->profile;
    *ret_model = device->model;
    return true;
}

static int open_master(struct sim_target *target, struct session *session)
{
    struct timers *timers = core_timers(target->stage->base.core);
    const struct world_route *route = &session->route;
    char address[ADDRESS_TEXT_ROOM];
    struct line_port *port;
    int err;

    if (route->host) {
        session->link.master = modbus_master_tcp_new(route->host, &route->to, timers);
        session->path =
            str_format("tcp %s unit %u", address_text(&route->to, address), route->unit);
        return 0;
    }
    err = line_attach(route->line, 0, LINE_PARITY_NONE, &port);
    if (err < 0)
        return err;
    session->link.master = modbus_master_rtu_new(port, timers);
    session->path = str_format("rtu %s unit %u", line_name(route->line), route->unit);
    return 0;
}

static void *open_session(struct sim_target *target, const char *name, const char **ret_why)
{
    struct session *session;
    struct world_route route;

    if (world_modbus_route(target->stage->world, target->device, &route, ret_why) < 0)
        return NULL;
    if (target->sessions_count == SESSIONS_MAX) {
        *ret_why = "too many sessions with this role";
        return NULL;
    }
    if (!target->sessions)
        target->sessions = mem_new(SESSIONS_MAX, sizeof(*target->sessions));
    session = &target->sessions[target->sessions_count];
    memset(session, 0, sizeof(*session));
    session->route = route;
    if (open_master(target, session) < 0) {
        *ret_why = "no place left on its line";
        return NULL;
    }
    session->name = str_copy(name);
    session->link.unit = route.unit;
    session->link.timeout_ns = MODBUS_TIMEOUT_NS;
    session->link.path = session->path;
    session->link.unit_profile = unit_profile;
    session->link.user = target;
    target->sessions_count++;
    return &session->link;
}

static void *open_web(struct sim_target *target, const char *name, const char **ret_why)
{
    struct sim_stage *stage = target->stage;
    struct core *core = stage->base.core;
    struct world_route route;
    struct web_sessions_wish wish = {
        .user = web_first_account(target->device->profile),
        .timeout_ns = WEB_TIMEOUT_NS,
        .utc_start_ns = core_utc_ns(core) - core_now(core),
    };

    if (world_web_route(stage->world, target->device, &route, ret_why) < 0)
        return NULL;
    if (!stage->browser)
        stage->browser = http_client_new(core);
    wish.client = stage->browser;
    wish.target = (struct http_target){.host = route.host, .at = route.to, .tls = true};
    return web_sessions_get(&target->web, name, &wish, ret_why);
}

static void *open_ocpp(struct sim_target *target, const char **ret_why)
{
    struct sim_ocpp *ocpp = target->ocpp ? target->ocpp : mem_new(1, sizeof(*ocpp));

    target->ocpp = ocpp;
    return sim_ocpp_open(target->device, ocpp, ret_why) < 0 ? NULL : &ocpp->link;
}

static void *target_service(struct target *base, const char *service, const char *session,
                            const char **ret_why)
{
    struct sim_target *target = sim_target(base);
    const char *name = session ? session : "";

    if (strcmp(service, "web") == 0)
        return open_web(target, name, ret_why);
    if (strcmp(service, "ocpp") == 0)
        return open_ocpp(target, ret_why);
    if (strcmp(service, "modbus") != 0) {
        *ret_why = "the simulator has no such service";
        return NULL;
    }
    for (size_t i = 0; i < target->sessions_count; i++)
        if (strcmp(target->sessions[i].name, name) == 0)
            return &target->sessions[i].link;
    return open_session(target, name, ret_why);
}

static void close_sessions(struct target *base)
{
    struct sim_target *target = sim_target(base);

    for (size_t i = 0; i < target->sessions_count; i++) {
        modbus_master_free(&target->sessions[i].link.master);
        free(target->sessions[i].path);
        free(target->sessions[i].name);
    }
    target->sessions_count = 0;
    web_sessions_close(&target->web);
}

// ---- Verbs ----

static bool has_verb(const struct verb *const *verbs, const struct verb *verb)
{
    for (size_t i = 0; verbs && verbs[i]; i++)
        if (verbs[i] == verb)
            return true;
    return false;
}

static const char *target_cannot(struct target *base, const struct verb *verb)
{
    struct sim_target *target = sim_target(base);
    struct world_route route;
    const char *why = NULL;

    if (verb->door == VERB_WORLD)
        return has_verb(target->device->family->verbs, verb) || has_verb(common_verbs, verb)
                   ? NULL
                   : "the device has no such thing";
    if (verb->service && strcmp(verb->service, "modbus") == 0)
        world_modbus_route(target->stage->world, target->device, &route, &why);
    if (verb->service && strcmp(verb->service, "web") == 0)
        world_web_route(target->stage->world, target->device, &route, &why);
    if (verb->service && strcmp(verb->service, "ocpp") == 0)
        open_ocpp(target, &why);
    return why;
}

static void target_start(struct target *base, struct op *op)
{
    if (op->verb->door == VERB_WORLD)
        op->device = sim_target(base)->device;
    op->verb->start(op);
}

static void target_cancel(struct target *base, struct op *op)
{
    (void)base;
    op_cancel(op);
}

static void add_record(void *user, const char *const *keys, const char *const *values, size_t count)
{
    op_add_record(user, -1, keys, values, count);
}

static void target_table(struct target *base, const char *name, struct op *op)
{
    struct device *device = sim_target(base)->device;

    for (size_t i = 0; i < device->family->tables_count; i++) {
        const struct device_table *table = &device->family->tables[i];

        if (strcmp(table->name, name) != 0)
            continue;
        table->read(device, add_record, op);
        op_finish(op);
        return;
    }
    op_fail(op, ERR_NOT_FOUND, "%s has no table '%s'", device->id, name);
}

static const char *target_variable(struct target *base, const char *name)
{
    return strcmp(name, "user") == 0 ? web_first_account(base->profile) : NULL;
}

static const struct target_ops target_ops = {
    .cannot = target_cannot,
    .service = target_service,
    .start = target_start,
    .cancel = target_cancel,
    .close_sessions = close_sessions,
    .table = target_table,
    .variable = target_variable,
};

// ---- The stage ----

static struct sim_role *find_role(struct sim_stage *stage, const char *name)
{
    for (size_t i = 0; i < stage->roles_count; i++)
        if (strcmp(stage->roles[i].name, name) == 0)
            return &stage->roles[i];
    return NULL;
}

static struct target *stage_target(struct stage *base, const char *role, size_t index,
                                   const char **ret_why)
{
    struct sim_stage *stage = (struct sim_stage *)base;
    struct sim_role *found = find_role(stage, role);

    if (!found) {
        const char *why = stage->file ? bench_file_why_not(stage->file, role) : NULL;

        *ret_why = why ? why : "the bench gives it no target; --bench names another";
        return NULL;
    }
    if (index < 1 || index > found->count) {
        *ret_why = "the site has fewer members";
        return NULL;
    }
    return &found->members[index - 1]->base;
}

static size_t stage_members(struct stage *base, const char *role)
{
    struct sim_role *found = find_role((struct sim_stage *)base, role);

    return found ? found->count : 0;
}

static const char *stage_cannot_fault(struct stage *base, const struct stage_fault *fault)
{
    (void)base;
    return fault_kind_find(fault->kind) ? NULL : "the simulator knows no such fault";
}

static struct device **devices_of(struct target *const *targets, size_t count)
{
    struct device **devices = mem_new(count, sizeof(*devices));

    for (size_t i = 0; i < count; i++)
        devices[i] = sim_target(targets[i])->device;
    return devices;
}

static char *arguments_text(const struct stage_fault *fault)
{
    struct str text = {0};

    str_adds(&text, "{");
    for (size_t i = 0; i < fault->arguments_count; i++) {
        str_addf(&text, "%s%s: ", i ? ", " : "", fault->arguments[i].key);
        value_print(&fault->arguments[i].value, &text);
    }
    str_adds(&text, "}");
    return str_take(&text);
}

static void stage_fault(struct stage *base, const struct stage_fault *fault, struct op *op)
{
    struct sim_stage *stage = (struct sim_stage *)base;
    struct device **left = devices_of(fault->left, fault->left_count);
    struct device **right = devices_of(fault->right, fault->right_count);
    char *arguments = arguments_text(fault);
    struct world_fault made = {
        .id = fault->id,
        .kind = fault->kind,
        .left = left,
        .left_count = fault->left_count,
        .right = right,
        .right_count = fault->right_count,
        .network = fault->network,
        .arguments = arguments,
    };
    char *why;
    int err = world_fault(stage->world, &made, &why);

    stage->base.changes++;
    if (err == 0)
        sim_members_faulted(stage->members, fault, left, right);
    if (err < 0)
        op_fail(op, err, "%s", why ? why : err_text(err));
    else
        op_finish(op);
    free(why);
    free(arguments);
    free(left);
    free(right);
}

static void stage_clear(struct stage *base, const char *id, struct op *op)
{
    struct sim_stage *stage = (struct sim_stage *)base;
    int err = world_clear(stage->world, id);

    stage->base.changes++;
    sim_members_cleared(stage->members, id);
    if (err < 0)
        op_fail(op, err, "no fault '%s' is on", id);
    else
        op_finish(op);
}

// The simulator's hands do what a question asks about: there is nobody to say no.
static void stage_ask(struct stage *base, const char *question, struct op *op)
{
    (void)base;
    (void)question;
    op_not_applicable(op, "a question to a person; the simulator has none");
}

static const char *stage_secret(struct stage *base, const char *name)
{
    return world_secret(((struct sim_stage *)base)->world, name);
}

static const char *stage_capture(struct stage *base, uint64_t *ret_frames)
{
    struct sim_stage *stage = (struct sim_stage *)base;

    *ret_frames = stage->capture ? capture_frames(stage->capture) : 0;
    return stage->capture_path;
}

static void each_target(struct sim_stage *stage, void (*fn)(struct target *target))
{
    for (size_t i = 0; i < stage->roles_count; i++)
        for (size_t k = 0; k < stage->roles[i].count; k++)
            fn(&stage->roles[i].members[k]->base);
}

static void free_target(struct target *base)
{
    free(sim_target(base)->sessions);
    free(sim_target(base)->ocpp);
    free(base);
}

// Sessions first, since they hold conns of the world; the roles last, since the world still tells
// of changes while it goes.
static void stage_free(struct stage *base)
{
    struct sim_stage *stage = (struct sim_stage *)base;

    each_target(stage, close_sessions);
    http_client_free(&stage->browser);
    state_close(&stage->state);
    world_free(&stage->world);
    secure_wires_free(&stage->wires);
    capture_close(&stage->capture);
    each_target(stage, free_target);
    for (size_t i = 0; i < stage->roles_count; i++)
        free(stage->roles[i].members);
    free(stage->roles);
    sim_members_free(&stage->members);
    free(stage->capture_path);
    free(stage);
}

static const struct stage_ops stage_ops = {
    .target = stage_target,
    .members = stage_members,
    .cannot_fault = stage_cannot_fault,
    .fault = stage_fault,
    .clear = stage_clear,
    .ask = stage_ask,
    .secret = stage_secret,
    .capture = stage_capture,
    .free = stage_free,
};

static void on_changed(void *user, struct device *device)
{
    struct sim_stage *stage = user;

    stage->base.changes++;
    if (device)
        sim_members_changed(stage->members, device);
}

static void index_members(struct sim_stage *stage)
{
    size_t count = 0;

    for (size_t i = 0; i < stage->roles_count; i++)
        count += stage->roles[i].count;
    stage->members = sim_members_new(count);
    for (size_t i = 0; i < stage->roles_count; i++)
        for (size_t k = 0; k < stage->roles[i].count; k++)
            sim_members_add(stage->members, stage->roles[i].members[k]->device,
                            &stage->roles[i].members[k]->base);
}

static struct sim_target *new_target(struct sim_stage *stage, struct device *device, size_t index)
{
    struct sim_target *target = mem_new(1, sizeof(*target));

    target->stage = stage;
    target->device = device;
    target->base = (struct target){
        .ops = &target_ops,
        .stage = &stage->base,
        .id = device->id,
        .label = device->label,
        .adapter = "sim",
        .index = index,
        .profile = device->profile,
        .model = device->model,
        .serial = *device->serial ? device->serial : NULL,
        .firmware = device->firmware,
        .configuration = world_hash(stage->world),
    };
    return target;
}

static int bind_role(struct sim_stage *stage, const char *name, const char *entry)
{
    struct sim_role *role = &stage->roles[stage->roles_count];
    size_t count = world_members(stage->world, entry);

    if (count == 0)
        return ERR_NOT_FOUND;
    stage->roles_count++;
    role->name = name;
    role->count = count;
    role->members = mem_new(count, sizeof(*role->members));
    for (size_t i = 1; i <= count; i++)
        role->members[i - 1] = new_target(stage, world_member(stage->world, entry, i), i);
    return 0;
}

static void note_no_device(const struct sim_stage *stage, const struct bench_file *file,
                           const struct bench_target *bound, struct diag *diag)
{
    const char *nearest = world_nearest(stage->world, bound->device);
    const struct yaml_node *device = yaml_get(bound->node, "device");
    char *hint = nearest ? str_format("did you mean '%s'?", nearest) : NULL;

    yaml_error(diag, file->document, device ? device : bound->node, hint,
               "the site '%s' has no device '%s'", world_name(stage->world), bound->device);
    free(hint);
}

static int bind_targets(struct sim_stage *stage, const struct bench_file *file, struct diag *diag)
{
    int worst = 0;

    stage->roles = mem_new(file->targets_count, sizeof(*stage->roles));
    for (size_t i = 0; i < file->targets_count; i++) {
        const struct bench_target *bound = &file->targets[i];

        if (bound->adapter != BENCH_SIM)
            continue;
        if (bind_role(stage, bound->role, bound->device) == 0)
            continue;
        note_no_device(stage, file, bound, diag);
        worst = ERR_SCHEMA;
    }
    return worst;
}

static int bind_everything(struct sim_stage *stage)
{
    int err = 0;

    stage->roles = mem_new(world_entries(stage->world), sizeof(*stage->roles));
    for (size_t i = 0; err == 0 && i < world_entries(stage->world); i++)
        err =
            bind_role(stage, world_entry_name(stage->world, i), world_entry_name(stage->world, i));
    return err;
}

static int open_world(struct sim_stage *stage, const struct sim_stage_options *options,
                      struct diag *diag)
{
    struct world_options world_options = {
        .core = options->core,
        .profiles = options->profiles,
        .families = families,
        .events = options->events,
        .secret = options->secret,
        .secret_user = options->secret_user,
        .changed = on_changed,
        .changed_user = stage,
        .real_random = options->real_random,
        .authority_pem = options->authority_pem,
    };
    int err = 0;

    // On the jump clock a run repeats to the byte; on any other real clients look at what is drawn.
    stage->wires = secure_wires_new(options->core, core_mode(options->core) == CLOCK_JUMP);
    world_options.tls = secure_wires_tls(stage->wires);
    world_options.web = secure_wires_web(stage->wires);

    if (options->capture)
        err = capture_open(options->core, options->capture, NULL, &stage->capture);
    if (err < 0) {
        diag_error(diag, &(struct yaml_mark){.file = options->capture}, NULL, NULL,
                   "the capture cannot be written: %s", err_text(err));
        return err;
    }
    stage->capture_path = str_copy(options->capture);
    world_options.capture = stage->capture;
    return world_load(options->site, &world_options, diag, &stage->world);
}

int sim_stage_new(const struct sim_stage_options *options, struct diag *diag, struct stage **ret)
{
    struct sim_stage *stage = mem_new(1, sizeof(*stage));
    int err;

    stage->base = (struct stage){
        .ops = &stage_ops,
        .core = options->core,
        .name = options->name,
        .adapter = "sim",
        .slack_ns = options->file ? options->file->slack_ns : 0,
        .factor = 1,
        .retries = options->file ? options->file->retries : 0,
        .unattended = true,
        .by_member = true,
    };
    stage->file = options->file;
    err = open_world(stage, options, diag);
    if (err == 0)
        err = options->file ? bind_targets(stage, options->file, diag) : bind_everything(stage);
    if (err == 0 && options->state)
        err = state_open(stage->world, options->state, &stage->state);
    if (err < 0) {
        stage_free(&stage->base);
        return err;
    }
    index_members(stage);
    world_power_on(stage->world);
    *ret = &stage->base;
    return 0;
}

struct world *sim_stage_world(struct stage *stage)
{
    return ((struct sim_stage *)stage)->world;
}
