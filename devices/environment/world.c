// SPDX-License-Identifier: Apache-2.0
// What the world may do to a central system: what its operator sets in its database. What crosses
// the wire is done by the wire verbs of OCPP.
#include "devices/environment/state.h"
#include "sim/proto/ocpp/face/csms_desk.h"
#include "sim/scenario/verb.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void at_the_desk(struct op *op, csms_desk_fn *fn)
{
    const struct environment *environment = environment_of(op_device(op));
    struct csms_desk desk = {.csms = environment->csms, .doors = environment->doors};

    fn(&desk, op);
}

// ---- csms.registration ----

static const struct schema_field registration_fields[] = {
    {.name = "status",
     .type = SCHEMA_CHOICE,
     .choices = csms_registrations,
     .required = true,
     .expression = true,
     .doc = "How BootNotifications are answered from now on.",
     .example = "pending"},
    {.name = "station",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "Identity of one station; every station when left out."},
    {.name = "interval",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .expression = true,
     .otherwise = "5m",
     .doc = "The interval told with it: heartbeats of an accepted station, the next attempt of the "
            "others."},
};
static const struct schema registration_with = {
    .name = "csms.registration arguments",
    .doc = "How BootNotifications are answered.",
    .fields = registration_fields,
    .fields_count = COUNT_OF(registration_fields),
};

static void registration_start(struct op *op)
{
    at_the_desk(op, csms_desk_registration);
}

static const struct verb registration = {
    .name = "csms.registration",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Sets how a central system answers BootNotifications.",
    .with = &registration_with,
    .start = registration_start,
};

// ---- csms.tag ----

static const struct schema_field tag_fields[] = {
    {.name = "id_tag",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "The tag, at most 20 characters."},
    {.name = "status",
     .type = SCHEMA_CHOICE,
     .choices = csms_tag_statuses,
     .expression = true,
     .otherwise = "Accepted",
     .doc = "What is said of it from now on.",
     .example = "Blocked"},
};
static const struct schema tag_with = {
    .name = "csms.tag arguments",
    .doc = "What is said of a tag.",
    .fields = tag_fields,
    .fields_count = COUNT_OF(tag_fields),
};

static void tag_start(struct op *op)
{
    at_the_desk(op, csms_desk_tag);
}

static const struct verb tag = {
    .name = "csms.tag",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Sets what a central system says of an idTag.",
    .with = &tag_with,
    .start = tag_start,
};

// ---- csms.station ----

static const struct schema_field station_fields[] = {
    {.name = "station",
     .type = SCHEMA_TEXT,
     .required = true,
     .expression = true,
     .doc = "Its identity."},
    {.name = "password",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The password it must show; `none` for none."},
    {.name = "common_name",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The name its certificate must carry; `none` for none."},
};
static const struct schema station_with = {
    .name = "csms.station arguments",
    .doc = "What a station must show at the door from now on.",
    .fields = station_fields,
    .fields_count = COUNT_OF(station_fields),
};

static void station_start(struct op *op)
{
    at_the_desk(op, csms_desk_station);
}

static const struct verb station = {
    .name = "csms.station",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Changes what a station must show at the door of a central system. A connection that "
           "stands stays; `csms.drop` ends it.",
    .with = &station_with,
    .start = station_start,
};

// ---- csms.drop ----

static const struct schema_field drop_fields[] = {
    {.name = "station",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "Its identity; every station when left out."},
};
static const struct schema drop_with = {
    .name = "csms.drop arguments",
    .doc = "Whose connection is ended.",
    .fields = drop_fields,
    .fields_count = COUNT_OF(drop_fields),
};

static void drop_start(struct op *op)
{
    at_the_desk(op, csms_desk_drop);
}

static const struct verb drop = {
    .name = "csms.drop",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Ends the connection of one station or of all at once, as a restart of the central "
           "system does.",
    .with = &drop_with,
    .start = drop_start,
};

// ---- csms.refusals ----

static const struct schema_field refusals_fields[] = {
    {.name = "upgrades",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "WebSockets refused since the start: unknown, wrong password or certificate name."},
    {.name = "handshakes",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "TLS handshakes that failed since the start."},
    {.name = "status",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "HTTP status of the last refused WebSocket: 401, 403 or 404; 0 before the first."},
    {.name = "last",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The last one, as a sentence."},
};
static const struct schema refusals_results = {
    .name = "csms.refusals expect",
    .doc = "Whom a central system has turned away.",
    .fields = refusals_fields,
    .fields_count = COUNT_OF(refusals_fields),
};

static void refusals_start(struct op *op)
{
    at_the_desk(op, csms_desk_refusals);
}

static const struct verb refusals = {
    .name = "csms.refusals",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Looks at whom a central system has turned away at its door.",
    .results = &refusals_results,
    .start = refusals_start,
};

const struct verb *const environment_verbs[] = {&drop,    &refusals, &registration,
                                                &station, &tag,      NULL};
