// SPDX-License-Identifier: Apache-2.0
// A site file made real: networks, devices, one-line and clock put together, and what a scenario's
// world door and the control socket may do to the whole. Concrete families come in through a table;
// the world knows none of them.
#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/core.h"
#include "sim/device/device.h"
#include "sim/vnet/fault.h"
#include "sim/yaml/schema.h"

struct capture;
struct line;
struct tls;
struct web;
struct vnet;
struct world;

#define WORLD_NETWORKS_MAX 64
#define WORLD_DEVICES_MAX 65536

struct world_options {
    struct core *core;                           // Borrowed, outlives the world.
    struct profiles *profiles;                   // Borrowed.
    const struct device_family *const *families; // NULL-terminated, borrowed.
    struct capture *capture;                     // Records every wire; NULL for none. Borrowed.
    bool events;                                 // Hash what crosses the wires (off for `serve`).
    // The value of `$secret.name`, or NULL to have it drawn from the seed. Borrowed text.
    const char *(*secret)(void *user, const char *name);
    void *secret_user;
    // Told of each change of a device that a probe could see; NULL for none.
    void (*changed)(void *user, struct device *device);
    void *changed_user;
    // What speaks TLS, HTTP and WebSocket for the devices; NULL for a site without. Borrowed.
    struct tls *tls;
    struct web *web;
    // A user's own authority (PEM, certificate and key) instead of one made for the site; NULL.
    const char *authority_pem;
    bool real_random; // Secrets from the host's randomness (serve) instead of the seed.
};

// Reads and builds a site: everything wired and commissioned, nothing powered. Errors are noted in
// `diag`; returns 0, ERR_SYNTAX, ERR_SCHEMA or -errno.
int world_load(const char *path, const struct world_options *options, struct diag *diag,
               struct world **ret);
void world_free(struct world **world);

// Gives supply to every device whose site entry does not say `power: off`.
void world_power_on(struct world *world);

const char *world_name(const struct world *world);
const char *world_hash(const struct world *world); // SHA-256 of the site file.
struct core *world_core(struct world *world);
struct vnet *world_vnet(struct world *world);
struct plant *world_plant(struct world *world);

// Bumped at each change that a probe could see.
uint64_t world_changes(const struct world *world);

// ---- Devices ----

size_t world_devices(const struct world *world);
struct device *world_device_at(struct world *world, size_t index);

// By id ("q1", "evse[17]"; the id of a fleet means its first member), or NULL.
struct device *world_device(struct world *world, const char *id);

// The entries under `devices:`, in written order: a name stands for one device or a fleet.
size_t world_entries(const struct world *world);
const char *world_entry_name(const struct world *world, size_t index);

// How many members a site entry has (0: no such entry), and one of them, from 1.
size_t world_members(const struct world *world, const char *entry);
struct device *world_member(struct world *world, const char *entry, size_t index);

// The entry's name nearest to a mistyped one, or NULL.
const char *world_nearest(const struct world *world, const char *entry);

// ---- Networks ----

struct world_network {
    const char *name;
    struct segment *segment; // Ethernet, else NULL.
    struct line *line;       // RS-485, else NULL.
    struct host *runner;     // Where scenario verbs open their connections; NULL without `runner:`.
};
size_t world_networks(const struct world *world);
const struct world_network *world_network_at(const struct world *world, size_t index);
const struct world_network *world_network(const struct world *world, const char *name);

// How the runner reaches a device's Modbus server: over TCP from a network's runner (`host` and
// `to`; to the device itself or to the gateway of its line), or as master of its line (`line`).
struct world_route {
    struct host *host;
    struct address to;
    struct line *line;
    struct device *via; // The gateway, or the device itself.
    uint8_t unit;
};

// Returns 0, or ERR_UNREACHABLE with *ret_why set to a sentence.
int world_modbus_route(struct world *world, struct device *device, struct world_route *ret,
                       const char **ret_why);

// How the runner reaches a device's HTTPS pages: `host` and `to` of *ret. Returns 0, or
// ERR_UNREACHABLE with *ret_why set to a sentence.
int world_web_route(struct world *world, struct device *device, struct world_route *ret,
                    const char **ret_why);

// The device that answers as `unit` behind (or as) `via`, or NULL.
struct device *world_unit_device(struct world *world, const struct device *via, uint8_t unit);

// ---- Secrets ----

// The value of `$secret.name`: given, or drawn once from the seed to fit the password rule of the
// first account that uses it. NULL when the site uses no such secret and none was given.
const char *world_secret(struct world *world, const char *name);

// ---- Faults ----

struct world_fault {
    const char *id;
    const char *kind;
    struct device *const *left; // One side of a link, or the devices of a device fault.
    size_t left_count;
    struct device *const *right; // The other side; count 0: everything.
    size_t right_count;
    const char *network;   // A segment or line instead of devices, or NULL.
    const char *arguments; // The fault's arguments as a YAML flow mapping, or NULL.
};

// Puts a fault on. Returns 0, or a negative code with *ret_why set to a sentence the caller frees.
int world_fault(struct world *world, const struct world_fault *fault, char **ret_why);

// Takes it off. Returns 0 or ERR_NOT_FOUND. world_clear_all() mends everything.
int world_clear(struct world *world, const char *id);
void world_clear_all(struct world *world);

// ---- The file's schema ----

// The schema of site files with the options of the given families, for the validator, editors and
// the manual. The caller frees it.
struct world_schema;
struct world_schema *world_schema_new(const struct device_family *const *families);
const struct schema *world_schema_top(const struct world_schema *schema);
// The schema of one device entry of a family.
const struct schema *world_schema_device(const struct world_schema *schema,
                                         const struct device_family *family);
void world_schema_free(struct world_schema **schema);

#endif
