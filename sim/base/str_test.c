// SPDX-License-Identifier: Apache-2.0
// Growing text: content, growth across its doubling, and the two escapings.
#include "sim/base/str.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(an_empty_text_is_a_text)
{
    struct str s = {0};
    char *taken;

    ck_assert_str_eq(str_text(&s), "");
    str_add(&s, "", 0);
    ck_assert_str_eq(s.text, "");
    taken = str_take(&s);
    ck_assert_str_eq(taken, "");
    ck_assert_ptr_null(s.text);
    free(taken);
    taken = str_take(&s);
    ck_assert_str_eq(taken, "");
    free(taken);
    str_done(&s);
    ck_assert_ptr_null(str_copy(NULL));
}
END_TEST

START_TEST(text_grows_and_keeps_its_bytes)
{
    struct str s = {0};

    for (int i = 0; i < 1000; i++)
        str_addf(&s, "%03d,", i);
    ck_assert_uint_eq(s.length, 4000);
    ck_assert_uint_eq(strlen(s.text), 4000);
    ck_assert_int_eq(strncmp(s.text + 4 * 567, "567,568,", 8), 0);
    str_clear(&s);
    ck_assert_str_eq(str_text(&s), "");
    ck_assert_uint_ge(s.room, 4001);
    str_add(&s, "a\0b", 3);
    ck_assert_uint_eq(s.length, 3);
    ck_assert_int_eq(memcmp(s.text, "a\0b", 4), 0);
    str_done(&s);
    ck_assert_uint_eq(s.room, 0);
}
END_TEST

// Exactly full: the NUL is what must make the room grow.
START_TEST(the_nul_has_room_at_every_length)
{
    for (size_t length = 60; length < 70; length++) {
        struct str s = {0};

        for (size_t i = 0; i < length; i++)
            str_add(&s, "x", 1);
        ck_assert_uint_gt(s.room, s.length);
        ck_assert_uint_eq(strlen(s.text), length);
        str_done(&s);
    }
}
END_TEST

static const struct {
    const char *text, *json, *xml;
} escapes[] = {
    {"plain", "\"plain\"", "plain"},
    {"a\"b\\c", "\"a\\\"b\\\\c\"", "a&quot;b\\c"},
    {"<a href='x'>&", "\"<a href='x'>&\"", "&lt;a href=&#39;x&#39;&gt;&amp;"},
    {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"", "\xEF\xBF\xBD\t\n\xEF\xBF\xBD&#13;"},
    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"", "\xEF\xBF\xBD\xEF\xBF\xBD\x7f"},
    {"\xC3\xA9\xF0\x9F\x98\x80", "\"\xC3\xA9\xF0\x9F\x98\x80\"", "\xC3\xA9\xF0\x9F\x98\x80"},
    {"a\xFFz\xC3", "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"", "a\xEF\xBF\xBDz\xEF\xBF\xBD"},
    {"\xC2\x85\xC2\xA0\xE2\x80\xA8\xEF\xBB\xBF", "\"\\u0085\xC2\xA0\\u2028\\ufeff\"",
     "\xC2\x85\xC2\xA0\xE2\x80\xA8\xEF\xBB\xBF"},
    {"\xEF\xBF\xBE", "\"\\ufffe\"", "\xEF\xBF\xBD"},
};

START_TEST(escapes_for_json_and_xml)
{
    struct str s = {0};

    str_add_json(&s, escapes[_i].text);
    ck_assert_str_eq(s.text, escapes[_i].json);
    str_clear(&s);
    str_add_xml(&s, escapes[_i].text);
    ck_assert_str_eq(s.text, escapes[_i].xml);
    str_done(&s);
}
END_TEST

START_TEST(printf_into_fresh_memory)
{
    char *text = str_format("%s-%d", "q", 7);
    char *copy = str_copy(text);

    ck_assert_str_eq(text, "q-7");
    ck_assert_str_eq(copy, "q-7");
    ck_assert_ptr_ne(text, copy);
    free(text);
    free(copy);
}
END_TEST

START_TEST(an_array_grows_by_one)
{
    int *numbers = NULL;
    size_t count = 0;
    size_t room = 0;

    for (int i = 0; i < 100; i++) {
        MEM_PUSH_ROOM(numbers, count, room);
        numbers[count++] = i;
    }
    ck_assert_uint_eq(room, 128);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(numbers[i], i);
    free(numbers);
}
END_TEST

Suite *str_suite(void)
{
    Suite *suite = suite_create("str");
    TCase *text = tcase_create("str");

    tcase_add_test(text, an_empty_text_is_a_text);
    tcase_add_test(text, text_grows_and_keeps_its_bytes);
    tcase_add_test(text, the_nul_has_room_at_every_length);
    tcase_add_loop_test(text, escapes_for_json_and_xml, 0, sizeof(escapes) / sizeof(escapes[0]));
    tcase_add_test(text, printf_into_fresh_memory);
    tcase_add_test(text, an_array_grows_by_one);
    suite_add_tcase(suite, text);
    return suite;
}
