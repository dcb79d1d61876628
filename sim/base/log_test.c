// SPDX-License-Identifier: Apache-2.0
// Lines as a sink sees them. Each test runs in a process of its own or undoes what it set.
#include "sim/base/log.h"

#include <check.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

struct heard {
    struct str lines;
    int count;
    enum log_level level;
};

static void hear(void *user, enum log_level level, const char *line)
{
    struct heard *heard = user;

    str_addf(&heard->lines, "%s\n", line);
    heard->count++;
    heard->level = level;
}

static void quiet(struct heard *heard)
{
    log_set_sink(NULL, NULL);
    log_set_level(LOG_LEVEL_WARN);
    log_set_time(0);
    str_done(&heard->lines);
}

START_TEST(a_line_has_time_room_id_and_text)
{
    struct heard heard = {.count = 0};

    log_set_sink(hear, &heard);
    log_set_time(600000001500);
    log_warn("gw", "queue of %d frames is full", 32);
    ck_assert_str_eq(heard.lines.text,
                     "   600.000001 sim/base gw: warning queue of 32 frames is full\n");
    ck_assert_int_eq(heard.level, LOG_LEVEL_WARN);
    str_clear(&heard.lines);
    log_error(NULL, "stopped");
    ck_assert_str_eq(heard.lines.text, "   600.000001 sim/base -: error stopped\n");
    quiet(&heard);
}
END_TEST

START_TEST(levels_choose)
{
    struct heard heard = {.count = 0};

    log_set_sink(hear, &heard);
    log_info("gw", "not yet");
    log_debug("gw", "not yet");
    ck_assert_int_eq(heard.count, 0);
    log_set_level(LOG_LEVEL_INFO);
    log_info("gw", "now");
    log_debug("gw", "not yet");
    ck_assert_int_eq(heard.count, 1);
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("gw", "no more");
    log_error("gw", "always");
    ck_assert_int_eq(heard.count, 2);
    quiet(&heard);
}
END_TEST

// Globs are for good, so this must be the last test of the process when Check does not fork.
START_TEST(globs_choose_by_path_below_the_root)
{
    struct heard heard = {.count = 0};

    log_set_sink(hear, &heard);
    ck_assert_int_eq(log_add_glob("devices/*"), 0);
    log_debug("gw", "another room");
    ck_assert_int_eq(heard.count, 0);
    ck_assert_int_eq(log_add_glob("sim/base/log_t*"), 0);
    log_debug("gw", "this file");
    ck_assert_int_eq(heard.count, 1);
    for (int i = 2; i < 8; i++)
        ck_assert_int_eq(log_add_glob("nothing"), 0);
    ck_assert_int_eq(log_add_glob("nothing"), ERR_TOO_MANY);
    quiet(&heard);
}
END_TEST

START_TEST(a_line_stays_one_line)
{
    struct heard heard = {.count = 0};
    char longest[2000];

    log_set_sink(hear, &heard);
    log_error("gw", "%s", "a\nb\x1b[2J\x7f");
    ck_assert_ptr_nonnull(strstr(heard.lines.text, "a?b?[2J?\n"));
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    str_clear(&heard.lines);
    log_error(longest, "%s", longest);
    ck_assert_uint_lt(heard.lines.length, 600);
    ck_assert_ptr_eq(strchr(heard.lines.text, '\n'), heard.lines.text + heard.lines.length - 1);
    quiet(&heard);
}
END_TEST

START_TEST(bytes_are_shown_and_secrets_are_not)
{
    char text[LOG_HEX_ROOM];
    char data[40] = "\x01\xFF";

    ck_assert_str_eq(log_hex(data, 2, text), "01ff");
    ck_assert_str_eq(log_hex(data, 0, text), "");
    ck_assert_uint_eq(strlen(log_hex(data, 32, text)), 64);
    ck_assert_str_eq(log_hex(data, 40, text) + 64, "... (40 bytes)");
    ck_assert_str_eq(log_secret("open sesame", 11, text), "(11 bytes hidden)");
}
END_TEST

Suite *log_suite(void)
{
    Suite *suite = suite_create("log");
    TCase *lines = tcase_create("log");

    tcase_add_test(lines, a_line_has_time_room_id_and_text);
    tcase_add_test(lines, levels_choose);
    tcase_add_test(lines, a_line_stays_one_line);
    tcase_add_test(lines, bytes_are_shown_and_secrets_are_not);
    tcase_add_test(lines, globs_choose_by_path_below_the_root);
    suite_add_tcase(suite, lines);
    return suite;
}
