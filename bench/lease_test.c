// SPDX-License-Identifier: Apache-2.0
// Leases: one owner at a time, a dead one is none, another host's heartbeat counts.
#include "bench/lease.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"

#define MINUTE_NS (60 * SIM_NS_PER_S)

static char folder[64];
static char bench[96];
static char lease_path[128];
static struct core *core;
static int lost;

static void open_all(void)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1};

    snprintf(folder, sizeof(folder), "/tmp/bench-lease-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(bench, sizeof(bench), "%s/b.yaml", folder);
    snprintf(lease_path, sizeof(lease_path), "%s.lease", bench);
    core = core_new(&options);
    lost = 0;
}

static void close_all(void)
{
    core_free(&core);
    unlink(lease_path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void on_lost(void *user, int err)
{
    (void)user;
    lost = err;
}

static int take(struct lease **ret, char **ret_why)
{
    return lease_take(core, bench, MINUTE_NS, 20 * SIM_NS_PER_MS, on_lost, NULL, ret, ret_why);
}

START_TEST(a_second_taker_is_told_who_has_it)
{
    struct lease *first = NULL;
    struct lease *second = NULL;
    char *why = NULL;
    char *pid = str_format("process %ld on ", (long)getpid());

    ck_assert_int_eq(take(&first, &why), 0);
    ck_assert_int_eq(take(&second, &why), ERR_EXISTS);
    ck_assert_msg(strstr(why, pid) && strstr(why, "since 20"), "%s", why);
    free(why);
    lease_release(&first);
    ck_assert_ptr_null(first);
    ck_assert_int_eq(access(lease_path, F_OK), -1);
    ck_assert_int_eq(take(&second, &why), 0);
    lease_release(&second);
    lease_release(&second);
    free(pid);
}
END_TEST

// The owner is killed without a chance to clear up.
START_TEST(a_dead_owners_lease_is_free)
{
    struct lease *lease = NULL;
    char *why = NULL;
    int ready[2];
    char byte;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        byte = take(&lease, &why) == 0;
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(1);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 1);
    ck_assert_int_eq(take(&lease, &why), ERR_EXISTS);
    free(why);
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq(access(lease_path, F_OK), 0);
    ck_assert_int_eq(take(&lease, &why), 0);
    lease_release(&lease);
    close(ready[0]);
    close(ready[1]);
}
END_TEST

static void write_lease(const char *host, int64_t beat_utc_ns)
{
    FILE *file = fopen(lease_path, "we");

    fprintf(file,
            "pid 4711 host %s since 2026-01-15T08:00:00.000Z beat %" PRId64 " for %" PRId64 "\n",
            host, beat_utc_ns, MINUTE_NS);
    fclose(file);
}

// A shared folder, where the lock of another host may not be seen here.
START_TEST(another_hosts_heartbeat_counts_until_it_is_old)
{
    struct lease *lease = NULL;
    char *why = NULL;

    write_lease("elsewhere.example", loop_host_utc_ns());
    ck_assert_int_eq(take(&lease, &why), ERR_EXISTS);
    ck_assert_ptr_nonnull(strstr(why, "process 4711 on elsewhere.example since 2026-01-15"));
    free(why);
    write_lease("elsewhere.example", loop_host_utc_ns() - 2 * MINUTE_NS);
    ck_assert_int_eq(take(&lease, &why), 0);
    lease_release(&lease);
}
END_TEST

static int64_t read_beat(void)
{
    FILE *file = fopen(lease_path, "re");
    int64_t beat_ns = 0;

    ck_assert_int_eq(fscanf(file, "pid %*d host %*s since %*s beat %" SCNd64, &beat_ns), 1);
    fclose(file);
    return beat_ns;
}

static void run_for(int64_t wall_ns)
{
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .wall_ns = wall_ns};

    core_run(core, &until);
}

START_TEST(the_heart_beats)
{
    struct lease *lease = NULL;
    char *why = NULL;
    int64_t first_ns;

    ck_assert_int_eq(take(&lease, &why), 0);
    first_ns = read_beat();
    for (int i = 0; i < 100 && read_beat() == first_ns; i++)
        run_for(20 * SIM_NS_PER_MS);
    ck_assert_int_gt(read_beat(), first_ns);
    ck_assert_int_eq(lost, 0);
    lease_release(&lease);
}
END_TEST

START_TEST(a_lease_that_was_taken_away_is_told)
{
    struct lease *lease = NULL;
    char *why = NULL;

    ck_assert_int_eq(take(&lease, &why), 0);
    ck_assert_int_eq(unlink(lease_path), 0);
    write_lease("elsewhere.example", loop_host_utc_ns());
    for (int i = 0; i < 100 && lost == 0; i++)
        run_for(20 * SIM_NS_PER_MS);
    ck_assert_int_eq(lost, ERR_CLOSED);
    lease_release(&lease);
    ck_assert_int_eq(access(lease_path, F_OK), 0); // The other one's stays.
}
END_TEST

START_TEST(a_folder_that_takes_no_lease_is_said)
{
    struct lease *lease = NULL;
    char *why = NULL;

    ck_assert_int_lt(
        lease_take(core, "/nonexistent/b.yaml", MINUTE_NS, MINUTE_NS, on_lost, NULL, &lease, &why),
        0);
    ck_assert_ptr_nonnull(strstr(why, "/nonexistent/b.yaml.lease"));
    ck_assert_ptr_null(lease);
    free(why);
}
END_TEST

Suite *lease_suite(void)
{
    Suite *suite = suite_create("bench lease");
    TCase *tcase = tcase_create("lease");

    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_test(tcase, a_second_taker_is_told_who_has_it);
    tcase_add_test(tcase, a_dead_owners_lease_is_free);
    tcase_add_test(tcase, another_hosts_heartbeat_counts_until_it_is_old);
    tcase_add_test(tcase, the_heart_beats);
    tcase_add_test(tcase, a_lease_that_was_taken_away_is_told);
    tcase_add_test(tcase, a_folder_that_takes_no_lease_is_said);
    suite_add_tcase(suite, tcase);
    return suite;
}
