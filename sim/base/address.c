// SPDX-License-Identifier: Apache-2.0
// Text forms through inet_pton(3) and inet_ntop(3), which touch no socket.
#include "sim/base/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"

static size_t address_ip_bytes(uint8_t family)
{
    return family == 4 ? 4 : family == 6 ? 16 : 0;
}

// Splits "host:port" or "[host]:port" into `ret_host`; a bare IPv6 address has no port.
static int address_split(const char *text, char ret_host[ADDRESS_TEXT_ROOM], uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');
    const char *begin = text;
    const char *end = text + strlen(text);
    long port = 0;
    char *rest;

    if (*text == '[') {
        begin = text + 1;
        end = strchr(text, ']');
        if (!end || (end[1] && end[1] != ':'))
            return ERR_SYNTAX;
        colon = end[1] ? end + 1 : NULL;
    } else if (colon && strchr(text, ':') == colon) {
        end = colon;
    } else {
        colon = NULL;
    }
    if (colon) {
        port = strtol(colon + 1, &rest, 10);
        if (!isdigit((unsigned char)colon[1]) || *rest || port < 1 || port > 65535)
            return ERR_SYNTAX;
    }
    if ((size_t)(end - begin) >= ADDRESS_TEXT_ROOM)
        return ERR_SYNTAX;
    memcpy(ret_host, begin, (size_t)(end - begin));
    ret_host[end - begin] = '\0';
    *ret_port = (uint16_t)port;
    return 0;
}

int address_parse(const char *text, struct address *ret)
{
    struct address address = {0};
    char host[ADDRESS_TEXT_ROOM];

    if (address_split(text, host, &address.port) < 0)
        return ERR_SYNTAX;
    if (*text != '[' && inet_pton(AF_INET, host, address.ip) == 1)
        address.family = 4;
    else if (inet_pton(AF_INET6, host, address.ip) == 1)
        address.family = 6;
    else
        return ERR_SYNTAX;
    *ret = address;
    return 0;
}

const char *address_text(const struct address *address, char ret[ADDRESS_TEXT_ROOM])
{
    char host[INET6_ADDRSTRLEN] = "none";

    if (address->family)
        inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->ip, host, sizeof(host));
    if (address->port)
        snprintf(ret, ADDRESS_TEXT_ROOM, address->family == 6 ? "[%s]:%u" : "%s:%u", host,
                 address->port);
    else
        snprintf(ret, ADDRESS_TEXT_ROOM, "%s", host);
    return ret;
}

bool address_same_ip(const struct address *left, const struct address *right)
{
    return left->family == right->family &&
           memcmp(left->ip, right->ip, address_ip_bytes(left->family)) == 0;
}

bool address_multicast(const struct address *address)
{
    if (address->family == 4)
        return address->ip[0] >> 4 == 14;
    return address->family == 6 && address->ip[0] == 0xFF;
}

int address_add(const struct address *address, uint32_t by, struct address *ret)
{
    struct address sum = *address;
    uint64_t carry = by;

    for (size_t i = address_ip_bytes(address->family); i-- > 0 && carry;) {
        carry += sum.ip[i];
        sum.ip[i] = (uint8_t)carry;
        carry >>= 8;
    }
    if (carry || address->family == 0)
        return ERR_RANGE;
    *ret = sum;
    return 0;
}
