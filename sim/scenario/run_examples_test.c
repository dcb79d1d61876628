// SPDX-License-Identifier: Apache-2.0
// The three scenarios that the language was made for: a lock-out with its edges, a table of breaker
// commands, a fleet under a partition. And the same seed twice.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario_stage/fake_run.h"

static struct fake *fake;
static struct fake_run run;
static struct profile *profile;

static void setup(void)
{
    fake = fake_new(7);
    run = (struct fake_run){.fake = fake};
}

static void teardown(void)
{
    fake_run_done(&run);
    profile_free(&profile);
    fake_free(&fake);
}

// Gives every member of a role a profile of the project.
static void give_profile(const char *role, size_t count, const char *path)
{
    struct diag *diag = diag_new();

    ck_assert_int_eq(profile_load(path, diag, &profile), 0);
    diag_free(&diag);
    for (size_t i = 1; i <= count; i++)
        fake_member(fake, role, i)->target.profile = profile;
}

static const char lockout[] =
    "testbay: 1\n"
    "id: PS.WEB.LOCKOUT\n"
    "title: 10 wrong logins lock 10 min, 5 more lock 60 min, every failure is audited\n"
    "verifies: [PS-201, PS-202, PS-203, PS-204, PS-401, PS-405]\n"
    "tags: [security, login]\n"
    "roles:\n"
    "  gw: {kind: panel-server, verbs: [web.login, web.lock-status, audit.download]}\n"
    "params:\n"
    "  tries1: $gw.policy.lockout.stages.0.failures\n"
    "  lock1: $gw.policy.lockout.stages.0.lock\n"
    "  tries2: $gw.policy.lockout.stages.1.failures\n"
    "  lock2: $gw.policy.lockout.stages.1.lock\n"
    "  tol: 5s\n"
    "steps:\n"
    "  - mark: begin\n"
    "  - repeat: $tries1\n"
    "    do: web.login\n"
    "    to: gw\n"
    "    with: {user: $gw.user, password: wrong-on-purpose}\n"
    "    expect: {result: refused}\n"
    "  - mark: locked1\n"
    "  - name: the right password is refused too\n"
    "    do: web.login\n"
    "    to: gw\n"
    "    with: {user: $gw.user, password: $secret.gw}\n"
    "    expect: {result: locked}\n"
    "  - name: opens 10 min after the 10th failure, not before\n"
    "    check: web.lock-status\n"
    "    to: gw\n"
    "    expect: {state: open}\n"
    "    turns: {at: $lock1, since: locked1, tolerance: $tol}\n"
    "  - repeat: $tries2\n"
    "    do: web.login\n"
    "    to: gw\n"
    "    with: {user: $gw.user, password: wrong-on-purpose}\n"
    "    expect: {result: refused}\n"
    "  - mark: locked2\n"
    "  - check: web.lock-status\n"
    "    to: gw\n"
    "    expect: {state: open}\n"
    "    turns: {at: $lock2, since: locked2, tolerance: $tol}\n"
    "  - do: web.login\n"
    "    to: gw\n"
    "    with: {user: $gw.user, password: $secret.gw}\n"
    "    expect: {result: granted}\n"
    "    within: 10s\n"
    "  - do: audit.download\n"
    "    to: gw\n"
    "    save: audit\n"
    "  - records: $audit\n"
    "    since: begin\n"
    "    match: {event: login-failed}\n"
    "    count: $(tries1 + tries2)\n"
    "    each: [time, source, category, result]\n"
    "cleanup:\n"
    "  - {do: session.close-all, to: gw}\n";

#define PANEL_SERVER "devices/panel_server/profiles/ps-2025-04.yaml"

START_TEST(the_lockout_is_measured_to_the_millisecond)
{
    fake_add(fake, "gw", 1);
    give_profile("gw", 1, PANEL_SERVER);
    fake_run_text(&run, lockout, NULL);
    ck_assert_msg(*run.errors == '\0', "%s", run.errors);
    ck_assert_int_eq(run.verdict, VERDICT_PASS);
    ck_assert_int_eq(fake_run_step(&run, "5")->measured_ns, 600 * SIM_NS_PER_S);
    ck_assert_int_eq(fake_run_step(&run, "8")->measured_ns, 3600 * SIM_NS_PER_S);
    ck_assert_str_eq(fake_run_step(&run, "11")->observed, "15 of 16 records match");
}
END_TEST

