// SPDX-License-Identifier: Apache-2.0
// The matrix of the report: every statement of the guides, what shows it, and how that went on each
// bench.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/html.h"

static void print_covers(const struct coverage_row *row, const struct result *result,
                         struct str *out)
{
    str_adds(out, "<td data-label=\"Scenarios\">");
    for (size_t i = 0; i < row->covers_count; i++) {
        const struct result_scenario *scenario = row->covers[i].scenario;
        const struct result_entry *entry = NULL;

        for (size_t j = 0; j < scenario->entries_count && !entry; j++)
            entry = scenario->entries[j];
        str_adds(out, i ? ", " : "");
        if (entry) {
            str_adds(out, "<a href=\"#");
            html_anchor(result, entry, out);
            str_adds(out, "\">");
        }
        str_add_xml(out, scenario->id);
        str_adds(out, entry ? "</a>" : "");
        if (row->covers[i].suspect)
            str_adds(out, " <span class=\"verdict partial\">suspect</span>");
    }
    str_adds(out, "</td>");
}

static void print_statement(const struct coverage_row *row, struct str *out)
{
    str_adds(out, "<tr><td data-label=\"Statement\"><code>");
    str_add_xml(out, row->id);
    str_adds(out, "</code></td><td data-label=\"Text\">");
    if (row->statement) {
        str_add_xml(out, row->statement->text);
        str_adds(out, "<br><span class=\"dim small\">");
        str_add_xml(out, row->statement->check);
        str_adds(out, "</span>");
    } else {
        str_adds(out, "<span class=\"dim\">not in the catalogue</span>");
    }
    str_adds(out, "</td>");
}

static void print_verdicts(const struct coverage_row *row, const struct result *result,
                           struct str *out)
{
    for (size_t i = 0; i < result->columns_count; i++) {
        str_adds(out, "<td data-label=\"");
        str_add_xml(out, result->columns[i]->name);
        str_adds(out, "\">");
        html_verdict(row->verdicts[i], out);
        str_adds(out, "</td>");
    }
}

static void print_column_heads(const struct result *result, struct str *out)
{
    for (size_t i = 0; i < result->columns_count; i++) {
        str_adds(out, "<th scope=\"col\">");
        str_add_xml(out, result->columns[i]->name);
        str_addf(out, "<br><em>%s</em></th>",
                 result_column_is_model(result->columns[i]) ? "model" : "device");
    }
}

// "Network Security > Disable Unused Features" of one document: the heading of a group.
static bool same_chapter(const struct statement *left, const struct statement *right)
{
    size_t length = strcspn(left->section, ">");

    return strcmp(left->document, right->document) == 0 && strcspn(right->section, ">") == length &&
           strncmp(left->section, right->section, length) == 0;
}

static void print_chapter(const struct statement *statement, size_t columns, struct str *out)
{
    char *chapter = str_format("%.*s", (int)strcspn(statement->section, ">"), statement->section);

    str_addf(out, "<tr class=\"chapter\"><th scope=\"rowgroup\" colspan=\"%zu\">", columns);
    str_add_xml(out, statement->document_title);
    str_adds(out, " <span class=\"dim\">");
    str_add_xml(out, statement->document);
    str_adds(out, "</span>: ");
    str_add_xml(out, chapter);
    str_adds(out, "</th></tr>\n");
    free(chapter);
}

static void print_uncovered(const struct coverage *coverage, struct str *out)
{
    const struct statement *before = NULL;
    size_t count = 0;

    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_row *row = &coverage->rows[i];

        if (row->covers_count || !row->statement || row->statement->not_testable)
            continue;
        if (count++ == 0)
            str_adds(out, "<h3 id=\"uncovered\">Statements that no scenario of this run "
                          "verifies</h3>\n"
                          "<table class=\"cards\"><thead><tr><th scope=\"col\">Statement</th>"
                          "<th scope=\"col\">Text</th><th scope=\"col\">A bench needs</th></tr>"
                          "</thead><tbody>\n");
        if (!before || !same_chapter(before, row->statement))
            print_chapter(row->statement, 3, out);
        before = row->statement;
        print_statement(row, out);
        html_cell("A bench needs", row->statement->needs, out);
        str_adds(out, "</tr>\n");
    }
    if (count)
        str_addf(out, "</tbody></table>\n<p class=\"dim\">%zu statements.</p>\n", count);
}

static void print_covered(const struct coverage *coverage, const struct result *result,
                          struct str *out)
{
    const struct statement *before = NULL;
    size_t count = 0;

    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_row *row = &coverage->rows[i];

        if (!row->covers_count)
            continue;
        if (count++ == 0) {
            str_adds(out, "<h3>Statements, scenarios and verdicts</h3>\n<table class=\"cards\">"
                          "<thead><tr><th scope=\"col\">Statement</th><th scope=\"col\">Text</th>"
                          "<th scope=\"col\">Scenarios</th>");
            print_column_heads(result, out);
            str_adds(out, "</tr></thead><tbody>\n");
        }
        if (row->statement && (!before || !same_chapter(before, row->statement)))
            print_chapter(row->statement, 3 + result->columns_count, out);
        before = row->statement;
        print_statement(row, out);
        print_covers(row, result, out);
        print_verdicts(row, result, out);
        str_adds(out, "</tr>\n");
    }
    if (count)
        str_adds(out, "</tbody></table>\n");
}

static void print_not_testable(const struct coverage *coverage, struct str *out)
{
    size_t count = 0;

    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_row *row = &coverage->rows[i];

        if (row->covers_count || !row->statement || !row->statement->not_testable)
            continue;
        if (count++ == 0)
            str_adds(out, "<h3>Not testable by a bench</h3>\n<table class=\"cards\"><thead><tr>"
                          "<th scope=\"col\">Statement</th><th scope=\"col\">Text</th>"
                          "<th scope=\"col\">Why</th></tr></thead><tbody>\n");
        print_statement(row, out);
        html_cell("Why", row->statement->not_testable, out);
        str_adds(out, "</tr>\n");
    }
    if (count)
        str_adds(out, "</tbody></table>\n");
}

void html_matrix(const struct catalogue *catalogue, const struct result *result, struct str *out)
{
    struct coverage coverage;
    size_t covered = 0;

    coverage_init(&coverage, catalogue, result);
    for (size_t i = 0; i < coverage.count; i++)
        covered += coverage_is_covered(&coverage.rows[i]);
    str_addf(out,
             "<section aria-labelledby=\"matrix\">\n<h2 id=\"matrix\">Statements</h2>\n"
             "<p>%zu of %zu statements have a scenario in this run.</p>\n",
             covered, coverage.count);
    print_uncovered(&coverage, out);
    print_covered(&coverage, result, out);
    print_not_testable(&coverage, out);
    str_adds(out, "</section>\n");
    coverage_done(&coverage);
}
