// SPDX-License-Identifier: Apache-2.0
// A small world for the tests of device families: one Ethernet segment, one line, a one-line, one
// or more devices, and a client that speaks raw Modbus over both wires. Header only; one bed a
// test.
#ifndef TESTS_SUPPORT_DEVICE_BED_H
#define TESTS_SUPPORT_DEVICE_BED_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/device/device.h"
#include "sim/plant/plant.h"
#include "sim/proto/modbus/mbap.h"
#include "sim/proto/modbus/rtu.h"
#include "sim/vnet/fault.h"
#include "sim/vnet/line.h"
#include "sim/vnet/net.h"

#define BED_DEVICES_MAX 8

struct bed {
    struct core *core;
    struct faults *faults;
    struct vnet *vnet;
    struct segment *lan, *lan2;
    struct host *runner;
    struct line *line;
    struct line_port *master;
    struct plant *plant;
    struct profiles *profiles;
    struct device *devices[BED_DEVICES_MAX];
    struct host *hosts[BED_DEVICES_MAX];
    struct yaml_document *documents[BED_DEVICES_MAX];
    size_t devices_count;
    // The secure wires and the password of SecurityAdmin, for tests that set them after bed_open().
    struct tls *tls;
    struct web *web;
    const char *password;
    // What the client received, and how its conn ended.
    uint8_t heard[512];
    size_t heard_length;
    bool silent, open;
    int end;
    uint64_t events;
    char last_event[256];
};

static inline int64_t bed_utc_ns(void *user)
{
    return core_utc_ns(((struct bed *)user)->core);
}

static inline void bed_event(void *user, const char *device_id, const char *text)
{
    struct bed *bed = user;

    bed->events++;
    snprintf(bed->last_event, sizeof(bed->last_event), "%s %s", device_id, text);
}

static inline struct device *bed_find(void *user, const char *id)
{
    struct bed *bed = user;

    for (size_t i = 0; i < bed->devices_count; i++)
        if (strcmp(bed->devices[i]->id, id) == 0)
            return bed->devices[i];
    return NULL;
}

static inline void bed_each(void *user, void (*fn)(void *context, struct device *device),
                            void *context)
{
    struct bed *bed = user;

    for (size_t i = 0; i < bed->devices_count; i++)
        fn(context, bed->devices[i]);
}

static inline void bed_ports(void *user, struct device *device, bool up)
{
    (void)user;
    for (size_t i = 0; i < device->ports_count; i++)
        if (device->ports[i].host)
            vnet_host_set_up(device->ports[i].host, up);
}

static inline const char *bed_secret(void *user, const char *device_id, const char *account)
{
    struct bed *bed = user;

    (void)device_id;
    return strcmp(account, "SecurityAdmin") == 0   ? bed->password
           : strcmp(account, "Administrator") == 0 ? "Adm1"
           : strcmp(account, "Operator") == 0      ? "0per"
           : strcmp(account, "Services") == 0      ? "Serv"
           : strcmp(account, "Engineer") == 0      ? "Engi"
                                                   : NULL;
}

static inline struct address bed_address(const char *text)
{
    struct address address;

    ck_assert_int_eq(address_parse(text, &address), 0);
    return address;
}

static inline void bed_open(struct bed *bed)
{
    struct core_options options = {
        .mode = CLOCK_JUMP, .utc_start_ns = INT64_C(1768464000000000000), .seed = 1};
    struct address runner = bed_address("10.77.255.1"), runner2 = bed_address("10.78.255.1");

    memset(bed, 0, sizeof(*bed));
    bed->core = core_new(&options);
    bed->faults = faults_new(core_timers(bed->core), 1);
    bed->vnet = vnet_new(bed->core, bed->faults, NULL);
    bed->lan = vnet_segment_new(bed->vnet, "lan");
    bed->lan2 = vnet_segment_new(bed->vnet, "lan2");
    bed->runner = vnet_host_new(bed->vnet, "runner");
    ck_assert_int_eq(vnet_host_add_address(bed->runner, bed->lan, &runner), 0);
    ck_assert_int_eq(vnet_host_add_address(bed->runner, bed->lan2, &runner2), 0);
    ck_assert_int_eq(line_new(bed->core, "rs1", 19200, LINE_PARITY_EVEN, &bed->line), 0);
    bed->plant = plant_new(core_timers(bed->core));
    bed->profiles = profiles_new("devices");
}

