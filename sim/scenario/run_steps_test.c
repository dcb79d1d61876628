// SPDX-License-Identifier: Apache-2.0
// Each verb of the language, each modifier and each verdict, on the fake stage.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario_stage/fake_run.h"

static struct fake *fake;
static struct fake_run run;

static void setup(void)
{
    fake = fake_new(7);
    fake_add(fake, "dev", 1);
    fake_add(fake, "pair", 2);
    run = (struct fake_run){.fake = fake};
}

static void teardown(void)
{
    fake_run_done(&run);
    fake_free(&fake);
}

static enum verdict run_steps(const char *more, const char *steps)
{
    char *yaml = fake_scenario(more, steps);

    fake_run_text(&run, yaml, NULL);
    free(yaml);
    ck_assert_msg(*run.errors == '\0', "%s", run.errors);
    return run.verdict;
}

static const struct result_step *step(const char *number)
{
    const struct result_step *found = fake_run_step(&run, number);

    ck_assert_msg(found != NULL, "no step %s", number);
    return found;
}

static const char *reason(void)
{
    const char *text = run.result->scenarios[0]->entries[0]->reason;

    return text ? text : "";
}

START_TEST(wait_leaps)
{
    ck_assert_int_eq(run_steps("", "  - wait: 15m\n"), VERDICT_PASS);
    ck_assert_int_eq(core_now(fake->core), 900 * SIM_NS_PER_S);
}
END_TEST

START_TEST(an_error_is_not_a_failure)
{
    fake->boom = 1;
    ck_assert_int_eq(run_steps("", "  - {do: signal.boom, to: dev}\n"), VERDICT_ERROR);
    ck_assert_str_eq(step("1")->reason, "the wire fell out of the socket");
    ck_assert_int_eq(result_exit(run.result, false, false), 3);
}
END_TEST

START_TEST(only_an_error_is_retried)
{
    fake->boom = 2;
    fake->stage.retries = 2;
    ck_assert_int_eq(run_steps("", "  - {do: signal.boom, to: dev}\n"), VERDICT_PASS);
    ck_assert_uint_eq(fake_run_case(&run, NULL)->attempts, 3);
}
END_TEST

START_TEST(a_failure_is_never_retried)
{
    fake->stage.retries = 5;
    ck_assert_int_eq(run_steps("", "  - {do: signal.read, to: dev, expect: {value: 9}}\n"),
                     VERDICT_FAIL);
    ck_assert_uint_eq(fake_member(fake, "dev", 1)->asked, 1);
}
END_TEST

START_TEST(silence_fails_after_the_verbs_own_patience)
{
    ck_assert_int_eq(run_steps("", "  - {do: signal.silent, to: dev}\n"), VERDICT_FAIL);
    ck_assert_str_eq(step("1")->reason, "no answer within 5s");
    ck_assert_int_eq(core_now(fake->core), 5 * SIM_NS_PER_S);
}
END_TEST

START_TEST(within_replaces_the_verbs_patience)
{
    ck_assert_int_eq(run_steps("", "  - {do: signal.silent, to: dev, within: 250ms}\n"),
                     VERDICT_FAIL);
    ck_assert_int_eq(core_now(fake->core), 250 * SIM_NS_PER_MS);
}
END_TEST

START_TEST(a_step_without_expectation_expects_the_first_result)
{
    fake_turn(fake, "dev", 1, 0, -1, false);
    ck_assert_int_eq(run_steps("", "  - wait: 1s\n  - {do: signal.read, to: dev}\n"), VERDICT_FAIL);
    ck_assert_str_eq(step("2")->expected, "result: ok");
}
END_TEST

START_TEST(after_a_failure_only_cleanup_runs)
{
    ck_assert_int_eq(run_steps("cleanup:\n  - {do: signal.read, to: dev}\n"
                               "  - {do: session.close-all, to: dev}\n",
                               "  - {check: signal.read, to: dev, expect: {value: 1}}\n"
                               "  - wait: 1h\n"),
                     VERDICT_FAIL);
    ck_assert_ptr_null(fake_run_step(&run, "2"));
    ck_assert_int_eq(step("cleanup 1")->verdict, VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "dev", 1)->sessions_closed, 2); // And at the end.
}
END_TEST

