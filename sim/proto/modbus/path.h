// SPDX-License-Identifier: Apache-2.0
// A way by which a request leaves for somebody else and its answer comes back later: a serial
// gateway (gateway.h), a Modbus TCP child, a radio child. A TCP session (server_tcp.h) hands
// requests to a path and need not know which kind it is.
#ifndef SIM_PROTO_MODBUS_PATH_H
#define SIM_PROTO_MODBUS_PATH_H

#include <stddef.h>
#include <stdint.h>

// One request on its way. The path copies what it keeps, `pdu` (1 to 253 bytes) above all.
struct modbus_forward {
    uint8_t unit;
    const uint8_t *pdu;
    size_t length;
    int64_t arrived_ns; // Deadlines count from here.
    // Called once, unless cancelled or refused: the reply PDU (borrowed, 1 to 253 bytes), or length
    // 0 when there is nothing to answer (broadcast). May come from inside another request's
    // forward().
    void (*answer)(void *client, uint32_t ticket, const uint8_t *pdu, size_t length);
    void *client;    // Who asks; requests of one client are kept from starving those of another.
    uint32_t ticket; // The client's name for this request; unique among its requests under way.
};

// Embedded in each kind's own struct.
struct modbus_path {
    // Takes the request and returns 0, or returns the exception code to answer at once (`answer` is
    // then not called). `answer` is never called for this request before forward() returns.
    uint8_t (*forward)(struct modbus_path *path, const struct modbus_forward *forward);
    // Forgets all requests of `client`: no answer comes for them any more. What is already on the
    // wire finishes there and its reply is dropped.
    void (*cancel)(struct modbus_path *path, const void *client);
};

#endif
