// SPDX-License-Identifier: Apache-2.0
// Addresses and errors of the host's sockets in our words.
#include "sim/edge/socket_address.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "sim/base/err.h"

socklen_t socket_address_put(const struct address *address, struct sockaddr_storage *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (address->family == 6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(address->port);
        memcpy(&in6->sin6_addr, address->ip, 16);
        return sizeof(*in6);
    }
    struct sockaddr_in *in = (struct sockaddr_in *)ret;

    in->sin_family = AF_INET;
    in->sin_port = htons(address->port);
    memcpy(&in->sin_addr, address->ip, 4);
    return sizeof(*in);
}

struct address socket_address_get(const struct sockaddr_storage *from)
{
    struct address address = {0};
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
    const struct sockaddr_in *in = (const struct sockaddr_in *)from;

    if (from->ss_family == AF_INET) {
        address.family = 4;
        address.port = ntohs(in->sin_port);
        memcpy(address.ip, &in->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);

        address.family = mapped ? 4 : 6;
        address.port = ntohs(in6->sin6_port);
        memcpy(address.ip, in6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    }
    return address;
}

struct address socket_address_of(int fd)
{
    struct sockaddr_storage storage = {0};
    socklen_t length = sizeof(storage);

    getsockname(fd, (struct sockaddr *)&storage, &length);
    return socket_address_get(&storage);
}

int socket_error(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return ERR_REFUSED;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EADDRNOTAVAIL:
    case EACCES:
    case EPERM:
        return ERR_UNREACHABLE;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    default:
        return ERR_RESET;
    }
}
