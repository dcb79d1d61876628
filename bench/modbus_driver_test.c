// SPDX-License-Identifier: Apache-2.0
// The driver against our engine over a socket and a pty, against libmodbus's own server, and
// against peers that are silent, broken or gone. Every reply must be byte for byte what the engine
// says, whichever way the request went.
#include "bench/modbus_driver.h"

#include <check.h>
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include <modbus.h>

#include "bench/test_ask.h"
#include "bench/test_peer.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"

// ---- Our engine, every function ----

// What is asked, and whether libmodbus carries it.
static const struct {
    const char *pdu;
    bool by_libmodbus;
} questions[] = {
    {"06 0010 1234", true},
    {"10 0020 0003 06 0001 0203 FFFF", true},
    {"05 0005 FF00", true},
    {"0F 0010 000A 02 CD01", true},
    {"16 0010 00F2 0025", true},
    {"01 0000 0025", true},
    {"02 0000 0010", true},
    {"03 0010 0020", true},
    {"03 0000 007D", true},
    {"04 0000 0002", true},
    {"11", true},
    {"17 0010 0003 0030 0002 04 AABB CCDD", true},
    {"03 0F00 0001", true}, // Exception 04.
    {"03 0F01 0001", true}, // Exception 06.
    {"10 0FFF 0002 04 0000 0000", true},
    {"05 0005 1234", true},                    // No such value for a coil.
    {"03 0000 007E", false},                   // 126 registers.
    {"03 0000 0000", false},                   // None.
    {"01 0000 07D1", false},                   // 2001 coils.
    {"03 0000", false},                        // Half a request.
    {"10 0020 0003 05 0001 0203 FF", false},   // A wrong byte count.
    {"17 0010 007E 0030 0001 02 AABB", false}, // Too many.
    {"07", false},                             // Not served here.
    {"14 07 06 0001 0000 0002", false},        // Files.
    {"15 09 06 0001 0001 0001 0001", false},
    {"2B 0E 01 00", false},
    {"2B 0D 00", false},
    {"64 04", false},
    {"64 04 01 04 0010 0020", false},
    {"63", false},
    {"E3", false}, // Bit 7 is set already.
};
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void ask_everything(struct core *core, struct modbus_master *master, bool serial)
{
    struct test_store twin;
    struct asked asked;
    uint64_t by_libmodbus = 0;

    test_store_init(&twin);
    twin.server.diagnostics.serial = serial;
    for (size_t i = 0; i < QUESTIONS; i++) {
        char got[TEXT_BYTES];
        char expected[TEXT_BYTES];
        int err = ask(core, master, &asked, UNIT, questions[i].pdu, SIM_NS_PER_S);

        ck_assert_msg(err == 0, "%s: %s", questions[i].pdu, err_text(err));
        ck_assert_str_eq(text_of(&asked, got),
                         test_ask(&twin, false, questions[i].pdu, expected, sizeof(expected)));
        by_libmodbus += questions[i].by_libmodbus;
        ck_assert_msg(modbus_driver_stats(master).by_libmodbus == by_libmodbus,
                      "%s took the other way", questions[i].pdu);
        ck_assert_uint_eq(modbus_driver_stats(master).by_own, i + 1 - by_libmodbus);
        ck_assert(asked.request.done_ns > asked.request.sent_ns);
        ck_assert_uint_eq(core_holds(core), 0);
    }
}

START_TEST(every_function_over_tcp)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct modbus_master *master = open_tcp(core, &peer->at);

    ask_everything(core, master, false);
    ck_assert_uint_eq(modbus_driver_stats(master).connections, 1);
    ck_assert_ptr_null(modbus_driver_not_available(master));
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

START_TEST(every_function_over_a_line)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_line(test_peer_engine);
    struct modbus_master *master = open_line(core, peer->path);
    struct asked asked;
    char got[TEXT_BYTES];

    ask_everything(core, master, true);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "08 0000 A537", SIM_NS_PER_S), 0);
    ck_assert_str_eq(text_of(&asked, got), "08 00 00 A5 37 ");
    ck_assert_ptr_nonnull(strstr(modbus_driver_not_available(master), "parity"));
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

