// SPDX-License-Identifier: Apache-2.0
// Benches side by side: the same file has the same verdict wherever it could run, or the row is
// marked.
#include <string.h>

#include "sim/scenario/report.h"

#define ID_COLUMNS_MIN 24

static const struct result_entry *entry_at(const struct result_scenario *scenario, size_t column)
{
    return column < scenario->entries_count ? scenario->entries[column] : NULL;
}

// Verdicts that say something about the device there.
static bool says(const struct result_entry *entry)
{
    return entry && entry->verdict != VERDICT_NOT_APPLICABLE && entry->verdict != VERDICT_NOT_RUN &&
           entry->verdict != VERDICT_BLOCKED;
}

static bool differs(const struct result *result, const struct result_scenario *scenario)
{
    const struct result_entry *first = NULL;

    for (size_t i = 0; i < result->columns_count; i++) {
        const struct result_entry *entry = entry_at(scenario, i);

        if (!says(entry))
            continue;
        if (first && first->verdict != entry->verdict)
            return true;
        first = first ? first : entry;
    }
    return false;
}

static void print_reasons(const struct result *result, const struct result_scenario *scenario,
                          struct str *out)
{
    for (size_t i = 0; i < result->columns_count; i++) {
        const struct result_entry *entry = entry_at(scenario, i);

        if (entry && entry->verdict != VERDICT_PASS && entry->reason)
            str_addf(out, "    %s: %s\n", result->columns[i]->name, entry->reason);
    }
}

size_t report_table(const struct result *result, bool colour, struct str *out)
{
    size_t width = ID_COLUMNS_MIN;
    size_t differences = 0;

    for (size_t i = 0; i < result->scenarios_count; i++)
        if (strlen(result->scenarios[i]->id) > width)
            width = strlen(result->scenarios[i]->id);
    str_addf(out, "%-*s", (int)width, "");
    for (size_t i = 0; i < result->columns_count; i++)
        str_addf(out, "  %-12.12s", result->columns[i]->name);
    str_adds(out, "\n");
    for (size_t i = 0; i < result->scenarios_count; i++) {
        const struct result_scenario *scenario = result->scenarios[i];
        bool different = differs(result, scenario);

        str_addf(out, "%-*s", (int)width, scenario->id);
        for (size_t j = 0; j < result->columns_count; j++) {
            const struct result_entry *entry = entry_at(scenario, j);

            str_addf(out, "  %-12s", entry ? verdict_name(entry->verdict) : "-");
        }
        if (different)
            str_adds(out, colour ? "  \033[31mdiffers\033[0m" : "  differs");
        str_adds(out, "\n");
        print_reasons(result, scenario, out);
        differences += different;
    }
    return differences;
}
