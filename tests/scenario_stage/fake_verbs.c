// SPDX-License-Identifier: Apache-2.0
// The verbs of the fake and the little devices behind them.
#include "tests/scenario_stage/fake_verbs.h"

#include <string.h>

#include "sim/base/err.h"
#include "sim/scenario/op.h"

#define FIELDS(list) .fields = list, .fields_count = sizeof(list) / sizeof(list[0])

struct reply {
    struct timer timer;
    struct op *op;
    void (*answer)(struct op *op, struct fake_member *member);
};

static struct fake_member *member_of(struct op *op)
{
    return (struct fake_member *)op->target;
}

void fake_changed(struct fake_member *member)
{
    member->target.changes++;
    member->fake->stage.changes++;
}

// ---- Answering after the latency ----

static void on_reply(struct timer *timer, void *user)
{
    struct reply *reply = user;

    (void)timer;
    reply->answer(reply->op, member_of(reply->op));
}

static void answer_later(struct op *op, int64_t after_ns,
                         void (*answer)(struct op *op, struct fake_member *member))
{
    struct reply *reply = op_state(op, sizeof(*reply));

    reply->op = op;
    reply->answer = answer;
    timer_init(&reply->timer, op_timers(op), NULL, on_reply, reply);
    timer_start(&reply->timer, after_ns);
}

static void cancel(struct op *op)
{
    struct reply *reply = op_state_get(op);

    if (reply)
        timer_stop(&reply->timer);
}

// ---- The signal ----

static void answer_read(struct op *op, struct fake_member *member)
{
    op_set_text(op, "result", member->signal >= 0 ? "ok" : "bad");
    op_finish(op);
}

// The state counts as it is when the question arrives; the answer takes its way back.
static void start_read(struct op *op)
{
    struct fake_member *member = member_of(op);

    member->asked++;
    op_set_number(op, "value", member->signal);
    op_set_text(op, "text", member->signal > 0 ? "high" : "low");
    answer_later(op, member->fake->latency_ns, answer_read);
}

static void start_poke(struct op *op)
{
    struct fake_member *member = member_of(op);

    member->count++;
    member->asked++;
    op_set_number(op, "value", member->count);
    fake_changed(member); // Asking changes something.
    answer_later(op, member->fake->latency_ns, answer_read);
}

static void start_boom(struct op *op)
{
    struct fake *fake = member_of(op)->fake;

    if (fake->boom == 0) {
        op_set_text(op, "result", "ok");
        op_finish(op);
        return;
    }
    fake->boom--;
    op_fail(op, ERR_IO, "the wire fell out of the socket");
}

static void start_silent(struct op *op)
{
    op_state(op, sizeof(struct reply));
}

static void cancel_silent(struct op *op)
{
    (void)op;
}

static const char *const read_results[] = {"ok", "bad", NULL};
static const char *const read_texts[] = {"low", "high", NULL};
static const struct schema_field read_with[] = {
    {.name = "unit", .type = SCHEMA_INTEGER, .low = 1, .high = 247, .doc = "A number."},
    {.name = "note", .type = SCHEMA_TEXT, .doc = "A text."},
};
static const struct schema read_with_schema = {.name = "signal.read", FIELDS(read_with)};
static const struct schema_field read_fields[] = {
    {.name = "value", .type = SCHEMA_NUMBER, .doc = "The signal."},
    {.name = "text", .type = SCHEMA_CHOICE, .choices = read_texts, .doc = "In words."},
    {.name = "result", .type = SCHEMA_CHOICE, .choices = read_results, .doc = "How it went."},
};
static const struct schema read_schema = {.name = "signal.read", FIELDS(read_fields)};
static const struct verb_total read_totals[] = {
    {"high", VERB_TOTAL_COUNT, "value", "Members whose signal is not 0."},
    {"sum", VERB_TOTAL_SUM, "value", "Of all signals."},
    {"least", VERB_TOTAL_LEAST, "value", "Of all signals."},
    {"most", VERB_TOTAL_MOST, "value", "Of all signals."},
    {0},
};

static const struct verb signal_read = {.name = "signal.read",
                                        .door = VERB_WIRE,
                                        .use = VERB_BOTH,
                                        .service = "signal",
                                        .timeout_ns = 5 * SIM_NS_PER_S,
                                        .doc = "Reads the signal.",
                                        .with = &read_with_schema,
                                        .results = &read_schema,
                                        .totals = read_totals,
                                        .start = start_read,
                                        .cancel = cancel};
