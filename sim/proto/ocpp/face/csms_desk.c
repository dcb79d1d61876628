// SPDX-License-Identifier: Apache-2.0
// The operator's verbs, each ended at once.
#include "sim/proto/ocpp/face/csms_desk.h"

#include <string.h>

#include "sim/base/err.h"
#include "sim/proto/ocpp/face/csms_doors.h"
#include "sim/scenario/verb.h"

#define INTERVAL_NS (300 * SIM_NS_PER_S)

const char *const csms_registrations[] = {"accepted", "pending", "rejected", NULL};

// The place of `text` in a NULL-terminated list; its length when it is not there.
static size_t find_text(const char *const *list, const char *text)
{
    size_t i = 0;

    while (list[i] && strcmp(list[i], text) != 0)
        i++;
    return i;
}

void csms_desk_registration(const struct csms_desk *desk, struct op *op)
{
    const char *identity = op_text(op, "station", NULL);
    size_t found = find_text(csms_registrations, op_text(op, "status", ""));

    if (identity && !csms_station(desk->csms, identity)) {
        op_fail(op, ERR_NOT_FOUND, "it knows no station '%s'", identity);
        return;
    }
    csms_set_registration(desk->csms, identity, (enum csms_registration)found,
                          op_time_ns(op, "interval", INTERVAL_NS) / SIM_NS_PER_S);
    op_finish(op);
}

void csms_desk_tag(const struct csms_desk *desk, struct op *op)
{
    const char *status =
        csms_tag_statuses[find_text(csms_tag_statuses, op_text(op, "status", "Accepted"))];
    int err = status ? csms_set_tag(desk->csms, op_text(op, "id_tag", ""), status) : ERR_RANGE;

    if (err < 0)
        op_fail(op, err, "the tag cannot be kept: %s", err_text(err));
    else
        op_finish(op);
}

static const char *or_none(const char *text)
{
    return strcmp(text, "none") == 0 ? NULL : text;
}

void csms_desk_station(const struct csms_desk *desk, struct op *op)
{
    const char *identity = op_text(op, "station", "");
    struct csms_station *station = csms_station(desk->csms, identity);

    if (!station) {
        op_fail(op, ERR_NOT_FOUND, "it knows no station '%s'", identity);
        return;
    }
    if (op_has(op, "password"))
        csms_set_password(station, or_none(op_text(op, "password", "")));
    if (op_has(op, "common_name"))
        csms_set_common_name(station, or_none(op_text(op, "common_name", "")));
    op_finish(op);
}

void csms_desk_drop(const struct csms_desk *desk, struct op *op)
{
    const char *identity = op_text(op, "station", NULL);

    for (size_t i = 0; i < csms_stations(desk->csms); i++) {
        struct csms_station *station = csms_station_at(desk->csms, i);

        if (!identity || strcmp(identity, csms_identity(station)) == 0)
            csms_doors_drop(station);
    }
    op_finish(op);
}

void csms_desk_refusals(const struct csms_desk *desk, struct op *op)
{
    static const struct csms_doors_refusals none;
    const struct csms_doors_refusals *refusals =
        desk->doors ? csms_doors_refusals(desk->doors) : &none;

    op_set_integer(op, "upgrades", (int64_t)refusals->upgrades);
    op_set_integer(op, "handshakes", (int64_t)refusals->handshakes);
    op_set_integer(op, "status", refusals->status);
    op_set_text(op, "last", refusals->text);
    op_finish(op);
}

csms_desk_fn *csms_desk_find(const char *verb)
{
    static const struct {
        const char *verb;
        csms_desk_fn *fn;
    } rows[] = {
        {"csms.drop", csms_desk_drop},
        {"csms.refusals", csms_desk_refusals},
        {"csms.registration", csms_desk_registration},
        {"csms.station", csms_desk_station},
        {"csms.tag", csms_desk_tag},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].verb, verb) == 0)
            return rows[i].fn;
    return NULL;
}

bool csms_desk_knows_link(const char *verb)
{
    return strcmp(verb, "ocpp.registered") == 0 || strcmp(verb, "ocpp.connected") == 0;
}

void csms_desk_link(const struct csms_station *station, struct op *op)
{
    struct csms_facts facts;

    csms_facts(station, &facts);
    op_set_truth(op, "registered", facts.registered);
    op_set_truth(op, "connected", facts.connected);
    op_set_integer(op, "connections", (int64_t)facts.connections);
    op_finish(op);
}
