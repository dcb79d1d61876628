// SPDX-License-Identifier: Apache-2.0
// A world with one charging station and a central system that a test holds in its hand: it answers
// as it is told, writes down what it hears, and remembers every message about a transaction to see
// that a repeat is the same bytes. Header only; one office a test.
#ifndef DEVICES_CHARGER_OFFICE_TEST_H
#define DEVICES_CHARGER_OFFICE_TEST_H

#include "devices/charger/office_wire_test.h"

// ---- The office ----

static inline void office_listen(struct office *office, const char *at)
{
    struct address address = bed_address(at);

    host_unlisten(&office->listener);
    ck_assert_int_eq(host_listen(office->host, &address, office_accept, office, &office->listener),
                     0);
}

static inline void office_open(struct office *office)
{
    static const char *const subprotocols[] = {"ocpp1.6", NULL};
    static const char *const others[] = {"ocpp2.0.1", NULL};
    static const uint64_t seed = 1;
    bool other = office->other_subprotocol;
    struct address address = bed_address("10.77.0.30");

    memset(office, 0, sizeof(*office));
    edge_tls_seed(&seed);
    bed_open(&office->bed);
    office->web = edge_web_new(office->bed.core);
    office->tls = edge_tls_new(office->bed.core);
    office->authority = site_authority_new(1, false, core_utc_ns(office->bed.core));
    office->host = vnet_host_new(office->bed.vnet, "office");
    ck_assert_int_eq(vnet_host_add_address(office->host, office->bed.lan, &address), 0);
    office->options = (struct http_server_options){.header_bytes_max = 4096,
                                                   .body_bytes_max = 0,
                                                   .request_ns = 30 * OFFICE_NS_PER_S,
                                                   .idle_ns = 600 * OFFICE_NS_PER_S,
                                                   .clients_max = 16,
                                                   .message_bytes_max = 65536,
                                                   .subprotocols = other ? others : subprotocols};
    office->server = http_server_new(office->web, core_timers(office->bed.core), &office->options,
                                     &office_server_events, office);
    office->session = ocpp_session_new(OCPP_CSMS, "c", &office_session_events, office);
    office->boot_status = "Accepted";
    office->tag_status = "Accepted";
    office->interval_s = 86400;
    office->upgrade_status = 101;
    office_listen(office, "10.77.0.30:8080");
}

// The station with its line `ocpp: {csms: <url>, identity: CP1, ...more}`; off.
static inline void office_add(struct office *office, const char *model, const char *url,
                              const char *more)
{
    char *site = str_format("{profile: charge-2024-09, model: %s, ocpp: {csms: \"%s\","
                            " identity: CP1%s}, ports: {eth: {on: lan, ipv4: 10.77.1.1}}}",
                            model, url, more);

    office->device = bed_add(&office->bed, &charger_family, "evse", site);
    free(site);
    office->charger = charger_of(office->device);
    office->device->world.web = office->web;
    office->device->world.tls = office->tls;
    office->device->world.authority = office->authority;
}

static inline void office_close(struct office *office)
{
    host_unlisten(&office->listener);
    http_server_free(&office->server);
    ocpp_session_free(&office->session);
    for (size_t i = 0; i < office->messages_count; i++)
        free(office->messages[i].frame);
    str_done(&office->story);
    str_done(&office->answer);
    for (size_t i = 0; i < office->bed.devices_count; i++)
        device_set_power(office->bed.devices[i], false);
    bed_advance(&office->bed, 0);
    bed_free_devices(&office->bed);
    bed_advance(&office->bed, 0);
    edge_web_free(&office->web);
    // What TLS stands on is gone before it, the clock after.
    vnet_free(&office->bed.vnet);
    edge_tls_free(&office->tls);
    certificate_free(&office->certificate);
    key_free(&office->key);
    site_authority_free(&office->authority);
    bed_close(&office->bed);
    edge_tls_seed(NULL);
}

static inline void office_run(struct office *office, int64_t seconds)
{
    bed_advance(&office->bed, seconds * OFFICE_NS_PER_S);
}

// What was heard since the last time.
static inline void office_expect(struct office *office, const char *story)
{
    ck_assert_str_eq(str_text(&office->story), story);
    str_clear(&office->story);
}

// Sends a command and gives the status it was answered with.
static inline const char *office_ask(struct office *office, const char *action, const char *payload)
{
    str_clear(&office->answer);
    ck_assert_int_eq(ocpp_session_call(office->session, ocpp_action_find(action), NULL, payload,
                                       strlen(payload),
                                       core_now(office->bed.core) + 30 * OFFICE_NS_PER_S, 0),
                     0);
    bed_advance(&office->bed, SIM_NS_PER_MS);
    return str_text(&office->answer);
}

// Whether the security log of the station has the event.
static inline bool office_audited(struct office *office, const char *event)
{
    for (size_t i = 0; i < audit_count(office->charger->audit); i++) {
        struct audit_entry entry;

        audit_at(office->charger->audit, i, &entry);
        if (strcmp(entry.event, event) == 0)
            return true;
    }
    return false;
}

#endif
