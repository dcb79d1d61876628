// SPDX-License-Identifier: Apache-2.0
// What one charging station is made of, shared by the files of this folder and by nobody else. A
// fleet has thousands: what is seldom needed is allocated when it is, texts that never change stay
// in the profile.
#ifndef DEVICES_CHARGER_STATE_H
#define DEVICES_CHARGER_STATE_H

#include "devices/charger/charger.h"
#include "sim/base/str.h"
#include "sim/device/station.h"
#include "sim/proto/ocpp/session.h"
#include "sim/vnet/tls_service.h"
#include "sim/vnet/websocket_service.h"

struct audit;
struct charger;
struct chip;
struct identity;

#define CHARGER_CONNECTORS_MAX 2
#define CHARGER_TAG_ROOM 21 // idToken: CiString20Type.
#define CHARGER_KEY_ROOM 41 // AuthorizationKey: 40 hexadecimal digits.
#define CHARGER_PATH_ROOM 256

// OCPP 1.6 7.7 ChargePointStatus, as far as this station can be in it.
enum charger_status {
    CHARGER_AVAILABLE,
    CHARGER_PREPARING,
    CHARGER_CHARGING,
    CHARGER_SUSPENDED_EV,
    CHARGER_SUSPENDED_EVSE,
    CHARGER_FINISHING,
    CHARGER_UNAVAILABLE,
    CHARGER_FAULTED,
    CHARGER_STATUS_UNKNOWN, // Nothing was told yet.
};

// Whether the tag at the connector may charge.
enum charger_permission { CHARGER_NOBODY, CHARGER_ASKING, CHARGER_ALLOWED };

// A transaction as it is kept until the central system has all of it.
struct charger_transaction {
    uint64_t local; // Our own number, 0: none. OCPP 1.6 gives one with StartTransaction.conf.
    int64_t id;     // The central system's.
    bool known;     // `id` holds.
    bool stopped;   // Its StopTransaction stands in the queue, or was answered.
    uint8_t connector;
    int64_t start_utc_ns; // To the millisecond, as it is sent.
    int64_t meter_start_Wh;
    char tag[CHARGER_TAG_ROOM];
    char message_id[OCPP_ID_BYTES_MAX + 1]; // Of its StartTransaction.
};

// A car, as a charging station knows it: a plug and what it draws.
struct charger_car {
    bool plugged;
    bool full;
    double wants_Wh; // From the meter's state below on.
    double from_Wh;
    double current_A; // What it takes at most.
};

struct charger_connector {
    struct charger *charger;
    uint8_t number;
    bool inoperative; // By ChangeAvailability; kept in the store.
    bool going_out;   // Inoperative when the transaction ends.
    bool faulted;
    bool finishing; // A transaction ended while the cable is still in.
    enum charger_permission permission;
    enum charger_status shown; // The last that the world's log has.
    enum charger_status told;  // The last status the central system has, or is being told.
    bool tell;                 // Asked for by TriggerMessage.
    bool tell_meter;
    struct charger_car car;
    char tag[CHARGER_TAG_ROOM];
    bool remote; // The tag came with RemoteStartTransaction.
    struct charger_transaction transaction;
    // The meter: what it showed when the power last changed. It keeps its state without supply.
    double meter_Wh;
    double power_W;
    double current_A;
    sim_time_ns meter_ns;
    struct timer car_timer;    // The car has what it wants.
    struct timer sample_timer; // MeterValueSampleInterval.
    struct timer wait_timer;   // ConnectionTimeOut.
    // Who waits for the end of a session (a scenario's step), or NULL.
    void (*ended)(struct charger_connector *connector, const char *result, void *user);
    void *ended_user;
};

// One transaction in the history, as `evse.transactions` shows it.
struct charger_record {
    uint64_t local;
    uint8_t connector;
    bool ended;
    int64_t start_utc_ns, stop_utc_ns;
    int64_t meter_start_Wh, meter_stop_Wh;
    const char *reason; // Static.
    char tag[CHARGER_TAG_ROOM];
};

// Keys that decide something, as numbers; the others are texts that are asked for.
struct charger_config {
    bool offline_unknown;   // AllowOfflineTxForUnknownId
    bool authorize_remote;  // AuthorizeRemoteTxRequests
    bool authorize_offline; // LocalAuthorizeOffline
    bool stop_on_disconnect, stop_on_invalid;
    int32_t aligned_s, connection_s, heartbeat_s, sample_s, attempts, retry_s, ping_s;
};

