// SPDX-License-Identifier: Apache-2.0
// Arrivals within their TLS handshake, upgrades and their refusal, WebSockets and whose they are.
#include "sim/proto/ocpp/face/csms_doors.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/http_service.h"
#include "sim/vnet/websocket_service.h"

#define REQUEST_NS (30 * SIM_NS_PER_S)
#define CLOSE_PROTOCOL 1002
#define ARRIVALS_MAX CSMS_STATIONS_MAX

struct door {
    struct csms_doors *doors;
    enum csms_door kind;
    struct http_server *server;
    struct tls_options tls; // Set by csms_doors_secure().
};

struct wire { // A station's WebSocket.
    struct door *door;
    struct csms_station *station;
    struct websocket *socket; // NULL until it stands.
    struct wire *next, **link;
};

struct arrival { // A conn within its TLS handshake.
    struct door *door;
    struct conn *conn;
    struct timer timer;
    struct arrival *next, **link;
};

struct csms_doors {
    struct csms_doors_options options;
    const struct csms_doors_events *events;
    void *user;
    struct door doors[CSMS_DOORS_COUNT];
    struct arrival *arrivals;
    size_t arrivals_count;
    struct wire *wires;
    struct csms_doors_refusals refusals;
};

enum csms_door csms_door_of(int security)
{
    return security == 3 ? CSMS_DOOR_MUTUAL : security == 2 ? CSMS_DOOR_TLS : CSMS_DOOR_PLAIN;
}

// ---- Wires ----

static void free_wire(struct wire *wire)
{
    *wire->link = wire->next;
    if (wire->next)
        wire->next->link = wire->link;
    free(wire);
}

int csms_doors_send(struct csms_station *station, const char *text, size_t length)
{
    struct wire *wire = csms_wire(station);

    if (!wire || !wire->socket)
        return ERR_CLOSED;
    return websocket_send(wire->socket, text, length);
}

void csms_doors_drop(struct csms_station *station)
{
    struct wire *wire = csms_wire(station);

    if (!wire)
        return;
    csms_disconnect(station);
    websocket_reset(wire->socket);
    free_wire(wire);
}

static void on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    struct wire *wire = user;

    wire->socket = socket;
    if (!*subprotocol) {
        websocket_close(socket, CLOSE_PROTOCOL); // Nothing in common (OCPP-J 1.6 3.1.2).
        return;
    }
    csms_doors_drop(wire->station);
    csms_connect(wire->station, wire);
}

static void on_text(struct websocket *socket, const char *text, size_t length, void *user)
{
    struct wire *wire = user;
    struct csms_doors *doors = wire->door->doors;

    (void)socket;
    if (csms_wire(wire->station) == wire)
        doors->events->on_text(wire->station, text, length, doors->user);
}

static void on_end(struct websocket *socket, int reason, uint16_t status, void *user)
{
    struct wire *wire = user;

    (void)socket;
    (void)reason;
    (void)status;
    if (csms_wire(wire->station) == wire)
        csms_disconnect(wire->station);
    free_wire(wire);
}

static const struct websocket_events websocket_events = {
    .on_open = on_open, .on_text = on_text, .on_end = on_end};

// ---- Requests ----

// A door is for its profiles; a station that nobody described may use any.
static bool is_door_of(const struct door *door, int security)
{
    return security < 0 || csms_door_of(security) == door->kind;
}

static int refuse(struct door *door, const struct http_request *request, int status,
                  const char *why)
{
    struct csms_doors *doors = door->doors;
    char from[ADDRESS_TEXT_ROOM];

    doors->refusals.upgrades++;
    doors->refusals.status = status;
    snprintf(doors->refusals.text, sizeof(doors->refusals.text), "%s: %d, %s",
             address_text(&request->conn->remote, from), status, why);
    doors->events->on_refused(status, NULL, doors->user);
    return status;
}

