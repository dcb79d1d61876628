// SPDX-License-Identifier: Apache-2.0
// What a central system may ask of a station, a row each (OCPP 1.6 section 5, core profile and
// remote trigger). Requests were checked against the table of messages before they come here; what
// they mean for this station is decided here.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/json.h"
#include "sim/base/units.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// One request under way: where its answer is built.
struct request {
    struct charger *charger;
    const char *id;
    const struct json *payload;
    struct ocpp_build build;
};

static struct charger_connector *connector_of(const struct request *request)
{
    int64_t number = json_integer(json_get(request->payload, "connectorId"), -1);

    if (number < 1 || number > request->charger->connectors_count)
        return NULL;
    return &request->charger->connectors[number - 1];
}

static void put_status(struct request *request, const char *status)
{
    ocpp_put_text(&request->build, "status", status);
}

// ---- Transactions from afar ----

static bool is_free(const struct charger_connector *connector)
{
    return !connector->transaction.local && !connector->tag[0] && !connector->inoperative &&
           !connector->faulted && !connector->finishing;
}

// Without a connector named: one with a cable in it, else the first that is free.
static struct charger_connector *choose(struct charger *charger)
{
    struct charger_connector *first = NULL;

    for (unsigned i = charger->connectors_count; i-- > 0;) {
        struct charger_connector *connector = &charger->connectors[i];

        if (is_free(connector) && (!first || connector->car.plugged || !first->car.plugged))
            first = connector;
    }
    return first;
}

static void remote_start(struct request *request)
{
    const struct json *number = json_get(request->payload, "connectorId");
    struct charger_connector *connector = number ? connector_of(request) : choose(request->charger);
    const char *tag = json_text(json_get(request->payload, "idTag"), "");
    bool accepted = request->charger->registration == CHARGER_REGISTERED && connector &&
                    is_free(connector) && charger_connector_present(connector, tag, true);

    put_status(request, accepted ? "Accepted" : "Rejected");
}

static void remote_stop(struct request *request)
{
    struct charger *charger = request->charger;
    int64_t id = json_integer(json_get(request->payload, "transactionId"), -1);

    for (unsigned i = 0; i < charger->connectors_count; i++) {
        struct charger_connector *connector = &charger->connectors[i];

        if (charger->registration != CHARGER_REGISTERED || !connector->transaction.local ||
            !connector->transaction.known || connector->transaction.id != id)
            continue;
        charger_connector_stop(connector, "Remote");
        put_status(request, "Accepted");
        return;
    }
    put_status(request, "Rejected");
}

// ---- Reset, availability, unlocking ----

// The answer goes out first; transactions end in the store before the station goes down.
static void reset(struct request *request)
{
    struct charger *charger = request->charger;
    bool hard = strcmp(json_text(json_get(request->payload, "type"), "Hard"), "Hard") == 0;

    for (unsigned i = 0; i < charger->connectors_count; i++)
        charger_connector_stop(&charger->connectors[i], hard ? "HardReset" : "SoftReset");
    charger_audit(charger, "ResetOrReboot", true);
    charger->resets = true;
    timer_start(&charger->restart_timer,
                profile_fact_time_ns(charger->device->profile, "ocpp.reset_delay", SIM_NS_PER_S));
    put_status(request, "Accepted");
}

static void change_availability(struct request *request)
{
    struct charger *charger = request->charger;
    int64_t number = json_integer(json_get(request->payload, "connectorId"), -1);
    bool operative = strcmp(json_text(json_get(request->payload, "type"), ""), "Operative") == 0;
    bool scheduled = false;

    if (number < 0 || number > charger->connectors_count) {
        put_status(request, "Rejected");
        return;
    }
    for (unsigned i = 0; i < charger->connectors_count; i++) {
        struct charger_connector *connector = &charger->connectors[i];

        if (number && connector->number != number)
            continue;
        charger_connector_set_operative(connector, operative);
        scheduled |= connector->going_out;
    }
    put_status(request, scheduled ? "Scheduled" : "Accepted");
}

static void unlock_connector(struct request *request)
{
    struct charger_connector *connector = connector_of(request);

    if (connector)
        charger_connector_stop(connector, "UnlockCommand");
    put_status(request, connector ? "Unlocked" : "NotSupported");
}

// ---- Configuration ----

static void change_configuration(struct request *request)
{
    const char *key = json_text(json_get(request->payload, "key"), "");
    const char *value = json_text(json_get(request->payload, "value"), "");

    put_status(request, charger_keys_change(request->charger, key, value));
}

static void put_key(struct request *request, const struct charger_key *key)
{
    struct str value = {0};

    ocpp_put_object(&request->build, NULL);
    ocpp_put_text(&request->build, "key", key->name);
    ocpp_put_boolean(&request->build, "readonly", !strchr(key->access, 'W'));
    if (strchr(key->access, 'R')) {
        charger_key_add_value(request->charger, key, &value);
        ocpp_put_text(&request->build, "value", str_text(&value));
    }
    ocpp_put_end(&request->build);
    str_done(&value);
}

