// SPDX-License-Identifier: Apache-2.0
// The serial line below a Panel Server: the port is its only master. Queue, retries and time-outs
// are the gateway's of sim/proto/modbus; here it gets its numbers (site before profile), its wire
// and its timer.
#include "devices/panel_server/state.h"

#include <stdlib.h>

#include "sim/base/str.h"

static sim_time_ns now_of(const struct panel_line *line)
{
    return timers_now(line->timer.timers);
}

static void rearm(struct panel_line *line)
{
    int64_t at_ns = modbus_gateway_deadline(&line->gateway);

    if (at_ns == MODBUS_GATEWAY_NEVER)
        timer_stop(&line->timer);
    else
        timer_start_at(&line->timer, at_ns);
}

static void on_timer(struct timer *timer, void *user)
{
    struct panel_line *line = user;

    (void)timer;
    modbus_gateway_tick(&line->gateway, now_of(line));
    rearm(line);
}

static bool deaf(const struct panel_line *line)
{
    const struct panel *panel = line->gateway.user;

    return device_paused(panel->device) || !device_alive(panel->device);
}

static void on_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                     void *user)
{
    struct panel_line *line = user;
    sim_time_ns began_ns = now_of(line) - (sim_time_ns)length * port->timing.char_ns;

    if (deaf(line))
        return;
    if (began_ns - line->last_ns > port->timing.t15_ns)
        modbus_gateway_on_gap(&line->gateway);
    line->last_ns = now_of(line);
    modbus_gateway_on_chars(&line->gateway, data, length, flags & LINE_DAMAGED);
    rearm(line);
}

static void on_silence(struct line_port *port, void *user)
{
    struct panel_line *line = user;

    (void)port;
    modbus_gateway_on_silence(&line->gateway, now_of(line));
    rearm(line);
}

static void on_sent(struct line_port *port, void *user)
{
    struct panel_line *line = user;

    (void)port;
    modbus_gateway_on_sent(&line->gateway, now_of(line));
    rearm(line);
}

static void ignore_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                         void *user)
{
    (void)port;
    (void)data;
    (void)length;
    (void)flags;
    (void)user;
}

static void ignore(struct line_port *port, void *user)
{
    (void)port;
    (void)user;
}

static const struct line_events line_events = {on_chars, on_silence, on_sent};
static const struct line_events dead_events = {ignore_chars, ignore, ignore};

static int send_frame(void *user, const uint8_t *frame, size_t length)
{
    struct panel *panel = user;

    return line_send(panel->line->port->line, frame, length);
}

// The gateway starts its timer by itself only through us: a request that comes over TCP may set a
// deadline.
static uint8_t forward(struct modbus_path *path, const struct modbus_forward *request)
{
    struct modbus_gateway *gateway = (struct modbus_gateway *)path;
    struct panel_line *line = ((struct panel *)gateway->user)->line;
    uint8_t exception = line->forward(path, request);

    rearm(line);
    return exception;
}

static int64_t time_of(const struct panel *panel, const struct device_port *port,
                       const char *option, const char *fact, int64_t otherwise)
{
    return schema_time_ns(yaml_get(port->options, option),
                          profile_fact_time_ns(panel->device->profile, fact, otherwise));
}

static struct modbus_gateway_options options_of(const struct panel *panel,
                                                const struct device_port *port)
{
    const struct profile *profile = panel->device->profile;
    struct modbus_gateway_options options = modbus_gateway_defaults;

    options.reply_timeout_ns =
        time_of(panel, port, "reply_timeout", "gateway.reply_timeout", options.reply_timeout_ns);
    options.request_timeout_ns =
        profile_fact_time_ns(profile, "gateway.request_timeout", options.request_timeout_ns);
    options.pause_ns = time_of(panel, port, "pause", "gateway.pause", options.pause_ns);
    options.turnaround_ns =
        profile_fact_time_ns(profile, "gateway.turnaround", options.turnaround_ns);
    options.retries =
        (uint8_t)schema_integer(yaml_get(port->options, "retries"),
                                profile_fact_integer(profile, "gateway.retries", options.retries));
    options.unknown_exception = panel->unknown_exception;
    options.full_exception = (uint8_t)profile_fact_integer(profile, "modbus.exceptions.queue_full",
                                                           options.full_exception);
    options.silent_exception = (uint8_t)profile_fact_integer(
        profile, "modbus.exceptions.silent_unit", options.silent_exception);
    options.damaged_exception = (uint8_t)profile_fact_integer(
        profile, "modbus.exceptions.damaged_reply", options.damaged_exception);
    return options;
}

struct panel_line *panel_line_new(struct panel *panel, struct device_port *port)
{
    struct panel_line *line = mem_new(1, sizeof(*line));
    struct modbus_gateway_options options = options_of(panel, port);
    int64_t queue =
        schema_integer(yaml_get(port->options, "queue"),
                       profile_fact_integer(panel->device->profile, "gateway.queue", 32));

    if (queue < 1 || queue > MODBUS_GATEWAY_QUEUE_MAX)
        queue = MODBUS_GATEWAY_QUEUE_MAX;
    line->port = port;
    line->entries = mem_new((size_t)queue, sizeof(*line->entries));
    modbus_gateway_init(&line->gateway, &options, line->entries, (size_t)queue, send_frame, panel);
    line->forward = line->gateway.path.forward;
    line->gateway.path.forward = forward;
    device_timer_init(panel->device, &line->timer, on_timer, line);
    return line;
}

void panel_line_free(struct panel_line **line)
{
    if (!*line)
        return;
    panel_line_power(*line, false);
    free((*line)->entries);
    free(*line);
    *line = NULL;
}

void panel_line_power(struct panel_line *line, bool on)
{
    if (on) {
        line->last_ns = now_of(line);
        line_set_events(line->port->line, &line_events, line);
        return;
    }
    line_set_events(line->port->line, &dead_events, NULL);
    modbus_gateway_clear(&line->gateway, MODBUS_PATH_UNAVAILABLE);
    timer_stop(&line->timer);
}