START_TEST(a_lock_that_is_a_second_short_is_found_out)
{
    struct fake_member *gw;

    fake_add(fake, "gw", 1);
    gw = fake_member(fake, "gw", 1);
    give_profile("gw", 1, PANEL_SERVER);
    gw->failures = 9; // One attempt too many was forgiven: it locks at the first.
    fake_run_text(&run, lockout, NULL);
    ck_assert_int_eq(run.verdict, VERDICT_FAIL);
    ck_assert_str_eq(fake_run_step(&run, "2.2")->reason,
                     "observed result: locked, expected result: refused");
}
END_TEST

START_TEST(a_lock_that_is_compared_with_the_clock_is_measured_too)
{
    fake_add(fake, "gw", 1);
    fake_member(fake, "gw", 1)->lock_without_timer = true;
    give_profile("gw", 1, PANEL_SERVER);
    fake_run_text(&run, lockout, NULL);
    ck_assert_int_eq(run.verdict, VERDICT_PASS);
    ck_assert_int_eq(fake_run_step(&run, "5")->measured_ns, 600 * SIM_NS_PER_S);
}
END_TEST

static const struct profile *cast_profile(void *user, const char *role,
                                          const struct profile_model **ret_model)
{
    (void)role;
    *ret_model = NULL;
    return user;
}

START_TEST(the_lockout_costs_71_minutes_on_a_board)
{
    const struct plan_board board = {.factor = 1};
    struct diag *diag = diag_new();
    struct scenario_cast cast = {.profile = cast_profile};
    struct plan *plan;
    struct str out = {0};

    fake_add(fake, "gw", 1);
    give_profile("gw", 1, PANEL_SERVER);
    fake_run_text(&run, lockout, NULL);
    ck_assert_int_eq(scenario_plan(run.scenario, NULL, diag, &plan), 0);
    ck_assert(!plan_exact(plan)); // Nobody is cast: the numbers of the lock are not known.
    plan_free(&plan);
    cast.user = profile;
    ck_assert_int_eq(scenario_plan(run.scenario, &cast, diag, &plan), 0);
    ck_assert(plan_exact(plan));
    ck_assert_uint_eq(plan_steps_count(plan), 10 + 5 + 10);
    plan_print(plan, &board, &out);
    ck_assert_ptr_nonnull(strstr(str_text(&out), "10 x do web.login to gw"));
    ck_assert_ptr_nonnull(
        strstr(str_text(&out), "25 steps: < 1 s on the simulator, about 1h11m on a board"));
    str_clear(&out);
    plan_print_json(plan, &board, &out);
    ck_assert_ptr_nonnull(strstr(str_text(&out), "\"steps\":25,\"exact\":true"));
    plan_free(&plan);
    diag_free(&diag);
    str_done(&out);
}
END_TEST

static const char padlock[] =
    "testbay: 1\n"
    "id: PACT.REMOTE.PADLOCK\n"
    "title: Remote open/close needs the password and the padlock on \"remote enabled\"\n"
    "verifies: [BR-102, BR-105, IF-301, IF-302, IF-305]\n"
    "roles:\n"
    "  cb: {kind: breaker, verbs: [breaker.command, breaker.position, padlock.remote], "
    "features: [padlock]}\n"
    "cases:\n"
    "  - {id: open-ok,       op: open,  start: closed, padlock: enabled,  pw: $secret.cb, "
    "reply: accepted, end: open}\n"
    "  - {id: close-ok,      op: close, start: open,   padlock: enabled,  pw: $secret.cb, "
    "reply: accepted, end: closed}\n"
    "  - {id: open-bad-pw,   op: open,  start: closed, padlock: enabled,  pw: Zz9x, "
    "reply: refused, end: closed}\n"
    "  - {id: open-no-pw,    op: open,  start: closed, padlock: enabled,  pw: none, "
    "reply: refused, end: closed}\n"
    "  - {id: open-padlock,  op: open,  start: closed, padlock: disabled, pw: $secret.cb, "
    "reply: refused, end: closed}\n"
    "  - {id: close-padlock, op: close, start: open,   padlock: disabled, pw: $secret.cb, "
    "reply: refused, end: open}\n"
    "setup:\n"
    "  - {do: breaker.set-position, to: cb, with: {position: $case.start}}\n"
    "  - do: padlock.remote\n"
    "    to: cb\n"
    "    with: {state: $case.padlock}\n"
    "    manual: Turn the locking pad of $cb.label to \"remote $case.padlock\"\n"
    "steps:\n"
    "  - do: breaker.command\n"
    "    to: cb\n"
    "    with: {op: $case.op, password: $case.pw}\n"
    "    expect: {reply: $case.reply}\n"
    "    within: 2s\n"
    "  - check: breaker.position\n"
    "    to: cb\n"
    "    expect: {position: $case.end}\n"
    "    within: 1s\n"
    "    holds: 10s\n"
    "cleanup:\n"
    "  - do: padlock.remote\n"
    "    to: cb\n"
    "    with: {state: enabled}\n"
    "    manual: Turn the locking pad of $cb.label back to \"remote enabled\"\n";

