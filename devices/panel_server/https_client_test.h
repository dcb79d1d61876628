// SPDX-License-Identifier: Apache-2.0
// A client for the tests of the web pages: real TLS over the virtual network, HTTP written by hand,
// one connection at a time, and a jar for the cookie and the second token. Header only.
#ifndef DEVICES_PANEL_SERVER_HTTPS_CLIENT_TEST_H
#define DEVICES_PANEL_SERVER_HTTPS_CLIENT_TEST_H

#include "sim/edge/tls.h"
#include "sim/edge/web.h"
#include "sim/vnet/tls_service.h"
#include "tests/support/device_bed.h"

static struct bed bed;

// ---- The client ----

static struct {
    struct conn *conn;
    bool open, ended;
    int reason, wanted;
    struct tls_report report;
    char certificate[65];
    char text[256 * 1024];
    size_t length;
    // Of the answer.
    int status;
    const char *body;
    // Kept over requests.
    char cookie[128], csrf[64];
} http;

static inline int64_t utc(void *user)
{
    return bed_utc_ns(user);
}

static inline void on_open(struct conn *conn, void *user)
{
    (void)user;
    http.open = true;
    http.report = *tls_report(bed.tls, conn);
    if (http.report.peer)
        certificate_fingerprint(http.report.peer, http.certificate);
}

static inline size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)conn;
    (void)user;
    ck_assert_uint_lt(http.length + length, sizeof(http.text));
    memcpy(http.text + http.length, data, length);
    http.length += length;
    http.text[http.length] = '\0';
    return length;
}

static inline void on_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static inline void on_end(struct conn *conn, int reason, void *user)
{
    (void)user;
    if (!http.open) {
        const struct tls_report *report = tls_report(bed.tls, conn);

        http.report.failure = report->failure;
    }
    http.conn = NULL;
    http.ended = true;
    http.open = false;
    http.reason = reason;
}

static const struct conn_events events = {on_open, on_data, on_room, on_end};

static inline const char *header(const char *name)
{
    static char value[512];
    char line[64];
    const char *at;

    snprintf(line, sizeof(line), "\r\n%s: ", name);
    at = strcasestr(http.text, line);
    if (!at || (http.body && at > http.body))
        return "";
    at += strlen(line);
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

static inline bool is_answered(void *user)
{
    const char *end = http.length ? strstr(http.text, "\r\n\r\n") : NULL;

    (void)user;
    if (http.ended)
        return true;
    if (!end)
        return false;
    http.body = end + 4;
    return strstr(http.text, " 204 ") == http.text + 8 ||
           http.length >= (size_t)(http.body - http.text) + (size_t)atoi(header("content-length"));
}

static inline bool is_settled(void *user)
{
    (void)user;
    return http.open || http.ended;
}

static inline void run_until(bool (*done)(void *user), int64_t within_ns)
{
    struct core_until until = {
        .until_ns = core_now(bed.core) + within_ns, .wall_ns = 20 * SIM_NS_PER_S, .done = done};

    core_run(bed.core, &until);
}

static inline void leave(void)
{
    if (http.conn)
        conn_close(http.conn);
    http.conn = NULL;
    http.open = http.ended = false;
    http.length = 0;
    http.text[0] = '\0';
    http.body = NULL;
    http.status = 0;
}

// A TLS connection to the pages; false and http.reason when it does not come about.
static inline bool enter_at(const char *to, enum tls_version lowest, enum tls_version highest)
{
    struct address address = bed_address(to);
    struct tls_options options = {
        .lowest = lowest, .highest = highest, .utc_ns = utc, .user = &bed};
    static const struct conn_events nobody;
    struct conn *below;

    leave();
    ck_assert_int_eq(host_connect(bed.runner, &address, &nobody, NULL, &below), 0);
    ck_assert_int_eq(tls_wrap(bed.tls, below, &options, &events, NULL, &http.conn), 0);
    run_until(is_settled, 10 * SIM_NS_PER_S);
    return http.open;
}

static inline bool enter(void)
{
    return enter_at("10.77.0.10:443", TLS_1_2, TLS_1_2);
}

// Sends bytes as they are and waits for one answer; the status, or 0 for none.
static inline int say(const char *bytes, size_t length)
{
    http.length = 0;
    http.text[0] = '\0';
    http.body = NULL;
    if (!http.conn && !enter())
        return 0;
    ck_assert_uint_eq(conn_send(http.conn, bytes, length), length);
    run_until(is_answered, 20 * SIM_NS_PER_S);
    http.status = http.length > 12 ? atoi(http.text + 9) : 0;
    if (strncmp(header("set-cookie"), "session=", 8) == 0)
        snprintf(http.cookie, sizeof(http.cookie), "%.*s", (int)strcspn(header("set-cookie"), ";"),
                 header("set-cookie"));
    if (http.body && strstr(http.body, "\"csrf\":\""))
        snprintf(http.csrf, sizeof(http.csrf), "%.43s", strstr(http.body, "\"csrf\":\"") + 8);
    return http.status;
}

// With the cookie we have.
static inline int ask(const char *method, const char *path, const char *headers, const char *body)
{
    struct str text = {0};
    int status;

    str_addf(&text, "%s %s HTTP/1.1\r\nHost: 10.77.0.10\r\n%s", method, path, headers);
    if (*http.cookie)
        str_addf(&text, "Cookie: %s\r\n", http.cookie);
    if (body)
        str_addf(&text, "Content-Length: %zu\r\n", strlen(body));
    str_addf(&text, "\r\n%s", body ? body : "");
    status = say(str_text(&text), text.length);
    str_done(&text);
    return status;
}

static inline int get(const char *path)
{
    return ask("GET", path, "", NULL);
}

#endif
