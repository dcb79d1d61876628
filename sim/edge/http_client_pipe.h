// SPDX-License-Identifier: Apache-2.0
// A descriptor for a library that insists on one and on connecting it by itself: its other end, a
// socket of this process, is joined to a conn of any host. libcurl 7.88 connects a socket that
// stands already once more (curl issue 10626), which rules a socket pair out, and uses no
// connection twice whose peer has no printable name, which rules an abstract one out. So the name
// is a file, for as long as it takes to connect, in a folder of our own. For the files of this
// room.
#ifndef SIM_EDGE_HTTP_CLIENT_PIPE_H
#define SIM_EDGE_HTTP_CLIENT_PIPE_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sim/edge/socket_conn.h"
#include "sim/vnet/port.h"

struct http_pipe;

// Tells why the conn of a pipe ended: 0 for good order, else as on_end. The descriptor shows its
// end after this. Comes at most once, not after http_pipe_forget().
typedef void http_pipe_fn(void *user, int reason);

// The pipes of one client.
struct http_pipes {
    struct socket_conns ends; // The inner ends.
    struct http_pipe *first;
    size_t count;
    uint64_t opened;
    char folder[88]; // "" until the first pipe.
};

void http_pipes_init(struct http_pipes *pipes, struct core *core);
void http_pipes_done(struct http_pipes *pipes); // Resets every conn, without callback.

// Where the library connects to.
struct http_pipe_name {
    struct sockaddr_un address;
    socklen_t length;
};

// Connects from `host` to `to`, and makes a descriptor (the caller's, to close) that has to be
// connected to *ret_name before this turn goes on; what is written to it waits until the conn
// stands. Returns 0, -errno, or as host_connect().
int http_pipe_open(struct http_pipes *pipes, struct host *host, const struct address *to,
                   http_pipe_fn *fn, void *user, int *ret_fd, struct http_pipe_name *ret_name);

// No callback to `user` any more: its pipes live on until their descriptors are closed.
void http_pipes_forget(struct http_pipes *pipes, const void *user);

#endif
