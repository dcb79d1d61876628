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
#define CHARGER_KEY_ROOM 41 // AuthorizationKey: 40 hexadecimal digits.
#define CHARGER_PATH_ROOM 256
#define CHARGER_FRESH_NS (10 * SIM_NS_PER_S) // What "reconnects per second" looks back on.

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
    char tag[OCPP_TAG_ROOM];
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
    char tag[OCPP_TAG_ROOM];
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
    char tag[OCPP_TAG_ROOM];
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
    bool fresh;                // Stands for less than CHARGER_FRESH_NS.
    bool answering;            // A request is being answered: nothing of our own before that.
    bool violated;             // The audit log has it of this connection.
    struct websocket *closing; // One that still says goodbye.
    struct str held;           // Frames that came while the device was paused, each with its NUL.
    struct device_input input;
    uint64_t connections;
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

#endif
