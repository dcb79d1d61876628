// SPDX-License-Identifier: Apache-2.0
// The same four events for each side, told apart by which end they look at.
#include "sim/edge/splice.h"

size_t splice_carry(struct conn *from, struct conn *to, const uint8_t *data, size_t length)
{
    size_t taken = to ? conn_send(to, data, length) : 0;

    if (taken < length)
        conn_pause(from);
    return taken;
}

void splice_tell(struct conn *end, int reason)
{
    if (end && reason == 0)
        conn_close(end);
    else if (end)
        conn_reset(end);
}

// It stands, or has room: what the other side had to keep meanwhile may come.
static void wake(const struct splice *splice, enum splice_side other)
{
    if (splice->ends[other])
        conn_resume(splice->ends[other]);
}

static void end(struct splice *splice, enum splice_side side, int reason)
{
    splice_tell(splice->ends[side == SPLICE_NEAR ? SPLICE_FAR : SPLICE_NEAR], reason);
    splice->on_end(splice, side, reason);
}

void splice_near_on_room(struct conn *conn, void *user)
{
    (void)conn;
    wake(user, SPLICE_FAR);
}

size_t splice_near_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    const struct splice *splice = user;

    return splice_carry(conn, splice->ends[SPLICE_FAR], data, length);
}

static void near_on_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    end(user, SPLICE_NEAR, reason);
}

static void far_on_room(struct conn *conn, void *user)
{
    (void)conn;
    wake(user, SPLICE_NEAR);
}

static size_t far_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    const struct splice *splice = user;

    return splice_carry(conn, splice->ends[SPLICE_NEAR], data, length);
}

static void far_on_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    end(user, SPLICE_FAR, reason);
}

const struct conn_events splice_events[SPLICE_SIDES] = {
    [SPLICE_NEAR] = {.on_open = splice_near_on_room,
                     .on_data = splice_near_on_data,
                     .on_room = splice_near_on_room,
                     .on_end = near_on_end},
    [SPLICE_FAR] = {.on_open = far_on_room,
                    .on_data = far_on_data,
                    .on_room = far_on_room,
                    .on_end = far_on_end},
};
