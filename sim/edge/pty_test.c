// SPDX-License-Identifier: Apache-2.0
// A pty on a virtual RS-485 line with a Modbus slave on it: libmodbus in a thread of its own is
// the program that opens it, and our own serial port is another.
#include "sim/edge/pty.h"

#include <modbus/modbus-rtu.h>
#include <pthread.h>
#include <sys/stat.h>

#include "sim/edge/edge_test.h"
#include "sim/edge/tty.h"
#include "sim/proto/modbus/server_rtu.h"
#include "sim/proto/modbus/test_store.h"
#include "sim/vnet/line.h"

#define UNIT 7
#define BAUD 115200

struct scene {
    struct core *core;
    struct line *line;
    struct line_port *slave;
    struct edge_pty *pty;
    char link[64];
    struct test_store store;
    struct modbus_rtu_unit unit;
    struct modbus_rtu_server server;
    unsigned requests;
};

static void on_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                     void *user)
{
    struct scene *scene = user;

    (void)port;
    modbus_rtu_server_chars(&scene->server, data, length, flags & LINE_DAMAGED);
}

static void on_silence(struct line_port *port, void *user)
{
    struct scene *scene = user;
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_server_silence(&scene->server, frame);

    if (length == 0)
        return;
    scene->requests++;
    ck_assert_int_eq(line_send(port, frame, length), 0);
}

static void on_sent(struct line_port *port, void *user)
{
    (void)port;
    (void)user;
}

static const struct line_events slave_events = {on_chars, on_silence, on_sent};

static struct scene *scene_new(void)
{
    struct scene *scene = mem_new(1, sizeof(*scene));
    struct line_port *port = NULL;

    scene->core = edge_test_core(CLOCK_REAL);
    ck_assert_int_eq(line_new(scene->core, "rs1", BAUD, LINE_PARITY_EVEN, &scene->line), 0);
    ck_assert_int_eq(line_attach(scene->line, 0, LINE_PARITY_EVEN, &scene->slave), 0);
    line_set_events(scene->slave, &slave_events, scene);
    test_store_init(&scene->store);
    for (uint16_t i = 0; i < 200; i++)
        scene->store.holding[i] = (uint16_t)(i * 257 ^ 0xFF00); // Many 0xFF among them.
    scene->unit = (struct modbus_rtu_unit){UNIT, &scene->store.server};
    modbus_rtu_server_init(&scene->server, &scene->unit, 1);
    snprintf(scene->link, sizeof(scene->link), "/tmp/testbay-pty-test-%d", (int)getpid());
    ck_assert_int_eq(edge_pty_new(scene->core, scene->link, &scene->pty), 0);
    ck_assert_int_eq(line_attach(scene->line, 0, LINE_PARITY_EVEN, &port), 0);
    edge_pty_attach(scene->pty, port);
    return scene;
}

static void scene_free(struct scene *scene)
{
    edge_pty_free(&scene->pty);
    line_free(&scene->line);
    core_free(&scene->core);
    free(scene);
}

// A program that blocks, in a thread of its own beside the world's.
struct program {
    int (*run)(const char *path);
    const char *path;
    struct loop_wake *wake;
    int result;
    bool ended;
};

static void *program_thread(void *user)
{
    struct program *program = user;

    program->result = program->run(program->path);
    loop_wake_send(program->wake);
    return NULL;
}

static void on_wake(void *user)
{
    ((struct program *)user)->ended = true;
}

static bool program_ended(void *user)
{
    return ((struct program *)user)->ended;
}

// Runs the world while `run` runs; returns its result.
static int run_program(struct scene *scene, int (*run)(const char *path))
{
    struct program program = {.run = run, .path = scene->link};
    pthread_t thread;

    program.wake = loop_wake_new(core_loop(scene->core), on_wake, &program);
    ck_assert_int_eq(pthread_create(&thread, NULL, program_thread, &program), 0);
    ck_assert(edge_test_run(scene->core, program_ended, &program));
    pthread_join(thread, NULL);
    loop_wake_free(&program.wake);
    return program.result;
}