#define BREAKER "devices/pact/profiles/nsx-2024-11.yaml"

static void cast_breaker(void)
{
    fake_add(fake, "cb", 1);
    give_profile("cb", 1, BREAKER);
    fake_member(fake, "cb", 1)->target.model = profile_model_at(profile, 0);
}

START_TEST(the_table_of_commands_has_six_verdicts)
{
    cast_breaker();
    fake_run_text(&run, padlock, NULL);
    ck_assert_msg(*run.errors == '\0', "%s", run.errors);
    ck_assert_int_eq(run.verdict, VERDICT_PASS);
    ck_assert_uint_eq(run.result->scenarios[0]->entries[0]->cases_count, 6);
    ck_assert_str_eq(fake_run_case(&run, "open-ok")->steps[3]->measured,
                     "true after 0.200 s, held 10.000 s, asked 25 times, largest gap 0.500 s");
}
END_TEST

START_TEST(the_table_asks_a_hand_where_there_is_no_wire)
{
    cast_breaker();
    fake->cannot_verb = "padlock.remote";
    fake->answer = "yes";
    fake_run_text(&run, padlock, NULL);
    ck_assert_str_eq(fake->question, "Turn the locking pad of Lighting back to \"remote enabled\"");
    // The hand only said so: the padlock never moved, and the two rows with it disabled show that.
    ck_assert_int_eq(run.verdict, VERDICT_FAIL);
    ck_assert_int_eq(fake_run_case(&run, "open-padlock")->verdict, VERDICT_FAIL);
    ck_assert_int_eq(fake_run_case(&run, "open-bad-pw")->verdict, VERDICT_PASS);
}
END_TEST

START_TEST(the_table_is_blocked_where_nobody_is)
{
    cast_breaker();
    fake->cannot_verb = "padlock.remote";
    fake_run_text(&run, padlock, NULL);
    ck_assert_int_eq(run.verdict, VERDICT_BLOCKED);
}
END_TEST

static const char partition[] =
    "testbay: 1\n"
    "id: CHG.FLEET.PARTITION\n"
    "title: chargers, CSMS unreachable for 70 % of them for 15 min, nothing lost, nothing twice\n"
    "basis: [OCPP 1.6 edition 2 section 3.7 and TransactionMessageAttempts]\n"
    "tags: [fleet, chaos]\n"
    "seed: 42\n"
    "params: {warm_up: 10m, outage: 15m}\n"
    "roles:\n"
    "  csms: {kind: csms}\n"
    "  evse: {kind: charger, count: 200}\n"
    "background:\n"
    "  sessions:\n"
    "    do: charge.session\n"
    "    to: evse\n"
    "    every: {mean: 90s, law: exponential}\n"
    "    with: {energy_Wh: {law: uniform, from: 2000, to: 20000}}\n"
    "always:\n"
    "  - {check: evse.memory, to: evse, expect: {queue_overflow: 0}}\n"
    "sometimes:\n"
    "  - {check: ocpp.queue, to: evse, expect: {depth: \">= 1\"}}\n"
    "steps:\n"
    "  - {do: power.on, to: evse, spread: 60s}\n"
    "  - {check: ocpp.registered, to: evse, expect: {count: 200}, within: 5m}\n"
    "  - start: sessions\n"
    "  - wait: $warm_up\n"
    "  - fault: partition\n"
    "    id: outage\n"
    "    between: [{role: evse, share: 70%}, {role: csms}]\n"
    "    shape: {kind: swizzle, over: 20s}\n"
    "  - wait: $outage\n"
    "  - clear: outage\n"
    "  - check: ocpp.connected\n"
    "    to: evse\n"
    "    expect: {count: 200, reconnects_per_s: \"<= 50\"}\n"
    "    within: 5m\n"
    "  - stop: sessions\n"
    "  - reconcile: {left: evse.transactions, right: csms.transactions}\n"
    "    key: [charger, connector, start_time]\n"
    "    merge: identical-repeats\n"
    "    expect: {missing: 0, doubled: 0, out_of_order: 0}\n"
    "    equal: [meter_start, meter_stop]\n"
    "    within: 10m\n";

