// SPDX-License-Identifier: Apache-2.0
// Packet sockets. The destination of each packet is asked of the kernel (IP_PKTINFO), because a
// port that is bound to every address, or has joined a group, hears more than one.
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/socket_address.h"
#include "sim/edge/socket_host.h"
#include "sim/edge/sockets.h"

#define UDP_BYTES_MAX 65507

struct edge_udp {
    struct udp udp; // First.
    struct edge_host *host;
    struct edge_udp *next;
    struct edge_udp *previous;
    struct loop_io *io;
    struct address at;
    int family; // Of the socket: AF_INET or AF_INET6.
    udp_fn *fn;
    void *user;
    bool busy; // In on_io(); one that is closed there is freed at its end.
    bool gone;
};

// The address a packet was sent to, from its control data; the bound one where there is none.
static struct address destination(const struct edge_udp *udp, struct msghdr *message)
{
    struct address to = udp->at;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        struct sockaddr_storage storage = {0};

        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof(info));
            storage.ss_family = AF_INET;
            ((struct sockaddr_in *)&storage)->sin_addr = info.ipi_addr;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof(info));
            storage.ss_family = AF_INET6;
            ((struct sockaddr_in6 *)&storage)->sin6_addr = info.ipi6_addr;
        } else {
            continue;
        }
        to = socket_address_get(&storage);
        to.port = udp->at.port;
    }
    return to;
}

// Returns whether another may be read.
static bool receive_one(struct edge_udp *udp)
{
    struct sockaddr_storage storage;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    uint8_t *buffer = udp->host->conns.buffer;
    struct iovec bytes = {.iov_base = buffer, .iov_len = EDGE_READ_BYTES};
    struct msghdr message = {.msg_name = &storage,
                             .msg_namelen = sizeof(storage),
                             .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t length = recvmsg(loop_io_fd(udp->io), &message, 0);
    struct address from;
    struct address to;

    if (length < 0)
        return errno == EINTR || errno == ECONNREFUSED; // An ICMP answer to a packet of ours.
    from = socket_address_get(&storage);
    to = destination(udp, &message);
    udp->fn(&udp->udp, &from, &to, buffer, (size_t)length, udp->user);
    return !udp->gone;
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    struct edge_udp *udp = user;

    (void)io;
    (void)revents;
    udp->busy = true;
    for (int i = 0; i < EDGE_PACKETS_PER_TURN && receive_one(udp); i++)
        ;
    udp->busy = false;
    if (udp->gone)
        free(udp);
}

int edge_host_udp_open(struct host *base, const struct address *at, udp_fn *fn, void *user,
                       struct udp **ret)
{
    struct edge_host *host = (struct edge_host *)base;
    struct sockaddr_storage storage;
    socklen_t length = sizeof(storage);
    struct edge_udp *udp;
    int one = 1;
    int error;
    int fd;

    error = edge_host_bind(host, SOCK_DGRAM, at, &fd);
    if (error)
        return error;
    udp = mem_new(1, sizeof(*udp));
    getsockname(fd, (struct sockaddr *)&storage, &length);
    udp->family = storage.ss_family;
    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
    if (udp->family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
    udp->udp.ops = host->host.ops;
    udp->host = host;
    udp->at = socket_address_get(&storage);
    udp->fn = fn;
    udp->user = user;
    udp->next = host->udps;
    if (udp->next)
        udp->next->previous = udp;
    host->udps = udp;
    udp->io = loop_io_new(core_loop(host->core), fd, LOOP_READ, on_io, udp);
    *ret = &udp->udp;
    return 0;
}

int edge_host_udp_join(struct udp *base, const struct address *group)
{
    struct edge_udp *udp = (struct edge_udp *)base;
    int fd = loop_io_fd(udp->io);
    int result;

    if (!address_multicast(group))
        return ERR_RANGE;
    if (group->family == 4) {
        struct ip_mreqn request = {0};

        memcpy(&request.imr_multiaddr, group->ip, 4);
        if (udp->at.family == 4)
            memcpy(&request.imr_address, udp->at.ip, 4);
        result = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request));
    } else {
        struct ipv6_mreq request = {0};

        memcpy(&request.ipv6mr_multiaddr, group->ip, 16);
        result = setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request));
    }
    if (result < 0 && errno != EADDRINUSE)
        return errno == ENOBUFS ? ERR_TOO_MANY : -errno;
    return 0;
}

// An IPv6 socket that is bound to every address writes IPv4 addresses in their mapped form.
static void map_into_6(struct address *address)
{
    uint8_t four[4];

    memcpy(four, address->ip, 4);
    memset(address->ip, 0, 10);
    memset(address->ip + 10, 0xFF, 2);
    memcpy(address->ip + 12, four, 4);
    address->family = 6;
}

int edge_host_udp_send(struct udp *base, const struct address *to, const void *data, size_t length)
{
    struct edge_udp *udp = (struct edge_udp *)base;
    struct sockaddr_storage storage;
    struct address where = *to;

    if (length > UDP_BYTES_MAX)
        return ERR_TOO_LONG;
    if (udp->family == AF_INET6 && where.family == 4)
        map_into_6(&where);
    if (sendto(loop_io_fd(udp->io), data, length, MSG_NOSIGNAL, (struct sockaddr *)&storage,
               socket_address_put(&where, &storage)) < 0 &&
        errno != EAGAIN && errno != ECONNREFUSED)
        return -errno;
    return 0;
}

void edge_host_udp_close(struct udp *base)
{
    struct edge_udp *udp = (struct edge_udp *)base;
    int fd = loop_io_fd(udp->io);

    if (udp->previous)
        udp->previous->next = udp->next;
    else
        udp->host->udps = udp->next;
    if (udp->next)
        udp->next->previous = udp->previous;
    loop_io_free(&udp->io);
    close(fd);
    udp->gone = true;
    if (!udp->busy)
        free(udp);
}

struct address edge_udp_address(const struct udp *base)
{
    return ((const struct edge_udp *)base)->at;
}

void edge_udp_set_silent(struct udp *base, bool silent)
{
    edge_socket_set_silent(loop_io_fd(((struct edge_udp *)base)->io), silent);
}
