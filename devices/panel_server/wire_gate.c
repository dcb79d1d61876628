// SPDX-License-Identifier: Apache-2.0
// A conn on a conn: bytes pass as they are, in both directions, unless the device is paused or
// dying. The upper conn carries the addresses of the lower one.
#include "devices/panel_server/wire_gate.h"

#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

struct gate_conn {
    struct conn conn; // First: what the holder above has.
    struct gates *gates;
    const struct device_port *port;
    struct conn *below; // NULL: gone.
    struct gate_conn *next;
    struct gate_conn **link;
    unsigned busy; // Within callbacks to the holder.
};

static struct gate_conn *gate_of(struct conn *conn)
{
    return (struct gate_conn *)conn;
}

static bool deaf(const struct gate_conn *gate)
{
    return device_paused(gate->gates->device) || !device_alive(gate->gates->device);
}

// The conn below has gone; the gate goes with the last callback above.
static void leave(struct gate_conn *gate)
{
    if (gate->below) {
        gate->below = NULL;
        *gate->link = gate->next;
        if (gate->next)
            gate->next->link = gate->link;
        gate->gates->count--;
    }
    if (!gate->busy)
        free(gate);
}

// ---- Above ----

static size_t send_down(struct conn *conn, const void *data, size_t length)
{
    struct gate_conn *gate = gate_of(conn);

    if (!gate->below || !device_alive(gate->gates->device))
        return length;
    return conn_send(gate->below, data, length);
}

static void close_down(struct conn *conn)
{
    struct gate_conn *gate = gate_of(conn);
    struct conn *below = gate->below;

    leave(gate);
    if (below)
        conn_close(below);
}

static void reset_down(struct conn *conn)
{
    struct gate_conn *gate = gate_of(conn);
    struct conn *below = gate->below;

    leave(gate);
    if (below)
        conn_reset(below);
}

static void resume_down(struct conn *conn)
{
    struct gate_conn *gate = gate_of(conn);

    if (gate->below && !deaf(gate))
        conn_resume(gate->below);
}

static const struct conn_ops gate_ops = {send_down, close_down, reset_down, resume_down};

// ---- Below ----

static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct gate_conn *gate = user;
    size_t taken;

    if (deaf(gate)) {
        conn_pause(conn); // Nor does the end of the conn come before the device runs on.
        return 0;
    }
    gate->busy++;
    taken = gate->conn.events->on_data(&gate->conn, data, length, gate->conn.user);
    gate->busy--;
    if (!gate->below)
        leave(gate);
    else if (gate->conn.paused)
        conn_pause(conn);
    return taken;
}

static void on_room(struct conn *conn, void *user)
{
    struct gate_conn *gate = user;

    (void)conn;
    gate->busy++;
    if (gate->conn.events->on_room)
        gate->conn.events->on_room(&gate->conn, gate->conn.user);
    gate->busy--;
    if (!gate->below)
        leave(gate);
}

static void end(struct gate_conn *gate, int reason)
{
    gate->busy++;
    leave(gate);
    gate->conn.events->on_end(&gate->conn, reason, gate->conn.user);
    gate->busy--;
    leave(gate);
}

static void on_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    end(user, reason);
}

static const struct conn_events gate_events = {
    .on_data = on_data, .on_room = on_room, .on_end = on_end};

// ---- The gates ----

struct conn *gate_new(struct gates *gates, const struct device_port *port, struct conn *below)
{
    struct gate_conn *gate = mem_new(1, sizeof(*gate));

    *gate = (struct gate_conn){
        .conn = {.ops = &gate_ops, .local = below->local, .remote = below->remote},
        .gates = gates,
        .port = port,
        .below = below,
        .next = gates->first,
        .link = &gates->first,
    };
    if (gate->next)
        gate->next->link = &gate->next;
    gates->first = gate;
    gates->count++;
    conn_set_events(below, &gate_events, gate);
    return &gate->conn;
}

// What on_end() above does may end others: begin anew after each.
void gates_reset(struct gates *gates, const struct device_port *port)
{
    struct gate_conn *gate = gates->first;

    while (gate) {
        struct conn *below = gate->below;

        if (port && gate->port != port) {
            gate = gate->next;
            continue;
        }
        end(gate, ERR_RESET);
        conn_reset(below);
        gate = gates->first;
    }
}

void gates_resume(struct gates *gates)
{
    for (struct gate_conn *gate = gates->first; gate; gate = gate->next)
        if (!gate->conn.paused)
            conn_resume(gate->below);
}

const struct device_port *gates_port(const struct gates *gates, const struct address *remote)
{
    for (const struct gate_conn *gate = gates->first; gate; gate = gate->next)
        if (gate->conn.remote.port == remote->port && address_same_ip(&gate->conn.remote, remote))
            return gate->port;
    return NULL;
}
