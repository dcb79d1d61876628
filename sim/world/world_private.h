// SPDX-License-Identifier: Apache-2.0
// The world's own record, shared by the files of this room and nobody else.
#ifndef SIM_WORLD_WORLD_PRIVATE_H
#define SIM_WORLD_WORLD_PRIVATE_H

#include "sim/world/world.h"

struct world_entry { // One key under `devices:`.
    const char *name;
    const struct yaml_node *node;
    const struct profile *profile;
    const struct profile_model *model;
    const struct device_family *family;
    size_t first; // In world->devices.
    size_t count;
};

struct world_own { // A device with what the world made for it.
    struct device *device;
    struct world_entry *entry;
    struct host *host; // NULL without an Ethernet port.
    char *id;
};

struct world_secret {
    char *name;
    char *value;
};

struct world_applied { // A fault that is on: what has to be ended when it is cleared.
    char *id;
    const struct fault_kind *device_kind; // NULL for link and line faults.
    unsigned tls;                         // enum tls_fault, for a kind of the TLS group.
    struct device **devices;
    size_t devices_count;
};

struct world {
    struct world_options options;
    struct yaml_document *document;
    char hash[65];
    struct world_schema *schema;
    struct faults *faults;
    struct vnet *vnet;
    struct plant *plant;
    struct site_authority *authority; // NULL on a site without secure wires.
    struct world_network networks[WORLD_NETWORKS_MAX];
    size_t networks_count;
    struct world_entry *entries;
    size_t entries_count;
    struct world_own *devices;
    size_t devices_count;
    struct world_secret *secrets;
    size_t secrets_count, secrets_room;
    struct world_applied *applied;
    size_t applied_count, applied_room;
    uint64_t changes;
};

// world_networks.c: the wires of `networks:`. Returns 0 or ERR_SCHEMA.
int world_build_networks(struct world *world, struct diag *diag);
void world_free_networks(struct world *world);

// world_diagram.c: the one-line of `diagram:`; after the entries, whose counts it needs.
int world_build_diagram(struct world *world, struct diag *diag);

// world_devices.c: reads the entries, then makes the devices.
int world_read_entries(struct world *world, struct diag *diag);
int world_build_devices(struct world *world, struct diag *diag);
void world_free_devices(struct world *world);
struct world_entry *world_find_entry(const struct world *world, const char *name);

// world_secrets.c
const char *world_device_secret(void *user, const char *device_id, const char *account);
void world_free_secrets(struct world *world);

// world_faults.c
void world_free_faults(struct world *world);

#endif
