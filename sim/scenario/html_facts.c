// SPDX-License-Identifier: Apache-2.0
// Page one of the report: what was tested, where, with what, when; on the world's clock and on the
// host's.
#include <stdlib.h>
#include <string.h>

#include "sim/core/timer.h"
#include "sim/scenario/html.h"

static void fact(const char *name, const char *value, struct str *out)
{
    if (!value || !*value)
        return;
    str_addf(out, "<dt>%s</dt><dd>", name);
    str_add_xml(out, value);
    str_adds(out, "</dd>\n");
}

static void hash(const char *name, const char *value, struct str *out)
{
    if (!value || !*value)
        return;
    str_addf(out, "<dt>%s</dt><dd><code>", name);
    str_add_xml(out, value);
    str_adds(out, "</code></dd>\n");
}

static void instant(const char *name, int64_t utc_ns, struct str *out)
{
    char room[UNITS_TEXT_ROOM];

    if (utc_ns)
        fact(name, units_utc_text(utc_ns, room), out);
}

static bool one_configuration(const struct result_column *column)
{
    for (size_t i = 0; i < column->devices_count; i++) {
        const char *first = column->devices[0].configuration;
        const char *other = column->devices[i].configuration;

        if (strcmp(first ? first : "", other ? other : "") != 0)
            return false;
    }
    return true;
}

static void print_configuration(const char *configuration, struct str *out)
{
    if (!configuration) {
        html_cell("Configuration", "not asked", out);
        return;
    }
    str_adds(out, "<td data-label=\"Configuration\"><code>");
    str_add_xml(out, configuration);
    str_adds(out, "</code></td>");
}

static void print_devices(const struct result_column *column, struct str *out)
{
    bool one = one_configuration(column);

    str_addf(out,
             "<table class=\"cards\"><caption>Devices</caption><thead><tr>"
             "<th scope=\"col\">Role</th><th scope=\"col\">Device</th>"
             "<th scope=\"col\">Model</th><th scope=\"col\">Serial number</th>"
             "<th scope=\"col\">Firmware</th>%s"
             "<th scope=\"col\">Profile</th></tr></thead><tbody>\n",
             one ? "" : "<th scope=\"col\">Configuration</th>");
    for (size_t i = 0; i < column->devices_count; i++) {
        const struct result_device *device = &column->devices[i];
        char *id = device->members > 1
                       ? str_format("%s and %zu more", device->id, device->members - 1)
                       : str_copy(device->id);
        char *profile = device->profile
                            ? str_format("%s, %s, SHA-256 %.16s...", device->profile,
                                         device->profile_document ? device->profile_document : "-",
                                         device->profile_hash ? device->profile_hash : "-")
                            : NULL;

        str_adds(out, "<tr>");
        html_cell("Role", device->role, out);
        html_cell("Device", id, out);
        html_cell("Model", device->model, out);
        html_cell("Serial number", device->serial ? device->serial : "not asked", out);
        html_cell("Firmware", device->firmware ? device->firmware : "not asked", out);
        if (!one)
            print_configuration(device->configuration, out);
        html_cell("Profile", profile, out);
        str_adds(out, "</tr>\n");
        free(profile);
        free(id);
    }
    str_adds(out, "</tbody></table>\n");
}

// On the jump clock each scenario begins at the same instant in a world of its own.
static void print_world_clock(const struct result_column *column, struct str *out)
{
    if (strcmp(column->clock, "jump") == 0) {
        instant("Start of each world", column->started.utc_ns, out);
        return;
    }
    instant("Start, world's clock", column->started.utc_ns, out);
    instant("End, world's clock", column->ended.utc_ns, out);
}

static void print_column(const struct result_column *column, struct str *out)
{
    char *seed = str_format("%llu", (unsigned long long)column->seed);

    str_adds(out, "<h3>Bench ");
    str_add_xml(out, column->name);
    str_addf(out, " <span class=\"dim\">(%s)</span></h3>\n<dl class=\"facts\">\n",
             result_column_is_model(column) ? "model" : "device");
    fact("Adapter", column->adapter, out);
    fact("Clock", column->clock, out);
    fact("Slack", column->slack, out);
    fact("Seed", seed, out);
    hash("World", column->world_hash, out);
    if (column->devices_count && one_configuration(column))
        hash("Configuration", column->devices[0].configuration, out);
    print_world_clock(column, out);
    instant("Start, here", column->started.host_utc_ns, out);
    instant("End, here", column->ended.host_utc_ns, out);
    str_adds(out, "</dl>\n");
    if (column->devices_count)
        print_devices(column, out);
    free(seed);
}

static void print_files(const struct result *result, struct str *out)
{
    str_adds(out,
             "<details><summary>Scenario files and their hashes</summary>\n"
             "<table class=\"cards\"><thead><tr><th scope=\"col\">Scenario</th>"
             "<th scope=\"col\">File</th><th scope=\"col\">SHA-256</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < result->scenarios_count; i++) {
        str_adds(out, "<tr>");
        html_cell("Scenario", result->scenarios[i]->id, out);
        html_cell("File", result->scenarios[i]->path, out);
        str_adds(out, "<td data-label=\"SHA-256\"><code>");
        str_add_xml(out, result->scenarios[i]->hash ? result->scenarios[i]->hash : "");
        str_adds(out, "</code></td></tr>\n");
    }
    str_adds(out, "</tbody></table></details>\n");
}

void html_facts(const struct result *result, struct str *out)
{
    str_adds(out, "<section class=\"first\" aria-labelledby=\"run\">\n<h2 id=\"run\">The run</h2>\n"
                  "<dl class=\"facts\">\n");
    fact("Tool", result->version, out);
    fact("Commit", result->commit, out);
    fact("Command", result->command, out);
    fact("Operator", result->operator_name ? result->operator_name : "nobody (unattended)", out);
    instant("Start", result->started_host_utc_ns, out);
    instant("End", result->ended_host_utc_ns, out);
    fact("Replay", result->replay, out);
    str_adds(out, "</dl>\n");
    for (size_t i = 0; i < result->columns_count; i++)
        print_column(result->columns[i], out);
    print_files(result, out);
    str_adds(out, "</section>\n");
}
