// SPDX-License-Identifier: Apache-2.0
// What the home page reads of each device below: whom the Panel Server was commissioned with, and
// which registers of each carry what is shown, by the device's own profile. Of a unit whose kind
// nobody told, one register: whether it answers at all.
#include "devices/panel_server/poll.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"

#define SPAN_MAX 100 // Registers of one request.
#define READ_HOLDING 3
#define READ_INPUT 4

const enum point poll_points[POLL_POINTS] = {
    POINT_BREAKER_POSITION,     POINT_BREAKER_TRIPPED,
    POINT_CURRENT_L1_A,         POINT_CURRENT_L2_A,
    POINT_CURRENT_L3_A,         POINT_VOLTAGE_L12_V,
    POINT_POWER_ACTIVE_TOTAL_W, POINT_ENERGY_ACTIVE_DELIVERED_WH,
};

// ---- Registers ----

static int by_address(const void *left, const void *right)
{
    const struct profile_register *a = *(const struct profile_register *const *)left;
    const struct profile_register *b = *(const struct profile_register *const *)right;

    return a->address < b->address ? -1 : a->address > b->address;
}

static const struct profile_block *block_of(const struct profile *profile,
                                            const struct profile_register *row)
{
    for (size_t i = 0; i < profile_blocks_count(profile); i++) {
        const struct profile_block *block = profile_block_at(profile, i);

        if (row >= block->registers && row < block->registers + block->registers_count)
            return block;
    }
    return NULL;
}

// Takes the row into the read before it when both lie near each other in one block.
static bool join(struct poll_read *read, const struct profile_block *block,
                 const struct profile_register *row)
{
    uint32_t end = (uint32_t)row->address + row->count;

    if (row->address < block->first || end > block->first + block->count ||
        read->address < block->first || end - read->address > SPAN_MAX)
        return false;
    if (end > (uint32_t)read->address + read->count)
        read->count = (uint16_t)(end - read->address);
    read->rows++;
    return true;
}

static void plan_rows(struct poll_unit *unit)
{
    const struct profile *profile = unit->device->profile;

    for (uint8_t i = 0; i < unit->rows_count; i++) {
        const struct profile_register *row = unit->rows[i];
        const struct profile_block *block = block_of(profile, row);
        struct poll_read *read = &unit->reads[unit->reads_count];

        if (!block || (unit->reads_count && join(read - 1, block, row)))
            continue;
        if (unit->reads_count == POLL_READS_MAX)
            return;
        *read = (struct poll_read){
            .function = block->table == PROFILE_INPUT ? READ_INPUT : READ_HOLDING,
            .address = row->address,
            .count = row->count,
            .first = i,
            .rows = 1,
        };
        unit->reads_count++;
    }
}

void poll_plan(struct poll_unit *unit)
{
    for (size_t i = 0; unit->device && i < POLL_POINTS; i++) {
        const struct profile_register *row =
            profile_register_of(unit->device->profile, unit->device->model, "own", poll_points[i]);
        const struct profile_block *block = row ? block_of(unit->device->profile, row) : NULL;

        if (block && (block->table == PROFILE_HOLDING || block->table == PROFILE_INPUT))
            unit->rows[unit->rows_count++] = row;
    }
    qsort(unit->rows, unit->rows_count, sizeof(unit->rows[0]), by_address);
    if (unit->device)
        plan_rows(unit);
    if (!unit->reads_count)
        unit->reads[unit->reads_count++] = (struct poll_read){.function = READ_HOLDING, .count = 1};
}

// ---- Units ----

// Which device of the site hangs on our line under a unit id.
struct search {
    const struct panel *panel;
    uint8_t id;
    const struct device *found;
};

static void on_device(void *context, struct device *device)
{
    struct search *search = context;
    const char *line = yaml_get_text(search->panel->line->port->options, "on", "");

    for (size_t i = 0; device != search->panel->device && i < device->ports_count; i++) {
        const struct device_port *port = &device->ports[i];

        if (port->line && strcmp(yaml_get_text(port->options, "on", ""), line) == 0 &&
            schema_integer(yaml_get(port->options, "unit"), 0) == search->id)
            search->found = device;
    }
}

static void fill_serial(struct panel *panel, struct poll_unit *unit)
{
    const struct device_world *world = &panel->device->world;
    struct search search = {.panel = panel, .id = unit->id};

    if (world->each)
        world->each(world->user, on_device, &search);
    unit->device = search.found;
    unit->name = search.found ? search.found->id : NULL;
    unit->path = &panel->line->gateway.path;
}

static void fill_child(struct panel *panel, struct poll_unit *unit, struct panel_child *child)
{
    const struct device_world *world = &panel->device->world;
    const char *id = yaml_get_text(child->site, "device", NULL);

    unit->device = id && world->find ? world->find(world->user, id) : NULL;
    unit->name = id ? id : yaml_get_text(child->site, "address", NULL);
    unit->path = &child->path;
}

struct poll_unit *poll_units_new(struct panel *panel, size_t *ret_count)
{
    struct poll_unit *units;
    size_t count = 0;

    for (size_t id = 1; id < sizeof(panel->routes); id++)
        count += panel->routes[id] != PANEL_UNKNOWN;
    units = mem_new(count + 1, sizeof(*units));
    count = 0;
    for (size_t id = 1; id < sizeof(panel->routes); id++) {
        struct poll_unit *unit = &units[count];

        if (panel->routes[id] == PANEL_UNKNOWN)
            continue;
        count++;
        unit->id = (uint8_t)id;
        if (panel->routes[id] == PANEL_LINE)
            fill_serial(panel, unit);
        else
            fill_child(panel, unit, &panel->children[panel->routes[id] - PANEL_CHILD]);
        poll_plan(unit);
    }
    *ret_count = count;
    return units;
}
