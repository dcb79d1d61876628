// SPDX-License-Identifier: Apache-2.0
// A Modbus RTU master on a drop of a line: the session of master_session.h and one timer.
#include "sim/proto/modbus/verbs/carriers.h"

#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/modbus/master_session.h"

struct rtu_master {
    struct modbus_master base;
    struct line_port *port;
    struct timers *timers;
    struct timer tick;
    struct modbus_rtu_master session;
};

static int send_frame(void *user, const uint8_t *frame, size_t length)
{
    struct rtu_master *master = user;

    return line_send(master->port, frame, length);
}

static void schedule(struct rtu_master *master)
{
    int64_t deadline_ns = modbus_rtu_master_deadline(&master->session);

    if (deadline_ns == MODBUS_MASTER_NEVER)
        timer_stop(&master->tick);
    else
        timer_start_at(&master->tick, deadline_ns);
}

static void on_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                     void *user)
{
    struct rtu_master *master = user;

    (void)port;
    modbus_rtu_master_on_chars(&master->session, data, length, flags & LINE_DAMAGED);
    schedule(master);
}

static void on_silence(struct line_port *port, void *user)
{
    struct rtu_master *master = user;

    (void)port;
    modbus_rtu_master_on_silence(&master->session, timers_now(master->timers));
    schedule(master);
}

static void on_sent(struct line_port *port, void *user)
{
    struct rtu_master *master = user;

    (void)port;
    modbus_rtu_master_on_sent(&master->session, timers_now(master->timers));
    schedule(master);
}

static const struct line_events line_events = {on_chars, on_silence, on_sent};

static void on_tick(struct timer *timer, void *user)
{
    struct rtu_master *master = user;

    (void)timer;
    modbus_rtu_master_tick(&master->session, timers_now(master->timers));
    schedule(master);
}

static void submit(struct modbus_master *base, struct modbus_request *request)
{
    struct rtu_master *master = (struct rtu_master *)base;

    modbus_rtu_master_submit(&master->session, timers_now(master->timers), request);
    schedule(master);
}

static void cancel(struct modbus_master *base, struct modbus_request *request)
{
    struct rtu_master *master = (struct rtu_master *)base;

    modbus_rtu_master_cancel(&master->session, request);
    schedule(master);
}

static void free_master(struct modbus_master *base)
{
    struct rtu_master *master = (struct rtu_master *)base;

    line_detach(&master->port);
    timer_stop(&master->tick);
    free(master);
}

static const struct modbus_master_ops master_ops = {submit, cancel, free_master};

struct modbus_master *modbus_master_rtu_new(struct line_port *port, struct timers *timers)
{
    struct rtu_master *master = mem_new(1, sizeof(*master));

    master->base.ops = &master_ops;
    master->port = port;
    master->timers = timers;
    timer_init(&master->tick, timers, NULL, on_tick, master);
    modbus_rtu_master_init(&master->session, send_frame, master, 0);
    line_set_events(port, &line_events, master);
    return &master->base;
}
