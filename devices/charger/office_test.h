// SPDX-License-Identifier: Apache-2.0
// A world with one charging station and a central system that a test holds in its hand: it answers
// as it is told, writes down what it hears, and remembers every message about a transaction to see
// that a repeat is the same bytes. Header only; one office a test.
#ifndef DEVICES_CHARGER_OFFICE_TEST_H
#define DEVICES_CHARGER_OFFICE_TEST_H

#include "devices/charger/state.h"

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

static inline int office_send(void *user, const char *text, size_t length)
{
    struct office *office = user;

    return office->socket ? websocket_send(office->socket, text, length) : ERR_CLOSED;
}

static inline void office_on_violation(struct ocpp_session *session,
                                       const struct ocpp_problem *problem, const char *frame,
                                       size_t length, void *user)
{
    (void)session;
    (void)user;
    ck_abort_msg("%s: %s in %.*s", problem->where, problem->text, (int)length, frame);
}

static const struct ocpp_session_events office_session_events = {
    .send = office_send,
    .on_call = office_on_call,
    .on_result = office_on_result,
    .on_violation = office_on_violation,
    .on_frame = office_on_frame,
};

// ---- The wire ----

static inline void office_on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    struct office *office = user;

    (void)subprotocol;
    ocpp_session_disconnect(office->session); // The one before fell without a word.
    office->socket = socket;
}

static inline void office_on_text(struct websocket *socket, const char *text, size_t length,
                                  void *user)
{
    struct office *office = user;

    if (socket == office->socket)
        ocpp_session_receive(office->session, text, length);
}

static inline void office_on_end(struct websocket *socket, int reason, uint16_t status, void *user)
{
    struct office *office = user;

    (void)reason;
    (void)status;
    if (socket != office->socket)
        return;
    office->socket = NULL;
    ocpp_session_disconnect(office->session);
}

static const struct websocket_events office_socket_events = {
    .on_open = office_on_open, .on_text = office_on_text, .on_end = office_on_end};

static inline int office_on_upgrade(const struct http_request *request,
                                    const struct websocket_events **ret_events, void **ret_user,
                                    const char **ret_challenge, void *user)
{
    struct office *office = user;
    const char *authorization = http_header(request, "authorization");

    office->upgrades++;
    snprintf(office->authorization, sizeof(office->authorization), "%s",
             authorization ? authorization : "");
    snprintf(office->path, sizeof(office->path), "%s", request->path);
    if (office->key && tls_report(office->tls, request->conn)->peer)
        certificate_common_name(tls_report(office->tls, request->conn)->peer, office->common_name);
    if (office->upgrade_status == 401)
        *ret_challenge = "Basic realm=\"test\"";
    *ret_events = &office_socket_events;
    *ret_user = office;
    return office->upgrade_status;
}

static inline void office_on_request(struct http_exchange *exchange,
                                     const struct http_request *request, void *user)
{
    (void)request;
    (void)user;
    http_respond(exchange, 404, NULL, 0, "", 0);
}

static inline void office_on_gone(struct http_exchange *exchange, void *user)
{
    (void)exchange;
    (void)user;
}

static const struct http_server_events office_server_events = {
    .on_request = office_on_request, .on_gone = office_on_gone, .on_upgrade = office_on_upgrade};

// A conn within its handshake.
static inline void office_tls_open(struct conn *conn, void *user)
{
    http_server_take(((struct office *)user)->server, conn);
}

static inline size_t office_tls_data(struct conn *conn, const uint8_t *data, size_t length,
                                     void *user)
{
    (void)conn;
    (void)data;
    (void)length;
    (void)user;
    return 0;
}

static inline void office_tls_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static inline void office_tls_end(struct conn *conn, int reason, void *user)
{
    struct office *office = user;

    (void)reason;
    office->handshake = tls_report(office->tls, conn)->failure;
}

static const struct conn_events office_tls_events = {office_tls_open, office_tls_data,
                                                     office_tls_room, office_tls_end};

static inline void office_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct office *office = user;
    struct conn *upper;

    (void)listener;
    if (!office->key) {
        http_server_take(office->server, conn);
        return;
    }
    ck_assert_int_eq(
        tls_wrap(office->tls, conn, &office->tls_options, &office_tls_events, office, &upper), 0);
}

static inline int64_t office_utc_ns(void *user)
{
    return core_utc_ns(((struct office *)user)->bed.core);
}

// A door with TLS: the site's authority signs, `mutual` asks for a certificate of the station.
static inline void office_secure(struct office *office, const char *common_name, bool mutual)
{
    struct certificate_wish wish = {
        .common_name = common_name,
        .not_before_ns = core_utc_ns(office->bed.core) - OFFICE_NS_PER_S,
        .not_after_ns = core_utc_ns(office->bed.core) + 1000 * OFFICE_NS_PER_S,
    };

    ck_assert_int_eq(key_new(KEY_P256, &office->key), 0);
    ck_assert_int_eq(
        site_authority_sign(office->authority, &wish, office->key, &office->certificate), 0);
    office->identity = (struct identity){.key = office->key, .certificate = office->certificate};
    office->root = site_authority_root(office->authority);
    office->tls_options = (struct tls_options){.server = true,
                                               .lowest = TLS_1_2,
                                               .highest = TLS_1_2,
                                               .identities = &office->identity,
                                               .identities_count = 1,
                                               .authorities = mutual ? &office->root : NULL,
                                               .authorities_count = mutual ? 1 : 0,
                                               .utc_ns = office_utc_ns,
                                               .user = office};
}

