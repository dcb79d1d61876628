// SPDX-License-Identifier: Apache-2.0
// What is wrong with a scenario, said at its line and column with the nearest right word. Each row
// is the steps of a scenario and a line its message must hold.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario_stage/fake_run.h"

#define READ "check: signal.read, to: dev"

static const struct {
    const char *more;
    const char *steps;
    const char *message;
    const char *hint;
} wrong[] = {
    {"", "  - {chekc: signal.read, to: dev}\n", "s.yaml:9:6: error: unknown key 'chekc'",
     "did you mean 'check'"},
    {"", "  - {to: dev}\n", "s.yaml:9:5: error: a step needs a verb of the language", NULL},
    {"", "  - {" READ ", wait: 5s}\n", "a step has one verb, and this one has",
     "a step of its own"},
    {"", "  - {wait: 5s, to: dev}\n", "error: 'to' does not go with 'wait'", NULL},
    {"", "  - {check: signal.read}\n", "error: 'check' needs 'to'", NULL},
    {"", "  - {check: signal.raed, to: dev}\n",
     "s.yaml:9:13: error: there is no verb 'signal.raed'", "did you mean 'signal.read'?"},
    {"", "  - {check: web.login, to: dev, with: {user: u}}\n",
     "error: 'web.login' acts; it cannot be asked", "write 'do:'"},
    {"", "  - {do: breaker.position, to: dev}\n", "error: 'breaker.position' asks and does nothing",
     "write 'check:'"},
    {"", "  - {check: signal.read, to: dve}\n", "s.yaml:9:30: error: there is no role 'dve'",
     "did you mean 'dev'?"},
    {"", "  - {check: signal.read, to: 'pair[3]'}\n", "error: 'pair' has 2 members", NULL},
    {"", "  - {" READ ", with: {unti: 1}}\n", "error: 'signal.read' has no argument 'unti'",
     "did you mean 'unit'?"},
    {"", "  - {" READ ", with: {unit: 300}}\n", "300", NULL},
    {"", "  - {" READ ", with: {unit: $(150 * 2)}}\n",
     "error: 'unit' lies between 1 and 247, not '300'", NULL},
    {"", "  - {do: web.login, to: dev}\n", "error: 'web.login' needs the argument 'user'", NULL},
    {"", "  - {" READ ", expect: {valeu: 1}}\n", "error: 'signal.read' has no result 'valeu'",
     "did you mean 'value'?"},
    {"", "  - {" READ ", expect: {text: hihg}}\n", "error: 'text' is one of low, high, not 'hihg'",
     "did you mean 'high'?"},
    {"", "  - {" READ ", expect: {value: 5s}}\n", "error: 'value' is a number without unit", NULL},
    {"", "  - {" READ ", expect: {value: 5..1}}\n", "a range goes from the smaller", NULL},
    {"", "  - {" READ ", expect: {value: $trise}}\n", "error: there is nothing called 'trise' here",
     NULL},
    {"params: {tries: 3}\n", "  - {" READ ", expect: {value: $(1 + trise)}}\n",
     "s.yaml:10:57: error: there is nothing called 'trise' here", "did you mean 'tries'?"},
    {"", "  - {check: signal.poke, to: dev, expect: {value: 1}, holds: 5s}\n",
     "error: 'signal.poke' changes what it asks", NULL},
    {"", "  - {check: signal.poke, to: dev, expect: {value: 1}, turns: {at: 5s}}\n",
     "cannot be asked again and again for 'turns'", NULL},
    {"", "  - {" READ ", never: true}\n", "error: 'never' needs 'within'", NULL},
    {"", "  - {" READ ", never: true, within: 5s, holds: 5s}\n",
     "error: 'never' does not go with 'holds'", NULL},
    {"", "  - {" READ ", turns: {at: 5s}, within: 5s}\n", "error: 'turns' stands alone", NULL},
    {"", "  - {" READ ", turns: {at: 5s, since: lokced}}\n",
     "error: the mark 'lokced' is not set before this step", NULL},
    {"", "  - mark: locked\n  - {" READ ", turns: {at: 5s, since: lokced}}\n",
     "error: the mark 'lokced' is not set before this step", "did you mean 'locked'?"},
    {"", "  - {" READ ", since: m}\n", "error: 'since' needs 'within' to count for", NULL},
    {"", "  - {records: $audit}\n", "error: there is nothing called 'audit' here", NULL},
    {"", "  - {records: audit}\n", "error: 'records' looks into what 'save' kept", NULL},
    {"", "  - {fault: partiton, on: dev}\n", "error: there is no fault 'partiton'",
     "did you mean 'partition'?"},
    {"", "  - {fault: tls-expird, on: dev}\n", "error: there is no fault 'tls-expird'",
     "did you mean 'tls-expired'?"},
    {"", "  - {fault: tls-expired, network: lan}\n",
     "error: 'tls-expired' needs 'on': which devices?", NULL},
    {"", "  - {fault: power-cut}\n", "error: 'power-cut' needs 'on': which devices?", NULL},
    {"", "  - {fault: latency, network: lan}\n", "error: 'latency' needs the argument 'delay'",
     NULL},
    {"", "  - {clear: outage}\n", "error: no fault 'outage' is made before this step", NULL},
    {"", "  - {start: sessions}\n", "error: there is no activity 'sessions' in the background",
     NULL},
    {"", "  - {" READ ", every: 5s}\n", "error: 'every' belongs to background", NULL},
    {"background: {x: {do: signal.read, to: dev}}\n", "  - wait: 1s\n",
     "error: an activity of the background needs 'every'", NULL},
    {"always: [{wait: 5s}]\n", "  - wait: 1s\n", "is a 'check'", NULL},
    {"", "  - {repeat: 200000, wait: 1s}\n", "200000", NULL},
    {"", "  - {repeat: $(400 * 400), wait: 1s}\n",
     "error: the scenario has more than 100000 steps when it is expanded", NULL},
    {"", "  - {repeat: 5s, wait: 1s}\n", "5s", NULL},
    {"", "  - {wait: $dev.label}\n", "", NULL},
    {"", "  - {wait: $(5 + 5)}\n", "error: a duration is wanted here (10s, 15m), not '10'", NULL},
    {"", "  - {use: log-in}\n", "error: there is no procedure 'log-in'", NULL},
    {"", "  - {parallel: {steps: [{parallel: {steps: [{wait: 1s}]}}]}}\n",
     "error: 'parallel' does not go inside 'parallel'", NULL},
    {"", "  - {do: signal.read, to: dev, manual: Do it}\n", "error: no person can do this by hand",
     NULL},
    {"cases: [{id: a}, {id: a}]\n", "  - wait: 1s\n", "error: there is a case 'a' already", NULL},
    {"matrix: {a: 5}\n", "  - wait: 1s\n", "error: 'a' of a matrix is a list of values", NULL},
    {"cases: [{id: a, x: 1}]\n", "  - {" READ ", expect: {value: $case.y}}\n",
     "error: there is nothing called 'case.y' here", NULL},
    {"", "  - {reconcile: {left: dev, right: pair.t}, key: [a]}\n",
     "error: 'left' names a role and a table of it", NULL},
    {"", "  - {reconcile: {left: dev.t, right: pair.t}, key: [a], expect: {mising: 0}}\n",
     "error: 'reconcile' has no result 'mising'", "did you mean 'missing'?"},
};

