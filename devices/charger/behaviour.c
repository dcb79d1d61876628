// SPDX-License-Identifier: Apache-2.0
// A charging station as its central system and its visitors know it (Schneider Charge cybersecurity
// guide, PKR9492200-00; OCPP 1.6 edition 2). Connectors are in connector.c, cars and mains in
// car.c, what must not be lost in transactions.c and queue.c, the wire in ocpp_link.c.
//
// Not here yet: the configuration page over HTTPS with its PIN, firmware updates, the Modbus map of
// EVlink stations, smart charging, reservations, SecurityEventNotification.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/err.h"
#include "sim/base/rng.h"
#include "sim/base/units.h"
#include "sim/device/audit.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// ---- What it is ----

static int64_t model_number(const struct device *device, const char *column, int64_t otherwise)
{
    const char *cell = profile_model_cell(device->profile, device->model, column);
    int64_t number;

    return cell && units_parse_integer(cell, &number) == 0 ? number : otherwise;
}

static void draw_serial(struct charger *charger)
{
    struct device *device = charger->device;
    const char *pattern = profile_fact_text(device->profile, "ocpp.serial", "##########");

    snprintf(charger->serial, sizeof(charger->serial), "%s",
             yaml_get_text(device->site, "serial", pattern));
    for (char *c = charger->serial; *c; c++)
        if (*c == '#')
            *c = (char)('0' + rng_below(&device->rng, 10));
    snprintf(device->serial, sizeof(device->serial), "%s", charger->serial);
    device->firmware = profile_fact_text(device->profile, "firmware.version", NULL);
}

static int init(struct device *device, struct diag *diag)
{
    struct charger *charger = charger_of(device);
    int64_t count = model_number(device, "connectors", 1);
    int err;

    charger->device = device;
    charger->connectors_count = (uint8_t)(count < 1                        ? 1
                                          : count > CHARGER_CONNECTORS_MAX ? CHARGER_CONNECTORS_MAX
                                                                           : count);
    charger->phases = model_number(device, "phases", 3) == 1 ? 1 : 3;
    charger->rated_A = (double)model_number(device, "rated_A", 32);
    err = charger_link_init(charger, diag);
    if (err < 0)
        return err;
    draw_serial(charger);
    charger->audit = audit_new(device);
    for (uint8_t i = 1; i <= charger->connectors_count; i++)
        charger_connector_init(charger, i);
    charger_messages_init(charger);
    charger_mains_init(charger);
    return 0;
}

static void done(struct device *device)
{
    struct charger *charger = charger_of(device);

    for (unsigned i = 0; i < charger->connectors_count; i++)
        charger_connector_done(&charger->connectors[i]);
    charger_mains_done(charger);
    charger_link_done(charger);
    audit_free(&charger->audit);
    free(charger->records);
}

static void start(struct charger *charger)
{
    audit_load(charger->audit);
    charger_keys_load(charger);
    charger_messages_power(charger, true);
    charger_link_power(charger, true);
    for (unsigned i = 0; i < charger->connectors_count; i++)
        charger_connector_power(&charger->connectors[i], true);
    charger_transactions_load(charger);
    for (unsigned i = 0; i < charger->connectors_count; i++)
        charger_connector_step(&charger->connectors[i]);
    if (!charger->live)
        timer_start(&charger->mains_timer, 0); // A station without mains does not start.
}

static void power(struct device *device, bool on)
{
    struct charger *charger = charger_of(device);

    if (on) {
        start(charger);
        return;
    }
    charger_messages_power(charger, false);
    charger_link_power(charger, false);
    for (unsigned i = 0; i < charger->connectors_count; i++)
        charger_connector_power(&charger->connectors[i], false);
}

// ---- Tables ----

static void read_transactions(struct device *device, device_record_fn *add, void *user)
{
    static const char *const keys[] = {"charger",     "connector",  "start_time", "stop_time",
                                       "meter_start", "meter_stop", "tag",        "reason"};
    const struct charger *charger = charger_of(device);

    for (size_t i = 0; i < charger->records_count; i++) {
        const struct charger_record *record = &charger->records[i];
        char connector[8], from[UNITS_TEXT_ROOM], to[UNITS_TEXT_ROOM] = "";
        char meter_from[24], meter_to[24] = "";
        const char *values[] = {
            charger->site.identity, connector, from, to, meter_from, meter_to, record->tag,
            record->reason};

        snprintf(connector, sizeof(connector), "%u", record->connector);
        snprintf(meter_from, sizeof(meter_from), "%" PRId64, record->meter_start_Wh);
        units_utc_text(record->start_utc_ns, from);
        if (record->ended) {
            units_utc_text(record->stop_utc_ns, to);
            snprintf(meter_to, sizeof(meter_to), "%" PRId64, record->meter_stop_Wh);
        }
        add(user, keys, values, COUNT_OF(keys));
    }
}

