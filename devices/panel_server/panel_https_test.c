// SPDX-License-Identifier: Apache-2.0
// HTTPS of a Panel Server over real TLS on the virtual network: who is let in, who is locked out
// and for how long, passwords, sessions, versions and certificates, interfaces with and without.
#include "devices/panel_server/https_test.h"

// ---- Who is let in ----

START_TEST(every_route_needs_a_session)
{
    static const struct {
        const char *method, *path, *leads;
    } routes[] = {
        {"GET", "/", "/login"},
        {"GET", "/logs", "/login?next=/logs"},
        {"GET", "/settings", "/login?next=/settings"},
        {"GET", "/password", "/login?next=/password"},
        {"GET", "/home.js", "/login?next=/home.js"},
        {"GET", "/logs.js", "/login?next=/logs.js"},
        {"GET", "/settings.js", "/login?next=/settings.js"},
        {"GET", "/password.js", "/login?next=/password.js"},
        {"GET", "/nowhere", "/login?next=/nowhere"},
        {"HEAD", "/settings", "/login?next=/settings"},
        {"POST", "/login", "/login?next=/login"},
        {"GET", "/api/devices", "/login"},
        {"GET", "/api/logs", "/login"},
        {"GET", "/api/logs.csv", "/login"},
        {"GET", "/api/settings", "/login"},
        {"GET", "/api/session", "/login"},
        {"GET", "/api/nowhere", "/login"},
        {"DELETE", "/api/session", "/login"},
    };

    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        leave();
        ck_assert_msg(ask(routes[i].method, routes[i].path, "", NULL) == 303, "%s: %d",
                      routes[i].path, http.status);
        ck_assert_str_eq(header("location"), routes[i].leads);
        ck_assert_str_eq(http.body, "");
    }
    ck_assert_int_eq(ask("PUT", "/api/settings", JSON, "{\"modbus\":{\"eth\":false}}"), 303);
    ck_assert_int_eq(panel_of(gateway)->services[PANEL_MODBUS][0], PANEL_ON);
}
END_TEST

START_TEST(login_page_is_open)
{
    static const char *const strict[][2] = {
        {"strict-transport-security", "max-age=31536000"},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cache-control", "no-store"},
        {"cross-origin-opener-policy", "same-origin"},
        {"cross-origin-resource-policy", "same-origin"},
    };
    static const char *const open[] = {"/login", "/login.js", "/common.js", "/panel.css",
                                       "/icon.svg"};

    for (size_t i = 0; i < COUNT_OF(open); i++) {
        ck_assert_int_eq(get(open[i]), 200);
        for (size_t k = 0; k < COUNT_OF(strict); k++)
            ck_assert_str_eq(header(strict[k][0]), strict[k][1]);
        ck_assert_ptr_nonnull(strstr(header("content-security-policy"), "default-src 'none'"));
        ck_assert_ptr_null(strstr(header("content-security-policy"), "unsafe"));
    }
    get("/login");
    ck_assert_str_eq(header("content-type"), "text/html; charset=utf-8");
    ck_assert(says("EcoStruxure Panel Server · PAS800"));
    ck_assert(says("data-state=\"open\""));
    ck_assert(!says("{{"));
    ck_assert(!says("PS0123456789"));
    ck_assert_int_eq(get("/login?next=/settings"), 200);
    ck_assert(says("data-next=\"/settings\""));
}
END_TEST

START_TEST(next_stays_here)
{
    static const char *const elsewhere[] = {
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "/..//evil",
        "/%09/evil",
        "javascript:alert(1)",
        "/%22%3E%3Cscript%3E",
        "%2F%2Fevil",
        "/api/logs.csv",
        "/%zz",
        "%",
    };
    char path[128];

    for (size_t i = 0; i < COUNT_OF(elsewhere); i++) {
        snprintf(path, sizeof(path), "/login?next=%s", elsewhere[i]);
        leave();
        if (get(path) != 200)
            continue; // The server refused it as no path at all.
        ck_assert_msg(says("data-next=\"/\""), "%s", elsewhere[i]);
    }
    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_int_eq(get("/login?next=//evil.example"), 303);
    ck_assert_str_eq(header("location"), "/");
    ck_assert_int_eq(get("/login?next=/logs"), 303);
    ck_assert_str_eq(header("location"), "/logs");
}
END_TEST

