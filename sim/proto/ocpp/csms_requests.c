// SPDX-License-Identifier: Apache-2.0
// What a central system answers to the requests of its stations (OCPP 1.6 edition 2 section 4). The
// session has held each against the table of messages already; here stand the rules between
// messages, which no table knows and no other peer checks. A broken one is noted and, unless the
// standard says otherwise, answered all the same: a simulated central system is to show faults, not
// to stop at them.
#include <stdio.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/proto/ocpp/csms_parts.h"

// Takes `payload` in and puts the confirmation's fields.
typedef void request_fn(struct csms_station *station, const struct json *payload,
                        struct ocpp_build *build);

static int64_t utc_of(const struct json *payload, const char *key)
{
    const char *text = json_text(json_get(payload, key), NULL);
    int64_t utc_ns = 0;

    return text && ocpp_parse_time(text, &utc_ns) == 0 ? utc_ns : 0;
}

static const char *text_of(const struct json *payload, const char *key)
{
    return json_text(json_get(payload, key), "");
}

static void copy(char *ret, size_t room, const struct json *payload, const char *key)
{
    snprintf(ret, room, "%s", text_of(payload, key));
}

static int64_t now_utc_ns(const struct csms_station *station)
{
    return station->csms->events->utc_ns(station->csms->user);
}

static bool connector_exists(struct csms_station *station, const struct json *payload,
                             int64_t least)
{
    int64_t connector = json_integer(json_get(payload, "connectorId"), least);

    if (connector >= least && connector <= CSMS_CONNECTORS_MAX)
        return true;
    csms_note_violation(station, "connectorId: %lld is no connector here", (long long)connector);
    return false;
}

// ---- Core ----

static void authorize(struct csms_station *station, const struct json *payload,
                      struct ocpp_build *build)
{
    ocpp_put_object(build, "idTagInfo");
    ocpp_put_text(build, "status", csms_tag_status(station->csms, text_of(payload, "idTag")));
    ocpp_put_end(build);
}

static void boot_notification(struct csms_station *station, const struct json *payload,
                              struct ocpp_build *build)
{
    static const char *const statuses[] = {
        [CSMS_ACCEPTED] = "Accepted", [CSMS_PENDING] = "Pending", [CSMS_REJECTED] = "Rejected"};

    copy(station->vendor, sizeof(station->vendor), payload, "chargePointVendor");
    copy(station->model, sizeof(station->model), payload, "chargePointModel");
    copy(station->serial, sizeof(station->serial), payload, "chargePointSerialNumber");
    copy(station->firmware, sizeof(station->firmware), payload, "firmwareVersion");
    station->booted = station->registration == CSMS_ACCEPTED;
    ocpp_put_text(build, "status", statuses[station->registration]);
    ocpp_put_time(build, "currentTime", now_utc_ns(station));
    ocpp_put_integer(build, "interval", station->interval_s);
}

static void heartbeat(struct csms_station *station, const struct json *payload,
                      struct ocpp_build *build)
{
    (void)payload;
    ocpp_put_time(build, "currentTime", now_utc_ns(station));
}

static void status_notification(struct csms_station *station, const struct json *payload,
                                struct ocpp_build *build)
{
    int64_t connector = json_integer(json_get(payload, "connectorId"), 0);

    (void)build;
    if (connector_exists(station, payload, 0))
        copy(station->status[connector], CSMS_STATUS_ROOM, payload, "status");
}

static void meter_values(struct csms_station *station, const struct json *payload,
                         struct ocpp_build *build)
{
    const struct json *id = json_get(payload, "transactionId");
    struct csms_entry *entry;

    (void)build;
    connector_exists(station, payload, 0);
    if (!id)
        return;
    entry = csms_find_transaction(station->csms, json_integer(id, 0));
    if (!entry || entry->facts.station != station)
        csms_note_violation(station, "MeterValues of transaction %lld, which is not its own",
                            (long long)json_integer(id, 0));
    else
        entry->facts.meter_values++;
}

static void start_transaction(struct csms_station *station, const struct json *payload,
                              struct ocpp_build *build)
{
    struct csms_entry *entry = csms_start_transaction(station, payload);
    const char *status = csms_tag_status(station->csms, text_of(payload, "idTag"));