// ---- The office ----

static inline void office_listen(struct office *office, const char *at)
{
    struct address address = bed_address(at);

    host_unlisten(&office->listener);
    ck_assert_int_eq(host_listen(office->host, &address, office_accept, office, &office->listener),
                     0);
}

static inline void office_open(struct office *office)
{
    static const char *const subprotocols[] = {"ocpp1.6", NULL};
    static const char *const others[] = {"ocpp2.0.1", NULL};
    static const uint64_t seed = 1;
    bool other = office->other_subprotocol;
    struct address address = bed_address("10.77.0.30");

    memset(office, 0, sizeof(*office));
    edge_tls_seed(&seed);
    bed_open(&office->bed);
    office->web = edge_web_new(office->bed.core);
    office->tls = edge_tls_new(office->bed.core);
    office->authority = site_authority_new(1, false, core_utc_ns(office->bed.core));
    office->host = vnet_host_new(office->bed.vnet, "office");
    ck_assert_int_eq(vnet_host_add_address(office->host, office->bed.lan, &address), 0);
    office->options = (struct http_server_options){.header_bytes_max = 4096,
                                                   .body_bytes_max = 0,
                                                   .request_ns = 30 * OFFICE_NS_PER_S,
                                                   .idle_ns = 600 * OFFICE_NS_PER_S,
                                                   .clients_max = 16,
                                                   .message_bytes_max = 65536,
                                                   .subprotocols = other ? others : subprotocols};
    office->server = http_server_new(office->web, core_timers(office->bed.core), &office->options,
                                     &office_server_events, office);
    office->session = ocpp_session_new(OCPP_CSMS, "c", &office_session_events, office);
    office->boot_status = "Accepted";
    office->tag_status = "Accepted";
    office->interval_s = 86400;
    office->upgrade_status = 101;
    office_listen(office, "10.77.0.30:8080");
}

// The station with its line `ocpp: {csms: <url>, identity: CP1, ...more}`; off.
static inline void office_add(struct office *office, const char *model, const char *url,
                              const char *more)
{
    char *site = str_format("{profile: charge-2024-09, model: %s, ocpp: {csms: \"%s\","
                            " identity: CP1%s}, ports: {eth: {on: lan, ipv4: 10.77.1.1}}}",
                            model, url, more);

    office->device = bed_add(&office->bed, &charger_family, "evse", site);
    free(site);
    office->charger = charger_of(office->device);
    office->device->world.web = office->web;
    office->device->world.tls = office->tls;
    office->device->world.authority = office->authority;
}

static inline void office_close(struct office *office)
{
    host_unlisten(&office->listener);
    http_server_free(&office->server);
    ocpp_session_free(&office->session);
    for (size_t i = 0; i < office->messages_count; i++)
        free(office->messages[i].frame);
    str_done(&office->story);
    str_done(&office->answer);
    for (size_t i = 0; i < office->bed.devices_count; i++)
        device_set_power(office->bed.devices[i], false);
    bed_advance(&office->bed, 0);
    for (size_t i = office->bed.devices_count; i-- > 0;) {
        device_free(&office->bed.devices[i]);
        yaml_free(&office->bed.documents[i]);
    }
    office->bed.devices_count = 0;
    bed_advance(&office->bed, 0);
    edge_web_free(&office->web);
    // What TLS stands on is gone before it, the clock after.
    vnet_free(&office->bed.vnet);
    edge_tls_free(&office->tls);
    certificate_free(&office->certificate);
    key_free(&office->key);
    site_authority_free(&office->authority);
    bed_close(&office->bed);
    edge_tls_seed(NULL);
}

static inline void office_run(struct office *office, int64_t seconds)
{
    bed_advance(&office->bed, seconds * OFFICE_NS_PER_S);
}

// What was heard since the last time.
static inline void office_expect(struct office *office, const char *story)
{
    ck_assert_str_eq(str_text(&office->story), story);
    str_clear(&office->story);
}

// Sends a command and gives the status it was answered with.
static inline const char *office_ask(struct office *office, const char *action, const char *payload)
{
    str_clear(&office->answer);
    ck_assert_int_eq(ocpp_session_call(office->session, ocpp_action_find(action), NULL, payload,
                                       strlen(payload),
                                       core_now(office->bed.core) + 30 * OFFICE_NS_PER_S, 0),
                     0);
    bed_advance(&office->bed, SIM_NS_PER_MS);
    return str_text(&office->answer);
}

// Whether the security log of the station has the event.
static inline bool office_audited(struct office *office, const char *event)
{
    for (size_t i = 0; i < audit_count(office->charger->audit); i++) {
        struct audit_entry entry;

        audit_at(office->charger->audit, i, &entry);
        if (strcmp(entry.event, event) == 0)
            return true;
    }
    return false;
}

#endif
