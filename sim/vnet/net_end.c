// SPDX-License-Identifier: Apache-2.0
// The two ends of a stream as things: how they come, who holds them, what lies between them, and
// how they are struck by a fault that happens at once. What they do is net_conn.c.
#include "sim/vnet/net_end.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

// ---- Making and freeing ----------------------------------------------------------------

// An end stays with its port until its pair is freed, held or not: the port may go before.
void end_plug(struct end *end, struct nic *nic)
{
    struct vhost *host = nic->host;

    end->nic = nic;
    end->previous = NULL;
    end->next = host->ends;
    if (end->next)
        end->next->previous = end;
    host->ends = end;
    host->end_count++;
}

void end_unplug(struct end *end)
{
    struct vhost *host = end->nic ? end->nic->host : NULL;

    if (!host)
        return;
    if (end->previous)
        end->previous->next = end->next;
    else
        host->ends = end->next;
    if (end->next)
        end->next->previous = end->previous;
    host->end_count--;
    end->nic = NULL;
}

static void end_init(struct end *end, struct end *peer, struct nic *nic, bool opener)
{
    end->conn.ops = &end_ops;
    end->peer = peer;
    end->opener = opener;
    end->state = END_NONE;
    queue_init(&end->inbox, CONN_WINDOW_BYTES);
    end->work = (struct core_work){.fn = end_work, .user = end};
    if (nic)
        end_plug(end, nic);
}

struct pair *pair_new(struct vnet *vnet, struct nic *near, struct nic *far)
{
    struct pair *pair = mem_new(1, sizeof(*pair));

    pair->ends[0].vnet = pair->ends[1].vnet = vnet;
    vnet->stats.conns++;
    vnet->stats.conns_made++;
    end_init(&pair->ends[0], &pair->ends[1], near, true);
    end_init(&pair->ends[1], &pair->ends[0], far, false);
    return pair;
}

static void pair_free(struct pair *pair)
{
    struct vnet *vnet = end_vnet(&pair->ends[0]);

    for (size_t i = 0; i < 2; i++) {
        struct end *end = &pair->ends[i];

        core_cancel(vnet->core, &end->work);
        flight_free(end);
        queue_done(&end->inbox);
        free(end->path);
        end_unplug(end);
    }
    vnet->stats.conns--;
    free(pair);
}

void net_reap_pairs(struct vnet *vnet)
{
    while (vnet->ended) {
        struct pair *pair = vnet->ended;

        vnet->ended = pair->next;
        pair_free(pair);
    }
}

// Whether somebody holds the end, or the listener's holder is still to come.
static bool end_alive(const struct end *end)
{
    switch ((enum end_state)end->state) {
    case END_NONE:
    case END_ASKED:
    case END_GONE:
        return false;
    case END_CONNECTING:
    case END_PENDING:
    case END_ACCEPTING:
    case END_OPEN:
        break;
    }
    return true;
}

bool end_held(const struct end *end)
{
    return end_alive(end) && end->state != END_ACCEPTING;
}

static void pair_check(struct pair *pair)
{
    struct vnet *vnet = end_vnet(&pair->ends[0]);

    if (pair->is_ended || end_alive(&pair->ends[0]) || end_alive(&pair->ends[1]))
        return;
    pair->is_ended = true;
    for (size_t i = 0; i < 2; i++) {
        pair->ends[i].state = END_GONE;
        flight_clear(&pair->ends[i]);
    }
    pair->next = vnet->ended;
    vnet->ended = pair;
    core_post(vnet->core, &vnet->reap);
}

// Nobody holds the end from here on.
void end_gone(struct end *end)
{
    end->state = END_GONE;
    end->due = 0;
    core_cancel(end_vnet(end)->core, &end->work);
    queue_done(&end->inbox);
    end->waiting = 0;
    pair_check(end_pair(end));
}

void end_post(struct end *end, unsigned due)
{
    end->due |= (uint8_t)due;
    core_post(end_vnet(end)->core, &end->work);
}

