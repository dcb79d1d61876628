// SPDX-License-Identifier: Apache-2.0
// Each clock word on a signal: true, false, and at its edge.
#include <check.h>
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

// Runs the steps and returns the verdict of step 1 (or of the one named `last`).
static enum verdict verdict_of(const char *steps, const char *number)
{
    char *yaml = fake_scenario("", steps);
    const struct result_step *step;

    fake_run_text(&run, yaml, NULL);
    free(yaml);
    ck_assert_msg(*run.errors == '\0', "%s", run.errors);
    step = fake_run_step(&run, number);
    ck_assert_ptr_nonnull(step);
    return step->verdict;
}

static const struct result_step *step(const char *number)
{
    return fake_run_step(&run, number);
}

START_TEST(now_is_asked_once)
{
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: dev, expect: {value: 0}}\n", "1"),
                     VERDICT_PASS);
    ck_assert_uint_eq(fake_member(fake, "dev", 1)->asked, 1);
}
END_TEST

START_TEST(now_that_is_not_so_fails_with_both_values)
{
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}}\n", "1"),
                     VERDICT_FAIL);
    ck_assert_str_eq(step("1")->expected, "value: 1");
    ck_assert_str_eq(step("1")->observed, "value: 0, result: ok");
    ck_assert_str_eq(step("1")->reason, "observed value: 0, result: ok, expected value: 1");
    ck_assert_int_eq(run.verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(within_is_measured_at_the_change)
{
    fake_turn(fake, "dev", 1, 1234 * SIM_NS_PER_MS, 1, false);
    ck_assert_int_eq(
        verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, within: 5s}\n", "1"),
        VERDICT_PASS);
    ck_assert_int_eq(step("1")->measured_ns, 1234 * SIM_NS_PER_MS);
    ck_assert_int_eq(core_now(fake->core), 1236 * SIM_NS_PER_MS); // And the way back.
}
END_TEST

START_TEST(within_holds_on_its_last_nanosecond)
{
    fake_turn(fake, "dev", 1, 5 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(
        verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, within: 5s}\n", "1"),
        VERDICT_PASS);
    ck_assert_int_eq(step("1")->measured_ns, 5 * SIM_NS_PER_S);
}
END_TEST

START_TEST(within_fails_one_nanosecond_later)
{
    fake_turn(fake, "dev", 1, 5 * SIM_NS_PER_S + 1, 1, false);
    ck_assert_int_eq(
        verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, within: 5s}\n", "1"),
        VERDICT_FAIL);
    ck_assert_str_eq(step("1")->reason, "not true within 5.000 s");
}
END_TEST

START_TEST(within_sees_what_nobody_reports)
{
    fake_turn(fake, "dev", 1, 2 * SIM_NS_PER_S, 1, true);
    ck_assert_int_eq(
        verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, within: 5s}\n", "1"),
        VERDICT_PASS);
    ck_assert_int_ge(step("1")->measured_ns, 2 * SIM_NS_PER_S);
    ck_assert_int_le(step("1")->measured_ns, 2300 * SIM_NS_PER_MS);
}
END_TEST

START_TEST(within_counts_from_a_mark)
{
    fake_turn(fake, "dev", 1, 7 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of("  - mark: m\n  - wait: 3s\n"
                                "  - {check: signal.read, to: dev, expect: {value: 1}, within: 5s, "
                                "since: m}\n",
                                "3"),
                     VERDICT_FAIL);
}
END_TEST

START_TEST(holds_to_the_end_of_its_window)
{
    fake_turn(fake, "dev", 1, 10 * SIM_NS_PER_S + 1, 1, false);
    ck_assert_int_eq(
        verdict_of("  - {check: signal.read, to: dev, expect: {value: 0}, holds: 10s}\n", "1"),
        VERDICT_PASS);
    ck_assert_int_eq(step("1")->measured_ns, 10 * SIM_NS_PER_S);
    ck_assert_uint_ge(step("1")->asked, 20);
    ck_assert_int_le(step("1")->largest_gap_ns, 501 * SIM_NS_PER_MS);
}
END_TEST

START_TEST(holds_fails_at_a_blink)
{
    fake_turn(fake, "dev", 1, 3 * SIM_NS_PER_S, 1, false);
    fake_turn(fake, "dev", 1, 3 * SIM_NS_PER_S + 3 * SIM_NS_PER_MS, 0, false);
    ck_assert_int_eq(
        verdict_of("  - {check: signal.read, to: dev, expect: {value: 0}, holds: 10s}\n", "1"),
        VERDICT_FAIL);
    ck_assert_str_eq(step("1")->reason, "it did not stay so: no longer after 3.000 s");
}
END_TEST

