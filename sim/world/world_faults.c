// SPDX-License-Identifier: Apache-2.0
// Faults of a world: those of links and lines go to the network's registry, those of devices and of
// their TLS servers to the device. The arguments come as text, since a control socket and a
// scenario say them the same way.
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/line.h"
#include "sim/vnet/net.h"
#include "sim/vnet/tls_fault_service.h"
#include "sim/world/world_private.h"

struct anchors {
    struct fault_anchor **list;
    size_t count, room;
};

static void add_anchor(struct anchors *anchors, struct fault_anchor *anchor)
{
    MEM_PUSH_ROOM(anchors->list, anchors->count, anchors->room);
    anchors->list[anchors->count++] = anchor;
}

static void add_line_of(struct anchors *anchors, const struct world *world,
                        const struct device *device)
{
    for (size_t i = 0; i < device->ports_count; i++) {
        const struct world_network *network =
            world_network(world, yaml_get_text(device->ports[i].options, "on", ""));

        if (network && network->line)
            add_anchor(anchors, line_anchor(network->line));
    }
}

// The places a kind can act on: the hosts of the devices for a link, their line for a line.
static void device_anchors(struct anchors *anchors, const struct world *world, bool link,
                           struct device *const *devices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < world->devices_count; k++) {
            const struct world_own *own = &world->devices[k];

            if (own->device != devices[i])
                continue;
            if (link && own->host)
                add_anchor(anchors, vnet_host_anchor(own->host));
            if (!link)
                add_line_of(anchors, world, own->device);
        }
}

static int network_anchor(struct anchors *anchors, const struct world *world, const char *name,
                          char **ret_why)
{
    const struct world_network *network = world_network(world, name);

    if (!network) {
        *ret_why = str_format("the site has no network '%s'", name);
        return ERR_NOT_FOUND;
    }
    add_anchor(anchors, network->segment ? vnet_segment_anchor(network->segment)
                                         : line_anchor(network->line));
    return 0;
}

// A bare number of anything but a time is taken as one in the parameter's unit, as a scenario does
// with what it has computed.
static int read_value(const struct fault_kind *kind, const char *name, const char *text,
                      double values[FAULT_PARAMS_MAX], char **ret_why)
{
    int place = fault_param_find(kind, name);
    enum unit unit;
    double number;

    if (place < 0 || !text || units_parse(text, &number, &unit) < 0) {
        *ret_why = str_format("fault %s: '%s: %s' is no argument of it", kind->name, name,
                              text ? text : "?");
        return ERR_RANGE;
    }
    if (unit != kind->params[place].unit &&
        !(unit == UNIT_NONE && (number == 0 || kind->params[place].unit != UNIT_TIME_NS))) {
        *ret_why = str_format("fault %s: '%s: %s' is no %s", kind->name, name, text,
                              units_name(kind->params[place].unit));
        return ERR_UNIT;
    }
    values[place] = number;
    return 0;
}

static int check_values(const struct fault_kind *kind, const double values[FAULT_PARAMS_MAX],
                        char **ret_why)
{
    char least[UNITS_TEXT_ROOM], most[UNITS_TEXT_ROOM], given[UNITS_TEXT_ROOM];
    const struct fault_param *param;
    size_t place;

    if (fault_values_check(kind, values, &place) == 0)
        return 0;
    param = &kind->params[place];
    *ret_why = str_format("fault %s: '%s' is %sfrom %s to %s, not %s", kind->name, param->name,
                          param->unit == UNIT_NONE ? "a whole number " : "",
                          units_text(param->least, param->unit, least),
                          units_text(param->most, param->unit, most),
                          units_text(values[place], param->unit, given));
    return ERR_RANGE;
}

// `none` says that an argument is not given.
static bool is_given(const struct yaml_node *value)
{
    return value && !(value->text && !value->quoted && strcmp(value->text, "none") == 0);
}

// Reads the arguments of a kind, of whatever group, into the order of its parameters.
static int read_values(const struct fault_kind *kind, const struct yaml_node *arguments,
                       double values[FAULT_PARAMS_MAX], char **ret_why)
{
    fault_values_init(kind, values);
    yaml_for_each(i, arguments) {
        int err = 0;

        if (is_given(arguments->items[i]))
            err = read_value(kind, arguments->keys[i]->text, arguments->items[i]->text, values,
                             ret_why);
        if (err < 0)
            return err;
    }
    for (size_t i = 0; i < fault_params_count(kind); i++)
        if (kind->params[i].required && !is_given(yaml_get(arguments, kind->params[i].name))) {
            *ret_why =
                str_format("fault %s needs the argument '%s'", kind->name, kind->params[i].name);
            return ERR_RANGE;
        }
    return check_values(kind, values, ret_why);
}

static struct world_applied *note_applied(struct world *world, const char *id)
{
    struct world_applied *applied;

    MEM_PUSH_ROOM(world->applied, world->applied_count, world->applied_room);
    applied = &world->applied[world->applied_count++];
    *applied = (struct world_applied){.id = str_copy(id)};
    return applied;
}

static int fault_wires(struct world *world, const struct world_fault *fault,
                       const struct fault_kind *kind, const double values[FAULT_PARAMS_MAX],
                       char **ret_why)
{
    bool link = kind->where & FAULT_LINK;
    struct anchors left = {0};
    struct anchors right = {0};
    int err = 0;

    if (fault->network)
        err = network_anchor(&left, world, fault->network, ret_why);
    device_anchors(&left, world, link, fault->left, fault->left_count);
    device_anchors(&right, world, link, fault->right, fault->right_count);
    if (err == 0 && left.count == 0) {
        *ret_why = str_format("fault %s: nothing named has a %s", kind->name,
                              link ? "network port" : "line");
        err = ERR_NOT_FOUND;
    }
    if (err == 0) {
        err = fault_add(world->faults, fault->id, kind, values,
                        &(struct fault_place){left.list, left.count, right.list, right.count});
        if (err < 0)
            *ret_why = str_format("fault %s: %s", kind->name, err_text(err));
    }
    if (err == 0)
        note_applied(world, fault->id);
    free(left.list);
    free(right.list);
    return err;
}

