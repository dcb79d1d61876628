// SPDX-License-Identifier: Apache-2.0
// Modbus TCP devices below a Panel Server: each under a virtual unit id, over a conn of its own
// that is made at the first request and again after it was lost. A child that does not answer in
// time, refuses or resets is a silent one.
#include "devices/panel_server/state.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

#define CHILD_TCP_PORT 502

static sim_time_ns now_of(const struct panel_child *child)
{
    return timers_now(child->timer.timers);
}

static void rearm(struct panel_child *child)
{
    int64_t at_ns = modbus_tcp_master_deadline(&child->master);

    if (at_ns == MODBUS_MASTER_NEVER)
        timer_stop(&child->timer);
    else
        timer_start_at(&child->timer, at_ns);
}

// A conn on which an answer stayed away is not used again: the other end may have lost it.
static void on_timer(struct timer *timer, void *user)
{
    struct panel_child *child = user;

    (void)timer;
    modbus_tcp_master_tick(&child->master, now_of(child));
    if (child->stale && child->conn) {
        conn_reset(child->conn);
        child->conn = NULL;
        modbus_tcp_master_end(&child->master, now_of(child), ERR_TIMEOUT);
    }
    child->stale = false;
    rearm(child);
}

// ---- The conn ----

static size_t send_bytes(void *user, const uint8_t *data, size_t length)
{
    struct panel_child *child = user;

    return child->conn && device_alive(child->panel->device) ? conn_send(child->conn, data, length)
                                                             : length;
}

static void begin_session(struct panel_child *child)
{
    modbus_tcp_master_init(&child->master, send_bytes, child, 0, 1);
}

static void on_open(struct conn *conn, void *user)
{
    struct panel_child *child = user;

    (void)conn;
    modbus_tcp_master_open(&child->master, now_of(child));
    rearm(child);
}

static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct panel_child *child = user;
    size_t consumed = 0;

    if (device_paused(child->panel->device) || !device_alive(child->panel->device))
        return 0;
    if (modbus_tcp_master_feed(&child->master, now_of(child), data, length, &consumed) < 0) {
        child->conn = NULL;
        conn_reset(conn);
        modbus_tcp_master_end(&child->master, now_of(child), ERR_MALFORMED);
    }
    rearm(child);
    return consumed;
}

static void on_room(struct conn *conn, void *user)
{
    struct panel_child *child = user;

    (void)conn;
    modbus_tcp_master_flush(&child->master, now_of(child));
    rearm(child);
}

static void on_end(struct conn *conn, int reason, void *user)
{
    struct panel_child *child = user;

    (void)conn;
    child->conn = NULL;
    modbus_tcp_master_end(&child->master, now_of(child), reason ? reason : ERR_CLOSED);
    rearm(child);
}

static const struct conn_events conn_events = {on_open, on_data, on_room, on_end};

static bool address_of(const struct panel_child *child, struct address *ret)
{
    const struct device_world *world = &child->panel->device->world;
    const char *id = yaml_get_text(child->site, "device", NULL);
    struct device *device = id && world->find ? world->find(world->user, id) : NULL;

    if (!id && address_parse(yaml_get_text(child->site, "address", ""), ret) == 0) {
        ret->port = ret->port ? ret->port : CHILD_TCP_PORT;
        return true;
    }
    for (size_t i = 0; device && i < device->ports_count; i++)
        if (device->ports[i].host) {
            *ret = device->ports[i].address;
            ret->port = (uint16_t)profile_fact_integer(device->profile, "services.modbus.port",
                                                       CHILD_TCP_PORT);
            return true;
        }
    return false;
}

static bool connect_child(struct panel_child *child)
{
    struct device *device = child->panel->device;
    struct address to;

    if (child->conn)
        return true;
    begin_session(child);
    for (size_t i = 0; i < device->ports_count; i++)
        if (device->ports[i].host && address_of(child, &to))
            return host_connect(device->ports[i].host, &to, &conn_events, child, &child->conn) == 0;
    return false;
}

// ---- The path ----

static uint8_t silent_exception(const struct panel *panel)
{
    return (uint8_t)profile_fact_integer(panel->device->profile, "modbus.exceptions.silent_unit",
                                         MODBUS_TARGET_SILENT);
}

