// SPDX-License-Identifier: Apache-2.0
// JUnit XML, which has no specification but many readers: a suite a scenario and bench, a testcase
// a case, with the properties `requirements` and `test_key` that test management reads, and
// attachments both as property and as the
// [[ATTACHMENT|path]] line that some want in system-out.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/report.h"

static double seconds(const struct result_time *started, const struct result_time *ended)
{
    return (double)(ended->world_ns - started->world_ns) / 1e9;
}

static void property(const char *name, const char *value, struct str *out)
{
    if (!value)
        return;
    str_addf(out, "        <property name=\"%s\" value=\"", name);
    str_add_xml(out, value);
    str_adds(out, "\"/>\n");
}

static void join(const struct result_texts *texts, struct str *out)
{
    for (size_t i = 0; i < texts->count; i++)
        str_addf(out, "%s%s", i ? "," : "", texts->items[i]);
}

static void print_properties(const struct result_entry *entry, const struct result_case *row,
                             struct str *out)
{
    struct str requirements = {0};
    struct str tags = {0};
    char *key = str_format("%s%s%s", entry->scenario->id, *row->id ? "." : "", row->id);

    join(&entry->scenario->verifies, &requirements);
    join(&entry->scenario->tags, &tags);
    str_adds(out, "      <properties>\n");
    property("requirements", str_text(&requirements), out);
    property("test_key", key, out);
    property("tags", str_text(&tags), out);
    property("verdict", verdict_name(row->verdict), out);
    property("evidence", result_column_is_model(entry->column) ? "model" : "device", out);
    property("finding", entry->finding, out);
    for (size_t i = 0; i < row->steps_count; i++)
        for (size_t j = 0; j < row->steps[i]->attachments.count; j++)
            property("attachment", row->steps[i]->attachments.items[j], out);
    str_adds(out, "      </properties>\n");
    str_done(&requirements);
    str_done(&tags);
    free(key);
}

static const char *element_of(enum verdict verdict)
{
    static const char *const elements[VERDICT_COUNT] = {
        [VERDICT_NOT_RUN] = "skipped",
        [VERDICT_FAIL] = "failure",
        [VERDICT_ERROR] = "error",
        [VERDICT_BLOCKED] = "skipped",
        [VERDICT_NOT_APPLICABLE] = "skipped",
        [VERDICT_PARTIAL] = "skipped",
        [VERDICT_VACUOUS] = "failure",
        [VERDICT_XFAIL] = "skipped",
        [VERDICT_XPASS] = "failure",
        [VERDICT_INTERRUPTED] = "error",
    };

    return elements[verdict];
}

static void print_bad_steps(const struct result_case *row, struct str *out)
{
    for (size_t i = 0; i < row->steps_count; i++) {
        const struct result_step *step = row->steps[i];

        if (step->verdict == VERDICT_PASS || step->verdict == VERDICT_NOT_RUN)
            continue;
        str_addf(out, "%s:%d:%d: ", step->file, step->line, step->column);
        str_add_xml(out, step->title);
        str_addf(out, "\n%s expected ", verdict_name(step->verdict));
        str_add_xml(out, step->expected ? step->expected : "-");
        str_adds(out, "\nobserved ");
        str_add_xml(out, step->observed ? step->observed : "-");
        str_adds(out, "\n");
        str_add_xml(out, step->reason ? step->reason : "");
        str_adds(out, "\n");
    }
}

static void print_verdict(enum verdict verdict, const char *reason, const struct result_case *row,
                          struct str *out)
{
    const char *element = element_of(verdict);

    if (!element)
        return;
    str_addf(out, "      <%s message=\"%s: ", element, verdict_name(verdict));
    str_add_xml(out, reason ? reason : verdict_meaning(verdict));
    str_adds(out, "\"");
    if (strcmp(element, "skipped") == 0) {
        str_adds(out, "/>\n");
        return;
    }
    str_addf(out, " type=\"%s\">", verdict_word(verdict));
    if (row)
        print_bad_steps(row, out);
    str_addf(out, "</%s>\n", element);
}

static void print_steps(const struct result_case *row, struct str *out)
{
    str_adds(out, "      <system-out>");
    for (size_t i = 0; i < row->steps_count; i++) {
        const struct result_step *step = row->steps[i];

        str_addf(out, "[%.3f s] %s %s ", (double)step->ended.world_ns / 1e9,
                 verdict_name(step->verdict), step->number);
        str_add_xml(out, step->title);
        if (step->measured) {
            str_adds(out, " (");
            str_add_xml(out, step->measured);
            str_adds(out, ")");
        }
        str_adds(out, "\n");
        for (size_t j = 0; j < step->attachments.count; j++) {
            str_adds(out, "[[ATTACHMENT|");
            str_add_xml(out, step->attachments.items[j]);
            str_adds(out, "]]\n");
        }
    }
    str_adds(out, "</system-out>\n");
}

