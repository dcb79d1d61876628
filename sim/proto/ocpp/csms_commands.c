// SPDX-License-Identifier: Apache-2.0
// Commands: CALLs of the central system, one at a time to each station. Those under way hang in one
// list, so that looking for what is overdue costs nothing where nothing is.
#include <assert.h>

#include "sim/base/err.h"
#include "sim/proto/ocpp/csms_parts.h"

static void unlink_calling(struct csms_station *station)
{
    struct csms *csms = station->csms;

    if (!station->calling)
        return;
    station->calling = false;
    if (station->previous_calling)
        station->previous_calling->next_calling = station->next_calling;
    else
        csms->calling = station->next_calling;
    if (station->next_calling)
        station->next_calling->previous_calling = station->previous_calling;
    station->next_calling = station->previous_calling = NULL;
}

static void link_calling(struct csms_station *station)
{
    struct csms *csms = station->csms;

    assert(!station->calling);
    station->calling = true;
    station->previous_calling = NULL;
    station->next_calling = csms->calling;
    if (csms->calling)
        csms->calling->previous_calling = station;
    csms->calling = station;
}

void csms_on_result(struct ocpp_session *session, uint64_t tag, const struct ocpp_result *result,
                    void *user)
{
    struct csms_station *station = user;
    csms_done_fn *done = station->done;
    void *done_user = station->done_user;

    (void)session;
    (void)tag;
    unlink_calling(station);
    station->done = NULL;
    station->done_user = NULL;
    if (done)
        done(station, result, done_user);
}

static int check(const struct ocpp_action *action, const char *payload, size_t length,
                 struct ocpp_problem *ret_problem)
{
    struct json *document;
    int err = json_parse(payload, length, &document, NULL);

    if (err < 0) {
        *ret_problem = (struct ocpp_problem){.code = OCPP_FORMATION_VIOLATION,
                                             .text = "the payload is not JSON"};
        return ERR_MALFORMED;
    }
    err = ocpp_check(action->request, document, ret_problem);
    json_free(&document);
    return err;
}

int csms_call(struct csms_station *station, const char *name, const char *payload, size_t length,
              csms_done_fn *done, void *user, struct ocpp_problem *ret_problem)
{
    struct csms *csms = station->csms;
    const struct ocpp_action *action = ocpp_action_find(name);
    int64_t deadline_ns = csms->events->now_ns(csms->user) + csms->options.call_timeout_ns;
    int err;

    if (!action || !(action->sender & OCPP_BY_CSMS)) {
        *ret_problem = (struct ocpp_problem){.code = OCPP_NOT_IMPLEMENTED,
                                             .where = "action",
                                             .text = "no request of a central system"};
        return ERR_MALFORMED;
    }
    err = check(action, payload, length, ret_problem);
    if (err < 0)
        return err;
    if (!station->connected)
        return ERR_CLOSED;
    if (station->calling)
        return ERR_FULL;
    station->done = done;
    station->done_user = user;
    err = ocpp_session_call(station->session, action, NULL, payload, length, deadline_ns, 0);
    if (err < 0) {
        station->done = NULL;
        station->done_user = NULL;
        return err;
    }
    link_calling(station);
    csms->events->deadline(deadline_ns, csms->user);
    return 0;
}

void csms_cancel(struct csms_station *station, void *user)
{
    if (station->done_user != user)
        return;
    station->done = NULL;
    station->done_user = NULL;
}

// The first command that is overdue; without one, when the next will be.
static struct csms_station *find_overdue(struct csms *csms, int64_t now_ns, int64_t *ret_next_ns)
{
    *ret_next_ns = INT64_MAX;
    for (struct csms_station *at = csms->calling; at; at = at->next_calling) {
        int64_t deadline_ns = ocpp_session_deadline_ns(at->session);

        if (deadline_ns <= now_ns)
            return at;
        if (deadline_ns < *ret_next_ns)
            *ret_next_ns = deadline_ns;
    }
    return NULL;
}

// Looks from the front again after each, for who is told may begin and end other commands.
void csms_expire(struct csms *csms, int64_t now_ns)
{
    struct csms_station *station;
    int64_t next_ns;

    while ((station = find_overdue(csms, now_ns, &next_ns)) != NULL)
        ocpp_session_expire(station->session, now_ns);
    if (next_ns != INT64_MAX)
        csms->events->deadline(next_ns, csms->user);
}
