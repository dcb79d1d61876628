// SPDX-License-Identifier: Apache-2.0
// Commands of a central system to a station: any request of the table with its payload as JSON, and
// those an operator gives every day under their own names (OCPP 1.6 edition 2 section 5). A payload
// that breaks the table is the scenario's mistake and never sent.
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/ocpp/csms.h"
#include "sim/proto/ocpp/link.h"
#include "sim/proto/ocpp/verbs/ocpp_verbs.h"

#define COMMAND_TIMEOUT_NS (60 * SIM_NS_PER_S)
#define SCHEMA_OF(name_, fields_)                                                                  \
    {                                                                                              \
        .name = name_, .fields = fields_, .fields_count = sizeof(fields_) / sizeof(fields_[0])     \
    }
#define STATION_FIELD                                                                              \
    {                                                                                              \
        .name = "station", .type = SCHEMA_TEXT, .expression = true,                                \
        .doc = "Identity of the station; needless where the role is one."                          \
    }

struct command {
    struct op *op;
    struct csms_station *station;
};

static const struct schema_field result_fields[] = {
    {.name = "result",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "answered, refused (a CALLERROR came), malformed (against the table), no-answer, or "
            "disconnected."},
    {.name = "status",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The `status` of the confirmation."},
    {.name = "code", .type = SCHEMA_TEXT, .expression = true, .doc = "The code of a CALLERROR."},
    {.name = "value",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "Of GetConfiguration: the value of the first key."},
};
static const struct schema results = SCHEMA_OF("ocpp.call expect", result_fields);

// ---- Sending ----

static const char *result_text(const struct ocpp_result *result)
{
    switch (result->err) {
    case 0:
        return "answered";
    case ERR_EXCEPTION:
        return "refused";
    case ERR_MALFORMED:
        return "malformed";
    case ERR_TIMEOUT:
        return "no-answer";
    }
    return "disconnected";
}

static void on_done(struct csms_station *station, const struct ocpp_result *result, void *user)
{
    struct op *op = user;
    const struct json *keys = json_get(result->payload, "configurationKey");

    (void)station;
    op_set_text(op, "result", result_text(result));
    op_set_text(op, "status", json_text(json_get(result->payload, "status"), ""));
    op_set_text(op, "code", result->err == ERR_EXCEPTION ? ocpp_code_text(result->code) : "");
    op_set_text(op, "value", json_text(json_get(json_at(keys, 0), "value"), ""));
    op_finish(op);
}

static struct csms_station *find_station(struct op *op, const struct ocpp_link *link)
{
    const char *identity = op_text(op, "station", link->station);
    struct csms_station *station = identity ? csms_station(link->csms, identity) : NULL;

    if (!identity)
        op_fail(op, ERR_USAGE, "say which `station` is meant");
    else if (!station)
        op_fail(op, ERR_NOT_FOUND, "the central system knows no station '%s'", identity);
    return station;
}

// Takes `payload`.
static void send(struct op *op, const char *action, struct str *payload)
{
    const struct ocpp_link *link = op_service(op);
    struct csms_station *station = link ? find_station(op, link) : NULL;
    struct command *command = station ? op_state(op, sizeof(*command)) : NULL;
    struct ocpp_problem problem;
    int err = 0;

    if (command) {
        *command = (struct command){.op = op, .station = station};
        err = csms_call(station, action, str_text(payload), payload->length, on_done, op, &problem);
    }
    str_done(payload);
    if (err == ERR_CLOSED) {
        op_set_text(op, "result", "disconnected");
        op_finish(op);
    } else if (err == ERR_MALFORMED) {
        op_fail(op, err, "%s %s: %s", action, problem.where, problem.text);
    } else if (err < 0) {
        op_fail(op, err, "%s: %s", action,
                err == ERR_FULL ? "another command is under way" : err_text(err));
    }
}

static void cancel(struct op *op)
{
    struct command *command = op_state_get(op);

    if (command)
        csms_cancel(command->station, op);
}

// ---- ocpp.call ----

static const struct schema_field call_fields[] = {
    STATION_FIELD,
    {.name = "action",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "The request, in the standard's spelling.",
     .example = "GetConfiguration"},
    {.name = "payload",
     .type = SCHEMA_TEXT,
     .expression = true,
     .otherwise = "{}",
     .doc = "Its payload as JSON.",
     .example = "'{\"key\": [\"HeartbeatInterval\"]}'"},
};
static const struct schema call_with = SCHEMA_OF("ocpp.call with", call_fields);

static void call_start(struct op *op)
{
    struct str payload = {0};

    str_adds(&payload, op_text(op, "payload", "{}"));
    send(op, op_text(op, "action", ""), &payload);
}

#define COMMAND(name_, doc_, with_, start_)                                                        \
    {                                                                                              \
        .name = name_, .door = VERB_WIRE, .use = VERB_BOTH, .perturbs = true, .service = "ocpp",   \
        .timeout_ns = COMMAND_TIMEOUT_NS, .doc = doc_, .with = with_, .results = &results,         \
        .start = start_, .cancel = cancel                                                          \
    }

const struct verb ocpp_call = COMMAND(
    "ocpp.call", "Sends a request of the central system to a station.", &call_with, call_start);

// ---- Everyday commands ----

static void add_text(struct str *payload, const char *key, const char *value)
{
    str_addf(payload, "%s\"%s\":", payload->length > 1 ? "," : "", key);
    str_add_json(payload, value);
}

static void add_integer(struct str *payload, const char *key, int64_t value)
{
    str_addf(payload, "%s\"%s\":%lld", payload->length > 1 ? "," : "", key, (long long)value);
}

static const struct schema_field start_fields[] = {
    STATION_FIELD,
    {.name = "connector",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .low = 1,
     .high = CSMS_CONNECTORS_MAX,
     .doc = "The connector; the station chooses when left out.",
     .example = "1"},
    {.name = "id_tag",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "The tag it charges for."},
};
static const struct schema start_with = SCHEMA_OF("ocpp.remote-start with", start_fields);

static void remote_start_start(struct op *op)
{
    struct str payload = {0};

    str_adds(&payload, "{");
    if (op_has(op, "connector"))
        add_integer(&payload, "connectorId", op_integer(op, "connector", 1));
    add_text(&payload, "idTag", op_text(op, "id_tag", ""));
    str_adds(&payload, "}");
    send(op, "RemoteStartTransaction", &payload);
}

const struct verb ocpp_remote_start =
    COMMAND("ocpp.remote-start", "Asks a station to begin a transaction (5.11).", &start_with,
            remote_start_start);

static const struct schema_field stop_fields[] = {
    STATION_FIELD,
    {.name = "transaction",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Its number; the last one that runs at the station when left out."},
};
static const struct schema stop_with = SCHEMA_OF("ocpp.remote-stop with", stop_fields);

// The last running one of the station, 0 without.
static int64_t running_at(const struct ocpp_link *link, const char *identity)
{
    for (size_t i = csms_transactions(link->csms); identity && i-- > 0;) {
        const struct csms_transaction *facts = csms_transaction_at(link->csms, i);

        if (facts->stops == 0 && strcmp(csms_identity(facts->station), identity) == 0)
            return facts->id;
    }
    return 0;
}

static void remote_stop_start(struct op *op)
{
    const struct ocpp_link *link = op_service(op);
    struct str payload = {0};
    int64_t id;

    if (!link)
        return;
    id = op_integer(op, "transaction", running_at(link, op_text(op, "station", link->station)));
    str_adds(&payload, "{");
    add_integer(&payload, "transactionId", id);
    str_adds(&payload, "}");
    send(op, "RemoteStopTransaction", &payload);
}

const struct verb ocpp_remote_stop =
    COMMAND("ocpp.remote-stop", "Asks a station to end a transaction (5.12).", &stop_with,
            remote_stop_start);

static const char *const resets[] = {"Soft", "Hard", NULL};
static const struct schema_field reset_fields[] = {
    STATION_FIELD,
    {.name = "type",
     .type = SCHEMA_CHOICE,
     .choices = resets,
     .expression = true,
     .otherwise = "Soft",
     .doc = "Soft: transactions are ended first.",
     .example = "Hard"},
};
static const struct schema reset_with = SCHEMA_OF("ocpp.reset with", reset_fields);

static void reset_start(struct op *op)
{
    struct str payload = {0};

    str_adds(&payload, "{");
    add_text(&payload, "type", op_text(op, "type", "Soft"));
    str_adds(&payload, "}");
    send(op, "Reset", &payload);
}

const struct verb ocpp_reset =
    COMMAND("ocpp.reset", "Asks a station to start anew (5.14).", &reset_with, reset_start);

static const struct schema_field trigger_fields[] = {
    STATION_FIELD,
    {.name = "message",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "What it is to send.",
     .example = "StatusNotification"},
    {.name = "connector",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .low = 1,
     .high = CSMS_CONNECTORS_MAX,
     .doc = "Of which connector; all when left out.",
     .example = "1"},
};
static const struct schema trigger_with = SCHEMA_OF("ocpp.trigger with", trigger_fields);

static void trigger_start(struct op *op)
{
    struct str payload = {0};

    str_adds(&payload, "{");
    add_text(&payload, "requestedMessage", op_text(op, "message", ""));
    if (op_has(op, "connector"))
        add_integer(&payload, "connectorId", op_integer(op, "connector", 1));
    str_adds(&payload, "}");
    send(op, "TriggerMessage", &payload);
}

const struct verb ocpp_trigger = COMMAND(
    "ocpp.trigger", "Asks a station to send a message now (5.17).", &trigger_with, trigger_start);

static const struct schema_field change_fields[] = {
    STATION_FIELD,
    {.name = "key",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "The configuration key (section 9).",
     .example = "HeartbeatInterval"},
    {.name = "value",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "Its value as text."},
};
static const struct schema change_with = SCHEMA_OF("ocpp.change-configuration with", change_fields);

static void change_start(struct op *op)
{
    struct str payload = {0};

    str_adds(&payload, "{");
    add_text(&payload, "key", op_text(op, "key", ""));
    add_text(&payload, "value", op_text(op, "value", ""));
    str_adds(&payload, "}");
    send(op, "ChangeConfiguration", &payload);
}

const struct verb ocpp_change_configuration =
    COMMAND("ocpp.change-configuration", "Sets a configuration key of a station (5.3).",
            &change_with, change_start);
