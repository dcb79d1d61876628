// SPDX-License-Identifier: Apache-2.0
// What one central system of a site is made of, shared by the files of this folder alone.
#ifndef DEVICES_ENVIRONMENT_STATE_H
#define DEVICES_ENVIRONMENT_STATE_H

#include "devices/environment/environment.h"
#include "sim/base/certificate.h"
#include "sim/device/station.h"
#include "sim/proto/ocpp/csms.h"
#include "sim/vnet/http_service.h"
#include "sim/vnet/tls_service.h"
#include "sim/vnet/websocket_service.h"

struct environment;
struct wire;
struct arrival;
struct held;

enum gate_kind { GATE_PLAIN, GATE_TLS, GATE_MUTUAL, GATE_COUNT };

// A door: one port, one security profile (white paper edition 3, FR.006).
struct gate {
    struct environment *environment;
    enum gate_kind kind;
    uint16_t port;
    struct http_server *server;
    struct listener *listeners[DEVICE_PORTS_MAX];
};

struct environment {
    struct device *device;
    struct csms *csms;
    struct timer deadline_timer; // Of a command.
    // wire_ocpp.c
    struct gate gates[GATE_COUNT];
    struct tls_options tls[GATE_COUNT];
    struct key *keys[2];
    struct certificate *certificates[2];
    struct identity identities[2];
    const struct certificate *root[1];
    struct arrival *arrivals; // Within their TLS handshake.
    struct wire *wires;
    struct held *held, **held_last;
    struct device_input input;
    uint64_t connected, refused_upgrades, refused_handshakes;
    int refused_status;
    char refusal[160]; // The last one, as a sentence.
    bool gathered;     // The stations of the site are known.
    bool secure;       // Some of them come over TLS.
};

static inline struct environment *environment_of(struct device *device)
{
    return device->state;
}

// wire_ocpp.c: made once, opened and closed with the supply.
void environment_ocpp_init(struct environment *environment);
void environment_ocpp_done(struct environment *environment);
void environment_ocpp_power(struct environment *environment, bool on);
int environment_ocpp_send(struct csms_station *station, const char *text, size_t length);
// Forgets the station's connection at once (RST).
void environment_ocpp_drop(struct csms_station *station);

#define ENVIRONMENT_TABLES 4
extern const struct device_table environment_tables[ENVIRONMENT_TABLES]; // tables.c
extern const struct verb *const environment_verbs[];                     // world.c

#endif
