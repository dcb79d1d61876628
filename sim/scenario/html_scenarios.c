// SPDX-License-Identifier: Apache-2.0
// The scenarios of the report: per bench and case a timeline, and each step with what was expected,
// observed and measured.
#include "sim/scenario/html.h"

#include <string.h>

static const char *phase_name(enum result_phase phase)
{
    static const char *const names[] = {
        [RESULT_SETUP] = "setup",     [RESULT_STEPS] = "",
        [RESULT_CLEANUP] = "cleanup", [RESULT_BACKGROUND] = "background",
        [RESULT_ALWAYS] = "always",   [RESULT_SOMETIMES] = "sometimes",
    };

    return names[phase];
}

static void print_title(const struct result_step *step, struct str *out)
{
    str_adds(out, "<td data-label=\"Step\">");
    str_add_xml(out, step->title);
    str_adds(out, "<br><span class=\"dim small\">");
    if (*phase_name(step->phase))
        str_addf(out, "%s, ", phase_name(step->phase));
    str_addf(out, "line %d", step->line);
    if (step->frame_first)
        str_addf(out, ", frames %llu to %llu", (unsigned long long)step->frame_first,
                 (unsigned long long)step->frame_last);
    str_adds(out, "</span>");
    for (size_t i = 0; i < step->attachments.count; i++) {
        str_adds(out, "<br><a href=\"");
        str_add_xml(out, step->attachments.items[i]);
        str_adds(out, "\">");
        str_add_xml(out, step->attachments.items[i]);
        str_adds(out, "</a>");
    }
    str_adds(out, "</td>");
}

static void print_observed(const struct result_step *step, struct str *out)
{
    str_adds(out, "<td data-label=\"Observed\">");
    str_add_xml(out, step->observed ? step->observed : "");
    if (step->reason) {
        str_adds(out, "<br><strong>");
        str_add_xml(out, step->reason);
        str_adds(out, "</strong>");
    }
    for (size_t i = 0; i < step->members_failed.count; i++) {
        str_adds(out, "<br><span class=\"small\">");
        str_add_xml(out, step->members_failed.items[i]);
        str_adds(out, "</span>");
    }
    str_adds(out, "</td>");
}

static bool any_tolerance(const struct result_case *row)
{
    for (size_t i = 0; i < row->steps_count; i++)
        if (row->steps[i]->tolerance && *row->steps[i]->tolerance)
            return true;
    return false;
}

static void print_step(const struct result_case *row, const struct result_step *step,
                       bool tolerances, struct str *out)
{
    str_addf(out,
             "<tr%s><td class=\"number\" data-label=\"No\">%s</td>"
             "<td class=\"number\" data-label=\"At\">%.3f s</td>",
             verdict_bad(step->verdict) ? " class=\"bad\"" : "", step->number,
             (double)(step->started.world_ns - row->started.world_ns) / 1e9);
    print_title(step, out);
    html_cell("Expected", step->expected, out);
    print_observed(step, out);
    html_cell("Measured", step->measured, out);
    if (tolerances)
        html_cell("Tolerance", step->tolerance, out);
    str_adds(out, "<td data-label=\"Verdict\">");
    html_verdict(step->verdict, out);
    str_adds(out, "</td></tr>\n");
}

static void print_instants(const struct result_case *row, struct str *out)
{
    char world[UNITS_TEXT_ROOM];
    char host[UNITS_TEXT_ROOM];

    str_addf(out, "<p class=\"dim small\">World's clock %s to ",
             units_utc_text(row->started.utc_ns, world));
    str_adds(out, units_utc_text(row->ended.utc_ns, world));
    if (row->started.host_utc_ns)
        str_addf(out, "; here %s to ", units_utc_text(row->started.host_utc_ns, host));
    if (row->started.host_utc_ns)
        str_adds(out, units_utc_text(row->ended.host_utc_ns, host));
    if (row->attempts > 1)
        str_addf(out, "; attempt %u after an ERROR", row->attempts);
    str_adds(out, "</p>\n");
}