START_TEST(wrong_files_are_refused_where_they_are_wrong)
{
    struct fake_run run = {0};
    char *yaml = fake_scenario(wrong[_i].more, wrong[_i].steps);

    fake_run_text(&run, yaml, NULL);
    free(yaml);
    if (*wrong[_i].message) {
        ck_assert_msg(strstr(run.errors, wrong[_i].message) != NULL, "'%s' is not in:\n%s",
                      wrong[_i].message, run.errors);
        ck_assert_msg(!wrong[_i].hint || strstr(run.errors, wrong[_i].hint) != NULL,
                      "no hint '%s' in:\n%s", wrong[_i].hint, run.errors);
        ck_assert_ptr_null(run.scenario);
    } else {
        ck_assert_msg(*run.errors == '\0', "%s", run.errors); // Only a run will know.
    }
    fake_run_done(&run);
}
END_TEST

START_TEST(a_procedure_that_uses_itself_is_refused)
{
    const char *const procedures[] = {
        "one", "testbay-procedure: 1\nname: one\nsteps: [{use: two}]\n", "two",
        "testbay-procedure: 1\nname: two\nsteps: [{use: one}]\n", NULL};
    struct fake_run run = {0};
    char *yaml = fake_scenario("", "  - {use: one}\n");

    fake_run_text(&run, yaml, procedures);
    ck_assert_ptr_nonnull(strstr(run.errors, "procedures/two.yaml:3:15: error: 'one' uses itself"));
    free(yaml);
    fake_run_done(&run);
}
END_TEST

