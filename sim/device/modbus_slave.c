// SPDX-License-Identifier: Apache-2.0
// The serial side of a device's Modbus server, and a server that takes its time. Modbus over Serial
// Line V1.02 2.4, 2.5: a gap of more than t1.5 spoils a frame, silence of t3.5 ends it. Characters
// that come while the device is paused are lost, as in a receiver nobody reads.
#include <assert.h>
#include <string.h>

#include "sim/device/modbus_port.h"

// ---- Serial ----

static sim_time_ns now_of(const struct device *device)
{
    return timers_now(device->world.timers);
}

static bool deaf(const struct modbus_slave *slave)
{
    return device_paused(slave->device) || !device_alive(slave->device);
}

static void on_chars(struct line_port *line, const uint8_t *data, size_t length, unsigned flags,
                     void *user)
{
    struct modbus_slave *slave = user;
    sim_time_ns now_ns = now_of(slave->device);
    sim_time_ns began_ns = now_ns - (sim_time_ns)length * line->timing.char_ns;

    if (deaf(slave))
        return;
    if (began_ns - slave->last_ns > line->timing.t15_ns)
        modbus_rtu_server_gap(&slave->port);
    slave->last_ns = now_ns;
    modbus_rtu_server_chars(&slave->port, data, length, flags & LINE_DAMAGED);
}

static void reply(struct modbus_slave *slave)
{
    if (device_alive(slave->device) && slave->line && slave->reply_length)
        (void)line_send(slave->line, slave->reply, slave->reply_length);
    slave->reply_length = 0;
}

static void reply_due(struct timer *timer, void *user)
{
    (void)timer;
    reply(user);
}

static int64_t delay_of(const struct modbus_slave *slave)
{
    const struct modbus_rtu_rx *rx = &slave->port.rx;

    return slave->delay && rx->length >= MODBUS_RTU_BYTES_MIN
               ? slave->delay(slave->user, rx->bytes + 1, rx->length - 3u)
               : 0;
}

static void on_silence(struct line_port *line, void *user)
{
    struct modbus_slave *slave = user;
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    int64_t delay_ns;
    size_t length;

    (void)line;
    if (deaf(slave))
        return;
    delay_ns = delay_of(slave);
    length = modbus_rtu_server_silence(&slave->port, frame);
    if (!length)
        return;
    slave->requests++;
    slave->reply_length = length;
    memcpy(slave->reply, frame, length);
    if (delay_ns > 0)
        timer_start(&slave->timer, delay_ns);
    else
        reply(slave);
}

static void on_sent(struct line_port *line, void *user)
{
    (void)line;
    (void)user;
}

static const struct line_events line_events = {on_chars, on_silence, on_sent};

static void ignore_chars(struct line_port *line, const uint8_t *data, size_t length, unsigned flags,
                         void *user)
{
    (void)line;
    (void)data;
    (void)length;
    (void)flags;
    (void)user;
}

static const struct line_events deaf_events = {ignore_chars, on_sent, on_sent};

void modbus_slave_init(struct modbus_slave *slave, struct device *device,
                       const struct modbus_rtu_unit *units, size_t units_count,
                       modbus_delay_fn *delay, void *user)
{
    *slave = (struct modbus_slave){.device = device, .delay = delay, .user = user};
    modbus_rtu_server_init(&slave->port, units, units_count);
    device_timer_init(device, &slave->timer, reply_due, slave);
}

void modbus_slave_open(struct modbus_slave *slave, struct line_port *line)
{
    assert(line);
    slave->line = line;
    slave->last_ns = now_of(slave->device);
    slave->reply_length = 0;
    modbus_rtu_reset(&slave->port.rx);
    line_set_events(line, &line_events, slave);
}

void modbus_slave_close(struct modbus_slave *slave)
{
    timer_stop(&slave->timer);
    slave->reply_length = 0;
    if (slave->line)
        line_set_events(slave->line, &deaf_events, NULL);
    slave->line = NULL;
}

// ---- A server that takes its time ----

static void slot_due(struct timer *timer, void *user)
{
    struct modbus_delay_slot *slot = user;
    void *client = slot->client;
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
    size_t length = modbus_serve(slot->owner->server, false, slot->pdu, slot->length, pdu);

    (void)timer;
    slot->client = NULL;
    slot->answer(client, slot->ticket, pdu, length);
}

static uint8_t delay_forward(struct modbus_path *path, const struct modbus_forward *forward)
{
    struct modbus_delay *delay = (struct modbus_delay *)path;
    sim_time_ns now_ns = now_of(delay->device);

    for (size_t i = 0; i < MODBUS_DELAY_SLOTS; i++) {
        struct modbus_delay_slot *slot = &delay->slots[i];

        if (slot->client)
            continue;
        slot->client = forward->client;
        slot->answer = forward->answer;
        slot->ticket = forward->ticket;
        slot->length = (uint16_t)forward->length;
        memcpy(slot->pdu, forward->pdu, forward->length);
        if (delay->free_ns < now_ns)
            delay->free_ns = now_ns;
        slot->takes_ns = delay->delay(delay->user, forward->pdu, forward->length);
        delay->free_ns += slot->takes_ns;
        timer_start_at(&slot->timer, delay->free_ns);
        return 0;
    }
    return MODBUS_BUSY;
}

// Without this, clients that ask and go would keep the server busy for long after they have gone.
static void drop_slot(struct modbus_delay *delay, struct modbus_delay_slot *gone)
{
    sim_time_ns due_ns = gone->timer.at_ns;

    gone->client = NULL;
    timer_stop(&gone->timer);
    if (due_ns - gone->takes_ns < now_of(delay->device))
        return;
    delay->free_ns -= gone->takes_ns;
    for (size_t i = 0; i < MODBUS_DELAY_SLOTS; i++) {
        struct modbus_delay_slot *slot = &delay->slots[i];

        if (slot->client && slot->timer.at_ns > due_ns)
            timer_start_at(&slot->timer, slot->timer.at_ns - gone->takes_ns);
    }
}

static void delay_cancel(struct modbus_path *path, const void *client)
{
    struct modbus_delay *delay = (struct modbus_delay *)path;

    for (size_t i = 0; i < MODBUS_DELAY_SLOTS; i++)
        if (delay->slots[i].client == client)
            drop_slot(delay, &delay->slots[i]);
}

void modbus_delay_init(struct modbus_delay *delay, struct device *device,
                       struct modbus_server *server, modbus_delay_fn *fn, void *user)
{
    *delay = (struct modbus_delay){
        .path = {.forward = delay_forward, .cancel = delay_cancel},
        .device = device,
        .server = server,
        .delay = fn,
        .user = user,
    };
    for (size_t i = 0; i < MODBUS_DELAY_SLOTS; i++) {
        delay->slots[i].owner = delay;
        device_timer_init(device, &delay->slots[i].timer, slot_due, &delay->slots[i]);
    }
}

void modbus_delay_clear(struct modbus_delay *delay)
{
    for (size_t i = 0; i < MODBUS_DELAY_SLOTS; i++) {
        delay->slots[i].client = NULL;
        timer_stop(&delay->slots[i].timer);
    }
    delay->free_ns = 0;
}
