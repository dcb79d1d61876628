// SPDX-License-Identifier: Apache-2.0
// A stream of any bytes through a TCP session, at once and in pieces: the replies are the same, and
// what is sent is whole frames again.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/proto/modbus/server_tcp.h"

enum { SENT_MAX = 1 << 16, TURNS_MAX = 512, INPUT_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sink {
    uint8_t sent[SENT_MAX];
    size_t length;
    bool resumed;
};

static struct modbus_route route(void *user, const struct modbus_mbap *request)
{
    (void)user;
    if (request->unit == 0)
        return (struct modbus_route){.kind = MODBUS_ROUTE_SILENT};
    return (struct modbus_route){.kind = MODBUS_ROUTE_EXCEPTION, .exception = request->pdu[0]};
}

static size_t take(void *user, const uint8_t *bytes, size_t length)
{
    struct sink *sink = user;

    assert(length <= SENT_MAX - sink->length);
    memcpy(sink->sent + sink->length, bytes, length);
    sink->length += length;
    return length;
}

static void resume(void *user)
{
    ((struct sink *)user)->resumed = true;
}

static const struct modbus_tcp_server_ops ops = {route, take, resume};

// Offers the stream as a conn does, `step` bytes more at a time; returns the last verdict.
static int play(const uint8_t *data, size_t size, size_t step, struct sink *ret_sink)
{
    struct modbus_tcp_server_options options = {.bytes_per_turn = 300};
    struct modbus_tcp_server session;
    size_t done = 0, have = 0, consumed;
    int err = 0;

    ret_sink->length = 0;
    modbus_tcp_server_init(&session, &ops, ret_sink, &options);
    for (int turn = 0; !err && (have < size || ret_sink->resumed); turn++) {
        if (!ret_sink->resumed)
            have = size - have < step ? size : have + step;
        ret_sink->resumed = false;
        err = modbus_tcp_server_feed(&session, 0, data + done, have - done, &consumed);
        assert(consumed <= have - done);
        done += consumed;
        assert(turn < TURNS_MAX);
    }
    modbus_tcp_server_done(&session);
    return err;
}

static void check_frames(const struct sink *sink)
{
    struct bytes_in in = bytes_in(sink->sent, sink->length);
    struct modbus_mbap frame;

    while (modbus_mbap_next(&in, &frame) == 1)
        assert(frame.length == 2 && frame.pdu[0] & 0x80);
    assert(bytes_left(&in) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sink whole, pieces;
    int err;

    if (size < 1 || size > INPUT_MAX)
        return 0;
    whole.resumed = pieces.resumed = false;
    err = play(data + 1, size - 1, SIZE_MAX / 2, &whole);
    check_frames(&whole);
    if (play(data + 1, size - 1, 3 + data[0], &pieces) != err || whole.length != pieces.length ||
        memcmp(whole.sent, pieces.sent, whole.length) != 0)
        abort();
    return 0;
}