START_TEST(what_cannot_be_driven_ends_the_case_as_not_applicable)
{
    fake->cannot_verb = "signal.poke";
    ck_assert_int_eq(run_steps("", "  - {do: signal.poke, to: dev}\n  - wait: 1s\n"),
                     VERDICT_NOT_APPLICABLE);
    ck_assert_str_eq(step("1")->reason, "the bench has no wire for it");
    ck_assert_int_eq(result_exit(run.result, false, false), 4);
}
END_TEST

START_TEST(what_cannot_be_asked_makes_it_partial)
{
    fake->cannot_verb = "signal.read";
    ck_assert_int_eq(run_steps("", "  - wait: 1s\n  - {check: signal.read, to: dev}\n"
                                   "  - wait: 1s\n"),
                     VERDICT_PARTIAL);
    ck_assert_int_eq(step("3")->verdict, VERDICT_PASS);
    ck_assert_int_eq(result_exit(run.result, true, false), 5);
}
END_TEST

START_TEST(a_verb_that_the_role_must_have_is_said_before_anything_moves)
{
    const char *yaml = "testbay: 1\nid: T\ntitle: t\nbasis: [x]\n"
                       "roles: {dev: {kind: thing, verbs: [signal.read]}}\n"
                       "steps: [{wait: 1s}]\n";

    fake->cannot_verb = "signal.read";
    fake_run_text(&run, yaml, NULL);
    ck_assert_int_eq(run.verdict, VERDICT_NOT_APPLICABLE);
    ck_assert_str_eq(reason(), "role dev: 'signal.read' cannot be driven on dev-1: the bench has "
                               "no wire for it");
    ck_assert_int_eq(core_now(fake->core), 0);
}
END_TEST

START_TEST(a_role_without_a_target_is_not_applicable)
{
    fake_run_text(&run,
                  "testbay: 1\nid: T\ntitle: t\nbasis: [x]\nroles: {who: {kind: thing}}\n"
                  "steps: [{wait: 1s}]\n",
                  NULL);
    ck_assert_int_eq(run.verdict, VERDICT_NOT_APPLICABLE);
    ck_assert_str_eq(reason(), "role who: no such device");
}
END_TEST

START_TEST(too_few_members_are_not_applicable)
{
    fake_run_text(&run,
                  "testbay: 1\nid: T\ntitle: t\nbasis: [x]\n"
                  "roles: {pair: {kind: thing, count: 3}}\nsteps: [{wait: 1s}]\n",
                  NULL);
    ck_assert_str_eq(reason(), "role pair: 3 members are wanted, fake has 2");
}
END_TEST

// ---- repeat, for_each, cases ----

START_TEST(repeat_expands)
{
    ck_assert_int_eq(run_steps("params: {n: 3}\n",
                               "  - {repeat: $(n + 1), do: signal.read, to: dev, "
                               "with: {unit: $index}}\n"),
                     VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "dev", 1)->asked, 4);
    ck_assert_ptr_nonnull(fake_run_step(&run, "1.4"));
}
END_TEST

START_TEST(repeat_nought_is_nothing)
{
    ck_assert_int_eq(run_steps("", "  - {repeat: 0, do: signal.read, to: dev}\n  - wait: 1s\n"),
                     VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "dev", 1)->asked, 0);
}
END_TEST

START_TEST(for_each_takes_every_combination)
{
    ck_assert_int_eq(run_steps("", "  - for_each: {unit: [1, 2], note: [a, b, c]}\n"
                                   "    do: signal.read\n    to: dev\n"
                                   "    with: {unit: $unit, note: $note}\n"
                                   "    name: unit $unit, $note\n"),
                     VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "dev", 1)->asked, 6);
    ck_assert_str_eq(step("1.6")->title, "unit 2, c");
}
END_TEST

