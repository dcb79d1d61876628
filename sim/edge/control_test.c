// SPDX-License-Identifier: Apache-2.0
// The control socket with curl as the independent client, with our own client, and with clients
// that behave badly.
#include "sim/edge/control.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "sim/edge/control_client.h"
#include "sim/edge/edge_test.h"
#include "sim/edge/edge_test_client.h"

extern char **environ;

#define LATE_NS (30 * SIM_NS_PER_MS)

struct scene {
    struct core *core;
    struct control *control;
    char path[64];
    struct loop_timer *timer;
    struct control_reply *late; // Answered by the timer.
    char method[8];
    char asked[256];
    struct str body;
    unsigned requests;
    struct str answer; // What our own client got.
    int error;
    unsigned status;
    unsigned answers;
    unsigned wanted;
    pid_t child;
    int child_status;
};

static void on_late(struct loop_timer *timer, void *user)
{
    struct scene *scene = user;

    (void)timer;
    control_reply_json(scene->late, 200, "{\"late\": true}");
    scene->late = NULL;
}

// Answers with what it was asked; "/late" later, "/never" not at all, "/big" with 3 MB.
static void on_request(void *user, const char *method, const char *path, const char *body,
                       size_t length, struct control_reply *reply)
{
    struct scene *scene = user;
    struct str text = {0};

    scene->requests++;
    snprintf(scene->method, sizeof(scene->method), "%s", method);
    snprintf(scene->asked, sizeof(scene->asked), "%s", path);
    ck_assert_uint_eq(strlen(body), length);
    str_clear(&scene->body);
    str_add(&scene->body, body, length);
    if (strcmp(path, "/never") == 0)
        return;
    if (strcmp(path, "/late") == 0) {
        scene->late = reply;
        loop_timer_start(scene->timer, LATE_NS);
        return;
    }
    for (size_t i = 0; strcmp(path, "/big") == 0 && i < 3000000; i += 10)
        str_adds(&text, "0123456789");
    if (text.length == 0)
        str_addf(&text, "{\"bytes\": %zu}", length);
    control_reply_json(reply, strcmp(path, "/nothing") == 0 ? 404 : 200, str_text(&text));
    str_done(&text);
}

static struct scene *scene_new(enum clock_mode mode)
{
    struct scene *scene = mem_new(1, sizeof(*scene));

    signal(SIGPIPE, SIG_IGN);
    scene->core = edge_test_core(mode);
    scene->timer = loop_timer_new(core_loop(scene->core), on_late, scene);
    snprintf(scene->path, sizeof(scene->path), "/tmp/testbay-control-test-%d", (int)getpid());
    unlink(scene->path);
    ck_assert_int_eq(control_new(scene->core, scene->path, on_request, scene, &scene->control), 0);
    return scene;
}

static void scene_free(struct scene *scene)
{
    control_free(&scene->control);
    loop_timer_free(&scene->timer);
    core_free(&scene->core);
    str_done(&scene->body);
    str_done(&scene->answer);
    free(scene);
}

// ---- curl --------------------------------------------------------------------------------------

static bool child_ended(void *user)
{
    struct scene *scene = user;

    return waitpid(scene->child, &scene->child_status, WNOHANG) == scene->child;
}

static void tick(struct loop_timer *timer, void *user)
{
    (void)user;
    loop_timer_start(timer, 5 * SIM_NS_PER_MS);
}