// The devices alone, for a test that then takes away what they hold of its own.
static inline void bed_free_devices(struct bed *bed)
{
    for (size_t i = bed->devices_count; i-- > 0;) {
        device_free(&bed->devices[i]);
        yaml_free(&bed->documents[i]);
    }
    bed->devices_count = 0;
}

static inline void bed_close(struct bed *bed)
{
    bed_free_devices(bed);
    vnet_free(&bed->vnet);
    line_free(&bed->line);
    faults_free(&bed->faults);
    plant_free(&bed->plant);
    profiles_free(&bed->profiles);
    core_free(&bed->core);
}

// One port of the device's mapping `ports:`, wired by its `on:` (lan, lan2 or rs1).
static inline void bed_wire(struct bed *bed, struct device_config *config, const char *name,
                            const struct yaml_node *options)
{
    struct device_port *port = &config->ports[config->ports_count++];
    struct host **host = &bed->hosts[bed->devices_count];
    const char *on = yaml_get_text(options, "on", "");

    *port = (struct device_port){.name = name, .options = options};
    if (strcmp(on, "rs1") == 0) {
        ck_assert_int_eq(line_attach(bed->line, 0, LINE_PARITY_EVEN, &port->line), 0);
        return;
    }
    if (!*host)
        *host = vnet_host_new(bed->vnet, config->id);
    port->host = *host;
    port->address = bed_address(yaml_get_text(options, "ipv4", ""));
    ck_assert_int_eq(vnet_host_add_address(*host, strcmp(on, "lan2") == 0 ? bed->lan2 : bed->lan,
                                           &port->address),
                     0);
}

// Adds a device from its site mapping as YAML text; off. Returns device_new()'s result and, when
// wanted, what was noted.
static inline int bed_try(struct bed *bed, const struct device_family *family, const char *id,
                          const char *site, struct str *ret_diag)
{
    struct diag *diag = diag_new();
    struct device_config config = {
        .id = id,
        .family = family,
        .world = {.timers = core_timers(bed->core),
                  .utc_ns = bed_utc_ns,
                  .event = bed_event,
                  .find = bed_find,
                  .each = bed_each,
                  .ports = bed_ports,
                  .user = bed,
                  .tls = bed->tls,
                  .web = bed->web},
        .seed = 1,
        .place = plant_find(bed->plant, id),
        .secret = bed_secret,
        .secret_user = bed,
    };
    struct str text = {0};
    const struct yaml_node *ports;
    int err;

    err = yaml_parse("site", site, strlen(site), diag, &bed->documents[bed->devices_count]);
    ck_assert_int_eq(err, 0);
    config.site = yaml_root(bed->documents[bed->devices_count]);
    err = profiles_get(bed->profiles, yaml_get_text(config.site, "profile", ""), diag,
                       &config.profile);
    diag_print(diag, false, &text);
    ck_assert_msg(err == 0, "%s", str_text(&text));
    config.hardware = yaml_get_text(config.site, "hardware", NULL);
    config.model =
        profile_model(config.profile, yaml_get_text(config.site, "model", ""), config.hardware);
    ck_assert_ptr_nonnull(config.model);
    ports = yaml_get(config.site, "ports");
    yaml_for_each(i, ports)
        bed_wire(bed, &config, ports->keys[i]->text, ports->items[i]);
    err = device_new(&config, diag, &bed->devices[bed->devices_count]);
    if (err < 0)
        yaml_free(&bed->documents[bed->devices_count]);
    else
        bed->devices_count++;
    if (ret_diag)
        diag_print(diag, false, ret_diag);
    str_done(&text);
    diag_free(&diag);
    return err;
}

static inline struct device *bed_add(struct bed *bed, const struct device_family *family,
                                     const char *id, const char *site)
{
    struct str text = {0};
    int err = bed_try(bed, family, id, site, &text);

    ck_assert_msg(err == 0, "%s: %s", err_text(err), str_text(&text));
    str_done(&text);
    return bed->devices[bed->devices_count - 1];
}

static inline void bed_advance(struct bed *bed, int64_t by_ns)
{
    core_advance(bed->core, by_ns);
}

#endif