// The gateway's own unit, and the ids that libmodbus refuses to address.
START_TEST(unit_ids_past_the_standard_go_our_own_way)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct modbus_master *master = open_tcp(core, &peer->at);
    struct asked asked;

    ck_assert_int_eq(ask(core, master, &asked, 255, "03 0000 0001", SIM_NS_PER_S), 0);
    ck_assert_int_eq(ask(core, master, &asked, 0, "03 0000 0001", SIM_NS_PER_S), 0);
    ck_assert_uint_eq(modbus_driver_stats(master).by_libmodbus, 2);
    ck_assert_int_eq(ask(core, master, &asked, 250, "03 0000 0001", SIM_NS_PER_S), 0);
    ck_assert_uint_eq(modbus_driver_stats(master).by_own, 1);
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

START_TEST(a_broadcast_ends_after_the_turnaround_and_is_carried_out)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_line(test_peer_engine);
    struct modbus_master *master = open_line(core, peer->path);
    struct asked asked;
    char got[TEXT_BYTES];

    ck_assert_int_eq(ask(core, master, &asked, 0, "06 0007 BEEF", SIM_NS_PER_S), 0);
    ck_assert_uint_eq(asked.length, 0);
    ck_assert_int_ge(asked.request.done_ns - asked.request.sent_ns, 100 * SIM_NS_PER_MS);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0007 0001", SIM_NS_PER_S), 0);
    ck_assert_str_eq(text_of(&asked, got), "03 02 BE EF ");
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

// ---- libmodbus's own server ----

struct oracle {
    modbus_t *context;
    modbus_mapping_t *mapping;
    int fd;
    bool line;
    atomic_bool ending;
    pthread_t thread;
};

static void oracle_serve(struct oracle *oracle)
{
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    int length;

    while (!atomic_load(&oracle->ending)) {
        length = modbus_receive(oracle->context, request);
        if (length > 0)
            modbus_reply(oracle->context, request, length, oracle->mapping);
        else if (length < 0 && errno != ETIMEDOUT)
            return;
    }
}

static void *oracle_run(void *user)
{
    struct oracle *oracle = user;

    while (!atomic_load(&oracle->ending)) {
        if (!oracle->line && modbus_tcp_accept(oracle->context, &oracle->fd) < 0)
            break;
        oracle_serve(oracle);
    }
    return NULL;
}

static void oracle_start(struct oracle *oracle)
{
    oracle->mapping = modbus_mapping_new(100, 100, 100, 100);
    for (int i = 0; i < 100; i++) {
        oracle->mapping->tab_input_registers[i] = (uint16_t)(1000 + i);
        oracle->mapping->tab_input_bits[i] = i % 3 == 0;
    }
    modbus_set_indication_timeout(oracle->context, 0, 20000);
    ck_assert_int_eq(pthread_create(&oracle->thread, NULL, oracle_run, oracle), 0);
}

static void oracle_end(struct oracle *oracle)
{
    atomic_store(&oracle->ending, true);
    shutdown(oracle->fd, SHUT_RDWR);
    pthread_join(oracle->thread, NULL);
    modbus_mapping_free(oracle->mapping);
    modbus_free(oracle->context);
    close(oracle->fd);
}

static const char *const dialogue[][2] = {
    {"05 0003 FF00", "05 00 03 FF 00 "},
    {"01 0000 000A", "01 02 08 00 "},
    {"0F 0000 000A 02 CD01", "0F 00 00 00 0A "},
    {"01 0000 000A", "01 02 CD 01 "},
    {"02 0000 0008", "02 01 49 "},
    {"06 0001 1234", "06 00 01 12 34 "},
    {"10 0002 0002 04 AABB CCDD", "10 00 02 00 02 "},
    {"03 0001 0003", "03 06 12 34 AA BB CC DD "},
    {"04 0000 0002", "04 04 03 E8 03 E9 "},
    {"16 0001 00F0 0005", "16 00 01 00 F0 00 05 "},
    {"17 0001 0001 0005 0001 02 4242", "17 02 00 35 "},
    {"03 0063 0002", "83 02 "},
    {"06 0064 0000", "86 02 "},
};

static void talk(struct core *core, struct modbus_master *master)
{
    struct asked asked;
    char got[TEXT_BYTES];

    for (size_t i = 0; i < sizeof(dialogue) / sizeof(dialogue[0]); i++) {
        ck_assert_int_eq(ask(core, master, &asked, UNIT, dialogue[i][0], SIM_NS_PER_S), 0);
        ck_assert_str_eq(text_of(&asked, got), dialogue[i][1]);
    }
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "11", SIM_NS_PER_S), 0);
    ck_assert_int_ge(asked.length, 4);
    ck_assert_ptr_nonnull(memmem(asked.reply, asked.length, "LMB", 3));
}

