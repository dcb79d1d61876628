// SPDX-License-Identifier: Apache-2.0
// Which request of a gateway is next, and which gives way when the queue is full. For this folder
// only.
#ifndef SIM_PROTO_MODBUS_GATEWAY_QUEUE_H
#define SIM_PROTO_MODBUS_GATEWAY_QUEUE_H

#include "sim/proto/modbus/gateway.h"

// The request to send next; NULL when none waits.
struct modbus_gateway_entry *modbus_gateway_pick(struct modbus_gateway *gateway);

// Room for a request; NULL when there is none.
struct modbus_gateway_entry *modbus_gateway_free_entry(struct modbus_gateway *gateway);

// The newest waiting request of the client that holds most, when that is at least two more than
// `client` holds; NULL otherwise.
struct modbus_gateway_entry *modbus_gateway_victim(struct modbus_gateway *gateway,
                                                   const void *client);

// Copies a request into `entry`, which is free or being given up, and gives it its turn.
void modbus_gateway_fill(struct modbus_gateway *gateway, struct modbus_gateway_entry *entry,
                         const struct modbus_forward *forward);

#endif
