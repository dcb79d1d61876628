// SPDX-License-Identifier: Apache-2.0
// The RS-485 line: its times, who hears what, collisions, noise.
#include "sim/vnet/line.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/net_world.h"

// One port that writes down what it hears.
struct ear {
    struct line_port *port;
    struct core *core;
    uint8_t data[4096];
    size_t length;
    unsigned bursts;
    unsigned damaged; // Bursts that were flagged.
    unsigned silences;
    unsigned sent;
    sim_time_ns heard_ns;
    sim_time_ns silence_ns;
    sim_time_ns sent_ns;
    const char *answer;
    bool detach;
};

static void on_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                     void *user)
{
    struct ear *ear = user;

    ck_assert_ptr_eq(port, ear->port);
    ck_assert_uint_gt(length, 0);
    memcpy(ear->data + ear->length, data, length);
    ear->length += length;
    ear->bursts++;
    ear->damaged += flags & LINE_DAMAGED;
    ear->heard_ns = core_now(ear->core);
    if (ear->answer)
        ck_assert_int_eq(line_send(port, ear->answer, strlen(ear->answer)), 0);
    ear->answer = NULL;
    if (ear->detach)
        line_detach(&ear->port);
}

static void on_silence(struct line_port *port, void *user)
{
    struct ear *ear = user;

    ck_assert_ptr_eq(port, ear->port);
    ear->silences++;
    ear->silence_ns = core_now(ear->core);
}

static void on_sent(struct line_port *port, void *user)
{
    struct ear *ear = user;

    ck_assert_ptr_eq(port, ear->port);
    ear->sent++;
    ear->sent_ns = core_now(ear->core);
}

static const struct line_events ear_events = {on_chars, on_silence, on_sent};

struct bus {
    struct net_world world;
    struct line *line;
    struct ear ears[3];
};

static void attach(struct bus *bus, struct ear *ear, uint32_t baud, enum line_parity parity)
{
    ear->core = bus->world.core;
    ck_assert_int_eq(line_attach(bus->line, baud, parity, &ear->port), 0);
    line_set_events(ear->port, &ear_events, ear);
}

static void bus_init(struct bus *bus)
{
    memset(bus, 0, sizeof(*bus));
    bus->world = net_world_new();
    ck_assert_int_eq(line_new(bus->world.core, "rs1", 19200, LINE_PARITY_EVEN, &bus->line), 0);
    for (size_t i = 0; i < 3; i++)
        attach(bus, &bus->ears[i], 0, LINE_PARITY_NONE);
}

static void bus_done(struct bus *bus)
{
    line_free(&bus->line);
    net_world_free(&bus->world);
}

static void say(struct ear *ear, const char *text)
{
    ck_assert_int_eq(line_send(ear->port, text, strlen(text)), 0);
}

// Modbus over Serial Line V1.02 2.5.1.1.
START_TEST(times_follow_the_standard)
{
    static const struct {
        uint32_t baud;
        int64_t char_us, t15_us, t35_us;
    } rows[] = {
        {9600, 1146, 1719, 4010}, {19200, 573, 859, 2005}, {38400, 286, 750, 1750},
        {57600, 191, 750, 1750},  {115200, 95, 750, 1750},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct line_timing timing = line_timing(rows[i].baud, LINE_PARITY_EVEN);

        ck_assert_int_eq((timing.char_ns + 500) / 1000, rows[i].char_us);
        ck_assert_int_eq((timing.t15_ns + 500) / 1000, rows[i].t15_us);
        ck_assert_int_eq((timing.t35_ns + 500) / 1000, rows[i].t35_us);
    }
    ck_assert_int_eq(line_timing(9600, LINE_PARITY_NONE).char_ns, 1041667);
}
END_TEST

START_TEST(characters_take_their_time)
{
    struct bus bus;
    struct line_timing timing = line_timing(19200, LINE_PARITY_EVEN);

    bus_init(&bus);
    say(&bus.ears[0], "12345678");
    ck_assert_int_eq(line_send(bus.ears[0].port, "x", 1), ERR_FULL);
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[1].bursts, 1);
    ck_assert_int_eq(memcmp(bus.ears[1].data, "12345678", 8), 0);
    ck_assert_uint_eq(bus.ears[1].damaged, 0);
    ck_assert_int_eq(bus.ears[1].heard_ns, 8 * timing.char_ns);
    ck_assert_uint_eq(bus.ears[0].bursts, 0); // No echo.
    ck_assert_int_eq(bus.ears[0].sent_ns, 8 * timing.char_ns);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(bus.ears[i].silences, 1);
        ck_assert_int_eq(bus.ears[i].silence_ns, 8 * timing.char_ns + timing.t35_ns);
    }
    ck_assert_int_eq(line_stats(bus.line).busy_ns, 8 * timing.char_ns);
    ck_assert_uint_eq(line_stats(bus.line).characters, 8);
    bus_done(&bus);
}
END_TEST

