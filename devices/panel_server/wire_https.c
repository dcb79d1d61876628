// SPDX-License-Identifier: Apache-2.0
// HTTPS of the Panel Server (DOCA0211EN, Supported Protocols; PS-101, PS-102, PS-136): a listener
// for each interface that has the service on, TLS by the profile's version with the factory
// certificate of the device (PS-214, PS-215), one HTTP server behind all of them. Where the service
// is off, nobody listens: RST.
#include "devices/panel_server/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/vnet/tls_service.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
// UNVERIFIED(no source): what bounds clients and their requests; profile facts under `web_server`.
#define HEADER_BYTES_MAX 4096
#define BODY_BYTES_MAX 8192
#define REQUEST_NS (10 * SIM_NS_PER_S)
#define IDLE_NS (60 * SIM_NS_PER_S)
#define CLIENTS_MAX 32
#define SESSIONS_MAX 8
#define SESSION_IDLE_NS (600 * SIM_NS_PER_S)
#define SESSION_LIFE_NS (12 * 3600 * SIM_NS_PER_S)
// UNVERIFIED(no source): birth and life of the factory certificate.
#define CERTIFICATE_BIRTH_NS (INT64_C(1577836800) * SIM_NS_PER_S) // 2020-01-01
#define CERTIFICATE_LIFE_NS (INT64_C(946080000) * SIM_NS_PER_S)   // 30 years of 365 days
#define COMMON_NAME_BYTES_MAX 64                                  // RFC 5280, ub-common-name
#define CUT_NS (500 * SIM_NS_PER_MS) // Who switches its own interface off still gets the answer.

