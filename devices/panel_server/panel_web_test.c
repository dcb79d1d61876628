// SPDX-License-Identifier: Apache-2.0
// The web API of a Panel Server over real TLS on the virtual network: forged and malformed requests
// and what the audit log tells of them; the devices and their values, the log, the settings.
#include "devices/panel_server/https_test.h"

// ---- Forged and malformed ----

START_TEST(forged_requests)
{
    static const char *const foreign[] = {
        "Origin: https://evil.example\r\n", "Origin: http://10.77.0.10\r\n", "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",   "Sec-Fetch-Site: same-site\r\n",
    };
    static const char login[] = "{\"user\":\"SecurityAdmin\",\"password\":\"" PASSWORD "\"}";
    char headers[256];

    ck_assert_int_eq(ask("POST", "/api/session", JSON "Origin: https://10.77.0.10\r\n", login),
                     200);
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        snprintf(headers, sizeof(headers), JSON "X-CSRF-Token: %s\r\n%s", http.csrf, foreign[i]);
        ck_assert_int_eq(ask("PUT", "/api/settings", headers, "{\"modbus\":{\"eth\":false}}"), 403);
        snprintf(headers, sizeof(headers), JSON "%s", foreign[i]);
        ck_assert_int_eq(ask("POST", "/api/session", headers, login), 403);
    }
    ck_assert_int_eq(ask("PUT", "/api/settings", JSON "X-CSRF-Token: forged\r\n",
                         "{\"modbus\":{\"eth\":false}}"),
                     403);
    snprintf(headers, sizeof(headers), "Content-Type: text/plain\r\nX-CSRF-Token: %s\r\n",
             http.csrf);
    ck_assert_int_eq(ask("PUT", "/api/settings", headers, "{\"modbus\":{\"eth\":false}}"), 415);
    ck_assert_int_eq(panel_of(gateway)->services[PANEL_MODBUS][0], PANEL_ON);
    snprintf(http.cookie, sizeof(http.cookie), "session=%s",
             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    ck_assert_int_eq(get("/api/devices"), 303);
    ck_assert_uint_eq(audited("access-refused"), 1);
    bed_advance(&bed, 601 * SIM_NS_PER_S);
    leave();
    ck_assert_int_eq(get("/api/devices"), 303);
    ck_assert_uint_eq(audited("access-refused"), 2);
}
END_TEST

START_TEST(malformed_bodies)
{
    struct str deep = {0};

    for (int i = 0; i < 1000; i++)
        str_adds(&deep, "{\"a\":");
    str_adds(&deep, "1");
    for (int i = 0; i < 1000; i++)
        str_adds(&deep, "}");
    ck_assert_int_eq(ask("POST", "/api/session", JSON, str_text(&deep)), 400);
    str_done(&deep);
    ck_assert_int_eq(ask("POST", "/api/session", JSON, "[1]"), 400);
    ck_assert_int_eq(ask("POST", "/api/session", JSON, "{\"user\":"), 400);
    ck_assert_int_eq(ask("POST", "/api/session", JSON, "{\"user\":1,\"password\":[]}"), 400);
    ck_assert_int_eq(ask("POST", "/api/session", JSON, "{\"user\":\"a\",\"user\":\"b\"}"), 400);
    ck_assert_int_eq(ask("POST", "/api/session", JSON, "{\"user\":\"\\\"\\\\\",\"password\":\"\"}"),
                     401);
    ck_assert_uint_eq(audited("access-refused"), 1);
}
END_TEST

START_TEST(malformed_requests)
{
    static const char *const paths[] = {"/../etc/passwd",   "/login/../settings",
                                        "/%2e%2e/settings", "//settings",
                                        "/..%2fsettings",   "/pages/login.html"};
    struct str big = {0};

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        leave();
        ck_assert_msg(get(paths[i]) == 400 || http.status == 303, "%s: %d", paths[i], http.status);
    }
    leave();
    str_adds(&big, "GET / HTTP/1.1\r\nHost: 10.77.0.10\r\nX-Big: ");
    for (int i = 0; i < 8192; i++)
        str_adds(&big, "a");
    str_adds(&big, "\r\n\r\n");
    ck_assert_int_eq(say(str_text(&big), big.length), 431);
    str_done(&big);
    leave();
    ck_assert_int_eq(ask("POST", "/api/session", JSON "Content-Length: 100000\r\n", NULL), 413);
    leave();
    ck_assert_int_eq(ask("BREW", "/login", "", NULL), 405);
    leave();
    ck_assert_int_eq(get("/login"), 200); // It still serves.
}
END_TEST

// ---- What is behind ----