static struct wire *new_wire(struct door *door, struct csms_station *station)
{
    struct csms_doors *doors = door->doors;
    struct wire *wire = mem_new(1, sizeof(*wire));

    wire->door = door;
    wire->station = station;
    wire->next = doors->wires;
    wire->link = &doors->wires;
    if (wire->next)
        wire->next->link = &wire->next;
    doors->wires = wire;
    return wire;
}

static int on_upgrade(const struct http_request *request,
                      const struct websocket_events **ret_events, void **ret_user,
                      const char **ret_challenge, void *user)
{
    struct door *door = user;
    struct csms_doors *doors = door->doors;
    const char *identity = strrchr(request->path, '/');
    char common_name[CERTIFICATE_NAME_ROOM];
    const char *shown = NULL;
    struct csms_station *station;
    uint16_t status = 404;

    if (door->kind != CSMS_DOOR_PLAIN) {
        const struct tls_report *report = tls_report(doors->options.tls, request->conn);

        if (report->peer)
            shown = certificate_common_name(report->peer, common_name);
    }
    station = csms_admit(doors->options.csms, identity ? identity + 1 : "",
                         http_header(request, "authorization"), shown, &status);
    if (!station) {
        if (status == 401 && door->kind != CSMS_DOOR_MUTUAL)
            *ret_challenge = "Basic realm=\"OCPP\", charset=\"UTF-8\"";
        return refuse(door, request, status, "identity, password or certificate");
    }
    if (!is_door_of(door, csms_security(station)))
        return refuse(door, request, 403, "another security profile");
    *ret_events = &websocket_events;
    *ret_user = new_wire(door, station);
    return 101;
}

static void on_request(struct http_exchange *exchange, const struct http_request *request,
                       void *user)
{
    static const struct http_header type = {"content-type", "text/plain; charset=utf-8"};
    static const char text[] = "This is a central system for charging stations (OCPP 1.6J).\n";

    (void)request;
    (void)user;
    http_respond(exchange, 426, &type, 1, text, sizeof(text) - 1); // Upgrade Required.
}

static void on_gone(struct http_exchange *exchange, void *user)
{
    (void)exchange;
    (void)user;
}

static const char *const subprotocols[] = {"ocpp1.6", NULL};
static const struct http_server_options server_options = {
    .header_bytes_max = 4096,
    .body_bytes_max = 1024,
    .request_ns = REQUEST_NS,
    .idle_ns = REQUEST_NS,
    .clients_max = CSMS_STATIONS_MAX,
    .subprotocols = subprotocols,
    .message_bytes_max = OCPP_MESSAGE_BYTES_MAX,
};
static const struct http_server_events server_events = {
    .on_request = on_request, .on_gone = on_gone, .on_upgrade = on_upgrade};

// ---- Arrivals ----

static void free_arrival(struct arrival *arrival)
{
    timer_stop(&arrival->timer);
    arrival->door->doors->arrivals_count--;
    *arrival->link = arrival->next;
    if (arrival->next)
        arrival->next->link = arrival->link;
    free(arrival);
}

static void on_secured(struct conn *conn, void *user)
{
    struct arrival *arrival = user;
    struct door *door = arrival->door;

    free_arrival(arrival);
    http_server_take(door->server, conn);
}

static size_t on_early_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)conn;
    (void)data;
    (void)length;
    (void)user;
    return 0; // Offered again to whoever takes the conn.
}

static void on_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void on_failed(struct conn *conn, int reason, void *user)
{
    struct arrival *arrival = user;
    struct csms_doors *doors = arrival->door->doors;
    const struct tls_report *report = tls_report(doors->options.tls, conn);

    (void)reason;
    doors->refusals.handshakes++;
    snprintf(doors->refusals.text, sizeof(doors->refusals.text), "%s", report->text);
    doors->events->on_refused(0, report, doors->user);
    free_arrival(arrival);
}