static const struct verb signal_poke = {.name = "signal.poke",
                                        .door = VERB_WIRE,
                                        .use = VERB_BOTH,
                                        .perturbs = true,
                                        .service = "signal",
                                        .timeout_ns = 5 * SIM_NS_PER_S,
                                        .doc = "Counts being asked.",
                                        .results = &read_schema,
                                        .start = start_poke,
                                        .cancel = cancel};
static const struct verb signal_touch = {.name = "signal.touch",
                                         .door = VERB_WIRE,
                                         .use = VERB_CHECK,
                                         .service = "signal",
                                         .timeout_ns = 5 * SIM_NS_PER_S,
                                         .doc = "Asking it reports a change.",
                                         .results = &read_schema,
                                         .start = start_poke,
                                         .cancel = cancel};
static const struct verb signal_boom = {.name = "signal.boom",
                                        .door = VERB_WIRE,
                                        .use = VERB_BOTH,
                                        .service = "signal",
                                        .timeout_ns = 5 * SIM_NS_PER_S,
                                        .doc = "Breaks the harness.",
                                        .results = &read_schema,
                                        .start = start_boom};
static const struct verb signal_silent = {.name = "signal.silent",
                                          .door = VERB_WIRE,
                                          .use = VERB_BOTH,
                                          .service = "signal",
                                          .timeout_ns = 5 * SIM_NS_PER_S,
                                          .doc = "Never answers.",
                                          .results = &read_schema,
                                          .start = start_silent,
                                          .cancel = cancel_silent};

// ---- The login ----

static void log_event(struct fake_member *member, const char *event, const char *result)
{
    struct value_record *record = value_add_record(&member->audit, core_now(member->fake->core));

    member->logged++;
    value_record_set(record, "event", value_text(event));
    value_record_set(record, "result", value_text(result));
    value_record_set(record, "time", value_text("2026-01-15T08:00:00Z"));
    value_record_set(record, "source", value_text("10.77.255.1"));
    value_record_set(record, "category", value_text("security"));
}

static bool locked(const struct fake_member *member)
{
    return core_now(member->fake->core) < member->locked_until_ns;
}

static void lock(struct fake_member *member)
{
    int64_t minutes = member->stage_of_lock == 0 ? 10 : 60;

    member->stage_of_lock = 1;
    member->failures = 0;
    member->locked_until_ns = core_now(member->fake->core) + minutes * 60 * SIM_NS_PER_S;
    if (!member->lock_without_timer)
        timer_start_at(&member->unlock, member->locked_until_ns);
    fake_changed(member);
}

static void answer_login(struct op *op, struct fake_member *member)
{
    const char *password = op_text(op, "password", "");
    bool right = strcmp(password, "right-Horse7") == 0;

    op_set_text(op, "said", password); // A careless device: the report must not repeat it.
    if (locked(member)) {
        op_set_text(op, "result", "locked");
    } else if (right) {
        member->failures = 0;
        op_set_text(op, "result", "granted");
        log_event(member, "login", "granted");
    } else {
        op_set_text(op, "result", "refused");
        log_event(member, "login-failed", "refused");
        if (++member->failures == (member->stage_of_lock == 0 ? 10 : 5))
            lock(member);
    }
    op_finish(op);
}

static void start_login(struct op *op)
{
    answer_later(op, member_of(op)->fake->latency_ns, answer_login);
}

static void start_lock_status(struct op *op)
{
    op_set_text(op, "state", locked(member_of(op)) ? "locked" : "open");
    answer_later(op, member_of(op)->fake->latency_ns, answer_read);
}

static void start_download(struct op *op)
{
    op->records = value_copy(&member_of(op)->audit);
    op_finish(op);
}

