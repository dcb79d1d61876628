// SPDX-License-Identifier: Apache-2.0
// The Settings page's data: the service switches of each interface this device has (PS-112, PS-120,
// PS-131 to PS-136) and its clock. A change is written down in the audit log; a body names a
// service and interfaces with on or off: {"modbus":{"eth2":true}}. All of it is checked before
// anything is set.
#include "devices/panel_server/web.h"

#include <string.h>

#include "sim/base/err.h"
#include "sim/base/units.h"

static int interface_index(const char *name)
{
    for (int i = 0; panel_interfaces[i]; i++)
        if (strcmp(panel_interfaces[i], name) == 0)
            return i;
    return -1;
}

static void add_service(const struct web_call *call, enum panel_service service, struct str *json)
{
    const struct panel *panel = call->panel;
    const struct device_port *via = gates_port(&panel->web->gates, &call->request->conn->remote);
    bool first = true;

    str_addf(json, "\"%s\":[", panel_service_name(service));
    for (int i = 0; panel_interfaces[i]; i++) {
        const char *name = panel_interfaces[i];
        enum panel_state state = panel->services[service][i];
        bool last = service == PANEL_HTTPS && panel_service_is_last(panel, service, i);

        if (!device_port(panel->device, name))
            continue;
        str_addf(json, "%s{\"interface\":\"%s\",\"on\":%s,\"settable\":%s,\"in_use\":%s}",
                 first ? "" : ",", name, state == PANEL_ON ? "true" : "false",
                 state == PANEL_NONE || last ? "false" : "true",
                 via && strcmp(via->name, name) == 0 ? "true" : "false");
        first = false;
    }
    str_adds(json, "]");
}

void web_get_settings(struct web_call *call)
{
    const struct device *device = call->panel->device;
    char time[UNITS_TEXT_ROOM];
    struct str json = {0};

    str_adds(&json, "{");
    for (enum panel_service service = 0; service < PANEL_SERVICES; service++) {
        add_service(call, service, &json);
        str_adds(&json, ",");
    }
    str_addf(&json, "\"clock\":{\"utc\":\"%s\",\"lost\":%s}}",
             units_utc_text(device_utc_ns(device), time), device->clock_lost ? "true" : "false");
    web_answer_json(call, 200, &json);
    str_done(&json);
}

// Whether the body asks only for what there is to set.
static const char *refusal(const struct panel *panel, const struct json *body)
{
    size_t known = 0, switches = 0;

    for (enum panel_service service = 0; service < PANEL_SERVICES; service++) {
        const struct json *wanted = json_get(body, panel_service_name(service));
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        known += wanted != NULL;
        if (wanted && !json_is_object(wanted))
            return "A service is an object of interfaces.";
        while (wanted && (value = json_next(wanted, &cursor, &name))) {
            int index = interface_index(name);

            if (index < 0 || !device_port(panel->device, name))
                return "This device has no such interface.";
            if (panel->services[service][index] == PANEL_NONE)
                return "There is no such setting for this interface.";
            if (!json_is_bool(value))
                return "A switch is true or false.";
            switches++;
        }
    }
    return known != json_count(body) ? "There is no such setting."
           : switches == 0           ? "Nothing to set."
                                     : NULL;
}

static int set_one(struct web_call *call, enum panel_service service, const char *interface,
                   bool on)
{
    struct panel *panel = call->panel;
    int index = interface_index(interface);
    int err;

    if (panel->services[service][index] == (on ? PANEL_ON : PANEL_OFF))
        return 0;
    err = panel_set_service(panel, service, interface, on);
    return err < 0 ? err
                   : audit_add(panel->audit, AUDIT_CONFIGURATION, "web", "setting-changed",
                               AUDIT_SUCCESS, call->source);
}

void web_put_settings(struct web_call *call)
{
    const char *why = refusal(call->panel, call->body);
    int err = 0;

    if (why) {
        web_answer_error(call, 422, why);
        return;
    }
    // What is switched on comes first, so that HTTPS may move from one interface to another.
    for (int on = 1; on >= 0 && err == 0; on--)
        for (enum panel_service service = 0; service < PANEL_SERVICES && err == 0; service++) {
            const struct json *wanted = json_get(call->body, panel_service_name(service));
            const struct json *value;
            const char *name;
            void *cursor = NULL;

            while (err == 0 && wanted && (value = json_next(wanted, &cursor, &name)))
                if (json_bool(value, false) == (on == 1))
                    err = set_one(call, service, name, on);
        }
    if (err == ERR_REFUSED)
        web_answer_error(call, 409, "The last interface with HTTPS stays on.");
    else if (err < 0)
        web_answer_error(call, 503, "The setting could not be stored.");
    else
        web_get_settings(call);
}
