// SPDX-License-Identifier: Apache-2.0
// A raw Modbus client for the tests of device families, over both wires of a bed (device_bed.h). It
// knows nothing of what it asks: bytes out, bytes in.
#ifndef TESTS_SUPPORT_DEVICE_CLIENT_H
#define TESTS_SUPPORT_DEVICE_CLIENT_H

#include "tests/support/device_bed.h"

static inline size_t bed_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct bed *bed = user;

    (void)conn;
    ck_assert_uint_le(bed->heard_length + length, sizeof(bed->heard));
    memcpy(bed->heard + bed->heard_length, data, length);
    bed->heard_length += length;
    return length;
}

static inline void bed_on_open(struct conn *conn, void *user)
{
    (void)conn;
    ((struct bed *)user)->open = true;
}

static inline void bed_on_end(struct conn *conn, int reason, void *user)
{
    struct bed *bed = user;

    (void)conn;
    bed->open = false;
    bed->end = reason ? reason : ERR_CLOSED;
}

static inline void bed_on_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static const struct conn_events bed_conn_events = {bed_on_open, bed_on_data, bed_on_room,
                                                   bed_on_end};

static inline bool bed_settled(void *user)
{
    struct bed *bed = user;

    return bed->open || bed->end;
}

// Connects to "10.77.0.10:502"; NULL and bed->end when that fails.
static inline struct conn *bed_connect(struct bed *bed, const char *to)
{
    struct address address = bed_address(to);
    struct core_until until = {.until_ns = core_now(bed->core) + 10 * SIM_NS_PER_S,
                               .wall_ns = 10 * SIM_NS_PER_S,
                               .done = bed_settled,
                               .user = bed};
    struct conn *conn = NULL;

    bed->open = false;
    bed->end = 0;
    bed->heard_length = 0;
    ck_assert_int_eq(host_connect(bed->runner, &address, &bed_conn_events, bed, &conn), 0);
    core_run(bed->core, &until);
    return bed->open ? conn : NULL;
}

static inline bool bed_whole_frame(void *user)
{
    struct bed *bed = user;
    struct bytes_in in = bytes_in(bed->heard, bed->heard_length);
    struct modbus_mbap frame;

    return bed->end || modbus_mbap_next(&in, &frame) != 0;
}

// Asks one PDU on a conn and waits up to `wait_ns`; returns the length of the reply PDU, 0 for
// none.
static inline size_t bed_ask_within(struct bed *bed, struct conn *conn, uint8_t unit,
                                    const void *pdu, size_t length, uint8_t *ret_pdu,
                                    int64_t wait_ns)
{
    uint8_t request[MODBUS_TCP_BYTES_MAX];
    struct modbus_mbap frame = {.transaction = 7, .unit = unit, .pdu = pdu, .length = length};
    struct core_until until = {.until_ns = core_now(bed->core) + wait_ns,
                               .wall_ns = 20 * SIM_NS_PER_S,
                               .done = bed_whole_frame,
                               .user = bed};
    struct bytes_in in;

    bed->heard_length = 0;
    length = modbus_mbap_encode(&frame, request);
    ck_assert_uint_eq(conn_send(conn, request, length), length);
    core_run(bed->core, &until);
    in = bytes_in(bed->heard, bed->heard_length);
    if (modbus_mbap_next(&in, &frame) != 1)
        return 0;
    ck_assert_uint_eq(frame.transaction, 7);
    ck_assert_uint_eq(frame.unit, unit);
    memcpy(ret_pdu, frame.pdu, frame.length);
    return frame.length;
}

static inline size_t bed_ask(struct bed *bed, struct conn *conn, uint8_t unit, const void *pdu,
                             size_t length, uint8_t *ret_pdu)
{
    return bed_ask_within(bed, conn, unit, pdu, length, ret_pdu, 20 * SIM_NS_PER_S);
}

// Function 03 of `count` registers; the exception code, or 0 and the data.
static inline uint8_t bed_read(struct bed *bed, struct conn *conn, uint8_t unit, uint16_t address,
                               uint16_t count, uint8_t *ret_data)
{
    uint8_t request[5] = {3, (uint8_t)(address >> 8), (uint8_t)address, 0, (uint8_t)count};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    size_t length = bed_ask(bed, conn, unit, request, sizeof(request), reply);

    ck_assert_msg(length >= 2, "no answer to a read of %u", address);
    if (reply[0] & 0x80)
        return reply[1];
    ck_assert_uint_eq(length, 2u + 2 * count);
    memcpy(ret_data, reply + 2, 2u * count);
    return 0;
}

