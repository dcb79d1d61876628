// SPDX-License-Identifier: Apache-2.0
// The site's line of a charging station. The password is not drawn through the site's secrets: a
// fleet has one each, and 20 bytes as 40 digits is what the standard asks for (OCPP-J 1.6 6.2).
#include "sim/device/station.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/str.h"

#define INDEX_MARK "$(index)"

// `text` with each $(index) replaced; false when it does not fit.
static bool fill(const char *text, size_t index, char *ret, size_t room)
{
    struct str out = {0};
    const char *mark;
    bool fits;

    while ((mark = strstr(text, INDEX_MARK)) != NULL) {
        str_add(&out, text, (size_t)(mark - text));
        str_addf(&out, "%zu", index);
        text = mark + strlen(INDEX_MARK);
    }
    str_adds(&out, text);
    fits = out.length < room;
    if (fits)
        memcpy(ret, str_text(&out), out.length + 1);
    str_done(&out);
    return fits;
}

static void draw_password(const struct device *device, char ret[STATION_PASSWORD_ROOM])
{
    uint8_t mac[CRYPTO_SHA256_BYTES];
    char hex[CRYPTO_SHA256_HEX_ROOM];
    uint64_t seed = device->seed;

    crypto_hmac(&seed, sizeof(seed), device->id, strlen(device->id), mac);
    crypto_hex(mac, hex);
    memcpy(ret, hex, STATION_PASSWORD_ROOM - 1);
    ret[STATION_PASSWORD_ROOM - 1] = '\0';
}

int device_station(const struct device *device, struct station_site *ret)
{
    const struct yaml_node *line = yaml_get(device->site, "ocpp");
    const char *password = yaml_get_text(line, "password", NULL);
    struct station_site site = {.csms = yaml_get_text(line, "csms", NULL)};

    if (!line)
        return ERR_NOT_FOUND;
    site.security = (int)schema_integer(yaml_get(line, "security"), 0);
    if (!fill(yaml_get_text(line, "identity", device->id), device->index, site.identity,
              sizeof(site.identity)) ||
        !fill(yaml_get_text(line, "common_name", site.identity), device->index, site.common_name,
              sizeof(site.common_name)))
        return ERR_TOO_LONG;
    if (!password)
        draw_password(device, site.password);
    else if (!fill(password, device->index, site.password, sizeof(site.password)))
        return ERR_TOO_LONG;
    *ret = site;
    return 0;
}

const char *device_csms_name(const struct device *csms, char ret[STATION_HOST_NAME_ROOM])
{
    const char *given = yaml_get_text(csms->site, "host_name", NULL);

    snprintf(ret, STATION_HOST_NAME_ROOM, "%s%s", given ? given : csms->id, given ? "" : ".test");
    return ret;
}

uint16_t device_csms_port(const struct device *csms, int security)
{
    static const struct {
        const char *fact;
        int64_t otherwise;
    } ports[] = {{"services.ocpp.port", 8080},
                 {"services.ocpp.port", 8080},
                 {"services.ocpp-tls.port", 8443},
                 {"services.ocpp-mutual.port", 8444}};

    return (uint16_t)profile_fact_integer(csms->profile, ports[security].fact,
                                          ports[security].otherwise);
}

int device_station_csms(const struct device *device, const struct station_site *site,
                        struct station_csms *ret)
{
    struct device *csms = site->csms && device->world.find
                              ? device->world.find(device->world.user, site->csms)
                              : NULL;

    for (size_t i = 0; csms && i < csms->ports_count; i++) {
        if (!csms->ports[i].host)
            continue;
        ret->device = csms;
        ret->at = csms->ports[i].address;
        ret->at.port = device_csms_port(csms, site->security);
        device_csms_name(csms, ret->name);
        return 0;
    }
    return ERR_NOT_FOUND;
}