static const char *const login_results[] = {"granted", "refused", "locked", NULL};
static const char *const lock_states[] = {"open", "locked", NULL};
static const struct schema_field login_with[] = {
    {.name = "user", .type = SCHEMA_TEXT, .required = true, .doc = "Who."},
    {.name = "password", .type = SCHEMA_TEXT, .doc = "With what."},
};
static const struct schema login_with_schema = {.name = "web.login", FIELDS(login_with)};
static const struct schema_field login_fields[] = {
    {.name = "result", .type = SCHEMA_CHOICE, .choices = login_results, .doc = "What came of it."},
    {.name = "said", .type = SCHEMA_TEXT, .doc = "What it repeats."},
};
static const struct schema login_schema = {.name = "web.login", FIELDS(login_fields)};
static const struct schema_field lock_fields[] = {
    {.name = "state", .type = SCHEMA_CHOICE, .choices = lock_states, .doc = "Of the lock."},
    {.name = "result", .type = SCHEMA_CHOICE, .choices = read_results, .doc = "How it went."},
};
static const struct schema lock_schema = {.name = "web.lock-status", FIELDS(lock_fields)};

static const struct verb web_login = {.name = "web.login",
                                      .door = VERB_WIRE,
                                      .use = VERB_DO,
                                      .service = "web",
                                      .timeout_ns = 10 * SIM_NS_PER_S,
                                      .doc = "Logs in.",
                                      .with = &login_with_schema,
                                      .results = &login_schema,
                                      .start = start_login,
                                      .cancel = cancel};
static const struct verb web_lock_status = {.name = "web.lock-status",
                                            .door = VERB_WIRE,
                                            .use = VERB_CHECK,
                                            .service = "web",
                                            .timeout_ns = 10 * SIM_NS_PER_S,
                                            .doc = "Reads the lock.",
                                            .results = &lock_schema,
                                            .start = start_lock_status,
                                            .cancel = cancel};
static const struct verb audit_download = {.name = "audit.download",
                                           .door = VERB_WIRE,
                                           .use = VERB_DO,
                                           .service = "web",
                                           .timeout_ns = 10 * SIM_NS_PER_S,
                                           .doc = "Downloads the log.",
                                           .start = start_download};

// ---- The breaker ----

static void on_motor(struct timer *timer, void *user)
{
    struct fake_member *member = user;

    (void)timer;
    member->closed = member->wants_closed;
    fake_changed(member);
}

static void answer_command(struct op *op, struct fake_member *member)
{
    bool good = member->remote && strcmp(op_text(op, "password", ""), "Zz8#open") == 0;

    op_set_text(op, "reply", good ? "accepted" : "refused");
    if (good) {
        member->wants_closed = strcmp(op_text(op, "op", ""), "close") == 0;
        timer_start(&member->motor, 200 * SIM_NS_PER_MS);
    }
    op_finish(op);
}

static void start_command(struct op *op)
{
    answer_later(op, member_of(op)->fake->latency_ns, answer_command);
}

static void start_position(struct op *op)
{
    op_set_text(op, "position", member_of(op)->closed ? "closed" : "open");
    answer_later(op, member_of(op)->fake->latency_ns, answer_read);
}

static void start_set_position(struct op *op)
{
    member_of(op)->closed = strcmp(op_text(op, "position", ""), "closed") == 0;
    fake_changed(member_of(op));
    op_finish(op);
}

static void start_padlock(struct op *op)
{
    member_of(op)->remote = strcmp(op_text(op, "state", ""), "enabled") == 0;
    op_finish(op);
}

static const char *const ops[] = {"open", "close", NULL};
static const char *const positions[] = {"open", "closed", NULL};
static const char *const replies[] = {"accepted", "refused", NULL};
static const char *const padlock_states[] = {"enabled", "disabled", NULL};
static const struct schema_field command_with[] = {
    {.name = "op", .type = SCHEMA_CHOICE, .required = true, .choices = ops, .doc = "What."},
    {.name = "password", .type = SCHEMA_TEXT, .doc = "With what."},
};
static const struct schema command_with_schema = {.name = "breaker.command", FIELDS(command_with)};
static const struct schema_field command_fields[] = {
    {.name = "reply", .type = SCHEMA_CHOICE, .choices = replies, .doc = "What it says."},
};
static const struct schema command_schema = {.name = "breaker.command", FIELDS(command_fields)};
static const struct schema_field position_fields[] = {
    {.name = "position", .type = SCHEMA_CHOICE, .choices = positions, .doc = "Open or closed."},
    {.name = "result", .type = SCHEMA_CHOICE, .choices = read_results, .doc = "How it went."},
};
static const struct schema position_schema = {.name = "breaker.position", FIELDS(position_fields)};
static const struct schema_field set_with[] = {
    {.name = "position",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = positions,
     .doc = "Where to."},
};
static const struct schema set_with_schema = {.name = "breaker.set-position", FIELDS(set_with)};
static const struct schema_field padlock_with[] = {
    {.name = "state",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = padlock_states,
     .doc = "Where to."},
};
static const struct schema padlock_with_schema = {.name = "padlock.remote", FIELDS(padlock_with)};

