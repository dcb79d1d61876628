// SPDX-License-Identifier: Apache-2.0
// Packets between hosts of a segment: to one host, to a group (every host that joined it) or to all
// (the limited broadcast). A sender never hears its own. Packets arrive later in the turn, in the
// order in which they were sent, unless a fault delays them. Not modelled: ICMP (nobody is told
// that a port is closed), directed broadcast, TTL.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/net_parts.h"

struct packet {
    struct vnet *vnet;
    struct packet *next; // Of its list.
    struct packet *previous;
    struct nic *from;
    struct nic *to;
    struct address source;
    struct address target;
    struct timer timer;
    bool due;  // Arrives in this turn, and is in the list of those.
    bool held; // Until a fault is cleared.
    size_t length;
    uint8_t data[];
};

static bool address_is_all(const struct address *address)
{
    static const uint8_t ones[4] = {0xFF, 0xFF, 0xFF, 0xFF};

    return address->family == 4 && memcmp(address->ip, ones, 4) == 0;
}

// ---- Arriving --------------------------------------------------------------------------

static void list_add(struct packet_list *list, struct packet *packet)
{
    packet->next = NULL;
    packet->previous = list->last;
    if (list->last)
        list->last->next = packet;
    else
        list->first = packet;
    list->last = packet;
}

static void list_remove(struct packet_list *list, struct packet *packet)
{
    if (packet->previous)
        packet->previous->next = packet->next;
    else
        list->first = packet->next;
    if (packet->next)
        packet->next->previous = packet->previous;
    else
        list->last = packet->previous;
}

static struct packet_list *list_of(const struct packet *packet)
{
    return packet->due ? &packet->vnet->packets_due : &packet->vnet->packets_under_way;
}

// Takes it out of the network; its memory stays.
static void packet_take(struct packet *packet)
{
    timer_stop(&packet->timer);
    list_remove(list_of(packet), packet);
    packet->to->host->packets--;
}

static void packet_free(struct packet *packet)
{
    packet_take(packet);
    free(packet);
}

static void packet_due(struct packet *packet)
{
    list_remove(list_of(packet), packet);
    packet->due = true;
    list_add(list_of(packet), packet);
    core_post(packet->vnet->core, &packet->vnet->arrivals);
}

static bool udp_joined(const struct vudp *udp, const struct address *group)
{
    for (size_t i = 0; i < udp->group_count; i++)
        if (address_same_ip(&udp->groups[i], group))
            return true;
    return false;
}

// Whether a packet to `target` that reached the port `nic` is for this udp port.
static bool udp_wants(const struct vudp *udp, const struct nic *nic, const struct address *target)
{
    if (udp->gone || udp->at.port != target->port)
        return false;
    if (address_is_all(target))
        return true;
    if (address_multicast(target))
        return udp_joined(udp, target) && (udp->at.family == 0 || address_multicast(&udp->at) ||
                                           segment_lookup(nic->segment, &udp->at));
    return (udp->at.family == 0 || address_same_ip(&udp->at, target)) &&
           host_has(udp->host, target);
}

static bool host_wants(const struct nic *nic, const struct address *target)
{
    for (const struct vudp *udp = nic->host->udps; udp; udp = udp->next)
        if (udp_wants(udp, nic, target))
            return true;
    return false;
}

// Hands a packet to the ports that want it: the first one, or all for a group. Returns how many.
static size_t packet_hand_over(const struct packet *packet)
{
    struct vudp *udps[VNET_UDP_PORTS_MAX];
    bool several = address_multicast(&packet->target) || address_is_all(&packet->target);
    size_t count = 0;

    for (struct vudp *udp = packet->to->host->udps; udp; udp = udp->next)
        if (udp_wants(udp, packet->to, &packet->target) && (several || count == 0))
            udps[count++] = udp;
    for (size_t i = 0; i < count; i++)
        if (!udps[i]->gone)
            udps[i]->fn(&udps[i]->udp, &packet->source, &packet->target, packet->data,
                        packet->length, udps[i]->user);
    return count;
}

static void packet_arrive(struct packet *packet)
{
    struct vnet *vnet = packet->vnet;
    struct vhost *host = packet->to->host;
    bool outward = host->outward && !address_multicast(&packet->target) &&
                   !address_is_all(&packet->target) && !host_has(host, &packet->target);
    size_t count = 0;

    packet_take(packet); // A callback may free the host.
    vnet->busy = true;
    if (nic_on(packet->to) && outward) {
        host->outward->on_packet(&packet->source, &packet->target, packet->data, packet->length,
                                 host->outward_user);
        count = 1;
    } else if (nic_on(packet->to))
        count = packet_hand_over(packet);
    vnet->busy = false;
    if (count)
        vnet->stats.packets++;
    else
        vnet->stats.packets_lost++;
    free(packet);
}

