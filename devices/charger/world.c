// SPDX-License-Identifier: Apache-2.0
// What the world may do to a charging station (come with a car and a card, break something) and ask
// of it without a wire: what it believes of its connection, what it still has to tell.
#include <stdio.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/scenario/verb.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define FIELDS(array) .fields = (array), .fields_count = COUNT_OF(array)
#define CAR_A 32
#define CAR_MOST_WH 1e9 // A car that is never full.

static struct charger *charger_in(const struct op *op)
{
    return charger_of(op_device(op));
}

// ---- Connectors ----

static bool is_free(const struct charger_connector *connector)
{
    return !connector->car.plugged && !connector->tag[0] && !connector->transaction.local &&
           !connector->inoperative && !connector->faulted;
}

static struct charger_connector *named(const struct op *op)
{
    struct charger *charger = charger_in(op);
    int64_t number = op_integer(op, "connector", 1);

    return number >= 1 && number <= charger->connectors_count ? &charger->connectors[number - 1]
                                                              : NULL;
}

// The one that is named, or the first free one.
static struct charger_connector *free_one(const struct op *op)
{
    struct charger *charger = charger_in(op);
    struct charger_connector *connector = named(op);

    if (op_has(op, "connector"))
        return connector && is_free(connector) ? connector : NULL;
    for (unsigned i = 0; i < charger->connectors_count; i++)
        if (is_free(&charger->connectors[i]))
            return &charger->connectors[i];
    return NULL;
}

static void tag_of(const struct op *op, const struct charger_connector *connector,
                   char ret[OCPP_TAG_ROOM])
{
    char otherwise[OCPP_TAG_ROOM];
    const char *tag;

    snprintf(otherwise, sizeof(otherwise), "CARD-%zu-%u", op_device(op)->index, connector->number);
    tag = op_text(op, "tag", otherwise);
    snprintf(ret, OCPP_TAG_ROOM, "%.*s", (int)ocpp_cut(tag, OCPP_TAG_CHARACTERS_MAX), tag);
}

static void finish_with(struct op *op, const char *result)
{
    op_set_text(op, "result", result);
    op_finish(op);
}

// ---- charge.session ----

static const struct schema_field session_fields[] = {
    {.name = "energy_Wh",
     .type = SCHEMA_NUMBER,
     .required = true,
     .expression = true,
     .low = 0,
     .high = 1e6,
     .doc = "What the car takes.",
     .example = "5000"},
    {.name = "connector",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .otherwise = "the first free one",
     .doc = "Which connector."},
    {.name = "tag",
     .type = SCHEMA_TEXT,
     .expression = true,
     .otherwise = "one for each connector",
     .doc = "The card held to the reader, 20 characters at most."},
    {.name = "current_A",
     .type = SCHEMA_NUMBER,
     .expression = true,
     .otherwise = "32",
     .low = 6,
     .high = 80,
     .doc = "What the car draws at most."},
};
static const struct schema session_with = {
    .name = "charge.session arguments",
    .doc = "Who comes to charge.",
    FIELDS(session_fields),
};
static const char *const session_results[] = {"done",    "busy", "off",        "refused", "stopped",
                                              "timeout", "full", "power-lost", NULL};
static const struct schema_field session_result_fields[] = {
    {.name = "result",
     .type = SCHEMA_CHOICE,
     .choices = session_results,
     .expression = true,
     .doc = "done: the energy is in; busy: no connector was free; off: no supply; refused: the "
            "card; stopped: somebody ended it before; timeout, full, power-lost: the station."},
    {.name = "connector", .type = SCHEMA_INTEGER, .expression = true, .doc = "Which it was."},
    {.name = "energy_Wh", .type = SCHEMA_NUMBER, .expression = true, .doc = "What went in."},
};
static const struct schema session_schema = {
    .name = "charge.session expect",
    .doc = "How a session ended.",
    FIELDS(session_result_fields),
};

struct session {
    struct charger_connector *connector;
};

// The driver takes the cable along, however it ended.
static void session_ended(struct charger_connector *connector, const char *result, void *user)
{
    struct op *op = user;

    op_set_integer(op, "connector", connector->number);
    op_set_number(op, "energy_Wh", charger_meter_Wh(connector) - connector->car.from_Wh);
    charger_car_unplug(connector);
    finish_with(op, result);
}

static void session_start(struct op *op)
{
    struct session *session = op_state(op, sizeof(*session));
    struct charger_connector *connector = free_one(op);
    char tag[OCPP_TAG_ROOM];

    if (!device_alive(op_device(op)) || !connector) {
        finish_with(op, connector ? "off" : "busy");
        return;
    }
    session->connector = connector;
    tag_of(op, connector, tag);
    connector->ended = session_ended;
    connector->ended_user = op;
    charger_car_plug(connector, op_number(op, "energy_Wh", 0), op_number(op, "current_A", CAR_A));
    if (connector->ended && !charger_connector_present(connector, tag, false))
        charger_connector_end_session(connector, "refused");
}

