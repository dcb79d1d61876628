// SPDX-License-Identifier: Apache-2.0
// The page: one file that can be mailed, printed and archived. No script, nothing loaded from
// elsewhere.
#include "sim/scenario/html.h"

#include "sim/core/timer.h"

void html_verdict(enum verdict verdict, struct str *out)
{
    str_addf(out, "<span class=\"verdict %s\">%s</span>", verdict_word(verdict),
             verdict_name(verdict));
}

void html_cell(const char *label, const char *text, struct str *out)
{
    str_addf(out, "<td data-label=\"%s\">", label);
    if (text)
        str_add_xml(out, text);
    str_adds(out, "</td>");
}

void html_anchor(const struct result *result, const struct result_entry *entry, struct str *out)
{
    size_t scenario = 0;
    size_t column = 0;

    while (scenario < result->scenarios_count && result->scenarios[scenario] != entry->scenario)
        scenario++;
    while (column < result->columns_count && result->columns[column] != entry->column)
        column++;
    str_addf(out, "s%zu-%zu", scenario + 1, column + 1);
}

static void print_head(const struct result *result, struct str *out)
{
    str_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'\">\n"
                  "<meta name=\"generator\" content=\"testbay ");
    str_add_xml(out, result->version ? result->version : "");
    str_adds(out, "\">\n<title>testbay report</title>\n<style>\n");
    for (size_t i = 0; html_style[i]; i++)
        str_addf(out, "%s\n", html_style[i]);
    str_adds(out,
             "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the content</a>\n");
}

static size_t entries_of(const struct result *result)
{
    size_t count = 0;

    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        count += result_count(result, (enum verdict)verdict);
    return count;
}

static void print_tiles(const struct result *result, struct str *out)
{
    str_adds(out, "<ul class=\"tiles\" aria-label=\"Verdicts\">\n");
    for (int i = VERDICT_PASS; i < VERDICT_COUNT; i++) {
        enum verdict verdict = (enum verdict)i;
        size_t count = result_count(result, verdict);

        if (!count)
            continue;
        str_addf(out, "<li><strong>%zu</strong>", count);
        html_verdict(verdict, out);
        str_addf(out, "<br><span class=\"dim small\">%s</span></li>\n", verdict_meaning(verdict));
    }
    str_adds(out, "</ul>\n");
}

static bool any_model(const struct result *result)
{
    for (size_t i = 0; i < result->columns_count; i++)
        if (result_column_is_model(result->columns[i]))
            return true;
    return false;
}

static void print_top(const struct result *result, struct str *out)
{
    size_t entries = entries_of(result);
    char room[UNITS_TEXT_ROOM];

    str_adds(out, "<header class=\"top\">\n<h1>Test report</h1>\n<p class=\"dim\">");
    str_addf(out, "%zu scenario%s on %zu bench%s", result->scenarios_count,
             result->scenarios_count == 1 ? "" : "s", result->columns_count,
             result->columns_count == 1 ? "" : "es");
    if (result->started_host_utc_ns)
        str_addf(out, ", %s", units_utc_text(result->started_host_utc_ns, room));
    str_adds(out, "</p>\n");
    if (entries)
        print_tiles(result, out);
    else
        str_adds(out, "<p>Nothing has run: this page shows what would be verified.</p>\n");
    if (any_model(result))
        str_adds(
            out,
            "<p class=\"note\">A PASS in a column marked <em>model</em> was won "
            "against simulated devices. It shows that the scenario works and is no evidence of a "
            "product; only a column marked <em>device</em> is.</p>\n");
    str_adds(out, "</header>\n<nav class=\"top\" aria-label=\"Sections\"><ul>"
                  "<li><a href=\"#run\">Run</a></li><li><a href=\"#matrix\">Statements</a></li>"
                  "<li><a href=\"#scenarios\">Scenarios</a></li>"
                  "<li><a href=\"#words\">Verdicts</a></li></ul></nav>\n");
}

static void print_words(struct str *out)
{
    str_adds(out,
             "<section aria-labelledby=\"words\">\n<h2 id=\"words\">What the verdicts mean</h2>"
             "\n<table class=\"cards\"><thead><tr><th scope=\"col\">Verdict</th>"
             "<th scope=\"col\">Meaning</th></tr></thead><tbody>\n");
    for (int i = VERDICT_PASS; i < VERDICT_COUNT; i++) {
        str_adds(out, "<tr><td>");
        html_verdict((enum verdict)i, out);
        str_addf(out, "</td><td>%s</td></tr>\n", verdict_meaning((enum verdict)i));
    }
    str_adds(out, "</tbody></table>\n</section>\n");
}

void report_html(const struct catalogue *catalogue, const struct result *result, struct str *out)
{
    print_head(result, out);
    print_top(result, out);
    str_adds(out, "<main id=\"main\">\n");
    html_facts(result, out);
    html_matrix(catalogue, result, out);
    html_scenarios(result, out);
    print_words(out);
    str_adds(out, "</main>\n<footer>testbay ");
    str_add_xml(out, result->version ? result->version : "");
    str_adds(out, ", ");
    str_add_xml(out, result->commit ? result->commit : "");
    str_adds(out, ". The files beside this page are listed with their SHA-256 in "
                  "<code>MANIFEST.sha256</code>.</footer>\n</body>\n</html>\n");
}