START_TEST(each_case_has_its_verdict)
{
    ck_assert_int_eq(run_steps("cases:\n  - {id: good, want: 0}\n  - {id: bad, want: 1}\n"
                               "setup:\n  - wait: 1s\n",
                               "  - {check: signal.read, to: dev, expect: {value: $case.want}}\n"),
                     VERDICT_FAIL);
    ck_assert_int_eq(fake_run_case(&run, "good")->verdict, VERDICT_PASS);
    ck_assert_int_eq(fake_run_case(&run, "bad")->verdict, VERDICT_FAIL);
    ck_assert_int_eq(core_now(fake->core), 2 * SIM_NS_PER_S + 4 * SIM_NS_PER_MS); // Setup each.
}
END_TEST

START_TEST(a_matrix_multiplies)
{
    ck_assert_int_eq(run_steps("matrix: {a: [1, 2], b: [x, y]}\n",
                               "  - {do: signal.read, to: dev, with: {unit: $case.a, "
                               "note: $case.b}}\n"),
                     VERDICT_PASS);
    ck_assert_ptr_nonnull(fake_run_case(&run, "a=2,b=y"));
    ck_assert_uint_eq(run.result->scenarios[0]->entries[0]->cases_count, 4);
}
END_TEST

START_TEST(settings_replace_params)
{
    const struct scenario_setting settings[] = {{"want", "0"}};

    run.settings = settings;
    run.settings_count = 1;
    ck_assert_int_eq(run_steps("params: {want: 5}\n",
                               "  - {check: signal.read, to: dev, expect: {value: $want}}\n"),
                     VERDICT_PASS);
}
END_TEST

// ---- Procedures ----

START_TEST(use_runs_a_procedure_with_its_parameters)
{
    const char *const procedures[] = {
        "read-it",
        "testbay-procedure: 1\nname: read-it\n"
        "params:\n  who: {type: role}\n  want: {type: integer, default: 0}\n"
        "steps:\n  - {check: signal.read, to: $who, expect: {value: $want}}\n"
        "  - {check: signal.read, to: $who, with: {note: $who.label}}\n",
        NULL};
    char *yaml = fake_scenario("", "  - {use: read-it, with: {who: dev}}\n");

    fake_run_text(&run, yaml, procedures);
    free(yaml);
    ck_assert_msg(*run.errors == '\0', "%s", run.errors);
    ck_assert_int_eq(run.verdict, VERDICT_PASS);
    ck_assert_ptr_nonnull(fake_run_step(&run, "1.2"));
}
END_TEST

// ---- parallel, spread, fleets ----

START_TEST(parallel_with_count_is_so_many_at_once)
{
    ck_assert_int_eq(run_steps("", "  - parallel:\n      count: 20\n      steps:\n"
                                   "        - {do: signal.read, to: dev, within: 5s}\n"),
                     VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "dev", 1)->asked, 20);
    ck_assert_int_eq(core_now(fake->core), 2 * SIM_NS_PER_MS);
    ck_assert_int_eq(step("1.20.1")->verdict, VERDICT_PASS);
}
END_TEST

START_TEST(parallel_without_count_is_each_beside_the_other)
{
    ck_assert_int_eq(run_steps("", "  - parallel:\n      steps:\n        - wait: 3s\n"
                                   "        - wait: 5s\n"
                                   "        - {check: signal.read, to: dev, expect: {value: 1}}\n"),
                     VERDICT_FAIL);
    ck_assert_int_eq(core_now(fake->core), 5 * SIM_NS_PER_S);
    ck_assert_str_eq(step("1")->observed, "2 of 3 went well");
}
END_TEST

