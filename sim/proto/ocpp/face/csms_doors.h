// SPDX-License-Identifier: Apache-2.0
// The doors of a central system for charging stations: OCPP-J over WebSocket, plain (security
// profiles 0 and 1), over TLS (2), and over TLS with client certificates (3), one port each (OCPP-J
// 1.6 section 3; security white paper edition 3, FR.006). Both faces of the mind (csms.h) stand
// behind them: the device of a world and the driver of a bench. Who owns the listeners hands each
// conn that comes to csms_doors_take(). A second connection of a station ends the first.
#ifndef SIM_PROTO_OCPP_FACE_CSMS_DOORS_H
#define SIM_PROTO_OCPP_FACE_CSMS_DOORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/certificate.h"
#include "sim/core/timer.h"
#include "sim/proto/ocpp/csms.h"
#include "sim/vnet/port.h"
#include "sim/vnet/tls_service.h"

struct csms_doors;
struct web;

enum csms_door { CSMS_DOOR_PLAIN, CSMS_DOOR_TLS, CSMS_DOOR_MUTUAL, CSMS_DOORS_COUNT };

#define CSMS_DOORS_HANDSHAKE_NS (30 * SIM_NS_PER_S) // Of TLS; then the client is reset.
#define CSMS_DOORS_REFUSAL_ROOM 160

// The door for a security profile, 0 to 3.
enum csms_door csms_door_of(int security);

struct csms_doors_options { // All borrowed; they outlive the doors.
    struct csms *csms;
    struct web *web;
    struct tls *tls; // NULL: the plain door alone.
    struct timers *timers;
    struct timer_domain *domain; // Of its timers, or NULL.
};

// Who was turned away since the start.
struct csms_doors_refusals {
    uint64_t upgrades, handshakes;
    int status;                         // HTTP, of the last refused WebSocket; 0 before it.
    char text[CSMS_DOORS_REFUSAL_ROOM]; // The last one, as a sentence.
};

struct csms_doors_events {
    // A frame of a station on its standing wire: hand it to csms_receive() now or later.
    void (*on_text)(struct csms_station *station, const char *text, size_t length, void *user);
    // Somebody was turned away: with an HTTP status, or with status 0 and the report of a handshake
    // that failed.
    void (*on_refused)(int status, const struct tls_report *report, void *user);
};

// `events` and `user` outlive it. Never NULL.
struct csms_doors *csms_doors_new(const struct csms_doors_options *options,
                                  const struct csms_doors_events *events, void *user);
void csms_doors_free(struct csms_doors **doors); // Closes first.

// What a door over TLS shows and whom it trusts; `wish` keeps everything but versions and suites,
// which are those of the white paper: TLS 1.2 and its four suites (FR.310, FR.311). What it points
// to is borrowed. Before the first csms_doors_take() at that door.
void csms_doors_secure(struct csms_doors *doors, enum csms_door door,
                       const struct tls_options *wish);

// A conn has come to a door; it is the doors' from here on. `tls_faults` as in struct tls_options.
void csms_doors_take(struct csms_doors *doors, enum csms_door door, struct conn *conn,
                     unsigned tls_faults);

// Sends on a station's wire. Returns what websocket_send() does, or ERR_CLOSED.
int csms_doors_send(struct csms_station *station, const char *text, size_t length);
// Forgets a station's connection at once (RST). Harmless without one.
void csms_doors_drop(struct csms_station *station);
// Holds back what stations send while `paused`.
void csms_doors_pause(struct csms_doors *doors, bool paused);
// Ends every connection and handshake at once (RST).
void csms_doors_close(struct csms_doors *doors);

const struct csms_doors_refusals *csms_doors_refusals(const struct csms_doors *doors);

#endif