static void print_steps(const struct result_case *row, struct str *out)
{
    bool tolerances = any_tolerance(row);

    str_addf(out,
             "<table class=\"cards\"><thead><tr><th scope=\"col\" class=\"number\">No</th>"
             "<th scope=\"col\" class=\"number\">At</th><th scope=\"col\">Step</th>"
             "<th scope=\"col\">Expected</th><th scope=\"col\">Observed</th>"
             "<th scope=\"col\">Measured</th>%s"
             "<th scope=\"col\">Verdict</th></tr></thead><tbody>\n",
             tolerances ? "<th scope=\"col\">Tolerance</th>" : "");
    for (size_t i = 0; i < row->steps_count; i++)
        print_step(row, row->steps[i], tolerances, out);
    str_adds(out, "</tbody></table>\n");
}

static void print_case(const struct result_case *row, struct str *out)
{
    if (*row->id) {
        str_adds(out, "<h4>");
        html_verdict(row->verdict, out);
        str_adds(out, " Case ");
        str_add_xml(out, row->id);
        str_adds(out, "</h4>\n");
    }
    if (row->reason) {
        str_adds(out, "<p>");
        str_add_xml(out, row->reason);
        str_adds(out, "</p>\n");
    }
    print_instants(row, out);
    html_timeline(row, out);
    if (row->steps_count)
        print_steps(row, out);
}

// The report's own folder of captures is beside the page; another path is only named.
static void print_capture(const struct result_entry *entry, struct str *out)
{
    const char *inside = entry->capture ? strstr(entry->capture, "captures/") : NULL;

    if (!entry->capture)
        return;
    str_addf(out, ", %llu frames in ", (unsigned long long)entry->frames);
    if (inside) {
        str_adds(out, "<a href=\"");
        str_add_xml(out, inside);
        str_adds(out, "\">");
    }
    str_add_xml(out, inside ? inside : entry->capture);
    str_adds(out, inside ? "</a>" : "");
}

static void print_entry(const struct result *result, const struct result_entry *entry,
                        struct str *out)
{
    str_adds(out, "<details id=\"");
    html_anchor(result, entry, out);
    // What went wrong is open when the page is opened.
    str_addf(out, "\"%s><summary>", verdict_bad(entry->verdict) ? " open" : "");
    html_verdict(entry->verdict, out);
    str_add_xml(out, entry->column->name);
    str_addf(out, " <span class=\"dim\">(%s)</span></summary>\n",
             result_column_is_model(entry->column) ? "model" : "device");
    if (entry->reason) {
        str_adds(out, "<p>");
        str_add_xml(out, entry->reason);
        str_adds(out, "</p>\n");
    }
    str_addf(out, "<p class=\"dim small\">Seed %llu, world <code>%s</code>",
             (unsigned long long)entry->seed, entry->world_hash ? entry->world_hash : "-");
    print_capture(entry, out);
    str_adds(out, "</p>\n");
    for (size_t i = 0; i < entry->cases_count; i++)
        print_case(entry->cases[i], out);
    str_adds(out, "</details>\n");
}

static void print_list(const char *name, const struct result_texts *texts, struct str *out)
{
    if (texts->count == 0)
        return;
    str_addf(out, "%s ", name);
    for (size_t i = 0; i < texts->count; i++) {
        str_adds(out, i ? ", " : "");
        str_add_xml(out, texts->items[i]);
    }
    str_adds(out, ". ");
}

void html_scenarios(const struct result *result, struct str *out)
{
    str_adds(out, "<section aria-labelledby=\"scenarios\">\n<h2 id=\"scenarios\">Scenarios</h2>\n");
    for (size_t i = 0; i < result->scenarios_count; i++) {
        const struct result_scenario *scenario = result->scenarios[i];

        str_adds(out, "<h3><code>");
        str_add_xml(out, scenario->id);
        str_adds(out, "</code> ");
        str_add_xml(out, scenario->title);
        str_adds(out, "</h3>\n<p class=\"dim small\">");
        print_list("Verifies", &scenario->verifies, out);
        print_list("Rests on", &scenario->basis, out);
        str_add_xml(out, scenario->path);
        str_adds(out, "</p>\n");
        for (size_t j = 0; j < scenario->entries_count; j++)
            if (scenario->entries[j])
                print_entry(result, scenario->entries[j], out);
    }
    str_adds(out, "</section>\n");
}
