// SPDX-License-Identifier: Apache-2.0
// Who shows what to whom: where the central system is, whom the station trusts, the certificate
// that the site's authority gave its chip, the password of Basic authentication (OCPP-J 1.6 section
// 6; security white paper edition 3, profiles 1 to 3). No secret is ever logged.
//
// Not modelled: DNS (the site says where the central system is), revocation lists, renewal of
// certificates.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/device/audit.h"
#include "sim/device/chip.h"
#include "sim/device/site_authority.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NS_PER_DAY (86400 * SIM_NS_PER_S)

// An option of the site's line, or the profile's fact of the same name.
const char *charger_option(const struct charger *charger, const char *name, const char *otherwise)
{
    const struct yaml_node *line = yaml_get(charger->device->site, "ocpp");
    char path[32];

    snprintf(path, sizeof(path), "ocpp.%s", name);
    return yaml_get_text(line, name, profile_fact_text(charger->device->profile, path, otherwise));
}

// ---- Where it goes ----

// "ws://10.77.0.30:8080/ocpp" or "wss://...": an address, since no name is resolved here.
static int read_url(const char *url, bool tls, struct charger_place *ret)
{
    const char *scheme = tls ? "wss://" : "ws://";
    const char *host = url + strlen(scheme);
    size_t length;
    char text[ADDRESS_TEXT_ROOM];

    if (strncmp(url, scheme, strlen(scheme)) != 0)
        return ERR_RANGE;
    length = strcspn(host, "/");
    if (length >= sizeof(text))
        return ERR_TOO_LONG;
    memcpy(text, host, length);
    text[length] = '\0';
    if (address_parse(text, &ret->at) < 0)
        return ERR_SYNTAX;
    if (!ret->at.port)
        ret->at.port = tls ? 443 : 80;
    snprintf(ret->name, sizeof(ret->name), "%s", text);
    snprintf(ret->path, sizeof(ret->path), "%s", host + length);
    return 0;
}

int charger_find_place(const struct charger *charger, struct charger_place *ret)
{
    struct station_csms csms;
    const char *name = charger_option(charger, "name", NULL);
    int err;

    if (strstr(charger->site.csms, "://")) {
        err = read_url(charger->site.csms, charger->site.security >= 2, ret);
    } else {
        err = device_station_csms(charger->device, &charger->site, &csms);
        if (err == 0) {
            ret->at = csms.at;
            memcpy(ret->name, csms.name, sizeof(ret->name));
            snprintf(ret->path, sizeof(ret->path), "%s", charger_option(charger, "path", "/ocpp"));
        }
    }
    if (err == 0 && name)
        snprintf(ret->name, sizeof(ret->name), "%s", name);
    return err;
}

void charger_audit(struct charger *charger, const char *event, bool success)
{
    char text[ADDRESS_TEXT_ROOM] = "local";
    struct charger_place place;

    if (charger->site.csms && charger_find_place(charger, &place) == 0)
        address_text(&place.at, text);
    log_info(charger->device->id, "%s", event);
    device_event(charger->device, "security=%s", event);
    (void)audit_add(charger->audit, AUDIT_ACCESS, "ocpp", event,
                    success ? AUDIT_SUCCESS : AUDIT_FAILURE, text);
}

// ---- TLS ----

static int64_t believed_utc_ns(void *user)
{
    return device_utc_ns(((struct charger *)user)->device);
}

// Made when it is first needed, as a commissioner does: the site's authority certifies the chip's
// key, CN the station's name, O the operator's (white paper, A00.FR.511 to 513).
static int make_identity(struct charger *charger)
{
    struct device *device = charger->device;
    struct charger_key key;
    struct str organization = {0};
    struct certificate *certificate;
    int64_t now_ns = device_utc_ns(device);
    struct certificate_wish wish = {
        .common_name = charger->site.common_name,
        .not_before_ns = now_ns - NS_PER_DAY,
        .not_after_ns = now_ns + profile_fact_time_ns(device->profile, "ocpp.certificate_life",
                                                      365 * NS_PER_DAY),
    };
    int err;

    if (charger->identity)
        return 0;
    if (charger_key_find(charger, "CpoName", &key))
        charger_key_add_value(charger, &key, &organization);
    wish.organization = organization.length ? str_text(&organization) : NULL;
    charger->chip = charger->chip ? charger->chip : chip_new(device);
    err =
        site_authority_sign(device->world.authority, &wish, chip_key(charger->chip), &certificate);
    str_done(&organization);
    if (err < 0)
        return err;
    charger->identity = chip_take_certificate(charger->chip, certificate);
    certificate_free(&certificate);
    return 0;
}

