// SPDX-License-Identifier: Apache-2.0
// The gate of a device: a conn on top of an accepted one that knows the device. While the device is
// paused nothing passes inwards; what a dying device says is lost; and the clients of one interface
// can be cut off without those of another. TLS and HTTP lie above and need not know.
#ifndef DEVICES_PANEL_SERVER_WIRE_GATE_H
#define DEVICES_PANEL_SERVER_WIRE_GATE_H

#include <stddef.h>

#include "sim/device/device.h"

struct gate_conn;

// The conns of one device that came in; zero-initialise `first`.
struct gates {
    struct device *device;
    struct gate_conn *first;
    size_t count;
};

// Puts a gate on `below`, which stands and is the gate's from here on; `port` is by which it came.
// Who takes the upper conn sets its events before returning to the turn. Never NULL.
struct conn *gate_new(struct gates *gates, const struct device_port *port, struct conn *below);

// Resets the conns that came by `port`, NULL: all of them. Above, on_end(ERR_RESET) follows.
void gates_reset(struct gates *gates, const struct device_port *port);

// The device runs on after a pause.
void gates_resume(struct gates *gates);

// By which port of the device a client came whose local address this is; NULL when it has gone.
const struct device_port *gates_port(const struct gates *gates, const struct address *remote);

#endif
