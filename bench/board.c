// SPDX-License-Identifier: Apache-2.0
// What a scenario may do to a board and how: wire verbs over its links, world verbs by whoever has
// a hand on it.
#include "bench/board.h"

#include <stdlib.h>
#include <string.h>

#include "bench/csms_driver.h"
#include "bench/modbus_driver.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/ocpp/face/csms_desk.h"

#define CLOSE_ALL "session.close-all"

static struct board *board_of(struct target *target)
{
    return (struct board *)target;
}

// ---- Sessions ----

static void free_session(struct board_session *session)
{
    modbus_master_free(&session->own);
    free(session->name);
    free(session->path);
    free(session);
}

static struct board_session *open_session(struct board *board, const char *name,
                                          const char **ret_why)
{
    struct core *core = board->base.stage->core;
    struct board_session *session = mem_new(1, sizeof(*session));
    char address[ADDRESS_TEXT_ROOM];
    char *why = NULL;

    if (!board->line && modbus_driver_tcp_new(core, &board->at, &session->own, &why) < 0) {
        free(why);
        free_session(session);
        *ret_why = "no descriptor that libmodbus could use is left for another session";
        return NULL;
    }
    session->name = str_copy(name);
    session->path =
        board->line ? str_format("rtu %s unit %u", board->line_path, board->unit)
                    : str_format("tcp %s unit %u", address_text(&board->at, address), board->unit);
    session->link = (struct modbus_link){
        .master = board->line ? board->line : session->own,
        .unit = board->unit,
        .timeout_ns = BOARD_TIMEOUT_NS,
        .slack_ns = board->base.stage->slack_ns,
        .path = session->path,
        .unit_profile = board->unit_profile,
        .user = board,
    };
    return session;
}

static void *web_service(struct board *board, const char *name, const char **ret_why)
{
    struct core *core = board->base.stage->core;
    struct web_sessions_wish wish = {
        .client = board->browser,
        .target = {.at = board->web_at, .tls = true},
        .user = web_first_account(board->base.profile),
        .timeout_ns = BOARD_WEB_TIMEOUT_NS,
        .slack_ns = board->base.stage->slack_ns,
        .utc_start_ns = core_utc_ns(core) - core_now(core) + board->utc_ahead_ns,
    };

    return web_sessions_get(&board->web_sessions, name, &wish, ret_why);
}

static void *board_service(struct target *target, const char *service, const char *name,
                           const char **ret_why)
{
    struct board *board = board_of(target);
    struct board_session *session;

    name = name ? name : "";
    if (strcmp(service, "web") == 0 && board->web)
        return web_service(board, name, ret_why);
    if (strcmp(service, "ocpp") == 0 && board->ocpp.csms)
        return &board->ocpp;
    if (strcmp(service, "modbus") != 0 || !board->modbus) {
        *ret_why = "no link of this board carries it";
        return NULL;
    }
    for (size_t i = 0; i < board->sessions_count; i++)
        if (strcmp(board->sessions[i]->name, name) == 0)
            return &board->sessions[i]->link;
    if (board->sessions_count == BOARD_SESSIONS_MAX) {
        *ret_why = "too many sessions with this board";
        return NULL;
    }
    session = open_session(board, name, ret_why);
    if (!session)
        return NULL;
    board->sessions[board->sessions_count++] = session;
    return &session->link;
}

static void board_close_sessions(struct target *target)
{
    struct board *board = board_of(target);

    while (board->sessions_count > 0)
        free_session(board->sessions[--board->sessions_count]);
    web_sessions_close(&board->web_sessions);
}

// ---- Hands ----

static bool is_power(const struct verb *verb)
{
    return strcmp(verb->name, "power.on") == 0 || strcmp(verb->name, "power.off") == 0;
}

static bool by_hand(const struct board *board, const struct verb *verb)
{
    if (is_power(verb))
        return board->file->power.kind == BENCH_POWER_HAND;
    return board->file->padlock_by_hand && strncmp(verb->name, "padlock.", 8) == 0;
}

static bool provides(const struct board *board, const struct verb *verb)
{
    const struct yaml_node *list = board->file->provides;

    yaml_for_each(i, list) {
        if (strcmp(list->items[i]->text, verb->name) == 0)
            return true;
    }
    return !list || strcmp(verb->name, CLOSE_ALL) == 0;
}

// What the central system of the bench does itself, or tells of a charger nobody has a hand on.
static bool at_the_desk(const struct board *board, const struct verb *verb)
{
    if (board->csms)
        return csms_desk_find(verb->name) != NULL;
    return board->ocpp.csms && !board->control && csms_desk_knows_link(verb->name);
}

