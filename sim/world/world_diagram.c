// SPDX-License-Identifier: Apache-2.0
// The one-line of a site. An id that is a fleet of chargers stands for one place a member.
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/world/world_private.h"

static const struct {
    const char *key;
    enum plant_kind kind;
} place_kinds[] = {
    {"source", PLANT_SOURCE}, {"breaker", PLANT_BREAKER}, {"feeder", PLANT_FEEDER},
    {"load", PLANT_LOAD},     {"charger", PLANT_CHARGER},
};

static double number(const struct yaml_node *node, const char *key, double otherwise)
{
    return schema_number(yaml_get(node, key), otherwise);
}

static struct plant_spec read_place(const struct yaml_node *node)
{
    static const char *const systems[] = {"3PH3W", "3PH4W", "1PH2W", NULL};
    const struct yaml_node *system = yaml_get(node, "system");
    struct plant_spec spec = {
        .from = yaml_get_text(node, "from", NULL),
        .system = system ? (enum plant_system)schema_choice(system, systems) : PLANT_3PH4W,
        .voltage_V = number(node, "voltage_V", 400),
        .frequency_Hz = number(node, "frequency_Hz", 50),
        .short_circuit_A = number(node, "short_circuit_A", 25000),
        .rated_A = number(node, "rated_A", 0),
        .closed = strcmp(yaml_get_text(node, "state", "closed"), "closed") == 0,
        .power_W = number(node, "power_W", 0),
        .power_factor = number(node, "power_factor", 1),
        .phases = (int)schema_integer(yaml_get(node, "phases"), 3),
    };

    for (size_t i = 0; i < sizeof(place_kinds) / sizeof(place_kinds[0]); i++) {
        const char *id = yaml_get_text(node, place_kinds[i].key, NULL);

        if (!id)
            continue;
        spec.id = id;
        spec.kind = place_kinds[i].kind;
    }
    return spec;
}

static int add_place(struct world *world, const struct yaml_node *node,
                     const struct plant_spec *spec, struct diag *diag)
{
    int err = plant_add(world->plant, spec, NULL);

    if (err == ERR_NOT_FOUND)
        yaml_error(diag, world->document, yaml_get(node, "from"),
                   "the place above must come before it in the list",
                   "there is no place '%s' above", spec->from);
    else if (err < 0)
        yaml_error(diag, world->document, node, NULL, "place '%s' cannot be: %s", spec->id,
                   err_text(err));
    return err < 0 ? ERR_SCHEMA : 0;
}

static int add_fleet(struct world *world, const struct yaml_node *node, struct plant_spec *spec,
                     size_t count, struct diag *diag)
{
    const char *name = spec->id;
    int err = 0;

    for (size_t i = 1; i <= count && err == 0; i++) {
        char *id = str_format("%s[%zu]", name, i);

        spec->id = id;
        err = add_place(world, node, spec, diag);
        free(id);
    }
    return err;
}

int world_build_diagram(struct world *world, struct diag *diag)
{
    const struct yaml_node *diagram = yaml_get(yaml_root(world->document), "diagram");
    int worst = 0;

    yaml_for_each(i, diagram) {
        struct plant_spec spec = read_place(diagram->items[i]);
        const struct world_entry *entry = world_find_entry(world, spec.id);
        int err;

        if (entry && entry->count > 1)
            err = add_fleet(world, diagram->items[i], &spec, entry->count, diag);
        else
            err = add_place(world, diagram->items[i], &spec, diag);
        if (err < 0)
            worst = err;
    }
    return worst;
}