START_TEST(an_answer_within_the_silence_belongs_to_the_same_frame)
{
    struct bus bus;

    bus_init(&bus);
    bus.ears[1].answer = "pong";
    say(&bus.ears[0], "ping");
    net_run(&bus.world);
    ck_assert_int_eq(memcmp(bus.ears[2].data, "pingpong", 8), 0);
    ck_assert_int_eq(memcmp(bus.ears[0].data, "pong", 4), 0);
    ck_assert_uint_eq(bus.ears[2].silences, 1);
    ck_assert_uint_eq(line_stats(bus.line).frames, 1);
    ck_assert_uint_eq(line_stats(bus.line).collisions, 0);
    bus_done(&bus);
}
END_TEST

START_TEST(two_talkers_at_once_collide)
{
    struct bus bus;
    int64_t char_ns = line_timing(19200, LINE_PARITY_EVEN).char_ns;

    bus_init(&bus);
    say(&bus.ears[0], "ABCDEFGHIJ");
    net_run_for(&bus.world, 4 * char_ns + char_ns / 2);
    say(&bus.ears[1], "abcdefghij");
    net_run(&bus.world);
    // Four clean characters, six mixed ones, and what the second one says alone.
    ck_assert_uint_eq(bus.ears[2].bursts, 3);
    ck_assert_uint_eq(bus.ears[2].damaged, 1);
    ck_assert_int_eq(memcmp(bus.ears[2].data, "ABCD", 4), 0);
    ck_assert_int_eq(memcmp(bus.ears[2].data + 10, "ghij", 4), 0);
    ck_assert_uint_eq(bus.ears[2].length, 14);
    // Talkers are deaf while they talk; the second one heard what came before.
    ck_assert_uint_eq(bus.ears[1].length, 4);
    ck_assert_int_eq(memcmp(bus.ears[0].data, "ghij", 4), 0);
    ck_assert_uint_eq(line_stats(bus.line).collisions, 1);
    ck_assert_uint_eq(bus.ears[2].silences, 1);
    bus_done(&bus);
}
END_TEST

START_TEST(two_who_begin_together_are_all_damage)
{
    struct bus bus;

    bus_init(&bus);
    say(&bus.ears[0], "AAAA");
    say(&bus.ears[1], "AAAAAA");
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[2].bursts, 2);
    ck_assert_uint_eq(bus.ears[2].damaged, 1);
    ck_assert_uint_eq(bus.ears[2].length, 6);
    bus_done(&bus);
}
END_TEST

START_TEST(one_after_the_other_does_not_collide)
{
    struct bus bus;
    int64_t char_ns = line_timing(19200, LINE_PARITY_EVEN).char_ns;

    bus_init(&bus);
    say(&bus.ears[0], "AAAA");
    net_run_for(&bus.world, 4 * char_ns);
    say(&bus.ears[1], "BBBB");
    net_run(&bus.world);
    ck_assert_uint_eq(line_stats(bus.line).collisions, 0);
    ck_assert_int_eq(memcmp(bus.ears[2].data, "AAAABBBB", 8), 0);
    ck_assert_uint_eq(bus.ears[2].damaged, 0);
    bus_done(&bus);
}
END_TEST

START_TEST(a_cut_drop_is_neither_heard_nor_hears)
{
    struct bus bus;

    bus_init(&bus);
    line_port_set_cut(bus.ears[1].port, true);
    say(&bus.ears[0], "one");
    say(&bus.ears[1], "two");
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[1].length, 0);
    ck_assert_uint_eq(bus.ears[1].sent, 1);
    ck_assert_uint_ge(bus.ears[1].silences, 1);
    ck_assert_uint_eq(bus.ears[2].length, 3);
    ck_assert_uint_eq(bus.ears[2].damaged, 0);
    line_port_set_cut(bus.ears[1].port, false);
    say(&bus.ears[0], "one");
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[1].length, 3);
    bus_done(&bus);
}
END_TEST

START_TEST(a_cut_in_the_middle_splits_what_is_heard)
{
    struct bus bus;
    int64_t char_ns = line_timing(19200, LINE_PARITY_EVEN).char_ns;

    bus_init(&bus);
    say(&bus.ears[0], "ABCDEFGH");
    net_run_for(&bus.world, 3 * char_ns);
    line_port_set_cut(bus.ears[0].port, true);
    net_run_for(&bus.world, 2 * char_ns);
    line_port_set_cut(bus.ears[0].port, false);
    net_run(&bus.world);
    ck_assert_int_eq(memcmp(bus.ears[2].data, "ABCFGH", 6), 0);
    ck_assert_uint_eq(bus.ears[2].length, 6);
    bus_done(&bus);
}
END_TEST

START_TEST(other_settings_hear_rubbish)
{
    struct bus bus;
    struct ear odd = {.port = NULL};

    bus_init(&bus);
    attach(&bus, &odd, 9600, LINE_PARITY_EVEN);
    say(&bus.ears[0], "hello");
    net_run(&bus.world);
    ck_assert_uint_eq(odd.damaged, 1);
    ck_assert_int_ne(memcmp(odd.data, "hello", 5), 0);
    ck_assert_uint_eq(bus.ears[1].damaged, 0);
    say(&odd, "hello");
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[1].damaged, 1);
    bus_done(&bus);
}
END_TEST

