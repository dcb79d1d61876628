// SPDX-License-Identifier: Apache-2.0
// The web pages of a Panel Server over real TLS and HTTP on the virtual network: who is let in, who
// is locked out and for how long, what is shown without a session (nothing), what forged and
// malformed requests meet, what the audit log tells of all that. The client is our own and writes
// HTTP by hand.
#include "devices/panel_server/state.h"

#include "devices/pact/pact.h"
#include "sim/edge/tls.h"
#include "sim/edge/web.h"
#include "sim/vnet/tls_service.h"
#include "tests/support/device_bed.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PASSWORD "Panel-2025"
#define WRONG "Panel-2026"
#define JSON "Content-Type: application/json\r\n"
#define GATEWAY(profile, model)                                                                    \
    "{profile: " profile ", model: " model ", serial: PS0123456789,"                               \
    " ports: {eth: {on: lan, ipv4: 10.77.0.10}, sl: {on: rs1, reply_timeout: 500ms, retries: 0}}," \
    " children: [{device: q9, unit: 101}], commissioned: [3, 4]}"
#define SERIAL                                                                                     \
    "{profile: nsx-2024-11, model: NSX250-5E, interface: IFM, ports: {sl: {on: rs1, unit: 3}}}"
#define CHILD                                                                                      \
    "{profile: mtz-x-2024-11, model: MTZ2-16-X, interface: EIFE,"                                  \
    " ports: {eth: {on: lan, ipv4: 10.77.0.20}}}"

static struct bed bed;
static struct device *gateway, *serial, *child;

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

static int64_t utc(void *user)
{
    return bed_utc_ns(user);
}

static void on_open(struct conn *conn, void *user)
{
    (void)user;
    http.open = true;
    http.report = *tls_report(bed.tls, conn);
    if (http.report.peer)
        certificate_fingerprint(http.report.peer, http.certificate);
}

static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    (void)conn;
    (void)user;
    ck_assert_uint_lt(http.length + length, sizeof(http.text));
    memcpy(http.text + http.length, data, length);
    http.length += length;
    http.text[http.length] = '\0';
    return length;
}

static void on_room(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void on_end(struct conn *conn, int reason, void *user)
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

static const char *header(const char *name)
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

static bool is_answered(void *user)
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

static bool is_settled(void *user)
{
    (void)user;
    return http.open || http.ended;
}

static void run_until(bool (*done)(void *user), int64_t within_ns)
{
    struct core_until until = {
        .until_ns = core_now(bed.core) + within_ns, .wall_ns = 20 * SIM_NS_PER_S, .done = done};

    core_run(bed.core, &until);
}

static void leave(void)
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
static bool enter_at(const char *to, enum tls_version lowest, enum tls_version highest)
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

static bool enter(void)
{
    return enter_at("10.77.0.10:443", TLS_1_2, TLS_1_2);
}

// Sends bytes as they are and waits for one answer; the status, or 0 for none.
static int say(const char *bytes, size_t length)
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
static int ask(const char *method, const char *path, const char *headers, const char *body)
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

static int get(const char *path)
{
    return ask("GET", path, "", NULL);
}

static int log_in_as(const char *user, const char *password)
{
    char body[256];

    snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\"}", user, password);
    return ask("POST", "/api/session", JSON, body);
}

static int log_in(const char *password)
{
    return log_in_as("SecurityAdmin", password);
}

static int change(const char *method, const char *path, const char *body)
{
    char headers[256];

    snprintf(headers, sizeof(headers), JSON "X-CSRF-Token: %s\r\n", http.csrf);
    return ask(method, path, headers, body);
}

static size_t audited(const char *event)
{
    const struct audit *audit = panel_of(gateway)->audit;
    size_t count = 0;

    for (size_t i = 0; i < audit_count(audit); i++) {
        struct audit_entry entry;

        audit_at(audit, i, &entry);
        count += strcmp(entry.event, event) == 0;
    }
    return count;
}

static bool says(const char *text)
{
    return http.body && strstr(http.body, text);
}

// ---- The world ----

static void begin(const char *site, const char *password)
{
    static const uint64_t seed = 1;

    memset(&http, 0, sizeof(http));
    bed_open(&bed);
    edge_tls_seed(&seed);
    bed.tls = edge_tls_new(bed.core);
    bed.web = edge_web_new(bed.core);
    bed.password = password;
    gateway = bed_add(&bed, &panel_server_family, "gw", site);
    serial = bed_add(&bed, &pact_family, "q1", SERIAL);
    child = bed_add(&bed, &pact_family, "q9", CHILD);
    for (size_t i = 0; i < bed.devices_count; i++)
        device_set_power(bed.devices[i], true);
}

static void end(void)
{
    leave();
    bed_advance(&bed, SIM_NS_PER_S);
    for (size_t i = bed.devices_count; i-- > 0;) {
        device_free(&bed.devices[i]);
        yaml_free(&bed.documents[i]);
    }
    bed.devices_count = 0;
    edge_web_free(&bed.web);
    edge_tls_free(&bed.tls);
    bed_close(&bed);
    edge_tls_seed(NULL);
}

static void setup(void)
{
    begin(GATEWAY("ps-2025-04", "PAS800"), PASSWORD);
}

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
    tcase_add_test(tcase, password_change);
    tcase_add_test(tcase, forged_requests);
    tcase_add_test(tcase, malformed_bodies);
    tcase_add_test(tcase, malformed_requests);
    tcase_add_test(tcase, devices_and_their_values);
    tcase_add_test(tcase, log_to_look_at_and_to_keep);
    tcase_add_test(tcase, settings);
    tcase_add_test(tcase, an_interface_without_pages);
    tcase_add_test(tcase, tls_of_a_device);
    tcase_add_test(tcase, pause_holds_the_pages);
    tcase_add_loop_test(own, lock_out, 0, COUNT_OF(editions));
    tcase_add_test(own, first_connection);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, own);
    return suite;
}
