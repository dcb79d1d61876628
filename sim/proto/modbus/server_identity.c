// SPDX-License-Identifier: Apache-2.0
// Read Device Identification, 43/14 (Modbus Application Protocol V1.1b3, 6.21): a stream of objects
// of the basic, regular or extended level, continued where the last reply stopped, or one object.
// Objects longer than 244 bytes do not fit any reply and are cut there.
#include "sim/proto/modbus/server_handlers.h"

enum {
    CODE_BASIC = 1,
    CODE_EXTENDED = 3,
    CODE_INDIVIDUAL = 4,
    CONFORMITY_INDIVIDUAL = 0x80,
    CONFORMITY_LEVEL = 0x7F,
    TEXT_MAX = 245,   // What a store may write.
    OBJECT_MAX = 244, // What a reply can hold: 253 - 7 - 2.
};

// The last object id of a level (6.21, table of objects).
static const uint8_t last_ids[] = {0, 0x02, 0x7F, 0xFF};

// Where the fields that are known last stand in the reply.
struct listing {
    uint8_t *more, *next, *count;
};

static struct listing begin(struct modbus_call *call, uint8_t code, uint8_t conformity)
{
    struct listing listing;

    bytes_put_u8(&call->out, MODBUS_MEI_IDENTIFICATION);
    bytes_put_u8(&call->out, code);
    bytes_put_u8(&call->out, conformity);
    listing.more = modbus_reply_room(call, 3);
    listing.next = listing.more + 1;
    listing.count = listing.more + 2;
    memset(listing.more, 0, 3);
    return listing;
}

// Appends object `id`. Returns 1, 0 when the reply has no room for it, or -1 when there is none.
static int put_object(struct modbus_call *call, uint8_t id)
{
    const struct modbus_store *store = call->server->store;
    uint8_t text[TEXT_MAX];
    int length = store->identity(store->user, id, text);

    if (length < 0)
        return -1;
    assert(length <= TEXT_MAX);
    if (length > OBJECT_MAX)
        length = OBJECT_MAX;
    if (bytes_room(&call->out) < 2 + (size_t)length)
        return 0;
    bytes_put_u8(&call->out, id);
    bytes_put_u8(&call->out, (uint8_t)length);
    bytes_put_span(&call->out, text, (size_t)length);
    return 1;
}

static uint8_t put_stream(struct modbus_call *call, struct listing listing, uint8_t id,
                          uint8_t last)
{
    const struct modbus_store *store = call->server->store;
    uint8_t text[TEXT_MAX];
    int next;

    // An object that is not there starts the stream anew (6.21, Object Id).
    next = id <= last && store->identity(store->user, id, text) >= 0 ? id : 0;
    next = store->identity_next(store->user, (uint8_t)next);
    for (; next >= 0 && next <= last;
         next = next < 0xFF ? store->identity_next(store->user, (uint8_t)(next + 1)) : -1) {
        int put = put_object(call, (uint8_t)next);

        if (put < 0)
            return MODBUS_DEVICE_FAILURE;
        if (put == 0) {
            *listing.more = 0xFF;
            *listing.next = (uint8_t)next;
            return 0;
        }
        ++*listing.count;
    }
    return 0;
}

static uint8_t put_single(struct modbus_call *call, struct listing listing, uint8_t id)
{
    *listing.count = 1;
    return put_object(call, id) == 1 ? 0 : MODBUS_ILLEGAL_ADDRESS;
}

uint8_t modbus_handle_identification(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint8_t conformity = call->server->options.identity_level;
    uint8_t level = conformity & CONFORMITY_LEVEL;
    struct listing listing;
    uint8_t code, id;

    if (!store->identity || !store->identity_next || level < CODE_BASIC || level > CODE_EXTENDED)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!bytes_get_u8(&call->in, &code) || !bytes_get_u8(&call->in, &id) ||
        bytes_left(&call->in) > 0 || code < CODE_BASIC || code > CODE_INDIVIDUAL ||
        (code == CODE_INDIVIDUAL && !(conformity & CONFORMITY_INDIVIDUAL)))
        return MODBUS_ILLEGAL_VALUE;
    listing = begin(call, code, conformity);
    if (code == CODE_INDIVIDUAL)
        return put_single(call, listing, id);
    // A device asked for more than it conforms to answers what it has.
    return put_stream(call, listing, id, last_ids[code < level ? code : level]);
}
