// SPDX-License-Identifier: Apache-2.0
// The connection to the central system: TCP, TLS where the security profile says so, the WebSocket
// upgrade, and the waits between attempts (OCPP-J 1.6 sections 3 and 5; back-off as OCPP 2.0.1
// part 4 section 5.3). Who shows what to whom is in ocpp_security.c. Every refusal is written to
// the audit log by the name of its security event.
//
// Not modelled: the fallback of a changed security profile.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/rng.h"
#include "sim/device/chip.h"

#define SUBPROTOCOL "ocpp1.6"
#define HELD_BYTES_MAX (64 * 1024)
#define CLOSE_NORMAL 1000
#define CLOSE_PROTOCOL 1002

static int64_t fact_ns(const struct charger *charger, const char *path, int64_t otherwise)
{
    return profile_fact_time_ns(charger->device->profile, path, otherwise);
}

static struct host *own_host(const struct charger *charger)
{
    for (size_t i = 0; i < charger->device->ports_count; i++)
        if (charger->device->ports[i].host)
            return charger->device->ports[i].host;
    return NULL;
}

// ---- Waits ----

// The minimum, doubled so many times as attempts failed, and a random part on top.
static int64_t backoff_ns(struct charger *charger)
{
    const struct profile *profile = charger->device->profile;
    int64_t doublings = profile_fact_integer(profile, "ocpp.backoff.doublings", 3);
    unsigned times =
        charger->failures < (unsigned)doublings ? charger->failures : (unsigned)doublings;
    int64_t least_ns = fact_ns(charger, "ocpp.backoff.minimum", 10 * SIM_NS_PER_S);
    int64_t random_ns = fact_ns(charger, "ocpp.backoff.random", 0);

    charger->failures++;
    return (least_ns << times) + (int64_t)rng_below(&charger->device->rng, (uint64_t)random_ns + 1);
}

// Whoever asked the central system about a tag decides alone from here on.
static void tell_offline(struct charger *charger)
{
    for (unsigned i = 0; i < charger->connectors_count; i++)
        charger_connector_offline(&charger->connectors[i]);
}

// The connection is no more, and the next attempt comes after `wait_ns` (negative: the back-off).
static void wait_for_next(struct charger *charger, int64_t wait_ns)
{
    bool stood = charger->link == CHARGER_LINK_STANDS;

    charger->link = CHARGER_LINK_WAITS;
    charger->fresh = false;
    str_done(&charger->held);
    timer_stop(&charger->call_timer);
    timer_start(&charger->link_timer, wait_ns < 0 ? backoff_ns(charger) : wait_ns);
    if (!stood)
        return;
    device_event(charger->device, "ocpp=disconnected");
    ocpp_session_disconnect(charger->session);
    tell_offline(charger);
}

static void drop_wire(struct charger *charger, bool gently)
{
    struct websocket *socket = charger->socket;

    if (charger->conn)
        conn_reset(charger->conn);
    charger->conn = NULL;
    charger->socket = NULL;
    if (!socket)
        return;
    if (!gently) {
        websocket_reset(socket);
        return;
    }
    if (charger->closing)
        websocket_reset(charger->closing);
    charger->closing = socket;
    websocket_close(socket, CLOSE_NORMAL);
}

void charger_link_drop(struct charger *charger, int64_t wait_ns)
{
    if (charger->link == CHARGER_LINK_OFF)
        return;
    drop_wire(charger, wait_ns >= 0);
    wait_for_next(charger, wait_ns);
}

// ---- The WebSocket ----

static bool is_current(const struct charger *charger, const struct websocket *socket)
{
    return socket == charger->socket;
}

static void start_ping(struct charger *charger)
{
    timer_stop(&charger->link_timer);
    if (charger->config.ping_s > 0)
        timer_start(&charger->link_timer, charger->config.ping_s * SIM_NS_PER_S);
}

static void on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    struct charger *charger = user;

    if (!is_current(charger, socket))
        return;
    if (strcmp(subprotocol, SUBPROTOCOL) != 0) {
        charger_audit(charger, "SubprotocolNotAgreed", false);
        drop_wire(charger, true);
        wait_for_next(charger, -1);
        return;
    }
    charger->link = CHARGER_LINK_STANDS;
    charger->failures = 0;
    charger->pinged = charger->violated = false;
    charger->connections++;
    charger->fresh = true;
    device_event(charger->device, "ocpp=connected");
    timer_start(&charger->link_timer, CHARGER_FRESH_NS);
    if (charger->registration != CHARGER_REGISTERED && !timer_running(&charger->boot_timer))
        charger->boot_due = true;
    charger_pump(charger);
}

