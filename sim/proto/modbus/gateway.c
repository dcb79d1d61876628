// SPDX-License-Identifier: Apache-2.0
// The serial gateway as the master of its line (Modbus over Serial Line V1.02, 2.4.2, the master's
// state diagram). Whose request is next, and whose gives way, is said in gateway_queue.c.
#include "sim/proto/modbus/gateway.h"

#include <assert.h>

#include "sim/proto/modbus/gateway_queue.h"

#define SECOND_NS 1000000000

const struct modbus_gateway_options modbus_gateway_defaults = {
    .retries = 2,
    .reply_timeout_ns = SECOND_NS,
    .request_timeout_ns = 10ll * SECOND_NS,
    .turnaround_ns = SECOND_NS / 10,
    .unknown_exception = MODBUS_PATH_UNAVAILABLE,
    .full_exception = MODBUS_PATH_UNAVAILABLE,
    .silent_exception = MODBUS_TARGET_SILENT,
    .damaged_exception = MODBUS_TARGET_SILENT,
    .units = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 8},
};

// Tells the client of an entry, once. The entry may be overwritten meanwhile: `entry` is a copy.
static void tell(struct modbus_gateway_entry entry, const uint8_t *pdu, size_t length)
{
    if (!entry.answered)
        entry.answer(entry.client, entry.ticket, pdu, length);
}

static void tell_exception(struct modbus_gateway_entry entry, uint8_t exception)
{
    const uint8_t pdu[] = {entry.pdu[0] | 0x80, exception};

    tell(entry, pdu, sizeof(pdu));
}

// ---- The line
// -------------------------------------------------------------------------------------

static void transmit(struct modbus_gateway *gateway, int64_t now_ns,
                     struct modbus_gateway_entry *entry)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(entry->unit, entry->pdu, entry->length, frame);

    gateway->current = entry;
    gateway->turn = entry->turn;
    gateway->served = entry->client;
    gateway->counters.retries += entry->tries > 0;
    entry->tries++;
    gateway->state = MODBUS_GATEWAY_SENDING;
    gateway->quiet = false;
    if (gateway->send(gateway->user, frame, length) == 0)
        return;
    // A try that nobody can answer; told by tick(), since a forward() may have led here.
    gateway->state = MODBUS_GATEWAY_WAITING;
    gateway->quiet = true;
    gateway->extended = true;
    gateway->until_ns = now_ns;
}

// Sends what is next when the line is free: the current request again, or another.
static void start(struct modbus_gateway *gateway, int64_t now_ns)
{
    struct modbus_gateway_entry *entry;

    if (gateway->state != MODBUS_GATEWAY_IDLE || !gateway->quiet)
        return;
    if (gateway->current && gateway->current->answered) {
        gateway->current->used = false;
        gateway->current = NULL;
    }
    entry = gateway->current ? gateway->current : modbus_gateway_pick(gateway);
    if (entry)
        transmit(gateway, now_ns, entry);
}

static void begin_pause(struct modbus_gateway *gateway, int64_t now_ns)
{
    gateway->until_ns = now_ns + gateway->options.pause_ns;
    gateway->state = gateway->options.pause_ns ? MODBUS_GATEWAY_PAUSE : MODBUS_GATEWAY_IDLE;
}

// The current request leaves the line; what is told to its client is the caller's.
static struct modbus_gateway_entry take_current(struct modbus_gateway *gateway, int64_t now_ns)
{
    struct modbus_gateway_entry entry = *gateway->current;

    gateway->current->used = false;
    gateway->current = NULL;
    begin_pause(gateway, now_ns);
    return entry;
}

static void fail_try(struct modbus_gateway *gateway, int64_t now_ns, uint8_t exception)
{
    if (!gateway->current->answered && gateway->current->tries <= gateway->options.retries)
        begin_pause(gateway, now_ns);
    else
        tell_exception(take_current(gateway, now_ns), exception);
}

// ---- Public
// ---------------------------------------------------------------------------------------

