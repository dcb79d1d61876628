// SPDX-License-Identifier: Apache-2.0
// The devices of a site: each entry names a profile and a model, is wired port by port, and becomes
// one device or a fleet of them.
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/nearest.h"
#include "sim/base/str.h"
#include "sim/vnet/line.h"
#include "sim/vnet/net.h"
#include "sim/world/world_private.h"

struct world_entry *world_find_entry(const struct world *world, const char *name)
{
    for (size_t i = 0; name && i < world->entries_count; i++)
        if (strcmp(world->entries[i].name, name) == 0)
            return &world->entries[i];
    return NULL;
}

static const struct device_family *find_family(const struct world *world, const char *name)
{
    for (size_t i = 0; world->options.families[i]; i++)
        if (strcmp(world->options.families[i]->name, name) == 0)
            return world->options.families[i];
    return NULL;
}

// ---- Reading the entries ----

static int wrong_profile(struct world *world, const struct yaml_node *node, struct diag *diag)
{
    size_t count;
    const char *const *ids = profiles_ids(world->options.profiles, &count);
    struct nearest nearest;
    char *hint;

    nearest_init(&nearest, node->text);
    for (size_t i = 0; i < count; i++)
        nearest_add(&nearest, ids[i]);
    hint = nearest_name(&nearest) ? str_format("did you mean '%s'?", nearest_name(&nearest))
                                  : str_copy("`testbay describe profiles` lists them");
    yaml_error(diag, world->document, node, hint, "there is no profile '%s'", node->text);
    free(hint);
    return ERR_SCHEMA;
}

static int wrong_model(struct world *world, const struct world_entry *entry, struct diag *diag)
{
    const struct yaml_node *node = yaml_get(entry->node, "model");
    const char *hardware = yaml_get_text(entry->node, "hardware", NULL);
    struct nearest nearest;
    char *hint = NULL;

    nearest_init(&nearest, node->text);
    for (size_t i = 0; i < profile_models_count(entry->profile); i++)
        nearest_add(&nearest, profile_model_at(entry->profile, i)->name);
    if (nearest_name(&nearest) && strcmp(nearest_name(&nearest), node->text) != 0)
        hint = str_format("did you mean '%s'?", nearest_name(&nearest));
    yaml_error(diag, world->document, node, hint, "profile %s knows no model '%s'%s%s",
               profile_id(entry->profile), node->text, hardware ? " of hardware " : "",
               hardware ? hardware : "");
    free(hint);
    return ERR_SCHEMA;
}

static int read_entry(struct world *world, struct world_entry *entry, struct diag *diag)
{
    const struct yaml_node *profile = yaml_get(entry->node, "profile");
    int err = profiles_get(world->options.profiles, profile->text, diag, &entry->profile);

    if (err == ERR_NOT_FOUND)
        return wrong_profile(world, profile, diag);
    if (err < 0)
        return err;
    entry->model = profile_model(entry->profile, yaml_get_text(entry->node, "model", ""),
                                 yaml_get_text(entry->node, "hardware", NULL));
    if (!entry->model)
        return wrong_model(world, entry, diag);
    entry->family = find_family(world, profile_family(entry->profile));
    if (!entry->family) {
        yaml_error(diag, world->document, profile, NULL,
                   "family '%s' of profile %s is not part of this testbay",
                   profile_family(entry->profile), profile_id(entry->profile));
        return ERR_SCHEMA;
    }
    entry->count = (size_t)schema_integer(yaml_get(entry->node, "count"), 1);
    return schema_check(world_schema_device(world->schema, entry->family), world->document,
                        entry->node, diag);
}

int world_read_entries(struct world *world, struct diag *diag)
{
    const struct yaml_node *devices = yaml_get(yaml_root(world->document), "devices");
    int worst = 0;

    world->entries = mem_new(devices->count, sizeof(*world->entries));
    yaml_for_each(i, devices) {
        struct world_entry *entry = &world->entries[world->entries_count++];
        int err;

        entry->name = devices->keys[i]->text;
        entry->node = devices->items[i];
        entry->first = world->devices_count;
        err = read_entry(world, entry, diag);
        if (err < 0)
            worst = err;
        world->devices_count += entry->count;
    }
    if (world->devices_count > WORLD_DEVICES_MAX) {
        yaml_error(diag, world->document, devices, NULL, "%zu devices; a world holds %d",
                   world->devices_count, WORLD_DEVICES_MAX);
        return ERR_SCHEMA;
    }
    return worst;
}