START_TEST(libmodbus_answers_over_tcp)
{
    struct core *core = new_core();
    struct oracle oracle = {.context = modbus_new_tcp("127.0.0.1", 0)};
    struct sockaddr_in at;
    socklen_t length = sizeof(at);
    struct address to = {.family = 4, .ip = {127, 0, 0, 1}};
    struct modbus_master *master;

    oracle.fd = modbus_tcp_listen(oracle.context, 1);
    ck_assert_int_ge(oracle.fd, 0);
    getsockname(oracle.fd, (struct sockaddr *)&at, &length);
    to.port = ntohs(at.sin_port);
    oracle_start(&oracle);
    master = open_tcp(core, &to);
    talk(core, master);
    modbus_master_free(&master);
    oracle_end(&oracle);
    core_free(&core);
}
END_TEST

START_TEST(libmodbus_answers_over_a_line)
{
    struct core *core = new_core();
    char path[128];
    struct oracle oracle = {.context = modbus_new_rtu("/dev/null", 115200, 'N', 8, 1),
                            .line = true,
                            .fd = test_pty_open(path, sizeof(path))};
    struct modbus_master *master = open_line(core, path);

    modbus_set_slave(oracle.context, UNIT);
    modbus_set_socket(oracle.context, oracle.fd);
    oracle_start(&oracle);
    talk(core, master);
    modbus_master_free(&master);
    oracle_end(&oracle);
    core_free(&core);
}
END_TEST

// ---- Peers that say nothing ----

static void on_pulse(struct loop_timer *timer, void *user)
{
    ++*(unsigned *)user;
    loop_timer_start(timer, 2 * SIM_NS_PER_MS);
}

// The loop must go on while the worker waits, for both ways a request can take.
static void stay_awake(struct core *core, struct modbus_master *master, const char *hex)
{
    struct asked asked;
    unsigned pulses = 0;
    struct loop_timer *timer = loop_timer_new(core_loop(core), on_pulse, &pulses);

    loop_timer_start(timer, 0);
    submit(master, &asked, UNIT, hex, 200 * SIM_NS_PER_MS);
    ck_assert_uint_eq(core_holds(core), 1);
    await(core, &asked);
    ck_assert_int_eq(asked.err, ERR_TIMEOUT);
    ck_assert_int_ge(asked.request.done_ns - asked.request.sent_ns, 195 * SIM_NS_PER_MS);
    // One before and one after, were it blocked; how many more there are is the machine's business.
    ck_assert_msg(pulses > 3, "the loop ran %u times in 200 ms", pulses);
    ck_assert_uint_eq(core_holds(core), 0);
    loop_timer_free(&timer);
}

static void silence(struct test_peer *peer, struct modbus_master *master, struct core *core)
{
    struct asked asked;

    atomic_store(&peer->silent, true);
    stay_awake(core, master, "03 0000 0001");
    stay_awake(core, master, "2B 0E 01 00");
    atomic_store(&peer->silent, false);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0000 0001", SIM_NS_PER_S), 0);
}

START_TEST(a_silent_server_does_not_stop_the_loop)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct modbus_master *master = open_tcp(core, &peer->at);

    silence(peer, master, core);
    ck_assert_uint_eq(modbus_driver_stats(master).connections, 3);
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

START_TEST(a_silent_line_does_not_stop_the_loop)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_line(test_peer_engine);
    struct modbus_master *master = open_line(core, peer->path);

    silence(peer, master, core);
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

static void run_until_frames(struct core *core, struct test_peer *peer, unsigned frames)
{
    int64_t until_ns = loop_host_ns() + WALL_NS;

    while (atomic_load(&peer->frames) < frames && loop_host_ns() < until_ns)
        loop_pass(core_loop(core), SIM_NS_PER_MS);
    ck_assert_uint_eq(atomic_load(&peer->frames), frames);
}

