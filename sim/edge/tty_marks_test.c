// SPDX-License-Identifier: Apache-2.0
// Marks, whole and cut in every place.
#include "sim/edge/tty_marks.h"

#include <check.h>
#include <string.h>

static const struct {
    const char *from;
    size_t from_length;
    const char *to;
    size_t to_length;
    bool damaged;
} rows[] = {
    {"\x01\x03\x00", 3, "\x01\x03\x00", 3, false},
    {"\x01\xFF\xFF\x02", 4, "\x01\xFF\x02", 3, false},
    {"\x01\xFF\x00\x55\x02", 5, "\x01\x55\x02", 3, true},
    {"\xFF\x00\xFF", 3, "\xFF", 1, true},
    {"\xFF\x00\x00", 3, "\x00", 1, true}, // A break.
    {"\xFF\xFF\xFF\xFF\x00", 5, "\xFF\xFF\x00", 3, false},
};

START_TEST(marks_are_undone_wherever_a_read_cuts_them)
{
    for (size_t cut = 0; cut <= rows[_i].from_length; cut++) {
        struct tty_marks marks = {0};
        uint8_t data[16];
        bool damaged = false;
        size_t length;

        memcpy(data, rows[_i].from, rows[_i].from_length);
        length = tty_marks_undo(&marks, data, cut, &damaged);
        memmove(data + length, data + cut, rows[_i].from_length - cut);
        length += tty_marks_undo(&marks, data + length, rows[_i].from_length - cut, &damaged);
        ck_assert_uint_eq(length, rows[_i].to_length);
        ck_assert_int_eq(memcmp(data, rows[_i].to, length), 0);
        ck_assert(damaged == rows[_i].damaged);
        ck_assert_uint_eq(marks.seen, 0);
    }
}
END_TEST

Suite *tty_marks_suite(void)
{
    Suite *suite = suite_create("tty_marks");
    TCase *marks = tcase_create("marks");

    tcase_add_loop_test(marks, marks_are_undone_wherever_a_read_cuts_them, 0,
                        sizeof(rows) / sizeof(rows[0]));
    suite_add_tcase(suite, marks);
    return suite;
}