// ---- Wiring ----

static int wrong_network(struct world *world, const struct yaml_node *node, struct diag *diag)
{
    struct nearest nearest;
    char *hint = NULL;

    nearest_init(&nearest, node->text);
    for (size_t i = 0; i < world->networks_count; i++)
        nearest_add(&nearest, world->networks[i].name);
    if (nearest_name(&nearest))
        hint = str_format("did you mean '%s'?", nearest_name(&nearest));
    yaml_error(diag, world->document, node, hint, "there is no network '%s'", node->text);
    free(hint);
    return ERR_SCHEMA;
}

// "10.77.1.1+" of member 3 is 10.77.1.3; without the plus an address is one member's alone.
static int member_address(struct world *world, const struct yaml_node *node,
                          const struct world_own *own, size_t index, struct address *ret,
                          struct diag *diag)
{
    size_t length = strlen(node->text);
    bool fleet = length > 0 && node->text[length - 1] == '+';
    char *text = str_format("%.*s", (int)(fleet ? length - 1 : length), node->text);
    struct address address;
    int err = address_parse(text, &address);

    free(text);
    if (err == 0 && own->entry->count > 1 && !fleet) {
        yaml_error(diag, world->document, node, "end it with + to count on from there",
                   "%zu devices cannot share one address", own->entry->count);
        return ERR_SCHEMA;
    }
    if (err == 0 && fleet)
        err = address_add(&address, (uint32_t)(index - 1), &address);
    if (err < 0 || address.port) {
        yaml_error(diag, world->document, node, NULL, "'%s' is no address", node->text);
        return ERR_SCHEMA;
    }
    *ret = address;
    return 0;
}

static int plug_ethernet(struct world *world, struct world_own *own,
                         const struct world_network *network, const struct yaml_node *node,
                         size_t index, struct device_port *port, struct diag *diag)
{
    static const char *const keys[] = {"ipv4", "ipv6"};

    if (!own->host)
        own->host = vnet_host_new(world->vnet, own->id);
    port->host = own->host;
    for (size_t i = 0; i < 2; i++) {
        const struct yaml_node *text = yaml_get(node, keys[i]);
        struct address address;
        int err;

        if (!text)
            continue;
        err = member_address(world, text, own, index, &address, diag);
        if (err < 0)
            return err;
        err = vnet_host_add_address(own->host, network->segment, &address);
        if (err < 0) {
            yaml_error(diag, world->document, text, NULL, "%s cannot have %s: %s", own->id,
                       text->text, err == ERR_EXISTS ? "it is taken" : err_text(err));
            return ERR_SCHEMA;
        }
        if (!port->address.family)
            port->address = address;
    }
    return 0;
}

static int plug_port(struct world *world, struct world_own *own, const struct yaml_node *key,
                     const struct yaml_node *node, size_t index, struct device_config *config,
                     struct diag *diag)
{
    struct device_port *port = &config->ports[config->ports_count];
    const struct yaml_node *on = yaml_get(node, "on");
    const struct world_network *network = world_network(world, on->text);
    int err;

    if (!network)
        return wrong_network(world, on, diag);
    if (config->ports_count == DEVICE_PORTS_MAX) {
        yaml_error(diag, world->document, node, NULL, "a device has at most %d ports",
                   DEVICE_PORTS_MAX);
        return ERR_SCHEMA;
    }
    config->ports_count++;
    port->name = key->text;
    port->options = node;
    if (network->segment)
        return plug_ethernet(world, own, network, node, index, port, diag);
    err = line_attach(network->line, 0, LINE_PARITY_NONE, &port->line);
    if (err < 0)
        yaml_error(diag, world->document, node, NULL, "no place left on line '%s': %s", on->text,
                   err_text(err));
    return err < 0 ? ERR_SCHEMA : 0;
}

// ---- What a device is given of the world ----

static int64_t true_utc_ns(void *user)
{
    return core_utc_ns(((struct world *)user)->options.core);
}

static void on_device_event(void *user, const char *device_id, const char *text)
{
    struct world *world = user;

    world->changes++;
    core_event(world->options.core, "device", device_id, text, strlen(text));
    if (world->options.changed)
        world->options.changed(world->options.changed_user, world_device(world, device_id));
}

