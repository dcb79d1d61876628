// SPDX-License-Identifier: Apache-2.0
// One end of an OCPP-J connection (OCPP-J 1.6 section 4): the CALL under way, the CALLs to be
// answered, the ids that were heard. A frame is built, handed out and forgotten; an idle session
// keeps less than 1 kB. Of what the standard leaves open: a frame without a readable id is answered
// with id "-1" (as OCPP 2.0.1 has it), one of an unknown message type not at all (4.1.3), and no
// answer is ever answered.
#include "sim/proto/ocpp/session.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/utf8.h"

#define PREFIX_BYTES_MAX 16
#define OPEN_MAX 4          // CALLs of the peer that wait for our answer.
#define HEARD_MAX 64        // Ids of the peer that are remembered.
#define LATE_MAX 4          // Ids of ours whose answer may still come.
#define DESCRIPTION_MAX 255 // OCPP-J 1.6 4.2.3, in characters.
#define UNREADABLE_ID "-1"

// What is remembered of an id that was heard: 48 bits of its hash, 16 of the hash of its frame.
#define HEARD_FRAME_MASK UINT64_C(0xFFFF)

enum message_type { TYPE_CALL = 2, TYPE_RESULT = 3, TYPE_ERROR = 4 };

struct open_call {
    const struct ocpp_action *action; // NULL: free.
    char id[OCPP_ID_BYTES_MAX + 1];
};

struct ocpp_session {
    const struct ocpp_session_events *events;
    void *user;
    enum ocpp_role role;
    char prefix[PREFIX_BYTES_MAX + 1];
    uint64_t drawn; // Ids so far.

    const struct ocpp_action *calling; // The CALL of ours that is under way, or NULL.
    uint64_t tag;
    int64_t deadline_ns;
    char calling_id[OCPP_ID_BYTES_MAX + 1];
    uint64_t late[LATE_MAX]; // Hashes of ids given up; 0: none.
    unsigned late_count;

    unsigned heard_count;
    uint64_t *heard; // HEARD_MAX of them from the first CALL on.
    struct open_call open[OPEN_MAX];
    struct ocpp_counts counts;
};

// A frame that came, taken apart.
struct frame {
    const char *text;
    size_t length;
    const struct json *items; // NULL when it is no JSON.
    const char *id;           // NULL when there is no readable one.
};

struct ocpp_session *ocpp_session_new(enum ocpp_role role, const char *prefix,
                                      const struct ocpp_session_events *events, void *user)
{
    struct ocpp_session *session = mem_new(1, sizeof(*session));

    assert(events && events->send && events->on_call && events->on_result);
    assert(strlen(prefix) <= PREFIX_BYTES_MAX && utf8_valid(prefix, strlen(prefix), NULL));
    session->role = role;
    session->events = events;
    session->user = user;
    snprintf(session->prefix, sizeof(session->prefix), "%s", prefix);
    return session;
}

void ocpp_session_free(struct ocpp_session **session)
{
    if (!*session)
        return;
    free((*session)->heard);
    free(*session);
    *session = NULL;
}

struct ocpp_counts ocpp_session_counts(const struct ocpp_session *session)
{
    return session->counts;
}