enum charger_link {
    CHARGER_LINK_OFF,
    CHARGER_LINK_WAITS, // For its next attempt.
    CHARGER_LINK_OPENS, // Connection, TLS, upgrade.
    CHARGER_LINK_STANDS,
};

enum charger_registration {
    CHARGER_UNREGISTERED,
    CHARGER_PENDING,
    CHARGER_REGISTERED,
};

// What is under way as the one outstanding CALL, as the tag of the session.
enum charger_errand {
    CHARGER_ERRAND_NONE,
    CHARGER_ERRAND_BOOT,
    CHARGER_ERRAND_STATUS,
    CHARGER_ERRAND_AUTHORIZE,
    CHARGER_ERRAND_QUEUE,
    CHARGER_ERRAND_METER,
    CHARGER_ERRAND_HEARTBEAT,
};

struct charger {
    struct device *device;
    struct station_site site;
    struct audit *audit;
    struct chip *chip; // Only with a client certificate.
    const struct identity *identity;
    const struct certificate *root;
    char *tls_name; // What the central system's certificate must say; only with TLS.
    struct charger_connector connectors[CHARGER_CONNECTORS_MAX];
    uint8_t connectors_count;
    uint8_t phases;
    double rated_A;
    struct charger_config config;
    char serial[26];

    // ---- The link ----
    enum charger_link link;
    struct conn *conn;        // Until the upgrade begins; the socket's afterwards.
    struct websocket *socket; // From the upgrade on.
    struct ocpp_session *session;
    enum charger_registration registration;
    unsigned failures;         // Since the last connection that stood.
    bool pinged;               // No pong since.
    bool answering;            // A request is being answered: nothing of our own before that.
    bool violated;             // The audit log has it of this connection.
    struct websocket *closing; // One that still says goodbye.
    struct str held;           // Frames that came while the device was paused, each with its NUL.
    struct device_input input;
    uint64_t connections;
    sim_time_ns connected_ns;   // The last time.
    struct timer link_timer;    // Back-off, handshake, ping.
    struct timer call_timer;    // The deadline of the outstanding CALL.
    struct timer boot_timer;    // BootNotification again, or a Heartbeat.
    struct timer retry_timer;   // The head of the queue again.
    struct timer aligned_timer; // ClockAlignedDataInterval.
    struct timer restart_timer; // Reset, or a link with another password.
    bool resets;                // What the restart timer is for.
    bool boot_due, heartbeat_due;
    uint8_t errand_connector;
    bool tell_station; // Connector 0.
    enum charger_status told_station;

    // ---- Transactions ----
    uint32_t boots;
    uint32_t drawn;                   // Local numbers since this start.
    uint32_t queue_first, queue_next; // Numbers of messages: first <= n < next may stand.
    uint16_t queue_count;
    uint16_t queue_attempts; // Of the head, answered with an error.
    uint64_t overflow, thinned, given_up;
    struct charger_record *records;
    size_t records_count, records_room;

    // ---- The mains ----
    struct timer mains_timer;
    bool mains_lost;
    bool live;
    double voltage_V; // To neutral.
};

static inline struct charger *charger_of(struct device *device)
{
    return device->state;
}

// ---- connector.c: the state machine of one connector ----
void charger_connector_init(struct charger *charger, uint8_t number);
void charger_connector_done(struct charger_connector *connector);
void charger_connector_power(struct charger_connector *connector, bool on);
enum charger_status charger_connector_status(const struct charger_connector *connector);
const char *charger_status_text(enum charger_status status);
// Anything changed: starts or stops what follows from it, and tells the central system.
void charger_connector_step(struct charger_connector *connector);
// A tag is held to the reader (or came from afar). False when the connector cannot take it.
bool charger_connector_present(struct charger_connector *connector, const char *tag, bool remote);
// The central system cannot be asked any more: who was about to ask decides alone.
void charger_connector_offline(struct charger_connector *connector);
// The central system's word about the tag that asked.
void charger_connector_answer(struct charger_connector *connector, bool accepted);
// Ends the transaction with a reason of OCPP 1.6 7.36 (static text).
void charger_connector_stop(struct charger_connector *connector, const char *reason);
void charger_connector_forget_tag(struct charger_connector *connector);
void charger_connector_set_operative(struct charger_connector *connector, bool operative);
void charger_connector_set_fault(struct charger_connector *connector, bool faulted);
// Whoever waits for the end of a session hears it.
void charger_connector_end_session(struct charger_connector *connector, const char *result);

