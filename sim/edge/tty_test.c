// SPDX-License-Identifier: Apache-2.0
// The serial port on the far end of a pty; the near end is a plain descriptor.
#include "sim/edge/tty.h"

#include <termios.h>

#include "sim/edge/edge_test.h"

struct scene {
    struct core *core;
    int master;
    char path[64];
    struct line_port *port;
    uint8_t data[1024];
    size_t length;
    unsigned silences;
    unsigned sents;
    int64_t silence_ns; // Host time.
    int64_t sent_ns;
};

static void on_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                     void *user)
{
    struct scene *scene = user;

    ck_assert_ptr_eq(port, scene->port);
    ck_assert_uint_eq(flags, 0);
    ck_assert_uint_le(scene->length + length, sizeof(scene->data));
    memcpy(scene->data + scene->length, data, length);
    scene->length += length;
}

static void on_silence(struct line_port *port, void *user)
{
    struct scene *scene = user;

    (void)port;
    scene->silences++;
    scene->silence_ns = loop_host_ns();
}

static void on_sent(struct line_port *port, void *user)
{
    struct scene *scene = user;

    (void)port;
    scene->sents++;
    scene->sent_ns = loop_host_ns();
}

static const struct line_events events = {on_chars, on_silence, on_sent};

static struct scene *scene_bare(void)
{
    struct scene *scene = mem_new(1, sizeof(*scene));

    scene->core = edge_test_core(CLOCK_REAL);
    scene->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert_int_ge(scene->master, 0);
    ck_assert_int_eq(grantpt(scene->master), 0);
    ck_assert_int_eq(unlockpt(scene->master), 0);
    ck_assert_int_eq(ptsname_r(scene->master, scene->path, sizeof(scene->path)), 0);
    return scene;
}

static struct scene *scene_new(uint32_t baud)
{
    struct scene *scene = scene_bare();
    struct edge_tty_options options = {
        .name = scene->path, .baud = baud, .parity = LINE_PARITY_EVEN, .rs485 = true};

    ck_assert_int_eq(edge_tty_open(scene->core, &options, &scene->port), 0);
    line_set_events(scene->port, &events, scene);
    return scene;
}

static void scene_free(struct scene *scene)
{
    line_detach(&scene->port);
    if (scene->master >= 0)
        close(scene->master);
    core_free(&scene->core);
    free(scene);
}

static bool silent(void *user)
{
    return ((struct scene *)user)->silences > 0;
}

static bool sent(void *user)
{
    return ((struct scene *)user)->sents > 0;
}

START_TEST(what_a_pty_cannot_do_is_told_and_no_error)
{
    struct scene *scene = scene_new(19200);
    const char *text = edge_tty_not_available(scene->port);

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "parity"));
    ck_assert_ptr_nonnull(strstr(text, "RS-485 mode"));
    ck_assert_str_eq(edge_tty_path(scene->port), scene->path);
    ck_assert_uint_eq(scene->port->timing.baud, 19200);
    scene_free(scene);
}
END_TEST

START_TEST(characters_come_and_silence_follows)
{
    static const uint8_t frame[] = {0x01, 0x03, 0x00, 0xFF, 0x11, 0x13, 0x0D, 0x0A, 0x04, 0xFF};
    struct scene *scene = scene_new(19200);
    int64_t begun_ns = loop_host_ns();

    ck_assert_int_eq(write(scene->master, frame, sizeof(frame)), sizeof(frame));
    ck_assert(edge_test_run(scene->core, silent, scene));
    ck_assert_uint_eq(scene->length, sizeof(frame)); // Every byte as it was.
    ck_assert_int_eq(memcmp(scene->data, frame, sizeof(frame)), 0);
    ck_assert_int_ge(scene->silence_ns - begun_ns, EDGE_TTY_SLACK_NS);
    scene_free(scene);
}
END_TEST

START_TEST(sending_takes_its_time_and_ends)
{
    struct scene *scene = scene_new(9600);
    int64_t begun_ns = loop_host_ns();
    uint8_t data[64];

    ck_assert_int_eq(line_send(scene->port, "0123456789", 10), 0);
    ck_assert_int_eq(line_send(scene->port, "x", 1), ERR_FULL);
    ck_assert_int_eq(read(scene->master, data, sizeof(data)), 10);
    ck_assert_int_eq(memcmp(data, "0123456789", 10), 0);
    ck_assert(edge_test_run(scene->core, sent, scene));
    ck_assert_int_ge(scene->sent_ns - begun_ns, 11 * SIM_NS_PER_MS); // 110 bits at 9600 baud.
    ck_assert(edge_test_run(scene->core, silent, scene));
    ck_assert_int_ge(scene->silence_ns, scene->sent_ns);
    ck_assert_int_eq(line_send(scene->port, "x", 1), 0);
    scene_free(scene);
}
END_TEST

