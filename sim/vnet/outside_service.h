// SPDX-License-Identifier: Apache-2.0
// Where the virtual network meets the host it runs on. Whoever bridges the two watches the services
// of the simulated hosts, to open and close real listeners exactly when they do, brings real
// clients in through an outside host under their own addresses, and takes out what hosts send to
// nobody of their segment.
#ifndef SIM_VNET_OUTSIDE_SERVICE_H
#define SIM_VNET_OUTSIDE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/vnet/port.h"

struct vnet;

// ---- Watching: real listeners open and close when the devices' do ---------------------

enum vnet_proto { VNET_TCP, VNET_UDP };

// `at` is a concrete address and port, once for each address that the service is bound to,
// including those that the host gets later. Called for what exists already when the watch begins.
// Hosts made by vnet_host_new_outside() are left out. on_up tells of vnet_host_set_up(): listeners
// stay declared meanwhile, but must fall silent. The callbacks may connect and send, not add or
// free hosts.
struct vnet_watch {
    void (*on_listen)(struct host *host, enum vnet_proto proto, const struct address *at,
                      void *user);
    void (*on_unlisten)(struct host *host, enum vnet_proto proto, const struct address *at,
                        void *user);
    void (*on_up)(struct host *host, bool up, void *user);
};

// One watcher a network; `watch` and `user` are borrowed; NULL ends it.
void vnet_set_watch(struct vnet *vnet, const struct vnet_watch *watch, void *user);

// ---- Outside hosts --------------------------------------------------------------------

// host_connect() in the name of a real client: the device sees `from` as the remote address. `from`
// need not be an address of the host. Errors as host_connect().
int vnet_connect_from(struct host *outside, const struct address *from, const struct address *to,
                      const struct conn_events *events, void *user, struct conn **ret);

// Lets `conn` hand its bytes to the holder even while another callback of the network runs: on_data
// may then come from inside the holder's own conn_send(). For a bridge, which only passes them on:
// the answer to a request needs no copy. Its on_data must send to nobody of the network.
void vnet_conn_set_direct(struct conn *conn);

// A packet in the name of a real client. Errors as udp_send().
int vnet_send_from(struct host *outside, const struct address *from, const struct address *to,
                   const void *data, size_t length);

// What hosts send to addresses that no host of the segment has. on_connect gets a conn whose
// `local` is the address that was asked for: set its events, then answer, at once or later, with
// vnet_conn_accept() or vnet_conn_refuse(); it ends like any conn if the asker gives up. on_packet
// gets what is not multicast.
struct vnet_outward {
    void (*on_connect)(struct conn *conn, void *user);
    void (*on_packet)(const struct address *from, const struct address *to, const uint8_t *data,
                      size_t length, void *user);
};

// Makes `outside` the way out of its segments; borrowed; NULL ends it. One a segment: the last one
// set.
void vnet_set_outward(struct host *outside, const struct vnet_outward *outward, void *user);

void vnet_conn_accept(struct conn *conn);

// `reason` is what the asker's on_end gets: ERR_REFUSED (RST), ERR_UNREACHABLE or ERR_TIMEOUT. The
// conn is gone.
void vnet_conn_refuse(struct conn *conn, int reason);

#endif
