// SPDX-License-Identifier: Apache-2.0
// What a central system has seen: its stations, the rules they broke, and the frames that crossed,
// as records that `records` can match. Looking changes nothing.
#include <stdio.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/proto/ocpp/csms.h"
#include "sim/proto/ocpp/link.h"
#include "sim/proto/ocpp/verbs/ocpp_verbs.h"

#define LOOK_TIMEOUT_NS (10 * SIM_NS_PER_S)
#define RECORD_FIELDS_MAX 32
#define RECORD_VALUE_ROOM 128
#define CALL_FRAMES_BACK 1024 // How far behind an answer its request is looked for.
#define SCHEMA_OF(name_, fields_)                                                                  \
    {                                                                                              \
        .name = name_, .fields = fields_, .fields_count = sizeof(fields_) / sizeof(fields_[0])     \
    }
#define LOOK(name_, doc_, with_, results_, start_)                                                 \
    {                                                                                              \
        .name = name_, .door = VERB_WIRE, .use = VERB_BOTH, .service = "ocpp",                     \
        .timeout_ns = LOOK_TIMEOUT_NS, .doc = doc_, .with = with_, .results = results_,            \
        .start = start_                                                                            \
    }
#define STATION_FIELD                                                                              \
    {                                                                                              \
        .name = "station", .type = SCHEMA_TEXT, .expression = true,                                \
        .doc = "Of this station alone; needless where the role is one."                            \
    }

static const struct schema_field station_fields[] = {STATION_FIELD};

static bool is_meant(const char *wanted, const struct csms_station *station)
{
    return !wanted || strcmp(wanted, csms_identity(station)) == 0;
}

// ---- ocpp.stations ----