// Runs `curl --unix-socket ... ARGUMENTS`, standard output into `ret`; returns its exit status.
static int run_curl(struct scene *scene, const char *const arguments[], struct str *ret)
{
    struct loop_timer *timer = loop_timer_new(core_loop(scene->core), tick, NULL);
    char *all[24] = {"curl", "-s", "-m", "20", "-w", "%{http_code}", "--unix-socket", scene->path};
    posix_spawn_file_actions_t actions;
    char chunk[65536];
    char file[] = "/tmp/testbay-curl-XXXXXX";
    int out = mkstemp(file);
    ssize_t length;

    unlink(file);
    for (size_t i = 0; arguments[i]; i++)
        all[8 + i] = (char *)arguments[i];
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ck_assert_int_eq(posix_spawnp(&scene->child, "curl", &actions, NULL, all, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    loop_timer_start(timer, 0);
    ck_assert(edge_test_run(scene->core, child_ended, scene));
    loop_timer_free(&timer);
    str_clear(ret);
    lseek(out, 0, SEEK_SET);
    while ((length = read(out, chunk, sizeof(chunk))) > 0)
        str_add(ret, chunk, (size_t)length);
    close(out);
    return WIFEXITED(scene->child_status) ? WEXITSTATUS(scene->child_status) : -1;
}

START_TEST(curl_asks_and_is_answered)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct str out = {0};

    ck_assert_int_eq(
        run_curl(scene, (const char *[]){"http://x/read?device=q%201&point=a+b", NULL}, &out), 0);
    ck_assert_str_eq(str_text(&out), "{\"bytes\": 0}200");
    ck_assert_str_eq(scene->method, "GET");
    ck_assert_str_eq(scene->asked, "/read?device=q%201&point=a+b");
    ck_assert_int_eq(run_curl(scene,
                              (const char *[]){"-d", "{\"by\": \"10m\"}", "http://x/advance", NULL},
                              &out),
                     0);
    ck_assert_str_eq(str_text(&out), "{\"bytes\": 13}200");
    ck_assert_str_eq(scene->method, "POST");
    ck_assert_str_eq(str_text(&scene->body), "{\"by\": \"10m\"}");
    ck_assert_int_eq(run_curl(scene, (const char *[]){"-X", "POST", "http://x/stop", NULL}, &out),
                     0);
    ck_assert_str_eq(str_text(&out), "{\"bytes\": 0}200");
    ck_assert_int_eq(run_curl(scene, (const char *[]){"http://x/nothing", NULL}, &out), 0);
    ck_assert_str_eq(str_text(&out), "{\"bytes\": 0}404");
    str_done(&out);
    scene_free(scene);
}
END_TEST

START_TEST(an_answer_may_come_later_and_be_long)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct str out = {0};
    int64_t begun_ns = loop_host_ns();

    ck_assert_int_eq(run_curl(scene, (const char *[]){"http://x/late", "http://x/a", NULL}, &out),
                     0);
    ck_assert_str_eq(str_text(&out), "{\"late\": true}200{\"bytes\": 0}200");
    ck_assert_int_ge(loop_host_ns() - begun_ns, LATE_NS);
    ck_assert_int_eq(run_curl(scene, (const char *[]){"http://x/big", NULL}, &out), 0);
    ck_assert_uint_eq(out.length, 3000003);
    str_done(&out);
    scene_free(scene);
}
END_TEST

START_TEST(a_body_has_its_limit)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct str out = {0};
    char file[] = "/tmp/testbay-body-XXXXXX";
    char *argument;
    char block[4096];
    int fd = mkstemp(file);

    memset(block, 'y', sizeof(block));
    argument = str_format("@%s", file);
    for (int i = 0; i < CONTROL_BODY_BYTES_MAX / 4096; i++)
        ck_assert_int_eq(write(fd, block, sizeof(block)), sizeof(block));
    ck_assert_int_eq(
        run_curl(scene, (const char *[]){"--data-binary", argument, "http://x/a", NULL}, &out), 0);
    ck_assert_str_eq(str_text(&out), "{\"bytes\": 1048576}200");
    ck_assert_int_eq(write(fd, "y", 1), 1);
    run_curl(scene, (const char *[]){"--data-binary", argument, "http://x/a", NULL}, &out);
    ck_assert_ptr_nonnull(strstr(str_text(&out), "413"));
    ck_assert_uint_eq(scene->requests, 1);
    close(fd);
    unlink(file);
    free(argument);
    str_done(&out);
    scene_free(scene);
}
END_TEST

// ---- Plain sockets -----------------------------------------------------------------------------

static int plain_client(const struct scene *scene)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", scene->path);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static size_t count(const struct edge_bytes *bytes, const char *what)
{
    size_t found = 0;
    const uint8_t *at = bytes->data;

    while ((at = memmem(at, bytes->length - (size_t)(at - bytes->data), what, strlen(what)))) {
        found++;
        at++;
    }
    return found;
}

#define ASK(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

START_TEST(requests_of_one_client_are_taken_one_at_a_time)
{
    static const char text[] = ASK("/late") ASK("/a") "GET /b HTTP/1.0\r\n\r\n";
    struct scene *scene = scene_new(CLOCK_REAL);
    struct edge_bytes bytes;
    int fd = plain_client(scene);

    ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    edge_test_turns(scene->core, 5);
    ck_assert_uint_eq(scene->requests, 1);
    bytes = edge_wait_bytes(scene->core, fd, SIZE_MAX);
    ck_assert_uint_eq(scene->requests, 3);
    ck_assert_uint_eq(count(&bytes, "HTTP/1.1 200 OK"), 3);
    ck_assert_int_eq(bytes.end, 0); // HTTP/1.0 is closed after its answer.
    free(bytes.data);
    close(fd);
    scene_free(scene);
}
END_TEST

