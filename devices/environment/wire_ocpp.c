// SPDX-License-Identifier: Apache-2.0
// The doors of a central system: OCPP-J over WebSocket, plain (security profiles 0 and 1), over TLS
// (2) and over TLS with client certificates (3), one port each (OCPP-J 1.6 section 3; security
// white paper edition 3). It shows an ECDSA and an RSA certificate, so that either pair of suites
// of the white paper finds one, and speaks TLS 1.2 at least. A second connection of a station ends
// the first.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/environment/state.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/device/site_authority.h"

#define HANDSHAKE_NS (30 * SIM_NS_PER_S)
#define REQUEST_NS (30 * SIM_NS_PER_S)
#define CLIENTS_MAX CSMS_STATIONS_MAX
#define ARRIVALS_MAX CSMS_STATIONS_MAX
#define VALID_FROM_NS (24 * 3600 * SIM_NS_PER_S)
#define VALID_FOR_NS (10 * 365 * 24 * 3600 * SIM_NS_PER_S)
#define CLOSE_PROTOCOL 1002

struct wire { // A station's WebSocket.
    struct gate *gate;
    struct csms_station *station;
    struct websocket *socket; // NULL until it stands.
    struct wire *next, **link;
};

struct arrival { // A conn within its TLS handshake.
    struct gate *gate;
    struct conn *conn;
    struct timer timer;
    struct arrival *next, **link;
};

struct held { // What came for a paused device.
    struct held *next;
    struct csms_station *station;
    uint64_t connection;
    size_t length;
    char text[];
};

// ---- Frames ----

static void free_wire(struct wire *wire)
{
    *wire->link = wire->next;
    if (wire->next)
        wire->next->link = wire->link;
    free(wire);
}

int environment_ocpp_send(struct csms_station *station, const char *text, size_t length)
{
    struct wire *wire = csms_wire(station);

    if (!wire || !wire->socket || !device_alive(wire->gate->environment->device))
        return ERR_CLOSED;
    return websocket_send(wire->socket, text, length);
}

void environment_ocpp_drop(struct csms_station *station)
{
    struct wire *wire = csms_wire(station);

    if (!wire)
        return;
    csms_disconnect(station);
    websocket_reset(wire->socket);
    free_wire(wire);
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
        for (size_t i = 0; i < GATE_COUNT; i++)
            http_server_pause(environment->gates[i].server, true);
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
    for (size_t i = 0; i < GATE_COUNT; i++)
        http_server_pause(environment->gates[i].server, false);
}

// ---- WebSockets ----

static void on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    struct wire *wire = user;

    wire->socket = socket;
    if (!*subprotocol) {
        websocket_close(socket, CLOSE_PROTOCOL); // Nothing in common (OCPP-J 1.6 3.1.2).
        return;
    }
    environment_ocpp_drop(wire->station);
    csms_connect(wire->station, wire);
}