// The driver comes back early.
static void session_cancel(struct op *op)
{
    struct session *session = op_state_get(op);
    struct charger_connector *connector = session->connector;

    if (!connector || connector->ended_user != op)
        return;
    connector->ended = NULL;
    connector->ended_user = NULL;
    charger_car_unplug(connector);
    charger_connector_step(connector);
}

static const struct verb charge_session = {
    .name = "charge.session",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = INT64_C(12) * 3600 * SIM_NS_PER_S,
    .doc = "A car comes, its driver holds a card to the reader, it charges until the energy is in, "
           "and leaves. Given up before, the driver unplugs and leaves.",
    .with = &session_with,
    .results = &session_schema,
    .start = session_start,
    .cancel = session_cancel,
};

// ---- car.plug, car.unplug, card.present ----

static const struct schema_field plug_fields[] = {
    {.name = "connector",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .otherwise = "1",
     .doc = "Which connector."},
    {.name = "energy_Wh",
     .type = SCHEMA_NUMBER,
     .expression = true,
     .low = 0,
     .high = CAR_MOST_WH,
     .otherwise = "without end",
     .doc = "What the car takes until it is full."},
    {.name = "current_A",
     .type = SCHEMA_NUMBER,
     .expression = true,
     .otherwise = "32",
     .low = 6,
     .high = 80,
     .doc = "What the car draws at most."},
};
static const struct schema plug_with = {
    .name = "car.plug arguments",
    .doc = "Which car is plugged, and where.",
    FIELDS(plug_fields),
};
static const struct schema_field front_fields[] = {
    {.name = "status", .type = SCHEMA_TEXT, .expression = true, .doc = "As OCPP calls it."},
    {.name = "plugged", .type = SCHEMA_BOOL, .expression = true, .doc = "Whether a car hangs."},
    {.name = "current_A", .type = SCHEMA_NUMBER, .expression = true, .doc = "In each phase."},
    {.name = "meter_Wh", .type = SCHEMA_NUMBER, .expression = true, .doc = "What the meter shows."},
};
static const struct schema front_results = {
    .name = "charger front",
    .doc = "What can be seen on a connector.",
    FIELDS(front_fields),
};

static void finish_with_front(struct op *op)
{
    const struct charger_connector *connector = named(op);

    op_set_text(op, "status",
                op_device(op)->powered ? charger_status_text(charger_connector_status(connector))
                                       : "");
    op_set_truth(op, "plugged", connector->car.plugged);
    op_set_number(op, "current_A", connector->current_A);
    op_set_number(op, "meter_Wh", charger_meter_Wh(connector));
    op_finish(op);
}

static bool has_connector(struct op *op)
{
    if (named(op))
        return true;
    op_not_applicable(op, "%s has no such connector", op_device(op)->id);
    return false;
}

static void plug_start(struct op *op)
{
    if (!has_connector(op))
        return;
    charger_car_plug(named(op), op_number(op, "energy_Wh", CAR_MOST_WH),
                     op_number(op, "current_A", CAR_A));
    finish_with_front(op);
}

static void unplug_start(struct op *op)
{
    if (!has_connector(op))
        return;
    charger_car_unplug(named(op));
    finish_with_front(op);
}

static void front_start(struct op *op)
{
    if (has_connector(op))
        finish_with_front(op);
}

static const struct schema_field connector_fields[] = {
    {.name = "connector",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .otherwise = "1",
     .doc = "Which connector."},
};
static const struct schema connector_with = {
    .name = "connector arguments",
    .doc = "Which connector of a charging station.",
    FIELDS(connector_fields),
};

static const struct verb car_plug = {
    .name = "car.plug",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "Plugs a car; it draws once somebody may charge.",
    .with = &plug_with,
    .results = &front_results,
    .start = plug_start,
};

static const struct verb car_unplug = {
    .name = "car.unplug",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "Takes the cable out.",
    .with = &connector_with,
    .results = &front_results,
    .start = unplug_start,
};

static const struct verb evse_front = {
    .name = "evse.front",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .manual = true,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Looks at a connector.",
    .with = &connector_with,
    .results = &front_results,
    .start = front_start,
};

static const struct schema_field card_fields[] = {
    {.name = "tag",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "The card, 20 characters at most."},
    {.name = "connector",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .otherwise = "1",
     .doc = "Which connector."},
};
static const struct schema card_with = {
    .name = "card.present arguments",
    .doc = "Which card is held to which reader.",
    FIELDS(card_fields),
};
static const struct schema_field card_result_fields[] = {
    {.name = "taken", .type = SCHEMA_BOOL, .expression = true, .doc = "Whether it was read."},
};
static const struct schema card_results = {
    .name = "card.present expect",
    .doc = "What the reader did with a card.",
    FIELDS(card_result_fields),
};

static void card_start(struct op *op)
{
    char tag[OCPP_TAG_ROOM];

    if (!has_connector(op))
        return;
    tag_of(op, named(op), tag);
    op_set_truth(op, "taken", charger_connector_present(named(op), tag, false));
    op_finish(op);
}

