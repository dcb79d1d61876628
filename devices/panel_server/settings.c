// SPDX-License-Identifier: Apache-2.0
// What the owner sets in the settings pages and what survives loss of supply: the Modbus service of
// each interface. Factory state comes from the profile's `services` (DOCA0211EN, Network
// Segmentation); `none` means that there is no such setting.
#include "devices/panel_server/state.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/device/store.h"

const char *const panel_interfaces[] = {"eth", "eth1", "eth2", "wifi", "ap", NULL};

static void key_of(const char *interface, char key[STORE_KEY_BYTES_MAX + 1])
{
    snprintf(key, STORE_KEY_BYTES_MAX + 1, "service.modbus.%s", interface);
}

static enum panel_state factory(const struct panel *panel, const char *interface)
{
    char path[64];
    const char *text;

    snprintf(path, sizeof(path), "services.modbus.%s", interface);
    text = profile_fact_text(panel->device->profile, path, "none");
    return strcmp(text, "on") == 0 ? PANEL_ON : strcmp(text, "off") == 0 ? PANEL_OFF : PANEL_NONE;
}

void panel_settings_load(struct panel *panel)
{
    for (int i = 0; panel_interfaces[i]; i++) {
        char key[STORE_KEY_BYTES_MAX + 1];

        panel->modbus[i] = factory(panel, panel_interfaces[i]);
        key_of(panel_interfaces[i], key);
        if (panel->modbus[i] != PANEL_NONE)
            panel->modbus[i] =
                store_get_integer(panel->device->store, key, panel->modbus[i] == PANEL_ON)
                    ? PANEL_ON
                    : PANEL_OFF;
    }
}

int panel_set_modbus(struct panel *panel, const char *interface, bool on)
{
    for (int i = 0; panel_interfaces[i]; i++) {
        char key[STORE_KEY_BYTES_MAX + 1];
        int err;

        if (strcmp(panel_interfaces[i], interface) != 0)
            continue;
        if (!device_port(panel->device, interface))
            return ERR_NOT_FOUND;
        if (panel->modbus[i] == PANEL_NONE)
            return ERR_UNSUPPORTED;
        key_of(interface, key);
        err = store_put_integer(panel->device->store, key, on);
        if (err < 0)
            return err;
        panel->modbus[i] = on ? PANEL_ON : PANEL_OFF;
        device_event(panel->device, "service.modbus.%s=%s", interface, on ? "on" : "off");
        panel_modbus_apply(panel);
        return 0;
    }
    return ERR_NOT_FOUND;
}