// ---- car.c: car and meter ----
void charger_car_init(struct charger_connector *connector);
void charger_car_plug(struct charger_connector *connector, double wants_Wh, double current_A);
void charger_car_unplug(struct charger_connector *connector);
// Draws what the state allows from now on.
void charger_car_draw(struct charger_connector *connector);
double charger_meter_Wh(const struct charger_connector *connector);
void charger_mains_init(struct charger *charger);
void charger_mains_done(struct charger *charger);

// ---- transactions.c: what must not be lost ----
void charger_transactions_load(struct charger *charger);
// Returns 0, or as store_put(): then there is no transaction.
int charger_transaction_begin(struct charger_connector *connector);
void charger_transaction_end(struct charger_connector *connector, const char *reason);
void charger_transaction_sample(struct charger_connector *connector, const char *context);
// Sends the head of the queue. Returns as ocpp_session_call(), ERR_NOT_FOUND when it is empty.
int charger_queue_send(struct charger *charger);
void charger_queue_answered(struct charger *charger, const struct ocpp_result *result);

// ---- queue.c: whole messages in the store ----
enum charger_kind { CHARGER_START = 'S', CHARGER_METER = 'M', CHARGER_STOP = 'E' };
struct charger_message {
    uint32_t number;
    enum charger_kind kind;
    uint64_t local; // Of its transaction.
    char id[OCPP_ID_BYTES_MAX + 1];
    const char *payload; // Borrowed from the store: valid until the next write.
    size_t length;
};
void charger_queue_load(struct charger *charger);
// Appends. Returns 0, ERR_FULL (counted) or ERR_CANCELLED.
int charger_queue_put(struct charger *charger, const struct charger_message *message);
// The oldest at or after `from`; false when there is none.
bool charger_queue_next(const struct charger *charger, uint32_t from, struct charger_message *ret);
int charger_queue_remove(struct charger *charger, uint32_t number);

// ---- keys.c: configuration ----
// How a change ends, in the words of OCPP 1.6 7.22.
const char *charger_keys_change(struct charger *charger, const char *key, const char *value);
void charger_keys_load(struct charger *charger);
size_t charger_keys_count(const struct charger *charger);
struct charger_key {
    const char *name;
    const char *access;
    const char *type;
    const char *value; // Of the profile.
    int64_t low, high;
};
bool charger_key_at(const struct charger *charger, size_t index, struct charger_key *ret);
bool charger_key_find(const struct charger *charger, const char *name, struct charger_key *ret);
// The value that holds, appended; nothing for a write-only key.
void charger_key_add_value(const struct charger *charger, const struct charger_key *key,
                           struct str *out);
// The password that holds, as digits or text. The caller wipes it.
void charger_password(const struct charger *charger, char ret[CHARGER_KEY_ROOM]);

// ---- messages.c: what the station says by itself ----
// Sends what is due next, when nothing is outstanding.
void charger_pump(struct charger *charger);
void charger_on_result(struct ocpp_session *session, uint64_t tag, const struct ocpp_result *result,
                       void *user);
// Appends one item of the list meterValue.
void charger_put_meter_value(struct charger_connector *connector, struct ocpp_build *build,
                             const char *context, const char *measurands, int64_t utc_ns);
// Frames and violations of the session, for session_events.
void charger_messages_init(struct charger *charger);
void charger_messages_power(struct charger *charger, bool on);
void charger_messages_config(struct charger *charger); // Intervals changed.

// ---- ocpp_handlers.c: what the central system asks ----
void charger_on_call(struct ocpp_session *session, const struct ocpp_action *action, const char *id,
                     const struct json *payload, void *user);

// ---- ocpp_link.c: the connection ----
int charger_link_init(struct charger *charger, struct diag *diag);
void charger_link_done(struct charger *charger);
void charger_link_power(struct charger *charger, bool on);
// Drops the connection; the next attempt comes after `wait_ns`.
void charger_link_drop(struct charger *charger, int64_t wait_ns);
bool charger_registered(const struct charger *charger);
// A line for the audit log; `source` is the central system's address.
void charger_audit(struct charger *charger, const char *event, bool success);

extern const struct verb *const charger_verbs[]; // world.c

#endif
