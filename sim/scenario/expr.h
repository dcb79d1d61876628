// SPDX-License-Identifier: Apache-2.0
// Expressions of the language: total and free of side effects. `$name`,
// `$gw.policy.lockout.stages.0.lock`, `$case.op` or
// `$(tries1 + tries2)` as a whole scalar keep their type; inside other text they become text; `$$`
// is a dollar. In parentheses: + - * /, == != < <= > >=, and or not, count() min() max() len(),
// quantities (10m, 16A, 70%), texts in quotes, lists in brackets. A name may hold a hyphen, so a
// minus between names needs blanks. There is no syntax tree: a text is evaluated while it is read,
// at validation with names whose value only a run will know.
#ifndef SIM_SCENARIO_EXPR_H
#define SIM_SCENARIO_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/value.h"

#define EXPR_LENGTH_MAX 4096
#define EXPR_DEPTH_MAX 32
#define EXPR_STEPS_MAX 2048 // Operands of one scalar.

enum expr_end {
    EXPR_VALUE,   // *ret_value is set.
    EXPR_UNKNOWN, // Well formed; a run will know. *ret_value is untouched.
    EXPR_WRONG,   // *ret_error is set.
};

struct expr_error {
    size_t at; // Offset in the text.
    char text[200];
    char hint[200]; // May be empty.
};

// Where names come from. `path` is the dotted name without its dollar. A name that does not exist
// fills the error's text and hint (`at` is set by the caller).
struct expr_scope {
    enum expr_end (*name)(void *user, const char *path, struct value *ret_value,
                          struct expr_error *ret_error);
    void *user;
};

// Evaluates an expression without a dollar around it ("tries1 + 5").
enum expr_end expr_eval(const char *text, size_t length, const struct expr_scope *scope,
                        struct value *ret_value, struct expr_error *ret_error);

// Evaluates a scalar of a file: with `$` as above, without as value_parse() reads it.
enum expr_end expr_scalar(const char *text, bool quoted, const struct expr_scope *scope,
                          struct value *ret_value, struct expr_error *ret_error);

// True when the scalar holds a `$` that is not `$$`.
bool expr_has_names(const char *text);

// Compares two values: numbers of one unit, else texts. Returns <0, 0, >0 in *ret; false when they
// cannot be compared.
bool expr_compare(const struct value *left, const struct value *right, int *ret);

#endif
