// SPDX-License-Identifier: Apache-2.0
// A Modbus TCP master over a conn: the session of master_session.h, a connection made when it is
// needed, and one timer.
#include "sim/proto/modbus/verbs/carriers.h"

#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/modbus/master_session.h"

struct tcp_master {
    struct modbus_master base;
    struct host *from;
    struct address to;
    struct timers *timers;
    struct conn *conn;
    struct timer tick;
    struct modbus_tcp_master session;
    bool fresh; // The session has not ended.
    uint16_t transaction;
};

static size_t send_bytes(void *user, const uint8_t *data, size_t length)
{
    struct tcp_master *master = user;

    return master->conn ? conn_send(master->conn, data, length) : 0;
}

static void schedule(struct tcp_master *master)
{
    int64_t deadline_ns = modbus_tcp_master_deadline(&master->session);

    if (deadline_ns == MODBUS_MASTER_NEVER)
        timer_stop(&master->tick);
    else
        timer_start_at(&master->tick, deadline_ns);
}

static void end_session(struct tcp_master *master, int reason)
{
    master->conn = NULL;
    master->fresh = false;
    master->transaction = master->session.next_transaction;
    modbus_tcp_master_end(&master->session, timers_now(master->timers), reason);
    schedule(master);
}

static void on_open(struct conn *conn, void *user)
{
    struct tcp_master *master = user;

    (void)conn;
    modbus_tcp_master_open(&master->session, timers_now(master->timers));
    schedule(master);
}

static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct tcp_master *master = user;
    size_t consumed = 0;
    int err = modbus_tcp_master_feed(&master->session, timers_now(master->timers), data, length,
                                     &consumed);

    if (err < 0 && master->conn == conn) {
        conn_reset(conn);
        end_session(master, err);
        return length;
    }
    schedule(master);
    return consumed;
}

static void on_room(struct conn *conn, void *user)
{
    struct tcp_master *master = user;

    (void)conn;
    modbus_tcp_master_flush(&master->session, timers_now(master->timers));
    schedule(master);
}

static void on_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    end_session(user, reason ? reason : ERR_CLOSED);
}

static const struct conn_events conn_events = {on_open, on_data, on_room, on_end};

static void on_tick(struct timer *timer, void *user)
{
    struct tcp_master *master = user;

    (void)timer;
    modbus_tcp_master_tick(&master->session, timers_now(master->timers));
    schedule(master);
}

static void begin_session(struct tcp_master *master)
{
    int err;

    modbus_tcp_master_init(&master->session, send_bytes, master, 0, master->transaction);
    master->fresh = true;
    err = host_connect(master->from, &master->to, &conn_events, master, &master->conn);
    if (err < 0)
        end_session(master, err);
}

static void submit(struct modbus_master *base, struct modbus_request *request)
{
    struct tcp_master *master = (struct tcp_master *)base;

    if (!master->fresh)
        begin_session(master);
    modbus_tcp_master_submit(&master->session, timers_now(master->timers), request);
    schedule(master);
}

static void cancel(struct modbus_master *base, struct modbus_request *request)
{
    struct tcp_master *master = (struct tcp_master *)base;

    modbus_tcp_master_cancel(&master->session, request);
    schedule(master);
}

void modbus_master_tcp_close(struct modbus_master *base)
{
    struct tcp_master *master = (struct tcp_master *)base;

    if (!master->conn)
        return;
    conn_close(master->conn);
    end_session(master, ERR_CLOSED);
}

static void free_master(struct modbus_master *base)
{
    struct tcp_master *master = (struct tcp_master *)base;

    if (master->conn)
        conn_close(master->conn);
    timer_stop(&master->tick);
    free(master);
}

static const struct modbus_master_ops master_ops = {submit, cancel, free_master};

struct modbus_master *modbus_master_tcp_new(struct host *from, const struct address *to,
                                            struct timers *timers)
{
    struct tcp_master *master = mem_new(1, sizeof(*master));

    master->base.ops = &master_ops;
    master->from = from;
    master->to = *to;
    master->timers = timers;
    master->transaction = 1;
    timer_init(&master->tick, timers, NULL, on_tick, master);
    return &master->base;
}
