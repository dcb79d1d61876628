// SPDX-License-Identifier: Apache-2.0
// What a run leaves: console, JUnit, event stream, trace, page and manifest of a small result with
// two benches.
#include "sim/scenario/report.h"

#include <check.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/timer.h"

static struct result *result;
static struct result_column *sim;
static struct result_column *board;
static struct catalogue *catalogue;
static char folder[] = "/tmp/testbay-report-XXXXXX";

static struct result_step *add_step(struct result_case *row, const char *number, const char *title,
                                    enum verdict verdict)
{
    struct result_step *step = result_add_step(row);

    step->phase = RESULT_STEPS;
    step->number = str_copy(number);
    step->title = str_copy(title);
    step->file = str_copy("scenarios/a.yaml");
    step->line = 7;
    step->column = 5;
    step->verdict = verdict;
    step->started = (struct result_time){1 * SIM_NS_PER_S, 1768464001 * SIM_NS_PER_S, 5};
    step->ended = (struct result_time){2 * SIM_NS_PER_S, 1768464002 * SIM_NS_PER_S, 9};
    return step;
}

static void add_entry(struct result_column *column, enum verdict verdict, const char *reason)
{
    struct result_scenario *scenario =
        result_add_scenario(result, "scenarios/a.yaml", "T.ONE", "A <test> & more");
    struct result_entry *entry = result_add_entry(result, scenario, column);
    struct result_case *row = result_add_case(entry, "");
    struct result_step *step;

    if (scenario->verifies.count == 0) {
        result_add_text(&scenario->verifies, "PS-201");
        result_add_text(&scenario->verifies, "PS-202@00000000");
        result_add_text(&scenario->verifies, "PS-999");
    }
    entry->verdict = row->verdict = verdict;
    entry->reason = str_copy(reason);
    row->reason = str_copy(reason);
    entry->world_hash = str_copy("abc");
    row->ended.world_ns = entry->ended.world_ns = 2 * SIM_NS_PER_S;
    step = add_step(row, "1", "do it", verdict);
    step->expected = str_copy("value: 1");
    step->observed = str_copy("value: <0>");
    step->measured = str_copy("edge at 600.000 s");
    step->reason = str_copy(reason);
}

