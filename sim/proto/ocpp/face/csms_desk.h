// SPDX-License-Identifier: Apache-2.0
// What the operator of a central system does in its database and at its doors, and the tables he
// reads there: the verbs csms.* of the language and the tables that `reconcile` compares. The same
// for a central system of a world and for one of a bench.
#ifndef SIM_PROTO_OCPP_FACE_CSMS_DESK_H
#define SIM_PROTO_OCPP_FACE_CSMS_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/proto/ocpp/csms.h"

struct csms_doors;
struct op;

struct csms_desk { // Borrowed; `doors` may be NULL: nobody was turned away, nobody stands there.
    struct csms *csms;
    struct csms_doors *doors;
};

// Does what the op's arguments say and ends the op at once.
typedef void csms_desk_fn(const struct csms_desk *desk, struct op *op);
csms_desk_fn csms_desk_drop, csms_desk_refusals, csms_desk_registration, csms_desk_station,
    csms_desk_tag;

// The one of these for a verb ("csms.tag"), or NULL.
csms_desk_fn *csms_desk_find(const char *verb);

// Whether the verb asks what a station believes of its connection ("ocpp.registered"), which the
// central system can tell as well; and its answer for a station it knows.
bool csms_desk_knows_link(const char *verb);
void csms_desk_link(const struct csms_station *station, struct op *op);

// "accepted", "pending", "rejected": the words for enum csms_registration. NULL-terminated.
extern const char *const csms_registrations[];

// Hands each record of a table to `add` as key and text pairs. Tables: "transactions",
// "violations", "stations", "security_events". Times and energies are written as the stations write
// theirs. A transaction that came again is one record, and one more for a repeat that was not the
// same bytes, so that a comparison finds it doubled. Returns false for any other table.
typedef void csms_record_fn(void *user, const char *const *keys, const char *const *values,
                            size_t count);
bool csms_desk_table(struct csms *csms, const char *table, csms_record_fn *add, void *user);

#endif
