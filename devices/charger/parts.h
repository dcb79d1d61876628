// SPDX-License-Identifier: Apache-2.0
// What the files of this folder do for each other, file by file; for nobody else.
#ifndef DEVICES_CHARGER_PARTS_H
#define DEVICES_CHARGER_PARTS_H

#include "devices/charger/state.h"

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

// ---- ocpp_security.c: where it goes and who shows what ----
struct charger_place {
    struct address at;
    char name[STATION_HOST_NAME_ROOM]; // Host header, SNI, and what the certificate must say.
    char path[CHARGER_PATH_ROOM];      // Without the identity.
};

// An option of the site's line, or the profile's fact of the same name.
const char *charger_option(const struct charger *charger, const char *name, const char *otherwise);
// Returns 0, ERR_NOT_FOUND, or what is wrong with the URL.
int charger_find_place(const struct charger *charger, struct charger_place *ret);
// Puts TLS on charger->conn. Returns 0, or an error that leaves it as it was.
int charger_tls_wrap(struct charger *charger, const struct charger_place *place,
                     const struct conn_events *events);
// A handshake failed: the security log has it.
void charger_tls_audit(struct charger *charger, const struct conn *conn);
// The header of Basic authentication. The caller wipes it.
#define CHARGER_AUTHORIZATION_ROOM 160
void charger_authorization(const struct charger *charger, char ret[CHARGER_AUTHORIZATION_ROOM]);
// A line for the security log; its source is the central system's address.
void charger_audit(struct charger *charger, const char *event, bool success);

// ---- ocpp_link.c: the connection ----
int charger_link_init(struct charger *charger, struct diag *diag);
void charger_link_done(struct charger *charger);
void charger_link_power(struct charger *charger, bool on);
// Drops the connection; the next attempt comes after `wait_ns`.
void charger_link_drop(struct charger *charger, int64_t wait_ns);
bool charger_registered(const struct charger *charger);

extern const struct verb *const charger_verbs[]; // world.c

#endif
