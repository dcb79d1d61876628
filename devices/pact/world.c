// SPDX-License-Identifier: Apache-2.0
// What the world may do to a breaker: hands on its front, the locking pad of its interface, the
// push-to-trip button. The EPC software that sets the lock of an EIFE (over USB) or a BSCM (a
// parameter) acts here too: it is a bench's tool, not a wire of the scenario.
#include "devices/pact/state.h"

#include <string.h>

#include "sim/scenario/verb.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct schema_field position_result_fields[] = {
    {.name = "position", .type = SCHEMA_TEXT, .doc = "open or closed."},
    {.name = "tripped", .type = SCHEMA_BOOL, .doc = "Whether the trip latch has fallen."},
};
static const struct schema position_results = {
    .name = "breaker front",
    .doc = "What can be seen on the front of a breaker.",
    .fields = position_result_fields,
    .fields_count = COUNT_OF(position_result_fields),
};

static void finish_with_front(struct op *op)
{
    const struct pact_mechanism *mechanism = &pact_of(op_device(op))->mechanism;

    op_set_text(op, "position", mechanism->closed ? "closed" : "open");
    op_set_truth(op, "tripped", mechanism->tripped);
    op_finish(op);
}

// ---- breaker.set-position ----

static const char *const positions[] = {"open", "closed", NULL};
static const struct schema_field set_position_fields[] = {
    {.name = "position",
     .type = SCHEMA_CHOICE,
     .choices = positions,
     .required = true,
     .expression = true,
     .doc = "open or closed.",
     .example = "closed"},
};
static const struct schema set_position_with = {
    .name = "breaker.set-position arguments",
    .doc = "Where the contacts are put.",
    .fields = set_position_fields,
    .fields_count = COUNT_OF(set_position_fields),
};

static void set_position_start(struct op *op)
{
    pact_mechanism_by_hand(pact_of(op_device(op)),
                           strcmp(op_text(op, "position", "open"), "closed") == 0);
    finish_with_front(op);
}

static const struct verb set_position = {
    .name = "breaker.set-position",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "Operates the breaker by hand, with or without supply; a tripped one is reset first.",
    .with = &set_position_with,
    .results = &position_results,
    .start = set_position_start,
};

// ---- breaker.front ----

static const struct verb front = {
    .name = "breaker.front",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .manual = true,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Looks at the front of the breaker.",
    .results = &position_results,
    .start = finish_with_front,
};

// ---- breaker.trip ----

static void trip_start(struct op *op)
{
    pact_mechanism_push_to_trip(pact_of(op_device(op)));
    finish_with_front(op);
}

static const struct verb trip = {
    .name = "breaker.trip",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "Presses the push-to-trip button: the breaker opens and must be reset. A trip by an "
           "electrical fault is made on the one-line.",
    .results = &position_results,
    .start = trip_start,
};

// ---- padlock.remote ----

static const char *const lock_states[] = {"enabled", "disabled", NULL};
static const struct schema_field padlock_fields[] = {
    {.name = "state",
     .type = SCHEMA_CHOICE,
     .choices = lock_states,
     .required = true,
     .expression = true,
     .doc = "enabled: remote control is possible; disabled: it is locked.",
     .example = "disabled"},
};
static const struct schema padlock_with = {
    .name = "padlock.remote arguments",
    .doc = "How remote control is locked.",
    .fields = padlock_fields,
    .fields_count = COUNT_OF(padlock_fields),
};

// A pad turns without supply; EPC needs an interface that runs.
static bool needs_supply(const struct pact *pact)
{
    return strcmp(pact->interface, "EIFE") == 0 || strcmp(pact->interface, "BSCM") == 0;
}

static void padlock_start(struct op *op)
{
    struct pact *pact = pact_of(op_device(op));

    if (needs_supply(pact) && !device_alive(pact->device)) {
        op_blocked(op, "EPC cannot reach a %s without supply", pact->interface);
        return;
    }
    pact_set_remote(pact, strcmp(op_text(op, "state", "enabled"), "enabled") == 0);
    op_finish(op);
}

static const struct verb padlock = {
    .name = "padlock.remote",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .feature = "padlock",
    .timeout_ns = 5 * SIM_NS_PER_S,
    .doc = "Locks or unlocks remote control in the interface's own way: the pad on the front of an "
           "IFM or IFE, EPC over USB for an EIFE, EPC's parameter for a BSCM.",
    .with = &padlock_with,
    .start = padlock_start,
};

const struct verb *const pact_verbs[] = {&front, &padlock, &set_position, &trip, NULL};