// A paused device hears nothing; what comes waits until it runs on.
static void on_text(struct websocket *socket, const char *text, size_t length, void *user)
{
    struct charger *charger = user;

    if (!is_current(charger, socket) || !device_alive(charger->device))
        return;
    if (!device_paused(charger->device)) {
        ocpp_session_receive(charger->session, text, length);
        return;
    }
    if (charger->held.length + length >= HELD_BYTES_MAX) {
        drop_wire(charger, false);
        wait_for_next(charger, -1);
        return;
    }
    str_add(&charger->held, text, length);
    str_add(&charger->held, "", 1);
}

static void on_resume(void *user)
{
    struct charger *charger = user;
    size_t length = charger->held.length;
    char *held = str_take(&charger->held);

    for (size_t at = 0; at < length && charger->link == CHARGER_LINK_STANDS;
         at += strlen(held + at) + 1)
        ocpp_session_receive(charger->session, held + at, strlen(held + at));
    free(held);
    charger_pump(charger);
}

static void on_pong(struct websocket *socket, void *user)
{
    struct charger *charger = user;

    if (is_current(charger, socket))
        charger->pinged = false;
}

static const char *refusal_of(uint16_t status)
{
    return status == 401 || status == 403 ? "FailedToAuthenticationAtCentralSystem"
                                          : "WebSocketUpgradeRefused";
}

static void on_socket_end(struct websocket *socket, int reason, uint16_t status, void *user)
{
    struct charger *charger = user;

    if (socket == charger->closing) {
        charger->closing = NULL;
        return;
    }
    if (!is_current(charger, socket))
        return;
    charger->socket = NULL;
    log_debug(charger->device->id, "connection ended: %s %u", err_text(reason), status);
    if (charger->link == CHARGER_LINK_OPENS && reason == ERR_REFUSED)
        charger_audit(charger, refusal_of(status), false);
    wait_for_next(charger, -1);
}

static const struct websocket_events socket_events = {
    .on_open = on_open,
    .on_text = on_text,
    .on_pong = on_pong,
    .on_end = on_socket_end,
};

// Characters of an identity that a path cannot carry are percent-encoded (RFC 3986 2.1).
static void add_identity(const char *identity, struct str *out)
{
    for (const unsigned char *c = (const unsigned char *)identity; *c; c++)
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
            strchr("-._~", *c))
            str_add(out, (const char *)c, 1);
        else
            str_addf(out, "%%%02X", *c);
}

static int upgrade(struct charger *charger)
{
    const struct device *device = charger->device;
    char authorization[CHARGER_AUTHORIZATION_ROOM];
    struct charger_place place;
    struct str path = {0};
    struct websocket_options options = {
        .subprotocols = charger_option(charger, "subprotocols", SUBPROTOCOL),
        .message_bytes_max = (size_t)profile_fact_integer(device->profile, "ocpp.message_bytes_max",
                                                          OCPP_MESSAGE_BYTES_MAX),
        .handshake_ns = fact_ns(charger, "ocpp.handshake", 30 * SIM_NS_PER_S),
    };
    int err = charger_find_place(charger, &place);

    if (err < 0)
        return err;
    str_addf(&path, "%s/", place.path);
    add_identity(charger->site.identity, &path);
    options.host = place.name;
    options.path = str_text(&path);
    if (charger->site.security == 1 || charger->site.security == 2) {
        charger_authorization(charger, authorization);
        options.authorization = authorization;
    }
    err = websocket_connect(device->world.web, device->world.timers, charger->conn, &options,
                            &socket_events, charger, &charger->socket);
    crypto_wipe(authorization, sizeof(authorization));
    str_done(&path);
    if (err == 0)
        charger->conn = NULL;
    return err;
}

// ---- The conn below ----

static void on_conn_open(struct conn *conn, void *user)
{
    struct charger *charger = user;
    int err;

    assert(conn == charger->conn);
    timer_stop(&charger->link_timer); // The upgrade watches its own time.
    err = upgrade(charger);
    if (err == 0)
        return;
    log_warn(charger->device->id, "no WebSocket: %s", err_text(err));
    charger_link_drop(charger, -1);
}

static size_t on_conn_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)conn;
    (void)data;
    (void)length;
    (void)user;
    return 0; // Nobody speaks before the upgrade; whoever takes the conn sees it.
}

static void on_conn_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void on_conn_end(struct conn *conn, int reason, void *user)
{
    struct charger *charger = user;

    log_debug(charger->device->id, "no connection: %s", err_text(reason));
    if (charger->site.security >= 2)
        charger_tls_audit(charger, conn);
    charger->conn = NULL;
    wait_for_next(charger, -1);
}

static const struct conn_events conn_events = {on_conn_open, on_conn_data, on_conn_room,
                                               on_conn_end};

// ---- Attempts ----

static int open_link(struct charger *charger)
{
    struct host *host = own_host(charger);
    struct charger_place place;
    int err = charger_find_place(charger, &place);

    if (err < 0)
        return err;
    if (!host || !charger->device->world.web)
        return ERR_UNSUPPORTED;
    err = host_connect(host, &place.at, &conn_events, charger, &charger->conn);
    if (err < 0)
        return err;
    charger->link = CHARGER_LINK_OPENS;
    timer_start(&charger->link_timer, fact_ns(charger, "ocpp.handshake", 30 * SIM_NS_PER_S));
    return charger->site.security >= 2 ? charger_tls_wrap(charger, &place, &conn_events) : 0;
}