START_TEST(spread_lets_members_begin_one_after_the_other)
{
    ck_assert_int_eq(run_steps("", "  - {do: signal.read, to: pair, spread: 60s}\n"), VERDICT_PASS);
    ck_assert_int_eq(core_now(fake->core), 30 * SIM_NS_PER_S + 2 * SIM_NS_PER_MS);
    ck_assert_uint_eq(step("1")->members, 2);
}
END_TEST

START_TEST(one_member_can_be_named)
{
    ck_assert_int_eq(run_steps("", "  - {do: signal.read, to: 'pair[2]'}\n"), VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "pair", 1)->asked, 0);
    ck_assert_uint_eq(fake_member(fake, "pair", 2)->asked, 1);
}
END_TEST

// ---- save, records ----

#define LOG_IN                                                                                     \
    "  - {do: web.login, to: dev, with: {user: u, password: x}, expect: {result: refused}}\n"

START_TEST(records_are_counted_since_a_mark)
{
    ck_assert_int_eq(run_steps("", LOG_IN "  - wait: 1s\n  - mark: m\n" LOG_IN LOG_IN
                                          "  - {do: audit.download, to: dev, save: audit}\n"
                                          "  - records: $audit\n    since: m\n"
                                          "    match: {event: login-failed}\n    count: 2\n"
                                          "    each: [time, source]\n"
                                          "  - {records: $audit, match: {event: login-failed}, "
                                          "count: '>= 3'}\n"),
                     VERDICT_PASS);
    ck_assert_str_eq(step("7")->observed, "2 of 2 records match");
}
END_TEST

START_TEST(records_that_do_not_match_are_told)
{
    ck_assert_int_eq(run_steps("", LOG_IN LOG_IN
                               "  - {do: audit.download, to: dev, save: audit}\n"
                               "  - {records: $audit, match: {event: login-fail}, count: 2}\n"),
                     VERDICT_FAIL);
    ck_assert_str_eq(step("4")->observed, "0 of 2 records match; event is login-failed");
}
END_TEST

START_TEST(a_record_without_its_field_fails)
{
    ck_assert_int_eq(run_steps("", LOG_IN "  - {do: audit.download, to: dev, save: audit}\n"
                                          "  - {records: $audit, each: [time, who]}\n"),
                     VERDICT_FAIL);
    ck_assert_str_eq(step("3")->reason, "matching record 1 has no 'who'");
}
END_TEST

START_TEST(nothing_found_in_nothing_is_vacuous)
{
    ck_assert_int_eq(run_steps("", "  - {do: audit.download, to: dev, save: audit}\n"
                                   "  - {records: $audit, match: {event: x}, count: 0}\n"),
                     VERDICT_VACUOUS);
    ck_assert_int_eq(result_exit(run.result, false, false), 1);
}
END_TEST

START_TEST(results_can_be_saved_and_used)
{
    ck_assert_int_eq(run_steps("", "  - {check: signal.read, to: dev, save: before}\n"
                                   "  - {check: signal.read, to: dev, "
                                   "expect: {value: '>= $before.value'}}\n"),
                     VERDICT_PASS);
}
END_TEST

// ---- Secrets ----

START_TEST(a_secret_is_never_repeated)
{
    ck_assert_int_eq(run_steps("", "  - {do: web.login, to: dev, with: {user: u, "
                                   "password: $secret.gw}, expect: {said: nothing}}\n"),
                     VERDICT_FAIL);
    ck_assert_str_eq(step("1")->observed, "said: (secret), result: granted");
    ck_assert_ptr_null(strstr(step("1")->reason, "Horse"));
}
END_TEST

// ---- Faults ----

START_TEST(a_fault_stands_until_it_is_cleared)
{
    ck_assert_int_eq(run_steps("", "  - fault: latency\n    id: slow\n    between: [{role: dev}, "
                                   "{role: pair}]\n    with: {delay: 200ms}\n  - clear: slow\n"),
                     VERDICT_PASS);
    ck_assert_uint_eq(fake->faults, 0);
}
END_TEST