    connector_exists(station, payload, 1);
    ocpp_put_object(build, "idTagInfo");
    ocpp_put_text(build, "status", status);
    ocpp_put_end(build);
    ocpp_put_integer(build, "transactionId", entry->facts.id);
}

static void stop_transaction(struct csms_station *station, const struct json *payload,
                             struct ocpp_build *build)
{
    const char *tag = json_text(json_get(payload, "idTag"), NULL);

    csms_stop_transaction(station, payload);
    if (!tag)
        return;
    ocpp_put_object(build, "idTagInfo");
    ocpp_put_text(build, "status", csms_tag_status(station->csms, tag));
    ocpp_put_end(build);
}

static void data_transfer(struct csms_station *station, const struct json *payload,
                          struct ocpp_build *build)
{
    (void)station;
    (void)payload;
    ocpp_put_text(build, "status", "UnknownVendorId");
}

// ---- Security extension ----

static void security_event(struct csms_station *station, const struct json *payload,
                           struct ocpp_build *build)
{
    (void)build;
    csms_note_security_event(station, text_of(payload, "type"), utc_of(payload, "timestamp"));
}

static void sign_certificate(struct csms_station *station, const struct json *payload,
                             struct ocpp_build *build)
{
    (void)station;
    (void)payload;
    ocpp_put_text(build, "status", "Rejected"); // It has no authority of its own.
}

// Told and noted among the frames, nothing more.
static void take(struct csms_station *station, const struct json *payload, struct ocpp_build *build)
{
    (void)station;
    (void)payload;
    (void)build;
}

static const struct request {
    const char *action;
    request_fn *answer;
    bool quiet; // Nothing that a probe could see changes.
} requests[] = {
    {"Authorize", authorize, true},
    {"BootNotification", boot_notification, false},
    {"DataTransfer", data_transfer, true},
    {"DiagnosticsStatusNotification", take, false},
    {"FirmwareStatusNotification", take, false},
    {"Heartbeat", heartbeat, true},
    {"LogStatusNotification", take, false},
    {"MeterValues", meter_values, true},
    {"SecurityEventNotification", security_event, false},
    {"SignCertificate", sign_certificate, true},
    {"SignedFirmwareStatusNotification", take, false},
    {"StartTransaction", start_transaction, false},
    {"StatusNotification", status_notification, false},
    {"StopTransaction", stop_transaction, false},
};

static const struct request *find_request(const char *action)
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        if (strcmp(requests[i].action, action) == 0)
            return &requests[i];
    return NULL;
}

// A station is silent until its BootNotification was accepted, unless it is pending and was asked
// (section 4.2).
static bool may_speak(struct csms_station *station, const struct ocpp_action *action)
{
    if (station->booted || station->csms->options.accept_unbooted ||
        station->registration == CSMS_PENDING || strcmp(action->name, "BootNotification") == 0)
        return true;
    csms_note_violation(station, "%s before its BootNotification was accepted", action->name);
    return false;
}

void csms_on_call(struct ocpp_session *session, const struct ocpp_action *action, const char *id,
                  const struct json *payload, void *user)
{
    struct csms_station *station = user;
    struct csms *csms = station->csms;
    const struct request *request = find_request(action->name);
    struct ocpp_build build;

    if (!request) {
        ocpp_session_refuse(session, id, OCPP_NOT_SUPPORTED, "not by this central system");
        return;
    }
    if (!may_speak(station, action)) {
        ocpp_session_refuse(session, id, OCPP_SECURITY_ERROR, "the station is not accepted");
        return;
    }
    if (strcmp(action->name, "StartTransaction") == 0 && !csms_has_room(station, payload)) {
        ocpp_session_refuse(session, id, OCPP_INTERNAL_ERROR, "too many running transactions");
        return;
    }
    str_clear(&csms->out);
    ocpp_build_begin(&build, action->confirmation, &csms->out);
    request->answer(station, payload, &build);
    ocpp_build_end(&build);
    ocpp_session_confirm(session, id, str_text(&csms->out), csms->out.length);
    if (!request->quiet)
        csms->events->changed(station, csms->user);
}