static const struct verb breaker_command = {.name = "breaker.command",
                                            .door = VERB_WIRE,
                                            .use = VERB_DO,
                                            .service = "modbus",
                                            .timeout_ns = 5 * SIM_NS_PER_S,
                                            .doc = "Opens or closes.",
                                            .with = &command_with_schema,
                                            .results = &command_schema,
                                            .start = start_command,
                                            .cancel = cancel};
static const struct verb breaker_position = {.name = "breaker.position",
                                             .door = VERB_WIRE,
                                             .use = VERB_CHECK,
                                             .service = "modbus",
                                             .timeout_ns = 5 * SIM_NS_PER_S,
                                             .doc = "Where it is.",
                                             .results = &position_schema,
                                             .start = start_position,
                                             .cancel = cancel};
static const struct verb breaker_set_position = {.name = "breaker.set-position",
                                                 .door = VERB_WORLD,
                                                 .use = VERB_DO,
                                                 .manual = true,
                                                 .timeout_ns = 60 * SIM_NS_PER_S,
                                                 .doc = "Puts it there.",
                                                 .with = &set_with_schema,
                                                 .start = start_set_position};
static const struct verb padlock_remote = {.name = "padlock.remote",
                                           .door = VERB_WORLD,
                                           .use = VERB_DO,
                                           .manual = true,
                                           .timeout_ns = 60 * SIM_NS_PER_S,
                                           .doc = "Turns the padlock.",
                                           .with = &padlock_with_schema,
                                           .start = start_padlock};

// ---- The charger ----

static void on_boot(struct timer *timer, void *user)
{
    struct fake_member *member = user;

    (void)timer;
    member->registered = true;
    fake_changed(member);
}

static void start_power(struct op *op)
{
    struct fake_member *member = member_of(op);

    member->powered = true;
    timer_start(&member->boot, 3 * SIM_NS_PER_S);
    op_finish(op);
}

static void deliver(struct fake_member *member, size_t which)
{
    struct fake *fake = member->fake;
    size_t number = fake->csms.count + 1;
    unsigned copies = 1;

    if (fake->lose_every && number % fake->lose_every == 0) {
        fake->lose_every = 0;
        return;
    }
    if (fake->twice_every && number % fake->twice_every == 0)
        copies = 2;
    for (unsigned i = 0; i < copies; i++) {
        struct value whole = value_copy(&member->transactions);
        struct value_record *to = value_add_record(&fake->csms, 0);

        *to = whole.records[which];
        whole.records[which] = (struct value_record){0};
        value_done(&whole);
    }
}

void fake_flush(struct fake_member *member)
{
    if (member->cut)
        return;
    while (member->queued) {
        deliver(member, member->transactions.count - member->queued);
        member->queued--;
    }
}

static void answer_session(struct op *op, struct fake_member *member)
{
    struct value_record *record = value_add_record(&member->transactions, 0);

    value_record_set(record, "charger", value_text(member->id));
    value_record_set(record, "connector", value_number(1, UNIT_NONE));
    value_record_set(record, "start_time", value_number((double)op_started_ns(op), UNIT_TIME_NS));
    value_record_set(record, "meter_start", value_number(0, UNIT_WH));
    value_record_set(record, "meter_stop", value_number(op_number(op, "energy_Wh", 0), UNIT_WH));
    member->queued++;
    fake_flush(member);
    fake_changed(member);
    op_finish(op);
}

static void start_session(struct op *op)
{
    answer_later(op, 30 * SIM_NS_PER_S, answer_session);
}

static void start_registered(struct op *op)
{
    struct fake_member *member = member_of(op);

    op_set_truth(op, "registered", member->registered);
    op_set_truth(op, "connected", member->registered && member->cut == 0);
    op_set_number(op, "reconnects", 0.1);
    op_set_integer(op, "depth", member->queued);
    op_set_integer(op, "queue_overflow", member->queued > 60 ? 1 : 0);
    answer_later(op, member->fake->latency_ns, answer_read);
}

