// SPDX-License-Identifier: Apache-2.0
#include "sim/edge/web_frames.h"

#include <check.h>
#include <string.h>

#include "sim/base/err.h"

// Walks in slices of `slice` bytes.
static int walk(struct web_frames *frames, const char *bytes, size_t length, size_t slice)
{
    for (size_t i = 0; i < length; i += slice) {
        int e = web_frames_walk(frames, (const uint8_t *)bytes + i,
                                length - i < slice ? length - i : slice);

        if (e < 0)
            return e;
    }
    return 0;
}

START_TEST(finds_the_close)
{
    static const char bytes[] = "HTTP/1.1 101 x\r\nA: \r\r\n\r\n"
                                "\x81\x03"
                                "abc\x89\x00\x81\x7e\x00\x80"
                                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                                "\x88\x04\x03\xe9ok";
    struct web_frames frames;

    for (size_t slice = 1; slice < sizeof(bytes); slice++) {
        web_frames_init(&frames, false, WEB_FRAMES_AFTER_ANSWER);
        ck_assert_int_eq(walk(&frames, bytes, sizeof(bytes) - 2, slice), 0);
        ck_assert(!frames.closed);
        ck_assert_uint_eq(frames.status, 101);
        ck_assert_int_eq(walk(&frames, bytes + sizeof(bytes) - 2, 1, 1), 0);
        ck_assert(frames.closed);
        ck_assert_uint_eq(frames.code, 1001);
    }
}
END_TEST

START_TEST(reads_no_frames_after_a_refusal)
{
    static const char bytes[] = "HTTP/1.1 404 Not Found\r\n\r\nNot Found";
    struct web_frames frames;

    web_frames_init(&frames, false, WEB_FRAMES_AFTER_ANSWER);
    ck_assert_int_eq(walk(&frames, bytes, sizeof(bytes) - 1, 3), 0);
    ck_assert_uint_eq(frames.status, 404);
    web_frames_init(&frames, false, WEB_FRAMES_AFTER_ANSWER);
    ck_assert_int_eq(walk(&frames, "HTTP/1.1 x", 10, 1), ERR_MALFORMED);
}
END_TEST

START_TEST(unmasks_the_code)
{
    struct web_frames frames;

    web_frames_init(&frames, true, WEB_FRAMES_ONLY);
    ck_assert_int_eq(walk(&frames, "\x88\x82\x12\x34\x56\x78\x11\xdc", 8, 1), 0);
    ck_assert(frames.closed);
    ck_assert_uint_eq(frames.code, 1000);
    web_frames_init(&frames, true, WEB_FRAMES_ONLY);
    ck_assert_int_eq(walk(&frames, "\x88\x80\x12\x34\x56\x78", 6, 6), 0);
    ck_assert(frames.closed);
    ck_assert_uint_eq(frames.code, 1005);
}
END_TEST

START_TEST(finds_what_must_not_be)
{
    static const struct {
        bool masked;
        const char *bytes;
    } rows[] = {
        {true, "\x81\x01x"},  {false, "\x81\x81\x01\x02\x03\x04x"},
        {false, "\x89\x7e"},  {false, "\x09\x01x"},
        {false, "\x88\x01x"}, {false, "\x81\x7f\x80\x01\x01\x01\x01\x01\x01\x01"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct web_frames frames;

        web_frames_init(&frames, rows[i].masked, WEB_FRAMES_ONLY);
        ck_assert_int_eq(walk(&frames, rows[i].bytes, strlen(rows[i].bytes), 1), ERR_MALFORMED);
    }
}
END_TEST

START_TEST(knows_where_a_frame_may_begin)
{
    static const char bytes[] = "HTTP/1.1 101 x\r\n\r\n\x81\x02ok\x88\x00";
    static const char may[] = "000000000000000000100010";
    struct web_frames frames;

    web_frames_init(&frames, false, WEB_FRAMES_AFTER_ANSWER);
    for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
        ck_assert_int_eq(web_frames_between(&frames), may[i] == '1');
        ck_assert_int_eq(walk(&frames, bytes + i, 1, 1), 0);
    }
    ck_assert(!web_frames_between(&frames));
}
END_TEST

Suite *web_frames_suite(void)
{
    Suite *suite = suite_create("web_frames");
    TCase *tcase = tcase_create("frames");

    tcase_add_test(tcase, finds_the_close);
    tcase_add_test(tcase, reads_no_frames_after_a_refusal);
    tcase_add_test(tcase, unmasks_the_code);
    tcase_add_test(tcase, finds_what_must_not_be);
    tcase_add_test(tcase, knows_where_a_frame_may_begin);
    suite_add_tcase(suite, tcase);
    return suite;
}
