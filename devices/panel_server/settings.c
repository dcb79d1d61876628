// SPDX-License-Identifier: Apache-2.0
// What the owner sets in the settings pages and what survives loss of supply: the services of each
// interface. Factory state comes from the profile's `services` (DOCA0211EN, Network Segmentation);
// `none` means that there is no such setting. The last interface with HTTPS stays: whoever cut it
// could never set anything again (our reading).
#include "devices/panel_server/state.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/device/store.h"

const char *const panel_interfaces[] = {"eth", "eth1", "eth2", "wifi", "ap", NULL};

static const struct {
    const char *name;
    void (*apply)(struct panel *panel);
} services[PANEL_SERVICES] = {
    [PANEL_MODBUS] = {"modbus", panel_modbus_apply},
    [PANEL_HTTPS] = {"https", panel_https_apply},
};

const char *panel_service_name(enum panel_service service)
{
    return services[service].name;
}

static void key_of(enum panel_service service, const char *interface,
                   char key[STORE_KEY_BYTES_MAX + 1])
{
    snprintf(key, STORE_KEY_BYTES_MAX + 1, "service.%s.%s", services[service].name, interface);
}

static enum panel_state factory(const struct panel *panel, enum panel_service service,
                                const char *interface)
{
    char path[64];
    const char *text;

    snprintf(path, sizeof(path), "services.%s.%s", services[service].name, interface);
    text = profile_fact_text(panel->device->profile, path, "none");
    return strcmp(text, "on") == 0 ? PANEL_ON : strcmp(text, "off") == 0 ? PANEL_OFF : PANEL_NONE;
}

static void load(struct panel *panel, enum panel_service service)
{
    for (int i = 0; panel_interfaces[i]; i++) {
        enum panel_state *state = &panel->services[service][i];
        char key[STORE_KEY_BYTES_MAX + 1];

        *state = factory(panel, service, panel_interfaces[i]);
        key_of(service, panel_interfaces[i], key);
        if (*state != PANEL_NONE)
            *state = store_get_integer(panel->device->store, key, *state == PANEL_ON) ? PANEL_ON
                                                                                      : PANEL_OFF;
    }
}

void panel_settings_load(struct panel *panel)
{
    for (enum panel_service service = 0; service < PANEL_SERVICES; service++)
        load(panel, service);
}

bool panel_service_is_last(const struct panel *panel, enum panel_service service, int interface)
{
    for (int i = 0; panel_interfaces[i]; i++)
        if (i != interface && panel->services[service][i] == PANEL_ON &&
            device_port(panel->device, panel_interfaces[i]))
            return false;
    return panel->services[service][interface] == PANEL_ON;
}

int panel_set_service(struct panel *panel, enum panel_service service, const char *interface,
                      bool on)
{
    for (int i = 0; panel_interfaces[i]; i++) {
        enum panel_state *state = &panel->services[service][i];
        char key[STORE_KEY_BYTES_MAX + 1];
        int err;

        if (strcmp(panel_interfaces[i], interface) != 0)
            continue;
        if (!device_port(panel->device, interface))
            return ERR_NOT_FOUND;
        if (*state == PANEL_NONE)
            return ERR_UNSUPPORTED;
        if (service == PANEL_HTTPS && !on && panel_service_is_last(panel, service, i))
            return ERR_REFUSED;
        key_of(service, interface, key);
        err = store_put_integer(panel->device->store, key, on);
        if (err < 0)
            return err;
        *state = on ? PANEL_ON : PANEL_OFF;
        device_event(panel->device, "service.%s.%s=%s", services[service].name, interface,
                     on ? "on" : "off");
        services[service].apply(panel);
        return 0;
    }
    return ERR_NOT_FOUND;
}
