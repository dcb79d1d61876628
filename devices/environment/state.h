// SPDX-License-Identifier: Apache-2.0
// What one central system of a site is made of, shared by the files of this folder alone.
#ifndef DEVICES_ENVIRONMENT_STATE_H
#define DEVICES_ENVIRONMENT_STATE_H

#include "devices/environment/environment.h"
#include "sim/base/certificate.h"
#include "sim/device/station.h"
#include "sim/proto/ocpp/csms.h"
#include "sim/proto/ocpp/face/csms_doors.h"

struct environment;
struct held;

// The ports of one door.
struct gate {
    struct environment *environment;
    enum csms_door door;
    uint16_t port;
    struct listener *listeners[DEVICE_PORTS_MAX];
};

struct environment {
    struct device *device;
    struct csms *csms;
    struct timer deadline_timer; // Of a command.
    // wire_ocpp.c
    struct gate gates[CSMS_DOORS_COUNT];
    struct csms_doors *doors; // NULL: nobody speaks HTTP in this world.
    struct key *keys[2];
    struct certificate *certificates[2];
    struct identity identities[2];
    const struct certificate *root[1];
    struct held *held, **held_last;
    struct device_input input;
    bool gathered; // The stations of the site are known.
    bool secure;   // Some of them come over TLS.
};

static inline struct environment *environment_of(struct device *device)
{
    return device->state;
}

// wire_ocpp.c: made once, opened and closed with the supply.
void environment_ocpp_init(struct environment *environment);
void environment_ocpp_done(struct environment *environment);
void environment_ocpp_power(struct environment *environment, bool on);
int environment_ocpp_send(struct csms_station *station, const char *text, size_t length,
                          const struct environment *environment);

#define ENVIRONMENT_TABLES 4
extern const struct device_table environment_tables[ENVIRONMENT_TABLES]; // tables.c
extern const struct verb *const environment_verbs[];                     // world.c

#endif
