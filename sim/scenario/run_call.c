// SPDX-License-Identifier: Apache-2.0
// One op on one member: arguments, start, patience.
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/scenario/load.h"
#include "sim/scenario/run_model.h"

// Owners of many calls look through them only when one has something to say.
static void tell(struct call *call)
{
    if (call->box)
        (*call->box)++;
    runner_kick(call->runner);
}

static void on_done(struct op *op, void *user)
{
    (void)op;
    tell(user);
}

static void on_timer(struct timer *timer, void *user)
{
    (void)timer;
    tell(user);
}

static void note_secrets(struct runner *runner, const struct value *value)
{
    if (value->secret)
        runner_add_secret(runner, value->text);
    for (size_t i = 0; value->type == VALUE_LIST && i < value->count; i++)
        note_secrets(runner, &value->items[i]);
}

static int add_arguments(struct call *call, const struct plan_step *plan, struct rng *rng,
                         struct wrong *ret_wrong)
{
    const struct yaml_node *with = yaml_get(plan->step->node, "with");
    struct names names = runner_names(call->runner, plan, call->target);

    yaml_for_each(i, with) {
        static const struct schema_field any = {.name = "argument", .type = SCHEMA_ANY};
        const struct schema_field *field =
            schema_field_find(plan->step->verb->with, with->keys[i]->text);
        struct value value;
        enum expr_end how =
            names_eval_field(&names, with->items[i], field ? field : &any, rng, &value, ret_wrong);

        if (how == EXPR_UNKNOWN) {
            *ret_wrong =
                (struct wrong){.node = with->items[i], .error = {.text = "this has no value here"}};
            return ERR_SYNTAX;
        }
        if (how == EXPR_WRONG)
            return ERR_SYNTAX;
        note_secrets(call->runner, &value);
        if (op_add_argument(call->op, with->keys[i]->text, value) < 0) {
            *ret_wrong = (struct wrong){.node = with, .error = {.text = "too many arguments"}};
            return ERR_SYNTAX;
        }
    }
    return 0;
}

static int session_name(struct call *call, const struct plan_step *plan, const char *lane,
                        struct wrong *ret_wrong)
{
    const struct yaml_node *as = yaml_get(plan->step->node, "as");
    struct names names = runner_names(call->runner, plan, call->target);
    char *name = NULL;

    if (as && names_eval_text(&names, as, &name, ret_wrong) == EXPR_WRONG)
        return ERR_SYNTAX;
    call->session = str_format("%s%s", name ? name : "", lane);
    free(name);
    return 0;
}

int call_begin(struct call *call, struct runner *runner, const struct plan_step *plan,
               struct target *target, const char *lane, int64_t timeout_ns, struct rng *rng,
               struct wrong *ret_wrong)
{
    struct timers *timers = core_timers(runner->core);
    int err;

    *call = (struct call){.runner = runner, .target = target, .box = call->box};
    timer_init(&call->timer, timers, NULL, on_timer, call);
    call->op = op_new(plan->step->verb, timers, on_done, call);
    call->role = runner_member_name(runner, plan->role, target);
    call->op->target = target;
    call->op->profile = target->profile;
    call->op->model = target->model;
    call->op->role = call->role;
    err = session_name(call, plan, lane, ret_wrong);
    if (err == 0)
        err = add_arguments(call, plan, rng, ret_wrong);
    if (err < 0) {
        call_done(call);
        return err;
    }
    call->op->session = call->session;
    call->deadline_ns = core_now(runner->core) + timeout_ns;
    timer_start_at(&call->timer, call->deadline_ns);
    call->started = true;
    if (plan->step->verb == &session_close_all) {
        target->ops->close_sessions(target);
        op_finish(call->op);
    } else {
        target->ops->start(target, call->op);
    }
    return 0;
}

void call_begin_stage(struct call *call, struct runner *runner, int64_t timeout_ns)
{
    struct timers *timers = core_timers(runner->core);

    *call = (struct call){
        .runner = runner, .started = true, .deadline_ns = SIM_TIME_NEVER, .box = call->box};
    timer_init(&call->timer, timers, NULL, on_timer, call);
    call->op = op_new(NULL, timers, on_done, call);
    if (timeout_ns == SIM_TIME_NEVER)
        return;
    call->deadline_ns = core_now(runner->core) + timeout_ns;
    timer_start_at(&call->timer, call->deadline_ns);
}

static void give_up(struct call *call)
{
    struct stage *stage = call->runner->stage;

    if (call->target)
        call->target->ops->cancel(call->target, call->op);
    else if (stage->ops->cancel)
        stage->ops->cancel(stage, call->op);
    op_cancel(call->op);
}

enum call_end call_poll(struct call *call)
{
    if (call->op->end != OP_RUNNING) {
        timer_stop(&call->timer);
        return CALL_ENDED;
    }
    if (core_now(call->runner->core) < call->deadline_ns)
        return CALL_RUNNING;
    give_up(call);
    return CALL_SILENT;
}

void call_done(struct call *call)
{
    if (!call->op)
        return;
    timer_stop(&call->timer);
    if (call->op->end == OP_RUNNING && call->started)
        give_up(call);
    op_free(&call->op);
    free(call->session);
    free(call->role);
    call->session = NULL;
    call->role = NULL;
}
