// SPDX-License-Identifier: Apache-2.0
// Request heads, good ones and bad ones (RFC 9112).
#include "sim/edge/control_http.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/edge/control.h"

#define HOST "Host: x\r\n"

static const struct {
    const char *text;
    const char *method;
    const char *path;
    size_t body_length;
    bool close;
    bool wants_continue;
} good[] = {
    {"GET /state HTTP/1.1\r\n" HOST "\r\n", "GET", "/state", 0, false, false},
    {"GET /read?device=q1&point=a%20b HTTP/1.1\r\n" HOST "\r\n", "GET",
     "/read?device=q1&point=a%20b", 0, false, false},
    {"POST /advance HTTP/1.1\r\nhost:x\r\ncontent-LENGTH: \t 12 \r\n\r\n", "POST", "/advance", 12,
     false, false},
    {"PUT /a HTTP/1.0\r\n\r\n", "PUT", "/a", 0, true, false},
    {"PUT /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "PUT", "/a", 0, false, false},
    {"DELETE /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "DELETE", "/a", 0, true, false},
    {"POST /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1048576\r\n\r\n", "POST",
     "/a", 1048576, false, true},
    {"GET / HTTP/1.1\r\n" HOST "X-Empty:\r\n\r\nrest", "GET", "/", 0, false, false},
};

START_TEST(good_heads_are_read)
{
    struct control_head head;
    size_t used = 0;
    unsigned status = 0;
    const uint8_t *data = (const uint8_t *)good[_i].text;
    size_t length = strlen(good[_i].text);

    ck_assert_int_eq(control_http_read(data, length, &head, &used, &status), 0);
    ck_assert_uint_eq(used, (size_t)(strstr(good[_i].text, "\r\n\r\n") + 4 - good[_i].text));
    ck_assert_str_eq(head.method, good[_i].method);
    ck_assert_uint_eq(head.path_length, strlen(good[_i].path));
    ck_assert_int_eq(memcmp(head.path, good[_i].path, head.path_length), 0);
    ck_assert_uint_eq(head.body_length, good[_i].body_length);
    ck_assert(head.close == good[_i].close);
    ck_assert(head.wants_continue == good[_i].wants_continue);
    for (size_t cut = 0; cut < used; cut++)
        ck_assert_int_eq(control_http_read(data, cut, &head, &used, &status), ERR_TRUNCATED);
}
END_TEST

static const struct {
    unsigned status;
    const char *text;
} bad[] = {
    {400, "\r\n\r\n"},
    {400, "GET\r\n\r\n"},
    {400, "GET /\r\n\r\n"},
    {400, "GET  / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1 \r\n" HOST "\r\n"},
    {400, "GET x HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET http://x/ HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /\x01 HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /\xC3\xA4 HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\n\r\n"}, // No Host.
    {400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST " folded: x\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST ": no name\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST "a b: c\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST "a : c\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST "a: \x01\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST "a: b\rc\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1x\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
    {405, "PATCH / HTTP/1.1\r\n" HOST "\r\n"},
    {405, "get / HTTP/1.1\r\n" HOST "\r\n"},
    {411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
    {413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\n"},
    {413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n"},
    {417, "POST / HTTP/1.1\r\n" HOST "Expect: miracles\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\n" HOST "\r\n"},
};

START_TEST(bad_heads_are_refused)
{
    struct control_head head = {.body_length = 77};
    size_t used = 0;
    unsigned status = 0;

    ck_assert_int_eq(control_http_read((const uint8_t *)bad[_i].text, strlen(bad[_i].text), &head,
                                       &used, &status),
                     ERR_MALFORMED);
    ck_assert_msg(status == bad[_i].status, "%u instead of %u for %s", status, bad[_i].status,
                  bad[_i].text);
    ck_assert_uint_eq(head.body_length, 77); // Untouched.
    ck_assert_str_ne(control_http_reason(status), "Status");
}
END_TEST

START_TEST(a_head_without_end_is_too_long)
{
    static uint8_t data[CONTROL_HEADER_BYTES_MAX];
    struct control_head head;
    size_t used = 0;
    unsigned status = 0;

    memset(data, 'a', sizeof(data));
    ck_assert_int_eq(control_http_read(data, sizeof(data) - 1, &head, &used, &status),
                     ERR_TRUNCATED);
    ck_assert_int_eq(control_http_read(data, sizeof(data), &head, &used, &status), ERR_TOO_LONG);
    ck_assert_uint_eq(status, 431);
}
END_TEST

static const struct {
    const char *path;
    const char *name;
    const char *value; // NULL: absent.
} queries[] = {
    {"/read?device=q1&point=current_l1_A", "device", "q1"},
    {"/read?device=q1&point=current_l1_A", "point", "current_l1_A"},
    {"/read?device=q1", "evice", NULL},
    {"/read?device=q1", "device=q1", NULL},
    {"/read?device", "device", NULL},
    {"/read", "device", NULL},
    {"/read?device=", "device", ""},
    {"/read?x=a%20b+c%3d%26", "x", "a b c=&"},
    {"/read?x=100%&y=%4", "x", "100%"},
    {"/read?x=100%&y=%4", "y", "%4"},
    {"/read?x=%00%zz", "x", "%00%zz"},
};

START_TEST(queries_give_their_values)
{
    char *value = control_query_get(queries[_i].path, queries[_i].name);

    if (queries[_i].value)
        ck_assert_str_eq(value, queries[_i].value);
    else
        ck_assert_ptr_null(value);
    free(value);
}
END_TEST

Suite *control_http_suite(void)
{
    Suite *suite = suite_create("control_http");
    TCase *http = tcase_create("http");

    tcase_add_loop_test(http, good_heads_are_read, 0, sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(http, bad_heads_are_refused, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(http, a_head_without_end_is_too_long);
    tcase_add_loop_test(http, queries_give_their_values, 0, sizeof(queries) / sizeof(queries[0]));
    suite_add_tcase(suite, http);
    return suite;
}
