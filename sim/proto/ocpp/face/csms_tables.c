// SPDX-License-Identifier: Apache-2.0
// The tables of a central system, record by record.
#include <stdio.h>
#include <string.h>

#include "sim/base/units.h"
#include "sim/proto/ocpp/face/csms_desk.h"

#define NUMBER_ROOM 24

static const char *number(int64_t value, char ret[NUMBER_ROOM])
{
    snprintf(ret, NUMBER_ROOM, "%lld", (long long)value);
    return ret;
}

static void add_transaction(const struct csms_transaction *facts, csms_record_fn *add, void *user)
{
    static const char *const keys[] = {"charger",     "connector",  "start_time",   "stop_time",
                                       "meter_start", "meter_stop", "reason",       "id_tag",
                                       "id",          "starts",     "meter_values", "differed"};
    bool ended = facts->stops > 0;
    char start[UNITS_TEXT_ROOM];
    char stop[UNITS_TEXT_ROOM];
    char numbers[6][NUMBER_ROOM];
    const char *const values[] = {
        csms_identity(facts->station),
        number(facts->connector, numbers[0]),
        units_utc_text(facts->start_utc_ns, start),
        ended ? units_utc_text(facts->stop_utc_ns, stop) : "",
        number(facts->meter_start_Wh, numbers[1]),
        ended ? number(facts->meter_stop_Wh, numbers[2]) : "",
        facts->reason,
        facts->tag,
        number(facts->id, numbers[3]),
        number(facts->starts, numbers[4]),
        number((int64_t)facts->meter_values, numbers[5]),
        facts->differed ? "yes" : "no",
    };

    add(user, keys, values, sizeof(keys) / sizeof(keys[0]));
}

static void read_transactions(struct csms *csms, csms_record_fn *add, void *user)
{
    for (size_t i = 0; i < csms_transactions(csms); i++) {
        struct csms_transaction facts = *csms_transaction_at(csms, i);

        if (facts.differed) {
            facts.differed = false;
            add_transaction(&facts, add, user);
            facts.differed = true;
        }
        add_transaction(&facts, add, user);
    }
}

static void read_violations(struct csms *csms, csms_record_fn *add, void *user)
{
    static const char *const keys[] = {"text"};

    for (size_t i = 0; i < csms_violations(csms); i++) {
        const char *text = csms_violation_at(csms, i);

        add(user, keys, &text, 1);
    }
}

static void read_stations(struct csms *csms, csms_record_fn *add, void *user)
{
    static const char *const keys[] = {"charger",     "connected", "registered",
                                       "connections", "vendor",    "model",
                                       "serial",      "firmware",  "status"};

    for (size_t i = 0; i < csms_stations(csms); i++) {
        const struct csms_station *station = csms_station_at(csms, i);
        struct csms_facts facts;
        char connections[NUMBER_ROOM];

        csms_facts(station, &facts);
        const char *const values[] = {
            csms_identity(station),
            facts.connected ? "yes" : "no",
            facts.registered ? "yes" : "no",
            number((int64_t)facts.connections, connections),
            facts.vendor,
            facts.model,
            facts.serial,
            facts.firmware,
            facts.status[1],
        };
        add(user, keys, values, sizeof(keys) / sizeof(keys[0]));
    }
}

static void read_security_events(struct csms *csms, csms_record_fn *add, void *user)
{
    static const char *const keys[] = {"charger", "type", "time"};

    for (size_t i = 0; i < csms_security_events(csms); i++) {
        const struct csms_security_event *event = csms_security_event_at(csms, i);
        char time[UNITS_TEXT_ROOM];
        const char *const values[] = {csms_identity(event->station), event->type,
                                      units_utc_text(event->utc_ns, time)};

        add(user, keys, values, 3);
    }
}

bool csms_desk_table(struct csms *csms, const char *table, csms_record_fn *add, void *user)
{
    static const struct {
        const char *table;
        void (*read)(struct csms *csms, csms_record_fn *add, void *user);
    } rows[] = {
        {"transactions", read_transactions},
        {"violations", read_violations},
        {"stations", read_stations},
        {"security_events", read_security_events},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].table, table) != 0)
            continue;
        rows[i].read(csms, add, user);
        return true;
    }
    return false;
}
