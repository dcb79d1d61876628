// SPDX-License-Identifier: Apache-2.0
// Runs a world verb of a family on a device, as the runner would, and shows how it ended.
#ifndef TESTS_SUPPORT_DEVICE_VERB_H
#define TESTS_SUPPORT_DEVICE_VERB_H

#include "sim/scenario/op.h"
#include "tests/support/device_bed.h"

static inline void bed_verb_done(struct op *op, void *user)
{
    (void)op;
    ++*(int *)user;
}

// Arguments are pairs of key and text, ended by NULL. The caller frees the op; it has ended exactly
// once.
static inline struct op *bed_verb(struct bed *bed, struct device *device, const char *name,
                                  const char *const *arguments)
{
    const struct verb *const *verb = device->family->verbs;
    struct op *op;
    int ends = 0;

    while (*verb && strcmp((*verb)->name, name) != 0)
        verb++;
    ck_assert_msg(*verb != NULL, "no verb %s", name);
    op = op_new(*verb, core_timers(bed->core), bed_verb_done, &ends);
    op->device = device;
    op->profile = device->profile;
    op->model = device->model;
    for (; arguments && *arguments; arguments += 2)
        ck_assert_int_eq(op_add_argument(op, arguments[0], value_parse(arguments[1], false)), 0);
    (*verb)->start(op);
    ck_assert_int_eq(ends, 1);
    return op;
}

static inline enum op_end bed_verb_end(struct bed *bed, struct device *device, const char *name,
                                       const char *const *arguments)
{
    struct op *op = bed_verb(bed, device, name, arguments);
    enum op_end end = op->end;

    op_free(&op);
    return end;
}

// The text of one result field.
static inline void bed_verb_expect(struct bed *bed, struct device *device, const char *name,
                                   const char *const *arguments, const char *key, const char *text)
{
    struct op *op = bed_verb(bed, device, name, arguments);
    const struct value *value;

    ck_assert_int_eq(op->end, OP_FINISHED);
    value = op_result(op, key);
    ck_assert_ptr_nonnull(value);
    ck_assert_str_eq(value->text, text);
    op_free(&op);
}

#define ARGS(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

#endif
