// SPDX-License-Identifier: Apache-2.0
// What the files of the central system share and nobody else sees.
#ifndef SIM_PROTO_OCPP_CSMS_PARTS_H
#define SIM_PROTO_OCPP_CSMS_PARTS_H

#include "sim/base/crypto.h"
#include "sim/proto/ocpp/csms.h"

#define CSMS_TEXT_ROOM 51
#define CSMS_STATUS_ROOM 20
#define CSMS_VIOLATION_ROOM 256

struct csms_station {
    struct csms *csms;
    char *identity;
    char *common_name;                           // Required in its certificate, or NULL.
    uint8_t password_text[CRYPTO_SHA256_BYTES];  // Of the password as written,
    uint8_t password_bytes[CRYPTO_SHA256_BYTES]; // and of the bytes its digits stand for.
    bool has_password;
    bool has_password_bytes;
    int security;
    bool booted; // Its BootNotification was accepted, on this or an earlier connection.
    bool connected;
    bool calling; // A command is under way: it stands in csms->calling.
    enum csms_registration registration;
    int64_t interval_s;
    struct ocpp_session *session; // Made at the first connection: ids go on over all of them.
    void *wire;
    uint64_t connections, violations, messages, starts;
    int64_t last_seen_ns;
    char vendor[CSMS_TEXT_ROOM], model[CSMS_TEXT_ROOM], serial[CSMS_TEXT_ROOM],
        firmware[CSMS_TEXT_ROOM];
    char status[CSMS_CONNECTORS_MAX + 1][CSMS_STATUS_ROOM];
    int64_t running[CSMS_CONNECTORS_MAX + 1]; // Transaction id, 0 none.
    csms_done_fn *done;
    void *done_user;
    struct csms_station *next_in_bucket;
    struct csms_station *next_calling, *previous_calling;
};

struct csms_entry { // A transaction, with what tells a repeat from another one.
    struct csms_transaction facts;
    uint8_t start_digest[CRYPTO_SHA256_BYTES];
    uint8_t stop_digest[CRYPTO_SHA256_BYTES];
    struct csms_entry *next_in_bucket;
};

struct csms_tag {
    char text[OCPP_TAG_ROOM];
    const char *status;
    struct csms_tag *next_in_bucket;
};

struct csms_kept_frame {
    struct csms_station *station;
    int64_t now_ns;
    bool sent;
    struct str text;
};

struct csms {
    struct csms_options options;
    const struct csms_events *events;
    void *user;
    enum csms_registration registration; // Of stations that will come unknown.
    int64_t interval_s;
    struct csms_station **stations;
    size_t stations_count, stations_room;
    struct csms_station **buckets;
    struct csms_station *calling;
    // Transactions by their number, oldest first: `head` entries of the array are gone.
    struct csms_entry **entries;
    size_t entries_head, entries_end, entries_room;
    struct csms_entry **entry_buckets;
    size_t entry_buckets_count;
    int64_t last_id;
    struct csms_tag **tag_buckets;
    size_t tags_count;
    char (*violations)[CSMS_VIOLATION_ROOM];
    size_t violations_count, violations_next;
    uint64_t violations_total;
    struct csms_security_event *security_events;
    size_t security_events_count, security_events_next;
    struct csms_kept_frame *frames;
    size_t frames_count, frames_next;
    struct str out;    // A payload under construction.
    const char *frame; // The one that is being taken in; NULL outside csms_receive().
    size_t frame_length;
};

uint64_t csms_hash(const void *data, size_t length); // FNV-1a.

// csms_notes.c
void csms_note_violation(struct csms_station *station, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void csms_note_security_event(struct csms_station *station, const char *type, int64_t utc_ns);
void csms_note_frame(struct csms_station *station, bool sent, const char *text, size_t length);
void csms_notes_free(struct csms *csms);

// csms_requests.c: answers a request of a station.
void csms_on_call(struct ocpp_session *session, const struct ocpp_action *action, const char *id,
                  const struct json *payload, void *user);

// csms_transactions.c. Whether a start finds room (a repeat always does), and the start itself: the
// transaction, new or repeated.
bool csms_has_room(struct csms_station *station, const struct json *payload);
struct csms_entry *csms_start_transaction(struct csms_station *station, const struct json *payload);
void csms_stop_transaction(struct csms_station *station, const struct json *payload);
struct csms_entry *csms_find_transaction(struct csms *csms, int64_t id);
void csms_transactions_free(struct csms *csms);

// csms_tags.c
const char *csms_tag_status(const struct csms *csms, const char *tag);
void csms_tags_free(struct csms *csms);

// csms_commands.c
void csms_on_result(struct ocpp_session *session, uint64_t tag, const struct ocpp_result *result,
                    void *user);

#endif