static void on_reply(struct modbus_request *request, int err, const uint8_t *pdu, size_t length,
                     void *user)
{
    struct panel_request *slot = user;
    void *client = slot->client;
    const uint8_t silent[] = {(uint8_t)(request->pdu[0] | 0x80),
                              silent_exception(slot->child->panel)};

    slot->client = NULL;
    slot->child->stale |= err == ERR_TIMEOUT;
    if (err == 0 && length)
        slot->answer(client, slot->ticket, pdu, length);
    else
        slot->answer(client, slot->ticket, silent, sizeof(silent));
}

static uint8_t forward(struct modbus_path *path, const struct modbus_forward *forward)
{
    struct panel_child *child = (struct panel_child *)path;
    const struct profile *profile = child->panel->device->profile;

    for (size_t i = 0; i < PANEL_CHILD_REQUESTS_MAX; i++) {
        struct panel_request *slot = &child->requests[i];

        if (slot->client)
            continue;
        if (!connect_child(child))
            return silent_exception(child->panel);
        *slot = (struct panel_request){
            .child = child,
            .answer = forward->answer,
            .client = forward->client,
            .ticket = forward->ticket,
            .request = {.unit = child->remote_unit,
                        .length = forward->length,
                        .timeout_ns =
                            profile_fact_time_ns(profile, "gateway.reply_timeout", SIM_NS_PER_S),
                        .fn = on_reply,
                        .user = slot},
        };
        memcpy(slot->request.pdu, forward->pdu, forward->length);
        modbus_tcp_master_submit(&child->master, now_of(child), &slot->request);
        rearm(child);
        return 0;
    }
    return (uint8_t)profile_fact_integer(profile, "modbus.exceptions.queue_full",
                                         MODBUS_PATH_UNAVAILABLE);
}

static void cancel(struct modbus_path *path, const void *client)
{
    struct panel_child *child = (struct panel_child *)path;

    for (size_t i = 0; i < PANEL_CHILD_REQUESTS_MAX; i++)
        if (child->requests[i].client == client) {
            modbus_tcp_master_cancel(&child->master, &child->requests[i].request);
            child->requests[i].client = NULL;
        }
    rearm(child);
}

// ---- The children ----

static void on_resume(void *user)
{
    struct panel_child *child = user;

    if (child->conn)
        conn_resume(child->conn);
}

// The first virtual unit id that no child has.
static uint8_t free_unit(const struct panel *panel, size_t count)
{
    int64_t unit = profile_fact_integer(panel->device->profile, "gateway.virtual_from", 100);

    for (size_t i = 0; i < count; i++)
        if (panel->children[i].unit == unit) {
            unit++;
            i = (size_t)-1;
        }
    return (uint8_t)unit;
}

void panel_children_init(struct panel *panel)
{
    const struct yaml_node *children = yaml_get(panel->device->site, "children");

    panel->children_count = children ? children->count : 0;
    if (!panel->children_count)
        return;
    panel->children = mem_new(panel->children_count, sizeof(*panel->children));
    yaml_for_each(i, children)
        panel->children[i].unit = (uint8_t)schema_integer(yaml_get(children->items[i], "unit"), 0);
    yaml_for_each(i, children) {
        struct panel_child *child = &panel->children[i];

        child->path = (struct modbus_path){forward, cancel};
        child->panel = panel;
        child->site = children->items[i];
        child->remote_unit =
            (uint8_t)schema_integer(yaml_get(child->site, "remote_unit"), MODBUS_UNIT_SELF);
        if (!child->unit)
            child->unit = free_unit(panel, panel->children_count);
        begin_session(child);
        device_timer_init(panel->device, &child->timer, on_timer, child);
        child->input = (struct device_input){.on_resume = on_resume, .user = child};
        device_add_input(panel->device, &child->input);
    }
}

void panel_children_done(struct panel *panel)
{
    panel_children_power(panel, false);
    for (size_t i = 0; i < panel->children_count; i++)
        device_remove_input(panel->device, &panel->children[i].input);
    free(panel->children);
    panel->children = NULL;
    panel->children_count = 0;
}

// The clients are gone already when the supply goes: nobody is told.
void panel_children_power(struct panel *panel, bool on)
{
    for (size_t i = 0; !on && i < panel->children_count; i++) {
        struct panel_child *child = &panel->children[i];

        if (child->conn)
            conn_reset(child->conn);
        child->conn = NULL;
        timer_stop(&child->timer);
        for (size_t k = 0; k < PANEL_CHILD_REQUESTS_MAX; k++)
            child->requests[k].client = NULL;
        begin_session(child);
    }
}
