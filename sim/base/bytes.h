// SPDX-License-Identifier: Apache-2.0
// Byte cursors: the only place where an integer becomes wire bytes or the reverse. Network order is
// big-endian; the few little-endian fields of a protocol (Modbus RTU's CRC) name it.
// Readers check and return false at the end of the bytes; writers assert that there is room (style
// 13).
#ifndef SIM_BASE_BYTES_H
#define SIM_BASE_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// What is still to be read: [at, end). Borrowed bytes.
struct bytes_in {
    const uint8_t *at;
    const uint8_t *end;
};

// What was written: [begin, at); room up to end. Borrowed storage.
struct bytes_out {
    uint8_t *begin;
    uint8_t *at;
    uint8_t *end;
};

static inline struct bytes_in bytes_in(const void *data, size_t length)
{
    const uint8_t *begin = data;

    return (struct bytes_in){begin, length ? begin + length : begin}; // NULL and 0 are fine.
}

static inline struct bytes_out bytes_out(void *data, size_t room)
{
    uint8_t *begin = data;

    return (struct bytes_out){begin, begin, room ? begin + room : begin};
}

static inline size_t bytes_left(const struct bytes_in *in)
{
    return (size_t)(in->end - in->at);
}

static inline size_t bytes_room(const struct bytes_out *out)
{
    return (size_t)(out->end - out->at);
}

static inline size_t bytes_written(const struct bytes_out *out)
{
    return (size_t)(out->at - out->begin);
}

static inline bool bytes_get_u8(struct bytes_in *in, uint8_t *ret)
{
    if (bytes_left(in) < 1)
        return false;
    *ret = *in->at++;
    return true;
}

static inline bool bytes_get_u16(struct bytes_in *in, uint16_t *ret)
{
    if (bytes_left(in) < 2)
        return false;
    *ret = (uint16_t)(in->at[0] << 8 | in->at[1]);
    in->at += 2;
    return true;
}

static inline bool bytes_get_u32(struct bytes_in *in, uint32_t *ret)
{
    if (bytes_left(in) < 4)
        return false;
    *ret = (uint32_t)in->at[0] << 24 | (uint32_t)in->at[1] << 16 | (uint32_t)in->at[2] << 8 |
           in->at[3];
    in->at += 4;
    return true;
}

// Takes `length` bytes; *ret points into the borrowed bytes.
static inline bool bytes_get_span(struct bytes_in *in, size_t length, const uint8_t **ret)
{
    if (bytes_left(in) < length)
        return false;
    *ret = in->at;
    in->at += length;
    return true;
}

static inline void bytes_put_u8(struct bytes_out *out, uint8_t value)
{
    assert(bytes_room(out) >= 1);
    *out->at++ = value;
}

static inline void bytes_put_u16(struct bytes_out *out, uint16_t value)
{
    assert(bytes_room(out) >= 2);
    *out->at++ = (uint8_t)(value >> 8);
    *out->at++ = (uint8_t)value;
}

static inline void bytes_put_u16_le(struct bytes_out *out, uint16_t value)
{
    assert(bytes_room(out) >= 2);
    *out->at++ = (uint8_t)value;
    *out->at++ = (uint8_t)(value >> 8);
}

static inline void bytes_put_u32(struct bytes_out *out, uint32_t value)
{
    bytes_put_u16(out, (uint16_t)(value >> 16));
    bytes_put_u16(out, (uint16_t)value);
}

static inline void bytes_put_u32_le(struct bytes_out *out, uint32_t value)
{
    bytes_put_u16_le(out, (uint16_t)value);
    bytes_put_u16_le(out, (uint16_t)(value >> 16));
}

static inline void bytes_put_u64(struct bytes_out *out, uint64_t value)
{
    bytes_put_u32(out, (uint32_t)(value >> 32));
    bytes_put_u32(out, (uint32_t)value);
}

static inline void bytes_put_span(struct bytes_out *out, const void *data, size_t length)
{
    assert(bytes_room(out) >= length);
    if (length)
        memcpy(out->at, data, length);
    out->at += length;
}

static inline uint16_t bytes_load_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline void bytes_store_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

#endif