static const struct verb card_present = {
    .name = "card.present",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "Holds a card to the reader: asks for a transaction, or ends one's own.",
    .with = &card_with,
    .results = &card_results,
    .start = card_start,
};

// ---- evse.fault ----

static const struct schema_field fault_fields[] = {
    {.name = "connector",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .otherwise = "1",
     .doc = "Which connector."},
    {.name = "present",
     .type = SCHEMA_BOOL,
     .expression = true,
     .otherwise = "yes",
     .doc = "Whether it is broken."},
};
static const struct schema fault_with = {
    .name = "evse.fault arguments",
    .doc = "What is broken.",
    FIELDS(fault_fields),
};

static void fault_start(struct op *op)
{
    if (!has_connector(op))
        return;
    charger_connector_set_fault(named(op), op_truth(op, "present", true));
    finish_with_front(op);
}

static const struct verb evse_fault = {
    .name = "evse.fault",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "Breaks a connector inside (an internal error), or mends it.",
    .with = &fault_with,
    .results = &front_results,
    .start = fault_start,
};

// ---- What the station believes ----

static const struct schema_field link_fields[] = {
    {.name = "registered",
     .type = SCHEMA_BOOL,
     .expression = true,
     .doc = "BootNotification was accepted, and it is connected."},
    {.name = "connected", .type = SCHEMA_BOOL, .expression = true, .doc = "Its WebSocket stands."},
    {.name = "reconnects",
     .type = SCHEMA_NUMBER,
     .expression = true,
     .doc = "Connections made again, per second, over the last ten seconds."},
    {.name = "connections",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Connections since the world began."},
};
static const struct schema link_results = {
    .name = "ocpp link",
    .doc = "What a charging station believes of its connection.",
    FIELDS(link_fields),
};
static const struct verb_total registered_totals[] = {
    {"count", VERB_TOTAL_COUNT, "registered", "Members that are registered."},
    {0},
};
static const struct verb_total connected_totals[] = {
    {"count", VERB_TOTAL_COUNT, "connected", "Members that are connected."},
    {"reconnects_per_s", VERB_TOTAL_SUM, "reconnects", "Reconnects per second, of all members."},
    {0},
};

static void link_start(struct op *op)
{
    const struct charger *charger = charger_in(op);
    bool again = charger->connections > 1 && charger->fresh;

    op_set_truth(op, "registered", charger_registered(charger));
    op_set_truth(op, "connected", charger->link == CHARGER_LINK_STANDS);
    op_set_number(op, "reconnects", again ? (double)SIM_NS_PER_S / (double)CHARGER_FRESH_NS : 0);
    op_set_integer(op, "connections", (int64_t)charger->connections);
    op_finish(op);
}

static const struct verb ocpp_registered = {
    .name = "ocpp.registered",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .feature = "ocpp16j",
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Whether the central system has accepted the station.",
    .results = &link_results,
    .totals = registered_totals,
    .start = link_start,
};

static const struct verb ocpp_connected = {
    .name = "ocpp.connected",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .feature = "ocpp16j",
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Whether the station's connection stands.",
    .results = &link_results,
    .totals = connected_totals,
    .start = link_start,
};

static const struct schema_field queue_fields[] = {
    {.name = "depth",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Messages about transactions that the central system has not answered."},
    {.name = "queue_overflow",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Messages that found no room."},
    {.name = "thinned",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Meter values that gave way to others."},
    {.name = "given_up",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Messages that the central system would not take (TransactionMessageAttempts)."},
};
static const struct schema queue_results = {
    .name = "ocpp queue",
    .doc = "What a charging station still has to tell.",
    FIELDS(queue_fields),
};
static const struct verb_total queue_totals[] = {
    {"depth_total", VERB_TOTAL_SUM, "depth", "Messages of all members."},
    {"depth_most", VERB_TOTAL_MOST, "depth", "Of the member that has most."},
    {0},
};

static void queue_start(struct op *op)
{
    const struct charger *charger = charger_in(op);

    op_set_integer(op, "depth", charger->queue_count);
    op_set_integer(op, "queue_overflow", (int64_t)charger->overflow);
    op_set_integer(op, "thinned", (int64_t)charger->thinned);
    op_set_integer(op, "given_up", (int64_t)charger->given_up);
    op_finish(op);
}

static const struct verb ocpp_queue = {
    .name = "ocpp.queue",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .feature = "offline-queue",
    .timeout_ns = SIM_NS_PER_S,
    .doc = "How much the station still has to tell about its transactions.",
    .results = &queue_results,
    .totals = queue_totals,
    .start = queue_start,
};

static const struct verb evse_memory = {
    .name = "evse.memory",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .feature = "offline-queue",
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Whether the station's memory was enough so far.",
    .results = &queue_results,
    .totals = queue_totals,
    .start = queue_start,
};

const struct verb *const charger_verbs[] = {
    &car_plug,    &car_unplug,     &card_present, &charge_session,  &evse_fault, &evse_front,
    &evse_memory, &ocpp_connected, &ocpp_queue,   &ocpp_registered, NULL,
};
