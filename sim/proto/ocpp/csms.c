// SPDX-License-Identifier: Apache-2.0
// The stations of a central system and their connections: twenty thousand of them in one hash
// table, each with the one session that all its connections share. OCPP-J 1.6 sections 3 to 5; what
// a station says is answered in csms_requests.c. Not modelled: OCPP 1.5 and SOAP.
#include "sim/proto/ocpp/csms.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/ocpp/csms_parts.h"

#define STATION_BUCKETS 32768 // A power of two above CSMS_STATIONS_MAX.

uint64_t csms_hash(const void *data, size_t length)
{
    const uint8_t *bytes = data;
    uint64_t hash = 0xCBF29CE484222325u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 0x100000001B3u;
    return hash ^ (hash >> 32);
}

struct csms *csms_new(const struct csms_options *options, const struct csms_events *events,
                      void *user)
{
    struct csms *csms = mem_new(1, sizeof(*csms));

    assert(options->call_timeout_ns > 0);
    assert(options->transactions_max > 0);
    csms->options = *options;
    csms->events = events;
    csms->user = user;
    csms->interval_s = options->heartbeat_interval_s;
    csms->buckets = mem_new(STATION_BUCKETS, sizeof(struct csms_station *));
    csms->violations = mem_new(CSMS_VIOLATIONS_MAX, sizeof(*csms->violations));
    return csms;
}

static void free_station(struct csms_station *station)
{
    ocpp_session_free(&station->session);
    free(station->identity);
    free(station->common_name);
    free(station);
}

void csms_free(struct csms **csms)
{
    struct csms *old = *csms;

    if (!old)
        return;
    for (size_t i = 0; i < old->stations_count; i++)
        free_station(old->stations[i]);
    csms_transactions_free(old);
    csms_tags_free(old);
    csms_notes_free(old);
    free(old->stations);
    free(old->buckets);
    str_done(&old->out);
    free(old);
    *csms = NULL;
}

// ---- The registry ----

static struct csms_station **bucket_of(struct csms *csms, const char *identity)
{
    return &csms->buckets[csms_hash(identity, strlen(identity)) & (STATION_BUCKETS - 1)];
}

struct csms_station *csms_station(struct csms *csms, const char *identity)
{
    struct csms_station *station = *bucket_of(csms, identity);

    while (station && strcmp(station->identity, identity) != 0)
        station = station->next_in_bucket;
    return station;
}

static bool hex_digits(const char *text, uint8_t *ret, size_t room, size_t *ret_length)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    size_t length = strlen(text);

    if (length == 0 || length % 2 || length / 2 > room)
        return false;
    for (size_t i = 0; i < length; i++) {
        const char *at = strchr(digits, text[i]);
        uint8_t nibble;

        if (!at)
            return false;
        nibble = (uint8_t)((at - digits) & 15);
        ret[i / 2] = i % 2 ? (uint8_t)(ret[i / 2] | nibble) : (uint8_t)(nibble << 4);
    }
    *ret_length = length / 2;
    return true;
}

void csms_set_password(struct csms_station *station, const char *password)
{
    uint8_t bytes[64];
    size_t length = 0;

    station->has_password = password != NULL;
    station->has_password_bytes = false;
    if (!password)
        return;
    crypto_sha256(password, strlen(password), station->password_text);
    station->has_password_bytes = hex_digits(password, bytes, sizeof(bytes), &length);
    if (station->has_password_bytes)
        crypto_sha256(bytes, length, station->password_bytes);
    crypto_wipe(bytes, sizeof(bytes));
}

void csms_set_common_name(struct csms_station *station, const char *common_name)
{
    free(station->common_name);
    station->common_name = str_copy(common_name);
}

