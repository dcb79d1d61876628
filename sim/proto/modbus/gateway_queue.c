// SPDX-License-Identifier: Apache-2.0
// The order of the gateway's queue. Turns: a request's turn is one past the turn being served, or
// one past its client's last; the lowest turn goes first, within a turn whoever was not just
// served, then the elder. So among clients that always have something waiting the line goes round.
#include "sim/proto/modbus/gateway_queue.h"

#include <string.h>

static bool is_queued(const struct modbus_gateway *gateway,
                      const struct modbus_gateway_entry *entry)
{
    return entry->used && entry != gateway->current;
}

static bool goes_before(const struct modbus_gateway *gateway,
                        const struct modbus_gateway_entry *entry,
                        const struct modbus_gateway_entry *other)
{
    bool again = entry->client == gateway->served;
    bool other_again = other->client == gateway->served;

    if (entry->turn != other->turn)
        return entry->turn < other->turn;
    return again != other_again ? other_again : entry->order < other->order;
}

struct modbus_gateway_entry *modbus_gateway_pick(struct modbus_gateway *gateway)
{
    struct modbus_gateway_entry *best = NULL;

    for (size_t i = 0; i < gateway->entries_count; i++) {
        struct modbus_gateway_entry *entry = &gateway->entries[i];

        if (is_queued(gateway, entry) && (!best || goes_before(gateway, entry, best)))
            best = entry;
    }
    return best;
}

static size_t count_of(const struct modbus_gateway *gateway, const void *client)
{
    size_t count = 0;

    for (size_t i = 0; i < gateway->entries_count; i++)
        count += gateway->entries[i].used && !gateway->entries[i].answered &&
                 gateway->entries[i].client == client;
    return count;
}

struct modbus_gateway_entry *modbus_gateway_victim(struct modbus_gateway *gateway,
                                                   const void *client)
{
    size_t most = count_of(gateway, client) + 1;
    struct modbus_gateway_entry *victim = NULL;

    for (size_t i = 0; i < gateway->entries_count; i++) {
        struct modbus_gateway_entry *entry = &gateway->entries[i];
        size_t count = count_of(gateway, entry->client);

        if (!is_queued(gateway, entry) || count < most)
            continue;
        if (count > most || (victim && entry->order > victim->order)) {
            victim = entry;
            most = count;
        }
    }
    return victim;
}

struct modbus_gateway_entry *modbus_gateway_free_entry(struct modbus_gateway *gateway)
{
    for (size_t i = 0; i < gateway->entries_count; i++)
        if (!gateway->entries[i].used)
            return &gateway->entries[i];
    return NULL;
}

static uint64_t next_turn(const struct modbus_gateway *gateway, const void *client)
{
    uint64_t turn = gateway->turn + 1;

    for (size_t i = 0; i < gateway->entries_count; i++) {
        const struct modbus_gateway_entry *entry = &gateway->entries[i];

        if (entry->used && entry->client == client && entry->turn >= turn)
            turn = entry->turn + 1;
    }
    return turn;
}

void modbus_gateway_fill(struct modbus_gateway *gateway, struct modbus_gateway_entry *entry,
                         const struct modbus_forward *forward)
{
    int64_t timeout_ns = gateway->options.request_timeout_ns;
    uint64_t turn = next_turn(gateway, forward->client);

    entry->used = true;
    entry->answered = false;
    entry->unit = forward->unit;
    entry->tries = 0;
    entry->length = (uint8_t)forward->length;
    memcpy(entry->pdu, forward->pdu, forward->length);
    entry->ticket = forward->ticket;
    entry->turn = turn;
    entry->order = ++gateway->order;
    entry->expires_ns = timeout_ns ? forward->arrived_ns + timeout_ns : MODBUS_GATEWAY_NEVER;
    entry->client = forward->client;
    entry->answer = forward->answer;
}