START_TEST(within_and_holds_go_one_after_the_other)
{
    fake_turn(fake, "dev", 1, 500 * SIM_NS_PER_MS, 1, false);
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, within: 1s, "
                                "holds: 10s}\n",
                                "1"),
                     VERDICT_PASS);
    ck_assert_int_eq(step("1")->measured_ns, 500 * SIM_NS_PER_MS);
    ck_assert_int_ge(core_now(fake->core), 10500 * SIM_NS_PER_MS);
}
END_TEST

START_TEST(within_and_holds_fail_when_it_goes_back)
{
    fake_turn(fake, "dev", 1, 500 * SIM_NS_PER_MS, 1, false);
    fake_turn(fake, "dev", 1, 9 * SIM_NS_PER_S, 0, false);
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, within: 1s, "
                                "holds: 10s}\n",
                                "1"),
                     VERDICT_FAIL);
}
END_TEST

START_TEST(never_waits_the_whole_window)
{
    fake_turn(fake, "dev", 1, 30 * SIM_NS_PER_S + 1, 1, false);
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, "
                                "never: true, within: 30s}\n",
                                "1"),
                     VERDICT_PASS);
    ck_assert_int_ge(core_now(fake->core), 30 * SIM_NS_PER_S);
}
END_TEST

START_TEST(never_fails_at_the_first_time)
{
    fake_turn(fake, "dev", 1, 30 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, "
                                "never: true, within: 30s}\n",
                                "1"),
                     VERDICT_FAIL);
    ck_assert_str_eq(step("1")->reason, "it happened, after 30.000 s");
}
END_TEST

#define TURNS(tolerance)                                                                           \
    "  - mark: m\n"                                                                                \
    "  - {check: signal.read, to: dev, expect: {value: 1}, turns: {at: 10m, since: m, "            \
    "tolerance: " tolerance "}}\n"

START_TEST(turns_measures_the_edge)
{
    fake_turn(fake, "dev", 1, 600 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_PASS);
    ck_assert_int_eq(step("2")->measured_ns, 600 * SIM_NS_PER_S);
    ck_assert_str_eq(step("2")->tolerance, "5s");
    ck_assert_ptr_nonnull(strstr(step("2")->measured, "edge at 600.000 s"));
}
END_TEST

START_TEST(turns_finds_an_edge_that_nobody_reports)
{
    fake_turn(fake, "dev", 1, 600 * SIM_NS_PER_S, 1, true);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_PASS);
    ck_assert_int_eq(step("2")->measured_ns, 600 * SIM_NS_PER_S);
}
END_TEST

START_TEST(turns_takes_both_ends_of_its_tolerance)
{
    fake_turn(fake, "dev", 1, (600 + 5) * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_PASS);
    ck_assert_int_eq(step("2")->measured_ns, 605 * SIM_NS_PER_S);
}
END_TEST

START_TEST(turns_takes_the_early_end_of_its_tolerance)
{
    fake_turn(fake, "dev", 1, (600 - 5) * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_PASS);
}
END_TEST

START_TEST(turns_too_early_fails)
{
    fake_turn(fake, "dev", 1, (600 - 5) * SIM_NS_PER_S - 1, 1, false);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_FAIL);
    ck_assert_ptr_nonnull(strstr(step("2")->reason, "it turned too early"));
}
END_TEST

START_TEST(turns_too_early_fails_also_when_nobody_reports)
{
    fake_turn(fake, "dev", 1, 594 * SIM_NS_PER_S, 1, true);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_FAIL);
}
END_TEST

START_TEST(turns_too_late_fails)
{
    fake_turn(fake, "dev", 1, (600 + 5) * SIM_NS_PER_S + 1, 1, false);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_FAIL);
    ck_assert_ptr_nonnull(strstr(step("2")->reason, "it did not turn"));
}
END_TEST

START_TEST(turns_back_fails)
{
    fake_turn(fake, "dev", 1, 600 * SIM_NS_PER_S, 1, false);
    fake_turn(fake, "dev", 1, 602 * SIM_NS_PER_S, 0, false);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_FAIL);
}
END_TEST

START_TEST(turns_without_tolerance_is_exact)
{
    fake_turn(fake, "dev", 1, 600 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of(TURNS("0s"), "2"), VERDICT_PASS);
}
END_TEST

START_TEST(turns_that_began_after_the_edge_is_partial)
{
    fake_turn(fake, "dev", 1, 590 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of("  - mark: m\n  - wait: 11m\n"
                                "  - {check: signal.read, to: dev, expect: {value: 1}, "
                                "turns: {at: 10m, since: m, tolerance: 5s}}\n",
                                "3"),
                     VERDICT_PARTIAL);
    ck_assert_int_eq(run.verdict, VERDICT_PARTIAL);
}
END_TEST