START_TEST(login_and_out)
{
    char cookie[128];

    ck_assert_int_eq(log_in(""), 401);
    ck_assert_int_eq(log_in(WRONG), 401);
    ck_assert_int_eq(log_in_as("Nobody", PASSWORD), 401);
    ck_assert_str_eq(header("set-cookie"), "");
    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert(says("\"result\":\"granted\",\"user\":\"SecurityAdmin\",\"role\":\"user\""));
    ck_assert_ptr_nonnull(
        strstr(header("set-cookie"), "; Secure; HttpOnly; SameSite=Strict; Path=/"));
    ck_assert_int_eq(get("/"), 200);
    ck_assert(says("/home.js"));
    ck_assert(says(http.csrf));
    ck_assert_int_eq(get("/nowhere"), 404);
    snprintf(cookie, sizeof(cookie), "%s", http.cookie);
    http.cookie[0] = '\0'; // Another browser with the bookmark.
    ck_assert_int_eq(get("/settings"), 303);
    snprintf(http.cookie, sizeof(http.cookie), "%s", cookie);
    ck_assert_int_eq(ask("POST", "/logs", "", ""), 405);
    ck_assert_int_eq(get("/api/session"), 200);
    ck_assert_int_eq(ask("DELETE", "/api/session", "", NULL), 403); // No second token.
    snprintf(cookie, sizeof(cookie), "%s", http.cookie);
    ck_assert_int_eq(change("DELETE", "/api/session", NULL), 204);
    ck_assert_ptr_nonnull(strstr(header("set-cookie"), "Max-Age=0"));
    snprintf(http.cookie, sizeof(http.cookie), "%s", cookie); // Replayed.
    ck_assert_int_eq(get("/"), 303);
    ck_assert_uint_eq(audited("login-failed"), 3);
    ck_assert_uint_eq(audited("login-ok"), 1);
    ck_assert_uint_eq(audited("logout"), 1);
    ck_assert_uint_eq(audited("access-refused"), 1); // Both at once: one entry a source.
}
END_TEST

START_TEST(sessions_end)
{
    ck_assert_int_eq(log_in(PASSWORD), 200);
    bed_advance(&bed, 599 * SIM_NS_PER_S);
    ck_assert_int_eq(get("/api/session"), 200);
    bed_advance(&bed, 601 * SIM_NS_PER_S);
    ck_assert_int_eq(get("/api/session"), 303);
    ck_assert_int_eq(log_in(PASSWORD), 200);
    device_set_power(gateway, false);
    device_set_power(gateway, true);
    ck_assert_int_eq(get("/api/session"), 0); // The old connection is dead,
    leave();
    ck_assert_int_eq(get("/api/session"), 303); // and so is the session.
}
END_TEST

// PS-203, PS-204 to the second, by the editions.
static const char *const editions[] = {GATEWAY("ps-2023-05", "Advanced"),
                                       GATEWAY("ps-2024-09", "PAS800"),
                                       GATEWAY("ps-2025-04", "PAS800")};

static void advance_to(sim_time_ns at_ns)
{
    bed_advance(&bed, at_ns - core_now(bed.core));
}

START_TEST(lock_out)
{
    sim_time_ns locked_ns;

    begin(editions[_i], PASSWORD);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(log_in(WRONG), 401);
    locked_ns = core_now(bed.core);
    ck_assert_int_eq(get("/api/login-state"), 200);
    ck_assert(says("\"state\":\"locked\",\"remaining_s\":600,"));
    ck_assert_int_eq(get("/login"), 200);
    ck_assert(says("data-state=\"locked\" data-remaining=\"600\""));
    ck_assert_int_eq(log_in(PASSWORD), 423);
    leave();
    advance_to(locked_ns + 599 * SIM_NS_PER_S);
    ck_assert_int_eq(log_in(PASSWORD), 423);
    ck_assert(says("{\"result\":\"locked\",\"remaining_s\":1}"));
    leave();
    advance_to(locked_ns + 600 * SIM_NS_PER_S);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(log_in(WRONG), 401);
    locked_ns = core_now(bed.core);
    leave();
    // A restart does not end it.
    device_set_power(gateway, false);
    device_set_power(gateway, true);
    advance_to(locked_ns + 3599 * SIM_NS_PER_S);
    ck_assert_int_eq(log_in(PASSWORD), 423);
    leave();
    advance_to(locked_ns + 3601 * SIM_NS_PER_S);
    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_uint_eq(audited("login-failed"), 15);
    ck_assert_uint_eq(audited("account-locked"), 2);
    ck_assert_uint_eq(audited("login-locked"), 3);
    end();
}
END_TEST

