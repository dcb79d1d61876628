// SPDX-License-Identifier: Apache-2.0
// Tracing: statement -> scenarios -> verdict, for programs and for a terminal; and the four ways in
// which a trace can be wrong.
#include <string.h>

#include "sim/scenario/coverage.h"

// ---- JSON ----

static void add_member(struct str *out, const char *key, const char *text)
{
    if (!text)
        return;
    str_addf(out, ",\"%s\":", key);
    str_add_json(out, text);
}

static void add_statement(struct str *out, const struct statement *statement)
{
    add_member(out, "kind", statement->kind);
    add_member(out, "text", statement->text);
    add_member(out, "check", statement->check);
    add_member(out, "documents", statement->documents);
    add_member(out, "section", statement->section);
    add_member(out, "needs", statement->needs);
    add_member(out, "fingerprint", statement->fingerprint);
    add_member(out, "not_testable", statement->not_testable);
}

static void add_scenarios(struct str *out, const struct coverage_row *row,
                          const struct result *result)
{
    str_adds(out, ",\"scenarios\":[");
    for (size_t i = 0; i < row->covers_count; i++) {
        const struct result_scenario *scenario = row->covers[i].scenario;

        str_addf(out, "%s{\"id\":", i ? "," : "");
        str_add_json(out, scenario->id);
        add_member(out, "path", scenario->path);
        add_member(out, "hash", scenario->hash);
        str_addf(out, ",\"suspect\":%s,\"verdicts\":{", row->covers[i].suspect ? "true" : "false");
        for (size_t j = 0, shown = 0; j < scenario->entries_count; j++) {
            if (!scenario->entries[j])
                continue;
            str_adds(out, shown++ ? "," : "");
            str_add_json(out, result->columns[j]->name);
            str_addf(out, ":\"%s\"", verdict_name(scenario->entries[j]->verdict));
        }
        str_adds(out, "}}");
    }
    str_adds(out, "]");
}

static void add_row(struct str *out, const struct coverage_row *row, const struct result *result)
{
    str_adds(out, "{\"id\":");
    str_add_json(out, row->id);
    if (row->statement)
        add_statement(out, row->statement);
    str_addf(out, ",\"known\":%s,\"covered\":%s,\"suspect\":%s", row->statement ? "true" : "false",
             coverage_is_covered(row) ? "true" : "false", row->suspect ? "true" : "false");
    add_scenarios(out, row, result);
    str_adds(out, ",\"verdicts\":{");
    for (size_t i = 0; i < result->columns_count; i++) {
        str_adds(out, i ? "," : "");
        str_add_json(out, result->columns[i]->name);
        str_addf(out, ":\"%s\"", verdict_name(row->verdicts[i]));
    }
    str_adds(out, "}}");
}

void report_trace(const struct catalogue *catalogue, const struct result *result, struct str *out)
{
    struct coverage coverage;
    size_t covered = 0;
    size_t not_testable = 0;

    coverage_init(&coverage, catalogue, result);
    str_adds(out, "{\"testbay-trace\":1,\"columns\":[");
    for (size_t i = 0; i < result->columns_count; i++) {
        str_addf(out, "%s{\"name\":", i ? "," : "");
        str_add_json(out, result->columns[i]->name);
        add_member(out, "adapter", result->columns[i]->adapter);
        add_member(out, "clock", result->columns[i]->clock);
        add_member(out, "evidence",
                   result_column_is_model(result->columns[i]) ? "model" : "device");
        add_member(out, "world", result->columns[i]->world_hash);
        str_adds(out, "}");
    }
    str_adds(out, "],\"statements\":[");
    for (size_t i = 0; i < coverage.count; i++) {
        const struct coverage_row *row = &coverage.rows[i];

        str_adds(out, i ? ",\n" : "\n");
        add_row(out, row, result);
        covered += coverage_is_covered(row);
        not_testable += !coverage_is_covered(row) && row->statement && row->statement->not_testable;
    }
    str_addf(out, "\n],\"summary\":{\"statements\":%zu,\"covered\":%zu,\"not_testable\":%zu}}\n",
             coverage.count, covered, not_testable);
    coverage_done(&coverage);
}

// ---- Errors ----

size_t report_trace_errors(const struct catalogue *catalogue, const struct result *result,
                           struct str *out)
{
    struct coverage coverage;
    size_t errors = 0;

    coverage_init(&coverage, catalogue, result);
    for (size_t i = 0; i < coverage.count; i++) {
        const struct coverage_row *row = &coverage.rows[i];
        const struct statement *statement = row->statement;
        const char *path = row->covers_count ? row->covers[0].scenario->path : "";
        size_t before = out->length;

        if (!statement)
            str_addf(out, "%s: verifies %s, which the catalogue does not have\n", path, row->id);
        else if (!row->covers_count && !statement->not_testable)
            str_addf(out, "%s: no scenario verifies it\n", row->id);
        else if (row->covers_count && statement->not_testable)
            str_addf(out, "%s: verifies %s, which is called not testable: %s\n", path, row->id,
                     statement->not_testable);
        if (row->suspect)
            str_addf(out, "%s: suspect: the text of %s changed since it was reviewed; now @%s\n",
                     path, row->id, statement->fingerprint);
        errors += out->length > before;
    }
    coverage_done(&coverage);
    return errors;
}

// ---- Terminal ----

static void print_row(const struct coverage_row *row, const struct result *result, bool colour,
                      struct str *out)
{
    str_addf(out, "%-10s", row->id);
    for (size_t i = 0; i < result->columns_count; i++) {
        bool bad = verdict_bad(row->verdicts[i]);

        str_addf(out, " %s%-11s%s", colour && bad ? "\033[31m" : "",
                 row->covers_count ? verdict_name(row->verdicts[i]) : "-",
                 colour && bad ? "\033[0m" : "");
    }
    for (size_t i = 0; i < row->covers_count; i++)
        str_addf(out, "%s %s%s", i ? "," : "", row->covers[i].scenario->id,
                 row->covers[i].suspect ? " (suspect)" : "");
    if (!row->covers_count && row->statement && row->statement->not_testable)
        str_addf(out, " not testable: %s", row->statement->not_testable);
    else if (!row->covers_count && row->statement)
        str_addf(out, " %.88s%s", row->statement->text,
                 strlen(row->statement->text) > 88 ? "..." : "");
    if (!row->statement)
        str_adds(out, "  (not in the catalogue)");
    str_adds(out, "\n");
}

// What a reader has to do something about comes first.
static int group_of(const struct coverage_row *row)
{
    if (!row->statement)
        return 0;
    if (!row->covers_count)
        return row->statement->not_testable ? 3 : 1;
    return 2;
}

void report_matrix(const struct catalogue *catalogue, const struct result *result, bool colour,
                   struct str *out)
{
    static const char *const headings[] = {"References that the catalogue does not have",
                                           "Statements that no scenario verifies",
                                           "Statements and their verdicts", "Not testable"};
    struct coverage coverage;

    coverage_init(&coverage, catalogue, result);
    for (int group = 0; group < 4; group++) {
        size_t count = 0;

        for (size_t i = 0; i < coverage.count; i++) {
            if (group_of(&coverage.rows[i]) != group)
                continue;
            if (count++ == 0)
                str_addf(out, "%s\n", headings[group]);
            print_row(&coverage.rows[i], result, colour, out);
        }
        if (count)
            str_addf(out, "  %zu\n\n", count);
    }
    coverage_done(&coverage);
}
