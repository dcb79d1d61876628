// SPDX-License-Identifier: Apache-2.0
// What a site may say of a Panel Server, and what the model then refuses: ports and children that
// this model does not have, as the interface tables of the guide list them (DOCA0211EN, Device
// Characteristics).
#include "devices/panel_server/state.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define VIRTUAL_UNIT_MAX 247

static const char *const topologies[] = {"switched", "separated", NULL};

static const struct schema_field child_fields[] = {
    {.name = "device",
     .type = SCHEMA_TEXT,
     .doc = "A device of the site with a Modbus TCP server."},
    {.name = "address",
     .type = SCHEMA_TEXT,
     .doc = "Its address instead, when it is no device of the site.",
     .example = "10.77.0.99:502"},
    {.name = "unit",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = VIRTUAL_UNIT_MAX,
     .otherwise = "the first free one from the profile's gateway.virtual_from",
     .doc = "The virtual unit id under which clients reach it."},
    {.name = "remote_unit",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 255,
     .otherwise = "255",
     .doc = "The unit id it is asked under."},
};
static const struct schema child_schema = {
    .name = "child",
    .doc = "A Modbus TCP device below a Panel Server.",
    .fields = child_fields,
    .fields_count = COUNT_OF(child_fields),
};
static const struct schema_field child_item = {.type = SCHEMA_OBJECT, .object = &child_schema};
static const struct schema_field unit_item = {
    .type = SCHEMA_INTEGER, .low = 1, .high = VIRTUAL_UNIT_MAX};

static const struct schema_field site_fields[] = {
    {.name = "topology",
     .type = SCHEMA_CHOICE,
     .choices = topologies,
     .otherwise = "switched",
     .doc = "switched: both sockets are one interface, `eth`; separated: `eth1` and `eth2`.",
     .example = "separated"},
    {.name = "children",
     .type = SCHEMA_LIST,
     .item = &child_item,
     .doc = "Modbus TCP devices it was commissioned with.",
     .example = "[{device: q0, unit: 100}]"},
    {.name = "commissioned",
     .type = SCHEMA_LIST,
     .item = &unit_item,
     .otherwise = "the devices of the site on its line",
     .doc = "Unit ids on its serial line; needed where real boards hang on it.",
     .example = "[1, 2, 17]"},
    {.name = "serial", .type = SCHEMA_TEXT, .doc = "Serial number; drawn when left out."},
};
const struct schema panel_site_options = {
    .name = "panel_server",
    .doc = "Options of a Panel Server.",
    .fields = site_fields,
    .fields_count = COUNT_OF(site_fields),
};

static bool model_says(const struct device *device, const char *column, const char *cell)
{
    const char *text = profile_model_cell(device->profile, device->model, column);

    return text && strcmp(text, cell) == 0;
}

static void refuse(struct diag *diag, const struct device *device, const struct yaml_node *node,
                   const char *what, const char *hint)
{
    const struct yaml_mark none = {0};

    diag_error(diag, node ? &node->mark : &none, NULL, hint, "%s: a %s has no %s", device->id,
               device->model ? device->model->name : "Panel Server", what);
}

// Which port names there are, and what of the model they need.
static const struct {
    const char *name;
    const char *column, *not ; // The cell that means the model has none of it.
    int separated;             // 1: only in separated topology, 0: only switched, -1: always.
} port_rules[] = {
    {"eth", NULL, NULL, 0},     {"eth1", "rj45", "1", 1}, {"eth2", "rj45", "1", 1},
    {"wifi", "wifi", "no", -1}, {"ap", "wifi", "no", -1}, {"sl", "sl", "no", -1},
};

static int check_port(const struct device *device, const struct device_port *port, bool separated,
                      struct diag *diag)
{
    for (size_t i = 0; i < COUNT_OF(port_rules); i++) {
        if (strcmp(port->name, port_rules[i].name) != 0)
            continue;
        if (port_rules[i].column && model_says(device, port_rules[i].column, port_rules[i].not )) {
            refuse(diag, device, port->options, port->name, NULL);
            return ERR_SCHEMA;
        }
        if (port_rules[i].separated >= 0 && port_rules[i].separated != separated) {
            diag_error(diag, port->options ? &port->options->mark : &(struct yaml_mark){0}, NULL,
                       "switched: eth; separated: eth1, eth2",
                       "%s: port %s does not exist in %s topology", device->id, port->name,
                       separated ? "separated" : "switched");
            return ERR_SCHEMA;
        }
        if ((strcmp(port->name, "sl") == 0) != (port->line != NULL)) {
            refuse(diag, device, port->options, port->line ? "such serial port" : "Ethernet on sl",
                   NULL);
            return ERR_SCHEMA;
        }
        return 0;
    }
    refuse(diag, device, port->options, port->name, "eth, eth1, eth2, wifi, ap, sl");
    return ERR_SCHEMA;
}

static int check_children(const struct device *device, struct diag *diag)
{
    const struct yaml_node *children = yaml_get(device->site, "children");
    bool used[256] = {false};

    if (children && model_says(device, "tcp_down", "no")) {
        refuse(diag, device, children, "Modbus TCP devices below it", NULL);
        return ERR_SCHEMA;
    }
    yaml_for_each(i, children) {
        const struct yaml_node *child = children->items[i];
        uint8_t unit = (uint8_t)schema_integer(yaml_get(child, "unit"), 0);

        if (!yaml_get(child, "device") == !yaml_get(child, "address") || i >= PANEL_CHILDREN_MAX ||
            (unit && used[unit])) {
            diag_error(diag, &child->mark, NULL, NULL, "%s: %s", device->id,
                       i >= PANEL_CHILDREN_MAX ? "too many children"
                       : unit && used[unit]    ? "two children with this unit id"
                                               : "a child is either a device or an address");
            return ERR_SCHEMA;
        }
        used[unit] = true;
    }
    return 0;
}

int panel_check_site(const struct device *device, struct diag *diag)
{
    const struct yaml_node *topology = yaml_get(device->site, "topology");
    bool separated = topology && strcmp(topology->text, "separated") == 0;
    int err = 0;

    if (separated && model_says(device, "rj45", "1")) {
        refuse(diag, device, topology, "second Ethernet port to separate", NULL);
        return ERR_SCHEMA;
    }
    for (size_t i = 0; i < device->ports_count && err == 0; i++)
        err = check_port(device, &device->ports[i], separated, diag);
    return err < 0 ? err : check_children(device, diag);
}