// ---- Passwords ----

START_TEST(first_connection)
{
    begin(GATEWAY("ps-2025-04", "PAS800"), NULL);
    ck_assert_int_eq(get("/api/login-state"), 200);
    ck_assert(says("\"first_connection\":true,\"account\":\"SecurityAdmin\""));
    ck_assert_int_eq(get("/login"), 200);
    ck_assert(says("data-state=\"first\""));
    ck_assert(says("8"));
    ck_assert_int_eq(log_in(PASSWORD), 409);
    ck_assert(says("\"result\":\"password-unset\""));
    ck_assert_int_eq(
        ask("POST", "/api/password", JSON, "{\"user\":\"SecurityAdmin\",\"new\":\"short7A\"}"),
        422);
    ck_assert(says("\"error\":\""));
    ck_assert_int_eq(
        ask("POST", "/api/password", JSON, "{\"user\":\"Nobody\",\"new\":\"" PASSWORD "\"}"), 401);
    ck_assert_int_eq(
        ask("POST", "/api/password", JSON, "{\"user\":\"SecurityAdmin\",\"new\":\"" PASSWORD "\"}"),
        204);
    ck_assert_int_eq(
        ask("POST", "/api/password", JSON, "{\"user\":\"SecurityAdmin\",\"new\":\"" WRONG "\"}"),
        401);
    ck_assert_int_eq(log_in(WRONG), 401);
    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_uint_eq(audited("password-set"), 1);
    end();
}
END_TEST

// What nobody has set yet is nobody's to take: its first password comes from the owner.
START_TEST(support_user_is_let_in_by_the_owner)
{
    static const char body[] = "{\"user\":\"SupportUser\",\"new\":\"" WRONG "\"}";

    ck_assert_int_eq(ask("POST", "/api/password", JSON, body), 401);
    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_int_eq(ask("POST", "/api/password", JSON, body), 403); // No second token.
    ck_assert_int_eq(
        change("POST", "/api/password", "{\"user\":\"SupportUser\",\"new\":\"short7A\"}"), 422);
    ck_assert_int_eq(change("POST", "/api/password", body), 204);
    ck_assert_int_eq(change("POST", "/api/password", body), 401); // It is the other's from now on.
    ck_assert_int_eq(get("/api/session"), 200);
    ck_assert_uint_eq(audited("password-set"), 1);
    leave();
    ck_assert_int_eq(
        ask("POST", "/api/session", JSON, "{\"user\":\"SupportUser\",\"password\":\"" WRONG "\"}"),
        200);
    ck_assert(says("\"role\":\"support\""));
}
END_TEST

START_TEST(password_change)
{
    static const char body[] =
        "{\"user\":\"SecurityAdmin\",\"password\":\"" PASSWORD "\",\"new\":\"" WRONG "\"}";

    ck_assert_int_eq(log_in(PASSWORD), 200);
    ck_assert_int_eq(ask("POST", "/api/password", JSON, body), 403); // No second token.
    ck_assert_int_eq(change("POST", "/api/password",
                            "{\"user\":\"SecurityAdmin\",\"password\":\"no\",\"new\":\"" WRONG
                            "\"}"),
                     401);
    ck_assert_int_eq(change("POST", "/api/password",
                            "{\"user\":\"SecurityAdmin\",\"password\":\"" PASSWORD
                            "\",\"new\":\"a\"}"),
                     422);
    ck_assert_int_eq(change("POST", "/api/password", body), 204);
    ck_assert_int_eq(get("/api/session"), 303); // Everybody is out.
    ck_assert_int_eq(log_in(PASSWORD), 401);
    ck_assert_int_eq(log_in(WRONG), 200);
    ck_assert_uint_eq(audited("password-changed"), 1);
}
END_TEST

