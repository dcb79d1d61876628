// SPDX-License-Identifier: Apache-2.0
// The home page's data: the Panel Server itself, its digital inputs, and the devices below with
// what they show now. The answer waits until they have been read, or until those who are silent
// have had their time (poll.c).
#include "devices/panel_server/web.h"

#include "sim/base/units.h"

static void add_text(struct str *json, const char *name, const char *value)
{
    str_addf(json, ",\"%s\":", name);
    str_add_json(json, value ? value : "");
}

static int64_t integer_of(const struct panel *panel, enum point point)
{
    struct point_value value;

    return image_get(panel->image, point, &value) && value.valid ? value.integer : 0;
}

static void add_self(const struct panel *panel, struct str *json)
{
    static const char *const healths[] = {"nominal", "degraded", "out-of-order"};
    const struct device *device = panel->device;
    int64_t health = integer_of(panel, POINT_DEVICE_HEALTH);
    char time[UNITS_TEXT_ROOM];

    str_addf(json, "\"self\":{\"health\":\"%s\",\"clock\":\"%s\"",
             healths[health >= 0 && health < 3 ? health : 2],
             units_utc_text(device_utc_ns(device), time));
    add_text(json, "product", device->family->title);
    add_text(json, "model", device->model ? device->model->name : NULL);
    add_text(json, "hardware", device->hardware);
    add_text(json, "label", device->label);
    add_text(json, "serial", device->serial);
    add_text(json, "firmware", device->firmware);
    str_adds(json, "},\"inputs\":[");
    for (unsigned i = 0; i < panel->inputs; i++)
        str_addf(json, "%s{\"input\":%u,\"high\":%s,\"pulses\":%lld}", i ? "," : "", i + 1,
                 integer_of(panel, i ? POINT_DI2_STATUS : POINT_DI1_STATUS) ? "true" : "false",
                 (long long)integer_of(panel, i ? POINT_DI2_PULSES : POINT_DI1_PULSES));
    str_adds(json, "]");
}

static void on_read(void *user)
{
    struct http_exchange *exchange = user;
    const struct panel *panel = http_exchange_user(exchange);
    struct web_call call = {.exchange = exchange};
    struct str json = {0};

    str_adds(&json, "{");
    add_self(panel, &json);
    str_adds(&json, ",\"devices\":");
    panel_poll_add_json(panel->web->poll, &json);
    str_adds(&json, "}");
    web_answer_json(&call, 200, &json);
    str_done(&json);
}

void web_get_devices(struct web_call *call)
{
    struct panel_web *web = call->panel->web;

    if (!web->poll)
        web->poll = panel_poll_new(call->panel);
    http_exchange_set_user(call->exchange, call->panel);
    panel_poll_look(web->poll, on_read, call->exchange);
}
