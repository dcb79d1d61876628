// SPDX-License-Identifier: Apache-2.0
// One end of an OCPP-J connection, without a clock and without a wire: frames in, frames out, one
// outstanding CALL in each direction, ids that never repeat, every frame checked against the table
// both ways. Stations and central systems are made of it. OCPP-J 1.6 section 4.
//
// What the peer does wrong is answered as the standard says, reported once by on_violation, and
// never ends the session: a reply to nothing, a replayed or overlong id, an unknown action, a frame
// that is not JSON, a CALLERROR with id "-1" or "". An answer that comes too late, the repeat of a
// transaction message in the same bytes and a CALL before the last one was answered break no rule
// (the peer may have given up waiting); the last is counted.
#ifndef SIM_PROTO_OCPP_SESSION_H
#define SIM_PROTO_OCPP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/proto/ocpp/message.h"

struct ocpp_session;

enum ocpp_role { OCPP_STATION, OCPP_CSMS };

// How a CALL of ours ended.
struct ocpp_result {
    const struct ocpp_action *action;
    const struct json *payload; // The confirmation; NULL when there is none. Borrowed.
    enum ocpp_code code;        // OCPP_OK, or the code of the CALLERROR.
    int err;                    // 0; ERR_EXCEPTION for a CALLERROR; ERR_MALFORMED for a
                                // confirmation against the table; ERR_TIMEOUT; ERR_CLOSED.
    const char *description;    // Of a CALLERROR, "" else. Borrowed.
};

// The session is not freed in any of these; it may be disconnected in all but send.
struct ocpp_session_events {
    // Sends a frame. Returns 0, or a negative code when the wire takes none (then
    // ocpp_session_call() returns ERR_CLOSED). It does not call back into the session.
    int (*send)(void *user, const char *text, size_t length);
    // A valid CALL: answer it in the call or later, once, with ocpp_session_confirm() or
    // ocpp_session_refuse(). `id` and `payload` are borrowed for the call.
    void (*on_call)(struct ocpp_session *session, const struct ocpp_action *action, const char *id,
                    const struct json *payload, void *user);
    // The CALL begun with `tag` has ended; the next one may begin in here.
    void (*on_result)(struct ocpp_session *session, uint64_t tag, const struct ocpp_result *result,
                      void *user);
    // The peer broke a rule. `sent` is the frame, borrowed. May be NULL.
    void (*on_violation)(struct ocpp_session *session, const struct ocpp_problem *problem,
                         const char *frame, size_t length, void *user);
    // Every frame that crosses, for a record. May be NULL.
    void (*on_frame)(struct ocpp_session *session, bool sent, const char *text, size_t length,
                     void *user);
};

// A session for one connection after the other. Ids are `prefix` and a number that goes on over
// connections (`prefix` at most 16 characters, copied). `events` is borrowed as long as the session
// lives. Never NULL.
struct ocpp_session *ocpp_session_new(enum ocpp_role role, const char *prefix,
                                      const struct ocpp_session_events *events, void *user);
void ocpp_session_free(struct ocpp_session **session);

// The connection is gone: a CALL of ours ends with ERR_CLOSED, CALLs to be answered are forgotten.
void ocpp_session_disconnect(struct ocpp_session *session);

// Begins a CALL: `payload` is JSON text built for action->request (asserted). `id` NULL draws one;
// a repeat of a transaction message gives the id of the first time, so that it is the same bytes.
// `deadline_ns` is on the caller's clock. Returns 0 (on_result will tell, once), ERR_FULL while one
// is outstanding, or ERR_CLOSED when the wire took no frame; for the last two nothing has begun.
int ocpp_session_call(struct ocpp_session *session, const struct ocpp_action *action,
                      const char *id, const char *payload, size_t length, int64_t deadline_ns,
                      uint64_t tag);
bool ocpp_session_calling(const struct ocpp_session *session);
// When the outstanding CALL is given up, INT64_MAX when there is none; and gives it up when it is
// due at `now_ns`.
int64_t ocpp_session_deadline_ns(const struct ocpp_session *session);
void ocpp_session_expire(struct ocpp_session *session, int64_t now_ns);

// Draws the next id, for a queue that stores whole frames. `ret` has room for OCPP_ID_BYTES_MAX and
// NUL.
void ocpp_session_draw_id(struct ocpp_session *session, char ret[OCPP_ID_BYTES_MAX + 1]);

// A frame came.
void ocpp_session_receive(struct ocpp_session *session, const char *text, size_t length);

// Answers a CALL: a confirmation (JSON text, asserted), or a CALLERROR. Ids that are not open are
// ignored (the connection was lost in between).
void ocpp_session_confirm(struct ocpp_session *session, const char *id, const char *payload,
                          size_t length);
void ocpp_session_refuse(struct ocpp_session *session, const char *id, enum ocpp_code code,
                         const char *description);

// What crossed, since the start.
struct ocpp_counts {
    uint64_t calls_sent, calls_received; // Frames, valid or not.
    uint64_t results, errors;            // CALLRESULTs and CALLERRORs that ended a CALL of ours.
    uint64_t violations, timeouts;
    uint64_t overlaps; // CALLs that came while an earlier one was open.
};
struct ocpp_counts ocpp_session_counts(const struct ocpp_session *session);

#endif