static modbus_t *libmodbus_open(const char *path)
{
    modbus_t *modbus = modbus_new_rtu(path, BAUD, 'N', 8, 1);

    modbus_set_slave(modbus, UNIT);
    modbus_set_response_timeout(modbus, 5, 0);
    if (modbus_connect(modbus) == 0)
        return modbus;
    modbus_free(modbus);
    return NULL;
}

static int libmodbus_reads(const char *path)
{
    modbus_t *modbus = libmodbus_open(path);
    uint16_t registers[125];

    if (!modbus)
        return 1;
    for (int round = 0; round < 3; round++) {
        if (modbus_read_registers(modbus, 0, 125, registers) != 125)
            return 2;
        for (uint16_t i = 0; i < 125; i++)
            if (registers[i] != (uint16_t)(i * 257 ^ 0xFF00))
                return 3;
    }
    if (modbus_write_register(modbus, 150, 0xFFFF) != 1)
        return 4;
    if (modbus_read_registers(modbus, 5000, 1, registers) != -1 || errno != EMBXILADD)
        return 5;
    modbus_close(modbus);
    modbus_free(modbus);
    return 0;
}

START_TEST(libmodbus_finds_the_slave_again_and_again)
{
    struct scene *scene = scene_new();

    ck_assert_int_eq(run_program(scene, libmodbus_reads), 0);
    ck_assert_uint_eq(scene->store.holding[150], 0xFFFF);
    ck_assert_int_eq(run_program(scene, libmodbus_reads), 0); // Closed and opened again.
    ck_assert_uint_eq(scene->requests, 10);
    ck_assert_uint_eq(line_stats(scene->line).collisions, 0);
    scene_free(scene);
}
END_TEST

// Reads register 0, one byte at a time; expects the whole answer.
static int writes_byte_by_byte(const char *path)
{
    static const uint8_t pdu[] = {0x03, 0x00, 0x00, 0x00, 0x01};
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    uint8_t answer[16];
    size_t length = modbus_rtu_encode(UNIT, pdu, sizeof(pdu), frame);
    int fd = open(path, O_RDWR | O_NOCTTY);
    size_t got = 0;

    if (fd < 0)
        return 1;
    for (size_t i = 0; i < length; i++)
        if (write(fd, frame + i, 1) != 1)
            return 2;
    while (got < 7) {
        ssize_t part = read(fd, answer + got, sizeof(answer) - got);

        if (part <= 0)
            return 3;
        got += (size_t)part;
    }
    close(fd);
    return modbus_crc(answer, got) == 0 ? 0 : 4;
}

START_TEST(a_frame_may_come_byte_by_byte)
{
    struct scene *scene = scene_new();

    ck_assert_int_eq(run_program(scene, writes_byte_by_byte), 0);
    ck_assert_uint_eq(scene->requests, 1);
    ck_assert_uint_eq(line_stats(scene->line).characters, 8 + 7);
    scene_free(scene);
}
END_TEST

// ---- Our own serial port on the other end ------------------------------------------------------

struct master {
    uint8_t data[MODBUS_RTU_BYTES_MAX];
    size_t length;
    bool whole;
};

static void master_on_chars(struct line_port *port, const uint8_t *data, size_t length,
                            unsigned flags, void *user)
{
    struct master *master = user;

    (void)port;
    (void)flags;
    ck_assert_uint_le(master->length + length, sizeof(master->data));
    memcpy(master->data + master->length, data, length);
    master->length += length;
}

static void master_on_silence(struct line_port *port, void *user)
{
    struct master *master = user;

    (void)port;
    master->whole = master->length > 0;
}

static bool master_has_answer(void *user)
{
    return ((struct master *)user)->whole;
}