int charger_tls_wrap(struct charger *charger, const struct charger_place *place,
                     const struct conn_events *events)
{
    struct device *device = charger->device;
    struct tls_options options = {
        .lowest = TLS_1_2,
        .highest = TLS_1_3,
        .authorities = &charger->root,
        .authorities_count = 1,
        .utc_ns = believed_utc_ns,
        .user = charger,
    };
    int err = 0;

    if (!device->world.tls || !device->world.authority)
        return ERR_UNSUPPORTED;
    charger->root = site_authority_root(device->world.authority);
    free(charger->tls_name); // Nothing stands on it: the connection before is over.
    charger->tls_name = str_copy(place->name);
    options.peer_name = charger->tls_name;
    if (charger->site.security == 3)
        err = make_identity(charger);
    if (err < 0)
        return err;
    options.identities = charger->identity;
    options.identities_count = charger->identity ? 1 : 0;
    return tls_wrap(device->world.tls, charger->conn, &options, events, charger, &charger->conn);
}

// What a handshake that failed is called in the security log (white paper, appendix 2).
static const char *const tls_events[] = {
    [TLS_FAILED_NOT] = NULL,
    [TLS_FAILED_VERSION] = "InvalidTLSVersion",
    [TLS_FAILED_SUITE] = "InvalidTLSCipherSuite",
    [TLS_FAILED_EXPIRED] = "InvalidCentralSystemCertificate",
    [TLS_FAILED_NAME] = "InvalidCentralSystemCertificate",
    [TLS_FAILED_UNTRUSTED] = "InvalidCentralSystemCertificate",
    [TLS_FAILED_NO_CERTIFICATE] = "InvalidCentralSystemCertificate",
    [TLS_FAILED_ALERT] = "FailedToAuthenticationAtCentralSystem",
    [TLS_FAILED_PROTOCOL] = NULL,
};

void charger_tls_audit(struct charger *charger, const struct conn *conn)
{
    enum { PROTOCOL_VERSION = 70, INSUFFICIENT_SECURITY = 71, INTERNAL_ERROR = 80 };
    const struct tls_report *report = tls_report(charger->device->world.tls, conn);
    const char *event;

    assert((size_t)report->failure < COUNT_OF(tls_events));
    event = tls_events[report->failure];
    if (report->failure == TLS_FAILED_ALERT && report->alert == PROTOCOL_VERSION)
        event = "InvalidTLSVersion";
    if (report->failure == TLS_FAILED_ALERT && report->alert == INSUFFICIENT_SECURITY)
        event = "InvalidTLSCipherSuite";
    if (report->failure == TLS_FAILED_ALERT && report->alert == INTERNAL_ERROR)
        event = NULL;
    log_info(charger->device->id, "TLS: %s", report->text);
    if (event)
        charger_audit(charger, event, false);
}

// ---- Basic authentication (RFC 7617) ----

static size_t add_base64(const uint8_t *data, size_t length, char *ret)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t count = 0;

    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)data[i] << 16;

        group |= i + 1 < length ? (uint32_t)data[i + 1] << 8 : 0;
        group |= i + 2 < length ? data[i + 2] : 0;
        ret[count++] = digits[group >> 18];
        ret[count++] = digits[group >> 12 & 63];
        ret[count++] = i + 1 < length ? digits[group >> 6 & 63] : '=';
        ret[count++] = i + 2 < length ? digits[group & 63] : '=';
    }
    ret[count] = '\0';
    return count;
}

// The key as it is sent: its digits as a text, or the bytes they stand for; peers differ.
static size_t add_key(const struct charger *charger, const char *key, uint8_t *ret)
{
    size_t length = strlen(key);

    if (strcmp(charger_option(charger, "key_format", "hex"), "bytes") != 0) {
        memcpy(ret, key, length);
        return length;
    }
    for (size_t i = 0; i + 1 < length; i += 2) {
        char digits[3] = {key[i], key[i + 1], '\0'};

        ret[i / 2] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return length / 2;
}

void charger_authorization(const struct charger *charger, char ret[CHARGER_AUTHORIZATION_ROOM])
{
    uint8_t plain[STATION_IDENTITY_ROOM + CHARGER_KEY_ROOM];
    char key[CHARGER_KEY_ROOM];
    size_t length = strlen(charger->site.identity);

    charger_password(charger, key);
    memcpy(plain, charger->site.identity, length);
    plain[length++] = ':';
    length += add_key(charger, key, plain + length);
    memcpy(ret, "Basic ", 6);
    add_base64(plain, length, ret + 6);
    crypto_wipe(plain, sizeof(plain));
    crypto_wipe(key, sizeof(key));
}