// A cancelled request is never told, and the connection is free for the next one at once.
START_TEST(a_cancelled_request_frees_the_connection)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct modbus_master *master = open_tcp(core, &peer->at);
    struct asked first;
    struct asked waiting;
    struct asked last;
    int64_t began_ns;

    atomic_store(&peer->silent, true);
    submit(master, &first, UNIT, "03 0000 0001", 60 * SIM_NS_PER_S);
    submit(master, &waiting, UNIT, "03 0000 0002", 60 * SIM_NS_PER_S);
    run_until_frames(core, peer, 1);
    ck_assert_uint_eq(core_holds(core), 2);
    modbus_cancel(&waiting.request);
    modbus_cancel(&first.request);
    ck_assert_uint_eq(core_holds(core), 0);
    atomic_store(&peer->silent, false);
    began_ns = loop_host_ns();
    ck_assert_int_eq(ask(core, master, &last, UNIT, "03 0000 0003", 5 * SIM_NS_PER_S), 0);
    ck_assert_int_lt(loop_host_ns() - began_ns, SIM_NS_PER_S);
    ck_assert_uint_eq(last.length, 8);
    ck_assert(!first.done && !waiting.done);
    modbus_cancel(&first.request); // Harmless.
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

static void free_under_way(struct core *core, struct test_peer *peer, struct modbus_master *master,
                           const char *hex)
{
    struct asked asked;
    struct asked waiting;
    int64_t began_ns;

    atomic_store(&peer->silent, true);
    submit(master, &asked, UNIT, hex, SIM_NS_PER_S);
    submit(master, &waiting, UNIT, hex, SIM_NS_PER_S);
    run_until_frames(core, peer, 1);
    began_ns = loop_host_ns();
    modbus_master_free(&master);
    ck_assert_int_lt(loop_host_ns() - began_ns, 500 * SIM_NS_PER_MS);
    ck_assert_uint_eq(core_holds(core), 0);
    ck_assert(!asked.done && !waiting.done);
    modbus_cancel(&asked.request); // Its master is gone; harmless.
}

START_TEST(freeing_with_a_request_under_way_does_not_wait)
{
    static const char *const requests[] = {"03 0000 0001", "2B 0E 01 00"};

    for (size_t i = 0; i < 4; i++) {
        struct core *core = new_core();
        struct test_peer *peer =
            i & 1 ? test_peer_line(test_peer_engine) : test_peer_tcp(test_peer_engine);
        struct modbus_master *master =
            i & 1 ? open_line(core, peer->path) : open_tcp(core, &peer->at);

        free_under_way(core, peer, master, requests[i / 2]);
        test_peer_free(peer);
        core_free(&core);
    }
}
END_TEST

static void on_hour(struct timer *timer, void *user)
{
    (void)timer;
    *(bool *)user = true;
}

