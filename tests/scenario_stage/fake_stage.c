// SPDX-License-Identifier: Apache-2.0
// The stage's half of the fake: targets, faults, the operator, secrets.
#include "tests/scenario_stage/fake_stage.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario_stage/fake_verbs.h"

static struct fake_member *member_of(struct target *target)
{
    return (struct fake_member *)target;
}

// ---- Targets ----

static const char *target_cannot(struct target *target, const struct verb *verb)
{
    const char *no = member_of(target)->fake->cannot_verb;

    return no && strcmp(no, verb->name) == 0 ? "the bench has no wire for it" : NULL;
}

static void *target_service(struct target *target, const char *service, const char *session,
                            const char **ret_why)
{
    (void)service;
    (void)session;
    *ret_why = NULL;
    return target;
}

static void target_start(struct target *target, struct op *op)
{
    (void)target;
    op->verb->start(op);
}

static void target_cancel(struct target *target, struct op *op)
{
    (void)target;
    op_cancel(op);
}

static void target_close_sessions(struct target *target)
{
    member_of(target)->sessions_closed++;
}

static void target_table(struct target *target, const char *table, struct op *op)
{
    struct fake_member *member = member_of(target);

    if (strcmp(table, "transactions") != 0) {
        op_not_applicable(op, "there is no table '%s'", table);
        return;
    }
    op->records = strcmp(member->role, "csms") == 0 ? value_copy(&member->fake->csms)
                                                    : value_copy(&member->transactions);
    op_finish(op);
}

static const char *target_variable(struct target *target, const char *name)
{
    (void)target;
    return strcmp(name, "user") == 0 ? "operator" : NULL;
}

static const struct target_ops target_ops = {
    .cannot = target_cannot,
    .service = target_service,
    .start = target_start,
    .cancel = target_cancel,
    .close_sessions = target_close_sessions,
    .table = target_table,
    .variable = target_variable,
};

// ---- The stage ----

static struct fake *fake_of(struct stage *stage)
{
    return (struct fake *)stage;
}

static struct target *stage_target(struct stage *stage, const char *role, size_t index,
                                   const char **ret_why)
{
    struct fake_member *member = fake_member(fake_of(stage), role, index);

    if (!member)
        *ret_why = "no such device";
    return member ? &member->target : NULL;
}

static size_t stage_members(struct stage *stage, const char *role)
{
    const struct fake *fake = fake_of(stage);
    size_t count = 0;

    for (size_t i = 0; i < fake->members_count; i++)
        count += strcmp(fake->members[i]->role, role) == 0;
    return count;
}

static const char *stage_cannot_fault(struct stage *stage, const struct stage_fault *fault)
{
    const char *no = fake_of(stage)->cannot_kind;

    return no && strcmp(no, fault->kind) == 0 ? "no such fault on this bench" : NULL;
}

static void stage_fault(struct stage *stage, const struct stage_fault *fault, struct op *op)
{
    struct fake *fake = fake_of(stage);

    fake->faults++;
    for (size_t i = 0; i < fault->left_count; i++) {
        struct fake_member *member = member_of(fault->left[i]);

        member->cut++;
        fake_changed(member);
    }
    core_event(fake->core, "fault", fault->id, fault->kind, strlen(fault->kind));
    op_finish(op);
}

// Ids are "outage" or "outage#17"; the fake frees whoever the number says, or all.
static void stage_clear(struct stage *stage, const char *id, struct op *op)
{
    struct fake *fake = fake_of(stage);
    const char *hash = strchr(id, '#');
    size_t index = hash ? (size_t)atoi(hash + 1) : 0;

    assert(fake->faults > 0);
    fake->faults--;
    core_event(fake->core, "clear", id, "", 0);
    for (size_t i = 0; i < fake->members_count; i++) {
        struct fake_member *member = fake->members[i];

        if (member->cut == 0 || (index && member->target.index != index))
            continue;
        member->cut--;
        fake_flush(member);
        fake_changed(member);
    }
    op_finish(op);
}

