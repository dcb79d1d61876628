// SPDX-License-Identifier: Apache-2.0
// Segments, hosts and their addresses: who is where, and who is told.
#include "sim/vnet/net.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/capture.h"
#include "sim/vnet/net_end.h"

#define PORT_DRAWN_FIRST 49152 // RFC 6335 6.
#define NAME_ROOM 96
#define TABLE_ROOM_FIRST 16

const struct host_ops vhost_ops = {
    .listen = net_listen,
    .unlisten = net_unlisten,
    .connect = net_connect,
    .udp_open = net_udp_open,
    .udp_join = net_udp_join,
    .udp_send = net_udp_send,
    .udp_close = net_udp_close,
};

// ---- The network -----------------------------------------------------------------------

static void reap(void *user)
{
    net_reap_pairs(user);
    net_reap_udps(user);
}

struct vnet *vnet_new(struct core *core, struct faults *faults, const struct vnet_options *options)
{
    struct vnet *vnet = mem_new(1, sizeof(*vnet));

    vnet->core = core;
    vnet->faults = faults;
    if (options)
        vnet->options = *options;
    if (vnet->options.arp_timeout_ns == 0)
        vnet->options.arp_timeout_ns = 3 * SIM_NS_PER_S;
    if (vnet->options.rto_ns == 0)
        vnet->options.rto_ns = 200 * SIM_NS_PER_MS;
    if (vnet->options.retries == 0)
        vnet->options.retries = 15;
    if (vnet->options.syn_retries == 0)
        vnet->options.syn_retries = 6;
    assert(vnet->options.retries <= VNET_RETRIES_MAX);
    assert(vnet->options.syn_retries <= VNET_RETRIES_MAX);
    vnet->events = true;
    vnet->generation = 1;
    vnet->reap = (struct core_work){.fn = reap, .user = vnet};
    vnet->arrivals = (struct core_work){.fn = net_arrivals, .user = vnet};
    faults_set_hook(faults, net_on_fault, vnet);
    return vnet;
}

static void segment_free(struct segment *segment)
{
    fault_anchor_done(&segment->anchor);
    free(segment->table);
    free(segment->name);
    free(segment);
}

void vnet_free(struct vnet **vnet)
{
    struct vnet *gone = *vnet;

    if (!gone)
        return;
    gone->watch = NULL;
    while (gone->hosts) {
        struct host *host = &gone->hosts->host;

        vnet_host_free(&host);
    }
    net_drop_packets(gone, NULL);
    core_cancel(gone->core, &gone->reap);
    core_cancel(gone->core, &gone->arrivals);
    reap(gone);
    while (gone->segments) {
        struct segment *segment = gone->segments;

        gone->segments = segment->next;
        segment_free(segment);
    }
    faults_set_hook(gone->faults, NULL, NULL);
    free(gone);
    *vnet = NULL;
}

void vnet_set_events(struct vnet *vnet, bool on)
{
    vnet->events = on;
}

void vnet_set_capture(struct vnet *vnet, struct capture *capture)
{
    vnet->capture = capture;
    for (struct segment *segment = vnet->segments; segment; segment = segment->next)
        segment->wire = capture ? capture_add_wire(capture, segment->name, CAPTURE_ETHERNET) : -1;
}

struct vnet_stats vnet_stats(const struct vnet *vnet)
{
    return vnet->stats;
}

void net_event(struct vnet *vnet, const struct vhost *host, uint16_t port, const void *data,
               size_t length)
{
    char id[NAME_ROOM];

    if (!vnet->events)
        return;
    snprintf(id, sizeof(id), "%s:%u", host->name, port);
    core_event(vnet->core, "wire", id, data, length);
}

// ---- Segments and their addresses ------------------------------------------------------

struct segment *vnet_segment_new(struct vnet *vnet, const char *name)
{
    struct segment *segment = mem_new(1, sizeof(*segment));
    struct segment **last = &vnet->segments;

    while (*last)
        last = &(*last)->next;
    *last = segment;
    segment->vnet = vnet;
    segment->name = str_copy(name);
    segment->room = TABLE_ROOM_FIRST;
    segment->table = mem_new(segment->room, sizeof(*segment->table));
    segment->wire = vnet->capture ? capture_add_wire(vnet->capture, name, CAPTURE_ETHERNET) : -1;
    fault_anchor_init(&segment->anchor, FAULT_LINK);
    return segment;
}

struct segment *vnet_segment_find(const struct vnet *vnet, const char *name)
{
    for (struct segment *segment = vnet->segments; segment; segment = segment->next)
        if (strcmp(segment->name, name) == 0)
            return segment;
    return NULL;
}

