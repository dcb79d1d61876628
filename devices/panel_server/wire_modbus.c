// SPDX-License-Identifier: Apache-2.0
// The Panel Server's Modbus TCP service: who answers which unit id. 255 is the gateway itself; ids
// of the serial line and virtual ids of Modbus TCP devices are passed on; any other gets the
// profile's exception. The service is on or off for each interface; all interfaces share one limit
// of clients.
#include "devices/panel_server/state.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/log.h"

static struct modbus_route route(void *user, struct device_port *port,
                                 const struct modbus_mbap *request)
{
    struct panel *panel = user;
    uint8_t to = panel->routes[request->unit];

    (void)port;
    if (request->unit == MODBUS_UNIT_SELF)
        return (struct modbus_route){.kind = MODBUS_ROUTE_SERVER, .server = &panel->face.server};
    if (to == PANEL_LINE)
        return (struct modbus_route){.kind = MODBUS_ROUTE_PATH, .path = &panel->line->gateway.path};
    if (to >= PANEL_CHILD)
        return (struct modbus_route){.kind = MODBUS_ROUTE_PATH,
                                     .path = &panel->children[to - PANEL_CHILD].path};
    return (struct modbus_route){.kind = MODBUS_ROUTE_EXCEPTION,
                                 .exception = panel->unknown_exception};
}

void panel_modbus_init(struct panel *panel)
{
    struct device *device = panel->device;
    struct modbus_service_options options = modbus_service_options(device->profile);

    panel->unknown_exception = (uint8_t)profile_fact_integer(
        device->profile, "modbus.exceptions.unknown_unit", MODBUS_PATH_UNAVAILABLE);
    modbus_face_init(&panel->face, device, panel->image, false, panel);
    panel->service = modbus_service_new(device, &options, route, panel);
    for (size_t i = 0; i < device->ports_count; i++)
        if (device->ports[i].line)
            panel->line = panel_line_new(panel, &device->ports[i]);
    panel_children_init(panel);
}

void panel_modbus_done(struct panel *panel)
{
    modbus_service_free(&panel->service);
    panel_children_done(panel);
    panel_line_free(&panel->line);
}

// ---- Who is there ----

static void route_serial(struct panel *panel, int64_t unit)
{
    if (unit >= 1 && unit <= 247)
        panel->routes[unit] = PANEL_LINE;
}

// A device of the site on the same line was commissioned with its unit id.
static void on_device(void *context, struct device *device)
{
    struct panel *panel = context;
    const char *line = yaml_get_text(panel->line->port->options, "on", "");

    for (size_t i = 0; device != panel->device && i < device->ports_count; i++) {
        const struct device_port *port = &device->ports[i];

        if (port->line && strcmp(yaml_get_text(port->options, "on", ""), line) == 0)
            route_serial(panel, schema_integer(yaml_get(port->options, "unit"), 0));
    }
}

static void learn_units(struct panel *panel)
{
    const struct yaml_node *commissioned = yaml_get(panel->device->site, "commissioned");
    const struct device_world *world = &panel->device->world;

    memset(panel->routes, 0, sizeof(panel->routes));
    if (panel->line) {
        panel->routes[MODBUS_UNIT_BROADCAST] = PANEL_LINE;
        yaml_for_each(i, commissioned)
            route_serial(panel, schema_integer(commissioned->items[i], 0));
        if (!commissioned && world->each)
            world->each(world->user, on_device, panel);
    }
    for (size_t i = 0; i < panel->children_count; i++)
        panel->routes[panel->children[i].unit] = (uint8_t)(PANEL_CHILD + i);
}

// ---- Ports ----

void panel_modbus_apply(struct panel *panel)
{
    struct device *device = panel->device;
    int64_t tcp_port = profile_fact_integer(device->profile, "services.modbus.port", 502);

    for (int i = 0; panel_interfaces[i]; i++) {
        struct device_port *port = device_port(device, panel_interfaces[i]);
        int err = 0;

        if (!port || !port->host)
            continue;
        if (panel->services[PANEL_MODBUS][i] == PANEL_ON && device_alive(device))
            err = modbus_service_open(panel->service, port, (uint16_t)tcp_port);
        else
            modbus_service_close(panel->service, port);
        if (err < 0)
            log_error(device->id, "Modbus on %s: %s", port->name, err_text(err));
    }
}

void panel_modbus_power(struct panel *panel, bool on)
{
    if (!on)
        modbus_service_close_all(panel->service);
    if (panel->line)
        panel_line_power(panel->line, on);
    panel_children_power(panel, on);
    if (!on)
        return;
    learn_units(panel);
    panel_modbus_apply(panel);
}
