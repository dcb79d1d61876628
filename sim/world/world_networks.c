// SPDX-License-Identifier: Apache-2.0
// The wires of a site: Ethernet segments with the runner's place on them, and RS-485 lines.
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/line.h"
#include "sim/vnet/net.h"
#include "sim/world/world_private.h"

static int build_line(struct world *world, const struct yaml_node *node,
                      struct world_network *network, struct diag *diag)
{
    static const char *const parities[] = {"none", "even", "odd", NULL};
    const struct yaml_node *parity = yaml_get(node, "parity");
    int err = line_new(
        world->options.core, network->name, (uint32_t)schema_integer(yaml_get(node, "baud"), 19200),
        parity ? (enum line_parity)schema_choice(parity, parities) : LINE_PARITY_EVEN,
        &network->line);

    if (err < 0) {
        yaml_error(diag, world->document, node, NULL, "this line cannot be: %s", err_text(err));
        return ERR_SCHEMA;
    }
    line_emit_events(network->line, world->options.events);
    line_set_capture(network->line, world->options.capture);
    return 0;
}

static int build_segment(struct world *world, const struct yaml_node *node,
                         struct world_network *network, struct diag *diag)
{
    const struct yaml_node *runner = yaml_get(node, "runner");
    struct address address;
    char *name;
    int err;

    network->segment = vnet_segment_new(world->vnet, network->name);
    if (!runner)
        return 0;
    if (address_parse(runner->text, &address) < 0 || address.port) {
        yaml_error(diag, world->document, runner, "write an address such as 10.77.255.1",
                   "'%s' is no address", runner->text);
        return ERR_SCHEMA;
    }
    name = str_format("runner@%s", network->name);
    network->runner = vnet_host_new(world->vnet, name);
    free(name);
    err = vnet_host_add_address(network->runner, network->segment, &address);
    if (err < 0)
        yaml_error(diag, world->document, runner, NULL, "the runner cannot have %s: %s",
                   runner->text, err_text(err));
    return err < 0 ? ERR_SCHEMA : 0;
}

int world_build_networks(struct world *world, struct diag *diag)
{
    const struct yaml_node *networks = yaml_get(yaml_root(world->document), "networks");
    int worst = 0;

    yaml_for_each(i, networks) {
        struct world_network *network = &world->networks[world->networks_count];
        const struct yaml_node *node = networks->items[i];
        bool line = strcmp(yaml_get_text(node, "kind", ""), "rs485") == 0;
        int err;

        if (world->networks_count == WORLD_NETWORKS_MAX) {
            yaml_error(diag, world->document, node, NULL, "more than %d networks",
                       WORLD_NETWORKS_MAX);
            return ERR_SCHEMA;
        }
        world->networks_count++;
        network->name = networks->keys[i]->text;
        err = line ? build_line(world, node, network, diag)
                   : build_segment(world, node, network, diag);
        if (err < 0)
            worst = err;
    }
    return worst;
}

void world_free_networks(struct world *world)
{
    for (size_t i = 0; i < world->networks_count; i++)
        if (world->networks[i].line)
            line_free(&world->networks[i].line);
}

size_t world_networks(const struct world *world)
{
    return world->networks_count;
}

const struct world_network *world_network_at(const struct world *world, size_t index)
{
    return &world->networks[index];
}

const struct world_network *world_network(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world->networks_count; i++)
        if (strcmp(world->networks[i].name, name) == 0)
            return &world->networks[i];
    return NULL;
}