START_TEST(a_fault_ends_with_its_case)
{
    ck_assert_int_eq(run_steps("", "  - {fault: power-cut, on: pair}\n"
                                   "  - {check: signal.read, to: dev, expect: {value: 5}}\n"),
                     VERDICT_FAIL);
    ck_assert_uint_eq(fake->faults, 0);
    ck_assert_uint_eq(fake_member(fake, "pair", 2)->cut, 0);
}
END_TEST

START_TEST(a_fault_that_a_bench_cannot_make_is_not_applicable)
{
    fake->cannot_kind = "partition";
    ck_assert_int_eq(run_steps("", "  - {fault: partition, network: lan}\n"),
                     VERDICT_NOT_APPLICABLE);
    ck_assert_str_eq(reason(), "step 1: no such fault on this bench");
}
END_TEST

START_TEST(a_swizzle_takes_its_time_member_by_member)
{
    ck_assert_int_eq(run_steps("", "  - fault: partition\n    id: p\n    between: [{role: pair}]\n"
                                   "    shape: {kind: swizzle, over: 20s}\n  - mark: m\n"
                                   "  - clear: p\n"),
                     VERDICT_PASS);
    ck_assert_int_eq(core_now(fake->core), 20 * SIM_NS_PER_S); // 10 s there, 10 s back.
    ck_assert_uint_eq(fake->faults, 0);
}
END_TEST

// ---- People ----

START_TEST(a_question_wants_yes)
{
    fake->answer = "yes";
    ck_assert_int_eq(run_steps("", "  - ask: Is the padlock of $dev.label sealed?\n"),
                     VERDICT_PASS);
    ck_assert_str_eq(fake->question, "Is the padlock of Lighting sealed?");
}
END_TEST

START_TEST(a_question_without_anybody_is_blocked)
{
    ck_assert_int_eq(run_steps("", "  - ask: Sealed?\n"), VERDICT_BLOCKED);
    ck_assert_int_eq(result_exit(run.result, true, false), 5);
}
END_TEST

START_TEST(what_a_bench_cannot_a_hand_does)
{
    fake->cannot_verb = "padlock.remote";
    fake->answer = "yes";
    ck_assert_int_eq(run_steps("", "  - do: padlock.remote\n    to: dev\n"
                                   "    with: {state: disabled}\n    manual: Turn $dev.label\n"),
                     VERDICT_PASS);
    ck_assert_str_eq(fake->question, "Turn Lighting");
}
END_TEST

START_TEST(a_hand_that_is_missing_blocks)
{
    fake->cannot_verb = "padlock.remote";
    ck_assert_int_eq(run_steps("", "  - do: padlock.remote\n    to: dev\n"
                                   "    with: {state: disabled}\n    manual: Turn it\n"),
                     VERDICT_BLOCKED);
}
END_TEST

// ---- always, sometimes, background ----

START_TEST(always_fails_the_moment_it_is_not_so)
{
    fake_turn(fake, "pair", 2, 3 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(run_steps("always:\n  - {check: signal.read, to: pair, expect: {value: 0}}\n",
                               "  - wait: 1h\n"),
                     VERDICT_FAIL);
    ck_assert_int_lt(core_now(fake->core), 4 * SIM_NS_PER_S);
    ck_assert_ptr_nonnull(strstr(step("always 1")->reason, "pair[2]"));
}
END_TEST

START_TEST(sometimes_that_never_was_is_vacuous)
{
    ck_assert_int_eq(
        run_steps("sometimes:\n  - {check: signal.read, to: pair, expect: {value: 1}}\n",
                  "  - wait: 1h\n"),
        VERDICT_VACUOUS);
}
END_TEST

START_TEST(sometimes_needs_one_moment_of_one_member)
{
    fake_turn(fake, "pair", 2, 3 * SIM_NS_PER_S, 1, false);
    fake_turn(fake, "pair", 2, 4 * SIM_NS_PER_S, 0, false);
    ck_assert_int_eq(
        run_steps("sometimes:\n  - {check: signal.read, to: pair, expect: {value: 1}}\n",
                  "  - wait: 1h\n"),
        VERDICT_PASS);
}
END_TEST

START_TEST(background_goes_on_between_start_and_stop)
{
    ck_assert_int_eq(run_steps("background:\n  reads: {do: signal.read, to: pair, every: 10s}\n",
                               "  - start: reads\n  - wait: 100s\n  - stop: reads\n"
                               "  - wait: 100s\n"),
                     VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "pair", 1)->asked, 10);
    ck_assert_str_eq(step("reads")->observed, "20 begun");
}
END_TEST

