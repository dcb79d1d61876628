// SPDX-License-Identifier: Apache-2.0
// A device as Modbus server on its wires: the TCP service on the hosts of its ports, with one limit
// of clients for the whole device, and the slave on a serial drop. Framing and answers are
// sim/proto/modbus; here are listeners, conns, silence and delay. Nothing is taken from a wire
// while the device is paused, and nothing is sent once its supply is gone. Modbus Messaging on
// TCP/IP V1.0b 4.2; Modbus over Serial Line V1.02 2.4, 2.5.
#ifndef SIM_DEVICE_MODBUS_PORT_H
#define SIM_DEVICE_MODBUS_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/timer.h"
#include "sim/device/device.h"
#include "sim/proto/modbus/path.h"
#include "sim/proto/modbus/server.h"
#include "sim/proto/modbus/server_rtu.h"
#include "sim/proto/modbus/server_tcp.h"

// ---- TCP ----

#define MODBUS_SERVICE_CLIENTS_MAX 128

struct modbus_service;

struct modbus_service_options {
    uint16_t clients_max;      // 1 to MODBUS_SERVICE_CLIENTS_MAX; one more client is reset.
    uint16_t transactions_max; // As in struct modbus_tcp_server_options.
    uint32_t bytes_per_turn;
};

// Who answers a request that came to `port`. As route() of server_tcp.h.
typedef struct modbus_route modbus_service_route_fn(void *user, struct device_port *port,
                                                    const struct modbus_mbap *request);

// The limits of a profile (`modbus.clients_max`, `modbus.transactions_max`).
struct modbus_service_options modbus_service_options(const struct profile *profile);

// A service without a listener. `device`, `route` and `user` are borrowed. Never NULL.
struct modbus_service *modbus_service_new(struct device *device,
                                          const struct modbus_service_options *options,
                                          modbus_service_route_fn *route, void *user);
void modbus_service_free(struct modbus_service **service);

// Listens on TCP `tcp_port` at the address of `port`; already open is 0. Errors as host_listen(),
// ERR_NOT_FOUND when the port has no host.
int modbus_service_open(struct modbus_service *service, struct device_port *port,
                        uint16_t tcp_port);
// Stops listening there and resets the clients that came by it.
void modbus_service_close(struct modbus_service *service, struct device_port *port);
bool modbus_service_is_open(const struct modbus_service *service, const struct device_port *port);

// Closes every port (supply lost).
void modbus_service_close_all(struct modbus_service *service);

// Clients connected, and requests answered since the start.
size_t modbus_service_clients(const struct modbus_service *service);
uint64_t modbus_service_requests(const struct modbus_service *service);

// `path` stops answering: what clients asked of it is answered with `exception`.
void modbus_service_path_gone(struct modbus_service *service, const struct modbus_path *path,
                              uint8_t exception);

// ---- A server that takes its time ----

#define MODBUS_DELAY_SLOTS 16

// How long this request takes to be answered, in ns, 0 or more.
typedef int64_t modbus_delay_fn(void *user, const uint8_t *pdu, size_t length);

struct modbus_delay_slot {
    struct modbus_delay *owner;
    struct timer timer;
    void (*answer)(void *client, uint32_t ticket, const uint8_t *pdu, size_t length);
    void *client; // NULL: free.
    sim_time_ns takes_ns;
    uint32_t ticket;
    uint16_t length;
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
};

// A path in front of a server of the device itself: the request is carried out when its time has
// come, one after the other. Full: exception 06. Whose client has gone is dropped, and those behind
// it move up; the one that has begun keeps its time.
struct modbus_delay {
    struct modbus_path path; // First.
    struct device *device;
    struct modbus_server *server;
    modbus_delay_fn *delay;
    void *user;
    sim_time_ns free_ns; // When the one before is done.
    struct modbus_delay_slot slots[MODBUS_DELAY_SLOTS];
};

void modbus_delay_init(struct modbus_delay *delay, struct device *device,
                       struct modbus_server *server, modbus_delay_fn *fn, void *user);
// Forgets everything under way (supply lost); the service closes its clients first.
void modbus_delay_clear(struct modbus_delay *delay);

// ---- Serial ----

struct modbus_slave {
    struct device *device;
    struct line_port *line; // NULL while closed.
    struct modbus_rtu_server port;
    struct device_input input;
    struct timer timer; // The reply's delay.
    modbus_delay_fn *delay;
    void *user;
    sim_time_ns last_ns; // End of the last character heard.
    size_t reply_length;
    uint8_t reply[MODBUS_RTU_BYTES_MAX];
    uint64_t requests;
};

// A slave for `units` (borrowed), closed. `delay` may be NULL: answers at the first silence.
void modbus_slave_init(struct modbus_slave *slave, struct device *device,
                       const struct modbus_rtu_unit *units, size_t units_count,
                       modbus_delay_fn *delay, void *user);

// Listens on a drop (borrowed) and takes its events; close leaves the drop deaf, an answer owed is
// dropped.
void modbus_slave_open(struct modbus_slave *slave, struct line_port *line);
void modbus_slave_close(struct modbus_slave *slave);

#endif