// What a callback sends comes behind and has its own turn.
void net_arrivals(void *user)
{
    struct vnet *vnet = user;
    size_t count = 0;

    for (const struct packet *packet = vnet->packets_due.first; packet; packet = packet->next)
        count++;
    while (count-- > 0 && vnet->packets_due.first)
        packet_arrive(vnet->packets_due.first);
}

static void on_timer(struct timer *timer, void *user)
{
    (void)timer;
    packet_due(user);
}

// ---- Sending ---------------------------------------------------------------------------

static struct packet *packet_new(struct nic *from, struct nic *to, const struct address *source,
                                 const struct address *target, const void *data, size_t length)
{
    struct vnet *vnet = from->host->vnet;
    struct packet *packet = mem_new(1, sizeof(*packet) + length);

    packet->vnet = vnet;
    packet->from = from;
    packet->to = to;
    packet->source = *source;
    packet->target = *target;
    packet->length = length;
    if (length)
        memcpy(packet->data, data, length);
    timer_init(&packet->timer, core_timers(vnet->core), NULL, on_timer, packet);
    list_add(list_of(packet), packet);
    to->host->packets++;
    return packet;
}

static void packet_start(struct packet *packet, sim_time_ns delay_ns)
{
    if (delay_ns > 0)
        timer_start(&packet->timer, delay_ns);
    else
        packet_due(packet);
}

// Sends a packet through the faults on its way. It is freed here, or under way.
static void packet_go(struct packet *packet)
{
    struct path_step steps[PATH_FAULTS_MAX];
    size_t count = path_find(&packet->from->host->anchor, &packet->to->host->anchor,
                             &packet->from->segment->anchor, steps);
    struct path_effect effect = path_pass(steps, count, PATH_PACKET, packet->length);

    packet->held = effect.held;
    if (effect.held)
        return;
    if (effect.lost || !nic_on(packet->from) || !nic_on(packet->to)) {
        packet->vnet->stats.packets_lost++;
        packet_free(packet);
        return;
    }
    if (effect.duplicate && packet->to->host->packets < VNET_UDP_PACKETS_MAX)
        packet_start(packet_new(packet->from, packet->to, &packet->source, &packet->target,
                                packet->data, packet->length),
                     effect.delay_ns + effect.again_ns);
    if (effect.corrupt && packet->length)
        packet->data[effect.draw / 8 % packet->length] ^= (uint8_t)(1u << effect.draw % 8);
    packet_start(packet, effect.delay_ns);
}

static void send_to(struct nic *from, struct nic *to, const struct address *source,
                    const struct address *target, const void *data, size_t length)
{
    struct vnet *vnet = from->host->vnet;

    if (!nic_on(from) || !nic_on(to) || to->host->packets >= VNET_UDP_PACKETS_MAX) {
        vnet->stats.packets_lost++;
        return;
    }
    packet_go(packet_new(from, to, source, target, data, length));
}

static void send_to_group(struct nic *from, const struct address *source,
                          const struct address *target, const void *data, size_t length)
{
    struct vnet *vnet = from->host->vnet;

    net_show_packet(vnet, from, NULL, source, target, data, length);
    for (struct nic *to = from->segment->nics; to; to = to->segment_next)
        if (to->host != from->host && host_wants(to, target))
            send_to(from, to, source, target, data, length);
}

static struct address source_on(const struct nic *nic, uint8_t family, uint16_t port)
{
    struct address source = nic_address(nic, family);

    source.family = family; // 0.0.0.0 before DHCP.
    source.port = port;
    return source;
}

// To a group, out of every port of the host, or of the one that has the bound address.
static int send_group(struct vhost *host, const struct address *bound, const struct address *to,
                      const void *data, size_t length)
{
    int err = ERR_UNREACHABLE;

    for (struct nic *nic = host->nics; nic; nic = nic->next) {
        struct place *place = bound->family ? segment_lookup(nic->segment, bound) : NULL;
        struct address source = source_on(nic, to->family, bound->port);

        if (bound->family && !address_multicast(bound) && (!place || place->nic != nic))
            continue;
        if (place)
            memcpy(source.ip, bound->ip, sizeof(source.ip));
        send_to_group(nic, &source, to, data, length);
        err = 0;
    }
    return err;
}

static int send_one(struct vhost *host, const struct address *from, bool as_is,
                    const struct address *to, const void *data, size_t length)
{
    struct nic *near = NULL;
    struct nic *far = NULL;
    int err = net_route(host, to, &near, &far);
    struct address source;

    if (err == ERR_UNREACHABLE)
        return err;
    source = as_is ? *from : source_on(near, to->family, from->port);
    net_show_packet(host->vnet, near, far, &source, to, data, length);
    if (far)
        send_to(near, far, &source, to, data, length);
    else
        host->vnet->stats.packets_lost++;
    return 0;
}