START_TEST(a_serial_port_of_ours_is_a_master_on_the_line)
{
    static const struct line_events events = {master_on_chars, master_on_silence, on_sent};
    static const uint8_t pdu[] = {0x03, 0x00, 0x00, 0x00, 0x7D};
    struct scene *scene = scene_new();
    struct master master = {0};
    struct edge_tty_options options = {.name = scene->link, .baud = BAUD};
    struct line_port *port = NULL;
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(UNIT, pdu, sizeof(pdu), frame);
    int64_t begun_ns = loop_host_ns();

    ck_assert_int_eq(edge_tty_open(scene->core, &options, &port), 0);
    line_set_events(port, &events, &master);
    ck_assert_int_eq(line_send(port, frame, length), 0);
    ck_assert(edge_test_run(scene->core, master_has_answer, &master));
    ck_assert_uint_eq(master.length, 255);
    ck_assert_uint_eq(modbus_crc(master.data, master.length), 0);
    // 8 and 255 characters of 11 bits and two silences at this rate: the line keeps its pace.
    ck_assert_int_ge(loop_host_ns() - begun_ns, 28 * SIM_NS_PER_MS);
    line_detach(&port);
    scene_free(scene);
}
END_TEST

static bool pty_is_open(void *user)
{
    return edge_pty_is_open(((struct scene *)user)->pty);
}

static bool pty_is_closed(void *user)
{
    return !pty_is_open(user);
}

START_TEST(what_is_said_while_nobody_listens_is_lost)
{
    struct scene *scene = scene_new();
    uint8_t data[64];
    int fd;

    ck_assert_int_eq(line_send(scene->slave, "lost", 4), 0);
    edge_test_turns(scene->core, 30);
    ck_assert_uint_eq(edge_pty_stats(scene->pty).bytes_lost, 4);
    fd = open(scene->link, O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert_int_ge(fd, 0);
    ck_assert(edge_test_run(scene->core, pty_is_open, scene));
    ck_assert_int_eq(read(fd, data, sizeof(data)), -1);
    ck_assert_int_eq(errno, EAGAIN);
    close(fd);
    ck_assert(edge_test_run(scene->core, pty_is_closed, scene));
    scene_free(scene);
}
END_TEST

START_TEST(a_stale_link_is_replaced_and_a_file_is_not)
{
    struct scene *scene = scene_new();
    struct edge_pty *second = NULL;
    char path[80];
    char target[64] = "";
    struct stat status;
    int fd;

    snprintf(path, sizeof(path), "%s-2", scene->link);
    ck_assert_int_eq(symlink("/dev/pts/9999", path), 0);
    ck_assert_int_eq(edge_pty_new(scene->core, path, &second), 0);
    ck_assert_int_gt(readlink(path, target, sizeof(target) - 1), 0);
    ck_assert_str_eq(target, edge_pty_device(second));
    edge_pty_free(&second);
    ck_assert_int_eq(lstat(path, &status), -1); // It takes its link along.
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    ck_assert_int_eq(edge_pty_new(scene->core, path, &second), ERR_EXISTS);
    ck_assert_int_eq(lstat(path, &status), 0);
    unlink(path);
    scene_free(scene);
}
END_TEST

Suite *pty_suite(void)
{
    Suite *suite = suite_create("pty");
    TCase *pty = tcase_create("pty");

    tcase_set_timeout(pty, 60);
    tcase_add_test(pty, libmodbus_finds_the_slave_again_and_again);
    tcase_add_test(pty, a_frame_may_come_byte_by_byte);
    tcase_add_test(pty, a_serial_port_of_ours_is_a_master_on_the_line);
    tcase_add_test(pty, what_is_said_while_nobody_listens_is_lost);
    tcase_add_test(pty, a_stale_link_is_replaced_and_a_file_is_not);
    suite_add_tcase(suite, pty);
    return suite;
}