START_TEST(too_much_at_once_is_refused)
{
    static const uint8_t data[LINE_SEND_BYTES_MAX + 1];
    struct scene *scene = scene_new(115200);

    ck_assert_int_eq(line_send(scene->port, data, sizeof(data)), ERR_TOO_LONG);
    ck_assert_int_eq(line_send(scene->port, data, sizeof(data) - 1), 0);
    scene_free(scene);
}
END_TEST

static bool broken(void *user)
{
    return edge_tty_error(((struct scene *)user)->port) != 0;
}

START_TEST(an_adapter_that_is_pulled_out_is_an_error_from_then_on)
{
    struct scene *scene = scene_new(19200);

    ck_assert_int_eq(edge_tty_error(scene->port), 0);
    close(scene->master);
    scene->master = -1;
    ck_assert(edge_test_run(scene->core, broken, scene));
    ck_assert_int_eq(edge_tty_error(scene->port), ERR_IO);
    ck_assert_int_eq(line_send(scene->port, "x", 1), ERR_IO);
    scene_free(scene);
}
END_TEST

START_TEST(two_owners_of_one_port_are_one_too_many)
{
    struct scene *scene = scene_new(19200);
    struct edge_tty_options options = {.name = scene->path, .baud = 19200};
    struct line_port *second = NULL;

    ck_assert_int_eq(edge_tty_open(scene->core, &options, &second), ERR_EXISTS);
    ck_assert_ptr_null(second);
    line_detach(&scene->port);
    ck_assert_int_eq(edge_tty_open(scene->core, &options, &second), 0);
    line_detach(&second);
    scene_free(scene);
}
END_TEST

static const struct {
    struct edge_tty_options options;
    int error;
} refusals[] = {
    {{.name = "/dev/null", .baud = 19200}, ERR_TYPE},
    {{.name = "/dev/testbay-no-such-tty", .baud = 19200}, ERR_NOT_FOUND},
    {{.name = "usb-testbay-no-such-adapter", .baud = 19200}, ERR_NOT_FOUND},
    {{.name = "/dev/null", .baud = 12345}, ERR_RANGE},
    {{.name = "/dev/null", .baud = 19200, .stop_bits = 3}, ERR_RANGE},
};

START_TEST(what_cannot_be_opened_says_why)
{
    struct core *core = edge_test_core(CLOCK_REAL);
    struct line_port *port = NULL;

    ck_assert_int_eq(edge_tty_open(core, &refusals[_i].options, &port), refusals[_i].error);
    ck_assert_ptr_null(port);
    core_free(&core);
}
END_TEST

static void detach_itself(struct line_port *port, const uint8_t *data, size_t length,
                          unsigned flags, void *user)
{
    struct scene *scene = user;

    (void)data;
    (void)flags;
    ck_assert_ptr_eq(port, scene->port);
    scene->length += length;
    line_detach(&scene->port);
}

static bool detached(void *user)
{
    return !((struct scene *)user)->port;
}

START_TEST(a_callback_may_detach_its_own_port)
{
    static const struct line_events leaving = {detach_itself, on_silence, on_sent};
    struct scene *scene = scene_new(19200);

    line_set_events(scene->port, &leaving, scene);
    ck_assert_int_eq(write(scene->master, "abc", 3), 3);
    ck_assert(edge_test_run(scene->core, detached, scene));
    edge_test_turns(scene->core, 10);
    ck_assert_uint_eq(scene->silences, 0);
    scene_free(scene);
}
END_TEST

Suite *tty_suite(void)
{
    Suite *suite = suite_create("tty");
    TCase *tty = tcase_create("tty");

    tcase_set_timeout(tty, 60);
    tcase_add_test(tty, what_a_pty_cannot_do_is_told_and_no_error);
    tcase_add_test(tty, characters_come_and_silence_follows);
    tcase_add_test(tty, sending_takes_its_time_and_ends);
    tcase_add_test(tty, too_much_at_once_is_refused);
    tcase_add_test(tty, an_adapter_that_is_pulled_out_is_an_error_from_then_on);
    tcase_add_test(tty, two_owners_of_one_port_are_one_too_many);
    tcase_add_loop_test(tty, what_cannot_be_opened_says_why, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    tcase_add_test(tty, a_callback_may_detach_its_own_port);
    suite_add_tcase(suite, tty);
    return suite;
}