static const struct http_header strict_headers[] = {
    {"strict-transport-security", "max-age=31536000"},
    {"content-security-policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"x-content-type-options", "nosniff"},
    {"x-frame-options", "DENY"},
    {"referrer-policy", "no-referrer"},
    {"cache-control", "no-store"},
    {"permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    {"cross-origin-opener-policy", "same-origin"},
    {"cross-origin-resource-policy", "same-origin"},
};

// One for all devices: a server keeps the pointer alone.
static const struct http_server_options server_options = {
    .header_bytes_max = HEADER_BYTES_MAX,
    .body_bytes_max = BODY_BYTES_MAX,
    .request_ns = REQUEST_NS,
    .idle_ns = IDLE_NS,
    .clients_max = CLIENTS_MAX,
    .headers = strict_headers,
    .headers_count = COUNT_OF(strict_headers),
};

// By the profile's words: exactly 1.2 unless it says more.
static const struct {
    const char *text;
    enum tls_version lowest, highest;
} versions[] = {
    {"TLS 1.2", TLS_1_2, TLS_1_2},
    {"TLS 1.2, TLS 1.3", TLS_1_2, TLS_1_3},
    {"TLS 1.3", TLS_1_3, TLS_1_3},
};

static int64_t utc_of(void *user)
{
    return device_utc_ns(user);
}

static const struct identity *identity_of(struct panel *panel)
{
    struct device *device = panel->device;
    char common_name[COMMON_NAME_BYTES_MAX + 1];
    char texts[DEVICE_PORTS_MAX][ADDRESS_TEXT_ROOM];
    const char *names[DEVICE_PORTS_MAX];
    struct chip_certificate_wish wish = {
        .common_name = common_name,
        .organization = profile_fact_text(device->profile, "modbus.identity.VendorName", NULL),
        .names = names,
        .birth_ns = CERTIFICATE_BIRTH_NS,
        .life_ns = CERTIFICATE_LIFE_NS,
    };

    snprintf(common_name, sizeof(common_name), "%.15s-%.48s",
             device->model ? device->model->name : "PAS", device->serial);
    for (size_t i = 0; i < device->ports_count; i++) {
        struct address at = device->ports[i].address;

        at.port = 0;
        if (!device->ports[i].host)
            continue;
        names[wish.names_count] = address_text(&at, texts[wish.names_count]);
        wish.names_count++;
    }
    return chip_factory_identity(panel->chip, &wish);
}

void panel_web_start(struct panel_web *web)
{
    struct device *device = web->panel->device;
    const struct session_options session_options = {
        .sessions_max =
            (size_t)profile_fact_integer(device->profile, "policies.session.most", SESSIONS_MAX),
        .idle_ns = profile_fact_time_ns(device->profile, "policies.session.idle", SESSION_IDLE_NS),
        .life_ns = profile_fact_time_ns(device->profile, "policies.session.life", SESSION_LIFE_NS),
    };

    web->server = http_server_new(device->world.web, device->world.timers, &server_options,
                                  &web_events, web->panel);
    web->sessions = sessions_new(device, web->panel->chip, &session_options);
    web->refusals = mem_new(WEB_REFUSAL_SOURCES_MAX, sizeof(*web->refusals));
}

// ---- Clients ----

static int wrap(struct panel_web *web, struct conn *below, struct conn **ret)
{
    static const struct conn_events nobody = {0}; // Until http_server_take() sets its own.
    struct device *device = web->panel->device;
    const char *version = profile_fact_text(device->profile, "services.https.version", "TLS 1.2");
    struct tls_options options = {
        .server = true,
        .lowest = TLS_1_2,
        .highest = TLS_1_2,
        .identities = identity_of(web->panel),
        .identities_count = 1,
        .utc_ns = utc_of,
        .user = device,
        .faults = device->tls_faults,
    };

    for (size_t i = 0; i < COUNT_OF(versions); i++)
        if (strcmp(versions[i].text, version) == 0) {
            options.lowest = versions[i].lowest;
            options.highest = versions[i].highest;
        }
    return tls_wrap(device->world.tls, below, &options, &nobody, NULL, ret);
}

static const struct device_port *port_of(const struct panel_web *web,
                                         const struct listener *listener)
{
    for (int i = 0; panel_interfaces[i]; i++)
        if (web->listeners[i] == listener)
            return device_port(web->panel->device, panel_interfaces[i]);
    return NULL;
}

static void on_conn(struct listener *listener, struct conn *conn, void *user)
{
    struct panel_web *web = user;
    struct conn *gate, *tls;
    int err;

    if (!device_alive(web->panel->device) || web->gates.count >= CLIENTS_MAX) {
        conn_reset(conn);
        return;
    }
    if (!web->server)
        panel_web_start(web);
    gate = gate_new(&web->gates, port_of(web, listener), conn);
    err = wrap(web, gate, &tls);
    if (err < 0) {
        log_error(web->panel->device->id, "HTTPS: %s", err_text(err));
        conn_reset(gate);
        return;
    }
    http_server_take(web->server, tls);
}

// ---- The service ----

// The clients of the interfaces that are off by now are cut.
static void on_cut(struct timer *timer, void *user)
{
    struct panel_web *web = user;

    (void)timer;
    for (int i = 0; panel_interfaces[i]; i++) {
        struct device_port *port = device_port(web->panel->device, panel_interfaces[i]);

        if (port && !web->listeners[i])
            gates_reset(&web->gates, port);
    }
}

static void on_resume(void *user)
{
    gates_resume(&((struct panel_web *)user)->gates);
}

void panel_https_init(struct panel *panel)
{
    struct device *device = panel->device;
    struct panel_web *web;

    if (!device->world.tls || !device->world.web)
        return;
    web = mem_new(1, sizeof(*web));
    *web = (struct panel_web){
        .panel = panel,
        .gates = {.device = device},
        .input = {.on_resume = on_resume, .user = web},
    };
    device_add_input(device, &web->input);
    device_timer_init(device, &web->cut, on_cut, web);
    panel->web = web;
}

void panel_https_done(struct panel *panel)
{
    struct panel_web *web = panel->web;

    if (!web)
        return;
    panel_https_power(panel, false);
    if (web->server) {
        http_server_free(&web->server);
        sessions_free(&web->sessions);
        panel_poll_free(&web->poll);
        free(web->refusals);
    }
    device_remove_input(panel->device, &web->input);
    free(web);
    panel->web = NULL;
}

void panel_https_apply(struct panel *panel)
{
    struct device *device = panel->device;
    struct panel_web *web = panel->web;

    for (int i = 0; web && panel_interfaces[i]; i++) {
        struct device_port *port = device_port(device, panel_interfaces[i]);
        struct address at;
        int err;

        if (!port || !port->host)
            continue;
        if (panel->services[PANEL_HTTPS][i] != PANEL_ON) {
            if (web->listeners[i])
                timer_start(&web->cut, CUT_NS);
            host_unlisten(&web->listeners[i]);
            continue;
        }
        if (web->listeners[i])
            continue;
        at = port->address;
        at.port = (uint16_t)profile_fact_integer(device->profile, "services.https.port", 443);
        err = host_listen(port->host, &at, on_conn, web, &web->listeners[i]);
        if (err < 0)
            log_error(device->id, "HTTPS on %s: %s", port->name, err_text(err));
    }
}

void panel_https_power(struct panel *panel, bool on)
{
    struct panel_web *web = panel->web;

    if (!web)
        return;
    if (on) {
        panel_https_apply(panel);
        return;
    }
    timer_stop(&web->cut);
    for (int i = 0; panel_interfaces[i]; i++)
        host_unlisten(&web->listeners[i]);
    if (web->server) {
        http_server_drop(web->server);
        sessions_end_all(web->sessions);
        memset(web->refusals, 0, WEB_REFUSAL_SOURCES_MAX * sizeof(*web->refusals));
    }
    gates_reset(&web->gates, NULL);
    if (web->poll)
        panel_poll_clear(web->poll);
}
