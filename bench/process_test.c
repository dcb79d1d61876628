// SPDX-License-Identifier: Apache-2.0
// Starting and ending a process that plays boards. The program started here only writes down how it
// was called; a child of the test opens the control socket that it was told. The real one is met in
// tests that span rooms.
#include "bench/process.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/edge/control.h"

#define TEXT_BYTES 4096

static const char state[] =
    "{\"ready\":true,\"devices\":[],"
    "\"services\":[{\"service\":\"modbus\",\"address\":\"127.77.0.10:20502\",\"device\":\"gw\"},"
    "{\"service\":\"modbus\",\"address\":\"127.77.0.11:20502\",\"device\":\"off\",\"open\":false}],"
    "\"lines\":[{\"line\":\"rs1\",\"path\":\"/dev/pts/9\"}]}";

static char folder[64];
static char *binary;
static char *notes;
static struct core *core;
static struct bench_file *file;

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *out = fopen(path, "we");

    fputs(text, out);
    fclose(out);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static void open_all(void)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1};
    struct diag *diag = diag_new();
    char *path;

    unsetenv("TMPDIR");
    snprintf(folder, sizeof(folder), "/tmp/bench-process-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    binary = str_format("%s/binary", folder);
    notes = str_format("%s/notes", folder);
    path = str_format("%s/bench.yaml", folder);
    write_file(path,
               "testbay-bench: 1\nname: b\nsecrets: {night-key: Se-cret1}\n"
               "process: {site: w.yaml, port_offset: 4000, lines: [rs1]}\ntargets:\n"
               "  gw: {adapter: board, profile: p, links: {m: {kind: ip, from: process}}}\n",
               0600);
    core = core_new(&options);
    ck_assert_int_eq(bench_file_load(path, diag, &file), 0);
    diag_free(&diag);
    unlink(path);
    free(path);
}

static void close_all(void)
{
    bench_file_free(&file);
    ck_assert_uint_eq(core_holds(core), 0);
    core_free(&core);
    unlink(binary);
    unlink(notes);
    ck_assert_int_eq(rmdir(folder), 0);
    free(binary);
    free(notes);
}

static void make_binary(const char *script)
{
    char *text = str_format("#!/bin/sh\n%s\n", script);

    write_file(binary, text, 0700);
    free(text);
}

static int start(struct process **ret, char **ret_why)
{
    struct process_options options = {
        .core = core, .file = file, .binary = binary, .capture = "/tmp/x.pcapng", .seed = 42};

    return process_start(&options, ret, ret_why);
}

static void on_request(void *user, const char *method, const char *path, const char *body,
                       size_t length, struct control_reply *reply)
{
    unsigned *asked = user;

    (void)body;
    (void)length;
    if (strcmp(method, "GET") != 0 || strcmp(path, "/state") != 0)
        control_reply_json(reply, 404, "{}");
    else if (++*asked < 3)
        control_reply_json(reply, 200, "{\"ready\":false}");
    else
        control_reply_json(reply, 200, state);
}

// The path behind --control in what the program wrote down; false while it has written nothing.
static bool read_socket(char ret[TEXT_BYTES])
{
    FILE *in = fopen(notes, "re");
    bool found = false;

    while (in && !found && fgets(ret, TEXT_BYTES, in))
        found = strcmp(ret, "--control\n") == 0 && fgets(ret, TEXT_BYTES, in) &&
                strchr(ret, '\n') != NULL;
    if (in)
        fclose(in);
    if (found)
        *strchr(ret, '\n') = '\0';
    return found;
}

// Plays the control socket of the program, as a child.
static pid_t serve_socket(void)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1};
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .wall_ns = 20 * SIM_NS_PER_S};
    struct core_until pause = {.until_ns = SIM_TIME_NEVER, .wall_ns = SIM_NS_PER_MS};
    pid_t pid = fork();
    char path[TEXT_BYTES];
    struct control *control;
    struct core *own;
    unsigned asked = 0;

    if (pid != 0)
        return pid;
    own = core_new(&options);
    while (!read_socket(path))
        core_run(own, &pause);
    if (control_new(own, path, on_request, &asked, &control) == 0)
        core_run(own, &until);
    _exit(0);
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

// The whole of the notes, newlines as blanks.
static void read_notes(char ret[TEXT_BYTES])
{
    FILE *in = fopen(notes, "re");
    size_t length = fread(ret, 1, TEXT_BYTES - 1, in);

    fclose(in);
    ret[length] = '\0';
    for (char *at = ret; *at; at++)
        if (*at == '\n')
            *at = ' ';
}

static char *note_script(const char *rest)
{
    // Written beside and renamed, so that a reader never sees half of it.
    return str_format("{ printf '%%s\\n' \"$@\" \"$$\" \"$TESTBAY_SECRET_NIGHT_KEY\"; } > %s.new\n"
                      "mv %s.new %s\n%s",
                      notes, notes, notes, rest);
}

static void begin(const char *rest, struct process **ret, pid_t *ret_child)
{
    char *script = note_script(rest);
    char *why = NULL;
    int err;

    make_binary(script);
    *ret_child = serve_socket();
    err = start(ret, &why);
    ck_assert_msg(err == 0, "%s", why);
    free(script);
}