const char *vnet_segment_name(const struct segment *segment)
{
    return segment->name;
}

struct fault_anchor *vnet_segment_anchor(struct segment *segment)
{
    return &segment->anchor;
}

static size_t address_slot(const struct address *address, size_t room)
{
    uint64_t hash = 0xCBF29CE484222325u; // FNV-1a.
    size_t length = address->family == 6 ? 16 : 4;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ address->ip[i]) * 0x100000001B3u;
    return (size_t)(hash ^ hash >> 32) & (room - 1);
}

// The slot that holds the address, or the free one where it belongs.
static struct place **table_at(const struct segment *segment, const struct address *address)
{
    size_t slot = address_slot(address, segment->room);

    while (segment->table[slot] && !address_same_ip(&segment->table[slot]->address, address))
        slot = (slot + 1) & (segment->room - 1);
    return &segment->table[slot];
}

struct place *segment_lookup(const struct segment *segment, const struct address *address)
{
    return *table_at(segment, address);
}

static void table_rebuild(struct segment *segment, size_t room)
{
    struct place **old = segment->table;
    size_t old_room = segment->room;

    segment->table = mem_new(room, sizeof(*segment->table));
    segment->room = room;
    for (size_t i = 0; i < old_room; i++)
        if (old[i])
            *table_at(segment, &old[i]->address) = old[i];
    free(old);
}

static void table_add(struct segment *segment, struct place *place)
{
    if ((segment->count + 1) * 2 > segment->room)
        table_rebuild(segment, segment->room * 2);
    *table_at(segment, &place->address) = place;
    segment->count++;
}

static void table_remove(struct segment *segment, const struct place *place)
{
    struct place **at = table_at(segment, &place->address);
    size_t slot = (size_t)(at - segment->table);

    assert(*at == place);
    *at = NULL;
    segment->count--;
    // What was pushed on past the freed slot is put in its place again.
    for (slot = (slot + 1) & (segment->room - 1); segment->table[slot];
         slot = (slot + 1) & (segment->room - 1)) {
        struct place *moved = segment->table[slot];

        segment->table[slot] = NULL;
        *table_at(segment, &moved->address) = moved;
    }
}

// ---- Hosts -----------------------------------------------------------------------------

struct host *vnet_host_new(struct vnet *vnet, const char *name)
{
    struct vhost *host = mem_new(1, sizeof(*host));

    host->host.ops = &vhost_ops;
    host->vnet = vnet;
    host->name = str_copy(name);
    host->port_drawn = PORT_DRAWN_FIRST - 1;
    fault_anchor_init(&host->anchor, FAULT_LINK);
    host->previous = vnet->hosts_last;
    if (host->previous)
        host->previous->next = host;
    else
        vnet->hosts = host;
    vnet->hosts_last = host;
    vnet->stats.hosts++;
    return &host->host;
}

struct host *vnet_host_new_outside(struct vnet *vnet, const char *name)
{
    struct host *host = vnet_host_new(vnet, name);

    ((struct vhost *)host)->outside = true;
    return host;
}

static void nic_free(struct nic *nic)
{
    struct segment *segment = nic->segment;

    while (nic->places) {
        struct place *place = nic->places;

        nic->places = place->next;
        table_remove(segment, place);
        free(place);
    }
    if (segment->outward == nic)
        segment->outward = NULL;
    if (nic->segment_previous)
        nic->segment_previous->segment_next = nic->segment_next;
    else
        segment->nics = nic->segment_next;
    if (nic->segment_next)
        nic->segment_next->segment_previous = nic->segment_previous;
    else
        segment->nics_last = nic->segment_previous;
    free(nic);
}

void vnet_host_free(struct host **host)
{
    struct vhost *gone = (struct vhost *)*host;

    if (!gone)
        return;
    while (gone->listeners)
        net_unlisten(&gone->listeners->listener);
    while (gone->udps)
        net_udp_close(&gone->udps->udp);
    while (gone->ends)
        end_vanish(gone->ends);
    net_drop_packets(gone->vnet, gone);
    while (gone->nics) {
        struct nic *nic = gone->nics;

        gone->nics = nic->next;
        nic_free(nic);
    }
    if (gone->previous)
        gone->previous->next = gone->next;
    else
        gone->vnet->hosts = gone->next;
    if (gone->next)
        gone->next->previous = gone->previous;
    else
        gone->vnet->hosts_last = gone->previous;
    gone->vnet->stats.hosts--;
    net_changed(gone->vnet);
    fault_anchor_done(&gone->anchor);
    free(gone->name);
    free(gone);
    *host = NULL;
}

