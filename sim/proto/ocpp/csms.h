// SPDX-License-Identifier: Apache-2.0
// A central system's mind, without a clock and without a wire: the stations it knows, what they
// said, their transactions, the commands it sends, the violations it saw. Two faces give it wires:
// a device of the environment in a world, and a bench driver that a real charger can call. OCPP 1.6
// edition 2 sections 4 and 5.
#ifndef SIM_PROTO_OCPP_CSMS_H
#define SIM_PROTO_OCPP_CSMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/proto/ocpp/session.h"

struct csms;
struct csms_station;

#define CSMS_STATIONS_MAX 20000
#define CSMS_CONNECTORS_MAX 8

struct csms_options {
    int64_t heartbeat_interval_s;
    int64_t call_timeout_ns;
    // Unknown identities and tags: refused, or taken as they come (a demo).
    bool accept_unknown_stations;
    bool accept_unknown_tags;
    // A station that was never accepted here may speak all the same: it booted before we came.
    bool accept_unbooted;
    size_t transactions_max; // Kept; the oldest ended one goes.
    size_t frames_max;       // Kept for assertions on the wire; 0: none.
};

struct csms_events {
    int64_t (*utc_ns)(void *user); // For the times it answers with.
    int64_t (*now_ns)(void *user); // For deadlines.
    // A frame for a station's wire; negative when it takes none.
    int (*send)(struct csms_station *station, const char *text, size_t length, void *user);
    // Something a probe could see changed.
    void (*changed)(struct csms_station *station, void *user);
    // A deadline moved: call csms_expire() no later than `deadline_ns`.
    void (*deadline)(int64_t deadline_ns, void *user);
};

// Borrowed options and events; `events` and `user` outlive it. Never NULL.

struct csms *csms_new(const struct csms_options *options, const struct csms_events *events,
                      void *user);
void csms_free(struct csms **csms);

// A station that may come, with the SHA-256 of its Basic password (NULL: none needed) and the CN
// its certificate must carry (NULL: none needed). Returns 0, ERR_EXISTS or ERR_TOO_MANY.
int csms_add_station(struct csms *csms, const char *identity, const char *password,
                     const char *common_name);
// What it must show from now on; NULL: nothing. A standing connection stays.
void csms_set_password(struct csms_station *station, const char *password);
void csms_set_common_name(struct csms_station *station, const char *common_name);
struct csms_station *csms_station(struct csms *csms, const char *identity);
size_t csms_stations(const struct csms *csms);
struct csms_station *csms_station_at(struct csms *csms, size_t index);
const char *csms_identity(const struct csms_station *station);
// The security profile it is to use (0 to 3), for the face that knows its doors; -1 at first: any.
void csms_set_security(struct csms_station *station, int security);
int csms_security(const struct csms_station *station);

// Who stands at the door: `authorization` is the header as it came (or NULL), `common_name` that of
// the client certificate (or NULL). Returns the station, or NULL with the HTTP status to refuse
// with (401, 404). Constant time in the password.
struct csms_station *csms_admit(struct csms *csms, const char *identity, const char *authorization,
                                const char *common_name, uint16_t *ret_status);

// How its BootNotifications are answered from now on ("Accepted", "Pending", "Rejected"), with the
// interval it is told (heartbeat, or time to the next attempt). Accepted at first.
enum csms_registration { CSMS_ACCEPTED, CSMS_PENDING, CSMS_REJECTED };
void csms_set_registration(struct csms *csms, const char *identity_or_null,
                           enum csms_registration registration, int64_t interval_s);

// An idTag with the status of its authorization: "Accepted", "Blocked", "Expired", "Invalid" or
// "ConcurrentTx" (borrowed literal). Known tags replace their status. Returns 0, ERR_TOO_LONG or
// ERR_TOO_MANY.
#define CSMS_TAGS_MAX 100000
int csms_set_tag(struct csms *csms, const char *tag, const char *status);
extern const char *const csms_tag_statuses[]; // Those, NULL-terminated.

// The station's wire stands (an older one is forgotten first) or is gone; a frame came on it.
// `wire` is the face's own pointer for csms_wire().
void csms_connect(struct csms_station *station, void *wire);
void csms_disconnect(struct csms_station *station);
void *csms_wire(const struct csms_station *station);
void csms_receive(struct csms_station *station, const char *text, size_t length);
void csms_expire(struct csms *csms, int64_t now_ns);

// A command: a CALL of the central system. `payload` is JSON text; one that breaks the table is
// ERR_MALFORMED with the problem, so that a scenario's own mistake is told and never sent. `done`
// is told once. Returns 0, ERR_CLOSED (not connected), ERR_FULL (a call is under way) or
// ERR_MALFORMED.
typedef void csms_done_fn(struct csms_station *station, const struct ocpp_result *result,
                          void *user);
int csms_call(struct csms_station *station, const char *action, const char *payload, size_t length,
              csms_done_fn *done, void *user, struct ocpp_problem *ret_problem);
void csms_cancel(struct csms_station *station, void *user); // The callback of that user is dropped.

// What it knows. Times are ns UTC; texts are borrowed.
struct csms_facts {
    bool connected;
    bool registered; // BootNotification was accepted, and it is connected.
    uint64_t connections;
    uint64_t violations;
    uint64_t messages;
    const char *vendor, *model, *serial, *firmware;
    const char *status[CSMS_CONNECTORS_MAX + 1]; // By connector, 0 the station's own; "" unknown.
    int64_t last_seen_ns;
};
void csms_facts(const struct csms_station *station, struct csms_facts *ret);

// A transaction as the central system saw it. Times as the station gave them.
struct csms_transaction {
    const struct csms_station *station;
    int64_t id;
    int64_t connector;
    int64_t meter_start_Wh, meter_stop_Wh;
    int64_t start_utc_ns, stop_utc_ns; // Stop 0: still running.
    char tag[OCPP_TAG_ROOM];
    char reason[32];
    uint64_t meter_values;
    uint32_t starts, stops; // How often each was received (at least once delivery).
    bool differed;          // A repeat was not the same bytes.
    uint64_t order;         // Of its start among all of its station.
};
size_t csms_transactions(const struct csms *csms);
const struct csms_transaction *csms_transaction_at(const struct csms *csms, size_t index);

// The last violations, newest last, as sentences; borrowed.
#define CSMS_VIOLATIONS_MAX 256
size_t csms_violations(const struct csms *csms);
const char *csms_violation_at(const struct csms *csms, size_t index);
uint64_t csms_violations_total(const struct csms *csms); // Of all time, forgotten ones too.

// A security event that a station told (security white paper edition 3, A04), oldest first.
#define CSMS_SECURITY_EVENTS_MAX 4096
struct csms_security_event {
    const struct csms_station *station;
    int64_t utc_ns; // As the station gave it.
    char type[51];
};
size_t csms_security_events(const struct csms *csms);
const struct csms_security_event *csms_security_event_at(const struct csms *csms, size_t index);

// The last frames that crossed, oldest first.
struct csms_frame {
    const struct csms_station *station;
    int64_t now_ns; // Of csms_events.now_ns.
    bool sent;      // By the central system.
    const char *text;
    size_t length;
};
size_t csms_frames(const struct csms *csms);
struct csms_frame csms_frame_at(const struct csms *csms, size_t index);

#endif