static bool is_on(const struct world_applied *applied, const struct device *device)
{
    for (size_t i = 0; i < applied->devices_count; i++)
        if (applied->devices[i] == device)
            return true;
    return false;
}

// What a device's TLS server does wrong is what all faults that are on it say together.
static void set_tls_faults(struct world *world, struct device *device)
{
    device->tls_faults = 0;
    for (size_t i = 0; i < world->applied_count; i++)
        if (world->applied[i].tls && is_on(&world->applied[i], device))
            device->tls_faults |= world->applied[i].tls;
}

static int begin_on_device(struct world *world, const struct world_applied *applied,
                           struct device *device, const double values[FAULT_PARAMS_MAX])
{
    if (!applied->tls)
        return device_fault(device, fault_kind_id(applied->device_kind), values);
    device_event(device, "fault=%s", applied->device_kind->name);
    set_tls_faults(world, device);
    return 0;
}

static int fault_devices(struct world *world, const struct world_fault *fault,
                         const struct fault_kind *kind, const double values[FAULT_PARAMS_MAX],
                         char **ret_why)
{
    struct world_applied *applied;
    int err = 0;

    if (fault->left_count == 0) {
        *ret_why = str_format("fault %s: on which device?", kind->name);
        return ERR_RANGE;
    }
    applied = note_applied(world, fault->id);
    applied->device_kind = kind;
    applied->tls = tls_fault_bit(fault_kind_id(kind));
    applied->devices = mem_new(fault->left_count, sizeof(*applied->devices));
    for (size_t i = 0; i < fault->left_count && err == 0; i++) {
        applied->devices[applied->devices_count++] = fault->left[i];
        err = begin_on_device(world, applied, fault->left[i], values);
    }
    if (err < 0) {
        *ret_why = str_format("fault %s: %s", kind->name, err_text(err));
        world_clear(world, fault->id);
    }
    return err;
}

static struct world_applied *find_applied(struct world *world, const char *id)
{
    for (size_t i = 0; i < world->applied_count; i++)
        if (strcmp(world->applied[i].id, id) == 0)
            return &world->applied[i];
    return NULL;
}

static int fault_arguments(const struct world_fault *fault, const struct fault_kind *kind,
                           double values[FAULT_PARAMS_MAX], char **ret_why)
{
    struct yaml_document *document = NULL;
    struct diag *diag = diag_new();
    int err = 0;

    if (fault->arguments && *fault->arguments)
        err = yaml_parse("fault", fault->arguments, strlen(fault->arguments), diag, &document);
    if (document && yaml_root(document)->kind != YAML_MAPPING)
        err = ERR_TYPE;
    if (err < 0)
        *ret_why = str_format("fault %s: its arguments are no mapping", kind->name);
    else
        err = read_values(kind, document ? yaml_root(document) : NULL, values, ret_why);
    yaml_free(&document);
    diag_free(&diag);
    return err;
}

int world_fault(struct world *world, const struct world_fault *fault, char **ret_why)
{
    const struct fault_kind *kind = fault_kind_find(fault->kind);
    double values[FAULT_PARAMS_MAX];
    int err;

    *ret_why = NULL;
    if (!kind) {
        *ret_why = str_format("there is no fault '%s'", fault->kind);
        return ERR_NOT_FOUND;
    }
    if (find_applied(world, fault->id)) {
        *ret_why = str_format("a fault '%s' is already on", fault->id);
        return ERR_EXISTS;
    }
    err = fault_arguments(fault, kind, values, ret_why);
    if (err == 0 && kind->where & (FAULT_DEVICE | FAULT_TLS))
        err = fault_devices(world, fault, kind, values, ret_why);
    else if (err == 0)
        err = fault_wires(world, fault, kind, values, ret_why);
    world->changes++;
    return err;
}

static void end_on_device(struct world *world, const struct world_applied *applied,
                          struct device *device)
{
    if (!applied->tls) {
        device_fault_clear(device, fault_kind_id(applied->device_kind));
        return;
    }
    device_event(device, "fault=%s cleared", applied->device_kind->name);
    set_tls_faults(world, device);
}

// Takes it off the list first, so that what remains says what is still wrong.
static void end_applied(struct world *world, size_t place)
{
    struct world_applied ended = world->applied[place];

    world->applied_count--;
    memmove(world->applied + place, world->applied + place + 1,
            (world->applied_count - place) * sizeof(ended));
    if (!ended.device_kind)
        fault_clear(world->faults, ended.id);
    for (size_t i = 0; i < ended.devices_count; i++)
        end_on_device(world, &ended, ended.devices[i]);
    free(ended.devices);
    free(ended.id);
}

int world_clear(struct world *world, const char *id)
{
    struct world_applied *applied = find_applied(world, id);

    if (!applied)
        return ERR_NOT_FOUND;
    end_applied(world, (size_t)(applied - world->applied));
    world->changes++;
    return 0;
}

void world_clear_all(struct world *world)
{
    while (world->applied_count)
        world_clear(world, world->applied[world->applied_count - 1].id);
}

// At the world's end the devices are gone already.
void world_free_faults(struct world *world)
{
    for (size_t i = 0; i < world->applied_count; i++) {
        free(world->applied[i].devices);
        free(world->applied[i].id);
    }
    free(world->applied);
    faults_free(&world->faults);
}