// One register; fails the test on an exception.
static inline uint16_t bed_register(struct bed *bed, struct conn *conn, uint8_t unit,
                                    uint16_t address)
{
    uint8_t data[2];

    ck_assert_uint_eq(bed_read(bed, conn, unit, address, 1, data), 0);
    return bytes_load_u16(data);
}

static inline float bed_float(struct bed *bed, struct conn *conn, uint8_t unit, uint16_t address)
{
    uint8_t data[4];
    uint32_t bits;
    float value;

    ck_assert_uint_eq(bed_read(bed, conn, unit, address, 2, data), 0);
    bits = (uint32_t)bytes_load_u16(data) << 16 | bytes_load_u16(data + 2);
    memcpy(&value, &bits, sizeof(value));
    return value;
}

// Function 16; the exception code or 0; 0xFF without an answer.
static inline uint8_t bed_write(struct bed *bed, struct conn *conn, uint8_t unit, uint16_t address,
                                uint16_t count, const uint16_t *values)
{
    uint8_t request[MODBUS_PDU_BYTES_MAX], reply[MODBUS_PDU_BYTES_MAX];
    struct bytes_out out = bytes_out(request, sizeof(request));

    bytes_put_u8(&out, 16);
    bytes_put_u16(&out, address);
    bytes_put_u16(&out, count);
    bytes_put_u8(&out, (uint8_t)(2 * count));
    for (uint16_t i = 0; i < count; i++)
        bytes_put_u16(&out, values[i]);
    if (!bed_ask(bed, conn, unit, request, bytes_written(&out), reply))
        return 0xFF;
    return reply[0] & 0x80 ? reply[1] : 0;
}

// ---- The line, without a gateway: the bed is the master ----

static inline void bed_on_chars(struct line_port *port, const uint8_t *data, size_t length,
                                unsigned flags, void *user)
{
    (void)port;
    ck_assert_uint_eq(flags, 0);
    (void)bed_on_data(NULL, data, length, user);
}

static inline void bed_on_silence(struct line_port *port, void *user)
{
    struct bed *bed = user;

    (void)port;
    bed->silent = bed->heard_length > 0;
}

static inline void bed_on_sent(struct line_port *port, void *user)
{
    (void)port;
    (void)user;
}

static const struct line_events bed_line_events = {bed_on_chars, bed_on_silence, bed_on_sent};

static inline bool bed_is_silent(void *user)
{
    return ((struct bed *)user)->silent;
}

// Asks over the line; returns the length of the reply PDU, 0 for silence of 2 s.
static inline size_t bed_line_ask(struct bed *bed, uint8_t unit, const void *pdu, size_t length,
                                  uint8_t *ret_pdu)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    struct core_until until = {.until_ns = core_now(bed->core) + 2 * SIM_NS_PER_S,
                               .wall_ns = 10 * SIM_NS_PER_S,
                               .done = bed_is_silent,
                               .user = bed};

    if (!bed->master) {
        ck_assert_int_eq(line_attach(bed->line, 0, LINE_PARITY_EVEN, &bed->master), 0);
        line_set_events(bed->master, &bed_line_events, bed);
    }
    bed->heard_length = 0;
    bed->silent = false;
    length = modbus_rtu_encode(unit, pdu, length, frame);
    ck_assert_int_eq(line_send(bed->master, frame, length), 0);
    core_run(bed->core, &until);
    if (bed->heard_length < MODBUS_RTU_BYTES_MIN)
        return 0;
    ck_assert_uint_eq(bed->heard[0], unit);
    ck_assert_uint_eq(modbus_crc(bed->heard, bed->heard_length - 2),
                      bed->heard[bed->heard_length - 2] | bed->heard[bed->heard_length - 1] << 8);
    memcpy(ret_pdu, bed->heard + 1, bed->heard_length - 3);
    return bed->heard_length - 3;
}

#endif