static void read_audit(struct device *device, device_record_fn *add, void *user)
{
    static const char *const keys[] = {"number", "time",  "source", "category",
                                       "type",   "event", "result"};
    const struct audit *audit = charger_of(device)->audit;

    for (size_t i = 0; i < audit_count(audit); i++) {
        struct audit_entry entry;
        char number[24], time[UNITS_TEXT_ROOM];

        audit_at(audit, i, &entry);
        snprintf(number, sizeof(number), "%" PRIu64, entry.number);
        add(user, keys,
            (const char *const[]){number, units_utc_text(entry.utc_ns, time), entry.source,
                                  audit_category_text(entry.category), entry.type, entry.event,
                                  audit_result_text(entry.result)},
            COUNT_OF(keys));
    }
}

static const struct device_table tables[] = {
    {"transactions",
     "Its transactions, oldest first: charger, connector, start_time, stop_time, meter_start, "
     "meter_stop, tag, reason; what has not ended has no stop.",
     read_transactions},
    {"audit", "Its security log, oldest entry first.", read_audit},
};

// ---- What the site may say, and the descriptor ----

static const char *const key_formats[] = {"hex", "bytes", NULL};
static const struct schema_field ocpp_fields[] = {
    {.name = "csms",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "The central system: a device of the site, or a URL with an address, "
            "ws://10.77.0.30:8080/ocpp or wss://...",
     .example = "csms"},
    {.name = "security",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 3,
     .otherwise = "0",
     .doc = "Security profile: 0 none, 1 Basic, 2 TLS with Basic, 3 TLS with a client "
            "certificate."},
    {.name = "identity",
     .type = SCHEMA_TEXT,
     .otherwise = "the device's id",
     .doc = "Identity in the URL and user of Basic; $(index) is the member of a fleet.",
     .example = "CP$(index)"},
    {.name = "password",
     .type = SCHEMA_TEXT,
     .otherwise = "40 digits drawn from the seed",
     .doc = "AuthorizationKey, one for all or with $(index)."},
    {.name = "common_name",
     .type = SCHEMA_TEXT,
     .otherwise = "the identity",
     .doc = "CN of the client certificate."},
    {.name = "name",
     .type = SCHEMA_TEXT,
     .otherwise = "the central system's own",
     .doc = "Name that the central system's certificate must carry."},
    {.name = "path",
     .type = SCHEMA_TEXT,
     .otherwise = "the profile's",
     .doc = "Path before the identity.",
     .example = "/ocpp"},
    {.name = "subprotocols",
     .type = SCHEMA_TEXT,
     .otherwise = "the profile's",
     .doc = "What is offered in the upgrade."},
    {.name = "key_format",
     .type = SCHEMA_CHOICE,
     .choices = key_formats,
     .otherwise = "hex",
     .doc = "Whether Basic carries the digits of the key or the bytes they stand for."},
};
static const struct schema ocpp_options = {
    .name = "ocpp",
    .doc = "How a charging station finds its central system and shows who it is.",
    .fields = ocpp_fields,
    .fields_count = COUNT_OF(ocpp_fields),
};
static const struct schema_field site_fields[] = {
    {.name = "ocpp",
     .type = SCHEMA_OBJECT,
     .object = &ocpp_options,
     .doc = "One line for a whole fleet: each member has an identity, a password and a "
            "certificate of its own. Without it the station charges and calls nobody.",
     .example = "{csms: csms, security: 2, identity: CP$(index)}"},
    {.name = "serial", .type = SCHEMA_TEXT, .doc = "Serial number; `#` is drawn as a digit."},
};
static const struct schema site_options = {
    .name = "charger",
    .doc = "Options of a charging station.",
    .fields = site_fields,
    .fields_count = COUNT_OF(site_fields),
};

const struct device_family charger_family = {
    .name = "charger",
    .title = "Charging station",
    .doc = "A charging station of one or two connectors that calls a central system by OCPP 1.6J.",
    .state_size = sizeof(struct charger),
    .site_options = &site_options,
    .init = init,
    .done = done,
    .power = power,
    .verbs = charger_verbs,
    .tables = tables,
    .tables_count = COUNT_OF(tables),
};