// ---- The wire ----

START_TEST(an_interface_without_pages)
{
    struct device *two;

    ck_assert_int_eq(change("PUT", "/api/settings", "{}"), 303);
    two =
        bed_add(&bed, &panel_server_family, "gw2",
                "{profile: ps-2025-04, model: PAS800, hardware: V2.0, topology: separated,"
                " ports: {eth1: {on: lan, ipv4: 10.77.0.11}, eth2: {on: lan2, ipv4: 10.78.0.11}}}");
    device_set_power(two, true);
    ck_assert(enter_at("10.78.0.11:443", TLS_1_2, TLS_1_2));
    ck_assert_int_eq(panel_set_service(panel_of(two), PANEL_HTTPS, "eth2", false), 0);
    bed_advance(&bed, SIM_NS_PER_S);
    ck_assert(http.ended);
    ck_assert_int_eq(http.reason, ERR_RESET);
    ck_assert(!enter_at("10.78.0.11:443", TLS_1_2, TLS_1_2));
    ck_assert_int_eq(http.reason, ERR_REFUSED);
    ck_assert(enter_at("10.77.0.11:443", TLS_1_2, TLS_1_2));
    ck_assert_int_eq(panel_set_service(panel_of(two), PANEL_HTTPS, "eth1", false), ERR_REFUSED);
}
END_TEST

START_TEST(tls_of_a_device)
{
    char first[65];
    struct device *other = bed_add(&bed, &panel_server_family, "gw2",
                                   "{profile: ps-2025-04, model: PAS400,"
                                   " ports: {eth: {on: lan, ipv4: 10.77.0.11}}}");

    device_set_power(other, true);
    ck_assert(enter());
    ck_assert_int_eq(http.report.version, TLS_1_2);
    snprintf(first, sizeof(first), "%s", http.certificate);
    ck_assert(enter_at("10.77.0.11:443", TLS_1_2, TLS_1_3));
    ck_assert_int_eq(http.report.version, TLS_1_2);
    ck_assert_str_ne(first, http.certificate); // A key of its own.
    ck_assert(!enter_at("10.77.0.10:443", TLS_1_3, TLS_1_3));
    ck_assert(!enter_at("10.77.0.10:443", TLS_1_0, TLS_1_1));
    ck_assert_int_eq(http.report.failure, TLS_FAILED_VERSION);
    device_set_power(gateway, false);
    device_set_power(gateway, true);
    ck_assert(enter());
    ck_assert_str_eq(first, http.certificate);
}
END_TEST

START_TEST(pause_holds_the_pages)
{
    ck_assert(enter());
    ck_assert_int_eq(device_fault(gateway, FAULT_PAUSE, NULL), 0);
    ck_assert_int_eq(get("/login"), 0);
    ck_assert_int_eq(device_fault_clear(gateway, FAULT_PAUSE), 0);
    run_until(is_answered, SIM_NS_PER_S);
    ck_assert_uint_gt(http.length, 0);
    ck_assert_int_eq(atoi(http.text + 9), 200);
}
END_TEST

Suite *panel_https_suite(void)
{
    Suite *suite = suite_create("panel_https");
    TCase *tcase = tcase_create("panel_https"), *own = tcase_create("panel_https_own");

    tcase_set_timeout(tcase, 60);
    tcase_set_timeout(own, 60);
    tcase_add_checked_fixture(tcase, setup, end);
    tcase_add_test(tcase, every_route_needs_a_session);
    tcase_add_test(tcase, login_page_is_open);
    tcase_add_test(tcase, next_stays_here);
    tcase_add_test(tcase, login_and_out);
    tcase_add_test(tcase, sessions_end);
    tcase_add_test(tcase, support_user_is_let_in_by_the_owner);
    tcase_add_test(tcase, password_change);
    tcase_add_test(tcase, an_interface_without_pages);
    tcase_add_test(tcase, tls_of_a_device);
    tcase_add_test(tcase, pause_holds_the_pages);
    tcase_add_loop_test(own, lock_out, 0, COUNT_OF(editions));
    tcase_add_test(own, first_connection);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, own);
    return suite;
}