START_TEST(a_procedure_sees_nothing_of_its_caller)
{
    const char *const procedures[] = {
        "one",
        "testbay-procedure: 1\nname: one\nparams: {who: {type: role}}\n"
        "steps:\n  - {check: signal.read, to: $who, expect: {value: $tries}}\n",
        NULL};
    struct fake_run run = {0};
    char *yaml = fake_scenario("params: {tries: 3}\n", "  - {use: one, with: {who: dev}}\n");

    fake_run_text(&run, yaml, procedures);
    ck_assert_ptr_nonnull(strstr(run.errors, "there is nothing called 'tries' here"));
    ck_assert_ptr_nonnull(strstr(run.errors, "a procedure sees only its own parameters"));
    free(yaml);
    fake_run_done(&run);
}
END_TEST

START_TEST(parameters_have_types)
{
    const char *const procedures[] = {
        "one",
        "testbay-procedure: 1\nname: one\nparams: {who: {type: role}, n: {type: integer}}\n"
        "steps: [{check: signal.read, to: $who, with: {unit: $n}}]\n",
        NULL};
    static const struct {
        const char *with;
        const char *message;
    } rows[] = {
        {"{who: dev, n: five}", "error: 'n' is a number, not 'five'"},
        {"{who: nobody, n: 5}", "error: there is no role 'nobody'"},
        {"{who: dev}", "error: 'one' needs the parameter 'n'"},
        {"{who: dev, m: 5, n: 5}", "error: 'one' has no parameter 'm'"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake_run run = {0};
        char *step = str_format("  - {use: one, with: %s}\n", rows[i].with);
        char *yaml = fake_scenario("", step);

        fake_run_text(&run, yaml, procedures);
        ck_assert_msg(strstr(run.errors, rows[i].message) != NULL, "%s", run.errors);
        free(yaml);
        free(step);
        fake_run_done(&run);
    }
}
END_TEST

START_TEST(a_param_that_is_set_must_exist)
{
    const struct scenario_setting settings[] = {{"trise", "5"}};
    struct fake_run run = {.settings = settings, .settings_count = 1};
    char *yaml = fake_scenario("params: {tries: 3}\n", "  - wait: 1s\n");

    fake_run_text(&run, yaml, NULL);
    ck_assert_ptr_nonnull(strstr(run.errors, "--set trise: the scenario has no such param"));
    free(yaml);
    fake_run_done(&run);
}
END_TEST

START_TEST(every_verb_and_modifier_has_its_manual)
{
    static const struct verb *const *const tables[] = {fake_verbs};
    const struct verb_set verbs = {tables, 1};
    struct str out = {0};

    scenario_print_manual(&verbs, &out);
    for (size_t i = 0; i < scenario_step_schema.fields_count; i++) {
        const struct schema_field *field = &scenario_step_schema.fields[i];

        ck_assert_msg(field->doc && field->example, "%s", field->name);
        ck_assert_msg(strstr(str_text(&out), field->name) != NULL, "%s", field->name);
    }
    ck_assert_ptr_nonnull(strstr(str_text(&out), "### web.lock-status"));
    ck_assert_ptr_nonnull(strstr(str_text(&out), "### session.close-all"));
    str_done(&out);
}
END_TEST

Suite *load_suite(void)
{
    Suite *suite = suite_create("load");
    TCase *load = tcase_create("load");

    tcase_add_loop_test(load, wrong_files_are_refused_where_they_are_wrong, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_test(load, a_procedure_that_uses_itself_is_refused);
    tcase_add_test(load, a_procedure_sees_nothing_of_its_caller);
    tcase_add_test(load, parameters_have_types);
    tcase_add_test(load, a_param_that_is_set_must_exist);
    tcase_add_test(load, every_verb_and_modifier_has_its_manual);
    suite_add_tcase(suite, load);
    return suite;
}