static void start_at_the_desk(struct board *board, struct op *op)
{
    struct csms_desk desk;

    if (board->csms) {
        desk = csms_driver_desk(board->csms);
        csms_desk_find(op->verb->name)(&desk, op);
    } else {
        csms_desk_link(csms_station(board->ocpp.csms, board->ocpp.station), op);
    }
}

static const char *board_cannot(struct target *target, const struct verb *verb)
{
    struct board *board = board_of(target);

    if (verb->door == VERB_WIRE) {
        if (!provides(board, verb))
            return "the bench file does not list it under `provides`";
        if (!verb->service)
            return NULL;
        if (strcmp(verb->service, "web") == 0)
            return board->web ? NULL : "no link of this board leads to its pages (`service: web`)";
        if (strcmp(verb->service, "ocpp") == 0)
            return board->ocpp.csms ? NULL : "no link of this board carries it (`kind: ocpp`)";
        if (strcmp(verb->service, "modbus") != 0)
            return "the bench has no driver for this service";
        return board->modbus ? NULL : "no link of this board carries Modbus";
    }
    if (board->control || by_hand(board, verb) || (is_power(verb) && board->power) ||
        at_the_desk(board, verb))
        return NULL;
    return "nobody has a hand on this board: no control link, no relay, no operator for it";
}

// "Lighting: padlock.remote state=enabled"
static char *request_text(const struct board *board, const struct op *op)
{
    struct str text = {0};

    str_addf(&text, "please do this at %s: %s", board->label, op->verb->name);
    for (size_t i = 0; i < op->arguments_count; i++) {
        str_addf(&text, " %s=", op->arguments[i].key);
        value_print(&op->arguments[i].value, &text);
    }
    return str_take(&text);
}

static void start_world(struct board *board, struct op *op)
{
    char *text;

    if (is_power(op->verb) && board->power) {
        power_switch(board->power, strcmp(op->verb->name, "power.on") == 0, op);
    } else if (by_hand(board, op->verb)) {
        text = request_text(board, op);
        operator_request(board->person, text, op);
        free(text);
    } else if (at_the_desk(board, op->verb)) {
        start_at_the_desk(board, op);
    } else if (board->control) {
        control_link_verb(board->control, board->entry, op);
    } else {
        op_not_applicable(op, "%s", board_cannot(&board->base, op->verb));
    }
}

static void board_start(struct target *target, struct op *op)
{
    struct board *board = board_of(target);

    if (board->broken) {
        op_fail(op, ERR_IO, "%s", board->broken);
        return;
    }
    if (op->verb->door == VERB_WORLD) {
        start_world(board, op);
        return;
    }
    if (strcmp(op->verb->name, CLOSE_ALL) == 0)
        board_close_sessions(target);
    op->verb->start(op);
}

static void board_cancel(struct target *target, struct op *op)
{
    struct board *board = board_of(target);
    const struct verb *verb = op->verb;

    if (board->control)
        control_link_cancel(board->control, op);
    if (board->power)
        power_cancel(board->power, op);
    operator_cancel(board->person, op);
    // A world verb was never started in this process: it has nothing of its own to give up.
    if (verb && verb->door == VERB_WORLD)
        op->verb = NULL;
    op_cancel(op);
    op->verb = verb;
}

static void add_record(void *user, const char *const *keys, const char *const *values, size_t count)
{
    op_add_record(user, -1, keys, values, count);
}

static void board_table(struct target *target, const char *table, struct op *op)
{
    struct board *board = board_of(target);

    if (board->csms && csms_desk_table(board->ocpp.csms, table, add_record, op))
        op_finish(op);
    else if (board->control)
        control_link_table(board->control, board->entry, table, op);
    else
        op_not_applicable(op, "a board shows its table '%s' to nobody; only a simulated one does",
                          table);
}

static const char *board_variable(struct target *target, const char *name)
{
    return strcmp(name, "user") == 0 ? web_first_account(target->profile) : NULL;
}

const struct target_ops board_ops = {
    .cannot = board_cannot,
    .service = board_service,
    .start = board_start,
    .cancel = board_cancel,
    .close_sessions = board_close_sessions,
    .table = board_table,
    .variable = board_variable,
};

void board_free(struct board **board)
{
    if (!*board)
        return;
    board_close_sessions(&(*board)->base);
    power_free(&(*board)->power);
    identity_done(&(*board)->identity);
    free((*board)->id);
    free((*board)->label);
    free((*board)->line_path);
    free((*board)->entry);
    free(*board);
    *board = NULL;
}