START_TEST(noise_flips_bits_and_parity_tells_the_odd_ones)
{
    struct bus bus;
    struct ear *ear = &bus.ears[1];
    unsigned changed = 0;
    unsigned unnoticed = 0;

    bus_init(&bus);
    net_fault(&bus.world, "n", FAULT_NOISE, 0.05, -1, line_anchor(bus.line), NULL);
    for (unsigned i = 0; i < 300; i++) {
        unsigned damaged = ear->damaged;

        ear->length = 0;
        say(&bus.ears[0], "12345678");
        net_run(&bus.world);
        ck_assert_uint_eq(ear->length, 8);
        if (memcmp(ear->data, "12345678", 8) == 0)
            continue;
        changed++;
        unnoticed += ear->damaged == damaged;
    }
    // One frame in three is hit; parity lets pass what has two flipped bits.
    ck_assert_uint_gt(changed, 60);
    ck_assert_uint_lt(changed, 140);
    ck_assert_uint_gt(unnoticed, 10);
    ck_assert_uint_lt(unnoticed, changed / 2);
    bus_done(&bus);
}
END_TEST

START_TEST(a_stuck_line_carries_nothing)
{
    struct bus bus;
    static const uint8_t zeros[5];

    bus_init(&bus);
    net_fault(&bus.world, "s", FAULT_STUCK, 0, -1, line_anchor(bus.line), NULL);
    say(&bus.ears[0], "hello");
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[1].damaged, 1);
    ck_assert_int_eq(memcmp(bus.ears[1].data, zeros, 5), 0);
    fault_clear_all(bus.world.faults);
    say(&bus.ears[0], "hello");
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[1].damaged, 1);
    ck_assert_int_eq(memcmp(bus.ears[1].data + 5, "hello", 5), 0);
    bus_done(&bus);
}
END_TEST

START_TEST(ports_leave_from_inside_a_callback_and_while_they_talk)
{
    struct bus bus;

    bus_init(&bus);
    bus.ears[1].detach = true;
    say(&bus.ears[0], "x");
    net_run(&bus.world);
    ck_assert_ptr_null(bus.ears[1].port);
    ck_assert_uint_eq(bus.ears[2].length, 1);
    say(&bus.ears[0], "long frame");
    net_run_for(&bus.world, SIM_NS_PER_MS);
    line_detach(&bus.ears[0].port);
    net_run(&bus.world);
    ck_assert_uint_eq(bus.ears[0].sent, 1);
    ck_assert_uint_eq(bus.ears[2].length, 2);
    ck_assert_uint_eq(bus.ears[2].silences, 2);
    bus_done(&bus);
}
END_TEST

START_TEST(limits_are_told)
{
    struct bus bus;
    struct line *other = NULL;
    struct line_port *port = NULL;
    static const uint8_t big[LINE_SEND_BYTES_MAX + 1];

    bus_init(&bus);
    ck_assert_int_eq(line_send(bus.ears[0].port, big, sizeof(big)), ERR_TOO_LONG);
    ck_assert_int_eq(line_new(bus.world.core, "x", 299, LINE_PARITY_EVEN, &other), ERR_RANGE);
    ck_assert_int_eq(line_attach(bus.line, 299, LINE_PARITY_EVEN, &port), ERR_RANGE);
    for (size_t i = 3; i < LINE_PORTS_MAX; i++)
        ck_assert_int_eq(line_attach(bus.line, 0, LINE_PARITY_EVEN, &port), 0);
    ck_assert_int_eq(line_attach(bus.line, 0, LINE_PARITY_EVEN, &port), ERR_TOO_MANY);
    ck_assert_str_eq(line_name(bus.line), "rs1");
    ck_assert_uint_eq(line_settings(bus.line).baud, 19200);
    bus_done(&bus);
}
END_TEST

START_TEST(bursts_are_in_the_event_log)
{
    struct bus bus;
    uint64_t before;

    bus_init(&bus);
    before = core_events(bus.world.core);
    say(&bus.ears[0], "x");
    net_run(&bus.world);
    ck_assert_uint_eq(core_events(bus.world.core), before + 1);
    line_emit_events(bus.line, false);
    say(&bus.ears[0], "x");
    net_run(&bus.world);
    ck_assert_uint_eq(core_events(bus.world.core), before + 1);
    bus_done(&bus);
}
END_TEST

Suite *line_suite(void)
{
    const TTest *const tests[] = {
        times_follow_the_standard,
        characters_take_their_time,
        an_answer_within_the_silence_belongs_to_the_same_frame,
        two_talkers_at_once_collide,
        two_who_begin_together_are_all_damage,
        one_after_the_other_does_not_collide,
        a_cut_drop_is_neither_heard_nor_hears,
        a_cut_in_the_middle_splits_what_is_heard,
        other_settings_hear_rubbish,
        noise_flips_bits_and_parity_tells_the_odd_ones,
        a_stuck_line_carries_nothing,
        ports_leave_from_inside_a_callback_and_while_they_talk,
        limits_are_told,
        bursts_are_in_the_event_log,
    };
    Suite *suite = suite_create("line");
    TCase *tcase = tcase_create("line");

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