static void try_now(struct charger *charger)
{
    int err = open_link(charger);

    if (err == 0)
        return;
    log_warn(charger->device->id, "cannot call the central system: %s", err_text(err));
    drop_wire(charger, false);
    wait_for_next(charger, -1);
}

static void ping(struct charger *charger)
{
    if (charger->fresh) {
        charger->fresh = false;
        device_event(charger->device, "ocpp=steady");
        start_ping(charger);
        return;
    }
    if (charger->pinged) {
        charger_link_drop(charger, -1);
        return;
    }
    charger->pinged = true;
    websocket_ping(charger->socket);
    start_ping(charger);
}

static void link_due(struct timer *timer, void *user)
{
    struct charger *charger = user;

    (void)timer;
    switch (charger->link) {
    case CHARGER_LINK_OFF:
        break;
    case CHARGER_LINK_WAITS:
        try_now(charger);
        break;
    case CHARGER_LINK_OPENS:
        charger_link_drop(charger, -1);
        break;
    case CHARGER_LINK_STANDS:
        ping(charger);
        break;
    }
}

// A reset that was asked for, or another password for the same station.
static void restart_due(struct timer *timer, void *user)
{
    struct charger *charger = user;

    (void)timer;
    if (charger->resets)
        device_restart(charger->device, fact_ns(charger, "ocpp.reset_time", 20 * SIM_NS_PER_S));
    else
        charger_link_drop(charger, 0);
}

// ---- The session ----

static int send_frame(void *user, const char *text, size_t length)
{
    struct charger *charger = user;

    if (charger->link != CHARGER_LINK_STANDS || !device_alive(charger->device))
        return ERR_CLOSED;
    return websocket_send(charger->socket, text, length);
}

static void on_violation(struct ocpp_session *session, const struct ocpp_problem *problem,
                         const char *frame, size_t length, void *user)
{
    struct charger *charger = user;

    (void)session;
    (void)frame;
    log_info(charger->device->id, "against the rules (%zu bytes): %s", length, problem->text);
    if (charger->violated)
        return;
    charger->violated = true;
    charger_audit(charger, "InvalidMessages", false);
}

static const struct ocpp_session_events session_events = {
    .send = send_frame,
    .on_call = charger_on_call,
    .on_result = charger_on_result,
    .on_violation = on_violation,
};

// ---- Its life ----

// Two stations of one name would push each other off the central system for ever.
static int check_identity(const struct device *device, struct diag *diag)
{
    const struct yaml_node *identity = yaml_get(yaml_get(device->site, "ocpp"), "identity");

    if (device->index < 2 || !identity || strstr(identity->text, "$(index)"))
        return 0;
    diag_error(diag, &identity->mark, NULL, "put $(index) into it: CP$(index)",
               "the stations of a fleet cannot share one identity");
    return ERR_SCHEMA;
}

int charger_link_init(struct charger *charger, struct diag *diag)
{
    struct device *device = charger->device;
    int err = device_station(device, &charger->site);

    device_timer_init(device, &charger->link_timer, link_due, charger);
    device_timer_init(device, &charger->restart_timer, restart_due, charger);
    charger->input = (struct device_input){.on_resume = on_resume, .user = charger};
    device_add_input(device, &charger->input);
    if (err == ERR_NOT_FOUND || (err == 0 && !charger->site.csms)) {
        charger->site.csms = NULL;
        return 0;
    }
    if (err < 0)
        diag_error(diag, &device->site->mark, NULL, NULL, "%s: a text under `ocpp` is too long",
                   device->id);
    return err < 0 ? err : check_identity(device, diag);
}

void charger_link_power(struct charger *charger, bool on)
{
    char prefix[16];

    if (on) {
        snprintf(prefix, sizeof(prefix), "%x-", charger->boots);
        charger->session = ocpp_session_new(OCPP_STATION, prefix, &session_events, charger);
        charger->failures = 0;
        if (!charger->site.csms)
            return;
        charger->link = CHARGER_LINK_WAITS;
        timer_start(&charger->link_timer, 0);
        return;
    }
    timer_stop(&charger->link_timer);
    timer_stop(&charger->restart_timer);
    drop_wire(charger, false);
    if (charger->closing)
        websocket_reset(charger->closing);
    charger->closing = NULL;
    charger->link = CHARGER_LINK_OFF;
    str_done(&charger->held);
    ocpp_session_free(&charger->session);
}

void charger_link_done(struct charger *charger)
{
    device_remove_input(charger->device, &charger->input);
    chip_free(&charger->chip);
    free(charger->tls_name);
}