// What a client says, or its leaving, while its request is worked on must not make the loop run for
// nothing: a world on the jump clock would never come to rest.
START_TEST(a_waiting_client_costs_nothing_whatever_it_does)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    int fd = plain_client(scene);

    ck_assert_int_gt(write(fd, ASK("/never"), sizeof(ASK("/never")) - 1), 0);
    edge_test_turns(scene->core, 5);
    ck_assert_uint_eq(scene->requests, 1);
    ck_assert_int_gt(write(fd, "more", 4), 0);
    ck_assert_uint_eq(loop_pass(core_loop(scene->core), 0), 0);
    close(fd);
    ck_assert_uint_eq(loop_pass(core_loop(scene->core), 0), 0);
    scene_free(scene);
}
END_TEST

START_TEST(an_answer_to_a_client_that_has_gone_is_dropped)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct str out = {0};
    int fd = plain_client(scene);

    ck_assert_int_gt(write(fd, ASK("/late"), sizeof(ASK("/late")) - 1), 0);
    edge_test_turns(scene->core, 5);
    ck_assert_ptr_nonnull(scene->late);
    close(fd);
    while (scene->late)
        edge_test_turns(scene->core, 5);
    ck_assert_int_eq(run_curl(scene, (const char *[]){"http://x/a", NULL}, &out), 0);
    str_done(&out);
    scene_free(scene);
}
END_TEST

START_TEST(a_request_may_come_byte_by_byte)
{
    static const char text[] =
        "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    struct scene *scene = scene_new(CLOCK_REAL);
    struct edge_bytes bytes;
    int fd = plain_client(scene);

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        ck_assert_int_eq(write(fd, text + i, 1), 1);
        loop_pass(core_loop(scene->core), 0);
    }
    bytes = edge_wait_bytes(scene->core, fd, SIZE_MAX);
    ck_assert_uint_eq(count(&bytes, "{\"bytes\": 5}"), 1);
    ck_assert_str_eq(str_text(&scene->body), "hello");
    free(bytes.data);
    close(fd);
    scene_free(scene);
}
END_TEST

static const struct {
    const char *text;
    const char *answer;
} insults[] = {
    {"\x16\x03\x01\x02garbage\r\n\r\n", "HTTP/1.1 400"},
    {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505"},
    {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 411"},
};

START_TEST(nonsense_is_refused_and_hurts_nobody)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct edge_bytes bytes;
    int fd = plain_client(scene);

    ck_assert_int_gt(write(fd, insults[_i].text, strlen(insults[_i].text)), 0);
    bytes = edge_wait_bytes(scene->core, fd, SIZE_MAX);
    ck_assert_uint_eq(count(&bytes, insults[_i].answer), 1);
    ck_assert_uint_eq(scene->requests, 0);
    free(bytes.data);
    close(fd);
    scene_free(scene);
}
END_TEST

START_TEST(an_endless_head_is_cut_off)
{
    static char text[200000];
    struct scene *scene = scene_new(CLOCK_REAL);
    struct edge_bytes bytes;
    int fd = plain_client(scene);

    memset(text, 'a', sizeof(text));
    ck_assert_int_gt(write(fd, text, sizeof(text)), CONTROL_HEADER_BYTES_MAX);
    bytes = edge_wait_bytes(scene->core, fd, SIZE_MAX);
    ck_assert_uint_eq(count(&bytes, "HTTP/1.1 431"), 1);
    free(bytes.data);
    close(fd);
    scene_free(scene);
}
END_TEST

START_TEST(a_request_that_dawdles_is_cut_off)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    int64_t begun_ns = loop_host_ns();
    struct edge_bytes bytes;
    int fd = plain_client(scene);
    int idle = plain_client(scene);

    control_set_patience(scene->control, 20 * SIM_NS_PER_MS);
    ck_assert_int_gt(write(fd, "POST /a HTTP/1.1\r\nHost:", 24), 0);
    bytes = edge_wait_bytes(scene->core, fd, SIZE_MAX);
    ck_assert_uint_eq(bytes.length, 0);
    ck_assert_int_ge(loop_host_ns() - begun_ns, 20 * SIM_NS_PER_MS);
    free(bytes.data);
    ck_assert_int_gt(write(idle, ASK("/a"), sizeof(ASK("/a")) - 1), 0); // Only requests are timed.
    bytes = edge_wait_bytes(scene->core, idle, 15);
    ck_assert_uint_eq(count(&bytes, "HTTP/1.1 200 OK"), 1);
    free(bytes.data);
    close(fd);
    close(idle);
    scene_free(scene);
}
END_TEST

