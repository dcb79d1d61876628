// SPDX-License-Identifier: Apache-2.0
// The Logs page's data: the audit log as JSON, and as a file to download (PS-401 to PS-405).
#include "devices/panel_server/web.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/units.h"

static void add_entry(const struct audit_entry *entry, struct str *json)
{
    char time[UNITS_TEXT_ROOM];

    str_addf(json, "{\"number\":%llu,\"time\":\"%s\",\"category\":\"%s\",\"type\":",
             (unsigned long long)entry->number, units_utc_text(entry->utc_ns, time),
             audit_category_text(entry->category));
    str_add_json(json, entry->type);
    str_adds(json, ",\"event\":");
    str_add_json(json, entry->event);
    str_addf(json, ",\"result\":\"%s\",\"source\":", audit_result_text(entry->result));
    str_add_json(json, entry->source);
    str_adds(json, "}");
}

void web_get_logs(struct web_call *call)
{
    const struct audit *audit = call->panel->audit;
    size_t count = audit_count(audit);
    struct str json = {0};

    str_adds(&json, "{\"entries\":[");
    for (size_t i = 0; i < count; i++) {
        struct audit_entry entry;

        audit_at(audit, i, &entry);
        str_adds(&json, i ? "," : "");
        add_entry(&entry, &json);
    }
    str_adds(&json, "]}");
    web_answer_json(call, 200, &json);
    str_done(&json);
}

// A serial number may be any text of the site's: only what is safe in a file name goes into one.
static void file_name(const struct panel *panel, char *ret, size_t room)
{
    char time[UNITS_TEXT_ROOM], serial[POINT_TEXT_BYTES_MAX + 1];
    size_t length = 0;

    for (const char *c = panel->device->serial; *c; c++)
        if (strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", *c))
            serial[length++] = *c;
    serial[length] = '\0';
    units_utc_text(device_utc_ns(panel->device), time);
    snprintf(ret, room, "attachment; filename=\"audit-%s-%.10s.csv\"", serial, time);
}

void web_get_logs_csv(struct web_call *call)
{
    char disposition[128];
    const struct http_header headers[] = {{"content-type", "text/csv; charset=utf-8"},
                                          {"content-disposition", disposition}};
    struct str csv = {0};

    file_name(call->panel, disposition, sizeof(disposition));
    audit_add_csv(call->panel->audit, &csv);
    http_respond(call->exchange, 200, headers, 2, str_text(&csv), csv.length);
    str_done(&csv);
}