static uint8_t on_forward(struct modbus_path *path, const struct modbus_forward *forward)
{
    struct modbus_gateway *gateway = (struct modbus_gateway *)path;
    struct modbus_gateway_entry evicted = {.answered = true};
    struct modbus_gateway_entry *entry;

    assert(forward->length >= 1 && forward->length <= MODBUS_PDU_BYTES_MAX);
    gateway->counters.requests++;
    if (!(gateway->options.units[forward->unit / 64] >> forward->unit % 64 & 1)) {
        gateway->counters.unknown++;
        return gateway->options.unknown_exception;
    }
    entry = modbus_gateway_free_entry(gateway);
    if (!entry) {
        gateway->counters.full++;
        entry = modbus_gateway_victim(gateway, forward->client);
        if (!entry)
            return gateway->options.full_exception;
        evicted = *entry;
    }
    modbus_gateway_fill(gateway, entry, forward);
    tell_exception(evicted, gateway->options.full_exception);
    start(gateway, forward->arrived_ns);
    return 0;
}

static void on_cancel(struct modbus_path *path, const void *client)
{
    struct modbus_gateway *gateway = (struct modbus_gateway *)path;

    for (size_t i = 0; i < gateway->entries_count; i++) {
        struct modbus_gateway_entry *entry = &gateway->entries[i];

        if (!entry->used || entry->answered || entry->client != client)
            continue;
        gateway->counters.cancelled++;
        entry->answered = true;
        entry->used = entry == gateway->current;
    }
}

void modbus_gateway_init(struct modbus_gateway *gateway,
                         const struct modbus_gateway_options *options,
                         struct modbus_gateway_entry *entries, size_t entries_count,
                         int (*send)(void *user, const uint8_t *frame, size_t length), void *user)
{
    assert(entries_count >= 1 && entries_count <= MODBUS_GATEWAY_QUEUE_MAX);
    assert(options->reply_timeout_ns > 0 && options->request_timeout_ns >= 0);
    assert(options->pause_ns >= 0 && options->turnaround_ns >= 0);
    *gateway = (struct modbus_gateway){
        .path = {.forward = on_forward, .cancel = on_cancel},
        .options = *options,
        .send = send,
        .user = user,
        .entries = entries,
        .entries_count = entries_count,
        .quiet = true,
    };
    for (size_t i = 0; i < entries_count; i++)
        entries[i].used = false;
}

void modbus_gateway_on_sent(struct modbus_gateway *gateway, int64_t now_ns)
{
    bool broadcast;

    if (gateway->state != MODBUS_GATEWAY_SENDING)
        return;
    broadcast = gateway->current->unit == MODBUS_UNIT_BROADCAST;
    gateway->counters.broadcasts += broadcast;
    gateway->state = broadcast ? MODBUS_GATEWAY_TURNAROUND : MODBUS_GATEWAY_WAITING;
    gateway->until_ns =
        now_ns + (broadcast ? gateway->options.turnaround_ns : gateway->options.reply_timeout_ns);
    gateway->extended = false;
    modbus_rtu_reset(&gateway->rx);
}

void modbus_gateway_on_chars(struct modbus_gateway *gateway, const uint8_t *data, size_t length,
                             bool damaged)
{
    gateway->quiet = false;
    modbus_rtu_chars(&gateway->rx, data, length, damaged);
}

void modbus_gateway_on_gap(struct modbus_gateway *gateway)
{
    modbus_rtu_gap(&gateway->rx);
}

static bool is_reply(const struct modbus_gateway *gateway, const struct modbus_rtu_frame *frame)
{
    return gateway->current->unit == frame->unit &&
           (gateway->current->pdu[0] & 0x7F) == (frame->pdu[0] & 0x7F);
}

// A frame came while a reply was waited for. One from another unit leaves the time-out running
// (V1.02 2.4.1), unless it was all that the time-out had been put off for.
static void on_frame(struct modbus_gateway *gateway, int64_t now_ns, int verdict,
                     const struct modbus_rtu_frame *frame)
{
    if (verdict < 0) {
        gateway->counters.damaged++;
        fail_try(gateway, now_ns, gateway->options.damaged_exception);
    } else if (is_reply(gateway, frame)) {
        gateway->counters.replies++;
        tell(take_current(gateway, now_ns), frame->pdu, frame->length);
    } else {
        gateway->counters.unexpected++;
        if (gateway->extended)
            gateway->until_ns = now_ns;
    }
}

