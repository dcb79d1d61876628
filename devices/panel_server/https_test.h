// SPDX-License-Identifier: Apache-2.0
// What the tests of the web pages share: a Panel Server with a breaker on its line and one on
// Ethernet, its login, its log. Header only; one world a test.
#ifndef DEVICES_PANEL_SERVER_HTTPS_TEST_H
#define DEVICES_PANEL_SERVER_HTTPS_TEST_H

#include "devices/pact/pact.h"
#include "devices/panel_server/https_client_test.h"
#include "devices/panel_server/state.h"

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

static struct device *gateway, *serial, *child;

static inline int log_in_as(const char *user, const char *password)
{
    char body[256];

    snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\"}", user, password);
    return ask("POST", "/api/session", JSON, body);
}

static inline int log_in(const char *password)
{
    return log_in_as("SecurityAdmin", password);
}

static inline int change(const char *method, const char *path, const char *body)
{
    char headers[256];

    snprintf(headers, sizeof(headers), JSON "X-CSRF-Token: %s\r\n", http.csrf);
    return ask(method, path, headers, body);
}

static inline size_t audited(const char *event)
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

static inline bool says(const char *text)
{
    return http.body && strstr(http.body, text);
}

// ---- The world ----

static inline void begin(const char *site, const char *password)
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

static inline void end(void)
{
    leave();
    bed_advance(&bed, SIM_NS_PER_S);
    bed_free_devices(&bed);
    edge_web_free(&bed.web);
    edge_tls_free(&bed.tls);
    bed_close(&bed);
    edge_tls_seed(NULL);
}

static inline void setup(void)
{
    begin(GATEWAY("ps-2025-04", "PAS800"), PASSWORD);
}

#endif
