// SPDX-License-Identifier: Apache-2.0
// What the world may do to a tutorial device: press its button, look at its lamp. A world verb acts
// in place of a hand; what a real user would do over a wire is a wire verb and stands with its
// protocol. Each verb is one row with its manual; its start() ends it with op_finish() or one of
// its sisters.
#include "devices/_skeleton/state.h"

#include "sim/scenario/verb.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// ---- tutorial.press ----

static const char *const states[] = {"down", "up", "pulse", NULL};

static const struct schema_field press_fields[] = {
    {.name = "state",
     .type = SCHEMA_CHOICE,
     .choices = states,
     .expression = true,
     .otherwise = "pulse",
     .doc = "down, up, or pulse: down and up again.",
     .example = "down"},
};
static const struct schema press_with = {
    .name = "tutorial.press arguments",
    .doc = "How the button is pressed.",
    .fields = press_fields,
    .fields_count = COUNT_OF(press_fields),
};

static const struct schema_field lamp_fields[] = {
    {.name = "lamp", .type = SCHEMA_TEXT, .doc = "on or off."},
};
static const struct schema lamp_results = {
    .name = "tutorial results",
    .doc = "What can be seen on the tutorial device.",
    .fields = lamp_fields,
    .fields_count = COUNT_OF(lamp_fields),
};

static void finish_with_lamp(struct op *op)
{
    op_set_text(op, "lamp", skeleton_lamp(skeleton_of(op_device(op))) ? "on" : "off");
    op_finish(op);
}

static void press_start(struct op *op)
{
    const char *state = op_text(op, "state", "pulse");
    struct skeleton *skeleton = skeleton_of(op_device(op));

    if (state[0] == 'd' || state[0] == 'p')
        skeleton_press(skeleton, true);
    if (state[0] == 'u' || state[0] == 'p')
        skeleton_press(skeleton, false);
    finish_with_lamp(op);
}

static const struct verb press = {
    .name = "tutorial.press",
    .door = VERB_WORLD,
    .use = VERB_DO,
    .manual = true,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Presses the button of a tutorial device. A press toggles its lamp and counts.",
    .with = &press_with,
    .results = &lamp_results,
    .start = press_start,
};

// ---- tutorial.lamp ----

static const struct verb lamp = {
    .name = "tutorial.lamp",
    .door = VERB_WORLD,
    .use = VERB_CHECK,
    .manual = true,
    .timeout_ns = SIM_NS_PER_S,
    .doc = "Looks at the lamp of a tutorial device.",
    .results = &lamp_results,
    .start = finish_with_lamp,
};

const struct verb *const skeleton_verbs[] = {&press, &lamp, NULL};
