// SPDX-License-Identifier: Apache-2.0
// The turn on each clock: order, leaps, holds, advance, and the event hash.
#include "sim/core/core.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/loop.h"

#define TRACE_MAX 64

static struct {
    char text[TRACE_MAX];
    size_t length;
} trace;

static void trace_reset(void)
{
    memset(&trace, 0, sizeof(trace));
}

static void on_timer(struct timer *timer, void *user)
{
    (void)timer;
    ck_assert(trace.length < TRACE_MAX - 1);
    trace.text[trace.length++] = *(const char *)user;
}

static struct core *jump_core(void)
{
    struct core_options options = {.mode = CLOCK_JUMP, .utc_start_ns = 1000, .seed = 7};

    trace_reset();
    return core_new(&options);
}

START_TEST(equal_times_fire_in_the_order_they_were_started)
{
    struct core *core = jump_core();
    struct core_until until = {.until_ns = SIM_TIME_NEVER};
    struct timer timers[4];
    static char names[] = "abcd";

    for (size_t i = 0; i < 4; i++)
        timer_init(&timers[i], core_timers(core), NULL, on_timer, &names[i]);
    timer_start(&timers[3], 5);
    timer_start(&timers[1], 10);
    timer_start(&timers[0], 10);
    timer_start(&timers[2], 10);
    ck_assert_int_eq(core_run(core, &until), CORE_IDLE);
    ck_assert_str_eq(trace.text, "dbac");
    ck_assert_int_eq(core_now(core), 10);
    ck_assert_int_eq(core_utc_ns(core), 1010);
    core_free(&core);
}
END_TEST

START_TEST(the_jump_clock_stops_exactly_at_the_deadline)
{
    struct core *core = jump_core();
    struct core_until until = {.until_ns = 1000 * SIM_NS_PER_S};
    struct timer late;

    timer_init(&late, core_timers(core), NULL, on_timer, "x");
    timer_start(&late, 1000 * SIM_NS_PER_S);
    ck_assert_int_eq(core_run(core, &until), CORE_DEADLINE);
    ck_assert_str_eq(trace.text, "x");
    timer_start(&late, 1);
    ck_assert_int_eq(core_run(core, &until), CORE_DEADLINE);
    ck_assert_str_eq(trace.text, "x");
    core_free(&core);
}
END_TEST

START_TEST(a_paused_domain_fires_late_and_in_order)
{
    struct core *core = jump_core();
    struct core_until until = {.until_ns = 20};
    struct timer_domain domain = {0};
    struct timer timers[3];

    timer_init(&timers[0], core_timers(core), &domain, on_timer, "a");
    timer_init(&timers[1], core_timers(core), &domain, on_timer, "b");
    timer_init(&timers[2], core_timers(core), NULL, on_timer, "c");
    for (size_t i = 0; i < 3; i++)
        timer_start(&timers[i], (sim_time_ns)i + 1);
    timer_domain_pause(&domain);
    core_run(core, &until);
    ck_assert_str_eq(trace.text, "c");
    ck_assert(timer_running(&timers[0]));
    timer_domain_resume(&domain);
    until.until_ns = 21;
    core_run(core, &until);
    ck_assert_str_eq(trace.text, "cab");
    timer_domain_pause(&domain);
    timer_start(&timers[1], 1);
    until.until_ns = 30;
    core_run(core, &until);
    timer_stop(&timers[1]);
    ck_assert(!timer_running(&timers[1]));
    timer_domain_resume(&domain);
    until.until_ns = 40;
    core_run(core, &until);
    ck_assert_str_eq(trace.text, "cab");
    core_free(&core);
}
END_TEST

struct poster {
    struct core *core;
    struct core_work work;
    int left;
};

static void on_work(void *user)
{
    struct poster *poster = user;

    if (--poster->left > 0)
        core_post(poster->core, &poster->work);
}

START_TEST(posted_work_runs_before_time_moves)
{
    struct core *core = jump_core();
    struct core_until until = {.until_ns = SIM_TIME_NEVER};
    struct poster poster = {.core = core, .left = 10000};
    struct timer timer;

    poster.work = (struct core_work){.fn = on_work, .user = &poster};
    timer_init(&timer, core_timers(core), NULL, on_timer, "t");
    timer_start(&timer, 1);
    core_post(core, &poster.work);
    core_post(core, &poster.work);
    ck_assert_int_eq(core_run(core, &until), CORE_IDLE);
    ck_assert_int_eq(poster.left, 0);
    core_post(core, &poster.work);
    core_cancel(core, &poster.work);
    core_run(core, &until);
    ck_assert_int_eq(poster.left, 0);
    core_free(&core);
}
END_TEST

