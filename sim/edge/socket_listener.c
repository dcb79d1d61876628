// SPDX-License-Identifier: Apache-2.0
// Listening sockets. A listener accepts a bounded number in a turn, so that a crowd at one door
// does not hold up the others. When the descriptors are used up those at whose door somebody stands
// pause; the kernel's own queue keeps the clients meanwhile.
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/socket_address.h"
#include "sim/edge/socket_host.h"
#include "sim/edge/sockets.h"

#define LISTENER_BACKLOG 1024
#define LISTENER_RETRY_NS (100 * SIM_NS_PER_MS)
#define LISTENER_SAY_NS (10 * SIM_NS_PER_S) // Between two log lines about it.

struct edge_listener {
    struct listener listener; // First.
    struct edge_host *host;
    struct edge_listener *next;
    struct edge_listener *previous;
    struct edge_listener *paused_next;
    struct loop_io *io;
    struct address at;
    listener_fn *fn;
    void *user;
    bool everywhere; // Each conn is asked which address it came to.
    bool silent;
    bool paused;
    bool busy; // In on_io(); one that is closed there is freed at its end.
    bool gone;
};

static void watch(struct edge_listener *listener)
{
    loop_io_set(listener->io, listener->silent || listener->paused ? 0 : LOOP_READ);
}

static void pause_for_fds(struct edge_listener *listener)
{
    struct edge_host *host = listener->host;
    char text[ADDRESS_TEXT_ROOM];

    if (!host->paused) {
        host->postponed++;
        if (loop_host_ns() >= host->fd_say_ns) {
            log_warn(address_text(&listener->at, text),
                     "clients wait: %d descriptors are in use (ulimit -n)", host->fd_end);
            host->fd_say_ns = loop_host_ns() + LISTENER_SAY_NS;
        }
        loop_timer_start(host->fd_timer, LISTENER_RETRY_NS);
    }
    listener->paused = true;
    listener->paused_next = host->paused;
    host->paused = listener;
    watch(listener);
}

void edge_host_fd_timer(struct loop_timer *timer, void *user)
{
    struct edge_host *host = user;
    struct edge_listener *listener = host->paused;
    int fd;

    if (!listener)
        return;
    fd = fcntl(loop_io_fd(listener->io), F_DUPFD_CLOEXEC, 0); // The lowest that is free.
    if (fd >= 0)
        close(fd);
    if (fd < 0 || fd >= host->fd_end) {
        loop_timer_start(timer, LISTENER_RETRY_NS);
        return;
    }
    while ((listener = host->paused)) {
        host->paused = listener->paused_next;
        listener->paused = false;
        watch(listener);
    }
}

// Returns whether another may be accepted.
static bool accept_one(struct edge_listener *listener)
{
    struct edge_host *host = listener->host;
    struct sockaddr_storage storage;
    socklen_t length = sizeof(storage);
    struct conn *conn;
    int one = 1;
    int fd = accept4(loop_io_fd(listener->io), (struct sockaddr *)&storage, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_for_fds(listener);
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (fd >= host->fd_end) { // Somebody else of this process took the last one.
        close(fd);
        pause_for_fds(listener);
        return false;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    host->accepted++;
    conn = socket_conn_new(&host->conns, fd, SOCKET_STANDS);
    conn->remote = socket_address_get(&storage);
    conn->local = listener->everywhere ? socket_address_of(fd) : listener->at;
    listener->fn(&listener->listener, conn, listener->user);
    if (listener->gone)
        return false;
    if (fd < host->fd_end - 1)
        return true;
    pause_for_fds(listener);
    return false;
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    struct edge_listener *listener = user;

    (void)io;
    (void)revents;
    listener->busy = true;
    for (int i = 0; i < EDGE_ACCEPTS_PER_TURN && accept_one(listener); i++)
        ;
    listener->busy = false;
    if (listener->gone)
        free(listener);
}

int edge_host_listen(struct host *base, const struct address *at, listener_fn *fn, void *user,
                     struct listener **ret)
{
    struct edge_host *host = (struct edge_host *)base;
    struct edge_listener *listener;
    int error;
    int fd;

    error = edge_host_bind(host, SOCK_STREAM, at, &fd);
    if (error)
        return error;
    if (listen(fd, LISTENER_BACKLOG) < 0) {
        error = errno == EADDRINUSE ? ERR_EXISTS : -errno;
        close(fd);
        return error;
    }
    listener = mem_new(1, sizeof(*listener));
    listener->listener.ops = host->host.ops;
    listener->host = host;
    listener->at = at->family && at->port ? *at : socket_address_of(fd);
    listener->everywhere = at->family == 0;
    listener->fn = fn;
    listener->user = user;
    listener->next = host->listeners;
    if (listener->next)
        listener->next->previous = listener;
    host->listeners = listener;
    listener->io = loop_io_new(core_loop(host->core), fd, LOOP_READ, on_io, listener);
    *ret = &listener->listener;
    return 0;
}

void edge_host_unlisten(struct listener *base)
{
    struct edge_listener *listener = (struct edge_listener *)base;
    struct edge_listener **link = &listener->host->paused;
    int fd = loop_io_fd(listener->io);

    while (listener->paused && *link != listener)
        link = &(*link)->paused_next;
    if (listener->paused)
        *link = listener->paused_next;
    if (listener->previous)
        listener->previous->next = listener->next;
    else
        listener->host->listeners = listener->next;
    if (listener->next)
        listener->next->previous = listener->previous;
    loop_io_free(&listener->io);
    close(fd);
    listener->gone = true;
    if (!listener->busy)
        free(listener);
}

struct address edge_listener_address(const struct listener *base)
{
    return ((const struct edge_listener *)base)->at;
}

void edge_listener_set_silent(struct listener *base, bool silent)
{
    struct edge_listener *listener = (struct edge_listener *)base;

    if (listener->silent == silent)
        return;
    listener->silent = silent;
    edge_socket_set_silent(loop_io_fd(listener->io), silent);
    watch(listener);
}