static const struct conn_events arrival_events = {
    .on_open = on_secured, .on_data = on_early_data, .on_room = on_room, .on_end = on_failed};

static void on_stalled(struct timer *timer, void *user)
{
    struct arrival *arrival = user;
    struct conn *conn = arrival->conn;

    (void)timer;
    arrival->door->doors->refusals.handshakes++;
    free_arrival(arrival);
    conn_reset(conn);
}

static void wrap(struct door *door, struct conn *conn, unsigned tls_faults)
{
    struct csms_doors *doors = door->doors;
    struct arrival *arrival = mem_new(1, sizeof(*arrival));
    struct tls_options options = door->tls;

    options.faults = tls_faults;
    arrival->door = door;
    if (doors->arrivals_count >= ARRIVALS_MAX ||
        tls_wrap(doors->options.tls, conn, &options, &arrival_events, arrival, &arrival->conn) <
            0) {
        free(arrival);
        conn_reset(conn);
        return;
    }
    arrival->next = doors->arrivals;
    arrival->link = &doors->arrivals;
    if (arrival->next)
        arrival->next->link = &arrival->next;
    doors->arrivals = arrival;
    doors->arrivals_count++;
    timer_init(&arrival->timer, doors->options.timers, doors->options.domain, on_stalled, arrival);
    timer_start(&arrival->timer, CSMS_DOORS_HANDSHAKE_NS);
}

void csms_doors_take(struct csms_doors *doors, enum csms_door door, struct conn *conn,
                     unsigned tls_faults)
{
    if (door == CSMS_DOOR_PLAIN)
        http_server_take(doors->doors[door].server, conn);
    else
        wrap(&doors->doors[door], conn, tls_faults);
}

// ---- The doors ----

struct csms_doors *csms_doors_new(const struct csms_doors_options *options,
                                  const struct csms_doors_events *events, void *user)
{
    struct csms_doors *doors = mem_new(1, sizeof(*doors));

    doors->options = *options;
    doors->events = events;
    doors->user = user;
    for (size_t i = 0; i < CSMS_DOORS_COUNT; i++) {
        struct door *door = &doors->doors[i];

        door->doors = doors;
        door->kind = (enum csms_door)i;
        door->server =
            http_server_new(options->web, options->timers, &server_options, &server_events, door);
    }
    return doors;
}

void csms_doors_free(struct csms_doors **doors)
{
    if (!*doors)
        return;
    csms_doors_close(*doors);
    for (size_t i = 0; i < CSMS_DOORS_COUNT; i++)
        http_server_free(&(*doors)->doors[i].server);
    free(*doors);
    *doors = NULL;
}

void csms_doors_secure(struct csms_doors *doors, enum csms_door door,
                       const struct tls_options *wish)
{
    struct tls_options *tls = &doors->doors[door].tls;

    assert(door != CSMS_DOOR_PLAIN && doors->options.tls);
    *tls = *wish;
    tls->server = true;
    tls->lowest = TLS_1_2;
    tls->highest = TLS_1_2;
    tls->suites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                  "AES128-GCM-SHA256:AES256-GCM-SHA384";
}

void csms_doors_pause(struct csms_doors *doors, bool paused)
{
    for (size_t i = 0; i < CSMS_DOORS_COUNT; i++)
        http_server_pause(doors->doors[i].server, paused);
}

void csms_doors_close(struct csms_doors *doors)
{
    while (doors->arrivals) {
        struct conn *conn = doors->arrivals->conn;

        free_arrival(doors->arrivals);
        conn_reset(conn);
    }
    for (size_t i = 0; i < CSMS_DOORS_COUNT; i++)
        http_server_drop(doors->doors[i].server); // Each WebSocket gets its on_end.
    assert(!doors->wires);
}

const struct csms_doors_refusals *csms_doors_refusals(const struct csms_doors *doors)
{
    return &doors->refusals;
}