struct answer {
    struct core *core;
    sim_time_ns at_ns;
};

static void on_answer(struct loop_io *io, int revents, void *user)
{
    struct answer *answer = user;
    char byte;

    (void)revents;
    ck_assert_int_eq(read(loop_io_fd(io), &byte, 1), 1);
    answer->at_ns = core_now(answer->core);
    core_release(answer->core);
}

START_TEST(a_held_world_does_not_leap_until_the_answer_came)
{
    struct core *core = jump_core();
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .wall_ns = 5 * SIM_NS_PER_S};
    struct answer answer = {.core = core, .at_ns = -1};
    struct timer timer;
    struct loop_io *io;
    int pipe_fds[2];

    ck_assert_int_eq(pipe(pipe_fds), 0);
    io = loop_io_new(core_loop(core), pipe_fds[0], LOOP_READ, on_answer, &answer);
    timer_init(&timer, core_timers(core), NULL, on_timer, "t");
    timer_start(&timer, 3600 * SIM_NS_PER_S);
    core_hold(core);
    ck_assert_int_eq(write(pipe_fds[1], "x", 1), 1);
    ck_assert_int_eq(core_run(core, &until), CORE_IDLE);
    ck_assert_int_eq(answer.at_ns, 0);
    ck_assert_str_eq(trace.text, "t");
    loop_io_free(&io);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    core_free(&core);
}
END_TEST

START_TEST(a_hold_that_is_never_released_ends_with_the_budget)
{
    struct core *core = jump_core();
    struct core_until until = {.until_ns = SIM_NS_PER_S, .wall_ns = 20 * SIM_NS_PER_MS};

    core_hold(core);
    ck_assert_int_eq(core_run(core, &until), CORE_BUDGET);
    ck_assert_int_eq(core_now(core), 0);
    core_free(&core);
}
END_TEST

START_TEST(a_held_clock_moves_only_by_advance)
{
    struct core_options options = {.mode = CLOCK_HOLD};
    struct core *core = core_new(&options);
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .wall_ns = 10 * SIM_NS_PER_MS};
    struct timer timer;

    trace_reset();
    timer_init(&timer, core_timers(core), NULL, on_timer, "t");
    timer_start(&timer, 90 * SIM_NS_PER_S);
    ck_assert_int_eq(core_run(core, &until), CORE_BUDGET);
    ck_assert_int_eq(core_now(core), 0);
    core_advance(core, 89 * SIM_NS_PER_S);
    ck_assert_str_eq(trace.text, "");
    core_advance(core, SIM_NS_PER_S);
    ck_assert_str_eq(trace.text, "t");
    ck_assert_int_eq(core_now(core), 90 * SIM_NS_PER_S);
    core_free(&core);
}
END_TEST

static void on_timer_stop(struct timer *timer, void *user)
{
    (void)timer;
    core_stop(user);
}

START_TEST(a_stop_ends_an_advance)
{
    struct core_options options = {.mode = CLOCK_HOLD};
    struct core *core = core_new(&options);
    struct timer timer;

    timer_init(&timer, core_timers(core), NULL, on_timer_stop, core);
    timer_start(&timer, 7 * SIM_NS_PER_S);
    core_advance(core, 60 * SIM_NS_PER_S);
    ck_assert_int_eq(core_now(core), 7 * SIM_NS_PER_S);
    core_advance(core, SIM_NS_PER_S);
    ck_assert_int_eq(core_now(core), 8 * SIM_NS_PER_S);
    core_free(&core);
}
END_TEST

static void on_answered(struct loop_timer *timer, void *user)
{
    struct core *core = user;

    (void)timer;
    ck_assert_int_eq(core_now(core), 0);
    core_release_peer(core);
}

START_TEST(an_advance_waits_for_who_owes_an_answer)
{
    struct core_options options = {.mode = CLOCK_HOLD};
    struct core *core = core_new(&options);
    struct loop_timer *answer = loop_timer_new(core_loop(core), on_answered, core);

    core_hold_for_peer(core);
    loop_timer_start(answer, 5 * SIM_NS_PER_MS);
    core_advance(core, 60 * SIM_NS_PER_S);
    ck_assert_int_eq(core_now(core), 60 * SIM_NS_PER_S);
    ck_assert_uint_eq(core_holds(core), 0);
    loop_timer_free(&answer);
    core_free(&core);
}
END_TEST

