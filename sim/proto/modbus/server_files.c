// SPDX-License-Identifier: Apache-2.0
// File records: functions 20 and 21 (Modbus Application Protocol V1.1b3, 6.14, 6.15). A request
// holds groups; all of them are judged before the first is carried out. The flow charts give 03 for
// the byte count and 02 for everything inside a group: reference type, file, record, length.
#include "sim/proto/modbus/server_handlers.h"

enum {
    REFERENCE_TYPE = 6,
    RECORDS = 10000, // Record numbers are 0 to 9999.
    GROUP_BYTES = 7,
    READ_BYTES_MIN = 0x07,
    READ_BYTES_MAX = 0xF5,
    WRITE_BYTES_MIN = 0x09,
    WRITE_BYTES_MAX = 0xFB,
};

struct group {
    uint8_t reference;
    uint16_t file, record, count;
};

static bool get_group(struct bytes_in *in, struct group *ret)
{
    return bytes_get_u8(in, &ret->reference) && bytes_get_u16(in, &ret->file) &&
           bytes_get_u16(in, &ret->record) && bytes_get_u16(in, &ret->count);
}

static bool group_exists(const struct group *group)
{
    return group->reference == REFERENCE_TYPE && group->file >= 1 && group->count >= 1 &&
           group->record < RECORDS && group->record + (uint32_t)group->count <= RECORDS;
}

// The byte count is within its bounds and is what is left of the request.
static bool get_byte_count(struct bytes_in *in, uint8_t min, uint8_t max)
{
    uint8_t bytes;

    return bytes_get_u8(in, &bytes) && bytes >= min && bytes <= max && bytes == bytes_left(in);
}

static uint8_t check_read(struct bytes_in in)
{
    size_t reply_bytes = 0;
    struct group group;

    if (bytes_left(&in) % GROUP_BYTES)
        return MODBUS_ILLEGAL_VALUE;
    while (get_group(&in, &group)) {
        if (!group_exists(&group))
            return MODBUS_ILLEGAL_ADDRESS;
        reply_bytes += 2 + 2 * (size_t)group.count;
    }
    return reply_bytes > READ_BYTES_MAX ? MODBUS_ILLEGAL_VALUE : 0;
}

uint8_t modbus_handle_read_file(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    uint8_t *length;
    struct group group;
    uint8_t exception;

    if (!store->read_file)
        return MODBUS_ILLEGAL_FUNCTION;
    if (!get_byte_count(&call->in, READ_BYTES_MIN, READ_BYTES_MAX))
        return MODBUS_ILLEGAL_VALUE;
    exception = check_read(call->in);
    length = modbus_reply_room(call, 1);
    while (!exception && get_group(&call->in, &group)) {
        bytes_put_u8(&call->out, (uint8_t)(1 + 2 * group.count));
        bytes_put_u8(&call->out, REFERENCE_TYPE);
        exception = store->read_file(store->user, group.file, group.record, group.count,
                                     modbus_reply_room(call, 2u * group.count));
    }
    *length = (uint8_t)(call->out.at - length - 1);
    return exception;
}

static uint8_t check_write(struct bytes_in in)
{
    const uint8_t *data;
    struct group group;

    while (bytes_left(&in) > 0) {
        if (!get_group(&in, &group))
            return MODBUS_ILLEGAL_VALUE;
        if (!group_exists(&group))
            return MODBUS_ILLEGAL_ADDRESS;
        if (!bytes_get_span(&in, 2 * (size_t)group.count, &data))
            return MODBUS_ILLEGAL_VALUE;
    }
    return 0;
}

uint8_t modbus_handle_write_file(struct modbus_call *call)
{
    const struct modbus_store *store = call->server->store;
    const uint8_t *data;
    struct group group;
    uint8_t exception;

    if (!store->write_file)
        return MODBUS_ILLEGAL_FUNCTION;
    bytes_put_span(&call->out, call->in.at, bytes_left(&call->in));
    if (!get_byte_count(&call->in, WRITE_BYTES_MIN, WRITE_BYTES_MAX))
        return MODBUS_ILLEGAL_VALUE;
    exception = check_write(call->in);
    while (!exception && get_group(&call->in, &group) &&
           bytes_get_span(&call->in, 2u * group.count, &data))
        exception = store->write_file(store->user, group.file, group.record, group.count, data);
    return exception;
}
