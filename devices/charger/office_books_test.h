// SPDX-License-Identifier: Apache-2.0
// The books of the central system that a test holds in its hand (office_test.h): what it hears,
// what it answers, every message about a transaction as it came first.
#ifndef DEVICES_CHARGER_OFFICE_BOOKS_TEST_H
#define DEVICES_CHARGER_OFFICE_BOOKS_TEST_H

#include "devices/charger/parts.h"

#include "sim/base/json.h"
#include "sim/device/audit.h"
#include "sim/device/site_authority.h"
#include "sim/edge/tls.h"
#include "sim/edge/web.h"
#include "sim/vnet/http_service.h"
#include "tests/support/device_bed.h"
#include "tests/support/device_verb.h"

#define OFFICE_NS_PER_S SIM_NS_PER_S
#define OFFICE_MESSAGES_MAX 512

// One message about a transaction, as it came first.
struct office_message {
    char id[OCPP_ID_BYTES_MAX + 1];
    char *frame;
    unsigned times;
};

struct office_transaction {
    int64_t id;
    int64_t connector, meter_start, meter_stop;
    char start[40];
    char reason[24];
    bool stopped;
};

struct office {
    struct bed bed;
    struct web *web;
    struct tls *tls;
    struct site_authority *authority;
    struct host *host;
    struct listener *listener;
    struct http_server_options options;
    struct http_server *server;
    struct websocket *socket;
    struct ocpp_session *session;
    struct device *device;
    struct charger *charger;
    struct str story;
    // What it answers.
    const char *boot_status;
    int64_t interval_s;
    const char *tag_status;
    bool silent;        // Nothing.
    bool deaf;          // Not even a transaction's message gets to its books.
    unsigned refusals;  // So many messages about transactions get an error.
    int upgrade_status; // 101, or why not.
    bool other_subprotocol;
    // TLS at the door, when it has an identity.
    struct tls_options tls_options;
    struct key *key;
    struct certificate *certificate;
    struct identity identity;
    const struct certificate *root;
    enum tls_failure handshake;
    // What it learned.
    char authorization[200];
    char common_name[CERTIFICATE_NAME_ROOM];
    char path[128];
    unsigned upgrades;
    struct office_message messages[OFFICE_MESSAGES_MAX];
    size_t messages_count;
    struct office_transaction transactions[OFFICE_MESSAGES_MAX];
    size_t transactions_count;
    struct str answer; // Of the last command, or "error CODE".
    unsigned violations;
};

// ---- What it hears ----