static void on_text(struct websocket *socket, const char *text, size_t length, void *user)
{
    struct wire *wire = user;
    struct environment *environment = wire->gate->environment;

    (void)socket;
    if (!device_alive(environment->device) || csms_wire(wire->station) != wire)
        return;
    if (device_paused(environment->device))
        hold(environment, wire->station, text, length);
    else
        csms_receive(wire->station, text, length);
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
static bool is_door_of(const struct gate *gate, int security)
{
    static const bool doors[GATE_COUNT][4] = {
        [GATE_PLAIN] = {true, true, false, false},
        [GATE_TLS] = {false, false, true, false},
        [GATE_MUTUAL] = {false, false, false, true},
    };

    return security < 0 || doors[gate->kind][security];
}

static int refuse(struct gate *gate, const struct http_request *request, int status,
                  const char *why)
{
    struct environment *environment = gate->environment;
    char from[ADDRESS_TEXT_ROOM];

    environment->refused_upgrades++;
    environment->refused_status = status;
    snprintf(environment->refusal, sizeof(environment->refusal), "%s: %d, %s",
             address_text(&request->conn->remote, from), status, why);
    device_event(environment->device, "refused status=%d", status);
    return status;
}

static int on_upgrade(const struct http_request *request,
                      const struct websocket_events **ret_events, void **ret_user,
                      const char **ret_challenge, void *user)
{
    struct gate *gate = user;
    struct environment *environment = gate->environment;
    const char *identity = strrchr(request->path, '/');
    char common_name[CERTIFICATE_NAME_ROOM];
    const char *shown = NULL;
    struct csms_station *station;
    struct wire *wire;
    uint16_t status = 404;

    if (gate->kind != GATE_PLAIN) {
        const struct tls_report *report = tls_report(environment->device->world.tls, request->conn);

        if (report->peer)
            shown = certificate_common_name(report->peer, common_name);
    }
    station = csms_admit(environment->csms, identity ? identity + 1 : "",
                         http_header(request, "authorization"), shown, &status);
    if (!station) {
        if (status == 401 && gate->kind != GATE_MUTUAL)
            *ret_challenge = "Basic realm=\"OCPP\", charset=\"UTF-8\"";
        return refuse(gate, request, status, "identity, password or certificate");
    }
    if (!is_door_of(gate, csms_security(station)))
        return refuse(gate, request, 403, "another security profile");
    wire = mem_new(1, sizeof(*wire));
    wire->gate = gate;
    wire->station = station;
    wire->next = environment->wires;
    wire->link = &environment->wires;
    if (wire->next)
        wire->next->link = &wire->next;
    environment->wires = wire;
    *ret_events = &websocket_events;
    *ret_user = wire;
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
    .clients_max = CLIENTS_MAX,
    .subprotocols = subprotocols,
    .message_bytes_max = OCPP_MESSAGE_BYTES_MAX,
};
static const struct http_server_events server_events = {
    .on_request = on_request, .on_gone = on_gone, .on_upgrade = on_upgrade};

// ---- Arrivals ----

static void free_arrival(struct arrival *arrival)
{
    timer_stop(&arrival->timer);
    *arrival->link = arrival->next;
    if (arrival->next)
        arrival->next->link = arrival->link;
    free(arrival);
}

static void on_secured(struct conn *conn, void *user)
{
    struct arrival *arrival = user;
    struct gate *gate = arrival->gate;

    free_arrival(arrival);
    http_server_take(gate->server, conn);
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
    struct environment *environment = arrival->gate->environment;
    const struct tls_report *report = tls_report(environment->device->world.tls, conn);

    (void)reason;
    environment->refused_handshakes++;
    snprintf(environment->refusal, sizeof(environment->refusal), "%s", report->text);
    device_event(environment->device, "handshake refused failure=%d alert=%d", report->failure,
                 report->alert);
    free_arrival(arrival);
}

static const struct conn_events arrival_events = {
    .on_open = on_secured, .on_data = on_early_data, .on_room = on_room, .on_end = on_failed};

static void on_stalled(struct timer *timer, void *user)
{
    struct arrival *arrival = user;
    struct conn *conn = arrival->conn;

    (void)timer;
    arrival->gate->environment->refused_handshakes++;
    free_arrival(arrival);
    conn_reset(conn);
}

static void wrap(struct gate *gate, struct conn *conn)
{
    struct environment *environment = gate->environment;
    struct device *device = environment->device;
    struct arrival *arrival = mem_new(1, sizeof(*arrival));
    struct tls_options options = environment->tls[gate->kind];

    options.faults = device->tls_faults;
    arrival->gate = gate;
    if (tls_wrap(device->world.tls, conn, &options, &arrival_events, arrival, &arrival->conn) < 0) {
        free(arrival);
        conn_reset(conn);
        return;
    }
    arrival->next = environment->arrivals;
    arrival->link = &environment->arrivals;
    if (arrival->next)
        arrival->next->link = &arrival->next;
    environment->arrivals = arrival;
    device_timer_init(device, &arrival->timer, on_stalled, arrival);
    timer_start(&arrival->timer, HANDSHAKE_NS);
}

static void on_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct gate *gate = user;

    (void)listener;
    if (gate->kind == GATE_PLAIN)
        http_server_take(gate->server, conn);
    else
        wrap(gate, conn);
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
        .server = true,
        .lowest = TLS_1_2,
        .highest = TLS_1_2,
        .suites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                  "AES128-GCM-SHA256:AES256-GCM-SHA384",
        .identities = environment->identities,
        .identities_count = 2,
        .utc_ns = utc_ns,
        .user = environment,
    };

    environment->root[0] = site_authority_root(environment->device->world.authority);
    environment->tls[GATE_TLS] = options;
    options.authorities = environment->root;
    options.authorities_count = 1;
    environment->tls[GATE_MUTUAL] = options;
}

static bool has_tls(const struct environment *environment)
{
    const struct device_world *world = &environment->device->world;

    return environment->secure && world->tls && world->authority;
}

void environment_ocpp_init(struct environment *environment)
{
    static const int security[GATE_COUNT] = {[GATE_PLAIN] = 0, [GATE_TLS] = 2, [GATE_MUTUAL] = 3};
    struct device *device = environment->device;

    environment->held_last = &environment->held;
    environment->input = (struct device_input){.on_resume = on_resume, .user = environment};
    device_add_input(device, &environment->input);
    for (size_t i = 0; i < GATE_COUNT; i++) {
        struct gate *gate = &environment->gates[i];

        gate->environment = environment;
        gate->kind = (enum gate_kind)i;
        gate->port = device_csms_port(device, security[i]);
        if (device->world.web)
            gate->server = http_server_new(device->world.web, device->world.timers, &server_options,
                                           &server_events, gate);
    }
}

static void close_doors(struct environment *environment)
{
    free_held(environment);
    while (environment->arrivals) {
        struct conn *conn = environment->arrivals->conn;

        free_arrival(environment->arrivals);
        conn_reset(conn);
    }
    for (size_t i = 0; i < GATE_COUNT; i++) {
        struct gate *gate = &environment->gates[i];

        for (size_t k = 0; k < DEVICE_PORTS_MAX; k++)
            host_unlisten(&gate->listeners[k]);
        if (gate->server)
            http_server_drop(gate->server); // Each WebSocket gets its on_end.
    }
    assert(!environment->wires);
}

void environment_ocpp_done(struct environment *environment)
{
    close_doors(environment);
    device_remove_input(environment->device, &environment->input);
    for (size_t i = 0; i < GATE_COUNT; i++)
        if (environment->gates[i].server)
            http_server_free(&environment->gates[i].server);
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
    if (!environment->device->world.web)
        return;
    open_door(&environment->gates[GATE_PLAIN]);
    if (!has_tls(environment))
        return;
    if (!environment->keys[0]) {
        for (size_t i = 0; i < 2; i++)
            if (certify(environment, i) < 0)
                return;
        prepare_tls(environment);
    }
    open_door(&environment->gates[GATE_TLS]);
    open_door(&environment->gates[GATE_MUTUAL]);
}
