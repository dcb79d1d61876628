// SPDX-License-Identifier: Apache-2.0
// Requests, line events, time and leaving clients in any order: every request is answered once or
// was cancelled, one request is on the line at a time, and left alone the gateway comes to rest.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/proto/modbus/gateway.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CLIENTS = 4, TICKETS = 64, ENTRIES = 6, EVENTS_MAX = 150, REST_STEPS_MAX = 1000 };

struct world;
struct client {
    struct world *world;
    bool open[TICKETS];
    uint32_t tickets;
};

struct world {
    struct modbus_gateway gateway;
    struct modbus_gateway_entry entries[ENTRIES];
    struct client clients[CLIENTS];
    struct bytes_in in;
    int64_t now_ns;
    uint8_t unit, function; // Of the frame that was sent last.
    bool sending;
    bool refuse;
};

static int line_take(void *user, const uint8_t *frame, size_t length)
{
    struct world *world = user;

    assert(!world->sending && modbus_crc(frame, length) == 0);
    if (world->refuse)
        return ERR_FULL;
    world->unit = frame[0];
    world->function = frame[1];
    world->sending = true;
    return 0;
}

static void on_answer(void *user, uint32_t ticket, const uint8_t *pdu, size_t length)
{
    struct client *client = user;

    assert(ticket < client->tickets && client->open[ticket]);
    assert(length <= MODBUS_PDU_BYTES_MAX && (length == 0 || pdu));
    client->open[ticket] = false;
}

static void submit(struct world *world, uint8_t argument)
{
    struct client *client = &world->clients[argument % CLIENTS];
    uint8_t pdu[] = {(uint8_t)(argument >> 4 | 1), 0, 0, 0, 1};
    struct modbus_forward forward = {
        .unit = argument >> 2,
        .pdu = pdu,
        .length = sizeof(pdu),
        .arrived_ns = world->now_ns,
        .answer = on_answer,
        .client = client,
        .ticket = client->tickets,
    };

    if (client->tickets == TICKETS)
        return;
    client->open[client->tickets++] = true;
    if (world->gateway.path.forward(&world->gateway.path, &forward))
        client->open[forward.ticket] = false;
}

static void sent(struct world *world, uint8_t argument)
{
    (void)argument;
    world->sending = false;
    modbus_gateway_on_sent(&world->gateway, world->now_ns);
}

static void chars(struct world *world, uint8_t argument)
{
    size_t length = argument & 0x7F;
    const uint8_t *at = world->in.at;

    if (length > bytes_left(&world->in))
        length = bytes_left(&world->in);
    world->in.at += length;
    modbus_gateway_on_chars(&world->gateway, at, length, argument & 0x80);
}

static void reply(struct world *world, uint8_t argument)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX], pdu[] = {world->function, argument};
    uint8_t unit = argument & 1 ? world->unit : argument;

    modbus_gateway_on_chars(&world->gateway, frame,
                            modbus_rtu_encode(unit, pdu, sizeof(pdu), frame), false);
    modbus_gateway_on_silence(&world->gateway, world->now_ns);
}

static void gap(struct world *world, uint8_t argument)
{
    (void)argument;
    modbus_gateway_on_gap(&world->gateway);
}

static void silence(struct world *world, uint8_t argument)
{
    (void)argument;
    modbus_gateway_on_silence(&world->gateway, world->now_ns);
}

static void wait(struct world *world, uint8_t argument)
{
    world->now_ns += argument * 10000000ll;
    modbus_gateway_tick(&world->gateway, world->now_ns);
}

static void reach_deadline(struct world *world, uint8_t argument)
{
    int64_t deadline_ns = modbus_gateway_deadline(&world->gateway);

    if (deadline_ns != MODBUS_GATEWAY_NEVER && deadline_ns > world->now_ns)
        world->now_ns = deadline_ns;
    world->refuse = argument & 1;
    modbus_gateway_tick(&world->gateway, world->now_ns);
}

static void leave(struct world *world, uint8_t argument)
{
    struct client *client = &world->clients[argument % CLIENTS];

    world->gateway.path.cancel(&world->gateway.path, client);
    memset(client->open, 0, sizeof(client->open));
}

static void clear(struct world *world, uint8_t argument)
{
    world->sending = false;
    modbus_gateway_clear(&world->gateway, argument | 1);
    assert(modbus_gateway_pending(&world->gateway) == 0);
}

static void (*const actions[])(struct world *world, uint8_t argument) = {
    submit, submit,  submit,  sent, sent,           chars,          reply, reply,
    gap,    silence, silence, wait, reach_deadline, reach_deadline, leave, clear,
};

// The line works and nobody else talks: everything is answered in bounded time.
static void come_to_rest(struct world *world)
{
    int steps = 0;

    world->refuse = false;
    while (modbus_gateway_pending(&world->gateway) > 0) {
        if (world->sending)
            sent(world, 0);
        silence(world, 0);
        reach_deadline(world, 0);
        assert(++steps < REST_STEPS_MAX);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        for (uint32_t ticket = 0; ticket < world->clients[i].tickets; ticket++)
            assert(!world->clients[i].open[ticket]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct modbus_gateway_options options = modbus_gateway_defaults;
    static struct world world;
    uint8_t action, argument, flags;

    world.in = bytes_in(data, size);
    if (!bytes_get_u8(&world.in, &flags))
        return 0;
    options.retries = flags & 3;
    options.pause_ns = flags & 4 ? 20000000 : 0;
    options.request_timeout_ns = flags & 8 ? 1500000000 : 0;
    world.now_ns = 0;
    world.sending = world.refuse = false;
    for (size_t i = 0; i < CLIENTS; i++)
        world.clients[i].tickets = 0;
    modbus_gateway_init(&world.gateway, &options, world.entries, 1 + (flags >> 4) % ENTRIES,
                        line_take, &world);
    for (int i = 0;
         i < EVENTS_MAX && bytes_get_u8(&world.in, &action) && bytes_get_u8(&world.in, &argument);
         i++) {
        actions[action % (sizeof(actions) / sizeof(actions[0]))](&world, argument);
        assert(modbus_gateway_pending(&world.gateway) <= world.gateway.entries_count);
    }
    come_to_rest(&world);
    return 0;
}