void modbus_gateway_on_silence(struct modbus_gateway *gateway, int64_t now_ns)
{
    struct modbus_rtu_frame frame;
    int verdict = modbus_rtu_silence(&gateway->rx, &frame);

    gateway->quiet = gateway->state != MODBUS_GATEWAY_SENDING;
    if (verdict != 0 && gateway->state == MODBUS_GATEWAY_WAITING)
        on_frame(gateway, now_ns, verdict, &frame);
    else if (verdict != 0)
        gateway->counters.unexpected++;
    start(gateway, now_ns);
}

static void expire(struct modbus_gateway *gateway, int64_t now_ns)
{
    for (size_t i = 0; i < gateway->entries_count; i++) {
        struct modbus_gateway_entry *entry = &gateway->entries[i];
        bool current = entry == gateway->current;
        struct modbus_gateway_entry copy;

        if (!entry->used || entry->answered || entry->expires_ns > now_ns)
            continue;
        gateway->counters.expired++;
        copy = *entry;
        entry->answered = true;
        entry->used = current;
        tell_exception(copy, current ? gateway->options.silent_exception
                                     : gateway->options.full_exception);
    }
}

static void on_time(struct modbus_gateway *gateway, int64_t now_ns)
{
    switch (gateway->state) {
    case MODBUS_GATEWAY_WAITING:
        if (gateway->rx.length > 0 && !gateway->extended) {
            // The reply has begun; it gets as long again to end.
            gateway->extended = true;
            gateway->until_ns = now_ns + gateway->options.reply_timeout_ns;
            break;
        }
        gateway->counters.timeouts++;
        fail_try(gateway, now_ns, gateway->options.silent_exception);
        break;
    case MODBUS_GATEWAY_TURNAROUND:
        tell(take_current(gateway, now_ns), NULL, 0);
        break;
    case MODBUS_GATEWAY_PAUSE:
        gateway->state = MODBUS_GATEWAY_IDLE;
        break;
    case MODBUS_GATEWAY_IDLE:
    case MODBUS_GATEWAY_SENDING:
        break;
    }
}

static bool is_timed(const struct modbus_gateway *gateway)
{
    return gateway->state != MODBUS_GATEWAY_IDLE && gateway->state != MODBUS_GATEWAY_SENDING;
}

void modbus_gateway_tick(struct modbus_gateway *gateway, int64_t now_ns)
{
    expire(gateway, now_ns);
    if (is_timed(gateway) && gateway->until_ns <= now_ns)
        on_time(gateway, now_ns);
    start(gateway, now_ns);
}

int64_t modbus_gateway_deadline(const struct modbus_gateway *gateway)
{
    int64_t deadline_ns = is_timed(gateway) ? gateway->until_ns : MODBUS_GATEWAY_NEVER;

    for (size_t i = 0; i < gateway->entries_count; i++) {
        const struct modbus_gateway_entry *entry = &gateway->entries[i];

        if (entry->used && !entry->answered && entry->expires_ns < deadline_ns)
            deadline_ns = entry->expires_ns;
    }
    return deadline_ns;
}

size_t modbus_gateway_pending(const struct modbus_gateway *gateway)
{
    size_t count = 0;

    for (size_t i = 0; i < gateway->entries_count; i++)
        count += gateway->entries[i].used;
    return count;
}

void modbus_gateway_clear(struct modbus_gateway *gateway, uint8_t exception)
{
    gateway->state = MODBUS_GATEWAY_IDLE;
    gateway->current = NULL;
    gateway->quiet = true;
    modbus_rtu_reset(&gateway->rx);
    for (size_t i = 0; i < gateway->entries_count; i++) {
        struct modbus_gateway_entry entry = gateway->entries[i];

        gateway->entries[i].used = false;
        if (entry.used)
            tell_exception(entry, exception);
    }
}