static void stage_ask(struct stage *stage, const char *question, struct op *op)
{
    struct fake *fake = fake_of(stage);

    snprintf(fake->question, sizeof(fake->question), "%s", question);
    if (!fake->answer) {
        op_blocked(op, "nobody is there");
        return;
    }
    op_set_truth(op, "yes", strcmp(fake->answer, "yes") == 0);
    op_finish(op);
}

static const char *stage_secret(struct stage *stage, const char *name)
{
    (void)stage;
    return strcmp(name, "gw") == 0 ? "right-Horse7" : strcmp(name, "cb") == 0 ? "Zz8#open" : NULL;
}

static const struct stage_ops stage_ops = {
    .target = stage_target,
    .members = stage_members,
    .cannot_fault = stage_cannot_fault,
    .fault = stage_fault,
    .clear = stage_clear,
    .ask = stage_ask,
    .secret = stage_secret,
};

// ---- Making it ----

struct fake *fake_new(uint64_t seed)
{
    struct core_options options = {
        .mode = CLOCK_JUMP, .utc_start_ns = 1768464000 * SIM_NS_PER_S, .seed = seed};
    struct fake *fake = mem_new(1, sizeof(*fake));

    fake->core = core_new(&options);
    fake->stage = (struct stage){.ops = &stage_ops,
                                 .core = fake->core,
                                 .name = "fake",
                                 .adapter = "sim",
                                 .factor = 1,
                                 .by_member = true};
    fake->latency_ns = 2 * SIM_NS_PER_MS;
    fake->csms = value_records();
    return fake;
}

void fake_free(struct fake **fake)
{
    for (size_t i = 0; i < (*fake)->members_count; i++) {
        value_done(&(*fake)->members[i]->audit);
        value_done(&(*fake)->members[i]->transactions);
        fake_member_stop((*fake)->members[i]);
        free((*fake)->members[i]);
    }
    free((*fake)->members);
    value_done(&(*fake)->csms);
    core_free(&(*fake)->core);
    free(*fake);
    *fake = NULL;
}

void fake_add(struct fake *fake, const char *role, size_t count)
{
    for (size_t i = 1; i <= count; i++) {
        struct fake_member *member = mem_new(1, sizeof(*member));

        snprintf(member->role, sizeof(member->role), "%s", role);
        snprintf(member->id, sizeof(member->id), "%s-%zu", role, i);
        member->fake = fake;
        member->target = (struct target){.ops = &target_ops,
                                         .stage = &fake->stage,
                                         .id = member->id,
                                         .label = "Lighting",
                                         .adapter = "sim",
                                         .index = i};
        fake_member_init(member);
        fake->members = mem_grow(fake->members, fake->members_count + 1, sizeof(*fake->members));
        fake->members[fake->members_count++] = member;
    }
}

struct fake_member *fake_member(struct fake *fake, const char *role, size_t index)
{
    for (size_t i = 0; i < fake->members_count; i++)
        if (strcmp(fake->members[i]->role, role) == 0 && fake->members[i]->target.index == index)
            return fake->members[i];
    return NULL;
}

static void on_turn(struct timer *timer, void *user)
{
    struct fake_turn *turn = user;

    (void)timer;
    turn->member->signal = turn->value;
    if (!turn->silent)
        fake_changed(turn->member);
}

void fake_turn(struct fake *fake, const char *role, size_t index, sim_time_ns at_ns, double value,
               bool silent)
{
    struct fake_member *member = fake_member(fake, role, index);
    struct fake_turn *turn = &member->turns[member->turns_count++];

    assert(member->turns_count <= FAKE_TURNS_MAX);
    *turn = (struct fake_turn){.member = member, .value = value, .silent = silent};
    timer_init(&turn->timer, core_timers(fake->core), NULL, on_turn, turn);
    timer_start_at(&turn->timer, at_ns);
}
