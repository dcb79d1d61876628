// SPDX-License-Identifier: Apache-2.0
// What the files of an edge host share (sockets.c, socket_listener.c, socket_udp.c).
#ifndef SIM_EDGE_SOCKET_HOST_H
#define SIM_EDGE_SOCKET_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/edge/socket_conn.h"
#include "sim/vnet/port.h"

struct edge_listener;
struct edge_udp;
struct loop_timer;

struct edge_host {
    struct host host; // First.
    struct core *core;
    struct address bind;
    struct socket_conns conns;
    struct edge_listener *listeners;
    struct edge_udp *udps;
    int fd_end;                   // The first descriptor number that is not ours to take.
    struct edge_listener *paused; // Those that wait for descriptors.
    struct loop_timer *fd_timer;  // Looks whether there are some again.
    int64_t fd_say_ns;            // When the log may speak of it again, host time.
    uint64_t accepted;
    uint64_t postponed;
};

int edge_host_listen(struct host *host, const struct address *at, listener_fn *fn, void *user,
                     struct listener **ret);
void edge_host_unlisten(struct listener *listener);
void edge_host_fd_timer(struct loop_timer *timer, void *user);

int edge_host_udp_open(struct host *host, const struct address *at, udp_fn *fn, void *user,
                       struct udp **ret);
int edge_host_udp_join(struct udp *udp, const struct address *group);
int edge_host_udp_send(struct udp *udp, const struct address *to, const void *data, size_t length);
void edge_host_udp_close(struct udp *udp);

// A socket bound to `at` (family 0: every address, by IPv6 where there is any). Returns 0,
// ERR_EXISTS, ERR_NOT_FOUND, ERR_TOO_MANY or -errno.
int edge_host_bind(struct edge_host *host, int type, const struct address *at, int *ret_fd);

// Makes the kernel drop what comes for `fd`, before TCP or UDP sees it, and undoes it.
void edge_socket_set_silent(int fd, bool silent);

#endif