// 3 MB that nobody reads: the answer is dropped with its client.
START_TEST(an_answer_that_nobody_reads_is_dropped)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct edge_bytes bytes;
    int fd = plain_client(scene);

    control_set_patience(scene->control, 20 * SIM_NS_PER_MS);
    ck_assert_int_gt(write(fd, ASK("/big"), sizeof(ASK("/big")) - 1), 0);
    edge_test_turns(scene->core, 60);
    bytes = edge_wait_bytes(scene->core, fd, SIZE_MAX);
    ck_assert_uint_lt(bytes.length, 3000000);
    free(bytes.data);
    close(fd);
    scene_free(scene);
}
END_TEST

START_TEST(the_thirty_third_client_is_turned_away)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct edge_bytes bytes;
    int fds[CONTROL_CLIENTS_MAX + 1];

    for (size_t i = 0; i <= CONTROL_CLIENTS_MAX; i++)
        fds[i] = plain_client(scene);
    edge_test_turns(scene->core, CONTROL_CLIENTS_MAX);
    bytes = edge_wait_bytes(scene->core, fds[CONTROL_CLIENTS_MAX], SIZE_MAX);
    ck_assert_uint_eq(bytes.length, 0);
    free(bytes.data);
    ck_assert_int_gt(write(fds[0], ASK("/a"), sizeof(ASK("/a")) - 1), 0);
    bytes = edge_wait_bytes(scene->core, fds[0], 15);
    ck_assert_uint_eq(count(&bytes, "HTTP/1.1 200 OK"), 1);
    free(bytes.data);
    for (size_t i = 0; i <= CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
    scene_free(scene);
}
END_TEST

// ---- The socket file ---------------------------------------------------------------------------

START_TEST(the_file_is_the_owners_alone_and_goes_with_him)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct stat status;

    ck_assert_int_eq(stat(scene->path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0600);
    control_free(&scene->control);
    ck_assert_int_eq(stat(scene->path, &status), -1);
    scene_free(scene);
}
END_TEST

START_TEST(a_stale_file_is_replaced_a_live_one_is_not)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct control *second = NULL;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    ck_assert_int_eq(control_new(scene->core, scene->path, on_request, scene, &second), ERR_EXISTS);
    ck_assert_int_eq(control_new(scene->core, "/dev/null", on_request, scene, &second), ERR_EXISTS);
    control_free(&scene->control);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", scene->path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd); // Its file stays.
    ck_assert_int_eq(control_new(scene->core, scene->path, on_request, scene, &second), 0);
    control_free(&second);
    scene_free(scene);
}
END_TEST

START_TEST(a_path_may_be_too_long)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct control *second = NULL;
    char path[120];

    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    ck_assert_int_eq(control_new(scene->core, path, on_request, scene, &second), ERR_TOO_LONG);
    scene_free(scene);
}
END_TEST

// ---- Our own client ----------------------------------------------------------------------------

static void on_answer(void *user, int error, unsigned status, const char *body, size_t length)
{
    struct scene *scene = user;

    scene->answers++;
    scene->error = error;
    scene->status = status;
    str_clear(&scene->answer);
    str_add(&scene->answer, body, length);
}

static bool answered(void *user)
{
    struct scene *scene = user;

    return scene->answers >= scene->wanted;
}

static void call(struct scene *scene, struct control_client *client, const char *method,
                 const char *path, const char *json, int64_t timeout_ns)
{
    scene->wanted = scene->answers + 1;
    ck_assert_int_eq(control_call(client, method, path, json, timeout_ns, on_answer, scene), 0);
    ck_assert_uint_eq(scene->answers, scene->wanted - 1);
    ck_assert(edge_test_run(scene->core, answered, scene));
}

START_TEST(our_client_asks_and_hears)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct control_client *client = control_client_new(scene->core, scene->path);

    call(scene, client, "POST", "/verb", "{\"device\": \"q1\"}", SIM_NS_PER_S);
    ck_assert_int_eq(scene->error, 0);
    ck_assert_uint_eq(scene->status, 200);
    ck_assert_str_eq(str_text(&scene->answer), "{\"bytes\": 16}");
    ck_assert_str_eq(str_text(&scene->body), "{\"device\": \"q1\"}");
    call(scene, client, "GET", "/read?device=a%26b", NULL, SIM_NS_PER_S);
    ck_assert_str_eq(scene->method, "GET");
    ck_assert_str_eq(scene->asked, "/read?device=a%26b");
    call(scene, client, "POST", "/nothing", NULL, SIM_NS_PER_S);
    ck_assert_str_eq(scene->method, "POST");
    ck_assert_uint_eq(scene->status, 404);
    call(scene, client, "GET", "/big", NULL, SIM_NS_PER_S);
    ck_assert_uint_eq(scene->answer.length, 3000000);
    control_client_free(&client);
    scene_free(scene);
}
END_TEST

