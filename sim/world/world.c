// SPDX-License-Identifier: Apache-2.0
// A world from its site file to its end. The order matters: wires, then the one-line, then devices,
// and supply last, so that whoever wakes finds everybody else in place.
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/device/site_authority.h"
#include "sim/vnet/net.h"
#include "sim/world/world_private.h"

static void hash_document(struct world *world)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    size_t length;
    const char *bytes = yaml_bytes(world->document, &length);

    crypto_sha256(bytes, length, digest);
    crypto_hex(digest, world->hash);
}

static int build(struct world *world, struct diag *diag)
{
    const struct yaml_node *root = yaml_root(world->document);
    int err = schema_check(world_schema_top(world->schema), world->document, root, diag);

    if (err == 0)
        err = world_build_networks(world, diag);
    if (err == 0)
        err = world_read_entries(world, diag);
    if (err == 0)
        err = world_build_diagram(world, diag);
    if (err == 0)
        err = world_build_devices(world, diag);
    return err;
}

static int read_authority(struct world *world, struct diag *diag)
{
    const char *pem = world->options.authority_pem;
    int err = site_authority_read(world->authority, pem, strlen(pem));

    if (err < 0)
        diag_error(diag, &(struct yaml_mark){.file = "authority"}, NULL,
                   "give a certificate and its private key (P-256 or RSA of 2048 bits) in PEM",
                   "the authority of the site cannot be read: %s", err_text(err));
    return err;
}

int world_load(const char *path, const struct world_options *options, struct diag *diag,
               struct world **ret)
{
    struct world *world = mem_new(1, sizeof(*world));
    int err = 0;

    world->options = *options;
    world->schema = world_schema_new(options->families);
    world->faults = faults_new(core_timers(options->core), core_seed(options->core));
    world->vnet = vnet_new(options->core, world->faults, NULL);
    world->plant = plant_new(core_timers(options->core));
    if (options->tls)
        world->authority = site_authority_new(core_seed(options->core), options->real_random,
                                              core_utc_ns(options->core));
    if (world->authority && options->authority_pem)
        err = read_authority(world, diag);
    vnet_set_events(world->vnet, options->events);
    vnet_set_capture(world->vnet, options->capture);
    if (err == 0)
        err = yaml_load(path, diag, &world->document);
    if (err == 0) {
        hash_document(world);
        err = build(world, diag);
    }
    if (err < 0) {
        world_free(&world);
        return err;
    }
    *ret = world;
    return 0;
}

void world_free(struct world **world)
{
    struct world *old = *world;

    if (!old)
        return;
    world_free_devices(old);
    world_free_networks(old);
    world_free_secrets(old);
    vnet_free(&old->vnet);
    site_authority_free(&old->authority);
    world_free_faults(old);
    plant_free(&old->plant);
    world_schema_free(&old->schema);
    yaml_free(&old->document);
    free(old);
    *world = NULL;
}

void world_power_on(struct world *world)
{
    for (size_t i = 0; i < world->devices_count; i++)
        if (schema_bool(yaml_get(world->devices[i].entry->node, "power"), true))
            device_set_power(world->devices[i].device, true);
    world->changes++;
}

const char *world_name(const struct world *world)
{
    return yaml_get_text(yaml_root(world->document), "name", "site");
}

const char *world_hash(const struct world *world)
{
    return world->hash;
}

struct core *world_core(struct world *world)
{
    return world->options.core;
}

struct vnet *world_vnet(struct world *world)
{
    return world->vnet;
}

struct plant *world_plant(struct world *world)
{
    return world->plant;
}

uint64_t world_changes(const struct world *world)
{
    return world->changes;
}
