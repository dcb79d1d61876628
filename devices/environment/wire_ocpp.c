// SPDX-License-Identifier: Apache-2.0
// Where a central system of a world listens: the doors of sim/proto/ocpp/face on its ports, with
// the certificates of its site's authority. It shows an ECDSA and an RSA certificate, so that
// either pair of suites of the white paper finds one. What comes for a paused device waits.
#include <stdlib.h>
#include <string.h>

#include "devices/environment/state.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/device/site_authority.h"

#define VALID_FROM_NS (24 * 3600 * SIM_NS_PER_S)
#define VALID_FOR_NS (10 * 365 * 24 * 3600 * SIM_NS_PER_S)

struct held { // What came for a paused device.
    struct held *next;
    struct csms_station *station;
    uint64_t connection;
    size_t length;
    char text[];
};

// ---- Frames ----

int environment_ocpp_send(struct csms_station *station, const char *text, size_t length,
                          const struct environment *environment)
{
    return device_alive(environment->device) ? csms_doors_send(station, text, length) : ERR_CLOSED;
}

static uint64_t connection_of(const struct csms_station *station)
{
    struct csms_facts facts;

    csms_facts(station, &facts);
    return facts.connections;
}

static void hold(struct environment *environment, struct csms_station *station, const char *text,
                 size_t length)
{
    struct held *held = mem_new(1, sizeof(*held) + length + 1);

    if (!environment->held)
        csms_doors_pause(environment->doors, true);
    held->station = station;
    held->connection = connection_of(station);
    held->length = length;
    memcpy(held->text, text, length + 1);
    *environment->held_last = held;
    environment->held_last = &held->next;
}

static void free_held(struct environment *environment)
{
    while (environment->held) {
        struct held *held = environment->held;

        environment->held = held->next;
        free(held);
    }
    environment->held_last = &environment->held;
}

static void on_resume(void *user)
{
    struct environment *environment = user;

    if (!environment->held)
        return;
    for (struct held *held = environment->held; held; held = held->next)
        if (csms_wire(held->station) && connection_of(held->station) == held->connection)
            csms_receive(held->station, held->text, held->length);
    free_held(environment);
    csms_doors_pause(environment->doors, false);
}

static void on_text(struct csms_station *station, const char *text, size_t length, void *user)
{
    struct environment *environment = user;

    if (!device_alive(environment->device))
        return;
    if (device_paused(environment->device))
        hold(environment, station, text, length);
    else
        csms_receive(station, text, length);
}

static void on_refused(int status, const struct tls_report *report, void *user)
{
    struct environment *environment = user;

    if (report)
        device_event(environment->device, "handshake refused failure=%d alert=%d", report->failure,
                     report->alert);
    else
        device_event(environment->device, "refused status=%d", status);
}

static const struct csms_doors_events doors_events = {.on_text = on_text, .on_refused = on_refused};

static void on_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct gate *gate = user;
    struct environment *environment = gate->environment;

    (void)listener;
    csms_doors_take(environment->doors, gate->door, conn, environment->device->tls_faults);
}

// ---- What it shows ----

static int64_t utc_ns(void *user)
{
    return device_utc_ns(((struct environment *)user)->device);
}

static int certify(struct environment *environment, size_t i)
{
    static const enum key_kind kinds[] = {KEY_P256, KEY_RSA2048};
    struct device *device = environment->device;
    int64_t now_ns = device->world.utc_ns(device->world.user);
    char name[STATION_HOST_NAME_ROOM];
    const char *names[] = {device_csms_name(device, name)};
    struct certificate_wish wish = {
        .common_name = names[0],
        .names = names,
        .names_count = 1,
        .not_before_ns = now_ns - VALID_FROM_NS,
        .not_after_ns = now_ns + VALID_FOR_NS,
        .digest = CERTIFICATE_SHA256,
    };
    int err = key_new(kinds[i], &environment->keys[i]);

    if (err == 0)
        err = site_authority_sign(device->world.authority, &wish, environment->keys[i],
                                  &environment->certificates[i]);
    environment->identities[i] =
        (struct identity){.key = environment->keys[i], .certificate = environment->certificates[i]};
    return err;
}

static void prepare_tls(struct environment *environment)
{
    struct tls_options options = {
        .identities = environment->identities,
        .identities_count = 2,
        .utc_ns = utc_ns,
        .user = environment,
    };

    environment->root[0] = site_authority_root(environment->device->world.authority);
    csms_doors_secure(environment->doors, CSMS_DOOR_TLS, &options);
    options.authorities = environment->root;
    options.authorities_count = 1;
    csms_doors_secure(environment->doors, CSMS_DOOR_MUTUAL, &options);
}

static bool has_tls(const struct environment *environment)
{
    const struct device_world *world = &environment->device->world;

    return environment->secure && world->tls && world->authority;
}

void environment_ocpp_init(struct environment *environment)
{
    static const int security[CSMS_DOORS_COUNT] = {
        [CSMS_DOOR_PLAIN] = 0, [CSMS_DOOR_TLS] = 2, [CSMS_DOOR_MUTUAL] = 3};
    struct device *device = environment->device;
    struct csms_doors_options options = {
        .csms = environment->csms,
        .web = device->world.web,
        .tls = device->world.tls,
        .timers = device->world.timers,
        .domain = &device->domain,
    };

    environment->held_last = &environment->held;
    environment->input = (struct device_input){.on_resume = on_resume, .user = environment};
    device_add_input(device, &environment->input);
    for (size_t i = 0; i < CSMS_DOORS_COUNT; i++)
        environment->gates[i] = (struct gate){
            .environment = environment,
            .door = (enum csms_door)i,
            .port = device_csms_port(device, security[i]),
        };
    if (options.web)
        environment->doors = csms_doors_new(&options, &doors_events, environment);
}

static void close_doors(struct environment *environment)
{
    free_held(environment);
    for (size_t i = 0; i < CSMS_DOORS_COUNT; i++)
        for (size_t k = 0; k < DEVICE_PORTS_MAX; k++)
            host_unlisten(&environment->gates[i].listeners[k]);
    if (environment->doors)
        csms_doors_close(environment->doors);
}

void environment_ocpp_done(struct environment *environment)
{
    close_doors(environment);
    device_remove_input(environment->device, &environment->input);
    csms_doors_free(&environment->doors);
    for (size_t i = 0; i < 2; i++) {
        certificate_free(&environment->certificates[i]);
        key_free(&environment->keys[i]);
    }
}

static void open_door(struct gate *gate)
{
    struct device *device = gate->environment->device;

    for (size_t i = 0; i < device->ports_count; i++) {
        struct address at = device->ports[i].address;
        int err;

        if (!device->ports[i].host)
            continue;
        at.port = gate->port;
        err = host_listen(device->ports[i].host, &at, on_accept, gate, &gate->listeners[i]);
        if (err < 0)
            log_error(device->id, "port %u: %s", gate->port, err_text(err));
    }
}

void environment_ocpp_power(struct environment *environment, bool on)
{
    if (!on) {
        close_doors(environment);
        return;
    }
    if (!environment->doors)
        return;
    open_door(&environment->gates[CSMS_DOOR_PLAIN]);
    if (!has_tls(environment))
        return;
    if (!environment->keys[0]) {
        for (size_t i = 0; i < 2; i++)
            if (certify(environment, i) < 0)
                return;
        prepare_tls(environment);
    }
    open_door(&environment->gates[CSMS_DOOR_TLS]);
    open_door(&environment->gates[CSMS_DOOR_MUTUAL]);
}
