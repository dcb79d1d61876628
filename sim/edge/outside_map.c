// SPDX-License-Identifier: Apache-2.0
// Addresses of the three modes, service names, and hints.
#include "sim/edge/outside_map.h"

#include <errno.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

struct service_row {
    enum vnet_proto proto;
    uint16_t port;
    const char *name;
};

// IANA Service Name and Transport Protocol Port Number Registry; sorted by protocol and port.
static const struct service_row service_rows[] = {
    {VNET_TCP, 21, "ftp"},
    {VNET_TCP, 22, "sftp"},
    {VNET_TCP, 25, "smtp"},
    {VNET_TCP, 53, "dns"},
    {VNET_TCP, 80, "http"},
    {VNET_TCP, 102, "iso-tsap"},
    {VNET_TCP, 443, "https"},
    {VNET_TCP, 465, "smtps"},
    {VNET_TCP, 502, "modbus"},
    {VNET_TCP, 514, "syslog"},
    {VNET_TCP, 587, "smtp"},
    {VNET_TCP, 802, "modbus-tls"},
    {VNET_TCP, 990, "ftps"},
    {VNET_TCP, 5357, "dpws"},
    {VNET_TCP, 6514, "syslog-tls"},
    {VNET_UDP, 53, "dns"},
    {VNET_UDP, 67, "dhcp"},
    {VNET_UDP, 68, "dhcp-client"},
    {VNET_UDP, 123, "ntp"},
    {VNET_UDP, 161, "snmp"},
    {VNET_UDP, 162, "snmp-trap"},
    {VNET_UDP, 514, "syslog"},
    {VNET_UDP, 546, "dhcp6-client"},
    {VNET_UDP, 547, "dhcp6"},
    {VNET_UDP, 3702, "ws-discovery"},
};

const char *outside_service_name(enum vnet_proto proto, uint16_t port)
{
    for (size_t i = 0; i < sizeof(service_rows) / sizeof(service_rows[0]); i++)
        if (service_rows[i].proto == proto && service_rows[i].port == port)
            return service_rows[i].name;
    return proto == VNET_TCP ? "tcp" : "udp";
}

int outside_map(const struct outside_options *options, size_t index, const struct address *at,
                struct address *ret)
{
    struct address real = *at;
    uint32_t port = (uint32_t)at->port + options->port_offset;

    if (options->mode == OUTSIDE_LOOPBACK && at->family != 4)
        return ERR_UNSUPPORTED;
    if (options->mode == OUTSIDE_LOOPBACK)
        real.ip[0] = 127;
    if (options->mode == OUTSIDE_PORTS) {
        real = options->at;
        port = (uint32_t)options->port_base + options->port_offset + (uint32_t)index;
    }
    if (index > UINT16_MAX && options->mode == OUTSIDE_PORTS)
        return ERR_RANGE;
    if (port > UINT16_MAX)
        return ERR_RANGE;
    real.port = (uint16_t)port;
    *ret = real;
    return 0;
}

// "10.77.0.0/16" of an address: what a site's network most likely is.
static void add_route(const struct address *address, struct str *text)
{
    if (address->family == 4)
        str_addf(text, "ip route add local %u.%u.0.0/16 dev lo", address->ip[0], address->ip[1]);
    else
        str_addf(text, "ip -6 route add local %x:%x:%x:%x::/64 dev lo",
                 address->ip[0] << 8 | address->ip[1], address->ip[2] << 8 | address->ip[3],
                 address->ip[4] << 8 | address->ip[5], address->ip[6] << 8 | address->ip[7]);
}

static void add_hint(const struct outside_options *options, const struct outside_row *row,
                     const char *taken_by, struct str *text)
{
    switch (row->error) {
    case -EACCES:
    case -EPERM:
        str_addf(text, "; ports below 1024 need rights: try --port-offset 10000");
        break;
    case ERR_EXISTS:
        if (taken_by)
            str_addf(
                text, "; %s has that address: %s", taken_by,
                options->mode == OUTSIDE_LOOPBACK
                    ? "networks that differ in their first number only need mode ports or anyip"
                    : "give the devices different addresses");
        else
            str_addf(text, "; another program listens there: stop it, or try --port-offset 10000");
        break;
    case ERR_NOT_FOUND:
        str_addf(text, "; first run: ");
        add_route(&row->real, text);
        break;
    case ERR_TOO_MANY:
        str_addf(text, "; raise the limit of descriptors: ulimit -n");
        break;
    case ERR_UNSUPPORTED:
        str_addf(text, "; loopback mode knows IPv4 only: use mode anyip or ports");
        break;
    case ERR_RANGE:
        str_addf(text, "; the port would be above 65535: use a smaller --port-offset or base port");
        break;
    default:
        break;
    }
}

static const char *reason(int error)
{
    if (error == ERR_NOT_FOUND)
        return "this computer has no such address";
    return error == ERR_EXISTS ? "the address is taken" : err_text(error);
}

void outside_explain(const struct outside_options *options, const struct outside_row *row,
                     const char *taken_by, struct str *text)
{
    char address[ADDRESS_TEXT_ROOM];

    str_addf(text, "cannot open %s for %s of %s: %s",
             address_text(row->real.family ? &row->real : &row->at, address), row->service,
             row->device, reason(row->error));
    add_hint(options, row, taken_by, text);
}
