// SPDX-License-Identifier: Apache-2.0
// RFC 3629 section 4, walked through every code point, and each way to be wrong.
#include "sim/base/utf8.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

static size_t encode(uint32_t code, char ret[5])
{
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char heads[] = {0, 0x00, 0xC0, 0xE0, 0xF0};

    for (size_t i = length; i-- > 1; code >>= 6)
        ret[i] = (char)(0x80 | (code & 0x3F));
    ret[0] = (char)(heads[length] | code);
    ret[length] = '\0';
    return length;
}

START_TEST(every_code_point)
{
    for (uint32_t code = 1; code < 0x120000; code++) {
        bool surrogate = code >= 0xD800 && code < 0xE000;
        bool good = !surrogate && code < 0x110000;
        char text[5];
        size_t length = encode(code, text);

        if (utf8_valid(text, length, NULL) != good || utf8_length(text) != (good ? length : 0))
            ck_abort_msg("U+%04X", code);
    }
}
END_TEST

static const struct {
    const char *text;
    size_t length, at;
} wrong[] = {
    {"a\0b", 3, 1},
    {"\x80", 1, 0},
    {"ab\xC0\x80", 4, 2},
    {"\xC1\xBF", 2, 0},
    {"\xE0\x9F\xBF", 3, 0},
    {"\xF0\x8F\xBF\xBF", 4, 0},
    {"\xF5\x80\x80\x80", 4, 0},
    {"\xFF", 1, 0},
    {"x\xE2\x82", 3, 1},
    {"x\xC3", 2, 1},
    {"\xC3(", 2, 0},
    {"\xE2\x82(", 3, 0},
    {"\xF0\x9F\x98", 3, 0},
};

START_TEST(what_is_wrong_is_found_where_it_is)
{
    size_t at = 99;

    ck_assert(!utf8_valid(wrong[_i].text, wrong[_i].length, &at));
    ck_assert_uint_eq(at, wrong[_i].at);
    ck_assert(!utf8_valid(wrong[_i].text, wrong[_i].length, NULL));
}
END_TEST

// The bytes behind `length` do not count: a character cut by it is wrong even if they would
// complete it.
START_TEST(length_bounds_the_look_ahead)
{
    ck_assert(utf8_valid("\xE2\x82\xAC", 3, NULL));
    ck_assert(!utf8_valid("\xE2\x82\xAC", 2, NULL));
    ck_assert(utf8_valid("", 0, NULL));
    ck_assert_uint_eq(utf8_length("\xE2\x82"), 0);
}
END_TEST

Suite *utf8_suite(void)
{
    Suite *suite = suite_create("utf8");
    TCase *characters = tcase_create("utf8");

    tcase_add_test(characters, every_code_point);
    tcase_add_loop_test(characters, what_is_wrong_is_found_where_it_is, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_test(characters, length_bounds_the_look_ahead);
    suite_add_tcase(suite, characters);
    return suite;
}