// Without supply nothing answers on the network, not even with a refusal.
static void on_ports(void *user, struct device *device, bool up)
{
    (void)user;
    for (size_t i = 0; i < device->ports_count; i++)
        if (device->ports[i].host)
            vnet_host_set_up(device->ports[i].host, up);
}

static struct device *find_device(void *user, const char *id)
{
    return world_device(user, id);
}

static void each_device(void *user, void (*fn)(void *context, struct device *device), void *context)
{
    struct world *world = user;

    for (size_t i = 0; i < world->devices_count; i++)
        if (world->devices[i].device)
            fn(context, world->devices[i].device);
}

static int build_device(struct world *world, struct world_own *own, size_t index, struct diag *diag)
{
    struct world_entry *entry = own->entry;
    const struct yaml_node *ports = yaml_get(entry->node, "ports");
    struct device_config config = {
        .id = own->id,
        .label = yaml_get_text(entry->node, "label", own->id),
        .index = index,
        .family = entry->family,
        .profile = entry->profile,
        .model = entry->model,
        .hardware = yaml_get_text(entry->node, "hardware", NULL),
        .site = entry->node,
        .world = {.timers = core_timers(world->options.core),
                  .utc_ns = true_utc_ns,
                  .event = on_device_event,
                  .ports = on_ports,
                  .find = find_device,
                  .each = each_device,
                  .user = world,
                  .tls = world->options.tls,
                  .web = world->options.web,
                  .authority = world->authority,
                  .real_random = world->options.real_random},
        .seed = core_seed(world->options.core),
        .place = plant_find(world->plant, own->id),
        .secret = world_device_secret,
        .secret_user = world,
    };
    size_t before = diag_errors(diag);
    int err = 0;

    yaml_for_each(i, ports) {
        if (err == 0)
            err = plug_port(world, own, ports->keys[i], ports->items[i], index, &config, diag);
    }
    if (err == 0)
        err = device_new(&config, diag, &own->device);
    if (err < 0 && diag_errors(diag) == before)
        yaml_error(diag, world->document, entry->node, NULL, "%s cannot be: %s", own->id,
                   err_text(err));
    return err;
}

int world_build_devices(struct world *world, struct diag *diag)
{
    int err = 0;

    world->devices = mem_new(world->devices_count, sizeof(*world->devices));
    for (size_t i = 0; i < world->entries_count; i++) {
        struct world_entry *entry = &world->entries[i];

        for (size_t k = 1; k <= entry->count && err == 0; k++) {
            struct world_own *own = &world->devices[entry->first + k - 1];

            own->entry = entry;
            own->id =
                entry->count > 1 ? str_format("%s[%zu]", entry->name, k) : str_copy(entry->name);
            err = build_device(world, own, k, diag);
        }
    }
    return err < 0 ? ERR_SCHEMA : 0;
}

void world_free_devices(struct world *world)
{
    for (size_t i = 0; world->devices && i < world->devices_count; i++) {
        device_free(&world->devices[i].device);
        vnet_host_free(&world->devices[i].host);
        free(world->devices[i].id);
    }
    free(world->devices);
    free(world->entries);
}

// ---- Finding them ----

size_t world_devices(const struct world *world)
{
    return world->devices_count;
}

struct device *world_device_at(struct world *world, size_t index)
{
    return world->devices[index].device;
}

size_t world_entries(const struct world *world)
{
    return world->entries_count;
}

const char *world_entry_name(const struct world *world, size_t index)
{
    return world->entries[index].name;
}

size_t world_members(const struct world *world, const char *name)
{
    const struct world_entry *entry = world_find_entry(world, name);

    return entry ? entry->count : 0;
}

struct device *world_member(struct world *world, const char *name, size_t index)
{
    const struct world_entry *entry = world_find_entry(world, name);

    if (!entry || !world->devices || index < 1 || index > entry->count)
        return NULL;
    return world->devices[entry->first + index - 1].device;
}

struct device *world_device(struct world *world, const char *id)
{
    const char *bracket = strchr(id, '[');
    char *name;
    struct device *device;

    if (!bracket)
        return world_member(world, id, 1);
    name = str_format("%.*s", (int)(bracket - id), id);
    device = world_member(world, name, strtoul(bracket + 1, NULL, 10));
    free(name);
    return device;
}

const char *world_nearest(const struct world *world, const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (size_t i = 0; i < world->entries_count; i++)
        nearest_add(&nearest, world->entries[i].name);
    return nearest_name(&nearest);
}