START_TEST(every_member_has_its_own_edge)
{
    fake_turn(fake, "pair", 1, 600 * SIM_NS_PER_S, 1, false);
    fake_turn(fake, "pair", 2, 610 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: pair, expect: {value: 1}, "
                                "turns: {at: 10m, tolerance: 5s}}\n",
                                "1"),
                     VERDICT_FAIL);
    ck_assert_uint_eq(step("1")->members_failed.count, 1);
    ck_assert_str_eq(step("1")->members_failed.items[0], "pair[2]: value: 0, result: ok");
    ck_assert_ptr_nonnull(strstr(step("1")->reason, "1 of 2 members"));
}
END_TEST

START_TEST(totals_are_of_the_whole_role)
{
    fake_turn(fake, "pair", 1, 1 * SIM_NS_PER_S, 3, false);
    fake_turn(fake, "pair", 2, 2 * SIM_NS_PER_S, 4, false);
    ck_assert_int_eq(verdict_of("  - {check: signal.read, to: pair, expect: {high: 2, sum: 7, "
                                "least: 3, most: 4}, within: 5s}\n",
                                "1"),
                     VERDICT_PASS);
    ck_assert_int_eq(step("1")->measured_ns, 2 * SIM_NS_PER_S);
}
END_TEST

START_TEST(asking_that_reports_a_change_comes_to_rest)
{
    ck_assert_int_eq(
        verdict_of("  - {check: signal.touch, to: dev, expect: {value: 0}, never: true, "
                   "within: 10s}\n",
                   "1"),
        VERDICT_PASS);
    ck_assert_uint_lt(fake_member(fake, "dev", 1)->asked, 40);
}
END_TEST

START_TEST(a_bench_that_polls_adds_its_slack)
{
    fake->stage.poll_ns = 500 * SIM_NS_PER_MS;
    fake->stage.slack_ns = 2 * SIM_NS_PER_S;
    fake->stage.factor = 1.5;
    fake_turn(fake, "dev", 1, 9 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(
        verdict_of("  - {check: signal.read, to: dev, expect: {value: 1}, within: 5s}\n", "1"),
        VERDICT_PASS); // 5 s x 1.5 + 2 s.
    ck_assert_int_eq(step("1")->measured_ns, 9 * SIM_NS_PER_S);
    ck_assert_str_eq(step("1")->tolerance, "2s (the bench's slack; the scenario says 0)");
}
END_TEST

START_TEST(a_bench_that_polls_asks_once_before_the_window_of_an_edge)
{
    fake->stage.poll_ns = 500 * SIM_NS_PER_MS;
    fake_turn(fake, "dev", 1, 600 * SIM_NS_PER_S, 1, false);
    ck_assert_int_eq(verdict_of(TURNS("5s"), "2"), VERDICT_PASS);
    ck_assert_uint_le(fake_member(fake, "dev", 1)->asked, 1 + 21 + 1);
}
END_TEST

Suite *run_word_suite(void)
{
    Suite *suite = suite_create("run_word");
    TCase *words = tcase_create("words");

    tcase_add_checked_fixture(words, setup, teardown);
    tcase_add_test(words, now_is_asked_once);
    tcase_add_test(words, now_that_is_not_so_fails_with_both_values);
    tcase_add_test(words, within_is_measured_at_the_change);
    tcase_add_test(words, within_holds_on_its_last_nanosecond);
    tcase_add_test(words, within_fails_one_nanosecond_later);
    tcase_add_test(words, within_sees_what_nobody_reports);
    tcase_add_test(words, within_counts_from_a_mark);
    tcase_add_test(words, holds_to_the_end_of_its_window);
    tcase_add_test(words, holds_fails_at_a_blink);
    tcase_add_test(words, within_and_holds_go_one_after_the_other);
    tcase_add_test(words, within_and_holds_fail_when_it_goes_back);
    tcase_add_test(words, never_waits_the_whole_window);
    tcase_add_test(words, never_fails_at_the_first_time);
    tcase_add_test(words, turns_measures_the_edge);
    tcase_add_test(words, turns_finds_an_edge_that_nobody_reports);
    tcase_add_test(words, turns_takes_both_ends_of_its_tolerance);
    tcase_add_test(words, turns_takes_the_early_end_of_its_tolerance);
    tcase_add_test(words, turns_too_early_fails);
    tcase_add_test(words, turns_too_early_fails_also_when_nobody_reports);
    tcase_add_test(words, turns_too_late_fails);
    tcase_add_test(words, turns_back_fails);
    tcase_add_test(words, turns_without_tolerance_is_exact);
    tcase_add_test(words, turns_that_began_after_the_edge_is_partial);
    tcase_add_test(words, every_member_has_its_own_edge);
    tcase_add_test(words, totals_are_of_the_whole_role);
    tcase_add_test(words, asking_that_reports_a_change_comes_to_rest);
    tcase_add_test(words, a_bench_that_polls_adds_its_slack);
    tcase_add_test(words, a_bench_that_polls_asks_once_before_the_window_of_an_edge);
    suite_add_tcase(suite, words);
    return suite;
}
