// SPDX-License-Identifier: Apache-2.0
// Our own Modbus masters on real ports: over a conn of any host (the runner's place in the virtual
// network, a socket of the bench) and over a drop of a line. The session without wires is
// master_session.h.
#ifndef SIM_PROTO_MODBUS_VERBS_CARRIERS_H
#define SIM_PROTO_MODBUS_VERBS_CARRIERS_H

#include "sim/proto/modbus/master.h"
#include "sim/vnet/port.h"

// A Modbus TCP master that connects from `from` (borrowed) to `to` at the first request, and again
// at the first request after the connection ended. Several requests may be under way. Freed by
// modbus_master_free(); requests still waiting are then forgotten. Never NULL.
struct modbus_master *modbus_master_tcp_new(struct host *from, const struct address *to,
                                            struct timers *timers);

// A Modbus RTU master on a line drop (taken; detached when freed).
struct modbus_master *modbus_master_rtu_new(struct line_port *port, struct timers *timers);

// Ends the connection of a TCP master in good order; the next request connects anew. Waiting
// requests end ERR_CLOSED.
void modbus_master_tcp_close(struct modbus_master *master);

#endif
