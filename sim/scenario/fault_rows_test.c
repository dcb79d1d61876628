// SPDX-License-Identifier: Apache-2.0
// Every fault as a scenario sees it: its arguments make a sound schema, and the step of its manual
// is one.
#include "sim/scenario/fault_rows.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/scenario/scenario.h"
#include "sim/yaml/diag.h"

static struct diag *diag;

static void setup(void)
{
    diag = diag_new();
}

static void teardown(void)
{
    diag_free(&diag);
}

START_TEST(arguments_make_a_schema)
{
    const struct fault_kind *kind = &fault_kinds[_i];
    struct fault_with with;

    fault_with_init(&with, kind);
    ck_assert_str_eq(with.schema.name, kind->name);
    ck_assert_uint_eq(with.schema.fields_count, fault_params_count(kind));
    ck_assert_int_eq(schema_check_tables(&with.schema, diag), 0);
    for (size_t i = 0; i < with.schema.fields_count; i++) {
        const struct schema_field *field = &with.schema.fields[i];

        ck_assert(field->expression);
        ck_assert_int_eq(field->required, field->otherwise == NULL);
    }
}
END_TEST

START_TEST(examples_are_steps)
{
    const struct fault_kind *kind = &fault_kinds[_i];
    struct yaml_document *document = NULL;
    const struct yaml_node *step;
    const struct yaml_node *arguments;
    struct fault_with with;

    ck_assert_int_eq(yaml_parse(kind->name, kind->example, strlen(kind->example), diag, &document),
                     0);
    step = yaml_root(document);
    ck_assert_int_eq(schema_check(&scenario_step_schema, document, step, diag), 0);
    ck_assert_str_eq(yaml_get_text(step, "fault", ""), kind->name);
    ck_assert(kind->instant || yaml_get(step, "id"));
    if (kind->where & (FAULT_DEVICE | FAULT_TLS))
        ck_assert_ptr_nonnull(yaml_get(step, "on"));
    arguments = yaml_get(step, "with");
    fault_with_init(&with, kind);
    if (arguments)
        ck_assert_int_eq(schema_check(&with.schema, document, arguments, diag), 0);
    for (size_t i = 0; i < with.schema.fields_count; i++)
        ck_assert(!with.fields[i].required || yaml_get(arguments, with.fields[i].name));
    yaml_free(&document);
}
END_TEST

static int check_with(enum fault_id kind, const char *text)
{
    struct yaml_document *document = NULL;
    struct fault_with with;
    int err;

    fault_with_init(&with, &fault_kinds[kind]);
    ck_assert_int_eq(yaml_parse("with", text, strlen(text), diag, &document), 0);
    err = schema_check(&with.schema, document, yaml_root(document), diag);
    yaml_free(&document);
    return err;
}

START_TEST(arguments_are_judged)
{
    ck_assert_int_eq(check_with(FAULT_LATENCY, "{delay: 1h30m, jitter: 0}"), 0);
    ck_assert_int_eq(check_with(FAULT_LATENCY, "{delay: $warm_up}"), 0);
    ck_assert_int_eq(check_with(FAULT_LATENCY, "{delay: -1s}"), ERR_SCHEMA);
    ck_assert_int_eq(check_with(FAULT_LATENCY, "{delay: 5}"), ERR_SCHEMA);
    ck_assert_int_eq(check_with(FAULT_LATENCY, "{jitter: 1s}"), ERR_SCHEMA);
    ck_assert_int_eq(check_with(FAULT_HALF_OPEN, "{side: 3}"), ERR_SCHEMA);
    ck_assert_int_eq(check_with(FAULT_HALF_OPEN, "{side: 1}"), 0);
    ck_assert_int_eq(check_with(FAULT_CLOCK_STEP, "{by: -1h}"), 0);
    ck_assert_int_eq(check_with(FAULT_CLOCK_STEP, "{by: 200d, to: 5s}"), ERR_SCHEMA);
    ck_assert_int_eq(check_with(FAULT_PARTITION, "{delay: 1s}"), ERR_SCHEMA);
}
END_TEST

// The manual tells every kind once, with what it takes and its step.
START_TEST(manual_has_every_row_once)
{
    struct verb_set none = {0};
    struct str out = {0};

    scenario_print_manual(&none, &out);
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        char *head = str_format("\n### %s\n", fault_kinds[i].name);
        const char *found = strstr(str_text(&out), head);

        ck_assert_ptr_nonnull(found);
        ck_assert_ptr_null(strstr(found + 1, head));
        ck_assert_ptr_nonnull(strstr(found, fault_kinds[i].doc));
        ck_assert_ptr_nonnull(strstr(found, fault_kinds[i].example));
        for (size_t k = 0; k < fault_params_count(&fault_kinds[i]); k++)
            ck_assert_ptr_nonnull(strstr(found, fault_kinds[i].params[k].doc));
        free(head);
    }
    str_done(&out);
}
END_TEST

Suite *fault_rows_suite(void)
{
    Suite *suite = suite_create("fault_rows");
    TCase *tcase = tcase_create("fault_rows");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, arguments_make_a_schema, 0, FAULT_KINDS);
    tcase_add_loop_test(tcase, examples_are_steps, 0, FAULT_KINDS);
    tcase_add_test(tcase, arguments_are_judged);
    tcase_add_test(tcase, manual_has_every_row_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