// FNV-1a, 64 bits: the ids of one connection are told apart, nobody is kept out by it.
static uint64_t hash_of(const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

static int session_send(struct ocpp_session *session, const struct str *frame)
{
    if (session->events->on_frame)
        session->events->on_frame(session, true, frame->text, frame->length, session->user);
    return session->events->send(session->user, frame->text, frame->length);
}

static void violation(struct ocpp_session *session, const struct frame *frame,
                      const struct ocpp_problem *problem)
{
    session->counts.violations++;
    if (session->events->on_violation)
        session->events->on_violation(session, problem, frame->text, frame->length, session->user);
}

static void violation_of(struct ocpp_session *session, const struct frame *frame,
                         enum ocpp_code code, const char *where, const char *text)
{
    struct ocpp_problem problem = {.code = code};

    snprintf(problem.where, sizeof(problem.where), "%s", where);
    snprintf(problem.text, sizeof(problem.text), "%s", text);
    violation(session, frame, &problem);
}

// ---- CALLs of ours --------------------------------------------------------------------

void ocpp_session_draw_id(struct ocpp_session *session, char ret[OCPP_ID_BYTES_MAX + 1])
{
    snprintf(ret, OCPP_ID_BYTES_MAX + 1, "%s%" PRIu64, session->prefix, ++session->drawn);
}

static bool fits(const struct ocpp_field *fields, const char *payload, size_t length)
{
    struct ocpp_problem problem;
    struct json *json;
    bool good = json_parse(payload, length, &json, NULL) == 0;

    if (!good)
        return false;
    good = ocpp_check(fields, json, &problem) == 0;
    json_free(&json);
    return good;
}

int ocpp_session_call(struct ocpp_session *session, const struct ocpp_action *action,
                      const char *id, const char *payload, size_t length, int64_t deadline_ns,
                      uint64_t tag)
{
    struct str frame = {0};
    int err;

    assert(action->sender & (session->role == OCPP_STATION ? OCPP_BY_STATION : OCPP_BY_CSMS));
    assert(!id || (strlen(id) > 0 && strlen(id) <= OCPP_ID_BYTES_MAX));
    assert(fits(action->request, payload, length));
    if (session->calling)
        return ERR_FULL;
    if (id)
        snprintf(session->calling_id, sizeof(session->calling_id), "%s", id);
    else
        ocpp_session_draw_id(session, session->calling_id);
    str_adds(&frame, "[2,");
    str_add_json(&frame, session->calling_id);
    str_adds(&frame, ",\"");
    str_adds(&frame, action->name);
    str_adds(&frame, "\",");
    str_add(&frame, payload, length);
    str_adds(&frame, "]");
    // Under way before it is sent: a wire may bring the answer before send() returns.
    session->calling = action;
    session->tag = tag;
    session->deadline_ns = deadline_ns;
    err = session_send(session, &frame);
    str_done(&frame);
    if (err < 0) {
        session->calling = NULL;
        return ERR_CLOSED;
    }
    session->counts.calls_sent++;
    return 0;
}

bool ocpp_session_calling(const struct ocpp_session *session)
{
    return session->calling != NULL;
}

int64_t ocpp_session_deadline_ns(const struct ocpp_session *session)
{
    return session->calling ? session->deadline_ns : INT64_MAX;
}

// Ends the CALL under way; the next one may begin in the callback.
static void end_call(struct ocpp_session *session, struct ocpp_result *result)
{
    assert(session->calling);
    result->action = session->calling;
    if (!result->description)
        result->description = "";
    session->calling = NULL;
    session->events->on_result(session, session->tag, result, session->user);
}

void ocpp_session_expire(struct ocpp_session *session, int64_t now_ns)
{
    struct ocpp_result result = {.code = OCPP_GENERIC_ERROR, .err = ERR_TIMEOUT};

    if (!session->calling || now_ns < session->deadline_ns)
        return;
    session->late[session->late_count++ % LATE_MAX] =
        hash_of(session->calling_id, strlen(session->calling_id));
    session->counts.timeouts++;
    end_call(session, &result);
}

void ocpp_session_disconnect(struct ocpp_session *session)
{
    struct ocpp_result result = {.code = OCPP_GENERIC_ERROR, .err = ERR_CLOSED};

    memset(session->open, 0, sizeof(session->open));
    memset(session->late, 0, sizeof(session->late));
    session->heard_count = 0;
    if (session->calling)
        end_call(session, &result);
}

// Whether an answer with that id was given up; it counts once.
static bool take_late(struct ocpp_session *session, const char *id)
{
    uint64_t hash = hash_of(id, strlen(id));

    for (size_t i = 0; i < LATE_MAX; i++)
        if (session->late[i] == hash) {
            session->late[i] = 0;
            return true;
        }
    return false;
}

// Whether an answer belongs to the CALL under way; what else it may be is dealt with.
static bool is_awaited(struct ocpp_session *session, const struct frame *frame)
{
    if (!frame->id) {
        violation_of(session, frame, OCPP_PROTOCOL_ERROR, "id", "an answer without an id");
        return false;
    }
    if (session->calling && strcmp(session->calling_id, frame->id) == 0)
        return true;
    if (!take_late(session, frame->id))
        violation_of(session, frame, OCPP_PROTOCOL_ERROR, "id", "an answer to nothing");
    return false;
}

static void receive_result(struct ocpp_session *session, const struct frame *frame)
{
    struct ocpp_result result = {.payload = json_at(frame->items, 2)};
    struct ocpp_problem problem = {.code = OCPP_PROTOCOL_ERROR,
                                   .text = "a CALLRESULT has three items"};

    if (!is_awaited(session, frame))
        return;
    if (json_count(frame->items) != 3 ||
        ocpp_check(session->calling->confirmation, result.payload, &problem) < 0)
        result = (struct ocpp_result){.code = OCPP_GENERIC_ERROR, .err = ERR_MALFORMED};
    session->counts.results++;
    end_call(session, &result);
    if (result.err < 0)
        violation(session, frame, &problem);
}

// What is wrong with the form of a CALLERROR, NULL when nothing is.
static const char *error_form(const struct json *items)
{
    enum ocpp_code code;

    if (json_count(items) != 5)
        return "a CALLERROR has five items";
    if (!json_is_text(json_at(items, 2)) ||
        !ocpp_code_known(json_text(json_at(items, 2), ""), &code))
        return "an unknown error code";
    if (!json_is_text(json_at(items, 3)))
        return "the error description is no text";
    return json_is_object(json_at(items, 4)) ? NULL : "the error details are no object";
}

static void receive_error(struct ocpp_session *session, const struct frame *frame)
{
    const char *wrong = error_form(frame->items);
    const char *id = json_text(json_at(frame->items, 1), NULL);
    struct ocpp_result result = {
        .code = ocpp_code_find(json_text(json_at(frame->items, 2), "")),
        .err = ERR_EXCEPTION,
        .description = json_text(json_at(frame->items, 3), ""),
    };

    // What cannot be said to be the answer to our CALL does not end it.
    if (id && (strcmp(id, "") == 0 || strcmp(id, UNREADABLE_ID) == 0)) {
        violation_of(session, frame, result.code, "id", "a CALLERROR that answers no id");
        return;
    }
    if (!is_awaited(session, frame))
        return;
    session->counts.errors++;
    end_call(session, &result);
    if (wrong)
        violation_of(session, frame, OCPP_PROTOCOL_ERROR, "", wrong);
}

// ---- CALLs of the peer ----------------------------------------------------------------

static void send_error(struct ocpp_session *session, const char *id, enum ocpp_code code,
                       const char *description)
{
    struct str frame = {0};
    struct str cut = {0};

    str_add(&cut, description, ocpp_cut(description, DESCRIPTION_MAX));
    str_adds(&frame, "[4,");
    str_add_json(&frame, id);
    str_addf(&frame, ",\"%s\",", ocpp_code_text(code));
    str_add_json(&frame, str_text(&cut));
    str_adds(&frame, ",{}]");
    session_send(session, &frame);
    str_done(&cut);
    str_done(&frame);
}

// Reports what is wrong with a CALL and answers it so.
static void reject(struct ocpp_session *session, const struct frame *frame,
                   const struct ocpp_problem *problem)
{
    char description[sizeof(problem->where) + sizeof(problem->text)];

    snprintf(description, sizeof(description), "%s%s%s", problem->where,
             problem->where[0] ? " " : "", problem->text);
    send_error(session, frame->id ? frame->id : UNREADABLE_ID, problem->code, description);
    violation(session, frame, problem);
}

static void reject_of(struct ocpp_session *session, const struct frame *frame, enum ocpp_code code,
                      const char *where, const char *text)
{
    struct ocpp_problem problem = {.code = code};

    snprintf(problem.where, sizeof(problem.where), "%s", where);
    snprintf(problem.text, sizeof(problem.text), "%s", text);
    reject(session, frame, &problem);
}

static struct open_call *open_find(struct ocpp_session *session, const char *id)
{
    for (size_t i = 0; i < OPEN_MAX; i++)
        if (session->open[i].action && strcmp(session->open[i].id, id) == 0)
            return &session->open[i];
    return NULL;
}

static struct open_call *open_free(struct ocpp_session *session)
{
    for (size_t i = 0; i < OPEN_MAX; i++)
        if (!session->open[i].action)
            return &session->open[i];
    return NULL;
}

enum heard { HEARD_NEW, HEARD_AGAIN, HEARD_CHANGED };

// Remembers the id of a CALL, and says whether it was there before, in the same bytes or others.
static enum heard hear(struct ocpp_session *session, const struct frame *frame)
{
    uint64_t id = hash_of(frame->id, strlen(frame->id)) & ~HEARD_FRAME_MASK;
    uint64_t bytes = hash_of(frame->text, frame->length) & HEARD_FRAME_MASK;
    unsigned count = session->heard_count < HEARD_MAX ? session->heard_count : HEARD_MAX;

    if (!session->heard)
        session->heard = mem_new(HEARD_MAX, sizeof(session->heard[0]));
    for (unsigned i = 0; i < count; i++)
        if ((session->heard[i] & ~HEARD_FRAME_MASK) == id)
            return session->heard[i] == (id | bytes) ? HEARD_AGAIN : HEARD_CHANGED;
    session->heard[session->heard_count % HEARD_MAX] = id | bytes;
    // The count stays small and its place in the ring the same.
    session->heard_count++;
    if (session->heard_count == 2 * HEARD_MAX)
        session->heard_count = HEARD_MAX;
    return HEARD_NEW;
}

// The action of a CALL that may be handed on, or NULL when it was refused.
static const struct ocpp_action *admit(struct ocpp_session *session, const struct frame *frame)
{
    enum ocpp_sender peer = session->role == OCPP_STATION ? OCPP_BY_CSMS : OCPP_BY_STATION;
    const char *name = json_text(json_at(frame->items, 2), NULL);
    const struct ocpp_action *action = name ? ocpp_action_find(name) : NULL;
    struct ocpp_problem problem;

    if (json_count(frame->items) != 4)
        reject_of(session, frame, OCPP_PROTOCOL_ERROR, "", "a CALL has four items");
    else if (!name)
        reject_of(session, frame, OCPP_PROTOCOL_ERROR, "action", "is no text");
    else if (!action)
        reject_of(session, frame, OCPP_NOT_IMPLEMENTED, "action", "is none of OCPP 1.6");
    else if (!(action->sender & peer))
        reject_of(session, frame, OCPP_NOT_SUPPORTED, "action", "goes the other way");
    else if (ocpp_check(action->request, json_at(frame->items, 3), &problem) < 0)
        reject(session, frame, &problem);
    else
        return action;
    return NULL;
}

static void receive_call(struct ocpp_session *session, struct frame *frame)
{
    const struct ocpp_action *action;
    struct open_call *open;
    enum heard heard;
    bool repeated; // As a transaction message may be, until it is answered.

    session->counts.calls_received++;
    if (!frame->id || !*frame->id || strlen(frame->id) > OCPP_ID_BYTES_MAX) {
        frame->id = NULL;
        reject_of(session, frame, OCPP_PROTOCOL_ERROR, "id", "is no text of 1 to 36 characters");
        return;
    }
    heard = hear(session, frame);
    action = ocpp_action_find(json_text(json_at(frame->items, 2), ""));
    repeated = heard == HEARD_AGAIN && action && action->transaction;
    if (heard != HEARD_NEW && open_find(session, frame->id)) {
        // The answer to the first one is still to come, and answers the id.
        if (!repeated)
            violation_of(session, frame, OCPP_SECURITY_ERROR, "id", "is in use");
        return;
    }
    if (heard != HEARD_NEW && !repeated) {
        reject_of(session, frame, OCPP_SECURITY_ERROR, "id", "was used before");
        return;
    }
    action = admit(session, frame);
    if (!action)
        return;
    open = open_free(session);
    if (!open) {
        reject_of(session, frame, OCPP_GENERIC_ERROR, "", "too many CALLs without an answer");
        return;
    }
    for (size_t i = 0; i < OPEN_MAX; i++)
        if (session->open[i].action) {
            session->counts.overlaps++;
            break;
        }
    open->action = action;
    snprintf(open->id, sizeof(open->id), "%s", frame->id);
    session->events->on_call(session, action, frame->id, json_at(frame->items, 3), session->user);
}

void ocpp_session_confirm(struct ocpp_session *session, const char *id, const char *payload,
                          size_t length)
{
    struct open_call *open = open_find(session, id);
    struct str frame = {0};

    if (!open)
        return;
    assert(fits(open->action->confirmation, payload, length));
    str_adds(&frame, "[3,");
    str_add_json(&frame, id);
    str_adds(&frame, ",");
    str_add(&frame, payload, length);
    str_adds(&frame, "]");
    open->action = NULL;
    session_send(session, &frame);
    str_done(&frame);
}

void ocpp_session_refuse(struct ocpp_session *session, const char *id, enum ocpp_code code,
                         const char *description)
{
    struct open_call *open = open_find(session, id);

    assert(code != OCPP_OK);
    if (!open)
        return;
    open->action = NULL;
    send_error(session, id, code, description);
}

// ---- Frames ---------------------------------------------------------------------------

static void receive_items(struct ocpp_session *session, struct frame *frame)
{
    const struct json *type = json_at(frame->items, 0);

    if (!json_is_array(frame->items) || !json_is_number(type)) {
        reject_of(session, frame, OCPP_PROTOCOL_ERROR, "", "is no message: no list of type and id");
        return;
    }
    frame->id = json_text(json_at(frame->items, 1), NULL);
    switch (json_int64(type, 0)) {
    case TYPE_CALL:
        receive_call(session, frame);
        break;
    case TYPE_RESULT:
        receive_result(session, frame);
        break;
    case TYPE_ERROR:
        receive_error(session, frame);
        break;
    default:
        violation_of(session, frame, OCPP_PROTOCOL_ERROR, "", "an unknown message type");
    }
}

void ocpp_session_receive(struct ocpp_session *session, const char *text, size_t length)
{
    struct frame frame = {.text = text, .length = length};
    struct json *json = NULL;

    if (session->events->on_frame)
        session->events->on_frame(session, false, text, length, session->user);
    if (length > OCPP_MESSAGE_BYTES_MAX) {
        reject_of(session, &frame, OCPP_PROTOCOL_ERROR, "", "is longer than 64 KiB");
        return;
    }
    if (json_parse(text, length, &json, NULL) < 0) {
        reject_of(session, &frame, OCPP_PROTOCOL_ERROR, "", "is not JSON");
        return;
    }
    frame.items = json;
    receive_items(session, &frame);
    json_free(&json);
}
