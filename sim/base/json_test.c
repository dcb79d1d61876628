// SPDX-License-Identifier: Apache-2.0
// JSON from outside: values of every type, absent ones, and texts that are too much or no JSON.
#include "sim/base/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

static struct json *parsed(const char *text)
{
    struct json *json = NULL;

    ck_assert_int_eq(json_parse(text, strlen(text), &json, NULL), 0);
    ck_assert_ptr_nonnull(json);
    return json;
}

START_TEST(every_type_is_read)
{
    struct json *json = parsed("{\"t\": \"\\u00e9\", \"i\": -9223372036854775808, \"r\": 2.5,"
                               " \"w\": 2.0, \"y\": true, \"n\": false, \"z\": null,"
                               " \"a\": [1, [2], {}], \"o\": {\"k\": 1}}");

    ck_assert_str_eq(json_text(json_get(json, "t"), "-"), "\xC3\xA9");
    ck_assert_int_eq(json_integer(json_get(json, "i"), 0), INT64_MIN);
    ck_assert_double_eq(json_number(json_get(json, "r"), 0), 2.5);
    ck_assert_int_eq(json_integer(json_get(json, "r"), 7), 7);
    ck_assert_int_eq(json_integer(json_get(json, "w"), 7), 2);
    ck_assert(json_bool(json_get(json, "y"), false));
    ck_assert(!json_bool(json_get(json, "n"), true));
    ck_assert(json_is_bool(json_get(json, "n")));
    ck_assert(!json_is_bool(json_get(json, "z")));
    ck_assert_uint_eq(json_count(json), 9);
    ck_assert_uint_eq(json_count(json_get(json, "a")), 3);
    ck_assert_int_eq(json_integer(json_at(json_at(json_get(json, "a"), 1), 0), 0), 2);
    ck_assert(json_is_object(json_at(json_get(json, "a"), 2)));
    ck_assert(json_is_array(json_get(json, "a")));
    ck_assert(json_is_text(json_get(json, "t")));
    ck_assert(json_is_number(json_get(json, "i")) && json_is_number(json_get(json, "r")));
    json_free(&json);
    ck_assert_ptr_null(json);
    json_free(&json);
}
END_TEST

START_TEST(what_is_absent_or_of_another_type_gives_the_otherwise)
{
    struct json *json = parsed("[\"text\", 1]");

    ck_assert_ptr_null(json_get(json, "key"));
    ck_assert_ptr_null(json_get(NULL, "key"));
    ck_assert_ptr_null(json_at(json, 2));
    ck_assert_ptr_null(json_at(NULL, 0));
    ck_assert_uint_eq(json_count(NULL), 0);
    ck_assert_uint_eq(json_count(json_at(json, 0)), 0);
    ck_assert_str_eq(json_text(json_at(json, 1), "other"), "other");
    ck_assert_ptr_null(json_text(NULL, NULL));
    ck_assert_double_eq(json_number(json_at(json, 0), 1.5), 1.5);
    ck_assert_int_eq(json_integer(NULL, -4), -4);
    ck_assert(json_bool(json_at(json, 1), true));
    ck_assert(!json_is_text(NULL) && !json_is_number(NULL) && !json_is_object(json));
    json_free(&json);
}
END_TEST

START_TEST(members_come_in_their_written_order)
{
    struct json *json = parsed("{\"z\": 0, \"a\": 1, \"m\": 2}");
    static const char *const keys[] = {"z", "a", "m"};
    const struct json *value;
    const char *key = NULL;
    void *cursor = NULL;
    int64_t count = 0;

    while ((value = json_next(json, &cursor, &key))) {
        ck_assert_int_lt(count, 3);
        ck_assert_str_eq(key, keys[count]);
        ck_assert_int_eq(json_integer(value, -1), count++);
    }
    ck_assert_int_eq(count, 3);
    ck_assert_ptr_null(json_next(json_get(json, "a"), &cursor, &key));
    json_free(&json);
}
END_TEST

// Integers go through the library's constructor of the name our reader has, see json.h.
START_TEST(the_library_keeps_its_own_functions)
{
    struct json *json = parsed("[0, 1, 1234567890123, -5]");

    ck_assert_int_eq(json_integer(json_at(json, 2), 0), 1234567890123);
    ck_assert_int_eq(json_integer(json_at(json, 3), 0), -5);
    json_free(&json);
}
END_TEST

static const struct {
    const char *text;
    size_t length, where;
} wrong[] = {
    {"", 0, 0},
    {"{", 1, 1},
    {"[1,]", 4, 4},
    {"{\"a\": 1, \"a\": 2}", 16, 12},
    {"1 2", 3, 3},
    {"nul", 3, 3},
    {"\"a", 2, 2},
    {"[1e999]", 7, 6},
    {"\"\\u0000\"", 8, 8},
    {"\"\xFF\"", 3, 1},
    {"[\0]", 3, 2},
    {"'a'", 3, 1},
    {"[99999999999999999999]", 22, 21},
};

START_TEST(what_is_no_json_is_refused_with_its_place)
{
    struct json *json = NULL;
    size_t where = 999;

    ck_assert_int_eq(json_parse(wrong[_i].text, wrong[_i].length, &json, &where), ERR_SYNTAX);
    ck_assert_ptr_null(json);
    ck_assert_uint_le(where, wrong[_i].length);
    ck_assert_uint_eq(where, wrong[_i].where);
    ck_assert_int_eq(json_parse(wrong[_i].text, wrong[_i].length, &json, NULL), ERR_SYNTAX);
}
END_TEST

START_TEST(too_much_is_refused)
{
    size_t room = (size_t)JSON_BYTES_MAX + 2;
    char *text = mem_new(room, 1);
    struct json *json = NULL;

    memset(text, '[', room);
    ck_assert_int_eq(json_parse(text, JSON_BYTES_MAX + 1, &json, NULL), ERR_TOO_LONG);
    ck_assert_int_eq(json_parse(text, JSON_VALUES_MAX, &json, NULL), ERR_TOO_MANY);
    ck_assert_int_eq(json_parse(text, 3000, &json, NULL), ERR_TOO_DEEP);
    // A long text with many commas is one value.
    memset(text, ',', room);
    text[0] = '"';
    text[JSON_BYTES_MAX - 1] = '"';
    ck_assert_int_eq(json_parse(text, JSON_BYTES_MAX, &json, NULL), 0);
    ck_assert_uint_eq(strlen(json_text(json, "")), JSON_BYTES_MAX - 2);
    json_free(&json);
    free(text);
}
END_TEST

START_TEST(what_we_write_is_read)
{
    struct str s = {0};
    char all[256];
    struct json *json;

    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    all[127] = '\0';
    str_add_json(&s, all);
    json = parsed(str_text(&s));
    ck_assert_str_eq(json_text(json, ""), all);
    json_free(&json);
    str_done(&s);
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *values = tcase_create("json");

    tcase_add_test(values, every_type_is_read);
    tcase_add_test(values, what_is_absent_or_of_another_type_gives_the_otherwise);
    tcase_add_test(values, members_come_in_their_written_order);
    tcase_add_test(values, the_library_keeps_its_own_functions);
    tcase_add_loop_test(values, what_is_no_json_is_refused_with_its_place, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_test(values, too_much_is_refused);
    tcase_add_test(values, what_we_write_is_read);
    suite_add_tcase(suite, values);
    return suite;
}