// All that can be read, or those asked for; what nobody knows is named, each once as it came.
static void get_configuration(struct request *request)
{
    const struct json *asked = json_get(request->payload, "key");
    size_t unknown = 0;
    struct charger_key key;

    ocpp_put_list(&request->build, "configurationKey");
    if (!json_count(asked))
        for (size_t i = 0; charger_key_at(request->charger, i, &key); i++)
            put_key(request, &key);
    for (size_t i = 0; i < json_count(asked); i++)
        if (charger_key_find(request->charger, json_text(json_at(asked, i), ""), &key))
            put_key(request, &key);
        else
            unknown++;
    ocpp_put_end(&request->build);
    if (!unknown)
        return;
    ocpp_put_list(&request->build, "unknownKey");
    for (size_t i = 0; i < json_count(asked); i++)
        if (!charger_key_find(request->charger, json_text(json_at(asked, i), ""), &key))
            ocpp_put_text(&request->build, NULL, json_text(json_at(asked, i), ""));
    ocpp_put_end(&request->build);
}

// There is no cache to clear (OCPP 1.6 5.4).
static void clear_cache(struct request *request)
{
    put_status(request, "Rejected");
}

static void data_transfer(struct request *request)
{
    const char *vendor = json_text(json_get(request->payload, "vendorId"), "");
    const char *own =
        profile_fact_text(request->charger->device->profile, "ocpp.vendor", "testbay");

    put_status(request, strcmp(vendor, own) == 0 ? "UnknownMessageId" : "UnknownVendorId");
}

// ---- TriggerMessage ----

static void trigger_boot(struct charger *charger, struct charger_connector *connector)
{
    (void)connector;
    charger->boot_due = true;
}

static void trigger_heartbeat(struct charger *charger, struct charger_connector *connector)
{
    (void)connector;
    charger->heartbeat_due = true;
}

static void trigger_meter(struct charger *charger, struct charger_connector *connector)
{
    for (unsigned i = 0; i < charger->connectors_count; i++)
        if (!connector || connector == &charger->connectors[i])
            charger->connectors[i].tell_meter = true;
}

static void trigger_status(struct charger *charger, struct charger_connector *connector)
{
    charger->tell_station |= !connector;
    for (unsigned i = 0; i < charger->connectors_count; i++)
        if (!connector || connector == &charger->connectors[i])
            charger->connectors[i].tell = true;
}

static const struct {
    const char *message;
    void (*trigger)(struct charger *charger, struct charger_connector *connector);
} triggers[] = {
    {"BootNotification", trigger_boot},
    {"Heartbeat", trigger_heartbeat},
    {"MeterValues", trigger_meter},
    {"StatusNotification", trigger_status},
};

// The answer goes out first, then what was asked for: the pump runs behind every request.
static void trigger_message(struct request *request)
{
    const char *message = json_text(json_get(request->payload, "requestedMessage"), "");
    const struct json *number = json_get(request->payload, "connectorId");
    bool station = json_integer(number, 0) == 0;
    struct charger_connector *connector = station ? NULL : connector_of(request);

    for (size_t i = 0; i < COUNT_OF(triggers); i++) {
        if (strcmp(triggers[i].message, message) != 0)
            continue;
        if (station || connector)
            triggers[i].trigger(request->charger, connector);
        put_status(request, station || connector ? "Accepted" : "Rejected");
        return;
    }
    put_status(request, "NotImplemented");
}

// ---- The table ----

static const struct {
    const char *action;
    void (*handle)(struct request *request);
} handlers[] = {
    {"ChangeAvailability", change_availability},
    {"ChangeConfiguration", change_configuration},
    {"ClearCache", clear_cache},
    {"DataTransfer", data_transfer},
    {"GetConfiguration", get_configuration},
    {"RemoteStartTransaction", remote_start},
    {"RemoteStopTransaction", remote_stop},
    {"Reset", reset},
    {"TriggerMessage", trigger_message},
    {"UnlockConnector", unlock_connector},
};

static bool too_many_keys(const struct charger *charger, const struct json *payload)
{
    struct charger_key key;
    struct str text = {0};
    int64_t most = INT64_MAX;

    if (charger_key_find(charger, "GetConfigurationMaxKeys", &key)) {
        charger_key_add_value(charger, &key, &text);
        (void)units_parse_integer(str_text(&text), &most);
    }
    str_done(&text);
    return (int64_t)json_count(json_get(payload, "key")) > most;
}

void charger_on_call(struct ocpp_session *session, const struct ocpp_action *action, const char *id,
                     const struct json *payload, void *user)
{
    struct request request = {.charger = user, .id = id, .payload = payload};
    struct str answer = {0};

    if (!device_alive(request.charger->device))
        return;
    if (too_many_keys(request.charger, payload)) {
        ocpp_session_refuse(session, id, OCPP_PROPERTY_CONSTRAINT_VIOLATION, "too many keys");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(handlers); i++) {
        if (strcmp(handlers[i].action, action->name) != 0)
            continue;
        ocpp_build_begin(&request.build, action->confirmation, &answer);
        request.charger->answering = true;
        handlers[i].handle(&request);
        request.charger->answering = false;
        ocpp_build_end(&request.build);
        if (device_alive(request.charger->device))
            ocpp_session_confirm(session, id, str_text(&answer), answer.length);
        str_done(&answer);
        charger_pump(request.charger);
        return;
    }
    ocpp_session_refuse(session, id, OCPP_NOT_SUPPORTED, action->name);
}
