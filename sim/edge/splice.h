// SPDX-License-Identifier: Apache-2.0
// Two conns back to back: what happens to the one end happens to the other, bytes, room, end. A
// side that takes less than it is offered pauses the other one, which then stops reading, so
// nothing is kept here. For the files of this room.
#ifndef SIM_EDGE_SPLICE_H
#define SIM_EDGE_SPLICE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/vnet/port.h"

enum splice_side { SPLICE_NEAR, SPLICE_FAR, SPLICE_SIDES };

struct splice;

// `side` has ended, with the reason of its on_end; the other one was closed or reset in the same
// manner. Both are gone, and the splice may be freed.
typedef void splice_end_fn(struct splice *splice, enum splice_side side, int reason);

struct splice {
    struct conn *ends[SPLICE_SIDES]; // NULL: not there yet; the owner's to set.
    splice_end_fn *on_end;
};

// What a conn calls that is an end of the splice `user`.
extern const struct conn_events splice_events[SPLICE_SIDES];

// Two of them, for an owner who hears the rest of the near end himself until it stands.
size_t splice_near_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user);
void splice_near_on_room(struct conn *conn, void *user);

// Hands bytes that `from` offers to `to` (NULL: not there yet) and pauses `from` when they do not
// all fit. Returns how many were taken.
size_t splice_carry(struct conn *from, struct conn *to, const uint8_t *data, size_t length);

// Tells an end (NULL: not there) that the other one ended for `reason`.
void splice_tell(struct conn *end, int reason);

#endif