static void cast_fleet(void)
{
    fake_add(fake, "csms", 1);
    fake_add(fake, "evse", 200);
}

START_TEST(the_fleet_loses_nothing)
{
    cast_fleet();
    fake->twice_every = 17; // OCPP 1.6 is at least once.
    fake_run_text(&run, partition, NULL);
    ck_assert_msg(*run.errors == '\0', "%s", run.errors);
    ck_assert_msg(run.verdict == VERDICT_PASS, "%s", run.result->scenarios[0]->entries[0]->reason);
    ck_assert_uint_eq(fake->faults, 0);
    ck_assert_uint_eq(fake_run_step(&run, "5")->members, 140);
    ck_assert_int_eq(fake_run_step(&run, "sometimes 1")->verdict, VERDICT_PASS);
    ck_assert_uint_gt(fake->csms.count, 1000);
}
END_TEST

START_TEST(one_lost_transaction_of_thousands_is_found)
{
    cast_fleet();
    fake->lose_every = 500;
    fake_run_text(&run, partition, NULL);
    ck_assert_int_eq(run.verdict, VERDICT_FAIL);
    ck_assert_ptr_nonnull(strstr(fake_run_step(&run, "10")->reason, "missing: evse-"));
    ck_assert_ptr_nonnull(strstr(fake_run_step(&run, "10")->observed, "missing: 1, doubled: 0"));
}
END_TEST

// The hash of everything that happened.
static void run_hash(uint64_t seed, char ret[CORE_HASH_ROOM])
{
    struct fake *mine = fake_new(seed);
    struct fake_run once = {.fake = mine, .options = {.seed = seed}};

    fake_add(mine, "csms", 1);
    fake_add(mine, "evse", 200);
    fake_run_text(&once, partition, NULL);
    core_event_hash(mine->core, ret);
    fake_run_done(&once);
    fake_free(&mine);
}

START_TEST(the_same_seed_is_the_same_run)
{
    char first[CORE_HASH_ROOM];
    char second[CORE_HASH_ROOM];

    run_hash(7, first);
    run_hash(7, second);
    ck_assert_str_eq(first, second);
    fake_run_text(&run, "", NULL); // For the fixture.
}
END_TEST

Suite *run_examples_suite(void)
{
    Suite *suite = suite_create("run_examples");
    TCase *examples = tcase_create("examples");

    tcase_set_timeout(examples, 60);
    tcase_add_checked_fixture(examples, setup, teardown);
    tcase_add_test(examples, the_lockout_is_measured_to_the_millisecond);
    tcase_add_test(examples, a_lock_that_is_a_second_short_is_found_out);
    tcase_add_test(examples, a_lock_that_is_compared_with_the_clock_is_measured_too);
    tcase_add_test(examples, the_lockout_costs_71_minutes_on_a_board);
    tcase_add_test(examples, the_table_of_commands_has_six_verdicts);
    tcase_add_test(examples, the_table_asks_a_hand_where_there_is_no_wire);
    tcase_add_test(examples, the_table_is_blocked_where_nobody_is);
    tcase_add_test(examples, the_fleet_loses_nothing);
    tcase_add_test(examples, one_lost_transaction_of_thousands_is_found);
    tcase_add_test(examples, the_same_seed_is_the_same_run);
    suite_add_tcase(suite, examples);
    return suite;
}