START_TEST(a_law_has_its_mean)
{
    ck_assert_int_eq(run_steps("background:\n  reads: {do: signal.read, to: dev, "
                               "every: {mean: 10s, law: exponential}}\n",
                               "  - start: reads\n  - wait: 10000s\n"),
                     VERDICT_PASS);
    ck_assert_uint_ge(fake_member(fake, "dev", 1)->asked, 850);
    ck_assert_uint_le(fake_member(fake, "dev", 1)->asked, 1150);
}
END_TEST

// Runs a step that passes or fails with a quarantine that knows the scenario.
static enum verdict run_known(const char *steps)
{
    char path[] = "/tmp/testbay-known-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    struct diag *diag = diag_new();
    struct quarantine *quarantine;
    enum verdict verdict;

    fputs("testbay-quarantine: 1\nknown: [{scenario: T.ONE, finding: F-1, owner: us, reason: r, "
          "expires: 2030-01-01}]\n",
          file);
    fclose(file);
    ck_assert_int_eq(quarantine_load(path, 0, diag, &quarantine), 0);
    run.options.quarantine = quarantine;
    verdict = run_steps("", steps);
    quarantine_free(&quarantine);
    diag_free(&diag);
    remove(path);
    return verdict;
}

START_TEST(a_known_failure_is_expected)
{
    ck_assert_int_eq(run_known("  - {check: signal.read, to: dev, expect: {value: 1}}\n"),
                     VERDICT_XFAIL);
    ck_assert_str_eq(run.result->scenarios[0]->entries[0]->finding, "F-1");
    ck_assert_int_eq(result_exit(run.result, true, false), 0);
}
END_TEST

START_TEST(a_known_failure_that_passes_is_a_failure)
{
    ck_assert_int_eq(run_known("  - {check: signal.read, to: dev, expect: {value: 0}}\n"),
                     VERDICT_XPASS);
    ck_assert_int_eq(result_exit(run.result, false, false), 1);
}
END_TEST

START_TEST(a_known_failure_does_not_excuse_an_error)
{
    fake->boom = 1;
    ck_assert_int_eq(run_known("  - {do: signal.boom, to: dev}\n"), VERDICT_ERROR);
}
END_TEST

static void on_stop(struct timer *timer, void *user)
{
    (void)timer;
    core_stop(user);
}

START_TEST(an_interruption_runs_the_cleanup)
{
    struct timer timer;

    timer_init(&timer, core_timers(fake->core), NULL, on_stop, fake->core);
    timer_start(&timer, 5 * SIM_NS_PER_S);
    ck_assert_int_eq(
        run_steps("cleanup:\n  - {do: signal.read, to: dev}\n", "  - wait: 1h\n  - wait: 1h\n"),
        VERDICT_INTERRUPTED);
    ck_assert_int_eq(step("1")->verdict, VERDICT_INTERRUPTED);
    ck_assert_int_eq(step("cleanup 1")->verdict, VERDICT_PASS);
    ck_assert_ptr_null(fake_run_step(&run, "2"));
    ck_assert_int_eq(result_exit(run.result, false, true), 130);
    ck_assert_int_eq(result_exit(run.result, false, false), 3);
}
END_TEST

START_TEST(a_budget_is_the_hosts_time_and_an_error)
{
    core_hold(fake->core); // Somebody outside owes an answer and never gives it.
    ck_assert_int_eq(run_steps("", "  - {wait: 1h, budget: {wall: 50ms}}\n"), VERDICT_ERROR);
    ck_assert_str_eq(step("1")->reason, "its budget of 50ms of host time is used up");
    core_release(fake->core);
}
END_TEST