int csms_add_station(struct csms *csms, const char *identity, const char *password,
                     const char *common_name)
{
    struct csms_station **bucket = bucket_of(csms, identity);
    struct csms_station *station;

    if (csms_station(csms, identity))
        return ERR_EXISTS;
    if (csms->stations_count == CSMS_STATIONS_MAX)
        return ERR_TOO_MANY;
    station = mem_new(1, sizeof(*station));
    station->csms = csms;
    station->identity = str_copy(identity);
    station->common_name = str_copy(common_name);
    station->registration = csms->registration;
    station->interval_s = csms->interval_s;
    station->security = -1;
    csms_set_password(station, password);
    station->next_in_bucket = *bucket;
    *bucket = station;
    MEM_PUSH_ROOM(csms->stations, csms->stations_count, csms->stations_room);
    csms->stations[csms->stations_count++] = station;
    return 0;
}

size_t csms_stations(const struct csms *csms)
{
    return csms->stations_count;
}

struct csms_station *csms_station_at(struct csms *csms, size_t index)
{
    assert(index < csms->stations_count);
    return csms->stations[index];
}

const char *csms_identity(const struct csms_station *station)
{
    return station->identity;
}

void csms_set_security(struct csms_station *station, int security)
{
    station->security = security;
}

int csms_security(const struct csms_station *station)
{
    return station->security;
}

void csms_set_registration(struct csms *csms, const char *identity,
                           enum csms_registration registration, int64_t interval_s)
{
    struct csms_station *only = identity ? csms_station(csms, identity) : NULL;

    if (!identity) {
        csms->registration = registration;
        csms->interval_s = interval_s;
    }
    for (size_t i = 0; i < csms->stations_count; i++) {
        if (identity && csms->stations[i] != only)
            continue;
        csms->stations[i]->registration = registration;
        csms->stations[i]->interval_s = interval_s;
    }
}

// ---- Connections ----

static int send_frame(void *user, const char *text, size_t length)
{
    struct csms_station *station = user;
    struct csms *csms = station->csms;

    return station->connected ? csms->events->send(station, text, length, csms->user) : ERR_CLOSED;
}

static void on_violation(struct ocpp_session *session, const struct ocpp_problem *problem,
                         const char *frame, size_t length, void *user)
{
    (void)session;
    (void)frame;
    (void)length;
    csms_note_violation(user, "%s%s%s", problem->where, *problem->where ? ": " : "", problem->text);
}

static void on_frame(struct ocpp_session *session, bool sent, const char *text, size_t length,
                     void *user)
{
    (void)session;
    csms_note_frame(user, sent, text, length);
}

static const struct ocpp_session_events session_events = {
    .send = send_frame,
    .on_call = csms_on_call,
    .on_result = csms_on_result,
    .on_violation = on_violation,
    .on_frame = on_frame,
};

void csms_connect(struct csms_station *station, void *wire)
{
    if (station->connected)
        csms_disconnect(station);
    if (!station->session)
        station->session = ocpp_session_new(OCPP_CSMS, "cs", &session_events, station);
    station->connected = true;
    station->wire = wire;
    station->connections++;
    station->csms->events->changed(station, station->csms->user);
}

void csms_disconnect(struct csms_station *station)
{
    if (!station->connected)
        return;
    station->connected = false;
    station->wire = NULL;
    ocpp_session_disconnect(station->session);
    station->csms->events->changed(station, station->csms->user);
}

void *csms_wire(const struct csms_station *station)
{
    return station->wire;
}

void csms_receive(struct csms_station *station, const char *text, size_t length)
{
    struct csms *csms = station->csms;

    if (!station->connected)
        return;
    station->messages++;
    station->last_seen_ns = csms->events->utc_ns(csms->user);
    csms->frame = text;
    csms->frame_length = length;
    ocpp_session_receive(station->session, text, length);
    csms->frame = NULL;
    csms->frame_length = 0;
}

void csms_facts(const struct csms_station *station, struct csms_facts *ret)
{
    *ret = (struct csms_facts){
        .connected = station->connected,
        .registered = station->connected && station->booted,
        .connections = station->connections,
        .violations = station->violations,
        .messages = station->messages,
        .vendor = station->vendor,
        .model = station->model,
        .serial = station->serial,
        .firmware = station->firmware,
        .last_seen_ns = station->last_seen_ns,
    };
    for (size_t i = 0; i <= CSMS_CONNECTORS_MAX; i++)
        ret->status[i] = station->status[i];
}