START_TEST(many_calls_at_once_all_come_back)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct control_client *client = control_client_new(scene->core, scene->path);

    scene->wanted = 24;
    for (unsigned i = 0; i < scene->wanted; i++)
        ck_assert_int_eq(
            control_call(client, "GET", "/state", NULL, 5 * SIM_NS_PER_S, on_answer, scene), 0);
    ck_assert(edge_test_run(scene->core, answered, scene));
    ck_assert_uint_eq(scene->requests, 24);
    ck_assert_int_eq(scene->error, 0);
    control_client_free(&client);
    scene_free(scene);
}
END_TEST

START_TEST(our_client_tells_what_went_wrong)
{
    struct scene *scene = scene_new(CLOCK_REAL);
    struct control_client *client = control_client_new(scene->core, scene->path);

    call(scene, client, "GET", "/never", NULL, 20 * SIM_NS_PER_MS);
    ck_assert_int_eq(scene->error, ERR_TIMEOUT);
    ck_assert_str_eq(str_text(&scene->answer), "");
    scene->wanted = scene->answers + 1;
    control_call(client, "GET", "/never", NULL, SIM_NS_PER_S, on_answer, scene);
    control_client_free(&client);
    ck_assert_uint_eq(scene->answers, scene->wanted);
    ck_assert_int_eq(scene->error, ERR_CANCELLED);
    control_free(&scene->control);
    client = control_client_new(scene->core, scene->path);
    call(scene, client, "GET", "/state", NULL, SIM_NS_PER_S);
    ck_assert_int_eq(scene->error, ERR_REFUSED);
    control_client_free(&client);
    scene_free(scene);
}
END_TEST

static void not_yet(struct timer *timer, void *user)
{
    (void)timer;
    (void)user;
    ck_abort_msg("the clock leapt");
}

START_TEST(the_jump_clock_waits_for_a_call)
{
    struct scene *scene = scene_new(CLOCK_JUMP);
    struct control_client *client = control_client_new(scene->core, scene->path);
    struct timer timer;

    timer_init(&timer, core_timers(scene->core), NULL, not_yet, NULL);
    timer_start(&timer, 3600 * SIM_NS_PER_S);
    call(scene, client, "GET", "/late", NULL, 5 * SIM_NS_PER_S);
    ck_assert_str_eq(str_text(&scene->answer), "{\"late\": true}");
    ck_assert_int_eq(core_now(scene->core), 0);
    ck_assert_uint_eq(core_holds(scene->core), 0);
    timer_stop(&timer);
    control_client_free(&client);
    scene_free(scene);
}
END_TEST

Suite *control_suite(void)
{
    Suite *suite = suite_create("control");
    TCase *server = tcase_create("server");
    TCase *client = tcase_create("client");

    tcase_set_timeout(server, 60);
    tcase_add_test(server, curl_asks_and_is_answered);
    tcase_add_test(server, an_answer_may_come_later_and_be_long);
    tcase_add_test(server, a_body_has_its_limit);
    tcase_add_test(server, requests_of_one_client_are_taken_one_at_a_time);
    tcase_add_test(server, a_waiting_client_costs_nothing_whatever_it_does);
    tcase_add_test(server, an_answer_to_a_client_that_has_gone_is_dropped);
    tcase_add_test(server, a_request_may_come_byte_by_byte);
    tcase_add_loop_test(server, nonsense_is_refused_and_hurts_nobody, 0,
                        sizeof(insults) / sizeof(insults[0]));
    tcase_add_test(server, an_endless_head_is_cut_off);
    tcase_add_test(server, a_request_that_dawdles_is_cut_off);
    tcase_add_test(server, an_answer_that_nobody_reads_is_dropped);
    tcase_add_test(server, the_thirty_third_client_is_turned_away);
    tcase_add_test(server, the_file_is_the_owners_alone_and_goes_with_him);
    tcase_add_test(server, a_stale_file_is_replaced_a_live_one_is_not);
    tcase_add_test(server, a_path_may_be_too_long);
    suite_add_tcase(suite, server);
    tcase_set_timeout(client, 60);
    tcase_add_test(client, our_client_asks_and_hears);
    tcase_add_test(client, many_calls_at_once_all_come_back);
    tcase_add_test(client, our_client_tells_what_went_wrong);
    tcase_add_test(client, the_jump_clock_waits_for_a_call);
    suite_add_tcase(suite, client);
    return suite;
}
