// SPDX-License-Identifier: Apache-2.0
// Expressions and expectations on any bytes: a value, "a run will know" or an error with a place
// inside the text, never anything else.
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/expectation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// One name of each kind: a value with a unit, a text, a list, one that only a run knows, one that
// does not exist.
static enum expr_end look_up(void *user, const char *path, struct value *ret,
                             struct expr_error *error)
{
    (void)user;
    if (path[0] == 'u')
        return EXPR_UNKNOWN;
    if (path[0] == 'x') {
        snprintf(error->text, sizeof(error->text), "there is nothing called '%.80s'", path);
        return EXPR_WRONG;
    }
    *ret = path[0] == 't' ? value_text("closed") : value_number(3, UNIT_TIME_NS);
    return EXPR_VALUE;
}

static void check_error(const struct expr_error *error, size_t length)
{
    assert(error->text[0]);
    assert(error->at <= length);
}

static void use_expectation(const char *text, const struct expr_scope *scope)
{
    static const struct schema_field field = {
        .name = "value", .type = SCHEMA_QUANTITY, .unit = UNIT_A, .low = 0, .high = 63};
    const struct yaml_node node = {.kind = YAML_SCALAR, .text = text};
    const struct yaml_node *wrong;
    const struct value value = value_number(16, UNIT_A);
    struct expectation expectation;
    struct expr_error error;
    struct str out = {0};

    if (expectation_read(&node, &field, scope, &expectation, &error, &wrong) != EXPR_VALUE)
        return;
    expectation_holds(&expectation, &value);
    expectation_holds(&expectation, NULL);
    expectation_print(&expectation, &out);
    expectation_done(&expectation);
    str_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct expr_scope scope = {.name = look_up};
    char *text = mem_new(size + 1, 1);
    struct expr_error error = {0};
    struct value value;
    enum expr_end end;
    size_t length;

    memcpy(text, data, size);
    length = strlen(text);
    end = expr_scalar(text, false, &scope, &value, &error);
    if (end == EXPR_VALUE)
        value_done(&value);
    if (end == EXPR_WRONG)
        check_error(&error, length);
    end = expr_eval(text, length, &scope, &value, &error);
    if (end == EXPR_VALUE)
        value_done(&value);
    if (end == EXPR_WRONG)
        check_error(&error, length);
    use_expectation(text, &scope);
    free(text);
    return 0;
}
