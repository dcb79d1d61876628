// SPDX-License-Identifier: Apache-2.0
// The host itself: binding, connecting, and the count of descriptors.
#include "sim/edge/sockets.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/socket_address.h"
#include "sim/edge/socket_host.h"

#define EDGE_HOLD_NS SIM_NS_PER_S

static int error_of(int error)
{
    switch (error) {
    case EADDRINUSE:
        return ERR_EXISTS;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return ERR_NOT_FOUND;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
        return ERR_TOO_MANY;
    default:
        return -error;
    }
}

// A socket below the limit of descriptors.
static int open_socket(const struct edge_host *host, int family, int type, int *ret_fd)
{
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return error_of(errno);
    if (fd >= host->fd_end) {
        close(fd);
        return ERR_TOO_MANY;
    }
    *ret_fd = fd;
    return 0;
}

int edge_host_bind(struct edge_host *host, int type, const struct address *at, int *ret_fd)
{
    struct sockaddr_storage storage;
    struct address where = *at;
    bool everywhere = where.family == 0;
    int one = 1;
    int zero = 0;
    int error;
    int fd = -1;

    if (everywhere && host->bind.family) {
        where = host->bind;
        where.port = at->port;
        everywhere = false;
    } else if (everywhere) {
        where.family = 6;
    }
    error = open_socket(host, where.family == 6 ? AF_INET6 : AF_INET, type, &fd);
    if (error == ERR_NOT_FOUND && everywhere) { // A host without IPv6.
        where.family = 4;
        error = open_socket(host, AF_INET, type, &fd);
    }
    if (error)
        return error;
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (where.family == 6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, everywhere ? &zero : &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&storage, socket_address_put(&where, &storage)) < 0) {
        error = error_of(errno);
        close(fd);
        return error;
    }
    *ret_fd = fd;
    return 0;
}

void edge_socket_set_silent(int fd, bool silent)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program;

    memset(&program, 0, sizeof(program)); // Its padding goes to the kernel too.
    program.len = 1;
    program.filter = &nothing;
    if (silent)
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
    else
        setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &program, sizeof(program));
}

static int edge_host_connect(struct host *base, const struct address *to,
                             const struct conn_events *events, void *user, struct conn **ret)
{
    struct edge_host *host = (struct edge_host *)base;
    struct sockaddr_storage storage;
    struct address from = host->bind;
    enum socket_stage stage = SOCKET_CONNECTED;
    struct conn *conn;
    int failed = 0;
    int one = 1;
    int error;
    int fd = -1;

    if (from.family && from.family != to->family)
        return ERR_UNREACHABLE;
    error = open_socket(host, to->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM, &fd);
    if (error)
        return error;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    from.port = 0;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
    if (from.family &&
        bind(fd, (struct sockaddr *)&storage, socket_address_put(&from, &storage)) < 0) {
        error = error_of(errno);
        close(fd);
        return error == ERR_NOT_FOUND ? ERR_UNREACHABLE : error;
    }
    if (connect(fd, (struct sockaddr *)&storage, socket_address_put(to, &storage)) < 0) {
        failed = errno == EINPROGRESS ? 0 : errno;
        stage = SOCKET_CONNECTING;
    }
    if (failed && socket_error(failed) == ERR_UNREACHABLE) {
        close(fd);
        return ERR_UNREACHABLE;
    }
    conn = socket_conn_new(&host->conns, fd, stage);
    conn->events = events;
    conn->user = user;
    conn->local = socket_address_of(fd);
    conn->remote = *to;
    if (failed)
        socket_conn_fail(conn, failed);
    *ret = conn;
    return 0;
}

static const struct host_ops edge_host_ops = {
    .listen = edge_host_listen,
    .unlisten = edge_host_unlisten,
    .connect = edge_host_connect,
    .udp_open = edge_host_udp_open,
    .udp_join = edge_host_udp_join,
    .udp_send = edge_host_udp_send,
    .udp_close = edge_host_udp_close,
};

struct host *edge_host_new(struct core *core, const struct edge_host_options *options)
{
    struct edge_host *host = mem_new(1, sizeof(*host));
    struct rlimit limit = {0};

    getrlimit(RLIMIT_NOFILE, &limit);
    host->host.ops = &edge_host_ops;
    host->core = core;
    host->fd_end = limit.rlim_cur > INT32_MAX ? INT32_MAX : (int)limit.rlim_cur - EDGE_FD_RESERVE;
    host->conns = (struct socket_conns){.core = core, .buffer = mem_new(1, EDGE_READ_BYTES)};
    host->fd_timer = loop_timer_new(core_loop(core), edge_host_fd_timer, host);
    if (options)
        host->bind = options->bind;
    if (options && options->hold)
        host->conns.hold_ns = options->hold_ns ? options->hold_ns : EDGE_HOLD_NS;
    return &host->host;
}

void edge_host_free(struct host **base)
{
    struct edge_host *host = (struct edge_host *)*base;

    if (!host)
        return;
    socket_conns_reset(&host->conns);
    while (host->listeners)
        edge_host_unlisten((struct listener *)host->listeners);
    while (host->udps)
        edge_host_udp_close((struct udp *)host->udps);
    loop_timer_free(&host->fd_timer);
    free(host->conns.buffer);
    free(host);
    *base = NULL;
}

struct edge_host_stats edge_host_stats(const struct host *base)
{
    const struct edge_host *host = (const struct edge_host *)base;

    return (struct edge_host_stats){
        .conns = host->conns.count, .accepted = host->accepted, .postponed = host->postponed};
}