static void write_text(const char *name, const char *text)
{
    char *path = str_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

static void load_catalogue(void)
{
    struct diag *diag = diag_new();
    char *path = str_format("%s/requirements.yaml", folder);

    write_text("requirements.yaml",
               "testbay-requirements: 1\n"
               "documents:\n"
               "  d1: {title: The guide, chapters: [{page: 1, title: First}, "
               "{page: 2, title: Second}]}\n"
               "requirements:\n"
               "  - {id: PS-203, kind: product, text: Uncovered., documents: [d1], "
               "section: Second > B, needs: [net], check: c}\n"
               "  - {id: PS-201, kind: product, text: Covered., documents: [d1], "
               "section: First > A, needs: [net], check: c}\n"
               "  - {id: PS-202, kind: product, text: Changed., documents: [d1], "
               "section: First > B, needs: [net], check: c}\n"
               "  - {id: PS-204, kind: product, text: Hidden., documents: [d1], "
               "section: First > C, needs: [man], check: c, not_testable: nobody sees it}\n");
    ck_assert_int_eq(catalogue_load(path, diag, &catalogue), 0);
    diag_free(&diag);
    free(path);
}

static void setup(void)
{
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    result = result_new();
    result->version = str_copy("0.1.0");
    result->commit = str_copy("abc123");
    result->replay = str_copy("testbay replay RUN");
    sim = result_add_column(result, "sim", "sim", "jump");
    board = result_add_column(result, "lab3", "board", "real");
    sim->seed = 42;
    sim->world_hash = str_copy("abc");
    load_catalogue();
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void teardown(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    catalogue_free(&catalogue);
    result_free(&result);
}

static bool holds(const struct str *text, const char *part)
{
    return strstr(str_text(text), part) != NULL;
}

// What the console prints into memory.
static char *console_text(const struct console_options *more, bool summary)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    struct console_options options = *more;
    struct console *console;
    struct run_watcher watcher;
    const struct result_entry *entry = result->scenarios[0]->entries[0];

    options.out = out;
    console = console_new(&options);
    watcher = console_watcher(console);
    watcher.scenario_begins(watcher.user, entry, 1);
    watcher.step_begins(watcher.user, entry, entry->cases[0], entry->cases[0]->steps[0]);
    watcher.tick(watcher.user, 31 * SIM_NS_PER_S, 31 * SIM_NS_PER_S);
    watcher.step_ends(watcher.user, entry, entry->cases[0], entry->cases[0]->steps[0]);
    watcher.scenario_ends(watcher.user, entry);
    if (summary)
        console_summary(console, result);
    console_free(&console);
    fclose(out);
    return text;
}

START_TEST(plain_lines_and_a_heartbeat)
{
    add_entry(sim, VERDICT_PASS, NULL);
    char *text = console_text(&(struct console_options){0}, false);

    ck_assert_str_eq(text, "T.ONE on sim: A <test> & more, 1 step\n"
                           "  ... still in step 1 do it: world 31s, here 31s\n"
                           "  [      2.000 s] PASS        1      do it  (edge at 600.000 s)\n"
                           "PASS        T.ONE on sim, 2.000 s of its clock\n");
    free(text);
}
END_TEST

START_TEST(the_failing_step_comes_again_at_the_end)
{
    add_entry(sim, VERDICT_FAIL, "not so");
    char *text = console_text(&(struct console_options){.quiet = true, .annotations = true}, true);

    ck_assert_ptr_nonnull(strstr(text,
                                 "FAIL        T.ONE, step 1: do it\n"
                                 "    at         scenarios/a.yaml:7:5\n"
                                 "    bench      sim\n"
                                 "    expected   value: 1\n"
                                 "    observed   value: <0>\n"
                                 "    measured   edge at 600.000 s\n"
                                 "    why        not so\n"
                                 "    replay     testbay replay RUN\n"
                                 "::error file=scenarios/a.yaml,line=7,col=5::FAIL: not so\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n1 FAIL\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "seed=42 clock=jump world=abc replay: testbay replay RUN\n"));
    free(text);
}
END_TEST

START_TEST(a_terminal_has_one_line_a_role)
{
    add_entry(sim, VERDICT_PASS, NULL);
    result->scenarios[0]->entries[0]->cases[0]->steps[0]->role = str_copy("gw");
    char *text = console_text(&(struct console_options){.live = true}, false);

    ck_assert_ptr_nonnull(strstr(text, "gw                  31s"));
    ck_assert_ptr_nonnull(strstr(text, "\033[1A\033[2K"));
    free(text);
}
END_TEST

START_TEST(benches_are_compared)
{
    struct str out = {0};

    add_entry(sim, VERDICT_PASS, NULL);
    add_entry(board, VERDICT_NOT_APPLICABLE, "no wire");
    ck_assert_uint_eq(report_table(result, false, &out), 0);
    ck_assert(holds(&out, "    lab3: no wire\n"));
    str_clear(&out);
    add_entry(board, VERDICT_FAIL, "not so");
    ck_assert_uint_eq(report_table(result, false, &out), 1);
    ck_assert(holds(&out, "PASS          FAIL          differs\n"));
    str_done(&out);
}
END_TEST

START_TEST(junit_has_properties_and_escapes)
{
    struct str out = {0};

    add_entry(sim, VERDICT_FAIL, "a < b");
    add_entry(board, VERDICT_BLOCKED, "nobody there");
    report_junit(result, &out);
    ck_assert(holds(&out, "<testsuites name=\"testbay\" tests=\"2\" failures=\"1\" errors=\"0\" "
                          "skipped=\"1\">"));
    ck_assert(
        holds(&out, "<property name=\"requirements\" value=\"PS-201,PS-202@00000000,PS-999\"/>"));
    ck_assert(holds(&out, "<property name=\"test_key\" value=\"T.ONE\"/>"));
    ck_assert(holds(&out, "<property name=\"evidence\" value=\"device\"/>"));
    ck_assert(holds(&out, "<failure message=\"FAIL: a &lt; b\" type=\"fail\">"));
    ck_assert(holds(&out, "<skipped message=\"BLOCKED: nobody there\"/>"));
    str_done(&out);
}
END_TEST

START_TEST(the_trace_follows_the_guide)
{
    struct str out = {0};
    const char *text;

    add_entry(sim, VERDICT_PASS, NULL);
    report_trace(catalogue, result, &out);
    text = str_text(&out);
    ck_assert(strstr(text, "\"PS-201\"") < strstr(text, "\"PS-202\""));
    ck_assert(strstr(text, "\"PS-202\"") < strstr(text, "\"PS-204\""));
    ck_assert(strstr(text, "\"PS-204\"") < strstr(text, "\"PS-203\"")); // The second chapter.
    ck_assert(holds(&out, "\"verdicts\":{\"sim\":\"PASS\",\"lab3\":\"NOT RUN\"}"));
    ck_assert(holds(&out, "\"summary\":{\"statements\":5,\"covered\":3,\"not_testable\":1}"));
    str_done(&out);
}
END_TEST

START_TEST(a_trace_can_be_wrong_in_four_ways)
{
    struct str out = {0};

    add_entry(sim, VERDICT_PASS, NULL);
    result_add_text(&result->scenarios[0]->verifies, "PS-204");
    ck_assert_uint_eq(report_trace_errors(catalogue, result, &out), 4);
    ck_assert(holds(&out, "PS-203: no scenario verifies it\n"));
    ck_assert(holds(&out, "verifies PS-999, which the catalogue does not have\n"));
    ck_assert(holds(&out, "verifies PS-204, which is called not testable: nobody sees it\n"));
    ck_assert(holds(&out, "the text of PS-202 changed since it was reviewed"));
    str_done(&out);
}
END_TEST

START_TEST(the_page_is_whole_by_itself)
{
    struct str out = {0};
    const char *text;

    add_entry(sim, VERDICT_FAIL, "a < b");
    add_entry(board, VERDICT_PASS, NULL);
    report_html(catalogue, result, &out);
    text = str_text(&out);
    ck_assert_ptr_null(strstr(text, "http://"));
    ck_assert_ptr_null(strstr(text, "https://"));
    ck_assert_ptr_null(strstr(text, "<script"));
    ck_assert_ptr_null(strstr(text, " onclick"));
    ck_assert_ptr_null(strstr(text, " style="));
    ck_assert_ptr_null(strstr(text, "A <test>"));
    ck_assert_ptr_nonnull(strstr(text, "A &lt;test&gt; &amp; more"));
    ck_assert_ptr_nonnull(strstr(text, "no evidence of a product"));
    ck_assert_ptr_nonnull(strstr(text, "<br><em>model</em>"));
    ck_assert_ptr_nonnull(strstr(text, "<br><em>device</em>"));
    ck_assert(strstr(text, "Uncovered.") < strstr(text, "Covered."));
    ck_assert_ptr_nonnull(strstr(text, "<svg class=\"timeline\""));
    str_done(&out);
}
END_TEST

START_TEST(the_manifest_names_every_file)
{
    static const char *const more[] = {"requirements.yaml"};
    struct str out = {0};
    static const char *const gone[] = {"gone.txt"};

    add_entry(sim, VERDICT_PASS, NULL);
    ck_assert_int_eq(report_write(folder, catalogue, result, more, 1), 0);
    write_text("abc", "abc");
    ck_assert_int_eq(report_manifest(folder, (const char *const[]){"abc"}, 1, &out), 0);
    ck_assert_str_eq(str_text(&out),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n");
    ck_assert_int_lt(report_manifest(folder, gone, 1, &out), 0);
    str_done(&out);
}
END_TEST

START_TEST(events_are_one_object_a_line)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    struct ndjson *ndjson = ndjson_new(out);
    struct run_watcher watcher = ndjson_watcher(ndjson);
    const struct result_entry *entry;

    add_entry(sim, VERDICT_FAIL, "a \"quote\"");
    entry = result->scenarios[0]->entries[0];
    watcher.step_ends(watcher.user, entry, entry->cases[0], entry->cases[0]->steps[0]);
    ndjson_summary(ndjson, result);
    ndjson_free(&ndjson);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(text, "{\"event\":\"step-ends\",\"scenario\":\"T.ONE\""));
    ck_assert_ptr_nonnull(strstr(text, "\"reason\":\"a \\\"quote\\\"\""));
    ck_assert_ptr_nonnull(strstr(text, "}\n{\"event\":\"run-ends\",\"pass\":0,\"fail\":1"));
    free(text);
}
END_TEST

START_TEST(verdicts_have_their_exit_codes)
{
    static const struct {
        enum verdict verdict;
        int code;
        int strict;
    } rows[] = {
        {VERDICT_PASS, 0, 0},        {VERDICT_FAIL, 1, 1},           {VERDICT_ERROR, 3, 3},
        {VERDICT_BLOCKED, 4, 5},     {VERDICT_NOT_APPLICABLE, 4, 4}, {VERDICT_PARTIAL, 0, 5},
        {VERDICT_VACUOUS, 1, 1},     {VERDICT_XFAIL, 0, 0},          {VERDICT_XPASS, 1, 1},
        {VERDICT_INTERRUPTED, 3, 3},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        add_entry(sim, rows[i].verdict, "x");
        ck_assert_int_eq(result_exit(result, false, false), rows[i].code);
        ck_assert_int_eq(result_exit(result, true, false), rows[i].strict);
        ck_assert_int_eq(result_exit(result, false, true), 130);
    }
    ck_assert_int_eq(verdict_exit_worse(1, 3), 3);
    ck_assert_int_eq(verdict_exit_worse(5, 1), 1);
    ck_assert_int_eq(verdict_exit_worse(0, 5), 5);
    ck_assert_int_eq(verdict_worse(VERDICT_PASS, VERDICT_NOT_APPLICABLE), VERDICT_PARTIAL);
    ck_assert_int_eq(verdict_worse(VERDICT_NOT_RUN, VERDICT_NOT_APPLICABLE),
                     VERDICT_NOT_APPLICABLE);
}
END_TEST

START_TEST(a_quarantine_expires)
{
    struct diag *diag = diag_new();
    struct quarantine *quarantine;
    char *path = str_format("%s/q.yaml", folder);
    int64_t day_ns = 86400 * SIM_NS_PER_S;

    write_text("q.yaml", "testbay-quarantine: 1\nknown:\n"
                         "  - {scenario: T.ONE, case: bad, finding: F-1, owner: web, reason: r, "
                         "expires: 2026-12-31}\n"
                         "  - {scenario: T.TWO, adapter: board, finding: F-2, owner: web, "
                         "reason: r, expires: 2026-01-01}\n");
    ck_assert_int_eq(quarantine_load(path, 20468 * day_ns, diag, &quarantine), 0); // 2026-01-15.
    ck_assert_str_eq(quarantine_find(quarantine, "T.ONE", "bad", "sim"), "F-1");
    ck_assert_ptr_null(quarantine_find(quarantine, "T.ONE", "good", "sim"));
    ck_assert_ptr_null(quarantine_find(quarantine, "T.TWO", "", "board")); // Since two weeks.
    ck_assert_uint_eq(diag_errors(diag), 0);
    quarantine_free(&quarantine);
    ck_assert_int_eq(quarantine_load(path, 20400 * day_ns, diag, &quarantine), 0);
    ck_assert_str_eq(quarantine_find(quarantine, "T.TWO", "", "board"), "F-2");
    ck_assert_ptr_null(quarantine_find(quarantine, "T.TWO", "", "sim"));
    quarantine_free(&quarantine);
    diag_free(&diag);
    free(path);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *report = tcase_create("report");

    tcase_add_checked_fixture(report, setup, teardown);
    tcase_add_test(report, plain_lines_and_a_heartbeat);
    tcase_add_test(report, the_failing_step_comes_again_at_the_end);
    tcase_add_test(report, a_terminal_has_one_line_a_role);
    tcase_add_test(report, benches_are_compared);
    tcase_add_test(report, junit_has_properties_and_escapes);
    tcase_add_test(report, the_trace_follows_the_guide);
    tcase_add_test(report, a_trace_can_be_wrong_in_four_ways);
    tcase_add_test(report, the_page_is_whole_by_itself);
    tcase_add_test(report, the_manifest_names_every_file);
    tcase_add_test(report, events_are_one_object_a_line);
    tcase_add_test(report, verdicts_have_their_exit_codes);
    tcase_add_test(report, a_quarantine_expires);
    suite_add_tcase(suite, report);
    return suite;
}