static inline void office_tell(struct office *office, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void office_tell(struct office *office, const char *format, ...)
{
    va_list arguments;

    if (office->story.length)
        str_adds(&office->story, ", ");
    va_start(arguments, format);
    str_addv(&office->story, format, arguments);
    va_end(arguments);
}

// The same id is the same bytes, however often it comes.
static inline void office_remember(struct office *office, const char *id, const char *text,
                                   size_t length)
{
    for (size_t i = 0; i < office->messages_count; i++) {
        struct office_message *message = &office->messages[i];

        if (strcmp(message->id, id) != 0)
            continue;
        ck_assert_uint_eq(strlen(message->frame), length);
        ck_assert_mem_eq(message->frame, text, length);
        message->times++;
        return;
    }
    ck_assert_uint_lt(office->messages_count, OFFICE_MESSAGES_MAX);
    snprintf(office->messages[office->messages_count].id, OCPP_ID_BYTES_MAX + 1, "%s", id);
    office->messages[office->messages_count].frame = str_format("%.*s", (int)length, text);
    office->messages[office->messages_count++].times = 1;
}

static inline void office_on_frame(struct ocpp_session *session, bool sent, const char *text,
                                   size_t length, void *user)
{
    struct office *office = user;
    struct json *frame = NULL;
    const struct ocpp_action *action;

    (void)session;
    if (sent || json_parse(text, length, &frame, NULL) < 0)
        return;
    action = ocpp_action_find(json_text(json_at(frame, 2), ""));
    if (json_integer(json_at(frame, 0), 0) == 2 && action && action->transaction)
        office_remember(office, json_text(json_at(frame, 1), ""), text, length);
    json_free(&frame);
}

static inline struct office_transaction *office_find(struct office *office, int64_t connector,
                                                     const char *start)
{
    for (size_t i = 0; i < office->transactions_count; i++)
        if (office->transactions[i].connector == connector &&
            strcmp(office->transactions[i].start, start) == 0)
            return &office->transactions[i];
    return NULL;
}

static inline int64_t office_start(struct office *office, const struct json *payload)
{
    int64_t connector = json_integer(json_get(payload, "connectorId"), 0);
    const char *start = json_text(json_get(payload, "timestamp"), "");
    struct office_transaction *known = office_find(office, connector, start);

    if (known)
        return known->id;
    known = &office->transactions[office->transactions_count++];
    known->id = 1000 + (int64_t)office->transactions_count;
    known->connector = connector;
    known->meter_start = json_integer(json_get(payload, "meterStart"), -1);
    snprintf(known->start, sizeof(known->start), "%s", start);
    return known->id;
}

static inline void office_stop(struct office *office, const struct json *payload)
{
    int64_t id = json_integer(json_get(payload, "transactionId"), -1);
    struct office_transaction *known;

    ck_assert_int_gt(id, 1000);
    ck_assert_int_le(id, 1000 + (int64_t)office->transactions_count);
    known = &office->transactions[id - 1001];
    known->meter_stop = json_integer(json_get(payload, "meterStop"), -1);
    known->stopped = true;
    snprintf(known->reason, sizeof(known->reason), "%s",
             json_text(json_get(payload, "reason"), "Local"));
}

static inline const char *office_now(struct office *office, char ret[UNITS_TEXT_ROOM])
{
    return units_utc_text(core_utc_ns(office->bed.core), ret);
}

// One line of the story for each request, and what is answered.
static inline void office_answer(struct office *office, const struct ocpp_action *action,
                                 const struct json *payload, struct str *out)
{
    char now[UNITS_TEXT_ROOM];

    if (strcmp(action->name, "BootNotification") == 0) {
        office_tell(office, "Boot");
        str_addf(out, "{\"status\":\"%s\",\"currentTime\":\"%s\",\"interval\":%lld}",
                 office->boot_status, office_now(office, now), (long long)office->interval_s);
    } else if (strcmp(action->name, "StatusNotification") == 0) {
        office_tell(office, "%lld %s",
                    (long long)json_integer(json_get(payload, "connectorId"), -1),
                    json_text(json_get(payload, "status"), ""));
        str_adds(out, "{}");
    } else if (strcmp(action->name, "Authorize") == 0) {
        office_tell(office, "Authorize");
        str_addf(out, "{\"idTagInfo\":{\"status\":\"%s\"}}", office->tag_status);
    } else if (strcmp(action->name, "StartTransaction") == 0) {
        office_tell(office, "Start");
        str_addf(out, "{\"transactionId\":%lld,\"idTagInfo\":{\"status\":\"%s\"}}",
                 (long long)office_start(office, payload), office->tag_status);
    } else if (strcmp(action->name, "StopTransaction") == 0) {
        office_stop(office, payload);
        office_tell(office, "Stop %s", json_text(json_get(payload, "reason"), "Local"));
        str_adds(out, "{}");
    } else if (strcmp(action->name, "Heartbeat") == 0) {
        office_tell(office, "Heartbeat");
        str_addf(out, "{\"currentTime\":\"%s\"}", office_now(office, now));
    } else {
        office_tell(office, "%s", action->name);
        str_adds(out, "{}");
    }
}

static inline void office_on_call(struct ocpp_session *session, const struct ocpp_action *action,
                                  const char *id, const struct json *payload, void *user)
{
    struct office *office = user;
    struct str answer = {0};

    if (office->silent && office->deaf)
        return;
    if (action->transaction && office->refusals) {
        office->refusals--;
        office_tell(office, "refused %s", action->name);
        ocpp_session_refuse(session, id, OCPP_INTERNAL_ERROR, "not now");
        return;
    }
    office_answer(office, action, payload, &answer);
    if (!office->silent)
        ocpp_session_confirm(session, id, str_text(&answer), answer.length);
    str_done(&answer);
}

static inline void office_on_result(struct ocpp_session *session, uint64_t tag,
                                    const struct ocpp_result *result, void *user)
{
    struct office *office = user;

    (void)session;
    (void)tag;
    str_clear(&office->answer);
    if (result->err == ERR_EXCEPTION)
        str_addf(&office->answer, "error %s", ocpp_code_text(result->code));
    else if (result->err < 0)
        str_addf(&office->answer, "failed %s", err_name(result->err));
    else
        str_adds(&office->answer, json_text(json_get(result->payload, "status"), "none"));
}

#endif