static const struct schema_field session_with[] = {
    {.name = "energy_Wh", .type = SCHEMA_NUMBER, .required = true, .doc = "How much."},
};
static const struct schema session_with_schema = {.name = "charge.session", FIELDS(session_with)};
static const struct schema_field charger_fields[] = {
    {.name = "registered", .type = SCHEMA_BOOL, .doc = "It is."},
    {.name = "connected", .type = SCHEMA_BOOL, .doc = "It is."},
    {.name = "reconnects", .type = SCHEMA_NUMBER, .doc = "Per second."},
    {.name = "depth", .type = SCHEMA_INTEGER, .doc = "Of its queue."},
    {.name = "queue_overflow", .type = SCHEMA_INTEGER, .doc = "How often."},
    {.name = "result", .type = SCHEMA_CHOICE, .choices = read_results, .doc = "How it went."},
};
static const struct schema charger_schema = {.name = "charger", FIELDS(charger_fields)};
static const struct verb_total registered_totals[] = {
    {"count", VERB_TOTAL_COUNT, "registered", "Registered ones."}, {0}};
static const struct verb_total connected_totals[] = {
    {"count", VERB_TOTAL_COUNT, "connected", "Connected ones."},
    {"reconnects_per_s", VERB_TOTAL_SUM, "reconnects", "Of all."},
    {0}};

#define CHARGER_CHECK(text, list)                                                                  \
    {                                                                                              \
        .name = text, .door = VERB_WIRE, .use = VERB_CHECK, .service = "ocpp",                     \
        .timeout_ns = 5 * SIM_NS_PER_S, .doc = "Asks a charger.", .results = &charger_schema,      \
        .totals = list, .start = start_registered, .cancel = cancel                                \
    }

static const struct verb power_on = {.name = "power.on",
                                     .door = VERB_WORLD,
                                     .use = VERB_DO,
                                     .timeout_ns = 5 * SIM_NS_PER_S,
                                     .doc = "Switches on.",
                                     .start = start_power};
static const struct verb charge_session = {.name = "charge.session",
                                           .door = VERB_WORLD,
                                           .use = VERB_DO,
                                           .timeout_ns = 600 * SIM_NS_PER_S,
                                           .doc = "Charges a car.",
                                           .with = &session_with_schema,
                                           .start = start_session,
                                           .cancel = cancel};
static const struct verb ocpp_registered = CHARGER_CHECK("ocpp.registered", registered_totals);
static const struct verb ocpp_connected = CHARGER_CHECK("ocpp.connected", connected_totals);
static const struct verb evse_memory = CHARGER_CHECK("evse.memory", NULL);
static const struct verb ocpp_queue = CHARGER_CHECK("ocpp.queue", NULL);

const struct verb *const fake_verbs[] = {&signal_read,
                                         &signal_poke,
                                         &signal_touch,
                                         &signal_boom,
                                         &signal_silent,
                                         &web_login,
                                         &web_lock_status,
                                         &audit_download,
                                         &breaker_command,
                                         &breaker_position,
                                         &breaker_set_position,
                                         &padlock_remote,
                                         &power_on,
                                         &charge_session,
                                         &ocpp_registered,
                                         &ocpp_connected,
                                         &evse_memory,
                                         &ocpp_queue,
                                         NULL};

// ---- A member's life ----

static void on_unlock(struct timer *timer, void *user)
{
    (void)timer;
    fake_changed(user);
}

void fake_member_init(struct fake_member *member)
{
    struct timers *timers = core_timers(member->fake->core);

    timer_init(&member->unlock, timers, NULL, on_unlock, member);
    timer_init(&member->motor, timers, NULL, on_motor, member);
    timer_init(&member->boot, timers, NULL, on_boot, member);
    member->audit = value_records();
    member->transactions = value_records();
    member->remote = true;
}

void fake_member_stop(struct fake_member *member)
{
    timer_stop(&member->unlock);
    timer_stop(&member->motor);
    timer_stop(&member->boot);
    for (size_t i = 0; i < member->turns_count; i++)
        timer_stop(&member->turns[i].timer);
}
