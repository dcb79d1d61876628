// SPDX-License-Identifier: Apache-2.0
// The shared listeners: opened with the first service of their port, kept to the end.
#include "sim/edge/outside_shared.h"

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/edge/outside_guard.h"

void shared_init(struct shared *shared, struct core *core, struct host *sockets, listener_fn *fn,
                 void *user)
{
    *shared = (struct shared){.core = core, .sockets = sockets, .fn = fn, .user = user};
    if (guard_new(core, &shared->guard) < 0)
        log_warn("outside", "no rights for a packet filter: a service that is switched off, or a "
                            "device without supply, accepts clients and resets them");
}

void shared_done(struct shared *shared)
{
    guard_free(&shared->guard);
}

static int listen_at(struct shared *shared, uint16_t port)
{
    struct address everywhere = {.port = port};
    int err;

    for (size_t i = 0; i < shared->count; i++)
        if (shared->ports[i] == port)
            return 0;
    if (shared->count == SHARED_PORTS_MAX)
        return ERR_TOO_MANY;
    err = host_listen(shared->sockets, &everywhere, shared->fn, shared->user,
                      &shared->listeners[shared->count]);
    if (err < 0)
        return err;
    shared->ports[shared->count++] = port;
    if (shared->guard && guard_add_port(shared->guard, port) < 0)
        guard_free(&shared->guard);
    return 0;
}

int shared_open(struct shared *shared, const struct address *at)
{
    int err = listen_at(shared, at->port);

    if (err == 0 && shared->guard)
        guard_set_open(shared->guard, at, true);
    return err;
}

void shared_close(struct shared *shared, const struct address *at)
{
    if (shared->guard)
        guard_set_open(shared->guard, at, false);
}

void shared_set_silent(struct shared *shared, const struct address *at, bool silent)
{
    if (shared->guard)
        guard_set_silent(shared->guard, at, silent);
}
