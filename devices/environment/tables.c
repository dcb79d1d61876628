// SPDX-License-Identifier: Apache-2.0
// The tables of a central system: what a scenario reconciles with the stations' own, or reads.
// Times and energies are written as the stations write theirs. A transaction that came again is one
// record, and one more for a repeat that was not the same bytes, so that a comparison finds it
// doubled.
#include <stdio.h>

#include "devices/environment/state.h"
#include "sim/base/units.h"

#define NUMBER_ROOM 24

static const char *number(int64_t value, char ret[NUMBER_ROOM])
{
    snprintf(ret, NUMBER_ROOM, "%lld", (long long)value);
    return ret;
}

static void add_transaction(const struct csms_transaction *facts, device_record_fn *add, void *user)
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

static void read_transactions(struct device *device, device_record_fn *add, void *user)
{
    const struct csms *csms = environment_of(device)->csms;

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

static void read_violations(struct device *device, device_record_fn *add, void *user)
{
    static const char *const keys[] = {"text"};
    const struct csms *csms = environment_of(device)->csms;

    for (size_t i = 0; i < csms_violations(csms); i++) {
        const char *text = csms_violation_at(csms, i);

        add(user, keys, &text, 1);
    }
}

static void read_stations(struct device *device, device_record_fn *add, void *user)
{
    static const char *const keys[] = {"charger",     "connected", "registered",
                                       "connections", "vendor",    "model",
                                       "serial",      "firmware",  "status"};
    struct csms *csms = environment_of(device)->csms;

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

static void read_security_events(struct device *device, device_record_fn *add, void *user)
{
    static const char *const keys[] = {"charger", "type", "time"};
    const struct csms *csms = environment_of(device)->csms;

    for (size_t i = 0; i < csms_security_events(csms); i++) {
        const struct csms_security_event *event = csms_security_event_at(csms, i);
        char time[UNITS_TEXT_ROOM];
        const char *const values[] = {csms_identity(event->station), event->type,
                                      units_utc_text(event->utc_ns, time)};

        add(user, keys, values, 3);
    }
}

const struct device_table environment_tables[ENVIRONMENT_TABLES] = {
    {.name = "transactions",
     .doc = "Every transaction it was told of, in the order of their starts.",
     .read = read_transactions},
    {.name = "violations",
     .doc = "The rules that stations broke, as sentences, the last 256.",
     .read = read_violations},
    {.name = "stations", .doc = "The stations it knows.", .read = read_stations},
    {.name = "security_events",
     .doc = "The security events that stations told it.",
     .read = read_security_events},
};