static struct nic *host_nic(struct vhost *host, struct segment *segment)
{
    struct nic **last = &host->nics;
    struct nic *nic;

    for (; *last; last = &(*last)->next)
        if ((*last)->segment == segment)
            return *last;
    nic = mem_new(1, sizeof(*nic));
    *last = nic;
    nic->host = host;
    nic->segment = segment;
    nic->number = ++host->vnet->nic_numbers;
    nic->segment_previous = segment->nics_last;
    if (nic->segment_previous)
        nic->segment_previous->segment_next = nic;
    else
        segment->nics = nic;
    segment->nics_last = nic;
    if (host->outward)
        segment->outward = nic;
    return nic;
}

// Tells of every service of the host that is bound to one address.
static void watch_place(struct vhost *host, const struct address *address, bool open)
{
    struct address at = *address;

    for (struct vlistener *listener = host->listeners; listener; listener = listener->next) {
        at.port = listener->at.port;
        if (listener->at.family == 0)
            watch_service(host, VNET_TCP, &at, open);
    }
    for (struct vudp *udp = host->udps; udp; udp = udp->next) {
        at.port = udp->at.port;
        if (udp->at.family == 0 && !udp->drawn)
            watch_service(host, VNET_UDP, &at, open);
    }
}

static bool address_is_host(const struct address *address)
{
    static const uint8_t zero[16];
    static const uint8_t ones[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    size_t length = address->family == 6 ? 16 : 4;

    if (address->family != 4 && address->family != 6)
        return false;
    return !address_multicast(address) && memcmp(address->ip, zero, length) != 0 &&
           (address->family == 6 || memcmp(address->ip, ones, 4) != 0);
}

int vnet_host_add_address(struct host *host, struct segment *segment, const struct address *address)
{
    struct vhost *own = (struct vhost *)host;
    struct place *place;
    struct place **last;

    if (!address || address->family == 0) {
        host_nic(own, segment);
        return 0;
    }
    if (!address_is_host(address))
        return ERR_RANGE;
    if (segment_lookup(segment, address))
        return ERR_EXISTS;
    place = mem_new(1, sizeof(*place));
    place->address = *address;
    place->address.port = 0;
    place->nic = host_nic(own, segment);
    for (last = &place->nic->places; *last; last = &(*last)->next)
        ;
    *last = place;
    table_add(segment, place);
    watch_place(own, &place->address, true);
    return 0;
}

static struct place **place_of(struct vhost *host, const struct address *address)
{
    for (struct nic *nic = host->nics; nic; nic = nic->next)
        for (struct place **at = &nic->places; *at; at = &(*at)->next)
            if (address_same_ip(&(*at)->address, address))
                return at;
    return NULL;
}

int vnet_host_remove_address(struct host *host, const struct address *address)
{
    struct vhost *own = (struct vhost *)host;
    struct place **at = place_of(own, address);
    struct place *place;
    struct end *next;

    if (!at)
        return ERR_NOT_FOUND;
    place = *at;
    for (struct end *end = own->ends; end; end = next) {
        next = end->next;
        if (address_same_ip(&end->conn.local, address))
            end_vanish(end);
    }
    watch_place(own, &place->address, false);
    *at = place->next;
    table_remove(place->nic->segment, place);
    free(place);
    net_changed(own->vnet);
    return 0;
}

bool vnet_host_address(const struct host *host, size_t index, struct address *ret_address,
                       struct segment **ret_segment)
{
    for (struct nic *nic = ((const struct vhost *)host)->nics; nic; nic = nic->next)
        for (struct place *place = nic->places; place; place = place->next)
            if (index-- == 0) {
                *ret_address = place->address;
                *ret_segment = nic->segment;
                return true;
            }
    return false;
}

struct host *vnet_host_find(const struct segment *segment, const struct address *address)
{
    struct place *place = segment_lookup(segment, address);

    return place ? &place->nic->host->host : NULL;
}

const char *vnet_host_name(const struct host *host)
{
    return ((const struct vhost *)host)->name;
}

struct fault_anchor *vnet_host_anchor(struct host *host)
{
    return &((struct vhost *)host)->anchor;
}

void vnet_host_set_up(struct host *host, bool up)
{
    struct vhost *own = (struct vhost *)host;

    if (own->down == !up)
        return;
    own->down = !up;
    net_changed(own->vnet);
    if (own->vnet->watch && !own->outside)
        own->vnet->watch->on_up(host, up, own->vnet->watch_user);
}

bool vnet_host_up(const struct host *host)
{
    return !((const struct vhost *)host)->down;
}

int vnet_host_set_link(struct host *host, struct segment *segment, bool plugged)
{
    struct vhost *own = (struct vhost *)host;

    for (struct nic *nic = own->nics; nic; nic = nic->next)
        if (nic->segment == segment) {
            nic->unplugged = !plugged;
            net_changed(own->vnet);
            return 0;
        }
    return ERR_NOT_FOUND;
}

// ---- Ways and ports --------------------------------------------------------------------

bool host_has(const struct vhost *host, const struct address *address)
{
    return place_of((struct vhost *)host, address) != NULL;
}

struct address nic_address(const struct nic *nic, uint8_t family)
{
    for (const struct place *place = nic->places; place; place = place->next)
        if (place->address.family == family)
            return place->address;
    return (struct address){.family = 0};
}

int net_route(struct vhost *host, const struct address *to, struct nic **ret_near,
              struct nic **ret_far)
{
    struct nic *near = NULL;

    for (struct nic *nic = host->nics; nic; nic = nic->next) {
        struct place *place = segment_lookup(nic->segment, to);

        if (place) {
            *ret_near = nic;
            *ret_far = place->nic;
            return 0;
        }
        if (nic_address(nic, to->family).family == 0)
            continue;
        if (!near || (!near->segment->outward && nic->segment->outward))
            near = nic;
    }
    if (!near)
        return ERR_UNREACHABLE;
    *ret_near = near;
    *ret_far = near->segment->outward;
    return *ret_far ? 0 : ERR_TIMEOUT;
}

static bool port_used(const struct vhost *host, uint16_t port, const struct address *to, bool udp)
{
    if (udp) {
        for (const struct vudp *at = host->udps; at; at = at->next)
            if (at->at.port == port)
                return true;
        return false;
    }
    if (!host->ports_wrapped)
        return false;
    for (const struct end *end = host->ends; end; end = end->next)
        if (end->conn.local.port == port && end->conn.remote.port == to->port &&
            address_same_ip(&end->conn.remote, to))
            return true;
    return false;
}

uint16_t host_draw_port(struct vhost *host, const struct address *to, bool udp)
{
    for (unsigned tries = 0; tries <= 0xFFFF - PORT_DRAWN_FIRST; tries++) {
        if (host->port_drawn == 0xFFFF) {
            host->port_drawn = PORT_DRAWN_FIRST - 1;
            host->ports_wrapped = true;
        }
        host->port_drawn++;
        if (!port_used(host, host->port_drawn, to, udp))
            return host->port_drawn;
    }
    return 0;
}

// ---- Watching --------------------------------------------------------------------------

void watch_service(struct vhost *host, enum vnet_proto proto, const struct address *at, bool open)
{
    struct vnet *vnet = host->vnet;
    struct address bound = *at;

    if (!vnet->watch || host->outside)
        return;
    for (struct nic *nic = host->nics; nic; nic = nic->next)
        for (struct place *place = nic->places; place; place = place->next) {
            if (at->family != 0 && !address_same_ip(at, &place->address))
                continue;
            bound = place->address;
            bound.port = at->port;
            if (open)
                vnet->watch->on_listen(&host->host, proto, &bound, vnet->watch_user);
            else
                vnet->watch->on_unlisten(&host->host, proto, &bound, vnet->watch_user);
        }
}

void vnet_set_watch(struct vnet *vnet, const struct vnet_watch *watch, void *user)
{
    vnet->watch = watch;
    vnet->watch_user = user;
    if (!watch)
        return;
    for (struct vhost *host = vnet->hosts; host; host = host->next) {
        for (struct vlistener *listener = host->listeners; listener; listener = listener->next)
            watch_service(host, VNET_TCP, &listener->at, true);
        for (struct vudp *udp = host->udps; udp; udp = udp->next)
            if (!udp->drawn)
                watch_service(host, VNET_UDP, &udp->at, true);
    }
}

void vnet_set_outward(struct host *outside, const struct vnet_outward *outward, void *user)
{
    struct vhost *host = (struct vhost *)outside;

    assert(host->outside);
    host->outward = outward;
    host->outward_user = user;
    for (struct nic *nic = host->nics; nic; nic = nic->next)
        if (outward)
            nic->segment->outward = nic;
        else if (nic->segment->outward == nic)
            nic->segment->outward = NULL;
}
