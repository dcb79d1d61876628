// SPDX-License-Identifier: Apache-2.0
// For tests alone: what a Modbus server of a test answers. The thread that plays it is test_peer.h.
#ifndef BENCH_TEST_ANSWER_H
#define BENCH_TEST_ANSWER_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "sim/base/address.h"
#include "sim/base/bytes.h"
#include "sim/proto/modbus/mbap.h"
#include "sim/proto/modbus/rtu.h"
#include "sim/proto/modbus/test_store.h"

#define TEST_PEER_CLOSE ((size_t)-1)
#define TEST_PEER_CONNS_MAX 4

struct test_peer;

// One frame came (a whole one); returns the bytes to send, 0 for silence, TEST_PEER_CLOSE to end
// the connection.
typedef size_t test_peer_fn(struct test_peer *peer, const uint8_t *frame, size_t length,
                            uint8_t ret_bytes[512]);

struct test_peer {
    test_peer_fn *_Atomic fn;
    struct test_store store;
    const char *_Atomic script; // Hex, for test_peer_script().
    atomic_uint frames;
    atomic_bool silent;
    bool line;
    int fd;                         // Listening socket, or the pty's own end.
    int conns[TEST_PEER_CONNS_MAX]; // -1: none.
    int stop;
    struct address at;
    char path[128];
    pthread_t thread;
};

// ---- Answers ----

static inline size_t test_peer_engine(struct test_peer *peer, const uint8_t *frame, size_t length,
                                      uint8_t ret_bytes[512])
{
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    struct modbus_rtu_frame rtu;
    struct modbus_rtu_rx rx;
    struct modbus_mbap mbap;
    struct bytes_in in = bytes_in(frame, length);
    size_t reply_length;

    if (peer->line) {
        modbus_rtu_reset(&rx);
        modbus_rtu_chars(&rx, frame, length, false);
        if (modbus_rtu_silence(&rx, &rtu) != 1)
            return 0;
        reply_length = modbus_serve(&peer->store.server, rtu.unit == 0, rtu.pdu, rtu.length, reply);
        return reply_length && rtu.unit
                   ? modbus_rtu_encode(rtu.unit, reply, reply_length, ret_bytes)
                   : 0;
    }
    if (modbus_mbap_next(&in, &mbap) != 1)
        return TEST_PEER_CLOSE;
    reply_length = modbus_serve(&peer->store.server, false, mbap.pdu, mbap.length, reply);
    modbus_mbap_put(ret_bytes, mbap.transaction, mbap.unit, reply_length);
    memcpy(ret_bytes + MODBUS_MBAP_BYTES, reply, reply_length);
    return MODBUS_MBAP_BYTES + reply_length;
}

// Sends peer->script as it stands; each "TT" in it stands for the request's transaction.
static inline size_t test_peer_script(struct test_peer *peer, const uint8_t *frame, size_t length,
                                      uint8_t ret_bytes[512])
{
    const char *at = atomic_load(&peer->script);
    size_t count = 0;

    (void)length;
    while (*at) {
        char hex[256];
        const char *mark = strstr(at, "TT");
        size_t part = mark ? (size_t)(mark - at) : strlen(at);

        assert(part < sizeof(hex));
        memcpy(hex, at, part);
        hex[part] = '\0';
        count += test_hex(hex, ret_bytes + count, 512 - count);
        if (mark) {
            memcpy(ret_bytes + count, frame, 2);
            count += 2;
        }
        at += part + (mark ? 2 : 0);
    }
    return count;
}

static inline size_t test_peer_hang_up(struct test_peer *peer, const uint8_t *frame, size_t length,
                                       uint8_t ret_bytes[512])
{
    (void)peer;
    (void)frame;
    (void)length;
    (void)ret_bytes;
    return TEST_PEER_CLOSE;
}

#endif
