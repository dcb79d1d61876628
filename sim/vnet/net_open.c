// SPDX-License-Identifier: Apache-2.0
// How a stream begins: listening, connecting, being accepted; and the way out, where the far end is
// somebody outside.
#include <assert.h>
#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/vnet/net_end.h"

// ---- Listening and connecting ----------------------------------------------------------

int net_listen(struct host *host, const struct address *at, listener_fn *fn, void *user,
               struct listener **ret)
{
    struct vhost *own = (struct vhost *)host;
    struct vlistener **last = &own->listeners;
    struct vlistener *listener;
    unsigned count = 0;

    assert(at->port != 0);
    if (at->family != 0 && !host_has(own, at))
        return ERR_NOT_FOUND;
    for (; *last; last = &(*last)->next, count++)
        if ((*last)->at.port == at->port &&
            ((*last)->at.family == 0 || at->family == 0 || address_same_ip(&(*last)->at, at)))
            return ERR_EXISTS;
    if (count == VNET_LISTENERS_MAX)
        return ERR_TOO_MANY;
    listener = mem_new(1, sizeof(*listener));
    listener->listener.ops = &vhost_ops;
    listener->host = own;
    listener->at = *at;
    listener->fn = fn;
    listener->user = user;
    *last = listener;
    *ret = &listener->listener;
    watch_service(own, VNET_TCP, at, true);
    return 0;
}

void net_unlisten(struct listener *listener)
{
    struct vlistener *gone = (struct vlistener *)listener;
    struct vlistener **at = &gone->host->listeners;

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    watch_service(gone->host, VNET_TCP, &gone->at, false);
    free(gone);
}

static struct vlistener *find_listener(const struct vhost *host, const struct address *at)
{
    for (struct vlistener *listener = host->listeners; listener; listener = listener->next)
        if (listener->at.port == at->port &&
            (listener->at.family == 0 || address_same_ip(&listener->at, at)))
            return listener;
    return NULL;
}

uint32_t end_first_seq(const struct end *end)
{
    return (uint32_t)(end->vnet->stats.conns_made * 0x9E3779B1u) + (end->opener ? 0 : 0x40000000u);
}

void net_ask(struct end *end)
{
    struct vhost *host = end->nic->host;

    if (host->outward && !host_has(host, &end->conn.local)) {
        end->state = END_PENDING;
        end_post(end, DUE_ASK);
        return;
    }
    if (!find_listener(host, &end->conn.local) || host->end_count > VNET_HOST_CONNS_MAX) {
        end_transmit(end, CHUNK_RST, 0);
        return;
    }
    end->state = END_ASKED;
    end->sent_seq = end_first_seq(end);
    end_transmit(end, CHUNK_SYN_ACK, 0);
}

// ---- Connecting

static int connect_as(struct vhost *host, const struct address *from, const struct address *to,
                      const struct conn_events *events, void *user, struct conn **ret)
{
    struct nic *near = NULL;
    struct nic *far = NULL;
    int err = net_route(host, to, &near, &far);
    struct pair *pair;
    struct end *end;
    uint16_t port;

    if (err == ERR_UNREACHABLE)
        return err;
    port = from ? from->port : host_draw_port(host, to, false);
    if (host->end_count >= VNET_HOST_CONNS_MAX || port == 0)
        return ERR_TOO_MANY;
    pair = pair_new(host->vnet, near, far);
    end = &pair->ends[0];
    end->state = END_CONNECTING;
    end->conn.local = from ? *from : nic_address(near, to->family);
    end->conn.local.port = port;
    end->conn.remote = *to;
    end->peer->conn.local = *to;
    end->peer->conn.remote = end->conn.local;
    conn_set_events(&end->conn, events, user);
    end->sent_seq = end_first_seq(end);
    if (!nic_on(far) || !nic_on(near)) // Nobody answers for the address.
        flight_add(end->peer, CHUNK_ARP, 0);
    else
        end_transmit(end, CHUNK_SYN, 0);
    *ret = &end->conn;
    return 0;
}

bool net_resolve(struct end *opener)
{
    struct nic *near = NULL;
    struct nic *far = NULL;

    if (!opener->nic || net_route(opener->nic->host, &opener->conn.remote, &near, &far) != 0 ||
        near != opener->nic || !nic_on(far) || !nic_on(near))
        return false;
    if (opener->peer->nic != far) {
        end_unplug(opener->peer);
        end_plug(opener->peer, far);
        net_changed(end_vnet(opener));
    }
    return true;
}

int net_connect(struct host *host, const struct address *to, const struct conn_events *events,
                void *user, struct conn **ret)
{
    return connect_as((struct vhost *)host, NULL, to, events, user, ret);
}

int vnet_connect_from(struct host *outside, const struct address *from, const struct address *to,
                      const struct conn_events *events, void *user, struct conn **ret)
{
    assert(((struct vhost *)outside)->outside && from->family == to->family);
    return connect_as((struct vhost *)outside, from, to, events, user, ret);
}

void vnet_conn_set_direct(struct conn *conn)
{
    ((struct end *)conn)->direct = true;
}

void vnet_conn_accept(struct conn *conn)
{
    struct end *end = (struct end *)conn;

    if (end->state != END_PENDING || end->due & DUE_END)
        return;
    end->state = END_OPEN;
    end->sent_seq = end_first_seq(end);
    end_transmit(end, CHUNK_SYN_ACK, 0);
}

void vnet_conn_refuse(struct conn *conn, int reason)
{
    struct end *end = (struct end *)conn;

    assert(reason < 0);
    if (reason != ERR_REFUSED && !(end->due & DUE_END))
        end_abort(end->peer, reason);
    conn_reset(conn);
}

// ---- Accepting

void net_accept(struct end *end)
{
    struct vlistener *listener = end->nic ? find_listener(end->nic->host, &end->conn.local) : NULL;

    if (!listener) {
        end->forgotten = true;
        end_transmit(end, CHUNK_RST, 0);
        end_gone(end);
        return;
    }
    end->state = END_OPEN;
    listener->fn(&listener->listener, &end->conn, listener->user);
    assert(end->state != END_OPEN || end->conn.events);
    if (end->state == END_OPEN && (end->inbox.length > end->waiting || end->ended || end->cut))
        end_post(end, DUE_DATA);
}

void net_ask_outward(struct end *end)
{
    struct vhost *host = end->nic->host;

    if (!host->outward) {
        end_transmit(end, CHUNK_RST, 0);
        end_gone(end);
        return;
    }
    host->outward->on_connect(&end->conn, host->outward_user);
    assert(!end_held(end) || end->conn.events);
}
