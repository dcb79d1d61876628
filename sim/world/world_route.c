// SPDX-License-Identifier: Apache-2.0
// How a scenario's verbs reach a device, as a real user would. Its Modbus server: over Ethernet to
// the device itself, through the gateway that is master of its line, or as master of a line that
// has none. Its pages: over Ethernet alone.
#include <string.h>

#include "sim/base/err.h"
#include "sim/world/world_private.h"

#define MODBUS_TCP_PORT 502
#define HTTPS_PORT 443

static const struct world_own *own_of(const struct world *world, const struct device *device)
{
    for (size_t i = 0; i < world->devices_count; i++)
        if (world->devices[i].device == device)
            return &world->devices[i];
    return NULL;
}

static const struct world_network *port_network(const struct world *world,
                                                const struct device_port *port)
{
    return world_network(world, yaml_get_text(port->options, "on", ""));
}

// To a service at the first port of the device on an Ethernet that has a runner.
static bool tcp_route(struct world *world, struct device *device, const char *port_fact,
                      uint16_t port_otherwise, struct world_route *ret)
{
    for (size_t i = 0; i < device->ports_count; i++) {
        const struct device_port *port = &device->ports[i];
        const struct world_network *network = port_network(world, port);

        if (!port->host || !port->address.family || !network || !network->runner)
            continue;
        ret->host = network->runner;
        ret->to = port->address;
        ret->to.port = (uint16_t)profile_fact_integer(device->profile, port_fact, port_otherwise);
        ret->via = device;
        return true;
    }
    return false;
}

static bool modbus_tcp_route(struct world *world, struct device *device, struct world_route *ret)
{
    return tcp_route(world, device, "services.modbus.port", MODBUS_TCP_PORT, ret);
}

int world_web_route(struct world *world, struct device *device, struct world_route *ret,
                    const char **ret_why)
{
    struct world_route route = {0};

    if (!profile_has_feature(device->profile, device->model, "web")) {
        *ret_why = "its profile claims no web server";
        return ERR_UNREACHABLE;
    }
    if (!tcp_route(world, device, "services.https.port", HTTPS_PORT, &route)) {
        *ret_why = "it has no port on a network with a `runner:`";
        return ERR_UNREACHABLE;
    }
    *ret = route;
    return 0;
}

static const struct device_port *line_port_of(const struct device *device)
{
    for (size_t i = 0; i < device->ports_count; i++)
        if (device->ports[i].line)
            return &device->ports[i];
    return NULL;
}

static uint8_t unit_of(const struct device_port *port)
{
    return (uint8_t)schema_integer(yaml_get(port->options, "unit"), 0);
}

// The master of a line: the device on it that has no unit id there.
static struct device *line_master(const struct world *world, const struct world_network *line)
{
    for (size_t i = 0; i < world->devices_count; i++) {
        struct device *device = world->devices[i].device;
        const struct device_port *port = device ? line_port_of(device) : NULL;

        if (port && port_network(world, port) == line && unit_of(port) == 0)
            return device;
    }
    return NULL;
}

int world_modbus_route(struct world *world, struct device *device, struct world_route *ret,
                       const char **ret_why)
{
    const struct device_port *port = line_port_of(device);
    struct world_route route = {0};
    struct device *master;

    if (modbus_tcp_route(world, device, &route)) {
        route.unit = 255;
        *ret = route;
        return 0;
    }
    if (!port || !unit_of(port)) {
        *ret_why = "it has no port with a Modbus server on a network with a `runner:`";
        return ERR_UNREACHABLE;
    }
    route.unit = unit_of(port);
    master = line_master(world, port_network(world, port));
    if (master && !modbus_tcp_route(world, master, &route)) {
        *ret_why = "the gateway of its line is on no network with a `runner:`";
        return ERR_UNREACHABLE;
    }
    if (!master) {
        route.line = port_network(world, port)->line;
        route.via = device;
    }
    *ret = route;
    return 0;
}

static struct device *child_of(struct world *world, const struct device *via, uint8_t unit)
{
    const struct yaml_node *children = yaml_get(via->site, "children");

    yaml_for_each(i, children) {
        const struct yaml_node *child = children->items[i];

        if (schema_integer(yaml_get(child, "unit"), 0) == unit)
            return world_device(world, yaml_get_text(child, "device", ""));
    }
    return NULL;
}

struct device *world_unit_device(struct world *world, const struct device *via, uint8_t unit)
{
    const struct device_port *drop = line_port_of(via);
    const struct world_own *own = own_of(world, via);

    if (unit == 255 || (drop && unit_of(drop) == unit))
        return own ? own->device : NULL;
    for (size_t i = 0; drop && i < world->devices_count; i++) {
        struct device *device = world->devices[i].device;
        const struct device_port *port = device ? line_port_of(device) : NULL;

        if (port && port_network(world, port) == port_network(world, drop) && unit_of(port) == unit)
            return device;
    }
    return child_of(world, via, unit);
}