static void on_leap(void *user, sim_time_ns from_ns, sim_time_ns to_ns)
{
    struct answer *answer = user;

    ck_assert_int_gt(to_ns, from_ns);
    answer->at_ns = to_ns;
    core_leaped(answer->core);
}

START_TEST(a_real_clock_leaps_with_the_clock_that_follows_it)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1};
    struct core *core = core_new(&options);
    struct core_until until = {.until_ns = 3600 * SIM_NS_PER_S, .wall_ns = 5 * SIM_NS_PER_S};
    struct answer answer = {.core = core};
    struct timer timer;

    trace_reset();
    core_set_leaper(core, on_leap, &answer);
    timer_init(&timer, core_timers(core), NULL, on_timer, "t");
    timer_start(&timer, 600 * SIM_NS_PER_S);
    ck_assert_int_eq(core_run(core, &until), CORE_DEADLINE);
    ck_assert_str_eq(trace.text, "t");
    ck_assert_int_eq(answer.at_ns, 3600 * SIM_NS_PER_S);
    core_free(&core);
}
END_TEST

START_TEST(a_fast_clock_runs_at_its_speed)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1000};
    struct core *core = core_new(&options);
    struct core_until until = {.until_ns = 10 * SIM_NS_PER_S};
    int64_t began_ns = loop_host_ns();
    int64_t took_ns;

    ck_assert_int_eq(core_run(core, &until), CORE_DEADLINE);
    took_ns = loop_host_ns() - began_ns;
    ck_assert_int_ge(took_ns, 9 * SIM_NS_PER_MS);
    ck_assert_int_ge(core_now(core), 10 * SIM_NS_PER_S);
    core_free(&core);
}
END_TEST

START_TEST(the_event_hash_depends_on_time_kind_id_and_bytes)
{
    char first[CORE_HASH_ROOM];
    char second[CORE_HASH_ROOM];
    struct core *left = jump_core();
    struct core *right = jump_core();

    core_event(left, "wire", "q1", "abc", 3);
    core_event(right, "wire", "q1", "abc", 3);
    ck_assert_str_eq(core_event_hash(left, first), core_event_hash(right, second));
    core_event(left, "wire", "q1", "ab", 2);
    core_event(right, "wire", "q1a", "b", 1);
    ck_assert_str_ne(core_event_hash(left, first), core_event_hash(right, second));
    ck_assert_uint_eq(core_events(left), 2);
    core_free(&left);
    core_free(&right);
}
END_TEST

START_TEST(a_heap_of_many_random_timers_stays_sorted)
{
    struct core *core = jump_core();
    struct core_until until = {.until_ns = SIM_TIME_NEVER};
    struct timer *many = calloc(5000, sizeof(*many));

    for (unsigned i = 0; i < 5000; i++) {
        timer_init(&many[i], core_timers(core), NULL, on_timer, "");
        timer_start(&many[i], (sim_time_ns)(i * 2654435761u % 100000));
    }
    for (unsigned i = 0; i < 5000; i += 3)
        timer_stop(&many[i]);
    trace.length = 0;
    while (timers_count(core_timers(core)) > 0) {
        sim_time_ns next_ns = timers_next(core_timers(core));

        ck_assert_int_ge(next_ns, core_now(core));
        until.until_ns = next_ns;
        trace.length = 0;
        core_run(core, &until);
    }
    free(many);
    core_free(&core);
}
END_TEST

Suite *core_suite(void)
{
    Suite *suite = suite_create("core");
    TCase *tcase = tcase_create("turn");

    tcase_add_test(tcase, equal_times_fire_in_the_order_they_were_started);
    tcase_add_test(tcase, the_jump_clock_stops_exactly_at_the_deadline);
    tcase_add_test(tcase, a_paused_domain_fires_late_and_in_order);
    tcase_add_test(tcase, posted_work_runs_before_time_moves);
    tcase_add_test(tcase, a_held_world_does_not_leap_until_the_answer_came);
    tcase_add_test(tcase, a_hold_that_is_never_released_ends_with_the_budget);
    tcase_add_test(tcase, a_held_clock_moves_only_by_advance);
    tcase_add_test(tcase, a_stop_ends_an_advance);
    tcase_add_test(tcase, an_advance_waits_for_who_owes_an_answer);
    tcase_add_test(tcase, a_real_clock_leaps_with_the_clock_that_follows_it);
    tcase_add_test(tcase, a_fast_clock_runs_at_its_speed);
    tcase_add_test(tcase, the_event_hash_depends_on_time_kind_id_and_bytes);
    tcase_add_test(tcase, a_heap_of_many_random_timers_stays_sorted);
    suite_add_tcase(suite, tcase);
    return suite;
}