int net_udp_send(struct udp *udp, const struct address *to, const void *data, size_t length)
{
    struct vudp *own = (struct vudp *)udp;
    bool as_is = own->at.family == to->family && !address_multicast(&own->at);

    if (length > VNET_UDP_BYTES_MAX)
        return ERR_TOO_LONG;
    net_event(own->host->vnet, own->host, own->at.port, data, length);
    if (address_multicast(to) || address_is_all(to))
        return send_group(own->host, &own->at, to, data, length);
    return send_one(own->host, &own->at, as_is, to, data, length);
}

int vnet_send_from(struct host *outside, const struct address *from, const struct address *to,
                   const void *data, size_t length)
{
    struct vhost *host = (struct vhost *)outside;

    assert(host->outside && from->family == to->family);
    if (length > VNET_UDP_BYTES_MAX)
        return ERR_TOO_LONG;
    net_event(host->vnet, host, from->port, data, length);
    if (!address_multicast(to) && !address_is_all(to))
        return send_one(host, from, true, to, data, length);
    for (struct nic *nic = host->nics; nic; nic = nic->next)
        send_to_group(nic, from, to, data, length);
    return host->nics ? 0 : ERR_UNREACHABLE;
}

// ---- Faults and hosts that go ----------------------------------------------------------

void net_release_packets(struct vnet *vnet)
{
    struct packet *next;

    for (struct packet *packet = vnet->packets_under_way.first; packet; packet = next) {
        next = packet->next;
        if (packet->held)
            packet_go(packet);
    }
}

static void list_drop(struct packet_list *list, const struct vhost *host)
{
    struct packet *next;

    for (struct packet *packet = list->first; packet; packet = next) {
        next = packet->next;
        if (!host || packet->from->host == host || packet->to->host == host)
            packet_free(packet);
    }
}

void net_drop_packets(struct vnet *vnet, const struct vhost *host)
{
    list_drop(&vnet->packets_due, host);
    list_drop(&vnet->packets_under_way, host);
}

// ---- Ports -----------------------------------------------------------------------------

int net_udp_open(struct host *host, const struct address *at, udp_fn *fn, void *user,
                 struct udp **ret)
{
    struct vhost *own = (struct vhost *)host;
    uint16_t port = at->port ? at->port : host_draw_port(own, at, true);
    struct vudp **last = &own->udps;
    struct vudp *udp;
    unsigned count = 0;

    if (at->family != 0 && !address_multicast(at) && !host_has(own, at))
        return ERR_NOT_FOUND;
    for (; *last; last = &(*last)->next, count++)
        if ((*last)->at.port == port &&
            ((*last)->at.family == 0 || at->family == 0 || address_same_ip(&(*last)->at, at)))
            return ERR_EXISTS;
    if (count == VNET_UDP_PORTS_MAX || port == 0)
        return ERR_TOO_MANY;
    udp = mem_new(1, sizeof(*udp));
    udp->udp.ops = &vhost_ops;
    udp->host = own;
    udp->at = *at;
    udp->at.port = port;
    udp->drawn = at->port == 0;
    udp->fn = fn;
    udp->user = user;
    *last = udp;
    *ret = &udp->udp;
    if (!udp->drawn)
        watch_service(own, VNET_UDP, &udp->at, true);
    return 0;
}

int net_udp_join(struct udp *udp, const struct address *group)
{
    struct vudp *own = (struct vudp *)udp;

    if (!address_multicast(group))
        return ERR_RANGE;
    if (udp_joined(own, group))
        return 0;
    if (own->group_count == VNET_UDP_GROUPS_MAX)
        return ERR_TOO_MANY;
    if (!own->groups)
        own->groups = mem_new(VNET_UDP_GROUPS_MAX, sizeof(*own->groups));
    own->groups[own->group_count++] = *group;
    return 0;
}

void net_udp_close(struct udp *udp)
{
    struct vudp *gone = (struct vudp *)udp;
    struct vnet *vnet = gone->host->vnet;
    struct vudp **at = &gone->host->udps;

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    if (!gone->drawn)
        watch_service(gone->host, VNET_UDP, &gone->at, false);
    gone->gone = true;
    gone->next = vnet->udps_gone;
    vnet->udps_gone = gone;
    core_post(vnet->core, &vnet->reap);
}

void net_reap_udps(struct vnet *vnet)
{
    while (vnet->udps_gone) {
        struct vudp *udp = vnet->udps_gone;

        vnet->udps_gone = udp->next;
        free(udp->groups);
        free(udp);
    }
}