void end_abort(struct end *end, int reason)
{
    if (!end_alive(end) && end->state != END_ASKED)
        return;
    if (end->due & DUE_END)
        return;
    end->reason = reason;
    end_post(end, DUE_END);
}

void end_vanish(struct end *end)
{
    struct vnet *vnet = end_vnet(end);

    end->forgotten = true;
    flight_clear(end->peer);
    end_gone(end);
    end_unplug(end);
    net_changed(vnet);
}

// ---- The path --------------------------------------------------------------------------

static void path_keep_counts(const struct path *old, struct path *path)
{
    for (size_t i = 0; old && i < path->count; i++)
        for (size_t j = 0; j < old->count; j++)
            if (old->steps[j].sequence == path->steps[i].sequence)
                path->steps[i].passed = old->steps[j].passed;
}

void end_path_refresh(struct end *end)
{
    struct path_step steps[PATH_FAULTS_MAX];
    bool blocked = !nic_on(end->nic) || !nic_on(end->peer->nic);
    struct path *old = end->path;
    size_t count = 0;

    end->generation = end_vnet(end)->generation;
    end->path = NULL;
    if (end->nic && end->peer->nic)
        count = path_find(&end->nic->host->anchor, &end->peer->nic->host->anchor,
                          &end->nic->segment->anchor, steps);
    if (count || blocked) {
        end->path = mem_new(1, sizeof(*end->path) + count * sizeof(*steps));
        end->path->blocked = blocked;
        end->path->count = count;
        memcpy(end->path->steps, steps, count * sizeof(*steps));
        path_keep_counts(old, end->path);
    }
    free(old);
}

// ---- Faults that happen at once --------------------------------------------------------

static void fault_strike(const struct fault *fault, struct end *end)
{
    struct end *peer = end->peer;
    bool forward;

    if (!end->nic || !peer->nic ||
        !fault_between(fault, &end->nic->host->anchor, &peer->nic->host->anchor,
                       &end->nic->segment->anchor, &forward))
        return;
    if (fault_id(fault) == FAULT_RESET) {
        flight_clear(end);
        flight_clear(peer);
        net_show(end, CHUNK_RST, end->sent_seq, NULL, 0);
        net_show(peer, CHUNK_RST, peer->sent_seq, NULL, 0);
        end_abort(end, ERR_RESET);
        end_abort(peer, ERR_RESET);
        return;
    }
    // half-open: `forward` tells that `end` is on the first side.
    if ((fault_value(fault, 0) == 1) == forward)
        end_abort(end, ERR_RESET);
    else
        end_abort(peer, ERR_RESET);
}

static void strike_host(const struct fault *fault, struct vhost *host)
{
    for (struct end *end = host->ends; end; end = end->next)
        fault_strike(fault, end);
}

static void strike_place(struct vnet *vnet, const struct fault *fault, struct fault_anchor *anchor)
{
    for (struct segment *segment = vnet->segments; segment; segment = segment->next) {
        if (&segment->anchor != anchor)
            continue;
        for (struct nic *nic = segment->nics; nic; nic = nic->segment_next)
            strike_host(fault, nic->host);
        return;
    }
    strike_host(fault, (struct vhost *)(void *)((char *)anchor - offsetof(struct vhost, anchor)));
}

void net_on_fault(struct fault *fault, bool added, void *user)
{
    struct vnet *vnet = user;
    struct fault_anchor *anchor;

    if (!(fault_kinds[fault_id(fault)].where & FAULT_LINK))
        return;
    net_changed(vnet);
    if (!added) {
        flight_release(vnet);
        net_release_packets(vnet);
        return;
    }
    if (!fault_kinds[fault_id(fault)].instant)
        return;
    for (size_t i = 0; (anchor = fault_side(fault, false, i)) != NULL; i++)
        strike_place(vnet, fault, anchor);
}
