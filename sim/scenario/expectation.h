// SPDX-License-Identifier: Apache-2.0
// What `expect:`, `match:` and `count:` may say of one value: a value ("open", 16A), a comparison
// (">= 0", "!= none"), a range ("1..3", both ends included), or a list, of which one must fit.
#ifndef SIM_SCENARIO_EXPECTATION_H
#define SIM_SCENARIO_EXPECTATION_H

#include <stdbool.h>

#include "sim/scenario/expr.h"
#include "sim/yaml/schema.h"

enum expectation_how {
    EXPECTATION_EQUAL,
    EXPECTATION_UNEQUAL,
    EXPECTATION_LESS,
    EXPECTATION_AT_MOST,
    EXPECTATION_MORE,
    EXPECTATION_AT_LEAST,
    EXPECTATION_RANGE,
    EXPECTATION_ONE_OF, // `low` is a list.
};

struct expectation {
    enum expectation_how how;
    struct value low;
    struct value high; // EXPECTATION_RANGE
};

// Reads the scalar or sequence `node` in `scope`. `field` is the result's row, or NULL when nothing
// is known of it; a value that the result can never have is wrong. Errors carry the node they are
// about in *ret_node. As expr_scalar().
enum expr_end expectation_read(const struct yaml_node *node, const struct schema_field *field,
                               const struct expr_scope *scope, struct expectation *ret,
                               struct expr_error *ret_error, const struct yaml_node **ret_node);
void expectation_done(struct expectation *expectation);

// True when `value` is as expected; NULL (the field is not there) fits `none` alone.
bool expectation_holds(const struct expectation *expectation, const struct value *value);

void expectation_print(const struct expectation *expectation, struct str *out);

// Turns a value into what the field holds: the number 123 written `0123` into text where text is
// wanted, `on` into true where a truth is. `none` fits everywhere. False with *ret_error set (at 0)
// when it cannot be that.
bool value_fit(struct value *value, const struct schema_field *field, struct expr_error *ret_error);

#endif
