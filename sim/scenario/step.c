// SPDX-License-Identifier: Apache-2.0
// The verbs of the language and what may stand beside each: the table behind validator and manual.
#include "sim/scenario/step.h"

#include <string.h>

const char *const step_modifier_names[STEP_MODIFIERS_COUNT] = {
#define X(id, text) [STEP_PLACE_##id] = text,
    STEP_MODIFIERS(X)
#undef X
};

#define EXPANDS (STEP_REPEAT | STEP_FOR_EACH)

const struct step_row step_rows[STEP_KINDS] = {
    [STEP_DO] = {"do",
                 STEP_NAME | STEP_TO | STEP_AS | STEP_WITH | STEP_EXPECT | STEP_SAVE | STEP_WITHIN |
                     STEP_SINCE | STEP_BUDGET | EXPANDS | STEP_SPREAD | STEP_EVERY | STEP_MANUAL,
                 STEP_TO,
                 "Acts on a role, through a wire as a real user would or through the world's door. "
                 "Once for each member of the role. Without a clock word it waits as long as the "
                 "verb says.",
                 "- do: web.login\n  to: gw\n  with: {user: $gw.user, password: $secret.gw}\n"
                 "  expect: {result: granted}\n  within: 10s"},
    [STEP_CHECK] = {"check",
                    STEP_NAME | STEP_TO | STEP_AS | STEP_WITH | STEP_EXPECT | STEP_SAVE |
                        STEP_WITHIN | STEP_HOLDS | STEP_NEVER | STEP_TURNS | STEP_SINCE |
                        STEP_BUDGET | EXPANDS | STEP_EVERY,
                    STEP_TO,
                    "Asks a role, once or again and again as the clock word wants. Without a clock "
                    "word the answer counts as it is now.",
                    "- check: breaker.position\n  to: cb\n  expect: {position: open}\n"
                    "  within: 1s\n  holds: 10s"},
    [STEP_WAIT] = {"wait", STEP_NAME | STEP_BUDGET | EXPANDS, 0,
                   "Lets time pass on the devices' clock: a leap on the simulator, a pause on a "
                   "board.",
                   "- wait: 15m"},
    [STEP_FAULT] = {"fault",
                    STEP_NAME | STEP_ID | STEP_BETWEEN | STEP_ON | STEP_NETWORK | STEP_WITH |
                        STEP_SHAPE | STEP_BUDGET | EXPANDS,
                    0,
                    "Makes a fault of the closed list, until `clear` or the end of the case. What "
                    "a bench cannot do is N/A, with the reason.",
                    "- fault: latency\n  id: slow\n  between: [{role: gw}, {role: csms}]\n"
                    "  with: {delay: 200ms, jitter: 50ms}"},
    [STEP_CLEAR] = {"clear", STEP_NAME | STEP_BUDGET | EXPANDS, 0,
                    "Ends a fault by its id. A swizzled one heals member by member, in random "
                    "order.",
                    "- clear: outage"},
    [STEP_START] = {"start", STEP_NAME | EXPANDS, 0, "Starts an activity of `background`.",
                    "- start: sessions"},
    [STEP_STOP] = {"stop", STEP_NAME | EXPANDS, 0,
                   "Stops an activity of `background`; what it has begun is let to its end.",
                   "- stop: sessions"},
    [STEP_MARK] = {"mark", STEP_NAME | EXPANDS, 0,
                   "Remembers this instant under a name, for `since`.", "- mark: locked"},
    [STEP_RECORDS] = {"records",
                      STEP_NAME | STEP_SINCE | STEP_MATCH | STEP_COUNT | STEP_EACH | EXPANDS, 0,
                      "Looks into what `save` kept: how many records match (at least one unless "
                      "`count` says otherwise) and that each of them carries its fields.",
                      "- records: $audit\n  since: begin\n  match: {event: login-failed}\n"
                      "  count: 15\n  each: [time, source, result]"},
    [STEP_RECONCILE] = {"reconcile",
                        STEP_NAME | STEP_KEY | STEP_MERGE | STEP_EXPECT | STEP_EQUAL | STEP_WITHIN |
                            STEP_SINCE | STEP_BUDGET | EXPANDS,
                        STEP_KEY,
                        "Compares what two sides say of the same things: records of `left` that "
                        "`right` does not have (missing), has more than once (doubled), has in "
                        "another order (out_of_order), that only it has (surplus), and fields that "
                        "differ (unequal).",
                        "- reconcile: {left: evse.transactions, right: csms.transactions}\n"
                        "  key: [charger, start_time]\n  expect: {missing: 0, doubled: 0}\n"
                        "  within: 10m"},
    [STEP_USE] = {"use", STEP_NAME | STEP_WITH | EXPANDS, 0,
                  "Runs the steps of a procedure file with typed parameters. It sees its own "
                  "parameters and nothing else of the caller.",
                  "- use: login-as\n  with: {role: gw, user: operator}"},
    [STEP_PARALLEL] =
        {"parallel", STEP_NAME | STEP_BUDGET | EXPANDS, 0,
         "Several at once: each step of the list beside the others; or, with "
         "`count`, that many copies of the whole list, each with its own session.",
         "- parallel:\n    count: 20\n    steps:\n"
         "      - {do: modbus.read, to: gw, with: {unit: 1, point: breaker.position}}"},
    [STEP_ASK] = {"ask", STEP_NAME | STEP_BUDGET | EXPANDS, 0,
                  "Asks a person a question to be answered with yes. BLOCKED without an operator.",
                  "- ask: Is the padlock of $cb.label sealed?"},
};

int step_kind_of(const struct yaml_node *node, const struct yaml_node **ret_head)
{
    for (int kind = 0; kind < STEP_KINDS; kind++) {
        const struct yaml_node *head = yaml_get(node, step_rows[kind].name);

        if (head) {
            *ret_head = head;
            return kind;
        }
    }
    return -1;
}

// The runner asks the target itself; whoever starts it all the same has the same effect.
static void start_close_all(struct op *op)
{
    op_finish(op);
}

const struct verb session_close_all = {
    .name = "session.close-all",
    .door = VERB_WIRE,
    .use = VERB_DO,
    .timeout_ns = 10 * SIM_NS_PER_S,
    .doc = "Ends every session the scenario has opened on the role: connections, logins.",
    .start = start_close_all,
};

const struct verb *const session_verbs[] = {&session_close_all, NULL};