START_TEST(it_is_called_as_the_file_says)
{
    struct process *process = NULL;
    char said[TEXT_BYTES];
    char *expected = str_format("serve %s/w.yaml --listen loopback --port-offset 4000 --clock real "
                                "--seed 42 --control /tmp/testbay-",
                                folder);
    pid_t child;

    begin("exec sleep 60", &process, &child);
    read_notes(said);
    ck_assert_msg(strncmp(said, expected, strlen(expected)) == 0, "%s", said);
    ck_assert_ptr_nonnull(strstr(said, "--pty rs1=/tmp/testbay-"));
    ck_assert_ptr_nonnull(strstr(said, "--capture /tmp/x.pcapng --quiet"));
    ck_assert_ptr_nonnull(strstr(said, " Se-cret1 "));
    process_stop(&process);
    ck_assert_ptr_null(process);
    end_child(child);
    free(expected);
}
END_TEST

START_TEST(what_it_says_of_itself_is_kept)
{
    struct process *process = NULL;
    struct address at;
    char text[ADDRESS_TEXT_ROOM];
    pid_t child;

    begin("exec sleep 60", &process, &child);
    at = process_service(process, "gw", "modbus");
    ck_assert_str_eq(address_text(&at, text), "127.77.0.10:20502");
    ck_assert_uint_eq(process_service(process, "gw", "https").family, 0);
    ck_assert_uint_eq(process_service(process, "off", "modbus").family, 0);
    ck_assert_str_eq(process_line(process, "rs1"), "/dev/pts/9");
    ck_assert_ptr_null(process_line(process, "rs2"));
    ck_assert(json_bool(json_get(process_state(process), "ready"), false));
    process_stop(&process);
    end_child(child);
}
END_TEST

static pid_t noted_pid(void)
{
    char said[TEXT_BYTES];
    char *at;

    read_notes(said);
    at = strstr(said, "--quiet ");
    ck_assert_ptr_nonnull(at);
    return (pid_t)strtol(at + 8, NULL, 10);
}

START_TEST(it_is_gone_after_the_end_and_so_is_its_folder)
{
    struct process *process = NULL;
    char *socket_folder;
    pid_t child;
    pid_t pid;

    begin("exec sleep 60", &process, &child);
    pid = noted_pid();
    socket_folder = str_copy(control_link_path(process_link(process)));
    *strrchr(socket_folder, '/') = '\0';
    ck_assert_int_eq(kill(pid, 0), 0);
    ck_assert_int_eq(access(socket_folder, F_OK), 0);
    process_stop(&process);
    ck_assert_int_eq(kill(pid, 0), -1);
    ck_assert_int_eq(errno, ESRCH);
    ck_assert_int_eq(access(socket_folder, F_OK), -1);
    end_child(child);
    free(socket_folder);
}
END_TEST

// A whole owner dies without a word; what it started dies with it.
START_TEST(it_does_not_outlive_its_owner)
{
    struct process *process = NULL;
    int64_t until_ns = loop_host_ns() + 5 * SIM_NS_PER_S;
    struct core_until pause = {.until_ns = SIM_TIME_NEVER, .wall_ns = SIM_NS_PER_MS};
    char path[TEXT_BYTES];
    char *script = note_script("exec sleep 60");
    char *why = NULL;
    pid_t owner;
    pid_t pid;

    make_binary(script);
    owner = fork();
    if (owner == 0) {
        start(&process, &why); // Nobody answers: it waits until it is killed.
        _exit(0);
    }
    while (!read_socket(path) && loop_host_ns() < until_ns)
        core_run(core, &pause);
    pid = noted_pid();
    ck_assert_int_eq(kill(pid, 0), 0);
    end_child(owner);
    while (kill(pid, 0) == 0 && loop_host_ns() < until_ns) {
        char *stat_path = str_format("/proc/%ld/stat", (long)pid);
        FILE *stat_file = fopen(stat_path, "re");
        char letter = 'X';

        if (stat_file && fscanf(stat_file, "%*d %*s %c", &letter) != 1)
            letter = 'X';
        if (stat_file)
            fclose(stat_file);
        free(stat_path);
        if (letter == 'Z' || letter == 'X') // Dead; whoever adopted it has not looked yet.
            break;
        core_run(core, &pause);
    }
    ck_assert_int_lt(loop_host_ns(), until_ns);
    *strrchr(path, '/') = '\0';
    ck_assert_int_eq(strncmp(path, "/tmp/testbay-", 13), 0);
    why = str_format("%s/log", path);
    unlink(why);
    rmdir(path);
    free(why);
    free(script);
}
END_TEST

START_TEST(one_that_ends_at_once_is_quoted)
{
    struct process *process = NULL;
    char *why = NULL;

    make_binary("echo 'the site has no device' >&2; echo 'second line'; exit 2");
    ck_assert_int_eq(start(&process, &why), ERR_CLOSED);
    ck_assert_ptr_null(process);
    ck_assert_msg(strstr(why, "ended; it said: the site has no device second line"), "%s", why);
    free(why);
}
END_TEST

START_TEST(one_that_is_not_there_is_said)
{
    struct process *process = NULL;
    char *why = NULL;

    ck_assert_int_eq(start(&process, &why), ERR_CLOSED);
    ck_assert_msg(strstr(why, "it said nothing"), "%s", why);
    free(why);
}
END_TEST

Suite *process_suite(void)
{
    Suite *suite = suite_create("bench process");
    TCase *tcase = tcase_create("process");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_test(tcase, it_is_called_as_the_file_says);
    tcase_add_test(tcase, what_it_says_of_itself_is_kept);
    tcase_add_test(tcase, it_is_gone_after_the_end_and_so_is_its_folder);
    tcase_add_test(tcase, it_does_not_outlive_its_owner);
    tcase_add_test(tcase, one_that_ends_at_once_is_quoted);
    tcase_add_test(tcase, one_that_is_not_there_is_said);
    suite_add_tcase(suite, tcase);
    return suite;
}
