// SPDX-License-Identifier: Apache-2.0
// What a step costs in the time of the world, before it is run. Likely: an act or a question takes
// ACT_NS, a window lasts as long as it must. At most: every window is used to its end.
#include "sim/scenario/plan_model.h"

#include <string.h>

#include "sim/core/timer.h"
#include "sim/scenario/load.h"

// A request to a board, its answer and what lies between, as a round figure.
#define ACT_NS (2 * SIM_NS_PER_S)

static int64_t time_of(const struct plan *plan, const struct plan_step *step,
                       const struct yaml_node *node)
{
    struct names names = {.scenario = plan->scenario, .frame = step->frame, .cast = &plan->cast};
    struct wrong wrong = {0};
    int64_t time_ns = 0;

    if (!node || names_eval_time(&names, node, &time_ns, &wrong) != EXPR_VALUE)
        return 0;
    return time_ns;
}

static int64_t mark_of(const struct plan_clock *clock, const struct yaml_node *since)
{
    for (size_t i = clock->marks_count; since && i-- > 0;)
        if (strcmp(clock->marks[i].name, since->text) == 0)
            return clock->marks[i].at_ns;
    return clock->now_ns;
}

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static int64_t stretched(const struct plan_board *board, int64_t window_ns)
{
    return (int64_t)((double)window_ns * board->factor) + board->slack_ns;
}

static struct plan_cost act_cost(const struct plan *plan, const struct plan_step *step,
                                 const struct plan_board *board, const struct plan_clock *clock)
{
    const struct yaml_node *node = step->step->node;
    const struct yaml_node *turns = yaml_get(node, "turns");
    bool never = schema_bool(yaml_get(node, "never"), false);
    int64_t within_ns = time_of(plan, step, yaml_get(node, "within"));
    int64_t holds_ns = time_of(plan, step, yaml_get(node, "holds"));
    int64_t spread_ns = time_of(plan, step, yaml_get(node, "spread"));
    int64_t timeout_ns = step->step->verb->timeout_ns;
    int64_t end_ns;

    if (turns) {
        end_ns =
            mark_of(clock, yaml_get(turns, "since")) + time_of(plan, step, yaml_get(turns, "at")) +
            time_of(plan, step, yaml_get(turns, "tolerance")) + board->slack_ns - clock->now_ns;
        return (struct plan_cost){end_ns > 0 ? end_ns : 0, end_ns > 0 ? end_ns : 0};
    }
    if (never)
        return (struct plan_cost){within_ns, within_ns};
    if (within_ns)
        return (struct plan_cost){least(ACT_NS, within_ns) + holds_ns + spread_ns,
                                  stretched(board, within_ns) + holds_ns + spread_ns};
    return (struct plan_cost){least(ACT_NS, timeout_ns) + holds_ns + spread_ns,
                              stretched(board, timeout_ns) + holds_ns + spread_ns};
}

static struct plan_cost lanes_cost(const struct plan *plan, const struct plan_step *step,
                                   const struct plan_board *board, const struct plan_clock *clock)
{
    struct plan_cost worst = {0};

    for (size_t i = 0; i < step->lanes_count; i++) {
        struct plan_clock lane = *clock;
        struct plan_cost sum = {0};

        for (size_t j = 0; j < step->lanes[i].count; j++) {
            struct plan_cost cost = plan_step_cost(plan, &step->lanes[i].items[j], board, &lane);

            sum.about_ns += cost.about_ns;
            sum.most_ns += cost.most_ns;
        }
        worst.about_ns = sum.about_ns > worst.about_ns ? sum.about_ns : worst.about_ns;
        worst.most_ns = sum.most_ns > worst.most_ns ? sum.most_ns : worst.most_ns;
    }
    return worst;
}

struct plan_cost plan_step_cost(const struct plan *plan, const struct plan_step *step,
                                const struct plan_board *board, struct plan_clock *clock)
{
    const struct yaml_node *shape = yaml_get(step->step->node, "shape");
    struct plan_cost cost = {0};
    int64_t within_ns;

    switch (step->step->kind) {
    case STEP_DO:
    case STEP_CHECK:
        cost = act_cost(plan, step, board, clock);
        break;
    case STEP_WAIT:
        cost.about_ns = cost.most_ns = time_of(plan, step, step->step->head);
        break;
    case STEP_FAULT:
        cost.about_ns = cost.most_ns =
            ACT_NS + (shape ? time_of(plan, step, yaml_get(shape, "over")) : 0);
        break;
    case STEP_RECONCILE:
        within_ns = time_of(plan, step, yaml_get(step->step->node, "within"));
        cost = (struct plan_cost){ACT_NS, stretched(board, within_ns)};
        break;
    case STEP_PARALLEL:
        cost = lanes_cost(plan, step, board, clock);
        break;
    case STEP_MARK:
        if (clock->marks_count < sizeof(clock->marks) / sizeof(clock->marks[0])) {
            clock->marks[clock->marks_count].name = step->step->head->text;
            clock->marks[clock->marks_count++].at_ns = clock->now_ns;
        }
        break;
    case STEP_CLEAR:
    case STEP_ASK: // A person's time is nobody's to plan.
        cost.about_ns = cost.most_ns = ACT_NS;
        break;
    case STEP_START:
    case STEP_STOP:
    case STEP_RECORDS:
    case STEP_USE:
    case STEP_KINDS:
        break;
    }
    clock->now_ns += cost.about_ns;
    return cost;
}