static void print_case(const struct result_entry *entry, const struct result_case *row,
                       struct str *out)
{
    str_adds(out, "    <testcase classname=\"");
    str_add_xml(out, entry->scenario->id);
    str_adds(out, "\" name=\"");
    str_add_xml(out, *row->id ? row->id : entry->scenario->title);
    str_addf(out, "\" time=\"%.3f\" file=\"", seconds(&row->started, &row->ended));
    str_add_xml(out, entry->scenario->path);
    str_adds(out, "\">\n");
    print_properties(entry, row, out);
    print_verdict(row->verdict, row->reason, row, out);
    print_steps(row, out);
    str_adds(out, "    </testcase>\n");
}

// A scenario that could not even begin is a testcase all the same, or it would vanish from the
// statistics.
static void print_empty(const struct result_entry *entry, struct str *out)
{
    struct result_case row = {.id = (char *)"", .verdict = entry->verdict};

    str_adds(out, "    <testcase classname=\"");
    str_add_xml(out, entry->scenario->id);
    str_adds(out, "\" name=\"");
    str_add_xml(out, entry->scenario->title);
    str_adds(out, "\" time=\"0.000\" file=\"");
    str_add_xml(out, entry->scenario->path);
    str_adds(out, "\">\n");
    print_properties(entry, &row, out);
    print_verdict(entry->verdict, entry->reason, NULL, out);
    str_adds(out, "    </testcase>\n");
}

struct counts {
    size_t tests;
    size_t failures;
    size_t errors;
    size_t skipped;
};

static void count_one(enum verdict verdict, struct counts *counts)
{
    const char *element = element_of(verdict);

    counts->tests++;
    counts->failures += element && strcmp(element, "failure") == 0;
    counts->errors += element && strcmp(element, "error") == 0;
    counts->skipped += element && strcmp(element, "skipped") == 0;
}

static struct counts count_entry(const struct result_entry *entry)
{
    struct counts counts = {0};

    for (size_t i = 0; i < entry->cases_count; i++)
        count_one(entry->cases[i]->verdict, &counts);
    if (entry->cases_count == 0)
        count_one(entry->verdict, &counts);
    return counts;
}

static void print_entry(const struct result_entry *entry, struct str *out)
{
    struct counts counts = count_entry(entry);
    char room[UNITS_TEXT_ROOM];

    str_adds(out, "  <testsuite name=\"");
    str_add_xml(out, entry->scenario->id);
    str_adds(out, "\" package=\"");
    str_add_xml(out, entry->column->name);
    str_addf(out,
             "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\" "
             "timestamp=\"%s\" hostname=\"",
             counts.tests, counts.failures, counts.errors, counts.skipped,
             seconds(&entry->started, &entry->ended), units_utc_text(entry->started.utc_ns, room));
    str_add_xml(out, entry->column->name);
    str_adds(out, "\">\n");
    for (size_t i = 0; i < entry->cases_count; i++)
        print_case(entry, entry->cases[i], out);
    if (entry->cases_count == 0)
        print_empty(entry, out);
    str_adds(out, "  </testsuite>\n");
}

void report_junit(const struct result *result, struct str *out)
{
    struct counts all = {0};

    for (size_t i = 0; i < result->scenarios_count; i++)
        for (size_t j = 0; j < result->scenarios[i]->entries_count; j++) {
            struct counts one = {0};

            if (result->scenarios[i]->entries[j])
                one = count_entry(result->scenarios[i]->entries[j]);
            all.tests += one.tests;
            all.failures += one.failures;
            all.errors += one.errors;
            all.skipped += one.skipped;
        }
    str_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    str_addf(out,
             "<testsuites name=\"testbay\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
             "skipped=\"%zu\">\n",
             all.tests, all.failures, all.errors, all.skipped);
    for (size_t i = 0; i < result->scenarios_count; i++)
        for (size_t j = 0; j < result->scenarios[i]->entries_count; j++)
            if (result->scenarios[i]->entries[j])
                print_entry(result->scenarios[i]->entries[j], out);
    str_adds(out, "</testsuites>\n");
}
