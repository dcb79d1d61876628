// SPDX-License-Identifier: Apache-2.0
// Messages about transactions, whole, in the store, until the central system has answered them
// (OCPP 1.6 3.7.1). A record is "q" and a number that only grows; what is in it never changes, so
// that a repeat is the same bytes after any number of reconnects and power cuts. The one thing that
// cannot be known when a message is written down is the transaction's id: the payloads of
// MeterValues and StopTransaction begin with it, and the store holds what stands behind (see
// transactions.c).
//
//   record   kind:1 local:8 id_length:1 id payload
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/device/store.h"

#define HEAD_BYTES 10
#define NAME_ROOM 12

static const char *name_of(uint32_t number, char ret[NAME_ROOM])
{
    snprintf(ret, NAME_ROOM, "q%08x", number);
    return ret;
}

static bool read_message(const struct charger *charger, uint32_t number,
                         struct charger_message *ret)
{
    char name[NAME_ROOM];
    size_t length = 0;
    const uint8_t *data = store_get(charger->device->store, name_of(number, name), &length);
    struct bytes_in in = bytes_in(data, length);
    const uint8_t *id;
    uint32_t high, low;
    uint8_t kind, id_length;

    if (!data || !bytes_get_u8(&in, &kind) || !bytes_get_u32(&in, &high) ||
        !bytes_get_u32(&in, &low) || !bytes_get_u8(&in, &id_length) ||
        id_length > OCPP_ID_BYTES_MAX || !bytes_get_span(&in, id_length, &id))
        return false;
    *ret = (struct charger_message){
        .number = number,
        .kind = (enum charger_kind)kind,
        .local = (uint64_t)high << 32 | low,
        .payload = (const char *)in.at,
        .length = bytes_left(&in),
    };
    memcpy(ret->id, id, id_length);
    return true;
}

bool charger_queue_next(const struct charger *charger, uint32_t from, struct charger_message *ret)
{
    for (uint32_t n = from; n != charger->queue_next; n++)
        if (read_message(charger, n, ret))
            return true;
    return false;
}

int charger_queue_remove(struct charger *charger, uint32_t number)
{
    char name[NAME_ROOM];
    int err = store_remove(charger->device->store, name_of(number, name));
    struct charger_message next;

    if (err < 0)
        return err;
    charger->queue_count--;
    if (number == charger->queue_first) {
        bool more = charger_queue_next(charger, number, &next);

        charger->queue_first = more ? next.number : charger->queue_next;
        charger->queue_attempts = 0;
    }
    return 0;
}

// ---- Room ----

// Meter values give way before anything else does: the oldest that is not on its way.
static bool thin(struct charger *charger)
{
    struct charger_message message;
    bool sending = charger->session && ocpp_session_calling(charger->session);
    uint32_t from = charger->queue_first + (sending ? 1 : 0);

    while (charger_queue_next(charger, from, &message)) {
        if (message.kind == CHARGER_METER) {
            if (charger_queue_remove(charger, message.number) < 0)
                return false;
            charger->thinned++;
            return true;
        }
        from = message.number + 1;
    }
    return false;
}

static bool make_room(struct charger *charger, enum charger_kind kind)
{
    const struct profile *profile = charger->device->profile;
    int64_t most = profile_fact_integer(profile, "ocpp.queue.messages_max", 200);
    int64_t reserved = profile_fact_integer(profile, "ocpp.queue.reserved", 0);
    int64_t room = kind == CHARGER_METER ? most - reserved : most;

    return charger->queue_count < room || thin(charger);
}

int charger_queue_put(struct charger *charger, const struct charger_message *message)
{
    uint8_t record[STORE_VALUE_BYTES_MAX];
    struct bytes_out out = bytes_out(record, sizeof(record));
    size_t id_length = strlen(message->id);
    char name[NAME_ROOM];
    int err = ERR_FULL;

    assert(HEAD_BYTES + id_length + message->length <= sizeof(record));
    bytes_put_u8(&out, (uint8_t)message->kind);
    bytes_put_u64(&out, message->local);
    bytes_put_u8(&out, (uint8_t)id_length);
    bytes_put_span(&out, message->id, id_length);
    bytes_put_span(&out, message->payload, message->length);
    if (make_room(charger, message->kind))
        err = store_put(charger->device->store, name_of(charger->queue_next, name), record,
                        bytes_written(&out));
    if (err == ERR_FULL || err == ERR_TOO_LONG)
        charger->overflow++;
    if (err < 0)
        return err;
    charger->queue_next++;
    charger->queue_count++;
    return 0;
}

// ---- After a start ----

// The number in the key of a message; false for other keys.
static bool number_of(const char *key, size_t length, uint32_t *ret)
{
    char text[NAME_ROOM];
    unsigned number;

    if (length != NAME_ROOM - 3 || key[0] != 'q')
        return false;
    memcpy(text, key + 1, length - 1);
    text[length - 1] = '\0';
    if (sscanf(text, "%8x", &number) != 1)
        return false;
    *ret = number;
    return true;
}

// Numbers begin at 0 again when nothing is left: then there is nothing to be older than.
void charger_queue_load(struct charger *charger)
{
    const struct store *store = charger->device->store;

    charger->queue_first = charger->queue_next = 0;
    charger->queue_count = charger->queue_attempts = 0;
    for (size_t i = 0; i < store_count(store); i++) {
        size_t length;
        const char *key = store_key_at(store, i, &length);
        uint32_t number;

        if (!number_of(key, length, &number))
            continue;
        if (!charger->queue_count || number < charger->queue_first)
            charger->queue_first = number;
        if (!charger->queue_count || number >= charger->queue_next)
            charger->queue_next = number + 1;
        charger->queue_count++;
    }
}