// While a board owes an answer the jump clock stands; then it leaps.
START_TEST(a_leaping_clock_waits_for_the_answer)
{
    struct core_options options = {.mode = CLOCK_JUMP, .seed = 1};
    struct core *core = core_new(&options);
    struct core_until until = {.until_ns = SIM_TIME_NEVER};
    struct test_peer *peer = test_peer_line(test_peer_engine);
    struct modbus_master *master = open_line(core, peer->path);
    struct timer hour;
    struct asked asked;
    bool rang = false;

    timer_init(&hour, core_timers(core), NULL, on_hour, &rang);
    timer_start(&hour, 3600 * SIM_NS_PER_S);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0000 0001", SIM_NS_PER_S), 0);
    ck_assert(!rang);
    ck_assert_int_eq(core_now(core), 0);
    ck_assert_int_eq(core_run(core, &until), CORE_IDLE);
    ck_assert(rang);
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

START_TEST(the_queue_is_bounded)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct modbus_master *master = open_tcp(core, &peer->at);
    struct asked *many = calloc(MODBUS_DRIVER_REQUESTS_MAX + 1, sizeof(*many));

    atomic_store(&peer->silent, true);
    for (size_t i = 0; i <= MODBUS_DRIVER_REQUESTS_MAX; i++)
        submit(master, &many[i], UNIT, "03 0000 0001", 60 * SIM_NS_PER_S);
    await(core, &many[MODBUS_DRIVER_REQUESTS_MAX]);
    ck_assert_int_eq(many[MODBUS_DRIVER_REQUESTS_MAX].err, ERR_TOO_MANY);
    for (size_t i = 0; i < MODBUS_DRIVER_REQUESTS_MAX; i++)
        ck_assert(!many[i].done);
    ck_assert_uint_eq(core_holds(core), MODBUS_DRIVER_REQUESTS_MAX);
    modbus_master_free(&master);
    ck_assert_uint_eq(core_holds(core), 0);
    free(many);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

// ---- Opening ----

START_TEST(what_is_no_free_serial_port_is_refused)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_line(test_peer_engine);
    struct modbus_master *first = open_line(core, peer->path);
    struct modbus_driver_serial serial = {.path = peer->path, .baud = 19200};
    struct modbus_master *master = NULL;
    char *why = NULL;

    ck_assert_int_eq(modbus_driver_rtu_new(core, &serial, &master, &why), ERR_EXISTS);
    ck_assert_ptr_nonnull(strstr(why, "another process"));
    free(why);
    serial.path = "/dev/null";
    ck_assert_int_eq(modbus_driver_rtu_new(core, &serial, &master, &why), ERR_TYPE);
    free(why);
    serial.path = "no-such-adapter";
    ck_assert_int_eq(modbus_driver_rtu_new(core, &serial, &master, &why), ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(why, "/dev/serial/by-id/no-such-adapter"));
    free(why);
    serial.path = peer->path;
    serial.baud = 12345;
    ck_assert_int_eq(modbus_driver_rtu_new(core, &serial, &master, &why), ERR_RANGE);
    free(why);
    ck_assert_ptr_null(master);
    modbus_master_free(&first);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

START_TEST(what_a_terminal_cannot_do_is_said)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_line(test_peer_engine);
    struct modbus_driver_serial serial = {
        .path = peer->path, .baud = 19200, .parity = LINE_PARITY_NONE, .rs485 = true};
    struct modbus_master *master = NULL;
    char *why = NULL;

    ck_assert_int_eq(modbus_driver_rtu_new(core, &serial, &master, &why), 0);
    ck_assert_ptr_nonnull(strstr(modbus_driver_not_available(master), "RS-485"));
    ck_assert_ptr_null(strstr(modbus_driver_not_available(master), "parity"));
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

// libmodbus calls select(2): a descriptor past FD_SETSIZE would end the process.
START_TEST(descriptors_past_the_limit_of_select_are_refused)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct modbus_master *early = open_tcp(core, &peer->at);
    struct modbus_driver_serial serial = {.baud = 19200, .parity = LINE_PARITY_EVEN};
    struct modbus_master *late = NULL;
    char path[128];
    int pty = test_pty_open(path, sizeof(path));
    struct rlimit limit;
    struct asked asked;
    char *why = NULL;
    int fd = 0;

    getrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_uint_gt(limit.rlim_max, MODBUS_DRIVER_FD_MAX + 64);
    limit.rlim_cur = MODBUS_DRIVER_FD_MAX + 64;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while (fd >= 0 && fd < MODBUS_DRIVER_FD_MAX)
        fd = dup(pty);
    ck_assert_int_ge(fd, MODBUS_DRIVER_FD_MAX);
    ck_assert_int_eq(modbus_driver_tcp_new(core, &peer->at, &late, &why), ERR_TOO_MANY);
    ck_assert_ptr_nonnull(strstr(why, "1024"));
    free(why);
    serial.path = path;
    ck_assert_int_eq(modbus_driver_rtu_new(core, &serial, &late, &why), ERR_TOO_MANY);
    free(why);
    // One that was made before the fleet connects all the same.
    ck_assert_int_eq(ask(core, early, &asked, UNIT, "03 0000 0001", SIM_NS_PER_S), 0);
    modbus_master_free(&early);
    test_peer_free(peer);
    core_free(&core);
    for (int i = pty; i <= fd; i++)
        close(i);
}
END_TEST

Suite *modbus_driver_suite(void)
{
    Suite *suite = suite_create("bench modbus driver");
    TCase *tcase = tcase_create("modbus_driver");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, every_function_over_tcp);
    tcase_add_test(tcase, every_function_over_a_line);
    tcase_add_test(tcase, unit_ids_past_the_standard_go_our_own_way);
    tcase_add_test(tcase, a_broadcast_ends_after_the_turnaround_and_is_carried_out);
    tcase_add_test(tcase, libmodbus_answers_over_tcp);
    tcase_add_test(tcase, libmodbus_answers_over_a_line);
    tcase_add_test(tcase, a_silent_server_does_not_stop_the_loop);
    tcase_add_test(tcase, a_silent_line_does_not_stop_the_loop);
    tcase_add_test(tcase, a_cancelled_request_frees_the_connection);
    tcase_add_test(tcase, freeing_with_a_request_under_way_does_not_wait);
    tcase_add_test(tcase, a_leaping_clock_waits_for_the_answer);
    tcase_add_test(tcase, the_queue_is_bounded);
    tcase_add_test(tcase, what_is_no_free_serial_port_is_refused);
    tcase_add_test(tcase, what_a_terminal_cannot_do_is_said);
    tcase_add_test(tcase, descriptors_past_the_limit_of_select_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
