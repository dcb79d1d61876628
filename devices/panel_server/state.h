// SPDX-License-Identifier: Apache-2.0
// What one Panel Server is made of, shared by the files of this folder and by nobody else.
#ifndef DEVICES_PANEL_SERVER_STATE_H
#define DEVICES_PANEL_SERVER_STATE_H

#include "devices/panel_server/panel_server.h"
#include "sim/device/accounts.h"
#include "sim/device/audit.h"
#include "sim/device/chip.h"
#include "sim/device/image.h"
#include "sim/device/meter.h"
#include "sim/device/modbus_face.h"
#include "sim/device/modbus_port.h"
#include "sim/proto/modbus/gateway.h"
#include "sim/proto/modbus/master_session.h"

#define PANEL_CHILDREN_MAX 128
#define PANEL_CHILD_REQUESTS_MAX 16
#define PANEL_INPUTS_MAX 2
#define PANEL_INTERFACES_MAX 5

// A Modbus TCP device below, reached over a conn of its own under a virtual unit id.
struct panel_request {
    struct panel_child *child;
    struct modbus_request request;
    void (*answer)(void *client, uint32_t ticket, const uint8_t *pdu, size_t length);
    void *client; // NULL: free.
    uint32_t ticket;
};

struct panel_child {
    struct modbus_path path; // First.
    struct panel *panel;
    const struct yaml_node *site;
    uint8_t unit;        // As clients of the Panel Server know it.
    uint8_t remote_unit; // As it knows itself.
    struct conn *conn;
    bool stale; // An answer stayed away.
    struct modbus_tcp_master master;
    struct timer timer;
    struct device_input input;
    struct panel_request requests[PANEL_CHILD_REQUESTS_MAX];
};

// The serial line below.
struct panel_line {
    struct device_port *port;
    struct modbus_gateway gateway;
    uint8_t (*forward)(struct modbus_path *path, const struct modbus_forward *request);
    struct modbus_gateway_entry *entries;
    struct timer timer;
    sim_time_ns last_ns;
};

// What the owner sets for one interface.
enum panel_state { PANEL_OFF, PANEL_ON, PANEL_NONE };
enum panel_service { PANEL_MODBUS, PANEL_HTTPS, PANEL_SERVICES };

struct panel_web;

struct panel {
    struct device *device;
    struct image *image;
    struct modbus_face face;
    struct modbus_service *service;
    enum panel_state services[PANEL_SERVICES][PANEL_INTERFACES_MAX]; // As panel_interfaces.
    unsigned inputs;         // Digital inputs of this model.
    struct panel_line *line; // NULL: no serial port, or nothing plugged.
    struct panel_child *children;
    size_t children_count;
    struct chip *chip;
    struct audit *audit;
    struct accounts *accounts;
    struct panel_web *web; // NULL: the world has no secure wires.
    uint8_t unknown_exception;
    uint8_t routes[256]; // By unit id: PANEL_UNKNOWN, PANEL_LINE, or PANEL_CHILD and its index.
};

enum { PANEL_UNKNOWN, PANEL_LINE, PANEL_CHILD };

static inline struct panel *panel_of(struct device *device)
{
    return device->state;
}

// "eth" (switched), "eth1", "eth2" (separated), "wifi", "ap"; NULL-terminated.
extern const char *const panel_interfaces[];

// ---- site.c: what the site says, checked against what the model can do ----
extern const struct schema panel_site_options;
int panel_check_site(const struct device *device, struct diag *diag);

// ---- settings.c: what the owner sets, kept over loss of supply ----
void panel_settings_load(struct panel *panel);
const char *panel_service_name(enum panel_service service);
// Returns 0, ERR_NOT_FOUND (no such interface on this model in this topology), ERR_UNSUPPORTED
// (there is no such setting), ERR_REFUSED (the last interface with HTTPS) or what the store said.
int panel_set_service(struct panel *panel, enum panel_service service, const char *interface,
                      bool on);
// Whether `interface` is the only one left that has the service on.
bool panel_service_is_last(const struct panel *panel, enum panel_service service, int interface);

// ---- wire_modbus.c: the service, its routes ----
void panel_modbus_init(struct panel *panel);
void panel_modbus_done(struct panel *panel);
void panel_modbus_power(struct panel *panel, bool on);
void panel_modbus_apply(struct panel *panel); // Opens and closes ports as the settings say.

// ---- wire_https.c: listeners, TLS and the HTTP server of the web pages; NULL in a world without
// ----
void panel_https_init(struct panel *panel);
void panel_https_done(struct panel *panel);
void panel_https_power(struct panel *panel, bool on);
void panel_https_apply(struct panel *panel); // Opens and closes ports as the settings say.

// ---- wire_modbus_line.c, wire_modbus_child.c: the two ways down ----
struct panel_line *panel_line_new(struct panel *panel, struct device_port *port);
void panel_line_free(struct panel_line **line);
void panel_line_power(struct panel_line *line, bool on);
void panel_children_init(struct panel *panel);
void panel_children_done(struct panel *panel);
void panel_children_power(struct panel *panel, bool on);

// ---- behaviour.c: digital inputs ----
void panel_input_pulse(struct panel *panel, unsigned input, int64_t count);
void panel_input_level(struct panel *panel, unsigned input, bool high);

extern const struct verb *const panel_verbs[]; // world.c

#endif