Suite *run_steps_suite(void)
{
    Suite *suite = suite_create("run_steps");
    TCase *steps = tcase_create("steps");

    tcase_add_checked_fixture(steps, setup, teardown);
    tcase_add_test(steps, wait_leaps);
    tcase_add_test(steps, an_error_is_not_a_failure);
    tcase_add_test(steps, only_an_error_is_retried);
    tcase_add_test(steps, a_failure_is_never_retried);
    tcase_add_test(steps, silence_fails_after_the_verbs_own_patience);
    tcase_add_test(steps, within_replaces_the_verbs_patience);
    tcase_add_test(steps, a_step_without_expectation_expects_the_first_result);
    tcase_add_test(steps, after_a_failure_only_cleanup_runs);
    tcase_add_test(steps, what_cannot_be_driven_ends_the_case_as_not_applicable);
    tcase_add_test(steps, what_cannot_be_asked_makes_it_partial);
    tcase_add_test(steps, a_verb_that_the_role_must_have_is_said_before_anything_moves);
    tcase_add_test(steps, a_role_without_a_target_is_not_applicable);
    tcase_add_test(steps, too_few_members_are_not_applicable);
    tcase_add_test(steps, repeat_expands);
    tcase_add_test(steps, repeat_nought_is_nothing);
    tcase_add_test(steps, for_each_takes_every_combination);
    tcase_add_test(steps, each_case_has_its_verdict);
    tcase_add_test(steps, a_matrix_multiplies);
    tcase_add_test(steps, settings_replace_params);
    tcase_add_test(steps, use_runs_a_procedure_with_its_parameters);
    tcase_add_test(steps, parallel_with_count_is_so_many_at_once);
    tcase_add_test(steps, parallel_without_count_is_each_beside_the_other);
    tcase_add_test(steps, spread_lets_members_begin_one_after_the_other);
    tcase_add_test(steps, one_member_can_be_named);
    tcase_add_test(steps, records_are_counted_since_a_mark);
    tcase_add_test(steps, records_that_do_not_match_are_told);
    tcase_add_test(steps, a_record_without_its_field_fails);
    tcase_add_test(steps, nothing_found_in_nothing_is_vacuous);
    tcase_add_test(steps, results_can_be_saved_and_used);
    tcase_add_test(steps, a_secret_is_never_repeated);
    tcase_add_test(steps, a_fault_stands_until_it_is_cleared);
    tcase_add_test(steps, a_fault_ends_with_its_case);
    tcase_add_test(steps, a_fault_that_a_bench_cannot_make_is_not_applicable);
    tcase_add_test(steps, a_swizzle_takes_its_time_member_by_member);
    tcase_add_test(steps, a_question_wants_yes);
    tcase_add_test(steps, a_question_without_anybody_is_blocked);
    tcase_add_test(steps, what_a_bench_cannot_a_hand_does);
    tcase_add_test(steps, a_hand_that_is_missing_blocks);
    tcase_add_test(steps, always_fails_the_moment_it_is_not_so);
    tcase_add_test(steps, sometimes_that_never_was_is_vacuous);
    tcase_add_test(steps, sometimes_needs_one_moment_of_one_member);
    tcase_add_test(steps, background_goes_on_between_start_and_stop);
    tcase_add_test(steps, a_law_has_its_mean);
    tcase_add_test(steps, a_known_failure_is_expected);
    tcase_add_test(steps, a_known_failure_that_passes_is_a_failure);
    tcase_add_test(steps, a_known_failure_does_not_excuse_an_error);
    tcase_add_test(steps, an_interruption_runs_the_cleanup);
    tcase_add_test(steps, a_budget_is_the_hosts_time_and_an_error);
    suite_add_tcase(suite, steps);
    return suite;
}