static const struct schema stations_with = SCHEMA_OF("ocpp.stations with", station_fields);
static const struct schema_field stations_fields[] = {
    {.name = "known", .type = SCHEMA_INTEGER, .expression = true, .doc = "Stations it knows."},
    {.name = "connected",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Those whose connection stands."},
    {.name = "registered",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Those of them whose BootNotification was accepted."},
    {.name = "transactions",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Transactions it was told of."},
    {.name = "running",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Transactions without an end."},
    {.name = "status",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The last status of connector 1, of the last of them."},
};
static const struct schema stations_results = SCHEMA_OF("ocpp.stations expect", stations_fields);

static void count_transactions(struct op *op, const struct ocpp_link *link, const char *wanted)
{
    int64_t all = 0;
    int64_t running = 0;

    for (size_t i = 0; i < csms_transactions(link->csms); i++) {
        const struct csms_transaction *facts = csms_transaction_at(link->csms, i);

        if (!is_meant(wanted, facts->station))
            continue;
        all++;
        running += facts->stops == 0;
    }
    op_set_integer(op, "transactions", all);
    op_set_integer(op, "running", running);
}

static void stations_start(struct op *op)
{
    const struct ocpp_link *link = op_service(op);
    const char *wanted = link ? op_text(op, "station", link->station) : NULL;
    int64_t known = 0;
    int64_t connected = 0;
    int64_t registered = 0;
    const char *status = "";

    if (!link)
        return;
    for (size_t i = 0; i < csms_stations(link->csms); i++) {
        const struct csms_station *station = csms_station_at(link->csms, i);
        struct csms_facts facts;

        if (!is_meant(wanted, station))
            continue;
        csms_facts(station, &facts);
        known++;
        connected += facts.connected;
        registered += facts.registered;
        status = facts.status[1];
    }
    op_set_integer(op, "known", known);
    op_set_integer(op, "connected", connected);
    op_set_integer(op, "registered", registered);
    op_set_text(op, "status", status);
    count_transactions(op, link, wanted);
    op_finish(op);
}

const struct verb ocpp_stations =
    LOOK("ocpp.stations", "Counts the stations of a central system as it sees them.",
         &stations_with, &stations_results, stations_start);

// ---- ocpp.violations ----

static const struct schema violations_with = SCHEMA_OF("ocpp.violations with", station_fields);
static const struct schema_field violations_fields[] = {
    {.name = "count",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "How often a rule was broken since the start."},
    {.name = "last",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The last one, as a sentence."},
};
static const struct schema violations_results =
    SCHEMA_OF("ocpp.violations expect", violations_fields);

static void violations_start(struct op *op)
{
    const struct ocpp_link *link = op_service(op);
    const char *wanted = link ? op_text(op, "station", link->station) : NULL;
    const char *last = "";
    struct csms_facts facts = {0};

    if (!link)
        return;
    if (wanted && csms_station(link->csms, wanted))
        csms_facts(csms_station(link->csms, wanted), &facts);
    for (size_t i = 0; i < csms_violations(link->csms); i++) {
        static const char *const keys[] = {"text"};
        const char *text = csms_violation_at(link->csms, i);

        if (wanted && (strncmp(text, wanted, strlen(wanted)) != 0 || text[strlen(wanted)] != ':'))
            continue;
        op_add_record(op, -1, keys, &text, 1);
        last = text;
    }
    op_set_integer(op, "count",
                   (int64_t)(wanted ? facts.violations : csms_violations_total(link->csms)));
    op_set_text(op, "last", last);
    op_finish(op);
}

const struct verb ocpp_violations =
    LOOK("ocpp.violations",
         "Counts the rules of OCPP that stations broke; `save` keeps the last as records.",
         &violations_with, &violations_results, violations_start);

// ---- ocpp.frames ----

static const char *const senders[] = {"station", "csms", NULL};

static const struct schema_field frames_fields[] = {
    STATION_FIELD,
    {.name = "action",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "Frames of this action alone: its requests and their answers."},
    {.name = "by",
     .type = SCHEMA_CHOICE,
     .choices = senders,
     .expression = true,
     .doc = "Frames of this side alone.",
     .example = "station"},
};
static const struct schema frames_with = SCHEMA_OF("ocpp.frames with", frames_fields);
static const struct schema_field frames_results_fields[] = {
    {.name = "count", .type = SCHEMA_INTEGER, .expression = true, .doc = "How many there are."},
};
static const struct schema frames_results = SCHEMA_OF("ocpp.frames expect", frames_results_fields);

struct record {
    const char *keys[RECORD_FIELDS_MAX];
    const char *values[RECORD_FIELDS_MAX];
    char texts[RECORD_FIELDS_MAX][RECORD_VALUE_ROOM];
    size_t count;
};

static void add_text(struct record *record, const char *key, const char *value)
{
    char *text;

    if (record->count == RECORD_FIELDS_MAX)
        return;
    text = record->texts[record->count];
    snprintf(text, RECORD_VALUE_ROOM, "%s", value);
    record->keys[record->count] = key;
    record->values[record->count++] = text;
}

// The members of a payload that are no lists and no objects, under their own names.
static void add_members(struct record *record, const struct json *payload)
{
    void *cursor = NULL;
    const struct json *value;
    const char *key;

    while ((value = json_next(payload, &cursor, &key)) != NULL) {
        char number[32];

        if (json_is_text(value)) {
            add_text(record, key, json_text(value, ""));
        } else if (json_is_number(value)) {
            snprintf(number, sizeof(number), "%.15g", json_number(value, 0));
            add_text(record, key, number);
        } else if (json_is_bool(value)) {
            add_text(record, key, json_bool(value, false) ? "true" : "false");
        }
    }
}

// The action that the answer at `index` belongs to, in `ret`; "" when its request is not there.
static void action_of(const struct csms *csms, size_t index, const char *id, char *ret, size_t room)
{
    struct csms_frame answer = csms_frame_at(csms, index);
    size_t least = index > CALL_FRAMES_BACK ? index - CALL_FRAMES_BACK : 0;

    ret[0] = '\0';
    for (size_t i = index; i-- > least && !*ret;) {
        struct csms_frame call = csms_frame_at(csms, i);
        struct json *frame;

        if (call.station != answer.station || call.sent == answer.sent ||
            json_parse(call.text, call.length, &frame, NULL) < 0)
            continue;
        if (json_integer(json_at(frame, 0), 0) == 2 &&
            strcmp(json_text(json_at(frame, 1), ""), id) == 0)
            snprintf(ret, room, "%s", json_text(json_at(frame, 2), ""));
        json_free(&frame);
    }
}

static void fill(const struct csms *csms, size_t index, const struct json *frame,
                 struct record *record)
{
    static const char *const types[] = {[2] = "call", [3] = "result", [4] = "error"};
    struct csms_frame kept = csms_frame_at(csms, index);
    int64_t type = json_integer(json_at(frame, 0), 0);
    const char *id = json_text(json_at(frame, 1), "");
    char action[64] = "";

    if (type == 2)
        snprintf(action, sizeof(action), "%s", json_text(json_at(frame, 2), ""));
    else
        action_of(csms, index, id, action, sizeof(action));
    record->count = 0;
    add_text(record, "station", csms_identity(kept.station));
    add_text(record, "by", kept.sent ? "csms" : "station");
    add_text(record, "type", type >= 2 && type <= 4 ? types[type] : "other");
    add_text(record, "action", action);
    add_text(record, "id", id);
    if (type == 4)
        add_text(record, "code", json_text(json_at(frame, 2), ""));
    add_members(record, json_at(frame, type == 2 ? 3 : 2));
}

static void frames_start(struct op *op)
{
    const struct ocpp_link *link = op_service(op);
    const char *wanted = link ? op_text(op, "station", link->station) : NULL;
    const char *action = op_text(op, "action", NULL);
    const char *by = op_text(op, "by", NULL);
    struct record record;
    int64_t count = 0;

    if (!link)
        return;
    for (size_t i = 0; i < csms_frames(link->csms); i++) {
        struct csms_frame kept = csms_frame_at(link->csms, i);
        struct json *frame = NULL;

        if (!is_meant(wanted, kept.station) || (by && (*by == 'c') != kept.sent))
            continue;
        if (json_parse(kept.text, kept.length, &frame, NULL) < 0)
            frame = NULL; // Not JSON: "other", without an action.
        fill(link->csms, i, frame, &record);
        if (!action || strcmp(record.values[3], action) == 0) {
            op_add_record(op, kept.now_ns, record.keys, record.values, record.count);
            count++;
        }
        json_free(&frame);
    }
    op_set_integer(op, "count", count);
    op_finish(op);
}

const struct verb ocpp_frames = LOOK(
    "ocpp.frames",
    "The frames that crossed between stations and central system, the last 20 000, as records: "
    "station, by, type (call, result, error), action, id, code, and the plain fields of the "
    "payload under their own names. `save` them and assert with `records`.",
    &frames_with, &frames_results, frames_start);