START_TEST(devices_and_their_values)
{
    char request[256];

    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_int_eq(get("/api/devices"), 200);
    ck_assert(says("\"model\":\"PAS800\""));
    ck_assert(says("\"serial\":\"PS0123456789\""));
    ck_assert(says("\"clock\":\"2026-01-15T08:00:0"));
    ck_assert(says("{\"unit\":3,\"wire\":\"modbus-sl\",\"state\":\"connected\",\"id\":\"q1\""));
    ck_assert(says("\"breaker.position\":0,\"breaker.tripped\":0"));
    ck_assert(says("{\"unit\":4,\"wire\":\"modbus-sl\",\"state\":\"not-connected\",\"id\":\"\""));
    ck_assert(says("{\"unit\":101,\"wire\":\"modbus-tcp\",\"state\":\"connected\",\"id\":\"q9\""));
    device_set_power(child, false);
    bed_advance(&bed, 10 * SIM_NS_PER_S);
    ck_assert_int_eq(get("/api/devices"), 200);
    ck_assert(says("{\"unit\":101,\"wire\":\"modbus-tcp\",\"state\":\"not-connected\""));
    ck_assert(says("\"heard_s\":1"));
    ck_assert(says("\"power_active_total_W\":null"));
    // Nobody waits for the answer any more; the next one gets his.
    bed_advance(&bed, 10 * SIM_NS_PER_S);
    snprintf(request, sizeof(request),
             "GET /api/devices HTTP/1.1\r\nHost: 10.77.0.10\r\nCookie: %s\r\n\r\n", http.cookie);
    conn_send(http.conn, request, strlen(request));
    bed_advance(&bed, 20 * SIM_NS_PER_MS);
    conn_reset(http.conn);
    http.conn = NULL;
    leave();
    bed_advance(&bed, 60 * SIM_NS_PER_S);
    ck_assert_int_eq(get("/api/devices"), 200);
}
END_TEST

START_TEST(log_to_look_at_and_to_keep)
{
    log_in_as("Jane.Doe@example.com", "Hunter2-hunter2");
    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_int_eq(get("/api/logs"), 200);
    ck_assert(says("\"category\":\"access\",\"type\":\"web\",\"event\":\"login-failed\",\"result\":"
                   "\"failure\",\"source\":\"10.77.255.1\"}"));
    ck_assert(!says("Jane"));
    ck_assert(!says("Hunter2"));
    ck_assert_int_eq(get("/api/logs.csv"), 200);
    ck_assert_str_eq(header("content-type"), "text/csv; charset=utf-8");
    ck_assert_str_eq(header("content-disposition"),
                     "attachment; filename=\"audit-PS0123456789-2026-01-15.csv\"");
    ck_assert(says("login-failed"));
    ck_assert(says("10.77.255.1"));
    ck_assert(!says("Jane"));
    ck_assert(!says("Hunter2"));
}
END_TEST

START_TEST(settings)
{
    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_int_eq(get("/api/settings"), 200);
    ck_assert(
        says("\"modbus\":[{\"interface\":\"eth\",\"on\":true,\"settable\":true,\"in_use\":true}]"));
    ck_assert(
        says("\"https\":[{\"interface\":\"eth\",\"on\":true,\"settable\":false,\"in_use\":true}]"));
    ck_assert_int_eq(change("PUT", "/api/settings", "{\"modbus\":{\"eth\":false}}"), 200);
    ck_assert_int_eq(panel_of(gateway)->services[PANEL_MODBUS][0], PANEL_OFF);
    ck_assert_uint_eq(audited("setting-changed"), 1);
    ck_assert_int_eq(change("PUT", "/api/settings", "{\"modbus\":{\"eth\":false}}"), 200);
    ck_assert_uint_eq(audited("setting-changed"), 1); // It was off.
    ck_assert_int_eq(change("PUT", "/api/settings", "{\"https\":{\"eth\":false}}"), 409);
    ck_assert_int_eq(change("PUT", "/api/settings", "{\"modbus\":{\"eth2\":true}}"), 422);
    ck_assert_int_eq(change("PUT", "/api/settings", "{\"modbus\":{\"eth\":1}}"), 422);
    ck_assert_int_eq(change("PUT", "/api/settings", "{\"ftp\":{\"eth\":true}}"), 422);
    ck_assert_int_eq(change("PUT", "/api/settings", "{}"), 422);
}
END_TEST

Suite *panel_web_suite(void)
{
    Suite *suite = suite_create("panel_web");
    TCase *tcase = tcase_create("panel_web");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, end);
    tcase_add_test(tcase, forged_requests);
    tcase_add_test(tcase, malformed_bodies);
    tcase_add_test(tcase, malformed_requests);
    tcase_add_test(tcase, devices_and_their_values);
    tcase_add_test(tcase, log_to_look_at_and_to_keep);
    tcase_add_test(tcase, settings);
    suite_add_tcase(suite, tcase);
    return suite;
}
